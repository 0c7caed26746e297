"""Workers and their jobs, seen from the parent: bounded queues, time limits, and workers that die.

A worker that dies while it reads a document is replaced. Its death is counted against the document, which is tried once more,
alone: the machine may have killed the worker for another's sake. The second death is the document's outcome.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

import extractor
from extractor.batch.work import GRACE, MEMORY, Answer, Job, Setup
from extractor.errors import ExtractorError
from extractor.store.outcome import Failure, Outcome

_AHEAD = 24
"""Jobs that a worker holds beside those it does: it must not wait while the parent writes what 64 documents hold."""
_BUFFERED = 64
"""Answers that wait for the parent; beyond them workers wait."""
_STARTING = 120.0
_STILLBORN = 3
"""Workers in a row that may die before they are ready."""


def crashed(status: int | None) -> Failure:
    """What the death of its worker says of a document."""
    if status == MEMORY:
        return Failure(
            "memory",
            ("读取时内存超过限额", "reading it took more memory than it may"),
            ("可用 --memory 放宽后以 --retry-failed 重试", "allow more by --memory and run with --retry-failed"),
        )
    what = signal.Signals(-status).name if status is not None and status < 0 else f"status {status}"
    return Failure(
        "crash",
        (f"读取时进程异常终止（{what}）", f"it ended the process that read it ({what})"),
        (
            "请把这个文件发给我们；更新后以 --retry-failed 重试",
            "please report it with the file; later, run with --retry-failed",
        ),
    )


def overtime(seconds: float) -> Failure:
    return Failure(
        "timeout",
        (f"读取超过 {seconds:g} 秒", f"reading it took more than {seconds:g} seconds"),
        ("可用 --timeout 放宽后以 --retry-failed 重试", "allow more by --timeout and run with --retry-failed"),
    )


_Said = tuple[int, Answer] | Literal["ready", "end"]


@dataclass(slots=True)
class _Task:
    number: int
    job: Job
    strikes: int = 0
    begun: float = 0.0


class _Worker:
    """One process, with what it was given and has not answered, in order."""

    def __init__(self, setup: Setup, events: queue.Queue[tuple[_Worker, _Said]]) -> None:
        self.setup, self.ready, self.alone = setup, False, False
        self.held: deque[_Task] = deque()
        self.started = time.monotonic()
        path = os.pathsep.join([str(Path(extractor.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "extractor.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is the parent's affair, and a kill takes along what the worker started
        )
        assert self.process.stdin
        assert self.process.stdout
        self._jobs: IO[bytes] = self.process.stdin
        self._listener = threading.Thread(target=self._listen, args=(self.process.stdout, events), daemon=True)
        self._listener.start()
        self._send(setup)

    def _listen(self, answers: IO[bytes], events: queue.Queue[tuple[_Worker, _Said]]) -> None:
        with answers:
            try:
                while True:
                    events.put((self, pickle.load(answers) or "ready"))  # noqa: S301 - from our worker
            except (EOFError, pickle.UnpicklingError, OSError, ValueError):
                events.put((self, "end"))

    def _send(self, message: object) -> None:
        with contextlib.suppress(OSError):  # a dead worker shows by the end of its answers
            pickle.dump(message, self._jobs, protocol=5)
            self._jobs.flush()

    def give(self, task: _Task) -> None:
        self.held.append(task)
        self._send((task.number, task.job))
        self.time()

    def time(self) -> None:
        """Start the clock of the jobs that the worker does now."""
        now = time.monotonic()
        for task in self.doing():
            task.begun = task.begun or now

    def doing(self) -> list[_Task]:
        return list(self.held)[: self.setup.in_flight] if self.ready else []

    @property
    def listens(self) -> bool:
        return self._listener.is_alive()

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def release(self) -> None:
        """Let it end by itself, which it does within `GRACE`."""
        with contextlib.suppress(OSError):
            self._jobs.close()

    def close(self) -> int | None:
        """End it, wait, and give its exit status."""
        self.kill()
        status = self.process.wait()
        with contextlib.suppress(OSError):
            self._jobs.close()
        return status


class Pool:
    """As a context manager. `submit` while `room` is above 0, then `answers`. Not for several threads."""

    def __init__(self, workers: int, setup: Setup, *, timeout: float) -> None:
        self._setup, self._timeout = setup, timeout
        self._size = workers
        self._events: queue.Queue[tuple[_Worker, _Said]] = queue.Queue(_BUFFERED)
        self._workers: list[_Worker] = []
        self._again: deque[_Task] = deque()
        self._number = self._stillborn = 0

    def __enter__(self) -> Self:
        self._workers = [_Worker(self._setup, self._events) for _ in range(self._size)]
        return self

    def __exit__(self, *_: object) -> None:
        if self._setup.reader != "rules":
            self._let_finish()
        for worker in self._workers:
            worker.close()
        while any(worker.listens for worker in self._workers):
            with contextlib.suppress(queue.Empty):
                self._events.get(timeout=0.05)

    def _let_finish(self) -> None:
        """Wait for the answers of models that are on the way."""
        until = time.monotonic() + GRACE
        for worker in self._workers:
            worker.release()
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.0, until - time.monotonic()))

    @property
    def processes(self) -> list[int]:
        """Ids of the workers."""
        return [worker.process.pid for worker in self._workers]

    @property
    def room(self) -> int:
        """How many jobs may be submitted now."""
        if self._again:
            return 0
        return sum(max(0, self._setup.in_flight + _AHEAD - len(worker.held)) for worker in self._workers if not worker.alone)

    @property
    def busy(self) -> int:
        """Jobs without an answer."""
        return len(self._again) + sum(len(worker.held) for worker in self._workers)

    def submit(self, job: Job) -> None:
        self._number += 1
        worker = min((one for one in self._workers if not one.alone), key=lambda one: len(one.held))
        worker.give(_Task(self._number, job))

    def answers(self, patience: float) -> list[tuple[Job, Answer]]:
        """What was answered by now; waits up to `patience` seconds for a first answer."""
        found: list[tuple[Job, Answer]] = []
        until = time.monotonic() + patience
        while len(found) < _BUFFERED:
            try:
                wait = 0.0 if found else max(0.0, until - time.monotonic())
                worker, said = self._events.get(timeout=wait) if wait else self._events.get_nowait()
            except queue.Empty:
                break
            found += self._heard(worker, said)
        return found + self._overdue()

    def _heard(self, worker: _Worker, said: _Said) -> list[tuple[Job, Answer]]:
        if worker not in self._workers:  # the last words of one that was replaced
            return []
        if said == "end":
            return self._replace(worker, worker.close())
        if said == "ready":
            worker.ready, self._stillborn = True, 0
            worker.time()
            return []
        task = next(task for task in worker.held if task.number == said[0])
        worker.held.remove(task)
        worker.alone = False
        worker.time()
        self._retry()
        return [(task.job, said[1])]

    def _overdue(self) -> list[tuple[Job, Answer]]:
        now = time.monotonic()
        found: list[tuple[Job, Answer]] = []
        for worker in list(self._workers):
            if not worker.ready and now - worker.started > _STARTING:
                raise _unstartable("no answer")
            late = [task for task in worker.doing() if task.begun and now - task.begun > self._timeout]
            if late:
                for task in late:
                    worker.held.remove(task)
                    found.append((task.job, _outcome(task.job, overtime(self._timeout))))
                worker.close()
                found += self._replace(worker, None)
        return found

    def _replace(self, worker: _Worker, status: int | None) -> list[tuple[Job, Answer]]:
        """A new worker for one that is gone; what it was doing when it died by itself (`status`) is suspected."""
        self._stillborn += not worker.ready
        if self._stillborn > _STILLBORN:
            raise _unstartable(f"status {status}")
        suspects = worker.doing() if status is not None else []
        found: list[tuple[Job, Answer]] = []
        for task in suspects:
            if worker.alone or len(suspects) == 1:
                task.strikes += 1
            if task.strikes > 1:
                worker.held.remove(task)
                found.append((task.job, _outcome(task.job, crashed(status))))
        for task in worker.held:
            task.begun = 0.0
        suspected = {task.number for task in suspects}
        self._again += (task for task in worker.held if task.number in suspected)
        innocent = [task for task in worker.held if task.number not in suspected]
        self._workers[self._workers.index(worker)] = fresh = _Worker(self._setup, self._events)
        for task in innocent:
            fresh.give(task)
        self._retry()
        return found

    def _retry(self) -> None:
        """Give a suspect to a worker that has nothing else."""
        for worker in self._workers:
            if self._again and not worker.held:
                worker.alone = True
                worker.give(self._again.popleft())


def _outcome(job: Job, failure: Failure) -> Answer:
    return failure if job.sha256 is None else Outcome(job.sha256, job.fingerprint, failure=failure)


def _unstartable(how: str) -> ExtractorError:
    return ExtractorError(
        "nianbao batch",
        (f"读取进程无法启动（{how}）", f"the reading process does not start ({how})"),
        (
            "请检查内存和安装：python -m extractor.batch.worker",
            "check memory and installation: python -m extractor.batch.worker",
        ),
    )
