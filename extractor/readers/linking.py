"""How numeric statements hang together: parts of a total, and the terms of a ratio.

A link is set only where the words carry it; a wrong link would accuse an agency of an error it did not make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from extractor.readers.claims import Statement
from extractor.readers.growth import is_compared_with, link_growth
from extractor.schema import FORMS

_PARTS = re.compile(  # each alternative begins with one character, as in `_SENTENCE`: the search then skips all others
    r"其中|包括|包含|分别为|分别是|主要为|主要是|分为|（(?:[:：]|含)|\((?:[:：]|含)|分[两二三四五六七八九]?[大个]?类[:：]"
    r"|具体[为是]?[:：]|如下[为是]?[:：]"
)
_SENTENCE = re.compile(r"。|！|？|\n[ \t\u3000]{0,120}\n")
_PARAGRAPH_OR_ITEM = re.compile(r"\n[ \t\u3000]{0,120}[\n（(一二三四五六]")
_ALIKE = frozenset({"条", "件", "篇", "份", "则", None})
_NOT_A_PART = re.compile(
    r"^(?:年内|年底前?|年末|期末|当年|实际|全部|均|已|共|按期|按时)*(?:办结|结转|答复|整改|采纳|回复|销号|完成)|率$"
)


_DONE = re.compile(r"(?:办结|答复|审结|结转)(?=(?:申请)?$)")
_PROCEEDING = re.compile(r"(?<!经)(?P<what>诉(?=讼)|应诉|复议)(?!后)")
_LITIGATION = re.compile(r"(?:诉讼|应诉)(?:案件)?$")
_OF_THESE = re.compile(r"(?P<name>[\u4e00-\u9fff]{2,12}?)(?:信息|件|申请)?中[，,]?[\u4e00-\u9fff]{0,16}\Z")


@dataclass(slots=True)
class _Group:
    total: int
    depth: int
    left: Decimal
    semicolons: bool = False
    parts: list[int] = field(default_factory=list)


def link_parts(text: str, found: list[Statement]) -> None:
    """Set `part_of`: after 其中, 包括, 分别为 or a colon, and in bare lists that add up to the total before them exactly."""
    groups: list[_Group] = []
    depth = 0
    last: int | None = None
    for i, one in enumerate(found):
        if one.kind not in {"count", "approximate"}:
            continue
        gap = text[found[last].number[1] : one.number[0]] if last is not None else ""
        if last is None or len(gap) > 400:
            groups, last, depth = [], i, 0
            continue
        marker = _PARTS.search(gap)
        ended = _SENTENCE.search(gap)
        if ended:
            groups, depth = [], 0
            begins = marker is not None and marker.start() - ended.end() in (0, 1)
            whole = _only_like(text, found, last, one) if begins else None
            if whole is None:
                last = i
                continue
            last = whole
        depth += gap.count("（") + gap.count("(") - gap.count("）") - gap.count(")")
        while groups and groups[-1].depth > depth:
            groups.pop()
        of_several = marker and marker[0].startswith("分别") and not found[last].clause
        if (marker and not of_several) or gap.lstrip().startswith((":", "：")):
            whole = last if depth else _not_compared(text, found, last)
            groups.append(_Group(whole, depth, found[whole].value, ended is not None))
        _assign(found, groups, i, gap, depth)
        last = i
    _mixed_units(text, found)
    _named_wholes(text, found)
    _bare_lists(text, found)
    _closing_totals(text, found)
    _stated_wholes(text, found)


def _not_compared(text: str, found: list[Statement], last: int) -> int:
    """The number that 其中 divides: of 52件，比上年的40件增长30%，其中… the 52, not the one it is compared with."""
    if last == 0 or not is_compared_with(text, found[last]):
        return last
    before = next((j for j in range(last - 1, max(-1, last - 4), -1) if found[j].kind == "count"), last)
    alike = found[before].unit == found[last].unit
    return before if alike and not _SENTENCE.search(text, found[before].number[1], found[last].number[0]) else last


def _mixed_units(text: str, found: list[Statement]) -> None:
    """Go on with a list of parts past a change of unit (条, 期) where what follows makes up the total exactly."""
    last_part = {one.part_of: i for i, one in enumerate(found) if one.part_of is not None}
    for whole, last in last_part.items():
        left = found[whole].value - sum(one.value for one in found[whole : last + 1] if one.part_of == whole)
        more: list[int] = []
        for j in range(last + 1, min(last + 10, len(found))):
            if left <= 0 or found[j].part_of is not None or found[j].kind != "count":
                break
            if re.search("[。；\n]", text[found[j - 1].number[1] : found[j].number[0]]):
                break
            left -= found[j].value
            more.append(j)
        if left == 0:
            for j in more:
                found[j].part_of = whole


def _named_wholes(text: str, found: list[Statement]) -> None:
    """办结件中，予以公开N件、部分公开N件: the words before 中 name an earlier statement of the paragraph."""
    for i, one in enumerate(found):
        if one.part_of is not None or one.kind != "count" or i == 0:
            continue
        low = max(found[i - 1].number[1], one.number[0] - 40)
        named = _OF_THESE.search(text, low, one.number[0]) if text.find("中", low, one.number[0]) >= 0 else None
        if named is None:
            continue
        whole = next((j for j in reversed(range(max(0, i - 8), i)) if named["name"] in found[j].clause), None)
        if whole is None or "\n\n" in text[found[whole].number[1] : one.number[0]]:
            continue
        left = Decimal(0) if _is_divided(found, whole) else found[whole].value
        for j in range(i, min(i + 12, len(found))):
            gap = text[found[j - 1].number[1] : found[j].number[0]] if j > i else ""
            part = found[j]
            if _SENTENCE.search(gap) or "；" in gap or part.part_of is not None or part.unit != one.unit or part.value > left:
                break
            part.part_of, left = whole, left - part.value


def _is_divided(found: list[Statement], whole: int) -> bool:
    """Whether its parts make up a total already, so that what is said of it later divides it another way."""
    around = found[max(0, whole - 12) : whole + 20]
    return sum(one.value for one in around if one.part_of == whole) == found[whole].value > 0


def _stated_wholes(text: str, found: list[Statement]) -> None:
    """Outcomes of applications are parts of those concluded before them, results of a reconsideration of its number."""
    wholes: dict[str, int] = {}
    for i, one in enumerate(found):
        if wholes and _PARAGRAPH_OR_ITEM.search(text, found[i - 1].number[1], one.number[0]):
            wholes = {}
        if one.cell is not None and one.kind == "count":
            whole = _whole_of(one.cell)
            if whole in wholes and one.part_of is None and not _is_divided(found, wholes[whole]):
                one.part_of = wholes[whole] if one.value <= found[wholes[whole]].value else None
            wholes[one.cell] = i
        elif one.kind == "count" and "诉" in one.clause and _LITIGATION.search(one.clause):
            wholes["litigation"] = i


@cache
def _whole_of(cell: str) -> str:
    table, row, column = cell.split(".")
    if table == "proceedings":
        return f"{table}.{row}.total" if column != "total" else "litigation" if row != "reconsideration" else ""
    if table == "applications" and any(key.key == row and key.part_of for key in FORMS["2021"].applications.rows):
        return "applications.concluded.total"
    return ""


def _only_like(text: str, found: list[Statement], last: int, one: Statement) -> int | None:
    """The only count of the sentence before with the unit of `one`, so that a sentence that begins with 其中 can only mean it."""
    like = []
    for j in range(last, max(-1, last - 12), -1):
        if found[j].kind in {"count", "approximate"} and found[j].unit == one.unit:
            like.append(j)
        if j and _SENTENCE.search(text, found[j - 1].number[1], found[j].number[0]):
            break
    return like[0] if len(like) == 1 else None


def _assign(found: list[Statement], groups: list[_Group], i: int, gap: str, depth: int) -> None:
    one = found[i]
    while groups:
        group = groups[-1]
        if group.parts and depth > group.depth:
            return
        total = found[group.total]
        like = one.unit == total.unit or (one.unit in _ALIKE and total.unit in _ALIKE)
        if group.parts and re.search("[；;]", gap):
            if len(group.parts) == 1:
                group.semicolons = True
            if not group.semicolons:
                groups.pop()
                continue
        if not like or one.value > total.value or group.left == 0 or _is_apart(found, group, one, total):
            groups.pop()
            continue
        group.parts.append(i)
        group.left -= one.value
        one.part_of = group.total
        return


def _is_apart(found: list[Statement], group: _Group, one: Statement, total: Statement) -> bool:
    """Whether the words before a number say that it is no part of the total, or none beside the parts before it."""
    if group.parts:
        if _NOT_A_PART.search(one.clause):
            return True
        done = _DONE.search(one.clause)
        if done is not None and not any(done[0] in found[j].clause for j in (group.total, *group.parts)):
            return True
    about = _PROCEEDING.search(one.clause) if "诉" in one.clause or "复议" in one.clause else None
    return about is not None and about["what"][-1] not in total.clause and _PROCEEDING.search(total.clause) is not None


def _bare_lists(text: str, found: list[Statement]) -> None:
    for i, total in enumerate(found):
        if total.kind != "count" or total.part_of is not None:
            continue
        if total.cell is not None and text[total.number[1] : total.number[1] + 1] not in ("（", "("):
            continue
        left, parts = total.value, []
        for j in range(i + 1, min(i + 20, len(found))):
            one = found[j]
            if one.kind != "count" or one.unit != total.unit or one.part_of is not None or one.cell:
                break
            if _SENTENCE.search(text, found[j - 1].number[1], one.number[0]) or _NOT_A_PART.search(one.clause):
                break
            left -= one.value
            parts.append(j)
            if left <= 0:
                break
        if left == 0 and len(parts) > 1:
            for j in parts:
                found[j].part_of = i


_ADDS_UP = re.compile(r"^(?:全年|年内|以上|各项|[两三四五]项|总)?(?:共计|合计|总计)(?:为|达)?$")
_MAY_ADD_UP = re.compile(r"(?:^|全年|年内)(?:共计?|合计|总计|累计)")


def _closing_totals(text: str, found: list[Statement]) -> None:
    """政策类12条、动态类30条，共计42条: a total after its parts, if it makes them up or if 、 joins them and 合计 says so."""
    for i, total in enumerate(found):
        clause = total.clause
        if total.kind != "count" or i < 2 or not (("共" in clause or "计" in clause) and _MAY_ADD_UP.search(clause)):
            continue
        if any(one.part_of == i for one in found[i + 1 : i + 4]):
            continue
        parts: list[int] = []
        plain = True
        for j in range(i - 1, max(-1, i - 12), -1):
            gap = text[found[j].number[1] : found[j + 1].number[0]]
            if found[j].unit != total.unit or found[j].kind != "count" or re.search("[。；;！？\n]", gap):
                break
            if found[j].part_of is None:
                parts.append(j)
                plain = plain and (j == i - 1 or bool(re.match("[、和及]", gap)))
        added = sum(found[j].value for j in parts)
        listed = plain and len(parts) > 1 and _ADDS_UP.search(total.clause) and not any(found[j].cell for j in parts)
        if len(parts) > 1 and total.part_of is None and (added == total.value or listed):
            for j in parts:
                found[j].part_of = i


_RATE_NAME = re.compile(r"(?P<timely>按期|按时|限期|及时)?(?P<stem>[\u4e00-\u9fff]{2,8}?)率(?:达到?|为|是|约|近|超过?|均)*$")
_SHARE = re.compile(
    r"^(?P<who>[\u4e00-\u9fff、]*?)(?:合计|共计?|约|其中)*占(?:比|全部|年度|全年|全市|全县|全区)?(?P<stem>[\u4e00-\u9fff]{0,10}?)(?:总?量|总?数|数量|总计)?的?(?:比例|比重)?(?:为|达到?|约)?$"
)
_SYNONYMS = (
    ("办结", "答复", "办复", "办理完"),
    ("整改", "改正", "纠正", "修复", "销号"),
    ("采纳", "吸收"),
    ("纠错", "纠正"),
    ("回复", "答复", "回应"),
)


_PARAGRAPH = re.compile(r"\n[ \t\u3000]{0,120}\n|[。！？；;：:]\s{0,120}\n")
_OF_THE_LAST = re.compile(r"[（(，,]\s?(?:约?占|占?约|近|超过?)?\Z")


def link_ratios(text: str, found: list[Statement]) -> None:
    """Set `of` where both numbers are said beside the ratio: numerator and denominator that stand before it in its paragraph
    and carry its name, or the numbers between which something grew."""
    for i, one in enumerate(found):
        if one.unit != "%" or one.kind not in ("ratio", "approximate") or i == 0 or link_growth(text, found, i):
            continue
        low = i
        while low > 0 and i - low < 12 and not _PARAGRAPH.search(text, found[low - 1].number[1], found[low].number[0]):
            low -= 1
        before = [j for j in range(low, i) if found[j].kind == "count" and found[j].unit != "%"]
        if not before or _SENTENCE.search(text, found[before[-1]].number[1], one.number[0]):
            continue
        if len(before) > 1 and _bare_after(text, found, before) and "占" in one.clause:
            continue
        if before[-1] == i - 1 and _OF_THE_LAST.match(text[found[i - 1].number[1] : one.number[0]]):
            one.of = _share_of_parts(found, before, one)
        elif share := _SHARE.search(one.clause):
            one.of = _share(found, before if share["who"] else _outside_brackets(text, found, before, one), share, one)
        elif one.kind == "ratio" and (rate := _RATE_NAME.search(one.clause)):
            first = next(j for j in before if not _SENTENCE.search(text, found[j].number[1], one.number[0]))
            one.of = _rate(found, before, rate, one, first)


def _bare_after(text: str, found: list[Statement], before: list[int]) -> bool:
    """Whether the last number ends a list of bare ones (分别为12件、15件、6件，占82.5%), all of which a share may be of."""
    return bool(re.fullmatch(r"\s?[、和]\s?", text[found[before[-2]].span[1] : found[before[-1]].number[0]]))


def _outside_brackets(text: str, found: list[Statement], before: list[int], ratio: Statement) -> list[int]:
    """公开20件（含部分公开5件），占48.8%: without the numbers in brackets at once after a number, which the percentage is of."""
    low, high = found[before[0]].number[1], found[before[-1]].number[1]
    if not re.search("[）)]", text[high : ratio.number[0]]):
        return before
    opening = max(text.rfind("（", low, high), text.rfind("(", low, high))
    outer = [j for j in before if found[j].number[1] <= opening]
    return outer if outer and opening - found[outer[-1]].number[1] < 2 else before


def _share_of_parts(found: list[Statement], before: list[int], ratio: Statement) -> tuple[int, int] | None:
    """A percentage at once after a part (其中政策类62条，42.8%): of its total, or of another number before it that fits."""
    part = before[-1]
    whole = found[part].part_of
    if whole is None:
        return None
    return part, next((j for j in reversed(before) if _is_share(found[part], found[j], ratio)), whole)


def _is_share(part: Statement, whole: Statement, ratio: Statement) -> bool:
    return part is not whole and part.unit == whole.unit and _fits(part, whole, ratio)


def _share(found: list[Statement], before: list[int], share: re.Match[str], ratio: Statement) -> tuple[int, int] | None:
    """占X的N%: of the statement before it (or the one that the words before 占 name) in the statement that X names."""
    stem, who = share["stem"], share["who"]
    numerator = before[-1]
    if who:
        who = who.removeprefix("其中")
        short = re.sub(r"(?:申请|类|信息)\Z", "", who)
        numerator = next(
            (j for j in reversed(before) if (len(who) > 2 and who in found[j].clause) or found[j].clause == short), -1
        )
        if numerator < 0:
            return None
    top = found[numerator]
    fitting = [j for j in before if j != numerator and found[j].unit == top.unit and found[j].value >= top.value]
    if stem:
        named = [
            j for j in fitting if stem in found[j].clause or (stem == "申请" and found[j].cell == "applications.received.total")
        ]
        return (numerator, min(named, key=lambda j: len(found[j].clause))) if named else None
    whole = next((j for j in reversed(fitting) if _fits(top, found[j], ratio)), top.part_of)
    return None if whole is None else (numerator, whole)


def _fits(top: Statement, bottom: Statement, ratio: Statement) -> bool:
    """Whether the ratio is right for the two, to a unit of its last digit."""
    step = Decimal(1).scaleb(min(0, int(ratio.value.as_tuple().exponent)))
    return bottom.value > 0 and abs(100 * top.value / bottom.value - ratio.value) < step


def _names(clause: str, name: str, stem: str) -> bool:
    """Whether words lead to a number that a rate may be named for; another word for it must stand alone (直接答复 is some)."""
    if re.search(rf"(?:[未非不]|不[予宜应能便]|没有){name}", clause):
        return False
    return name in clause if name.endswith(stem) else bool(re.search(rf"^(?:其中|已|均|共|全部|累计)*{name}", clause))


def _rate(
    found: list[Statement], before: list[int], rate: re.Match[str], ratio: Statement, first: int
) -> tuple[int, int] | None:
    """A rate by its name (办结率): its numerator is said in the same sentence, so not before statement `first`."""
    stem = rate["stem"]
    in_time = (rate["timely"] or "") + stem
    names = [in_time] if rate["timely"] else [stem, *(name for group in _SYNONYMS if stem in group for name in group)]
    here = [j for j in reversed(before) if j >= first]
    numerator = next((j for name in names for j in here if _names(found[j].clause, name, stem)), None)
    if numerator is None and len(before) > 1 and _fits(found[before[-1]], found[before[-2]], ratio):
        return before[-1], before[-2]
    if numerator is None or (at := before.index(numerator)) == 0:
        return None
    top = found[numerator]
    denominator = before[at - 1]
    if rate["timely"]:
        whole = [j for j in before[:at] if found[j].clause.endswith(stem) and rate["timely"] not in found[j].clause]
        denominator = whole[-1] if whole else denominator
    if top.part_of is not None and top.part_of == found[denominator].part_of:
        denominator = top.part_of
    denominator = next((j for j in reversed(before[:at]) if _is_share(top, found[j], ratio)), denominator)
    bottom = found[denominator]
    if top.value > bottom.value or (top.unit != bottom.unit and not _fits(top, bottom, ratio)):
        return None
    return numerator, denominator
