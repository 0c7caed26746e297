"""Explanations of violated equations: right for planted errors, named, ordered, bounded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from random import Random

import pytest

from conftest import ROOT
from extractor.cuts import Work
from extractor.equations import Equation, assess, equations
from extractor.explain import EXPLAIN_WORK, explain
from extractor.schema import FORMS

sys.path.insert(0, str(ROOT / "bench"))
from planted import PLANTS, consistent, figures_of

ROWS = [row for row in FORMS["2021"].applications.rows if not FORMS["2021"].optional(row)]


@pytest.mark.parametrize("kind", PLANTS)
def test_planted_errors_are_noticed_and_explained(kind: str) -> None:
    """Tables of 10 … 50,000 applications with one error each: all noticed; the truth is the first explanation of a wrong
    cell, and nearly always one of three of the other kinds; a block of proceedings is named."""
    count = figures_of(kind, 70, 11)
    assert count["detected"] == 70
    if kind == "proceedings":
        assert count["block"] == 70
        return
    assert count["among"] >= 67
    assert count["first"] >= (70 if kind in ("one cell", "transposed", "stale total") else 66)
    assert count["named"] >= 66


def _table(size: int = 300, seed: int = 1) -> dict[str, int | None]:
    return dict(consistent(Random(seed), "2021", size))


def _violated(values) -> list[Equation]:
    numbers = {address: value for address, value in values.items() if value is not None}
    return [e for e in equations("2021", False) if assess(e, numbers).holds is False]


def _explained(values, violated=None, **more):
    return explain("2021", False, values, _violated(values) if violated is None else violated, **more)


def _shown(explanation) -> dict[str, tuple]:
    return {cell.cell.removeprefix("applications."): (cell.printed, cell.fits) for cell in explanation.cells}


def test_a_table_without_violated_equations_has_nothing_to_explain() -> None:
    """No violated equation, no component."""
    assert _explained(_table()) == ()


@pytest.mark.parametrize(
    ("right", "printed", "kind"),
    [
        (21, 12, "transposed_digits"),
        (1234, 1324, "transposed_digits"),
        (1234, 1243, "transposed_digits"),
        (1234, 1432, "one_cell"),
        (1234, 1235, "one_cell"),
        (10, 1, "dropped_digit"),
        (123, 12, "dropped_digit"),
        (123, 23, "dropped_digit"),
        (123, 13, "dropped_digit"),
        (123, 32, "one_cell"),
        (1230, 12, "one_cell"),
        (12, 122, "doubled_digit"),
        (12, 112, "doubled_digit"),
        (123, 1223, "doubled_digit"),
        (12, 123, "one_cell"),
        (23, 123, "one_cell"),
        (12, 1222, "one_cell"),
        (12, 121, "one_cell"),
    ],
)
def test_slips_of_the_hand_are_named(right: int, printed: int, kind: str) -> None:
    """A digit pair exchanged, a digit lost or typed twice in one cell, and what only looks like it."""
    values = _row_of_the_table({"enterprise": right})
    values["applications.granted.enterprise"] = printed
    (component,) = _explained(values)
    assert [explanation.kind for explanation in component.explanations] == [kind]
    assert _shown(component.explanations[0]) == {"granted.enterprise": (printed, right)}
    assert component.explanations[0].unique
    assert [equation.rule for equation in component.equations] == ["sum.outcomes", "sum.applicants"]


COLUMNS = ("natural_person", "enterprise", "research", "public_welfare", "legal_service", "other", "total")


def _row_of_the_table(parts: dict[str, int], row: str = "granted") -> dict[str, int | None]:
    """A table of zeros but for one outcome, its total row and what was received."""
    values: dict[str, int | None] = dict.fromkeys(_table(), 0)
    for column, value in (parts | {"total": sum(parts.values())}).items():
        for key in ("received", row, "concluded"):
            values[f"applications.{key}.{column}"] = value
    return values


@pytest.mark.parametrize(
    ("truth", "printed"),
    [
        ((5, 3, 0, 2, 0, 0, 10), (0, 5, 3, 0, 2, 0, 10)),
        ((0, 5, 3, 0, 2, 0, 10), (5, 3, 0, 2, 0, 0, 10)),
        ((0, 5, 3, 0, 2, 0, 10), (5, 3, 0, 2, 0, 10, 0)),
        ((4, 5, 3, 0, 2, 0, 14), (5, 3, 0, 2, 0, 14, 0)),
        ((4, 5, 3, 0, 2, 6, 20), (0, 4, 5, 3, 0, 2, 6)),
        ((4, 5, 3, 1, 2, 6, 21), (0, 4, 5, 3, 1, 2, 21)),
    ],
)
def test_every_way_of_shifting_a_row_is_known(truth: tuple[int, ...], printed: tuple[int, ...]) -> None:
    """Left and right, with the total and without, with a value fallen off that the total gives back."""
    values = _row_of_the_table(dict(zip(COLUMNS[:6], truth[:6], strict=True)))
    values |= {f"applications.granted.{column}": value for column, value in zip(COLUMNS, printed, strict=True)}
    (component,) = _explained(values)
    best = component.explanations[0]
    assert best.kind == "shifted_row"
    expected = {c: (p, t) for c, p, t in zip(COLUMNS, printed, truth, strict=True) if p != t}
    assert {cell.removeprefix("granted."): both for cell, both in _shown(best).items()} == expected


def test_a_row_is_not_shifted_to_what_cannot_be() -> None:
    """Moved back, the first part would have to be below zero: the row is not called shifted."""
    values = _row_of_the_table(dict(zip(COLUMNS[:6], (5, 3, 1, 2, 6, 4), strict=True)))
    values |= {f"applications.granted.{column}": v for column, v in zip(COLUMNS, (7, 1, 2, 6, 4, 0, 5), strict=True)}
    explanations = [e for component in _explained(values) for e in component.explanations]
    assert "shifted_row" not in {e.kind for e in explanations}
    assert all(cell.fits >= 0 for e in explanations for cell in e.cells)


def _swapped_in_a_row() -> dict[str, int | None]:
    """A table with 12 and 5 exchanged in one outcome, where others are large enough to be off by 7."""
    values = _row_of_the_table({"natural_person": 50, "enterprise": 60})
    row = dict.fromkeys(COLUMNS, 0) | {"natural_person": 12, "enterprise": 5, "total": 17}
    for column in COLUMNS:
        values[f"applications.refused_state_secret.{column}"] = row[column]
        values[f"applications.concluded.{column}"] += row[column]
        values[f"applications.received.{column}"] += row[column]
    assert _violated(values) == []
    row = "applications.refused_state_secret."
    return values | {row + "natural_person": 5, row + "enterprise": 12}


def test_swapped_cells_of_a_row_come_before_other_pairs() -> None:
    """Two columns off by the same in opposite directions fit in most rows; the row where they are exchanged is first."""
    (component,) = _explained(_swapped_in_a_row())
    assert component.explanations[0].kind == "swapped_cells"
    assert _shown(component.explanations[0]) == {
        "refused_state_secret.natural_person": (5, 12),
        "refused_state_secret.enterprise": (12, 5),
    }
    assert [(e.kind, sorted(_shown(e))) for e in component.explanations[1:]] == [
        ("two_cells", ["granted.enterprise", "granted.natural_person"]),
    ]
    assert not any(e.unique for e in component.explanations)


def test_swapped_cells_of_a_column_are_one_component() -> None:
    """Two cells of a column whose wrong values could each be explained alone are one slip if they hold each other's."""
    values = _row_of_the_table({"other": 7})
    values |= {"applications.granted.other": 0, "applications.carried_forward.other": 7}
    (component,) = _explained(values)
    assert component.explanations[0].kind == "swapped_cells"
    assert component.explanations[0].unique
    assert len(component.equations) == 4
    values["applications.carried_forward.other"] = 8
    assert [c.explanations[0].kind for c in _explained(values)] == ["one_cell", "one_cell"]


def test_a_total_that_was_not_updated_is_named() -> None:
    """A wrong total of a row, of the outcomes, or two of them at once; a part is no total."""
    values = _row_of_the_table({"research": 7, "other": 30})
    for changed in (["granted.total"], ["concluded.research"], ["concluded.research", "concluded.total"]):
        wrong = {f"applications.{cell}": values[f"applications.{cell}"] - 3 for cell in changed}
        (component,) = _explained(values | wrong)
        assert component.explanations[0].kind == "stale_total"
        assert list(_shown(component.explanations[0])) == changed
    (component,) = _explained(values | {"applications.granted.research": 4})
    assert component.explanations[0].kind == "one_cell"


def test_independent_errors_are_explained_apart() -> None:
    """Two wrong cells of the applications and one of the proceedings: three components, the equations shared out."""
    values = _table(2000, 2)
    wrong = {"applications.received.research": 11, "applications.refused_third_party.other": 23}
    wrong["proceedings.direct_litigation.total"] = 4
    values |= {cell: values[cell] + more for cell, more in wrong.items()}
    components = _explained(values)
    assert sorted(len(component.equations) for component in components) == [1, 2, 2]
    assert {e for component in components for e in component.equations} == set(_violated(values))
    assert [[cell.cell for cell in c.explanations[0].cells] for c in components] == [[cell] for cell in wrong]
    assert [c.explanations[0].unique for c in components] == [True, True, False]


def test_two_errors_in_one_column_are_told_apart_by_their_rows() -> None:
    """What was received and what was carried in are both wrong for one kind of applicant: each row says by how much."""
    for column in ("natural_person", "enterprise", "other"):
        values = _row_of_the_table({column: 50})
        values[f"applications.received.{column}"] += 3
        values[f"applications.carried_in.{column}"] += 5
        (component,) = _explained(values)
        (explanation,) = component.explanations
        assert explanation.unique
        assert _shown(explanation) == {f"received.{column}": (53, 50), f"carried_in.{column}": (5, 0)}


def test_errors_that_may_have_changed_places_are_explained_together() -> None:
    """Two cells off by the same amount: the two cells at the other corners fit as well, so no set is unique."""
    values = _row_of_the_table({"research": 70, "other": 30})
    for cell in ("applications.granted.research", "applications.received.other"):
        values[cell] += 6
    components = _explained(values)
    assert [c.explanations[0].kind for c in components] == ["one_cell", "one_cell"]
    values = _row_of_the_table({"research": 70, "other": 30})
    for cell in ("applications.granted.research", "applications.granted_in_part.other"):
        values[cell] += 6
    values["applications.granted_in_part.research"] = 8
    values["applications.granted_in_part.total"] = 8
    for row in ("received", "concluded"):
        for column in ("research", "total"):
            values[f"applications.{row}.{column}"] += 8
    (component,) = _explained(values)
    assert len(component.equations) == 4
    assert [_shown(e) for e in component.explanations] == [
        {"granted.research": (76, 70), "granted_in_part.other": (6, 0)},
        {"granted.other": (30, 24), "granted_in_part.research": (8, 2)},
    ]
    assert {e.kind for e in component.explanations} == {"two_cells"}
    assert not any(e.unique for e in component.explanations)


def test_prose_decides_between_sets_of_the_same_size() -> None:
    """The cell whose fitting value is said in prose comes first, that whose printed value is said comes last."""
    block = "proceedings.reconsideration."
    values = _table()
    values |= dict.fromkeys([block + key for key in ("corrected", "other", "pending")], 0)
    values |= {block + "upheld": 6, block + "total": 9}
    (component,) = _explained(values)
    assert component.explanations[0].kind == "stale_total"
    assert component.explanations[0].cells[0].cell == block + "total"
    assert len(component.explanations) == 3
    (component,) = _explained(values, claims={block + "pending": {3}})
    assert component.explanations[0].cells[0].cell == block + "pending"
    (component,) = _explained(values, claims={block + "total": {9}, block + "corrected": {1}})
    assert component.explanations[0].cells[0].cell == block + "upheld"
    assert block + "total" not in {e.cells[0].cell for e in component.explanations}


def test_digits_near_to_those_printed_come_first() -> None:
    """Of the parts of a block, that whose fitting value differs in the fewest digits, a slip of the hand before all."""
    block = "proceedings.reconsideration."
    values = _table()
    values |= {block + "upheld": 985, block + "corrected": 33, block + "other": 0, block + "pending": 95, block + "total": 1143}
    (component,) = _explained(values)
    assert [_shown(e) for e in component.explanations] == [
        {block + "total": (1143, 1113)},
        {block + "corrected": (33, 63)},
        {block + "other": (0, 30)},
    ]
    assert [e.kind for e in component.explanations] == ["stale_total", "one_cell", "one_cell"]
    values |= {block + "pending": 14, block + "total": 1059}
    (component,) = _explained(values)
    assert [_shown(e) for e in component.explanations[:2]] == [{block + "pending": (14, 41)}, {block + "total": (1059, 1032)}]
    values |= {block + key: v for key, v in (("upheld", 995), ("corrected", 3), ("pending", 0), ("total", 1000))}
    (component,) = _explained(values)
    assert [e.kind for e in component.explanations] == ["stale_total", "one_cell", "one_cell"]
    assert _shown(component.explanations[0]) == {block + "total": (1000, 998)}


def test_an_error_beside_two_that_belong_together_stays_apart() -> None:
    """Two cells exchanged in a column are one component, a wrong cell elsewhere is another."""
    for row, column in (("granted_in_part", "other"), ("carried_in", "enterprise")):
        values = _row_of_the_table({"research": 7, "enterprise": 40})
        values |= {"applications.granted.research": 0, "applications.carried_forward.research": 7}
        values[f"applications.{row}.{column}"] += 9
        kinds = [component.explanations[0].kind for component in _explained(values)]
        assert sorted(kinds) == ["one_cell", "swapped_cells"]


def test_nothing_below_zero_is_proposed() -> None:
    """Parts of which none is large enough to be the wrong one are not blamed."""
    block = "proceedings.reconsideration."
    values = _table()
    values |= dict.fromkeys([block + key for key in ("corrected", "other", "pending")], 2)
    values |= {block + "upheld": 4, block + "total": 6}
    (component,) = _explained(values)
    assert {e.cells[0].cell.removeprefix(block) for e in component.explanations} == {"total", "upheld"}
    assert {e.cells[0].fits for e in component.explanations} == {10, 0}


def test_blank_cells_count_where_the_equation_is_violated_or_holds_without_them() -> None:
    """A blank beside a total that says there should be a number is the cell to fill; other blanks are left alone."""
    values = _row_of_the_table({"research": 7, "other": 3})
    values |= {"applications.granted.research": None, "applications.refused_third_party.other": None}
    open_equations = [e for e in equations("2021", False) if "applications.granted.research" in e.addresses]
    (component,) = _explained(values, open_equations)
    (explanation,) = component.explanations
    assert explanation.kind == "blank_cell"
    assert explanation.unique
    assert _shown(explanation) == {"granted.research": (None, 7)}
    block = "proceedings.reconsideration."
    values |= {block + "upheld": 6, block + "pending": None, block + "total": 9}
    (component,) = _explained(values, [e for e in equations("2021", False) if e.at == "reconsideration"])
    assert [e.kind for e in component.explanations] == ["blank_cell", "stale_total", "one_cell"]
    assert _shown(component.explanations[0]) == {block + "pending": (None, 3)}


def test_equations_with_a_missing_cell_take_no_part() -> None:
    """Without the row of a cell printed nothing is known of it: the fit rests on the equations that are left."""
    values = _row_of_the_table({"research": 7, "other": 3})
    values["applications.granted.research"] = 5
    absent = {address: v for address, v in values.items() if not address.startswith("applications.refused_third_party.")}
    (component,) = _explained(absent)
    assert [e.rule for e in component.equations] == ["sum.applicants"]
    assert len(component.explanations) == 3
    assert all(len(e.cells) == 1 and not e.unique for e in component.explanations)
    violated = _violated(values)
    unassessable = [e for e in violated if e.rule == "sum.outcomes"]
    components = _explained(absent, violated)
    assert [c.equations for c in components if not c.explanations] == [tuple(unassessable)]


def test_an_unassessed_blank_neither_holds_nor_binds() -> None:
    """An equation with a blank that is not violated and does not hold with 0 constrains nothing."""
    values = _row_of_the_table({"research": 7, "other": 3})
    values |= {"applications.granted.research": None, "applications.granted.other": 5}
    (component,) = _explained(values, [e for e in equations("2021", False) if e.at == "other" and e.rule == "sum.outcomes"])
    assert [e.at for e in component.equations] == ["other"]
    assert "granted.other" in [cell for e in component.explanations for cell in _shown(e)]


def test_a_blank_that_is_zero_binds_its_row() -> None:
    """A row that holds with its blank as 0 may not be changed to mend a column; one with a missing cell may."""
    values = _row_of_the_table({"research": 7, "other": 3})
    values |= {"applications.granted.enterprise": None, "applications.refused_third_party.research": 2}
    del values["applications.refused_third_party.total"]
    (component,) = _explained(values)
    assert [equation.rule for equation in component.equations] == ["sum.outcomes"]
    (explanation,) = component.explanations
    assert explanation.unique
    assert _shown(explanation) == {"refused_third_party.research": (2, 0)}


def test_a_shifted_row_beside_another_error_is_explained_apart() -> None:
    """A row moved by one column and a wrong cell elsewhere; a row with a missing cell is never called shifted."""
    values = _row_of_the_table(dict(zip(COLUMNS[:6], (5, 3, 0, 2, 0, 0), strict=True)))
    values |= {f"applications.granted.{column}": v for column, v in zip(COLUMNS, (0, 5, 3, 0, 2, 0, 10), strict=True)}
    wrong = values | {"applications.carried_in.other": 4}
    assert [c.explanations[0].kind for c in _explained(wrong)] == ["shifted_row", "one_cell"]
    assert [c.explanations[0].unique for c in _explained(wrong)] == [True, True]
    del values["applications.granted.other"]
    explanations = [e for component in _explained(values) for e in component.explanations]
    assert explanations
    assert all(e.kind != "shifted_row" and "granted.other" not in _shown(e) for e in explanations)


def _hostile() -> Iterator[dict[str, int]]:
    random = Random(6)
    addresses = list(_table())
    for limit in (2, 3, 10, 1000, 10**9):
        yield {address: random.randrange(limit) for address in addresses}
    for cells in (8, 10, 14):
        values = _table(500, cells)
        yield values | {a: values[a] + 1 for a in random.sample(addresses, cells)}


def test_hostile_tables_take_bounded_work(monkeypatch) -> None:
    """Tables that nothing explains: every violated equation is in one component, the work is bounded, the answer always
    the same."""
    spent = []
    spend = Work.spend
    monkeypatch.setattr(Work, "spend", lambda self, steps: (spent.append(steps), spend(self, steps))[1])
    for values in _hostile():
        spent.clear()
        violated = _violated(values)
        components = _explained(values, violated)
        assert sum(spent) <= EXPLAIN_WORK + 10
        assert sorted(map(repr, violated)) == sorted(repr(e) for c in components for e in c.equations)
        assert components == _explained(values, violated)
        assert all(len(c.explanations) <= 3 for c in components)


def test_when_work_runs_out_no_set_is_called_unique(monkeypatch) -> None:
    """Whatever the work allowed, of a pair with alternatives it is never said that there are none."""
    values = _swapped_in_a_row()
    found = []
    for work in range(1, 1000, 7):
        monkeypatch.setattr("extractor.explain.EXPLAIN_WORK", work)
        components = _explained(values)
        assert not any(e.unique for component in components for e in component.explanations)
        found.append(len(components))
    assert (found[0], found[-1]) == (2, 1)
