"""The engine of a cluster: the same documents, results and fingerprints, read by Ray Data wherever there are cores.

The driver alone talks to the store: it claims, and it writes what comes back, so the output is as idempotent as on one machine.
Tasks hold nothing that matters; one that is lost with its node is done again on another. Every task reads in a worker process
of its own, with the same limits as on one machine.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from extractor.batch.engine_local import Order
from extractor.batch.manifest import Item
from extractor.batch.pool import Pool
from extractor.batch.tally import Tally, Watch
from extractor.batch.work import Answer, Identity, Job, Setup
from extractor.errors import UsageError
from extractor.store.outcome import Failure, Origin, Outcome

if TYPE_CHECKING:
    from extractor.store.database import Store

_WINDOW = 5_000
"""Documents that are claimed at a time: what a driver that dies leaves claimed for a while."""
_BLOCK = 16
"""Documents of one task."""
_RENEW = 30.0
_pools: dict[tuple[str, float], Pool] = {}


def run(items: Sequence[Item], store: Store, order: Order, watch: Watch) -> Tally:
    """Read what is new of `items` into the store, on the cluster of RAY_ADDRESS or on this machine.

    `order.workers` is the most tasks at a time: of a model's rates each has its share, so together they keep to them."""
    _begin(order)
    number = store.begin_run(order.reading.fingerprint(), order.reading.settings() | {"engine": "ray"})
    driver = _Driver(store, order, watch, Tally(len(items)), number)
    try:
        for start in range(0, len(items), _WINDOW):
            driver.window(items[start : start + _WINDOW])
            if driver.stopped:
                break
    except KeyboardInterrupt:
        driver.finish("interrupted")
        raise
    driver.finish("budget" if driver.stopped and order.budget is not None else "done")
    return driver.tally


def _begin(order: Order) -> None:
    try:
        import ray
        from ray.data import DataContext
    except ModuleNotFoundError as exc:
        raise UsageError(
            "--engine ray", ("没有安装 Ray", "Ray is not installed"), ("请安装：pip install 'nianbao[ray]'",) * 2
        ) from exc
    if not ray.is_initialized():
        address = os.environ.get("RAY_ADDRESS")
        more: dict[str, Any] = {"address": address} if address else {"num_cpus": order.workers, "include_dashboard": False}
        ray.init(log_to_driver=False, configure_logging=False, **more)
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False


class _Driver:
    """What happens beside the cluster: claims, writing, counting."""

    def __init__(self, store: Store, order: Order, watch: Watch, tally: Tally, number: int) -> None:
        self._store, self._order, self._watch, self.tally, self._number = store, order, watch, tally, number
        self._renewed = time.monotonic()
        self.stopped = False

    def window(self, items: Sequence[Item]) -> None:
        """Identify, claim, read; then see to what others were reading, or we under another name."""
        todo: list[Job] = []
        waiting: list[Job] = []
        for answers in self._on_cluster([Job(item.input, item.origin) for item in items]):
            identified = self._identified(answers)
            ours, others = self._claimed(identified)
            todo += ours
            waiting += others
        while todo or waiting:
            while some := todo[: self._affordable()]:
                todo = todo[len(some) :]
                for answers in self._on_cluster(some):
                    self._write(answers)
            if todo:
                self.stopped = True
                return
            again, waiting = waiting, []
            for start in range(0, len(again), 400):
                ours, others = self._looked_again(again[start : start + 400])
                todo += ours
                waiting += others
            if waiting and not todo:
                time.sleep(0.5)

    def _affordable(self) -> int:
        """How many documents may be begun now: all, unless a limit or a budget says otherwise. Before the first price is known
        a block is risked."""
        limit, budget, tally = self._order.limit, self._order.budget, self.tally
        most = _WINDOW if limit is None else max(0, limit - tally.done_now)
        if budget is None:
            return most
        if not tally.done_now:
            return min(most, _BLOCK)
        each = tally.cost / tally.done_now
        return min(most, int(max(Decimal(0), budget - tally.cost) / each)) if each else most

    def finish(self, status: str) -> None:
        self.tally.status = status
        self.tally.counts["skipped"] = self.tally.total - self.tally.settled
        self._store.release()
        self._note()

    def _on_cluster(self, jobs: Sequence[Job]) -> Iterator[list[tuple[Job, Answer]]]:
        """The jobs with their answers, in any order, a block at a time."""
        import ray

        rows = [{"job": pickle.dumps(job)} for job in jobs]
        data = ray.data.from_items(rows, override_num_blocks=max(1, -(-len(rows) // _BLOCK)))
        done = data.map_batches(
            _answer,
            batch_size=_BLOCK,
            batch_format="numpy",
            concurrency=self._order.workers,
            num_cpus=1,
            fn_kwargs={"setup": self._order.setup, "timeout": self._order.timeout},
        )
        for block in done.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            yield [pickle.loads(pair) for pair in block["answer"]]  # noqa: S301 - from our own tasks
            if time.monotonic() - self._renewed > _RENEW:
                self._store.renew()
                self._renewed = time.monotonic()
            self._note()
            self._watch.update(self.tally)

    def _identified(self, answers: list[tuple[Job, Answer]]) -> list[Job]:
        found, failed = [], []
        for job, answer in answers:
            if isinstance(answer, Identity):
                fingerprint = self._order.reading.fingerprint(job.origin.copy)
                found.append(replace(job, sha256=answer.sha256, size=answer.size, fingerprint=fingerprint))
            elif isinstance(answer, Failure):
                failed.append((job, answer))
        self._unopened(failed)
        return found

    def _claimed(self, jobs: list[Job]) -> tuple[list[Job], list[Job]]:
        """Jobs that are ours to do, and those that somebody is doing."""
        if not jobs:
            return [], []
        claimed = self._store.claim([job.seen() for job in jobs], self._number, again=self._order.again)
        mine, ours, others = set(claimed.ours), [], []
        for job in jobs:
            key = job.seen().key
            if key in mine:
                mine.remove(key)
                ours.append(job)
            elif key in claimed.done:
                self.tally.counts["unchanged" if claimed.done[key] else "failed_before"] += 1
            else:
                others.append(job)
        return ours, others

    def _looked_again(self, jobs: list[Job]) -> tuple[list[Job], list[Job]]:
        done = self._store.standing([job.seen().key for job in jobs])
        for job in jobs:
            if (read := done.get(job.seen().key)) is not None:
                self.tally.counts["unchanged" if read else "failed_before"] += 1
        return self._claimed([job for job in jobs if job.seen().key not in done])

    def _write(self, answers: list[tuple[Job, Answer]]) -> None:
        outcomes = [(job, answer) for job, answer in answers if isinstance(answer, Outcome)]
        self._store.write([outcome for _, outcome in outcomes], self._number, replace=self._order.again != "nothing")
        for job, outcome in outcomes:
            self.tally.add(outcome)
            if outcome.failure:
                self._watch.failed(job.item.shown, outcome.failure)
        self._unopened([(job, answer) for job, answer in answers if isinstance(answer, Failure)])

    def _unopened(self, failed: list[tuple[Job, Failure]]) -> None:
        named: list[tuple[Origin, Failure]] = [(job.origin, failure) for job, failure in failed]
        if named:
            self._store.note_unopened(named)
        for job, failure in failed:
            self.tally.counts["unopened"] += 1
            self._watch.failed(job.item.shown, failure)

    def _note(self) -> None:
        self._store.note_run(self._number, self.tally.status, **self.tally.figures())


def _answer(block: dict[str, Any], setup: Setup, timeout: float) -> dict[str, list[bytes]]:
    """On the cluster: the answers to a block of jobs, by a worker process that stays for the next block."""
    key = (repr((setup.reader, setup.keep_text, setup.memory, setup.in_flight)), timeout)
    if key not in _pools:
        _pools[key] = Pool(1, setup, timeout=timeout).__enter__()
    pool, waiting = _pools[key], [pickle.loads(job) for job in block["job"]]  # noqa: S301 - from our own driver
    answers: list[bytes] = []
    while waiting or pool.busy:
        while waiting and pool.room:
            pool.submit(waiting.pop())
        answers += [pickle.dumps(pair) for pair in pool.answers(0.1)]
    return {"answer": answers}
