"""The cells of a report: a choice among readings, with its trust."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from extractor.assemble.resolution import Resolved, resolve_rows, resolve_single
from extractor.document import Document
from extractor.equations import Assessment, Equation, assess, equations, summed_rows
from extractor.readers.rows import ProceedingsReading, RowReading, TableReading, Tables
from extractor.reading import Cell, Reading, Trust, Unplaced
from extractor.schema import Form, Row

_ABSENT = Cell(None, "absent")
_UNPLACED = Cell(None, "unplaced")
_SHOWN_BY_SUMS = frozenset({"moved"})
"""Doubts about which row or column values belong to; whole-table equations over non-zero figures settle them."""


@dataclass(slots=True)
class Assembly:
    """All cells of a form in printed order; rows left open; cells whose copies differ; doubts by row; the equations."""

    form: Form
    undivided: bool
    cells: dict[str, Cell]
    unplaced: dict[str, Unplaced]
    assessed: tuple[tuple[Equation, Assessment], ...] = ()
    differing: tuple[str, ...] = ()
    doubts: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Choice:
    cells: tuple[Cell, ...]
    limit: Trust


_Choices = dict[str, "_Choice | Unplaced"]


def assemble(form: Form, tables: Tables, text: str) -> Assembly:
    """Choose the value of every cell. `text` is the canonical text that all spans count in."""
    disclosure, other_disclosures = _primary(tables.disclosure)
    applications, other_applications = _primary(tables.applications)
    undivided = applications is not None and "other_undivided" in applications.rows
    rows = summed_rows(form.edition, undivided)
    choices: _Choices = {}
    if disclosure:
        choices |= _disclosure(disclosure, text)
    if applications:
        choices |= _applications(rows, applications, text)
        if _uncut(applications, choices):
            applications.doubts.add("uncut")
    if tables.proceedings:
        choices |= _proceedings(form, tables.proceedings[0], text)
    doubts = _doubts(form, [table for table in (disclosure, applications) if table], tables.proceedings[:1])
    assembly = Assembly(form, undivided, {}, {}, doubts=doubts)
    _fill(assembly, choices)
    copies = [_applications(rows, other, text) for other in other_applications]
    copies += [_disclosure(other, text) for other in other_disclosures]
    copies += [_proceedings(form, other, text) for other in tables.proceedings[1:]]
    copies += [_printed_again(table) for table in (disclosure, applications) if table]
    assembly.differing = tuple(_compare(assembly, copies))
    return assembly


def _printed_again(table: TableReading) -> _Choices:
    """Rows of a table that stand in it twice with different values."""
    again = {key: row.again for key, row in table.rows.items() if row.again is not None}
    return {f"{table.name}.{key}": choice for key, row in again.items() if (choice := _certain(row)) is not None}


def _uncut(table: TableReading, choices: _Choices) -> bool:
    """Whether the table has rows of glued digits and no solution cuts any of them: then its layout is not understood, and
    rows that look intact may stand under a neighbour's label."""
    glued = [choices.get(f"{table.name}.{key}") for key, row in table.rows.items() if row.glued]
    return len(glued) > 2 and all(not isinstance(choice, _Choice) or choice.limit == "doubtful" for choice in glued)


def limit_to_picture(assembly: Assembly, document: Document) -> None:
    """What is not surely printed so is doubtful. Recognised text is a reading of a picture: its cells are never better than
    located, and doubtful where no table line holds them or where their equations do not confirm them."""
    for address, cell in assembly.cells.items():
        if cell.span is None or cell.trust is None:
            continue
        start, end = cell.span
        trust = cell.trust
        if any(low < end and start < high for low, high in document.uncertain):
            trust = "doubtful"
        elif document.scanned and trust != "doubtful":
            confirmed = trust == "proven" or (address.startswith("disclosure.") and cell.place is not None)
            trust = "located" if confirmed else "doubtful"
        if trust != cell.trust:
            assembly.cells[address] = replace(cell, trust=trust)


def _primary(printings: list[TableReading]) -> tuple[TableReading | None, list[TableReading]]:
    if not printings:
        return None, []
    best = max(printings, key=lambda table: table.filled)
    return best, [table for table in printings if table is not best]


def _doubts(form: Form, tables: list[TableReading], proceedings: list[ProceedingsReading]) -> dict[str, frozenset[str]]:
    found = {
        f"{table.name}.{key}": frozenset(row.doubts | table.doubts)
        for table in tables
        for key, row in table.rows.items()
        if row.doubts or table.doubts
    }
    for printing in proceedings:
        if printing.row.doubts:
            found |= {f"proceedings.{row.key}": frozenset(printing.row.doubts) for row in form.proceedings.rows}
    return found


def _disclosure(reading: TableReading, text: str) -> _Choices:
    return {f"{reading.name}.{key}": _certain(row) or _chosen(resolve_single(row, text)) for key, row in reading.rows.items()}


def _applications(rows: tuple[Row, ...], reading: TableReading, text: str) -> _Choices:
    resolved = resolve_rows(rows, reading.rows, text)
    result: _Choices = {}
    for key, row in reading.rows.items():
        choice = _certain(row) or (_chosen(resolved[key]) if key in resolved else None)
        if choice is not None:
            result[f"{reading.name}.{key}"] = choice
    return result


def _certain(row: RowReading) -> _Choice | None:
    return None if row.cells is None else _Choice(row.cells, "proven")


def _proceedings(form: Form, reading: ProceedingsReading, text: str) -> _Choices:
    if reading.row.cells is None and reading.row.values is None:
        return {}
    choice = _certain(reading.row) or _chosen(resolve_single(reading.row, text))
    if isinstance(choice, Unplaced):
        return {"proceedings": choice}
    result: _Choices = {}
    at = 0
    for row in form.proceedings.rows:
        end = at + len(row.columns)
        part = _Choice(choice.cells[at:end], choice.limit)
        result[f"proceedings.{row.key}"] = part
        at = end
    return result


def _chosen(resolved: Resolved) -> _Choice | Unplaced:
    if resolved.cells is None:
        assert resolved.unplaced is not None
        return resolved.unplaced
    assert resolved.trust is not None
    return _Choice(resolved.cells, resolved.trust)


@cache
def _row_addresses(form: Form, undivided: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(row, addresses of its cells) in printed order."""
    found: dict[str, list[str]] = {}
    for address in form.addresses(undivided):
        found.setdefault(address.rpartition(".")[0], []).append(address)
    return tuple((key, tuple(addresses)) for key, addresses in found.items())


def _fill(assembly: Assembly, choices: _Choices) -> None:
    """Make the cells, each with the trust that its reading allows and the equations through it support."""
    rows = _row_addresses(assembly.form, assembly.undivided)
    values = _values(rows, choices)
    edition, undivided = assembly.form.edition, assembly.undivided
    assembly.assessed = tuple([(equation, assess(equation, values)) for equation in equations(edition, undivided)])
    broken = [equation for equation, assessment in assembly.assessed if not assessment.holds]
    unsound = {address for equation in broken for address in equation.addresses}
    whole = not any(equation.rule != "sum.proceedings" for equation in broken)
    for key, addresses in rows:
        choice = choices.get(key)
        if key.startswith("proceedings.") and "proceedings" in choices:
            choice = choices["proceedings"]
        if choice is None:
            assembly.cells.update(dict.fromkeys(addresses, _ABSENT))
        elif isinstance(choice, Unplaced):
            assembly.unplaced[key if key in choices else "proceedings"] = choice
            assembly.cells.update(dict.fromkeys(addresses, _UNPLACED))
        else:
            doubts = assembly.doubts.get(key)
            doubtful = choice.limit == "doubtful" or bool(doubts and not (whole and doubts <= _SHOWN_BY_SUMS))
            free = choice.limit == "located" or key.startswith("disclosure.")
            for address, cell in zip(addresses, choice.cells, strict=True):
                least: Trust = "doubtful" if doubtful else "located" if free or address in unsound else "proven"
                assembly.cells[address] = cell if cell.value is None or least == "proven" else _trusted(cell, least)


def _values(rows: tuple[tuple[str, tuple[str, ...]], ...], choices: _Choices) -> dict[str, int]:
    values: dict[str, int] = {}
    for key, addresses in rows:
        choice = choices.get(key)
        if isinstance(choice, _Choice):
            for address, cell in zip(addresses, choice.cells, strict=True):
                if isinstance(cell.value, int):
                    values[address] = cell.value
    return values


def _trusted(cell: Cell, trust: Trust) -> Cell:
    """The cell with another trust; written out, since `replace` takes three times as long and most reports need it often."""
    return Cell(
        cell.value,
        cell.state,
        cell.raw,
        cell.span,
        cell.pieces,
        cell.unit,
        cell.place,
        trust,
        cell.resolved,
        cell.reader,
    )


def _compare(assembly: Assembly, copies: Iterable[_Choices]) -> Iterable[str]:
    """Hold every further printing of a table against the first; a cell that differs is doubtful and keeps both readings."""
    addresses = dict(_row_addresses(assembly.form, assembly.undivided))
    for copy in copies:
        for key, choice in copy.items():
            if isinstance(choice, Unplaced) or key not in addresses:
                continue
            for address, other in zip(addresses[key], choice.cells, strict=True):
                cell = assembly.cells[address]
                if cell.state != "read" or other.state != "read" or cell.value == other.value:
                    continue
                kept = (*(cell.readings or (_reading(cell, "rules"),)), _reading(other, "copy"))
                assembly.cells[address] = replace(cell, trust="doubtful", readings=kept)
                yield address


def _reading(cell: Cell, reader: str) -> Reading:
    return Reading(reader, cell.value, cell.state, cell.raw, cell.span, cell.pieces, cell.unit)
