"""The files of the own dataset that are no text: Word, PDF, Excel and ZIP, each the twin of a labelled text or damaged by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from extractor.pipeline import extract_with_text
from labelled import DATASET, labelled, misplaced, unproven, wrong

OFFICE = (".doc", ".wps", ".rtf", ".odt", ".xls", ".ods")
DOCUMENTS = labelled(DATASET, suffixes=(".docx", ".pdf", ".xlsx", ".zip"))


@pytest.fixture(scope="module", params=DOCUMENTS, ids=str)
def read(request):
    """A document with its canonical text and the one report in it."""
    document = request.param
    text, (result,) = extract_with_text(document.data, document.path.name)
    return document, text, result


def test_extent():
    """At least thirty files over all types, and at least six that were damaged by hand."""
    everything = DOCUMENTS + labelled(DATASET, suffixes=OFFICE)
    types = Counter(document.path.suffix for document in everything)
    assert types[".docx"] >= 8
    assert types[".pdf"] >= 10
    assert types[".xlsx"] >= 5
    assert types[".zip"] >= 1
    assert sum(types[suffix] for suffix in OFFICE) >= 6
    assert sum("hand_damaged" in document.label["mess"] for document in everything) >= 6
    assert all(document.path.stat().st_size < 120_000 for document in everything)


def test_nothing_is_wrong_or_fabricated(read):
    """No value differs from the label or stands where the label has none, not even a doubtful one."""
    document, _, result = read
    assert wrong(result, document.values, doubtful=True) == []


def test_spans_and_paths(read):
    """Every span proves its words, all addresses are there, the report holds what the cells hold."""
    _, text, result = read
    assert unproven(result, text) == []
    assert misplaced(result) == []


def test_head(read):
    """Title, agency, year, date and edition are those of the twin."""
    document, _, result = read
    for what in ("title", "agency", "year", "published", "edition"):
        assert getattr(result.report, what) == document.label[what]


def test_every_cell_is_read(read):
    """Every value is read, and every cell without one has the state of the label, in PDF without ruled lines as well."""
    document, _, result = read
    states = document.label["states"]
    assert [address for address in document.values if result.cells[address].value is None] == []
    assert {address: result.cells[address].state for address in states} == states
