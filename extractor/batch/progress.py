"""How a batch goes, for a person at a terminal (one moving line) or in a log (a plain line now and then), on stderr."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from extractor.batch.tally import Tally
from extractor.render.marks import Lang, counted, plain, say
from extractor.store.outcome import Failure

if TYPE_CHECKING:
    from rich.live import Live

_EVERY = 30.0
"""Seconds between two lines of a log."""
_NAMES = {
    "read": ("读取", "read"),
    "incomplete": ("模型未答全", "incomplete"),
    "failed": ("失败", "failed"),
    "unopened": ("打不开", "not opened"),
    "unchanged": ("已有", "unchanged"),
    "failed_before": ("先前失败", "failed before"),
    "skipped": ("未做", "left"),
}


class Display:
    """A Watch, and a context manager. `plainly` writes log lines even at a terminal."""

    def __init__(self, lang: Lang, *, plainly: bool = False) -> None:
        self._lang: Lang = lang
        self._live: Live | None = None
        self._moving = sys.stderr.isatty() and not plainly
        self._logged = time.monotonic()

    def __enter__(self) -> Self:
        if self._moving:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), transient=True, refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def update(self, tally: Tally) -> None:
        if self._live:
            from rich.text import Text

            self._live.update(Text(line(tally, self._lang)))
        elif time.monotonic() - self._logged > _EVERY:
            self._logged = time.monotonic()
            _say(f"{time.strftime('%H:%M:%S')} {line(tally, self._lang)}")

    def failed(self, name: str, failure: Failure) -> None:
        words = plain(failure.error(name).render(self._lang))
        if self._live:
            self._live.console.print(f"nianbao: {words}", markup=False, highlight=False, soft_wrap=True)
        else:
            _say(words)

    def closing(self, tally: Tally) -> None:
        """The last line of a run."""
        _say(line(tally, self._lang))


def line(tally: Tally, lang: Lang) -> str:
    """Settled of total, counts by outcome, rate, what remains, requests and cost."""
    counts = "，" if lang == "zh" else ", "
    words = [f"{tally.settled}/{tally.total}"]
    words += [f"{say(lang, *_NAMES[name])} {number}" for name, number in tally.counts.items() if number]
    if tally.rate:
        words.append(say(lang, f"每秒 {tally.rate:.1f} 份", f"{tally.rate:.1f} a second"))
    if tally.remaining_seconds and tally.settled < tally.total:
        left = timedelta(seconds=round(tally.remaining_seconds))
        words.append(say(lang, f"还需 {left}", f"{left} left"))
    if tally.requests:
        words.append(say(lang, f"请求 {tally.requests} 次", counted(tally.requests, "request", "requests")))
    if tally.cost:
        words.append(
            say(
                lang,
                f"费用 {tally.cost}，预计 {tally.projected_cost:.4f}",
                f"cost {tally.cost}, {tally.projected_cost:.4f} in all",
            )
        )
    return counts.join(words)


def _say(words: str) -> None:
    sys.stderr.write(f"nianbao: {words}\n")
    sys.stderr.flush()
