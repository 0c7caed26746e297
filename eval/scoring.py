"""Scores one result against one label, cell by cell. Pure: no files, no clock.

Every measure of a document is a pair (number, out of how many); a measure of many documents is the quotient of the sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from eval.labels import Label, below
from extractor.reading import Cell, State, Trust, Unplaced
from extractor.result import Result

Tally = tuple[float, float]
Outcome = Literal["correct", "wrong", "omitted", "left_open", "fabricated", "right_null"]
OUTCOMES: tuple[Outcome, ...] = ("correct", "right_null", "left_open", "omitted", "wrong", "fabricated")
METADATA = ("title", "agency", "year", "published", "edition", "kind")
REVIEWED: tuple[State, ...] = ("unplaced", "unreadable")


@dataclass(frozen=True, slots=True)
class ScoredCell:
    """What became of one labelled cell, or of one that the result adds (then `expected_state` is "absent").

    `left_open` is a value that stands in the label and is open in the result with its candidates; `omitted` is one of which
    the result says nothing. `determined` is false where the label says that the text leaves doubt.
    """

    address: str
    outcome: Outcome
    expected: Decimal | None
    value: Decimal | None
    expected_state: State
    state: State
    trust: Trust | None
    reader: str | None
    determined: bool

    @property
    def escape(self) -> bool:
        """A number that is not in the document there, and that nothing marks."""
        return self.outcome in {"wrong", "fabricated"} and self.trust != "doubtful"

    @property
    def right(self) -> bool:
        """Value and state as labelled; where the text leaves doubt, an open cell is right too."""
        if not self.determined and self.outcome in {"left_open", "omitted"}:
            return True
        return self.outcome in {"correct", "right_null"} and self.state == self.expected_state

    @property
    def table(self) -> str:
        return self.address.partition(".")[0]


def score_cells(label: Label, cells: Mapping[str, Cell], unplaced: Mapping[str, Unplaced] | None = None) -> list[ScoredCell]:
    """One ScoredCell for every labelled address, and one for every value at an address the label does not have."""
    open_rows = [row for row, values in (unplaced or {}).items() if values.candidates]
    added = [address for address, cell in cells.items() if address not in label.cells and cell.value is not None]
    scored = []
    for address in [*label.cells, *added]:
        cell = cells.get(address)
        expected = label.cells.get(address)
        value = None if cell is None or cell.value is None else Decimal(cell.value)
        state: State = cell.state if cell is not None else "absent"
        is_open = state == "unplaced" and any(below(address, row) for row in open_rows)
        scored.append(
            ScoredCell(
                address=address,
                outcome=_outcome(expected, value, is_open),
                expected=expected,
                value=value,
                expected_state=label.states.get(address, "absent") if expected is None else "read",
                state=state,
                trust=cell.trust if cell is not None else None,
                reader=cell.reader if cell is not None else None,
                determined=label.determined(address),
            )
        )
    return scored


def _outcome(expected: Decimal | None, value: Decimal | None, is_open: bool) -> Outcome:
    if expected is None:
        return "right_null" if value is None else "fabricated"
    if value is None:
        return "left_open" if is_open else "omitted"
    return "correct" if value == expected else "wrong"


def cell_tallies(scored: list[ScoredCell]) -> dict[str, Tally]:
    """The measures that are counted over cells."""
    outcomes = Counter(cell.outcome for cell in scored)
    valued = [cell for cell in scored if cell.expected is not None]
    null = [cell for cell in scored if cell.expected is None]
    determined = [cell for cell in valued if cell.determined]
    loose = [cell for cell in scored if not cell.determined and cell.value is not None]
    doubtful = [cell for cell in scored if cell.trust == "doubtful"]
    return {
        "escapes": (sum(cell.escape for cell in scored), len(scored)),
        "yield": (sum(cell.outcome == "correct" and cell.trust != "doubtful" for cell in determined), len(determined)),
        "cells_right": (outcomes["correct"], len(valued)),
        "wrong": (outcomes["wrong"], len(valued)),
        "fabricated": (outcomes["fabricated"], len(null)),
        "omitted": (sum(cell.outcome == "omitted" for cell in determined), len(determined)),
        "left_open": (sum(cell.outcome == "left_open" for cell in determined), len(determined)),
        "state_accuracy": (sum(cell.state == cell.expected_state for cell in null), len(null)),
        "review_rate": (len(doubtful) + sum(cell.state in REVIEWED for cell in scored), len(scored)),
        "overclaimed": (sum(cell.trust != "doubtful" for cell in loose), len(loose)),
        "documents_without_error": (all(cell.right for cell in scored), 1),
    }


def metadata(label: Label, result: Result) -> dict[str, tuple[object, object]]:
    """Field to (labelled, read), for the fields that the label gives."""
    read: dict[str, object] = {
        "title": result.report.title,
        "agency": result.report.agency,
        "year": result.report.year,
        "published": result.report.published,
        "edition": result.report.edition,
        "kind": result.document.kind,
    }
    expected = {name: getattr(label, name) for name in METADATA if name in label.model_fields_set}
    if expected.get("edition", "") is None:
        del expected["edition"]
    return {name: (value, read[name]) for name, value in expected.items()}


def metadata_tallies(compared: Mapping[str, tuple[object, object]]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {name: (expected == value, 1) for name, (expected, value) in compared.items()}
    tallies["metadata_exact"] = (sum(right for right, _ in tallies.values()), len(tallies))
    return tallies


def unproven(result: Result, text: str) -> tuple[list[str], int]:
    """What claims a place in the text that does not read as it says, and how many places were looked at."""
    places = [(address, cell.raw, cell.span) for address, cell in result.cells.items() if cell.state == "read"]
    places += [(claim.id, claim.raw, claim.span) for claim in result.report.claims]
    places += [(f"reference {n}", ref.raw, ref.span) for n, ref in enumerate(result.report.references)]
    places += [(finding.id, finding.raw, finding.span) for finding in result.findings if finding.span is not None]
    bad = [name for name, raw, span in places if span is None or raw is None or text[span[0] : span[1]] != raw]
    return bad, len(places)
