"""Views of the text that are easier to match, always with the way back to the text itself."""

from __future__ import annotations

import re
from functools import cache, lru_cache

_FORMS = tuple(
    zip(
        "０１２３４５６７８９，．：；！？（）［］〔〕【】＋－／＼｜％＝︰﹣−–—―─│┃\u3000\u00a0\u2002\u2003\u2007\u2009\u202f",
        "0123456789,.:;!?()[][][]+-/\\|%=:------||" + " " * 7,
        strict=True,
    )
)
"""Full-width and typographic forms that occur in reports, each with the plain character for it."""
_TRADITIONAL = re.compile("[報開請關為務內處結無機構業規範條數據總計複議訴訟維糾審]")
PINYIN = re.compile(r"[(（](?<=[\u4e00-\u9fff].)[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ]{1,7}[)）]")
"""The reading of a character, which some mirror sites print after it: `報(bào)告`."""
_SQUEEZED = re.compile(r"[\s\u200b-\u200d\u2060\ufeff\u00ad]+")


@cache
def _simplified() -> dict[int, int]:
    """The one-to-one part of OpenCC's traditional-to-simplified table, over the common ideographs."""
    from opencc import OpenCC

    every = [chr(code) for code in range(0x4E00, 0x9FA6)]
    converted = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {ord(a): ord(b) for a, b in zip(every, converted, strict=True) if a != b and len(b) == 1}


@lru_cache(maxsize=4)  # sections and prose ask for the same text
def simplify(text: str) -> str:
    """`text` with traditional characters made simplified and inserted pinyin blanked; offsets stay the same."""
    if _TRADITIONAL.search(text):
        text = PINYIN.sub(lambda match: " " * len(match.group()), text.translate(_simplified()))
    return text


def fold(text: str) -> str:
    """`text` simplified, with full-width forms, dashes, brackets and fixed-width spaces folded; offsets stay the same."""
    text = simplify(text)  # first, for others ask for the same; no form is or becomes a part of what it looks at
    for form, plain in _FORMS:
        text = text.replace(form, plain)
    return text


def squeeze(folded: str, start: int, end: int) -> tuple[str, list[int]]:
    """`folded[start:end]` without white space and zero-width characters, and for each character that
    is left its offset in `folded`."""
    kept: list[str] = []
    offsets: list[int] = []
    at = start
    for match in _SQUEEZED.finditer(folded, start, end):
        kept.append(folded[at : match.start()])
        offsets.extend(range(at, match.start()))
        at = match.end()
    kept.append(folded[at:end])
    offsets.extend(range(at, end))
    return "".join(kept), offsets
