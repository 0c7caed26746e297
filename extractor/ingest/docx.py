"""DOCX: the text of the body in reading order, with its data tables as rigid grids.

Insertions are read; deletions, comments, hidden text, headers and footers are not, and what a person should know of them is a
notice. The tree is first brought into the shape of a plain document (`revisions`), then its paragraphs and tables are written.
Source: ECMA-376 part 1, WordprocessingML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from extractor.document import Notice
from extractor.errors import UnreadableDocument
from extractor.ingest import archive, package
from extractor.ingest.canonical import (
    MAX_AREA,
    MAX_WIDTH,
    CanonicalText,
    Content,
    Placed,
    collapse,
    is_layout,
    too_large_table,
    without_empty,
)
from extractor.ingest.package import Package
from extractor.ingest.revisions import Plain, plain, w
from extractor.ingest.traces import INVISIBLE, excerpts, leftovers

_BREAK = "\x1e"
_TEXT = (
    w("t"),
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}t",
    w("tab"),
    w("br"),
    w("cr"),
    w("noBreakHyphen"),
)
_SIGNS = {w("tab"): " ", w("br"): _BREAK, w("cr"): _BREAK, w("noBreakHyphen"): "-"}
_P, _TBL, _TR, _TC = w("p"), w("tbl"), w("tr"), w("tc")
_SPAN, _DOWN, _ACROSS, _BEFORE, _VAL = w("gridSpan"), w("vMerge"), w("hMerge"), w("gridBefore"), w("val")
_INSIDE = (_TBL, _TR, _TC, _P, _BEFORE, _SPAN, _DOWN, _ACROSS, *_TEXT)
_PICTURES = (w("drawing"), w("pict"), w("object"))
_ATTACHMENT = re.compile(r"\.(?:docx?|pdf|wps|xlsx?|et|zip|rar|7z|ofd)$", re.IGNORECASE)


def read(data: bytes, name: str) -> Content:
    """The visible text of the body, its data tables, and notices of what was deleted, commented, hidden or left over.

    Raises UnreadableDocument for a damaged, encrypted or empty document, DocumentTooLarge over a limit.
    """
    with package.opened(data, name) as parts:
        main = parts.main("word/document.xml")
        root = parts.xml(main)
        if root is None:
            raise archive.damaged(name)
        body = plain(root, _hidden_styles(parts))
        around, notices = _around(parts, main)
        notices += parts.notices
    return _written(body, name, around, notices)


def _written(body: Plain, name: str, around: str, notices: tuple[Notice, ...]) -> Content:
    out = _write(body.root, name)
    text = out.content().text
    notices += (*body.notices, *leftovers(text), *leftovers(around))
    if INVISIBLE.search(text):
        notices += (Notice("zero_width", str(_drop_invisible(body.root))),)
        out = _write(body.root, name)
        text = out.content().text
    if not text or text.isspace():
        raise _nothing(name, next(body.root.iter(*_PICTURES), None) is not None)
    return out.content(notices)


def _nothing(name: str, pictures: bool) -> UnreadableDocument:
    if pictures:
        return UnreadableDocument(
            name,
            ("文档里只有图片，没有文字", "the document holds pictures and no text"),
            (
                "请改用可复制文字的文件，或把图片另存后用 OCR 读取",
                "use a file with text, or save the pictures and read them with OCR",
            ),
        )
    return UnreadableDocument(
        name, ("文档里没有文字", "the document holds no text"), ("请确认文件是否正确", "check that this is the right file")
    )


def _hidden_styles(parts: Package) -> frozenset[str]:
    """Identifiers of the styles whose text is hidden, by themselves or by the style they are based on."""
    source = parts.part("word/styles.xml")
    if source is None or b"vanish" not in source:
        return frozenset()
    styles = package.parse(source, parts.name)
    hidden: dict[str, bool | str] = {}
    for style in styles.iter(w("style")):
        vanish = style.find(f"{w('rPr')}/{w('vanish')}")
        base = style.find(w("basedOn"))
        inherited = "" if base is None else base.get(_VAL) or ""
        hidden[style.get(w("styleId")) or ""] = inherited if vanish is None else vanish.get(_VAL) not in ("0", "false", "off")
    return frozenset(identifier for identifier in hidden if _inherits(hidden, identifier))


def _inherits(hidden: dict[str, bool | str], identifier: str) -> bool:
    for _ in range(20):
        state = hidden.get(identifier, False)
        if isinstance(state, bool):
            return state
        identifier = state
    return False


def _around(parts: Package, main: str) -> tuple[str, tuple[Notice, ...]]:
    """The text of headers and footers, and notices of comments and linked files."""
    lines: list[str] = []
    comments: list[str] = []
    linked: list[str] = []
    for relation in list(parts.relations(main).values())[:500]:
        if relation.outside:
            file = relation.target.split("?")[0].rsplit("/", 1)[-1]
            if relation.kind == "hyperlink" and _ATTACHMENT.search(file):
                linked.append(file)
        elif relation.kind in ("header", "footer", "comments"):
            root = parts.xml(relation.target)
            if root is None:
                continue
            if relation.kind == "comments":
                comments += [collapse(" ".join(_lines(comment))) for comment in root.iter(w("comment"))]
            else:
                lines += _lines(root)
    attached = tuple(Notice("attachment", file[:80]) for file in dict.fromkeys(linked[:20]))
    return "\n".join(lines), (*excerpts("comment", comments), *attached)


def _lines(root: etree._Element) -> list[str]:
    return [collapse("".join(_pieces(paragraph))) for paragraph in root.iter(_P)]


def _pieces(paragraph: etree._Element) -> list[str]:
    return [_SIGNS.get(str(node.tag)) or node.text or "" for node in paragraph.iter(*_TEXT)]


def _drop_invisible(root: etree._Element) -> int:
    count = 0
    for node in root.iter(*_TEXT):
        if node.text and not node.text.isascii():
            node.text, dropped = INVISIBLE.subn("", node.text)
            count += dropped
    return count


def _write(root: etree._Element, name: str) -> CanonicalText:
    out = CanonicalText(name)
    for block in root.iterchildren(_P, _TBL):
        _write_block(out, block, name)
    return out


def _write_block(out: CanonicalText, block: etree._Element, name: str) -> None:
    if block.tag == _P:
        for line in "".join(_pieces(block)).split(_BREAK):
            out.line(collapse(line))
    elif not _write_table(out, block, name):
        for row in block.iterchildren(_TR):
            for cell in row.iterchildren(_TC):
                for inner in cell.iterchildren(_P, _TBL):
                    _write_block(out, inner, name)


def _write_table(out: CanonicalText, table: etree._Element, name: str) -> bool:
    """Write a data table; False for a table that only arranges text or other tables, whose content is to flow."""
    lines = _lines_of(table)
    if lines is None:
        return False
    rows, width = _placed(lines, name)
    if is_layout([len(cell.text) for row in rows for cell in row], width):
        return False
    out.table(rows, width)
    return True


@dataclass(slots=True)
class _Cell:
    """A cell as it stands in the file: the columns it takes, how it is merged ("", "restart" or "continue"), its text."""

    span: int = 1
    down: str = ""
    across: str = ""
    parts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """A row as it stands in the file; `before` are the columns that it leaves out at its beginning."""

    before: int = 0
    cells: list[_Cell] = field(default_factory=list)


def _lines_of(table: etree._Element) -> list[_Line] | None:
    """The rows of a table, in one pass; None for a table with tables in it."""
    lines: list[_Line] = []
    line, cell = _Line(), _Cell()
    walk = table.iter(*_INSIDE)
    next(walk)
    for node in walk:
        tag = node.tag
        if tag == _P:
            cell.parts.append(" ")
        elif tag in _TEXT:
            cell.parts.append(_SIGNS.get(tag) or node.text or "")
        elif tag == _TC:
            cell = _Cell()
            line.cells.append(cell)
        elif tag == _TR:
            line = _Line()
            lines.append(line)
        elif tag == _SPAN:
            cell.span = max(_number(node.get(_VAL), 1), 1)
        elif tag == _DOWN:
            cell.down = node.get(_VAL) or "continue"
        elif tag == _ACROSS:
            cell.across = node.get(_VAL) or "continue"
        elif tag == _BEFORE:
            line.before = _number(node.get(_VAL), 0)
        else:
            return None
    return lines


def _number(value: str | None, otherwise: int) -> int:
    return int(value[:6]) if value is not None and value.isascii() and value.isdigit() else otherwise


def _placed(lines: list[_Line], name: str) -> tuple[list[list[Placed]], int]:
    """The cells of a table at the columns of its grid; a cell merged downwards is extended by the cells that continue it."""
    rows: list[list[Placed]] = []
    above: dict[int, tuple[int, int]] = {}  # column → row and position of the merged cell that the row above ends with
    width = 0
    for number, line in enumerate(lines):
        row: list[Placed] = []
        merged: dict[int, tuple[int, int]] = {}
        column = line.before
        for cell in line.cells:
            if cell.across == "continue" and row:
                row[-1] = row[-1]._replace(colspan=row[-1].colspan + cell.span)
            elif cell.down == "continue" and column in above:
                begun, position = merged[column] = above[column]
                rows[begun][position] = rows[begun][position]._replace(rowspan=number - begun + 1)
            else:
                if cell.down:
                    merged[column] = number, len(row)
                text = collapse("".join(cell.parts).replace(_BREAK, " "))
                row.append(Placed(text, number, column, 1, cell.span))
            column += cell.span
            if column > MAX_WIDTH:
                raise too_large_table(name, ("列数", "columns"), MAX_WIDTH)
        width = max(width, column)
        if width * number > MAX_AREA:
            raise too_large_table(name, ("单元格", "cells"), MAX_AREA)
        rows.append(row)
        above = merged
    return (rows if all(rows) else without_empty(rows)), width
