"""One document in a worker: bytes → outcome. Whatever goes wrong with it is its outcome, never the worker's end."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from extractor.errors import DocumentTooLarge, ExtractorError
from extractor.inputs import Input
from extractor.result import Copy, Result
from extractor.store.outcome import Failure, Origin, Outcome, Seen, pack, part_of

if TYPE_CHECKING:
    from extractor.settings import Settings

Reader = Literal["rules", "model", "both"]
_UNREAD = "reading.unlocated"
"""The rule of findings about questions that a model left unanswered; their parameter `kind` says why."""
MEMORY, CRASHED = 77, 70
"""Exit statuses of a worker: out of memory, and failed in a way of its own."""
GRACE = 10.0
"""Seconds that a worker waits at its end for answers that are paid for."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What all documents of a run have in common. `settings` are those of the model, a worker's share of its rates; `memory` is
    the bytes a worker may take, `in_flight` the documents that one worker reads at a time (more than one only where a model is
    waited for); `keep_text` keeps the canonical text."""

    reader: Reader = "rules"
    settings: Settings | None = None
    keep_text: bool = True
    memory: int | None = None
    in_flight: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be identified (`sha256` None) or to be read as the content that it was identified as."""

    item: Input
    origin: Origin
    sha256: str | None = None
    fingerprint: str = ""
    size: int = 0

    def seen(self) -> Seen:
        """As the store knows it, once it is identified."""
        assert self.sha256 is not None
        return Seen(self.origin, self.sha256, self.size, self.fingerprint)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file holds: hash and number of bytes."""

    sha256: str
    size: int


Answer = Identity | Outcome | Failure
"""Of a job to identify Identity, of one to read Outcome; Failure where the file could not even be opened."""


def identify(item: Input) -> Identity | Failure:
    """The content of an input, without holding a large file."""
    try:
        if item.path is not None and item.member is None and item.path.is_file():
            with item.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256")
                return Identity(digest.hexdigest(), file.tell())
        content = item.read()
    except ExtractorError as error:
        return Failure.of(error)
    except OSError:
        return _opened(item)
    return Identity(hashlib.sha256(content).hexdigest(), len(content))


def _opened(item: Input) -> Failure:
    """Why an input cannot be opened, in the words of `Input.read`."""
    try:
        item.read()
    except ExtractorError as error:
        return Failure.of(error)
    return CHANGED


CHANGED = Failure(
    "changed",
    ("读取期间文件被改动", "the file was changed while it was being read"),
    ("请等文件稳定后再次运行", "run again when the file is at rest"),
)


async def read(job: Job, setup: Setup) -> Outcome | Failure:
    """Read the document of a job. Raises MemoryError only."""
    assert job.sha256 is not None
    started = time.perf_counter()
    outcome = Outcome(job.sha256, job.fingerprint)
    try:
        content = job.item.read()
    except DocumentTooLarge as error:
        return replace(outcome, failure=Failure.of(error))
    except ExtractorError as error:
        return Failure.of(error)
    if hashlib.sha256(content).hexdigest() != job.sha256:
        return CHANGED
    try:
        outcome = await _read(content, job, setup, outcome)
    except ExtractorError as error:
        outcome = replace(outcome, failure=Failure.of(error))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a crash of ours on one document is that document's outcome
        from extractor.shell import crash

        outcome = replace(outcome, failure=Failure.of(crash(job.item.name, error)))
    return replace(outcome, seconds=round(time.perf_counter() - started, 6))


async def _read(content: bytes, job: Job, setup: Setup, outcome: Outcome) -> Outcome:
    from extractor.pipeline import Options, extract_with_text, extract_with_text_async

    options = Options(copy=cast("Copy | None", job.origin.copy), settings=setup.settings)
    if setup.reader == "rules":
        text, results = extract_with_text(content, job.item.name, options=options)
    else:
        text, results = await extract_with_text_async(content, job.item.name, reader=setup.reader, options=options)
    return replace(
        outcome,
        parts=tuple(map(part_of, results)),
        media_type=results[0].document.media_type,
        text=pack(text) if setup.keep_text else None,
        incomplete=any(finding.rule == _UNREAD and "kind" in finding.parameters for one in results for finding in one.findings),
        requests=sum((result.run.usage or {}).get("requests", 0) for result in results),
        cost=_sum_of_costs(results),
    )


def _sum_of_costs(results: tuple[Result, ...]) -> str | None:
    from decimal import Decimal

    costs = [Decimal(result.run.cost) for result in results if result.run.cost is not None]
    return str(sum(costs)) if costs else None


def share(settings: Settings, workers: int) -> Settings:
    """What one of so many workers may ask: together they keep to the rates of `settings`, whatever each does. There must not
    be more workers than `most_workers`."""
    shares: dict[str, Any] = {name: rate // workers for name, rate in _rates(settings).items()}
    return replace(settings, **shares)


def most_workers(settings: Settings) -> int:
    """How many workers the rates suffice for, with one request each."""
    return min(_rates(settings).values())


def _rates(settings: Settings) -> dict[str, int]:
    names = ("concurrency", "requests_per_minute", "tokens_per_minute")
    return {name: rate for name in names if (rate := getattr(settings, name)) is not None}
