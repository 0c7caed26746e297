"""From the text after (or before) a row label to the cells printed there, however they are separated."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from extractor.document import Document, Grid, GridCell, Span
from extractor.readers.labels import Label

_NUMBER = r"[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?"
"""A comma between digits never separates cells: where its groups are no thousands, numbers were glued together."""
_UNIT = r"(?:万元|亿元|元|件|个|宗|条|份|次|起|项(?![目信]))"
_ODD = "[A-Za-z〇○?%~<>=≥≤±½¼¾·°¥$&@_^×÷²³₀-₉Ⅰ-ⅿ㌀-㏿\ufffd]|[^\\D0-9]"
"""What makes a number that it touches something else than a count: `2l`, `30%`, `0~3`, `>5`."""
_ABOUT = "(?:[余多年千百亿]|万(?!元)|、(?=[0-9]))"
_TOKEN = re.compile(
    r"(?P<rule>(?:(?<=\n)|^)[ |\t]*:?-{2,}:?(?:[ \t|]+:?-{2,}:?)+[ |\t]*(?=\n|$))"
    rf"|(?P<page>(?:(?<=\n)|^)[ ]*(?:-[ ]*[0-9]{{1,3}}[ ]*-|第[ ]*[0-9]{{1,3}}[ ]*页[^\n]{{0,12}})[ ]*(?=\n|$))"
    rf"|(?P<letters>(?<![^\s|])(?:(?:{_ODD})+(?![^\s|])|[=#][A-Z]{{3}}[^\s|]*))"
    rf"|(?P<odd>(?:[+-]?(?:{_ODD})+|(?<![^\s|])(?:[.#]|\*{{3}}))[0-9](?:[0-9,.]|{_ODD})*"
    rf"|[+-]?{_NUMBER}(?:{_ABOUT}|[.,]?{_ODD}|\(\))(?:[0-9,.]|{_ODD})*|(?<![^\s|])无\([0-9]+\)(?![^\s|]))"
    rf"|(?P<double>{_NUMBER}/{_NUMBER})"
    rf"|(?P<value>(?:(?:新?增加?|减少?|[+-])[ ]?)?{_NUMBER}(?![.、,][ ]?[\u4e00-\u9fff])(?:[ ]?{_UNIT})?(?:\((?![一二三四五六七八九十]\))[^()\n\t|]{{1,40}}\))?)"
    r"|(?P<mark>(?<![^\s|])(?:/|-+|无|\\)(?![^\s|]))"
    r"|(?P<lone>(?<![^\s|])(?:增|减)(?![^\s|]))"
    r"|(?P<blank>(?<=\n)[ ]+(?=\n))"
    r"|(?P<hard>[\n\t|])"
    r"|(?P<words>[^0-9\s|]+)"
)
_PLAIN = re.compile(r"(?P<lead>[^0-9\s|/\\+.#-]*)(?P<values>[0-9\s]*)(?P<tail>[^0-9|]*)")
_NEXT = re.compile(r"(\s*)([0-9]+|\Z)|(\s+)")
_DIGITS = re.compile("[0-9]+")
_BLANK_LINE = re.compile(r"(?<=\n)[ ]+(?=\n)")
_APART = re.compile(r"[^0-9]|[0-9](?:\Z|[(\[]?[一二三四五六七八九][)\]、])")
_MARK = re.compile(rf"(?<!\S)(?:/|-+|无|\\|增|减|[=#][A-Z]{{3}}\S*|(?:{_ODD})+)(?!\S)")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:[|\t]\s*:?-{2,}:?\s*)*\|?")


@dataclass(slots=True)
class Token:
    """A number or a mark as printed. `hard` says that a cell boundary (tab, bar, line end) stands before it."""

    start: int
    end: int
    hard: bool
    blank: bool = False
    line: int = 0
    cell: GridCell | None = None


@dataclass(slots=True)
class Strip:
    """What is printed for one row. `tokens` are numbers, marks and (where cells are marked) blanks, in order;
    `grid` and `line` tell the table row they stand in; `words` are stretches of other text among them."""

    label: Label | None
    tokens: list[Token] = field(default_factory=list)
    words: list[Span] = field(default_factory=list)
    grid: int | None = None
    cells: tuple[GridCell, ...] = ()
    doubts: set[str] = field(default_factory=set)
    printed: list[Token] = field(init=False)

    def __post_init__(self) -> None:
        self.take(self.tokens)

    @property
    def reach(self) -> int:
        """How many columns the table row has, up to the end of its last cell."""
        return self.cells[-1].column + self.cells[-1].colspan if self.cells else 0

    def take(self, tokens: list[Token]) -> None:
        """Let these be the row's tokens; `printed` are those that are not blank."""
        self.tokens = tokens
        self.printed = [token for token in tokens if not token.blank]


class GridIndex:
    """Which grid row a position of the text stands in."""

    def __init__(self, document: Document) -> None:
        rows = [(row[0].span[0], number, row) for number, grid in enumerate(document.grids) for row in grid.cells if row]
        rows.sort(key=itemgetter(0))
        self._starts = [start for start, _, _ in rows]
        self._rows = rows
        self.grids = document.grids

    def at(self, position: int, line_end: int) -> tuple[int, tuple[GridCell, ...]] | None:
        """The grid number and cells of the row whose text contains `position`, which stands on a line ending at `line_end`."""
        index = bisect_right(self._starts, position) - 1
        if index < 0:
            return None
        _, number, row = self._rows[index]
        return (number, row) if row[-1].span[1] >= position and row[-1].span[1] <= line_end else None

    def grid(self, number: int) -> Grid:
        return self.grids[number]


def tokens_between(folded: str, start: int, end: int) -> tuple[list[Token], list[Span]]:
    """Numbers, marks and blank lines printed in `folded[start:end]`, and the stretches of words among them."""
    plain = _PLAIN.fullmatch(folded, start, end)
    if plain:
        tail = plain.start("tail")
        if tail == end or (not _MARK.search(folded, tail, end) and _APART.match(folded, tail - 1, end)):
            return _plain_tokens(folded, plain)
    tokens: list[Token] = []
    words: list[Span] = []
    hard, line = False, 0
    glued_to_word = -1
    for match in _TOKEN.finditer(folded, start, end):
        kind = match.lastgroup
        if kind == "hard":
            hard = True
            line += match.group() == "\n"
            continue
        if kind in ("page", "rule"):
            hard = True
            continue
        if kind == "words":
            words.append(match.span())
            glued_to_word = match.end()
            continue
        if kind == "blank":
            tokens.append(Token(match.start(), match.end(), True, blank=True, line=line))
            hard = True
            continue
        at, stop = match.span()
        while folded[at] == " ":
            at += 1
        tokens.append(Token(at, stop, hard or (glued_to_word == at and not tokens), line=line))
        hard = False
    return tokens, words


def _plain_tokens(folded: str, plain: re.Match[str]) -> tuple[list[Token], list[Span]]:
    """The common case: digits and white space only, with words before (the rest of the label) or after (a group)."""
    tokens: list[Token] = []
    line = 0
    glued = plain.end("lead") > plain.start("lead")
    low, high = plain.span("values")
    words = [plain.span(part) for part in ("lead", "tail") if plain[part]]
    if folded.find(" ", low, high) < 0:  # no blank cell: told in half the time
        for match in _DIGITS.finditer(folded, low, high):
            start, end = match.span()
            gap = folded[low:start]
            lines = gap.count("\n")
            line += lines
            hard = lines > 0 or "\t" in gap or (glued and not tokens and not gap)
            tokens.append(Token(start, end, hard, False, line))
            low = end
        return tokens, words
    for match in _NEXT.finditer(folded, low, high):
        space = match.group(1)
        lines = space.count("\n")
        line += lines
        if lines > 1 and " " in space:
            at = match.start()
            blanks = _BLANK_LINE.finditer(folded, at, match.end(1))
            tokens += [Token(blank.start(), blank.end(), True, blank=True, line=line) for blank in blanks]
        if match.group(2):
            hard = lines > 0 or "\t" in space or (glued and not tokens and not space)
            tokens.append(Token(match.start(2), match.end(2), hard, line=line))
    return tokens, words


def bar_cells(folded: str, start: int, end: int) -> list[Token] | None:
    """The cells of a row printed one a line with bars (`0 |` or lone `|` lines), or None if no bar stands there."""
    first = folded.find("|", start, end)
    if first < 0:
        return None
    cells: list[Token] = []
    at = first + 1
    while (bar := folded.find("|", at, end)) >= 0:
        cells.append(_cell(folded, at, bar))
        at = bar + 1
    if folded[at:end].strip("#* \t\n"):  # not the marks of a heading that follows
        cells.append(_cell(folded, at, end))
    return [cell for cell in cells if not _RULE.fullmatch(folded, cell.start, cell.end)]


def _cell(folded: str, start: int, end: int) -> Token:
    content = folded[start:end]
    inner = content.strip()
    at = start + (len(content) - len(content.lstrip())) if inner else start
    return Token(at, at + len(inner), True, blank=not inner)


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the value columns of a grid stand: absolute columns, or offsets after the label's cell.

    `relative` is (cells after the label, blanks before the first value) in every full row; `extent` the columns of a row;
    `reordered` says that the header of a marked table names the columns in another order than the form, `stray` that blank
    lines stand among full rows too, so that a blank line is no blank cell, `depths` the columns where labels of each kind of number stand: one that stands elsewhere may have values that do, too.
    """

    columns: tuple[int, ...] | None = None
    relative: tuple[int, int] | None = None
    extent: int = 0
    reordered: bool = False
    stray: bool = False
    depths: Mapping[str, int] = field(default_factory=dict)


_HEADER_ROWS = 12


def header_columns(folded: str, grid: Grid, names: list[str]) -> tuple[int, ...] | None:
    """The grid columns over which the `names` are printed; None unless each is found in a column of its own."""
    heads: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        heads.setdefault(name[:4], []).append(index)
    found: dict[int, int] = {}
    for row in grid.cells[:_HEADER_ROWS]:
        if len(found) == len(names):
            break
        for cell in row:
            if cell.span[1] - cell.span[0] > 24 or cell.colspan > 1:
                continue
            words = "".join(folded[cell.span[0] : cell.span[1]].split())
            for index in heads.get(words[:4], ()):
                if index not in found and (len(names[index]) >= 4 or words == names[index]):
                    found[index] = cell.column
                    break
    columns = tuple(found.get(index, -1) for index in range(len(names)))
    return columns if -1 not in columns and len(set(columns)) == len(columns) else None


def geometry_of(strips: list[Strip], grid: Grid, width: int, header: tuple[int, ...] | None) -> Geometry:
    """How the rows of a grid stand, so that rows with blanks can be placed; nothing where that would be a guess.

    `header` are the columns under the printed column names. A table that pads its rows at the end and shows no blank
    between numbers may have dropped its empty cells (seen in crawled pipe tables): then no column is known.
    """
    extent = _commonest([strip.reach for strip in strips])
    in_order = header is not None and list(header) == sorted(header)
    if grid.rigid and header:
        return Geometry(columns=header, extent=extent, reordered=not in_order)
    full = [strip for strip in strips if len(strip.printed) == width and not _merged_values(strip)]
    absolute = {tuple([t.cell.column for t in strip.printed if t.cell]) for strip in full}
    if grid.rigid:
        known = (absolute.pop() if len(absolute) == 1 else None) or _last_columns(strips, grid, width)
        return Geometry(columns=known, extent=extent)
    if header and in_order and _under(strips, header, extent):
        return Geometry(columns=header, extent=extent, depths=_depths(strips, full))
    if not full:
        return Geometry(extent=extent)
    keeps = any(_interior_blank(strip) for strip in strips)
    padded = any(strip.tokens[-1].blank for strip in full)
    if padded and not keeps:
        return Geometry(extent=extent)
    if len(absolute) == 1 and len(full) >= 2 and len({s.reach for s in full}) == 1:
        return Geometry(columns=absolute.pop(), extent=full[0].reach)
    shapes = {(len(s.tokens), _leading(s)) for s in full}
    if len(shapes) == 1 and not padded:
        return Geometry(relative=shapes.pop(), extent=extent)
    return Geometry(extent=extent)


def _numbering(strip: Strip) -> str:
    """The kind of number that the row's label has in the form: "1", "（", "一" or none."""
    number = strip.label.row.number if strip.label else ""
    return "1" if number[:1].isdigit() else "一" if number[1:2] == "、" else number[:1]


def _column(strip: Strip) -> int:
    """The column of the row's label, right before its first cell."""
    first = strip.tokens[0].cell if strip.tokens else None
    return first.column - 1 if first else -1


def _depths(strips: list[Strip], full: list[Strip]) -> dict[str, int]:
    """For each kind of number the column where most labels of full rows stand, or of all rows where none is full."""
    of_full, of_all = _columns_by_kind(full), _columns_by_kind(strips)
    return {kind: _commonest(of_full.get(kind) or columns) for kind, columns in of_all.items()}


def _columns_by_kind(strips: list[Strip]) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    for strip in strips:
        columns.setdefault(_numbering(strip), []).append(_column(strip))
    return columns


def _commonest(numbers: list[int]) -> int:
    """The number that occurs most often, of several the first; 0 of none."""
    counts = Counter(numbers)
    return max(counts, key=counts.__getitem__, default=0)


def _last_columns(strips: list[Strip], grid: Grid, width: int) -> tuple[int, ...] | None:
    """The last columns of a marked table whose rows all reach its edge."""
    whole = all(strip.reach == grid.width for strip in strips)
    return tuple(range(grid.width - width, grid.width)) if whole and grid.width > width else None


def _under(strips: list[Strip], header: tuple[int, ...], extent: int) -> bool:
    """Whether the rows that have the usual number of cells print no number outside the header's columns."""
    usual = [strip for strip in strips if strip.reach == extent]
    return 2 * len(usual) > len(strips) and {t.cell and t.cell.column for s in usual for t in s.printed} <= set(header)


def place(strip: Strip, geometry: Geometry, width: int) -> list[Token] | None:
    """One token a column (blanks included), or None where the columns of the row are not certain."""
    tokens = strip.tokens
    printed = strip.printed
    if len(printed) == width and not geometry.reordered:
        return printed if geometry.stray or not _interior_blank(strip) else None
    if strip.grid is None:
        cells = len(tokens) == width and bool(printed) and not geometry.stray
        return tokens if cells and all(token.hard for token in tokens[1:]) else None
    if _merged_values(strip):
        return None
    if geometry.columns and strip.reach == geometry.extent:
        by_column = {token.cell.column: token for token in tokens if token.cell}
        known = all(column in by_column for column in geometry.columns)
        if geometry.depths.get(_numbering(strip), _column(strip)) != _column(strip):
            return None
        if known and all(token.cell and token.cell.column in geometry.columns for token in printed):
            return [by_column[column] for column in geometry.columns]
    if geometry.relative and len(tokens) == geometry.relative[0]:
        lead = geometry.relative[1]
        chosen = tokens[lead : lead + width]
        if len(chosen) == width and sum(not token.blank for token in chosen) == len(printed):
            return chosen
    return None


def _merged_values(strip: Strip) -> bool:
    return max([token.cell.colspan for token in strip.printed if token.cell], default=1) > 1


def _interior_blank(strip: Strip) -> bool:
    if not strip.printed or len(strip.printed) == len(strip.tokens):
        return False
    flags = [token.blank for token in strip.tokens]
    first, last = flags.index(False), len(flags) - 1 - flags[::-1].index(False)
    return True in flags[first:last]


def _leading(strip: Strip) -> int:
    return next((n for n, token in enumerate(strip.tokens) if not token.blank), 0)
