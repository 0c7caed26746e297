"""Plain text and Markdown: the canonical text is the file itself; tables are guessed from tabs and pipes."""

from __future__ import annotations

import re

from extractor.document import Grid, GridCell
from extractor.errors import UnreadableDocument
from extractor.ingest.canonical import MAX_CELLS, Content, made, too_large_table
from extractor.ingest.charset import decode

_LINE_END = re.compile("\r\n?")
_RULE = re.compile(r"[ |\t]*+(?:(?::-++:?|-{3,}+:?|-{1,2}:)[ ]*+[|\t]?[ |\t]*+)++$")

_Line = tuple[int, str]
"""Where a line starts in the text, and the line."""
_Row = tuple[GridCell, ...]


def read(data: bytes, name: str) -> Content:
    r"""The decoded file with `\n` line ends and without its final one. Raises UnreadableDocument if nothing is printed in it."""
    text, notices = decode(data, name)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    text = text.removesuffix("\n")
    if not text or text.isspace():
        raise UnreadableDocument(name, ("文件里没有文字", "there is no text in it"), ("请检查该文件", "check the file"))
    return Content(text, grids(text, name), notices)


def grids(text: str, name: str) -> tuple[Grid, ...]:
    """The tables that tabs or pipes draw in `text`: maximal runs of lines that contain one, with at least two filled cells
    (or a filled one before blank ones) in some line. They are not rigid: a crawler may have dropped empty cells.

    Raises DocumentTooLarge over MAX_CELLS.
    """
    if "\t" not in text and "|" not in text:
        return ()
    if text.count("\t") + text.count("|") > MAX_CELLS:
        raise too_large_table(name, ("单元格", "cells"), MAX_CELLS)
    found: list[Grid] = []
    run: list[_Line] = []
    drawn = ""
    start = 0
    for line in (*text.split("\n"), ""):
        separator = _separator(line) if "|" in line or "\t" in line else ""
        if run and separator != drawn:
            grid = _pipes(run) if drawn == "|" else _tabs(run)
            run = []
            if grid is not None:
                found.append(grid)
        if separator:
            drawn = separator
            run.append((start, line))
        start += len(line) + 1
    return tuple(found)


def _separator(line: str) -> str:
    """What draws the table that `line` is a row of, if any. One tab alone on a line draws nothing."""
    pipes, tabs = line.count("|"), line.count("\t")
    if pipes >= tabs:
        return "|" if pipes else ""
    return "\t" if tabs > 1 or not line.isspace() else ""


def _tabs(run: list[_Line]) -> Grid | None:
    rows: list[_Row] = []
    for start, line in run:
        if not ("-" in line and _RULE.match(line)):
            rows.append(_cells(start, line.split("\t"), len(rows)))
    return _grid(run, rows)


def _pipes(run: list[_Line]) -> Grid | None:
    lines = [line.strip() for _, line in run]
    opened = all(line.startswith("|") for line in lines)
    closed = all(line.endswith("|") for line in lines)
    rows: list[_Row] = []
    for start, line in run:
        if "-" in line and _RULE.match(line):
            continue
        first = line.index("|") + 1 if opened else 0
        last = line.rindex("|") if closed else len(line)
        rows.append(_cells(start + first, line[first:last].split("|"), len(rows)))
    return _grid(run, rows)


def _cells(start: int, printed: list[str], number: int) -> _Row:
    """The printed cells of row `number`, a line that starts at `start`; their spans without the white space around them."""
    cells = []
    for column, cell in enumerate(printed):
        content = cell.strip()
        begin = start if content is cell or not content else start + cell.index(content)
        cells.append(made(GridCell, ((begin, begin + len(content)), number, column, 1, 1, None)))
        start += len(cell) + 1
    return tuple(cells)


def _grid(run: list[_Line], rows: list[_Row]) -> Grid | None:
    if not any(_is_row(row) for row in rows):
        return None
    end, last = run[-1]
    return Grid((run[0][0], end + len(last)), tuple(rows), max(map(len, rows)), rigid=False)


def _is_row(row: _Row) -> bool:
    filled = [number for number, cell in enumerate(row) if cell.span[1] > cell.span[0]]
    return len(filled) > 1 or (len(filled) == 1 and len(row) - filled[0] > 2)
