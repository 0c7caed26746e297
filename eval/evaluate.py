"""Runs a reader over a dataset and scores what it returns. The only part that reads the documents and the clock."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eval import positional
from eval.faults import fault_tallies
from eval.labels import SCAN, Item, Places
from eval.matching import Prose, real_faults, score_prose
from eval.metrics import Tallies
from eval.scoring import OUTCOMES, ScoredCell, Tally, cell_tallies, metadata, metadata_tallies, score_cells, unproven
from extractor.document import Span
from extractor.errors import ExtractorError
from extractor.ingest import read as ingest
from extractor.pipeline import extract_with_text
from extractor.result import Result
from extractor.sections import split_reports

Reader = Callable[[bytes, str], tuple[str, tuple[Result, ...]]]
"""From bytes and name to the canonical text and every report in it."""
READERS: Mapping[str, Reader] = {"rules": extract_with_text}


@dataclass(frozen=True, slots=True)
class DocumentScore:
    """Everything that a run keeps of one labelled report; all of it is plain JSON.

    `cells_by` counts outcomes by table, reader and trust ("table=applications": {"correct": 170}); `beside` holds the tallies
    of what a user would otherwise run on the same text.
    """

    key: str
    file: str
    part: int
    layout: str
    edition: str
    mess: tuple[str, ...]
    source: str
    fingerprint: str
    tallies: dict[str, Tally]
    cells_by: dict[str, dict[str, int]]
    beside: dict[str, Tally]
    error: str | None = None
    missed_claims: tuple[str, ...] = ()
    surplus_claims: tuple[str, ...] = ()
    missed_findings: tuple[str, ...] = ()
    surplus_findings: tuple[str, ...] = ()
    traps_hit: tuple[str, ...] = ()
    metadata_wrong: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    unproven: tuple[str, ...] = ()

    @property
    def scanned(self) -> bool:
        """Whether its text is recognised from pictures: such documents are scored apart from all others."""
        return self.layout == SCAN


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A scored document with what a person needs to look into it: every cell, the text, and where things stand in it."""

    score: DocumentScore
    cells: list[ScoredCell]
    text: str
    spans: Mapping[str, Span]
    missed: tuple[Span, ...] = ()


def evaluate(
    items: list[Item], reader: Reader, advance: Callable[[], None] = lambda: None, *, warm: bool = True
) -> list[Evaluated]:
    """Score every item, in order. A document that the reader refuses scores as omitted; a crash of the reader is an error
    of that document too, so that one bad document never costs a run. `warm` reads the first one once before: what is loaded
    or compiled at first use is not its time."""
    labelled = Counter(item.path for item in items)
    if items and warm:
        _evaluate(items[0], reader, 1)
    done = []
    for item in items:
        done.append(_evaluate(item, reader, labelled[item.path]))
        advance()
    return done


def _evaluate(item: Item, reader: Reader, parts: int) -> Evaluated:
    try:
        data = item.path.read_bytes()
        started = time.perf_counter()
        text, results = reader(data, item.path.name)
        seconds = time.perf_counter() - started
        windows = [document.window for document in split_reports(ingest(data, item.path.name))] if len(results) > 1 else [None]
    except Exception as exc:  # noqa: BLE001 - whatever a reader does, the other documents are scored
        return _refused(item, exc.render("en") if isinstance(exc, ExtractorError) else f"{type(exc).__name__}: {exc}")
    at = item.label.part - 1
    if at >= min(len(results), len(windows)):
        return _refused(item, f"there is no part {item.label.part} in {len(results)}")
    return score(
        item,
        results[at],
        text,
        window=windows[at],
        seconds=seconds / len(results),
        parts_right=len(results) == parts,
    )


def _refused(item: Item, reason: str) -> Evaluated:
    """What could have been read counts as missed, or refusing would raise the scores of prose."""
    cells = score_cells(item.label, {})
    tallies = cell_tallies(cells) | {"documents_read": (0, 1), "documents_without_error": (0, 1)}
    for name, wanted in (("claims_recall", item.label.claims), ("findings_recall", real_faults(item.label))):
        if wanted is not None:
            tallies[name] = (0, len(wanted))
    return Evaluated(_score(item, cells, tallies, {}, error=reason), cells, "", {})


def score(
    item: Item, result: Result, text: str, *, seconds: float, window: Span | None = None, parts_right: bool = True
) -> Evaluated:
    """Score one result against its label. `text` is the canonical text, `window` the part of it that holds the report."""
    label = item.label
    cells = score_cells(label, result.cells, result.unplaced)
    places = Places(text)
    prose = score_prose(label, result, places)
    compared = metadata(label, result)
    bad, proving = unproven(result, text)
    tallies: dict[str, Tally] = {
        **cell_tallies(cells),
        **fault_tallies(label, cells),
        **prose.tallies,
        **metadata_tallies(compared),
        "spans_proving": (proving - len(bad), proving),
        "parts_right": (parts_right, 1),
        "documents_read": (1, 1),
        "seconds": (seconds, 1),
        **_usage(result),
    }
    if not parts_right:
        tallies["documents_without_error"] = (0, 1)
    wrong = {name: pair for name, pair in compared.items() if pair[0] != pair[1]}
    scored = _score(
        item,
        cells,
        tallies,
        _beside(item, text[slice(*window or (0, None))]),
        prose=prose,
        metadata_wrong=wrong,
        unproven=tuple(bad),
    )
    spans = {address: cell.span for address, cell in result.cells.items() if cell.span is not None}
    return Evaluated(scored, cells, text, spans, _missed(item, prose, places))


def _missed(item: Item, prose: Prose, places: Places) -> tuple[Span, ...]:
    quotes = [(c.quote, c.at) for c in item.label.claims or () if any(m.startswith(c.quote) for m in prose.missed_claims)]
    return tuple(span for quote, at in quotes for span in places.of(quote, at)[:1])


def _usage(result: Result) -> dict[str, Tally]:
    """Requests, tokens and cost, where a model was asked."""
    usage = dict(result.run.usage or {})
    tallies: dict[str, Tally] = {name: (usage[name], 1) for name in ("requests", "tokens_in", "tokens_out") if name in usage}
    if result.run.cost is not None:
        tallies["cost"] = (float(result.run.cost), 1)
    return tallies


def _beside(item: Item, text: str) -> dict[str, Tally]:
    """The positional regex parse of the part of the text that holds the report."""
    started = time.perf_counter()
    read = positional.read(text)
    seconds = time.perf_counter() - started
    tallies = cell_tallies(score_cells(item.label, read))
    return {"cells_right": tallies["cells_right"], "escapes": tallies["escapes"], "seconds": (seconds, 1)}


def _score(
    item: Item,
    cells: list[ScoredCell],
    tallies: Tallies,
    beside: Tallies,
    *,
    prose: Prose | None = None,
    error: str | None = None,
    metadata_wrong: Mapping[str, tuple[Any, Any]] | None = None,
    unproven: tuple[str, ...] = (),
) -> DocumentScore:
    label = item.label
    prose = prose or Prose({})
    return DocumentScore(
        key=item.key,
        file=label.file,
        part=label.part,
        layout=label.layout,
        edition=label.edition or "none",
        mess=label.mess,
        source=label.source.kind,
        fingerprint=item.fingerprint(),
        tallies=_plain(tallies),
        cells_by=_cells_by(cells),
        beside=_plain(beside),
        error=error,
        missed_claims=prose.missed_claims,
        surplus_claims=prose.surplus_claims,
        missed_findings=prose.missed_findings,
        surplus_findings=prose.surplus_findings,
        traps_hit=prose.traps_hit,
        metadata_wrong=dict(metadata_wrong or {}),
        unproven=unproven,
    )


def _plain(tallies: Tallies) -> dict[str, Tally]:
    """Truth values counted as numbers, so that JSON gives them back unchanged."""
    return {name: (n + 0, d + 0) for name, (n, d) in tallies.items()}


def _cells_by(cells: list[ScoredCell]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*OUTCOMES, "escapes"), 0))
    for cell in cells:
        for group in (f"table={cell.table}", f"reader={cell.reader or 'none'}", f"trust={cell.trust or 'none'}"):
            counts[group][cell.outcome] += 1
            counts[group]["escapes"] += cell.escape
    return dict(counts)
