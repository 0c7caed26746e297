"""Renderings of hand-made results, against golden files (rewrite them with NIANBAO_GOLDEN=write and read the difference)."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from extractor.errors import UnreadableDocument
from extractor.reading import Cell, Unplaced
from extractor.render import csv as csv_form
from extractor.render import json as json_form
from extractor.render import markdown, marks, screen
from extractor.result import Finding, Result
from extractor.schema import FORMS
from handmade import one_of_everything, read, result

GOLDEN = Path(__file__).parent / "golden"
TEXT = "某县水务局\n" * 10 + "一、本年新收政府信息公开申请数量134\t2\n" + "尾" * 400


def _check(name, text):
    file = GOLDEN / name
    if os.environ.get("NIANBAO_GOLDEN") == "write":
        file.write_bytes(text.encode())
    assert text == file.read_bytes().decode()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_markdown_page_is_the_golden_one(lang):
    """A page shows every state by a mark, the open row with its ways, and the findings, and escapes what the document says."""
    _check(f"everything.{lang}.md", markdown.page(one_of_everything(), lang))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_screen_is_the_golden_one(lang):
    """The screen shows the rows that say something, with the same marks as the page."""
    _check(f"everything.{lang}.screen.txt", screen.lines_as_text(screen.screen(one_of_everything(), TEXT, lang)))


def test_json_line_is_the_golden_one():
    """A line of JSON has the contract's keys in the contract's order."""
    _check("everything.json", json_form.line(one_of_everything()) + "\n")


def test_csv_is_the_golden_one():
    """The long CSV has one line a cell, in printed order."""
    _check("everything.csv", csv_form.header() + csv_form.rows(one_of_everything()))


def test_json_line_reads_back_equal_and_fits_the_published_schema():
    """What is printed is the contract: it validates against `nianbao schema` and reads back to the same result."""
    made = one_of_everything()
    line = json_form.line(made)
    jsonschema.validate(json.loads(line), json.loads(json_form.schema()))
    assert Result.model_validate_json(line) == made


def test_no_cells_leaves_out_the_cells_only():
    """Without cells everything else stays, so that the report alone is small."""
    whole, small = (json.loads(json_form.line(one_of_everything(), cells=cells)) for cells in (True, False))
    assert "cells" not in small
    assert small == {key: value for key, value in whole.items() if key != "cells"}


def test_error_line_has_kind_message_and_remedy():
    """An input that gave no result is a line that a program can tell from a result."""
    error = UnreadableDocument("b.txt", ("是空的", "it is empty"), ("请换一个文件", "give another file"))
    assert json.loads(json_form.error_line("b.txt", error, "zh")) == {
        "document": {"name": "b.txt"},
        "error": {"kind": "unreadable", "message": "是空的", "remedy": "请换一个文件"},
    }


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-", "'-"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        (" =1+1", "' =1+1"), ("＝1", "'＝1"), ("-17", "-17"), ("+215", "+215"), ("-1.50", "-1.50"), ("-1-1", "'-1-1"),
        ("-１", "'-１"), (-17, "-17"), (None, ""), ("某县", "某县"),
    ],
)  # fmt: skip
def test_csv_fields_that_could_run_are_made_text(field, written):
    """Formulas are disarmed, numbers stay numbers."""
    assert csv_form.escaped(field) == written


@given(st.text())
def test_csv_gives_back_any_raw_text(raw):
    """Whatever a document prints comes back from the CSV, at most with an apostrophe before it."""
    made = result(
        {"disclosure.rules.issued": Cell(None, "unreadable", raw=raw.encode("utf-8", "replace").decode(), span=(0, 1))}
    )
    lines = list(csv.DictReader(io.StringIO(csv_form.header() + csv_form.rows(made), newline="")))
    assert lines[0]["raw"].removeprefix("'") == made.cells["disclosure.rules.issued"].raw.removeprefix("'")
    assert len(lines) == 200


def test_undivided_row_replaces_its_three_siblings_on_the_page():
    """A 2021 report that prints （六）其他处理 as one row shows that row and not the three that are absent."""
    siblings = [f"applications.{row}" for row in ("other_no_correction", "other_fee_unpaid", "other_miscellaneous")]
    columns = [column.key for column in FORMS["2021"].applications.rows[0].columns]
    absent = {f"{row}.{column}": Cell(None, "absent") for row in siblings for column in columns}
    page = markdown.page(result(absent, undivided=True), "zh")
    assert "（六）其他处理 |" in page
    assert "逾期不补正" not in page


def test_page_of_2019_has_its_own_tables():
    """The 2019 edition prints eight rows of disclosure in five groups, with procurement and changes."""
    cells = {
        "disclosure.licensing.change": read(-17, trust="located"),
        "disclosure.procurement.amount": read("386000", trust="located", unit="元"),
    }
    page = markdown.page(result(cells, edition="2019", year=2019), "zh")
    assert "| 行政许可 | 0· | -17· | 0· |" in page
    assert "| 政府集中采购 | 0· | 386000元· |" in page
    assert page.count("| 第二十条第（") == 5


@pytest.mark.parametrize("kind", ["legacy_report", "attachment_page", "other"])
def test_look_alike_says_what_it_is_and_shows_no_table(kind):
    """A document that is no such report gets a sentence instead of tables full of dashes."""
    made = result({a: Cell(None, "absent") for a in FORMS["2021"].addresses()}, kind=kind)
    for text in (markdown.page(made, "zh"), screen.lines_as_text(screen.screen(made, "", "zh"))):
        assert marks.KINDS[kind][0] in text
        assert "自然人" not in text


def test_missing_table_is_one_sentence():
    """A table that the document does not have is said so, not drawn as twenty-five rows of dashes."""
    absent = {a: Cell(None, "absent") for a in FORMS["2021"].addresses() if a.startswith("applications")}
    for text in (markdown.page(result(absent), "zh"), screen.lines_as_text(screen.screen(result(absent), "", "zh"))):
        assert text.count(marks.NO_TABLE[0]) == 1
        assert "自然人" not in text


def test_value_without_trust_is_shown_as_doubtful():
    """Nothing is shown firmer than it was said to be."""
    assert marks.shown(Cell(7, "read", raw="7", span=(0, 1))) == ("7", "?")


@given(st.text(max_size=80))
def test_page_has_no_live_character_of_the_document(text):
    """No line end, control character, or unescaped pipe or angle bracket of the document reaches the page."""
    escaped = markdown.escaped(text)
    assert escaped.isprintable() or "�" in escaped
    assert not re.search(r"(?<!\\)(\\\\)*[|<>]", escaped)
    assert "\n" not in escaped


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_screen_stays_within_its_size_whatever_it_shows(lang):
    """With every cell large, every row open and long findings, the screen keeps to its lines and columns."""
    cells = {a: read("9" * 7 if a.endswith("amount") else 9_999_999, trust="doubtful") for a in FORMS["2021"].addresses()}
    findings = [Finding(id=str(i), rule="claim.table", severity="error", cause="report", message="长" * 300) for i in range(40)]
    rows = {f"applications.{row.key}": Unplaced("1" * 500, (0, 1), (), 10**6) for row in FORMS["2021"].applications.rows}
    made = result(cells, findings=findings, unplaced=rows, agency="县" * 300)
    lines = screen.screen(made, TEXT, lang)
    assert len(lines) <= screen.HEIGHT
    assert max(cell_len(line.plain) for line in lines) <= screen.WIDTH
