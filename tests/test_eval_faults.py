"""Readers that are bad in one way score badly in the measure that names it, and in no other of the four."""

from __future__ import annotations

import pytest

from conftest import ROOT
from eval.faults import fault_tallies
from eval.labels import load
from eval.metrics import summarise
from eval.scoring import cell_tallies, score_cells
from handlabelled import all_zeros, label, next_row, one_column_on, perfect, repaired_sums
from handmade import read, result

FAULTS = ("figures_found", "column_assignment", "row_assignment", "misprints_as_printed")
READERS = {
    "figures_found": all_zeros,
    "column_assignment": one_column_on,
    "row_assignment": next_row,
    "misprints_as_printed": repaired_sums,
}


@pytest.fixture(scope="module")
def labels():
    return [item.label for item in load(ROOT / "eval" / "dataset")]


def _scores(labels, reader):
    tallies = []
    for one in labels:
        read_ = reader(perfect(one))
        scored = score_cells(one, read_.cells, read_.unplaced)
        tallies.append(cell_tallies(scored) | fault_tallies(one, scored))
    return summarise(tallies, resamples=0)


def test_perfect_reader_has_none_of_the_faults(labels):
    """What reads as the labels say has no escape, full yield, and all four measures at one."""
    scores = _scores(labels, lambda one: one)
    assert scores["escapes"].number == 0
    assert scores["yield"].rate == 1
    assert [scores[name].rate for name in FAULTS] == [1, 1, 1, 1]
    assert scores["misprints_as_printed"].of >= 5


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_reader_is_named_by_its_measure_alone(labels, fault):
    """Over the whole dataset the measure of the fault falls below 5 %, the three others stay above 95 % or see nothing."""
    scores = _scores(labels, READERS[fault])
    assert scores[fault].of > 0
    assert scores[fault].rate < 0.05
    others = [scores[name].rate for name in FAULTS if name != fault]
    assert all(rate is None or rate > 0.95 for rate in others)
    assert scores["escapes"].number > 0


def test_row_under_a_neighbour_is_counted_by_hand():
    """Two rows with figures of their own change places, a third stays: one of three is under its label."""
    cells = {"applications.granted.total": 5, "applications.granted_in_part.total": 7, "applications.concluded.total": 12}
    read_ = result(
        {
            "applications.granted.total": read(7),
            "applications.granted_in_part.total": read(5),
            "applications.concluded.total": read(12),
        }
    )
    expected = label(cells)
    tallies = fault_tallies(expected, score_cells(expected, read_.cells))
    assert tallies["row_assignment"] == (1, 3)
    assert tallies["figures_found"] == (3, 3)


@pytest.mark.parametrize(("total", "kept"), [(6, 1), (5, 0), (7, 1)])
def test_repaired_total_is_counted_by_hand(total, kept):
    """A document prints 2 + 3 = 6: read as 5 its sum is repaired; read as 7 it is wrong, but not repaired."""
    cells = {f"proceedings.reconsideration.{column}": n for column, n in (("upheld", 2), ("corrected", 3), ("total", 6))}
    expected = label(cells)
    given = {address: read(n) for address, n in cells.items()} | {"proceedings.reconsideration.total": read(total)}
    tallies = fault_tallies(expected, score_cells(expected, result(given).cells))
    assert tallies["misprints_as_printed"] == (kept, 1)


def test_row_read_beside_itself_is_counted_by_hand():
    """Of two rows with figures one is read a column further right; the rows of zeros tell nothing."""
    cells = {"applications.granted.natural_person": 5, "applications.concluded.natural_person": 7}
    given = {
        "applications.granted.natural_person": read(0),
        "applications.granted.enterprise": read(5),
        "applications.concluded.natural_person": read(7),
    }
    expected = label(cells)
    tallies = fault_tallies(expected, score_cells(expected, result(given).cells))
    assert tallies["column_assignment"] == (1, 2)
