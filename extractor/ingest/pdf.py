"""PDF: characters and ruled lines of every page to paragraphs and tables, one table over all the pages it takes.

    pdf_page ── glyphs and rules ─┬─ pdf_ruled ── pdf_joined ─┬─ canonical text
                                  ├─ pdf_unruled ─────────────┤
                                  └─ pdf_lines ───────────────┘

pdfium reads the file: it is about eight times as fast as pdfminer (pdfplumber), and tells hidden text from shown.
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from extractor.document import Notice, Span
from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest.canonical import CanonicalText, Content, expand
from extractor.ingest.pdf_forms import MOST, is_bomb
from extractor.ingest.pdf_furniture import without_furniture
from extractor.ingest.pdf_joined import join
from extractor.ingest.pdf_lines import Line, Measure, goes_on, joined, lines_of, measure
from extractor.ingest.pdf_page import Page, TooManyObjects, read_page
from extractor.ingest.pdf_radicals import plain
from extractor.ingest.pdf_ruled import Table, ruled_tables
from extractor.ingest.pdf_unruled import unruled_tables

MAX_BYTES: Final = 60_000_000
MAX_PAGES: Final = 300
"""A report has 5 to 30 pages."""
MAX_GLYPHS: Final = 400_000
MAX_UNPACKED: Final = 200_000_000
"""Bytes of all streams but pictures; a report has about 1 MB."""
SECONDS: Final = 60.0
"""Of work on one file; a report takes less than one."""

_PASSWORD = 4  # FPDF_ERR_PASSWORD
pdfium = threading.Lock()
"""pdfium is not made for several threads at once."""
_FEW = 30
_LAYER = 100
_PICTURED = 0.4
_EXCERPT = 80
_TELLING = re.compile(r"[0-9\u3400-\u9fff]")


def read(data: bytes, name: str) -> Content:
    """The text and tables of a PDF. Raises DocumentTooLarge over a limit of bytes, pages, objects or time, UnreadableDocument
    for what is encrypted, damaged or printed in characters that the file does not tell, UnsupportedDocument for a scan
    where no OCR is installed."""
    if len(data) > MAX_BYTES:
        raise _too_large(name, ("大小", "size in MB"), MAX_BYTES // 1_000_000)
    _check_unpacked(data, name)
    if is_bomb(data):
        raise _too_large(name, ("图形嵌套", "drawings in a drawing"), MOST)
    with pdfium, opened(data, name) as (raw, document):
        pages, lost = pages_of(raw, document, name)
        scanned = _is_scan(pages)
        if scanned and not _take_layer(pages):
            from extractor.ingest import ocr

            return ocr.read_pages(document, name)
    notices = tuple(_notices(data, pages, lost))
    _check_legible(pages, name)
    return replace(write(pages, name, notices), scanned=scanned)


_HEAD = 400
_PIECE = 1 << 20
_STREAM = re.compile(rb"stream\r?\n")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_RATIO = 1_032
"""No deflated stream is packed closer."""


def _check_unpacked(data: bytes, name: str) -> None:
    """Raise DocumentTooLarge where the streams unpack to more than MAX_UNPACKED; pdfium would unpack them unasked."""
    if len(data) * _RATIO < MAX_UNPACKED:
        return
    room = MAX_UNPACKED
    at = 0
    while match := _STREAM.search(data, at):
        at = match.end()
        head = data[max(0, match.start() - _HEAD) : match.start()]
        head = head[head.rfind(b" obj") + 1 :]
        if b"/F" not in head or _PICTURE.search(head):
            continue
        unpacker = zlib.decompressobj()
        piece = data[at : at + _PIECE]
        try:
            while piece and not unpacker.eof and room >= 0:
                room -= len(unpacker.decompress(piece, _PIECE))
                piece = unpacker.unconsumed_tail
                if not piece:
                    at += _PIECE
                    piece = data[at : at + _PIECE]
        except zlib.error:
            continue
        if room < 0:
            raise _too_large(name, ("解压后的字节数", "bytes to unpack"), MAX_UNPACKED)


def _is_scan(pages: list[Page]) -> bool:
    """Whether most pages are a picture with hardly any text that can be seen."""
    pictures = sum(page.pictured > _PICTURED and len(page.glyphs) < _FEW for page in pages)
    return 2 * pictures > len(pages)


def _take_layer(pages: list[Page]) -> bool:
    """Let the hidden text that a scanner laid under its pictures be the text of the pages; whether there is such text."""
    if sum(len(page.hidden) for page in pages) < _LAYER * len(pages):
        return False
    for page in pages:
        page.glyphs += page.hidden
        page.hidden = []
    return True


@contextmanager
def opened(data: bytes, name: str) -> Iterator[tuple[Any, Any]]:
    """pypdfium2's raw functions and the open document."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise UnreadableDocument(
                name,
                ("PDF 设有打开密码", "the PDF needs a password"),
                ("请先去掉密码再试", "remove the password and try again"),
            ) from error
        raise UnreadableDocument(
            name,
            ("PDF 已损坏或不完整", "the PDF is damaged or incomplete"),
            ("请重新下载，或用阅读器打开后另存一份", "download it again, or save it anew from a viewer"),
        ) from error
    try:
        yield pypdfium2.raw, document
    finally:
        document.close()


def pages_of(raw: Any, document: Any, name: str) -> tuple[list[Page], int]:
    """All pages, and how many could not be read."""
    count = raw.FPDF_GetPageCount(document.raw)
    if count > MAX_PAGES:
        raise _too_large(name, ("页数", "pages"), MAX_PAGES)
    deadline = time.monotonic() + SECONDS
    pages: list[Page] = []
    lost = glyphs = 0
    for index in range(count):
        handle = raw.FPDF_LoadPage(document.raw, index)
        if not handle:
            lost += 1
            continue
        try:
            pages.append(read_page(raw, handle, index + 1))
        except TooManyObjects as error:
            raise _too_large(name, ("一页的对象数", "objects on a page"), 60_000) from error
        finally:
            raw.FPDF_ClosePage(handle)
        glyphs += len(pages[-1].glyphs)
        if glyphs > MAX_GLYPHS:
            raise _too_large(name, ("字数", "characters"), MAX_GLYPHS)
        if time.monotonic() > deadline:
            raise _too_large(name, ("读取秒数", "seconds of reading"), int(SECONDS))
    return pages, lost


def _too_large(name: str, what: tuple[str, str], limit: int) -> DocumentTooLarge:
    return DocumentTooLarge(
        name,
        (f"PDF 的{what[0]}超过上限 {limit}", f"the PDF is over the limit of {limit} {what[1]}"),
        ("请只保留年度报告的页", "keep only the pages of the report"),
    )


def _notices(data: bytes, pages: list[Page], lost: int) -> Iterator[Notice]:
    if lost or b"%%EOF" not in data[-4096:]:
        yield Notice("truncated", str(lost) if lost else "")
    for page in pages:
        hidden = " ".join(line.text for line in lines_of(page.hidden))
        if _TELLING.search(hidden):
            yield Notice("hidden", hidden[:_EXCERPT])
        if page.pictured > _PICTURED and len(page.glyphs) < _FEW:
            yield Notice("attachment", f"p{page.number}.png")


def _check_legible(pages: list[Page], name: str) -> None:
    """Raise UnreadableDocument where there is no text, or the file does not tell its characters."""
    printed, unmapped = sum(len(page.glyphs) for page in pages), sum(page.unmapped for page in pages)
    if not printed and not unmapped:
        raise UnreadableDocument(name, ("PDF 里没有文字", "there is no text in the PDF"), ("请检查该文件", "check the file"))
    if unmapped * 5 > printed:
        raise UnreadableDocument(
            name,
            ("PDF 没有给出字体的文字编码，读出来的是乱码", "the fonts of the PDF do not tell their characters"),
            ("请打印成图片后用 OCR，或改用网页", "print it as pictures and use OCR, or take the web page"),
        )


_Item = Line | Table


def write(pages: list[Page], name: str, notices: tuple[Notice, ...]) -> Content:
    """The canonical text of `pages`. Raises DocumentTooLarge over the limits of tables."""
    laid: list[list[_Item]] = []
    free: list[list[Line]] = []
    ruled: list[list[Table]] = []
    for page in pages:
        tables, glyphs = ruled_tables(page)
        ruled.append(tables)
        free.append(lines_of(glyphs))
    free = without_furniture(pages, free)
    usual = measure(free, min(page.width for page in pages))
    for page, tables, lines in zip(pages, ruled, free, strict=True):
        last = laid[-1][-1] if laid and laid[-1] else None
        more, rest = unruled_tables(lines, page.number, last if isinstance(last, Table) else None)
        laid.append(sorted([*tables, *more, *rest], key=_top))
    out = CanonicalText(name)
    uncertain: list[Span] = []
    for item in _joined(laid, usual):
        if isinstance(item, Table):
            uncertain += _write_table(item, out, name)
        else:
            out.line(plain(item))
    content = out.content(notices)
    return replace(content, uncertain=tuple(uncertain))


def _top(item: _Item) -> float:
    return item.box.top if isinstance(item, Table) else item.top


def _joined(laid: list[list[_Item]], usual: Measure) -> Iterator[str | Table]:
    """Paragraphs and tables in reading order, over the page breaks."""
    paragraph, last = "", None
    table: Table | None = None
    for items in laid:
        for number, item in enumerate(items):
            if isinstance(item, Table):
                whole = join(table, item) if table is not None and number == 0 else None
                if whole is None and paragraph:
                    yield paragraph
                if whole is None and table is not None:
                    yield table
                paragraph, last, table = "", None, whole or item
                continue
            if table is not None:
                yield table
                table = None
            if last is not None and goes_on(last, item, usual, same_page=number > 0):
                paragraph = joined(paragraph, item.text)
            else:
                if paragraph:
                    yield paragraph
                paragraph = item.text
            last = item
    if paragraph:
        yield paragraph
    if table is not None:
        yield table


def _write_table(table: Table, out: CanonicalText, name: str) -> list[Span]:
    """Append the table; the spans of the cells whose text is not certain."""
    rows: list[list[Any]] = [[] for _ in range(table.rows)]
    for cell in sorted(table.cells, key=lambda cell: (cell.row, cell.column)):
        rows[cell.row].append(cell)
    printed = [[(plain(cell.text), cell.rowspan, cell.colspan) for cell in row] for row in rows]
    placed, width = expand(printed, name)
    grid = out.table(placed, width, table.page, rigid=table.rigid)
    doubted = [cell.certain for row in rows for cell in row]
    spans = [cell.span for row in grid.cells for cell in row]
    return [span for span, certain in zip(spans, doubted, strict=True) if not certain and span[1] > span[0]]
