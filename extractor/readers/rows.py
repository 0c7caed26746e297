"""One printed row as a reading: cells that are certain, or digits whose cells are not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from extractor.cuts import Run, Sum
from extractor.document import Document, Span
from extractor.readers.layout import Token
from extractor.readers.numerals import SMALL, read_cell
from extractor.reading import Cell, Place, Trust
from extractor.schema import Column, Row

_DIGITS = re.compile(r"[0-9]+")
_SIGNED = re.compile(r"[+-]?[0-9]+")
_MOST_TOKENS = 60
_MOST_DIGITS = 140
"""Fifteen numbers of nine digits; a longer row is no row."""


@dataclass(frozen=True, slots=True)
class OpenDigits:
    """What is printed in a row whose cells are not certain: the `runs` that its digits may be, for each digit its offset
    in the text (`positions`), and at which offsets of the digits a sign stands before a number (`signs`, to the offset
    in the text). `glued` says that separators are lost, not only cells."""

    runs: tuple[Run, ...]
    positions: tuple[int, ...]
    signs: Mapping[int, int]
    glued: bool


@dataclass(slots=True)
class RowReading:
    """One printed row: `cells` (one a column) where they are certain, else `digits` if they could
    be understood as such. `values` spans what is printed; `doubts` are reasons why its place is known only in part; `again` is the same row
    printed a second time with other values."""

    row: Row | None
    values: Span | None = None
    cells: tuple[Cell, ...] | None = None
    digits: OpenDigits | None = None
    doubts: set[str] = field(default_factory=set)
    again: RowReading | None = None

    @property
    def glued(self) -> bool:
        return self.digits is not None and self.digits.glued


BLANK = Cell(None, "blank", reader="rules")


def blank_row(row: Row, doubts: set[str]) -> RowReading:
    """A row whose cells are printed and all empty."""
    return RowReading(row, cells=(BLANK,) * len(row.columns), doubts=set(doubts))


def read_cells(
    document: Document, folded: str, tokens: Sequence[Token], columns: Sequence[Column], grid: int | None
) -> tuple[Cell, ...]:
    """The cells of a row that are certain, one a column, with their places in the table (`grid`: its number from 0) and the
    most trust that they can have."""
    page, table = (None, None) if grid is None else (document.grids[grid].page, grid + 1)
    text = document.text
    cells: list[Cell] = []
    small = SMALL.get
    for token, column in zip(tokens, columns, strict=True):
        place = pieces = None
        own = token.cell
        if own is not None:
            place = Place(page, table, own.row + 1, own.column + 1) if table else None
            pieces = own.pieces
        if token.blank:
            cells.append(BLANK if place is None else Cell(None, "blank", place=place, reader="rules"))
            continue
        span = start, end = token.start, token.end
        count = small(folded[start:end])
        if count is not None and column.kind != "amount":
            cells.append(Cell(count, "read", text[start:end], span, pieces, None, place, "proven", False, "rules"))
            continue
        printed = read_cell(folded[start:end], column)
        value = printed.value
        trust: Trust | None = None if value is None else "proven"
        cells.append(Cell(value, printed.state, text[start:end], span, pieces, printed.unit, place, trust, False, "rules"))
    return tuple(cells)


def open_digits(
    folded: str, printed: Sequence[Token], columns: Sequence[Column], sums: tuple[Sum, ...], *, run_on: bool
) -> OpenDigits | None:
    """The printed tokens as digits to be cut; None if something else than whole numbers stands among them. `run_on` says
    that the rows of this table have lost their separators."""
    width = len(columns)
    contents = [folded[token.start : token.end].replace(",", "") for token in printed]
    number = _SIGNED if any(column.kind == "change" for column in columns) else _DIGITS
    digits = "".join(content.lstrip("+-") for content in contents)
    if not contents or len(contents) > _MOST_TOKENS or len(digits) > _MOST_DIGITS or not all(map(number.fullmatch, contents)):
        return None
    boundaries: set[int] = set()
    certain: set[int] = set()
    signs: dict[int, int] = {}
    at = 0
    for token, content in zip(printed, contents, strict=True):
        if content[0] in "+-":
            signs[at] = token.start
        if at:
            boundaries.add(at)
            if token.hard or at in signs:
                certain.add(at)
        at += len(content.lstrip("+-"))
    glued = any(len(content) > 1 and content[0] == "0" for content in contents)
    glued = glued or ((len(contents) == 1 or bool(signs)) and (run_on or len(digits) >= width))
    # Too many values may be numbers torn apart, too few may be numbers run together or cells left out.
    required = certain if len(contents) > width else boundaries
    allowed = None if glued and len(contents) <= width else frozenset(boundaries)
    run = Run(digits, width, frozenset(required), allowed, sums)
    positions = tuple([p for token in printed for p in range(token.start, token.end) if folded[p].isdigit()])
    return OpenDigits((run,), positions, signs, glued)


def without_label_number(digits: OpenDigits, number: str) -> OpenDigits:
    """`digits` that may also end before their last one, if that can be the `number` of the next label with its point lost."""
    run = digits.runs[0]
    if not (digits.glued and number.isdigit() and run.digits.endswith(number) and len(run.digits) > 1):
        return digits
    end = len(run.digits) - 1
    required = frozenset(at for at in run.required if at < end)
    allowed = None if run.allowed is None else frozenset(at for at in run.allowed if at < end)
    return replace(digits, runs=(run, replace(run, digits=run.digits[:-1], required=required, allowed=allowed)))


CAPTION = "caption"
"""The doubt of a printing whose caption says that it is of another year or body than the report, or a sample, and of one whose
header is that of another form."""


@dataclass(slots=True)
class TableReading:
    """One printing of a table: its rows by key, the text it takes up (header included), doubts about all of it.
    `header` is the text above the first row, `labels` where the label of each row is printed, also of rows that could not be
    read; `extra` says that the header names a column (小计) that the form does not have."""

    name: str
    span: Span
    rows: dict[str, RowReading]
    header: Span = (0, 0)
    labels: dict[str, Span] = field(default_factory=dict)
    extra: bool = False
    doubts: set[str] = field(default_factory=set)

    @property
    def filled(self) -> int:
        """How many rows print something."""
        return len([row for row in self.rows.values() if row.values is not None])

    def keep(self, row: RowReading) -> None:
        """Add a row; one that is printed again (at a page break) must agree with itself, and never overwrites values."""
        assert row.row is not None
        before = self.rows.get(row.row.key)
        if before is None or (before.values is None and row.values is not None):
            self.rows[row.row.key] = row
        elif row.values is not None and _content(before) != _content(row):
            before.doubts.add("repeated")
            before.again = row


def _content(row: RowReading) -> object:
    if row.cells is not None:
        return [cell.value for cell in row.cells]
    return [run.digits for run in row.digits.runs] if row.digits else None


@dataclass(slots=True)
class ProceedingsReading:
    """One printing of the third table: its single row of fifteen, and the text it takes up, header included."""

    span: Span
    row: RowReading


@dataclass(slots=True)
class Tables:
    """What the readers found: every printing of each table, the first being the one that counts."""

    disclosure: list[TableReading] = field(default_factory=list)
    applications: list[TableReading] = field(default_factory=list)
    proceedings: list[ProceedingsReading] = field(default_factory=list)

    def spans(self) -> list[tuple[str, Span]]:
        """(table, span) of every printing, in the order in which they stand."""
        found = [("disclosure", t.span) for t in self.disclosure] + [("applications", t.span) for t in self.applications]
        found += [("proceedings", t.span) for t in self.proceedings]
        return sorted(found, key=lambda item: item[1])
