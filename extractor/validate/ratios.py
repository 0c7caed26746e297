"""Percentages said in prose against the numbers that they are of: shares, rates and growth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from extractor.readers.growth import CHANGE, amount_of_change
from extractor.result import Claim
from extractor.validate.rule import Found, Rule, Subject

_ARITHMETIC = ("算术关系", "arithmetic")
_OPEN_UPWARDS = re.compile(r"超|逾|突破|以上|[余多过]")
_ABOUT = 5
"""Percentage points by which 约 may be off: 约60% is said of 57 % and not of 43 %."""


_COUNTED_AS = re.compile(
    r"\s?[（(，,]?(?:如|若)?(?:以|按照?|不含|不计|扣除|剔除|未含)[^，,。；;\n]{1,16}(?:计|计算|统计|口径|后|[）)])"
)
"""A percentage that says what it is taken of."""


def _ratio(subject: Subject) -> Iterator[Found]:
    """k/n as a percentage must match at the printed decimals, rounded or cut off; so must growth from one number to another."""
    claims = {claim.id: claim for claim in subject.report.claims}
    for claim in subject.report.claims:
        if claim.kind not in ("ratio", "approximate") or len(claim.of) != 2 or claim.unit not in ("%", "％"):
            continue
        one, other = (claims.get(key) for key in claim.of)
        if one is None or other is None or {one.kind, other.kind} != {"count"}:
            continue
        numerator, denominator, formula, sign = _terms(claim, Decimal(one.value), Decimal(other.value), one.subject)
        if denominator <= 0:
            continue
        exact, said = 100 * numerator / denominator, sign * Decimal(claim.value)
        step = Decimal(1).scaleb(said.as_tuple().exponent)  # type: ignore[arg-type]  # finite by its pattern
        shown = exact.quantize(step, ROUND_HALF_UP)
        if said in (shown, exact.quantize(step, ROUND_DOWN)) or (claim.kind == "approximate" and _is_near(claim, exact)):
            continue
        if _COUNTED_AS.match(subject.text, claim.span[1]):
            continue
        yield Found(
            "error" if claim.kind == "ratio" else "warning",
            "report",
            claims=(claim.id,),
            raw=claim.raw,
            span=claim.span,
            expected=str(shown),
            actual=str(said),
            formula=formula,
            difference=str(abs(shown - said)),
        )


def _terms(claim: Claim, one: Decimal, other: Decimal, words: str) -> tuple[Decimal, Decimal, str, int]:
    """Numerator and denominator with the formula, and -1 for a fall, whose percentage is said without its sign.
    `words` lead to the first number: 增加 makes it the amount of the change, and the other one the number after it."""
    change = CHANGE.search(claim.subject)
    if change is None or not (change["up"] or change["down"]):
        return one, other, f"{one} / {other}", 1
    sign = -1 if change["down"] else 1
    amount = amount_of_change(words)
    if amount is None:
        return one - other, other, f"({one} - {other}) / {other}", sign
    before = other - amount * one
    return amount * one, before, f"({other} - {before}) / {before}", sign


def _is_near(claim: Claim, exact: Decimal) -> bool:
    above = exact - Decimal(claim.value)
    return abs(above) <= _ABOUT or (0 < above < 2 * _ABOUT and bool(_OPEN_UPWARDS.search(claim.raw)))


RULE = Rule(
    "claim.ratio",
    "error",
    _ARITHMETIC,
    (
        "按文中{formula}为{expected}%，文中为{actual}%；请核对，另有口径请注明",
        "{formula} gives {expected} %, the prose says {actual} %; check, or say what it is taken of",
    ),
    ("请核对比率及其分子、分母", "check the ratio and what it is taken of"),
    _ratio,
)
