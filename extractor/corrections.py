"""A person is a reader too: corrects a cell, chooses among the candidates of an open row, accepts or dismisses a finding.

    Review(draft) ── correct / choose / undo / judge ── draft() with the person's readings ── finished() ── Result

What a person says becomes a value of the report only where the document prints it; otherwise it is a reading beside the
printed value. Nothing here touches files, network or clock: who and when are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from extractor.document import Span
from extractor.drafting import Draft, finished
from extractor.equations import assess, equations
from extractor.errors import UsageError
from extractor.folding import fold
from extractor.naming import cell_label
from extractor.readers.numerals import Printed, read_cell
from extractor.reading import Cell, Reading, Trust, Value
from extractor.result import Result, Run
from extractor.schema import FORMS, Column

Verdict = Literal["accepted", "dismissed"]
PERSON = "person"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_AMOUNT_SIGNS = re.compile(r"[^0-9]")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of one cell, or of all cells of an open row. `target` is an address or the key of an open row;
    `said` and `before` hold a value (null: none is printed) a cell; `printed` is what stands there; `span` is where the
    person pointed. `when` is an ISO 8601 time."""

    target: str
    addresses: tuple[str, ...]
    said: tuple[Value | None, ...]
    before: tuple[Value | None, ...]
    printed: str | None
    who: str
    when: str
    reason: str = ""
    blank: Literal["blank", "not_applicable"] = "blank"
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person thinks of a finding, by its id."""

    finding: str
    verdict: Verdict
    who: str
    when: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A report with what a person said of it, oldest first. `base` is what the readers made of the document."""

    base: Draft
    corrections: tuple[Correction, ...] = ()
    judgements: tuple[Judgement, ...] = ()

    def correct(self, address: str, written: str, *, who: str, when: str, reason: str = "", span: Span | None = None) -> Review:
        """With `written` in a cell: a number as the form takes it, nothing for a blank, `/` for not applicable. `span` points
        at the number in the text. Raises UsageError for another content or another number at `span`."""
        column = _column(self.base, address)
        content = _content(written, column, address)
        if span is not None and _content(self.base.document.text[span[0] : span[1]], column, address).value != content.value:
            raise UsageError(
                cell_label(address),
                ("所指之处不是这个数", "what is pointed at is not this number"),
                ("请另指一处，或不指出处", "point at another place, or at none"),
            )
        cell = self.base.assembly.cells[address]
        blank: Literal["blank", "not_applicable"] = "not_applicable" if content.state == "not_applicable" else "blank"
        said = Correction(
            address, (address,), (content.value,), (cell.value,), cell.raw, who, when, reason, blank=blank, span=span
        )
        return replace(self, corrections=(*self.corrections, said))

    def choose(self, key: str, number: int, *, who: str, when: str, reason: str = "") -> Review:
        """With candidate `number` (from 0) of the open row `key`. Raises UsageError where there is none."""
        row = self.base.assembly.unplaced.get(key)
        if row is None or not 0 <= number < len(row.candidates):
            raise UsageError(
                key,
                ("没有这个候选", "there is no such candidate"),
                ("请在列出的候选中选择", "choose one of those listed"),
            )
        addresses = self.cells_of(key)
        values = row.candidates[number]
        nothing = (None,) * len(values)
        said = Correction(key, addresses, values, nothing, row.raw, who, when, reason)
        return replace(self, corrections=(*self.corrections, said))

    def undo(self) -> Review:
        """Without the last correction."""
        return replace(self, corrections=self.corrections[:-1])

    def judge(self, finding: str, verdict: Verdict | None, *, who: str, when: str, reason: str = "") -> Review:
        """With a verdict on a finding; None takes the verdict back."""
        others = tuple(one for one in self.judgements if one.finding != finding)
        new = () if verdict is None else (Judgement(finding, verdict, who, when, reason),)
        return replace(self, judgements=others + new)

    def cells_of(self, key: str) -> tuple[str, ...]:
        """The addresses of an open row, or of the block row `proceedings`."""
        return tuple(address for address in self.base.assembly.cells if address.startswith(f"{key}."))

    def draft(self) -> Draft:
        """The draft with the person's readings in it."""
        return _read(self, *_latest(self.corrections))

    def result(self, lang: str, run: Callable[[], Run]) -> Result:
        """The result with the person's readings, its findings worded in `lang`; the run then names the person as a reader."""

        def with_person() -> Run:
            made = run()
            return made.model_copy(update={"reader": f"{made.reader}+{PERSON}"}) if self.corrections else made

        return finished(self.draft(), lang, with_person)

    def would_find(self, run: Callable[[], Run]) -> frozenset[str]:
        """Ids of the findings there would be if the document printed what the person says: what is no longer among them is
        settled by the corrections."""
        corrected = self.draft()
        assembly = corrected.assembly
        cells = dict(assembly.cells)
        for address, (value, _) in _latest(self.corrections)[0].items():
            if value is not None and cells[address].value != value:
                cells[address] = replace(cells[address], value=value, state="read")
        supposed = replace(corrected, assembly=replace(assembly, cells=cells, assessed=_assessed(corrected, cells)))
        return frozenset(finding.id for finding in finished(supposed, "zh", run).findings)


_Said = tuple[Value | None, Correction]


def _latest(corrections: Iterable[Correction]) -> tuple[dict[str, _Said], set[str]]:
    """What was said last of each cell, and the rows chosen as a whole."""
    said: dict[str, _Said] = {}
    rows: set[str] = set()
    for one in corrections:
        said |= {address: (value, one) for address, value in zip(one.addresses, one.said, strict=True)}
        if len(one.addresses) > 1:
            rows.add(one.target)
    return said, rows


def _read(review: Review, said: Mapping[str, _Said], rows: set[str]) -> Draft:
    base = review.base
    assembly = base.assembly
    cells = dict(assembly.cells)
    for key in rows:
        spans = _spans_of_row(base, key, [said[address][0] for address in review.cells_of(key)])
        for address, found in zip(review.cells_of(key), spans, strict=True):
            value, one = said[address]
            if one.target == key:
                cells[address] = _chosen(base, cells[address], value, one, found)
    taken = {cell.span for address, cell in cells.items() if address not in said}
    for address, (value, one) in said.items():
        if len(one.addresses) == 1:
            cells[address] = _corrected(base, address, value, one, taken)
    assessed = _assessed(base, cells)
    for equation, assessment in assessed:
        for address in () if assessment.holds else equation.addresses:
            if cells[address].trust == "proven":
                cells[address] = replace(cells[address], trust="located")
    unplaced = {
        key: row for key, row in assembly.unplaced.items() if any(cells[a].state == "unplaced" for a in review.cells_of(key))
    }
    return replace(base, assembly=replace(assembly, cells=cells, unplaced=unplaced, assessed=assessed))


def _assessed(draft: Draft, cells: Mapping[str, Cell]) -> Any:
    values = {address: cell.value for address, cell in cells.items() if isinstance(cell.value, int)}
    assembly = draft.assembly
    return tuple((one, assess(one, values)) for one in equations(assembly.form.edition, assembly.undivided))


def _chosen(draft: Draft, cell: Cell, value: Value | None, said: Correction, found: tuple[Span, ...]) -> Cell:
    """A cell of a row that a person chose; `found` is where the digits of the value stand."""
    if value is None:
        return replace(cell, value=None, state=said.blank, reader=PERSON, trust=None)
    if not found:
        return _beside(cell, value)
    hull = (found[0][0], found[-1][1])
    raw = draft.document.text[hull[0] : hull[1]]
    plain = len(found) == 1 or _NUMBER.fullmatch(fold(raw)) is not None
    return replace(
        cell, value=value, state="read", raw=raw, span=hull, pieces=None if plain else found, trust="located", reader=PERSON
    )


def _corrected(draft: Draft, address: str, value: Value | None, said: Correction, taken: set[Span | None]) -> Cell:
    """A cell after a person's word: confirmed, read elsewhere in its row, blank, or with a reading beside it."""
    cell = draft.assembly.cells[address]
    kept = cell.readings or ((_reading(cell),) if cell.value is not None else ())
    if value is None:
        mine = Reading(PERSON, None, said.blank)
        return Cell(None, said.blank, place=cell.place, reader=PERSON, readings=(*kept, mine) if kept else None)
    span = said.span
    if span is None and value == cell.value:
        mine = Reading(PERSON, value, "read", cell.raw, cell.span, cell.pieces, cell.unit)
        confirmed = replace(cell, trust="located") if cell.trust == "doubtful" else cell
        return replace(confirmed, readings=(*kept, mine))
    unit = None
    for reading in cell.readings or ():
        if span is None and reading.value == value:
            span, unit = reading.span, reading.unit
    span = span or _only_place(draft, address, value, taken)
    if span is None:
        return _beside(cell, value)
    raw = draft.document.text[span[0] : span[1]]
    unit = unit or read_cell(fold(raw), _column(draft, address)).unit
    mine = Reading(PERSON, value, "read", raw, span, None, unit)
    place = cell.place if cell.span == span else None
    trust: Trust = "located" if _known_place(draft, address, cell, span) else "doubtful"
    return Cell(value, "read", raw, span, None, unit, place, trust, False, PERSON, (*kept, mine) if kept else None)


def _known_place(draft: Draft, address: str, cell: Cell, span: Span) -> bool:
    """Whether a place belongs to the cell's row, in the first printing of the table or another."""
    row = _row_span(draft, address)
    inside = row is not None and row[0] <= span[0] and span[1] <= row[1]
    return inside or any(reading.span == span for reading in cell.readings or ())


def _beside(cell: Cell, value: Value) -> Cell:
    """The cell with a person's reading that stands nowhere in the document."""
    kept = cell.readings or ((_reading(cell),) if cell.value is not None else ())
    doubted = cell if cell.value is None else replace(cell, trust="doubtful")
    return replace(doubted, readings=(*kept, Reading(PERSON, value)))


def _reading(cell: Cell) -> Reading:
    return Reading(cell.reader or "rules", cell.value, cell.state, cell.raw, cell.span, cell.pieces, cell.unit)


def _only_place(draft: Draft, address: str, value: Value, taken: set[Span | None]) -> Span | None:
    """Where a value stands among what its row prints, if at one place only that no other cell has."""
    row = _row_span(draft, address)
    if row is None:
        return None
    found = []
    for match in _NUMBER.finditer(draft.folded, *row):
        printed = read_cell(match.group(), _column(draft, address))
        if printed.state == "read" and printed.value == value and match.span() not in taken:
            found.append(match.span())
    return found[0] if len(found) == 1 else None


def _row_span(draft: Draft, address: str) -> Span | None:
    key = address.rpartition(".")[0]
    assembly = draft.assembly
    unplaced = assembly.unplaced.get(key) or assembly.unplaced.get(key.partition(".")[0])
    if unplaced is not None:
        return unplaced.span
    spans = [cell.span for at, cell in assembly.cells.items() if cell.span and at.startswith(f"{key}.")]
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def _spans_of_row(draft: Draft, key: str, values: list[Value | None]) -> list[tuple[Span, ...]]:
    """Where the digits of each value of an open row stand, in order; nowhere if its digits are others."""
    low, high = draft.assembly.unplaced[key].span
    places = [at for at in range(low, high) if draft.folded[at].isdigit()]
    digits = ["" if value is None else _AMOUNT_SIGNS.sub("", str(value)) for value in values]
    if not "".join(draft.folded[at] for at in places).startswith("".join(digits)):
        return [()] * len(values)
    spans, at = [], 0
    for content in digits:
        spans.append(_joined(places[at : at + len(content)]))
        at += len(content)
    return spans


def _joined(places: list[int]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for at in places:
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return tuple(spans)


def _column(draft: Draft, address: str) -> Column:
    table, row, column = address.split(".")
    form = FORMS[draft.assembly.form.edition]
    columns = next(one for one in form.tables if one.name == table).row(row).columns
    return next(one for one in columns if one.key == column)


def _content(written: str, column: Column, address: str) -> Printed:
    printed = read_cell(fold(written).strip(), column)
    if printed.state == "unreadable":
        raise UsageError(
            cell_label(address),
            (f"“{written[:40]}”不是这一格可填的内容", f"“{written[:40]}” is nothing that this cell can hold"),
            ("请填一个数，空白则留空，不适用填 /", "give a number, nothing for a blank, / for not applicable"),
        )
    return printed


def history(review: Review) -> list[dict[str, Any]]:
    """The corrections as JSON can hold them: printed, before, said, who, when, why, and whether the document prints it."""
    cells = review.draft().assembly.cells
    return [
        {
            "cell": one.target,
            "printed": one.printed,
            "before": list(one.before),
            "said": list(one.said),
            "in_document": all(cells[a].value == value for a, value in zip(one.addresses, one.said, strict=True)),
            "who": one.who,
            "when": one.when,
            "reason": one.reason,
        }
        for one in review.corrections
    ]


def label(review: Review, result: Result, file: str, who: str) -> dict[str, Any]:
    """The label (CONTRACT.md, “Labels”) of a corrected report, kept with its document as `file`: what the document prints,
    not what it should. The corrections stand under `source.differences`. Prose is not labelled."""
    cells = result.cells
    doubtful = dict.fromkeys(address.rpartition(".")[0] for address, cell in cells.items() if cell.trust == "doubtful")
    return {
        "file": file,
        "sha256": result.document.sha256,
        "part": result.document.part,
        "edition": result.report.edition,
        "title": result.report.title,
        "agency": result.report.agency,
        "year": result.report.year,
        "published": result.report.published,
        "kind": result.document.kind,
        "source": {"kind": "real", "labelled_by": who, "checked_by": None, "differences": history(review)},
        "cells": {address: cell.value for address, cell in cells.items()},
        "states": {address: cell.state for address, cell in cells.items() if cell.value is None},
        "unplaced": {key: _NUMBER.findall(fold(row.raw)) for key, row in result.unplaced.items()},
        "units": {address: cell.unit for address, cell in cells.items() if cell.unit and cell.value is not None},
        "doubtful": list(doubtful),
        "claims": None,
        "anomalies": None,
        "traps": None,
    }
