"""Numbers of a worksheet as the sheet shows them: stored number and number format → text.

Only what decides how a figure reads is kept: decimals, thousands, per cent, words beside the number, dates. A zero that an
accounting format shows as a dash is printed as the 0 that it is; a number that a format suppresses is blank, as on the sheet;
a format that shows another figure than the stored one (in thousands, with a point of its own) is printed beside the number,
which so is no figure any more. Source: ECMA-376 part 1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, Literal, NamedTuple

_DATES = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
BUILT_IN: Final = {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"} | dict.fromkeys(_DATES, "yyyy-mm-dd")
"""The formats that a file names by number only; the others show a number as `general` does."""

_SECTION = re.compile(r'((?:"[^"]*+"?+|\\.|[^;"\\]|\\$)*+)(?:;|$)')
_STEP = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]\-]*)[^\]]*\]|\[(?P<clock>[hms]+)\]|\[[^\]]*\]'
    r"|(?P<digits>[#0?][#0?,.]*|\.[#0?]+)|(?P<percent>%)|(?P<general>General|G/通用格式|@)|(?P<date>[ymdhs]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_DASHES = re.compile(r"[\s\-—–－]+")
_MAX_EXPONENT = 30
_MAX_DECIMALS = 20
_LAST_DAY = 2_958_465  # 31 December 9999


class _Plan(NamedTuple):
    """How one section of a format shows a number. `least` and `most` are decimals, `whole` digits before the point."""

    kind: Literal["number", "general", "date", "words", "other"] = "general"
    before: str = ""
    after: str = ""
    whole: int = 1
    least: int = 0
    most: int = 0
    thousands: bool = False


def shown(stored: str, code: str, *, since_1904: bool = False) -> str:
    """What the sheet shows of the number `stored` (as the file spells it) in the format `code`; what is no number, as it is."""
    try:
        number = Decimal(stored)
    except InvalidOperation:
        return stored
    if not number.is_finite() or abs(number.adjusted()) > _MAX_EXPONENT:
        return stored
    plans = _plans(code)
    chosen = 1 if number < 0 and len(plans) > 1 else 2 if number == 0 and len(plans) > 2 else 0
    plan = plans[chosen]
    if plan.kind == "number":
        return _printed(number, plan, signed="-" not in plan.before)
    if plan.kind == "date":
        return _day(number, since_1904=since_1904)
    if plan.kind == "words":
        if number == 0 and _DASHES.fullmatch(plan.before):
            return "0" if plan.before.strip() else ""
        return plan.before.strip()
    return general(number) + (f" [{code[:40]}]" if plan.kind == "other" else "")


def general(number: Decimal) -> str:
    """The number that a stored binary fraction stands for: at most 15 digits, no exponent, no .0."""
    return _plain(Decimal(f"{float(number):.15g}"))


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=256)
def _plans(code: str) -> tuple[_Plan, ...]:
    if not code:
        return (_Plan(),)
    return tuple(_plan(section) for section in _SECTION.findall(code)[: code.count(";") + 1][:3])


def _plan(section: str) -> _Plan:
    words = ["", ""]
    digits: list[str] = []
    kinds = set()
    for step in _STEP.finditer(section):
        kind = step.lastgroup
        kinds.add(kind)
        if kind == "digits" and step[0].strip("?"):
            digits.append(step[0])
        elif kind in ("quoted", "escaped", "currency", "percent", "other"):
            words[bool(digits)] += step[kind]
    return _planned(kinds, digits, words[0], words[1])


def _planned(kinds: set[str | None], digits: list[str], before: str, after: str) -> _Plan:
    if kinds & {"date", "clock"}:
        return _Plan("date")
    if not digits:
        return _Plan("general") if "general" in kinds else _Plan("words", before)
    whole, _, decimals = digits[0].partition(".")
    if "/" in before + after:
        return _Plan("general")
    if len(digits) > 1 or whole.endswith(",") or decimals.endswith(",") or len(decimals) > _MAX_DECIMALS:
        exact = after.lstrip()[:1] in ("E", "e")  # an exponent is another spelling of the same number
        return _Plan("general") if exact else _Plan("other")
    return _Plan("number", before, after, whole.count("0"), decimals.count("0"), len(decimals), "," in whole)


def _printed(number: Decimal, plan: _Plan, *, signed: bool) -> str:
    value = Decimal(f"{float(abs(number)):.15g}")
    if "%" in plan.before + plan.after:
        value *= 100
    value = value.quantize(Decimal(1).scaleb(-plan.most), ROUND_HALF_UP)
    whole, _, decimals = format(value, "f").partition(".")
    decimals = decimals[: plan.least] + decimals[plan.least :].rstrip("0")
    if value == 0 and not plan.whole and not decimals:
        return (plan.before + plan.after).strip()
    whole = whole.zfill(plan.whole)
    if plan.thousands:
        whole = f"{int(whole):,}"
    sign = "-" if signed and number < 0 and value else ""
    before, after = plan.before, plan.after
    if sign and before[-1:] in ("(", "（"):  # (17) is how accountants write -17
        before, after = before[:-1], after.lstrip(")）")
    return f"{before}{sign}{whole}{'.' + decimals if decimals else ''}{after}".strip()


def _day(number: Decimal, *, since_1904: bool) -> str:
    days = int(number)
    if not 0 <= days <= _LAST_DAY:
        return general(number)
    # The calendar of 1900 counts a 29 February 1900 that never was.
    start = date(1904, 1, 1) if since_1904 else date(1899, 12, 30 if days > 59 else 31)
    try:
        return (start + timedelta(days)).isoformat()
    except OverflowError:
        return general(number)
