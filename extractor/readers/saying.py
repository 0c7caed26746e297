"""What a model says of one row, however it says it: every protocol gives this, and everything after it sees no protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from extractor.reading import Cell, Value


class RowSaid(Protocol):
    """A row as a model gave it; columns count from 0."""

    def says(self, column: int) -> bool:
        """Whether it says that a number stands there."""
        ...

    def agrees(self, column: int, cell: Cell) -> bool:
        """Whether the number that it says is the one in `cell`, which the text shows there."""
        ...

    def cell(self, column: int) -> Cell | None:
        """The number as a reading of its own, located in the text; None where it has no place or none was said."""
        ...

    def value(self, column: int) -> Value | None:
        """The number that it says, located or not."""
        ...


@dataclass(frozen=True, slots=True)
class Sayings:
    """An answer about one table: `rows` by key, each with as many columns as the form, and `complaints` about those rows that
    cannot be used, by key. A row that is in neither is one of which nothing was said."""

    rows: Mapping[str, RowSaid] = field(default_factory=dict)
    complaints: Mapping[str, str] = field(default_factory=dict)
