"""What people see of a cell: its mark, its row, and how many cells stand how firm.

Marks are characters, never colour alone. Everything that comes from a document passes `plain` before a terminal sees it.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from extractor.document import Span
from extractor.reading import Cell, Unplaced
from extractor.result import Cause, Kind, Result, Severity
from extractor.schema import FORMS, Row, Table

Lang = Literal["zh", "en"]
Standing = Literal["proven", "located", "doubtful", "unplaced", "unreadable", "blank", "not_applicable", "absent"]
"""How firm a cell stands: its trust when it has a value, else its state."""

STANDINGS: dict[Standing, tuple[str, str, str]] = {
    "proven": ("", "读取核对无误", "proven"),
    "located": ("·", "已定位", "located"),
    "doubtful": ("?", "存疑", "doubtful"),
    "unplaced": ("◇", "未定", "open"),
    "unreadable": ("✗", "无法辨认", "unreadable"),
    "blank": ("□", "空白", "blank"),
    "not_applicable": ("/", "不适用", "not applicable"),
    "absent": ("—", "缺失", "absent"),
}
"""Standing → mark (after a value, or instead of one), Chinese word, English word."""

_WAYS = 3
VIOLATED = ("!", "勾稽不符", "violated")
SEVERITIES: dict[Severity, tuple[str, str]] = {
    "error": ("须核改", "must fix"),
    "warning": ("建议改", "should fix"),
    "info": ("提示", "note"),
}
CAUSES: dict[Cause, tuple[str, str]] = {
    "report": ("报告自身", "the report's own"),
    "copy": ("复制件", "the copy's"),
    "reading": ("读取", "the reading's"),
    "undetermined": ("未定", "not determined"),
}
KINDS: dict[Kind, tuple[str, str]] = {
    "annual_report": ("政府信息公开工作年度报告", "annual report"),
    "legacy_report": ("2019 年以前格式的年度报告，没有现行表格", "a report from before 2019, without today's tables"),
    "attachment_page": ("只列出附件的页面，请读取附件", "a page that only links its attachments; read the attachments"),
    "other": ("不是政府信息公开工作年度报告", "not an annual report"),
}
TABLES = {
    "disclosure": ("二、主动公开政府信息情况", "2. Disclosure on the agency's own initiative"),
    "applications": ("三、收到和处理政府信息公开申请情况", "3. Applications received and handled"),
    "proceedings": ("四、政府信息公开行政复议、行政诉讼情况", "4. Reconsideration and litigation"),
}

NO_TABLE = ("— 文中没有这张表", "— not in the document")


def say(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def counted(number: int, one: str, other: str) -> str:
    """“1 row”, “2 rows”: a number with its English noun."""
    return f"{number} {one if number == 1 else other}"


def plain(text: str) -> str:
    """`text` on one line and harmless to a terminal: runs of white space become a space; control, format and
    direction characters, which could move the cursor or disguise the line, become U+FFFD."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(c if c.isprintable() else "�" for c in line)


def standing(cell: Cell) -> Standing:
    """A value without a trust counts as doubtful: nothing is shown firmer than it was said to be."""
    return (cell.trust or "doubtful") if cell.state == "read" else cell.state


def tally(result: Result) -> Counter[Standing]:
    return Counter(standing(cell) for cell in result.cells.values())


def tally_words(result: Result, lang: Lang) -> str:
    """“读取核对无误 175，已定位 25”: every standing that occurs, firm ones first."""
    counts = tally(result)
    words = [f"{say(lang, zh, en)} {counts[key]}" for key, (_, zh, en) in STANDINGS.items() if counts[key]]
    return say(lang, "，", ", ").join(words)


def violated(result: Result) -> frozenset[str]:
    """Addresses of the cells in equations that do not hold."""
    return frozenset(
        address
        for finding in result.findings
        if finding.severity == "error" and finding.rule.startswith(("balance.", "sum."))
        for address in finding.cells
    )


def shown(cell: Cell, *, wrong: bool = False) -> tuple[str, str]:
    """The cell as people see it, with the unit that is printed in it, and the mark after it: `12`, `12·` located,
    `12?` doubtful, `12!` in an equation that does not hold; a cell without a value is its state's mark alone."""
    kind = standing(cell)
    mark = STANDINGS[kind][0]
    if cell.state != "read":
        return mark, ""
    return f"{cell.value}{cell.unit or ''}", VIOLATED[0] if wrong and kind != "doubtful" else mark


def legend(result: Result, lang: Lang) -> str:
    """What the marks in this result mean; empty when there are none."""
    counts = tally(result)
    marks = [(mark, zh, en) for key, (mark, zh, en) in STANDINGS.items() if mark and counts[key]]
    if violated(result):
        marks.append(VIOLATED)
    return say(lang, "，", ", ").join(f"{mark} {say(lang, zh, en)}" for mark, zh, en in marks)


def printed_rows(result: Result, table: Table) -> tuple[Row, ...]:
    """The rows of `table` to show: an optional row only where it is printed, and then not the rows it replaces."""
    present = [row for row in table.rows if f"{table.name}.{row.key}.{row.columns[0].key}" in result.cells]
    optional = [row for row in present if FORMS[result.report.edition].optional(row)]
    replaced = {key for row in optional for key in row.replaces}
    return tuple(row for row in present if row.key not in replaced)


def missing(result: Result, table: Table) -> bool:
    """Whether the document does not have this table at all."""
    cells = (cell for address, cell in result.cells.items() if address.startswith(f"{table.name}."))
    return all(cell.state == "absent" for cell in cells)


def row_label(row: Row, lang: Lang, *, group: bool) -> str:
    """The printed label, its group before it where the form prints the group, its key after it in English."""
    printed = f"{row.group + ' ' if group and row.group else ''}{row.number}{row.label}"
    return say(lang, printed, f"{printed} ({row.key})")


def open_rows(result: Result) -> list[tuple[str, Unplaced]]:
    """Rows whose values nothing places, in printed order."""
    keys = [f"{table.name}.{row.key}" for table in FORMS[result.report.edition].tables for row in table.rows]
    order = {key: place for place, key in enumerate(keys)}
    return sorted(result.unplaced.items(), key=lambda item: order.get(item[0], len(order)))


def open_label(result: Result, key: str, lang: Lang) -> str:
    """The printed label of an open row, or of the proceedings table, which is one row."""
    table_name, _, row_key = key.partition(".")
    for table in FORMS[result.report.edition].tables:
        if table.name == table_name:
            row = next((row for row in table.rows if row.key == row_key), None)
            return row_label(row, lang, group=False) if row else say(lang, *TABLES[table_name])
    return key


def ways(row: Unplaced) -> str:
    """The first ways of reading an open row: `134 □ 2；□ 134 2；…`, with □ for a blank."""
    blank = STANDINGS["blank"][0]
    first = [" ".join(blank if value is None else str(value) for value in way) for way in row.candidates[:_WAYS]]
    return "；".join([*first, "…"] if row.count > len(first) else first)


def headline(result: Result, lang: Lang) -> str:
    """Agency and year, or what the document is instead of a report; the file's name where neither is known."""
    report, source = result.report, result.document
    who = plain(report.agency or report.title or source.name)
    if source.kind != "annual_report":
        return say(lang, f"{who}：{KINDS[source.kind][0]}", f"{who}: {KINDS[source.kind][1]}")
    if report.year is None:
        return say(lang, f"{who}（年度未识别）", f"{who} (year not found)")
    return say(lang, f"{who} {report.year} 年度", f"{who}, {report.year}")


def particulars(result: Result, lang: Lang) -> str:
    """File, part, edition and date of publication in one line."""
    source, report = result.document, result.report
    facts = [plain(source.name)]
    if source.parts > 1:
        facts.append(say(lang, f"第 {source.part} 份，共 {source.parts} 份", f"part {source.part} of {source.parts}"))
    if source.kind == "annual_report":
        facts.append(say(lang, f"{report.edition} 年版格式", f"{report.edition} edition"))
    if report.published:
        facts.append(say(lang, f"发布于 {plain(report.published)}", f"published {plain(report.published)}"))
    return " · ".join(facts)


def span_of_row(result: Result, table: str, row: Row) -> Span | None:
    """From the first to the last printed value of a row; None where the row prints none."""
    spans = [cell.span for column in row.columns if (cell := result.cells[f"{table}.{row.key}.{column.key}"]).span]
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
