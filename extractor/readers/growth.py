"""Growth said in prose (99件，上年81件，同比增长22.2%): the number it is of and the one it is measured against.

Both must be said beside it, the earlier one as that of another year: nothing is looked up and nothing guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal

from extractor.readers.claims import Statement

CHANGE = re.compile(
    r"(?P<up>增长|上升|提高|增加|增幅|涨幅|升幅|提升|递增)?(?P<down>下降|减少|降低|降幅|下滑|回落|减幅|缩减|压减|压缩|精简)?(?:率|幅度)?(?:了|为|达到?|约|近)*\Z"
)
"""The end of words that lead to a percentage of growth; neither group is set where they lead to another."""
_YEAR = r"(?:上一?年度?|去年|前一年度?|上年度|20\d\d年度?)(?:全年|同期)?"
_EARLIER = re.compile(
    rf"(?:而|低于|高于|多于|少于|同比|相比|相较于?)?(?P<than>比|较|与|对比)?(?P<year>{_YEAR})(?:同期)?(?:的|为|是|有|仅|共|收到|受理|发布|公开|新收|则)*\Z"
)
_BASE_IN_BRACKETS = re.compile(r"[比较][^，,。；;]{1,18}[）)]\Z")
_IN_BRACKETS = re.compile(rf"{_YEAR}的?[（(]\Z|[（(]{_YEAR}为?\Z")
_FROM = re.compile(r"(?:由|从)[^，,。；;至到]{0,12}\Z")
_TO = re.compile(
    r"^(?:增加|增长|上升|提高|提升|扩大|增|升|降|减少|下降|降低|压减|压缩|缩减|精简|整合|减)(?:到|至|为)[^，,。；;]{0,8}\Z"
)
_BY = re.compile(
    rf"^(?:而|同比|相比)?(?:(?:比|较|与)(?:{_YEAR})?(?:相比)?)?(?:净|共|还)?(?P<sign>增加|增长|上升|多|增|减少|下降|少|降低|减)(?:了|出)?\Z"
)
_UP = frozenset({"增加", "增长", "上升", "多", "增"})
_ABOUT_THE_SAME = re.compile(
    rf"(?:因此|实际|大幅|小幅|逆势|同比|环比|相比|比|较|与|{_YEAR}|数量|总量|总数|件数|申请量|申请数量|有所|则|略|[、，])*\Z"
)
"""What may stand before 增长 where it is the number before that grew, not something named here (访问量同比增长)."""
_OPEN = re.compile(r"[。！？；;\n]")
_SAID_YEAR = re.compile(r"20\d\d(?=\s?年)")
_BESIDE = 80
"""Characters between a percentage of growth and each of the two numbers."""


def amount_of_change(words: str) -> Decimal | None:
    """1 for an amount by which something grew, -1 by which it fell; None for words that lead to another number."""
    by = _BY.search(words)
    return None if by is None else Decimal(1 if by["sign"] in _UP else -1)


def is_compared_with(text: str, one: Statement) -> bool:
    """Whether a number is an earlier year's that another one is compared with: 比上年的40件, 较2022年（40件）, （上年40件）."""
    at = one.number[0]
    earlier = _EARLIER.search(one.clause)
    compared = earlier is not None and earlier.start("year") > earlier.start()
    return compared or _IN_BRACKETS.search(text, max(0, at - 12), at) is not None


def link_growth(text: str, found: list[Statement], i: int) -> bool:
    """Whether statement `i` is a percentage of growth; its `of` is then set, where both numbers are said, to the later and
    the earlier number, or to the amount of change and the later number."""
    change = CHANGE.search(found[i].clause)
    if change is None or not (change["up"] or change["down"]):
        return False
    if not _ABOUT_THE_SAME.match(found[i].clause[: change.start()]) or found[i].kind != "ratio":
        return True
    low = i
    while low > 0 and i - low < 6 and not _OPEN.search(text, found[low - 1].number[1], found[low].number[0]):
        low -= 1
    before = [j for j in range(low, i) if found[j].unit != "%"]
    if before and found[i].number[0] - found[before[-1]].number[1] < _BESIDE:
        found[i].of = _pair(text, found, before, i)
    return True


def _pair(text: str, found: list[Statement], before: list[int], i: int) -> tuple[int, int] | None:
    amount = before[-1] if amount_of_change(found[before[-1]].clause) else None
    rest = before[:-1] if amount is not None else before
    if not rest:
        return None
    last = rest[-1]
    if _TO.search(found[last].clause) or (
        len(rest) > 1 and _TO.search(text[found[rest[-2]].number[1] : found[last].number[0]])
    ):
        first = rest[-2] if len(rest) > 1 else last
        return _counted(found, last, first) if _FROM.search(found[first].clause) and first != last else None
    at = found[last].number[0]
    base = _BASE_IN_BRACKETS.search(text, max(0, at - 24), at) or _IN_BRACKETS.search(text, max(0, at - 12), at)
    if base or _EARLIER.search(found[last].clause):
        if len(rest) < 2:
            return None
        first = _compared(text, found, rest)
        return None if is_compared_with(text, found[first]) else _counted(found, *_in_order(text, found, first, last))
    after = i + 1
    if after < len(found) and _in_brackets(text, found, i) and _EARLIER.search(found[after].clause):
        return _counted(found, last, after)
    return _counted(found, amount, last) if amount is not None else None


def _compared(text: str, found: list[Statement], rest: list[int]) -> int:
    """The number that the last of `rest`, an earlier year's, is compared with: the one before it, or before its brackets."""
    plain = (j for j in reversed(rest[:-1]) if not is_compared_with(text, found[j]))
    at, place = next(plain, rest[-2]), found[rest[-1]].number[0]
    opening = max(text.rfind(sign, found[rest[0]].number[1], place) for sign in "（(")
    if re.match("[^（(]*[）)]", text[found[at].number[1] : place]) and opening >= 0:
        at = next((j for j in reversed(rest[:-1]) if found[j].number[1] <= opening), at)
    return at


def _in_order(text: str, found: list[Statement], first: int, last: int) -> tuple[int, int]:
    """The later year's number and the earlier one's: 2022年12件，2023年15件 names them the other way round."""
    at, other = found[first].number[0], found[last].number[0]
    earlier = _SAID_YEAR.findall(_OPEN.split(text[max(0, at - _BESIDE) : at])[-1])
    later = _SAID_YEAR.findall(text, found[first].number[1], other)
    swapped = earlier and later and earlier[-1] < later[-1]
    return (last, first) if swapped else (first, last)


def _in_brackets(text: str, found: list[Statement], i: int) -> bool:
    gap = text[found[i].number[1] : found[i + 1].number[0]]
    return gap[:1] in ("（", "(") and len(gap) < 16 and not re.search("[，,。；;)）]", gap)


def _counted(found: list[Statement], first: int, second: int) -> tuple[int, int] | None:
    """The two, if both are exact counts of the same kind of thing."""
    one, other = found[first], found[second]
    alike = one.unit == other.unit and one.kind == other.kind == "count"
    return (first, second) if alike and one.value >= 0 and other.value > 0 else None
