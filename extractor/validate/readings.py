"""Rules over our own reading: what is printed and was not read, and what readers do not agree on. They accuse nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from extractor.document import Span
from extractor.folding import fold
from extractor.naming import ROW_LABELS
from extractor.reading import Cell
from extractor.schema import Row, Table
from extractor.validate.rule import Found, Rule, Subject, once

_SELF = ("程序自检：所印未必都已读到", "self-check: not everything printed was read")
TABLE_NAMES = {
    "disclosure": "二、主动公开政府信息情况",
    "applications": "三、收到和处理政府信息公开申请情况",
    "proceedings": "四、政府信息公开行政复议、行政诉讼情况",
}
_LETTERS = re.compile(r"[\u4e00-\u9fff]+")
_OPENING = 8
"""So many characters of a long label tell its row; a page break or a narrow column tears off what follows."""
_FEW_LABELS, _FEW_EMPTY = 12, 6
"""A table with no more labels is a fragment; no more empty rows may be misread."""
_PROCEEDINGS_HEAD = re.compile(r"维[^，。；;0-9]{0,40}纠[^，。；;0-9]{0,60}审结")


def printed_rows(subject: Subject, table: str, rows: list[Row]) -> list[Row]:
    """Those of `rows` whose labels stand in the section of their table, though no row was read there: long ones by their
    opening, whatever stands between its characters; short ones with their number, or alone at the start of a line."""
    low, high = _section(subject, table)
    words = subject.folded[low:high]
    letters = "".join(_LETTERS.findall(words))
    return [row for row in rows if _stands(row, words, letters)]


def _section(subject: Subject, table: str) -> Span:
    return next((section.span for section in subject.sections if section.name == table), subject.window)


def says_something(subject: Subject, table: str) -> bool:
    """Whether the section of a table holds a sentence of its own."""
    section = next((section for section in subject.sections if section.name == table and section.heading), None)
    return section is not None and section.heading is not None and "。" in subject.text[section.heading[1] : section.span[1]]


@cache
def _letters(label: str) -> str:
    return "".join(_LETTERS.findall(fold(label).split("(")[0]))


def _stands(row: Row, words: str, letters: str) -> bool:
    label = _letters(row.label)
    if len(label) >= _OPENING:
        return label[:_OPENING] in letters
    item = row.number[:1]
    number = rf"{item}\s*[.、,:)]\s*" if item.isdigit() else rf"(?:^|\n)[\s|]*(?:{re.escape(fold(row.number))})?\s*"
    return re.search(number + r"\s*".join(label) + r"(?=[\s|\d(]|$)", words) is not None


def header_alone(subject: Subject) -> list[Table]:
    """The tables of which the header is printed and no figure."""
    lacking = tables_lacking(subject)
    return [table for table in lacking if all_absent(subject, table.name) and head_only(subject, table.name) is True]


@once
def head_only(subject: Subject, table: str) -> bool | None:
    """Of a table of which nothing was read: None if its words do not stand in its section, else whether no figure stands
    after them."""
    low, high = _section(subject, table)
    if table == "proceedings":
        head = _PROCEEDINGS_HEAD.search(subject.folded, low, high)
        return None if head is None else not re.search(r"\d", subject.folded[head.end() : high].split("。")[0])
    rows = list(next(one for one in subject.form.tables if one.name == table).rows)
    return False if 2 * len(printed_rows(subject, table, rows)) > len(rows) else None


@once
def tables_lacking(subject: Subject) -> list[Table]:
    """The tables of a report that have cells which were not found in the document."""
    if subject.kind != "annual_report":
        return []
    lacking = {address.partition(".")[0] for address in subject.by_state.get("absent", ())}
    return [table for table in subject.form.tables if table.name in lacking]


@once
def missing_rows(subject: Subject, table: Table) -> list[Row]:
    """The rows of a table that were not found, where others were; not those that another row replaces (（六）其他处理 printed
    undivided), nor those whose label was found without figures."""
    labelled = set(subject.applications.labels) if table.name == "applications" and subject.applications else set()
    cells = {row.key: subject.cells.get(f"{table.name}.{row.key}.{row.columns[0].key}") for row in table.rows}
    absent = {key for key, cell in cells.items() if cell is not None and cell.state == "absent"}
    there = [row for row in table.rows if row.key not in absent and cells[row.key] is not None]
    replaced = {key for row in there for key in row.replaces}
    return [row for row in table.rows if row.key in absent - replaced - labelled] if absent and there else []


@once
def unread_rows(subject: Subject, table: Table) -> list[Row]:
    """The rows of a table whose words stand in the document and whose figures were not read."""
    missing = missing_rows(subject, table)
    if missing:
        return printed_rows(subject, table.name, missing)
    return list(table.rows) if all_absent(subject, table.name) and head_only(subject, table.name) is False else []


@once
def all_absent(subject: Subject, table: str) -> bool:
    """Whether nothing of a table was found, not even the label of a row."""
    if table == "applications" and subject.applications is not None:
        return False
    return all(cell.state == "absent" for address, cell in subject.cells.items() if address.startswith(table + "."))


@once
def emptied(subject: Subject) -> list[str]:
    """The rows of the applications table that kept their labels and lost their figures; none where it is no more than a few
    rows, or where some row has certain cells."""
    reading = subject.applications
    if reading is None or len(reading.labels) <= _FEW_LABELS or any(row.cells for row in reading.rows.values()):
        return []
    empty = [key for key in reading.labels if key not in reading.rows or reading.rows[key].digits is None]
    return empty if len(empty) > _FEW_EMPTY else []


def _unread(subject: Subject) -> Iterator[Found]:
    """Rows and tables whose words stand in the document, and whose figures could not be told from what surrounds them."""
    for table in tables_lacking(subject):
        lost = unread_rows(subject, table)
        if lost:
            cells = tuple(f"{table.name}.{row.key}.{column.key}" for row in lost for column in row.columns)
            shown = "、".join(ROW_LABELS[f"{table.name}.{row.key}"] for row in lost[:3]) + ("…" if len(lost) > 3 else "")
            known = tuple(address for address in cells if address in subject.cells)
            yield Found("warning", "reading", known, parameters={"at": shown, "count": len(lost)})


def _unlocated(subject: Subject) -> Iterator[Found]:
    """Numbers that a reader gave without a place in the document: never a value."""
    found = {
        address: [one.value for one in subject.cells[address].readings or () if one.value is not None and one.span is None]
        for address in subject.reread
        if not _by_a_person(subject.cells[address])
    }
    cells = tuple(address for address, values in found.items() if values)
    if cells:
        yield Found("warning", "reading", cells, parameters={"count": len(cells), "given": str(found[cells[0]][0])})


def _unanswered(subject: Subject) -> Iterator[Found]:
    """Questions that a model gave no answer to, by the reason: what they are about stays open."""
    kinds: dict[str, list[str]] = {}
    for name, error in subject.unanswered.items():
        kinds.setdefault(error.kind, []).append(name)
    for kind, names in kinds.items():
        error = subject.unanswered[names[0]]
        zh, en = (f"{error.reason[at]}{'，' if at == 0 else ', '}{error.remedy[at]}" for at in (0, 1))
        where = "、".join(TABLE_NAMES.get(name, "正文") for name in names)
        yield Found("warning", "reading", parameters={"at": ", ".join(names), "where": where, "kind": kind, "zh": zh, "en": en})


def disagree(cell: Cell) -> bool:
    """Whether readers give a cell different numbers; two printings that differ are the document's, a person has decided."""
    values = {reading.value for reading in cell.readings or () if reading.reader != "copy" and reading.span is not None}
    return len(values) > 1 and not _by_a_person(cell)


def _by_a_person(cell: Cell) -> bool:
    return cell.reader == "person"


def _disagreement(subject: Subject) -> Iterator[Found]:
    """Cells that readers (rules, model) read differently."""
    cells = tuple(address for address in subject.reread if disagree(subject.cells[address]))
    if cells:
        cell = subject.cells[cells[0]]
        said = "；".join(f"{one.reader} {'□' if one.value is None else one.value}" for one in cell.readings or ())
        first = next((one.span for one in cell.readings or () if one.span is not None), None)
        yield Found("warning", "reading", cells, cell.raw, cell.span or first, parameters={"count": len(cells), "said": said})


RULES: tuple[Rule, ...] = (
    Rule(
        "reading.unlocated",
        "warning",
        _SELF,
        (
            "文中有行名，但没有读到其数字：{at}（共{count}行）",
            "the words of {count:# row|# rows} stand in the document, but their figures could not be told apart: {at}",
        ),
        (
            "请对照原文件填写；这是读取的不足，不是报告缺行",
            "look at the original file; this is a limit of the reading, not a missing row",
        ),
        _unread,
    ),
    Rule(
        "reading.unlocated",
        "warning",
        _SELF,
        (
            "{count}格只有读数而在原文中找不到位置（如“{given}”），未采用",
            "{count:# cell was given a number that stands|# cells were given numbers that stand} nowhere in the document (“{given}”); not taken",
        ),
        ("请对照原文件确认", "look at the original file"),
        _unlocated,
    ),
    Rule(
        "reading.unlocated",
        "warning",
        _SELF,
        ("模型没有读出：{where}", "the model did not read {at} ({kind})"),
        ("{zh}", "{en}"),
        _unanswered,
    ),
    Rule(
        "reading.disagreement",
        "warning",
        _SELF,
        ("{count}格读法不一（{said}）", "readers differ in {count:# cell|# cells} ({said})"),
        ("请对照原文件确认", "look at the original file"),
        _disagreement,
    ),
)
