"""Tables that a page break cuts: one table out of two parts, with repeated headers dropped and cut rows and labels joined."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache

from rapidfuzz import fuzz

from extractor.ingest.pdf_lines import cell_text
from extractor.ingest.pdf_page import Box
from extractor.ingest.pdf_ruled import Cell, Table
from extractor.schema import FORMS

_SHIFT = 4.0
"""Points by which edges of two parts of a table may differ; margins of left and right pages are told apart by the left edge."""
_HEADER = 4
_LONGEST = 120
_LIKE = 78
"""Least similarity (0 to 100, Indel) of two joined pieces to an official label."""
_VALUE = re.compile(r"[0-9０-９/／—\-.,，]+|无|")
_WORDS = re.compile(r"[\u4e00-\u9fff]")


def join(upper: Table, lower: Table) -> Table | None:
    """The two as one table, if their columns are the same or those of one are among the other's; else None.

    A row is one row over the page break where its label goes on there, or where no label stands below: a number may so go
    on as well.
    """
    xs = _common(upper, lower)
    if xs is None or upper.rigid != lower.rigid:
        return None
    above = [_on(cell, upper.xs, xs, 0.0) for cell in upper.cells]
    below = [_on(cell, lower.xs, xs, upper.xs[0] - lower.xs[0]) for cell in lower.cells]
    below, rows = _without_header(above, below, lower.rows)
    if not rows:
        return Table(upper.page, upper.box, xs, upper.rows, above, upper.rigid, upper.columns)
    last = [cell for cell in above if cell.row + cell.rowspan == upper.rows]
    pairs = [(a, b) for a in last for b in below if b.row == 0 and (a.column, a.colspan) == (b.column, b.colspan)]
    cut = _is_cut(pairs, sum(cell.row == 0 for cell in below))
    offset = upper.rows - cut
    gone = _join_cells(pairs, cut=cut)
    for cell in below:
        cell.row += offset
    cells = above + [cell for cell in below if id(cell) not in gone]
    return Table(upper.page, Box(*upper.box[:3], lower.box.bottom), xs, offset + rows, cells, upper.rigid, upper.columns)


def _common(upper: Table, lower: Table) -> list[float] | None:
    """The edges of both, if one has all edges of the other."""
    shift = upper.xs[0] - lower.xs[0]
    if abs(lower.xs[-1] + shift - upper.xs[-1]) > _SHIFT:
        return None
    more, fewer = (upper.xs, [x + shift for x in lower.xs])
    if len(fewer) > len(more):
        more, fewer = fewer, more
    return more if all(min(abs(x - other) for other in more) <= _SHIFT for x in fewer) else None


def _on(cell: Cell, own: list[float], xs: list[float], shift: float) -> Cell:
    """`cell` with its columns counted on the edges `xs`."""
    first = _nearest(xs, own[cell.column] + shift)
    cell.colspan = max(1, _nearest(xs, own[cell.column + cell.colspan] + shift) - first)
    cell.column = first
    return cell


def _nearest(xs: list[float], place: float) -> int:
    index = bisect_left(xs, place)
    return min((i for i in (index - 1, index) if 0 <= i < len(xs)), key=lambda i: abs(xs[i] - place))


def _without_header(above: list[Cell], below: list[Cell], rows: int) -> tuple[list[Cell], int]:
    """The lower part without the rows at its top that print the table's header again."""
    for count in range(min(_HEADER, rows), 0, -1):
        head = _head(below, count)
        if head is not None and any(_WORDS.search(text) for _, text in head) and head == _head(above, count):
            kept = [cell for cell in below if cell.row >= count]
            for cell in kept:
                cell.row -= count
            return kept, rows - count
    return below, rows


def _head(cells: list[Cell], count: int) -> list[tuple[int, str]] | None:
    """Column and text of the first `count` rows; None if they hold a value or a cell reaches beyond them."""
    head = [cell for cell in cells if cell.row < count]
    if any(cell.row + cell.rowspan > count or (cell.text and _VALUE.fullmatch(cell.text)) for cell in head):
        return None
    return sorted((cell.column, cell.text) for cell in head if cell.text)


def _is_cut(pairs: list[tuple[Cell, Cell]], width: int) -> bool:
    """Whether the last row above and the first below are one row: the label goes on, or there is none below."""
    if len(pairs) < width:
        return False
    single = [(a, b) for a, b in pairs if a.rowspan == b.rowspan == 1]
    labels = [(a, b) for a, b in single if _WORDS.search(a.text) or _WORDS.search(b.text)]
    if not labels or any(b.text and not (a.text and continues(a.text, b.text)) for a, b in labels):
        return False
    return any(b.text for _, b in labels) or any(b.text for _, b in single) or not any(b.text for _, b in pairs)


def _join_cells(pairs: list[tuple[Cell, Cell]], *, cut: bool) -> set[int]:
    """Let the cells of the last row above take in those that go on below; the identities of the latter."""
    gone: set[int] = set()
    for above, below in pairs:
        single = above.rowspan == below.rowspan == 1
        label = bool(_WORDS.search(above.text)) and (not below.text or continues(above.text, below.text))
        if not ((single and cut) or (not single and label) or (cut and not (above.text and below.text))):
            continue
        above.text, certain = _joined_text(above, below)
        above.certain = certain and above.certain and below.certain
        above.lines += below.lines
        above.rowspan += below.rowspan - cut
        gone.add(id(below))
    return gone


def _joined_text(above: Cell, below: Cell) -> tuple[str, bool]:
    """The text of a cell in two pieces, and whether it is certain: digits go on only where the piece above fills its cell."""
    if not (above.lines and below.lines):
        return above.text or below.text, True
    return cell_text([*above.lines, *below.lines], max(above.full, below.full))


@cache
def _official() -> tuple[str, ...]:
    """Every label that the form prints in a cell."""
    labels: set[str] = set()
    for form in FORMS.values():
        for table in form.tables:
            for row in table.rows:
                labels.update((row.number + row.label, row.label, row.group or ""))
                labels.update(column.label for column in row.columns)
    return tuple(sorted(labels - {""}))


def continues(before: str, after: str) -> bool:
    """Whether two pieces are one label: together they are more like an official one than either is alone."""
    if len(before) + len(after) > _LONGEST:
        return False
    whole, first, second = (text.replace(" ", "") for text in (before + after, before, after))
    together = _likeness(whole)
    return together >= _LIKE and together > max(_likeness(first), _likeness(second))


def _likeness(text: str) -> float:
    return max(fuzz.ratio(text, label) for label in _official())
