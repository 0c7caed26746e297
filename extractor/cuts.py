"""Ways of cutting the digits of one printed row into its columns, where the text does not show the boundaries.

A run is `13420000136` for 134, 2, 0, 0, 0, 0, 136. Every number is "0" or starts with a non-zero digit, so a zero that
follows no number is a cell of its own; the row's own sums leave few ways. Work is counted in steps, never in time: the
same row always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

LONGEST = 9
"""No count has more digits than this."""
ROW_WORK = 30_000
"""Steps for one row; a step is one number tried at one place (below 1 microsecond)."""

Span = tuple[int, int]
Starts = tuple[int, ...]
Values = tuple[int | None, ...]
Sum = tuple[tuple[int, ...], int]
SumBounds = tuple[list[int], list[int]]
_FREE = 10**12


@dataclass(frozen=True, slots=True)
class Run:
    """What is printed in one row: ASCII `digits` without separators, to be cut into `columns` numbers.

    `required` are offsets in `digits` where a boundary certainly is, `allowed` those where one may be (None: anywhere;
    `required` ones always may). Each of `sums` is (part columns, total column): parts stand side by side with their
    total right after them, and sums do not overlap (applications one, proceedings three, disclosure none).
    """

    digits: str
    columns: int
    required: frozenset[int] = frozenset()
    allowed: frozenset[int] | None = None
    sums: tuple[Sum, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reading a run: a value and its offsets `(start, end)` in `Run.digits` for each column.
    Both are None where a blank is assumed: an unknown number, 0 or more."""

    values: Values
    spans: tuple[Span | None, ...]


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways found; `complete` is False if work ran out before all were."""

    found: tuple[Way, ...]
    complete: bool


class WorkRanOut(Exception):
    """The steps allowed are used up; what is not decided stays open."""


class Work:
    """A store of steps, so that bounded work means the same on every machine."""

    def __init__(self, left: int) -> None:
        self.left, self._floor = left, 0

    def spend(self, steps: int) -> None:
        """Raises WorkRanOut if less than `steps` are left."""
        self.left -= steps
        if self.left < self._floor:
            raise WorkRanOut

    def portion(self, steps: int) -> None:
        """Lets what follows use at most `steps` of what is left, instead of all or an earlier portion."""
        self._floor = max(0, self.left - steps)


def ways(run: Run, blanks: int = 0, work: int = ROW_WORK) -> Ways:
    """All ways of cutting `run` so that every sum holds, with exactly `blanks` columns blank.

    All digits are used. A sum with a blank part holds if its known parts are not more than its total; a sum with a blank
    total always does. Raises ValueError if the digits are not ASCII digits or the sums are not as `Run` says.
    """
    if not run.digits.isascii() or (run.digits and not run.digits.isdigit()):
        raise ValueError(f"not ASCII digits: {run.digits!r}")
    blocks = _blocks(run.columns, run.sums)
    if not run.columns - blanks <= len(run.digits) <= LONGEST * (run.columns - blanks):
        return Ways((), True)
    if not blanks and len(run.digits) == run.columns and run.allowed is None:
        values = tuple(map(int, run.digits))
        holds = all(sum([values[part] for part in parts]) == values[total] for parts, total in run.sums)
        return Ways((Way(values, tuple((i, i + 1) for i in range(run.columns))),) if holds else (), True)
    cutter = _Cutter(run, blocks, Work(work))
    found: list[Way] = []
    try:
        for spans in cutter.rows(len(blocks) - 1, len(run.digits), blanks):
            values_ = tuple(int(run.digits[span[0] : span[1]]) if span else None for span in spans)
            found.append(Way(values_, spans))
    except WorkRanOut:
        return Ways(tuple(found), False)
    return Ways(tuple(found), True)


def near_ways(run: Run, low: Sequence[int], high: Sequence[int], work: Work) -> list[tuple[int, ...]]:
    """The values of all ways of cutting `run`, whatever its sums, with at most one value outside the bounds of its
    column, `low` to `high`. Raises WorkRanOut."""
    cutter = _Cutter(run, (), work)
    found: list[tuple[int, bool, tuple[int, ...]]] = [(len(run.digits), False, ())]
    for column in range(run.columns - 1, -1, -1):
        least, most = low[column], high[column]
        work.spend(sum([len(cutter.ending[at]) for at, _, _ in found]))
        found = [
            (start, missed or not least <= value <= most, (value, *values))
            for at, missed, values in found
            for start, value in cutter.ending[at]
            if cutter.counts[start] >> column & 1 and (not missed or least <= value <= most)
        ]
    return [values for _, _, values in found]


@cache
def _sum_bounds(cells: int) -> SumBounds:
    """The least and the most that `cells` numbers can add up to, by the number of digits that they have together."""
    low, high = [0], [0]
    for size in range(1, LONGEST * cells + 1):
        longest = -(-size // cells)
        low.append(10 ** (longest - 1) if longest > 1 else 0)
        spare = size - cells + 1
        high.append(10**spare + 9 * (cells - 1) if spare <= LONGEST else cells * 10**LONGEST)
    return low, high


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns `first` to `last` inclusive; if `summed`, the last is the sum of the others, else the block is one column."""

    first: int
    last: int
    summed: bool


@cache
def _blocks(columns: int, sums: tuple[Sum, ...]) -> tuple[_Block, ...]:
    """What the rows of a form with these columns consist of."""
    blocks, column = [], 0
    for parts, total in sorted(sums):
        if parts != tuple(range(parts[0], total)) or parts[0] < column or total >= columns:
            raise ValueError(f"parts must stand side by side with their total after them: {parts} {total}")
        blocks += [_Block(c, c, False) for c in range(column, parts[0])]
        blocks.append(_Block(parts[0], total, True))
        column = total + 1
    return (*blocks, *(_Block(c, c, False) for c in range(column, columns)))


class _Cutter:
    """Cuts from the right: a block's total first, then its parts, the left half of them from a table of sums."""

    def __init__(self, run: Run, blocks: tuple[_Block, ...], work: Work) -> None:
        self.blocks, self.work = blocks, work
        self.ending = _numbers(run)
        self.sizes = list(map(len, self.ending))
        # Bit n of counts[p]: the first p digits can be cut into n numbers.
        self.counts = [1]
        for numbers in self.ending[1:]:
            count = 0
            for start, _ in numbers:
                count |= self.counts[start]
            self.counts.append(count << 1)
        self.halves: dict[tuple[int, int, int], dict[int, list[Starts]]] = {}

    def rows(self, index: int, end: int, blanks: int) -> Iterator[tuple[Span | None, ...]]:
        """Spans of all columns of blocks 0 to `index`, over the first `end` digits, with exactly `blanks` blanks."""
        if index < 0:
            if end == 0 and blanks == 0:
                yield ()
            return
        block = self.blocks[index]
        if blanks > block.last + 1 or not self.counts[end] >> (block.last + 1 - blanks) & 1:
            return
        for inside in range(min(blanks, block.last - block.first + 1) + 1):
            for absent in combinations(range(block.first, block.last + 1), inside):
                for start, spans in self.block(block, end, block.last + 1 - blanks, absent):
                    filled = spans
                    for column in absent:
                        at = column - block.first
                        filled = (*filled[:at], None, *filled[at:])
                    for before in self.rows(index - 1, start, blanks - inside):
                        yield before + filled

    def block(
        self, block: _Block, end: int, numbers: int, absent: tuple[int, ...]
    ) -> list[tuple[int, tuple[Span | None, ...]]]:
        """Start and spans of the printed cells of `block`, which ends at `end` and whose end is that of `numbers` numbers."""
        found: list[tuple[int, tuple[Span | None, ...]]] = []
        parts = block.last - block.first - sum(column != block.last for column in absent)
        if not block.summed or block.last in absent:
            cells = parts + (block.last not in absent)
            return [(start, tuple(pairwise((*starts, end)))) for start, _, starts in self.tails(end, numbers, cells, _FREE)]
        half = parts // 2
        lefts: dict[int, dict[int, list[Starts]]] = {}
        # Only the parts of the first block have a known beginning, so that the digits left bound their sum.
        bounds = [_sum_bounds(cells) for cells in range(parts + 1)] if block.first == 0 and not absent else None
        for start, total in self.ending[end]:
            if not self.counts[start] >> (numbers - 1) & 1:
                continue
            if bounds and not bounds[parts][0][start] <= total <= bounds[parts][1][start]:
                continue
            if absent:
                tails = self.tails(start, numbers - 1, parts, total)
                found += [(at, tuple(pairwise((*starts, start, end)))) for at, _, starts in tails]
                continue
            for middle, rest, right in self.tails(start, numbers - 1, parts - half, total, bounds):
                if middle not in lefts:
                    lefts[middle] = self.half(middle, numbers - 1 - (parts - half), half)
                for starts in lefts[middle].get(rest, ()):
                    edges = (*starts, *right, start, end)
                    found.append((edges[0], tuple(pairwise(edges))))
        return found

    def tails(
        self, end: int, numbers: int, cells: int, limit: int, bounds: list[SumBounds] | None = None
    ) -> list[tuple[int, int, Starts]]:
        """All (start, what is left of `limit`, where each begins) of `cells` numbers that end at `end` and sum to at most
        `limit`, where the first `end` digits hold `numbers` numbers in all; with `bounds`, those that these can add up to
        `limit`."""
        ending, counts, sizes = self.ending, self.counts, self.sizes
        found: list[tuple[int, int, Starts]] = [(end, limit, ())]
        for before in range(numbers - 1, numbers - 1 - cells, -1):
            self.work.spend(sum([sizes[at] for at, _, _ in found]))
            if bounds:
                low, high = bounds[before]
                found = [
                    (start, rest - value, (start, *starts))
                    for at, rest, starts in found
                    for start, value in ending[at]
                    if counts[start] >> before & 1 and low[start] <= rest - value <= high[start]
                ]
            else:
                found = [
                    (start, rest - value, (start, *starts))
                    for at, rest, starts in found
                    for start, value in (ending[at] if before else ending[at][-1:])  # only the longest begins at 0
                    if value <= rest and counts[start] >> before & 1
                ]
        return found

    def half(self, end: int, numbers: int, cells: int) -> dict[int, list[Starts]]:
        """Where the numbers of `tails` of any sum begin, by their sum."""
        table = self.halves.get((end, numbers, cells))
        if table is None:
            table = self.halves[end, numbers, cells] = {}
            for _, rest, starts in self.tails(end, numbers, cells, _FREE):
                table.setdefault(_FREE - rest, []).append(starts)
        return table


def _numbers(run: Run) -> list[list[tuple[int, int]]]:
    """For each offset the numbers that may end there, as (start, value), the shortest first."""
    digits, size = run.digits, len(run.digits)
    allowed = None if run.allowed is None else run.allowed | run.required | {0, size}
    ending: list[list[tuple[int, int]]] = [[]]
    for end in range(1, size + 1):
        numbers: list[tuple[int, int]] = []
        ending.append(numbers)
        if allowed is not None and end not in allowed:
            continue
        for start in range(end - 1, max(end - LONGEST, 0) - 1, -1):
            if (digits[start] != "0" or end - start == 1) and (allowed is None or start in allowed):
                numbers.append((start, int(digits[start:end])))
            if start in run.required:
                break
    return ending
