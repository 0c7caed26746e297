"""PDF: tables over pages, cut rows, wrapped numbers, columns without rules, and files that must be refused."""

from __future__ import annotations

import json
import re
import zlib
from contextlib import suppress

import pytest

from conftest import ROOT
from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest import ocr, pdf, read
from extractor.ingest.pdf_page import Glyph, Page
from extractor.ingest.pdf_radicals import plain
from extractor.pipeline import extract_all
from labelled import DATASET, canonical, misplaced, unproven, wrong

FILES = ROOT / "tests" / "files"
TWINS = {
    "ruled_three_pages": "a23_large_city",
    "ruled_narrow_cut": "a23_large_city",
    "ruled_header_again": "a10_lines_nbsp_blank",
    "prose_box": "a23_large_city",
    "unruled": "a23_large_city",
    "unruled_blanks": "a10_lines_nbsp_blank",
    "unruled_wrapped": "b06_meixi_education_twice",
}


def label_of(folder, name):
    return json.loads((folder / "labels" / f"{name}.json").read_text(encoding="utf-8"))


def differences(result, label):
    """Cells that are not the label's, by value and by state."""
    values = {address: canonical(value) for address, value in label["cells"].items() if value is not None}
    states = {address: label["states"].get(address, "read") for address in label["cells"]}
    other = {address: cell.state for address, cell in result.cells.items() if states.get(address) != cell.state}
    return wrong(result, values, doubtful=True), other


def printed(content="", *, pages=1, extra=b""):
    """A PDF of `pages` pages, each with the same drawing, in one Latin font."""
    drawing = content.encode("latin-1")
    kids = " ".join(f"{4 + number} 0 R" for number in range(pages))
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>".encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
    ]
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<</Font<</F"
    bodies += [page + b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"] * pages
    data, places = b"%PDF-1.4\n" + extra, []
    for number, body in enumerate(bodies, 1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + end % (size, table, size, len(data))


def word(text, x, y, size=12, mode=0, color=""):
    return f"BT {color} {mode} Tr /F {size} Tf {x} {y} Td ({text}) Tj ET\n"


def test_labelled_report(reports_folder):
    """Every cell and state of the labelled PDF is the label's, every span proves its words, every value has a place."""
    document = reports_folder / "hzq2024_working.pdf"
    (result,) = extract_all(document.read_bytes(), document.name)
    assert differences(result, label_of(reports_folder, "hzq2024_working")) == ([], {})
    assert unproven(result, read(document.read_bytes(), document.name).text) == []
    assert misplaced(result) == []
    assert all(cell.place and cell.place.page for cell in result.cells.values() if cell.state == "read")


@pytest.mark.parametrize("name", TWINS)
def test_twins(name):
    """Printed by a browser or an office program, a report has the cells of its label, and every span proves its words."""
    data = (FILES / f"{name}.pdf").read_bytes()
    (result,) = extract_all(data, f"{name}.pdf")
    assert differences(result, label_of(DATASET, TWINS[name])) == ([], {})
    assert unproven(result, read(data, f"{name}.pdf").text) == []


def test_a_table_over_pages_is_one_grid():
    """The applications table is one grid with all its rows, whatever number of pages it takes; its header stands once."""
    for name in ("ruled_three_pages", "ruled_header_again"):
        document = read((FILES / f"{name}.pdf").read_bytes(), "a.pdf")
        grids = [grid for grid in document.grids if grid.width == 10]
        assert len(grids) == 1
        assert len(grids[0].cells) == 28
        assert document.text.count("社会公益组织") == 1


def test_wrapped_number_is_one():
    """Digits on two lines of a narrow cell, and on two pages, are one number; label pieces are one label."""
    text = read((FILES / "ruled_narrow_cut.pdf").read_bytes(), "a.pdf").text
    assert "\n三、本年度办理结果\t（一）予以公开\t\t61248\t2317\t84\t39\t1105\t273\t65066\n" in text


def lined(cells, xs, ys):
    """A ruled table of one row that holds `cells`, each a list of lines."""
    rules = "".join(f"{x} {ys[0]} m {x} {ys[-1]} l S\n" for x in xs) + "".join(f"{xs[0]} {y} m {xs[-1]} {y} l S\n" for y in ys)
    words = (
        word(line, x + 3, ys[-1] - 14 - 13 * n) for x, lines in zip(xs, cells, strict=False) for n, line in enumerate(lines)
    )
    return rules + "".join(words)


def test_numbers_under_each_other_are_not_certain():
    """Two numbers in a cell that is wide enough for both may be two: their span is uncertain; wrapped ones are not."""
    wide = read(printed(lined([["ab"], ["12", "34"]], (50, 100, 300), (600, 650))), "a.pdf")
    assert [wide.text[start:end] for start, end in wide.uncertain] == ["12 34"]
    narrow = read(printed(lined([["ab"], ["12", "34"]], (50, 100, 122), (600, 650))), "a.pdf")
    assert (narrow.text, narrow.uncertain) == ("ab\t1234", ())


def test_merged_cells():
    """A cell over two rows and one over two columns have their spans; the rest keeps its column."""
    rules = "".join(f"{a} m {b} l S\n" for a, b in (
        ("50 600", "200 600"), ("50 660", "200 660"), ("100 630", "200 630"), ("50 600", "50 660"),
        ("100 600", "100 660"), ("200 600", "200 660"), ("150 600", "150 630"),
    ))  # fmt: skip
    words = word("tall", 60, 625) + word("wide", 120, 640) + word("1", 120, 610) + word("2", 170, 610)
    (grid,) = read(printed(rules + words), "a.pdf").grids
    spans = [(cell.row, cell.column, cell.rowspan, cell.colspan) for row in grid.cells for cell in row]
    assert spans == [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1)]


def test_blank_keeps_its_column_without_rules():
    """Where nothing is ruled, a value stands under its column and a blank before it stays blank."""
    rows = [("aa", "1", "2", "3"), ("bb", "4", "5", "6"), ("cc", "", "", "7")]
    drawing = "".join(
        word(text, 60 + 100 * column, 700 - 20 * number)
        for number, row in enumerate(rows)
        for column, text in enumerate(row)
        if text
    )
    document = read(printed(drawing), "a.pdf")
    assert document.text == "aa\t1\t2\t3\nbb\t4\t5\t6\ncc\t\t\t7"
    assert document.grids[0].rigid


def test_value_between_columns_is_no_cell():
    """A value that stands between two columns belongs to neither: no grid is made of it."""
    rows = [(60, "aa"), (160, "1"), (260, "2"), (360, "3")]
    drawing = "".join(word(text, x, 700) + word(text, x, 680) for x, text in rows)
    drawing += word("cc", 60, 660) + word("7", 210, 660) + word("8", 360, 660)
    assert read(printed(drawing), "a.pdf").grids == ()


def test_page_numbers_are_left_out():
    """Page numbers at the edge are no text; the same number inside the page is."""
    drawing = word("42 items and 7", 60, 500) + word("- 1 -", 280, 30)
    assert read(printed(drawing, pages=2), "a.pdf").text == "42 items and 7\n42 items and 7"


@pytest.mark.parametrize("trick", [{"mode": 3}, {"color": "1 1 1 rg"}, {"y": 2000}, {"size": 1}])
def test_hidden_text_is_not_read(trick):
    """Invisible, white, tiny and outlying text is not read, and is told."""
    document = read(printed(word("seen", 60, 700) + word("9999", **({"x": 60, "y": 600} | trick))), "a.pdf")
    assert document.text == "seen"
    assert [(notice.kind, notice.detail) for notice in document.notices] == [("hidden", "9999")]


def test_white_text_on_a_shade_is_read():
    """White letters on a dark ground are seen."""
    drawing = "0 g 50 590 200 30 re f\n" + word("1 seen", 60, 600, color="1 1 1 rg")
    assert read(printed(drawing), "a.pdf").text == "1 seen"


def test_radicals_are_ideographs():
    """Kangxi radicals and compatibility forms are written as the ordinary ideographs, one for one; other forms stay."""
    assert plain("⼀、总体情况⻓⻚（Ⅳ）①") == "一、总体情况长页（Ⅳ）①"


def test_prose_frames_are_no_tables():
    """A box drawn about a paragraph leaves it a paragraph."""
    document = read((FILES / "prose_box.pdf").read_bytes(), "a.pdf")
    line = next(line for line in document.text.split("\n") if line.startswith("本报告由"))
    assert "\t" not in line
    assert line.endswith("12月31日。")


def test_truncated_is_told_or_refused():
    """Half a file is refused, or read as far as it goes with a notice."""
    data = (FILES / "ruled_three_pages.pdf").read_bytes()
    for part in (20, len(data) // 2, len(data) - 600):
        with suppress(UnreadableDocument):
            assert "truncated" in {notice.kind for notice in read(data[:part], "a.pdf").notices}


def test_password():
    """A file that needs a password says so."""
    with pytest.raises(UnreadableDocument, match="password"):
        read((FILES / "encrypted.pdf").read_bytes(), "a.pdf")


def test_damaged():
    """What only claims to be a PDF is refused."""
    with pytest.raises(UnreadableDocument, match="damaged"):
        read(b"%PDF-1.7\n" + bytes(range(256)) * 20, "a.pdf")


def test_empty_pages():
    """Pages without any text are refused."""
    with pytest.raises(UnreadableDocument, match="no text"):
        read(printed(), "a.pdf")


def test_many_pages():
    """Two thousand pages are no report."""
    with pytest.raises(DocumentTooLarge, match="300 pages"):
        read(printed(word("1", 60, 700), pages=2000), "a.pdf")


def test_many_objects():
    """A drawing of a hundred thousand lines is refused before it costs memory."""
    with pytest.raises(DocumentTooLarge, match="objects"):
        read(printed("1 1 m 9 9 l S\n" * 100_000), "a.pdf")


def test_many_glyphs():
    """A page of seventy thousand characters is refused."""
    lines = (word("1" * 265, 2, 5 + 3.2 * number, size=4) for number in range(260))
    with pytest.raises(DocumentTooLarge, match="objects"):
        read(printed("".join(lines)), "a.pdf")


def test_bomb():
    """A stream that unpacks to far more than the file is refused before it is unpacked."""
    packed = zlib.compress(b" " * (pdf.MAX_UNPACKED + 1_000_000), 9)
    bomb = b"9 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream\nendobj\n" % (len(packed), packed)
    with pytest.raises(DocumentTooLarge, match="unpack"):
        read(printed(word("1", 60, 700), extra=bomb), "a.pdf")


FONTS = (DATASET / "d10_water_ruled.pdf").read_bytes()
WITHOUT = [FONTS[: found.start()] + b"/ToUnicodx" + FONTS[found.end() :] for found in re.finditer(b"/ToUnicode", FONTS)]


def test_fonts_that_do_not_tell_their_characters():
    """A file is refused if its characters cannot be known, whatever numbers its glyphs have."""
    with pytest.raises(UnreadableDocument, match="fonts"):
        read(FONTS.replace(b"/ToUnicode", b"/ToUnicodx"), "a.pdf")


@pytest.mark.parametrize("data", WITHOUT, ids=range(len(WITHOUT)))
def test_a_font_that_does_not_tell_its_characters(data):
    """Where one font of several is such, no cell is wrong, and none that is printed counts as blank."""
    try:
        (result,) = extract_all(data, "a.pdf")
    except UnreadableDocument:
        return
    label = label_of(DATASET, "d10_water_ruled")
    assert wrong(result, {a: canonical(v) for a, v in label["cells"].items() if v is not None}) == []
    assert "blank" not in {cell.state for cell in result.cells.values()}


def test_unmapped_fonts():
    """Characters of a private use area are no text: the file is refused rather than read as dirt."""
    with pytest.raises(UnreadableDocument, match="fonts"):
        pdf._check_legible([Page(1, 595, 842, [Glyph("\ue001", 1, 1, 9, 9, 9)] * 50, unmapped=50)], "a.pdf")


@pytest.mark.parametrize("name", ["scan.pdf", "scan_page.png"])
def test_pictures_name_the_extra(name, monkeypatch):
    """Without OCR a scan and a picture are refused with the way to read them."""
    monkeypatch.setattr(ocr, "_loaded", lambda: (_ for _ in ()).throw(ImportError))
    with pytest.raises(UnsupportedDocument, match=r"pip install 'nianbao\[ocr\]'"):
        read((FILES / name).read_bytes(), name)
