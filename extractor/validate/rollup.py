"""Rules over a summary report and the reports of its bodies: a parent is the sum of the complete list of its members.

A supervising office knows the list and says so (`complete`). Without it only a contradiction is sure: counts are not negative,
so that bodies which are all members never have more than their parent has. Either report may be wrong, and a parent may
have meant itself alone: these are questions, never errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from extractor.naming import cell_label
from extractor.result import Elsewhere, Finding, Result, Severity
from extractor.validate.rule import Found, Words, finding_of, finding_of_crash

_SHOWN = 4
"""Cells that the message names."""
_MEMBERS = 200
"""Places in other reports that one finding names."""
_PARENT = re.compile(r"(?P<place>[\u4e00-\u9fff]{1,12}[省市县区旗州盟])(?:人民)?政府")
_BODY = re.compile(r"[^省市县区旗州盟镇乡]{1,24}(?:局|委|委员会|厅|办|办公室|中心|馆|站|队)")


@dataclass(frozen=True, slots=True)
class RollupRule:
    """As a Rule, over a parent's report and those of its members; the flag says that the list of members is complete."""

    id: str
    severity: Severity
    basis: Words
    message: Words
    suggestion: Words
    check: Callable[[Result, Sequence[Result], bool], Iterator[tuple[Found, tuple[Elsewhere, ...]]]]


def check_rollup(whole: Result, parts: Sequence[Result], lang: str, *, complete: bool = True) -> tuple[Finding, ...]:
    """What a summary report says against the sum of its bodies' reports, a finding a table.

    `complete`: `parts` are all members (then every difference is a warning, and an incomparable cell none); otherwise they
    are some of them, and only a parent that has less than these together is noted. Nothing is said where `parts` is empty
    or where a report is of another year or form.
    """
    forms = {(result.report.year, result.report.edition, result.document.kind) for result in (whole, *parts)}
    if not parts or len(forms) > 1 or whole.report.year is None or whole.document.kind != "annual_report":
        return ()
    found: list[Finding] = []
    for rule in RULES:
        try:
            for number, (one, elsewhere) in enumerate(rule.check(whole, parts, complete)):
                finding = finding_of(rule, one, number, "", lang)
                found.append(finding.model_copy(update={"elsewhere": elsewhere}))
        except Exception as error:  # noqa: BLE001  # whatever a rule does, the others still speak
            found.append(finding_of_crash(rule.id, error, lang))
    return tuple(found)


def implied_groups(results: Sequence[Result]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(position of a government's report, positions of its own bodies' reports of the same year), where names alone make that
    sure: 某县人民政府 and 某县某局. Bodies of a lower place are left out: their own government counts them."""
    reports = [result.report for result in results]
    for at, report in enumerate(reports):
        parent = _PARENT.fullmatch(report.agency or "")
        if parent is None or results[at].document.kind != "annual_report":
            continue
        place = parent["place"]
        members = {
            one.agency: position
            for position, one in enumerate(reports)
            if one.agency
            and one.year == report.year
            and one.agency.startswith(place)
            and _BODY.fullmatch(one.agency, len(place))
            and results[position].document.kind == "annual_report"
        }
        if members:
            yield at, tuple(members.values())


def _sum(whole: Result, parts: Sequence[Result], complete: bool) -> Iterator[tuple[Found, tuple[Elsewhere, ...]]]:
    """Counts of a parent against the sums of its members', table by table. A cell takes part if the parent's is read without
    doubt and, of a complete list, every member's too; amounts are not compared (units differ)."""
    for table in ("disclosure", "applications", "proceedings"):
        differing = []
        for address in whole.cells:
            if not address.startswith(table + "."):
                continue
            stated, counts = _count(whole, address), [_count(part, address) for part in parts]
            known = [count for count in counts if count is not None]
            if stated is None or (complete and len(known) < len(counts)):
                continue
            if stated != sum(known) if complete else stated < sum(known):
                differing.append((address, stated, sum(known)))
        if differing:
            address, stated, added = differing[0]
            found = Found(
                "warning" if complete else "info",
                "undetermined",
                tuple(address for address, _, _ in differing),
                whole.cells[address].raw,
                whole.cells[address].span,
                expected=str(added),
                actual=str(stated),
                difference=str(abs(added - stated)),
                parameters={
                    "at": _shown(differing, "≠" if complete else "<"),
                    "count": len(parts),
                    "what": "不等于" if complete else "小于",
                    "en": "is not" if complete else "has less than",
                },
            )
            names = [part.document.name for part in parts if _count(part, address) is not None][:_MEMBERS]
            yield found, tuple(Elsewhere(document=name, cell=address) for name in names)


def _shown(differing: list[tuple[str, int, int]], sign: str) -> str:
    more = f"…（{len(differing)}）" if len(differing) > _SHOWN else ""
    return "；".join(f"{cell_label(address)} {stated}{sign}{added}" for address, stated, added in differing[:_SHOWN]) + more


def _count(result: Result, address: str) -> int | None:
    cell = result.cells.get(address)
    if cell is None or cell.trust == "doubtful" or address.endswith((".change", ".previous_items")):
        return None
    return cell.value if isinstance(cell.value, int) else None


RULES: tuple[RollupRule, ...] = (
    RollupRule(
        "rollup.sum",
        "warning",
        ("汇总报告应等于所含各单位报告之和", "a summary report is the sum of the reports it covers"),
        (
            "汇总数{what}所列{count}份单位报告之和：{at}",
            "the summary {en} the sum of {count:# report|# reports} of its bodies: {at}",
        ),
        (
            "请核对汇总与各单位报告；名单不全、机构合并或只统计本机关的，请说明",
            "check the summary and the reports; say so if the list is not complete, bodies merged, or only the office itself is meant",
        ),
        _sum,
    ),
)
