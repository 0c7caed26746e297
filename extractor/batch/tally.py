"""How a batch stands: counts by outcome, requests, money, time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from extractor.store.outcome import Failure, Outcome

COUNTED = ("read", "incomplete", "failed", "unopened", "unchanged", "failed_before", "skipped")
"""read: now; incomplete: the same, but a model left questions unanswered; failed: now, with a content; unopened: no content to be had; unchanged: done by an earlier or another run, or under
another name; failed_before: the same, without a result; skipped: left for another run (--limit, --budget)."""


@dataclass(slots=True)
class Tally:
    """`total` is the number of inputs, `seconds` the clock since the start, `cost` what the model took in this run."""

    total: int
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    requests: int = 0
    cost: Decimal = Decimal(0)
    status: str = "running"
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def settled(self) -> int:
        """Inputs of which nothing more is to come."""
        return sum(self.counts.values())

    @property
    def done_now(self) -> int:
        return self.counts["read"] + self.counts["incomplete"] + self.counts["failed"]

    @property
    def rate(self) -> float:
        """Documents a second that this run has read."""
        return self.done_now / self.seconds if self.done_now else 0.0

    @property
    def remaining_seconds(self) -> float | None:
        """As if all that remains were to be read at the rate so far."""
        return (self.total - self.settled) * self.seconds / self.settled if self.done_now else None

    @property
    def projected_cost(self) -> Decimal:
        """What the run will have cost, if the rest costs what the documents so far did."""
        if not self.done_now:
            return self.cost
        return self.cost * (self.total - self.settled + self.done_now) / self.done_now

    @property
    def exit_status(self) -> int:
        """3 if some input has no result, else 0."""
        return 3 if any(self.counts[name] for name in ("failed", "unopened", "failed_before")) else 0

    def figures(self) -> dict[str, Any]:
        """As a run in the store keeps them."""
        return {"counts": self.counts, "requests": self.requests, "cost": str(self.cost), "seconds": round(self.seconds, 3)}

    def add(self, outcome: Outcome) -> None:
        self.counts["failed" if outcome.failure else "incomplete" if outcome.incomplete else "read"] += 1
        self.requests += outcome.requests
        self.cost += Decimal(outcome.cost or 0)


class Watch(Protocol):
    """Who is told how a batch goes."""

    def update(self, tally: Tally) -> None: ...
    def failed(self, name: str, failure: Failure) -> None: ...
