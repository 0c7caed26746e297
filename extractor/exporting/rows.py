"""Reports as rows: a cell a row (long), a report a row (wide), a finding a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from extractor.exporting import names
from extractor.naming import row_label
from extractor.schema import FORMS
from extractor.store.queries import Entry

Shape = Literal["long", "wide", "findings"]
Field = Literal["count", "decimal", "text", "flag"]
"""What a column holds; a decimal is text with the scale in which it is printed (or, in the long shape, a whole number)."""
Row = tuple[Any, ...]
LEAD: dict[str, Field] = {
    "sha256": "text",
    "part": "count",
    "document": "text",
    "agency_id": "text",
    "agency": "text",
    "year": "count",
    "edition": "text",
    "kind": "text",
    "copy": "text",
    "group": "text",
    "current": "flag",
}
"""What every row begins with: column → what it holds."""
_LONG: dict[str, Field] = {
    "address": "text", "table": "text", "row": "text", "column": "text", "value": "decimal", "state": "text", "trust": "text",
    "raw": "text", "unit": "text", "start": "count", "end": "count",
}  # fmt: skip
_FINDINGS: dict[str, Field] = {
    "rule": "text", "severity": "text", "cause": "text", "cells": "text", "raw": "text", "start": "count", "end": "count",
    "formula": "text", "expected": "text", "actual": "text", "difference": "text", "message": "text", "suggestion": "text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A shape with its columns: name → what it holds."""

    shape: Shape
    columns: dict[str, Field]
    states: bool = True

    def rows(self, entry: Entry, result: dict[str, Any]) -> Iterator[Row]:
        """The rows of one result, `result` being its JSON."""
        lead = _lead(entry)
        if self.shape == "wide":
            yield (*lead, *_values(result["cells"], states=self.states))
            return
        made = _cells(result) if self.shape == "long" else map(_finding, result["findings"])
        for row in made:
            yield (*lead, *row)


def sheet(shape: Shape, *, short: bool = False, states: bool = True) -> Sheet:
    """The columns of a shape. `short` gives names of at most 32 characters, `states` a second column for each value of the
    wide shape: why it is empty."""
    if shape != "wide":
        return Sheet(shape, LEAD | (_LONG if shape == "long" else _FINDINGS))
    addresses = names.columns()
    called = names.short(tuple(addresses)) if short else {address: address for address in addresses}
    made: dict[str, Field] = {
        called[address]: "decimal" if column.kind == "amount" else "count" for address, column in addresses.items()
    }
    ending = names.SHORT_STATE if short else names.STATE
    with_states: dict[str, Field] = {f"{called[address]}{ending}": "text" for address in addresses} if states else {}
    return Sheet(shape, LEAD | made | with_states, states)


def _lead(entry: Entry) -> Row:
    return (
        entry.sha256, entry.part, entry.name, entry.agency_id, entry.agency, entry.year, entry.edition, entry.kind,
        entry.copy, entry.group, entry.current,
    )  # fmt: skip


def _values(cells: dict[str, Any], *, states: bool) -> Iterable[Any]:
    found = [cells.get(address) for address in names.columns()]
    yield from (cell and cell["value"] for cell in found)
    if states:
        yield from (cell and cell["state"] for cell in found)


def _cells(result: dict[str, Any]) -> Iterator[Row]:
    for table in FORMS[result["report"]["edition"]].tables:
        for row in table.rows:
            label = row_label(f"{table.name}.{row.key}")
            for column in row.columns:
                address = f"{table.name}.{row.key}.{column.key}"
                if (cell := result["cells"].get(address)) is None:
                    continue
                said = (cell["value"], cell["state"], cell["trust"], cell["raw"], cell["unit"])
                yield (address, table.name, label, column.label, *said, *(cell["span"] or (None, None)))


def _finding(finding: dict[str, Any]) -> Row:
    said = (finding["rule"], finding["severity"], finding["cause"], " ".join(finding["cells"]), finding["raw"])
    sums = tuple(finding[name] for name in ("formula", "expected", "actual", "difference", "message", "suggestion"))
    return (*said, *(finding["span"] or (None, None)), *sums)
