"""What asking has cost: every attempt of a run and of each document. Money is decimal; an unknown price gives no cost."""

from __future__ import annotations

import fnmatch
import functools
import threading
import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

from extractor.errors import UsageError
from extractor.model.question import Spent


@dataclass(frozen=True, slots=True)
class Price:
    """Price of a million tokens; `cached` for prompt tokens that the provider took from its own cache."""

    currency: str
    tokens_in: Decimal
    tokens_out: Decimal
    cached: Decimal

    def cost(self, spent: Spent) -> Decimal:
        """What was spent, in `currency`; a lower bound if `spent.unreported` is not 0."""
        fresh = spent.tokens_in - spent.tokens_cached
        return (fresh * self.tokens_in + spent.tokens_cached * self.cached + spent.tokens_out * self.tokens_out) / 1_000_000


@functools.lru_cache(maxsize=64)
def price(model: str, own: Path | None = None) -> Price | None:
    """The price of a model by the file `own`, then by ours, read once; None if neither knows it. Raises `UsageError` if `own` cannot
    be read."""
    for text, name in _files(own):
        try:
            for entry in tomllib.loads(text).get("price", []):
                if fnmatch.fnmatchcase(model, entry["models"]):
                    rates = Decimal(entry["in"]), Decimal(entry["out"]), Decimal(entry.get("cached", entry["in"]))
                    return Price(str(entry["currency"]), *rates)
        except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            raise _bad(name, f"{type(error).__name__}: {error}") from error
    return None


def _files(own: Path | None) -> list[tuple[str, str]]:
    ours = (files("extractor.model") / "prices.toml").read_text(encoding="utf-8"), "prices.toml"
    if own is None:
        return [ours]
    try:
        return [(own.read_text(encoding="utf-8"), str(own)), ours]
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(str(own), getattr(error, "strerror", None) or type(error).__name__) from error


def _bad(name: str, why: str) -> UsageError:
    remedy = (
        "每项需要 models、currency、in、out，价格写成字符串",
        "each entry needs models, currency, in and out, with prices as strings",
    )
    return UsageError(name, (f"价格文件读不懂（{why}）", f"the price file cannot be read ({why})"), remedy)


class Ledger:
    """The totals of a run; threads may write at the same time."""

    def __init__(self, rate: Price | None = None) -> None:
        self.rate = rate
        self._spent = Spent()
        self._lock = threading.Lock()

    def enter(self, document: Spent, **amounts: float) -> None:
        """Add amounts, by fields of `Spent`, to what a document has spent and to the total."""
        with self._lock:
            for spent in (document, self._spent):
                for name, amount in amounts.items():
                    setattr(spent, name, getattr(spent, name) + amount)

    @property
    def spent(self) -> Spent:
        """A copy of the totals."""
        with self._lock:
            return replace(self._spent)

    @property
    def cost(self) -> Decimal | None:
        """What the run has cost in `rate.currency`, None without a price."""
        return None if self.rate is None else self.rate.cost(self.spent)
