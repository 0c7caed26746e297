"""Prose by pointers: what a model says of claims, aspects, problems and measures, held against the text.

The figure of a claim is read by code from where the model points; where the rules found a claim at the same number, that one is
taken. A link (part of, ratio of, cell) that only the model sees is taken only where the figures bear it out: a wrong link would
accuse an agency of an error it did not make.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from extractor.document import Document, Span
from extractor.folding import simplify
from extractor.readers.answers import ClaimPointer, ProseAnswer
from extractor.readers.claims import clause_start, statements
from extractor.readers.marking import Marking, mark_prose
from extractor.readers.pointers import NotIds, columns_of
from extractor.readers.prose import Prose
from extractor.reading import Cell
from extractor.result import Aspects, Claim, Improvement
from extractor.result import Section as SectionName

_LONGEST = 24_000
_MOST_QUOTED = 60
_SENTENCES = re.compile(r"s?(?P<first>[0-9]{1,5})(?:\s?[-–—~]\s?s?(?P<last>[0-9]{1,5}))?")
_SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_AFTER = re.compile(r"\s{0,4}(?P<more>[余多几])?(?P<scale>[万亿千百])?(?P<still>[余多])?\s{0,4}")
_ABOUT = re.compile(r"(?:近|约|超过?|逾|突破|接近)\s?\Z")
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_FIGURE = re.compile(r"[0-9０-９零〇一二两三四五六七八九十百千万亿]")
_MOST_SENTENCES = 40
_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,16})(?:\.[0-9]{1,9})?")
_NO_UNITS = frozenset("年月日号室楼")
"""What follows a number that counts nothing."""


@dataclass(frozen=True, slots=True)
class ProseReader:
    """Knows the ids of the prose of one report. `sections` are the names and starts of its sections, in order."""

    text: str
    folded: str
    marking: Marking
    sections: tuple[tuple[int, SectionName], ...]
    overview: Span | None
    improvement: Span | None

    @classmethod
    def of(cls, document: Document, folded: str, prose: Prose, tables: Sequence[Span]) -> ProseReader | None:
        """The prose of all sections outside `tables`, as much of it as is sent; None if there is none."""
        slices: list[Span] = []
        left = _LONGEST
        for section in prose.sections:
            for start, end in _outside(section.span, tables) if section.name != "preamble" else ():
                high = min(end, start + left)
                if document.text[start:high].strip():
                    slices.append((start, high))
                    left -= high - start
        if not slices:
            return None
        spans = {one.name: one.span for one in prose.sections}
        starts = tuple((one.span[0], one.name) for one in prose.sections)
        said = (one.number for one in statements(simplify(document.text), slices))
        worded = [span for span in said if not folded[span[0]].isdigit()]
        marking = mark_prose(document.text, folded, slices, worded)
        return cls(document.text, folded, marking, starts, spans.get("overview"), spans.get("improvement"))

    def complaints(self, answer: ProseAnswer) -> tuple[str, ...]:
        """What is wrong with an answer, in words for the model."""
        found = [f"claims：编号 {one.n} 不在原文中，或不是一个数" for one in answer.claims if self._number(one.n) is None]
        given = [*answer.problems, *answer.measures, *(item for _, item in answer.aspects if item)]
        found += [f"句子 {item} 不在原文中" for item in given if self.passage(item) is None]
        numbers = [span for one in answer.claims if (span := self._number(one.n))]
        if len(set(numbers)) < len(numbers):
            found.append("claims：有编号重复使用")
        return tuple(found[:20])

    def passage(self, item: str) -> Span | None:
        """The span of `"s3"` or `"s3-s5"`."""
        match = _SENTENCES.fullmatch(item.strip().replace("⟦", "").replace("⟧", ""))
        if match is None:
            return None
        first = int(match["first"])
        last = int(match["last"] or first)
        if not 0 < first <= last < min(first + _MOST_SENTENCES, len(self.marking.sentences) + 1):
            return None
        return self.marking.sentences[first - 1][0], self.marking.sentences[last - 1][1]

    def _number(self, ids: str) -> Span | None:
        """The hull of a number's ids, if they are known and side by side."""
        try:
            columns = columns_of(ids)
        except NotIds:
            return None
        if len(columns) != 1 or columns[0] is None:
            return None
        spans = [self.marking.span(one) for one in columns[0]]
        if any(span is None for span in spans):
            return None
        known = [span for span in spans if span is not None]
        whole = self.folded[known[0][0] : known[-1][1]]
        return (known[0][0], known[-1][1]) if len(known) == 1 or re.fullmatch(r"[0-9\s,.]+", whole) else None

    def claims(
        self, answer: ProseAnswer, rules: Sequence[Claim], cells: Mapping[str, Cell], *, alone: bool
    ) -> tuple[Claim, ...]:
        """The claims: those of the rules (`alone`: those that the model points at) and those that only the model sees."""
        pointed: dict[Span, ClaimPointer] = {}
        for one in answer.claims:
            span = self._number(one.n)
            if span is not None:
                pointed.setdefault(span, one)
        known = {span: claim for span in pointed if (claim := self._known(rules, span))}
        kept = [claim for claim in rules if not alone or any(claim is one for one in known.values())]
        names = {span: claim.id for span, claim in known.items()}
        new: list[Claim] = []
        for span, one in pointed.items():
            claim = None if span in known else self._new(span, one, f"c{len(rules) + len(new) + 1}")
            if claim is not None:
                new.append(claim)
                names[span] = claim.id
        by_id = {claim.id: claim for claim in [*kept, *new]}
        linked = [self._linked(claim, pointed, names, by_id, cells) for claim in new]
        return (*(_without_lost(claim, by_id) for claim in kept), *linked)

    def _known(self, rules: Sequence[Claim], span: Span) -> Claim | None:
        """The claim of the rules whose number the span is: the last figure of its quote."""
        inside = (claim for claim in rules if claim.span[0] <= span[0] and span[1] <= claim.span[1])
        return next((claim for claim in inside if not re.search(r"\d", self.folded[span[1] : claim.span[1]])), None)

    def _new(self, span: Span, one: ClaimPointer, name: str) -> Claim | None:
        """A claim that only the model sees, with the figure that stands there."""
        start, end = span
        after = _AFTER.match(self.folded, end)
        assert after
        value = self._value(span)
        if value is None:
            return None
        approximate = bool(after["more"] or after["still"] or _ABOUT.search(self.folded[max(0, start - 3) : start]))
        if after["scale"]:
            value *= _SCALES[after["scale"]]
        if after["scale"] or after["more"] or after["still"]:
            end = after.end("still") if after["still"] else after.end("scale") if after["scale"] else after.end("more")
        unit = one.unit if one.unit and self.folded.startswith(one.unit.strip(), after.end()) else None
        stop = after.end() + len(unit.strip()) if unit else end
        worded = not self.folded[start].isdigit()
        kind = "approximate" if approximate else one.kind
        if (kind == "negation") != (worded and value == 0) or (kind == "ratio" and unit not in ("%", "％", "‰")):
            return None
        if kind != "negation" and (unit is None or unit.strip() in _NO_UNITS):
            return None
        low = clause_start(self.folded, max((at for at, _ in self.sections if at <= start), default=0), start)
        low = self._subject(one.subject, max(low, start - _MOST_QUOTED), start) or max(low, start - _MOST_QUOTED)
        low += len(self.text[low:start]) - len(self.text[low:start].lstrip())
        raw = self.text[low:stop]
        names = [at for at, _ in self.sections]
        return Claim(
            id=name,
            raw=raw,
            span=(low, stop),
            section=self.sections[max(0, bisect_right(names, start) - 1)][1],
            subject="".join(self.text[low:start].split()) or raw,
            value=str(value) if kind == "ratio" else f"{value.normalize():f}",
            unit=unit.strip() if unit else None,
            kind=kind,
        )

    def _value(self, span: Span) -> Decimal | None:
        words = "".join(self.folded[span[0] : span[1]].split()).replace(",", "")
        if words[0].isdigit():
            return Decimal(words) if _PLAIN.fullmatch(words) else None
        if words[0] in "未没无不":
            return Decimal(0)
        return Decimal(_HAN_DIGITS[words]) if words in _HAN_DIGITS else None

    def _subject(self, words: str, low: int, start: int) -> int | None:
        """Where the words of the subject begin before the number; None if they are not there."""
        found = self.text.rfind(words.strip(), low, start) if words.strip() else -1
        return None if found < 0 else found

    def _linked(
        self,
        claim: Claim,
        pointed: Mapping[Span, ClaimPointer],
        names: Mapping[Span, str],
        known: Mapping[str, Claim],
        cells: Mapping[str, Cell],
    ) -> Claim:
        """The claim with the links that its figures bear out."""
        one = next(one for span, one in pointed.items() if names.get(span) == claim.id)
        links: dict[str, object] = {}
        whole = self._linked_to(one.part_of, names, known)
        if (
            whole is not None
            and whole.unit == claim.unit
            and Decimal(whole.value) >= Decimal(claim.value)
            and whole is not claim
        ):
            links["part_of"] = whole.id
        terms = [self._linked_to(item, names, known) for item in one.of or ()]
        if claim.kind == "ratio" and len(terms) == 2 and terms[0] and terms[1] and _is_ratio(claim, terms[0], terms[1]):
            links["of"] = (terms[0].id, terms[1].id)
        cell = cells.get(one.cell or "")
        if (
            cell is not None
            and cell.value is not None
            and Decimal(cell.value) == Decimal(claim.value)
            and claim.kind in ("count", "negation")
        ):
            links["cell"] = one.cell
        return claim.model_copy(update=links)

    def _linked_to(self, ids: str | None, names: Mapping[Span, str], known: Mapping[str, Claim]) -> Claim | None:
        span = self._number(ids) if ids else None
        return known.get(names[span]) if span is not None and span in names else None


def _outside(span: Span, regions: Sequence[Span]) -> list[Span]:
    parts, (at, end) = [], span
    for low, high in sorted(regions):
        if low < end and high > at:
            parts.append((at, max(at, low)))
            at = max(at, high)
    return [(low, high) for low, high in [*parts, (at, end)] if low < high]


def _without_lost(claim: Claim, known: Mapping[str, Claim]) -> Claim:
    """The claim without links to claims that are not there."""
    lost: dict[str, object] = {}
    if claim.part_of is not None and claim.part_of not in known:
        lost["part_of"] = None
    if any(one not in known for one in claim.of):
        lost["of"] = ()
    return claim.model_copy(update=lost) if lost else claim


def _is_ratio(claim: Claim, part: Claim, whole: Claim) -> bool:
    if not Decimal(whole.value):
        return False
    said = Decimal(claim.value)
    exact = Decimal(part.value) / Decimal(whole.value) * (1000 if claim.unit == "‰" else 100)
    return said in (exact.quantize(said, ROUND_HALF_UP), exact.quantize(said, ROUND_DOWN))


def with_answer(
    prose: Prose, reader: ProseReader | None, answer: ProseAnswer | None, cells: Mapping[str, Cell], *, alone: bool
) -> tuple[Prose, str | None]:
    """The prose with what the answer adds, and the model's summary. The rules' text stays where the model points at nothing."""
    if reader is None or answer is None:
        return (replace(prose, claims=()) if alone and reader is not None else prose), None
    aspects = prose.overview.aspects.model_dump()
    for name, item in answer.aspects:
        span = reader.passage(item) if item else None
        if span is not None and _within(span, reader.overview) and (alone or aspects[name] is None):
            aspects[name] = reader.text[span[0] : span[1]]
    overview = prose.overview.model_copy(update={"aspects": Aspects(**aspects)})
    given = {"problems": _items(reader, answer.problems), "measures": _items(reader, answer.measures)}
    update = {name: items for name, items in given.items() if items and (alone or not getattr(prose.improvement, name))}
    improvement: Improvement = prose.improvement.model_copy(update=update)
    claims = reader.claims(answer, prose.claims, cells, alone=alone)
    return replace(prose, overview=overview, improvement=improvement, claims=claims), _summary(answer)


def _items(reader: ProseReader, items: Sequence[str]) -> tuple[str, ...]:
    spans = [span for item in items if (span := reader.passage(item)) and _within(span, reader.improvement)]
    return tuple("".join(reader.text[low:high].split("\n")) for low, high in spans)


def _within(span: Span, section: Span | None) -> bool:
    return section is not None and section[0] <= span[0] and span[1] <= section[1]


def _summary(answer: ProseAnswer) -> str | None:
    """The model's own words, if they say no figure: a figure there would have no place in the document."""
    words = (answer.summary or "").strip()
    return words if words and not _FIGURE.search(words) else None
