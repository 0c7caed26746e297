"""Prints generated reports: the three tables in eight layouts, and text whose claims are noted with their offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

from extractor.schema import FORMS, Edition, Form, Row

Layout = Literal["lines", "tab", "pipe", "markdown", "inline", "html_grid", "glued", "pipe_lines"]
Values = dict[str, int | str]
"""Address to number; decimals are strings with their printed scale."""

_VARIANT = ("一、本年新收政府信息公开申请数量", "一、本年度新收到政府信息公开申请数量")
SECTIONS = (
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
)
_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


class Cell(NamedTuple):
    """A printed cell of a table: a text, or the address of a value."""

    text: str
    address: str = ""
    wide: int = 1
    high: int = 1


Grid = tuple[tuple[Cell, ...], ...]


@cache
def printed_rows(edition: Edition) -> tuple[Row, ...]:
    form = FORMS[edition]
    return tuple(row for row in form.applications.rows if not form.optional(row))


@cache
def _grids(edition: Edition) -> tuple[Grid, Grid, Grid]:
    """The three tables as printed: every row holds the cells that begin in it."""
    form = FORMS[edition]
    return _disclosure(form), _applications(form), _proceedings(form)


def _disclosure(form: Form) -> Grid:
    grid: list[tuple[Cell, ...]] = []
    group = None
    for row in form.disclosure.rows:
        *columns, last = row.columns
        wide = 3 - len(columns)
        if row.group != group:
            group = row.group
            heads = (*(Cell(c.label) for c in columns), Cell(last.label, wide=wide))
            grid += [(Cell(group or "", wide=4),), (Cell("信息内容"), *heads)]
        place = f"disclosure.{row.key}"
        values = (Cell("", f"{place}.{c.key}") for c in columns)
        grid.append((Cell(row.label), *values, Cell("", f"{place}.{last.key}", wide)))
    return tuple(grid)


def _applications(form: Form) -> Grid:
    rows = printed_rows(form.edition)
    columns = rows[0].columns
    under = next(c.under for c in columns if c.under) or ""
    five = [c for c in columns if c.under]
    person, total = (c for c in columns if not c.under)
    grid: list[tuple[Cell, ...]] = [
        (Cell(_NOTE, wide=3, high=3), Cell("申请人情况", wide=len(columns))),
        (Cell(person.label, high=2), Cell(under, wide=len(five)), Cell(total.label, high=2)),
        tuple(Cell(c.label) for c in five),
    ]
    result = next(row.group for row in rows if row.number.startswith("（")) or ""
    printed: set[str] = set()
    for row in rows:
        label = row.number + row.label
        values = [Cell("", f"applications.{row.key}.{c.key}") for c in row.columns]
        groups = [] if row.group is None else [result] if row.group == result else [result, row.group]
        heads = []
        for group in groups:
            if group not in printed:
                inside = result if group == result else group
                high = sum(r.group is not None if inside == result else r.group == group for r in rows)
                heads.append(Cell(group, high=high))
                printed.add(group)
        grid.append((*heads, Cell(label, wide=3 - len(groups)), *values))
    return tuple(grid)


def _proceedings(form: Form) -> Grid:
    rows = form.proceedings.rows
    sole = [row for row in rows if row.group is None]
    suits = [row for row in rows if row.group]
    width = len(rows[0].columns)
    top = (*(Cell(r.label, wide=width) for r in sole), Cell(suits[0].group or "", wide=width * len(suits)))
    middle = (*(Cell(c.label, high=2) for r in sole for c in r.columns), *(Cell(r.label, wide=width) for r in suits))
    bottom = tuple(Cell(c.label) for r in suits for c in r.columns)
    return top, middle, bottom, tuple(Cell("", f"proceedings.{r.key}.{c.key}") for r in rows for c in r.columns)


def _expanded(grid: Grid) -> Iterator[list[Cell]]:
    """Rows of equal width; a spanning cell stands at its first place, the others it covers are empty."""
    below: dict[int, int] = {}
    empty = Cell("")
    for row in grid:
        line: list[Cell] = []
        for cell in row:
            while below.get(len(line), 0):
                below[len(line)] -= 1
                line.append(empty)
            for offset in range(cell.wide):
                below[len(line) + offset] = cell.high - 1
            line += [cell, *[empty] * (cell.wide - 1)]
        while below.get(len(line), 0):
            below[len(line)] -= 1
            line.append(empty)
        yield line


@cache
def _expanded_grid(edition: Edition, table: int) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(line) for line in _expanded(_grids(edition)[table]))


@dataclass(slots=True)
class Writer:
    """Builds the text; claims are noted with the offset at which they begin (none in HTML, whose text is not its bytes)."""

    layout: Layout
    parts: list[str] = field(default_factory=list)
    size: int = 0
    claims: list[dict[str, Any]] = field(default_factory=list)

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text)

    def claim(self, quote: str, value: int | str, unit: str | None, kind: str, subject: str, **more: str) -> str:
        name = f"c{len(self.claims) + 1:02}"
        at = None if self.layout == "html_grid" else self.size
        claim = {"id": name, "quote": quote, "at": at, "value": value, "unit": unit, "kind": kind, "subject": subject}
        self.claims.append(claim | more)
        self.put(quote)
        return name

    def at(self, text: str, quote: str, start: int) -> int | None:
        """The offset of a quote of the tables, which begin at `start`."""
        return None if self.layout == "html_grid" else text.index(quote, start)

    def open(self, mark: str = "p") -> None:
        if self.layout == "html_grid":
            self.put(f"<{mark}>")
        elif self.layout == "markdown" and mark != "p":
            self.put({"h1": "# ", "h2": "## "}[mark])

    def close(self, mark: str = "p") -> None:
        self.put(f"</{mark}>\n" if self.layout == "html_grid" else "\n")

    def line(self, text: str, mark: str = "p") -> None:
        self.open(mark)
        self.put(text)
        self.close(mark)


class Printer:
    """Prints tables in a layout. `shown` holds the text of every value cell."""

    def __init__(self, write: Writer, edition: Edition, shown: dict[str, str], mess: Sequence[str]) -> None:
        self.write, self.edition, self.shown, self.mess = write, edition, shown, mess

    def text(self, cell: Cell) -> str:
        return self.shown[cell.address] if cell.address else self.printed(cell.text)

    def printed(self, text: str) -> str:
        """A label as this document prints it."""
        if "label_variant" in self.mess and text == _VARIANT[0]:
            return _VARIANT[1]
        if "dun_numbering" in self.mess and text[:1].isdigit():
            return text.replace(".", "、", 1)
        return text

    def table(self, index: int) -> None:
        grid = _grids(self.edition)[index]
        layout = self.write.layout
        if layout in ("tab", "pipe", "markdown"):
            grid = _expanded_grid(self.edition, index)
        put = self.write.put
        if layout == "html_grid":
            put('<table border="1">\n')
        for number, row in enumerate(grid):
            texts = [self.text(cell) for cell in row]
            if layout == "html_grid":
                put(f"<tr>{''.join(map(_td, row, texts))}</tr>\n")
            elif layout == "glued":
                put("".join(texts))
            else:
                put(self._row(layout, texts))
            if layout == "markdown" and number == 0:
                put("|" + " --- |" * len(row) + "\n")
            if index == 1 and number == 14 and "page_break" in self.mess:
                put("- 3 -\n")
        put("</table>\n" if layout == "html_grid" else "\n" if layout in ("markdown", "glued") else "")

    def _row(self, layout: Layout, texts: list[str]) -> str:
        if layout == "tab":
            return "\t".join(texts) + "\n"
        if layout in ("pipe", "markdown"):
            return f"| {' | '.join(texts)} |\n"
        if layout == "pipe_lines":
            return "".join(f"{text} |\n" for text in texts) + "|\n"
        if layout == "inline":
            return " ".join(texts) + "\n"
        gap = "\n\n" if "blank_lines_between" in self.mess else "\n"
        return gap.join(texts) + gap


def _td(cell: Cell, text: str) -> str:
    wide = f' colspan="{cell.wide}"' if cell.wide > 1 else ""
    high = f' rowspan="{cell.high}"' if cell.high > 1 else ""
    return f"<td{high}{wide}>{text}</td>"
