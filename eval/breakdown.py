"""A run by groups of its documents (layout, edition, mess, source) and of its cells (table, reader, trust), and beside what
a user would otherwise run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from eval import positional
from eval.evaluate import DocumentScore
from eval.metrics import Score, summarise
from eval.scoring import OUTCOMES

DOCUMENT_DIMENSIONS = ("layout", "edition", "source", "mess")
CELL_DIMENSIONS = ("table", "reader", "trust")
_RESAMPLES = 400


@dataclass(frozen=True, slots=True)
class Group:
    """Documents that share something; a document with several kinds of mess is in several groups."""

    name: str
    documents: int
    scores: dict[str, Score]
    outcomes: dict[str, int]


def by_documents(documents: Sequence[DocumentScore], dimension: str) -> list[Group]:
    """Groups of documents by one of DOCUMENT_DIMENSIONS, by name."""
    members: dict[str, list[DocumentScore]] = defaultdict(list)
    for document in documents:
        value = getattr(document, dimension)
        for name in value if isinstance(value, tuple) else (value,):
            members[name].append(document)
    return [
        Group(name, len(group), summarise([d.tallies for d in group], resamples=_RESAMPLES), _outcomes(group))
        for name, group in sorted(members.items())
    ]


def _outcomes(documents: Sequence[DocumentScore]) -> dict[str, int]:
    counts = by_cells(documents, "table")
    return {outcome: sum(group[outcome] for group in counts.values()) for outcome in OUTCOMES}


def by_cells(documents: Sequence[DocumentScore], dimension: str) -> dict[str, dict[str, int]]:
    """Outcomes and escapes of the cells of each group, by one of CELL_DIMENSIONS."""
    counts: dict[str, dict[str, int]] = {}
    for document in documents:
        for group, outcomes in document.cells_by.items():
            kind, _, name = group.partition("=")
            if kind == dimension:
                total = counts.setdefault(name, dict.fromkeys((*OUTCOMES, "escapes"), 0))
                for outcome, count in outcomes.items():
                    total[outcome] += count
    return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class Side:
    """One way of reading the dataset: labelled values right, values wrong or fabricated without a mark, speed.
    `open` is what is left: labelled values not read, or marked."""

    name: str
    right: int
    labelled: int
    silently_wrong: int
    per_second: float | None


def side_by_side(reader: str, documents: Sequence[DocumentScore]) -> list[Side]:
    """The reader and the positional regex parse over the documents that both were given."""
    read = [document for document in documents if document.error is None]
    return [
        _side(f"nianbao --reader {reader}", [document.tallies for document in read]),
        _side(positional.NAME, [document.beside for document in read]),
    ]


def _side(name: str, tallies: list[dict[str, tuple[float, float]]]) -> Side:
    scores = summarise(tallies, resamples=0)
    if not scores:
        return Side(name, 0, 0, 0, None)
    right, escapes, seconds = scores["cells_right"], scores["escapes"], scores["seconds"]
    per_second = seconds.of / seconds.number if seconds.number else None
    return Side(name, int(right.number), int(right.of), int(escapes.number), per_second)
