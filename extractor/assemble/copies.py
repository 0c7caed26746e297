"""Several printings of one table: which one counts, and what the others say about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from extractor.readers.rows import CAPTION, TableReading
from extractor.reading import Cell, Reading, Trust, Unplaced


@dataclass(slots=True)
class Choice:
    """The cells of a row with the most trust that they can have."""

    cells: tuple[Cell, ...]
    limit: Trust


_Row = tuple[str, "Choice | Unplaced"]
Choices = dict[str, "Choice | Unplaced"]
"""By row (`applications.received`): what was read of it, or what it leaves open."""


def primary(printings: list[TableReading]) -> tuple[TableReading | None, list[TableReading]]:
    """The printing with the most rows that print something, and the others; those captioned as another year's do not count
    where there is one that is not."""
    own = [table for table in printings if CAPTION not in table.doubts] or printings
    if not own:
        return None, []
    if len(own) == 1:
        return own[0], []
    best = max(own, key=lambda table: table.filled)
    return best, [table for table in own if table is not best]


def compare(cells: dict[str, Cell], addresses: Mapping[str, tuple[str, ...]], copies: Iterable[Choices]) -> Iterator[str]:
    """Hold every further printing of a table against `cells`: one that differs is doubtful and keeps both readings. Where the
    printing is no copy but another table (last year's, another body's), nothing tells which of them is the report's, and all
    that it does not print as well is doubtful. Yields the addresses that differ."""
    for copy in copies:
        rows = {key: choice for key, choice in _by_row(copy, cells, addresses) if _says_something(choice)}
        if not rows:
            continue
        another = _is_another(cells, addresses, rows)
        for key in _rows_of(rows, addresses) if another else ():
            choice = rows.get(key)
            sure = isinstance(choice, Choice) and choice.limit != "doubtful"
            others = choice.cells if isinstance(choice, Choice) and sure else [None] * len(addresses[key])
            for address, other in zip(addresses[key], others, strict=True):
                cell = cells[address]
                if cell.value is not None and (other is None or other.value != cell.value):
                    cells[address] = replace(cell, trust="doubtful")
        for key, choice in rows.items():
            if isinstance(choice, Unplaced):
                continue
            for address, other in zip(addresses[key], choice.cells, strict=True):
                cell = cells[address]
                if cell.state != "read" or other.state != "read" or cell.value == other.value:
                    continue
                kept = (*(cell.readings or (_reading(cell, "rules"),)), _reading(other, "copy"))
                cells[address] = replace(cell, trust="doubtful", readings=kept)
                yield address


def _by_row(copy: Choices, cells: Mapping[str, Cell], addresses: Mapping[str, tuple[str, ...]]) -> Iterator[_Row]:
    """The rows of a copy; an open third table stands for each of its blocks, unless it has the figures of `cells`."""
    for key, choice in copy.items():
        if key in addresses:
            yield key, choice
        elif isinstance(choice, Unplaced):
            blocks = [row for row in addresses if row.startswith(f"{key}.")]
            own = [cells[address].value for block in blocks for address in addresses[block]]
            if _figures(choice.raw) != _figures("".join(map(str, filter(None, own)))):
                yield from ((block, choice) for block in blocks)


def _says_something(choice: Choice | Unplaced) -> bool:
    return isinstance(choice, Unplaced) or any(cell.state in ("read", "unreadable") for cell in choice.cells)


def _rows_of(rows: Choices, addresses: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every row of the tables that the `rows` belong to."""
    tables = {key.partition(".")[0] for key in rows}
    return [key for key in addresses if key.partition(".")[0] in tables]


def _is_another(cells: Mapping[str, Cell], addresses: Mapping[str, tuple[str, ...]], rows: Choices) -> bool:
    """Whether a printing of most of a table says something else than `cells` in most of what it says."""
    here = [key for key in _rows_of(rows, addresses) if any(cells[address].state == "read" for address in addresses[key])]
    if 2 * len(rows) < len(here):
        return False
    alike = differing = 0
    for key, choice in rows.items():
        own = [cells[address] for address in addresses[key]]
        if isinstance(choice, Unplaced):
            said = "".join(str(cell.value) for cell in own if cell.value)
            differing += _figures(choice.raw) != _figures(said)
            continue
        for cell, other in zip(own, choice.cells, strict=True):
            if cell.value is not None and other.value is not None:
                differing += cell.value != other.value
                alike += cell.value == other.value and bool(cell.value)
    return differing > alike


def _figures(raw: str) -> str:
    """The digits above zero in the order in which they stand, which rows of the same values share however they are cut."""
    return "".join(sign for sign in raw if sign.isdigit() and sign not in "0０")


def _reading(cell: Cell, reader: str) -> Reading:
    return Reading(reader, cell.value, cell.state, cell.raw, cell.span, cell.pieces, cell.unit)
