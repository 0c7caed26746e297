"""Finding the printed row labels of a table, in any layout: exact words first, then broken by spaces, then misspelt."""

from __future__ import annotations

import re
from functools import cache

from rapidfuzz import fuzz

from extractor.document import Span
from extractor.folding import fold, squeeze
from extractor.reading import record
from extractor.schema import Row, Table

_NUMBERING = re.compile(
    r"(?:[(\[]?[一二三四五六七八九十l][)\]]|[(\[][1-9][)\]]|[一二三四五六七八九十]\s*[、.,]|[1-9]\s*[.、,:])\s*$"
)
_NUMBER_ENDS = (")", "]", "、", ".", ",", ":")
"""What every number ends with, so that most labels without one are known without a search."""
_LINE_OF_DIGITS = re.compile(r"[0-9]{2}[.、,:]\s*\n\s*$")
"""A number with a stray stop that ends the line before a label."""
_BOUNDARIES = ("|", *"0123456789", "万元)")
"""What a label may follow right away, besides white space."""
_TALLY = re.compile(r"\s*[0-9][0-9,.]*\s*(?:余|多)?(?:件|条|份|项|次|宗|起|人|个|篇|%|年|月)\s*(?:\([^()]*\))?\s*[^\s|0-9(\[]")
_PROSE = re.compile(r"[。;:!?,]")
_LETTER = re.compile(r"[\u4e00-\u9fff“”\"、](?<![一二三四五六七八九十0-9]、)")
_LETTERS = re.compile(r"[\u4e00-\u9fff]+")
_CHUNK = re.compile(r"[^0-9\s|,.;:]*[\u4e00-\u9fff][^0-9\n\t|]{2,60}")
_DIGIT = re.compile(r"[0-9]")
_REST = re.compile(r"[^0-9\n\t|+/]*")
_PARENTHESIS = re.compile(r"\([^()]*\)?")
_LEADING = re.compile(r"^(?:[(\[]?[一二三四五六七八九十]+[)\]、.]|[0-9][.、])\s*")
FUZZY = 72
"""Least similarity (0 to 100, Indel) of a misspelt label to the official one; below it lie other rows of the same group."""


@record
class Label:
    """A row label as printed. `start` takes in its number, `end` stops before its first value; `index` is the row's
    printed order. `exact` is False when only similarity tells the row."""

    row: Row
    index: int
    start: int
    end: int
    exact: bool = True


_Usual = tuple[int, Row, str, str | None]


@cache
def _anchors(table: Table) -> tuple[re.Pattern[str], dict[str, _Usual]]:
    """One pattern for the anchors of all rows, the longer ones first, and for each what is usual around it."""
    known = {fold(anchor): index for index, row in enumerate(table.rows) for anchor in row.anchors}
    rests: dict[str, list[str]] = {}
    for words in sorted(known, key=len, reverse=True):
        rests.setdefault(words[0], []).append(re.escape(words[1:]))
    # by first characters, for there are few: most characters of a text are tried against each way
    pattern = re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items()))
    return pattern, {words: _usual(table, index, words) for words, index in known.items()}


# 其他 and 总计 are column headers too, 其他处理 is a group, 规章 stands inside many words: as rows they need their number, a
# cell of their own, or a header before and a digit after them.
_ALONE_BEFORE = re.compile(r"(?:[\n\t|][ ]*|3\s*[.、,]?[ ]*|[(\[][六七3][)\]]\s*|[0-9]|件数|数量)\Z")
_ALONE_AFTER = re.compile(r"\s*(?:[\n\t|0-9/\-]|无\s|\Z)")
_AMBIGUOUS = frozenset({"其他", "总计", "合计", "其他处理", "规章"})


def _stands_alone(folded: str, low: int, at: int, stop: int) -> bool:
    begins = at == low or _ALONE_BEFORE.search(folded, max(low, at - 6), at) is not None
    return begins and _ALONE_AFTER.match(folded, stop) is not None


def find_labels(folded: str, start: int, end: int, table: Table, thorough: bool = True) -> list[Label]:
    """Row labels of `table` in `folded[start:end]`, in the order in which they stand; a row may occur more than once.
    If few are found and `thorough`, also those whose words are broken by white space or line ends."""
    found = _exact(folded, start, end, table)
    if thorough and len({label.index for label in found}) < len(table.rows) - len(table.rows) // 8:
        broken = _broken(folded, start, end, table)
        if len({label.index for label in broken}) > len({label.index for label in found}):
            found = broken
    return _merge(folded, found)


def _exact(folded: str, start: int, end: int, table: Table) -> list[Label]:
    pattern, usual = _anchors(table)
    labels = []
    for match in pattern.finditer(folded, start, end):
        words = match.group()
        at, stop = match.span()
        if words in _AMBIGUOUS and not _stands_alone(folded, start, at, stop):
            continue
        label = _label(folded, (start, end), table, usual[words], at, stop)
        if label:
            labels.append(label)
    return labels


def _broken(folded: str, start: int, end: int, table: Table) -> list[Label]:
    """Labels whose words are broken by white space, line ends or inserted pinyin."""
    squeezed, offsets = squeeze(folded, start, end)
    pattern, usual = _anchors(table)
    labels = []
    for match in pattern.finditer(squeezed):
        words = match.group()
        at, stop = offsets[match.start()], offsets[match.end() - 1] + 1
        if words in _AMBIGUOUS and not _stands_alone(folded, start, at, stop):
            continue
        label = _label(folded, (start, end), table, usual[words], at, stop)
        if label:
            labels.append(label)
    return labels


def _label(folded: str, window: Span, table: Table, known: _Usual, at: int, stop: int) -> Label | None:
    """The label around an anchor (of which this is `known`) at `[at, stop)`, or None where the words stand in a sentence."""
    low, high = window
    index, row, head, rest = known
    usual = at - len(head)
    begin: int | None = (
        usual if head and usual > low and folded.startswith(head, usual) else _begin(folded, low, at, row, table)
    )
    if begin is None:
        return None
    end = high if rest is None else stop + len(rest)
    if rest is None or end >= high or folded[end] not in "\t\n|" or not folded.startswith(rest, stop):
        after = _REST.match(folded, stop, min(high, stop + 80))
        assert after
        end = after.end()
        if not _is_ending(after.group()):
            return None
    if _TALLY.match(folded, end, min(high, end + 60)):
        return None
    return Label(row, index, begin, stop)


def _usual(table: Table, index: int, words: str) -> _Usual:
    """The row of an anchor (`words`) with its position; and what the form prints before the anchor, number included, and after
    it, if nothing else needs a look where just this is printed (else "" and None): most labels of most reports, known in a
    tenth of the time."""
    row = table.rows[index]
    official, number = fold(row.label), fold(row.number)
    at = official.find(words)
    if at < 0:
        return index, row, "", None
    head, rest = number + official[:at], official[at + len(words) :]
    before = "0" * 12 + "\n"
    begins = _begin(f"{before}{head}{words}", 0, len(before) + len(head), row, table) == len(before)
    glued = any(header.endswith(head) for header in _headers(table))
    ends = _REST.fullmatch(rest) is not None and _is_ending(rest)
    return index, row, head if number and begins and not glued else "", rest if ends else None


def _is_ending(rest: str) -> bool:
    """Whether what follows an anchor, up to the next figure or cell, can be the rest of a label."""
    if "(" in rest:
        rest = _PARENTHESIS.sub("", rest)
    return len(rest) <= 60 and not _PROSE.search(rest)


def _begin(folded: str, low: int, at: int, row: Row, table: Table) -> int | None:
    """Where the label begins (with its number), or None if what stands before the anchor is no beginning of a label."""
    begin = at
    while begin > low and at - begin < 12 and _LETTER.match(folded, begin - 1):
        begin -= 1
    if at - low >= 4 and folded.startswith(_headers(table), at - 4, at):
        return at
    if begin < at and not _is_beginning(folded[begin:at], row):
        return None
    before = folded[max(low, begin - 12) : begin]
    if before.rstrip().endswith(_NUMBER_ENDS):
        numbered = _NUMBERING.search(before)
        digit = before[numbered.start()].isdigit() if numbered else False
        if numbered and not (digit and row.number != numbered[0].rstrip() and _LINE_OF_DIGITS.search(before)):
            return begin - (len(before) - numbered.start())
    return begin if not before or before[-1].isspace() or before.endswith(_BOUNDARIES) else None


@cache
def _headers(table: Table) -> tuple[str, ...]:
    """Ends of the printed column labels, after which a glued text goes on with the next row."""
    return tuple({fold(column.label).rstrip(")")[-4:] for row in table.rows for column in row.columns if len(column.label) > 3})


@cache
def _is_beginning(head: str, row: Row) -> bool:
    """Whether `head` is how the label (or its group and the label) begins, up to the anchor, give or take a character."""
    official = fold(row.label)
    for anchor in row.anchors:
        at = official.find(fold(anchor))
        if at >= 0 and (fuzz.ratio(head, official[:at]) >= 60 or (len(head) >= 2 and official[:at].endswith(head))):
            return True
    group = _LETTERS.findall(fold(row.group or ""))
    return any(head.startswith(words) or words.endswith(head) for words in group if len(words) > 2)


def _merge(folded: str, labels: list[Label]) -> list[Label]:
    """Two anchors of one label are one label."""
    merged: list[Label] = []
    for label in labels:
        near = merged and merged[-1].index == label.index and label.start - merged[-1].end < 24
        if near and not _DIGIT.search(folded, merged[-1].end, label.start):
            previous = merged[-1]
            merged[-1] = Label(label.row, label.index, previous.start, label.end, previous.exact)
        else:
            merged.append(label)
    return merged


def find_misspelt(folded: str, start: int, end: int, missing: list[tuple[int, Row]]) -> list[Label]:
    """Labels in `folded[start:end]` (a stretch between two known labels) that resemble one of the `missing` rows."""
    found: list[Label] = []
    for match in _CHUNK.finditer(folded, start, min(end, start + 4000)):
        words = _letters(_LEADING.sub("", match.group().replace(" ", "")))
        if not 2 <= len(words) <= 60:
            continue
        scored = [(_likeness(words, _letters(fold(row.label))), index, row) for index, row in missing]
        score, index, row = max(scored, key=lambda item: item[0])
        if score >= FUZZY:
            numbered = _NUMBERING.search(folded, max(start, match.start() - 6), match.start())
            found.append(Label(row, index, numbered.start() if numbered else match.start(), match.end(), exact=False))
            missing = [item for item in missing if item[0] > index]
            if not missing:
                break
    return found


def _likeness(words: str, official: str) -> float:
    """0 to 100. A label of two or three letters (其他, 总计) is part of too many others to be recognised misspelt."""
    if len(official) < 4:
        return 100.0 if words == official else 0.0
    return fuzz.ratio(words, official)


def _letters(words: str) -> str:
    return "".join(_LETTERS.findall(words))
