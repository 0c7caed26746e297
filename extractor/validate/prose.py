"""Rules over the numbers said in prose: against the tables, among themselves, against what is listed.

Where another reading is possible the finding asks and gives both values: a false accusation is worse than a missed note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from itertools import zip_longest

from extractor.naming import cell_label
from extractor.result import Cause, Claim
from extractor.validate.rule import Found, Rule, Subject

_ARITHMETIC = ("算术关系", "arithmetic")
_FORM = ("国办公开办函〔2021〕30号：文字与表格数据应一致", "国办公开办函〔2021〕30号: prose and tables must agree")
_EXHAUSTIVE = re.compile(r"包括|分别|由.{0,12}组成|具体为|细分为")
_BARE = re.compile(r"其中")
_MORE = re.compile(
    r"(?<=[\d一二三四五六七八九十百千万亿])(?:\.(?P<decimals>\d+))?\s*(?P<inside>[余多])?\s*(?P<unit>[万亿])?(?(inside)|\s*[余多])"
)
_UNITS: dict[str | None, Decimal] = {None: Decimal(1), "万": Decimal(10_000), "亿": Decimal(100_000_000)}
_SOME = re.compile(r"败诉|纠正|撤销|维持|变更|履行|应诉|起诉|经复议|超期|逾期|审结")
"""Words of a sentence that denies only some of the 行政复议 and 行政诉讼."""
_LISTED = re.compile(r"[一二三四五六七八九]是")
_NUMERALS = "一二三四五六七八九"
_PARTS_OF_A_REPORT = ("总体情况", "主动公开政府信息", "申请情况", "复议", "存在", "其他需要报告")


def _value(claim: Claim) -> Decimal:
    return Decimal(claim.value)


def _found(claim: Claim, severity: str, expected: str, **more: object) -> Found:
    return Found(
        severity,  # type: ignore[arg-type]  # one of the three, given literally below
        "report",
        claims=(claim.id,),
        raw=claim.raw,
        span=claim.span,
        expected=expected,
        actual=claim.value,
        **more,  # type: ignore[arg-type]  # fields of Found, named by the callers below
    )


def _table(subject: Subject) -> Iterator[Found]:
    """A claim that states a cell against that cell; a report may mean received alone or with what was carried in."""
    for claim in subject.report.claims:
        if claim.kind not in ("count", "negation", "approximate"):
            continue
        for address in _addresses(claim):
            cell = subject.cells.get(address)
            if cell is None or cell.value is None:
                continue
            accepted = _accepted(subject, address, Decimal(str(cell.value)))
            if any(_fits(claim, value) for value in accepted):
                continue
            cause: Cause = "undetermined" if cell.trust == "doubtful" else "report"
            difference = str(abs(_value(claim) - accepted[0]))
            found = Found(
                "error",
                cause,
                (address,),
                claims=(claim.id,),
                raw=claim.raw,
                span=claim.span,
                expected=str(accepted[0]),
                actual=claim.value,
                difference=difference,
                parameters={"at": cell_label(address)},
            )
            yield found
            break


def _addresses(claim: Claim) -> tuple[str, ...]:
    """The cells that a claim states: its own, and what a sentence denies that says there were no 行政复议, no 行政诉讼."""
    own = (claim.cell,) if claim.cell else ()
    if claim.kind != "negation" or (claim.cell and not claim.cell.startswith("proceedings.")) or _SOME.search(claim.raw):
        return own
    blocks = ["reconsideration"] * ("复议" in claim.raw) + ["direct_litigation", "litigation_after_reconsideration"] * (
        "诉讼" in claim.raw
    )
    return tuple(dict.fromkeys((*own, *(f"proceedings.{block}.total" for block in blocks))))


def _accepted(subject: Subject, address: str, value: Decimal) -> list[Decimal]:
    accepted = [value]
    carried = subject.cells.get("applications.carried_in.total")
    if address == "applications.received.total" and carried and isinstance(carried.value, int):
        accepted.append(value + carried.value)
    return accepted


def _fits(claim: Claim, value: Decimal) -> bool:
    said = _value(claim)
    if claim.kind != "approximate":
        return said == value
    more = _MORE.search(claim.raw)
    if more:
        return said <= value < said + _reach(said, more)
    return abs(value - said) <= max(said, value) / 10


def _reach(said: Decimal, more: re.Match[str]) -> Decimal:
    """How far 余 goes: 100余 is less than 110, 3万余 less than 4万, 1.2万余 less than 1.3万, 30余万 less than 40万."""
    unit = _UNITS[more["unit"]]
    if more["unit"] and not more["inside"]:
        return unit.scaleb(-len(more["decimals"] or ""))
    digits = len(str(int(said / unit)))
    return unit * max(Decimal(10), Decimal(10).scaleb(digits - 3))


def _parts(subject: Subject) -> Iterator[Found]:
    """A total said in prose against the parts said after it; a bare 其中 need not name all of them."""
    claims = {claim.id: claim for claim in subject.report.claims}
    children: dict[str, list[Claim]] = {}
    for claim in subject.report.claims:
        if claim.part_of and claim.kind == "count":
            children.setdefault(claim.part_of, []).append(claim)
    for key, parts in children.items():
        total = claims.get(key)
        if total is None or total.kind != "count" or len(parts) < 2 or len({part.unit for part in parts} | {total.unit}) > 1:
            continue
        added = sum((_value(part) for part in parts), Decimal(0))
        if added == _value(total):
            continue
        between = subject.text[total.span[1] : min(part.span[1] for part in parts)]
        exhaustive = bool(_EXHAUSTIVE.search(between)) and not _BARE.search(between)
        if not exhaustive and added < _value(total):
            continue
        formula = " + ".join(part.value for part in parts)
        yield _found(
            total,
            "warning",
            str(added),
            formula=f"{formula} = {added}",
            difference=str(abs(added - _value(total))),
        )


def _ratio(subject: Subject) -> Iterator[Found]:
    """k/n as a percentage must match at the printed decimals, rounded or cut off."""
    claims = {claim.id: claim for claim in subject.report.claims}
    for claim in subject.report.claims:
        if claim.kind != "ratio" or len(claim.of) != 2 or claim.unit not in ("%", "％"):
            continue
        part, whole = (claims.get(key) for key in claim.of)
        if part is None or whole is None or {part.kind, whole.kind} != {"count"} or not _value(whole):
            continue
        exact = 100 * _value(part) / _value(whole)
        step = Decimal(1).scaleb(_value(claim).as_tuple().exponent)  # type: ignore[arg-type]  # finite by its pattern
        rounded, cut_off = exact.quantize(step, ROUND_HALF_UP), exact.quantize(step, ROUND_DOWN)
        if _value(claim) in (rounded, cut_off):
            continue
        shown = str(rounded)
        yield _found(
            claim,
            "error",
            shown,
            formula=f"{part.value} / {whole.value}",
            difference=str(abs(Decimal(shown) - _value(claim))),
        )


def _enumeration(subject: Subject) -> Iterator[Found]:
    """三个方面 against 一是…三是 that follow; 六个部分 against the sections named before it."""
    enumerations = [claim for claim in subject.report.claims if claim.kind == "enumeration"]
    for claim, following in zip_longest(enumerations, enumerations[1:]):
        if "部分" in claim.raw:
            listed = _sections_named(subject.text, claim)
        else:
            stop = following.span[0] if following else claim.span[1] + 3000
            listed = _items_after(subject.text, claim.span[1], stop)
        if listed and listed != int(_value(claim)):
            yield _found(claim, "warning", str(listed), difference=str(abs(listed - int(_value(claim)))))


def _items_after(text: str, start: int, stop: int) -> int:
    """How many of 一是, 二是, … follow in order; 0 if fewer than two do or the list does not begin soon."""
    count = 0
    for match in _LISTED.finditer(text, start, stop):
        place = _NUMERALS.index(match.group()[0]) + 1
        if count == 0 and match.start() - start > 60:
            return 0
        if place != count + 1:
            break
        count = place
    return count if count > 1 else 0


def _sections_named(text: str, claim: Claim) -> int:
    begin = max(text.rfind("。", 0, claim.span[0]), text.rfind("\n", 0, claim.span[0])) + 1
    sentence = text[begin : claim.span[1]]
    named = sum(name in sentence for name in _PARTS_OF_A_REPORT)
    return named if named > 3 else 0


RULES: tuple[Rule, ...] = (
    Rule(
        "claim.table",
        "error",
        _FORM,
        ("文中“{raw}”，表中{at}为{expected}", "the prose says “{raw}”, the table {expected} ({at})"),
        ("请核对文字与表格；如口径不同请在文中注明", "check prose against table; if the scope differs, say so"),
        _table,
    ),
    Rule(
        "claim.ratio",
        "error",
        _ARITHMETIC,
        (
            "按文中{formula}为{expected}%，文中为{actual}%；请核对，另有口径请注明",
            "{formula} gives {expected} %, the prose says {actual} %; check, or say what it is taken of",
        ),
        ("请核对比率及其分子、分母", "check the ratio and what it is taken of"),
        _ratio,
    ),
    Rule(
        "claim.parts",
        "warning",
        _ARITHMETIC,
        (
            "文中“{raw}”，所列各项合计{expected}，相差{difference}",
            "“{raw}”: the parts listed add up to {expected}, off by {difference}",
        ),
        ("请核对总数与各项", "check the total and its parts"),
        _parts,
    ),
    Rule(
        "claim.enumeration",
        "warning",
        _ARITHMETIC,
        ("文中“{raw}”，实际列出{expected}项", "“{raw}”, but {expected} are listed"),
        ("请核对项数", "check how many are listed"),
        _enumeration,
    ),
)
