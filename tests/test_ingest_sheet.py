"""Workbooks: what a sheet shows is read as it is shown, and tables are told from text."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Border, Side
from openpyxl.workbook import Workbook

from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest import package, read
from extractor.ingest.formats import shown
from official import compared, twin, xlsx_of
from packages import packed, relations

TWINS = (
    "a10_lines_nbsp_blank",
    "a18_wrong_arithmetic",
    "a19_undivided_note_row",
    "a23_large_city",
    "b13_longzhu_hrss_2019_html",
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def sheet(*rows, merges=(), formats=None) -> Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    for place, code in (formats or {}).items():
        book.active[place].number_format = code
    return book


def document(book: Workbook):
    return read(saved(book), "a.xlsx")


def text(*rows, **kwargs) -> str:
    return document(sheet(*rows, **kwargs)).text


def by_hand(cells: str, name: str = "xl/workbook.xml") -> bytes:
    """A workbook of one sheet with this markup of rows."""
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({name: "officeDocument"}),
            name: f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="a" r:id="r0"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations({"worksheets/sheet1.xml": "worksheet"}),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>',
        }
    )


@pytest.mark.parametrize(
    "kwargs", [(False, True, True), (True, False, True), (False, True, False)], ids=["one", "many", "plain"]
)
@pytest.mark.parametrize("stem", TWINS)
def test_a_report_set_in_a_workbook_is_read_as_its_label_says(stem, kwargs):
    """On one sheet or several, figures as numbers or as text, with drawn cells or without: every cell is that of the label."""
    sheets, numbers, borders = kwargs
    made = twin(stem)
    assert compared(xlsx_of(made, sheets=sheets, numbers=numbers, borders=borders), "年报.xlsx", made) == []


@pytest.mark.parametrize(
    ("stored", "code", "printed"),
    [
        ("8", "0.00", "8.00"),
        ("8", "General", "8"),
        ("12.0", "", "12"),
        ("1.2E1", "General", "12"),
        ("0.30000000000000004", "General", "0.3"),
        ("3058.417206", "General", "3058.417206"),
        ("3058.417206", "0.00", "3058.42"),
        ("2.5", "0", "3"),
        ("44.5", "#,##0.##", "44.5"),
        ("0.9958", "0.00%", "99.58%"),
        ("8", '0.00"万元"', "8.00万元"),
        ("1234.5", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1,234.50"),
        ("0", '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "0"),
        ("0", "0;-0;;@", ""),
        ("0", '0;-0;"无"', "无"),
        ("7", ";;;", ""),
        ("-17", "0_);(0)", "-17"),
        ("-17", "0;[Red]0", "-17"),
        ("45323", 'yyyy"年"m"月"d"日"', "2024-02-01"),
        ("60", "yyyy-mm-dd", "1900-02-28"),
        ("0.5", "# ?/?", "0.5"),
        ("12345", "0.00E+00", "12345"),
        ("38600", "0!.0000", "38600 [0!.0000]"),
        ("12345", "0.0,", "12345 [0.0,]"),
        ("1e999999", "0", "1e999999"),
        ("x", "0", "x"),
    ],
)
def test_numbers_are_printed_as_the_sheet_shows_them(stored, code, printed):
    """Decimals, thousands, words; a format that shows another figure leaves no figure."""
    assert shown(stored, code) == printed


def test_text_and_tables_are_told_apart():
    """Headings, long and merged texts are lines; rows of several texts, and what continues them, are grids."""
    found = document(
        sheet(
            ["某局2023年政府信息公开工作年度报告"],
            ["二、主动公开政府信息情况"],
            ["第二十条第（一）项"],
            ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
            ["规章", 0, None, 3],
            ["行政规范性文件"],
            ["三、收到和处理政府信息公开申请情况"],
            ["正文" * 40],
            merges=["A1:D1", "A3:D3"],
        )
    )
    assert found.text.split("\n") == [
        "某局2023年政府信息公开工作年度报告",
        "二、主动公开政府信息情况",
        "第二十条第（一）项\t\t\t",
        "信息内容\t本年制发件数\t本年废止件数\t现行有效件数",
        "规章\t0\t\t3",
        "行政规范性文件\t\t\t",
        "三、收到和处理政府信息公开申请情况",
        "正文" * 40,
    ]
    (grid,) = found.grids
    assert (grid.rigid, grid.width, len(grid.cells)) == (True, 4, 4)
    assert (grid.cells[0][0].colspan, len(grid.cells[3])) == (4, 4)


def test_merged_cells_stand_once():
    """What stands under a merged cell is not shown and not read."""
    book = sheet(["a", "b", "c"], ["x", 1, 2], ["y", 3, 4])
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B1:C1")
    found = document(book)
    assert found.text == "a\tb\t\nx\t1\t2\n\t3\t4"
    assert [
        (one.rowspan, one.colspan) for row in found.grids[0].cells for one in row if (one.rowspan, one.colspan) != (1, 1)
    ] == [
        (1, 2),
        (2, 1),
    ]


def test_an_empty_row_parts_tables_and_empty_edges_are_no_cells():
    """A table begins at its first text."""
    found = document(sheet([], [None, "a", 1], [], [None, None, "b", 2]))
    assert found.text == "a\t1\nb\t2"
    assert [grid.width for grid in found.grids] == [2, 2]


def test_a_drawn_row_without_text_is_a_row():
    """The blank row of the third table is marked by its borders only."""
    book = sheet(["a", "b"], [None, None])
    for place in ("A2", "B2"):
        book.active[place].border = Border(top=Side(style="thin"))
    assert document(book).text == "a\tb\n\t"


def test_what_is_hidden_is_told_and_not_read():
    """Sheets, rows, columns and numbers that a format suppresses."""
    book = sheet(["a", "密1", "b"], ["x", 1, 2], ["密2", 3, 4], ["y", 5, 6])
    book.active.column_dimensions["B"].hidden = True
    book.active.row_dimensions[3].hidden = True
    book.active["C4"].number_format = ";;;"
    book.create_sheet("旧").append(["密3", 9])
    book["旧"].sheet_state = "veryHidden"
    found = document(book)
    assert found.text == "a\tb\nx\t2\ny\t"
    details = sorted(notice.detail for notice in found.notices if notice.kind == "hidden")
    assert details == ["1", "5 6", "密1", "密2 3 4", "旧: 密3 9"]


def test_formulas_are_what_the_file_keeps_of_them():
    """A result that nobody computed is neither blank nor a number."""
    kept = by_hand('<row r="1"><c r="A1" t="str"><v>合计</v></c><c r="B1"><f>1+1</f><v>2</v></c></row>')
    assert read(kept, "a.xlsx").text == "合计\t2"
    assert text(["合计", "=1+1"]) == "合计\t#CALC!"


def test_struck_and_raised_figures_are_kept_apart():
    """12 struck out before 15 is not 1215."""
    item = "<r><rPr><strike/></rPr><t>12</t></r><r><t>15</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>1</t></r>"
    data = by_hand(f'<row><c t="inlineStr"><is>{item}</is></c><c t="inlineStr"><is><t>x_x000D_1_xD800_</t></is></c></row>')
    assert read(data, "a.xlsx").text == "~~12~~15^1\tx 1"


def test_comments_and_macros_are_told():
    """Neither is read."""
    book = sheet(["a", 1])
    book.active["B1"].comment = Comment("请核实12件", "x")
    found = read(saved(book), "a.xlsx")
    assert found.text == "a\t1"
    assert [(notice.kind, notice.detail) for notice in found.notices] == [("comment", "请核实12件")]


def test_a_list_of_cells_is_no_second_printing():
    """The flat sheet of this program's own workbook repeats every label; only the tables are read."""
    book = sheet(["规章", 0, 1, 2])
    flat = book.create_sheet("明细")
    for column in ("issued", "repealed", "in_force"):
        flat.append([f"disclosure.rules.{column}", "规章", 5, "read"])
    assert document(book).text == "规章\t0\t1\t2"


BAD = {
    "truncated": (saved(sheet(["a", 1]))[:-400], UnreadableDocument, "truncated"),
    "empty": (saved(sheet()), UnreadableDocument, "shows no text"),
    "binary": (by_hand("", "xl/workbook.bin"), UnsupportedDocument, ".xlsb"),
    "columns": (saved(sheet(["a", *[None] * 1500, "b"])), DocumentTooLarge, "columns"),
    "merges": (by_hand('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'), DocumentTooLarge, "columns"),
    "tags": (by_hand("<row/>" * (package.MAX_MARKUP + 1)), DocumentTooLarge, "tags"),
    "a bomb": (by_hand(" " * (package.MAX_PART + 1)), DocumentTooLarge, "unpacked"),
}


@pytest.mark.parametrize(("data", "error", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_workbooks_are_errors_with_a_remedy(data, error, reason):
    """Each names the input, the reason and the remedy."""
    with pytest.raises(error) as raised:
        read(data, "年报.xlsx")
    assert raised.value.name == "年报.xlsx"
    assert reason in str(raised.value)
    assert all(raised.value.remedy)


def test_cells_far_apart_cost_nothing():
    """A sheet may have a cell in its last row and merge all of its columns."""
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="1048576"><c r="A1048576"><v>3</v></c></row>'
    merges = '</sheetData><mergeCells><mergeCell ref="A5:XFD5"/><mergeCell ref="C6:XFD1000000"/></mergeCells><sheetData>'
    assert read(by_hand(rows + merges), "a.xlsx").text == "1\t2\n3"
