"""Rules over what is printed around the figures: row labels and the header of the applications table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache, lru_cache, partial

from extractor.document import Span
from extractor.folding import fold
from extractor.readers.strips import figures_inside
from extractor.result import Severity
from extractor.schema import FORMS, Edition, Row, Table
from extractor.validate.rule import Found, Rule, Subject, damage, once

_FORM = ("国办公开办函〔2021〕30号、〔2019〕60号附件", "国办公开办函〔2021〕30号 and 〔2019〕60号, annex")
_LETTERS = re.compile(r"[\u4e00-\u9fff]+")
_NUMBERING = re.compile(r"^\s*(?:[(\[]?[一二三四五六七八九十l]+[)\]、.,]+|[0-9]+\s*[.、,:]+)\s*")
_DASH = re.compile(r"(?<=[\u4e00-\u9fff])-+(?=[\u4e00-\u9fff])")
_PARENTHESIS = re.compile(r"\([^()]*\)?")
_FREE = frozenset("度到的了年本上类性数量总情况行政其申请有关相关项及和与或并已被由信息政府公开机关")
"""Characters whose absence or presence makes a wording of its own, not a slip."""


def _letters(words: str) -> str:
    return "".join(_LETTERS.findall(_PARENTHESIS.sub("", _NUMBERING.sub("", words))))


@lru_cache(maxsize=1024)
def _difference(printed: str, official: str) -> str | None:
    """One of "typo", "variant", "damaged", None. A label that breaks off is neither: a page break or a converter may have cut it."""
    if printed == official or not printed or official.startswith(printed):
        return None
    kind = "variant"
    for operation, low, high, start, end in SequenceMatcher(None, official, printed, autojunk=False).get_opcodes():
        if operation == "equal":
            continue
        taken, put = official[low:high], printed[start:end]
        if any(not _typed(character) for character in put):
            return "damaged"
        if operation == "replace" or not set(taken + put) <= _FREE:
            kind = "typo"
    return kind


def _typed(character: str) -> bool:
    """Whether a person may have typed it: the rare variants outside GB 2312 come from recognition of a picture."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _as_the_form_has_them(edition: Edition, table: str) -> dict[str, frozenset[str]]:
    """By row the wordings that need no second look: the official label with its number, in full-width or half-width signs."""
    found = {}
    for row in next(one for one in FORMS[edition].tables if one.name == table).rows:
        numbers = (row.number, f"{row.number} ", row.number.replace(".", "、"), row.number.replace(".", "．"))
        wordings = {row.label, *(number + row.label for number in numbers)}
        found[row.key] = frozenset(wordings | {fold(wording) for wording in wordings})
    return found


@cache
def _letters_of_the_form(label: str) -> str:
    return _letters(fold(label))


@once
def _odd_labels(subject: Subject) -> list[tuple[str, Table, Row, Span]]:
    """The row labels that are not printed as the form has them: what each is, its table and row, and where it stands."""
    found = []
    for reading in (subject.applications, *subject.tables.disclosure[:1]):
        if reading is None:
            continue
        table = next(table for table in subject.form.tables if table.name == reading.name)
        official = _as_the_form_has_them(subject.form.edition, table.name)
        for key, span in reading.labels.items():
            raw = subject.text[span[0] : span[1]]
            if raw in official[key] or figures_inside(raw, (0, len(raw))):
                continue
            row = table.row(key)
            printed = _DASH.sub("一", subject.folded[span[0] : span[1]])
            letters = _letters(printed)
            if raw != printed and _letters(raw) != letters and "一" not in printed:
                continue  # traditional characters have variants that no table of the form lists
            kind = _difference(letters, _letters_of_the_form(row.label))
            if kind is not None:
                found.append((kind, table, row, span))
    return found


def _labels(subject: Subject, wanted: str) -> Iterator[Found]:
    """Printed row labels against those of the form: a slip of the pen, a wording that means the same, or a character that
    nobody types."""
    for kind, table, row, span in _odd_labels(subject):
        if kind == wanted:
            cells = tuple(f"{table.name}.{row.key}.{column.key}" for column in row.columns)
            severity: Severity = "warning" if wanted == "typo" else "info"
            cause = damage(subject) if wanted == "damaged" else "report"
            raw = subject.text[span[0] : span[1]]
            yield Found(severity, cause, cells, raw, span, parameters={"official": f"{row.number}{row.label}"})


def _numbering(subject: Subject) -> Iterator[Found]:
    """Items of the applications table that are numbered with another sign (`1、`), a finding a table."""
    reading = subject.applications
    if reading is None:
        return
    other = [
        span
        for span in reading.labels.values()
        if subject.text.startswith("、", span[0] + 1) and subject.text[span[0]].isdigit()
    ]
    if other:
        start, end = min(other)
        yield Found(
            "info", "report", span=(start, end), parameters={"label": subject.text[start:end][:20], "count": len(other)}
        )


def _columns(subject: Subject) -> Iterator[Found]:
    """Column names of the applications table that the header does not print, by their characters: copies print merged
    headers in any order and break the names over lines. And a column that the form does not have."""
    reading = subject.applications
    if reading is None:
        return
    header = subject.folded[reading.header[0] : reading.header[1]]
    span = reading.header if header.strip() else None
    columns = subject.form.applications.rows[0].columns
    signs = set(header)
    missing = [c.label for c in columns if not signs.issuperset(c.label[:2]) and not (c.label == "总计" and "合计" in header)]
    if missing:
        yield Found("warning", "undetermined", span=span, parameters={"at": "、".join(missing), "what": "缺少", "en": "lacks"})
    if reading.extra:
        yield Found("warning", "report", span=span, parameters={"at": "小计", "what": "多出", "en": "has a further column"})


RULES: tuple[Rule, ...] = (
    Rule(
        "label.typo",
        "warning",
        _FORM,
        ("“{raw}”应为“{official}”", "“{raw}” should read “{official}”"),
        ("请按格式更正行名", "correct the label"),
        partial(_labels, wanted="typo"),
    ),
    Rule(
        "label.variant",
        "info",
        _FORM,
        ("“{raw}”的规范表述为“{official}”", "the form has “{official}” for “{raw}”"),
        ("建议使用规范表述", "use the wording of the form"),
        partial(_labels, wanted="variant"),
    ),
    Rule(
        "label.variant",
        "info",
        _FORM,
        ("分项序号用“、”：{label}{count:|等#行}", "items are numbered with “、”: {label}{count:| (# rows)}"),
        ("格式的序号为“1.”", "the form has “1.”"),
        _numbering,
    ),
    Rule(
        "text.damaged",
        "info",
        _FORM,
        ("“{raw}”似为识别有误，应为“{official}”", "“{raw}” seems to be “{official}”, not recognised right"),
        ("请对照原文件", "look at the original file"),
        partial(_labels, wanted="damaged"),
    ),
    Rule(
        "structure.column",
        "warning",
        _FORM,
        ("申请情况表的表头{what}：{at}", "the header of the applications table {en}: {at}"),
        ("请按格式印出各列", "print the columns of the form"),
        _columns,
    ),
)
