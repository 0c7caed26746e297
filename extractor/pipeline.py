"""The only place where the parts are put together: bytes → Document → readings → Report → findings → Result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import extractor
from extractor import ingest
from extractor.document import Document
from extractor.drafting import draft, finished
from extractor.errors import UnreadableDocument, UsageError
from extractor.folding import fold
from extractor.readers.rules import RULES
from extractor.result import Copy, Result, Run
from extractor.sections import split_reports
from extractor.validate import check_series, gravest_first

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Options:
    """`copy` says where the document comes from (None: presumed from its type); `lang` words the findings."""

    copy: Copy | None = None
    lang: Language = "zh"


_DEFAULT = Options()


def extract(
    source: Path | bytes | None = None,
    *,
    name: str | None = None,
    text: str | None = None,
    reader: Literal["rules"] = "rules",
    options: Options = _DEFAULT,
) -> Result:
    """Read one report: a path, bytes (with `name`), or `text`. Of several reports in one input, the first.

    Raises UsageError for a bare string or an unknown reader, DocumentError for what cannot be read.
    """
    if reader != "rules":
        raise UsageError(
            str(reader), ("没有这种读法", "there is no such reader"), ("本版本只有 rules", "this version has: rules")
        )
    data, known = _bytes_of(source, name, text)
    return extract_all(data, known, options=options)[0]


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


def extract_all(data: bytes, name: str, *, options: Options = _DEFAULT) -> tuple[Result, ...]:
    """Every report in one input, in the order in which they stand; at least one. Raises DocumentError."""
    return extract_with_text(data, name, options=options)[1]


def extract_with_text(data: bytes, name: str, *, options: Options = _DEFAULT) -> tuple[str, tuple[Result, ...]]:
    """As `extract_all`, with the canonical text before it: one text for all reports of the input."""
    started = time.perf_counter()
    whole = ingest.read(data, name)
    results = []
    folded = fold(whole.text)
    for document in split_reports(whole):
        results.append(_read(document, folded, options, started))
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


def _read(document: Document, folded: str, options: Options, started: float) -> Result:
    read = draft(document, folded, options.copy)

    def run() -> Run:
        seconds = round(time.perf_counter() - started, 6)
        return Run(reader="rules", version=extractor.__version__, rules=RULES, seconds=seconds)

    return finished(read, options.lang, run)
