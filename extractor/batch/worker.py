"""A worker process: takes jobs on standard input, gives answers on standard output, both pickled, until its parent is gone.

`python -m extractor.batch.worker`. Its own process, started anew rather than forked, so that a document that kills it, eats its
memory or never ends costs that document only.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
import threading
import time
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
    from extractor.pipeline import close, spare_collections  # here, before the first document's time is taken

    spare_collections()
    _send(answers, None)
    asyncio.run(_work(jobs, setup, answers))
    close(GRACE)  # what a model is answering is kept in the cache
    os._exit(0)


async def _work(jobs: BinaryIO, setup: Setup, answers: BinaryIO) -> None:
    """Do the jobs, as many at a time as may be in flight. When the parent is gone nobody waits for a result: whatever is being
    read is dropped, and only then may models be closed, since a document that still went on would ask them anew."""
    waiting: asyncio.Queue[Numbered] = asyncio.Queue()
    loop, working = asyncio.get_running_loop(), asyncio.current_task()
    assert working is not None

    def receive() -> None:
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                loop.call_soon_threadsafe(waiting.put_nowait, pickle.load(jobs))  # noqa: S301 - from our parent
        loop.call_soon_threadsafe(working.cancel)
        time.sleep(GRACE)  # a document that takes longer than that is not waited for
        os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    places = asyncio.Semaphore(setup.in_flight)
    try:
        async with asyncio.TaskGroup() as doing:
            while True:
                await places.acquire()
                task = doing.create_task(_do(await waiting.get(), setup, answers))
                task.add_done_callback(lambda _: places.release())
    except asyncio.CancelledError:
        return


async def _do(numbered: Numbered, setup: Setup, answers: BinaryIO) -> None:
    number, job = numbered
    try:
        answer: Answer = identify(job.item) if job.sha256 is None else await read(job, setup)
        _send(answers, (number, answer))
    except MemoryError:
        os._exit(MEMORY)
    except asyncio.CancelledError:
        raise
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
