"""The tree of a Word document as a plain one: as if every insertion were accepted, every deletion carried out, hidden text
taken out, every text box set after its paragraph, and every field, link and content control replaced by what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from lxml import etree

from extractor.document import Notice
from extractor.ingest.canonical import collapse
from extractor.ingest.traces import EXCERPT, excerpts

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def w(tag: str) -> str:
    """The full name of a tag or attribute of WordprocessingML."""
    return _W + tag


_P, _R, _T, _TR, _TBL, _TC = w("p"), w("r"), w("t"), w("tr"), w("tbl"), w("tc")
_RPR, _PPR, _TRPR, _VAL = w("rPr"), w("pPr"), w("trPr"), w("val")
_DELETED, _MOVED_AWAY, _DELETED_TEXT = w("del"), w("moveFrom"), w("delText")
_VANISH, _HIDDEN_ROW, _SIZE = w("vanish"), w("hidden"), w("sz")
_RUN_STYLE, _PARAGRAPH_STYLE = w("rStyle"), w("pStyle")
_RAISED, _STRUCK, _STRUCK_TWICE = w("vertAlign"), w("strike"), w("dstrike")
_BOX, _PLACEHOLDER = w("txbxContent"), w("showingPlcHdr")
_ALTERNATE, _CHOICE, _FALLBACK = _MC + "AlternateContent", _MC + "Choice", _MC + "Fallback"
_TELLING = (
    _DELETED,
    _MOVED_AWAY,
    _VANISH,
    _HIDDEN_ROW,
    _SIZE,
    _RAISED,
    _STRUCK,
    _STRUCK_TWICE,
    _BOX,
    _PLACEHOLDER,
    _ALTERNATE,
    _TBL,
)
_WRAPPERS = tuple(
    map(
        w,
        (
            "ins",
            "moveTo",
            "sdt",
            "sdtContent",
            "smartTag",
            "customXml",
            "hyperlink",
            "fldSimple",
            "dir",
            "bdo",
            "ruby",
            "rubyBase",
        ),
    )
)
_GONE = w("gone")
_UNSEEN = (
    _GONE,
    _DELETED,
    _MOVED_AWAY,
    w("tabs"),
    w("sdtPr"),
    w("sdtEndPr"),
    w("rt"),
    w("rubyPr"),
    w("instrText"),
    w("tblPrEx"),
    w("rPr"),
    w("tcBorders"),
    w("pPr"),
)
_SMALLEST: Final = 2
"""Half points: letters of one point cannot be seen."""
_OFF = ("0", "false", "off", "none")


class Plain(NamedTuple):
    """The body, whose children are paragraphs and tables without any of these, and notices of what was taken out."""

    root: etree._Element
    notices: tuple[Notice, ...]


def plain(root: etree._Element, hidden_styles: frozenset[str]) -> Plain:
    """Bring the tree of the main part into plain shape, in place; `hidden_styles` are the styles whose text is hidden."""
    body = root.find(w("body"))
    if body is None:
        return Plain(root, ())
    marks: dict[str, list[etree._Element]] = {}
    for element in body.iter(*_TELLING):
        marks.setdefault(str(element.tag), []).append(element)
    if _ALTERNATE in marks:
        _choose(marks[_ALTERNATE])
    notices = tuple(excerpts("deleted", list(_delete(marks.get(_DELETED, ())))))
    notices += tuple(excerpts("hidden", list(_hide(body, marks, hidden_styles))))
    for mark in marks.get(_PLACEHOLDER, ()):
        _empty_control(mark)
    for tag, sign in ((_RAISED, "^"), (_STRUCK, "~~"), (_STRUCK_TWICE, "~~")):
        _set_apart(marks.get(tag, ()), sign)
    etree.strip_elements(body, *_UNSEEN, with_tail=False)
    etree.strip_tags(body, *_WRAPPERS, _ALTERNATE, _CHOICE, _FALLBACK)
    for box in reversed(marks.get(_BOX, ())):
        _set_after(box)
    if len(marks.get(_TBL, ())) > 1:
        _unpack_single_cells(marks[_TBL])
    return Plain(body, notices)


def _choose(alternates: Iterable[etree._Element]) -> None:
    """Keep one of the ways in which a drawing is given: the first, unless only the other one has text."""
    for alternate in alternates:
        choices = list(alternate.iterchildren(_CHOICE, _FALLBACK))
        written = [choice for choice in choices if next(choice.iter(_T), None) is not None]
        for choice in choices:
            if choice is not (written or choices)[0]:
                choice.tag = _GONE


def _delete(marks: Iterable[etree._Element]) -> Iterator[str]:
    """Mark what is deleted: rows go, a deleted paragraph end joins what it parted. Yields the deleted text by paragraph."""
    deleted: dict[etree._Element, list[str]] = {}
    joined = []
    for mark in marks:
        parent = mark.getparent()
        if parent is None:
            continue
        if parent.tag == _RPR:
            joined.append(mark)
        elif parent.tag == _TRPR:
            row = parent.getparent()
            if row is not None:
                row.tag = _GONE
                deleted[row] = [_beginning(row)]
        else:
            deleted.setdefault(parent, []).extend(node.text or "" for node in mark.iter(_DELETED_TEXT))
    yield from (collapse("".join(parts)) for parts in deleted.values())
    for mark in reversed(joined):
        paragraph = next(mark.iterancestors(_P), None)
        following = None if paragraph is None else paragraph.getnext()
        if paragraph is not None and following is not None and following.tag == _P:
            paragraph.extend(child for child in list(following) if child.tag != _PPR)
            following.tag = _GONE


def _hide(body: etree._Element, marks: dict[str, list[etree._Element]], styles: frozenset[str]) -> Iterator[str]:
    """Mark hidden runs and rows; yields their text, what stands together together."""
    hidden = [mark for mark in marks.get(_VANISH, ()) if mark.get(_VAL) not in _OFF]
    hidden += [mark for mark in marks.get(_SIZE, ()) if (mark.get(_VAL) or "9") in ("0", "1", str(_SMALLEST))]
    runs = [run for mark in hidden if (run := _owner(mark, _RPR, _R)) is not None]
    if styles:
        shown = {
            run for mark in marks.get(_VANISH, ()) if mark.get(_VAL) in _OFF and (run := _owner(mark, _RPR, _R)) is not None
        }
        runs += [run for run in _styled(body, styles) if run not in shown]
    rows = [
        row
        for mark in marks.get(_HIDDEN_ROW, ())
        if (row := _owner(mark, _TRPR, _TR)) is not None and mark.get(_VAL) not in _OFF
    ]
    last: etree._Element | None = None
    parts: list[str] = []
    for element in (*runs, *rows):
        if element.tag == _GONE:
            continue
        if element.getprevious() is not last and parts:
            yield collapse("".join(parts))
            parts = []
        last = element
        parts.append(_beginning(element))
        element.tag = _GONE
    if parts:
        yield collapse("".join(parts))


def _owner(mark: etree._Element, properties: str, owner: str) -> etree._Element | None:
    """The `owner` whose `properties` hold the mark; None where they are those of something else."""
    parent = mark.getparent()
    element = None if parent is None or parent.tag != properties else parent.getparent()
    return element if element is not None and element.tag == owner else None


def _styled(body: etree._Element, styles: frozenset[str]) -> Iterator[etree._Element]:
    for style in body.iter(_RUN_STYLE, _PARAGRAPH_STYLE):
        if style.get(_VAL) in styles:
            if style.tag == _RUN_STYLE:
                run = _owner(style, _RPR, _R)
                if run is not None:
                    yield run
            elif (paragraph := _owner(style, _PPR, _P)) is not None:
                yield from paragraph.iter(_R)


def _beginning(element: etree._Element) -> str:
    parts: list[str] = []
    length = 0
    for node in element.iter(_T):
        parts.append(node.text or "")
        length += len(parts[-1])
        if length > EXCERPT:
            break
    return "".join(parts)


def _empty_control(mark: etree._Element) -> None:
    """A content control that shows its prompt ("click to enter text") holds nothing."""
    control = next(mark.iterancestors(w("sdt")), None)
    for content in () if control is None else control.iterchildren(w("sdtContent")):
        for text in content.iter(_T):
            text.text = None


def _set_apart(marks: Iterable[etree._Element], sign: str) -> None:
    """Keep a footnote or power (15 with a raised 1) and a correction (12 struck out before 15) from reading as longer numbers."""
    for mark in marks:
        value = mark.get(_VAL)
        run = _owner(mark, _RPR, _R)
        text = None if run is None else run.find(_T)
        if text is None or not text.text or not any(letter.isdigit() for letter in text.text):
            continue
        if sign == "^" and value == "superscript":
            text.text = sign + text.text
        elif sign != "^" and value not in _OFF:
            text.text = sign + text.text + sign


def _set_after(box: etree._Element) -> None:
    """Set the paragraphs and tables of a text box after the paragraph that it is anchored in."""
    host = next(box.iterancestors(_P), None)
    if host is None or next(box.iterancestors(_GONE), None) is not None:
        return
    for block in reversed(list(box.iterchildren(_P, _TBL))):
        host.addnext(block)


def _unpack_single_cells(tables: Iterable[etree._Element]) -> None:
    """A table of one cell inside a cell is a frame around its text; the text takes its place."""
    for table in tables:
        parent = table.getparent()
        if parent is None or parent.tag != _TC:
            continue
        cells = [cell for row in table.iterchildren(_TR) for cell in row.iterchildren(_TC)]
        if len(cells) == 1:
            for block in reversed(list(cells[0].iterchildren(_P, _TBL))):
                table.addnext(block)
            parent.remove(table)
