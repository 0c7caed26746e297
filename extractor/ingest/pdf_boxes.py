"""Where the cells of a PDF's tables stand on its pages, and pictures of the pages, for people who compare.

Rows are recognised by their whole text, label and values, in the order in which they are printed: a row that a page break cut is
left without a frame rather than framed wrongly.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from extractor.document import Document, Span
from extractor.ingest.pdf import opened, pages_of, pdfium
from extractor.ingest.pdf_lines import Line, lines_of
from extractor.ingest.pdf_page import Glyph, Page
from extractor.ingest.pdf_radicals import plain
from extractor.ingest.pdf_ruled import Cell as PrintedCell
from extractor.ingest.pdf_ruled import Table, ruled_tables
from extractor.ingest.pdf_unruled import unruled_tables
from extractor.reading import Cell

_DOTS: Final = 1_100
"""Width of a picture."""
_MARGIN: Final = 3.0
"""Points between a number and its frame."""
_MANY: Final = 5
"""Numbers side by side that only a row of a table has."""
_APART: Final = 0.3
"""Of a line's height: how far numbers stand apart."""
Where = tuple[int, int, int]
"""Table, row and column, all from 1, as in Place."""


class Frame(NamedTuple):
    """A rectangle on page `page` (from 1), its sides as shares of the page's width and height from the top left corner."""

    page: int
    x0: float
    top: float
    x1: float
    bottom: float


def is_pdf(data: bytes) -> bool:
    """Whether these bytes are a PDF itself, not one in a package."""
    return b"%PDF-" in data[:1024]


class Framed(NamedTuple):
    """Frames by the place of a cell in its table, and of numbers outside such tables by their span in the text."""

    cells: dict[Where, Frame]
    numbers: dict[Span, Frame]

    def of(self, cell: Cell) -> Frame | None:
        """The frame of a cell, if its number has one."""
        place = cell.place
        if place and place.table and place.row and place.column and (place.table, place.row, place.column) in self.cells:
            return self.cells[place.table, place.row, place.column]
        return self.numbers.get(cell.span) if cell.span else None


def frames(data: bytes, name: str, document: Document, cells: Iterable[Cell]) -> Framed:
    """The frames of the tables of `document`, which was read from `data`, and of the values of `cells`. Raises DocumentError
    as `pdf.read`."""
    with pdfium, opened(data, name) as (raw, content):
        read, _ = pages_of(raw, content, name)
    spans = sorted({cell.span for cell in cells if cell.span and cell.value is not None and cell.pieces is None})
    return Framed(_in_tables(read, document), _in_lines(read, document.text, spans))


def _in_tables(read: list[Page], document: Document) -> dict[Where, Frame]:
    printed = [(page, row) for page in read for table in _tables(page) for row in _rows(table)]
    rows = [(number, row) for number, grid in enumerate(document.grids, 1) for row in grid.cells]
    matcher = SequenceMatcher(
        None,
        [tuple(plain(cell.text) for cell in row) for _, row in printed],
        [tuple(document.text[slice(*cell.span)] for cell in row) for _, row in rows],
        autojunk=False,
    )
    found: dict[Where, Frame] = {}
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            page, cells = printed[block.a + step]
            number, row = rows[block.b + step]
            for cell, place in zip(cells, row, strict=True):
                if cell.lines:
                    found[number, place.row + 1, place.column + 1] = _frame(page, cell.lines)
    return found


def _in_lines(read: list[Page], text: str, spans: Sequence[Span]) -> dict[Span, Frame]:
    """Numbers of tables without rules, line by line: only if all lines of many numbers are the same on paper and in the text, for
    rows of nothing but zeros look all alike."""
    rows: dict[int, list[Span]] = {}
    for span in spans:
        rows.setdefault(text.rfind("\n", 0, span[0]), []).append(span)
    wanted = [row for row in rows.values() if len(row) >= _MANY]
    printed = [
        (page, numbers) for page in read for line in lines_of(page.glyphs) if len(numbers := _last_numbers(line)) >= _MANY
    ]
    in_text = [[text[slice(*span)] for span in row] for row in wanted]
    if in_text != [["".join(glyph.text for glyph in number) for number in numbers] for _, numbers in printed]:
        return {}
    return {
        span: _frame(page, number)
        for row, (page, numbers) in zip(wanted, printed, strict=True)
        for span, number in zip(row, numbers, strict=True)
    }


def _last_numbers(line: Line) -> list[list[Glyph]]:
    """The numbers that end a line, with nothing between them, each as its glyphs."""
    words: list[list[Glyph]] = []
    end = -1e9
    for glyph in line.glyphs:
        if glyph.x0 - end > _APART * line.height:
            words.append([])
        words[-1].append(glyph)
        end = glyph.x1
    number = ["".join(glyph.text for glyph in word).replace(",", "").isdecimal() for word in words]
    first = len(number) - number[::-1].index(False) if False in number else 0
    return words[first:]


def _tables(page: Page) -> list[Table]:
    ruled, glyphs = ruled_tables(page)
    unruled, _ = unruled_tables(lines_of(glyphs), page.number, None)
    return sorted([*ruled, *unruled], key=lambda table: table.box.top)


def _rows(table: Table) -> Iterator[list[PrintedCell]]:
    for number in range(table.rows):
        row = [cell for cell in table.cells if cell.row == number]
        yield sorted(row, key=lambda cell: cell.column)


def _frame(page: Page, parts: Sequence[Line] | Sequence[Glyph]) -> Frame:
    x0, x1 = min(part.x0 for part in parts), max(part.x1 for part in parts)
    top, bottom = min(part.top for part in parts), max(part.bottom for part in parts)
    width, height = max(page.width, 1.0), max(page.height, 1.0)
    shares = (x0 - _MARGIN) / width, (top - _MARGIN) / height, (x1 + _MARGIN) / width, (bottom + _MARGIN) / height
    return Frame(page.number, *(round(share, 5) for share in shares))


def pages(data: bytes, name: str) -> int:
    """How many pages there are."""
    with pdfium, opened(data, name) as (raw, document):
        count: int = raw.FPDF_GetPageCount(document.raw)
    return count


def picture(data: bytes, name: str, number: int) -> bytes:
    """Page `number` (from 1) as PNG. Raises DocumentError as `pdf.read`; needs Pillow."""
    with pdfium, opened(data, name) as (_, document):
        page: Any = document[number - 1]
        image = page.render(scale=_DOTS / max(page.get_width(), 1.0)).to_pil()
        page.close()
    buffer = io.BytesIO()
    image.convert("P", palette=1, colors=64).save(buffer, "PNG")
    return buffer.getvalue()
