"""The only place where the parts are put together: bytes → Document → readings → Report → findings → Result."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import extractor
from extractor import ingest
from extractor.assemble import Assembly, assemble, limit_to_picture
from extractor.document import Document
from extractor.errors import UnreadableDocument, UsageError
from extractor.folding import fold
from extractor.readers.prose import Prose, kind_of, read_prose
from extractor.readers.rules import RULES, read_tables
from extractor.result import Copy, Kind, Report, Result, Run, Source
from extractor.sections import split_reports
from extractor.validate import check_report, check_series, gravest_first
from extractor.validate.rule import Subject

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
    form, tables = read_tables(document, folded)
    assembly = assemble(form, tables, document.text)
    regions = tables.spans()
    kind: Kind = kind_of(document, regions)
    if kind != "annual_report":
        assembly = assemble(form, type(tables)(), document.text)
    if document.scanned or document.uncertain:
        limit_to_picture(assembly, document)
    prose = read_prose(document, regions, form.edition)
    report = report_of(assembly, prose)
    copy = options.copy or _presumed_copy(document)
    subject = Subject(
        text=document.text,
        folded=folded,
        window=document.window,
        report=report,
        form=form,
        undivided=assembly.undivided,
        kind=kind,
        copy=copy,
        cells=assembly.cells,
        unplaced=assembly.unplaced,
        doubts=assembly.doubts,
        differing=assembly.differing,
        assessed=assembly.assessed,
        notices=document.notices,
        tables=tables,
        sections=prose.sections,
    )
    findings = check_report(subject, options.lang)
    source = Source(
        name=document.name,
        sha256=document.sha256,
        media_type=document.media_type,
        kind=kind,
        copy_=copy,
        characters=len(document.text),
        part=document.part,
        parts=document.parts,
    )
    seconds = round(time.perf_counter() - started, 6)
    run = Run(reader="rules", version=extractor.__version__, rules=RULES, seconds=seconds)
    return Result(document=source, report=report, cells=assembly.cells, unplaced=assembly.unplaced, findings=findings, run=run)


def _presumed_copy(document: Document) -> Copy:
    if document.media_type == "text/html":
        return "web"
    return "extracted" if document.media_type.startswith("text/") else "original"


@cache
def _path(address: str) -> list[str]:
    return address.split(".")


def report_of(assembly: Assembly, prose: Prose) -> Report:
    """The report's models, with every read value at the path of its address."""
    tables: dict[str, dict[str, dict[str, Any]]] = {table.name: {} for table in assembly.form.tables}
    for address, cell in assembly.cells.items():
        table, row, column = _path(address)
        rows = tables[table]
        if row not in rows:
            rows[row] = {}
        rows[row][column] = cell.value
    return Report.model_validate(
        {
            "title": prose.title,
            "agency": prose.agency,
            "agency_forms": prose.agency_forms,
            "year": prose.year,
            "edition": assembly.form.edition,
            "published": prose.published,
            "period": prose.period,
            "references": prose.references,
            "overview": prose.overview,
            "improvement": prose.improvement,
            "other_matters": prose.other_matters,
            "claims": prose.claims,
            **tables,
        }
    )
