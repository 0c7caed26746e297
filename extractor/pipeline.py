"""The only place where the parts are put together: bytes → Document → readings → Report → findings → Result."""

from __future__ import annotations

import os
import time
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import extractor
from extractor import ingest
from extractor.drafting import Draft, draft, finished
from extractor.errors import UnreadableDocument, UsageError
from extractor.folding import fold
from extractor.readers.rules import RULES
from extractor.result import Copy, Result, Run
from extractor.sections import split_reports
from extractor.validate import check_series, gravest_first

if TYPE_CHECKING:
    from extractor.asking import Inquiry
    from extractor.model.question import Asker
    from extractor.settings import Settings

Language = Literal["zh", "en"]
Reader = Literal["rules", "model", "both"]
"""Who reads: the rules, a model, or the rules and a model for what they did not understand."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Options:
    """`copy` says where the document comes from (None: presumed from its type); `lang` words the findings; `settings` say
    which model is asked, where, and how much it may cost (needed by the readers "model" and "both" only)."""

    copy: Copy | None = None
    lang: Language = "zh"
    settings: Settings | None = None


_DEFAULT = Options()


def extract(
    source: Path | bytes | None = None,
    *,
    name: str | None = None,
    text: str | None = None,
    reader: Reader = "rules",
    options: Options = _DEFAULT,
    asker: Asker | None = None,
) -> Result:
    """Read one report: a path, bytes (with `name`), or `text`. Of several reports in one input, the first.

    The readers "model" and "both" ask the model of `options.settings`, or `asker`. A model that fails costs no result: what it
    did not say stays open, and a finding says why.

    Raises UsageError for a bare string, an unknown reader or a missing setting, DocumentError for what cannot be read.
    """
    data, known = _bytes_of(source, name, text)
    return extract_all(data, known, reader=reader, options=options, asker=asker)[0]


async def extract_async(
    source: Path | bytes | None = None,
    *,
    name: str | None = None,
    text: str | None = None,
    reader: Reader = "rules",
    options: Options = _DEFAULT,
    asker: Asker | None = None,
) -> Result:
    """As `extract`, for callers with an event loop."""
    data, known = _bytes_of(source, name, text)
    return (await extract_all_async(data, known, reader=reader, options=options, asker=asker))[0]


def _bytes_of(source: Path | bytes | None, name: str | None, text: str | None) -> tuple[bytes, str]:
    if isinstance(source, str):
        raise UsageError(
            source[:80],
            ("字符串既可能是文件名也可能是正文", "a bare string may be a file name or a text"),
            ("文件请用 Path(…)，正文请用 text=…", "give Path(…) for a file or text=… for a text"),
        )
    if (source is None) == (text is None):
        raise UsageError(
            "extract()",
            ("须给出一个来源", "exactly one source is needed"),
            ("给出路径、字节或 text=…", "give a path, bytes or text=…"),
        )
    if text is not None:
        return text.encode("utf-8", "surrogatepass"), name or "text.txt"
    if isinstance(source, bytes):
        return source, name or "document"
    assert isinstance(source, Path)
    return read_file(source), name or source.name


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises UnreadableDocument where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise UnreadableDocument(
            str(path),
            (f"文件打不开（{reason}）", f"cannot be opened ({reason})"),
            ("请核对路径和权限", "check path and permissions"),
        ) from exc


def canonical_text(data: bytes, name: str) -> str:
    """The text that all spans count in."""
    return ingest.read(data, name).text


def extract_all(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[Result, ...]:
    """Every report in one input, in the order in which they stand; at least one. Raises as `extract`."""
    return extract_with_text(data, name, reader=reader, options=options, asker=asker)[1]


async def extract_all_async(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[Result, ...]:
    """As `extract_all`, for callers with an event loop."""
    return (await extract_with_text_async(data, name, reader=reader, options=options, asker=asker))[1]


def extract_with_text(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[str, tuple[Result, ...]]:
    """As `extract_all`, with the canonical text before it: one text for all reports of the input."""
    if reader != "rules":
        return _run(extract_with_text_async(data, name, reader=reader, options=options, asker=asker))
    started = time.perf_counter()
    whole = ingest.read(data, name)
    results = []
    folded = fold(whole.text)
    for document in split_reports(whole):
        results.append(_result(draft(document, folded, options.copy), reader, options, started))
        started = time.perf_counter()
    return whole.text, tuple(results)


async def extract_with_text_async(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[str, tuple[Result, ...]]:
    """As `extract_with_text`, for callers with an event loop."""
    if reader == "rules":
        return extract_with_text(data, name, options=options)
    asked = _asker(reader, options, asker)
    from extractor.asking import Inquiry, read_with_model
    from extractor.model.question import Budget

    started = time.perf_counter()
    whole = ingest.read(data, name)
    results = []
    folded = fold(whole.text)
    settings = options.settings
    for document in split_reports(whole):
        budget = Budget(settings.max_requests, settings.max_tokens) if settings else Budget()
        inquiry = Inquiry(asked, budget, settings.protocol if settings else "pointers")
        read = await read_with_model(draft(document, folded, options.copy), inquiry, alone=reader == "model")
        results.append(_result(read, reader, options, started, inquiry))
        started = time.perf_counter()
    return whole.text, tuple(results)


def check(results: Sequence[Result], lang: Language = "zh") -> tuple[Result, ...]:
    """The same results in the same order, with what only several reports together show: those of one agency are compared
    year by year, and a later year gets the findings (rules `series.*` and `text.repeated`), worded in `lang`.

    The findings of a report on its own are in it since it was extracted. Checking twice adds nothing.
    """
    return tuple(
        result.model_copy(update={"findings": gravest_first(result.findings, more)}) if more else result
        for result, more in zip(results, check_series(results, lang), strict=True)
    )


def _asker(reader: Reader, options: Options, asker: Asker | None) -> Asker:
    if reader not in get_args(Reader):
        known = ", ".join(get_args(Reader))
        raise UsageError(str(reader), ("没有这种读法", "there is no such reader"), (f"可用：{known}", f"there are: {known}"))
    if asker is not None:
        return asker
    if options.settings is None:
        raise UsageError(
            f"reader={reader!r}",
            ("没有指定模型", "no model is named"),
            (
                '请给出 Options(settings=Settings(model=…))，或使用 reader="rules"',
                'give Options(settings=Settings(model=…)), or use reader="rules"',
            ),
        )
    return _endpoint(options.settings, os.getpid())


@cache
def _endpoint(settings: Settings, _process: int) -> Asker:
    """One endpoint for all reports of this process that are read with these settings: it holds the connections."""
    from extractor.model.endpoint import Endpoint

    return Endpoint(settings)


def _run(work: Coroutine[Any, Any, Made]) -> Made:
    """The result of `work`, also where the calling thread has a running event loop (a notebook)."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _result(read: Draft, reader: Reader, options: Options, started: float, inquiry: Inquiry | None = None) -> Result:
    def run() -> Run:
        seconds = round(time.perf_counter() - started, 6)
        about = _asked(inquiry, options.settings) if inquiry else {}
        return Run(reader=reader, version=extractor.__version__, rules=RULES, seconds=seconds, **about)

    return finished(read, options.lang, run)


def _asked(inquiry: Inquiry, settings: Settings | None) -> dict[str, Any]:
    """What a run says about the model: its name, the prompts used, and what it took."""
    from extractor.model.ledger import price

    spent = inquiry.budget.spent
    rate = price(settings.model, settings.prices) if settings else None
    usage = {name: value for name, value in asdict(spent).items() if isinstance(value, int)}
    return {
        "model": inquiry.asker.model,
        "prompts": dict(sorted(inquiry.prompts.items())),
        "usage": usage,
        "cost": f"{rate.cost(spent):f}" if rate else None,
    }
