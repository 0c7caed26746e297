"""Who reports about which year: title, agency, year, date of publication, period, and the document numbers cited."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import lru_cache
from typing import Literal

from extractor.document import Span
from extractor.folding import simplify
from extractor.result import Period, Reference
from extractor.sections import title_lines

_CHINESE_YEAR = re.compile(r"二[〇○零Oo0][一二三四五六七八九〇○零][一二三四五六七八九〇○零](?=年)")
_CHINESE_DIGITS = {**dict(zip("一二三四五六七八九", "123456789", strict=True)), **dict.fromkeys("〇○零Oo0", "0")}
_FULLWIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_ORGAN = re.compile(
    r"[\u4e00-\u9fff（）()、·]{2,40}"
    r"(?:政府|局|委|厅|办公室|办事处|中心|院|处|馆|站|所|队|部|社|会|校|大学|银行|公司|集团|街道|[省市县区旗盟州镇乡])$"
)
_YEAR = re.compile(r"20\d\d")
_ONLY_YEAR = re.compile(r"(?:关于)?20\d\d年?度?$")
_NO_TITLE = re.compile(r"^(?:根据|按照|现将|现公布|本报告|附件|关于印发|关于做好|关于公布|如|《)|[，：:]")


def _plain(words: str) -> str:
    """A title without blanks, with its year in ASCII digits."""
    words = "".join(words.split()).translate(_FULLWIDTH_DIGITS)
    return _CHINESE_YEAR.sub(lambda match: "".join(_CHINESE_DIGITS[sign] for sign in match[0]), words)


def read_title(text: str, simplified: str, window: Span, preamble: Span) -> tuple[str | None, tuple[str, ...]]:
    """The printed title without blanks (None when none is printed) and the titles printed elsewhere in the window.

    A title broken over lines (agency, year, 政府信息公开工作年度报告) is put together again.
    """
    titles: list[tuple[Span, str]] = []
    for (start, end), words in title_lines(simplified, window):
        if _NO_TITLE.search(words):
            continue
        tail = words[len("".join(simplified[start:end].split())) :]
        title = _plain(text[start:end]) + tail
        if not _YEAR.search(title) or read_agency(title) is None:
            title = "".join(_lines_before(text, window[0], start)) + title
        titles.append(((start, end), title))
    if not titles:
        return None, ()
    first = [words for span, words in titles if span[0] < preamble[1]] or [words for _, words in titles]
    title = (
        first[0]
        if len(first) == 1
        else max(first, key=lambda words: (bool(_YEAR.search(words)), read_agency(words) is not None))
    )
    return title, tuple(dict.fromkeys(words for _, words in titles if words != title))


_OTHER_TITLE = re.compile(
    r"(?:^|\n)[ \t\u3000#]{0,120}(?P<title>[\u4e00-\u9fff\d（）()“”、〔〕 ]{4,50}"
    r"(?:指南|通知|要点|说明|目录|公告|方案|制度|办法|总结|计划|规定|报告|意见))[ \t]{0,120}(?=\n)"
)


def read_other_title(text: str, simplified: str, window: Span) -> str | None:
    """The title of a document that is no annual report (a guide, a notice), from its first lines."""
    low, high = window
    match = _OTHER_TITLE.search(simplified, low, min(high, low + 400))
    return _plain(text[match.start("title") : match.end("title")]) if match else None


def _lines_before(text: str, low: int, start: int) -> list[str]:
    """The lines of a broken title that stand above its last one: a year, an agency."""
    lines = [line for line in (_plain(line) for line in text[max(low, start - 160) : start].split("\n")) if line]
    taken: list[str] = []
    for line in reversed(lines[-2:]):
        if len(line) > 40 or not (_ONLY_YEAR.fullmatch(line) or _ORGAN.fullmatch(line)):
            break
        taken.insert(0, line)
        if _ORGAN.fullmatch(line):
            break
    return taken


_AGENCY = (
    re.compile(r"(?:关于)?20\d\d年?度?的?(?P<agency>[^\d]{2,40}?)(?:的)?(?:政府|政务)?信息公开"),
    re.compile(r"(?P<agency>[^\d]{2,40}?)(?:关于)?20\d\d年?度?(?:的)?(?:政府|政务)?信息公开"),
    re.compile(r"(?P<agency>[^\d]{2,40}?)(?:政府|政务)信息公开"),
)
_ABOUT = re.compile(r"^关于|(?:关于|的)$")
_PLACE = re.compile(r"(?!.*(?:开发|高新|示范|园|管理|合作|试验|度假|保税|风景|名胜|经开)区$).*[省市县区旗盟州镇乡]")


@lru_cache(maxsize=2)  # of one title it is asked three times
def read_agency(title: str) -> str | None:
    """The agency a title names; a bare place (某县) stands for its government."""
    plain = simplify(title)
    for pattern in _AGENCY:
        match = pattern.match(plain)
        if match:
            agency = _ABOUT.sub("", title[match.start("agency") : match.end("agency")])
            if agency.endswith("人民"):
                agency += "政府"
            if agency in {"年度", "工作", "本机关", "本单位", "政府"} or len(agency) < 2:
                continue
            return agency + "人民政府" if _PLACE.fullmatch(agency) else agency
    return None


_SPOKEN_YEAR = re.compile(r"(20[012]\d)\s?年(?!\s?\d{1,2}\s?月)")


def read_year(title: str | None, period: Period | None, simplified: str, window: Span) -> int | None:
    """The year reported on: from the title, else the period, else the year that the prose speaks of most."""
    if title and (match := _YEAR.search(title)):
        return int(match[0])
    if period:
        return int(period.end[:4])
    low, high = window
    spoken = Counter(_SPOKEN_YEAR.findall(simplified, low, min(high, low + 4000)))
    return int(spoken.most_common(1)[0][0]) if spoken else None


_DATE = r"(20\d\d)\s?[-年/.．]\s?(\d{1,2})\s?[-月/.．]\s?(\d{1,2})(?:\s?日)?"
_LABELLED = re.compile(r"(?:日期|时间)\s?[:：]?\s?[\[【（(]?\s?" + _DATE)
_LABEL = re.compile(r"(?:发布|公开|发文|公布|印发|制发|信息|上传|发稿|(?P<later>更新|添加|录入|成文|生成))\Z")
_NOT_PUBLISHED = re.compile(r"(?:统计|起止|截止|截至|访问|当前|现在|系统|填报|有效|废止|失效)\Z")
_LINE_DATE = re.compile(
    r"\n[ \t\u3000]{0,120}(?:[\u4e00-\u9fff]{2,24}[ \t\u3000]{1,120})?[\[【（(]?[ \t]{0,120}"
    + _DATE
    + r"[ \t]{0,120}[\]】）)]?(?:[ \t]{0,120}\d{1,2}:\d\d(?::\d\d)?)?(?:[ \t\u3000]{1,120}(?!星期)[^\n。，至到]{0,30})?(?=\n|\Z)"
)
_CHINESE_DATE = re.compile(
    r"\n[ \t\u3000]{0,120}[（(]?(二[〇○零]二[一二三四五六七八九〇○零])年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def read_published(simplified: str, window: Span, preamble: Span) -> str | None:
    """The date of publication (ISO): a labelled one, else a line of its own under the title or at the end of the text."""
    low, high = window
    head = (low, max(preamble[1], min(high, low + 600)))
    best: tuple[int, str] | None = None
    for begin, end in (head, (max(head[1], high - 1500), high)):
        if simplified.find("日期", begin, end) < 0 and simplified.find("时间", begin, end) < 0:
            continue
        for match in _LABELLED.finditer(simplified, begin, end):
            before = simplified[max(low, match.start() - 4) : match.start()]
            if _NOT_PUBLISHED.search(before):
                continue
            label = _LABEL.search(before)
            rank = 1 if label is None else 2 if label["later"] else 0
            found = _iso(*match.groups())
            if found and (best is None or rank < best[0]):
                best = rank, found
    if best:
        return best[1]
    title_at = next((span[0] for span, _ in title_lines(simplified, preamble)), preamble[1])
    for begin, end in ((title_at, preamble[1]), (max(preamble[1], high - 600), high)):
        lines = list(_LINE_DATE.finditer(simplified, begin, end))
        if lines and (found := _iso(*lines[-1].groups())):
            return found
    spelt = _CHINESE_DATE.search(simplified, max(low, high - 600), high)
    if spelt is None:
        return None
    year = "".join(_CHINESE_DIGITS[sign] for sign in spelt[1])
    return _iso(year, str(_small(spelt[2])), str(_small(spelt[3])))


def _small(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    unit = int(_CHINESE_DIGITS.get(ones, "0"))
    return unit + (int(_CHINESE_DIGITS.get(tens, "1")) * 10 if ten else 0)


_PERIOD = re.compile(
    r"(20\d\d)\s{0,120}年\s{0,120}(\d{1,2})\s{0,120}月?\s{0,120}(\d{1,2})\s{0,120}日\s{0,120}(?:起|开始)?\s{0,120}(?:至|到|[-—–－~～]{1,2})\s{0,120}(?:(20\d\d)\s{0,120}年|当年|同年|本年)?"
    r"\s{0,120}(\d{1,2})\s{0,120}月?\s{0,120}(\d{1,2})\s{0,120}日"
)


def read_period(simplified: str, window: Span) -> Period | None:
    """The period that the figures cover, also where 月 was lost (`1231日`)."""
    for match in _PERIOD.finditer(simplified, *window):
        year, month, day, last_year, last_month, last_day = match.groups()
        start, end = _iso(year, month, day), _iso(last_year or year, last_month, last_day)
        if start and end and start < end:
            return Period(start=start, end=end)
    return None


_NUMBERED = re.compile(
    r"[〔\[［【（(﹝〈<12国](?:"
    r"(?<=[〔\[［【（(﹝〈<])\s?(?P<year>(?:19|20)\d\d)\s?(?P<close>[〕\]］】）)﹞〉>])?\s?(?:第\s?)?(?P<number>\d{0,5})\s?(?P<sign>号?)"
    r"|(?<=[12])(?P<bare>[09]\d\d)\s?[〕\]］】﹞]\s?(?P<rest>\d{1,5})\s?号"
    r"|(?<=国)(?P<decree>(?:务院)?令\s?[（(]?第?\s?\d{3}\s?号|务院第\s?\d{3}\s?号令))"
)
_CODE_BEFORE = re.compile(r"[\u4e00-\u9fff]{1,24}\s?\Z")
_CODE_START = re.compile(
    r".*(?:根据|按照|依据|依照|遵照|落实|贯彻|执行|印发|转发|和|及|与|以及|中的|办公室(?=国办)|关于|即|见|由|以)"
)
_CODE_END = re.compile(r"(?:发|函|办|字|电|令|规|知|公告|通|议|复|秘|公开|委|组|会|厅|局|文|政|府)\Z")


def read_references(text: str, simplified: str, segments: list[Span]) -> tuple[Reference, ...]:
    """Every document number cited in the `segments`, as printed, with the number it must be where its damage can be undone."""
    found: list[Reference] = []
    for low, high in segments:
        for match in _NUMBERED.finditer(simplified, low, high):
            if match["decree"]:
                raw = text[match.start() : match.end()]
                found.append(Reference(raw=raw, normalized=re.sub(r"[\s（(]", "", match[0]), state="intact", span=match.span()))
            elif (reference := _reference(text, simplified, match, low)) is not None:
                found.append(reference)
    return tuple(found)


def _reference(text: str, simplified: str, match: re.Match[str], low: int) -> Reference | None:
    before = _CODE_BEFORE.search(simplified[max(low, match.start() - 25) : match.start()])
    if before is None:
        return None
    code = before[0].rstrip()
    start = match.start() - len(before[0])
    national = max(code.rfind(word) for word in ("国办", "国发", "国函"))
    lead = _CODE_START.match(code)
    cut = national if national >= 0 else lead.end() if lead else 0
    code, start = code[cut:], start + cut
    if not 1 < len(code) <= 12 or not _CODE_END.search(code):
        return None
    year, number = (match[0][0] + match["bare"], match["rest"]) if match["bare"] else (match["year"], match["number"])
    if not number and match["sign"] != "号":
        return None
    raw = text[start : match.end()].rstrip()
    normalized = f"{code}〔{year}〕{number}号" if number else None
    state: Literal["intact", "repaired", "malformed"] = "intact"
    if normalized is None:
        state = "malformed"
    elif "".join(simplified[start : match.end()].split()).replace("第", "") != normalized:
        state = "repaired"
    return Reference(raw=raw, normalized=normalized, state=state, span=(start, start + len(raw)))


_SHORT = re.compile(r"以下简?称[为：:]?\s?[“\"「]?(?P<name>[\u4e00-\u9fff]{2,20})[”\"」]?")
_CITED = re.compile(r"《(?P<title>[^《》\n]{4,60}?信息公开[^《》\n]{0,12}年度?报告)》")


def read_forms(simplified: str, window: Span, agency: str | None, others: tuple[str, ...]) -> tuple[str, ...]:
    """Other names by which the text calls the agency: from other titles, 以下简称, and longer forms (某市某区…局)."""
    low, high = window
    forms: dict[str, None] = {}
    for title in (*others, *(_plain(match["title"]) for match in _CITED.finditer(simplified, low, min(high, low + 4000)))):
        name = read_agency(title)
        if name:
            forms[name] = None
    for match in _SHORT.finditer(simplified, low, min(high, low + 4000)):
        before = simplified[max(low, match.start() - 3) : match.start()]
        if "》" not in before and not re.search(r"条例|规定|办法|格式|报告|通知|要点|中心组|指南|平台|网站", match["name"]):
            forms[match["name"]] = None
    if agency:
        at, tries = simplified.find(agency, low, high), 0
        while at >= 0 and tries < 30:
            longer = re.search(r"[\u4e00-\u9fff]{1,6}[省市州盟区县]$", simplified[max(low, at - 9) : at])
            if longer:
                name = re.sub(r".*(?:现?公布|根据|由|向|与|和|在|是|为|按照|接与|系)", "", longer[0])
                if len(name) > 1:
                    forms[name + agency] = None
            at, tries = simplified.find(agency, at + 1, high), tries + 1
    forms.pop(agency or "", None)
    return tuple(forms)
