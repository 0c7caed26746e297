"""The smallest sets of cells whose change makes violated equations hold, with the values that fit.

Fellegi and Holt's principle, on exact equations. Pure combinatorics: in a smallest set whose values are determined, some
equation contains only one cell of the set, so that its residual alone says what that cell must become; taking such cells
one after the other finds every such set. (A set without such an equation has at least five cells.) Work is counted in
steps, never in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from extractor.cuts import Work
from extractor.equations import Equation, equations
from extractor.schema import Edition

Repair = frozenset[tuple[int, int]]
"""Cells with what is added to each."""
Residuals = dict[int, int]
"""Equation to plus side minus minus side, where that is not 0."""
LARGEST = 8
"""No more cells than this are changed at once."""


@dataclass(frozen=True, slots=True)
class System:
    """The equations of an edition by index. `members` holds the (cell, sign) of each, `touched` the (equation, sign) of
    each cell; a cell stands in at most one row equation (`column` 0) and in equations of at most one column (`column` is
    its bit)."""

    equations: tuple[Equation, ...]
    names: tuple[str, ...]
    members: tuple[tuple[tuple[int, int], ...], ...]
    touched: tuple[tuple[tuple[int, int], ...], ...]
    column: tuple[int, ...]


@cache
def system(edition: Edition, undivided: bool) -> System:
    """The system of an edition; `undivided` if （六）其他处理 is printed as one row."""
    return system_of(equations(edition, undivided))


def system_of(all_equations: tuple[Equation, ...]) -> System:
    """Equations by index."""
    names = tuple(dict.fromkeys(address for equation in all_equations for address in equation.addresses))
    index = {name: cell for cell, name in enumerate(names)}
    members = tuple(
        tuple((index[a], 1) for a in equation.plus) + tuple((index[a], -1) for a in equation.minus)
        for equation in all_equations
    )
    touched: list[list[tuple[int, int]]] = [[] for _ in names]
    for number, cells in enumerate(members):
        for cell, sign in cells:
            touched[cell].append((number, sign))
    columns = list(dict.fromkeys(e.at for e in all_equations if _of_column(e)))
    column = tuple(1 << columns.index(e.at) if _of_column(e) else 0 for e in all_equations)
    return System(all_equations, names, members, tuple(map(tuple, touched)), column)


def _of_column(equation: Equation) -> bool:
    return equation.rule in ("balance.applications", "sum.outcomes")


class Search:
    """Repairs of one table by the equations `taking_part`; `values` are those of all cells. No cell becomes negative.
    All methods raise WorkRanOut."""

    def __init__(self, of: System, values: Sequence[int], taking_part: frozenset[int], work: Work) -> None:
        self.of, self.values, self.taking_part, self.work = of, values, taking_part, work
        self.touched = [[one for one in touched if one[0] in taking_part] for touched in of.touched]

    def changed(self, residuals: Residuals, cell: int, delta: int) -> Residuals:
        """What `residuals` become if `delta` is added to `cell`."""
        after = residuals.copy()
        for equation, sign in self.touched[cell]:
            left = after.get(equation, 0) + sign * delta
            if left:
                after[equation] = left
            else:
                del after[equation]
        return after

    def fewest(self, residuals: Residuals) -> int:
        """A number of cells below which nothing can repair `residuals`: a cell changes one row and one column at most."""
        rows, columns = self._lines(residuals)
        return max(rows, columns)

    def smallest(self, residuals: Residuals, most: int = LARGEST) -> Repair | None:
        """One repair of the smallest size; None if more than `most` cells would have to change."""
        for size in range(self.fewest(residuals), most + 1):
            found = next(self.repairs(residuals, size), None)
            if found is not None:
                return found
        return None

    def repairs(self, residuals: Residuals, size: int) -> Iterator[Repair]:
        """All repairs of `size` cells, each once; `size` must be the smallest that has any."""
        if not residuals:
            yield frozenset()
            return
        seen: set[tuple[Repair, int]] = set()
        yield from self._repairs(residuals, size, 0, frozenset(), seen)

    def _lines(self, residuals: Residuals) -> tuple[int, int]:
        rows, columns, column = 0, 0, self.of.column
        for equation in residuals:
            if column[equation]:
                columns |= column[equation]
            else:
                rows += 1
        return rows, columns.bit_count()

    def _repairs(
        self, residuals: Residuals, left: int, closed: int, chosen: Repair, seen: set[tuple[Repair, int]]
    ) -> Iterator[Repair]:
        """Repairs of `residuals` by `left` cells outside the equations `closed` (bits), together with those `chosen`."""
        candidates = []
        for equation in self._ends(residuals, left):
            residual = residuals[equation]
            shut = closed | 1 << equation
            for cell, sign in self.of.members[equation]:
                self.work.spend(1)
                delta = -residual if sign == 1 else residual
                if self.values[cell] + delta < 0 or any(closed >> other & 1 for other, _ in self.touched[cell]):
                    continue
                after = self.changed(residuals, cell, delta)
                if self.fewest(after) < left:
                    candidates.append((len(after), cell, delta, shut, after))
        candidates.sort(key=lambda one: one[:3])
        for _, cell, delta, shut, after in candidates:
            repair = chosen | {(cell, delta)}
            state = repair, shut if after else 0
            if state in seen:
                continue
            seen.add(state)
            if left == 1:
                yield repair
            elif after:
                yield from self._repairs(after, left - 1, shut, repair, seen)

    def _ends(self, residuals: Residuals, left: int) -> list[int]:
        """Violated equations one of which contains a single cell of any repair by `left` cells: where every cell must mend
        a row of its own (or a column of its own), any row (or column) does; else all are tried."""
        rows, columns = self._lines(residuals)
        if left == 1:
            return [min(residuals, key=self._length)]
        if left == columns:
            return [min((e for e in residuals if self.of.column[e]), key=self._length)]
        if left == rows:
            return [min((e for e in residuals if not self.of.column[e]), key=self._length)]
        return list(residuals)

    def _length(self, equation: int) -> int:
        return len(self.of.members[equation])


def residuals_of(search: Search) -> Residuals:
    """The equations that do not hold, in their order."""
    values, members = search.values, search.of.members
    found = {e: sum([sign * values[cell] for cell, sign in members[e]]) for e in sorted(search.taking_part)}
    return {equation: residual for equation, residual in found.items() if residual}


def separate(search: Search, repair: Repair, residuals: Residuals) -> list[Repair]:
    """`repair` split into the smallest sets each of which mends some equations wholly and leaves the others as they are."""
    rest = sorted(repair)
    parts: list[Repair] = []
    size = 1
    while 2 * size <= len(rest):
        part = next((one for one in combinations(rest, size) if alone(search, one, residuals)), None)
        if part is None:
            size += 1
        else:
            parts.append(frozenset(part))
            rest = [one for one in rest if one not in part]
    return [*parts, frozenset(rest)] if rest else parts


def effect(search: Search, changes: Iterable[tuple[int, int]]) -> Residuals:
    """What `changes` add to the equations; those they leave as they are do not occur."""
    added: Residuals = {}
    for cell, delta in changes:
        for equation, sign in search.touched[cell]:
            added[equation] = added.get(equation, 0) + sign * delta
    return {equation: change for equation, change in added.items() if change}


def alone(search: Search, changes: Iterable[tuple[int, int]], residuals: Residuals) -> bool:
    """Whether `changes` leave every equation as it is or mend it wholly."""
    return all(added == -residuals.get(equation, 0) for equation, added in effect(search, changes).items())
