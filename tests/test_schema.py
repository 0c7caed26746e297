"""The descriptor of the tables: its size, its addresses, and that everything else follows from it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Annotated

import pytest

from consistent import figures, report
from extractor.equations import equations, summed_rows
from extractor.pipeline import extract_all
from extractor.result import Report
from extractor.schema import EDITIONS, FORMS, Applicants, Applications2021, Row, Table, _table


@pytest.mark.parametrize(
    ("edition", "undivided", "size"), [("2021", False, 200), ("2021", True, 207), ("2019", False, 198), ("2019", True, 198)]
)
def test_number_of_addresses(edition, undivided, size):
    """As many addresses as the contract says, none twice."""
    addresses = FORMS[edition].addresses(undivided)
    assert len(addresses) == len(set(addresses)) == size


def test_equations_of_2021():
    """39 equations over 175 cells: two for each of seven columns, one for each of 25 rows; and one for each block of five."""
    found = equations("2021")
    of_applications = [equation for equation in found if equation.rule != "sum.proceedings"]
    assert len(of_applications) == 39
    assert len({address for equation in of_applications for address in equation.addresses}) == 175
    assert len(found) - 39 == 3


@pytest.mark.parametrize("edition", EDITIONS)
def test_rows_stand_in_printed_order(edition):
    """The rows of the applications begin with what was received and end with total and what is carried forward."""
    keys = [row.key for row in FORMS[edition].applications.rows]
    assert keys[:3] == ["received", "carried_in", "granted"]
    assert keys[-2:] == ["concluded", "carried_forward"]
    assert keys.index("rejected_confirmation") < keys.index("other_undivided") < keys.index("concluded")


def test_every_row_is_found_by_its_own_label():
    """Each row has an anchor that stands in its printed label, and no anchor is that of two rows of one table."""
    for form in FORMS.values():
        for table in form.tables:
            for row in table.rows:
                assert any(anchor in row.label for anchor in row.anchors), row.key
            anchors = [anchor for row in table.rows for anchor in row.anchors]
            assert len(anchors) == len(set(anchors))


def test_tables_of_a_report_are_those_of_its_edition():
    """The editions share names of fields; the edition decides which model is meant, also when reading JSON back."""
    old = Report.model_validate({"edition": "2019", "disclosure": {"licensing": {"change": -3}}, "applications": {}})
    assert old.disclosure.licensing.change == -3
    assert Report.model_validate_json(old.model_dump_json()) == old
    assert not hasattr(old.applications, "other_no_correction")


class _WithTrial(Applications2021):
    refused_trial: Annotated[
        Applicants, Row("属于审判执行信息", ("审判执行信息",), number="9.", group="（三）不予公开", part_of="concluded")
    ] = Applicants()


@pytest.fixture
def with_a_new_row(monkeypatch):
    """The 2021 form with one more outcome, as if it had been declared after 8.属于行政查询事项."""
    *rows, new = _table("applications", _WithTrial).rows
    order = [row.key for row in FORMS["2021"].applications.rows]
    rows.sort(key=lambda row: order.index(row.key))
    rows.insert(order.index("refused_administrative_query") + 1, new)
    form = replace(FORMS["2021"], applications=Table("applications", _WithTrial, tuple(rows)))
    monkeypatch.setitem(FORMS, "2021", form)
    _forget()
    yield form
    _forget()


def _forget():
    """What was made of the forms by their edition."""
    equations.cache_clear()
    summed_rows.cache_clear()


def test_a_new_row_has_addresses_and_equations(with_a_new_row):
    """A row that is declared in the model has addresses, belongs to 总计 and has a sum of its own."""
    assert len(with_a_new_row.addresses()) == 207
    total = "applications.refused_trial.total"
    assert {equation.rule for equation in equations("2021") if total in equation.addresses} == {
        "sum.outcomes",
        "sum.applicants",
    }
    assert len(equations("2021")) == 43


@pytest.mark.parametrize("between", ["", "\n", "\t", " "], ids=["glued", "lines", "tabs", "blanks"])
def test_a_new_row_is_read(with_a_new_row, between):
    """Nothing but the declaration is needed to read the row and to prove its cells, in any layout."""
    shown = figures(Random(3), "2021", 90)
    addresses = [address for address in with_a_new_row.addresses() if address.startswith("applications.")]
    (result,) = extract_all(report("2021", shown, between).encode(), "a.txt")
    assert {a: str(result.cells[a].value) for a in addresses} == {a: shown[a] for a in addresses}
    assert {result.cells[a].trust for a in addresses} == {"proven"}
    assert result.report.applications.refused_trial.total == int(shown["applications.refused_trial.total"])
