"""Cells, states, trust, metadata and places are scored as counted by hand."""

from __future__ import annotations

import pytest

from eval.scoring import cell_tallies, metadata, metadata_tallies, score_cells, unproven
from extractor.reading import Cell, Unplaced
from extractor.result import Reference
from handlabelled import label, perfect
from handmade import read, result

ROW = "applications.received"
OPEN = {ROW: Unplaced("12", (0, 2), ((1, 2), (12, None)), 2)}


@pytest.fixture
def scored():
    """A label with every kind of cell, and what a reader made of it: nine cells of note among 200."""
    expected = label(
        {"disclosure.rules.issued": 3, "disclosure.rules.repealed": 4, "disclosure.fees.amount": "8.00"},
        states={
            "disclosure.rules.in_force": "blank",
            "disclosure.licensing.decisions": "not_applicable",
            "disclosure.penalties.decisions": "unreadable",
        },
    )
    cells = {
        "disclosure.rules.issued": read(7),
        "disclosure.rules.repealed": read(5, trust="doubtful"),
        "disclosure.fees.amount": read("8"),
        "disclosure.rules.in_force": read(0),
        "disclosure.licensing.decisions": Cell(None, "not_applicable"),
        "disclosure.penalties.decisions": Cell(None, "blank"),
        "disclosure.compulsion.decisions": Cell(None, "absent"),
        f"{ROW}.total": Cell(None, "unplaced"),
        f"{ROW}.other": read(0, trust="doubtful"),
        "applications.other_undivided.total": read(1),
    }
    return score_cells(expected, result(cells).cells, OPEN)


def test_each_cell_has_its_outcome(scored):
    """A value is right, wrong, left open or omitted where the label has one, and fabricated where it has none."""
    outcomes = {cell.address: cell.outcome for cell in scored}
    assert outcomes["disclosure.rules.issued"] == "wrong"
    assert outcomes["disclosure.fees.amount"] == "correct"
    assert outcomes["disclosure.rules.in_force"] == "fabricated"
    assert outcomes["disclosure.licensing.decisions"] == "right_null"
    assert outcomes["disclosure.compulsion.decisions"] == "omitted"
    assert outcomes[f"{ROW}.total"] == "left_open"
    assert outcomes["applications.other_undivided.total"] == "fabricated"


def test_escapes_are_what_nothing_marks(scored):
    """Wrong and fabricated values count as escapes, but not the one that says it is doubtful."""
    escapes = {cell.address for cell in scored if cell.escape}
    assert escapes == {"disclosure.rules.issued", "disclosure.rules.in_force", "applications.other_undivided.total"}


def test_tallies_are_as_counted_by_hand(scored):
    """197 labelled values and 4 cells without (three by label, one that the reader added) give these figures."""
    tallies = cell_tallies(scored)
    assert tallies["escapes"] == (3, 201)
    assert tallies["cells_right"] == (193, 197)
    assert tallies["yield"] == (192, 197)
    assert tallies["wrong"] == (2, 197)
    assert tallies["fabricated"] == (2, 4)
    assert tallies["omitted"] == (1, 197)
    assert tallies["left_open"] == (1, 197)
    assert tallies["state_accuracy"] == (1, 4)
    assert tallies["review_rate"] == (3, 201)
    assert tallies["documents_without_error"] == (0, 1)


def test_unplaced_row_without_candidates_is_omitted():
    """A value is left open only if the result keeps the candidates of its row."""
    cells = result({f"{ROW}.total": Cell(None, "unplaced")}).cells
    outcomes = {cell.address: cell.outcome for cell in score_cells(label(), cells, {})}
    assert outcomes[f"{ROW}.total"] == "omitted"


def test_doubtful_part_leaves_the_yield_but_not_the_escapes():
    """What the label marks doubtful is no part of the yield; a wrong value there still escapes, a sure one is overclaimed."""
    expected = label(doubtful=["proceedings.reconsideration"])
    cells = {
        "proceedings.reconsideration.upheld": read(9),
        "proceedings.reconsideration.corrected": read(0, trust="doubtful"),
        "proceedings.reconsideration.other": Cell(None, "unplaced"),
    }
    tallies = cell_tallies(score_cells(expected, result(cells).cells))
    assert tallies["yield"] == (195, 195)
    assert tallies["omitted"] == (0, 195)
    assert tallies["escapes"] == (1, 200)
    assert tallies["overclaimed"] == (3, 4)


def test_document_without_error_has_every_state_right():
    """A perfect reading has no error; one blank called absent is one."""
    expected = label(states={"disclosure.rules.issued": "blank"})
    good = perfect(expected)
    assert cell_tallies(score_cells(expected, good.cells))["documents_without_error"] == (1, 1)
    worse = good.cells | {"disclosure.rules.issued": Cell(None, "absent")}
    assert cell_tallies(score_cells(expected, worse))["documents_without_error"] == (0, 1)


def test_metadata_counts_only_what_is_labelled():
    """Of title, year and kind that a label gives, the year is wrong; the agency it leaves out is not scored."""
    expected = label(title="某县水务局2023年政府信息公开工作年度报告", year=2022, kind="annual_report")
    compared = metadata(expected, result())
    assert compared["year"] == (2022, 2023)
    tallies = metadata_tallies({name: compared[name] for name in ("title", "year", "kind")})
    assert tallies["metadata_exact"] == (2, 3)
    assert (tallies["title"], tallies["year"]) == ((1, 1), (0, 1))


def test_place_must_read_as_it_says():
    """A cell whose text is another, and a reference that stands elsewhere, are named; the 198 others prove themselves."""
    cells = {"disclosure.rules.issued": read(7)}
    reference = Reference(raw="30号", normalized=None, state="malformed", span=(1, 4))
    bad, places = unproven(result(cells, references=(reference,)), "0" * 10)
    assert (bad, places) == (["disclosure.rules.issued", "reference 0"], 201)
