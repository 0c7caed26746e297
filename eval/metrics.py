"""What is measured, in words, and how measures of documents become one figure with an interval.

Intervals are 95 % percentile bootstraps over documents (a document's cells stand and fall together). Where nothing failed,
a bootstrap would give an interval of no width; then the rule of three holds: with n documents, at most 3/n.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.scoring import METADATA, Tally

SEED = 20210930
RESAMPLES = 1000
_RULE_OF_THREE = 3.0


@dataclass(frozen=True, slots=True)
class Metric:
    """`unit` says what `value` of a Score is: a share, a count (then the share is still known as `rate`) or a mean."""

    name: str
    about: str
    unit: Literal["share", "count", "mean"] = "share"
    better: Literal["high", "low"] = "high"


_LIST = (
    Metric("escapes", "numbers that are wrong or fabricated and not marked doubtful", "count", "low"),
    Metric("yield", "right and not doubtful, of the values that the text determines"),
    Metric("documents_without_error", "documents with every value and every state as labelled"),
    Metric("cells_right", "labelled values read as labelled"),
    Metric("wrong", "labelled values read as another", "count", "low"),
    Metric("fabricated", "values read where the label has none", "count", "low"),
    Metric("omitted", "determined values of which the result says nothing", "count", "low"),
    Metric("left_open", "determined values left open with their candidates", "count", "low"),
    Metric("state_accuracy", "cells without a value whose state is as labelled"),
    Metric("review_rate", "cells that a person has to look at: doubtful, unplaced, unreadable", "share", "low"),
    Metric("overclaimed", "values in a part that the text leaves in doubt, and not marked doubtful", "count", "low"),
    Metric("figures_found", "figures above zero found anywhere in their table (zeros for figures)"),
    Metric("column_assignment", "rows read in their columns, not one beside (columns moved)"),
    Metric("row_assignment", "rows read under their own label, not another's (rows exchanged)"),
    Metric("misprints_as_printed", "wrong sums of the document read as they are printed (sums repaired)"),
    Metric("claims_recall", "labelled claims found: same value, kind and place"),
    Metric("claims_precision", "claims read that are labelled"),
    Metric("claims_cell", "matched claims tied to the labelled cell, or to none"),
    Metric("findings_recall", "labelled faults of the document reported, remarks aside"),
    Metric("grave_findings_recall", "the same, errors and warnings only"),
    Metric("findings_precision", "findings (error, warning) that are labelled faults"),
    Metric("traps_hit", "places that only look like faults, reported as such", "count", "low"),
    Metric("metadata_exact", "title, agency, year, date, edition and kind as labelled"),
    *(Metric(name, f"{name} as labelled") for name in METADATA),
    Metric("spans_proving", "places whose text reads as the result says"),
    Metric("parts_right", "documents divided into as many reports as they hold"),
    Metric("documents_read", "documents that gave a result at all"),
    Metric("seconds", "seconds a document", "mean", "low"),
    Metric("requests", "requests a document", "mean", "low"),
    Metric("tokens_in", "tokens sent a document", "mean", "low"),
    Metric("tokens_out", "tokens received a document", "mean", "low"),
    Metric("cost", "cost a document", "mean", "low"),
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _LIST}

Tallies = Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class Score:
    """A measure over several documents: `number` out of `of`. `low` and `high` bound the rate; None if there is no interval.
    `documents` is how many documents had something to measure."""

    metric: str
    number: float
    of: float
    documents: int
    low: float | None = None
    high: float | None = None

    @property
    def rate(self) -> float | None:
        return self.number / self.of if self.of else None

    @property
    def value(self) -> float | None:
        """What gates compare: the count of a count, else the rate."""
        return self.number if METRICS[self.metric].unit == "count" else self.rate


def summarise(documents: Sequence[Tallies], *, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Score]:
    """Every metric that any of the documents has, in the order of METRICS."""
    names = [name for name in METRICS if any(name in tallies for tallies in documents)]
    drawn = _resampled(documents, names, resamples, seed) if len(documents) > 1 else {}
    return {name: _score(name, [t[name] for t in documents if name in t], drawn.get(name, [])) for name in names}


def _score(name: str, tallies: list[Tally], drawn: list[float]) -> Score:
    number, of = sum(n for n, _ in tallies), sum(d for _, d in tallies)
    documents = sum(d > 0 for _, d in tallies)
    metric = METRICS[name]
    low, high = _interval(drawn)
    failed = of - number if metric.better == "high" else number
    if metric.unit != "mean" and of and not failed:
        slack = min(1.0, _RULE_OF_THREE / documents)
        low, high = (1 - slack, 1.0) if metric.better == "high" else (0.0, slack)
    return Score(name, number, of, documents, low, high)


def _resampled(documents: Sequence[Tallies], names: Iterable[str], resamples: int, seed: int) -> dict[str, list[float]]:
    """Metric to its rates in samples of documents drawn with replacement; the same documents for every metric."""
    rng = random.Random(seed)
    samples = [rng.choices(range(len(documents)), k=len(documents)) for _ in range(resamples)]
    rates = {}
    for name in names:
        pairs = [tallies.get(name, (0, 0)) for tallies in documents]
        numbers, totals = [n for n, _ in pairs], [d for _, d in pairs]
        drawn = []
        for sample in samples:
            of = sum([totals[i] for i in sample])
            if of:
                drawn.append(sum([numbers[i] for i in sample]) / of)
        rates[name] = drawn
    return rates


def _interval(drawn: list[float]) -> tuple[float | None, float | None]:
    if not drawn:
        return None, None
    ordered = sorted(drawn)
    last = len(ordered) - 1
    return ordered[round(last * 0.025)], ordered[round(last * 0.975)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric in two runs over the same documents: `change` of the rate, with its paired interval."""

    metric: str
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None


def differences(before: Sequence[Tallies], after: Sequence[Tallies], *, resamples: int = RESAMPLES) -> list[Difference]:
    """Differences of every metric, document by document in the same order in both."""
    names = [name for name in METRICS if any(name in tallies for tallies in (*before, *after))]
    old, new = (summarise(side, resamples=0) for side in (before, after))
    drawn = _resampled_change(before, after, names, resamples)
    found = []
    for name in names:
        a, b = old.get(name), new.get(name)
        rates = (a.rate if a else None), (b.rate if b else None)
        change = rates[1] - rates[0] if rates[0] is not None and rates[1] is not None else None
        low, high = _interval(drawn[name])
        found.append(Difference(name, a.value if a else None, b.value if b else None, change, low, high))
    return found


def _resampled_change(
    before: Sequence[Tallies], after: Sequence[Tallies], names: Iterable[str], resamples: int
) -> dict[str, list[float]]:
    rng = random.Random(SEED)
    samples = [rng.choices(range(len(before)), k=len(before)) for _ in range(resamples)]
    changes: dict[str, list[float]] = {}
    for name in names:
        old, new = ([tallies.get(name, (0, 0)) for tallies in side] for side in (before, after))
        drawn = []
        for sample in samples:
            of_old, of_new = sum([old[i][1] for i in sample]), sum([new[i][1] for i in sample])
            if of_old and of_new:
                drawn.append(sum([new[i][0] for i in sample]) / of_new - sum([old[i][0] for i in sample]) / of_old)
        changes[name] = drawn
    return changes
