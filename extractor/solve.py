"""Which ways of reading its rows a whole table allows: propagation, uniqueness, and the single cell that explains a misprint.

Pure combinatorics: a domain is the list of value tuples that a row may have (one value a column, None for an unknown
number ≥ 0), a relation ties rows column by column. Nothing here guesses; a choice counts only if it is the only one.
Work is counted in steps, never in time, so that results do not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import add, ge, gt, le, sub

from extractor.cuts import Run, Values, Work, WorkRanOut, near_ways

TABLE_WORK = 100_000
"""Steps for one table: rows of relations and candidates looked at, 1 to 2 microseconds each; a table without blanks
takes a few hundred."""
RELAX_WORK = 150_000
"""Steps for the explanations of a table without a solution."""
_SHARE = 8
"""The part of the work that the search for one candidate may use is one in so many."""
_LARGEST = 10**12
"""Above any sum of printed counts: the bound of an unknown."""

Bounds = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """In every column the sum of coefficient × value over the rows named is 0; `coefficients` are (row index, +1 or −1)."""

    coefficients: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a table allows.

    `choices` holds, for each row, the indices into its domain that occur in some solution or were not refuted when work
    ran out; all are empty if there is none. `consistent` says that a solution of everything was found, `complete` that
    the search was exhaustive. Only refuted candidates are ever removed, so a row is unique if and only if `consistent`
    and one index is left, also when the search was not complete; a table that is neither consistent nor complete is open.

    `tied` says which rows some equation of known rows checks. Where a row that is not printed stands alone in a relation
    it absorbs any difference, so the other rows of that relation rest on their own sums, which often hold by chance: a
    unique row that is not tied is not proven.
    """

    consistent: bool
    choices: tuple[tuple[int, ...], ...]
    complete: bool
    tied: tuple[bool, ...]

    def unique(self, row: int) -> bool:
        return self.consistent and len(self.choices[row]) == 1


def resolve(domains: Sequence[Sequence[Values]], relations: Sequence[Relation], work: int = TABLE_WORK) -> Resolution:
    """Which candidates of `domains` occur in a solution of all `relations`.

    A domain holds only tuples that satisfy the row's own sums (a fixed row that breaks them has an empty domain: no
    solution); a row that the document does not print is one tuple of None. An unknown makes a relation an inequality:
    it holds if some number ≥ 0 fits, the same number in all relations of that cell. This is decided exactly as long as
    any two relations share at most one row (so in both editions of the form); beyond that an impossible unknown may pass.
    """
    return _resolved(domains, relations, Work(work))


def _resolved(domains: Sequence[Sequence[Values]], relations: Sequence[Relation], work: Work) -> Resolution:
    search = _Search(domains, relations, work)
    tied = _tied(domains, relations)
    nothing = Resolution(False, ((),) * len(domains), True, tied)
    everything = work.left
    try:
        first = search.root()
    except WorkRanOut:
        return Resolution(False, tuple(tuple(range(len(domain))) for domain in domains), False, tied)
    if first is None:
        return nothing
    root = first
    supported = [set(live) if len(live) == 1 else set() for live in root.live]
    consistent = all(supported)
    complete = True
    for row, candidate in _by_size(root.live):
        if candidate in supported[row] or candidate not in root.live[row]:
            continue
        try:
            work.portion(everything // _SHARE)
            solution = search.solution(search.narrowed(root, row, (candidate,)))
            if solution is None:
                work.portion(everything)
                rest = search.narrowed(root, row, tuple([index for index in root.live[row] if index != candidate]))
                if rest is None:
                    return nothing
                root = rest
                continue
        except WorkRanOut:
            complete = False
            continue
        consistent = True
        for support, live in zip(supported, solution.live, strict=True):
            support.update(live)
    return Resolution(consistent, tuple(root.live), complete, tied)


@dataclass(frozen=True, slots=True)
class Misprint:
    """A cell that, if it said `fits` where `printed` stands, would make the whole table right; row and column count from 0."""

    row: int
    column: int
    printed: int
    fits: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What a table without a solution says if a single cell of it is wrong.

    `misprints` are all such cells; `agreed` holds, for each row, its values as printed where all of them leave the same,
    else None. If work ran out (`complete` False), or no cell explains the table, nothing is agreed. Values from here
    are never more than doubtful.
    """

    misprints: tuple[Misprint, ...]
    agreed: tuple[Values | None, ...]
    complete: bool


def relax(
    runs: Sequence[Run | None],
    domains: Sequence[Sequence[Values]],
    relations: Sequence[Relation],
    work: int = RELAX_WORK,
) -> Relaxation:
    """The single cells whose correction gives the table a solution, where `resolve` found none.

    `domains` are those of `resolve`. `runs` holds what is printed in each row (all boundaries required if they are
    certain); None if the row cannot be the wrong one (it is absent, or has no sums and no relation). Rows that no way
    fits must hold the misprint, so two of them have no explanation here.
    """
    nothing: tuple[Values | None, ...] = (None,) * len(domains)
    suspects = [row for row, domain in enumerate(domains) if not domain] or list(range(len(domains)))
    if len(suspects) > 1 and not all(domains):
        return Relaxation((), nothing, True)
    misprints: dict[Misprint, None] = {}
    printed: list[dict[Values, None]] = [{} for _ in domains]
    store = Work(work)
    for row in suspects:
        run = runs[row]
        if run is None:
            continue
        store.portion(work)
        try:
            corrections = _corrections(run, row, domains, relations, store)
        except WorkRanOut:
            return Relaxation(tuple(misprints), nothing, False)
        corrected = [*domains[:row], list(corrections), *domains[row + 1 :]]
        resolution = _resolved(corrected, relations, store)
        if not resolution.complete:
            return Relaxation(tuple(misprints), nothing, False)
        for index, choice in enumerate(resolution.choices):
            if index != row:
                printed[index].update(dict.fromkeys(domains[index][at] for at in choice))
        for at in resolution.choices[row]:
            for misprint, values in corrections[corrected[row][at]]:
                misprints[misprint] = None
                printed[row][values] = None
    return Relaxation(tuple(misprints), tuple([next(iter(one)) if len(one) == 1 else None for one in printed]), True)


def _corrections(
    run: Run, row: int, domains: Sequence[Sequence[Values]], relations: Sequence[Relation], work: Work
) -> dict[Values, list[tuple[Misprint, Values]]]:
    """Values that `row` would have if one cell of it were corrected to fit its sums and the bounds that the other rows
    leave, with the misprint and the values as printed. Raises WorkRanOut."""
    unknown: list[Values] = [(None,) * run.columns]
    state = _Search([*domains[:row], unknown, *domains[row + 1 :]], relations, work).root()
    if state is None:
        return {}
    low, high = state.low[row], state.high[row]
    found: dict[Values, list[tuple[Misprint, Values]]] = {}
    for printed in near_ways(run, low, high, work):
        for column, value in enumerate(printed):
            fits = _fitting(run, printed, column)
            if fits is None or fits == value:
                continue
            corrected = (*printed[:column], fits, *printed[column + 1 :])
            if all(map(le, low, corrected)) and all(map(le, corrected, high)):
                found.setdefault(corrected, []).append((Misprint(row, column, value, fits), printed))
    return found


def _fitting(run: Run, values: Bounds, column: int) -> int | None:
    """What `column` would have to hold for all sums of the row to be right; None if nothing would do, or no sum knows."""
    fits = None
    for parts, total in run.sums:
        added = sum([values[part] for part in parts])
        if column == total:
            fits = added
        elif column in parts:
            fits = values[total] - added + values[column]
        elif added != values[total]:
            return None
    return fits if fits is not None and fits >= 0 else None


def _tied(domains: Sequence[Sequence[Values]], relations: Sequence[Relation]) -> tuple[bool, ...]:
    """For each row whether it is in a relation without a loose end. An unknown row that stands in one relation only is a
    loose end; one that stands in two joins them, so that a loose end of either is one of both."""
    unknown = {row for row, domain in enumerate(domains) if len(domain) == 1 and set(domain[0]) <= {None}}
    members = [{row for row, _ in relation.coefficients} for relation in relations]
    loose = {i for i, rows in enumerate(members) if any(sum(row in one for one in members) == 1 for row in rows & unknown)}
    for _ in relations:
        loose |= {i for i, rows in enumerate(members) if any(rows & members[end] & unknown for end in loose)}
    firm = {row for i, rows in enumerate(members) if i not in loose for row in rows}
    return tuple([row in firm for row in range(len(domains))])


def _by_size(live: list[tuple[int, ...]]) -> list[tuple[int, int]]:
    """(row, candidate) of the rows with several candidates, the smallest domain first."""
    rows = sorted((row for row in range(len(live)) if len(live[row]) > 1), key=lambda row: len(live[row]))
    return [(row, candidate) for row in rows for candidate in live[row]]


@dataclass(frozen=True, slots=True)
class _State:
    """For each row the candidates not refuted, and the bounds of its values in each column."""

    live: list[tuple[int, ...]]
    low: list[Bounds]
    high: list[Bounds]


class _Search:
    """Bounds propagation and depth-first search over one table, with one store of work."""

    def __init__(self, domains: Sequence[Sequence[Values]], relations: Sequence[Relation], work: Work) -> None:
        self.spend = work.spend
        self.least = [[_filled(values, 0) for values in domain] for domain in domains]
        self.most = [[_filled(values, _LARGEST) for values in domain] for domain in domains]
        self.sides = [
            ([row for row, sign in one.coefficients if sign > 0], [row for row, sign in one.coefficients if sign < 0])
            for one in relations
        ]
        self.touching: list[list[int]] = [[] for _ in domains]
        for index, (plus, minus) in enumerate(self.sides):
            for row in plus + minus:
                self.touching[row].append(index)

    def root(self) -> _State | None:
        if not all(self.least):
            return None
        self.spend(sum(map(len, self.least)))
        live = [tuple(range(len(domain))) for domain in self.least]
        low = [_columnwise(min, domain) for domain in self.least]
        high = [_columnwise(max, domain) for domain in self.most]
        return self.propagated(_State(live, low, high), range(len(self.sides)))

    def solution(self, state: _State | None) -> _State | None:
        """A state below `state` with one candidate a row; None if there is none."""
        if state is None:
            return None
        row = min((row for row, live in enumerate(state.live) if len(live) > 1), key=lambda r: len(state.live[r]), default=None)
        if row is None:
            return state
        for candidate in state.live[row]:
            found = self.solution(self.narrowed(state, row, (candidate,)))
            if found is not None:
                return found
        return None

    def narrowed(self, state: _State, row: int, live: tuple[int, ...]) -> _State | None:
        """A copy of `state` in which `row` has only the candidates `live`, propagated; None if that has no solution."""
        if not live:
            return None
        copy = _State(list(state.live), list(state.low), list(state.high))
        self.keep(copy, row, live)
        return self.propagated(copy, self.touching[row])

    def keep(self, state: _State, row: int, live: tuple[int, ...]) -> None:
        """Leaves `row` the candidates `live` and narrows its bounds to theirs."""
        self.spend(len(live))
        least, most = self.least[row], self.most[row]
        state.live[row] = live
        state.low[row] = tuple(map(max, state.low[row], _columnwise(min, [least[i] for i in live])))
        state.high[row] = tuple(map(min, state.high[row], _columnwise(max, [most[i] for i in live])))

    def propagated(self, state: _State, relations: Iterable[int]) -> _State | None:
        """`state` itself, narrowed until no relation refutes anything more; None if one cannot hold."""
        queue = list(relations)
        while queue:
            plus, minus = self.sides[queue.pop(0)]
            self.spend(len(plus) + len(minus))
            low, high = state.low, state.high
            # What the relation's left side, which must be 0, can be at least and at most.
            bottom = _difference([low[row] for row in plus], [high[row] for row in minus])
            top = _difference([high[row] for row in plus], [low[row] for row in minus])
            if max(bottom, default=0) > 0 or min(top, default=0) < 0:
                return None
            for at, row in enumerate(plus + minus):
                if low[row] == high[row]:
                    continue
                if at < len(plus):
                    new_high, new_low = map(sub, low[row], bottom), map(sub, high[row], top)
                else:
                    new_high, new_low = map(add, low[row], top), map(add, high[row], bottom)
                changed = self.bounded(state, row, tuple(map(max, low[row], new_low)), tuple(map(min, high[row], new_high)))
                if changed is None:
                    return None
                if changed:
                    queue += [index for index in self.touching[row] if index not in queue]
        return state

    def bounded(self, state: _State, row: int, low: Bounds, high: Bounds) -> bool | None:
        """Narrows `row` to `low` and `high`; whether that changed anything, None if no candidate fits."""
        if low == state.low[row] and high == state.high[row]:
            return False
        self.spend(len(state.live[row]))
        if any(map(gt, low, high)):
            return None
        state.low[row], state.high[row] = low, high
        least, most = self.least[row], self.most[row]
        live = tuple([i for i in state.live[row] if all(map(le, least[i], high)) and all(map(ge, most[i], low))])
        if not live:
            return None
        self.keep(state, row, live)
        return True


def _filled(values: Values, unknown: int) -> Bounds:
    return tuple([unknown if value is None else value for value in values])


def _columnwise(choose: Callable[..., int], rows: Sequence[Bounds]) -> Bounds:
    return tuple(map(choose, *rows)) if len(rows) > 1 else rows[0]


def _difference(plus: list[Bounds], minus: list[Bounds]) -> list[int]:
    """Columnwise sum of `plus` minus that of `minus`."""
    if plus and minus:
        return list(map(sub, map(sum, zip(*plus, strict=True)), map(sum, zip(*minus, strict=True))))
    return [sum(column) for column in zip(*plus, strict=True)] or [-sum(column) for column in zip(*minus, strict=True)]
