"""A batch of checked reports as one workbook: overview, one line a finding, and the tables with their marks.

Text of documents is written as text: nothing in it runs as a formula or becomes a link. Numbers stay numbers; only doubtful,
unplaced, unreadable and violated cells are tinted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from extractor.errors import ExtractorError
from extractor.render.findings import Checked, offending
from extractor.render.marks import (
    NO_TABLE,
    SEVERITIES,
    STANDINGS,
    TABLES,
    VIOLATED,
    Lang,
    headline,
    missing,
    plain,
    printed_rows,
    row_label,
    say,
    shown,
    standing,
    violated,
)
from extractor.render.sheets import TINTS, Columns, Sheets, Value, main_problem, not_read, note, written
from extractor.result import Result
from extractor.schema import FORMS, Table

LIMIT = 15_000
"""Reports of one workbook: the tables of more would not fit on a sheet (1,048,576 rows)."""
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_SUFFIXES = (VIOLATED[0], STANDINGS["doubtful"][0])
_FIGURES = (
    ("applications.received.total", ("新收申请", "received")),
    ("applications.carried_in.total", ("上年结转", "carried in")),
    ("applications.concluded.total", ("办理结果总计", "concluded")),
    ("applications.carried_forward.total", ("结转下年", "carried forward")),
    ("proceedings.reconsideration.total", ("行政复议", "reconsideration")),
    ("proceedings.direct_litigation.total", ("未经复议直接起诉", "direct litigation")),
    ("proceedings.litigation_after_reconsideration.total", ("复议后起诉", "litigation after reconsideration")),
)
_OVERVIEW: Columns = (
    (("文件", "file"), 22), (("部分", "part"), 5), (("机关", "agency"), 22), (("年度", "year"), 6), (("版本", "edition"), 8),
    *((words, 8) for words in SEVERITIES.values()),
    (("主要问题", "main problem"), 60),
    *((words, 11) for _, words in _FIGURES),
)  # fmt: skip
_OVERVIEW_PRINTED = 9


def workbook(reports: Sequence[Checked], failed: Sequence[tuple[str, ExtractorError]], lang: Lang) -> bytes:
    """The file. Inputs that gave no result (name and reason) stand at the end of the overview. Raises ExtractorError for
    more than LIMIT reports."""
    if len(reports) > LIMIT:
        raise ExtractorError(
            "xlsx",
            (f"报告超过 {LIMIT} 份，一个工作簿放不下", f"more than {LIMIT} reports do not fit into one workbook"),
            ("请分批核对，或用 --format json", "check them in several runs, or use --format json"),
        )

    def write(sheets: Sheets) -> None:
        made = _Book(sheets)
        made.overview(reports, failed)
        sheets.findings(reports)
        made.tables([report.result for report in reports])

    return written(lang, write)


def _notes(result: Result) -> dict[str, str]:
    """What is said of the cells that an explanation would change."""
    return {
        address: finding.message
        for finding in reversed(result.findings)
        if finding.explanations
        for address in offending(result, finding)
    }


class _Book:
    """The three sheets of a workbook."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets, self._lang = sheets, sheets.lang
        self._title = sheets.format(bold=True)

    def overview(self, reports: Sequence[Checked], failed: Sequence[tuple[str, ExtractorError]]) -> None:
        """One line a report."""
        sheet, row = self._sheets.listed(say(self._lang, "总览", "overview"), _OVERVIEW)
        for report in reports:
            self._sheets.line(sheet, row, self._of_report(report.result), _OVERVIEW)
            for column, (address, _) in enumerate(_FIGURES, _OVERVIEW_PRINTED):
                self._cell(sheet, row, column, report.result, address)
            row += 1
        for name, error in failed:
            self._sheets.line(sheet, row, [name, *[None] * (_OVERVIEW_PRINTED - 2), not_read(error, self._lang)], _OVERVIEW)
            row += 1
        self._sheets.ended(sheet, 1, row, _OVERVIEW, _OVERVIEW_PRINTED)

    def _of_report(self, result: Result) -> list[Value]:
        source, about = result.document, result.report
        severities = [finding.severity for finding in result.findings]
        return [
            source.name,
            source.part,
            about.agency,
            about.year,
            about.edition,
            *(severities.count(severity) for severity in SEVERITIES),
            main_problem(result, self._lang),
        ]

    def tables(self, results: Iterable[Result]) -> None:
        """The tables of all reports below each other, rows and columns as the form has them."""
        lang = self._lang
        sheet = self._sheets.added(say(lang, "表格", "tables"))
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 8, 12)
        marks = [(VIOLATED, "violated"), *((STANDINGS[key], key) for key in ("doubtful", "unplaced", "unreadable"))]
        for column, ((mark, zh, en), tint) in enumerate(marks, 1):
            sheet.write_string(0, column, f"{mark} {say(lang, zh, en)}", self._format(tint, ""))
        row = 2
        for result in results:
            sheet.write_string(row, 0, f"{headline(result, lang)} · {plain(result.document.name)}", self._title)
            row += 1
            for table in FORMS[result.report.edition].tables if result.document.kind == "annual_report" else ():
                row = self._table(sheet, row, result, table)
            row += 1

    def _table(self, sheet: Worksheet, row: int, result: Result, table: Table) -> int:
        lang = self._lang
        sheet.write_string(row, 0, say(lang, *TABLES[table.name]), self._title)
        if missing(result, table):
            sheet.write_string(row, 1, say(lang, *NO_TABLE))
            return row + 1
        wrong, notes = violated(result), _notes(result)
        names: tuple[str, ...] = ()
        head = self._sheets.format(bold=True, bottom=1, text_wrap=True, valign="top")
        for line in printed_rows(result, table):
            if names != (columns := tuple(column.label for column in line.columns)):
                row += 1 if names else 0
                names = columns
                for column, name in enumerate(names, 1):
                    sheet.write_string(row, column, name, head)
            row += 1
            sheet.write_string(row, 0, row_label(line, lang, group=table.name == "disclosure"))
            for column, cell in enumerate(line.columns, 1):
                address = f"{table.name}.{line.key}.{cell.key}"
                self._cell(sheet, row, column, result, address, wrong)
                if address in notes:
                    note(sheet, row, column, notes[address])
        return row + 1

    def _cell(
        self, sheet: Worksheet, row: int, column: int, result: Result, address: str, wrong: frozenset[str] | None = None
    ) -> None:
        """A number with its mark as a suffix of its format, or the mark of a cell that has none."""
        cell = result.cells.get(address)
        if cell is None:
            return
        broken = address in (violated(result) if wrong is None else wrong)
        value, mark = shown(cell, wrong=broken)
        tint = "violated" if broken and mark == VIOLATED[0] else standing(cell)
        if cell.state == "read" and cell.unit is None and _NUMBER.fullmatch(str(cell.value)):
            digits = len(str(cell.value).partition(".")[2])
            number = "0" + ("." + "0" * digits if digits else "")
            number += f'"{mark}"' if mark in _SUFFIXES else ""
            sheet.write_number(row, column, float(str(cell.value)), self._format(tint, number))
        else:
            sheet.write_string(row, column, plain(value + (mark if mark in _SUFFIXES else "")), self._format(tint, ""))

    def _format(self, tint: str, number: str) -> Format:
        properties: dict[str, object] = {"align": "right", "valign": "top"}
        if tint in TINTS:
            properties["bg_color"] = TINTS[tint]
        if number:
            properties["num_format"] = number
        return self._sheets.format(**properties)
