"""A page of a PDF as what stands on it: glyphs and ruled lines with their places, and how much of it is a picture.

Places are in points from the top left corner of the page as it is shown (rotation and crop box applied), y growing downward.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot
from typing import Any, Final, NamedTuple

MAX_GLYPHS: Final = 60_000
"""Of one page; a dense page of a report has about 2,000."""
MAX_OBJECTS: Final = 60_000
"""Drawn objects of one page; a ruled page has about 200."""
_MAX_DEPTH = 5
_MAX_SHADES = 300
_THIN = 3.0
"""Points: a filled shape that is thinner is drawn as a line, a thicker one is a shade."""
_SHORT = 3.0
_WHITE = 250
_HYPHEN = 2  # what pdfium gives for a hyphen at the end of a line
_UNKNOWN = 0xFFFD
"""What stands for a character that the file does not tell; a cell that holds it is not blank."""
_SPACES = (32, 160)
_MIN_HEIGHT = 1.5
_INVISIBLE_MODES = (3, 7)


class Glyph(NamedTuple):
    """A printed character, its box (as high as its line, not as its ink) and the baseline it stands on. `sure` is False where
    it was recognised in a picture and may be another."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    base: float
    sure: bool = True


class Box(NamedTuple):
    """A rectangle on a page."""

    x0: float
    top: float
    x1: float
    bottom: float


class Rule(NamedTuple):
    """A ruled line: `at` is its y if it is horizontal, else its x; it runs from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Page:
    """What stands on page `number` (from 1). `hidden` is text that nobody sees; `pictured` is the share of the page that
    pictures cover (1 for a scan); `unmapped` counts glyphs whose character the file does not tell."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    hidden: list[Glyph] = field(default_factory=list)
    horizontal: list[Rule] = field(default_factory=list)
    vertical: list[Rule] = field(default_factory=list)
    pictured: float = 0.0
    unmapped: int = 0


class TooManyObjects(Exception):
    """A page holds more than MAX_GLYPHS or MAX_OBJECTS."""


@dataclass(slots=True)
class _Drawn:
    """What a walk over the drawn objects of a page collects: text objects (by address) that are invisible or white, and
    `shades` on which white text can be seen."""

    place: Callable[[float, float, float, float], Box]
    page: Page
    hidden: set[int] = field(default_factory=set)
    white: set[int] = field(default_factory=set)
    shades: list[Box] = field(default_factory=list)
    objects: int = 0


def read_page(raw: Any, handle: Any, number: int) -> Page:
    """Page `number` from the pdfium page `handle`; `raw` is pypdfium2.raw. Raises TooManyObjects."""
    place, width, height = _placing(raw, handle)
    page = Page(number, width, height)
    drawn = _Drawn(place, page)
    count = raw.FPDFPage_CountObjects(handle)
    for index in range(count):
        _draw(raw, raw.FPDFPage_GetObject(handle, index), None, drawn, 0)
    _read_glyphs(raw, handle, drawn)
    return page


def _placing(raw: Any, handle: Any) -> tuple[Callable[[float, float, float, float], Box], float, float]:
    """How a box of the page's own space is placed on the page as shown, and the shown width and height."""
    edges = [ctypes.c_float() for _ in range(4)]
    found = raw.FPDFPage_GetCropBox(handle, *edges) or raw.FPDFPage_GetMediaBox(handle, *edges)
    left, bottom, right, top = (edge.value for edge in edges) if found else (0.0, 0.0, 595.0, 842.0)
    rotation = raw.FPDFPage_GetRotation(handle)
    if rotation == 1:
        return (lambda x0, y0, x1, y1: Box(y0 - bottom, x0 - left, y1 - bottom, x1 - left)), top - bottom, right - left
    if rotation == 2:
        return (lambda x0, y0, x1, y1: Box(right - x1, y0 - bottom, right - x0, y1 - bottom)), right - left, top - bottom
    if rotation == 3:
        return (lambda x0, y0, x1, y1: Box(top - y1, right - x1, top - y0, right - x0)), top - bottom, right - left
    return (lambda x0, y0, x1, y1: Box(x0 - left, top - y1, x1 - left, top - y0)), right - left, top - bottom


_Matrix = tuple[float, float, float, float, float, float]


def _draw(raw: Any, item: Any, matrix: _Matrix | None, drawn: _Drawn, depth: int) -> None:
    drawn.objects += 1
    if drawn.objects > MAX_OBJECTS:
        raise TooManyObjects
    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        if raw.FPDFTextObj_GetTextRenderMode(item) in _INVISIBLE_MODES:
            drawn.hidden.add(_address(item))
        elif _is_white(raw, item):
            drawn.white.add(_address(item))
    elif kind == raw.FPDF_PAGEOBJ_PATH:
        _path(raw, item, matrix, drawn)
    elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
        box = _bounds(raw, item, matrix, drawn)
        _shade(box, drawn)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            shown = max(0.0, min(box.x1, drawn.page.width) - max(box.x0, 0.0))
            shown *= max(0.0, min(box.bottom, drawn.page.height) - max(box.top, 0.0))
            drawn.page.pictured += shown / max(drawn.page.width * drawn.page.height, 1.0)
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
        inner = _times(_matrix(raw, item), matrix)
        for index in range(raw.FPDFFormObj_CountObjects(item)):
            _draw(raw, raw.FPDFFormObj_GetObject(item, index), inner, drawn, depth + 1)


def _address(item: Any) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0


def _matrix(raw: Any, item: Any) -> _Matrix:
    values = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(values)):
        return 1.0, 0.0, 0.0, 1.0, 0.0, 0.0
    return values.a, values.b, values.c, values.d, values.e, values.f


def _times(first: _Matrix, then: _Matrix | None) -> _Matrix:
    """The matrix that applies `first`, then `then`."""
    if then is None:
        return first
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _bounds(raw: Any, item: Any, matrix: _Matrix | None, drawn: _Drawn) -> Box:
    edges = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(item, *edges)
    left, bottom, right, top = (edge.value for edge in edges)
    return drawn.place(*_moved(left, bottom, right, top, matrix))


def _moved(x0: float, y0: float, x1: float, y1: float, matrix: _Matrix | None) -> tuple[float, float, float, float]:
    if matrix is None:
        return x0, y0, x1, y1
    a, b, c, d, e, f = matrix
    xs = [a * x + c * y + e for x in (x0, x1) for y in (y0, y1)]
    ys = [b * x + d * y + f for x in (x0, x1) for y in (y0, y1)]
    return min(xs), min(ys), max(xs), max(ys)


def _shade(box: Box, drawn: _Drawn) -> None:
    if len(drawn.shades) < _MAX_SHADES:
        drawn.shades.append(box)


def _is_white(raw: Any, item: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not raw.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
        return False
    return min(red.value, green.value, blue.value) >= _WHITE or alpha.value == 0


def _path(raw: Any, item: Any, matrix: _Matrix | None, drawn: _Drawn) -> None:
    """The ruled lines of a drawn path: straight strokes along the axes, and filled shapes as thin as a line."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, fill, stroke)
    if not fill.value and not stroke.value:
        return
    segments = raw.FPDFPath_CountSegments(item)
    if segments <= 6:
        box = _bounds(raw, item, matrix, drawn)
        if not stroke.value or min(box.x1 - box.x0, box.bottom - box.top) <= _THIN:
            _keep(box, drawn)
            if fill.value and not stroke.value and not _is_white(raw, item):
                _shade(box, drawn)
            return
    drawn.objects += segments
    if drawn.objects > MAX_OBJECTS:
        raise TooManyObjects
    inner = _times(_matrix(raw, item), matrix)
    for points in _subpaths(raw, item, segments, inner):
        if stroke.value:
            for (x0, y0), (x1, y1) in pairwise(points):
                _keep(drawn.place(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), drawn)
        elif points:
            xs, ys = [x for x, _ in points], [y for _, y in points]
            _keep(drawn.place(min(xs), min(ys), max(xs), max(ys)), drawn)


def _subpaths(raw: Any, item: Any, segments: int, matrix: _Matrix) -> list[list[tuple[float, float]]]:
    a, b, c, d, e, f = matrix
    found: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(segments):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO or not found:
            found.append([])
        found[-1].append((a * x.value + c * y.value + e, b * x.value + d * y.value + f))
        if raw.FPDFPathSegment_GetClose(segment):
            found[-1].append(found[-1][0])
    return found


def _keep(box: Box, drawn: _Drawn) -> None:
    wide, high = box.x1 - box.x0, box.bottom - box.top
    if high <= _THIN and wide > max(_SHORT, high):
        drawn.page.horizontal.append(Rule((box.top + box.bottom) / 2, box.x0, box.x1))
    elif wide <= _THIN and high > max(_SHORT, wide):
        drawn.page.vertical.append(Rule((box.x0 + box.x1) / 2, box.top, box.bottom))


def _read_glyphs(raw: Any, handle: Any, drawn: _Drawn) -> None:
    text = raw.FPDFText_LoadPage(handle)
    if not text:
        return
    try:
        _collect(raw, text, drawn)
    finally:
        raw.FPDFText_ClosePage(text)


def _collect(raw: Any, text: Any, drawn: _Drawn) -> None:
    page = drawn.page
    count = raw.FPDFText_CountChars(text)
    if count > MAX_GLYPHS:
        raise TooManyObjects
    suspect = drawn.hidden | drawn.white
    measures = _Measures(raw.FS_RECTF(), raw.FS_MATRIX(), ctypes.c_double(), ctypes.c_double())
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        if code not in _SPACES and raw.FPDFText_HasUnicodeMapError(text, index) == 1:
            code = _UNKNOWN  # the number of a glyph in its font, for which any character may stand
        if code <= 32 and code != _HYPHEN:
            page.unmapped += code == 0
            continue
        if 0xD800 <= code <= 0xDFFF or code > sys.maxunicode:
            code = _UNKNOWN  # no character at all: text that holds it could not be written
        char = "-" if code in (_HYPHEN, 0xFFFE) else chr(code)
        if char.isspace():
            continue
        if 0xE000 <= code <= 0xF8FF or code >= 0xF0000 or code == _UNKNOWN:
            page.unmapped += 1
        glyph = _glyph(raw, text, index, char, drawn, measures)
        (page.glyphs if _is_seen(raw, text, index, glyph, drawn, suspect) else page.hidden).append(glyph)


class _Measures(NamedTuple):
    """What pdfium writes its answers to."""

    box: Any
    matrix: Any
    x: Any
    y: Any


_ASCENT = 0.88
_WIDE = 0x2E80


def _glyph(raw: Any, text: Any, index: int, char: str, drawn: _Drawn, measures: _Measures) -> Glyph:
    """A glyph with the box that its size and baseline give: pdfium's own boxes differ from font to font, and those of
    vertical writing and of drawn (Type 3) fonts are wrong."""
    box, matrix, x, y = measures
    raw.FPDFText_GetCharOrigin(text, index, x, y)
    raw.FPDFText_GetMatrix(text, index, matrix)
    across, up = hypot(matrix.a, matrix.b), hypot(matrix.c, matrix.d)
    size = raw.FPDFText_GetFontSize(text, index) * up
    left, _, _, base = drawn.place(x.value, y.value, x.value, y.value)
    if ord(char) >= _WIDE and up:
        return Glyph(char, left, base - _ASCENT * size, left + size * across / up, base + (1 - _ASCENT) * size, base)
    raw.FPDFText_GetLooseCharBox(text, index, box)
    loose = drawn.place(box.left, box.bottom, box.right, box.top)
    if loose.x1 - left > 1.5 * size:
        loose = loose._replace(x1=left + size / 2)
    return Glyph(char, left, base - _ASCENT * size, loose.x1, base + (1 - _ASCENT) * size, base)


def _is_seen(raw: Any, text: Any, index: int, glyph: Glyph, drawn: _Drawn, suspect: set[int]) -> bool:
    x, y = (glyph.x0 + glyph.x1) / 2, (glyph.top + glyph.bottom) / 2
    if not (0 <= x <= drawn.page.width and 0 <= y <= drawn.page.height) or glyph.bottom - glyph.top < _MIN_HEIGHT:
        return False
    if not suspect:
        return True
    item = _address(raw.FPDFText_GetTextObject(text, index))
    if item in drawn.hidden:
        return False
    return item not in drawn.white or any(s.x0 <= x <= s.x1 and s.top <= y <= s.bottom for s in drawn.shades)
