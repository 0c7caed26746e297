"""Pages that are pictures: recognised text with its places, then the same tables and paragraphs as any PDF.

The extra `ocr` brings rapidocr-onnxruntime with its models; without it a picture is refused with the remedy. What is
recognised is never certain: the document is `scanned`, and the cells that hold a faint digit are `uncertain`.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from math import degrees, radians
from statistics import median
from typing import Any, Final

from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest.canonical import Content
from extractor.ingest.pdf_page import Box, Glyph, Page, Rule
from extractor.ingest.pdf_ruled import cell_boxes

MAX_PAGES: Final = 40
MAX_PIXELS: Final = 80_000_000
"""Of one picture; a page at 600 dpi has 35 million."""
SECONDS: Final = 900.0
SURE: Final = 0.9
"""Least confidence (0 to 1) of a text whose digits count as recognised."""
_DPI = 200
_WIDTH = 595.0
"""Points: how wide a picture of a page is taken to be."""
_SIDE = 2_600
_LINE = 28.0
"""Points: a dark stretch that is longer is ruled, not written."""
_MOST_CELLS = 2_000
_INK = 8
"""Dark pixels in a cell that are more than dirt."""
_INSET = 2.5
_DARK = 150
_STEEPEST = 3.0
"""Degrees."""
_COARSE = 0.48
"""Points to a pixel where the slope is measured (150 dpi)."""
_UNREAD = "\ufffd"
_ROUND = ("o", "O", "〇", "○")
_LINES = 1.6
_NUMBER = re.compile(r"[0-9][0-9.,]*")


def read_image(data: bytes, name: str) -> Content:
    """The text of a picture of one page. Raises UnsupportedDocument without the extra, UnreadableDocument for what is no
    picture or holds no text, DocumentTooLarge over MAX_PIXELS."""
    engine = _engine(name)
    return _content([_recognised(engine, _decoded(data, name), 1)], name)


def read_pages(document: Any, name: str) -> Content:
    """The text of the pages of a scanned PDF, an open pypdfium2 document. Raises as `read_image`, and DocumentTooLarge over
    MAX_PAGES or SECONDS."""
    if len(document) > MAX_PAGES:
        raise _too_large(name, ("扫描页数", "scanned pages"), MAX_PAGES)
    engine = _engine(name)
    deadline = time.monotonic() + SECONDS
    pages: list[Page] = []
    for number in range(len(document)):
        if time.monotonic() > deadline:
            raise _too_large(name, ("识别秒数", "seconds of recognition"), int(SECONDS))
        page = document[number]
        try:
            scale = min(_DPI / 72, _SIDE / max(*page.get_size(), 1.0))
            picture = page.render(scale=scale, grayscale=False).to_numpy()
        finally:
            page.close()
        pages.append(_recognised(engine, picture, number + 1, 1 / scale))
    return _content(pages, name)


def _content(pages: list[Page], name: str) -> Content:
    from extractor.ingest.pdf import write

    if not any(page.glyphs for page in pages):
        raise UnreadableDocument(
            name, ("图片里没有认出文字", "no text was recognised in the picture"), ("请检查该文件", "check the file")
        )
    return replace(write(pages, name, ()), scanned=True)


def _too_large(name: str, what: tuple[str, str], limit: int) -> DocumentTooLarge:
    return DocumentTooLarge(
        name,
        (f"{what[0]}超过上限 {limit}", f"over the limit of {limit} {what[1]}"),
        ("请只保留年度报告的页", "keep only the pages of the report"),
    )


def unsupported(name: str) -> UnsupportedDocument:
    """The error for a picture where nothing can recognise its text."""
    return UnsupportedDocument(
        name,
        ("这是扫描件或图片，没有可读取的文字", "this is a scan or a picture; there is no text in it to read"),
        (
            "请安装 OCR（Python 3.12 或更低）：pip install 'nianbao[ocr]'，或改用网页",
            "install OCR (Python 3.12 or lower): pip install 'nianbao[ocr]', or use the web page",
        ),
    )


def installed() -> bool:
    """Whether the extra is here, so that pictures can be read."""
    return find_spec("rapidocr_onnxruntime") is not None


@cache
def _loaded() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(text_score=0.3, rec_img_shape=[3, 48, 160])  # digits are short: half the default width, twice as fast


def _engine(name: str) -> Any:
    try:
        return _loaded()
    except ImportError as error:
        raise unsupported(name) from error


def _decoded(data: bytes, name: str) -> Any:
    """The picture as an array of pixels (height, width, 3), upright as its camera says, at most _SIDE long."""
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large(name, ("图片像素", "pixels"), MAX_PIXELS)
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableDocument(
            name, ("图片已损坏", "the picture is damaged"), ("请重新下载或导出", "download or export it again")
        ) from error
    upright.thumbnail((_SIDE, _SIDE))
    return np.asarray(upright)[:, :, ::-1]


def _recognised(engine: Any, picture: Any, number: int, points: float | None = None) -> Page:
    """The page that a picture shows; `points` is the size of a pixel (by default that of a page of usual width)."""
    import cv2

    points = points or _WIDTH / picture.shape[1]
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    angle = _slope(cv2, grey, points)
    if angle:
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        white = (255, 255, 255)
        picture = cv2.warpAffine(picture, turn, (width, height), borderValue=white)
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    page = Page(number, picture.shape[1] * points, picture.shape[0] * points, pictured=1.0)
    page.horizontal, page.vertical = _rules(cv2, grey, points)
    found, _ = engine(picture)
    for corners, text, confidence in found or ():
        xs, ys = [x * points for x, _ in corners], [y * points for _, y in corners]
        box = Box(min(xs), min(ys), max(xs), max(ys))
        page.glyphs += _glyphs(box, text, sure=confidence >= SURE and not _crosses(box, page.vertical))
    _look_again(engine, picture, grey, page, points)
    return page


def _slope(cv2: Any, grey: Any, points: float) -> float:
    """By how many degrees the ruled lines of a picture rise to the left; 0 where none are found or they are level."""
    scale = points / _COARSE
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    lines = cv2.HoughLinesP(
        cv2.Canny(small, 60, 180), 1, radians(0.05), 100, minLineLength=int(120 / _COARSE), maxLineGap=int(4 / _COARSE)
    )
    if lines is None:
        return 0.0
    slopes = [(y1 - y0) / (x1 - x0) for x0, y0, x1, y1 in lines.reshape(-1, 4).tolist() if abs(y1 - y0) * 10 < abs(x1 - x0)]
    turned = degrees(median(slopes)) if slopes else 0.0
    return turned if 0.08 < abs(turned) < _STEEPEST else 0.0


def _rules(cv2: Any, grey: Any, points: float) -> tuple[list[Rule], list[Rule]]:
    """The ruled lines of a picture, horizontal and vertical."""
    dark = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
    rules: list[list[Rule]] = []
    for upright in (False, True):
        length = max(int(_LINE * (0.5 if upright else 1) / points), 10)
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (1, length) if upright else (length, 1))
        kept = cv2.dilate(cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel), cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3)))
        _, _, stats, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
        found = []
        for left, top, width, height, _ in stats[1:].tolist():
            thick, start, long = (width, top, height) if upright else (height, left, width)
            at = (left + width / 2 if upright else top + height / 2) * points
            if thick * points < 6 and long > 4 * thick:
                found.append(Rule(at, start * points, (start + long) * points))
        rules.append(found)
    return rules[0], rules[1]


def _crosses(box: Box, vertical: list[Rule]) -> bool:
    """Whether a recognised text reaches over a ruled line, so that it may be of two cells."""
    middle = (box.top + box.bottom) / 2
    return any(box.x0 + 3 < rule.at < box.x1 - 3 and rule.start < middle < rule.end for rule in vertical)


def _glyphs(box: Box, text: str, *, sure: bool) -> list[Glyph]:
    """The characters of a recognised line, spread over its box by their usual widths."""
    printed = text.strip()
    if printed in _ROUND:
        printed, sure = "0", False
    widths = [1.0 if ord(char) >= 0x2E80 else 0.55 for char in printed]
    total = sum(widths) or 1.0
    height = box.bottom - box.top
    base = box.bottom - 0.2 * height
    glyphs: list[Glyph] = []
    x = box.x0
    for char, width in zip(printed, widths, strict=True):
        end = x + width / total * (box.x1 - box.x0)
        if not char.isspace():
            glyphs.append(Glyph(char, x, box.top, end, box.bottom, base, sure))
        x = end
    return glyphs


def _look_again(engine: Any, picture: Any, grey: Any, page: Page, points: float) -> None:
    """Read the ink of cells a second time, where no text was found (lone digits are easily missed) and where a number was:
    one that comes out otherwise is not sure. Ink that cannot be read is U+FFFD, so that the cell does not count as blank."""
    margin = int(4 / points)
    for box in cell_boxes(page)[:_MOST_CELLS]:
        held = [glyph for glyph in page.glyphs if _stands_in(glyph, box)]
        text = "".join(glyph.text for glyph in held)
        left, right = int((box.x0 + _INSET) / points), int((box.x1 - _INSET) / points)
        top, bottom = int((box.top + _INSET) / points), int((box.bottom - _INSET) / points)
        ink = (grey[top:bottom, left:right] < _DARK).nonzero()
        if len(ink[0]) < _INK or (text and not _NUMBER.fullmatch(text)) or not all(glyph.sure for glyph in held):
            continue
        x0, x1, y0, y1 = left + ink[1].min(), left + ink[1].max() + 1, top + ink[0].min(), top + ink[0].max() + 1
        if text and y1 - y0 > _LINES * (held[0].bottom - held[0].top) / points:
            continue  # a number over several lines is not read by one look
        crop = picture[max(top, y0 - margin) : min(bottom, y1 + margin), max(left, x0 - margin) : min(right, x1 + margin)]
        found, _ = engine(crop, use_det=False, use_cls=False)
        again, confidence = (found[0][0].strip(), found[0][1]) if found else ("", 0.0)
        if not text:
            seen = Box(x0 * points, y0 * points, x1 * points, y1 * points)
            page.glyphs += _glyphs(seen, again or _UNREAD, sure=bool(again) and confidence >= SURE)
        elif again != text:
            page.glyphs = [glyph._replace(sure=False) if glyph in held else glyph for glyph in page.glyphs]


def _stands_in(glyph: Glyph, box: Box) -> bool:
    y = glyph.base - 0.3 * (glyph.bottom - glyph.top)
    return box.x0 <= (glyph.x0 + glyph.x1) / 2 < box.x1 and box.top <= y < box.bottom
