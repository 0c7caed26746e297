"""Choosing among readings: what a model said of the rows, held against what the text itself shows.

The text shows a row when its label, and the cells or the full count of values under it, are found without a model. Such a
row is taken from the model only if every number that it gives is the one in the cell of that column, and then it is as sure
as the equations through it make it. Where the text shows nothing, what a model says is `doubtful`: no equation tells two rows
apart that changed places. Where the text leaves several ways, a model only ranks them. Blank, “/” and absent are the text's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Literal

from extractor.assemble.cells import Assembly
from extractor.equations import assess
from extractor.readers.saying import RowSaid
from extractor.reading import Cell, Reading, Trust, Unplaced, Value
from extractor.schema import Column, Form

Verdict = Literal["shown", "hidden", "contradicted", "ranked", "silent"]
"""What a row that a model gave is: the same as the text shows; something that the text does not show; something else than it
shows; one of the ways that it leaves; nothing, or nothing that can be used."""


@dataclass(frozen=True)
class Unit:
    """Cells that are read together: a row, or the three blocks of proceedings. `parts` are (row key, its columns)."""

    key: str
    table: str
    parts: tuple[tuple[str, tuple[Column, ...]], ...]

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        return tuple(f"{self.table}.{row}.{column.key}" for row, columns in self.parts for column in columns)


@cache
def units(form: Form, undivided: bool) -> tuple[Unit, ...]:
    """All units of a form in printed order, the optional row only if `undivided`."""
    found = [
        Unit(f"{table.name}.{row.key}", table.name, ((row.key, row.columns),))
        for table in (form.disclosure, form.applications)
        for row in table.rows
        if undivided or not form.optional(row)
    ]
    blocks = tuple((row.key, row.columns) for row in form.proceedings.rows)
    return (*found, Unit("proceedings", "proceedings", blocks))


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said of a unit, column by column of its cells; a column is None where it said nothing."""

    columns: tuple[tuple[RowSaid, int] | None, ...]

    def says(self, at: int) -> bool:
        one = self.columns[at]
        return one is not None and one[0].says(one[1])

    def agrees(self, at: int, cell: Cell) -> bool:
        one = self.columns[at]
        return one is not None and one[0].agrees(one[1], cell)

    def cell(self, at: int) -> Cell | None:
        one = self.columns[at]
        return None if one is None else one[0].cell(one[1])

    def value(self, at: int) -> Value | None:
        one = self.columns[at]
        return None if one is None else one[0].value(one[1])


def said_of(unit: Unit, rows: Mapping[str, RowSaid]) -> Said | None:
    """What the rows of an answer say of a unit; None if none of them is its own."""
    if not any(row in rows for row, _ in unit.parts):
        return None
    return Said(tuple((rows[row], at) if row in rows else None for row, columns in unit.parts for at in range(len(columns))))


def verdict(assembly: Assembly, unit: Unit, said: Said | None) -> Verdict:
    """How what was said of a unit stands to what the text shows of it."""
    cells = [assembly.cells[address] for address in unit.addresses]
    if said is None:
        return "silent"
    if unit.key in assembly.unplaced and assembly.unplaced[unit.key].candidates:
        return "ranked"
    if not hides(cells):
        return "shown" if all(_fits(said, at, cell) for at, cell in enumerate(cells)) else "contradicted"
    return "hidden" if _alone(assembly, unit, said) else "contradicted"


def hides(cells: Sequence[Cell]) -> bool:
    """Whether the text shows nothing of a unit: it is not there, not understood, or nothing stands where its values would, in
    text without table lines."""
    return all(cell.state in ("absent", "unplaced") or (cell.state == "blank" and cell.place is None) for cell in cells)


def _fits(said: Said, at: int, cell: Cell) -> bool:
    """Whether a number is said where one is printed, and that number. Beside a blank a 0 is no place: it is left alone."""
    if cell.state == "read":
        return said.agrees(at, cell)
    located = said.cell(at)
    return located is None or (cell.state == "unreadable" and _inside(located, cell))


def _inside(located: Cell, cell: Cell) -> bool:
    return bool(located.span and cell.span and cell.span[0] <= located.span[0] and located.span[1] <= cell.span[1])


def _alone(assembly: Assembly, unit: Unit, said: Said) -> bool:
    """Whether the places of a unit that the text does not show are nobody else's, and no other row lies among them."""
    spans = [cell.span for at in range(len(said.columns)) if (cell := said.cell(at)) and cell.span]
    if not spans:
        return any(said.says(at) for at in range(len(said.columns)))
    low, high = min(start for start, _ in spans), max(end for _, end in spans)
    own = set(unit.addresses)
    others = [cell.span for address, cell in assembly.cells.items() if address not in own and cell.state == "read"]
    others += [row.span for key, row in assembly.unplaced.items() if key != unit.key]
    return not any(span and span[0] < high and low < span[1] for span in others)


def choose(assembly: Assembly, said: Mapping[str, Said | None], text: str, *, alone: bool) -> Assembly:
    """The assembly with a model's readings in it (`text` is the canonical text): `said` holds what it said of each unit that it was asked about, None where
    that is nothing. If it was to read `alone`, a unit without its word stays open, with what the text shows as the candidate;
    else what the rules have read stays as it is."""
    chosen = replace(assembly, cells=dict(assembly.cells), unplaced=dict(assembly.unplaced))
    for unit in units(assembly.form, assembly.undivided):
        if unit.key not in said:
            continue
        heard = said[unit.key]
        outcome = verdict(assembly, unit, heard)
        if outcome == "ranked":
            _rank(chosen, unit, heard)
        elif outcome == "hidden":
            _take_doubtful(chosen, unit, heard)
        elif outcome == "shown":
            _take(chosen, unit, heard, alone=alone)
        elif alone:
            _leave_open(chosen, unit, heard, text)
        else:
            _note(chosen, unit, heard)
    _assess(chosen)
    return chosen


def _rank(assembly: Assembly, unit: Unit, heard: Said | None) -> None:
    """Suggest the candidate that the model's numbers are, if they are one."""
    row = assembly.unplaced[unit.key]
    values = tuple(heard.value(at) if heard else None for at in range(len(unit.addresses)))
    if values in row.candidates:
        assembly.unplaced[unit.key] = replace(row, suggested=row.candidates.index(values))


def _take(assembly: Assembly, unit: Unit, heard: Said | None, *, alone: bool) -> None:
    """A model's reading of a unit that the text shows: its cells, and beside blanks what was said without a place."""
    assert heard is not None
    for at, address in enumerate(unit.addresses):
        cell = assembly.cells[address]
        if cell.state == "read":
            if alone:
                assembly.cells[address] = _by_model(cell)
        elif cell.state == "unreadable" and (located := heard.cell(at)) is not None:
            assembly.cells[address] = replace(located, place=cell.place, trust="doubtful")
        elif heard.says(at):
            assembly.cells[address] = replace(cell, readings=(_reading(heard, at),))


def _by_model(cell: Cell) -> Cell:
    """The cell as a model's; written out, since `replace` takes three times as long and there are up to 200."""
    held = cell.span, cell.pieces, cell.unit, cell.place, cell.trust, cell.resolved
    return Cell(cell.value, cell.state, cell.raw, *held, "model", cell.readings)


def _take_doubtful(assembly: Assembly, unit: Unit, heard: Said | None) -> None:
    """A model's reading of a unit that the text does not show: doubtful where it has a place, else a reading only."""
    assert heard is not None
    found = [heard.cell(at) for at in range(len(unit.addresses))]
    if not any(found):
        _note(assembly, unit, heard)
        return
    assembly.unplaced.pop(unit.key, None)
    for at, (address, located) in enumerate(zip(unit.addresses, found, strict=True)):
        if located is not None:
            assembly.cells[address] = replace(located, trust="doubtful")
        elif heard.says(at):
            assembly.cells[address] = Cell(None, "unreadable", reader="model", readings=(_reading(heard, at),))
        else:
            assembly.cells[address] = Cell(None, "blank", reader="model")


def _leave_open(assembly: Assembly, unit: Unit, heard: Said | None, text: str) -> None:
    """Open a unit of which the model gave nothing that is there: what the text shows is its candidate."""
    cells = [assembly.cells[address] for address in unit.addresses]
    spans = [cell.span for cell in cells if cell.state == "read" and cell.span]
    if not spans:
        _note(assembly, unit, heard)
        return
    span = min(start for start, _ in spans), max(end for _, end in spans)
    candidate = tuple(cell.value for cell in cells)
    assembly.unplaced[unit.key] = Unplaced(text[span[0] : span[1]], span, (candidate,), 1)
    for at, (address, cell) in enumerate(zip(unit.addresses, cells, strict=True)):
        if cell.state == "read":
            differs = heard is not None and heard.says(at) and not heard.agrees(at, cell)
            readings = (_as_reading(cell), _reading(heard, at)) if heard is not None and differs else None
            assembly.cells[address] = Cell(None, "unplaced", readings=readings)


def _note(assembly: Assembly, unit: Unit, heard: Said | None) -> None:
    """Keep what was said and was not taken as readings beside the cells."""
    for at, address in enumerate(unit.addresses):
        cell = assembly.cells[address]
        if heard is not None and heard.says(at) and cell.value is None and cell.readings is None:
            assembly.cells[address] = replace(cell, readings=(_reading(heard, at),))


def _reading(heard: Said, at: int) -> Reading:
    """What was said of a cell, with its place if it has one."""
    located = heard.cell(at)
    return Reading("model", heard.value(at)) if located is None else _as_reading(located)


def _as_reading(cell: Cell) -> Reading:
    return Reading(cell.reader or "rules", cell.value, cell.state, cell.raw, cell.span, cell.pieces, cell.unit)


def _assess(assembly: Assembly) -> None:
    """Assess the equations over what was chosen; a value that one of them does not confirm is no longer proven."""
    values = {address: cell.value for address, cell in assembly.cells.items() if isinstance(cell.value, int)}
    assembly.assessed = tuple((equation, assess(equation, values)) for equation, _ in assembly.assessed)
    broken = [equation for equation, assessment in assembly.assessed if not assessment.holds]
    unsound = {address for equation in broken for address in equation.addresses}
    whole = not any(equation.rule != "sum.proceedings" for equation in broken)
    for address, cell in assembly.cells.items():
        if cell.trust != "proven":
            continue
        doubted = address.rpartition(".")[0] in assembly.doubts and not whole
        limit: Trust = "doubtful" if doubted else "located" if address in unsound else "proven"
        if limit != "proven":
            assembly.cells[address] = replace(cell, trust=limit)


def in_question(assembly: Assembly, said: Mapping[str, Said | None], text: str) -> tuple[str, ...]:
    """Units to read a second time: what the text shows and the model does not say, and what only the model says inside an
    equation that does not hold."""
    every = units(assembly.form, assembly.undivided)
    verdicts = {unit.key: verdict(assembly, unit, said[unit.key]) for unit in every if unit.key in said}
    broken: set[str] = set()
    if "hidden" in verdicts.values():
        tried = choose(assembly, said, text, alone=True)
        broken = {a for equation, assessment in tried.assessed if assessment.holds is False for a in equation.addresses}
    found = []
    for unit in every:
        outcome = verdicts.get(unit.key)
        printed = any(assembly.cells[address].state == "read" for address in unit.addresses)
        doubted = outcome == "hidden" and not broken.isdisjoint(unit.addresses)
        if doubted or (printed and outcome in ("contradicted", "silent")):
            found.append(unit.key)
    return tuple(found)


def merged(assembly: Assembly, first: Mapping[str, Said | None], second: Mapping[str, Said | None]) -> dict[str, Said | None]:
    """Both readings as one: a second reading counts where the text shows it, or where it says what the first said; else a
    unit that only the model sees is not taken."""
    together = dict(first)
    for unit in units(assembly.form, assembly.undivided):
        if unit.key not in second:
            continue
        before, after = first.get(unit.key), second[unit.key]
        if verdict(assembly, unit, after) == "shown":
            together[unit.key] = after
        elif verdict(assembly, unit, before) == "hidden" and not _alike(before, after, len(unit.addresses)):
            together[unit.key] = None
    return together


def _alike(before: Said | None, after: Said | None, width: int) -> bool:
    if before is None or after is None:
        return False
    return all(before.value(at) == after.value(at) and before.says(at) == after.says(at) for at in range(width))


def rankable(assembly: Assembly) -> dict[str, Unplaced]:
    """The open rows whose ways a model may rank: several, all of them known, none suggested yet."""
    return {
        key: row for key, row in assembly.unplaced.items() if 1 < len(row.candidates) == row.count and row.suggested is None
    }


def suggest(assembly: Assembly, ranks: Mapping[str, int]) -> None:
    """Suggest for open rows the candidate with this number (from 1), where none is suggested yet."""
    for key, row in rankable(assembly).items():
        number = ranks.get(key, 0)
        if 0 < number <= len(row.candidates):
            assembly.unplaced[key] = replace(row, suggested=number - 1)
