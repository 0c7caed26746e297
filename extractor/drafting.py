"""A report between reading and checking: what the rules made of a document, to which other readers may add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from extractor.assemble import Assembly, assemble, limit_to_picture
from extractor.document import Document
from extractor.errors import ExtractorError
from extractor.readers.prose import Prose, kind_of, read_prose
from extractor.readers.rows import Tables
from extractor.readers.rules import read_tables
from extractor.result import Copy, Finding, Kind, Report, Result, Run, Source
from extractor.schema import Form
from extractor.validate import check_report
from extractor.validate.rule import Subject


@dataclass(slots=True)
class Draft:
    """One report as read so far; `folded` is the whole text folded (see `folding`), `tables` what the rules found, `assembly`
    the cells chosen from it. Further readers put their choices into `assembly` and `prose`; `finished` then checks. `summary`
    is a model's own; `unanswered` says by question why a model gave no answer, `left_open` are rows that it was to read."""

    document: Document
    folded: str
    form: Form
    tables: Tables
    assembly: Assembly
    prose: Prose
    kind: Kind
    copy: Copy
    summary: str | None = None
    unanswered: dict[str, ExtractorError] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()


def draft(document: Document, folded: str, copy: Copy | None = None) -> Draft:
    """Read one document by rules. `copy` None: presumed from the type."""
    form, tables = read_tables(document, folded)
    assembly = assemble(form, tables, document.text)
    regions = tables.spans()
    kind: Kind = kind_of(document, regions)
    if kind != "annual_report":
        assembly = assemble(form, Tables(), document.text)
    if document.scanned or document.uncertain:
        limit_to_picture(assembly, document)
    prose = read_prose(document, regions, form.edition)
    return Draft(document, folded, form, tables, assembly, prose, kind, copy or _presumed_copy(document))


def finished(read: Draft, lang: str, run: Callable[[], Run]) -> Result:
    """The result, with the findings of this report worded in `lang`; `run` is asked last, so that it can tell the time."""
    document, assembly = read.document, read.assembly
    report = _report_of(assembly, read.prose, read.summary)
    findings = _findings(read, report, lang)
    return Result(
        document=Source(
            name=document.name,
            sha256=document.sha256,
            media_type=document.media_type,
            kind=read.kind,
            copy_=read.copy,
            characters=len(document.text),
            part=document.part,
            parts=document.parts,
        ),
        report=report,
        cells=assembly.cells,
        unplaced=assembly.unplaced,
        findings=findings,
        run=run(),
    )


def _findings(read: Draft, report: Report, lang: str) -> tuple[Finding, ...]:
    document, assembly = read.document, read.assembly
    subject = Subject(
        text=document.text,
        folded=read.folded,
        window=document.window,
        report=report,
        form=read.form,
        undivided=assembly.undivided,
        kind=read.kind,
        copy=read.copy,
        cells=assembly.cells,
        unplaced=assembly.unplaced,
        doubts=assembly.doubts,
        differing=assembly.differing,
        assessed=assembly.assessed,
        notices=document.notices,
        tables=read.tables,
        sections=read.prose.sections,
        unanswered=read.unanswered,
        left_open=read.left_open,
    )
    return check_report(subject, lang)


def _presumed_copy(document: Document) -> Copy:
    if document.media_type == "text/html":
        return "web"
    return "extracted" if document.media_type.startswith("text/") else "original"


@cache
def _addresses(form: Form, undivided: bool) -> dict[str, dict[str, dict[str, str]]]:
    """Of every cell of a form, by table, row and column."""
    found: dict[str, dict[str, dict[str, str]]] = {table.name: {} for table in form.tables}
    for address in form.addresses(undivided):
        table, row, column = address.split(".")
        found[table].setdefault(row, {})[column] = address
    return found


def _report_of(assembly: Assembly, prose: Prose, summary: str | None) -> Report:
    """The report's models, with every read value at the path of its address."""
    cells = assembly.cells
    tables: dict[str, Any] = {
        table: {row: {column: cells[at].value for column, at in columns.items()} for row, columns in rows.items()}
        for table, rows in _addresses(assembly.form, assembly.undivided).items()
    }
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
            "summary_by_model": summary,
            **tables,
        }
    )
