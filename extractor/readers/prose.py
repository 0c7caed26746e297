"""Everything of a report but its tables: heading, the text of the sections, and the numbers said in prose."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from extractor.document import Document, Span
from extractor.folding import PINYIN, simplify
from extractor.readers import heading
from extractor.readers.claims import Statement, statements
from extractor.readers.linking import link_parts, link_ratios
from extractor.readers.stating import Scope, link_applicants, link_cells
from extractor.result import Aspects, Claim, Improvement, Kind, OtherMatters, Overview, Period, Reference
from extractor.schema import Edition
from extractor.sections import Section, TableRegion, find_sections, title_lines


@dataclass(frozen=True, slots=True)
class Prose:
    """What the prose of a report says; the fields are those of `result.Report`. All spans count in `Document.text`."""

    title: str | None
    agency: str | None
    agency_forms: tuple[str, ...]
    year: int | None
    published: str | None
    period: Period | None
    references: tuple[Reference, ...]
    overview: Overview
    improvement: Improvement
    other_matters: OtherMatters
    claims: tuple[Claim, ...]
    sections: tuple[Section, ...]


def read_prose(document: Document, tables: Sequence[TableRegion] = (), edition: Edition = "2021") -> Prose:
    """Read all prose in `document.window`, leaving out the regions of `tables`. `edition` decides which cells claims can state."""
    if PINYIN.search(document.text, *document.window):
        return _read_without_pinyin(document, tables, edition)
    text, window = document.text, document.window
    plain = simplify(text)
    sections = find_sections(document, tables)
    segments = _outside(window, [span for _, span in tables])
    preamble = next((one.span for one in sections if one.name == "preamble"), (window[0], window[0]))
    if not sections:
        preamble = window
    title, others = heading.read_title(text, plain, window, preamble)
    if title is None and not sections[1:]:
        title = heading.read_other_title(text, plain, window)
    agency = heading.read_agency(title) if title else None
    period = heading.read_period(plain, (window[0], max(preamble[1], min(window[1], window[0] + 1500))))
    spans = {one.name: (one.heading[1] if one.heading else one.span[0], one.span[1]) for one in sections}
    overview, aspects = _overview(text, plain, spans.get("overview"), segments)
    year = heading.read_year(title, period, plain, window)
    return Prose(
        title=title,
        agency=agency,
        agency_forms=heading.read_forms(plain, window, agency, others),
        year=year,
        published=heading.read_published(plain, window, preamble),
        period=period,
        references=heading.read_references(text, plain, segments),
        overview=overview,
        improvement=_improvement(text, plain, spans.get("improvement"), segments),
        other_matters=OtherMatters(text=_words(text, spans.get("other_matters"), segments)),
        claims=_claims(text, plain, sections, segments, _scope(sections, aspects, agency, edition, year)),
        sections=sections,
    )


def _outside(window: Span, regions: list[Span]) -> list[Span]:
    """The parts of `window` that no region covers."""
    low, high = window
    parts = []
    for start, end in sorted(regions):
        if start > low:
            parts.append((low, min(start, high)))
        low = max(low, end)
    if low < high:
        parts.append((low, high))
    return [part for part in parts if part[0] < part[1]]


def _words(text: str, span: Span | None, segments: list[Span]) -> str | None:
    """The prose inside `span`, without the punctuation that belongs to its heading."""
    if span is None:
        return None
    low, high = span
    pieces = [text[max(low, start) : min(high, end)].strip() for start, end in segments if start < high and end > low]
    words = "\n".join(filter(None, pieces)).lstrip("。.：:；; \t\n\u3000*#")
    return words or None


_ASPECTS = (
    ("disclosure_on_request", re.compile(r"申请公开|依申请")),
    ("proactive_disclosure", re.compile(r"主动公开|主动发布")),
    ("information_management", re.compile(r"信息(?:资源)?(?:的)?(?:规范)?管理|信息规范化")),
    ("platforms", re.compile(r"平台")),
    ("supervision", re.compile(r"监督|保障|考核")),
)
_ITEM = re.compile(  # begins with a class of characters: the search then skips all others
    r"[\n。；;](?:(?:[^\S\n]|[#*]){0,120}(?:[（(][ \t]{0,120}[一二三四五六七八九十][ \t]{0,120}[)）]|[一二三四五六七八九]是|[一二三四五六七八九][、.．]|\d{1,2}[、.．)](?!\d))"
    r"|(?<=\n)[ \t\u3000#*]{0,120}(?=[\u4e00-\u9fff]{0,8}(?:主动公开|依申请公开|信息管理|平台建设|监督保障)[\u4e00-\u9fff]{0,4}[。：:\n]))[ \t、.]{0,120}"
    r"(?P<title>[^\n。；;：:，,]{2,32})(?P<stop>[\n。；;：:，,]?)"
)
_ITEM_AT_START = re.compile(_ITEM.pattern.replace(r"[\n。；;]", r"(?:^|[\n。；;])", 1))
"""The same where an item may be the first of the text."""


def _overview(text: str, plain: str, span: Span | None, segments: list[Span]) -> tuple[Overview, dict[str, Span]]:
    """Section 一 and the spans of its five aspects, each from its sub-heading to the next."""
    if span is None:
        return Overview(), {}
    low, high = span
    found: list[tuple[int, int, str | None]] = []
    named: set[str] = set()
    for match in (_ITEM if low > 1 else _ITEM_AT_START).finditer(plain, max(0, low - 1), high):
        title = match["title"]
        name = _aspect(title)
        if name is None or name in named:
            continue
        named.add(name)
        short = match["stop"] != "，" and match["stop"] != "," and len(title) <= 24
        found.append((match.start("title"), match.end() if short else match.start("title"), name))
    spans: dict[str, Span] = {}
    edges = [start for start, _, _ in found] + [high]
    for i, (_, begin, name) in enumerate(found):
        end = edges[i + 1]
        if i + 1 < len(found):
            end = _before_number(plain, begin, end)
        if name is not None:
            spans[name] = (begin, max(begin, end))
    aspects = {name: _words(text, part, segments) for name, part in spans.items()}
    return Overview(text=_words(text, span, segments), aspects=Aspects(**aspects)), spans


def _aspect(title: str) -> str | None:
    for name, pattern in _ASPECTS:
        if pattern.search(title):
            return name
    return None


_NUMERAL_END = re.compile(
    r"[\s#*]*(?:[（(][ \t]{0,120}[一二三四五六七八九十][ \t]{0,120}[)）]|[一二三四五六七八九][是、.．]|\d{1,2}[、.．)])?[ \t、.]{0,120}\Z"
)


def _before_number(plain: str, begin: int, end: int) -> int:
    """`end` moved before the numeral of the next item."""
    match = _NUMERAL_END.search(plain[max(begin, end - 12) : end])
    return end - (len(match[0]) if match else 0)


_MEASURES = re.compile(  # never at the start of the text, where the heading of the section stands
    r"[\n。；;][ \t\u3000#*]{0,120}(?:[（(][一二三四][)）]|[一二三四12][、.．]|[（(]?[12][)）])?[ \t]{0,120}(?:下一步|下步|针对|今后|为此|改进(?:情况|措施|方向|安排)|整改(?:情况|措施)|新的一年"
    r"|下一年|(?:在)?20\d\d年(?:度)?[，,]?[\u4e00-\u9fff]{0,16}?(?:将|重点|着力|拟)|[\u4e00-\u9fff]{0,6}(?:拟从|将从|将进一步|将继续|将着力|将重点)|改进[:：]|拟从|将)"
)
_AHEAD = re.compile(r"改进|措施|举措|将|着力|下一|今后|重点|推进")
_SUBHEADING = re.compile(
    r"\s{0,120}(?:[（(][一二12][)）]|[12][.、])?\s{0,120}(?:存在|主要|改进|整改|工作)[\u4e00-\u9fff]{0,8}[。：:]"
)
_LIST = re.compile(
    r"(?:[一二三四五六七八九]是|其[一二三四五]|第[一二三四五六][，,、]|[（(][一二三四五六七八九\d][)）]|(?<=[\n。；;：:])\s?\d[.、．](?!\d)|[①②③④⑤⑥⑦⑧])(?:要(?!求))?"
)
_LONGEST = 20_000
"""Characters of section 五 that are divided into problems and measures; it seldom has two thousand."""
_SENTENCE = re.compile(r"[^。]+")
_COLON = re.compile(r"[:：]\s{0,120}(?=[^\s])")
_SEMICOLON = re.compile("[；;]")
_WRAP = re.compile(r"[ \t\u3000]{0,80}\n\s{0,120}")
_LACK = re.compile(r"问题|不足|短板|差距|不够|有待|薄弱|不强|欠缺|困难|滞后|偏[少慢低弱]|不充分")


def _improvement(text: str, plain: str, span: Span | None, segments: list[Span]) -> Improvement:
    """Section 五, with its problems and measures one by one where they are listed."""
    if span is None:
        return Improvement()
    low, high = span[0], min(span[1], span[0] + _LONGEST)
    turn = _MEASURES.search(plain, low, high)
    first = _LIST.search(plain, low, high)
    if turn is not None and first is not None and turn.start() < first.start() and turn.start() - low < 3:
        turn = _MEASURES.search(plain, turn.end(), high)
    if turn is not None:
        cut = turn.start() + (plain[turn.start()] in "。；;\n")
    else:
        lacks = _lacking(plain, low, high)
        cut = high if first is not None or not lacks else lacks[-1][1]
        if first is not None:
            lead = max(low, plain.rfind("。", low, first.start()) + 1)
            cut = lead if _AHEAD.search(plain, lead, first.start()) else high
    problems = _items(text, plain, low, cut)
    measures = _items(text, plain, cut, high)
    return Improvement(text=_words(text, span, segments), problems=problems, measures=measures)


def _items(text: str, plain: str, low: int, high: int) -> tuple[str, ...]:
    """The items listed between two places; where nothing is listed, the clauses of what stands after a colon or of the
    telling sentence."""
    marks = [match for match in _LIST.finditer(plain, low, high) if not _is_subheading(plain, match, high)]
    if len(marks) > 1 or (marks and plain[marks[0].start() : marks[0].end()] == "一是"):
        edges = [match.start() for match in marks] + [high]
        items = [text[mark.end() : end] for mark, end in zip(marks, edges[1:], strict=True)]
        items[-1] = items[-1].split("\n\n")[0]
        return _tidied(items)
    if subheading := _SUBHEADING.match(plain, low, high):
        low = subheading.end()
    colon = _COLON.search(plain[low:high])
    if colon and _SEMICOLON.search(plain, low + colon.end(), high):
        return _tidied(re.split("[；;。]", text[low + colon.end() : high]))
    if lacks := _lacking(plain, low, high):
        return _tidied(re.split("[；;]", text[lacks[0][0] : lacks[-1][1]]))
    return _tidied([text[low:high]])


def _lacking(plain: str, low: int, high: int) -> list[Span]:
    """The sentences that tell of something lacking."""
    return [match.span() for match in _SENTENCE.finditer(plain, low, high) if len(match[0]) > 12 and _LACK.search(match[0])]


def _is_subheading(plain: str, mark: re.Match[str], high: int) -> bool:
    """Whether an item is only the sub-heading of problems or of measures (（一）存在的问题)."""
    rest = plain[mark.end() : min(high, mark.end() + 16)]
    return mark[0][0] in "（(" and bool(
        re.match(r"\s{0,120}(?:存在|主要|改进|整改|下一步|工作)[^。\n，,；;]{0,10}(?:[。\n：:]|$)", rest)
    )


def _tidied(items: list[str]) -> tuple[str, ...]:
    """Items without the punctuation and the line breaks around and inside them; scraps are left out."""
    tidy = [_WRAP.sub("", item.strip(" \t\n\r\f\u3000；;。，,：:*#")) for item in items]
    return tuple([item for item in tidy if len(item) > 2])


def _scope(
    sections: tuple[Section, ...], aspects: dict[str, Span], agency: str | None, edition: Edition, year: int | None
) -> Scope:
    requests = [one.span for one in sections if one.name == "applications"]
    if "disclosure_on_request" in aspects:
        requests.append(aspects["disclosure_on_request"])
    proceedings = next((one.span for one in sections if one.name == "proceedings"), None)
    return Scope(
        tuple(requests), bool(agency and agency.endswith(("人民政府", "管委会", "管理委员会"))), edition, proceedings, year
    )


def _claims(text: str, plain: str, sections: tuple[Section, ...], segments: list[Span], scope: Scope) -> tuple[Claim, ...]:
    end = sections[-1].span[1] if sections else 0
    inside = [(low, min(high, end)) for low, high in segments if low < end]
    found = statements(plain, inside)
    link_cells(plain, found, scope)
    link_parts(plain, found)
    link_applicants(found)
    link_ratios(plain, found)
    starts = [one.span[0] for one in sections]
    return _CLAIMS.validate_python(
        [_claim(text, one, i, sections[max(0, bisect_right(starts, one.number[0]) - 1)]) for i, one in enumerate(found, 1)]
    )


_CLAIMS = TypeAdapter(tuple[Claim, ...])
"""Makes all claims at once, which takes less than to make one after the other."""


def _claim(text: str, one: Statement, place: int, section: Section) -> dict[str, object]:
    """The fields of the claim at `place`, which counts from 1."""
    start, end = one.span
    raw, value = text[start:end], str(one.value)
    if one.kind != "ratio" and not (value.isdecimal() and len(value) < 28):  # what `normalize` would leave as it is
        value = f"{one.value.normalize():f}"
    return {
        "id": f"c{place}",
        "raw": raw,
        "span": one.span,
        "section": section.name,
        "subject": one.noun or raw,
        "value": value,
        "unit": one.unit,
        "kind": one.kind,
        "part_of": None if one.part_of is None else f"c{one.part_of + 1}",
        "of": () if one.of is None else (f"c{one.of[0] + 1}", f"c{one.of[1] + 1}"),
        "cell": one.cell,
    }


def _read_without_pinyin(document: Document, tables: Sequence[TableRegion], edition: Edition) -> Prose:
    """Read a copy of the document without inserted pinyin (`報(bào)告`), and put all places back into the document's text."""
    kept: list[Span] = []
    at = 0
    for match in PINYIN.finditer(document.text):
        kept.append((at, match.start()))
        at = match.end()
    kept.append((at, len(document.text)))
    text = "".join(document.text[start:end] for start, end in kept)
    lengths = [0]
    for start, end in kept:
        lengths.append(lengths[-1] + end - start)
    starts = [start for start, _ in kept]

    def inward(place: int) -> int:
        i = max(0, bisect_right(starts, place) - 1)
        return lengths[i] + min(place, kept[i][1]) - kept[i][0]

    def printed(place: int) -> int:
        i = min(bisect_right(lengths, place) - 1, len(kept) - 1)
        return kept[i][0] + place - lengths[i]

    def outward(span: Span) -> Span:
        return printed(span[0]), printed(span[1] - 1) + 1 if span[1] > span[0] else printed(span[0])

    low, high = document.window
    prose = read_prose(
        replace(document, text=text, window=(inward(low), inward(high))),
        [(name, (inward(start), inward(end))) for name, (start, end) in tables],
        edition,
    )

    def claim(one: Claim) -> Claim:
        span = outward(one.span)
        return one.model_copy(update={"span": span, "raw": document.text[span[0] : span[1]]})

    def reference(one: Reference) -> Reference:
        span = outward(one.span)
        return one.model_copy(update={"span": span, "raw": document.text[span[0] : span[1]]})

    return replace(
        prose,
        references=tuple(reference(one) for one in prose.references),
        claims=tuple(claim(one) for one in prose.claims),
        sections=tuple(
            Section(one.name, outward(one.heading) if one.heading else None, outward(one.span)) for one in prose.sections
        ),
    )


_MODERN = frozenset({"applications", "proceedings", "other_matters", "disclosure"})
_LEGACY = re.compile(r"附表|统\s{0,9}计\s{0,9}指\s{0,9}标|收费及减免|信息公开情况统计表")
_LINK = re.compile(r"附件|\.(?:pdf|docx?|wps|xlsx?|ofd)|点击(?:下载|查看)|下载", re.IGNORECASE)


def kind_of(document: Document, tables: Sequence[TableRegion]) -> Kind:
    """What the document is. A report needs its tables, or its title with sections and prose; a year before 2019 is legacy."""
    low, high = document.window
    plain = simplify(document.text)
    if len({name for name, _ in tables}) > 1:
        return "annual_report"
    titles = [words for _, words in title_lines(plain, document.window)]
    years = [int(match[0]) for words in titles if (match := re.search(r"20\d\d", words))]
    names = {one.name for one in find_sections(document, tables)} - {"preamble"}
    legacy = bool(_LEGACY.search(plain, low, high))
    if titles and years and min(years) < 2019 and (len(names) > 1 or legacy):
        return "legacy_report"
    if legacy and not tables and names and not names >= _MODERN:
        return "legacy_report"
    if tables or len(names) > 3 or (titles and len(names) > 1):
        return "annual_report"
    linked = any(notice.kind == "attachment" for notice in document.notices) or _LINK.search(plain, low, high)
    if titles and linked and high - low < 3000:
        return "attachment_page"
    return "other"
