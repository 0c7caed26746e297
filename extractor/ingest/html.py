"""HTML: what a reader of the page sees, in reading order, with its data tables as rigid grids.

libxml2 parses (no network, no entities but HTML's, its own limits of depth and size stay on); inline markup is dissolved in C,
so that only blocks, line breaks and tables are walked, and nothing here recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, cast
from urllib.parse import unquote

from lxml import etree

from extractor.document import Notice
from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest.canonical import CanonicalText, Content, Printed, collapse, expand, is_layout
from extractor.ingest.charset import decode
from extractor.ingest.hidden import beginning, inline_styles, remove_hidden
from extractor.ingest.traces import INVISIBLE

MAX_MARKUP: Final = 300_000
"""Tags and comments of a page; a report pasted from Word has some five thousand."""
MAX_ATTRIBUTES: Final = 200
"""Attributes of one tag: libxml2 needs quadratic time to build an element of many."""
MAX_ALL_ATTRIBUTES: Final = 500_000
_UNGUARDED = 64_000  # bytes in which even one tag of nothing but attributes costs no more than a fraction of a second

_BREAK = "\x1e"
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer"
    " form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main marquee menu nav ol p pre search section summary"
    " table td th tr ul xmp plaintext listing"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSEEN_NAMES = (
    "script style title meta link base noscript template select datalist option optgroup textarea button input iframe"
    " frame noframes object embed audio video canvas map area col colgroup noembed rp"
)
_UNSEEN = tuple(_UNSEEN_NAMES.split())
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*")
_MAX_NAMES = 50
_CELLS = frozenset(("td", "th"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_INLINE_BLOCKS = ("span", "a", "label", "b", "strong", "font", "em", "i")
_DISPLAYED_AS_BLOCK = re.compile(r"(?:^|[;\s])display\s*:\s*(?:block|flex|grid|table|list-item)", re.IGNORECASE)

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ATTACHMENT = re.compile(r"\.(?:docx?|pdf|wps|xlsx?|et|zip|rar|7z|ofd)$", re.IGNORECASE)
_MAX_ATTACHMENTS = 20
_EXCERPT = 80


def read(data: bytes, name: str) -> Content:
    """The visible text of a page, its data tables and notices of what was hidden, attached, invisible or damaged.

    Raises UnreadableDocument for a page without visible text, DocumentTooLarge over a limit.
    """
    source, notices = decode(data, name)
    root = _parse(source, name)
    if root is None:
        raise _nothing(name)
    notices += (*_truncated(source), *_attachments(root))
    sheet = _style_sheet(root)
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    styles = inline_styles(root)
    notices += tuple(remove_hidden(root, styles, sheet))
    _flatten(root, styles)
    content = _write(root, name).content(notices)
    if INVISIBLE.search(content.text):
        count = _drop_invisible(root)
        content = _write(root, name).content((*notices, Notice("zero_width", str(count))))
    if not content.text or content.text.isspace():
        raise _nothing(name)
    return content


def _nothing(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        name,
        ("网页里没有可见的文字", "the page shows no text"),
        (
            "请保存正文页（不是目录页、脚本页或图片页）",
            "save the page of the report itself, not an index, a script or a picture of it",
        ),
    )


def _too_large(name: str, zh: str, en: str) -> DocumentTooLarge:
    return DocumentTooLarge(name, (zh, en), ("请只保留年度报告正文", "keep only the text of the report"))


def _parse(source: str, name: str) -> etree._Element | None:
    markup = source.count("<")
    if markup > MAX_MARKUP:
        raise _too_large(name, f"网页有 {markup} 个标记，上限 {MAX_MARKUP}", f"{markup} tags, the limit is {MAX_MARKUP}")
    raw = source.replace("\0", "").encode("utf-8", "replace")
    if len(raw) > _UNGUARDED:
        etree.fromstring(raw, etree.HTMLParser(encoding="utf-8", target=cast("Any", _AttributeGuard(name))))
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        return None
    last = parser.error_log.last_error
    if last is not None and last.level == etree.ErrorLevels.FATAL:
        raise _too_large(
            name, "网页标记嵌套过深或单个元素过大", f"nesting or one element too large ({last.message.split(',')[0]})"
        )
    return root


class _AttributeGuard:
    """A parser target that builds nothing and refuses a page with too many attributes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self._count += len(attributes)
        if len(attributes) > MAX_ATTRIBUTES or self._count > MAX_ALL_ATTRIBUTES:
            raise _too_large(
                self._name,
                f"属性过多（一个标记上限 {MAX_ATTRIBUTES}，全页上限 {MAX_ALL_ATTRIBUTES}）",
                f"more than {MAX_ATTRIBUTES} attributes in a tag or {MAX_ALL_ATTRIBUTES} in the page",
            )

    def close(self) -> None:
        return None


def _style_sheet(root: etree._Element) -> str:
    sheets = (style for style in root.iter("style") if (style.get("media") or "all").strip().lower() in ("all", "screen"))
    return "\n".join(style.text or "" for style in islice(sheets, 50))


def _truncated(source: str) -> Iterator[Notice]:
    """A page that ends inside a table was cut off, maybe inside a number."""
    end = source[-1000:].lower()  # nearly every page ends as it should, and need not be copied for that
    if end.rfind("</html") > end.rfind("<table"):
        return
    source = source.lower()
    table = source.rfind("<table")
    if table > source.rfind("</table>") and "</html" not in source[table:]:
        yield Notice("truncated", collapse(source[-_EXCERPT:]))


def _attachments(root: etree._Element) -> Iterator[Notice]:
    seen = set()
    for link in root.iter("a"):
        target = unquote((link.get("href") or "").split("?")[0].split("#")[0].strip()).rsplit("/", 1)[-1]
        label = collapse("".join(beginning(link)))
        if _ATTACHMENT.search(label):
            file = label
        elif _ATTACHMENT.search(target):
            file = f"{label} ({target})" if label else target
        else:
            continue
        if file not in seen:
            seen.add(file)
            yield Notice("attachment", file[:_EXCERPT])
        if len(seen) == _MAX_ATTACHMENTS:
            return


def _flatten(root: etree._Element, styles: set[str]) -> None:
    """Leave only blocks, line breaks and tables without tables in them; a table around a table is layout."""
    _set_apart(root)
    blocks = {style for style in styles if _DISPLAYED_AS_BLOCK.search(style)}
    if blocks:
        for element in root.iter(*_INLINE_BLOCKS):
            if element.get("style") in blocks:
                element.tag = "div"
    inline = {element.tag for element in root.iter()} - _BLOCKS - {"br"}
    odd = inline if len(inline) > _MAX_NAMES else {tag for tag in inline if not _PLAIN_NAME.fullmatch(tag)}
    if odd:
        for element in root.iter():
            if element.tag in odd:
                element.tag = "span"
        inline = (inline - odd) | {"span"}
    if inline:
        etree.strip_tags(root, *inline)
    for table in list(root.iter("table")):
        for outer in table.iterancestors("table"):
            outer.tag = "div"


def _set_apart(root: etree._Element) -> None:
    """Keep 15<sup>1</sup>, a footnote or a power, and <s>12</s>15, a correction, from reading as longer numbers."""
    for mark in root.iter("sup", "s", "strike", "del"):
        if any(letter.isdigit() for part in beginning(mark) for letter in part):
            sign = "^" if mark.tag == "sup" else "~~"
            mark.text = sign + _writable(mark.text or "")
            if sign == "~~":
                mark.tail = sign + _writable(mark.tail or "")


def _writable(text: str) -> str:
    """`text` without the control characters that libxml2 reads but lxml refuses to write."""
    return _UNWRITABLE.sub("", text)


def _drop_invisible(root: etree._Element) -> int:
    count = 0
    for element in root.iter():
        for part in ("text", "tail"):
            text = getattr(element, part)
            if text and not text.isascii():
                text, dropped = INVISIBLE.subn("", text)
                if dropped:
                    setattr(element, part, _writable(text))
                    count += dropped
    return count


def _write(root: etree._Element, name: str) -> CanonicalText:
    """Walk the blocks in reading order and write them."""
    out = CanonicalText(name)
    pending: list[str] = []
    preformatted = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if event == "start":
            if tag in _BLOCKS:
                _flush(out, pending)
            else:
                pending.append(_BREAK)
            if tag == "table" and _write_table(out, element, name):
                walker.skip_subtree()
                continue
            preformatted += tag == "pre"
            text = element.text
        else:
            if tag in _BLOCKS:
                _flush(out, pending)
            preformatted -= tag == "pre"
            text = element.tail
        if text:
            pending.append(text.replace("\n", _BREAK) if preformatted else text)
    _flush(out, pending)
    return out


def _flush(out: CanonicalText, pending: list[str]) -> None:
    if pending:
        for line in "".join(pending).split(_BREAK):
            if words := line.split():
                out.line(" ".join(words))
        pending.clear()


def _write_table(out: CanonicalText, table: etree._Element, name: str) -> bool:
    """Write a data table; False for a layout table, whose content is to flow."""
    outside, rows = _rows(table)
    placed, width = expand(rows, name)
    if _is_layout(table, rows, width):
        return False
    out.line(collapse(" ".join(outside)))
    out.table(placed, width)
    return True


def _rows(table: etree._Element) -> tuple[list[str], list[list[Printed]]]:
    """The text that stands in the table but in no cell (browsers show it above), and the printed cells of its rows.

    A cell that is opened inside an unclosed cell closes that one, as in browsers, whatever the parser made of it.
    """
    outside: list[str] = []
    rows: list[tuple[etree._Element, list[tuple[etree._Element, list[str]]]]] = []
    current = outside
    for event, element in etree.iterwalk(table, events=("start", "end")):
        tag = element.tag
        if event == "start":
            if tag == "tr":
                rows.append((element, []))
                current = outside
            elif tag in _CELLS:
                if not rows:
                    rows.append((table, []))
                current = []
                rows[-1][1].append((element, current))
            text = element.text
        else:
            if tag in _CELLS or tag == "tr":
                current = outside
            text = element.tail if element is not table else None
        if text:
            current.append(text)
    return outside, [_printed(row, cells) for row, cells in rows]


def _printed(row: etree._Element, cells: list[tuple[etree._Element, list[str]]]) -> list[Printed]:
    printed: list[Printed] = []
    for cell, parts in cells:
        text = " ".join(" ".join(parts).split())
        printed.append((text, _span(cell, "rowspan"), _span(cell, "colspan")) if len(cell.attrib) else (text, 1, 1))
    # Word ends a table with a row of no height that only carries the widths of its columns.
    if row.get("height") == "0" and not any(text for text, _, _ in printed):
        return []
    return printed


def _span(cell: etree._Element, attribute: str) -> int:
    claimed = cell.get(attribute)
    if claimed is None:
        return 1
    digits = claimed.strip()
    if not (digits.isascii() and digits.isdigit()):
        return 1
    return int(digits[:6])


def _is_layout(table: etree._Element, rows: list[list[Printed]], width: int) -> bool:
    """Whether a table only arranges the page: one column, prose in its cells, or headings in them."""
    if is_layout([len(text) for row in rows for text, _, _ in row], width):
        return True
    return width < 3 and next(table.iter(*_HEADINGS), None) is not None
