"""Asks a model about one report: which questions, how often, and what its answers add to the draft.

`alone`: all three tables and the prose are read by the model; the rules only say where things stand. Otherwise it is asked
about the rows that the rules did not understand, and the prose. Rows in question are asked a second time at most, without a
word of what was said or what they should add up to. What a budget leaves out stays open.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from extractor.assemble.choice import Said, Unit, choose, hides, in_question, merged, rankable, said_of, suggest, units
from extractor.document import Span
from extractor.drafting import Draft
from extractor.errors import ExtractorError
from extractor.model.failures import failure
from extractor.model.question import Asker, Budget, Question
from extractor.naming import row_label
from extractor.readers.answers import ProseAnswer, Protocol, RankingAnswer, Reply
from extractor.readers.marking import Marking, mark_prose, mark_table
from extractor.readers.passages import ProseReader, with_answer
from extractor.readers.pointers import Pointers
from extractor.readers.questions import prose_question, ranking_question, table_question
from extractor.readers.values import Values
from extractor.reading import Cell
from extractor.schema import Table

_LONGEST = 24_000
"""Characters of a section that are sent; a section with its table seldom has four thousand."""
_LEAST_FREE = 3
_STATED = ("total", "issued", "repealed", "in_force", "decisions", "amount")
"""Columns whose numbers prose states."""
Given = TypeVar("Given")
_COUNTED = re.compile(r"\s?(?:[年月日号件条个次人项份篇家起%]|工作日)")


@dataclass(slots=True)
class Inquiry:
    """The questions about one report: who is asked, how much it may cost, and what became of it. `prompts` are those
    used ("applications" to "v1:hash"); `unanswered` says by question why there is no answer."""

    asker: Asker
    budget: Budget
    protocol: Protocol = "pointers"
    prompts: dict[str, str] = field(default_factory=dict)
    unanswered: dict[str, ExtractorError] = field(default_factory=dict)

    async def ask(self, question: Question) -> Any:
        """The answer, or None."""
        if not self.budget.allows():
            self.unanswered.setdefault(question.name, failure("budget", question.name))
            return None
        name, _, version = question.prompt.partition("@")
        self.prompts[name] = version
        answer = await self.asker.ask(question, self.budget)
        if answer.value is None:
            self.unanswered.setdefault(question.name, answer.failure or failure("empty", question.name))
        return answer.value

    async def all(self, asking: Sequence[Callable[[], Coroutine[Any, Any, Given]]]) -> list[Given]:
        """What they give, in order; one after another where a budget must be kept to."""
        if self.budget.requests is None and self.budget.tokens is None:
            return list(await asyncio.gather(*(ask() for ask in asking)))
        return [await ask() for ask in asking]


async def read_with_model(read: Draft, inquiry: Inquiry, *, alone: bool) -> Draft:
    """The draft with what the model read in it; without answers, what the rules read (`alone`: open)."""
    if read.kind != "annual_report":
        return read
    tables = [_Asking(read, table, inquiry) for table in read.form.tables]
    asked = [(one, wanted) for one in tables if (wanted := one.wanted(alone=alone))]
    found: list[_Heard] = await inquiry.all(
        [*(partial(one.said, wanted) for one, wanted in asked), partial(_prose, read, inquiry), partial(_ranks, read, inquiry)]
    )
    said = {key: one for heard in found for key, one in heard.said.items()}
    assembly = choose(read.assembly, said, read.document.text, alone=alone)
    suggest(assembly, {key: number for heard in found for key, number in heard.ranks.items()})
    heard = found[-2]
    prose, summary = with_answer(read.prose, heard.reader, heard.prose, assembly.cells, alone=alone)
    left_open = frozenset(assembly.unplaced) - frozenset(read.assembly.unplaced)
    unanswered = dict(inquiry.unanswered)
    return replace(read, assembly=assembly, prose=prose, summary=summary, unanswered=unanswered, left_open=left_open)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one line of questions gave: of units, of prose (with the reader that knows its ids), of open rows."""

    said: Mapping[str, Said | None] = field(default_factory=dict)
    reader: ProseReader | None = None
    prose: ProseAnswer | None = None
    ranks: Mapping[str, int] = field(default_factory=dict)


class _Asking:
    """Asks about one table of a draft."""

    def __init__(self, read: Draft, table: Table, inquiry: Inquiry) -> None:
        self.read, self.table, self.inquiry = read, table, inquiry
        self.units = [unit for unit in units(read.form, read.assembly.undivided) if unit.table == table.name]
        self.section = section_of(read, table.name)
        folded, text = read.folded, read.document.text
        self.marking: Marking | None = None
        if self.section is not None:
            self.marking = mark_table(text, folded, self.section, _open_digits(read))

    def wanted(self, *, alone: bool) -> list[Unit]:
        """The units to ask about: all, or those that the rules did not understand. None where no number is printed."""
        if self.marking is not None and not self.marking.numbers:
            return []
        if alone:
            return self.units
        if self.marking is None:
            return []
        cells = self.read.assembly.cells
        absent = [unit for unit in self.units if unit.key not in self.read.assembly.unplaced]
        absent = [unit for unit in absent if hides([cells[address] for address in unit.addresses])]
        free = self._free() if absent else 0
        found = []
        for unit in self.units:
            own = [cells[address] for address in unit.addresses]
            row = self.read.assembly.unplaced.get(unit.key)
            lost = unit in absent and free >= max(_LEAST_FREE if len(absent) == len(self.units) else 1, min(len(own), 7))
            if (row is not None and not row.candidates) or lost or any(_one_number(cell) for cell in own):
                found.append(unit)
        return found

    def _free(self) -> int:
        """Numbers of the section that no row has and that count nothing in a sentence."""
        assert self.marking is not None
        assembly, folded = self.read.assembly, self.read.folded
        taken = [cell.span for cell in assembly.cells.values() if cell.span] + [row.span for row in assembly.unplaced.values()]
        return sum(
            not any(low < end and start < high for low, high in taken) and not _COUNTED.match(folded, end)
            for start, end in self.marking.numbers
        )

    async def said(self, wanted: list[Unit]) -> _Heard:
        """What the model says of these units; those in question are read twice."""
        first = await self._ask(wanted)
        if first is None:
            return _Heard(dict.fromkeys((unit.key for unit in wanted), None))
        questioned = in_question(self.read.assembly, first, self.read.document.text)
        second = await self._ask([unit for unit in wanted if unit.key in questioned], again=True) if questioned else None
        return _Heard(first if second is None else merged(self.read.assembly, first, second))

    async def _ask(self, wanted: list[Unit], *, again: bool = False) -> dict[str, Said | None] | None:
        if self.marking is None:
            self.inquiry.unanswered[self.table.name] = failure("too_long", self.table.name)
            return None
        read = self.read
        about = read.form.edition, self.table, self.marking, read.document.text, read.folded
        protocol = self.inquiry.protocol
        reader = Pointers(*about) if protocol == "pointers" else Values(*about, self._taken())
        rows = [row for unit in wanted for row, _ in unit.parts]
        question = table_question(read.form.edition, self.table, rows, self.marking, protocol, reader.complaints, again=again)
        answer: Reply | None = await self.inquiry.ask(question)
        if answer is None:
            return None
        said = reader.read(answer).rows
        return {unit.key: said_of(unit, said) for unit in wanted}

    def _taken(self) -> frozenset[Span]:
        return frozenset(cell.span for cell in self.read.assembly.cells.values() if cell.span)


def section_of(read: Draft, table: str) -> Span | None:
    """Where a table is to be read: its only printing with the section around it, of several printings the one that counts;
    without either the whole report. None where that is too long to send."""
    printings = [span for name, span in read.tables.spans() if name == table]
    sections = [one.span for one in read.prose.sections if one.name == table]
    if len(printings) > 1:
        own = [cell.span for address, cell in read.assembly.cells.items() if address.startswith(f"{table}.") and cell.span]
        printings = [span for span in printings if own and span[0] <= own[0][0] < span[1]] or printings
        sections = []
    parts = printings[:1] + sections[:1]
    low, high = (min(p[0] for p in parts), max(p[1] for p in parts)) if parts else read.document.window
    return (low, high) if high - low <= _LONGEST else printings[0] if printings else None


def _open_digits(read: Draft) -> frozenset[int]:
    """Offsets of digits in rows whose numbers the text does not separate; a row of one amount has nothing to separate."""
    rows = [row for table in (*read.tables.applications, *read.tables.disclosure) for row in table.rows.values()]
    rows = [row for row in rows if row.row is None or [column.kind for column in row.row.columns] != ["amount"]]
    rows += [printing.row for printing in read.tables.proceedings]
    return frozenset(at for row in rows if row.cells is None and row.digits for at in row.digits.positions)


def _one_number(cell: Cell) -> bool:
    return cell.state == "unreadable" and len(re.findall(r"\d+", cell.raw or "")) == 1


async def _prose(read: Draft, inquiry: Inquiry) -> _Heard:
    """What the model finds in the prose."""
    reader = ProseReader.of(read.document, read.folded, read.prose, [span for _, span in read.tables.spans()])
    if reader is None:
        return _Heard()
    cells = [address for address in read.form.addresses(read.assembly.undivided) if address.endswith(_STATED)]
    answer = await inquiry.ask(prose_question(cells, reader.marking, ProseAnswer, reader.complaints))
    return _Heard(reader=reader, prose=answer)


async def _ranks(read: Draft, inquiry: Inquiry) -> _Heard:
    """For open rows the number (from 1) of the candidate that prose speaks for."""
    open_rows = rankable(read.assembly)
    overview = next((one.span for one in read.prose.sections if one.name == "overview"), None)
    if not open_rows or overview is None or not re.search(r"\d", read.folded[overview[0] : overview[1]]):
        return _Heard()
    about = [
        {
            "key": unit.key,
            "label": "" if unit.key == "proceedings" else row_label(unit.key),
            "columns": [column.label for _, columns in unit.parts for column in columns],
            "candidates": ["、".join("（空）" if v is None else str(v) for v in way) for way in open_rows[unit.key].candidates],
        }
        for unit in units(read.form, read.assembly.undivided)
        if unit.key in open_rows
    ]
    shown = mark_prose(read.document.text, read.folded, [(overview[0], min(overview[1], overview[0] + _LONGEST))])
    answer: RankingAnswer | None = await inquiry.ask(ranking_question(about, shown, RankingAnswer))
    chosen = answer.choices.items() if answer is not None else ()
    return _Heard(ranks={key: number for key, number in chosen if number and key in open_rows})
