"""What office documents carry besides their text, as notices: excerpts of what is not read, and of what was left over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from extractor.document import Notice

EXCERPT: Final = 80
MOST: Final = 20
"""Notices of one kind in a document."""

INVISIBLE: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_TELLING = re.compile(r"[0-9\u3400-\u9fff\uff10-\uff19]")
_BODY = r"(?:省|市|州|县|区|旗|镇|乡|街道|局|委|办|厅|处|中心|部门|单位|机关|政府)"
_LEFTOVER = re.compile(
    rf"(?:[×✕╳Ｘ○〇]{{2,8}}|(?<![A-Za-z])[Xx]{{2,8}})(?={_BODY})|(?<![A-Za-z])(?:[×✕╳Ｘ]{{2,4}}|[Xx]{{2,4}})(?=年)"
)
_AROUND = 30


def excerpts(kind: str, texts: Iterable[str]) -> Iterator[Notice]:
    """At most MOST notices of `kind` for those of `texts` that say something: that hold Chinese characters or digits."""
    told = (text for text in texts if _TELLING.search(text))
    yield from (Notice(kind, text[:EXCERPT]) for text in islice(told, MOST))


def leftovers(text: str) -> Iterator[Notice]:
    """At most MOST "leftover" notices: placeholders of a template (××局, XX年) that nobody filled in."""
    for match in islice(_LEFTOVER.finditer(text), MOST):
        start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - _AROUND)
        end = text.find("\n", match.end())
        yield Notice("leftover", text[start : min(match.end() + _AROUND, len(text) if end < 0 else end)].strip())
