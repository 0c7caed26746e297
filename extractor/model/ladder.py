"""Which ways of structured output an endpoint understands: one small request for each, strictest first."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.model.dialect import Dialect, remember
from extractor.model.question import Budget, ModelError
from extractor.model.trial import SMALL
from extractor.settings import MODES, Mode

if TYPE_CHECKING:
    from extractor.model.ledger import Ledger
    from extractor.settings import Settings

_HOPELESS = frozenset({"unauthorised", "no_such_model", "quota", "unreachable", "no_endpoint", "budget"})
"""Failures that no other mode would mend."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One mode: `failure` is None if it gave the right answer, at once, in `seconds`."""

    mode: Mode
    failure: ModelError | None
    wrong: tuple[str, ...]
    seconds: float

    @property
    def works(self) -> bool:
        return self.failure is None and not self.wrong


async def probe(settings: Settings, ledger: Ledger) -> tuple[Rung, ...]:
    """Try each mode, or the one that is set, and remember the first that works. Nothing is taken from a cache or recording;
    after a failure that concerns all modes the others are not tried."""
    from extractor.model.endpoint import Endpoint

    rungs: list[Rung] = []
    found: Dialect | None = None
    for mode in MODES if settings.mode is None else (settings.mode,):
        endpoint = Endpoint(replace(settings, mode=mode, cache_dir=None, record=None, replay=None), ledger)
        started = time.monotonic()
        try:
            answer = await endpoint.ask(SMALL, Budget())
        finally:
            await endpoint.close()
        rungs.append(Rung(mode, answer.failure, answer.refused, time.monotonic() - started))
        if rungs[-1].works and found is None:
            found = endpoint.dialect
            remember(settings, found)
        if answer.failure is not None and answer.failure.kind in _HOPELESS:
            break
    return tuple(rungs)
