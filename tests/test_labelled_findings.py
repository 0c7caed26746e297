"""Findings against the faults that people labelled, in the text documents of the dataset and in the real reports."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from eval.labels import Anomaly, Item, Places, load
from eval.matching import Pointing, same_fault, score_prose
from extractor.pipeline import extract_with_text
from extractor.result import Finding, Result
from labelled import DATASET

GRAVE = ("error", "warning")
OTHER_CAUSE = {("b25_kuiyang_veterans_glued_misprint", "cell.unplaced")}
"""A row that a misprint and lost separators leave open together, in one finding with rows that only the latter do."""


@cache
def _read(path: Path) -> tuple[str, tuple[Result, ...]]:
    return extract_with_text(path.read_bytes(), path.name)


def _items(folder: Path) -> list[Item]:
    return [item for item in load(folder) if item.path.suffix in (".txt", ".md", ".html") and item.label.anomalies is not None]


@pytest.fixture(params=["dataset", "real"], scope="module")
def items(request) -> list[Item]:
    """The labelled text documents."""
    return _items(DATASET if request.param == "dataset" else request.getfixturevalue("reports_folder"))


def _faults(item: Item) -> Iterator[tuple[Anomaly, list[Finding]]]:
    """Each grave fault of a label, with the findings that report it."""
    text, results = _read(item.path)
    result = results[item.label.part - 1]
    pointing, places = Pointing(result), Places(text)
    for anomaly in item.label.anomalies or ():
        if not anomaly.remark and anomaly.severity in GRAVE:
            yield anomaly, [finding for finding in result.findings if same_fault(anomaly, finding, pointing, places)]


def test_every_grave_fault_is_found_as_grave_and_with_its_cause(items):
    """A labelled error or warning is a finding of that severity, and it says whose error it is as the label does."""
    count = 0
    for item in items:
        for anomaly, found in _faults(item):
            count += 1
            assert anomaly.severity in {finding.severity for finding in found}, (item.key, anomaly)
            if (item.key, anomaly.rule) not in OTHER_CAUSE:
                assert anomaly.cause in {finding.cause for finding in found}, (item.key, anomaly)
    assert count >= 10


def test_nothing_grave_is_found_that_is_no_fault(items):
    """No error and no warning about a document without a label for it, and no trap is reported."""
    for item in items:
        text, results = _read(item.path)
        prose = score_prose(item.label, results[item.label.part - 1], Places(text))
        assert prose.surplus_findings == (), item.key
        assert prose.traps_hit == (), item.key


def test_blanks_in_a_whole_table_are_one_finding(items):
    """Neighbouring blanks are one finding: the report with 133 of them has one of rule cell.blank a table."""
    most = 0
    for item in items:
        found = [one for one in _read(item.path)[1][item.label.part - 1].findings if one.rule == "cell.blank"]
        most = max(most, *(len(one.cells) for one in found), 0)
        assert len({one.cells for one in found}) == len(found) <= 8, item.key
    assert most > 50
