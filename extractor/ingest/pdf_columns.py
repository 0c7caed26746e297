"""The columns of a table without ruled lines: where they stand, by its values and by the names above them, and what its
header says."""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import fmean

from extractor.ingest.pdf_lines import Line, joined, line_of
from extractor.ingest.pdf_ruled import Cell

NARROW = 0.15
"""Of the height of a line: a wider gap parts two names that stand close to each other."""
GROUPS = re.compile("申请人情况|法人或其他组织|行政复议|行政诉讼|未经复议直接起诉|复议后起诉")
"""Names over several columns; where they are short they stand over the middle one."""
_STEP = 5.0
"""Points: values of one column are nearer to the next of them."""
_EVEN = 0.75
_CORNER = ("信息内容", "项目")
_CLEAR = 0.3
"""Of the distance of two columns: a value that is nearer to a column stands in it."""


def space(places: list[float]) -> float:
    """The distance of the two columns that are nearest to each other."""
    return min((b - a for a, b in pairwise(places)), default=0.0)


def columns_of(values: list[Line], names: list[Line]) -> tuple[int, list[float]] | None:
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
    if space(places) < _EVEN * space(known):
        return None  # a value that stands alone between two columns may be of either
    return (side, places) if spread < _CLEAR * space(places) else None


def _at(chunk: Line, side: int) -> float:
    return (chunk.x0, (chunk.x0 + chunk.x1) / 2, chunk.x1)[side]


def unused(names: list[Line], values: list[Line], labelled: float) -> list[float]:
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


def in_columns(values: list[Line], side: int, places: list[float]) -> dict[int, Line] | None:
    """Column to value of the values of a row; None unless each stands clearly in a column of its own."""
    found: dict[int, Line] = {}
    for value in values:
        at = _at(value, side)
        column = min(range(len(places)), key=lambda index: abs(places[index] - at))
        if abs(places[column] - at) > _CLEAR * space(places) or column in found:
            return None
        found[column] = value
    return found


def header(printed: list[Line], edges: list[float], places: list[float]) -> tuple[list[Cell], int]:
    """The cells of the header that is `printed` above the values, and how many rows they take: names over several columns, then the stacked names of each."""
    spanning: list[tuple[int, int, str]] = []
    stacks: dict[int, str] = {}
    for chunk in [part for name in printed for part in _names(name, places)]:
        over = _over(chunk, places)
        middle = (chunk.x0 + chunk.x1) / 2
        column = sum(middle >= edge for edge in edges[1:-1])
        if len(over) > 1 or GROUPS.fullmatch(chunk.text):
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
    return [chunk] if len(_over(chunk, places)) < 2 else parted(chunk)


def parted(chunk: Line) -> list[Line]:
    groups = [[chunk.glyphs[0]]]
    for before, glyph in pairwise(chunk.glyphs):
        if glyph.x0 - before.x1 > NARROW * chunk.height:
            groups.append([])
        groups[-1].append(glyph)
    return [line_of(group) for group in groups]
