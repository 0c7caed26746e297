"""One report on one terminal screen: at most 45 lines of at most 112 columns, coloured only where the terminal can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

from extractor.render.marks import (
    NO_TABLE,
    SEVERITIES,
    TABLES,
    Lang,
    Standing,
    counted,
    headline,
    legend,
    missing,
    open_label,
    open_rows,
    particulars,
    plain,
    printed_rows,
    row_label,
    say,
    shown,
    span_of_row,
    standing,
    tally_words,
    violated,
    ways,
)
from extractor.schema import FORMS, Row, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.reading import Unplaced
    from extractor.result import Finding, Result

WIDTH = 112
HEIGHT = 45
_LABEL = {"zh": 49, "en": 35}
_CELL = {"zh": 9, "en": 11}
_FINDINGS = 6
_OPEN = 3
_EXCERPT = 100
_STYLES: dict[Standing, str] = {"proven": "green", "doubtful": "yellow", "unplaced": "magenta", "unreadable": "magenta"}


def screen(result: Result, text: str, lang: Lang) -> list[Text]:
    """The lines of the screen; `text` is the canonical text of the document, of which one row is quoted as printed."""
    above = [
        Text(_cut(headline(result, lang), WIDTH), style="bold"),
        Text(_cut(particulars(result, lang), WIDTH)),
        Text(_cut(say(lang, "单元格：", "Cells: ") + tally_words(result, lang), WIDTH)),
    ]
    if marks := legend(result, lang):
        above.append(Text(_cut(say(lang, "标记：", "Marks: ") + marks, WIDTH)))
    above += _excerpt(result, text, lang)
    below = [_open_line(open_label(result, key, lang), row, lang) for key, row in open_rows(result)[:_OPEN]]
    findings = [finding for finding in result.findings if finding.rule != "cell.unplaced"]
    below += [line for finding in findings[:_FINDINGS] for line in _finding_lines(finding, lang)]
    if (more := len(findings) - _FINDINGS) > 0:
        below.append(Text(say(lang, f"……另有 {more} 条", f"… {more} more")))
    if result.document.kind != "annual_report":
        return above + below
    form = FORMS[result.report.edition]
    above += _disclosure(result, form.disclosure, lang)
    below = _grid(result, form.proceedings, lang, HEIGHT) + below
    return above + _grid(result, form.applications, lang, HEIGHT - len(above) - len(below)) + below


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _excerpt(result: Result, text: str, lang: Lang) -> list[Text]:
    """How the document prints the row of new applications: where its mess shows best."""
    row = FORMS[result.report.edition].applications.rows[0]
    span = span_of_row(result, "applications", row)
    if span is None and (found := result.unplaced.get(f"applications.{row.key}")):
        span = found.span
    if span is None:
        return []
    label = max(text.rfind(anchor, max(0, span[0] - _EXCERPT), span[0]) for anchor in row.anchors)
    start = label if label >= 0 else span[0]
    printed = plain(text[start : span[1] + _EXCERPT].replace("\n", "⏎").replace("\t", "⇥"))
    return [Text(_cut(say(lang, "原文：", "Printed: ") + f"…{printed}", WIDTH), style="dim")]


def _cell(result: Result, address: str, wrong: frozenset[str]) -> tuple[str, str, str]:
    """Value, mark and colour."""
    cell = result.cells[address]
    broken = address in wrong
    return *shown(cell, wrong=broken), "red" if broken else _STYLES.get(standing(cell), "")


def _no_table(table: Table, lang: Lang) -> list[Text]:
    return [Text(say(lang, *TABLES[table.name]), style="underline"), Text("  " + say(lang, *NO_TABLE))]


def _disclosure(result: Result, table: Table, lang: Lang) -> list[Text]:
    """Two rows a line, each as label and `column value` pairs: their columns differ."""
    if missing(result, table):
        return _no_table(table, lang)
    wrong = violated(result)
    parts = []
    for row in printed_rows(result, table):
        part = Text(row.label if lang == "zh" else row.key, style="bold")
        for column in row.columns:
            value, mark, style = _cell(result, f"{table.name}.{row.key}.{column.key}", wrong)
            name = say(lang, column.label.split("（")[0].removeprefix("本年"), column.key)
            part.append(f" {name} ", style="not bold").append(value + mark, style=f"not bold {style}".strip())
        parts.append(part)
    lines = [Text(say(lang, *TABLES[table.name]), style="underline")]
    for part in parts:
        if len(lines) > 1 and lines[-1].cell_len + part.cell_len + 4 <= WIDTH:
            lines[-1] = lines[-1] + Text("    ") + part
        else:
            lines.append(Text("  ") + part)
    return lines


def _grid(result: Result, table: Table, lang: Lang, room: int) -> list[Text]:
    """A table whose rows share their columns: the rows that say something, within `room` lines."""
    if missing(result, table):
        return _no_table(table, lang)
    wrong = violated(result)
    rows = [row for row in printed_rows(result, table) if _speaks(result, table, row)]
    left = len(printed_rows(result, table)) - len(rows)
    if len(rows) + 2 > room:
        kept = max(0, room - 2)
        left, rows = left + len(rows) - kept, rows[:kept]
    title = say(lang, *TABLES[table.name])
    if left:
        title += say(lang, f"（其余 {left} 行不列）", f" ({counted(left, 'further row', 'further rows')} not listed)")
    columns = table.rows[0].columns
    names = [say(lang, column.label[:4], column.key.rsplit("_")[-1]) for column in columns]
    label, width = _LABEL[lang], _CELL[lang]
    lines = [Text(title, style="underline"), Text(" " * label + "".join(_right(name, width) for name in names))]
    for row in rows:
        line = Text(set_cell_size("  " + _cut(_label(row, lang), label - 3), label))
        for column in columns:
            value, mark, style = _cell(result, f"{table.name}.{row.key}.{column.key}", wrong)
            line.append(_right(value, width - 1) + (mark or " "), style=style)
        lines.append(line)
    return lines if rows else [Text(title, style="underline")]


def _label(row: Row, lang: Lang) -> str:
    return row_label(row, lang, group=False) if lang == "zh" else row.key


def _speaks(result: Result, table: Table, row: Row) -> bool:
    """Whether a row prints anything but zeros that are certain."""
    cells = [result.cells[f"{table.name}.{row.key}.{column.key}"] for column in row.columns]
    return any(cell.value not in (0, "0") or standing(cell) == "doubtful" for cell in cells)


def _open_line(label: str, row: Unplaced, lang: Lang) -> Text:
    raw = plain(row.raw)
    words = say(
        lang, f"◇ {label}：原文“{raw}”，{row.count} 种可能", f"◇ {label}: printed “{raw}”, {counted(row.count, 'way', 'ways')}"
    )
    return Text(_cut(f"{words}{say(lang, '：', ': ')}{ways(row)}", WIDTH), style="magenta")


def _finding_lines(finding: Finding, lang: Lang) -> list[Text]:
    """The message on at most two lines."""
    severity = say(lang, *SEVERITIES[finding.severity])
    first, *rest = chop_cells(f"[{severity}] {plain(finding.message or finding.rule)}", WIDTH)
    style = "red" if finding.severity == "error" else ""
    indent = " " * 4
    return [Text(line, style=style) for line in (first, *(_cut(indent + "".join(rest), WIDTH) for _ in rest[:1]))]


def lines_as_text(lines: Sequence[Text]) -> str:
    """The screen without colour, for tests and pipes."""
    return "\n".join(line.plain.rstrip() for line in lines) + "\n"
