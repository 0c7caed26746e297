"""The engine of one machine: identify files, claim what is new, have it read by worker processes, write in transactions.

All state that matters is in the store, so a batch that ends in any way is continued by running it again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from extractor.batch.fingerprint import Reading
from extractor.batch.manifest import Item
from extractor.batch.pool import Pool
from extractor.batch.tally import Tally, Watch
from extractor.batch.work import Answer, Identity, Job, Setup
from extractor.store.outcome import Failure, Origin, Outcome

if TYPE_CHECKING:
    from extractor.store.database import Store

Again = Literal["nothing", "failed", "all"]
_CHUNK = 64
"""Documents of one transaction at most, be they claimed or written."""
_FLUSH = 1.0
_RENEW = 30.0
_LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a batch. `timeout` is seconds for one document, `limit` the most documents to be read now, `budget` the
    most money, in the currency of the model's prices."""

    reading: Reading = field(default_factory=Reading)
    setup: Setup = field(default_factory=Setup)
    workers: int = 2
    timeout: float = 120.0
    again: Again = "nothing"
    limit: int | None = None
    budget: Decimal | None = None


def run(items: Sequence[Item], store: Store, order: Order, watch: Watch) -> Tally:
    """Read what is new of `items` into the store. On Ctrl-C what is read is written before KeyboardInterrupt goes on.

    Raises StoreError where the store fails for good; what was written before stays."""
    number = store.begin_run(order.reading.fingerprint(), order.reading.settings() | {"engine": "local"})
    tally = Tally(len(items))
    with Pool(order.workers, order.setup, timeout=order.timeout) as pool:
        batch = _Batch(items, store, order, watch, pool, tally, number)
        try:
            batch.work()
        except KeyboardInterrupt:
            tally.status = "interrupted"
            batch.finish()
            raise
        batch.finish()
    return tally


class _Batch:
    """The loop. A file goes from `_coming` through identifying, claiming and reading into `_outcomes`, which are written
    together; `_deferred` are files that another batch is reading, or this one under another name."""

    def __init__(
        self, items: Sequence[Item], store: Store, order: Order, watch: Watch, pool: Pool, tally: Tally, number: int
    ) -> None:
        self._store, self._order, self._watch, self._pool = store, order, watch, pool
        self._tally, self._number = tally, number
        self._coming = iter(items)
        self._more = True
        self._identifying = self._taken = 0
        self._identified: list[Job] = []
        self._todo: deque[Job] = deque()
        self._deferred: list[Job] = []
        self._outcomes: list[Outcome] = []
        self._unopened: list[tuple[Origin, Failure]] = []
        self._flushed = self._renewed = self._looked = time.monotonic()

    def work(self) -> None:
        while not self._finished():
            self._feed()
            for job, answer in self._pool.answers(0.1):
                self._take(job, answer)
            now = time.monotonic()
            if len(self._identified) >= _CHUNK or (self._identified and not self._identifying):
                self._identified = self._claim(self._identified)
            if len(self._outcomes) >= _CHUNK or now - self._flushed > _FLUSH:
                self._flush()
            if self._deferred and not self._pool.busy and now - self._looked > _LOOK:
                self._look_again()
            if now - self._renewed > _RENEW:
                self._store.renew()
                self._renewed = now
        self._tally.status = "budget" if self._spent() else "done"

    def finish(self) -> None:
        """Write what is read, give up what is not."""
        self._flush()
        self._tally.counts["skipped"] = self._tally.total - self._tally.settled
        self._store.release()
        self._note()
        self._watch.update(self._tally)

    def _finished(self) -> bool:
        if self._pool.busy:
            return False
        return self._stopped() or not (self._more or self._identified or self._todo or self._deferred)

    def _stopped(self) -> bool:
        """Whether nothing more may be begun."""
        return self._spent() or (self._order.limit is not None and self._taken >= self._order.limit)

    def _spent(self) -> bool:
        """Whether what is being read now may use up the budget; before the first price is known, one at a time is risked."""
        budget, tally = self._order.budget, self._tally
        if budget is None:
            return False
        each = tally.cost / tally.done_now if tally.done_now else Decimal(0)
        return tally.cost + each * (self._taken - tally.done_now) >= budget

    def _feed(self) -> None:
        while self._pool.room and not self._stopped():
            untried = self._order.budget is not None and not self._tally.done_now and self._pool.busy
            if self._todo and not untried:
                self._taken += 1
                self._pool.submit(self._todo.popleft())
            elif len(self._todo) + len(self._identified) + self._identifying < 2 * _CHUNK and self._more:
                item = next(self._coming, None)
                if item is None:
                    self._more = False
                else:
                    self._identifying += 1
                    self._pool.submit(Job(item.input, item.origin))
            else:
                return

    def _take(self, job: Job, answer: Answer) -> None:
        if job.sha256 is None:
            self._identifying -= 1
        if isinstance(answer, Identity):
            fingerprint = self._order.reading.fingerprint(job.origin.copy)
            self._identified.append(replace(job, sha256=answer.sha256, size=answer.size, fingerprint=fingerprint))
        elif isinstance(answer, Outcome):
            self._outcomes.append(answer)
            self._tally.add(answer)
            if answer.failure:
                self._watch.failed(job.item.shown, answer.failure)
        else:
            self._unopened.append((job.origin, answer))
            self._tally.counts["unopened"] += 1
            self._watch.failed(job.item.shown, answer)

    def _claim(self, jobs: list[Job]) -> list[Job]:
        """Sort jobs into those to do, those done and those to look at again; none is left."""
        claimed = self._store.claim([job.seen() for job in jobs], self._number, again=self._order.again)
        ours = set(claimed.ours)
        for job in jobs:
            key = job.seen().key
            if key in ours:
                ours.remove(key)
                self._todo.append(job)
            elif key in claimed.done:
                self._tally.counts["unchanged" if claimed.done[key] else "failed_before"] += 1
            else:
                self._deferred.append(job)
        return []

    def _look_again(self) -> None:
        """What became of files that were being read when we met them. One that is done now is not to be done anew, whatever
        the order says; one that nobody reads any more is ours."""
        self._flush()
        waiting, self._deferred = self._deferred, []
        for start in range(0, len(waiting), _CHUNK):
            some = waiting[start : start + _CHUNK]
            done = self._store.standing([job.seen().key for job in some])
            for job in some:
                if (read := done.get(job.seen().key)) is not None:
                    self._tally.counts["unchanged" if read else "failed_before"] += 1
            if left := [job for job in some if job.seen().key not in done]:
                self._claim(left)
        self._looked = time.monotonic()

    def _flush(self) -> None:
        if self._outcomes:
            self._store.write(self._outcomes, self._number, replace=self._order.again != "nothing")
            self._outcomes = []
        if self._unopened:
            self._store.note_unopened(self._unopened)
            self._unopened = []
        self._note()
        self._watch.update(self._tally)
        self._flushed = time.monotonic()

    def _note(self) -> None:
        self._store.note_run(self._number, self._tally.status, **self._tally.figures())
