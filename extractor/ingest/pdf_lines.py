"""Glyphs to printed lines, and printed lines to paragraphs: what stands outside tables, and the text inside a cell.

Chinese wraps without a mark, so a paragraph ends where a line stops short of the margin, or the next one is indented,
stands apart or opens a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from extractor.ingest.pdf_page import Glyph

_SAME_LINE = 0.35
"""Of the height of a line: baselines that are nearer stand on one line."""
_GAP = 0.22
"""Of the height of a line: a wider gap between glyphs is a space."""
_WORD = re.compile(r"[0-9A-Za-z]")
_NUMERIC: Final = re.compile(r"[0-9０-９][0-9０-９,，.．]*")
_OPENS = re.compile(
    r"[(（][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}\s?[、．.]|第[一二三四五六七八九十]{1,3}[章节部]|附件"
)


_ENDS = ("报告", "年报", "：", "。", "）")


@dataclass(slots=True)
class Line:
    """Glyphs on one baseline from left to right, and their text with a space where they stand apart."""

    glyphs: list[Glyph]
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """The printed lines that `glyphs` make, from the top down."""
    ordered = sorted(glyphs, key=_base)
    if not ordered:
        return []
    groups: list[list[Glyph]] = [[ordered[0]]]
    base = ordered[0].base
    for glyph in ordered[1:]:
        if glyph.base - base > _SAME_LINE * (glyph.bottom - glyph.top):
            groups.append([])
            base = glyph.base
        groups[-1].append(glyph)
    return [line_of(group) for group in groups]


def _base(glyph: Glyph) -> float:
    return glyph.base


def _left(glyph: Glyph) -> float:
    return glyph.x0


def line_of(glyphs: list[Glyph]) -> Line:
    glyphs.sort(key=_left)
    gap = _GAP * median(glyph.bottom - glyph.top for glyph in glyphs)
    parts: list[str] = []
    end = glyphs[0].x0
    for glyph in glyphs:
        if glyph.x0 - end > gap and parts:
            parts.append(" ")
        parts.append(glyph.text)
        end = max(end, glyph.x1)
    return Line(
        glyphs,
        "".join(parts),
        glyphs[0].x0,
        end,
        min(glyph.top for glyph in glyphs),
        max(glyph.bottom for glyph in glyphs),
        glyphs[0].base,
    )


def joined(before: str, after: str) -> str:
    """Two lines of one paragraph as one: a space only between letters or digits of both."""
    if before and after and _WORD.match(before[-1]) and _WORD.match(after[0]):
        return f"{before} {after}"
    return before + after


def cell_text(lines: Sequence[Line], full: float) -> tuple[str, bool]:
    """The text of a cell, and whether it is certain.

    Digits on two lines are one number only if the first line could hold no more: `full` is the width that the cell offers.
    """
    if not lines:
        return "", True
    text, certain = _without_spread(lines[0].text), True
    for line, following in pairwise(lines):
        content = _without_spread(following.text)
        if _NUMERIC.fullmatch(line.text) and _NUMERIC.match(content):
            wrapped = line.x1 - line.x0 + line.glyphs[-1].x1 - line.glyphs[-1].x0 > full
            certain = certain and wrapped
            text += content if wrapped else f" {content}"
        else:
            text = joined(text, content)
    return text, certain


_SPREAD = re.compile(r"(?<=[\u4e00-\u9fff（）()、，]) (?=[\u4e00-\u9fff（）()、，])")


def _without_spread(text: str) -> str:
    """`text` without the spaces that justification puts between ideographs."""
    return _SPREAD.sub("", text)


@dataclass(frozen=True, slots=True)
class Measure:
    """The margins of the running text of a document, the distance of its lines and their height."""

    left: float
    right: float
    pitch: float
    height: float


def measure(pages: Iterable[Sequence[Line]], width: float) -> Measure:
    """The usual margins and line distance over `pages`, each the lines of one page; `width` is that of the narrowest. No text
    is set so narrow that its right margin is in the left half of the page."""
    lefts: Counter[int] = Counter()
    rights: list[float] = []
    pitches: Counter[int] = Counter()
    heights: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            if len(line.text) > 12:
                lefts[round(line.x0)] += 1
                rights.append(line.x1)
                heights[round(line.height, 1)] += 1
        pitches.update(round(b.base - a.base) for a, b in pairwise(lines) if b.base - a.base < 4 * a.height)
    left = lefts.most_common(1)[0][0] if lefts else 0
    rights.sort()
    right = rights[len(rights) * 9 // 10] if rights else 0.0
    pitch, height = (counts.most_common(1)[0][0] if counts else 0 for counts in (pitches, heights))
    return Measure(float(left), max(right, width * 0.55), float(pitch), float(height))


def goes_on(before: Line, line: Line, usual: Measure, *, same_page: bool) -> bool:
    """Whether `line` continues the paragraph that `before` is the last line of."""
    em = max(line.height, before.height)
    if _is_title(before, line, usual) and same_page:
        return True
    if before.x1 < usual.right - 2.2 * em or line.x0 > usual.left + 1.2 * em:
        return False
    if line.x0 < before.x0 - 3.2 * em or abs(line.height - before.height) > 0.3 * before.height:
        return False
    if same_page and usual.pitch and line.base - before.base > 1.4 * usual.pitch:
        return False
    return not _OPENS.match(line.text)


def _is_title(before: Line, line: Line, usual: Measure) -> bool:
    """Whether two lines are one title: larger than the text, of one size, one under the other, the first not at its end."""
    large = min(before.height, line.height) > 1.15 * usual.height and abs(line.height - before.height) < 0.5
    return (
        large
        and line.base - before.base < 2.2 * line.height
        and not before.text.endswith(_ENDS)
        and not _OPENS.match(line.text)
    )
