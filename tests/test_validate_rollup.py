"""A summary report against the reports of its bodies."""

from __future__ import annotations

import pytest

from extractor import check
from extractor.reading import Cell
from extractor.validate import check_rollup, rollup
from extractor.validate.rollup import RollupRule, implied_groups
from handmade import read, result

TOTAL = "applications.received.total"


def _of(agency: str, value: int | None, name: str = "", **more):
    """A report with one number; None is a blank."""
    cell = Cell(None, "blank") if value is None else read(value)
    return result({TOTAL: cell}, agency=agency, name=name or f"{agency}.txt", **more)


PARTS = [_of("某县水务局", 3), _of("某县教育局", 4)]


@pytest.mark.parametrize(("stated", "complete", "severity"), [
    (7, True, None), (6, True, "warning"), (8, True, "warning"),
    (7, False, None), (6, False, "info"), (8, False, None),
])  # fmt: skip
def test_parent_is_the_sum_of_its_members(stated, complete, severity):
    """Of a complete list any difference is a question; of an incomplete one only less than its members have."""
    found = check_rollup(_of("某县人民政府", stated), PARTS, "zh", complete=complete)
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    for one in found:
        assert (one.rule, one.cause, one.cells) == ("rollup.sum", "undetermined", (TOTAL,))
        assert (one.expected, one.actual, one.difference) == ("7", str(stated), str(abs(7 - stated)))
        assert [place.document for place in one.elsewhere] == ["某县水务局.txt", "某县教育局.txt"]
        assert "2份" in one.message
        assert ("小于" in one.message) is (not complete)


def test_unknown_numbers_are_not_added():
    """A blank or doubtful number of a member leaves the cell out of a complete list, and counts as nothing in another."""
    for part in (_of("某县教育局", None), result({TOTAL: read(9, trust="doubtful")}, agency="某县教育局")):
        assert check_rollup(_of("某县人民政府", 1), [PARTS[0], part], "zh") == ()
        (one,) = check_rollup(_of("某县人民政府", 1), [PARTS[0], part], "zh", complete=False)
        assert (one.expected, len(one.elsewhere)) == ("3", 1)
    assert check_rollup(_of("某县人民政府", None), PARTS, "zh") == ()


def test_differences_of_a_table_are_one_finding():
    """All cells of a table that differ are one finding, whose words name the first of them."""
    addresses = [f"applications.granted.{c}" for c in ("natural_person", "enterprise", "research", "other", "total")]
    whole = result(
        {address: read(5) for address in addresses} | {"proceedings.reconsideration.total": read(1)}, agency="某县人民政府"
    )
    applications, proceedings = check_rollup(whole, PARTS[:1], "en")
    assert set(addresses) <= set(applications.cells)
    assert TOTAL in applications.cells
    assert "（6）" in applications.message
    assert proceedings.cells == ("proceedings.reconsideration.total",)
    assert "5≠0" in applications.message


def test_nothing_is_compared_that_cannot_be():
    """Not without members, nor with a report of another year or form, or one that is no annual report."""
    whole = _of("某县人民政府", 1)
    assert check_rollup(whole, [], "zh") == ()
    for part in (_of("某县水务局", 3, year=2022), _of("某县水务局", 3, edition="2019"), _of("某县水务局", 3, kind="other")):
        assert check_rollup(whole, [part], "zh") == ()
    assert check_rollup(_of("某县人民政府", 1, kind="other"), [_of("某县水务局", 3, kind="other")], "zh") == ()
    assert check_rollup(_of("某县人民政府", 1, year=None), [_of("某县水务局", 3, year=None)], "zh") == ()


def test_amounts_and_changes_are_not_added():
    """Fees have units of their own, changes and items of last year overlap."""
    changes = {"disclosure.licensing.change": read(9), "disclosure.licensing.previous_items": read(9)}
    whole = result(changes | {"disclosure.procurement.amount": read("9.00")}, edition="2019", agency="某县人民政府")
    assert check_rollup(whole, [result(edition="2019", agency="某县水务局")], "zh") == ()


@pytest.mark.parametrize(
    ("agencies", "groups"),
    [
        (["某县人民政府", "某县水务局", "某县教育局"], [(0, (1, 2))]),
        (["某县水务局", "某县政府"], [(1, (0,))]),
        (["某市人民政府", "某市某区水务局", "某市水务局"], [(0, (2,))]),
        (["某市人民政府", "某市某区人民政府"], []),
        (["某县人民政府", "别县水务局"], []),
        (["某县人民政府", "某县城关镇人民政府"], []),
        (["某县水务局", "某县教育局"], []),
        ([None, "某县人民政府"], []),
    ],
)
def test_groups_that_names_make_sure(agencies, groups):
    """A government's own bodies are those that its place begins; bodies of a lower place belong to that."""
    assert list(implied_groups([_of(agency, 1, str(n)) for n, agency in enumerate(agencies)])) == groups


def test_groups_are_of_one_year_and_of_annual_reports():
    """Reports of another year and other documents belong to no group; of two reports of one body the last counts."""
    whole = _of("某县人民政府", 1)
    assert list(implied_groups([whole, _of("某县水务局", 1, year=2022), _of("某县水务局", 1, kind="other")])) == []
    assert list(implied_groups([_of("某县人民政府", 1, kind="other"), _of("某县水务局", 1)])) == []
    assert list(implied_groups([whole, _of("某县水务局", 1), _of("某县水务局", 2)])) == [(0, (2,))]


def test_reports_given_together_are_compared():
    """`check` notes a government that has less than its bodies, with the government's report, and nothing otherwise."""
    whole, one, other = check([_of("某县人民政府", 6), *PARTS])
    assert [finding.rule for finding in whole.findings] == ["rollup.sum"]
    assert one.findings == other.findings == ()
    assert check([_of("某县人民政府", 9), *PARTS])[0].findings == ()


def test_a_crashing_rule_becomes_a_finding(monkeypatch):
    """A rule that raises is reported as such."""

    def crash(whole, parts, complete):
        raise ZeroDivisionError

    words = ("甲", "a"), ("乙", "b"), ("丙", "c")
    monkeypatch.setattr(rollup, "RULES", (RollupRule("rollup.sum", "warning", *words, crash), *rollup.RULES))
    crashed, spoken = check_rollup(_of("某县人民政府", 6), PARTS, "en")
    assert (crashed.rule, spoken.rule) == ("reading.disagreement", "rollup.sum")
