"""The only place where the parts are put together: bytes → Document → readings → Report → findings → Result."""

from __future__ import annotations

import atexit
import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import extractor
from extractor import ingest
from extractor.document import MAX_FILE
from extractor.drafting import Draft, draft, finished
from extractor.errors import DocumentTooLarge, UnreadableDocument, UsageError
from extractor.folding import fold
from extractor.readers.rules import RULES
from extractor.result import Copy, Result, Run
from extractor.sections import split_reports
from extractor.validate import check_series, gravest_first

if TYPE_CHECKING:
    from extractor.asking import Inquiry
    from extractor.model.endpoint import Endpoint
    from extractor.model.question import Asker
    from extractor.settings import Settings

Language = Literal["zh", "en"]
Reader = Literal["rules", "model", "both"]
"""Who reads: the rules, a model, or the rules and a model for what they did not understand."""
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Options:
    """`copy` says where the document comes from (None: presumed from its type); `lang` words the findings; `settings` say
    which model is asked, where, and how much it may cost (needed by the readers "model" and "both" only). Raises UsageError
    for a copy or a language that there is not."""

    copy: Copy | None = None
    lang: Language = "zh"
    settings: Settings | None = None

    def __post_init__(self) -> None:
        if self.copy is not None:
            _require("copy", self.copy, get_args(Copy))
        _require("lang", self.lang, get_args(Language))


def _require(option: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        there = ", ".join(known)
        raise UsageError(
            f"{option}={value!r}",
            (f"{option} 没有这个取值", f"there is no such {option}"),
            (f"可用：{there}", f"there are: {there}"),
        )


_DEFAULT = Options()
_endpoints: dict[tuple[Settings, int], Endpoint] = {}
"""By settings and process: what a forked process inherits is its parent's."""
_opening = threading.Lock()


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


def _bytes_of(source: object, name: str | None, text: object) -> tuple[bytes, str]:
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
    if name is not None and not isinstance(name, str):
        raise UsageError(
            f"name={name!r}",
            ("name 须是字符串", "a name is a string"),
            ("路径请写 name=str(…)", "of a path, give name=str(…)"),
        )
    if isinstance(text, str):
        return _well_formed(text).encode(), name or "text.txt"
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), name or "document"
    if isinstance(source, Path):
        return read_file(source), name or source.name
    given = source if text is None else text
    raise UsageError(
        type(given).__name__,
        ("来源的类型不对", "a source of this type cannot be read"),
        ("请给出 Path、字节（附 name=…）或 text=…", "give a Path, bytes (with name=…) or text=…"),
    )


def _well_formed(text: str) -> str:
    """`text` with U+FFFD for every lone surrogate: such a character (a file name that is not UTF-8) cannot be written."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises UnreadableDocument where it cannot be opened, and DocumentTooLarge over MAX_FILE."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        reason = getattr(exc, "strerror", None) or str(exc)
        raise UnreadableDocument(
            str(path),
            (f"文件打不开（{reason}）", f"cannot be opened ({reason})"),
            ("请核对路径和权限", "check path and permissions"),
        ) from exc
    if len(content) > MAX_FILE:
        size = MAX_FILE >> 20
        raise DocumentTooLarge(
            str(path),
            (f"超过 {size} MiB", f"it is over {size} MiB"),
            ("年度报告很小，请确认文件是否正确", "an annual report is small; check that this is the right file"),
        )
    return content


def spare_collections() -> None:
    """For programs that read many documents, do nothing else and end: what is loaded stays, and a report makes thousands of small
    objects that reference counts free. Looking through them for cycles after every 700 takes 7 % of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


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
    text, results = "", []
    for read, started in _parts(data, name, options):
        text = read.document.text
        results.append(_result(read, reader, options, started))
    return text, tuple(results)


async def extract_with_text_async(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[str, tuple[Result, ...]]:
    """As `extract_with_text`, for callers with an event loop."""
    if reader == "rules":
        return extract_with_text(data, name, options=options)
    text, results = "", []
    async for read, started, inquiry in _asked_parts(data, name, reader, options, asker):
        text = read.document.text
        results.append(_result(read, reader, options, started, inquiry))
    return text, tuple(results)


def drafts(
    data: bytes, name: str, *, reader: Reader = "rules", options: Options = _DEFAULT, asker: Asker | None = None
) -> tuple[tuple[Draft, Run], ...]:
    """What was read of every report in one input, not yet checked, with the run that read it: for whoever adds to a draft
    before `finished`. Raises as `extract`."""
    if reader == "rules":
        return tuple((read, _run_of(reader, options, started)) for read, started in _parts(data, name, options))

    async def asked() -> tuple[tuple[Draft, Run], ...]:
        parts = _asked_parts(data, name, reader, options, asker)
        return tuple([(read, _run_of(reader, options, started, inquiry)) async for read, started, inquiry in parts])

    return _run(asked())


def _parts(data: bytes, name: str, options: Options) -> Iterator[tuple[Draft, float]]:
    """What the rules read of every report in one input, and when they began."""
    started = time.perf_counter()
    whole = ingest.read(data, _well_formed(name))
    folded = fold(whole.text)
    for document in split_reports(whole):
        yield draft(document, folded, options.copy), started
        started = time.perf_counter()


async def _asked_parts(
    data: bytes, name: str, reader: Reader, options: Options, asker: Asker | None
) -> AsyncIterator[tuple[Draft, float, Inquiry]]:
    """The same with what a model read in it, and what it was asked."""
    asked = _asker(reader, options, asker)
    from extractor.asking import Inquiry, read_with_model
    from extractor.model.question import Budget

    settings = options.settings
    for read, started in _parts(data, name, options):
        budget = Budget(settings.max_requests, settings.max_tokens) if settings else Budget()
        inquiry = Inquiry(asked, budget, settings.protocol if settings else "pointers")
        yield await read_with_model(read, inquiry, alone=reader == "model"), started, inquiry


def check(results: Iterable[Result], lang: Language = "zh") -> tuple[Result, ...]:
    """The same results in the same order, with what only several reports together show: those of one agency are compared
    year by year, and a later year gets the findings (rules `series.*` and `text.repeated`), worded in `lang`.

    The findings of a report on its own are in it since it was extracted. Checking twice adds nothing. Raises UsageError for
    one result alone, for what is no result, and for a language that there is not.
    """
    _require("lang", lang, get_args(Language))
    results = tuple(results)  # of one result alone, the fields
    if not all(isinstance(result, Result) for result in results):
        raise UsageError(
            "check",
            ("check 要的是一组 extract 的结果", "it takes a sequence of results of extract"),
            (
                "请写 check([result])；一份报告自身的意见已在 result.findings",
                "write check([result]); what one report shows is in result.findings",
            ),
        )
    return tuple(
        result.model_copy(update={"findings": gravest_first(result.findings, more)}) if more else result
        for result, more in zip(results, check_series(results, lang), strict=True)
    )


def _asker(reader: Reader, options: Options, asker: Asker | None) -> Asker:
    _require("reader", reader, get_args(Reader))
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
    return _endpoint(options.settings)


def _endpoint(settings: Settings) -> Asker:
    """One endpoint for all reports of this process that are read with these settings: it holds the connections."""
    from extractor.model.endpoint import Endpoint

    with _opening:
        key = settings, os.getpid()
        if key not in _endpoints:
            if not _endpoints:
                atexit.register(close, 0.0)  # aiohttp complains aloud of connections that the end of the program finds open
            _endpoints[key] = Endpoint(settings)
        return _endpoints[key]


def close(grace: float = 10.0) -> None:
    """Send no model anything more, wait at most `grace` seconds for answers that are on the way and paid for, and close the
    connections. For the end of a process, not from within an event loop; without a model it does nothing."""
    with _opening:
        own = [endpoint for (_, process), endpoint in _endpoints.items() if process == os.getpid()]
        _endpoints.clear()

    async def closing() -> None:
        import asyncio

        await asyncio.gather(*(endpoint.close(grace) for endpoint in own))

    if own:
        _run(closing())


def _run(work: Coroutine[Any, Any, Made]) -> Made:
    """The result of `work`, also where the calling thread has a running event loop (a notebook)."""
    import asyncio

    made: list[Made] = []

    async def working() -> None:
        # not the task's own result: asyncio spells that out when it puts its SIGINT handler back, which takes milliseconds
        made.append(await work)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(working())
        return made[0]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, working()).result()
    return made[0]


def _result(read: Draft, reader: Reader, options: Options, started: float, inquiry: Inquiry | None = None) -> Result:
    return finished(read, options.lang, lambda: _run_of(reader, options, started, inquiry))


def _run_of(reader: Reader, options: Options, started: float, inquiry: Inquiry | None = None) -> Run:
    about = _asked(inquiry, options.settings) if inquiry else {}
    seconds = round(time.perf_counter() - started, 6)
    return Run(reader=reader, version=extractor.__version__, rules=RULES, seconds=seconds, **about)


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
