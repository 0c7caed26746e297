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
from typing import Final

from extractor.ingest.pdf_columns import GROUPS, NARROW, columns_of, header, in_columns, parted, space, unused
from extractor.ingest.pdf_lines import Line, joined, line_of
from extractor.ingest.pdf_page import Box
from extractor.ingest.pdf_ruled import Cell, Table
from extractor.schema import FORMS

_WIDE = 0.7
"""Of the height of a line: a wider gap parts two cells."""
_VALUE = re.compile(r"[+\-—－]?[0-9０-９]+(?:[,，][0-9]{3})*(?:[.．][0-9]+)?%?|[/／\-—－]+|无")
_NUMBERED = re.compile(r"[0-9]{1,2}[.、．]|[(（][一二三四五六七八九十]{1,2}[)）]|[一二三四五六七八九]、")
_ITEM = re.compile(r"第二十条|[一二三四五六][、.．]\s*[\u4e00-\u9fff]")
_HEADER_LINES: Final = 9
_MOST_LINES = 300
_OWN = re.compile("[0-9]{1,2}[.、．]|" + "|".join(row.label for form in FORMS.values() for row in form.disclosure.rows))
"""How the label of a row begins that is not the name of a group."""
_NEXT_LINE = 1.8
"""Of the height of a line: baselines of lines of one label are nearer to each other."""
_CLOSE = 3.0
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
    near = row.line.base - before.line.base < _NEXT_LINE * row.line.height and row.line.x1 < zone
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
    for row in rows[first:]:
        count = _trailing(row)
        row.values = row.chunks[len(row.chunks) - count :]
        row.labels = row.chunks[: len(row.chunks) - count]
    lead = _lead(rows) if above is not None and not first else []
    head, body = rows[:first], rows[first + len(lead) :]
    printed = _printed(_labels(body), [row for row in body if row.values])
    if printed is None:
        return None
    for columns, edges in _candidates(head, body, above):
        side, places = columns
        placed = [in_columns(values, side, places) for _, values in printed]
        if any(found is None for found in placed):
            continue
        cells, count = header([chunk for row in head for chunk in row.chunks], edges, places)
        if lead:
            cells.append(_labelled(count, [_Label([row.line for row in lead])]))
            cells += [Cell(count, column + 1, 1, 1) for column in range(len(places))]
            count += 1
        for (labels, _), found in zip(printed, placed, strict=True):
            assert found is not None
            cells.append(_labelled(count, labels))
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
        if _NUMBERED.match(rows[number].line.text) or _OWN.match(rows[number].line.text):
            first = number
    return number if number == 0 else first


def _lead(rows: list[_Row]) -> list[_Row]:
    """The lines at the top of a page that end the label of the last row before it: no value and no number is among them, and
    they are one label, not the rest of a group's name beside it."""
    end = next(number for number, row in enumerate(rows) if _trailing(row) or _NUMBERED.match(row.line.text))
    return rows[:end] if len(_labels(rows[:end])) == 1 else []


def _labelled(row: int, labels: list[_Label]) -> Cell:
    lines = [line for label in labels for line in label.lines]
    return Cell(row, 0, 1, 1, " ".join(label.text for label in labels), lines=lines)


def _candidates(
    head: list[_Row], body: list[_Row], above: Table | None
) -> Iterator[tuple[tuple[int, list[float]], list[float]]]:
    """The columns that a table may have, and their edges: those of the table it goes on from, then its own."""
    values = [value for row in body for value in row.values]
    labelled = max((chunk.x1 for row in body for chunk in row.labels), default=0.0)
    if above is not None and above.columns is not None and not head and labelled < above.columns[1][0]:
        yield above.columns, above.xs
    names = [part for row in head for chunk in row.chunks for part in parted(chunk) if not GROUPS.fullmatch(part.text)]
    columns = columns_of(values, names)
    if columns is None or any(value.x0 < labelled for value in values):
        return
    side, places = columns
    places = sorted([*places, *unused(names, values, labelled)])
    edges = [min(row.line.x0 for row in (*head, *body)), (labelled + places[0]) / 2]
    edges += [(a + b) / 2 for a, b in pairwise(places)] + [places[-1] + space(places) / 2]
    yield (side, places), edges


def _cell(row: int, column: int, value: Line | None) -> Cell:
    if value is None:
        return Cell(row, column, 1, 1)
    return Cell(row, column, 1, 1, value.text, all(glyph.sure for glyph in value.glyphs))


def _labels(rows: list[_Row]) -> list[_Label]:
    """The labels that lines make: a number or a wide step begins a label, other lines of the same margin or middle go on, but
    not one beside values under another beside values."""
    margins = Counter(round(chunk.x0) for row in rows for chunk in row.labels)
    usual = {x for x, count in margins.items() if count > 2}
    split: list[Line] = []
    valued: set[int] = set()
    for row in rows:
        split += [part for chunk in row.labels for part in _split(chunk, usual)]
        if row.labels and row.values:
            valued.add(id(split[-1]))
    labels: list[_Label] = []
    for chunk in sorted(split, key=lambda chunk: (chunk.base, chunk.x0)):
        open_labels = [
            label
            for label in labels
            if (abs(label.lines[0].x0 - chunk.x0) < 2.5 * chunk.height or _is_centred(label.lines[0], chunk))
            and 0 < chunk.base - label.lines[-1].base < _NEXT_LINE * chunk.height
            and chunk.x0 < label.lines[0].x1
            and not (id(chunk) in valued and id(label.lines[-1]) in valued)
        ]
        if open_labels and not _NUMBERED.match(chunk.text) and not _OWN.match(chunk.text):
            min(open_labels, key=lambda label: abs(label.lines[-1].x0 - chunk.x0)).lines.append(chunk)
        else:
            labels.append(_Label([chunk]))
    return labels


def _is_centred(line: Line, below: Line) -> bool:
    return abs(line.x0 + line.x1 - below.x0 - below.x1) < 1.2 * below.height


def _split(chunk: Line, margins: set[int]) -> list[Line]:
    """A chunk in which a group's name and a label stand close to each other, parted at the label's margin."""
    groups = [[chunk.glyphs[0]]]
    for before, glyph in pairwise(chunk.glyphs):
        if glyph.x0 - before.x1 > NARROW * chunk.height and {round(glyph.x0) + d for d in (-1, 0, 1)} & margins:
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
    rows += [(label.middle, [label], []) for label in rest if _OWN.match(label.text)]
    rows.sort(key=lambda item: item[0])
    for label in rest:
        if not _OWN.match(label.text):
            nearest = min(rows, key=lambda item: abs(item[0] - label.middle))
            nearest[1].insert(0, label)
    return [(owners, values) for _, owners, values in rows]
