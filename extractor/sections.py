"""The six sections of a report, told by the meaning of their headings, and reports that stand one after another in one input.

Numerals are not trusted (they are missing, wrong, repeated or restarted in real documents); a table whose heading was lost
still bounds its section. All spans count in `Document.text`. Source of the six sections: 国办公开办函〔2021〕30号.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from extractor.document import Document, Span
from extractor.errors import DocumentTooLarge
from extractor.folding import simplify
from extractor.reading import record
from extractor.result import Section as SectionName

TableRegion = tuple[str, Span]
"""A region of the text that table data occupy: "disclosure", "applications" or "proceedings", and its span."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `heading` is None where only a table or the text itself tells that the section begins."""

    name: SectionName
    heading: Span | None
    span: Span


def _spaced(words: str) -> str:
    """The pattern `words` with blanks allowed between its characters (headings are often spaced out)."""
    return re.sub(r"(?:[\u4e00-\u9fff]|\)\??)(?=[\u4e00-\u9fff(])", r"\g<0>[ \\t\\u3000\\xa0]{0,9}", words)


_AND = "(?:、|，|,|和|与|及其|及|暨|或者|或|以及|并)"
_STEPS = "情况|措施|打算|安排|举措|计划"
_TITLES: tuple[tuple[SectionName, str], ...] = (
    ("overview", "总体(?:工作)?情况|总体概况|概述|基本情况|工作开展情况|第一部分"),
    ("disclosure", "主动公开(?:的)?(?:政府|政务)?(?:信息)?(?:的)?(?:工作)?情况|主动公开政府信息"),
    (
        "applications",
        f"收到{_AND}?(?:办理|处理)[^\\n，。；]{{0,24}}?情况|申请(?:办理|处理)(?:的)?情况|依申请公开(?:政府)?(?:信息)?(?:办理|工作)?情况",
    ),
    (
        "proceedings",
        f"复议(?:(?:{_AND}|被?提起|/)[^\\n\\t|。；]{{0,24}}?|)(?:诉讼|应诉)(?:的)?(?:情况)?|复议(?:的)?情况",
    ),
    (
        "improvement",
        f"存在(?:的)?(?:主要|突出)?(?:(?:问|問|间)(?:题|題)|不足|困难)(?:{_AND}(?:下一步)?(?:改进|整改|工作)?(?:的)?(?:{_STEPS}))?|主要(?:问|問|间)(?:题|題)|问题{_AND}(?:整改|改进)",
    ),
    ("other_matters", "其(?:他|它)(?:需要)?(?:报告|说明)(?:的)?(?:事项|情况)|需要(?:报告|说明)(?:的)?(?:其他)?事项|其他事项"),
)


def _keys() -> tuple[re.Pattern[str], tuple[SectionName, ...]]:
    """One pattern for all titles, each alternative of which begins with one character, so that the search skips everything else
    and tries only the titles that begin with what it found; and the name of the title that each of its groups tells."""
    heads: dict[str, dict[SectionName, list[str]]] = {}
    for name, words in _TITLES:
        for way in re.split(r"\|(?![^(]*\))", words):
            heads.setdefault(way[0], {}).setdefault(name, []).append(_spaced(way)[1:])
    alternatives = []
    for head, titles in heads.items():
        groups = "|".join(f"({'|'.join(ways)})" for ways in titles.values())
        alternatives.append(f"{head}(?:{groups})")
    return re.compile("|".join(alternatives)), tuple(name for titles in heads.values() for name in titles)


_KEYS, _KEY_NAMES = _keys()
_NUMBER = (
    r"[lI1i丨|]?[一二三四五六七八九十]{1,2}[ \t\u3000\xa0]{0,120}[、.．,，:：。]|[lI丨|][、.．]"
    r"|\d{1,2}[ \t]{0,120}[、.．](?!\d)|第[一二三四五六七][ \t]{0,120}(?:部分|章|节)[、:： \t]*"
)
_BEFORE = re.compile(
    rf"(?P<line>(?:^|\n)[\s#*>|]*)?(?:(?P<number>{_NUMBER})|(?P<inner>[（(][ \t]{{0,120}}[一二三四五六七八九][ \t]{{0,120}}[)）][、.]?))?"
    r"[ \t\u3000\xa0*]{0,120}(?P<lead>[\u4e00-\u9fff \u3000\xa0\d]{0,18})\Z"
)
_NUMERAL = re.compile(r"[lIi丨|一二三四五六七八九十\d][ \t\u3000\xa0]{0,120}[、.．,，:：。]|第")
"""Without one of these before it, and inside a line, nothing is a heading; told in a tenth of the time of `_BEFORE`."""
_NO_HEADING_AFTER = re.compile(
    r"[ \t]{0,120}(?:[、，,；;”》]|和|等|以及|及(?:其他|政|行|收|存)|的(?!主要)|是|有|[\s|]{0,120}[—\-]{2})"
)
_INSIDE = re.compile(r"[^、，,由和单唯统之第其同专十百].*[、.．:：]\s{0,9}")
_NO_LEAD = re.compile(r"[未无没]|不存")
_REST = re.compile(r"[\u4e00-\u9fff \u3000\xa0]{0,14}?[ \t*#\u3000\xa0]{0,120}(?P<end>\n|$|[:：。])")
_REACH = 30
_MOST = 5000
"""Headings and titles looked at in one input, as many as several hundred reports have."""


@record
class _Candidate:
    name: SectionName
    span: Span
    rank: int
    """2 after a numeral of its own, 1 at the start of a line, 0 after the numeral of a sub-heading."""


def _candidates(text: str, window: Span) -> Iterator[_Candidate]:
    """Places that read like one of the six headings, in order: at the start of a line, or inside one after a numeral."""
    low, high = window
    for match in _KEYS.finditer(text, low, high):
        if _NO_HEADING_AFTER.match(text, match.end(), high):
            continue
        start = match.start()
        before = text[max(low, start - _REACH) : start]
        if start - _REACH > low:
            before = "." + before
        if start - _REACH > low and "\n" not in before and not _NUMERAL.search(before):
            continue
        # from the last line end on: only a line, which counts from its end, reaches over one
        found = _BEFORE.search(before, max(before.rfind("\n"), 0))
        if found is None or _NO_LEAD.search(found["lead"]):
            continue
        rest = _REST.match(text, match.end(), high)
        numbered = found["number"] is not None
        if not numbered:
            plain = found["line"] is not None and rest is not None and (found["inner"] or len(found["lead"].strip()) <= 12)
            if not plain:
                continue
        elif found["line"] is None and not _INSIDE.fullmatch(before[found.start() - 1] + found["number"]):
            continue
        head = start - len(before) + found.end("line") if found["line"] is not None else start - len(before) + found.start()
        end = rest.start("end") if rest is not None and rest["end"] != "。" else match.end()
        name = _KEY_NAMES[(match.lastindex or 0) - 1]
        yield _Candidate(name, (head, end), 2 if numbered else 0 if found["inner"] else 1)


_TABLE_SECTIONS: tuple[SectionName, ...] = ("disclosure", "applications", "proceedings")
_CHROME = re.compile(
    r"\n[^\n。]{0,24}?(?:打印本页|关闭窗口|【打印】|【关闭】|打印\s{0,4}关闭|版权所有|主办单位|上一[篇条]|下一[篇条]|ICP备|网站标识码|扫一扫"
    r"|相关(?:链接|文档|稿件|信息)[:：\n]|分享到|网站地图|累计访问|访问量[:：]|浏览次数|网站支持IPv6)|\n附表\d?[:：]"
)


def find_sections(document: Document, tables: Sequence[TableRegion] = ()) -> tuple[Section, ...]:
    """The sections of `document.window` in printed order, the text before the first one as "preamble".

    `tables` are the regions that table data occupy; the section of a table begins at the heading that stands last before
    it, or at the table itself. A section ends where the next begins, and the last one before the page's own furniture.
    """
    low, high = document.window
    text = simplify(document.text)
    found = list(islice(_candidates(text, document.window), _MOST))
    starts: list[tuple[int, SectionName, Span | None]] = []
    first: dict[str, Span] = {}
    for kind, span in tables:
        first[kind] = min(span, first.get(kind, span))
    for name, _ in _TITLES:
        own = [one for one in found if one.name == name]
        chosen: _Candidate | None = None
        if name in first:
            chosen = _before_table(own, first[name][0], tables)
            starts.append((first[name][0], name, None) if chosen is None else (chosen.span[0], name, chosen.span))
            continue
        outer = _best(own, 1)
        if name == "overview":
            edges = [one.span[0] for one in found if one.rank] + [high]
            chosen = max(outer, key=lambda one: edges[bisect_right(edges, one.span[0])] - one.span[1], default=None)
        elif name in _TABLE_SECTIONS:
            chosen = outer[-1] if outer else None
        elif own:
            chosen = _best(own, 0)[-1]
        if chosen is not None:
            starts.append((chosen.span[0], name, chosen.span))
    starts.sort(key=lambda start: start[0])
    starts = _with_overview(text, low, starts)
    if starts and (end := _CHROME.search(text, starts[-1][0], high)):
        high = end.start()
    edges = [start for start, _, _ in starts] + [high]
    sections = [Section(name, heading, (start, edges[i + 1])) for i, (start, name, heading) in enumerate(starts)]
    if edges[0] > low:
        sections.insert(0, Section("preamble", None, (low, edges[0])))
    return tuple(sections)


def _before_table(own: list[_Candidate], start: int, tables: Sequence[TableRegion]) -> _Candidate | None:
    """The heading of a table: the last that stands before it (or begins it) and after all tables that end before it."""
    floor = max([span[1] for _, span in tables if span[1] <= start], default=0)
    near = [one for one in own if floor - _REACH <= one.span[0] <= start + _REACH]
    outer = _best(near, 1)
    if outer:
        return outer[-1]
    return next((one for one in reversed(near) if start - one.span[1] < 2 * _REACH), None)


def _best(own: list[_Candidate], least: int) -> list[_Candidate]:
    """Those of the highest rank, if it is at least `least`."""
    rank = max([one.rank for one in own], default=-1)
    return [one for one in own if one.rank == rank] if rank >= least else []


_FIRST_ASPECT = re.compile(
    r"(?:^|\n)[ \t\u3000\xa0#*]{0,120}(?P<head>(?:[（(]?[一二三1][)）]?[、.．]?|一是)?[ \t]{0,120}[\u4e00-\u9fff]{0,8}?主动公开)"
)


def _with_overview(
    text: str, low: int, starts: list[tuple[int, SectionName, Span | None]]
) -> list[tuple[int, SectionName, Span | None]]:
    """Where 一、总体情况 has no heading, the overview begins with the first of its five aspects."""
    if not starts or any(name == "overview" for _, name, _ in starts):
        return starts
    match = _FIRST_ASPECT.search(text, low, starts[0][0])
    return starts if match is None else [(match.start("head"), "overview", None), *starts]


TITLE = re.compile(
    _spaced("信息公开")
    + r"\s{0,9}(?:工[ \u3000]{0,9}作)?\s{0,9}(?:情况)?(?:的)?(?:20\d\d\s?)?(?:"
    + _spaced("年度")
    + r"\s{0,9}(?:工作)?"
    + _spaced("报告")
    + "|年报|报告)"
)
_TITLE_LINE = re.compile(r"[ \t#*\u3000\xa0]{0,120}(?P<title>[^\n。；;《“]{0,60})$")
_TITLE_TAIL = re.compile(
    r"(?:[（(【\[]?20\d\d年?度?[)）】\]]?|[_|\-—–].*|[（(].{0,12}[)）]|[\s\u3000]*(?:发布|来源|日期|时间|作者|浏览|字).*)?"
)
_GLUED_TAIL = re.compile(r"发布|来源|日期|时间|浏览|根据|按照|依据|本报告|[一1]、|字号|【|索引")
_CRUMB = re.compile(r".*(?:[>＞»/|：:]|首页|年度报告|年报)")


@lru_cache(maxsize=1)  # reports are parted by them, and the prose asks for the same
def title_lines(text: str, window: Span) -> tuple[tuple[Span, str], ...]:
    """Titles of annual reports in the simplified `text`: the span of the printed words, and these without blanks.

    A title is a line of its own, or on a page without line breaks the words before 发布时间 or before the first sentence.
    """
    return tuple(_title_lines(text, window))


def _title_lines(text: str, window: Span) -> Iterator[tuple[Span, str]]:
    low, high = window
    for match in islice(TITLE.finditer(text, low, high), _MOST):
        begin = max(text.rfind("\n", low, match.start()) + 1, low)
        end = text.find("\n", match.end(), high)
        end = high if end < 0 else end
        glued = end - match.end() > 60
        if match.start() - begin > 80 or (glued and not _GLUED_TAIL.match(text, match.end())):
            continue
        lead, tail = text[begin : match.start()], "" if glued else text[match.end() : end].strip(" \t#*\u3000\xa0\r")
        found = _TITLE_LINE.match(lead)
        if found is None or "，" in lead or not _TITLE_TAIL.fullmatch(tail):
            continue
        crumb = _CRUMB.match(lead)
        if crumb and not lead[crumb.end() :].strip():
            continue
        start = begin + max(found.start("title"), crumb.end() if crumb else 0)
        start += len(text[start : match.start()]) - len(text[start : match.start()].lstrip())
        words = text[start : match.end()] + (tail if tail[:1] in "（([【2" else "")
        yield (start, match.end()), "".join(words.split())


MOST_REPORTS = 200
"""Reports in one input; each is read with all of the input's text in memory."""


def split_reports(document: Document) -> tuple[Document, ...]:
    """One document a report: an input may hold several, one after another, each with its own title and sections.

    Raises DocumentTooLarge over MOST_REPORTS. A title that is only repeated (page header, table of contents, end of the text) or a table printed twice splits nothing.
    Parts share `text` and `grids`; each has its own `window`.
    """
    text = simplify(document.text)
    titles = title_lines(text, document.window)
    if len({words for _, words in titles}) < 2:
        return (document,)
    found = [one for one in islice(_candidates(text, document.window), _MOST) if one.rank]
    places = [one.span[0] for one in found]
    cuts: list[int] = []
    seen: set[str] = set()
    current = titles[0][1]
    pending: tuple[int, str] | None = None
    for i, ((start, _), words) in enumerate(titles):
        until = titles[i + 1][0][0] if i + 1 < len(titles) else document.window[1]
        names = {one.name for one in found[bisect_left(places, start) : bisect_left(places, until)]}
        if pending is None or pending[1] != words:
            pending = (start, words)
        if len(seen & names) >= 3 and words != current:
            cuts.append(pending[0])
            seen = set()
        if names:
            current, pending = words, None
        seen |= names
        if i == 0:
            seen |= {one.name for one in found if one.span[0] < start}
    if not cuts:
        return (document,)
    if len(cuts) >= MOST_REPORTS:
        raise DocumentTooLarge(
            document.name,
            (f"一个文件含有超过 {MOST_REPORTS} 份报告", f"it holds more than {MOST_REPORTS} reports"),
            ("请拆分后再读取", "split it and read the parts"),
        )
    edges = [document.window[0], *cuts, document.window[1]]
    return tuple(
        replace(document, window=(edges[i], edges[i + 1]), part=i + 1, parts=len(edges) - 1) for i in range(len(edges) - 1)
    )
