"""XLSX: the visible sheets in their order, as printed: tables as rigid grids, rows of one text as paragraphs.

Source: ECMA-376 part 1, SpreadsheetML. Formulas are never computed; what the file keeps as their result is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from lxml import etree

from extractor.document import Notice
from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest import archive, package
from extractor.ingest.area import Area, write_area
from extractor.ingest.canonical import CanonicalText, Content, collapse
from extractor.ingest.formats import BUILT_IN, shown
from extractor.ingest.package import Package
from extractor.ingest.traces import EXCERPT, INVISIBLE, excerpts, leftovers

MAX_SHEETS: Final = 200
MAX_MERGES: Final = 50_000
MAX_COLUMNS: Final = 20_000
LISTED: Final = ("nianbao 清单", "nianbao list")
"""How the first cell of a sheet begins that is a list this program wrote; such sheets are not read, and a notice says so."""
ANNOTATOR: Final = "nianbao"
"""The author of notes that this program wrote."""
NO_ROW: Final = ("文中没有这一行", "not in the document")
"""What this program writes instead of the cells of a row that a document does not have; such a row is none."""
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROW, _CELL, _VALUE, _FORMULA, _STRING, _TEXT, _RUN = (_S + tag for tag in ("row", "c", "v", "f", "is", "t", "r"))
_PROPERTIES, _STRUCK, _RAISED = _S + "rPr", _S + "strike", _S + "vertAlign"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ADDRESS = re.compile(r"(?:disclosure|applications|proceedings)\.[a-z_]+\.[a-z_]+")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_FIGURE = re.compile(r"[+-]?\d[\d,.\s]*")
_NOT_COMPUTED = "#CALC!"
_HIDES_ALL = ";;;"
_ON = ("1", "true")


class _Book(NamedTuple):
    """What the cells of all sheets refer to: shared strings, and for each cell style its number format and whether it draws
    a border."""

    strings: list[str]
    formats: list[str]
    borders: list[bool]
    since_1904: bool


@dataclass(slots=True)
class _Sheet:
    """The visible cells of one sheet, and what is hidden in it."""

    area: Area = field(default_factory=Area)
    hidden: list[str] = field(default_factory=list)
    addresses: int = 0

    @property
    def is_list(self) -> bool:
        """Whether the sheet is a list that this program wrote: it says so, or holds addresses of cells."""
        return self.addresses >= 3 or self.area.texts.get(1, {}).get(1, "").startswith(LISTED)


def read(data: bytes, name: str) -> Content:
    """The visible text of all sheets, their tables, and notices of what is hidden, commented or left over.

    Raises UnreadableDocument for a damaged, encrypted or empty workbook, UnsupportedDocument for a binary one (.xlsb),
    DocumentTooLarge over a limit.
    """
    hidden: list[str] = []
    lists: list[str] = []
    out = CanonicalText(name)
    with package.opened(data, name) as parts:
        main = parts.main("xl/workbook.xml")
        if main.endswith(".bin"):
            raise _binary(name)
        workbook = parts.xml(main)
        if workbook is None:
            raise archive.damaged(name)
        book, dropped = _book(parts, workbook, main)
        relations = parts.relations(main)
        entries = list(workbook.iter(_S + "sheet"))
        if len(entries) > MAX_SHEETS:
            raise _too_many(name)
        for entry in entries:
            relation = relations.get(entry.get(_ID) or "")
            root = parts.xml(relation.target) if relation and relation.kind == "worksheet" else None
            if root is None:
                continue
            sheet = _sheet(root, book)
            if (entry.get("state") or "visible") != "visible":
                beginning = " ".join(text for _, row in sorted(sheet.area.texts.items()) for text in row.values())
                hidden.append(collapse(f"{entry.get('name') or ''}: {beginning}") if beginning else "")
            elif sheet.is_list:
                lists.append(entry.get("name") or "")
            else:
                hidden += sheet.hidden
                write_area(out, sheet.area, name)
        notices = (*parts.notices, *excerpts("comment", _comments(parts)))
    text = out.content().text
    if not text or text.isspace():
        raise _nothing(name)
    zero_width = (Notice("zero_width", str(dropped)),) if dropped else ()
    skipped = (Notice("list", "、".join(lists)[:EXCERPT]),) if lists else ()
    return out.content((*notices, *skipped, *excerpts("hidden", hidden), *leftovers(text), *zero_width))


def _binary(name: str) -> UnsupportedDocument:
    return UnsupportedDocument(
        name,
        ("这是二进制工作簿（.xlsb）", "this is a binary workbook (.xlsb)"),
        ("请另存为 .xlsx 后再试", "save it as .xlsx"),
    )


def _too_many(name: str) -> DocumentTooLarge:
    return DocumentTooLarge(
        name,
        (f"工作簿超过 {MAX_SHEETS} 张工作表", f"the workbook has more than {MAX_SHEETS} sheets"),
        ("请拆分后再读取", "split it and read the parts"),
    )


def _nothing(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        name,
        ("工作簿里没有可见的文字", "the workbook shows no text"),
        ("请确认文件是否正确，工作表是否被隐藏", "check that this is the right file and that its sheets are not hidden"),
    )


def _book(parts: Package, workbook: etree._Element, main: str) -> tuple[_Book, int]:
    """The tables that cells refer to, and how many invisible characters were dropped from the shared strings."""
    folder = main.rpartition("/")[0]
    root = parts.xml(f"{folder}/sharedStrings.xml".lstrip("/"))
    strings = [] if root is None else [_string(item) for item in root.iterchildren(_S + "si")]
    dropped = 0
    for index, text in enumerate(strings):
        if not text.isascii() and INVISIBLE.search(text):
            strings[index], count = INVISIBLE.subn("", text)
            dropped += count
    formats, borders = _styles(parts.xml(f"{folder}/styles.xml".lstrip("/")))
    properties = workbook.find(_S + "workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    return _Book(strings, formats, borders, since_1904), dropped


def _styles(root: etree._Element | None) -> tuple[list[str], list[bool]]:
    if root is None:
        return [], []
    codes = dict(BUILT_IN)
    for one in root.iter(_S + "numFmt"):
        codes[_number(one.get("numFmtId"))] = one.get("formatCode") or ""
    drawn = [
        any(side.get("style") not in (None, "none") for side in border) for border in root.iterfind(f"{_S}borders/{_S}border")
    ]
    formats, borders = [], []
    for style in root.iterfind(f"{_S}cellXfs/{_S}xf"):
        formats.append(codes.get(_number(style.get("numFmtId")), ""))
        border = _number(style.get("borderId"))
        borders.append(border < len(drawn) and drawn[border])
    return formats, borders


def _number(value: str | None) -> int:
    return int(value[:9]) if value is not None and value.isascii() and value.isdigit() else 0


def _string(item: etree._Element) -> str:
    """The text of a string, its runs put together; a raised or struck figure is kept apart from the one beside it."""
    parts = []
    for child in item.iterchildren(_TEXT, _RUN):
        if child.tag == _TEXT:
            parts.append(child.text or "")
            continue
        text = "".join(node.text or "" for node in child.iterchildren(_TEXT))
        properties = child.find(_PROPERTIES)
        if properties is not None and any(letter.isdigit() for letter in text):
            struck, raised = properties.find(_STRUCK), properties.find(_RAISED)
            if struck is not None and struck.get("val") not in ("0", "false"):
                text = f"~~{text}~~"
            elif raised is not None and raised.get("val") == "superscript":
                text = "^" + text
        parts.append(text)
    text = "".join(parts)
    return _ESCAPED.sub(_unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    """_x000D_ is a carriage return; what is no character of a text is nothing."""
    character = chr(int(match[1], 16))
    return character if character.isprintable() or character.isspace() else ""


def _sheet(root: etree._Element, book: _Book) -> _Sheet:
    columns = _hidden_columns(root)
    sheet = _Sheet()
    area = sheet.area
    number = 0
    for row in root.iter(_ROW):
        number = _number(row.get("r")) or number + 1
        gone = row.get("hidden") in _ON or (row.get("customHeight") in _ON and row.get("ht") in ("0", "0.0"))
        column = 0
        unseen = []
        for cell in row.iterchildren(_CELL):
            reference = _REFERENCE.match(cell.get("r") or "")
            column = _column(reference[1]) if reference else column + 1
            style = _number(cell.get("s"))
            text, stored = _cell_text(cell, style, book) if len(cell) else ("", "")
            if gone or any(first <= column <= last for first, last in columns):
                unseen.append(stored)
                continue
            if stored and not text:
                unseen.append(stored)
            if text or (style < len(book.borders) and book.borders[style]):
                area.put(number, column, text)
            if text.isascii() and "." in text and _ADDRESS.fullmatch(text):
                sheet.addresses += 1
        if gone:
            area.hidden_rows.add(number)
        if any(unseen):
            sheet.hidden.append(collapse(" ".join(unseen)))
        if _is_no_row(area.texts.get(number, {})):
            area.leave_out(number)
    area.hidden_columns = columns
    for merge in islice(root.iter(_S + "mergeCell"), MAX_MERGES):
        corners = _REFERENCE.findall(merge.get("ref") or "")
        if len(corners) == 2:
            (left, top), (right, bottom) = corners
            area.merge(int(top), _column(left), int(bottom), _column(right))
    return sheet


def _is_no_row(texts: dict[int, str]) -> bool:
    """Whether a row says that the document does not have it, and prints no figure all the same."""
    return any(text in NO_ROW for text in texts.values()) and not any(_FIGURE.fullmatch(text) for text in texts.values())


def _hidden_columns(root: etree._Element) -> list[tuple[int, int]]:
    return [
        (_number(one.get("min")), _number(one.get("max")))
        for one in islice(root.iter(_S + "col"), MAX_COLUMNS)
        if one.get("hidden") in _ON or one.get("width") in ("0", "0.0")
    ]


def _column(letters: str) -> int:
    """A=1, Z=26, AA=27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _cell_text(cell: etree._Element, style: int, book: _Book) -> tuple[str, str]:
    """What a cell shows, and what it stores (which a number format may suppress)."""
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        item = cell.find(_STRING)
        text = "" if item is None else INVISIBLE.sub("", _string(item))
        return text, text
    value = cell.find(_VALUE)
    stored = "" if value is None else (value.text or "").strip()
    if not stored:
        # Nobody has computed it yet (a program wrote the file): what it would show is not known, and it is not blank.
        unknown = _NOT_COMPUTED if kind != "str" and cell.find(_FORMULA) is not None else ""
        return unknown, unknown
    code = book.formats[style] if style < len(book.formats) else ""
    if kind == "s":
        stored = book.strings[index] if (index := _number(stored)) < len(book.strings) else ""
    elif kind == "b":
        stored = "TRUE" if stored == "1" else "FALSE"
    elif kind == "n":
        return shown(stored, code, since_1904=book.since_1904), stored
    return ("" if code == _HIDES_ALL else stored), stored


def _comments(parts: Package) -> Iterator[str]:
    """The notes on cells, but for those that this program wrote."""
    for part in parts.named("xl/comments"):
        root = parts.xml(part)
        if root is not None:
            authors = [author.text for author in root.iter(_S + "author")]
            own = {str(number) for number, author in enumerate(authors) if author == ANNOTATOR}
            notes = [one for one in root.iter(_S + "comment") if one.get("authorId") not in own]
            yield from (collapse("".join(node.text or "" for node in one.iter(_TEXT))) for one in notes)
