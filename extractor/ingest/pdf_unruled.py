"""Tables without ruled lines: columns from where the values stand, rows from their labels.

A row with fewer values keeps its blanks where every value stands clearly in one column. What is not clear is left as lines
of text, so that a reader leaves it open.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import fmean
from typing import Final

from extractor.ingest.pdf_lines import Line, joined, line_of
from extractor.ingest.pdf_page import Box
from extractor.ingest.pdf_ruled import Cell, Table

_WIDE = 0.7
"""Of the height of a line: a wider gap parts two cells."""
_NARROW = 0.15
_VALUE = re.compile(r"[+\-—－]?[0-9０-９]+(?:[,，][0-9]{3})*(?:[.．][0-9]+)?%?|[/／\-—－]+|无")
_NUMBERED = re.compile(r"[0-9]{1,2}[.、．]|[(（][一二三四五六七八九十]{1,2}[)）]|[一二三四五六七八九]、")
_ITEM = re.compile(r"第二十条|[一二三四五六][、.．]\s*[\u4e00-\u9fff]")
_GROUPS = re.compile("申请人情况|法人或其他组织|行政复议|行政诉讼|未经复议直接起诉|复议后起诉")
"""Names over several columns; where they are short they stand over the middle one."""
_HEADER_LINES: Final = 9
_MOST_LINES = 300
_STEP = 5.0
"""Points: values of one column are nearer to the next of them."""
_EVEN = 0.75
_CORNER = ("信息内容", "项目")
_DIGIT_NUMBERED = re.compile(r"[0-9]{1,2}[.、．]")
_CLEAR = 0.3
"""Of the distance of two columns: a value that is nearer to a column stands in it."""
_CLOSE = 2.3
"""Of the height of a line: baselines of one row's label, or of one header, are nearer to each other."""


@dataclass(slots=True)
class _Row:
    """A printed line of a table in its cells. `values` are what stands right of the labels."""

    line: Line
    chunks: list[Line]
    labels: list[Line] = field(default_factory=list)
    values: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class _Label:
    """The lines of one label."""

    lines: list[Line]

    @property
    def text(self) -> str:
        text = self.lines[0].text
        for line in self.lines[1:]:
            text = joined(text, line.text)
        return text

    @property
    def middle(self) -> float:
        return (self.lines[0].base + self.lines[-1].base) / 2


def unruled_tables(lines: list[Line], page: int, above: Table | None) -> tuple[list[Table], list[Line]]:
    """The tables that `lines` (outside ruled tables) lay out by position, and the lines that are in none. `above` is the
    table that ends the page before."""
    rows = [_Row(line, _chunks(line)) for line in lines]
    tables: list[Table] = []
    taken: set[int] = set()
    for first, last in _regions(rows):
        table = _table(rows[first:last], page, above if first == 0 else None)
        if table is not None:
            tables.append(table)
            taken.update(range(first, last))
    return tables, [line for number, line in enumerate(lines) if number not in taken]


def _chunks(line: Line) -> list[Line]:
    """The parts of a line that stand apart; numbers stand apart from each other at any space."""
    groups = [[line.glyphs[0]]]
    for before, glyph in pairwise(line.glyphs):
        gap = (glyph.x0 - before.x1) / max(line.height, 1.0)
        digits = before.text.isdigit() and glyph.text.isdigit()
        if gap > _WIDE or (digits and gap > 0.22):
            groups.append([])
        groups[-1].append(glyph)
    return [line_of(group) for group in groups]


def _is_value(chunk: Line) -> bool:
    return _VALUE.fullmatch(chunk.text.replace(" ", "")) is not None


def _trailing(row: _Row) -> int:
    """How many values end the line."""
    count = 0
    for chunk in reversed(row.chunks):
        if not _is_value(chunk):
            break
        count += 1
    return count


def _regions(rows: list[_Row]) -> list[tuple[int, int]]:
    """First and last-but-one line of every stretch that may be a table: lines of values with labels and header about them."""
    regions: list[tuple[int, int]] = []
    number = 0
    while number < len(rows):
        if _trailing(rows[number]) < 2 or not _starts_table(rows[number]):
            number += 1
            continue
        zone = _zone(rows[number])
        end = number + 1
        ahead = end
        while ahead < len(rows) and ahead - end < _HEADER_LINES and _in_table(rows[ahead], rows[ahead - 1], zone):
            ahead += 1
            if _trailing(rows[ahead - 1]) and rows[ahead - 1].line.x1 > zone:
                zone = min(zone, _zone(rows[ahead - 1]))
                end = ahead
        while end < len(rows) and _is_rest(rows[end], rows[end - 1], zone):
            end += 1
        low = regions[-1][1] if regions else 0
        first = number
        while first > low and _trailing(rows[first - 1]) and _in_table(rows[first], rows[first - 1], zone):
            first -= 1
        start = first
        while first > max(low, start - _HEADER_LINES) and _is_header(rows[first - 1], rows[first]):
            first -= 1
        regions.append((first, end))
        number = end
    return regions


def _starts_table(row: _Row) -> bool:
    """Whether values stand apart from each other, as prose numbers do not."""
    return len(row.chunks) - _trailing(row) <= 3


def _zone(row: _Row) -> float:
    return row.chunks[-_trailing(row)].x0


def _in_table(row: _Row, before: _Row, zone: float) -> bool:
    if row.line.base - before.line.base > 3 * row.line.height:
        return False
    labels = row.chunks[: len(row.chunks) - _trailing(row)]
    return all(chunk.x1 < zone + 1 for chunk in labels)


def _is_rest(row: _Row, before: _Row, zone: float) -> bool:
    """Whether a line is the end of the last label."""
    near = row.line.base - before.line.base < 1.5 * row.line.height and row.line.x1 < zone
    return near and len(row.chunks) == 1 and not _NUMBERED.match(row.line.text) and not _is_value(row.chunks[0])


def _is_header(row: _Row, below: _Row) -> bool:
    if _ITEM.match(row.line.text) or below.line.base - row.line.base > _CLOSE * max(row.line.height, below.line.height):
        return False
    return "。" not in row.line.text and not _trailing(row) and all(len(chunk.text) < 30 for chunk in row.chunks)


def _table(rows: list[_Row], page: int, above: Table | None) -> Table | None:
    """The table of a region, or None where its rows or columns are not clear. Without a header it may go on from `above`."""
    if len(rows) > _MOST_LINES:
        return None
    first = _first_of_body(rows)
    head, body = rows[:first], rows[first:]
    for row in body:
        count = _trailing(row)
        row.values = row.chunks[len(row.chunks) - count :]
        row.labels = row.chunks[: len(row.chunks) - count]
    printed = _printed(_labels([chunk for row in body for chunk in row.labels]), [row for row in body if row.values])
    if printed is None:
        return None
    for columns, edges in _candidates(head, body, above):
        side, places = columns
        placed = [_placed(values, side, places) for _, values in printed]
        if any(found is None for found in placed):
            continue
        cells, count = _header(head, edges, places)
        for (labels, _), found in zip(printed, placed, strict=True):
            assert found is not None
            cells.append(Cell(count, 0, 1, 1, " ".join(label.text for label in labels)))
            cells += [_cell(count, column + 1, found.get(column)) for column in range(len(places))]
            count += 1
        named = any(cell.text for cell in cells if cell.column == 0)
        if not named:
            cells = [replace(cell, column=cell.column - 1) for cell in cells if cell.column]
        lines = [row.line for row in rows]
        box = Box(edges[0], min(line.top for line in lines), edges[-1], max(line.bottom for line in lines))
        return Table(page, box, edges if named else edges[1:], count, cells, columns=columns)
    return None


def _first_of_body(rows: list[_Row]) -> int:
    """Where the header ends: at the first values, or at the label of theirs that begins above them."""
    first = number = next(number for number, row in enumerate(rows) if _trailing(row))
    zone = _zone(rows[first])
    while number and rows[number - 1].line.x1 < zone:
        number -= 1
        if _NUMBERED.match(rows[number].line.text):
            first = number
    return number if number == 0 else first


def _candidates(
    head: list[_Row], body: list[_Row], above: Table | None
) -> Iterator[tuple[tuple[int, list[float]], list[float]]]:
    """The columns that a table may have, and their edges: those of the table it goes on from, then its own."""
    values = [value for row in body for value in row.values]
    labelled = max((chunk.x1 for row in body for chunk in row.labels), default=0.0)
    if above is not None and above.columns is not None and not head and labelled < above.columns[1][0]:
        yield above.columns, above.xs
    names = [part for row in head for chunk in row.chunks for part in _parted(chunk) if not _GROUPS.fullmatch(part.text)]
    columns = _columns(values, names)
    if columns is None or any(value.x0 < labelled for value in values):
        return
    side, places = columns
    places = sorted([*places, *_unused(names, values, labelled)])
    edges = [min(row.line.x0 for row in (*head, *body)), (labelled + places[0]) / 2]
    edges += [(a + b) / 2 for a, b in pairwise(places)] + [places[-1] + _space(places) / 2]
    yield (side, places), edges


def _space(places: list[float]) -> float:
    """The distance of the two columns that are nearest to each other."""
    return min((b - a for a, b in pairwise(places)), default=0.0)


def _columns(values: list[Line], names: list[Line]) -> tuple[int, list[float]] | None:
    """By which side (0 left, 1 middle, 2 right) values are aligned, and where their columns stand; None if by none."""
    best: tuple[int, float, int, list[list[float]]] | None = None
    for side in (1, 0, 2):  # one line alone is aligned by all: its middles tell most
        stacks: list[list[float]] = []
        for at in sorted(_at(value, side) for value in values):
            if stacks and at - stacks[-1][-1] < _STEP:
                stacks[-1].append(at)
            else:
                stacks.append([at])
        spread = max(stack[-1] - stack[0] for stack in stacks)
        if best is None or (len(stacks), spread) < best[:2]:
            best = len(stacks), spread, side, stacks
    assert best is not None
    _, spread, side, stacks = best
    places = [fmean(stack) for stack in stacks]
    known = [
        place
        for place, stack in zip(places, stacks, strict=True)
        if len(stack) > 1 or any(name.x0 <= place <= name.x1 for name in names)
    ]
    if _space(places) < _EVEN * _space(known):
        return None  # a value that stands alone between two columns may be of either
    return (side, places) if spread < _CLEAR * _space(places) else None


def _at(chunk: Line, side: int) -> float:
    return (chunk.x0, (chunk.x0 + chunk.x1) / 2, chunk.x1)[side]


def _unused(names: list[Line], values: list[Line], labelled: float) -> list[float]:
    """Where the columns stand that have a name and no value."""
    reach = {(round(value.x0), round(value.x1)) for value in values}
    free = [name for name in names if not any(x0 <= name.x1 and name.x0 <= x1 for x0, x1 in reach)]
    stacks: list[tuple[float, float]] = []
    for name in sorted(free, key=lambda name: name.x0):
        if (name.x0 + name.x1) / 2 < labelled or name.text in _CORNER:
            continue
        if stacks and name.x0 < stacks[-1][1]:
            stacks[-1] = stacks[-1][0], max(stacks[-1][1], name.x1)
        else:
            stacks.append((name.x0, name.x1))
    return [(x0 + x1) / 2 for x0, x1 in stacks]


def _cell(row: int, column: int, value: Line | None) -> Cell:
    if value is None:
        return Cell(row, column, 1, 1)
    return Cell(row, column, 1, 1, value.text, all(glyph.sure for glyph in value.glyphs))


def _placed(values: list[Line], side: int, places: list[float]) -> dict[int, Line] | None:
    """Column to value of the values of a row; None unless each stands clearly in a column of its own."""
    found: dict[int, Line] = {}
    for value in values:
        at = _at(value, side)
        column = min(range(len(places)), key=lambda index: abs(places[index] - at))
        if abs(places[column] - at) > _CLEAR * _space(places) or column in found:
            return None
        found[column] = value
    return found


def _labels(chunks: list[Line]) -> list[_Label]:
    """The labels that chunks make: a number or a wide step begins a label, other lines of the same margin go on."""
    margins = Counter(round(chunk.x0) for chunk in chunks)
    split = [part for chunk in chunks for part in _split(chunk, {x for x, count in margins.items() if count > 2})]
    labels: list[_Label] = []
    for chunk in sorted(split, key=lambda chunk: (chunk.base, chunk.x0)):
        open_labels = [
            label
            for label in labels
            if abs(label.lines[0].x0 - chunk.x0) < 2.5 * chunk.height
            and 0 < chunk.base - label.lines[-1].base < 1.6 * chunk.height
            and chunk.x0 < label.lines[0].x1
        ]
        if open_labels and not _NUMBERED.match(chunk.text):
            min(open_labels, key=lambda label: abs(label.lines[-1].x0 - chunk.x0)).lines.append(chunk)
        else:
            labels.append(_Label([chunk]))
    return labels


def _split(chunk: Line, margins: set[int]) -> list[Line]:
    """A chunk in which a group's name and a label stand close to each other, parted at the label's margin."""
    groups = [[chunk.glyphs[0]]]
    for before, glyph in pairwise(chunk.glyphs):
        if glyph.x0 - before.x1 > _NARROW * chunk.height and {round(glyph.x0) + d for d in (-1, 0, 1)} & margins:
            groups.append([])
        groups[-1].append(glyph)
    return [line_of(group) for group in groups] if len(groups) > 1 else [chunk]


def _printed(labels: list[_Label], valued: list[_Row]) -> list[tuple[list[_Label], list[Line]]] | None:
    """The labels and values of every row; None where values have no label or a label may be another line's.

    The label that reaches farthest right of those beside a line of values is its own. Of the others, those with a number of
    their own are rows without values; the rest name groups and stand with the row that is nearest to their middle."""
    rows: list[tuple[float, list[_Label], list[Line]]] = []
    own: set[int] = set()
    for row in valued:
        base, near = row.values[0].base, 0.4 * row.line.height
        beside = [label for label in labels if label.lines[0].base - near <= base <= label.lines[-1].base + near]
        label = max(beside, key=lambda label: label.lines[0].x0, default=None)
        if label is None and (labels or len(valued) > 1):
            return None
        if id(label) in own:
            return None
        own.add(id(label))
        rows.append((base, [label] if label else [], row.values))
    rest = [label for label in labels if id(label) not in own]
    rows += [(label.middle, [label], []) for label in rest if _DIGIT_NUMBERED.match(label.text)]
    rows.sort(key=lambda item: item[0])
    for label in rest:
        if not _DIGIT_NUMBERED.match(label.text):
            nearest = min(rows, key=lambda item: abs(item[0] - label.middle))
            nearest[1].insert(0, label)
    return [(owners, values) for _, owners, values in rows]


def _header(rows: list[_Row], edges: list[float], places: list[float]) -> tuple[list[Cell], int]:
    """The cells of the header and how many rows they take: names over several columns, then the stacked names of each."""
    spanning: list[tuple[int, int, str]] = []
    stacks: dict[int, str] = {}
    for chunk in [part for row in rows for printed in row.chunks for part in _names(printed, places)]:
        over = _over(chunk, places)
        middle = (chunk.x0 + chunk.x1) / 2
        column = sum(middle >= edge for edge in edges[1:-1])
        if len(over) > 1 or _GROUPS.fullmatch(chunk.text):
            spanning.append((over[0] + 1 if over else column, max(len(over), 1), chunk.text))
        else:
            stacks[column] = joined(stacks.get(column, ""), chunk.text)
    cells: list[Cell] = []
    count = 0
    for column, width, text in spanning:
        cells.append(Cell(count, column, 1, width, text))
        cells += [Cell(count, index, 1, 1) for index in range(len(places) + 1) if not column <= index < column + width]
        count += 1
    if stacks:
        cells += [Cell(count, index, 1, 1, stacks.get(index, "")) for index in range(len(places) + 1)]
        count += 1
    return cells, count


def _over(chunk: Line, places: list[float]) -> list[int]:
    return [index for index, place in enumerate(places) if chunk.x0 - 1 <= place <= chunk.x1 + 1]


def _names(chunk: Line, places: list[float]) -> list[Line]:
    """A chunk over several columns in the names that stand apart in it, however close they are."""
    return [chunk] if len(_over(chunk, places)) < 2 else _parted(chunk)


def _parted(chunk: Line) -> list[Line]:
    groups = [[chunk.glyphs[0]]]
    for before, glyph in pairwise(chunk.glyphs):
        if glyph.x0 - before.x1 > _NARROW * chunk.height:
            groups.append([])
        groups[-1].append(glyph)
    return [line_of(group) for group in groups]
