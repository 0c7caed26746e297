"""A worker process: takes jobs on standard input, gives answers on standard output, both pickled, until its parent is gone.

`python -m extractor.batch.worker`. Its own process, started anew rather than forked, so that a document that kills it, eats its
memory or never ends costs that document only.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import queue
import sys
import threading
from typing import BinaryIO

from extractor.batch.work import CRASHED, GRACE, MEMORY, Answer, Job, Setup, identify, read

Numbered = tuple[int, Job]


def main() -> None:
    """Work until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    jobs = sys.stdin.buffer
    setup: Setup = pickle.load(jobs)  # noqa: S301 - from our parent
    _limit(setup)
    from extractor.pipeline import spare_collections  # here, before the first document's time is taken

    spare_collections()
    waiting: queue.SimpleQueue[Numbered] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(jobs, waiting), daemon=True).start()
    _send(answers, None)
    asyncio.run(_work(waiting, setup, answers))


async def _work(waiting: queue.SimpleQueue[Numbered], setup: Setup, answers: BinaryIO) -> None:
    """Do the jobs, as many at a time as may be in flight."""
    places = asyncio.Semaphore(setup.in_flight)
    doing: set[asyncio.Task[None]] = set()
    while True:
        await places.acquire()
        task = asyncio.create_task(_do(await asyncio.to_thread(waiting.get), setup, answers))
        doing.add(task)
        task.add_done_callback(doing.discard)
        task.add_done_callback(lambda _: places.release())


def _receive(jobs: BinaryIO, waiting: queue.SimpleQueue[Numbered]) -> None:
    """Pass jobs on. When the parent is gone nobody waits for a result, so whatever is being read is dropped; what a model is
    answering is kept in the cache."""
    try:
        while True:
            waiting.put(pickle.load(jobs))  # noqa: S301 - from our parent
    except (EOFError, pickle.UnpicklingError):
        from extractor import pipeline

        pipeline.close(GRACE)
        os._exit(0)


async def _do(numbered: Numbered, setup: Setup, answers: BinaryIO) -> None:
    number, job = numbered
    try:
        answer: Answer = identify(job.item) if job.sha256 is None else await read(job, setup)
        _send(answers, (number, answer))
    except MemoryError:
        os._exit(MEMORY)
    except asyncio.CancelledError:  # the models are closed: it is the end
        return
    except OSError:  # nobody listens any more
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the parent counts it against the document
        os._exit(CRASHED)


def _send(answers: BinaryIO, answer: tuple[int, Answer] | None) -> None:
    pickle.dump(answer, answers, protocol=5)
    answers.flush()


def _limit(setup: Setup) -> None:
    """Bound memory, where the system can."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if setup.memory is not None and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (setup.memory, setup.memory))


if __name__ == "__main__":
    main()
