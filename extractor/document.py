"""A document as every reader sees it: the canonical text, and where tables stand in it.

All spans are `(start, end)` in Unicode code points of `Document.text`, start inclusive, end exclusive, so that
`document.text[start:end]` is what is printed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Span = tuple[int, int]

MAX_FILE = 200 << 20
"""Bytes of one file that are read at most."""


class GridCell(NamedTuple):
    """One printed cell of a table. `row` and `column` count from 0 in the expanded grid (spans unfolded)."""

    span: Span
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    pieces: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: one line of the text a row. `rigid` says that the source marks every cell, empty ones too
    (HTML, Word, ruled PDF); a table guessed from tabs or pipes is not rigid. `page` counts from 1."""

    span: Span
    cells: tuple[tuple[GridCell, ...], ...]
    width: int
    rigid: bool
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something ingest saw that a person should know: `kind` is "hidden", "deleted" or "comment" (not read), "list" (sheets
    that say this program wrote them as lists: not read), "leftover" (a placeholder nobody filled in), "zero_width",
    "attachment", "macro", "decoding" or "truncated"; `detail` is bounded text of the source or a file name, never content
    of the report; of a truncated PDF the number of its pages that cannot be read, or nothing."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Document:
    """One report of one input. `sha256` is of the whole input's bytes; `part` of `parts` counts from 1. When an input
    holds several reports, all parts share `text` and `grids` (so spans mean the same everywhere) and each reads only
    its `window`. `scanned` says that the text was recognised from pictures; at the `uncertain` spans it is not sure what is
    printed (faint digits, numbers that may be one or two)."""

    name: str
    sha256: str
    media_type: str
    text: str
    grids: tuple[Grid, ...] = ()
    notices: tuple[Notice, ...] = ()
    window: Span = (0, 0)
    part: int = 1
    parts: int = 1
    uncertain: tuple[Span, ...] = ()
    scanned: bool = False
