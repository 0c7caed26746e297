"""What a reader says about a cell, and what the product makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar, dataclass_transform

from extractor.document import Span

State = Literal["read", "blank", "not_applicable", "absent", "unplaced", "unreadable"]
Trust = Literal["proven", "located", "doubtful"]
Made = TypeVar("Made")
Value = int | str
"""A count is an int (a 2019 change may be negative); a decimal is a str with its printed scale."""


@dataclass_transform(frozen_default=True)
def record(cls: type[Made]) -> type[Made]:
    """A dataclass that type checkers take for frozen: a frozen one takes three times as long to make, and reports have
    hundreds of cells."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@record
class Place:
    """Where a cell stands in its document; all four count from 1, `row` and `column` in the expanded grid."""

    page: int | None = None
    table: int | None = None
    row: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's view of one cell. `reader` is "rules", "copy" (a second printing of the table), "model" or "person"."""

    reader: str
    value: Value | None
    state: State = "read"
    raw: str | None = None
    span: Span | None = None
    pieces: tuple[Span, ...] | None = None
    unit: str | None = None


@record
class Cell:
    """The chosen reading of a cell. `text[span[0]:span[1]] == raw` whenever a span is given; only state `read` has a value."""

    value: Value | None
    state: State
    raw: str | None = None
    span: Span | None = None
    pieces: tuple[Span, ...] | None = None
    unit: str | None = None
    place: Place | None = None
    trust: Trust | None = None
    resolved: bool = False
    reader: str | None = None
    readings: tuple[Reading, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Values printed in a row that nothing assigns to columns: at most 20 candidate rows out of `count`
    (a candidate holds one value or null a column); `suggested` is the index of the one that prose or a model prefers."""

    raw: str
    span: Span
    candidates: tuple[tuple[Value | None, ...], ...]
    count: int
    suggested: int | None = None
