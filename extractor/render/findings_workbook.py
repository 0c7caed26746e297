"""A batch of checked reports as one workbook: overview, one line a finding, and the tables with their marks.

Text of documents is written as text: nothing in it runs as a formula or becomes a link. Numbers stay numbers; only doubtful,
unplaced, unreadable and violated cells are tinted.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from extractor.errors import ExtractorError
from extractor.render.findings import Checked, explained, formula, offending, place
from extractor.render.marks import (
    CAUSES,
    KINDS,
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
from extractor.result import Finding, Result
from extractor.schema import FORMS, Table

LIMIT = 15_000
"""Reports of one workbook: the tables of more would not fit on a sheet (1,048,576 rows)."""
_LONGEST = 32_000
_NOTE = 600
_LINE, _HIGHEST = 15, 405
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_SUFFIXES = (VIOLATED[0], STANDINGS["doubtful"][0])
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_TINTS = {"doubtful": "#FFF2CC", "unplaced": "#E4DFEC", "unreadable": "#E4DFEC", "violated": "#F8CBAD"}
_MADE = datetime(2021, 1, 1)  # noqa: DTZ001 - the file's own date, so that the same findings give the same file
_FIGURES = (
    ("applications.received.total", ("新收申请", "received")),
    ("applications.carried_in.total", ("上年结转", "carried in")),
    ("applications.concluded.total", ("办理结果总计", "concluded")),
    ("applications.carried_forward.total", ("结转下年", "carried forward")),
    ("proceedings.reconsideration.total", ("行政复议", "reconsideration")),
    ("proceedings.direct_litigation.total", ("未经复议直接起诉", "direct litigation")),
    ("proceedings.litigation_after_reconsideration.total", ("复议后起诉", "litigation after reconsideration")),
)
_Columns = Sequence[tuple[tuple[str, str], int]]
"""Chinese and English name of each column, and its width in characters."""
_OVERVIEW: _Columns = (
    (("文件", "file"), 28), (("部分", "part"), 6), (("机关", "agency"), 28), (("年度", "year"), 7), (("版本", "edition"), 7),
    *((words, 9) for words in SEVERITIES.values()),
    *((words, 11) for _, words in _FIGURES),
    (("主要问题", "main problem"), 80),
)  # fmt: skip
_FINDINGS: _Columns = (
    (("文件", "file"), 24), (("部分", "part"), 6), (("机关", "agency"), 24), (("年度", "year"), 7), (("严重程度", "severity"), 10),
    (("谁的问题", "whose error"), 12), (("位置", "place"), 44), (("原文", "printed words"), 30), (("算式", "formula"), 34),
    (("应为或对照", "expected"), 12), (("所印", "printed value"), 12), (("相差", "difference"), 9), (("说明", "message"), 70),
    (("可能的改法", "possible corrections"), 50), (("建议", "suggestion"), 40), (("依据", "basis"), 40), (("规则", "rule"), 20),
)  # fmt: skip


def workbook(reports: Sequence[Checked], failed: Sequence[tuple[str, ExtractorError]], lang: Lang) -> bytes:
    """The file. Inputs that gave no result (name and reason) stand at the end of the overview. Raises ExtractorError for
    more than LIMIT reports."""
    if len(reports) > LIMIT:
        raise ExtractorError(
            "xlsx",
            (f"报告超过 {LIMIT} 份，一个工作簿放不下", f"more than {LIMIT} reports do not fit into one workbook"),
            ("请分批核对，或用 --format json", "check them in several runs, or use --format json"),
        )
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": _MADE})
        made = _Book(book, lang)
        made.overview(reports, failed)
        made.findings(reports)
        made.tables([report.result for report in reports])
    return buffer.getvalue()


def _notes(result: Result) -> dict[str, str]:
    """What is said of the cells that an explanation would change."""
    return {
        address: finding.message
        for finding in reversed(result.findings)
        if finding.explanations
        for address in offending(result, finding)
    }


def _figure(text: str | None) -> int | str | None:
    """A whole number that a finding holds as text; a decimal stays text, with the scale in which it is printed."""
    return int(text) if text and _WHOLE.fullmatch(text) else text


class _Book:
    """The three sheets of a workbook."""

    def __init__(self, book: xlsxwriter.Workbook, lang: Lang) -> None:
        self._book, self._lang = book, lang
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True})
        self._long = book.add_format({"text_wrap": True, "valign": "top"})
        self._plain = book.add_format({"valign": "top"})
        self._formats: dict[tuple[str, str], Format] = {}

    def overview(self, reports: Sequence[Checked], failed: Sequence[tuple[str, ExtractorError]]) -> None:
        """One line a report."""
        sheet = self._sheet(("总览", "overview"), _OVERVIEW)
        for row, report in enumerate(reports, 1):
            self._line(sheet, row, self._of_report(report.result), _OVERVIEW)
            for column, (address, _) in enumerate(_FIGURES, 8):
                self._cell(sheet, row, column, report.result, address)
        for row, (name, error) in enumerate(failed, len(reports) + 1):
            words = say(
                self._lang, f"没有读出：{error.reason[0]}。{error.remedy[0]}", f"not read: {error.reason[1]}. {error.remedy[1]}"
            )
            self._line(sheet, row, [name, *[None] * 14, words], _OVERVIEW)
        sheet.autofilter(0, 0, len(reports) + len(failed), len(_OVERVIEW) - 1)

    def _of_report(self, result: Result) -> list[str | int | None]:
        source, about = result.document, result.report
        severities = [finding.severity for finding in result.findings]
        gravest = plain(result.findings[0].message) if result.findings else say(self._lang, "没有发现问题", "nothing was found")
        if source.kind != "annual_report" and not result.findings:
            gravest = say(self._lang, *KINDS[source.kind])
        return [
            source.name,
            source.part,
            about.agency,
            about.year,
            about.edition,
            *(severities.count(severity) for severity in SEVERITIES),
            *[None] * len(_FIGURES),
            gravest,
        ]

    def findings(self, reports: Iterable[Checked]) -> None:
        """One line a finding."""
        sheet = self._sheet(("核对意见", "findings"), _FINDINGS)
        row = 0
        for report in reports:
            for finding in report.result.findings:
                row += 1
                self._line(sheet, row, self._of_finding(report, finding), _FINDINGS)
        sheet.autofilter(0, 0, max(row, 1), len(_FINDINGS) - 1)

    def _of_finding(self, report: Checked, finding: Finding) -> list[str | int | None]:
        source, about, lang = report.result.document, report.result.report, self._lang
        return [
            source.name,
            source.part,
            about.agency,
            about.year,
            say(lang, *SEVERITIES[finding.severity]),
            say(lang, *CAUSES[finding.cause]),
            place(report, finding, lang),
            finding.raw,
            formula(finding, lang),
            *map(_figure, (finding.expected, finding.actual, finding.difference)),
            finding.message,
            "\n".join(explained(one, lang) for one in finding.explanations),
            finding.suggestion,
            finding.basis,
            finding.rule,
        ]

    def tables(self, results: Iterable[Result]) -> None:
        """The tables of all reports below each other, rows and columns as the form has them."""
        lang = self._lang
        sheet = self._added(("表格", "tables"))
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
        for line in printed_rows(result, table):
            if names != (columns := tuple(column.label for column in line.columns)):
                row += 1 if names else 0
                names = columns
                for column, name in enumerate(names, 1):
                    sheet.write_string(row, column, name, self._head)
            row += 1
            sheet.write_string(row, 0, row_label(line, lang, group=table.name == "disclosure"))
            for column, cell in enumerate(line.columns, 1):
                address = f"{table.name}.{line.key}.{cell.key}"
                self._cell(sheet, row, column, result, address, wrong)
                if address in notes:
                    sheet.write_comment(row, column, plain(notes[address])[:_NOTE], {"author": "nianbao", "x_scale": 2})
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
        if (tint, number) not in self._formats:
            properties: dict[str, str] = {"align": "right", "valign": "top"}
            if tint in _TINTS:
                properties["bg_color"] = _TINTS[tint]
            if number:
                properties["num_format"] = number
            self._formats[tint, number] = self._book.add_format(properties)
        return self._formats[tint, number]

    def _sheet(self, name: tuple[str, str], columns: _Columns) -> Worksheet:
        sheet = self._added(name)
        sheet.repeat_rows(0)
        for at, (words, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, say(self._lang, *words), self._head)
        sheet.freeze_panes(1, 0)
        return sheet

    def _added(self, name: tuple[str, str]) -> Worksheet:
        """A sheet that prints on as few A4 pages as its lines need, across."""
        sheet = self._book.add_worksheet(say(self._lang, *name))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _line(self, sheet: Worksheet, row: int, values: Iterable[str | int | None], columns: _Columns) -> None:
        """Not every program makes rows as high as their wrapped text, so they are made so here."""
        height = 1
        for column, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, int):
                sheet.write_number(row, column, value, self._plain)
            else:
                lines = [plain(line) for line in value[:_LONGEST].split("\n")]
                sheet.write_string(row, column, "\n".join(lines), self._long)
                height = max(height, sum(-(-cell_len(line) // (columns[column][1] - 1)) for line in lines))
        if height > 1:
            sheet.set_row(row, min(_LINE * height, _HIGHEST))
