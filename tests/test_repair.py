"""The smallest sets of cells that mend equations, against brute force over all sets."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from extractor.cuts import Work, WorkRanOut
from extractor.equations import Equation
from extractor.repair import Repair, Search, System, effect, residuals_of, separate, system, system_of

sys.path.insert(0, str(ROOT / "bench"))
from planted import planted

EVERYTHING = 10**9


def _small() -> System:
    """The form in little: six rows of two parts and a total, with the balance and the outcomes of each column."""

    def cells(rows: str, column: str) -> tuple[str, ...]:
        return tuple(f"applications.{row}.{column}" for row in rows)

    columns = [
        Equation(rule, column, cells(plus, column), cells(minus, column))
        for column in "xyt"
        for rule, plus, minus in (("balance.applications", "RI", "CF"), ("sum.outcomes", "C", "OP"))
    ]
    rows = [
        Equation("sum.applicants", row, (f"applications.{row}.t",), (f"applications.{row}.x", f"applications.{row}.y"))
        for row in "RIOPCF"
    ]
    return system_of((*columns, *rows))


SMALL = _small()


def _solved(
    of: System, cells: tuple[int, ...], residuals: dict[int, int], taking_part: frozenset[int]
) -> list[Fraction] | None:
    """What must be added to `cells`; None if nothing would do or more than one thing (Gauss-Jordan elimination)."""
    signs = [dict(of.members[e]) for e in sorted(taking_part)]
    right = [-residuals.get(e, 0) for e in sorted(taking_part)]
    rows = [[Fraction(sign.get(cell, 0)) for cell in cells] + [Fraction(r)] for sign, r in zip(signs, right, strict=True)]
    for at in range(len(cells)):
        pivot = next((i for i in range(at, len(rows)) if rows[i][at]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for i in range(len(rows)):
            if i != at and rows[i][at]:
                rows[i] = [a - rows[i][at] * b for a, b in zip(rows[i], rows[at], strict=True)]
    if any(row[-1] for row in rows[len(cells) :]):
        return None
    return [row[-1] for row in rows[: len(cells)]]


def _brute(of: System, values: list[int], residuals: dict[int, int], taking_part: frozenset[int]) -> set[Repair]:
    """All repairs of the smallest size up to 3 whose values are determined."""
    for size in (1, 2, 3):
        found = set()
        for cells in combinations(range(len(values)), size):
            if not set(residuals) <= {e for cell in cells for e, _ in of.touched[cell]}:
                continue
            deltas = _solved(of, cells, residuals, taking_part)
            if deltas and all(deltas) and all(values[c] + d >= 0 for c, d in zip(cells, deltas, strict=True)):
                found.add(frozenset(zip(cells, map(int, deltas), strict=True)))
        if found:
            return found
    return set()


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_smallest_repairs_are_those_of_brute_force(data: st.DataObject) -> None:
    """Any small table, some of whose equations take no part: the repairs found are exactly the smallest ones there are,
    each once."""
    values = data.draw(st.lists(st.integers(0, 3), min_size=18, max_size=18))
    for cells in SMALL.equations[-6:]:  # the rows hold, but for those spoilt below
        total, *parts = (SMALL.names.index(address) for address in cells.addresses)
        values[total] = sum(values[part] for part in parts)
    for column in "xyt":
        at = {row: SMALL.names.index(f"applications.{row}.{column}") for row in "RIOPCF"}
        values[at["C"]] = values[at["O"]] + values[at["P"]]
        values[at["R"]] = values[at["C"]] + values[at["F"]]
        values[at["I"]] = 0
    for cell in data.draw(st.lists(st.integers(0, 17), max_size=3)):
        values[cell] += data.draw(st.integers(1, 3))
    out = data.draw(st.sets(st.integers(0, len(SMALL.equations) - 1), max_size=2))
    taking_part = frozenset(range(len(SMALL.equations))) - out
    search = Search(SMALL, values, taking_part, Work(EVERYTHING))
    residuals = residuals_of(search)
    if not residuals:
        return
    expected = _brute(SMALL, values, residuals, taking_part)
    smallest = search.smallest(residuals, most=3)
    if smallest is None:
        assert expected == set()
        return
    assert len(smallest) == len(next(iter(expected)))
    repairs = list(search.repairs(residuals, len(smallest)))
    assert set(repairs) == expected
    assert len(repairs) == len(expected)
    assert smallest in expected
    parts = separate(search, smallest, residuals)
    assert frozenset().union(*parts) == smallest
    assert sum(map(len, parts)) == len(smallest)


def test_smallest_repairs_of_whole_tables_are_those_of_brute_force() -> None:
    """Two wrong cells in a table of the form: every pair of its 175 cells was tried."""
    of = system("2021", False)
    everything = frozenset(range(len(of.equations)))
    for case in [case for case in planted("two cells", 12, 4) if case.edition == "2021"]:
        values = [case.values[name] for name in of.names]
        search = Search(of, values, everything, Work(EVERYTHING))
        residuals = residuals_of(search)
        smallest = search.smallest(residuals)
        assert smallest is not None
        assert len(smallest) == 2
        repairs = list(search.repairs(residuals, 2))
        assert set(repairs) == _brute(of, values, residuals, everything)
        assert len(repairs) == len(set(repairs))


def test_a_search_without_work_says_so() -> None:
    """The search itself raises when its work is used up."""
    everything = frozenset(range(len(SMALL.equations)))
    search = Search(SMALL, [1] * len(SMALL.names), everything, Work(2))
    residuals = residuals_of(search)
    with pytest.raises(WorkRanOut):
        search.smallest(residuals)


def test_pairs_that_have_nothing_to_do_with_each_other_are_apart() -> None:
    """Two cells exchanged in one row and two in another are two repairs, though no single cell mends anything."""
    of = system("2021", False)
    index = {name: cell for cell, name in enumerate(of.names)}
    pairs = [
        frozenset({(index[f"applications.{row}.{plus}"], 2), (index[f"applications.{row}.{minus}"], -2)})
        for row, plus, minus in (("granted", "natural_person", "research"), ("rejected_petition", "enterprise", "other"))
    ]
    search = Search(of, [5] * len(of.names), frozenset(range(len(of.equations))), Work(EVERYTHING))
    together = frozenset().union(*pairs)
    residuals = {equation: -added for equation, added in effect(search, together).items()}
    assert len(residuals) == 4
    assert set(separate(search, together, residuals)) == set(pairs)
