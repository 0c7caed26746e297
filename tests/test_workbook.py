"""The workbook of extracted reports: laid out as the form, true to the result, inert, and read back to the same cells."""

from __future__ import annotations

import io
import sys
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell import MergedCell
from openpyxl.utils import range_boundaries

from extractor import cli
from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest import read as ingested
from extractor.pipeline import extract_all, extract_with_text
from extractor.reading import Cell, Reading, Unplaced
from extractor.render import findings_workbook
from extractor.render.findings import Checked, line_ends
from extractor.render.marks import standing, violated
from extractor.render.sheets import LINE, number
from extractor.render.workbook import workbook
from extractor.result import ExplainedCell, Explanation, Finding
from extractor.schema import FORMS
from handmade import one_of_everything, read, result
from labelled import DATASET

LISTS = {"zh": ["总览", "文字与数据", "核对意见", "明细"], "en": ["overview", "prose", "findings", "cells"]}
PRINTED = ("read", "blank", "not_applicable")
TEXTS = sorted(path for path in DATASET.iterdir() if path.suffix in {".txt", ".md", ".html"})


def written(*results, failed=(), lang="zh") -> bytes:
    return workbook([Checked(one, ()) for one in results], failed, lang)


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def sheets_of(content: bytes, lang="zh"):
    """The sheets of the reports."""
    return [sheet for sheet in opened(content) if sheet.title not in LISTS[lang]]


def differing(wanted, got) -> list:
    """Cells that came back otherwise: what was printed must be the same, and what was not read must not be a value."""
    found = [] if wanted.report.edition == got.report.edition else [("edition", got.report.edition)]
    for address, cell in wanted.cells.items():
        back = got.cells.get(address, Cell(None, "absent"))
        if cell.state not in PRINTED:
            same = back.value is None
        else:
            value = None if cell.value is None else Decimal(str(cell.value))
            same = (back.state, back.unit) == (cell.state, cell.unit)
            same = same and (None if back.value is None else Decimal(str(back.value))) == value
        if not same:
            found.append((address, cell.state, cell.value, back.state, back.value))
    return found


def cell_at(sheet, label: str, place: int):
    """The cell `place` columns after the label, merged cells counted once."""
    row = next(row for row in sheet.iter_rows() if any(cell.value == label for cell in row))
    shown = [cell for cell in row if not isinstance(cell, MergedCell)]
    return shown[next(at for at, cell in enumerate(shown) if cell.value == label) + place]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_dataset_reads_back(lang):
    """Every text report of the dataset, in one workbook, comes back with the same cells, report by report."""
    results = [one for path in TEXTS for one in extract_all(path.read_bytes(), path.name)]
    reports = [one for one in results if one.document.kind == "annual_report"]
    back = extract_all(written(*results, lang=lang), "all.xlsx")
    assert len(back) == len(reports) >= 60
    assert [found for pair in zip(reports, back, strict=True) if (found := differing(*pair))] == []


def _row(kinds):
    """What a row prints: numbers with blanks and marks between, or nothing that is a value."""
    counts = st.one_of(st.integers(0, 9), st.integers(0, 10**15 - 1))
    by_kind = {
        "count": counts.map(read),
        "change": st.integers(-(10**6), 10**6).map(read),
        "amount": st.builds(lambda n, scale: read(str(Decimal(n).scaleb(-scale))), st.integers(1, 10**12), st.integers(0, 4)),
    }
    empty = st.sampled_from(
        [Cell(None, "blank"), Cell(None, "not_applicable", raw="/"), Cell(None, "not_applicable", raw="无")]
    )
    mixed = st.tuples(*(st.one_of(by_kind[kind], by_kind[kind], empty) for kind in kinds))
    unread = st.sampled_from(["unplaced", "unreadable", "absent"]).map(
        lambda state: (Cell(None, state, raw="1 2"),) * len(kinds)
    )
    return st.one_of(mixed, mixed, mixed, unread)


@st.composite
def results(draw):
    """A report of either edition with any state in any row."""
    edition = draw(st.sampled_from(list(FORMS)))
    form = FORMS[edition]
    undivided = edition == "2021" and draw(st.booleans())
    cells = {}
    for table in form.tables:
        for row in table.rows:
            if form.optional(row) and not undivided:
                continue
            row_cells = draw(_row([column.kind for column in row.columns]))
            if undivided and any(row.key in other.replaces for other in form.applications.rows):
                row_cells = (Cell(None, "absent"),) * len(row.columns)
            elif form.optional(row) and row_cells[0].state == "absent":
                row_cells = (Cell(None, "blank"),) * len(row.columns)
            for column, cell in zip(row.columns, row_cells, strict=True):
                cells[f"{table.name}.{row.key}.{column.key}"] = cell
    return result(cells, edition=edition, undivided=undivided)


@settings(max_examples=30, deadline=None)
@given(results(), st.sampled_from(["zh", "en"]))
def test_any_report_reads_back(made, lang):
    """Whatever its cells hold, the tables come back as they were, and nothing that was not read becomes a value."""
    (back,) = extract_all(written(made, lang=lang), "a.xlsx")
    assert differing(made, back) == []


def test_numbers_are_numbers_with_their_printed_scale():
    """Counts and decimals are numbers that show as printed, with their unit; more digits than a sheet keeps are text."""
    cells = {
        "disclosure.fees.amount": read("8.00", trust="located", unit="万元"),
        "disclosure.rules.issued": read(12, trust="located"),
        "disclosure.licensing.decisions": read(1234567890123456, trust="located"),
    }
    (sheet,) = sheets_of(written(result(cells)))
    fees = cell_at(sheet, "行政事业性收费", 1)
    assert (fees.value, fees.number_format) == (8, '0.00"万元"')
    assert (cell_at(sheet, "规章", 1).value, cell_at(sheet, "规章", 1).number_format) == (12, "0")
    assert cell_at(sheet, "行政许可", 1).value == "1234567890123456"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0, (0, "0")), (-17, (-17, "0")), ("8.00", (8.0, "0.00")), ("3058.417206", (3058.417206, "0.000000")),
        ("999999999999.999", (999999999999.999, "0.000")), ("9999999999999.999", None), ("007", None), ("-0.0", None),
        ("1e5", None), ("", None), (None, None), ("=1+1", None),
    ],
)  # fmt: skip
def test_a_number_is_stored_only_if_it_shows_as_printed(value, stored):
    """At most fifteen significant digits, no leading zero, no exponent; all else stays text."""
    assert number(value) == stored


def test_blank_not_applicable_and_absent_differ_without_colour():
    """An empty box, `/`, a cell that is crossed out, a row and a table that say they are not there."""
    cells = {
        "disclosure.rules.issued": Cell(None, "blank"),
        "disclosure.rules.repealed": Cell(None, "not_applicable", raw="/"),
        "disclosure.rules.in_force": Cell(None, "absent"),
        "disclosure.licensing.decisions": Cell(None, "absent"),
        **{a: Cell(None, "absent") for a in FORMS["2021"].addresses() if a.startswith("proceedings.")},
    }
    (sheet,) = sheets_of(written(result(cells)))
    blank, slash, absent = (cell_at(sheet, "规章", place) for place in (1, 2, 3))
    assert (blank.value, slash.value, absent.value) == (None, "/", None)
    assert (blank.border.diagonalUp, absent.border.diagonalUp) == (False, True)
    assert blank.border.left.style == absent.border.left.style == "thin"
    assert cell_at(sheet, "行政许可", 1).value == "文中没有这一行"
    assert any(row[0].value == "— 文中没有这张表" for row in sheet.iter_rows())
    assert {cell.fill.fgColor.rgb for row in sheet.iter_rows() for cell in row} == {"00000000"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_exactly_the_tinted_cells_have_a_note(lang):
    """Doubtful, unplaced, unreadable and violated cells are tinted and say why; no other cell is or does."""
    reports = [one_of_everything()]
    reports += [one for stem in ("a18_wrong_arithmetic.txt", "b14_baitan_justice_2019_glued.txt", "b27_moxi_ecology_lostcell.txt")
                for one in extract_all((DATASET / stem).read_bytes(), stem)]  # fmt: skip
    for report, sheet in zip(reports, sheets_of(written(*reports, lang=lang), lang), strict=True):
        shown = [cell for row in sheet.iter_rows() for cell in row if not isinstance(cell, MergedCell)]
        tinted = {cell.coordinate for cell in shown if cell.fill.fgColor.rgb != "00000000"}
        assert tinted == {cell.coordinate for cell in shown if cell.comment}
        wrong = violated(report)
        wanted = [
            address
            for address, cell in report.cells.items()
            if standing(cell) in ("doubtful", "unplaced", "unreadable") or (address in wrong and cell.state == "read")
        ]
        assert len(tinted) == len(wanted) > 0


def test_notes_give_the_reason():
    """The equation and what would mend it, the readings that differ, the printed words and the ways to read them."""
    row = "applications.received"
    cells = {
        "applications.granted.total": read(96),
        "applications.concluded.other": Cell(
            7, "read", "7", (0, 1), trust="doubtful", readings=(Reading("rules", 7), Reading("model", 1))
        ),
        "disclosure.rules.issued": Cell(None, "unreadable", raw="增"),
        **{f"{row}.{column.key}": Cell(None, "unplaced") for column in FORMS["2021"].applications.rows[0].columns},
    }
    mended = Explanation(
        kind="transposed_digits", unique=True, cells=(ExplainedCell(cell="applications.granted.total", printed=96, fits=69),)
    )
    finding = Finding(
        id="1", rule="sum.applicants", severity="error", cause="report", cells=("applications.granted.total",),
        message="相差27", explanations=(mended,),
    )  # fmt: skip
    open_row = Unplaced("134 2", (0, 5), ((134, *[None] * 5, 2), (None, 134, *[None] * 4, 2)), 42, suggested=1)
    (sheet,) = sheets_of(written(result(cells, findings=[finding], unplaced={row: open_row})))
    notes = {
        "violated": cell_at(sheet, "（一）予以公开", 7).comment.text,
        "doubtful": cell_at(sheet, "（七）总计", 6).comment.text,
        "unreadable": cell_at(sheet, "规章", 1).comment.text,
    }
    assert "相差27" in notes["violated"]
    assert "96 → 69" in notes["violated"]
    assert "规则 7；模型 1" in notes["doubtful"]
    assert "“增”" in notes["unreadable"]
    head, first, second, more = cell_at(sheet, "一、本年新收政府信息公开申请数量", 7).comment.text.split("\n")
    assert ("134 2" in head, "42" in head, first, more) == (True, True, "134 □ □ □ □ □ 2", "…")
    assert second == "□ 134 □ □ □ □ 2（文字支持）"


def test_nothing_a_document_says_is_run():
    """Formulas, links and control characters are text in every sheet; a title that is a formula heads its sheet as text."""
    made = one_of_everything()
    tricks = {"agency": "=1+1", "title": "@SUM(A1)", "agency_forms": ("+1", "-1", "\t=A1", "http://example.org")}
    made = made.model_copy(update={"report": made.report.model_copy(update=tricks)})
    for sheet in opened(written(made, failed=[("=2.txt", UnreadableDocument("=2.txt", ("=a", "=b"), ("=c", "=d")))])):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type in {"s", "n"}
            assert cell.hyperlink is None or (sheet.title == "总览" and cell.hyperlink.target is None)
            assert "\x1b" not in str(cell.value)


def test_sheets_are_named_by_agency_and_year():
    """Names are legal, unique whatever their case, and at most 31 units long; what is no report has no sheet."""
    same = result(agency="某县水务局", year=2023)
    long = result(agency="某省" + "很长" * 30 + "局[1]:*?/\\", year=2022)
    fixed = result(agency="总览", year=None, title=None)
    other = result(kind="other")
    wide = result(agency="𠀀" * 40, year=2021)
    titles = opened(written(same, same, long, fixed, other, wide)).sheetnames
    assert titles[1:3] == ["某县水务局2023", "某县水务局2023(2)"]
    assert titles[3].endswith("2022")
    assert len(titles) == 4 + 5
    assert len({title.lower() for title in titles}) == len(titles)
    assert all(len(title.encode("utf-16-le")) <= 62 for title in titles)
    assert all(not set(title) & set("[]:*?/\\") for title in titles)


def test_several_reports_of_one_title_come_back_apart():
    """Reports that share agency and year, or have no title, are told apart by the first line of their sheet."""
    reports = [result({"applications.received.total": read(n)}) for n in range(3)]
    reports += [result({"applications.received.total": read(n)}, title=None, agency=None, year=None) for n in range(3, 6)]
    back = extract_all(written(*reports), "a.xlsx")
    assert [one.cells["applications.received.total"].value for one in back] == list(range(6))


def test_overview_counts_by_standing_and_severity():
    """One line a report with a link to its sheet, and one for an input that was not read."""
    made = one_of_everything()
    error = UnreadableDocument("b.txt", ("是空的", "it is empty"), ("请换", "give another"))
    _, names, line, failed = opened(written(made, failed=[("b.txt", error)]))["总览"].iter_rows(values_only=True)
    shown = dict(zip(names, line, strict=True))
    assert (shown["工作表"], shown["机关"], shown["年度"]) == (opened(written(made)).sheetnames[1], made.report.agency, 2023)
    assert shown["存疑"] == sum(cell.trust == "doubtful" for cell in made.cells.values()) > 0
    assert (shown["未定"], shown["无法辨认"], shown["空白"], shown["勾稽不符"]) == (7, 1, 1, len(violated(made)))
    assert shown["须核改"] == sum(finding.severity == "error" for finding in made.findings)
    assert (failed[1], "是空的" in dict(zip(names, failed, strict=True))["主要问题"]) == ("b.txt", True)


def test_lists_print_what_a_person_reads():
    """On paper lists have the columns that say what is wrong where, under their header on every page, no wider than A4 across
    can be read; on screen the other columns stand behind them, and a long text there does not stretch the line."""
    finding = Finding(
        id="x", rule="claim.table", severity="error", cause="report", message="某事", raw="字" * 900, suggestion="请核对"
    )
    reports = [Checked(result(findings=[finding] * 2), [10**6])]
    read_whole = {"findings": {"file", "agency", "year", "severity", "whose error", "place", "message", "suggestion"}}
    for content in (workbook(reports, [], "en"), findings_workbook.workbook(reports, [], "en")):
        book = opened(content)
        for name in ("overview", "prose", "findings"):
            if name not in book.sheetnames:
                continue
            sheet = book[name]
            header = 1 if sheet.print_title_rows == "$1:$1" else 2
            left, top, right, bottom = range_boundaries(sheet.print_area.rpartition("!")[2])
            assert (left, top, bottom) == (1, 1, sheet.max_row)
            assert sheet.print_title_rows == f"${header}:${header}"
            printed = [sheet.cell(header, column).value for column in range(1, right + 1)]
            assert read_whole.get(name, {"file", "agency", "year"}) <= set(printed)
            widths = {at: one.width for one in sheet.column_dimensions.values() for at in range(one.min, one.max + 1)}
            assert sum(widths[column] for column in range(1, right + 1)) <= 165
            assert right < sheet.max_column
        findings = book["findings"]
        assert findings.row_dimensions[findings.max_row].height == 3 * LINE


def test_lists_hold_prose_findings_and_every_cell():
    """Facts and claims with their numbers, a line a finding, a line a cell."""
    name = "a18_wrong_arithmetic.txt"
    text, (made,) = extract_with_text((DATASET / name).read_bytes(), name)
    book = opened(workbook([Checked(made, line_ends(text))], [], "zh"))
    _, names, *facts = book["文字与数据"].iter_rows(values_only=True)
    items = [dict(zip(names, line, strict=True)) for line in facts]
    claims = [item for item in items if item["项目"] == "数据"]
    assert [item["内容或原文"] for item in items if item["项目"] == "标题"] == [made.report.title]
    assert [(c["内容或原文"], Decimal(str(c["数值"])), c["地址"]) for c in claims] == [
        (claim.raw, Decimal(claim.value), claim.cell) for claim in made.report.claims
    ]
    assert book["核对意见"].max_row == 2 + len(made.findings)
    names, *lines = book["明细"].iter_rows(values_only=True)
    assert [line[2] for line in lines] == list(made.cells)
    assert [line[4] for line in lines] == [None if c.value is None else float(c.value) for c in made.cells.values()]


def test_more_sheets_than_are_read_are_refused(monkeypatch):
    """A workbook of which only the first sheets would be read is refused, for nothing would say what is missing."""
    monkeypatch.setattr("extractor.ingest.sheet.MAX_SHEETS", 4)
    with pytest.raises(DocumentTooLarge, match="more than 4 sheets"):
        ingested(written(result()), "a.xlsx")


def test_same_results_same_bytes():
    """The file depends on nothing but the results and the language."""
    assert written(one_of_everything()) == written(one_of_everything())
    assert written(one_of_everything()) != written(one_of_everything(), lang="en")


def test_too_many_reports_are_refused(monkeypatch):
    """More reports than a workbook can show are refused rather than cut off."""
    monkeypatch.setattr("extractor.render.workbook.LIMIT", 1)
    with pytest.raises(Exception, match="do not fit"):
        written(result(), result())


@pytest.fixture
def run(monkeypatch, capsysbinary, tmp_path):
    """Run the command line in a folder of its own: (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    for name in ("a18_wrong_arithmetic.txt", "b13_longzhu_hrss_2019_html.html"):
        (tmp_path / name).write_bytes((DATASET / name).read_bytes())

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["nianbao", *args])
        status = cli.main()
        out, err = capsysbinary.readouterr()
        return status, out, err.decode()

    return call


def test_workbook_of_the_command_line(run, tmp_path, monkeypatch):
    """`-o x.xlsx` and `--format xlsx` into a pipe give the same workbook, which is read again; a terminal gets none; an input
    that is not there is named in the workbook and costs status 3."""
    files = ("a18_wrong_arithmetic.txt", "b13_longzhu_hrss_2019_html.html")
    assert run("extract", *files, "-o", "x.xlsx")[:2] == (0, b"")
    content = (tmp_path / "x.xlsx").read_bytes()
    assert run("extract", *files, "--format", "xlsx")[1] == content
    assert [one.report.edition for one in extract_all(content, "x.xlsx")] == ["2021", "2019"]
    status, out, err = run("extract", "none.txt", files[0], "--format", "xlsx")
    assert (status, "none.txt" in err) == (3, True)
    assert [line[1] for line in opened(out)["总览"].iter_rows(min_row=3, values_only=True)] == [files[0], "none.txt"]
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("extract", files[0], "--format", "xlsx")[0] == 2
