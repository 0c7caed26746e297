"""Whether glued digits leave one way to read them, decided apart from the reader, for documents that are made with known truth.

Numbers have no leading zeros; the equations are those of FORMAT.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractor.schema import Row

_NUMBER = {"count": r"(?:0|[1-9]\d*)", "change": r"[+-]?(?:0|[1-9]\d*)", "amount": r"(?:0|[1-9]\d*)(?:\.\d+)?"}


def summed_cuts(digits: str, width: int) -> list[tuple[int, ...]]:
    """All ways to cut digits into `width` numbers of which the last is the sum of the others."""
    found: list[tuple[int, ...]] = []

    def extend(start: int, end: int, left: int, cells: tuple[int, ...]) -> None:
        missing = width - 1 - len(cells)
        longest = end - start - missing + 1
        if missing == 0:
            if start == end and left == 0:
                found.append((*cells, sum(cells)))
            return
        if len(str(left)) > longest + 1 or end - start > missing * len(str(left)):
            return
        for stop in range(end if missing == 1 else start + 1, start + longest + 1):
            number = int(digits[start:stop])
            if number > left or (stop > start + 1 and digits[start] == "0"):
                return
            extend(stop, end, left - number, (*cells, number))

    for size in range(1, len(digits) - width + 2):
        if size == 1 or digits[-size] != "0":
            extend(0, len(digits) - size, int(digits[-size:]), ())
    return found


def decided(rows: Sequence[Row], digits: Sequence[str]) -> bool:
    """Whether bounds over all equations leave one way to cut every row of the applications table. A yes is sure; a no may
    only mean that bounds are too weak."""
    width = len(rows[0].columns)
    options = [summed_cuts(text, width) for text in digits]
    sides = (
        [row.balance for row in rows],
        [1 if row.part_of else -1 if row.key == "concluded" else 0 for row in rows],
    )
    changed = all(options)
    while changed:
        changed = sum(_narrowed(signs, options, column) for signs in sides for column in range(width)) > 0
    return all(len(some) == 1 for some in options)


def _narrowed(signs: Sequence[int], options: list[list[tuple[int, ...]]], column: int) -> bool:
    """Drop the cuts with which one column's sum cannot be 0; whether there were any."""
    ranges = [
        sorted((sign * min(cells[column] for cells in some), sign * max(cells[column] for cells in some)))
        for sign, some in zip(signs, options, strict=True)
    ]
    low, high = sum(least for least, _ in ranges), sum(most for _, most in ranges)
    narrowed = False
    for index, (sign, some) in enumerate(zip(signs, options, strict=True)):
        least, most = low - ranges[index][0], high - ranges[index][1]
        kept = [cells for cells in some if least <= -sign * cells[column] <= most]
        if sign and kept and len(kept) < len(some):
            options[index], narrowed = kept, True
    return narrowed


def ways(text: str, kinds: Sequence[str]) -> int:
    """In how many ways a row without an equation can be cut into cells of these kinds, counted up to 2."""
    first = re.compile(_NUMBER[kinds[0]])
    if len(kinds) == 1:
        return 1 if first.fullmatch(text) else 0
    found = 0
    for end in range(1, len(text)):
        if first.fullmatch(text, 0, end):
            found += ways(text[end:], kinds[1:])
    return min(found, 2)


def block_ways(digits: str, blocks: int, width: int) -> int:
    """In how many ways glued digits can be cut into blocks whose last cell is the sum of the others, counted up to 2."""
    if blocks == 1:
        return min(len(summed_cuts(digits, width)), 2)
    found = 0
    for end in range(width, len(digits) - width * (blocks - 1) + 1):
        here = len(summed_cuts(digits[:end], width))
        if here:
            found += here * block_ways(digits[end:], blocks - 1, width)
    return min(found, 2)
