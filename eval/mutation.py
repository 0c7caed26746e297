"""Damage of the kinds that crawlers and converters do, applied to a document whose figures are known.

A mutant says what its text still prints: for every address the values that may be read there without being wrong. A
reader may leave anything open; it may not read anything else unless it says that the value is doubtful.
"""

from __future__ import annotations

import random
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

Values = Mapping[str, str]
"""Address to the number as printed in the undamaged text."""
Spans = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Original:
    """A document to damage. `spans` tell where in `text` each number stands; `unplaced` are the rows that already print
    fewer values than columns, of which a mutant may make full ones."""

    text: str
    values: Values
    spans: Spans
    unplaced: frozenset[str] = frozenset()

    @property
    def region(self) -> tuple[int, int]:
        """The stretch of text from a little before the first number to a little after the last."""
        starts = [start for start, _ in self.spans.values()]
        return max(0, min(starts) - 200), min(len(self.text), max(starts) + 60)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged text. `moved` holds the addresses whose printed number was exchanged for another, with that number."""

    kind: str
    text: str
    moved: Mapping[str, str]

    def allows(self, original: Original, address: str, value: str) -> bool:
        """Whether reading `value` at `address` is right for this text."""
        if address.rpartition(".")[0] in original.unplaced:
            return True
        if address in self.moved:
            return value in (self.moved[address], original.values.get(address))
        return value == original.values.get(address)


_LINE = re.compile(r"[^\n]*\n")
_CELL = re.compile(r"<t[dh][^>]*>(?:(?!</?t[dh]).)*</t[dh]>|[^\t|\n]*[\t|]|(?<=[ ])\d+[ ]", re.DOTALL)
_ZERO = re.compile(r"(?<![\d.])0(?![\d.])")
_BARE = re.compile(r"(?:<t[dh][^>]*>)?[\s\d|.,\-—–/□无增减]*(?:</t[dh]>)?", re.DOTALL)
_SEPARATOR = re.compile(r"(?P<tag><[^<>\n]*(?:\n[^<>\n]*){0,3}>)|[\t| ]+|\n+")


def _units(original: Original, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Lines or cells of the tables, but for those that hold a part of a number."""
    low, high = original.region
    found = [match.span() for match in pattern.finditer(original.text, low, high) if match.group().strip()]
    edges = sorted(original.spans.values())
    return [
        unit
        for unit in found
        if not any(s < at < e for at in unit for s, e in edges[_first(edges, at) : _first(edges, at) + 3])
    ]


def _first(edges: list[tuple[int, int]], at: int) -> int:
    """Where in sorted spans those begin that may hold `at`."""
    return max(0, bisect_left(edges, (at, 0)) - 2)


def _exchanged(original: Original, a: tuple[int, int], b: tuple[int, int]) -> dict[str, str] | None:
    """What stands at the addresses of two units that hold as many numbers each and change places; None if one of them holds
    a number or a mark without a known address, so that nobody can say what the mutant prints."""
    spans = original.spans
    inside = [sorted((s, x) for x, (s, e) in spans.items() if unit[0] <= s and e <= unit[1]) for unit in (a, b)]
    bare = [bool(_BARE.fullmatch(original.text[start:end])) for start, end in (a, b)]
    if any(alone and not known for alone, known in zip(bare, inside, strict=True)):
        return None
    if len(inside[0]) != len(inside[1]) or not (all(bare) or len(inside[0]) == 1):
        return {}
    moved: dict[str, str] = {}
    for (_, one), (_, other) in zip(*inside, strict=True):
        moved |= {one: original.values[other], other: original.values[one]}
    return moved


def _cut(text: str, *spans: tuple[int, int]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _swapped(text: str, a: tuple[int, int], b: tuple[int, int]) -> str:
    a, b = sorted((a, b))
    return text[: a[0]] + text[b[0] : b[1]] + text[a[1] : b[0]] + text[a[0] : a[1]] + text[b[1] :]


def _deleted(pattern: re.Pattern[str]) -> Callable[[Original, random.Random], Mutant | None]:
    def mutate(original: Original, rng: random.Random) -> Mutant | None:
        units = _units(original, pattern)
        if not units:
            return None
        return Mutant("deleted", _cut(original.text, rng.choice(units)), {})

    return mutate


def _doubled(pattern: re.Pattern[str]) -> Callable[[Original, random.Random], Mutant | None]:
    def mutate(original: Original, rng: random.Random) -> Mutant | None:
        units = _units(original, pattern)
        if not units:
            return None
        start, end = rng.choice(units)
        text = original.text
        return Mutant("doubled", text[:end] + text[start:end] + text[end:], {})

    return mutate


def _exchange(pattern: re.Pattern[str], near: bool) -> Callable[[Original, random.Random], Mutant | None]:
    def mutate(original: Original, rng: random.Random) -> Mutant | None:
        units = _units(original, pattern)
        if len(units) < 3:
            return None
        if near:
            at = rng.randrange(len(units) - 1)
            a, b = units[at], units[at + 1]
        else:
            a, b = rng.sample(units, 2)
        moved = _exchanged(original, a, b)
        return None if moved is None else Mutant("swapped", _swapped(original.text, a, b), moved)

    return mutate


def _unseparated(original: Original, rng: random.Random) -> Mutant | None:
    """Separators removed in one line, in a stretch of lines, or everywhere in the tables."""
    low, high = original.region
    share = rng.choice((0.02, 0.1, 0.5, 1.0))
    size = max(20, int((high - low) * share))
    start = rng.randrange(low, max(low + 1, high - size + 1))
    gone = [m.span() for m in _SEPARATOR.finditer(original.text) if not m["tag"] and start <= m.start() < start + size]
    return Mutant("unseparated", _cut(original.text, *gone), {})


def _zeros_blanked(original: Original, rng: random.Random) -> Mutant | None:
    """Zeros of the tables removed: one, some or all."""
    zeros = [span for address, span in original.spans.items() if original.values[address] == "0"]
    if not zeros:
        return None
    some = rng.sample(zeros, rng.choice((1, 1, 2, min(5, len(zeros)), len(zeros))) if len(zeros) > 1 else 1)
    return Mutant("blanked", _cut(original.text, *set(some)), {})


_LINE_END = re.compile(r"\n")
_AFTER_DIGIT = re.compile(r"(?P<tag><[^<>\n]*(?:\n[^<>\n]*){0,3}>)|(?<=[0-9])[^0-9\s|<>&\x00-\x1f]")
_BLANKS = re.compile(r"(?P<tag><[^<>\n]*(?:\n[^<>\n]*){0,3}>)|\s+")
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")
_LABEL = re.compile(r"[^\n\t|<>0-9]{2,60}[\s|]{0,4}\Z")
_PAGE = ("- 4 -", "4", "第 4 页 共 9 页", "\f", "— 12 —")
_MARKS = ("/", "-", "—", "无", "O", "〇", "*", "?")


_MARKUP = re.compile(r"<[^>]*>")
_PRINTED = re.compile(r"(?P<sign>-|减少?)?(?:\+|新?增加?)?(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?![0-9])")


def _value(printed: str) -> str | None:
    """The number that a damaged cell still prints, in one spelling; None if it is none."""
    match = _PRINTED.match("".join(unicodedata.normalize("NFKC", _MARKUP.sub("", printed)).replace(",", "").split()))
    if match is None:
        return None
    return ("-" if match["sign"] and match["number"].strip("0.") else "") + format(Decimal(match["number"]).normalize(), "f")


def _inside(original: Original, at: int) -> bool:
    """Whether `at` is inside a number, so that an edit there would change it."""
    return any(start < at < end for start, end in original.spans.values())


def _repeats_deleted(original: Original, rng: random.Random) -> Mutant:
    """Of equal lines only the first kept, from some line on (a crawler that removes what it has seen)."""
    low, high = original.region
    start = rng.choice((0, low, rng.randrange(low, high)))
    seen: set[str] = set()
    kept = [original.text[:start]]
    for line in original.text[start:].splitlines(keepends=True):
        if line.strip() and line.strip() in seen:
            continue
        seen.add(line.strip())
        kept.append(line)
    return Mutant("repeats deleted", "".join(kept), {})


def _cut_off(original: Original, rng: random.Random) -> Mutant:
    """The beginning or the end lost; of a number that is cut through the rest is what is printed."""
    at = rng.randrange(*original.region)
    through = [a for a, (start, end) in original.spans.items() if start < at < end]
    if rng.random() < 0.5:
        left = {address: _value(original.text[original.spans[address][0] : at]) for address in through}
        return Mutant("end lost", original.text[:at], {address: value for address, value in left.items() if value})
    left = {address: _value(original.text[at : original.spans[address][1]]) for address in through}
    return Mutant("beginning lost", original.text[at:], {address: value for address, value in left.items() if value})


def _joined(original: Original, rng: random.Random) -> Mutant:
    """White space collapsed to single blanks, in a stretch or everywhere."""
    low, high = original.region
    size = rng.choice((60, 300, high - low))
    start = rng.randrange(low, max(low + 1, high - size + 1))
    parts, at = [], 0
    for match in _BLANKS.finditer(original.text, start, min(len(original.text), start + size)):
        if not match["tag"]:
            parts += [original.text[at : match.start()], " "]
            at = match.end()
    return Mutant("joined", "".join([*parts, original.text[at:]]), {})


def _broken(original: Original, rng: random.Random) -> Mutant:
    """Lines ended where none should end, also inside labels and numbers (but not inside tags, nor those that other digits touch: what
    a break between glued digits means, nobody knows)."""
    text = original.text
    for at in sorted((rng.randrange(*original.region) for _ in range(rng.choice((1, 1, 3, 20)))), reverse=True):
        around = next(
            (text[start - 1] + text[end : end + 1] for start, end in original.spans.values() if start < at < end), None
        )
        glued = text[at - 1 : at + 1].isdigit() if around is None else any(map(str.isdigit, around))
        inside_tag = text.rfind("<", 0, at) > text.rfind(">", 0, at)
        if not glued and not inside_tag:
            text = text[:at] + rng.choice(("\n", "\n", " ", "\n\n")) + text[at:]
    return Mutant("broken", text, {})


def _zero_cells_lost(original: Original, rng: random.Random) -> Mutant | None:
    """Cells that hold a zero lost with their separators: of one line, or of all."""
    low, high = original.region
    zeros = {span for address, span in original.spans.items() if original.values[address] == "0"}
    cells = [m.span() for m in _CELL.finditer(original.text, low, high) if any(m.start() <= s < m.end() for s, _ in zeros)]
    if not cells:
        return None
    begin = rng.choice(cells)[0]
    line = original.text.rfind("\n", 0, begin), (original.text.find("\n", begin) + 1 or len(original.text))
    lost = cells if rng.random() < 0.3 else [cell for cell in cells if line[0] <= cell[0] < line[1]]
    return Mutant("zero cells lost", _cut(original.text, *lost), {})


def _zeros_marked(original: Original, rng: random.Random) -> Mutant | None:
    """Zeros printed as a mark, one or all."""
    zeros = [span for address, span in original.spans.items() if original.values[address] == "0"]
    mark, text = rng.choice(_MARKS), original.text
    for start, end in sorted(zeros if rng.random() < 0.3 else rng.sample(zeros, min(1, len(zeros))), reverse=True):
        text = text[:start] + mark + text[end:]
    return Mutant("zeros marked", text, {})


def _misprinted(original: Original, rng: random.Random) -> Mutant:
    """One digit changed, lost or printed twice; the number then is what is printed."""
    address, (start, end) = rng.choice(sorted(original.spans.items()))
    text = original.text
    at = rng.choice([at for at in range(start, end) if text[at].isdigit()] or [start])
    new = rng.choice(("", text[at] * 2, rng.choice("123456789")))
    number = text[start:at] + new + text[at + 1 : end]
    value = _value(number)
    return Mutant("misprinted", text[:start] + number + text[end:], {address: value} if value else {})


def _after_digits_lost(original: Original, rng: random.Random) -> Mutant:
    """The character after digits lost, as in 〔202130号 and 1231日, in a stretch or everywhere."""
    start, size = rng.choice(((0, len(original.text)), (rng.randrange(*original.region), 200)))
    found = [m for m in _AFTER_DIGIT.finditer(original.text) if not m["tag"] and start <= m.start() < start + size]
    return Mutant("after digits", _cut(original.text, *(m.span() for m in found if not _inside(original, m.start()))), {})


def _column_lost(original: Original, rng: random.Random) -> Mutant | None:
    """One cell lost of every line or table row that has many, counted from its end."""
    low, high = original.region
    column = rng.randrange(1, 8)
    lost = []
    for line in re.finditer(r"<tr.*?</tr>|[^\n]*[\t|][^\n]*\n?", original.text[low:high], re.DOTALL):
        found = _CELL.finditer(original.text[low:high], *line.span())
        cells = [(low + m.start(), low + m.end()) for m in found if not _WORDS.search(m.group())]
        if len(cells) >= 7:
            lost.append(cells[-column])
    return Mutant("column lost", _cut(original.text, *lost), {}) if lost else None


def _page_break(original: Original, rng: random.Random) -> Mutant | None:
    """A page number on a line of its own somewhere in the tables."""
    ends = [m.end() for m in _LINE_END.finditer(original.text, *original.region)]
    at = rng.choice(ends) if ends else 0
    if not ends or _inside(original, at) or "<td" in original.text:
        return None
    return Mutant("page break", f"{original.text[:at]}{rng.choice(_PAGE)}\n{original.text[at:]}", {})


def _label_lost(original: Original, rng: random.Random) -> Mutant | None:
    """The words before a number lost, wholly or but for a few characters."""
    for _ in range(30):
        start = original.spans[rng.choice(sorted(original.spans))][0]
        match = _LABEL.search(original.text, max(0, start - 64), start)
        if match is not None:
            break
    else:
        return None
    begin = rng.choice((match.start(), rng.randrange(*match.span()), max(match.start(), start - 3)))
    return Mutant("label lost", _cut(original.text, (begin, start)), {})


MUTATIONS: Mapping[str, Callable[[Original, random.Random], Mutant | None]] = {
    "line deleted": _deleted(_LINE),
    "line doubled": _doubled(_LINE),
    "lines swapped": _exchange(_LINE, near=True),
    "far lines swapped": _exchange(_LINE, near=False),
    "cell deleted": _deleted(_CELL),
    "cell doubled": _doubled(_CELL),
    "cells swapped": _exchange(_CELL, near=True),
    "far cells swapped": _exchange(_CELL, near=False),
    "separators removed": _unseparated,
    "zeros blanked": _zeros_blanked,
    "repeated lines deleted": _repeats_deleted,
    "cut off": _cut_off,
    "white space collapsed": _joined,
    "lines broken": _broken,
    "zero cells lost": _zero_cells_lost,
    "zeros marked": _zeros_marked,
    "digit misprinted": _misprinted,
    "characters after digits lost": _after_digits_lost,
    "column lost": _column_lost,
    "page number": _page_break,
    "label lost": _label_lost,
}


def mutants(original: Original, count: int, seed: int) -> list[tuple[str, Mutant]]:
    """`count` mutants of a document with the names of their mutations, the same ones for the same seed."""
    rng = random.Random(seed)
    found: list[tuple[str, Mutant]] = []
    names = list(MUTATIONS)
    for number in range(count):
        name = names[number % len(names)]
        mutant = MUTATIONS[name](original, rng)
        if mutant is not None and mutant.text != original.text:
            found.append((name, mutant))
    return found
