"""How fast one endpoint is asked: requests and tokens a minute and requests in flight, shared over the whole process."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from extractor.settings import Settings

if TYPE_CHECKING:
    from extractor.model.conversation import Conversation

_MARGIN = 1.05
"""Slower than allowed by this factor: the endpoint's clock and the way there are not ours."""


class Pace:
    """At most `per_minute` units a minute, evenly spread: endpoints count in windows of their own, some of one second."""

    def __init__(self, per_minute: int | None) -> None:
        self.per_minute = per_minute
        self._free_at = 0.0

    def book(self, units: int) -> float:
        """The moment (monotonic) at which `units` may be sent; they are booked from then on."""
        if self.per_minute is None:
            return 0.0
        start = max(self._free_at, time.monotonic())
        self._free_at = start + self._seconds(units)
        return start

    def sent(self, units: int) -> None:
        """`units` leave now, perhaps later than booked: who comes next keeps its distance from that."""
        if self.per_minute is not None:
            self._free_at = max(self._free_at, time.monotonic() + self._seconds(units))

    def correct(self, units: int) -> None:
        """Book `units` more, or give them back if negative."""
        self._free_at += self._seconds(units)

    def _seconds(self, units: int) -> float:
        return 0.0 if self.per_minute is None else units * 60.0 * _MARGIN / self.per_minute


class Line:
    """What all who ask one model of one endpoint with one key share. Used on the loop of `wire` only. `in_flight` are the
    questions that are being asked at the moment, by their key."""

    def __init__(self) -> None:
        self.in_flight: dict[str, Conversation] = {}
        self._requests, self._tokens = Pace(None), Pace(None)
        self._open, self._size = asyncio.Semaphore(1), 1
        self._next = asyncio.Lock()
        self._not_before = 0.0

    def set(self, settings: Settings) -> None:
        """Follow these settings from now on; of two callers that differ, the later one decides."""
        self._requests.per_minute = settings.requests_per_minute
        self._tokens.per_minute = settings.tokens_per_minute
        if settings.concurrency != self._size:
            self._open, self._size = asyncio.Semaphore(settings.concurrency), settings.concurrency

    def hold(self, seconds: float) -> None:
        """Send nothing for so long: the endpoint said so to one of us, and it holds for all."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[None]:
        """Wait until a request of about `tokens` tokens may be sent, and occupy a place while it is on the way."""
        async with self._open:
            async with self._next:  # one by one: those whose turns pass while the machine stands still would all go at once
                at = max(self._requests.book(1), self._tokens.book(tokens))
                while (wait := max(at, self._not_before) - time.monotonic()) > 0:  # noqa: ASYNC110 - time passes, nobody tells
                    await asyncio.sleep(wait)
                self._requests.sent(1)
                self._tokens.sent(tokens)
            yield

    def settle(self, expected: int, used: int) -> None:
        """A request that was expected to take `expected` tokens took `used`."""
        self._tokens.correct(used - expected)


_lines: dict[str, Line] = {}


def line(settings: Settings) -> Line:
    """The line of this endpoint, key and model; the key itself is not kept."""
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    # a forked process has an event loop of its own, to which what its parent made does not belong
    identity = hashlib.sha256(f"{os.getpid()}\n{settings.base_url}\n{settings.model}\n{key}".encode()).hexdigest()
    found = _lines.setdefault(identity, Line())
    found.set(settings)
    return found


def estimate(text: str) -> int:
    """Tokens of a text, rather too many: one for a Chinese character, one for three others."""
    wide = sum(character > "\u2e7f" for character in text)
    return wide + (len(text) - wide) // 3 + 1
