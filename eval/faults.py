"""Four measures, each of which names one way of being wrong: zeros for figures, columns moved, rows exchanged, sums repaired.

Each looks only at what its fault leaves recognisable, so that a reader with one of these faults scores badly in that one.
All compare what the result reads with what the label says; an open cell is no fault here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal

from eval.labels import Label
from eval.scoring import ScoredCell, Tally
from extractor.equations import assess, equations

_Row = tuple[Decimal | None, ...]


def fault_tallies(label: Label, scored: list[ScoredCell]) -> dict[str, Tally]:
    """`figures_found`, `column_assignment`, `row_assignment` and `misprints_as_printed` of one document."""
    expected, read = _rows(scored, of_label=True), _rows(scored, of_label=False)
    return {
        "figures_found": _figures_found(scored),
        "column_assignment": _column_assignment(expected, read),
        "row_assignment": _row_assignment(expected, read),
        "misprints_as_printed": _misprints(label, scored),
    }


def _rows(scored: list[ScoredCell], *, of_label: bool) -> dict[str, _Row]:
    rows: dict[str, list[Decimal | None]] = defaultdict(list)
    for cell in scored:
        rows[cell.address.rpartition(".")[0]].append(cell.expected if of_label else cell.value)
    return {key: tuple(values) for key, values in rows.items()}


def _figures_found(scored: list[ScoredCell]) -> Tally:
    """Of the figures above zero in cells that were read, how many occur anywhere in the same table."""
    found = total = 0
    for table in {cell.table for cell in scored}:
        cells = [cell for cell in scored if cell.table == table]
        wanted = Counter(cell.expected for cell in cells if cell.expected and cell.value is not None)
        read = Counter(cell.value for cell in cells if cell.value)
        found += (wanted & read).total()
        total += wanted.total()
    return found, total


def _column_assignment(expected: Mapping[str, _Row], read: Mapping[str, _Row]) -> Tally:
    """Of the rows that are read as printed or one column beside it (and not as another row), how many are read as printed."""
    rows = set(expected.values())
    kept = moved = 0
    for key, row in expected.items():
        if not any(row) or len(row) < 2:
            continue
        if read[key] == row:
            kept += 1
        elif read[key] not in rows and any(
            a == b and any(a) for a, b in ((row[:-1], read[key][1:]), (row[1:], read[key][:-1]))
        ):
            moved += 1
    return kept, kept + moved


def _row_assignment(expected: Mapping[str, _Row], read: Mapping[str, _Row]) -> Tally:
    """Of the rows with figures of their own that are read anywhere in their table, how many are read under their label."""
    alike = Counter((key.partition(".")[0], row) for key, row in expected.items())
    kept = exchanged = 0
    for key, row in expected.items():
        table = key.partition(".")[0]
        if not any(row) or alike[table, row] > 1:
            continue
        if read[key] == row:
            kept += 1
        elif any(other == row for k, other in read.items() if k.partition(".")[0] == table):
            exchanged += 1
    return kept, kept + exchanged


def _misprints(label: Label, scored: list[ScoredCell]) -> Tally:
    """Of the sums that are wrong in the document and read but for at most one cell, how many are still wrong as read."""
    if label.edition is None:
        return 0, 0
    expected = _whole({cell.address: cell.expected for cell in scored})
    read = _whole({cell.address: cell.value for cell in scored})
    kept = total = 0
    for equation in equations(label.edition, any(a.startswith("applications.other_undivided") for a in expected)):
        if assess(equation, expected).holds is not False or not all(address in read for address in equation.addresses):
            continue
        if sum(expected[address] != read[address] for address in equation.addresses) <= 1:
            total += 1
            kept += assess(equation, read).holds is False
    return kept, total


def _whole(values: Mapping[str, Decimal | None]) -> dict[str, int]:
    return {a: int(value) for a, value in values.items() if value is not None and value == value.to_integral_value()}
