"""Readers for the evaluation that ask a model: a real endpoint, or the scripted one, which is named in everything that comes of it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from eval.evaluate import Reader
from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted
from extractor.errors import UsageError
from extractor.model.endpoint import Endpoint
from extractor.model.ledger import Ledger
from extractor.pipeline import Options, extract_with_text
from extractor.result import Result
from extractor.settings import Protocol, Settings

ModelReader = Literal["model", "both"]


@dataclass(slots=True)
class Asked:
    """What came of asking: `usage` summed over all documents by name, the model and the prompts that the results name, and
    the `ledger` of the endpoint itself, which is the same where no result was lost."""

    ledger: Ledger
    usage: Counter[str] = field(default_factory=Counter)
    model: str | None = None
    prompts: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, results: Sequence[Result]) -> None:
        """Add what these results say about their runs."""
        with self._lock:
            for result in results:
                self.usage.update(result.run.usage or {})
                self.model = result.run.model or self.model
                self.prompts.update(result.run.prompts)


@contextmanager
def model_reader(reader: ModelReader, settings: Settings) -> Iterator[tuple[Reader, Asked]]:
    """A reader for `evaluate` that asks with these settings, and what it took; its connections close with the context."""
    endpoint = Endpoint(settings)
    asked = Asked(endpoint.ledger)

    def read(data: bytes, name: str) -> tuple[str, tuple[Result, ...]]:
        text, results = extract_with_text(data, name, reader=reader, options=Options(settings=settings), asker=endpoint)
        asked.note(results)
        return text, results

    try:
        yield read, asked
    finally:
        asyncio.run(endpoint.close())


def configured(protocol: Protocol | None) -> Settings:
    """The settings of the environment. Raises UsageError where no model is named."""
    settings = Settings.from_environment(os.environ, protocol=protocol)
    if settings is None:
        raise UsageError(
            "NIANBAO_MODEL",
            ("没有指定模型", "it is unset"),
            (
                "请设置它，或加 --scripted 用模拟，或用 --reader rules",
                "set it, simulate with --scripted, or use --reader rules",
            ),
        )
    return settings


@contextmanager
def simulated(
    folder: Path, faults: Mapping[str, float], protocol: Protocol | None = None, seed: int = 0
) -> Iterator[tuple[Settings, str]]:
    """Settings for an endpoint on this machine that answers from the labels of `folder`, and the words that name it."""
    with scripted(LabelAuthor(Oracle([folder])), misbehaving(faults, seed)) as running:
        settings = patient(Settings(running.model, running.base_url, protocol=protocol or "pointers"), faults)
        wrong = ", ".join(f"{kind}={rate:g}" for kind, rate in faults.items())
        yield settings, f"SIMULATION, scripted endpoint{', ' if wrong else ''}{wrong}"


def misbehaving(faults: Mapping[str, float], seed: int = 0) -> Behaviour:
    """An endpoint that errs so, in times for evaluation: whoever it keeps waiting gave up long before."""
    return Behaviour(faults, seed, slow=9.0, retry_after=0.2)


def patient(settings: Settings, faults: Mapping[str, float]) -> Settings:
    """The patience that an endpoint on this machine deserves: seconds for all tries, and little for slow answers."""
    return replace(settings, timeout=3.0 if "slow" in faults else 60.0, total_time=4.0)
