"""What a page prints besides the report: its number, and headers and footers that come again on every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from extractor.ingest.pdf_lines import Line
from extractor.ingest.pdf_page import Page

_NUMBER = re.compile(
    r"(?:[-—–―－·•~_\s]*第?\s?(?P<marked>[0-9]{1,4})\s?页?(?:\s?[/，,、共]+\s?[0-9]{1,4}\s?页?)?[-—–―－·•~_\s]*)"
)
_BARE = re.compile(r"[0-9]{1,4}")
_DIGITS = re.compile(r"[0-9]+")
_EDGE = 0.12
"""Of the height of a page, at its top and at its bottom: where its number and its header stand."""


def without_furniture(pages: Sequence[Page], lines: Sequence[list[Line]]) -> list[list[Line]]:
    """The lines of every page without page numbers and what is printed again on most pages at the same height."""
    edges = [[line for line in own if _at_edge(line, page)] for page, own in zip(pages, lines, strict=True)]
    repeated = _repeated(edges)
    offset = _counted(pages, edges)
    kept = []
    for page, own, edge in zip(pages, lines, edges, strict=True):
        gone = {id(line) for line in edge if _key(line) in repeated or _is_number(line, page, offset)}
        kept.append([line for line in own if id(line) not in gone])
    return kept


def _at_edge(line: Line, page: Page) -> bool:
    return line.bottom < _EDGE * page.height or line.top > (1 - _EDGE) * page.height


def _key(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("0", line.text), round(line.base / 4)


def _repeated(edges: Sequence[Sequence[Line]]) -> set[tuple[str, int]]:
    """Lines that most pages print; a number alone is no such line, it may be a value."""
    counts = Counter(key for edge in edges for key in {_key(line) for line in edge if not _BARE.fullmatch(line.text)})
    least = max(2, (len(edges) + 1) // 2)
    return {key for key, count in counts.items() if count >= least}


def _counted(pages: Sequence[Page], edges: Sequence[Sequence[Line]]) -> int | None:
    """What is added to the count of pages to give the bare numbers at their edges, if they agree."""
    offsets = Counter(
        int(line.text) - page.number
        for page, edge in zip(pages, edges, strict=True)
        for line in edge
        if _BARE.fullmatch(line.text)
    )
    offset, count = offsets.most_common(1)[0] if offsets else (0, 0)
    return offset if count >= max(2, len(pages) // 2) or (count and offset == 0) else None


def _is_number(line: Line, page: Page, offset: int | None) -> bool:
    match = _NUMBER.fullmatch(line.text)
    if match is None:
        return False
    if not _BARE.fullmatch(line.text):
        return True
    return offset is not None and int(line.text) - page.number == offset
