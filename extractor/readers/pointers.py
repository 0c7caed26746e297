"""Answers by pointers: ids to places and back. A digit cannot be invented; ids that are unknown, used twice, out of order or
not side by side are complaints, and the rows that hold them are left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, pairwise

from extractor.document import Span
from extractor.readers.answers import Reply, codes
from extractor.readers.marking import Marking
from extractor.readers.numerals import read_cell
from extractor.readers.saying import Sayings
from extractor.reading import Cell, Value
from extractor.schema import Column, Edition, Row, Table

Ids = tuple[int, ...]
Columns = tuple[Ids | None, ...]
"""For each column the ids of its number, in order."""
_ITEM = re.compile(r"(?P<first>[0-9]{1,6})(?:(?P<to>[-~])(?P<last>[0-9]{1,6})|(?P<more>(?:\+[0-9]{1,6})+))?")
_NOTHING = re.compile(r"(?:null|none|_)?", re.IGNORECASE)
_MOST = 200
_SIGN = re.compile(r"(?:新?增加?|减少?|[+-])[ ]?\Z")
_COUNTED = re.compile(r"\s?(?:[年月日号%]|个百分点|工作日)")
"""What follows a number that is no cell of a table."""
_UNIT = re.compile(r"[ ]?\(?(?:万元|亿元|元)\)?")


class NotIds(ValueError):
    """What stands in an answer is no list of ids."""


def columns_of(said: str | Sequence[str | None]) -> Columns:
    """The columns that `"57-63"`, `"57,58~59,,60-63"` or `["57", "58+59", None, "60-63"]` names. Raises NotIds."""
    items = re.split("[,，]", said) if isinstance(said, str) else said
    found: list[Ids | None] = []
    for item in items:
        content = "" if item is None else item.strip().strip("⟦⟧")
        if _NOTHING.fullmatch(content):
            found.append(None)
            continue
        match = _ITEM.fullmatch(content)
        if match is None:
            raise NotIds(content[:40])
        first = int(match["first"])
        if match["last"]:
            last = int(match["last"])
            if not first <= last < first + _MOST:
                raise NotIds(content[:40])
            ids = tuple(range(first, last + 1))
            found += [ids] if match["to"] == "~" else [(one,) for one in ids]
        else:
            found.append((first, *map(int, (match["more"] or "").split("+")[1:])))
        if len(found) > _MOST:
            raise NotIds(content[:40])
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PointedRow:
    """A row by pointers: for each column the spans of its number's pieces. `text` and `folded` are the whole document's."""

    text: str
    folded: str
    columns: tuple[Column, ...]
    pieces: tuple[tuple[Span, ...] | None, ...]

    def says(self, column: int) -> bool:
        return self.pieces[column] is not None

    def agrees(self, column: int, cell: Cell) -> bool:
        pieces = self.pieces[column]
        held = cell.pieces or ((cell.span,) if cell.span else ())
        if pieces is None or cell.value is None:
            return False
        if pieces != held and not all(any(low <= start and end <= high for low, high in held) for start, end in pieces):
            return False
        digits = self._digits(pieces)
        if isinstance(cell.value, int) and digits.isdigit():
            return int(digits) == abs(cell.value)
        return Decimal(digits) == abs(Decimal(cell.value))

    def cell(self, column: int) -> Cell | None:
        pieces = self.pieces[column]
        if pieces is None:
            return None
        kind = self.columns[column].kind
        start, end = pieces[0][0], pieces[-1][1]
        if _COUNTED.match(self.folded, end):
            return None
        before = _SIGN.search(self.folded[max(0, start - 4) : start]) if kind == "change" else None
        after = _UNIT.match(self.folded, end) if kind == "amount" else None
        start, end = start - (len(before[0]) if before else 0), after.end() if after else end
        sign = before[0].strip() if before else ""
        printed = read_cell(sign + self._digits(pieces) + (after[0].strip() if after else ""), self.columns[column])
        if printed.value is None:
            return None
        kept = None if len(pieces) == 1 else tuple(_merged(pieces))
        return Cell(printed.value, "read", self.text[start:end], (start, end), kept, printed.unit, reader="model")

    def value(self, column: int) -> Value | None:
        cell = self.cell(column)
        return None if cell is None else cell.value

    def _digits(self, pieces: Sequence[Span]) -> str:
        if len(pieces) == 1:
            return self.folded[slice(*pieces[0])].replace(",", "")
        return "".join(self.folded[start:end] for start, end in pieces).replace(",", "")


def _merged(pieces: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in pieces:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


@dataclass(frozen=True, slots=True)
class Pointers:
    """Reads answers about one table whose section is marked. `text` and `folded` are the whole document's."""

    edition: Edition
    table: Table
    marking: Marking
    text: str
    folded: str
    _known: list[tuple[Reply, Sayings]] = field(default_factory=list, compare=False, repr=False)
    """The answer that was read last: its complaints are asked for before its rows."""

    def read(self, answer: Reply) -> Sayings:
        """What the answer says, row by row, and what is wrong with the rows that cannot be used."""
        if not (self._known and self._known[0][0] is answer):
            self._known[:] = [(answer, self._read(answer))]
        return self._known[0][1]

    def _read(self, answer: Reply) -> Sayings:
        named = codes(self.edition, self.table.name)
        given: dict[str, Columns] = {}
        wrong: dict[str, str] = {}
        for row in self.table.rows:
            said = getattr(answer, row.key, None)
            if said is None:
                continue
            try:
                columns = columns_of(said)
            except NotIds as error:
                wrong[row.key] = f"行 {named[row.key]}：“{error}”不是编号、编号区间或 null"
                continue
            if all(ids is None for ids in columns):
                continue
            if complaint := self._complaint(row, columns):
                wrong[row.key] = f"行 {named[row.key]}：{complaint}"
            else:
                given[row.key] = columns
        wrong |= {key: f"行 {named[key]}：{words}" for key, words in _between(given, self.table).items()}
        rows = {key: self._row(key, columns) for key, columns in given.items() if key not in wrong}
        return Sayings(rows, wrong)

    def complaints(self, answer: Reply) -> tuple[str, ...]:
        """What is wrong with an answer, in words for the model; it never says what the numbers should add up to."""
        return tuple(self.read(answer).complaints.values())

    def _complaint(self, row: Row, columns: Columns) -> str | None:
        if len(columns) != len(row.columns):
            return f"应有 {len(row.columns)} 格，给出了 {len(columns)} 格"
        ids = list(chain.from_iterable(ids or () for ids in columns))
        unknown = [one for one in ids if self.marking.span(one) is None]
        if unknown:
            return f"编号 {unknown[0]} 不在本段中"
        if any(a >= b for a, b in pairwise(ids)):
            return "编号没有按原文顺序排列，或重复使用"
        torn = next((found for found in columns if found and not self._side_by_side(found)), None)
        return None if torn is None else f"编号 {'+'.join(map(str, torn))} 在原文中不相邻，不是一个数"

    def _side_by_side(self, ids: Ids) -> bool:
        """Whether the pieces of one number follow each other, with nothing but white space between them, and are one."""
        spans = [self.marking.numbers[one - 1] for one in ids]
        apart = any(self.folded[a[1] : b[0]].strip(" \t\n,") for a, b in pairwise(spans))
        whole = "".join(self.folded[start:end] for start, end in spans)
        return not apart and (len(ids) == 1 or whole[0] != "0" or whole.startswith("0."))

    def _row(self, key: str, columns: Columns) -> PointedRow:
        numbers = self.marking.numbers
        pieces = tuple(None if ids is None else tuple(numbers[one - 1] for one in ids) for ids in columns)
        return PointedRow(self.text, self.folded, self.table.row(key).columns, pieces)


def _between(given: Mapping[str, Columns], table: Table) -> dict[str, str]:
    """What is wrong between rows: ids that two of them use."""
    used = Counter(one for columns in given.values() for ids in columns for one in ids or ())
    return {
        row.key: f"编号 {again} 用在了两行里"
        for row in table.rows
        if row.key in given
        and (again := next((one for ids in given[row.key] for one in ids or () if used[one] > 1), None)) is not None
    }
