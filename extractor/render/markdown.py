"""One report as a Markdown page: headline, the three tables as the form prints them, open rows, findings."""

from __future__ import annotations

import re
from itertools import groupby

from extractor.reading import Unplaced
from extractor.render.marks import (
    NO_TABLE,
    SEVERITIES,
    TABLES,
    Lang,
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
    tally_words,
    violated,
    ways,
)
from extractor.result import Finding, Result
from extractor.schema import FORMS, Column, Row, Table

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$&]")


def escaped(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown, HTML or LaTeX in Markdown would act on (for use inside a
    line: marks that count only at its start are left)."""
    return _SPECIAL.sub(lambda found: f"\\{found.group()}", plain(text))


def page(result: Result, lang: Lang) -> str:
    """The page, ending in a line end."""
    blocks = [f"# {escaped(headline(result, lang))}", say(lang, "文件：", "File: ") + escaped(particulars(result, lang))]
    if result.document.kind == "annual_report":
        blocks.append(say(lang, "单元格：", "Cells: ") + tally_words(result, lang))
        if marks := legend(result, lang):
            blocks.append(say(lang, "标记：", "Marks: ") + escaped(marks))
        wrong = violated(result)
        for table in FORMS[result.report.edition].tables:
            blocks.append(f"## {say(lang, *TABLES[table.name])}")
            blocks += [say(lang, *NO_TABLE)] if missing(result, table) else _table(result, table, wrong, lang)
        if rows := open_rows(result):
            blocks.append(say(lang, "## 未定的行", "## Open rows"))
            blocks.append("\n".join(_open_row(open_label(result, key, lang), row, lang) for key, row in rows))
    if result.findings:
        blocks.append(say(lang, f"## 核对意见（{len(result.findings)}）", f"## Findings ({len(result.findings)})"))
        blocks.append("\n".join(_finding(finding, lang) for finding in result.findings))
    return "\n\n".join(blocks) + "\n"


def _table(result: Result, table: Table, wrong: frozenset[str], lang: Lang) -> list[str]:
    """Pipe tables: one for each run of rows under the same columns (the disclosure table has several)."""

    def heading(row: Row) -> tuple[str | None, tuple[str, ...]]:
        return row.group if table.name == "disclosure" else None, tuple(column.label for column in row.columns)

    tables = []
    for (group, _), run in groupby(printed_rows(result, table), heading):
        rows = list(run)
        columns = rows[0].columns
        lines = [
            "| " + " | ".join([group or "", *(_column_label(column, lang) for column in columns)]) + " |",
            "|:---" + "|---:" * len(columns) + "|",
        ]
        seen = {group}
        for row in rows:
            label = escaped(row_label(row, lang, group=table.name != "disclosure" and row.group not in seen))
            seen.add(row.group)
            addresses = [f"{table.name}.{row.key}.{column.key}" for column in columns]
            cells = [escaped("".join(shown(result.cells[a], wrong=a in wrong))) for a in addresses]
            lines.append("| " + " | ".join([label, *cells]) + " |")
        tables.append("\n".join(lines))
    return tables


def _column_label(column: Column, lang: Lang) -> str:
    return escaped(say(lang, column.label, f"{column.label} ({column.key})"))


def _open_row(label: str, row: Unplaced, lang: Lang) -> str:
    name, raw = escaped(label), escaped(row.raw)
    words = say(
        lang, f"{name}：原文“{raw}”，{row.count} 种可能：", f"{name}: printed “{raw}”, {counted(row.count, 'way', 'ways')}: "
    )
    return f"- {words}{ways(row)}"


def _finding(finding: Finding, lang: Lang) -> str:
    severity = say(lang, *SEVERITIES[finding.severity])
    text = escaped(finding.message or finding.rule)
    if finding.suggestion:
        text = f"{text.rstrip('。.')}{say(lang, '。', '. ')}{escaped(finding.suggestion)}"
    return f"- **{severity}** {text} \\[{escaped(finding.rule)}\\]"
