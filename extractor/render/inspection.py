"""One report as data for a review screen: the official tables with every cell's value, mark and place, open rows with their
candidates, findings with the cells to look at, and the source text.

Spans count code points of `text`, which is the part of the canonical text that the report stands in. Everything is plain
text: whoever shows it escapes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from extractor.document import Span
from extractor.naming import cell_label
from extractor.reading import Cell, Unplaced, Value
from extractor.render.findings import explained, formula, offending
from extractor.render.marks import (
    CAUSES,
    SEVERITIES,
    STANDINGS,
    TABLES,
    VIOLATED,
    Lang,
    headline,
    missing,
    open_label,
    open_rows,
    particulars,
    plain,
    say,
    shown,
    standing,
    tally,
    violated,
)
from extractor.render.official import OfficialTable, Printed, official_tables
from extractor.result import Finding, Result
from extractor.schema import FORMS

LONGEST = 300_000
"""Code points of source text that are shown at most."""
_READERS = {
    "rules": ("规则", "rules"),
    "copy": ("另一处表格", "the other copy"),
    "model": ("模型", "model"),
    "person": ("人工", "person"),
}


def inspection(
    result: Result,
    text: str,
    window: Span,
    lang: Lang,
    *,
    settled: Collection[str] = (),
    verdicts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The screen's data, made of JSON types only. `text` is the canonical text and `window` the report's part of it;
    `settled` holds ids of findings that the person's readings settle, `verdicts` what was thought of a finding."""
    base = window[0]
    undivided = any(address.startswith("applications.other_undivided.") for address in result.cells)
    wrong = violated(result)
    by_cell: dict[str, list[str]] = {}
    for finding in result.findings:
        for address in offending(result, finding):
            by_cell.setdefault(address, []).append(finding.id)
    tables = []
    for table, form in zip(
        official_tables(result.report.edition, undivided=undivided), FORMS[result.report.edition].tables, strict=True
    ):
        rows = [] if missing(result, form) else _rows(result, table, wrong, by_cell, base, lang)
        tables.append({"name": table.name, "title": say(lang, *TABLES[table.name]), "width": table.width, "rows": rows})
    return {
        "head": _head(result, lang),
        "tables": tables,
        "open": {key: _open_row(result, key, row, base, lang) for key, row in open_rows(result)},
        "findings": [_finding(result, one, base, lang, settled, verdicts or {}) for one in result.findings],
        "legend": [{"mark": mark, "word": say(lang, zh, en)} for mark, zh, en in (*STANDINGS.values(), VIOLATED) if mark],
        "text": text[base : min(window[1], base + LONGEST)],
        "cut": window[1] - base > LONGEST,
    }


def _head(result: Result, lang: Lang) -> dict[str, Any]:
    counts = tally(result)
    severities = [finding.severity for finding in result.findings]
    return {
        "title": headline(result, lang),
        "particulars": particulars(result, lang),
        "counts": [
            {"standing": key, "mark": mark, "word": say(lang, zh, en), "count": counts[key]}
            for key, (mark, zh, en) in STANDINGS.items()
            if counts[key] or key in {"proven", "located", "doubtful", "unplaced"}
        ],
        "severities": [
            {"severity": key, "word": say(lang, *words), "count": severities.count(key)} for key, words in SEVERITIES.items()
        ],
    }


def _rows(
    result: Result, table: OfficialTable, wrong: Collection[str], by_cell: Mapping[str, list[str]], base: int, lang: Lang
) -> list[list[dict[str, Any]]]:
    return [
        [
            _value(result, cell, cell.address in wrong, by_cell.get(cell.address, []), base, lang)
            if cell.address
            else {
                "text": say(lang, cell.text, f"{cell.text}\n{cell.english}"),
                "rows": cell.rowspan,
                "columns": cell.colspan,
                "head": _heads(table, at, cell),
            }
            for cell in row
        ]
        for at, row in enumerate(table.rows)
    ]


def _heads(table: OfficialTable, at: int, cell: Printed) -> str:
    """Whether a label heads its row or its column."""
    values = any(other.address for other in table.rows[at])
    return "row" if values and cell.rowspan == 1 else "rowgroup" if values else "col" if cell.colspan == 1 else "colgroup"


def _value(result: Result, printed: Printed, wrong: bool, findings: list[str], base: int, lang: Lang) -> dict[str, Any]:
    cell = result.cells[printed.address]
    kind = standing(cell)
    value, mark = shown(cell, wrong=wrong)
    words = say(lang, *STANDINGS[kind][1:])
    if mark == VIOLATED[0]:
        words += say(lang, "，", ", ") + say(lang, *VIOLATED[1:])
    said = next((one.value for one in reversed(cell.readings or ()) if one.reader == "person"), None)
    beside = said if said is not None and said != cell.value else None
    return {
        "address": printed.address,
        "rows": printed.rowspan,
        "columns": printed.colspan,
        "label": cell_label(printed.address) if lang == "zh" else f"{cell_label(printed.address)} ({printed.address})",
        "value": value,
        "mark": mark,
        "standing": "violated" if mark == VIOLATED[0] else kind,
        "words": words,
        "raw": cell.raw,
        "plain": None if cell.value is None else str(cell.value),
        "spans": _spans(cell, base),
        "person": cell.reader == "person",
        "beside": None if beside is None else str(beside),
        "readings": [_reading(one.reader, one.value, one.state, one.span is not None, lang) for one in cell.readings or ()],
        "findings": findings,
    }


def _reading(reader: str, value: Value | None, state: Any, located: bool, lang: Lang) -> str:
    who = say(lang, *_READERS.get(reader, (reader, reader)))
    what = str(value) if value is not None else say(lang, *STANDINGS[state][1:]) if state in STANDINGS else ""
    where = "" if located or value is None else say(lang, "（原文未见）", " (not in the text)")
    return f"{who}{say(lang, '：', ': ')}{what}{where}"


def _spans(cell: Cell, base: int) -> list[list[int]]:
    spans = cell.pieces or ((cell.span,) if cell.span else ())
    return [[start - base, end - base] for start, end in spans]


def _open_row(result: Result, key: str, row: Unplaced, base: int, lang: Lang) -> dict[str, Any]:
    addresses = [address for address in result.cells if address.startswith(f"{key}.")]
    blank = STANDINGS["blank"][0]
    return {
        "label": open_label(result, key, lang),
        "raw": plain(row.raw),
        "span": [row.span[0] - base, row.span[1] - base],
        "cells": addresses,
        "columns": [cell_label(address).rpartition("·")[2] for address in addresses],
        "candidates": [[blank if value is None else str(value) for value in way] for way in row.candidates],
        "count": row.count,
        "suggested": row.suggested,
    }


def _finding(
    result: Result, finding: Finding, base: int, lang: Lang, settled: Collection[str], verdicts: Mapping[str, Any]
) -> dict[str, Any]:
    verdict = verdicts.get(finding.id)
    spans = [[finding.span[0] - base, finding.span[1] - base]] if finding.span else []
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity,
        "severity_word": say(lang, *SEVERITIES[finding.severity]),
        "cause": finding.cause,
        "cause_word": say(lang, *CAUSES[finding.cause]),
        "message": finding.message or finding.rule,
        "formula": formula(finding, lang),
        "others": [explained(one, lang) for one in finding.explanations],
        "suggestion": finding.suggestion,
        "basis": finding.basis,
        "cells": [address for address in offending(result, finding) if address in result.cells],
        "spans": spans,
        "settled": finding.id in settled,
        "verdict": verdict.verdict if verdict else None,
        "reason": verdict.reason if verdict else "",
    }


def letter(result: Result, lang: Lang, verdicts: Mapping[str, Any] | None = None) -> str:
    """The findings as text for the agency: those that are the report's own or not determined, and not dismissed."""
    kept = [
        one
        for one in result.findings
        if one.cause in ("report", "undetermined")
        and one.severity != "info"
        and ((verdicts or {}).get(one.id) is None or (verdicts or {})[one.id].verdict == "accepted")
    ]
    lines = [headline(result, lang)]
    if not kept:
        lines.append(say(lang, "没有需要核改的问题。", "Nothing needs to be corrected."))
    for number, one in enumerate(kept, 1):
        lines.append(
            f"{number}. " + say(lang, f"【{SEVERITIES[one.severity][0]}】", f"[{SEVERITIES[one.severity][1]}] ") + one.message
        )
        for name, words in (
            (say(lang, "算式", "Formula"), formula(one, lang)),
            (say(lang, "建议", "Suggestion"), one.suggestion),
            (say(lang, "依据", "Basis"), one.basis),
        ):
            if words:
                lines.append(f"   {name}{say(lang, '：', ': ')}{words}")
    return "\n".join(plain(line) if not line.startswith(" ") else "   " + plain(line) for line in lines) + "\n"
