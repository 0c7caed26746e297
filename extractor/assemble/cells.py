"""The cells of a report: a choice among readings, with its trust."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from extractor.assemble.copies import Choice, Choices, compare, primary
from extractor.assemble.resolution import Resolved, resolve_rows, resolve_single
from extractor.document import Document
from extractor.equations import Assessment, Equation, assess, equations, summed_rows
from extractor.readers.rows import CAPTION, ProceedingsReading, RowReading, TableReading, Tables
from extractor.reading import Cell, Trust, Unplaced
from extractor.schema import Form, Row

_ABSENT = Cell(None, "absent")
_UNPLACED = Cell(None, "unplaced")
_SHOWN_BY_SUMS = frozenset({"moved"})
"""Doubts about which row or column values belong to; whole-table equations over non-zero figures settle them."""

_TORN = re.compile(r"[0-9０-９]\s+[0-9０-９]")
"""Digits of one cell with white space between them: one number torn apart, or two numbers."""


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


def assemble(form: Form, tables: Tables, text: str) -> Assembly:
    """Choose the value of every cell. `text` is the canonical text that all spans count in."""
    disclosure, other_disclosures = primary(tables.disclosure)
    applications, other_applications = primary(tables.applications)
    suits = [p for p in tables.proceedings if CAPTION not in p.row.doubts] or tables.proceedings
    undivided = applications is not None and "other_undivided" in applications.rows
    rows = summed_rows(form.edition, undivided)
    choices: Choices = {}
    if disclosure:
        choices |= _disclosure(disclosure, text)
    if applications:
        choices |= _applications(rows, applications, text)
        if _uncut(applications, choices):
            applications.doubts.add("uncut")
    if suits:
        choices |= _proceedings(form, suits[0], text)
    doubts = _doubts(form, [table for table in (disclosure, applications) if table], suits[:1])
    assembly = Assembly(form, undivided, {}, {}, doubts=doubts)
    _fill(assembly, choices)
    copies = [_limited(_applications(rows, other, text), other.doubts) for other in other_applications]
    copies += [_limited(_disclosure(other, text), other.doubts) for other in other_disclosures]
    copies += [_limited(_proceedings(form, other, text), other.row.doubts) for other in suits[1:]]
    copies += [_printed_again(table) for table in (disclosure, applications) if table]
    assembly.differing = tuple(compare(assembly.cells, dict(_row_addresses(form, undivided)), copies))
    return assembly


def _limited(choices: Choices, doubts: set[str]) -> Choices:
    """What was read of a printing, as doubtful where the whole printing is."""
    if not doubts:
        return choices
    return {key: replace(one, limit="doubtful") if isinstance(one, Choice) else one for key, one in choices.items()}


def _printed_again(table: TableReading) -> Choices:
    """Rows of a table that stand in it twice with different values."""
    again = {key: row.again for key, row in table.rows.items() if row.again is not None}
    return {f"{table.name}.{key}": choice for key, row in again.items() if (choice := _certain(row)) is not None}


def _uncut(table: TableReading, choices: Choices) -> bool:
    """Whether the table has rows of glued digits and no solution cuts any of them: then its layout is not understood, and
    rows that look intact may stand under a neighbour's label."""
    glued = [choices.get(f"{table.name}.{key}") for key, row in table.rows.items() if row.glued]
    return len(glued) > 2 and all(not isinstance(choice, Choice) or choice.limit == "doubtful" for choice in glued)


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


def _disclosure(reading: TableReading, text: str) -> Choices:
    return {f"{reading.name}.{key}": _certain(row) or _chosen(resolve_single(row, text)) for key, row in reading.rows.items()}


def _applications(rows: tuple[Row, ...], reading: TableReading, text: str) -> Choices:
    resolved = resolve_rows(rows, reading.rows, text)
    result: Choices = {}
    for key, row in reading.rows.items():
        choice = _certain(row) or (_chosen(resolved[key]) if key in resolved else None)
        if choice is not None:
            result[f"{reading.name}.{key}"] = choice
    return result


def _certain(row: RowReading) -> Choice | None:
    return None if row.cells is None else Choice(row.cells, "proven")


def _proceedings(form: Form, reading: ProceedingsReading, text: str) -> Choices:
    if reading.row.cells is None and reading.row.values is None:
        return {}
    choice = _certain(reading.row) or _chosen(resolve_single(reading.row, text))
    if isinstance(choice, Unplaced):
        return {"proceedings": choice}
    result: Choices = {}
    at = 0
    for row in form.proceedings.rows:
        end = at + len(row.columns)
        part = Choice(choice.cells[at:end], choice.limit)
        result[f"proceedings.{row.key}"] = part
        at = end
    return result


def _chosen(resolved: Resolved) -> Choice | Unplaced:
    if resolved.cells is None:
        assert resolved.unplaced is not None
        return resolved.unplaced
    assert resolved.trust is not None
    return Choice(resolved.cells, resolved.trust)


@cache
def _row_addresses(form: Form, undivided: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(row, addresses of its cells) in printed order."""
    found: dict[str, list[str]] = {}
    for address in form.addresses(undivided):
        found.setdefault(address.rpartition(".")[0], []).append(address)
    return tuple((key, tuple(addresses)) for key, addresses in found.items())


def _fill(assembly: Assembly, choices: Choices) -> None:
    """Make the cells, each with the trust that its reading allows and the equations through it support."""
    rows = _row_addresses(assembly.form, assembly.undivided)
    cells = assembly.cells
    for key, addresses in rows:
        choice = choices.get(key)
        if key.startswith("proceedings.") and "proceedings" in choices:
            choice = choices["proceedings"]
        if choice is None:
            cells.update(dict.fromkeys(addresses, _ABSENT))
        elif isinstance(choice, Unplaced):
            assembly.unplaced[key if key in choices else "proceedings"] = choice
            cells.update(dict.fromkeys(addresses, _UNPLACED))
        else:
            cells.update(zip(addresses, choice.cells, strict=True))
    values: dict[str, Any] = {address: cell.value for address, cell in cells.items()}
    edition, undivided = assembly.form.edition, assembly.undivided
    assembly.assessed = tuple([(equation, assess(equation, values)) for equation in equations(edition, undivided)])
    broken = [equation for equation, assessment in assembly.assessed if not assessment.holds]
    unsound = {address for equation in broken for address in equation.addresses}
    whole = not any(equation.rule != "sum.proceedings" for equation in broken)
    for key, addresses in rows:
        choice = choices.get(key)
        if not isinstance(choice, Choice):
            continue
        doubts = assembly.doubts.get(key)
        doubtful = choice.limit == "doubtful" or bool(doubts and not (whole and doubts <= _SHOWN_BY_SUMS))
        free = choice.limit == "located" or key.startswith("disclosure.")
        if not doubtful and not free and unsound.isdisjoint(addresses):
            continue
        for address, cell in zip(addresses, choice.cells, strict=True):
            least: Trust = "doubtful" if doubtful else "located" if free or address in unsound else "proven"
            if cell.value is not None and least != "proven":
                cells[address] = _trusted(cell, least)
    _doubt_torn(assembly)


def _doubt_torn(assembly: Assembly) -> None:
    """A number whose digits stand apart may be two. Unless equations prove some number of the report to be torn apart, those
    that none proves are doubtful."""
    if len("|".join([cell.raw for cell in assembly.cells.values() if cell.raw]).split(maxsplit=1)) < 2:
        return  # no white space in any cell
    torn = [
        address
        for address, cell in assembly.cells.items()
        if (raw := cell.raw) is not None and len(raw) > 2 and not raw.isdigit() and cell.value is not None and _TORN.search(raw)
    ]
    if not any(assembly.cells[address].trust == "proven" for address in torn):
        for address in torn:
            assembly.cells[address] = _trusted(assembly.cells[address], "doubtful")


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
