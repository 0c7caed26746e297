"""What may have gone wrong where equations do not hold: the smallest sets of cells, with fitting values, best first.

Proposals only: the report is never changed. A set is named for the slip that explains it (transposed digits, a row moved
by one column, a total that was not updated, …), and sets of the same size are ordered by how likely such a slip is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.distance import Levenshtein

from extractor.cuts import Work, WorkRanOut
from extractor.equations import Equation
from extractor.repair import LARGEST, Repair, Residuals, Search, System, alone, effect, residuals_of, separate, system
from extractor.result import ExplainedCell, Explanation
from extractor.schema import Edition

EXPLAIN_WORK = 8_000
"""Steps for one report; a step is one cell tried, about 3 microseconds."""
_SHARE = 2
"""Each of the steps towards the explanations may use the work left divided by this."""
_MOST = 300
"""No more alternatives than this are compared."""
_SHOWN = 3
_SLIPS = ("transposed_digits", "dropped_digit", "doubled_digit", "swapped_cells", "shifted_row", "blank_cell")
_LIKELY = dict.fromkeys(_SLIPS, 2) | {"stale_total": 1}
"""How much each kind explains; kinds that explain nothing are not listed."""
Values = Mapping[str, int | None]
Claims = Mapping[str, Collection[int]]


@dataclass(frozen=True, slots=True)
class Component:
    """Violated equations that one explanation mends, with at most three such explanations, best first (none if none was
    found within the work allowed)."""

    equations: tuple[Equation, ...]
    explanations: tuple[Explanation, ...]


def explain(
    edition: Edition,
    undivided: bool,
    values: Values,
    violated: Sequence[Equation],
    claims: Claims | None = None,
) -> tuple[Component, ...]:
    """The violated equations, split into those with independent explanations.

    `values` holds the counts of all printed cells, None for a blank one; an equation with a cell that is not in `values`
    takes no part, nor does one with a blank unless it is `violated` or holds with 0 there. `claims` are the numbers that
    prose states for cells; among sets of the same size they speak for those that agree with them. Kinds: one_cell,
    two_cells, several_cells, transposed_digits, dropped_digit (10 printed as 1), doubled_digit, swapped_cells, shifted_row,
    stale_total, blank_cell.
    """
    of = system(edition, undivided)
    taking_part = _taking_part(of, values, frozenset(violated))
    search = Search(of, [values.get(name) or 0 for name in of.names], taking_part, Work(EXPLAIN_WORK))
    residuals = residuals_of(search)
    found = [Component((e,), ()) for e in violated if e not in {of.equations[number] for number in residuals}]
    for group in _unconnected(of, residuals):
        found += _components(search, group, values, claims or {})
    order = {equation: at for at, equation in enumerate(of.equations)}
    found = [component for component in found if component.equations]
    return tuple(sorted(found, key=lambda component: order[component.equations[0]]))


def _taking_part(of: System, values: Values, violated: frozenset[Equation]) -> frozenset[int]:
    found = []
    for number, equation in enumerate(of.equations):
        try:
            printed = [values[address] for address in equation.addresses]
        except KeyError:
            continue
        if None in printed and equation not in violated:
            split = len(equation.plus)
            if sum([v or 0 for v in printed[:split]]) != sum([v or 0 for v in printed[split:]]):
                continue
        found.append(number)
    return frozenset(found)


def _unconnected(of: System, residuals: Residuals) -> Iterator[Residuals]:
    """Equations that share no cells, not even by way of others: the applications, and each block of proceedings."""
    groups: dict[str, Residuals] = {}
    for number, residual in residuals.items():
        equation = of.equations[number]
        group = equation.at if equation.rule == "sum.proceedings" else ""
        groups.setdefault(group, {})[number] = residual
    yield from groups.values()


def _components(search: Search, residuals: Residuals, values: Values, claims: Claims) -> Iterator[Component]:
    of, work = search.of, search.work
    parts = _parts(search, residuals)
    if not parts:
        yield from (Component((of.equations[number],), ()) for number in residuals)
    for part in parts:
        mended = _mended(search, part, residuals)
        work.portion(work.left // _SHARE)
        repairs, complete = _alternatives(search, mended, len(part))
        ranked = sorted({*repairs, part}, key=lambda one: _rank(of, one, values, claims))
        unique = complete and len(ranked) == 1
        explanations = tuple(_explanation(of, one, values, unique) for one in ranked[:_SHOWN])
        yield Component(tuple(of.equations[number] for number in mended), explanations)


def _parts(search: Search, residuals: Residuals) -> list[Repair]:
    """A smallest repair in its independent parts, a row moved back by one column as one of them; none if work runs out."""
    work = search.work
    work.portion(work.left // _SHARE)
    parts: list[Repair] = []
    most = LARGEST
    try:
        for shift in _shifts(search, residuals):
            mended = _mended(search, shift, residuals)
            rest = {equation: residual for equation, residual in residuals.items() if equation not in mended}
            more = search.smallest(rest, most - len(shift))
            if more is None or {cell for cell, _ in shift} & {cell for cell, _ in more}:
                continue
            found = [shift, *separate(search, more, residuals)]
            if len(shift) + len(more) < most or not parts or len(found) < len(parts):
                parts, most = found, len(shift) + len(more)
        repair = search.smallest(residuals, most - 1 if parts else most)
        if repair is not None:
            parts = separate(search, repair, residuals)
    except WorkRanOut:
        pass
    work.portion(work.left // _SHARE)
    return _joined(search, parts, residuals)


def _shifts(search: Search, residuals: Residuals) -> Iterator[Repair]:
    """The rows that mend equations and break none if their values are moved back by one column."""
    for number, equation in enumerate(search.of.equations):
        if equation.rule != "sum.applicants" or number not in search.taking_part:
            continue
        total, *parts = [cell for cell, _ in search.of.members[number]]
        cells = [*parts, total]
        row = [search.values[cell] for cell in cells]
        if not any(row):
            continue
        for moved in _moved_back(row):
            repair = frozenset((c, new - old) for c, old, new in zip(cells, row, moved, strict=True) if new != old)
            if min(moved) >= 0 and alone(search, repair, residuals):
                yield repair


def _moved_back(row: list[int]) -> Iterator[tuple[int, ...]]:
    """What a row of parts with their total may have been before all its parts, or all its cells, were moved by one column
    and a 0 put in; what fell off is what the total asks for."""
    *parts, total = row
    if parts[0] == 0:
        yield (*parts[1:], total - sum(parts), total)
        yield (*parts[1:], total, sum(parts) + total)
    if parts[-1] == 0:
        yield (total - sum(parts), *parts[:-1], total)
    if total == 0:
        yield (2 * parts[-1] - sum(parts), *parts)


def _mended(search: Search, repair: Repair, residuals: Residuals) -> Residuals:
    changed = effect(search, repair)
    return {equation: residual for equation, residual in residuals.items() if equation in changed}


def _alternatives(search: Search, residuals: Residuals, size: int) -> tuple[list[Repair], bool]:
    """Repairs of the smallest size, and whether these are all."""
    found: list[Repair] = []
    try:
        for repair in search.repairs(residuals, size):
            found.append(repair)
            if len(found) > _MOST:
                return found, False
    except WorkRanOut:
        return found, False
    return found, True


def _joined(search: Search, parts: list[Repair], residuals: Residuals) -> list[Repair]:
    """The parts of a repair, those put together whose equations can also be mended in a way that does not keep them apart."""
    groups = [{part} for part in parts]
    for one, other in combinations(parts, 2):
        first, second = _mended(search, one, residuals), _mended(search, other, residuals)
        repairs, _ = _alternatives(search, first | second, len(one) + len(other))
        if _exchanged(search, one | other) or any(not _keeps(search, repair, first) for repair in repairs):
            apart = [group for group in groups if not group & {one, other}]
            groups = [*apart, set().union(*(group for group in groups if group not in apart))]
    return [frozenset().union(*group) for group in groups]


def _exchanged(search: Search, repair: Repair) -> bool:
    """Whether two cells of a column are given each other's values (those of a row are never apart)."""
    if len(repair) != 2:
        return False
    (one, more), (other, less) = repair
    columns = {search.of.names[cell].rpartition(".")[2] for cell in (one, other)}
    return len(columns) == 1 and more + less == 0 and search.values[one] + more == search.values[other]


def _keeps(search: Search, repair: Repair, mended: Residuals) -> bool:
    """Whether the cells of `repair` that have to do with the equations `mended` mend them and no others."""
    own = [(cell, delta) for cell, delta in repair if any(equation in mended for equation, _ in search.touched[cell])]
    return alone(search, own, mended)


def _explanation(of: System, repair: Repair, values: Values, unique: bool) -> Explanation:
    changes = [(of.names[cell], delta) for cell, delta in sorted(repair)]
    cells = [ExplainedCell(cell=name, printed=values[name], fits=(values[name] or 0) + delta) for name, delta in changes]
    return Explanation(kind=_kind(of, repair, values), cells=tuple(cells), unique=unique)


def _kind(of: System, repair: Repair, values: Values) -> str:
    changes = {of.names[cell]: (values[of.names[cell]], (values[of.names[cell]] or 0) + delta) for cell, delta in repair}
    pairs = list(changes.values())
    if all(printed is None for printed, _ in pairs):
        return "blank_cell"
    if len(pairs) == 1:
        printed, fits = pairs[0]
        assert printed is not None
        slip = _slip(printed, fits)
        if slip:
            return slip
    elif _is_shift(of, changes, values):
        return "shifted_row"
    elif len(pairs) == 2 and pairs[0] == pairs[1][::-1]:
        return "swapped_cells"
    if all(_is_total(name) for name in changes):
        return "stale_total"
    return {1: "one_cell", 2: "two_cells"}.get(len(pairs), "several_cells")


def _is_total(name: str) -> bool:
    return name.endswith(".total") or name.startswith("applications.concluded.")


def _is_shift(of: System, changes: Mapping[str, tuple[int | None, int]], values: Values) -> bool:
    rows = {name.split(".")[1] for name in changes}
    equation = next((e for e in of.equations if e.rule == "sum.applicants" and rows == {e.at}), None)
    if equation is None:
        return False
    names = equation.minus + equation.plus
    printed = [values.get(name) or 0 for name in names]
    fits = tuple(changes[name][1] if name in changes else value for name, value in zip(names, printed, strict=True))
    return fits in _moved_back(printed)


def _slip(printed: int, fits: int) -> str | None:
    """The slip of the hand that makes `printed` of `fits`. A 0 is what stands everywhere, not the rest of a number."""
    wrong, right = str(printed), str(fits)
    if len(wrong) == len(right):
        different = [at for at in range(len(wrong)) if wrong[at] != right[at]]
        at = different[0]
        if different == [at, at + 1] and wrong[at : at + 2] == right[at + 1] + right[at]:
            return "transposed_digits"
    elif printed and len(wrong) + 1 == len(right):
        if any(right[:at] + right[at + 1 :] == wrong for at in range(len(right))):
            return "dropped_digit"
    elif len(wrong) == len(right) + 1 and any(
        wrong[at] == wrong[at + 1] and wrong[:at] + wrong[at + 1 :] == right for at in range(len(right))
    ):
        return "doubled_digit"
    return None


def _rank(of: System, repair: Repair, values: Values, claims: Claims) -> tuple[int, int, int, int, list[tuple[int, int]]]:
    """Smaller is better: fewer cells, what prose states, the likelier slip, digits nearer to those printed, printed order."""
    stated = distance = 0
    for cell, delta in repair:
        name = of.names[cell]
        printed = values[name]
        fits = (printed or 0) + delta
        said = claims.get(name, ())
        stated += (printed in said) - (fits in said)
        distance += Levenshtein.distance(str(fits - delta), str(fits))
    return len(repair), stated, -_LIKELY.get(_kind(of, repair, values), 0), distance, sorted(repair)
