"""The arithmetic a report must satisfy, derived from the row and column sums declared in the schema.

Source: 国办公开办函〔2021〕30号 and 〔2019〕60号: 第一项加第二项之和，等于第三项加第四项之和; every 总计 is the sum of its parts.
All are exact. `disclosure` has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from extractor.reading import record
from extractor.schema import FORMS, Edition, Row, Table

EquationRule = Literal["balance.applications", "sum.outcomes", "sum.applicants", "sum.proceedings"]


@dataclass(frozen=True, slots=True)
class Equation:
    """The cells at `plus` and those at `minus` have the same sum. `at` is the column or row it is of."""

    rule: EquationRule
    at: str
    plus: tuple[str, ...]
    minus: tuple[str, ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.plus + self.minus


@record
class Assessment:
    """`holds` is None where a cell has no number; then `with_zero` says whether it would hold with 0 there and
    `fillable` whether some non-negative filling would. `left` is the sum of the plus side, `right` of the minus side."""

    holds: bool | None
    left: int
    right: int
    with_zero: bool
    fillable: bool


@cache
def equations(edition: Edition, undivided: bool = False) -> tuple[Equation, ...]:
    """All equations of an edition; `undivided` if （六）其他处理 is printed as one row."""
    form = FORMS[edition]
    rows = summed_rows(edition, undivided)
    sides_by_rule: tuple[tuple[EquationRule, list[tuple[Row, int]]], ...] = (
        ("balance.applications", _balance(rows)),
        ("sum.outcomes", _outcomes(rows)),
    )
    found = [
        _column_sum(rule, column.key, sides) for column in form.applications.rows[0].columns for rule, sides in sides_by_rule
    ]
    found += [_row_sum("sum.applicants", form.applications, row) for row in rows]
    found += [_row_sum("sum.proceedings", form.proceedings, row) for row in form.proceedings.rows]
    return tuple(found)


@cache
def summed_rows(edition: Edition, undivided: bool) -> tuple[Row, ...]:
    """The rows of the applications table that take part: either the undivided row or those it replaces."""
    rows = FORMS[edition].applications.rows
    replaced = {key for row in rows for key in row.replaces}
    if not any(row.key in replaced for row in rows):
        return rows
    return tuple(row for row in rows if (row.key not in replaced if undivided else not row.replaces))


def _balance(rows: tuple[Row, ...]) -> list[tuple[Row, int]]:
    return [(row, row.balance) for row in rows if row.balance]


def _outcomes(rows: tuple[Row, ...]) -> list[tuple[Row, int]]:
    total = next(row.part_of for row in rows if row.part_of)
    return [(row, 1 if row.key == total else -1) for row in rows if total in (row.part_of, row.key)]


def _column_sum(rule: EquationRule, column: str, sides: list[tuple[Row, int]]) -> Equation:
    plus = tuple(f"applications.{row.key}.{column}" for row, sign in sides if sign == 1)
    minus = tuple(f"applications.{row.key}.{column}" for row, sign in sides if sign == -1)
    return Equation(rule, column, plus, minus)


def _row_sum(rule: EquationRule, table: Table, row: Row) -> Equation:
    plus = tuple(f"{table.name}.{row.key}.{column.key}" for column in row.columns if not column.part_of)
    minus = tuple(f"{table.name}.{row.key}.{column.key}" for column in row.columns if column.part_of)
    return Equation(rule, row.key, plus, minus)


def assess(equation: Equation, values: Mapping[str, int | None]) -> Assessment:
    """Assess an equation over `values`: address to number, None or nothing for a cell that has none."""
    number: Callable[[str], Any] = values.__getitem__
    if values.get(equation.plus[0]) is None:  # mostly a table that is not there: an exception takes longer than the sums
        return _with_gaps(equation, values)
    try:
        left, right = sum(map(number, equation.plus)), sum(map(number, equation.minus))
    except (KeyError, TypeError):
        return _with_gaps(equation, values)
    holds = left == right
    return Assessment(holds, left, right, holds, holds)


def _with_gaps(equation: Equation, values: Mapping[str, int | None]) -> Assessment:
    plus, minus = list(map(values.get, equation.plus)), list(map(values.get, equation.minus))
    left, right = sum(filter(None, plus)), sum(filter(None, minus))
    open_left, open_right = None in plus, None in minus
    fillable = (open_left or left >= right) and (open_right or right >= left)
    return Assessment(None, left, right, left == right, fillable)
