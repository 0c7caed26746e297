"""四、行政复议、行政诉讼: one row of fifteen values under a header of three groups, without a label of its own."""

from __future__ import annotations

import re
from functools import cache

from extractor.cuts import Sum
from extractor.document import Document, Span
from extractor.readers.columns import outcomes_disordered, sums_fail
from extractor.readers.layout import GridIndex, Token, bar_cells, tokens_between
from extractor.readers.rows import ProceedingsReading, RowReading, open_digits, read_cells
from extractor.readers.strips import LEFT_OVER
from extractor.schema import Column, Form

_HEADER = re.compile(
    r"(?:行\s*政\s*复\s*议|行\s*政\s*诉\s*讼|未\s*经\s*复\s*议\s*(?:直\s*接\s*起\s*诉)?|直接\s*起诉|复\s*议\s*后\s*(?:起\s*诉)?"
    r"|结\s*果|维\s*持|纠\s*正|其\s*他|尚\s*未|审\s*结|总\s*计|[\s|]|-{3,}|:)+"
)
_LEAF = re.compile(r"维\s*持|纠\s*正|其\s*他|尚\s*未|总\s*计")
_ANCHOR = re.compile(r"未\s*经\s*复\s*议|复\s*议\s*后\s*起\s*诉|结\s*果\s*维\s*持|行\s*政\s*复\s*议[\s|]*行\s*政\s*诉\s*讼")
_FIRST = re.compile(r"行\s*政\s*复\s*议|行\s*政\s*诉\s*讼|结\s*果\s*维\s*持")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_FIGURE = re.compile(r"[0-9]")
_MARK = re.compile(r"(?:/|-+|无)")
_NUMBER_OF_LABEL = re.compile(r"(?<![0-9])[0-9][.、,][ ]*\Z|(?<=\s)[(\[]\Z")
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}\Z")
_LONGEST = 1200
WIDTH = 15
_COLUMN_NUMBERS = [[str(first + column) for column in range(WIDTH)] for first in (0, 1)]
"""A line of the header that numbers the columns."""


def read_proceedings(
    document: Document, folded: str, form: Form, index: GridIndex, low: int, high: int
) -> list[ProceedingsReading]:
    """Every printing of the proceedings table in `[low, high)`."""
    readings: list[ProceedingsReading] = []
    at = low
    while (anchor := _ANCHOR.search(folded, at, high)) and len(readings) < 4:
        start = _begin(folded, low, anchor.start())
        header = _HEADER.match(folded, start, min(high, start + _LONGEST))
        end = header.end() if header else anchor.end()
        at = max(end, anchor.end())
        if header is None or len(_LEAF.findall(header.group())) < 8:
            continue
        readings.append(_read(document, folded, form, index, header.span(), high))
        at = max(at, readings[-1].span[1])
    return readings


def _begin(folded: str, low: int, anchor: int) -> int:
    """The header begins with 行政复议 and 行政诉讼, some words before the first column names."""
    begin = anchor
    for match in reversed(list(_FIRST.finditer(folded, max(low, anchor - 400), anchor))):
        if folded[match.end() : begin].strip(" \n\t\r|:-"):
            break
        begin = match.start()
    return begin


def _read(document: Document, folded: str, form: Form, index: GridIndex, header: Span, high: int) -> ProceedingsReading:
    end = _values_end(folded, header[1], high)
    printed_header = folded[header[0] : header[1]]
    start = header[0] + len(printed_header) - len(printed_header.lstrip())
    reading = RowReading(None)
    row = _grid_row(document, folded, header, end)
    marked = any(grid.rigid and grid.span[0] <= start < grid.span[1] for grid in document.grids)
    tokens, grid = row or ([] if marked else _free_tokens(folded, header[1], end), None)
    printed = [token for token in tokens if not token.blank]
    if printed:
        reading.values = printed[0].start, printed[-1].end
        end = printed[-1].end
        before = _FIGURE.search(folded, header[1], printed[0].start)
        if grid is not None and (before or LEFT_OVER.match(folded, end, min(high, end + 80))):
            reading.doubts.add("words")
    columns = _columns(form)
    cells = _place(folded, tokens, printed, _sums(form), grid is not None and index.grid(grid).rigid)
    if cells is None:
        reading.digits = open_digits(folded, printed, columns, _sums(form), run_on=len(printed) == 1)
    else:
        reading.cells = read_cells(document, folded, cells, columns, grid)
        if any(cell.raw is not None and "\n" in cell.raw for cell in reading.cells):
            reading.doubts.add("wrapped")
    if outcomes_disordered(printed_header) or sums_fail([reading], _sums(form)):
        reading.doubts.add("columns")
    return ProceedingsReading((start, end), reading)


@cache
def _columns(form: Form) -> tuple[Column, ...]:
    return tuple(column for block in form.proceedings.rows for column in block.columns)


@cache
def _sums(form: Form) -> tuple[Sum, ...]:
    found: list[Sum] = []
    at = 0
    for block in form.proceedings.rows:
        end = at + len(block.columns) - 1
        found.append((tuple(range(at, end)), end))
        at = end + 1
    return tuple(found)


def _values_end(folded: str, start: int, high: int) -> int:
    """Values end at the first words after the header; 无 as a mark is no word."""
    at = start
    while True:
        match = _CJK.search(folded, at, min(high, start + _LONGEST))
        if match is None:
            return min(high, start + _LONGEST)
        alone = match.group() == "无" and folded[match.end() : match.end() + 1] in ("", "\n", "\t", " ", "|")
        if not alone:
            year = match.group() == "年" and _YEAR.search(folded, start, match.start())
            if year and _FIGURE.search(folded, start, year.start()):
                return year.start()
            numbered = _NUMBER_OF_LABEL.search(folded, max(start, match.start() - 6), match.start())
            return numbered.start() if numbered else match.start()
        at = match.end()


def _grid_row(document: Document, folded: str, header: Span, end: int) -> tuple[list[Token], int] | None:
    """The cells of the first table row after the header that holds values, or (in a marked table) of the first one."""
    for number, grid in enumerate(document.grids):
        if grid.span[1] < header[0] or grid.span[0] > end:
            continue
        for row in grid.cells:
            if not row or row[0].span[0] < header[0] or row[0].span[0] > end:
                continue
            contents = [folded[cell.span[0] : cell.span[1]] for cell in row]
            if any(_CJK.search(c) and not _MARK.fullmatch(c) for c in contents) or contents in _COLUMN_NUMBERS:
                continue
            if any(contents) or (grid.rigid and len(row) == WIDTH):
                return [Token(c.span[0], c.span[1], True, blank=c.span[0] == c.span[1], cell=c) for c in row], number
    return None


def _free_tokens(folded: str, start: int, end: int) -> list[Token]:
    bars = bar_cells(folded, max(0, start - 1), end) if "|" in folded[max(0, start - 1) : end] else None
    if bars is not None and any(not bar.blank for bar in bars):
        first = folded[start:end].lstrip()
        if first[:1].isdigit():
            lead = start + folded[start:end].index(first)
            stop = folded.index("|", lead) if "|" in folded[lead:end] else end
            content = folded[lead:stop].rstrip()
            bars = [Token(lead, lead + len(content), True), *(bar for bar in bars if bar.start > lead)]
        return bars
    tokens, _ = tokens_between(folded, start, end)
    return tokens


def _place(folded: str, tokens: list[Token], printed: list[Token], sums: tuple[Sum, ...], marked: bool) -> list[Token] | None:
    """One token a column, or None where that is not certain. Without marked cells a row with blanks may be shifted, so
    its sums must hold with the blanks as 0."""
    if len(printed) == WIDTH:
        return printed
    if any(token.cell is not None and token.cell.colspan > 1 for token in printed):
        return None
    if len(tokens) != WIDTH or not all(token.hard for token in tokens[1:]):
        return None
    return tokens if marked or (printed and _sums_hold(folded, tokens, sums)) else None


def _sums_hold(folded: str, tokens: list[Token], sums: tuple[Sum, ...]) -> bool:
    contents = [folded[token.start : token.end].strip() or "0" for token in tokens]
    if not all(content.isascii() and content.isdigit() for content in contents):
        return False
    values = [int(content) for content in contents]
    return all(sum(values[part] for part in parts) == values[total] for parts, total in sums)
