"""Scans: what the extra `ocr` recognises, and what it leaves doubtful. Needs the extra; reading takes some seconds a page."""

from __future__ import annotations

import json

import pytest

from conftest import CI, ROOT
from extractor.errors import UnreadableDocument
from extractor.ingest import ocr, read
from extractor.pipeline import extract_all
from labelled import DATASET, canonical, unproven, wrong

FILES = ROOT / "tests" / "files"
LABEL = json.loads((DATASET / "labels" / "a23_large_city.json").read_text(encoding="utf-8"))
VALUES = {address: canonical(value) for address, value in LABEL["cells"].items() if value is not None}


@pytest.fixture(scope="module")
def scan():
    """The scanned report, its document and its result."""
    if not CI:
        pytest.importorskip("rapidocr_onnxruntime", reason="the extra ocr is not installed")
    data = (FILES / "scan.pdf").read_bytes()
    return read(data, "scan.pdf"), extract_all(data, "scan.pdf")[0]


def test_nothing_certain_is_wrong(scan):
    """Every value that differs from the label stands at an uncertain span; most of the cells are read."""
    document, result = scan
    assert document.scanned
    for address, value, _ in wrong(result, VALUES, doubtful=True):
        start, end = result.cells[address].span
        assert any(low < end and start < high for low, high in document.uncertain), (address, value)
    assert sum(cell.state == "read" for cell in result.cells.values()) >= 170


def test_spans_prove_their_words(scan):
    """Recognised text is canonical text like any other."""
    document, result = scan
    assert unproven(result, document.text) == []


def test_picture_of_a_page(scan):
    """A picture is read as the page it shows."""
    document = read((FILES / "scan_page.png").read_bytes(), "scan_page.png")
    assert document.scanned
    assert "予以公开" in document.text
    assert any(grid.width == 10 for grid in document.grids)


def test_faint_digits_are_uncertain(monkeypatch):
    """A number that is recognised without confidence stands at an uncertain span, a plain one does not."""
    numpy = pytest.importorskip("numpy", reason="the extra ocr is not installed")
    pytest.importorskip("cv2", reason="the extra ocr is not installed")
    picture = numpy.full((400, 595, 3), 255, numpy.uint8)
    for y in (50, 100, 150):
        picture[y - 1 : y + 1, 50:350] = 0
    for x in (50, 200, 350):
        picture[50:150, x - 1 : x + 1] = 0

    def engine(image, **options):
        if options:
            return [["7", 0.99]], None
        places = {"ab": (70, 60, 0.99), "1": (220, 60, 0.5), "cd": (70, 110, 0.99), "7": (220, 110, 0.99)}
        found = []
        for text, (x, y, confidence) in places.items():
            corners = [[x, y], [x + 20, y], [x + 20, y + 20], [x, y + 20]]
            found.append([corners, text, confidence])
        return found, None

    page = ocr._recognised(engine, picture, 1)
    content = ocr._content([page], "a.png")
    assert content.text == "ab\t1\ncd\t7"
    assert [content.text[start:end] for start, end in content.uncertain] == ["1"]


def test_damaged_picture(monkeypatch):
    """A picture that cannot be decoded is refused."""
    pytest.importorskip("PIL", reason="the extra ocr is not installed")
    monkeypatch.setattr(ocr, "_loaded", lambda: None)
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "a.png")
