"""The equations of the form, and what they say of blanks."""

from __future__ import annotations

from random import Random

import pytest

from consistent import figures
from extractor.equations import Assessment, Equation, assess, equations, summed_rows
from extractor.schema import EDITIONS, FORMS

ONE = Equation("sum.outcomes", "total", ("a", "b"), ("c", "d"))


def _by_rule(edition, undivided=False):
    found: dict[str, list[Equation]] = {}
    for equation in equations(edition, undivided):
        found.setdefault(equation.rule, []).append(equation)
    return found


@pytest.mark.parametrize(("edition", "undivided", "rows"), [("2021", False, 25), ("2021", True, 23), ("2019", False, 23)])
def test_the_form_has_two_equations_a_column_and_one_a_row(edition, undivided, rows):
    """7 balances, 7 sums of outcomes, a sum of applicants for each row and three blocks of proceedings."""
    found = _by_rule(edition, undivided)
    assert {rule: len(members) for rule, members in found.items()} == {
        "balance.applications": 7,
        "sum.outcomes": 7,
        "sum.applicants": rows,
        "sum.proceedings": 3,
    }
    assert len({address for e in equations(edition, undivided) for address in e.addresses}) == 7 * rows + 15
    assert {len(e.plus + e.minus) for e in found["sum.outcomes"]} == {rows - 3}
    assert {equation.at for equation in found["sum.applicants"]} == {row.key for row in summed_rows(edition, undivided)}


def test_equations_are_those_of_the_form():
    """One of each kind, cell by cell."""
    found = _by_rule("2021")
    balance = next(e for e in found["balance.applications"] if e.at == "research")
    assert balance.plus == ("applications.received.research", "applications.carried_in.research")
    assert balance.minus == ("applications.concluded.research", "applications.carried_forward.research")
    outcomes = next(e for e in found["sum.outcomes"] if e.at == "total")
    assert outcomes.plus == ("applications.concluded.total",)
    assert (outcomes.minus[0], outcomes.minus[-1]) == ("applications.granted.total", "applications.other_miscellaneous.total")
    (block, *_) = found["sum.proceedings"]
    assert block.plus == ("proceedings.reconsideration.total",)
    assert block.minus == tuple(f"proceedings.reconsideration.{c}" for c in ("upheld", "corrected", "other", "pending"))
    (row, *_) = found["sum.applicants"]
    assert (row.plus, len(row.minus)) == (("applications.received.total",), 6)


def test_undivided_row_stands_for_those_it_replaces():
    """（六）其他处理 as one row takes part in place of its three parts, in both directions."""
    divided, undivided = (" ".join(e.addresses[-1] for e in _by_rule("2021", u)["sum.outcomes"]) for u in (False, True))
    assert "other_miscellaneous" in divided
    assert "other_undivided" not in divided
    assert "other_undivided" in undivided
    assert "other_miscellaneous" not in undivided


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_wrong_cell_breaks_equations_of_its_own(edition):
    """Consistent tables satisfy all equations; a wrong cell of the applications breaks a set that no other cell does."""
    values = {a: int(v) for a, v in figures(Random(1), edition, 500).items() if not a.startswith("disclosure.")}
    assert all(assess(equation, values).holds for equation in equations(edition))
    signatures = {}
    for cell, value in values.items():
        broken = [e for e in equations(edition) if assess(e, values | {cell: value + 1}).holds is False]
        assert broken
        signatures.setdefault(tuple((e.rule, e.at) for e in broken), []).append(cell)
    shared = {cell for cells in signatures.values() if len(cells) > 1 for cell in cells}
    assert len(shared) == 15
    assert all(cell.startswith("proceedings.") for cell in shared)
    assert len(FORMS[edition].proceedings.rows) == 3


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"a": 1, "b": 4, "c": 2, "d": 3}, Assessment(True, 5, 5, True, True)),
        ({"a": 1, "b": 4, "c": 2, "d": 2}, Assessment(False, 5, 4, False, False)),
        ({"a": 1, "b": 4, "c": 5}, Assessment(None, 5, 5, True, True)),
        ({"a": 1, "b": 4, "c": 2}, Assessment(None, 5, 2, False, True)),
        ({"a": 1, "b": 4, "c": 6}, Assessment(None, 5, 6, False, False)),
        ({"a": 5, "c": 2, "d": 3}, Assessment(None, 5, 5, True, True)),
        ({"a": 4, "c": 2, "d": 3}, Assessment(None, 4, 5, False, True)),
        ({"a": 6, "c": 2, "d": 3}, Assessment(None, 6, 5, False, False)),
        ({"a": 6, "c": 2}, Assessment(None, 6, 2, False, True)),
        ({"a": 2, "c": 6}, Assessment(None, 2, 6, False, True)),
        ({}, Assessment(None, 0, 0, True, True)),
    ],
)
def test_a_blank_leaves_open_what_some_number_would_mend(values, expected):
    """An equation with gaps is not assessed; it says whether 0 would do, and whether any number would."""
    assert assess(ONE, values) == expected
