"""Explanations by filling what was left blank."""

from __future__ import annotations

from extractor.equations import Equation, assess, equations
from extractor.explain import explain
from extractor.schema import FORMS


def _values() -> dict[str, int | None]:
    """A table of zeros but for 30 applications of enterprises granted, and 4 refused."""
    addresses = [a for a in FORMS["2021"].addresses() if not a.startswith("disclosure.")]
    values: dict[str, int | None] = dict.fromkeys(addresses, 0)
    for row, value in {"granted": 30, "refused_third_party": 4, "received": 34, "concluded": 34}.items():
        values |= {f"applications.{row}.enterprise": value, f"applications.{row}.total": value}
    return values


def _open(values: dict[str, int | None]) -> list[Equation]:
    """The equations that do not hold, blanks counted as 0."""
    numbers = {address: value for address, value in values.items() if value is not None}
    assessed = [(equation, assess(equation, numbers)) for equation in equations("2021")]
    return [equation for equation, one in assessed if not one.holds and not one.with_zero]


def test_blanks_that_hold_numbers_together() -> None:
    """Two totals of outcomes left blank are one explanation by that name."""
    blanks = ("applications.granted.total", "applications.refused_third_party.total")
    gaps = _values() | dict.fromkeys(blanks)
    (component,) = explain("2021", False, gaps, _open(gaps))
    (explanation,) = component.explanations
    assert (explanation.kind, explanation.unique) == ("blank_cell", True)
    assert {cell.cell: (cell.printed, cell.fits) for cell in explanation.cells} == {blanks[0]: (None, 30), blanks[1]: (None, 4)}


def test_a_blank_with_a_wrong_number_is_no_blank_alone() -> None:
    """A blank total beside a wrong one is named for neither."""
    gaps = _values() | {"applications.granted.total": None, "applications.refused_third_party.total": 9}
    components = explain("2021", False, gaps, _open(gaps))
    explanations = [one for component in components for one in component.explanations]
    assert {cell.cell for one in explanations for cell in one.cells} >= {"applications.granted.total"}
    assert all(one.kind != "blank_cell" for one in explanations if any(cell.printed is not None for cell in one.cells))
    assert all(one.kind == "blank_cell" for one in explanations if all(cell.printed is None for cell in one.cells))
