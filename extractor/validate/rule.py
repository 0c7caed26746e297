"""What a rule is: one function that looks at one report and yields what it found, with its wording in two languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Protocol, TypeVar, TypeVarTuple

from extractor.document import Notice, Span
from extractor.equations import Assessment, Equation
from extractor.errors import ExtractorError
from extractor.explain import Component
from extractor.naming import SLIPS, cell_label
from extractor.readers.rows import TableReading, Tables
from extractor.reading import Cell, Unplaced
from extractor.result import Cause, Copy, Explanation, Finding, Kind, Report, Severity
from extractor.schema import Form
from extractor.sections import Section

Asked = TypeVarTuple("Asked")
Seen = TypeVar("Seen")
Words = tuple[str, str]
"""Chinese, English. Placeholders are names of a finding's parameters, in the form of `str.format`; `{count:# row|# rows}`
chooses by the number, which replaces `#`: for one or any other, with three choices for none, one or any other."""


_CHANGED = 4
"""Cells of an explanation that a message names."""


@dataclass(frozen=True)
class Subject:
    """Everything a rule may look at. Rules never change it. What several rules ask of all cells is looked at once."""

    text: str
    folded: str
    window: Span
    report: Report
    form: Form
    undivided: bool
    kind: Kind
    copy: Copy
    cells: dict[str, Cell]
    unplaced: dict[str, Unplaced]
    doubts: dict[str, frozenset[str]]
    differing: tuple[str, ...]
    assessed: tuple[tuple[Equation, Assessment], ...]
    notices: tuple[Notice, ...]
    tables: Tables
    sections: tuple[Section, ...]
    broken: tuple[Component, ...] = ()
    unanswered: Mapping[str, ExtractorError] = field(default_factory=dict)
    """By question, why a model gave no answer."""
    left_open: frozenset[str] = frozenset()
    """Rows that a model was to read and did not."""
    seen: dict[Any, Any] = field(init=False, default_factory=dict, repr=False, compare=False)
    """What functions that look `once` saw."""

    @cached_property
    def by_state(self) -> dict[str, list[str]]:
        """The addresses of the cells in each state but `read`, in printed order."""
        found: dict[str, list[str]] = {}
        for address, cell in self.cells.items():
            if cell.state != "read":
                found.setdefault(cell.state, []).append(address)
        return found

    @cached_property
    def reread(self) -> tuple[str, ...]:
        """The addresses of the cells of which several readings are kept."""
        return tuple([address for address, cell in self.cells.items() if cell.readings])

    @cached_property
    def applications(self) -> TableReading | None:
        """The printing of the applications table that counts."""
        return max(self.tables.applications, key=lambda table: table.filled, default=None)


def once(look: Callable[[Subject, *Asked], Seen]) -> Callable[[Subject, *Asked], Seen]:
    """`look`, which several rules ask the same of a subject, but done only once for it."""

    @wraps(look)
    def looked(subject: Subject, *asked: *Asked) -> Seen:
        key = look, asked
        if key not in subject.seen:
            subject.seen[key] = look(subject, *asked)
        seen: Seen = subject.seen[key]
        return seen

    return looked


@dataclass(frozen=True, slots=True)
class Found:
    """One problem, before it is worded."""

    severity: Severity
    cause: Cause
    cells: tuple[str, ...] = ()
    raw: str | None = None
    span: Span | None = None
    formula: str | None = None
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    parameters: dict[str, str | int] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """`severity` is the gravest it gives, `basis` the source of the rule; `check` says in its first lines what it looks at
    and yields one Found a problem."""

    id: str
    severity: Severity
    basis: Words
    message: Words
    suggestion: Words
    check: Callable[[Subject], Iterator[Found]]


def damage(subject: Subject) -> Cause:
    """Who lost characters: a crawler or converter may have in a copy, in an original the agency did."""
    return "report" if subject.copy == "original" else "copy"


class Worded(Protocol):
    """What wording a finding needs of a rule."""

    @property
    def id(self) -> str: ...
    @property
    def basis(self) -> Words: ...
    @property
    def message(self) -> Words: ...
    @property
    def suggestion(self) -> Words: ...


@dataclass(frozen=True, slots=True)
class _SelfCheck:
    """The wording of a finding about a rule that failed."""

    id: str = "reading.disagreement"
    basis: Words = ("程序自检", "self-check")
    message: Words = ("规则{at}未能执行（{error}）", "rule {at} could not be run ({error})")
    suggestion: Words = ("请把该文件连同此条信息反馈给开发者", "please report this together with the file")


SELF_CHECK = _SelfCheck()


def finding_of_crash(rule: str, error: Exception, lang: str) -> Finding:
    """What a rule that crashed becomes, so that the others still speak."""
    crashed = Found("warning", "reading", parameters={"at": rule, "error": type(error).__name__})
    finding = finding_of(SELF_CHECK, crashed, 0, "", lang)
    return finding.model_copy(update={"id": f"{finding.rule}:{rule}"})


def finding_of(rule: Worded, found: Found, number: int, text: str, lang: str) -> Finding:
    """The finding as results carry it, worded in `lang`; `text` is what its span counts in, empty where its `raw` was cut
    from there."""
    raw = text[found.span[0] : found.span[1]] if found.span and text else found.raw
    anchor = found.cells[0] if found.cells else str(found.span[0]) if found.span else f"n{number}"
    return Finding(
        id=f"{rule.id}:{anchor}",
        rule=rule.id,
        severity=found.severity,
        cause=found.cause,
        cells=found.cells,
        claims=found.claims,
        raw=raw,
        span=found.span,
        formula=found.formula,
        expected=found.expected,
        actual=found.actual,
        difference=found.difference,
        parameters=dict(found.parameters),
        explanations=found.explanations,
        **wording(rule, found, raw, lang),
    )


def wording(rule: Worded, found: Found | Finding, raw: str | None, lang: str) -> dict[str, str]:
    """`basis`, `message` and `suggestion` of a finding of `rule` in `lang`. Raises KeyError where it lacks a parameter."""
    at = 0 if lang == "zh" else 1
    words = {name: _Number(value) if isinstance(value, int) else value for name, value in found.parameters.items()}
    words |= _shown(found, raw) | {"explained": _explained(found, lang)}
    return {
        "basis": rule.basis[at],
        "message": rule.message[at].format_map(words),
        "suggestion": rule.suggestion[at].format_map(words),
    }


class _Number(int):
    """A number in a message, which chooses the words that go with it."""

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return format(int(self), spec)
        *none, one, other = spec.split("|")
        return (none[0] if none and self == 0 else one if self == 1 else other).replace("#", str(int(self)))


def _shown(found: Found | Finding, raw: str | None) -> dict[str, str]:
    return {
        "formula": found.formula or "",
        "expected": found.expected or "",
        "actual": found.actual or "",
        "difference": found.difference or "",
        "raw": (raw or "")[:120],
    }


def _explained(found: Found | Finding, lang: str) -> str:
    """The best explanation in words; empty where there is none."""
    if not found.explanations:
        return ""
    best = found.explanations[0]
    zh = lang == "zh"
    changes = [
        f"{cell_label(cell.cell)}“{'□' if cell.printed is None else cell.printed}”改为“{cell.fits}”"
        if zh
        else f"{cell_label(cell.cell)} {'□' if cell.printed is None else cell.printed} → {cell.fits}"
        for cell in best.cells[:_CHANGED]
    ]
    slip = SLIPS.get(best.kind, ("", ""))[0 if zh else 1]
    if (count := len(best.cells)) > _CHANGED:
        changes[-1] += f"（共{count}格）" if zh else f", … ({count} cells)"
    if zh:
        more = "" if best.unique and len(found.explanations) == 1 else "；另有其他可能"
        return f"；如将{'、'.join(changes)}，各式即成立{f'（疑{slip}）' if slip else ''}{more}"
    more = "" if best.unique and len(found.explanations) == 1 else "; other corrections are possible"
    return f"; everything holds with {', '.join(changes)}{f' ({slip}?)' if slip else ''}{more}"
