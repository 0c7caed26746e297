"""Rules over several years of one agency: what was carried over, the stock of documents, and a section written anew or not.

Also where reports given together are compared: year by year, and a government's with those of its bodies. Either year may be wrong, and bodies merge: these are questions, never errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from extractor.naming import cell_label, row_label
from extractor.result import Elsewhere, Finding, Result, Severity
from extractor.validate.rollup import check_rollup, implied_groups
from extractor.validate.rule import Found, Words, finding_of, finding_of_crash

_ALIKE = 0.8
"""Share of section 五 that may stand word for word in the year before; above it the section was hardly written anew."""
_SHORT, _RUN, _LONG = 60, 8, 3000
"""Characters: a shorter section is not compared, shorter pieces are not what was copied, more than that is not looked at."""
_BOILERPLATE = re.compile(
    r"一是|二是|三是|四是|五是|存在的?(?:主要)?问题|改进(?:情况|措施)|下一步|20\d\d年?|[，。；：、！？“”《》（）()\s\d,.;:]"
)


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """As a Rule, over the report of a year and that of the year before. Yields the problem and where else it stands."""

    id: str
    severity: Severity
    basis: Words
    message: Words
    suggestion: Words
    check: Callable[[Result, Result], Iterator[tuple[Found, tuple[str, ...]]]]


def check_series(results: Sequence[Result], lang: str) -> tuple[tuple[Finding, ...], ...]:
    """The findings that the other reports add to each of `results`, in their order.

    Reports of one agency are compared year by year; of several reports of one year the last counts. A government's report is
    compared with those of its bodies where names make the group sure (`rollup.implied_groups`).
    """
    added: list[list[Finding]] = [[] for _ in results]
    for positions in _by_agency(results).values():
        for before, after in pairwise(positions):
            if _year(results[after]) - _year(results[before]) != 1:
                continue
            for rule in RULES:
                added[after] += _compared(rule, results[before], results[after], lang)
    for whole, parts in implied_groups(results):
        added[whole] += check_rollup(results[whole], [results[part] for part in parts], lang, complete=False)
    return tuple(map(tuple, added))


def _compared(rule: SeriesRule, before: Result, after: Result, lang: str) -> list[Finding]:
    try:
        found = list(rule.check(before, after))
        findings = [finding_of(rule, one, number, "", lang) for number, (one, _) in enumerate(found)]
    except Exception as error:  # noqa: BLE001  # whatever a rule does, the others still speak
        return [finding_of_crash(rule.id, error, lang)]
    return [
        finding.model_copy(
            update={"elsewhere": tuple(Elsewhere(document=before.document.name, cell=cell) for cell in elsewhere)}
        )
        for finding, (_, elsewhere) in zip(findings, found, strict=True)
    ]


def _by_agency(results: Sequence[Result]) -> dict[str, list[int]]:
    """Positions of the reports of each agency, one a year, in the order of years."""
    latest: dict[tuple[str, int], int] = {}
    for position, result in enumerate(results):
        agency, year = result.report.agency, result.report.year
        if agency and year and result.document.kind == "annual_report":
            latest[re.sub(r"\s", "", agency), year] = position
    found: dict[str, list[int]] = {}
    for (agency, _), position in sorted(latest.items()):
        found.setdefault(agency, []).append(position)
    return found


def _year(result: Result) -> int:
    assert result.report.year is not None
    return result.report.year


def _number(result: Result, address: str) -> int | None:
    cell = result.cells.get(address)
    sure = cell is not None and cell.trust != "doubtful" and isinstance(cell.value, int)
    return cell.value if cell is not None and sure and isinstance(cell.value, int) else None


def _carried(before: Result, after: Result) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """What one year carries forward the next carries in, column by column; the values shown are those of the last that
    differs (the total, if it does)."""
    here, there, shown = [], [], []
    columns = [address.rpartition(".")[2] for address in after.cells if address.startswith("applications.carried_in.")]
    for column in columns:
        now, then = (
            _number(after, f"applications.carried_in.{column}"),
            _number(before, f"applications.carried_forward.{column}"),
        )
        if now is not None and then is not None and now != then:
            here.append(f"applications.carried_in.{column}")
            there.append(f"applications.carried_forward.{column}")
            shown.append(f"{cell_label(here[-1]).rpartition('·')[2]} {then}≠{now}")
    if here:
        now, then = _number(after, here[-1]), _number(before, there[-1])
        parameters: dict[str, str | int] = {"at": "、".join(shown), "year": _year(after), "before": _year(before)}
        found = Found(
            "warning",
            "undetermined",
            tuple(here),
            after.cells[here[-1]].raw,
            after.cells[here[-1]].span,
            expected=str(then),
            actual=str(now),
            parameters=parameters,
        )
        yield found, tuple(there)


def _stock(before: Result, after: Result) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """Documents in force: those of the year before, plus issued, less repealed. A clean-up changes it too."""
    for row in ("rules", "normative_documents"):
        key = f"disclosure.{row}"
        stock = _number(before, f"{key}.in_force")
        issued, repealed, now = (_number(after, f"{key}.{column}") for column in ("issued", "repealed", "in_force"))
        if stock is None or issued is None or repealed is None or now is None or now == stock + issued - repealed:
            continue
        expected = stock + issued - repealed
        cells = tuple(f"{key}.{column}" for column in ("in_force", "issued", "repealed"))
        found = Found(
            "warning",
            "undetermined",
            cells,
            after.cells[cells[0]].raw,
            after.cells[cells[0]].span,
            formula=f"{stock} + {issued} - {repealed} = {expected}",
            expected=str(expected),
            actual=str(now),
            difference=str(abs(now - expected)),
            parameters={"at": row_label(key), "year": _year(after), "before": _year(before)},
        )
        yield found, (f"{key}.in_force",)


def _repeated(before: Result, after: Result) -> Iterator[tuple[Found, tuple[str, ...]]]:
    """How much of section 五 stands word for word in the year before, without headings, numbering and dates."""
    now, then = (_BOILERPLATE.sub("", result.report.improvement.text or "")[:_LONG] for result in (after, before))
    if len(now) < _SHORT or len(then) < _SHORT:
        return
    matcher = SequenceMatcher(None, then, now, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks() if block.size >= _RUN)
    if same > _ALIKE * len(now):
        share = round(100 * same / len(now))
        parameters: dict[str, str | int] = {"share": share, "year": _year(after), "before": _year(before)}
        yield Found("warning", "report", parameters=parameters), ()


_CONTINUITY = ("相邻年度数据应衔接", "figures of neighbouring years must join")
RULES: tuple[SeriesRule, ...] = (
    SeriesRule(
        "series.carry",
        "warning",
        _CONTINUITY,
        (
            "{year}年上年结转与{before}年结转下年度不一致：{at}",
            "what {year} carries in is not what {before} carried forward: {at}",
        ),
        ("请核对两年数据；机构合并或更正请说明", "check both years; say so if bodies merged or figures were corrected"),
        _carried,
    ),
    SeriesRule(
        "series.stock",
        "warning",
        _CONTINUITY,
        (
            "{at}现行有效件数：按{before}年推算{formula}，{year}年为{actual}",
            "{at} in force: from {before}, {formula}; {year} says {actual}",
        ),
        ("请核对；如因清理或口径调整请说明", "check; say so if a clean-up or another scope explains it"),
        _stock,
    ),
    SeriesRule(
        "text.repeated",
        "warning",
        ("国办公开办函〔2021〕30号：第五部分应反映当年情况", "国办公开办函〔2021〕30号: section 五 is about the year"),
        ("{year}年第五部分与{before}年有{share}%相同", "{share} % of section 五 of {year} stands in that of {before}"),
        ("请按当年实际编写存在问题和改进情况", "write the problems and measures of the year"),
        _repeated,
    ),
)
