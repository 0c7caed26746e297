"""Frames on the pages of a PDF: what stands in a frame is the number that the cell holds."""

from __future__ import annotations

import re
from itertools import pairwise

import pypdfium2
import pytest

from conftest import ROOT
from extractor.ingest.pdf_boxes import frames, is_pdf, pages, picture
from extractor.reviewing import Desk, How

PRINTED = sorted(path for path in (ROOT / "eval" / "dataset").glob("*.pdf") if re.match("d1[0-9]|d2[01]|d4[3-6]", path.name))
FEW = {"d20_unruled_blank"}
"""Tables of empty cells, with hardly a row of numbers."""


def read_inside(document, frame):
    """The text that stands on the page within a frame."""
    page = document[frame.page - 1]
    width, height = page.get_size()
    text = page.get_textpage().get_text_bounded(
        left=frame.x0 * width, right=frame.x1 * width, top=(1 - frame.top) * height, bottom=(1 - frame.bottom) * height
    )
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_frame_holds_the_printed_number(path):
    """In every printed PDF of the dataset each frame has its own cell's number in it and no other number, on its own row; nearly
    all cells have a frame, with rules or without."""
    item = Desk().add("u", path.read_bytes(), path.name, How())[0]
    base = item.review.base
    cells = base.assembly.cells
    found = frames(item.data, path.name, base.document, cells.values())
    opened = pypdfium2.PdfDocument(item.data)
    framed = {address: frame for address, cell in cells.items() if cell.value is not None and (frame := found.of(cell))}
    for address, frame in framed.items():
        assert re.sub(r"\s", "", cells[address].raw) in read_inside(opened, frame)
        assert all(0 <= side <= 1 for side in frame[1:])
    rows = {}
    for address, frame in framed.items():
        if address.startswith("applications."):
            rows.setdefault(address.rpartition(".")[0], []).append(frame)
    order = [(row[0].page, row[0].top) for row in rows.values()]
    assert order == sorted(order)
    assert all(one.x0 < other.x0 for row in rows.values() for one, other in pairwise(row))
    opened.close()
    assert len(framed) > 140 or path.stem in FEW


def test_picture_is_a_png_of_the_page():
    """A page becomes a picture as wide as the screen needs; pages are counted."""
    data = PRINTED[0].read_bytes()
    assert pages(data, "a.pdf") == 3
    made = picture(data, "a.pdf", 2)
    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20], "big") in range(1_090, 1_111)


@pytest.mark.parametrize(
    ("data", "whether"), [(b"%PDF-1.7\n", True), (b"\xef\xbb\xbf%PDF-1.4", True), (b"PK\x03\x04", False), (b"", False)]
)
def test_pdf_is_known_by_its_head(data, whether):
    """Only bytes that are a PDF themselves have pages to show."""
    assert is_pdf(data) is whether
