"""The own dataset: nothing wrong, everything that is determined is read, what must be refused is refused with its reason."""

from __future__ import annotations

from collections import Counter

import pytest

from extractor.pipeline import extract_all
from labelled import DATASET, labelled, misplaced, unproven, wrong

DOCUMENTS = labelled(DATASET)
REASONS = {"document.kind", "text.damaged", "structure.table", "structure.attachment", "cell.unplaced"}


def _must_refuse(document) -> bool:
    """Whether nothing at all may be read from a document."""
    return not document.values


def _left_open(document) -> bool:
    """Whether figures are printed that nobody can assign."""
    return bool(document.label.get("unplaced")) or "unplaced" in (document.label.get("states") or {}).values()


@pytest.fixture(scope="module", params=DOCUMENTS, ids=str)
def read(request):
    """A labelled document and what was read from its part."""
    document = request.param
    results = extract_all(document.data, document.path.name)
    return document, results[document.part - 1]


def test_extent():
    """At least thirty documents: all layouts, both editions, most with figures, at least six to be refused or left open."""
    assert len({document.path for document in DOCUMENTS}) >= 30
    layouts = Counter(document.label["layout"] for document in DOCUMENTS)
    assert {"lines", "tab", "pipe", "pipe_lines", "glued", "inline", "before_label", "markdown", "html_grid"} <= set(layouts)
    assert {document.label["edition"] for document in DOCUMENTS} >= {"2019", "2021"}
    assert sum(_must_refuse(document) or _left_open(document) for document in DOCUMENTS) >= 6
    filled = [sum(value != "0" for value in document.values.values()) for document in DOCUMENTS]
    assert sum(count >= 20 for count in filled) > len(DOCUMENTS) / 2
    largest = [max((len(value.split(".")[0]) for value in document.values.values()), default=0) for document in DOCUMENTS]
    assert sum(size >= 4 for size in largest) >= 3
    assert max(largest) >= 7


def test_every_part_is_labelled(read):
    """The file holds as many reports as it has labels."""
    document, result = read
    assert result.document.parts == sum(one.path == document.path for one in DOCUMENTS)
    assert result.document.part == document.part


def test_nothing_is_wrong_or_fabricated(read):
    """No value differs from the label or stands where the label has none, unless the result calls it doubtful."""
    document, result = read
    assert wrong(result, document.values) == []


def test_every_determined_value_is_read(read):
    """Every value that a person read from the text is read, and what is doubtful is right all the same."""
    document, result = read
    assert [address for address in document.values if result.cells[address].value is None] == []
    assert wrong(result, document.values, doubtful=True) == []


def test_states(read):
    """A cell without a value is blank, absent, unplaced … as the label says."""
    document, result = read
    states = document.label.get("states") or {}
    assert {address: result.cells[address].state for address in states} == states


def test_units(read):
    """A unit printed in the cell is kept."""
    document, result = read
    units = document.label.get("units") or {}
    assert {address: result.cells[address].unit for address in units} == units


def test_spans_and_paths(read):
    """Every span proves its words, all addresses are there, the report holds what the cells hold."""
    document, result = read
    assert unproven(result, document.text) == []
    assert misplaced(result) == []


def test_kind_and_refusal(read):
    """The kind is known; where nothing may be read nothing is, and a finding says why."""
    document, result = read
    assert result.document.kind == document.label["kind"]
    if _must_refuse(document):
        assert {cell.value for cell in result.cells.values()} == {None}
        assert {finding.rule for finding in result.findings} & REASONS
    if _left_open(document):
        assert "cell.unplaced" in {finding.rule for finding in result.findings}


def test_open_rows(read):
    """The rows that the label leaves open are the rows that the result leaves open."""
    document, result = read
    assert set(result.unplaced) == set(document.label.get("unplaced") or {})


def test_head(read):
    """Title, agency, year, date and edition are those of the label, in documents that are such a report."""
    document, result = read
    if result.document.kind == "annual_report":
        for what in ("title", "agency", "year", "published", "edition"):
            assert getattr(result.report, what) == document.label[what]
