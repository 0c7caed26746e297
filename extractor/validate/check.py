"""Runs every rule over one report. A rule that crashes becomes a finding about itself and hides no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractor.equations import Assessment, Equation
from extractor.explain import Component, explain
from extractor.result import Finding
from extractor.validate import dates, labels, prose, readings, structure, tables
from extractor.validate.rule import Rule, Subject, finding_of, finding_of_crash

RULES: tuple[Rule, ...] = structure.RULES + dates.RULES + tables.RULES + labels.RULES + prose.RULES + readings.RULES
_ORDER = {"error": 0, "warning": 1, "info": 2}


def check_report(subject: Subject, lang: str, rules: tuple[Rule, ...] = RULES) -> tuple[Finding, ...]:
    """All findings, gravest first, in the order of the rules."""
    findings: list[Finding] = []
    violated = [equation for equation, one in subject.assessed if not one.holds and is_broken(subject, equation, one)]
    if violated:
        try:
            subject = replace(subject, broken=explained(subject, violated))
        except Exception as error:  # noqa: BLE001  # without explanations the violations are still found
            subject = replace(subject, broken=tuple(Component((equation,), ()) for equation in violated))
            findings.append(finding_of_crash("explain", error, lang))
    for rule in rules:
        try:
            for number, found in enumerate(rule.check(subject)):
                findings.append(finding_of(rule, found, number, subject.text, lang))
        except Exception as error:  # noqa: BLE001  # whatever a rule does, the others still speak
            findings.append(finding_of_crash(rule.id, error, lang))
    return gravest_first(findings)


def is_broken(subject: Subject, equation: Equation, assessment: Assessment) -> bool:
    """Whether an equation needs an explanation: it is violated, or the blanks printed in it cannot all stand for 0."""
    if assessment.holds is None and not assessment.with_zero:
        states = {subject.cells[address].state for address in equation.addresses if address in subject.cells}
        return "blank" in states and states <= {"blank", "read"}
    return assessment.holds is False


def explained(subject: Subject, violated: Sequence[Equation]) -> tuple[Component, ...]:
    """The broken equations with what may explain them, a blank as a number not printed; the numbers that prose states for cells speak for one or another."""
    if not violated:
        return ()
    values = {
        address: cell.value if isinstance(cell.value, int) else None
        for address, cell in subject.cells.items()
        if cell.state in ("read", "blank")
    }
    said: dict[str, set[int]] = {}
    for claim in subject.report.claims:
        if claim.cell and claim.kind in ("count", "negation") and claim.value.isdigit():
            said.setdefault(claim.cell, set()).add(int(claim.value))
    components = explain(subject.form.edition, subject.undivided, values, violated, said)
    return tuple(component for component in components if component.equations)


def gravest_first(findings: Sequence[Finding], more: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """Findings by severity, otherwise in their order; of `more` only those that are not there yet."""
    known = {finding.id for finding in findings}
    together = [*findings, *(finding for finding in more if finding.id not in known)]
    return tuple(sorted(together, key=lambda finding: _ORDER[finding.severity]))
