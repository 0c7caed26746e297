"""Extracted reports as one workbook: overview, the tables of each report as the official form prints them, what the prose
says, findings, and all cells as a list. `nianbao extract` reads the tables back.

Lists say in their first cell that they are lists (`LISTED`), so that reading the workbook again leaves them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from extractor.errors import ExtractorError
from extractor.folding import simplify
from extractor.ingest.sheet import LISTED
from extractor.render import lists
from extractor.render.findings import Checked
from extractor.render.marks import SEVERITIES, STANDINGS, VIOLATED, Lang, plain, say, tally, violated
from extractor.render.report_sheet import report_sheet
from extractor.render.sheets import Columns, Sheets, main_problem, not_read, written
from extractor.result import Result
from extractor.sections import title_lines

LIMIT = 1_000
"""Reports of one workbook, each on a sheet of its own."""
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\�]")
_SHEETS = {
    "overview": ("总览", "overview"),
    "prose": ("文字与数据", "prose"),
    "findings": ("核对意见", "findings"),
    "cells": ("明细", "cells"),
}
_CAPTION = (
    "由程序写出，不是报告正文，再次读取本工作簿时跳过",
    "written by the program, no part of a report; skipped on reading",
)
_OVERVIEW: Columns = (
    (("工作表", "sheet"), 24), (("文件", "file"), 20), (("部分", "part"), 5), (("机关", "agency"), 18), (("年度", "year"), 6),
    (("版本", "edition"), 8), (("发布日期", "published"), 11),
    *((words, 7) for words in SEVERITIES.values()),
    (("主要问题", "main problem"), 44),
    *(((zh, en), 8) for _, zh, en in (*STANDINGS.values(), VIOLATED)),
)  # fmt: skip
_OVERVIEW_PRINTED = 11
_REPORT = "政府信息公开工作年度报告"


def workbook(reports: Sequence[Checked], failed: Sequence[tuple[str, ExtractorError]], lang: Lang) -> bytes:
    """The file. Inputs that gave no result (name and reason) stand at the end of the overview. Raises ExtractorError for
    more than LIMIT reports."""
    if len(reports) > LIMIT:
        raise ExtractorError(
            "xlsx",
            (f"报告超过 {LIMIT} 份，一个工作簿放不下", f"more than {LIMIT} reports do not fit into one workbook"),
            ("请分批提取，或用 --format csv", "extract them in several runs, or use --format csv"),
        )
    results = [report.result for report in reports]

    def write(sheets: Sheets) -> None:
        names = _sheet_names(results)
        _overview(sheets, results, names, failed)
        for result, name, title in zip(results, names, _titles(results), strict=True):
            if name:
                report_sheet(sheets, name, title, result)
        lists.prose(sheets, say(lang, *_SHEETS["prose"]), _caption("prose", lang), results)
        sheets.findings(reports, _caption("findings", lang))
        lists.cells(sheets, say(lang, *_SHEETS["cells"]), results)

    return written(lang, write)


def _caption(key: str, lang: Lang) -> str:
    return f"{say(lang, *LISTED)} · {say(lang, *_SHEETS[key])}{say(lang, *(f'（{words}）' for words in _CAPTION))}"


def _sheet_names(results: Iterable[Result]) -> list[str]:
    """A name for the sheet of each report, agency and year, none for what is no such report. Names are unique whatever the
    case of their letters, and at most 31 UTF-16 units long, as spreadsheet programs want them."""
    taken = {name.lower() for names in _SHEETS.values() for name in names} | {"history", ""}
    names = []
    for result in results:
        about, name = result.report, ""
        if result.document.kind == "annual_report":
            who = _FORBIDDEN.sub("", plain(about.agency or about.title or result.document.name)).strip("' ")
            count = 1
            while name.lower() in taken:
                end = f"{about.year or ''}{f'({count})' if count > 1 else ''}"
                name = _cut(who, _LONGEST_NAME - len(end)).strip("' ") + end
                count += 1
            taken.add(name.lower())
        names.append(name)
    return names


def _cut(text: str, units: int) -> str:
    """`text` cut to so many UTF-16 units."""
    return text.encode("utf-16-le", "replace")[: 2 * units].decode("utf-16-le", "ignore")


def _titles(results: Iterable[Result]) -> list[str]:
    """The first line of each report's sheet: its title, made a title where it is none, and numbered where it stood before,
    so that reading the workbook tells the reports apart."""
    seen: set[str] = set()
    titles = []
    for number_, result in enumerate(results, 1):
        about = result.report
        year = "" if about.year is None else f"{about.year}年"
        made = f"{_cut(plain(about.agency or ''), 24)}{year}{_REPORT}"
        own = plain(about.title or "")
        ways = (own, f"{own}（第{number_}份）", made, f"{made}（第{number_}份）", f"{year}{_REPORT}（第{number_}份）")
        title = next((way for way in ways if (words := _title_words(way)) and words not in seen), ways[-1])
        seen.add(_title_words(title))
        titles.append(title)
    return titles


def _title_words(line: str) -> str:
    """What the reader takes for the title in this line; empty if it takes it for none."""
    text = simplify(line)
    return next((words for _, words in title_lines(text, (0, len(text)))), "")


def _overview(
    sheets: Sheets, results: Sequence[Result], names: Sequence[str], failed: Sequence[tuple[str, ExtractorError]]
) -> None:
    lang = sheets.lang
    sheet, first = sheets.listed(say(lang, *_SHEETS["overview"]), _OVERVIEW, _caption("overview", lang))
    row = first
    for result, name in zip(results, names, strict=True):
        source, about, counts = result.document, result.report, tally(result)
        severities = [finding.severity for finding in result.findings]
        values = [
            name,
            source.name,
            source.part,
            about.agency,
            about.year,
            about.edition if name else None,
            about.published,
            *(severities.count(severity) for severity in SEVERITIES),
            main_problem(result, lang),
            *(counts[standing] for standing in STANDINGS),
            len(violated(result)),
        ]
        sheets.line(sheet, row, values, _OVERVIEW)
        if name:
            sheet.write_url(row, 0, f"internal:'{name}'!A1", sheets.format(valign="top", underline=1, text_wrap=True), name)
        row += 1
    for file, error in failed:
        blanks = [None] * (_OVERVIEW_PRINTED - 3)
        sheets.line(sheet, row, [None, file, *blanks, not_read(error, lang)], _OVERVIEW)
        row += 1
    sheets.ended(sheet, first, row, _OVERVIEW, _OVERVIEW_PRINTED)
