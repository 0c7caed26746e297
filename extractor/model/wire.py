"""One event loop for all requests of the process, in a thread of its own.

Documents may be read from many threads, each with or without an event loop. What they share (limits, questions in
flight, connections) lives on this loop only, so it needs no locks, and a request outlives a caller who gave up.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

Given = TypeVar("Given")
_lock = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None


def loop() -> asyncio.AbstractEventLoop:
    """The loop, started on first use; a forked process gets its own."""
    global _running  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _running is None or _running[0] != os.getpid():
            made = asyncio.new_event_loop()
            threading.Thread(target=made.run_forever, name="nianbao-wire", daemon=True).start()
            _running = os.getpid(), made
        return _running[1]


async def carried(work: Coroutine[Any, Any, Given]) -> Given:
    """The result of `work`, done on the shared loop; cancelling the caller cancels `work`."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop()))
