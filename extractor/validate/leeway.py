"""How far a number said in prose may be from what it is compared with: 余 and 万 are not exact, a bare 其中 may leave parts out."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal

from extractor.result import Claim

_MORE = re.compile(
    r"(?<=[\d一二三四五六七八九十百千万亿])(?:\.(?P<decimals>\d+))?\s*(?P<inside>[余多])?\s*(?P<unit>[万亿])?(?(inside)|\s*[余多])"
)
_UNITS: dict[str | None, Decimal] = {None: Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_SCALED = re.compile(r"\d(?:[.．](?P<decimals>\d+))?\s?(?P<scale>[万亿])")
_LAWSUITS = {"proceedings.direct_litigation.total", "proceedings.litigation_after_reconsideration.total"}
_PROPOSALS = re.compile(r"(?<!议案)(?<!、)建议[、和与及]?(?:政协)?(?:委员)?提案(?:共|合计)?\Z")
_PROPOSAL = re.compile(r"(?:其中|人大|代表|政协|委员)*(建议|提案)")


def fits(claim: Claim, value: Decimal) -> bool:
    """Whether a claim may mean `value` by the number that it says."""
    said = Decimal(claim.value)
    if claim.kind != "approximate":
        return said == value or _is_rounded(claim, value)
    if more := _MORE.search(claim.raw):
        return said <= value < said + _reach(said, more)
    return abs(value - said) <= max(said, value) / 10


def _reach(said: Decimal, more: re.Match[str]) -> Decimal:
    """How far 余 goes: 100余 is less than 110, 3万余 less than 4万, 1.2万余 less than 1.3万, 30余万 less than 40万."""
    unit = _UNITS[more["unit"]]
    if more["unit"] and not more["inside"]:
        return unit.scaleb(-len(more["decimals"] or ""))
    digits = len(str(int(said / unit)))
    return unit * max(Decimal(10), Decimal(10).scaleb(digits - 3))


def _is_rounded(claim: Claim, value: Decimal) -> bool:
    """Whether a number said in 万 or 亿 is `value`, rounded at its last digit or cut off after its decimals."""
    scaled = _SCALED.search(claim.raw)
    if scaled is None:
        return False
    step = _UNITS[scaled["scale"]].scaleb(-len(scaled["decimals"] or ""))
    above = value - Decimal(claim.value)
    return abs(above) <= step / 2 or (scaled["decimals"] is not None and 0 <= above < step)


def names_all(total: Claim, parts: Collection[Claim]) -> bool:
    """Whether no part can be left out after 其中: lawsuits are brought directly or after a reconsideration, 建议提案 are 建议
    and 提案."""
    if {part.cell for part in parts} == _LAWSUITS:
        return True
    if len(parts) != 2 or _PROPOSALS.search(total.subject) is None:
        return False
    kinds = {named[1] for part in parts if (named := _PROPOSAL.fullmatch(part.subject))}
    return kinds == {"建议", "提案"}
