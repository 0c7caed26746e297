"""One report's findings as a page for a terminal, at most 100 columns wide: whose error, in which cell, what to do.

A Chinese character takes two columns. Offending cells stand in 【】; nothing depends on colour.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len, set_cell_size

from extractor.naming import ROW_LABELS, SLIPS, cell_label
from extractor.reading import Cell
from extractor.render.lines import in_lines
from extractor.render.marks import (
    CAUSES,
    SEVERITIES,
    TABLES,
    Lang,
    counted,
    headline,
    open_label,
    particulars,
    plain,
    row_label,
    say,
    shown,
    tally_words,
    ways,
)
from extractor.result import Explanation, Finding, Result
from extractor.schema import FORMS, Row, Table

WIDTH = 100
_INDENT = "    "
_ROWS = {"equation": 12, "other": 4}
_LABEL = 24
_CELL = 9
_NAMED = 4
_TABLED = ("balance.", "sum.", "value.", "cell.", "stock.", "claim.", "authority.", "series.", "rollup.", "structure.duplicate")
"""Beginnings of the rules whose findings are about cells, not about labels or whole rows."""
_EQUATIONS = ("balance.", "sum.")
_NO_SUM = ("published.", "year.")
"""Beginnings of the rules that compare days and years; their message says it all."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A report with its findings, and where the lines of its canonical text end (`line_ends`)."""

    result: Result
    line_ends: Sequence[int]

    def line(self, position: int) -> int:
        """The line of a position in the canonical text, from 1, as `nianbao text` prints it."""
        return bisect_left(self.line_ends, position) + 1


def line_ends(text: str) -> array[int]:
    """The positions of the line ends."""
    return array("L", (match.start() for match in re.finditer("\n", text)))


def page(report: Checked, lang: Lang) -> str:
    """The page, ending in a line end."""
    result = report.result
    title = wrapped(headline(result, lang), "")
    head = [*title, "=" * max(map(cell_len, title)), *wrapped(particulars(result, lang), "")]
    if not result.findings:
        clean = say(
            lang,
            f"没有发现问题。单元格：{tally_words(result, lang)}。读取核对无误只说明读得准，不说明数字属实。",
            f"Nothing was found. Cells: {tally_words(result, lang)}. Proven means read right, not that it is true.",
        )
        return "\n".join([*head, *wrapped(clean, "")]) + "\n"
    blocks = ["\n".join([*head, counts(result.findings, lang)])]
    blocks += ["\n".join(_finding(report, finding, n, lang)) for n, finding in enumerate(result.findings, 1)]
    return "\n\n".join(blocks) + "\n"


def counts(findings: Iterable[Finding], lang: Lang) -> str:
    """“须核改 2，建议改 1”: how many of each severity, those that occur."""
    severities = [finding.severity for finding in findings]
    words = [f"{say(lang, *SEVERITIES[one])} {severities.count(one)}" for one in SEVERITIES if one in severities]
    return say(lang, "，", ", ").join(words)


def wrapped(text: str, indent: str, first: str | None = None) -> list[str]:
    """`text` in lines of at most WIDTH columns, `indent` before each, `first` (of the same width) before the first instead."""
    return in_lines(plain(text), WIDTH, indent, first)


def _finding(report: Checked, finding: Finding, number: int, lang: Lang) -> list[str]:
    severity = say(lang, *SEVERITIES[finding.severity])
    head = f"{number}. " + say(lang, f"【{severity}】", f"[{severity}] ") + (finding.message or finding.rule)
    lines = wrapped(head, "")
    for name, words in (
        (say(lang, "位置", "Place"), place(report, finding, lang)),
        (say(lang, "算式", "Formula"), formula(finding, lang)),
        (say(lang, "谁的问题", "Whose error"), say(lang, *CAUSES[finding.cause])),
        *((say(lang, "另一种可能", "Or"), explained(one, lang)) for one in finding.explanations[1:]),
        (say(lang, "建议", "Suggestion"), finding.suggestion),
        (say(lang, "依据", "Basis"), f"{finding.basis} [{finding.rule}]"),
    ):
        if words:
            start = f"{_INDENT}{name}{say(lang, '：', ': ')}"
            lines += wrapped(words, " " * cell_len(start), start)
        if name in {"位置", "Place"}:
            lines += _rows(report.result, finding, lang)
    return lines


def place(report: Checked, finding: Finding, lang: Lang) -> str:
    """Where it is said, and table, rows, columns, page and line of the cells: as much of it as there is; empty for the
    report as a whole."""
    result = report.result
    marked = offending(result, finding)
    words = []
    if finding.claims and finding.span is not None:
        words.append(_line(report, finding.span[0], lang))
    if marked:
        named = _names(result, marked)
        if len(named) > _NAMED:
            named = [say(lang, f"{named[0]} 至 {named[-1]}", f"{named[0]} to {named[-1]}")]
        tables = {address.partition(".")[0] for address in marked}
        table = say(lang, *TABLES[tables.pop()]) if len(tables) == 1 else ""
        words.append(say(lang, "：", ": ").join(filter(None, (table, "；".join(named)))))
    cells = [result.cells[address] for address in marked if address in result.cells]
    sheet = next((cell.place.page for cell in cells if cell.place and cell.place.page), None)
    if sheet is not None:
        words.append(say(lang, f"第 {sheet} 页", f"page {sheet}"))
    first = next((cell.span for cell in [*cells, *_beside(result, marked)] if cell.span), None)
    span = first if finding.claims or finding.explanations else finding.span or first
    if span is not None:
        words.append(_line(report, span[0], lang))
    words += [_elsewhere(document, cells, lang) for document, cells in _by_document(finding)[:_NAMED]]
    return say(lang, "，", ", ").join(words)


def _by_document(finding: Finding) -> list[tuple[str, list[str]]]:
    cells: dict[str, list[str]] = {}
    for one in finding.elsewhere:
        cells.setdefault(one.document, []).append(one.cell)
    return list(cells.items())


def _elsewhere(document: str, cells: list[str], lang: Lang) -> str:
    more = say(lang, f" 等 {len(cells)} 格", f" and {len(cells) - 1} more") if len(cells) > 1 else ""
    return f"{document}{say(lang, '：', ': ')}{cell_label(cells[0])}{more}"


def _beside(result: Result, addresses: Sequence[str]) -> list[Cell]:
    """The other cells of the row of the first address: a blank has no place of its own."""
    row = addresses[0].rpartition(".")[0] if addresses else None
    return [cell for address, cell in result.cells.items() if address.rpartition(".")[0] == row]


def _names(result: Result, addresses: Sequence[str]) -> list[str]:
    """What the cells are called; whole rows by their row."""
    rows = {address.rpartition(".")[0] for address in addresses}
    whole = [address for address in result.cells if address.rpartition(".")[0] in rows]
    if len(addresses) > 1 and len(whole) == len(addresses):
        return list(dict.fromkeys(ROW_LABELS.get(key, key) for key in (a.rpartition(".")[0] for a in addresses)))
    return [cell_label(address) for address in addresses]


def _line(report: Checked, position: int, lang: Lang) -> str:
    return say(lang, f"原文第 {report.line(position)} 行", f"line {report.line(position)} of `nianbao text`")


def offending(result: Result, finding: Finding) -> tuple[str, ...]:
    """The cells to look at, in printed order: those that any explanation would change, else all that the finding names."""
    changed = {cell.cell for one in finding.explanations for cell in one.cells}
    return tuple(address for address in result.cells if address in changed) or finding.cells


def formula(finding: Finding, lang: Lang) -> str:
    """The formula with both sides and the difference."""
    off = say(lang, f"，相差 {finding.difference}", f", off by {finding.difference}") if finding.difference else ""
    if finding.rule.startswith(_EQUATIONS) and finding.formula:
        left, _, right = finding.formula.partition(" = ")
        sides = (left if left == finding.actual else f"{left} = {finding.actual}", "≠")
        return " ".join((*sides, right if right == finding.expected else f"{finding.expected} = {right}")) + off
    if finding.expected is None or finding.actual is None or finding.rule.startswith(_NO_SUM):
        return finding.formula or ""
    reckoned = finding.formula or ""
    if reckoned and not reckoned.endswith(f"= {finding.expected}"):
        reckoned += f" = {finding.expected}"
    reckoned = reckoned or say(lang, f"对照数 {finding.expected}", f"compared with {finding.expected}")
    return reckoned + say(lang, f"，所印 {finding.actual}", f", printed {finding.actual}") + off


def explained(explanation: Explanation, lang: Lang) -> str:
    """Which cells would have to be what, and the slip that this would be."""
    changes = [
        f"{cell_label(one.cell)} {'□' if one.printed is None else one.printed} → {one.fits}" for one in explanation.cells
    ]
    slip = say(lang, *SLIPS.get(explanation.kind, ("", "")))
    return say(lang, "；", "; ").join(changes) + (say(lang, f"（疑{slip}）", f" ({slip}?)") if slip else "")


def _rows(result: Result, finding: Finding, lang: Lang) -> list[str]:
    """The rows in question as a small table, or the ways in which rows that are not placed can be read."""
    if finding.rule == "cell.unplaced":
        return _open_rows(result, finding, lang)
    if not finding.rule.startswith(_TABLED):
        return []
    marked = frozenset(offending(result, finding))
    most = _ROWS["equation" if finding.rule.startswith(_EQUATIONS) else "other"]
    lines: list[str] = []
    for table in FORMS[result.report.edition].tables:
        weights = {row: _weight(result, finding, table, row, marked) for row in table.rows}
        heaviest = sorted((row for row in table.rows if weights[row]), key=lambda row: -weights[row])
        kept = [row for row in table.rows if row in heaviest[:most]]
        for _, alike in groupby(kept, lambda row: tuple(column.label for column in row.columns)):
            lines += _grid(result, table, list(alike), marked, lang)
        if (left := len(heaviest) - most) > 0:
            lines.append(_INDENT + say(lang, f"……另有 {left} 行", f"… {counted(left, 'more row', 'more rows')}"))
    return lines


def _weight(result: Result, finding: Finding, table: Table, row: Row, marked: frozenset[str]) -> int:
    """How much a row has to do with a finding: 2 for one with an offending cell or a whole equation, 1 for one that takes
    part in the equation named with more than 0, else 0."""
    addresses = [f"{table.name}.{row.key}.{column.key}" for column in row.columns]
    if all(address not in result.cells or result.cells[address].state == "absent" for address in addresses):
        return 0
    if not marked.isdisjoint(addresses):
        return 2
    named = [address for address in addresses if address in finding.cells]
    if not named or not finding.rule.startswith(_EQUATIONS):
        return 0
    if row.balance or len(named) == len(addresses):
        return 2 if len(named) == len(addresses) or finding.rule == "balance.applications" else 0
    return int(finding.rule == "sum.outcomes" and any(result.cells[address].value != 0 for address in named))


def _grid(result: Result, table: Table, rows: list[Row], marked: frozenset[str], lang: Lang) -> list[str]:
    columns = rows[0].columns
    names = [say(lang, _short(column.label), column.key.rsplit("_")[-1]) for column in columns]
    printed = [[_cell(result, f"{table.name}.{row.key}.{column.key}", marked) for column in columns] for row in rows]
    widths = [max(_CELL, *(cell_len(text) + 1 for text in column)) for column in zip(names, *printed, strict=True)]
    labels = [row_label(row, lang, group=False) if lang == "zh" else row.key for row in rows]
    room = min(max(map(cell_len, labels)) + 2, WIDTH - len(_INDENT) - sum(widths))
    label = max(_LABEL, room)
    lines = [_INDENT + " " * label + _across(names, widths)]
    for name, texts in zip(labels, printed, strict=True):
        lines.append(_INDENT + set_cell_size(_cut(name, label - 1), label) + _across(texts, widths))
    return [_cut(line, WIDTH) for line in lines]


def _short(label: str) -> str:
    """本年制发件数 → 制发件数, 法律服务机构 → 法律服务."""
    words = label.split("（", maxsplit=1)[0].removeprefix("本年")
    return words if "件" in words or "数" in words or "额" in words else words[:4]


def _across(texts: Iterable[str], widths: Iterable[int]) -> str:
    return "".join(" " * (width - cell_len(text)) + text for text, width in zip(texts, widths, strict=True)).rstrip()


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _cell(result: Result, address: str, marked: frozenset[str]) -> str:
    """The cell as printed (□ blank, ◇ not placed), with ? where it is doubtful, in 【】 where it is to be looked at."""
    cell = result.cells.get(address)
    if cell is None:
        return ""
    value, mark = shown(cell)
    if cell.state in ("unreadable", "not_applicable") and cell.raw:
        value = _cut(plain(cell.raw), _CELL)
    value += mark if mark == "?" else ""
    return f"【{value}】" if address in marked else value


def _open_rows(result: Result, finding: Finding, lang: Lang) -> list[str]:
    keys = dict.fromkeys(
        key
        for address in finding.cells
        for key in (address.rpartition(".")[0], address.partition(".")[0])
        if key in result.unplaced
    )
    lines = []
    most = _ROWS["other"]
    for key in list(keys)[:most]:
        row, name = result.unplaced[key], open_label(result, key, lang)
        words = say(lang, f"{name}：原文“{row.raw}”", f"{name}: printed “{row.raw}”")
        if row.count:
            words += say(lang, f"，{row.count} 种可能：", f", {counted(row.count, 'way', 'ways')}: ") + ways(row)
        lines.append(_cut(f"{_INDENT}◇ {plain(words)}", WIDTH))
    if (left := len(keys) - most) > 0:
        lines.append(_INDENT + say(lang, f"……另有 {left} 行", f"… {counted(left, 'more row', 'more rows')}"))
    return lines
