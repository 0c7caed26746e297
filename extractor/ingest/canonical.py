"""The canonical text of a document and the grids in it, written line by line by every format that marks its tables.

Rules of the text: no blank lines, white space inside a paragraph or a cell collapsed to one space, a table row is one line
with `width - 1` tabs, and a merged cell is printed once, at its top left place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from extractor.document import Grid, GridCell, Notice, Span
from extractor.errors import DocumentTooLarge

MAX_CELLS: Final = 150_000
"""A report has about 250 cells; a workbook of a whole city some ten thousand."""
MAX_AREA: Final = 1_000_000
MAX_WIDTH: Final = 1_000
_MAX_COLSPAN = 100
LONG_CELL: Final = 400
PROSE_CELL: Final = 1500
CELLS_PER_LONG_CELL: Final = 12


@dataclass(frozen=True, slots=True)
class Content:
    """What a format reads from its bytes: the canonical text, its grids in order, and what a person should know; `uncertain`
    and `scanned` as in Document."""

    text: str
    grids: tuple[Grid, ...] = ()
    notices: tuple[Notice, ...] = ()
    uncertain: tuple[Span, ...] = ()
    scanned: bool = False


Printed = tuple[str, int, int]
"""A cell as the source gives it: collapsed text and the rows and columns it claims (of rows 0: to the last one)."""


class Placed(NamedTuple):
    """A cell in its expanded table; `row` and `column` count from 0, spans stay inside the table."""

    text: str
    row: int
    column: int
    rowspan: int
    colspan: int


made = tuple.__new__
"""`made(GridCell, fields)`, with all fields in order: a third of the time that the class itself takes, for hundreds of cells."""


def collapse(text: str) -> str:
    """`text` with every run of white space (no-break and ideographic spaces too) as one space, none at the ends."""
    return " ".join(text.split())


def expand(rows: Sequence[Sequence[Printed]], name: str) -> tuple[list[list[Placed]], int]:
    """The rows of a table with each cell at its column, and the width of the table.

    Columns that only the overhang of a merged cell reaches do not exist (`colspan="1000"` over ten columns is ten wide),
    nor do rows without a cell of their own. Raises DocumentTooLarge over MAX_WIDTH or MAX_AREA.
    """
    placed: list[list[Placed]] = []
    taken: list[int] = []  # for each column the first row that is free again
    width = 0
    for number, row in enumerate(rows):
        column = 0
        line = []
        for text, rowspan, colspan in row:
            while column < len(taken) and taken[column] > number:
                column += 1
            height = 1 if rowspan == 1 else min(rowspan, len(rows) - number) or len(rows) - number
            end = column + (1 if colspan == 1 else min(max(colspan, 1), _MAX_COLSPAN))
            if end > len(taken):
                if end > MAX_WIDTH + _MAX_COLSPAN:
                    raise too_large_table(name, ("列数", "columns"), MAX_WIDTH)
                taken.extend([0] * (end - len(taken)))
            if height > 1:
                taken[column:end] = [number + height] * (end - column)
            line.append(made(Placed, (text, number, column, height, end - column)))
            column = end
        if line:
            width = max(width, line[-1].column + 1)
            if width * len(rows) > MAX_AREA:
                raise too_large_table(name, ("单元格", "cells"), MAX_AREA)
        placed.append(line)
    if not all(placed):
        placed = without_empty(placed)
    if len(taken) > width:
        placed = [[_inside(cell, width) for cell in line] for line in placed]
    return placed, width


def without_empty(rows: list[list[Placed]]) -> list[list[Placed]]:
    """The rows that have cells, counted anew; merged cells lose the rows that are gone."""
    kept = list(accumulate((bool(row) for row in rows), initial=0))
    return [
        [cell._replace(row=kept[cell.row], rowspan=kept[cell.row + cell.rowspan] - kept[cell.row]) for cell in row]
        for row in rows
        if row
    ]


def _inside(cell: Placed, width: int) -> Placed:
    return cell if cell.column + cell.colspan <= width else cell._replace(colspan=width - cell.column)


def is_layout(lengths: Sequence[int], width: int) -> bool:
    """Whether a table only arranges text: one column, or prose in its cells. `lengths` are those of its cells in characters."""
    if width < 2 or not lengths:
        return True
    longest = max(lengths)
    if longest <= LONG_CELL:
        return False
    long = sum(length > LONG_CELL for length in lengths)
    return longest > PROSE_CELL or len(lengths) < long * CELLS_PER_LONG_CELL


def too_large_table(name: str, what: tuple[str, str], limit: int) -> DocumentTooLarge:
    return DocumentTooLarge(
        name,
        (f"表格的{what[0]}超过上限 {limit}", f"its tables have more than {limit} {what[1]}"),
        ("请只保留年度报告的表格", "keep only the tables of the report"),
    )


class CanonicalText:
    """Collects lines and tables in reading order; `content()` is the result. `name` is the input's, for errors."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self._grids: list[Grid] = []
        self._end = 0
        self._cells = 0

    def line(self, text: str) -> None:
        """Append one paragraph, already collapsed; an empty one is no line."""
        if text:
            self._lines.append(text)
            self._end += len(text) + 1

    def table(self, rows: Sequence[Sequence[Placed]], width: int, page: int | None = None, *, rigid: bool = True) -> Grid:
        """Append an expanded table as a grid, a line a row. Raises DocumentTooLarge over MAX_CELLS in the document."""
        self._cells += sum(map(len, rows))
        if self._cells > MAX_CELLS:
            raise too_large_table(self._name, ("单元格", "cells"), MAX_CELLS)
        start = self._end
        grid = tuple([self._row(row, width) for row in rows])
        self._grids.append(Grid((start, self._end - 1), grid, width, rigid=rigid, page=page))
        return self._grids[-1]

    def _row(self, row: Iterable[Placed], width: int) -> tuple[GridCell, ...]:
        place = self._end  # of the first character of column 0, were all columns before it empty
        cells = []
        texts = [""] * width
        for text, number, column, rowspan, colspan in row:
            texts[column] = text
            start = place + column
            place += len(text)
            cells.append(made(GridCell, ((start, place + column), number, column, rowspan, colspan, None)))
        self._lines.append("\t".join(texts))
        self._end = place + width
        return tuple(cells)

    def content(self, notices: tuple[Notice, ...] = ()) -> Content:
        return Content("\n".join(self._lines), tuple(self._grids), notices)
