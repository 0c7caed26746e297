"""The cells of a worksheet as lines and grids: what is a table on a sheet is told by its rows, for a sheet has no tables.

A row with several texts belongs to a table, and so does a row of one text that goes on it: with drawn cells beside it, inside a
vertically merged cell, or right under a row of the table. A heading, a long text and a text merged over the whole width are
paragraphs; a table is cut there and at empty rows.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from extractor.ingest.canonical import (
    MAX_AREA,
    MAX_WIDTH,
    CanonicalText,
    Placed,
    collapse,
    is_layout,
    too_large_table,
    without_empty,
)

_LONG = 60
_HEADING = re.compile(
    r"(?:[一二三四五六七八九十]{1,2}[、.．]|第[一二三四五六七八]部分|[（(][一二三四五六七八九十][)）])?[^、。；0-9]{0,12}?"
    r"(?:总体|主动公开|收到|申请|复议|诉讼|存在|问题|改进|其他需要|需要报告)[^。；]{0,30}?(?:情况|事项|措施|问题|不足|打算)"
)
_ITEM = re.compile(r"第\s*二十条")
_NOTE = re.compile(r"[注备][注：:]|说明[：:]|单位[：:]|填报")


class Merge(NamedTuple):
    """A merged range of cells, first and last row and column included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Area:
    """The visible cells of a sheet, with the rows and columns that are hidden in it; all count from 1 as on the sheet.

    `drawn` holds the columns of each row that show anything, if only a border."""

    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    drawn: dict[int, list[int]] = field(default_factory=dict)
    merges: dict[tuple[int, int], Merge] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Add a cell that has a text or a border."""
        self.drawn.setdefault(row, []).append(column)
        if text and not text.isspace():
            self.texts.setdefault(row, {})[column] = text

    def leave_out(self, row: int) -> None:
        """Take a row for hidden that has been put."""
        self.texts.pop(row, None)
        self.drawn.pop(row, None)
        self.hidden_rows.add(row)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        self.merges[top, left] = Merge(top, left, bottom, right)


def write_area(out: CanonicalText, area: Area, name: str) -> None:
    """Write the lines and tables of a sheet. Raises DocumentTooLarge over MAX_WIDTH or MAX_AREA."""
    _close_ranks(area)
    tall = _uncover(area, name)
    block: list[int] = []
    for row in sorted(area.drawn.keys() | tall):
        adjacent = bool(block) and row == block[-1] + 1
        if _in_table(area, row, block if adjacent else [], tall):
            if block and not adjacent:
                _write_block(out, area, block, name)
                block = []
            block.append(row)
            continue
        if block:
            _write_block(out, area, block, name)
            block = []
        for text in area.texts.get(row, {}).values():
            _write_lines(out, text)
    if block:
        _write_block(out, area, block, name)


def _write_lines(out: CanonicalText, text: str) -> None:
    for line in text.splitlines():
        out.line(collapse(line))


def _close_ranks(area: Area) -> None:
    """Count rows and columns anew without the hidden ones."""
    if not area.hidden_rows and not area.hidden_columns:
        return
    gone = sorted(area.hidden_rows)

    def row_of(row: int) -> int:
        return row - bisect_left(gone, row)

    def column_of(column: int) -> int:
        return column - sum(min(last + 1, column) - first for first, last in area.hidden_columns if first < column)

    def is_hidden(column: int) -> bool:
        return any(first <= column <= last for first, last in area.hidden_columns)

    area.texts = {row_of(row): {column_of(c): text for c, text in cells.items()} for row, cells in area.texts.items()}
    area.drawn = {row_of(row): [column_of(column) for column in columns] for row, columns in area.drawn.items()}
    merges = [merge for merge in area.merges.values() if merge.top not in area.hidden_rows and not is_hidden(merge.left)]
    area.merges = {}
    for top, left, bottom, right in merges:
        last_row = row_of(bottom) - (bottom in area.hidden_rows)
        area.merge(row_of(top), column_of(left), last_row, column_of(right) - is_hidden(right))


def _uncover(area: Area, name: str) -> set[int]:
    """Clip merged cells to what is in use and drop the texts under them; the rows that cells merged downwards stand in."""
    last = max(area.drawn, default=0)
    edge = max((max(cells, default=0) for cells in area.texts.values()), default=0)
    tall: set[int] = set()
    covered = 0
    for key, merge in list(area.merges.items()):
        bottom = min(merge.bottom, last)
        right = merge.right if merge.left in area.texts.get(merge.top, {}) else min(merge.right, edge)
        if bottom < merge.top or right < merge.left:
            del area.merges[key]
            continue
        area.merges[key] = merge._replace(bottom=bottom, right=right)
        covered += bottom - merge.top + 1
        if covered > MAX_AREA:
            raise too_large_table(name, ("单元格", "cells"), MAX_AREA)
        for row in range(merge.top, bottom + 1):
            cells = area.texts.get(row)
            for column in [c for c in cells or () if merge.left <= c <= merge.right and (row, c) != key]:
                del area.texts[row][column]
        if bottom > merge.top and merge.left in area.texts.get(merge.top, {}):
            tall.update(range(merge.top, bottom + 1))
    return tall


def _in_table(area: Area, row: int, above: list[int], tall: set[int]) -> bool:
    """Whether a row belongs to a table; `above` are the rows of the table that ends right above it."""
    texts = area.texts.get(row, {})
    if row in tall or len(texts) > 1:
        return True
    drawn = area.drawn.get(row, [])
    if not texts:
        return bool(above) and len(drawn) > 1
    (column, text), *_ = texts.items()
    words = collapse(text)
    if _ITEM.match(words):
        return True
    if len(words) > _LONG or _HEADING.fullmatch(words) or _NOTE.match(words):
        return False
    merge = area.merges.get((row, column))
    right = merge.right if merge else column
    if any(not column <= other <= right for other in drawn):
        return True
    return bool(above) and right < max(max(area.drawn[line], default=0) for line in above[-5:])


def _write_block(out: CanonicalText, area: Area, block: list[int], name: str) -> None:
    """Write the rows of a table, which stand together, as a grid from its first to its last column with a text."""
    inside = [merge for merge in area.merges.values() if block[0] <= merge.top <= block[-1]]
    shown = [merge for merge in inside if merge.left in area.texts.get(merge.top, {})]
    columns = [column for row in block for column in area.texts.get(row, ())]
    columns += [merge.right for merge in shown]
    first, width = min(columns), max(columns) - min(columns) + 1
    if width > MAX_WIDTH:
        raise too_large_table(name, ("列数", "columns"), MAX_WIDTH)
    if width * len(block) > MAX_AREA:
        raise too_large_table(name, ("单元格", "cells"), MAX_AREA)
    rows = list(_placed(area, block, inside, first, width))
    lengths = [len(cell.text) for row in rows for cell in row]
    if is_layout(lengths, width):
        for row in block:
            for _, text in sorted(area.texts.get(row, {}).items()):
                _write_lines(out, text)
        return
    rows, width = _without_idle(rows, width)
    out.table(rows if all(rows) else without_empty(rows), width)


def _without_idle(rows: list[list[Placed]], width: int) -> tuple[list[list[Placed]], int]:
    """The rows without the columns in which no cell begins: a sheet with several tables has them, a table as printed has not."""
    begun = sorted({cell.column for row in rows for cell in row})
    if len(begun) == width:
        return rows, width
    left = [bisect_left(begun, column) for column in range(width + 1)]
    kept = [
        [cell._replace(column=left[cell.column], colspan=left[cell.column + cell.colspan] - left[cell.column]) for cell in row]
        for row in rows
    ]
    return kept, len(begun)


def _placed(area: Area, block: list[int], merges: list[Merge], first: int, width: int) -> Iterator[list[Placed]]:
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    end = first + width
    for top, left, bottom, right in merges:
        height, across = min(bottom, block[-1]) - top + 1, min(right + 1, end) - left
        if left >= first and across > 0:
            spans[top, left] = height, across
            covered.update((row, column) for row in range(top, top + height) for column in range(left, left + across))
            covered.remove((top, left))
    for number, row in enumerate(block):
        texts = area.texts.get(row, {})
        yield [
            Placed(collapse(texts.get(column, "")), number, column - first, *spans.get((row, column), (1, 1)))
            for column in range(first, end)
            if (row, column) not in covered
        ]
