"""Reports of a store as they are exported: in the order of their content, without what differs from run to run, and with what
only several years of an agency show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from extractor.render import json as lines
from extractor.result import Finding, Result
from extractor.store.queries import Entry, Query
from extractor.validate import reworded

if TYPE_CHECKING:
    from extractor.store.database import Store

Key = tuple[str, int]
Record = tuple[Entry, dict[str, Any] | None]
"""A report with its JSON, None for a document that gave none."""
_VOLATILE = ("seconds", "usage", "cost")
"""Fields of `run` that say how the reading went, not what was read."""
_KNOWN = ("agency_id", "url", "retrieved_at", "group")
_ORDER = {"error": 0, "warning": 1, "info": 2}


@contextmanager
def records(store: Store, query: Query, *, series: bool, lang: Literal["zh", "en"]) -> Iterator[Iterator[Record]]:
    """All that the query asks for, as one view of the store, worded in `lang` whatever it was read in. `series` adds the
    findings of series."""
    added = series_findings(store, lang) if series else {}
    with store.stream(query) as found:
        yield ((entry, None if text is None else record(entry, json.loads(text), added, lang)) for entry, text in found)


def record(
    entry: Entry, result: dict[str, Any], added: dict[Key, list[dict[str, Any]]], lang: Literal["zh", "en"]
) -> dict[str, Any]:
    """The JSON of a result as it leaves the store: named by its entry, `origin` being what the manifest says."""
    result["document"]["name"] = entry.name
    for finding in result["findings"]:
        said = reworded(Finding.model_validate(finding), lang)
        finding |= {"basis": said.basis, "message": said.message, "suggestion": said.suggestion}
    for name in _VOLATILE:
        result["run"].pop(name, None)
    if more := added.get((entry.sha256, entry.part)):
        result["findings"] = sorted(result["findings"] + more, key=lambda finding: _ORDER[finding["severity"]])
    if origin := {name: value for name in _KNOWN if (value := getattr(entry, name)) is not None}:
        result["origin"] = origin
    return result


def series_findings(store: Store, lang: Literal["zh", "en"]) -> dict[Key, list[dict[str, Any]]]:
    """What comparing the current reports of each agency year by year adds, by report. Holds one agency at a time."""
    from extractor.pipeline import check

    several = {key for key, years in store.agencies() if years > 1}
    added: dict[Key, list[dict[str, Any]]] = {}
    with store.stream(Query(current=True, kind="annual_report"), by_agency=True) as found:
        for key, group in groupby(found, lambda pair: pair[0].agency_key):
            if key not in several:
                continue
            entries, results = [], []
            for entry, text in group:
                if text is not None and entry.year is not None:
                    entries.append(entry)
                    results.append(_identified(entry, Result.model_validate_json(text)))
            for entry, before, after in zip(entries, results, check(results, lang), strict=True):
                known = {finding.id for finding in before.findings}
                if new := [finding.model_dump(mode="json") for finding in after.findings if finding.id not in known]:
                    added[entry.sha256, entry.part] = new
    return added


def _identified(entry: Entry, result: Result) -> Result:
    """The result under the name, agency and year by which the store knows it."""
    return result.model_copy(
        update={
            "document": result.document.model_copy(update={"name": entry.name}),
            "report": result.report.model_copy(update={"agency": entry.agency_key, "year": entry.year}),
        }
    )


def json_line(record: Record, lang: str) -> str:
    """A record as one line with its line end; a failure as the contract's error line."""
    entry, result = record
    if result is None:
        assert entry.failure is not None
        return lines.error_line(entry.name, entry.failure.error(entry.name), lang) + "\n"
    return json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n"
