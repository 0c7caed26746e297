"""Ruled lines to tables: every cell of the lattice with its spans, and one table out of the parts that pages cut it into."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from extractor.ingest.pdf_lines import Line, cell_text, lines_of
from extractor.ingest.pdf_page import Box, Glyph, Page, Rule

_SNAP: Final = 3.0
"""Points: edges that are nearer are one edge; double and broken rules are drawn so."""
_SIDE = 120.0
"""Points: how far the open side of a table may be from its next rule."""
_MAX_RULES = 1_500
"""Of a page, after pieces are put together; more is a drawing."""
_OPEN_COLUMNS = 4
_MAX_AREA = 60_000
_PADDING = 12.0
"""Points: what a cell of Word and WPS leaves free at both sides together, and a little."""


@dataclass(slots=True)
class Cell:
    """A cell of a lattice: rows and columns from 0, its text, and whether it is certain what is printed in it. Its `lines`
    can be `full` points wide."""

    row: int
    column: int
    rowspan: int
    colspan: int
    text: str = ""
    certain: bool = True
    lines: list[Line] = field(default_factory=list)
    full: float = 0.0


@dataclass(slots=True)
class Table:
    """A table as printed on one or more pages, the first being `page`. `xs` are the edges of its columns, `cells` all its
    cells; `rigid` as in Grid. Of a table without rules, `columns` says by which side (0 left, 1 middle, 2 right) its values
    are aligned, and where."""

    page: int
    box: Box
    xs: list[float]
    rows: int
    cells: list[Cell]
    rigid: bool = True
    columns: tuple[int, list[float]] | None = None


def ruled_tables(page: Page) -> tuple[list[Table], list[Glyph]]:
    """The tables on `page` from the top down, and the glyphs that stand in none of them."""
    free = page.glyphs
    tables: list[Table] = []
    for lattice in _lattices(page):
        table, rest = _fill(lattice, free, page.number)
        if not _is_prose(table):
            tables.append(table)
            free = rest
    return sorted(tables, key=lambda table: table.box.top), free


def cell_boxes(page: Page) -> list[Box]:
    """Where the cells of ruled tables stand on `page`."""
    return [
        Box(
            found.xs[cell.column],
            found.ys[cell.row],
            found.xs[cell.column + cell.colspan],
            found.ys[cell.row + cell.rowspan],
        )
        for found in _lattices(page)
        for cell in found.cells
    ]


def _lattices(page: Page) -> list[_Lattice]:
    """What the rules of a page draw, small lattices first: a frame about others takes only what they leave."""
    horizontal, vertical = _merged(page.horizontal), _merged(page.vertical)
    if not horizontal or not vertical or len(horizontal) + len(vertical) > _MAX_RULES:
        return []
    lattices = [_lattice(h, v) for h, v in _components(horizontal, vertical)]
    return sorted((found for found in lattices if found is not None), key=_area)


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules with those put together that lie on one line and touch."""
    merged: list[Rule] = []
    for group in _snapped(sorted(rules)):
        at = sum(rule.at for rule in group) / len(group)
        group.sort(key=lambda rule: rule.start)
        start, end = group[0].start, group[0].end
        for rule in group[1:]:
            if rule.start > end + _SNAP:
                merged.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            end = max(end, rule.end)
        merged.append(Rule(at, start, end))
    return merged


def _snapped(rules: Sequence[Rule]) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in rules:
        if groups and rule.at - groups[-1][0].at <= _SNAP / 2:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def _components(horizontal: list[Rule], vertical: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that touch each other, directly or through others."""
    count = len(horizontal)
    parent = list(range(count + len(vertical)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical, count):
            if h.start - _SNAP <= v.at <= h.end + _SNAP and v.start - _SNAP <= h.at <= v.end + _SNAP:
                parent[root(i)] = root(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate((*horizontal, *vertical)):
        groups.setdefault(root(i), ([], []))[i >= count].append(rule)
    whole = [group for group in groups.values() if (len(group[0]) > 1 and group[1]) or _goes_through(*group)]
    _take_in_sides(whole, [group[1][0] for group in groups.values() if not group[0]])
    return whole


def _goes_through(horizontal: list[Rule], vertical: list[Rule]) -> bool:
    """Whether one horizontal rule parts two rows that the page breaks cut above and below: several vertical rules of one
    length run on at both sides of it."""
    if len(horizontal) != 1 or len(vertical) < _OPEN_COLUMNS:
        return False
    first, at = vertical[0], horizontal[0].at
    alike = all(abs(v.start - first.start) < _SNAP and abs(v.end - first.end) < _SNAP for v in vertical)
    return alike and first.start + _SNAP < at < first.end - _SNAP


def _take_in_sides(whole: list[tuple[list[Rule], list[Rule]]], loose: list[Rule]) -> None:
    """Add the vertical rules that touch no other to the table they run along: the side of a merged cell that is open above
    and below, where a page break cuts it twice."""
    for rule in loose:
        for horizontal, vertical in whole:
            top = min(*(h.at for h in horizontal), *(v.start for v in vertical))
            bottom = max(*(h.at for h in horizontal), *(v.end for v in vertical))
            inside = top - _SNAP <= rule.start and rule.end <= bottom + _SNAP
            apart = min(abs(v.at - rule.at) for v in vertical)
            if inside and 2 * (rule.end - rule.start) > bottom - top and apart < _SIDE:
                vertical.append(rule)
                break


@dataclass(slots=True)
class _Lattice:
    """Edges and the cell (by number) that each field between them belongs to."""

    xs: list[float]
    ys: list[float]
    owner: list[list[int]]
    cells: list[Cell]


def _area(lattice: _Lattice) -> float:
    return (lattice.xs[-1] - lattice.xs[0]) * (lattice.ys[-1] - lattice.ys[0])


def _edges(places: list[float]) -> list[float]:
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _SNAP:
            edges.append(place)
    return edges


def _lattice(horizontal: list[Rule], vertical: list[Rule]) -> _Lattice | None:
    """The cells that rules draw. A table may be open at its sides: then its horizontal rules tell where it ends."""
    xs = _edges([v.at for v in vertical] + [end for h in horizontal for end in h[1:]])
    ys = _edges([h.at for h in horizontal] + [end for v in vertical for end in v[1:]])
    columns, rows = len(xs) - 1, len(ys) - 1
    if columns < 2 or rows < 1 or columns * rows > _MAX_AREA:
        return None
    right = _walls(vertical, xs, ys)
    below = _walls(horizontal, ys, xs)
    owner = [[-1] * columns for _ in range(rows)]
    cells: list[Cell] = []
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] < 0:
                _claim(owner, cells, row, column, right, below)
    return _compact(_Lattice(xs, ys, owner, cells))


def _walls(rules: list[Rule], across: list[float], along: list[float]) -> list[set[int]]:
    """For each edge of `across` the fields of `along` where a rule stands on it."""
    middles = [(a + b) / 2 for a, b in pairwise(along)]
    walls: list[set[int]] = [set() for _ in across]
    for rule in rules:
        index = min(range(len(across)), key=lambda i: abs(across[i] - rule.at))
        walls[index].update(i for i, middle in enumerate(middles) if rule.start <= middle <= rule.end)
    return walls


def _claim(
    owner: list[list[int]], cells: list[Cell], row: int, column: int, right: list[set[int]], below: list[set[int]]
) -> None:
    """Give the fields from `row`, `column` on to a new cell: to the right up to a wall, then down as long as the whole
    width is open. A shape that is no rectangle falls apart into several cells, none of which is certain."""
    rows, columns = len(owner), len(owner[0])
    end = column + 1
    while end < columns and row not in right[end] and owner[row][end] < 0:
        end += 1
    last = row + 1
    while last < rows and not any(field in below[last] for field in range(column, end)):
        if (column and last not in right[column]) or (end < columns and last not in right[end]):
            break
        if any(last in right[inner] for inner in range(column + 1, end)):
            break
        last += 1
    leaks = last < rows and not all(field in below[last] for field in range(column, end))
    cell = Cell(row, column, last - row, end - column, certain=not leaks)
    for line in owner[row:last]:
        line[column:end] = [len(cells)] * (end - column)
    cells.append(cell)


def _compact(lattice: _Lattice) -> _Lattice:
    """The lattice without the edges at which no cell begins."""
    keep_x = sorted({cell.column for cell in lattice.cells})
    keep_y = sorted({cell.row for cell in lattice.cells})
    if len(keep_x) == len(lattice.xs) - 1 and len(keep_y) == len(lattice.ys) - 1:
        return lattice
    for cell in lattice.cells:
        first, last = _index(keep_x, cell.column), _index(keep_x, cell.column + cell.colspan - 1)
        cell.column, cell.colspan = first, last - first + 1
        first, last = _index(keep_y, cell.row), _index(keep_y, cell.row + cell.rowspan - 1)
        cell.row, cell.rowspan = first, last - first + 1
    xs = [lattice.xs[i] for i in keep_x] + lattice.xs[-1:]
    ys = [lattice.ys[i] for i in keep_y] + lattice.ys[-1:]
    return _Lattice(xs, ys, [[lattice.owner[r][c] for c in keep_x] for r in keep_y], lattice.cells)


def _index(kept: list[int], place: int) -> int:
    return bisect_right(kept, place) - 1


def _fill(lattice: _Lattice, glyphs: list[Glyph], page: int) -> tuple[Table, list[Glyph]]:
    """The table with the text of its cells, and the glyphs that stand outside."""
    xs, ys, owner = lattice.xs, lattice.ys, lattice.owner
    inside: list[list[Glyph]] = [[] for _ in lattice.cells]
    rest: list[Glyph] = []
    for glyph in glyphs:
        x, y = (glyph.x0 + glyph.x1) / 2, glyph.base - 0.3 * (glyph.bottom - glyph.top)
        if xs[0] <= x < xs[-1] and ys[0] <= y < ys[-1]:
            inside[owner[bisect_right(ys, y) - 1][bisect_right(xs, x) - 1]].append(glyph)
        else:
            rest.append(glyph)
    for cell, held in zip(lattice.cells, inside, strict=True):
        if held:
            cell.lines = lines_of(held)
    _write(lattice)
    return Table(page, Box(xs[0], ys[0], xs[-1], ys[-1]), xs, len(ys) - 1, lattice.cells), rest


def _write(lattice: _Lattice) -> None:
    """Set the text of every cell; what a column offers is the cell's width, or what its widest line is known to take."""
    widest: dict[tuple[int, int], float] = {}
    for cell in lattice.cells:
        key = cell.column, cell.colspan
        widest[key] = max([widest.get(key, 0.0), *(line.x1 - line.x0 for line in cell.lines)])
    for cell in lattice.cells:
        if cell.lines:
            width = lattice.xs[cell.column + cell.colspan] - lattice.xs[cell.column] - _PADDING
            cell.full = max(width, widest[cell.column, cell.colspan] - 0.5)
            cell.text, certain = cell_text(cell.lines, cell.full)
            cell.certain = cell.certain and certain and all(glyph.sure for line in cell.lines for glyph in line.glyphs)


_LONG_CELL = 400
_PROSE_CELL = 1_500
_CELLS_PER_LONG_CELL = 12


def _is_prose(table: Table) -> bool:
    """Whether rules only frame running text: as in HTML, long cells and few of them. A frame with nothing in it is none."""
    lengths = [len(cell.text) for cell in table.cells]
    long = sum(length > _LONG_CELL for length in lengths)
    return not any(lengths) or max(lengths) > _PROSE_CELL or len(lengths) < long * _CELLS_PER_LONG_CELL
