"""Scores what a result says about prose and about faults of the document: claims, findings, traps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from eval.labels import Anomaly, Label, LabelledClaim, Places, overlap
from eval.scoring import Tally
from extractor.document import Span
from extractor.result import Claim, Finding, Result

SCORED_SEVERITIES = frozenset({"error", "warning"})
PLACELESS = frozenset({
    "document.kind", "structure.section", "structure.table", "structure.row", "structure.column", "structure.aspect",
    "structure.edition", "structure.attachment", "year.mismatch", "agency.mismatch", "published.late", "text.repeated",
    "text.hidden", "text.injection",
})  # fmt: skip
"""Rules about a whole document or about what is missing from it; their findings and anomalies are compared by rule."""


_LABEL_REACH = 200
"""How far before its first number a row's label may begin, in code points."""


@dataclass(frozen=True, slots=True)
class Prose:
    """How claims and findings compare. What was missed is given as quoted in the label, what is surplus as the result has it."""

    tallies: dict[str, Tally]
    missed_claims: tuple[str, ...] = ()
    surplus_claims: tuple[str, ...] = ()
    missed_findings: tuple[str, ...] = ()
    surplus_findings: tuple[str, ...] = ()
    traps_hit: tuple[str, ...] = ()


def score_prose(label: Label, result: Result, places: Places) -> Prose:
    """Claims, findings and traps of one document; what the label leaves out (null) is not scored."""
    tallies: dict[str, Tally] = {}
    missed_claims: list[str] = []
    surplus_claims: list[str] = []
    if label.claims is not None:
        pairs = match_claims(label.claims, result.report.claims, places)
        wanted, read = {i for i, _ in pairs}, {j for _, j in pairs}
        missed_claims = [_shown(claim) for i, claim in enumerate(label.claims) if i not in wanted]
        surplus_claims = [
            f"{claim.raw} [{claim.kind} {claim.value}] @{claim.span[0]}"
            for j, claim in enumerate(result.report.claims)
            if j not in read
        ]
        agreeing = sum(label.claims[i].cell == result.report.claims[j].cell for i, j in pairs)
        tallies["claims_recall"] = (len(pairs), len(label.claims))
        tallies["claims_precision"] = (len(pairs), len(result.report.claims))
        tallies["claims_cell"] = (agreeing, len(pairs))
    pointing = Pointing(result)
    missed, surplus = [], []
    if label.anomalies is not None:
        anomalies = real_faults(label) or []
        graded = [finding for finding in result.findings if finding.severity in SCORED_SEVERITIES]
        missed = [a for a in anomalies if not any(same_fault(a, f, pointing, places) for f in result.findings)]
        surplus = [f for f in graded if not any(same_fault(a, f, pointing, places) for a in anomalies)]
        tallies["findings_recall"] = (len(anomalies) - len(missed), len(anomalies))
        grave = [a for a in anomalies if a.severity in SCORED_SEVERITIES]
        tallies["grave_findings_recall"] = (len(grave) - sum(a in missed for a in grave), len(grave))
        tallies["findings_precision"] = (len(graded) - len(surplus), len(graded))
    hit = _traps_hit(label, result.findings, pointing, places)
    if label.traps is not None:
        tallies["traps_hit"] = (len(hit), len(label.traps))
    return Prose(
        tallies,
        tuple(missed_claims),
        tuple(surplus_claims),
        tuple(f"{a.rule} ({a.severity}) {(a.quote or '')[:60]}" for a in missed),
        tuple(f"{f.rule} ({f.severity}) {(f.raw or f.formula or ', '.join(f.cells[:3]))[:60]}" for f in surplus),
        tuple(hit),
    )


def real_faults(label: Label) -> list[Anomaly] | None:
    """The anomalies of a label that a rule can report; None where they are not labelled."""
    return None if label.anomalies is None else [anomaly for anomaly in label.anomalies if not anomaly.remark]


def _shown(claim: LabelledClaim) -> str:
    return f"{claim.quote} [{claim.kind} {claim.value}]" + (f" @{claim.at}" if claim.at is not None else "")


def match_claims(labelled: Sequence[LabelledClaim], claims: Sequence[Claim], places: Places) -> list[tuple[int, int]]:
    """Pairs (index in the label, index in the result) of claims with the same value and kind at the same place, each used
    once, those that overlap most first."""
    possible = []
    for i, wanted in enumerate(labelled):
        spans = places.of(wanted.quote, wanted.at)
        for j, claim in enumerate(claims):
            if claim.kind == wanted.kind and _decimal(claim.value) == wanted.value:
                shared = max((overlap(span, claim.span) for span in spans), default=0)
                if shared:
                    possible.append((-shared, i, j))
    pairs: list[tuple[int, int]] = []
    for _, i, j in sorted(possible):
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


def _decimal(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


class Pointing:
    """Where the findings of one result point, in the way in which a label quotes a place: a finding about cells points to
    their rows with the labels in front of them, one about claims also to the parts of these claims."""

    def __init__(self, result: Result) -> None:
        self._claims = result.report.claims
        rows: dict[str, list[Span]] = {row: [values.span] for row, values in result.unplaced.items()}
        for address, cell in result.cells.items():
            if cell.span is not None:
                rows.setdefault(_row(address), []).append(cell.span)
        self._rows = {row: (min(spans)[0], max(end for _, end in spans)) for row, spans in rows.items()}
        self._ends = sorted(end for spans in rows.values() for _, end in spans)

    def of(self, finding: Finding) -> list[Span]:
        """Every place of a finding; none if it is about the whole document or about what is missing."""
        spans = [finding.span] if finding.span else []
        for row in {_row(address) for address in finding.cells}:
            span = self._rows.get(row) or self._rows.get(row.partition(".")[0])
            if span is not None:
                before = bisect_right(self._ends, span[0])
                start = max(self._ends[before - 1] if before else 0, span[0] - _LABEL_REACH)
                spans.append((start, span[1]))
        named = set(finding.claims)
        return spans + [claim.span for claim in self._claims if claim.id in named or claim.part_of in named]


def _row(address: str) -> str:
    return address.rpartition(".")[0]


def same_fault(anomaly: Anomaly, finding: Finding, pointing: Pointing, places: Places) -> bool:
    """Whether a finding reports a labelled fault: by its rule, and by its place where both have one."""
    if finding.rule not in (anomaly.rule, *anomaly.also):
        return False
    wanted, named = places.of(anomaly.quote, anomaly.at), pointing.of(finding)
    if finding.rule in PLACELESS or not wanted or not named:
        return True
    return any(overlap(a, b) for a in wanted for b in named)


def _traps_hit(label: Label, findings: Sequence[Finding], pointing: Pointing, places: Places) -> list[str]:
    """Traps that a finding about prose or date fell into."""
    suspects = [
        span
        for finding in findings
        if finding.severity in SCORED_SEVERITIES and finding.rule.startswith(("claim.", "published."))
        for span in pointing.of(finding)
    ]
    return [
        trap.quote
        for trap in label.traps or ()
        if any(overlap(span, suspect) for span in places.of(trap.quote, trap.at) for suspect in suspects)
    ]
