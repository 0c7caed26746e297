"""What all workbooks share: the file itself, sheets that print on A4, lists with their header, formats, notes.

Text of documents is written as text: nothing in it runs as a formula or becomes a link.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from extractor.errors import ExtractorError
from extractor.ingest.sheet import ANNOTATOR
from extractor.render.findings import Checked, explained, formula, place
from extractor.render.marks import CAUSES, KINDS, SEVERITIES, Lang, plain, say
from extractor.result import Finding, Result

TINTS: Final = {"doubtful": "#FFF2CC", "unplaced": "#E4DFEC", "unreadable": "#E4DFEC", "violated": "#F8CBAD"}
LINE: Final = 16
"""Height of a line in points."""
_LONGEST = 32_000
_NOTE = 600
_NOTE_LINE, _NOTE_WIDTH = 16, 38
_HIGHEST = 405
_IN_VIEW = 3
_WHOLE = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DIGITS = 15
"""Significant digits that a spreadsheet program keeps; a number of more is written as text."""
_MADE = datetime(2021, 1, 1)  # noqa: DTZ001 - the file's own date, so that the same results give the same file
_SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

Columns = Sequence[tuple[tuple[str, str], int]]
"""Chinese and English name of each column, and its width in characters."""
Value = str | int | None
_FINDINGS: Columns = (
    (("文件", "file"), 15), (("机关", "agency"), 15), (("年度", "year"), 6), (("严重程度", "severity"), 9),
    (("谁的问题", "whose error"), 9), (("位置", "place"), 26), (("说明", "message"), 46), (("建议", "suggestion"), 24),
    (("部分", "part"), 6), (("原文", "printed words"), 30), (("算式", "formula"), 34), (("应为或对照", "expected"), 12),
    (("所印", "printed value"), 12), (("相差", "difference"), 9), (("可能的改法", "possible corrections"), 50),
    (("依据", "basis"), 40), (("规则", "rule"), 20),
)  # fmt: skip
_FINDINGS_PRINTED = 8


class Figure(str):
    """A number as it is printed, which a list stores as a number that shows so."""

    __slots__ = ()


def written(lang: Lang, write: Callable[[Sheets], None]) -> bytes:
    """The file that `write` fills."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _SAFE) as book:
        book.set_properties({"created": _MADE})
        write(Sheets(book, lang))
    return buffer.getvalue()


def number(value: Value) -> tuple[float, str] | None:
    """What a sheet stores for `value`, and the format that shows it as printed (`8.00`: 8 and `0.00`); None if it would not."""
    text = str(value)
    digits = text.lstrip("-").replace(".", "")
    if value is None or not _NUMBER.fullmatch(text) or len(digits.lstrip("0")) > _DIGITS or len(digits) > 2 * _DIGITS:
        return None
    decimals = len(text.partition(".")[2])
    stored = float(text) if decimals else int(text)
    return None if stored == 0 and text.startswith("-") else (stored, "0." + "0" * decimals if decimals else "0")


def note(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A note on a cell, in a box that its text fills."""
    lines = [plain(line) for line in text[:_NOTE].split("\n")]
    height = sum(max(1, -(-cell_len(line) // _NOTE_WIDTH)) for line in lines)
    size = {"width": 280, "height": max(40, _NOTE_LINE * (height + 1))}
    sheet.write_comment(row, column, "\n".join(lines), {"author": ANNOTATOR, **size})


def main_problem(result: Result, lang: Lang) -> str:
    """What the gravest finding says, else what the document is or that nothing was found."""
    if result.findings:
        return plain(result.findings[0].message)
    kind = result.document.kind
    return say(lang, *KINDS[kind]) if kind != "annual_report" else say(lang, "没有发现问题", "nothing was found")


def not_read(error: ExtractorError, lang: Lang) -> str:
    """Why an input gave no result, and what helps."""
    return say(lang, f"没有读出：{error.reason[0]}。{error.remedy[0]}", f"not read: {error.reason[1]}. {error.remedy[1]}")


def _figure(text: str | None) -> Value:
    """A whole number that a finding holds as text; a decimal stays text, with the scale in which it is printed."""
    return int(text) if text and _WHOLE.fullmatch(text) else text


class Sheets:
    """The sheets of one workbook, in the language of its words."""

    def __init__(self, book: xlsxwriter.Workbook, lang: Lang) -> None:
        self._book, self.lang = book, lang
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **properties: object) -> Format:
        """The format with these properties of xlsxwriter; one for all cells that share them."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(properties))
        return self._formats[key]

    def added(self, name: str) -> Worksheet:
        """A sheet that prints on as few A4 pages as its lines need, across."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&C&A  &P/&N")
        return sheet

    def listed(self, name: str, columns: Columns, caption: str | None = None) -> tuple[Worksheet, int]:
        """A sheet that is a list, with its header, under `caption` if there is one; and the row its first line stands in."""
        sheet = self.added(name)
        sheet.hide_gridlines(0)  # nor on paper
        top = 0 if caption is None else 1
        if caption is not None:
            sheet.write_string(0, 0, caption)
        sheet.repeat_rows(top)
        head = self.format(bold=True, bottom=1, text_wrap=True, valign="top")
        for at, (words, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(top, at, say(self.lang, *words), head)
        height = max(-(-cell_len(say(self.lang, *words)) // (width - 1)) for words, width in columns)
        sheet.set_row(top, LINE * height)
        sheet.freeze_panes(top + 1, 0)
        return sheet, top + 1

    def ended(self, sheet: Worksheet, first: int, end: int, columns: Columns, printed: int | None = None) -> None:
        """A list whose lines stand in the rows from `first` to before `end`, to be filtered. On paper it has the first `printed`
        columns only: no more than some 150 characters across A4 can be read."""
        last = max(end - 1, first)
        sheet.autofilter(first - 1, 0, last, len(columns) - 1)
        if printed is not None:
            sheet.print_area(0, 0, last, printed - 1)

    def line(self, sheet: Worksheet, row: int, values: Iterable[Value], columns: Columns, printed: int | None = None) -> None:
        """Not every program makes rows as high as their wrapped text, so they are made so here; behind the first `printed`
        columns a long text is cut off in view, or paper would stay empty for its sake."""
        height = 1
        for column, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, Figure) and (stored := number(value)):
                sheet.write_number(row, column, stored[0], self.format(align="right", valign="top", num_format=stored[1]))
            elif isinstance(value, int):
                sheet.write_number(row, column, value, self.format(align="center", valign="top"))
            else:
                lines = [plain(line) for line in value[:_LONGEST].split("\n")]
                sheet.write_string(row, column, "\n".join(lines), self.format(text_wrap=True, valign="top"))
                room = columns[column][1] * 9 // 10
                needed = sum(-(-cell_len(line) // room) for line in lines)
                height = max(height, needed if printed is None or column < printed else min(needed, _IN_VIEW))
        if height > 1:
            sheet.set_row(row, min(LINE * height, _HIGHEST))

    def findings(self, reports: Iterable[Checked], caption: str | None = None) -> None:
        """The sheet of findings, one line each."""
        sheet, first = self.listed(say(self.lang, "核对意见", "findings"), _FINDINGS, caption)
        row = first
        for report in reports:
            for finding in report.result.findings:
                self.line(sheet, row, self._of_finding(report, finding), _FINDINGS, _FINDINGS_PRINTED)
                row += 1
        self.ended(sheet, first, row, _FINDINGS, _FINDINGS_PRINTED)

    def _of_finding(self, report: Checked, finding: Finding) -> list[Value]:
        source, about, lang = report.result.document, report.result.report, self.lang
        return [
            source.name,
            about.agency,
            about.year,
            say(lang, *SEVERITIES[finding.severity]),
            say(lang, *CAUSES[finding.cause]),
            place(report, finding, lang),
            finding.message,
            finding.suggestion,
            source.part,
            finding.raw,
            formula(finding, lang),
            *map(_figure, (finding.expected, finding.actual, finding.difference)),
            "\n".join(explained(one, lang) for one in finding.explanations),
            finding.basis,
            finding.rule,
        ]
