"""Where the digits of labelled values stand in a text: what a model that reads without error would point at.

The rules' own places are taken wherever their value is the labelled one. What they left open is found by aligning the digits of
the labelled values, in printed order, with the digits of the text between the neighbours that are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from eval.labels import Label
from extractor.document import Span
from extractor.folding import fold
from extractor.readers.labels import find_labels
from extractor.result import Result
from extractor.schema import FORMS, Table

Offsets = tuple[int, ...]
"""The digits of one printed number, each by its offset in the text; not always contiguous."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NUMBERING = re.compile(r"[1-9]\s*[.、,]\s*(?=[\u4e00-\u9fff])")
_PROCEEDINGS = re.compile(r"复议[^\n。]{0,12}(?:诉讼|应诉)")
_NEVER = 10**9
_MISSING, _OUTSIDE, _GAP, _TORN, _PART = 30, 6, 2, 2, 1
"""What an alignment pays for a value that it does not find, one that stands outside its label's stretch, digits passed over
between two values of a row, a number put together from pieces, and one cut out of a longer number."""


def places_of(label: Label, text: str, result: Result) -> dict[str, Offsets]:
    """Address to the offsets of its printed digits, for every labelled value that has a place; `result` is the rules' reading
    of the same part of `text`."""
    folded = fold(text)
    found: dict[str, Offsets] = {}
    for address, value in label.cells.items():
        cell = result.cells.get(address)
        if value is None or cell is None or cell.span is None or cell.state not in ("read", "unreadable"):
            continue
        offsets = _digits(folded, cell.pieces or (cell.span,), value)
        if offsets is not None:
            found[address] = offsets
    for table in FORMS[label.edition or "2021"].tables:
        _fill(label, table, folded, found)
    return found


def printed(text: str, offsets: Sequence[int]) -> str:
    """The digits at these offsets, in ASCII."""
    return fold("".join(text[offset] for offset in offsets))


def _digits(folded: str, pieces: Sequence[Span], value: Decimal) -> Offsets | None:
    """The digits of the first number in these pieces that is `value`; the point of a decimal is no digit."""
    offsets = [offset for start, end in pieces for offset in range(start, end) if not folded[offset].isspace()]
    content = "".join(folded[offset] for offset in offsets)
    for match in _NUMBER.finditer(content):
        if Decimal(match.group().replace(",", "")) == abs(value):
            return tuple(offsets[at] for at in range(*match.span()) if content[at].isdigit())
    return None


def _fill(label: Label, table: Table, folded: str, found: dict[str, Offsets]) -> None:
    """Add places for the values of one table that have none yet."""
    wanted = [
        address
        for row in table.rows
        for column in row.columns
        if label.cells.get(address := f"{table.name}.{row.key}.{column.key}") is not None
    ]
    low, high = _region(table, folded, [found[address] for address in wanted if address in found])
    edge = low
    groups = [(known, list(group)) for known, group in groupby(wanted, key=found.__contains__)]
    for number, (known, group) in enumerate(groups):
        if known:
            edge = max(edge, *(found[address][-1] + 1 for address in group))
            continue
        following = groups[number + 1][1] if number + 1 < len(groups) else ()
        stop = min((found[address][0] for address in following), default=high)
        if stop <= edge:
            edge, stop = low, high
        taken = {offset for offsets in found.values() for offset in offsets}
        numbers = {address: value for address in group if (value := label.cells[address]) is not None}
        found.update(_aligned(numbers, folded, (edge, stop), table, taken))


def _region(table: Table, folded: str, known: list[Offsets]) -> Span:
    """The stretch of text that holds the table: what is known of it and its labels, and some room, up to its neighbour."""
    labels = find_labels(folded, 0, len(folded), table)
    edges = [offset for offsets in known for offset in (offsets[0], offsets[-1])]
    edges = edges or [edge for one in labels for edge in (one.start, one.end)] or [0, len(folded)]
    low, high = max(0, min(edges) - 400), min(len(folded), max(edges) + 400)
    last = max((one.end for one in find_labels(folded, 0, len(folded), FORMS["2021"].applications)), default=0)
    if head := _PROCEEDINGS.search(folded, last):
        return (max(low, head.end()), high) if table.name == "proceedings" else (low, min(high, head.start()))
    return low, high


@dataclass(frozen=True, slots=True)
class _Digit:
    offset: int
    joined: bool
    """Whether it goes on with the number of the digit before it."""


def _stream(folded: str, window: Span, taken: set[int]) -> list[_Digit]:
    """The digits in a window, in order, but for those that number labels or belong to other cells."""
    skipped = {offset for match in _NUMBERING.finditer(folded, *window) for offset in range(*match.span())}
    stream: list[_Digit] = []
    for offset in range(*window):
        if folded[offset].isdigit() and offset not in skipped and offset not in taken:
            last = stream[-1].offset if stream else -9
            stream.append(_Digit(offset, last == offset - 1 or (last == offset - 2 and folded[offset - 1] in ".,")))
    return stream


def _aligned(numbers: Mapping[str, Decimal], folded: str, window: Span, table: Table, taken: set[int]) -> dict[str, Offsets]:
    """The cheapest places of these values, in order, in the stream of digits of the window; the first of equal ones."""
    stream = _stream(folded, window, taken)
    digits = "".join(folded[digit.offset] for digit in stream)
    stretches = _stretches(folded, window, table) if table.name != "proceedings" else {}
    items = list(numbers.items())
    size = len(stream) + 1
    # `best[j]`: least cost of the values so far in the first j digits; `ending[j]`: the same where the last of them ends there.
    best, ending = [0] * size, [_NEVER] * size
    steps: list[list[str]] = []
    for number, (address, value) in enumerate(items):
        text = _digits_of(value)
        low, high = stretches.get(address.split(".")[1], window)
        same_row = number > 0 and items[number - 1][0].rpartition(".")[0] == address.rpartition(".")[0]
        gap = _GAP if same_row else 0
        whole, last, ways = [best[0] + _MISSING], [_NEVER], ["missing"]
        for j in range(1, size):
            start = j - len(text)
            cost = _NEVER
            if start >= 0 and digits[start:j] == text:
                cost = min(best[start] + gap, ending[start]) + _price(stream, start, j, low, high)
            last.append(cost)
            options = ((whole[-1], "passed"), (cost, "here"), (best[j] + _MISSING, "missing"))
            least, way = min(options, key=lambda option: option[0])
            whole.append(least)
            ways.append(way)
        best, ending = whole, last
        steps.append(ways)
    return dict(_traced(items, stream, steps))


def _price(stream: Sequence[_Digit], start: int, end: int, low: int, high: int) -> int:
    torn = sum(_TORN for digit in stream[start + 1 : end] if not digit.joined)
    part = stream[start].joined + (end < len(stream) and stream[end].joined)
    outside = not low <= stream[start].offset < high
    return torn + _PART * part + _OUTSIDE * outside


def _traced(items: list[tuple[str, Decimal]], stream: list[_Digit], steps: list[list[str]]) -> Iterator[tuple[str, Offsets]]:
    j = len(stream)
    for (address, value), ways in zip(reversed(items), reversed(steps), strict=True):
        while ways[j] == "passed":
            j -= 1
        if ways[j] == "here":
            start = j - len(_digits_of(value))
            yield address, tuple(digit.offset for digit in stream[start:j])
            j = start


def _digits_of(value: Decimal) -> str:
    return "".join(c for c in f"{abs(value):f}" if c.isdigit())


def _stretches(folded: str, window: Span, table: Table) -> dict[str, Span]:
    """Row key to where its values are to be expected: from its label to the next one."""
    labels = find_labels(folded, *window, table)
    edges = [label.start for label in labels[1:]] + [window[1]]
    return {label.row.key: (label.end, edge) for label, edge in zip(labels, edges, strict=True)}
