"""Answers by values: each number is then located in the text, as exact digits and in the order of its row. What cannot be located
stays a reading without a place; a lone 0 is never searched for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from extractor.document import Span
from extractor.readers.answers import Reply, codes
from extractor.readers.marking import Marking
from extractor.readers.numerals import read_cell
from extractor.readers.saying import Sayings
from extractor.reading import Cell, Value
from extractor.schema import Column, Edition, Row, Table

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,12})?")
_NOTHING = frozenset({"", "/", "-", "—", "null", "none", "无"})


@dataclass(frozen=True, slots=True)
class ValuedRow:
    """A row by values: `numbers` as given, in one spelling; `places` are spans of the same digits standing in this order, where
    the text has exactly one such row that nothing else takes."""

    folded: str
    text: str
    columns: tuple[Column, ...]
    numbers: tuple[str | None, ...]
    places: tuple[Span | None, ...] | None = None

    def says(self, column: int) -> bool:
        return self.numbers[column] is not None

    def agrees(self, column: int, cell: Cell) -> bool:
        said = self.numbers[column]
        return said is not None and cell.value is not None and Decimal(said) == Decimal(cell.value)

    def cell(self, column: int) -> Cell | None:
        span = self.places[column] if self.places else None
        if span is None:
            return None
        start, end = span
        printed = read_cell(self.folded[start:end], self.columns[column])
        return Cell(printed.value, "read", self.text[start:end], span, reader="model") if printed.value is not None else None

    def value(self, column: int) -> Value | None:
        said = self.numbers[column]
        if said is None or self.columns[column].kind == "amount":
            return said
        number = Decimal(said)
        return int(number) if number == number.to_integral_value() else said


@dataclass(frozen=True, slots=True)
class Values:
    """Reads answers about one table whose section is marked; `taken` are spans that are cells of rows already known."""

    edition: Edition
    table: Table
    marking: Marking
    text: str
    folded: str
    taken: Collection[Span] = ()

    def read(self, answer: Reply) -> Sayings:
        """What the answer says, row by row, and what is wrong with the rows that cannot be used."""
        named = codes(self.edition, self.table.name)
        rows: dict[str, ValuedRow] = {}
        wrong: dict[str, str] = {}
        for row in self.table.rows:
            said = getattr(answer, row.key, None)
            if said is None:
                continue
            numbers = [_normal(item) for item in said]
            if len(numbers) != len(row.columns):
                wrong[row.key] = f"行 {named[row.key]}：应有 {len(row.columns)} 格，给出了 {len(numbers)} 格"
            elif (
                odd := next((item for item in numbers if item is not None and not _NUMBER.fullmatch(item)), None)
            ) is not None:
                wrong[row.key] = f"行 {named[row.key]}：“{odd[:40]}”不是数"
            elif any(item is not None for item in numbers):
                rows[row.key] = ValuedRow(self.folded, self.text, row.columns, tuple(numbers), self._places(row, numbers))
        return Sayings(rows, wrong)

    def complaints(self, answer: Reply) -> tuple[str, ...]:
        """What is wrong with an answer, in words for the model; it never says what the numbers should add up to."""
        return tuple(self.read(answer).complaints.values())

    def _places(self, row: Row, numbers: Sequence[str | None]) -> tuple[Span | None, ...] | None:
        """Where the numbers stand one after another, if that is in one place only and they are not all zeros."""
        wanted = [Decimal(item) for item in numbers if item is not None]
        if len(wanted) < 2 or not any(wanted) or any(column.kind == "change" for column in row.columns):
            return None
        free = [span for span in self.marking.numbers if span not in self.taken]
        printed = [Decimal(self.folded[start:end].replace(",", "")) for start, end in free]
        found = [at for at in range(len(free) - len(wanted) + 1) if printed[at : at + len(wanted)] == wanted]
        if len(found) != 1:
            return None
        spans = iter(free[found[0] : found[0] + len(wanted)])
        return tuple(None if item is None else next(spans) for item in numbers)


def _normal(item: str | None) -> str | None:
    """A number in one spelling (NFKC, no separators), None for what says that there is none."""
    content = "" if item is None else re.sub(r"[,，\s]", "", unicodedata.normalize("NFKC", item))
    return None if content.lower() in _NOTHING else content
