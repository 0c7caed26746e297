"""The labelled real reports: every cell as a person read it, every span proves its words."""

from __future__ import annotations

import pytest

from extractor.pipeline import extract_all
from labelled import labelled, misplaced, unproven, wrong


@pytest.fixture(scope="session")
def read_reports(reports_folder):
    """(labelled text, its results) of every text with labels in the folder."""
    return [(document, extract_all(document.data, document.path.name)) for document in labelled(reports_folder)]


def test_there_are_five(read_reports):
    """The five labelled texts are there, and each holds one report."""
    assert len(read_reports) == 5
    assert [len(results) for _, results in read_reports] == [1] * 5


def test_every_cell_is_the_label(read_reports):
    """Every cell has the value and the state that a person read; none is wrong, none is left out, none is doubtful."""
    for document, (result,) in read_reports:
        assert wrong(result, document.values, doubtful=True) == []
        states = {address: document.label["states"].get(address, "read") for address in document.label["cells"]}
        assert {address: cell.state for address, cell in result.cells.items()} == states
        assert {cell.trust for cell in result.cells.values()} <= {"proven", "located", None}


def test_every_span_proves_its_words(read_reports):
    """The text between the ends of every span is what the result says is printed there."""
    for document, (result,) in read_reports:
        assert unproven(result, document.text) == []


def test_the_report_holds_what_the_cells_hold(read_reports):
    """All addresses of the form are there, and the report has the value of each cell at its path."""
    for _, (result,) in read_reports:
        assert misplaced(result) == []


def test_open_rows_are_kept_with_their_values(read_reports):
    """The rows whose columns nobody can know are named, each with the values that are printed in it."""
    for document, (result,) in read_reports:
        expected = document.label.get("unplaced") or {}
        assert set(result.unplaced) == set(expected)
        for row, printed in expected.items():
            assert [int(number) for number in result.unplaced[row].raw.split()] == printed


@pytest.mark.parametrize("what", ["title", "agency", "year", "published", "edition"])
def test_head_of_the_report(read_reports, what):
    """Title, agency, year and date are those of the label."""
    for document, (result,) in read_reports:
        assert getattr(result.report, what) == document.label[what], document
