"""The text of a section as a model sees it: every number has an id (`⟦57⟧6`), and in prose every sentence (`⟦s3⟧`).

A model answers with ids; code knows where each stands. Between ids the text is the document's own, character for character,
but for what could pass for an id or hide: the brackets ⟦⟧ become ［］, zero-width characters blanks. The whole stands
between two lines with a delimiter that the text does not contain (`<data-1f3a…>` … `</data-1f3a…>`); it depends on the text
alone, so that the same question is the same prompt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from extractor.document import Span

OPEN, CLOSE = "⟦", "⟧"
_DISARMED = str.maketrans({OPEN: "［", CLOSE: "］"} | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", " "))
_NUMBER = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")
_DIGIT = re.compile(r"[0-9](?:\.[0-9]+)?")
_LABEL_NUMBER = re.compile(r"(?<![0-9.])[0-9]{1,2}[.、,:][ ]*(?=[\u4e00-\u9fff“])")
_WORDED = re.compile(
    r"(?:未(?!经|办)|没有|没|不存在|无)(?=[^，。；,;\n]{0,30}(?:申请|复议|诉讼|收费|费用|处理费|结转|文件|规章|许可|处罚|强制))"
    r"|(?<!第)[两二三四五六七八九十百千万]{1,3}(?=[余多]?[个大种类项条点件级道次场期篇份名家批轮人])"
)
_SENTENCE = re.compile(r"[^。；;！？!?\n]*[^\s。；;！？!?\n][^。；;！？!?\n]*[。；;！？!?]?")
_LONG = 10
"""Digits that are surely more than one number."""
_GLUED = 5
"""Digits right after a word that are taken one by one where the section has lost its separators elsewhere."""
_ID = re.compile(rf"{OPEN}(s?)([0-9]{{1,6}}){CLOSE}")
_BETWEEN = re.compile(r"<data-([0-9a-f]{16})>\n(.*?)\n</data-\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Marking:
    """A marked section. `numbers[n - 1]` is the span in the document's text of id n, `sentences[n - 1]` that of id sn;
    `prompt` is the marked text between its delimiters, `slices` the parts of the document that it shows, one after another with
    a line end between them."""

    prompt: str
    numbers: tuple[Span, ...]
    sentences: tuple[Span, ...]
    slices: tuple[Span, ...]

    @property
    def plain(self) -> str:
        """The prompt without ids."""
        fenced = _BETWEEN.search(self.prompt)
        assert fenced is not None
        return _fenced(_ID.sub("", fenced[2]))

    def span(self, mark: int) -> Span | None:
        """The span of a number's id; None where there is no such id."""
        return self.numbers[mark - 1] if 0 < mark <= len(self.numbers) else None


def mark_table(text: str, folded: str, section: Span, open_digits: Collection[int] = ()) -> Marking:
    """Mark the numbers of a section with a table, without the numbers of its labels (`1.属于国家秘密`).

    `open_digits` are offsets of digits that stand in a run of lost separators: each has an id of its own, like those of every
    run that no number can be (`0000000`). A decimal's fraction goes with the digit before its point (`2`, `1`, `5.36`).
    """
    low, high = section
    numbers: list[Span] = []
    runs = [match.span() for match in _NUMBER.finditer(folded, low, high)]
    glued = bool(open_digits) or any(_is_glued(folded[start:end]) for start, end in runs)
    for start, end in runs:
        if _LABEL_NUMBER.match(folded, start, min(high, end + 4)):
            continue
        whole = folded[start:end].isdigit()
        touching = whole and glued and end - start >= _GLUED and start > low and not folded[start - 1].isspace()
        single = _is_glued(folded[start:end]) or touching or any(at in open_digits for at in range(start, end))
        if single:
            numbers += [match.span() for match in _DIGIT.finditer(folded, start, end)]
        else:
            numbers.append((start, end))
    return _marked(text, numbers, (), (section,))


def mark_prose(text: str, folded: str, slices: Sequence[Span], worded: Sequence[Span] = ()) -> Marking:
    """Mark the numbers of prose and its sentences. Numbers are figures, words of negation, Chinese numerals before a unit, and
    what is known to say a number in words (`worded`)."""
    numbers: list[Span] = []
    sentences: list[Span] = []
    for low, high in slices:
        figures = [match.span() for match in _NUMBER.finditer(folded, low, high)]
        known = [span for span in worded if low <= span[0] and span[1] <= high]
        more = [match.span() for match in _WORDED.finditer(folded, low, high)]
        known += [span for span in more if not any(start < span[1] and span[0] < end for start, end in known)]
        numbers += sorted([*figures, *(span for span in known if span[0] not in {start for start, _ in figures})])
        for match in _SENTENCE.finditer(folded, low, high):
            start, end = match.span()
            start += len(match[0]) - len(match[0].lstrip())
            sentences.append((start, start + len(folded[start:end].rstrip())))
    return _marked(text, numbers, sentences, tuple(slices))


def _is_glued(content: str) -> bool:
    return content.isdigit() and (len(content) >= _LONG or (len(content) > 1 and content[0] == "0"))


def _marked(text: str, numbers: Sequence[Span], sentences: Sequence[Span], slices: tuple[Span, ...]) -> Marking:
    marks = [(start, 0, f"{OPEN}s{n}{CLOSE}") for n, (start, _) in enumerate(sentences, 1)]
    marks += [(start, 1, f"{OPEN}{n}{CLOSE}") for n, (start, _) in enumerate(numbers, 1)]
    marks.sort()
    lines = [_with_marks(text, part, [mark for mark in marks if part[0] <= mark[0] < part[1]]) for part in slices]
    return Marking(_fenced("\n".join(lines)), tuple(numbers), tuple(sentences), slices)


def _with_marks(text: str, part: Span, marks: Iterable[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    at = part[0]
    for start, _, mark in marks:
        pieces += [text[at:start].translate(_DISARMED), mark]
        at = start
    return "".join([*pieces, text[at : part[1]].translate(_DISARMED)])


def _fenced(shown: str) -> str:
    fence = sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    while fence in shown:
        fence = sha256(fence.encode()).hexdigest()[:16]
    return f"<data-{fence}>\n{shown}\n</data-{fence}>"


def unmarked(prompt: str) -> tuple[str, dict[str, int]]:
    """The text between the delimiters of a prompt without its ids, and for each id ("57", "s3") the offset in that text at
    which what it marks begins. What `_marked` replaces it replaced one character by one, so that offsets are the document's."""
    fenced = _BETWEEN.search(prompt)
    if fenced is None:
        return "", {}
    shown, kept, places, at, length = fenced[2], [], {}, 0, 0
    for match in _ID.finditer(shown):
        kept.append(shown[at : match.start()])
        length += match.start() - at
        places[match[1] + match[2]] = length
        at = match.end()
    return "".join([*kept, shown[at:]]), places
