"""Equations with blanks, cells without a number, rows left open, and the table printed twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checked import SHOWN, found, read, right, subject_of
from extractor.equations import assess, equations
from extractor.explain import Component
from extractor.reading import Cell, Reading, Unplaced
from extractor.result import ExplainedCell, Explanation
from extractor.validate import check_report
from extractor.validate.tables import RULES, _blocks

EQUATIONS = ("balance.applications", "sum.outcomes", "sum.applicants", "sum.proceedings")


def _broken(changes, **options):
    return [one for one in read(right(changes=changes), **options).findings if one.rule in EQUATIONS]


def _explained(one) -> list[tuple[str, dict]]:
    return [(e.kind, {cell.cell: (cell.printed, cell.fits) for cell in e.cells}) for e in one.explanations]


def test_a_blank_that_must_hold_a_number():
    """A blank outcome whose column and row both lack 6: one warning, explained by filling it; nothing is changed."""
    address = "applications.granted_in_part.enterprise"
    (one,) = _broken({address: " "})
    assert (one.rule, one.severity, one.cause, one.difference) == ("sum.applicants", "warning", "report", "6")
    assert _explained(one) == [("blank_cell", {address: (None, 6)})]
    assert one.explanations[0].unique
    assert one.formula == "6 = □"
    assert "空白按0计时不成立" in one.message
    assert one.message.startswith("（二）部分公开")
    assert "“□”改为“6”" in one.message


def test_a_blank_that_can_be_zero_breaks_nothing():
    """With 0 in the blank everything holds: only the blank itself is told."""
    address = "applications.granted.enterprise"
    assert SHOWN[address] == "0"
    assert _broken({address: " "}) == []
    assert [one.cells for one in found(right(changes={address: " "}), "cell.blank")] == [(address,)]


def test_totals_left_blank_are_one_finding():
    """Every outcome's total blank is one problem of one rule, filled row by row."""
    rows = ("granted", "granted_in_part", "refused_third_party", "refused_enforcement_file", "rejected_publication")
    blanks = {f"applications.{row}.total": " " for row in rows}
    (one,) = _broken(blanks)
    assert (one.rule, one.severity) == ("sum.applicants", "warning")
    ((kind, cells),) = _explained(one)
    assert kind == "blank_cell"
    assert cells == {f"applications.{row}.total": (None, int(SHOWN[f"applications.{row}.total"])) for row in rows}
    assert "（共5格）" in one.message
    assert set(blanks) <= set(one.cells)


def _filled(cell: str, *, unique: bool = True, others: int = 0) -> Component:
    """A component of one row that filling `cell` explains, and `others` that other cells do."""
    row = cell.split(".")[1]
    equation = next(e for e in equations("2021") if e.rule == "sum.applicants" and e.at == row)
    cells = [cell, *(f"applications.{row}.other",) * others]
    return Component(
        (equation,),
        tuple(
            Explanation(kind="blank_cell", cells=(ExplainedCell(cell=one, printed=None, fits=5),), unique=unique)
            for one in cells
        ),
    )


def test_blanks_of_a_column_are_one_finding():
    """Rows that have nothing to do with each other: the blanks of one column are one question, those of another their own,
    and what has other explanations stays as it is."""
    first, second = _filled("applications.granted.total"), _filled("applications.rejected_repeated.total")
    elsewhere = _filled("applications.granted_in_part.research")
    unsure = [_filled("applications.carried_in.total", unique=False), _filled("applications.received.total", others=1)]
    unexplained = [Component((equations("2021")[0],), ()), Component((equations("2021")[1],), ())]
    together, *others = _blocks([first, elsewhere, second, *unsure, *unexplained])
    assert others == [elsewhere, *unsure, *unexplained]
    assert together.equations == first.equations + second.equations
    (explanation,) = together.explanations
    assert (explanation.kind, explanation.unique) == ("blank_cell", True)
    assert [cell.cell for cell in explanation.cells] == ["applications.granted.total", "applications.rejected_repeated.total"]


def test_a_blank_that_nothing_fills_is_an_error_and_explained():
    """More parts than the total: no number in the blank mends it, so it is an error, with what would mend it."""
    (one,) = _broken({"applications.granted.enterprise": " ", "applications.granted.total": "2"})
    assert (one.severity, one.rule) == ("error", "sum.applicants")
    assert "空白" not in one.message
    assert _explained(one)[0] == ("stale_total", {"applications.granted.total": (2, 6)})


def test_a_wrong_cell_and_a_blank_elsewhere_are_two_findings():
    """An error and a question that have nothing to do with each other."""
    wrong, blank = "applications.granted.total", "proceedings.reconsideration.total"
    error, question = _broken({wrong: "9", blank: " "})
    assert (error.severity, error.rule, question.severity, question.rule) == (
        "error",
        "sum.applicants",
        "warning",
        "sum.proceedings",
    )
    assert question.formula == "□ = 8"
    assert "行政复议" in question.message


def test_rows_that_lack_and_cannot_be_made_up_are_an_error():
    """A sum of fewer rows than there are that is too great already is violated whatever the missing row says."""
    text = right(changes={"applications.concluded.total": "20"})
    row = next(line for line in text.split("\n") if line.startswith("2.重复申请"))
    broken = [one for one in read(text.replace(row + "\n", "")).findings if one.rule == "sum.outcomes"]
    assert [one.severity for one in broken] == ["error"]


def test_a_missing_row_that_may_make_it_up_is_no_violation():
    """A sum that lacks a row may hold with it."""
    text = right(changes={})
    row = next(line for line in text.split("\n") if line.startswith("3.要求提供公开出版物"))
    assert [one for one in read(text.replace(row + "\n", "")).findings if one.rule in EQUATIONS] == []


def test_formula_leaves_zeros_out_and_spans_the_row():
    """A formula has what is printed but for zeros, the whole side if all are zeros; a row's finding spans the row."""
    (one,) = _broken({"applications.granted.total": "0"})
    assert one.formula == "0 = 4 + 1 + 1"
    assert (one.expected, one.actual, one.difference) == ("6", "0", "6")
    assert one.raw.split() == ["0", "0", "4", "1", "0", "1", "0"]
    column = {"applications.concluded.other": "4", "applications.concluded.total": "301"}
    (whole,) = [one for one in _broken(column) if one.rule != "sum.applicants"]
    assert whole.span is None


@pytest.mark.parametrize(
    ("trust", "readings", "cause"),
    [
        ("located", None, "report"),
        ("doubtful", None, "undetermined"),
        ("doubtful", (Reading("rules", 9, span=(1, 2)), Reading("model", 6, span=(1, 2))), "reading"),
        ("located", (Reading("rules", 9, span=(1, 2)), Reading("model", 9, span=(1, 2))), "report"),
    ],
)
def test_whose_error_a_broken_sum_is(trust, readings, cause):
    """The report's where the cells are sure, ours where readers differ, otherwise open."""
    subject = subject_of(right(changes={"applications.granted.total": "9"}))
    address = "applications.granted.total"
    cells = subject.cells | {address: replace(subject.cells[address], trust=trust, readings=readings)}
    findings = check_report(replace(subject, cells=cells), "zh", RULES)
    assert {one.cause for one in findings if address in one.cells and one.rule in EQUATIONS} == {cause}


@pytest.mark.parametrize(
    ("address", "printed", "count"),
    [
        ("applications.granted.other", "-1", 1), ("disclosure.fees.amount", "-1.50", 1), ("disclosure.fees.amount", "0", 0),
        ("applications.granted.other", "0", 0),
    ],
)  # fmt: skip
def test_negative_numbers(address, printed, count):
    """Counts and amounts are not below zero."""
    findings = found(right(changes={address: printed}), "value.domain")
    assert len(findings) == count
    assert all(one.cells == (address,) and one.raw == printed for one in findings)


def _blank(*addresses: str):
    subject = subject_of(right())
    cells = subject.cells | dict.fromkeys(addresses, Cell(None, "blank"))
    (rule,) = [rule for rule in RULES if rule.id == "cell.blank"]
    return list(rule.check(replace(subject, cells=cells)))


@pytest.mark.parametrize(
    ("rows", "blocks"),
    [
        (["received", "carried_in"], 1),
        (["received", "granted"], 2),
        (["carried_forward"], 1),
        (["received", "carried_in", "granted", "granted_in_part", "carried_forward"], 2),
        (["received", "granted", "refused_state_secret"], 3),
    ],
)
def test_blocks_of_neighbouring_rows(rows, blocks):
    """Blanks of neighbouring rows are one finding, with the cells they are about."""
    addresses = [f"applications.{row}.other" for row in rows]
    findings = _blank(*addresses)
    assert len(findings) == blocks
    assert [cell for one in findings for cell in one.cells] == addresses
    for one in findings:
        assert one.parameters["count"] == len(one.cells)
        assert ("…" in one.parameters["at"]) is (len(one.cells) > 1)


def test_blocks_end_with_their_table():
    """Blanks at the end of one table and the beginning of the next are two findings; two in a row are one."""
    assert len(_blank("disclosure.fees.amount", "applications.received.natural_person")) == 2
    (one,) = _blank("applications.received.natural_person", "applications.received.total")
    assert (one.parameters["count"], one.parameters["at"]) == (2, "一、本年新收政府信息公开申请数量")


def _unplaced(rows: dict[str, str], copy="extracted"):
    subject = subject_of(right(), copy=copy)
    open_rows = {f"applications.{row}": Unplaced(raw, (0, len(raw)), ((1,) * 7,), 7) for row, raw in rows.items()}
    (rule,) = [rule for rule in RULES if rule.id == "cell.unplaced"]
    return list(rule.check(replace(subject, unplaced=open_rows)))


@pytest.mark.parametrize(
    ("rows", "copy", "cause"),
    [
        ({"received": "1 2"}, "extracted", "undetermined"),
        ({"received": "12"}, "extracted", "copy"),
        ({"received": "1 2", "granted": "3 4"}, "web", "copy"),
        ({"received": "1 2"}, "original", "reading"),
    ],
)
def test_whose_fault_an_open_row_is(rows, copy, cause):
    """A copy loses cells of many rows and separators; one row with a number too few may be the agency's; an original shows
    its columns, so that we are short of them."""
    (one,) = _unplaced(rows, copy)
    assert (one.cause, one.severity, one.parameters["count"]) == (cause, "warning", len(rows))
    assert all(cell.startswith("applications.") for cell in one.cells)
    assert len(one.cells) == 7 * len(rows)
    labels = {"received": "一、本年新收政府信息公开申请数量", "granted": "（一）予以公开"}
    assert one.parameters["at"] == " … ".join(labels[row] for row in rows)


@pytest.mark.parametrize(
    ("issued", "repealed", "in_force", "told"),
    [
        ("3", "0", "3", False),
        ("3", "1", "2", False),
        ("3", "1", "1", True),
        ("3", "0", "0", True),
        ("3", "0", " ", False),
        ("0", "0", "0", False),
    ],
)
def test_documents_issued_and_in_force(issued, repealed, in_force, told):
    """What was issued is in force at the end of the year or repealed: otherwise a question with all three cells."""
    key = "disclosure.normative_documents"
    changes = {f"{key}.issued": issued, f"{key}.repealed": repealed, f"{key}.in_force": in_force}
    findings = found(right(changes=changes), "stock.documents")
    assert len(findings) == told
    for one in findings:
        assert (one.severity, one.cause) == ("warning", "undetermined")
        assert set(one.cells) == set(changes)
        assert (one.actual, one.expected) == (issued, str(int(in_force) + int(repealed)))
        assert int(one.difference) == int(one.actual) - int(one.expected)
        assert one.formula == f"{in_force} + {repealed} = {one.expected}"
        assert one.raw.split() == [issued, repealed, in_force]


def test_doubtful_documents_are_not_counted():
    """A number whose place is not sure asks nothing."""
    subject = subject_of(right(changes={"disclosure.normative_documents.in_force": "0"}))
    address = "disclosure.normative_documents.in_force"
    (rule,) = [rule for rule in RULES if rule.id == "stock.documents"]
    assert len(list(rule.check(subject))) == 1
    cells = subject.cells | {address: replace(subject.cells[address], trust="doubtful")}
    assert list(rule.check(replace(subject, cells=cells))) == []


def test_tables_that_differ_are_named_once():
    """Cells that two printings give different numbers are one finding with both."""
    subject = subject_of(right())
    address, other = "applications.granted.total", "applications.granted.other"
    copy = replace(subject.cells[address], readings=(Reading("rules", 6, raw="6"), Reading("copy", 8, raw="8")))
    (rule,) = [rule for rule in RULES if rule.id == "structure.duplicate"]
    differing = replace(subject, cells=subject.cells | {address: copy}, differing=(address, other, address))
    (one,) = rule.check(differing)
    assert one.cells == (address, other)
    assert one.parameters == {"at": "（一）予以公开·总计", "count": 2, "other": "8"}
    assert (one.raw, one.span) == (copy.raw, copy.span)
    assert list(rule.check(subject)) == []


def test_equations_are_assessed_over_printed_numbers_only():
    """What the tests take for granted: a gap is no zero."""
    subject = subject_of(right(changes={"applications.granted.enterprise": " "}))
    gaps = [e for e, a in subject.assessed if a.holds is None]
    assert {e.rule for e in gaps} == {"sum.outcomes", "sum.applicants"}
    assert assess(gaps[0], {}).holds is None
    assert Cell(None, "blank") in subject.cells.values() or any(c.state == "blank" for c in subject.cells.values())
