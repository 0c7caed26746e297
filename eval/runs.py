"""Runs kept as plain files: `<id>/run.json` (how it was made, and its scores), `documents.jsonl` (a line a report),
`cells.jsonl.gz` (a line a labelled cell), `report.html`.

An id is the time in UTC and a hash of what was measured, so that runs sort by time and equal runs are seen to be equal.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import extractor
from eval.evaluate import DocumentScore, Evaluated
from eval.labels import Item, dataset_hash
from eval.metrics import RESAMPLES, SEED, Score, summarise
from extractor.errors import UsageError
from extractor.readers.rules import RULES

CellLine = dict[str, Any]
"""document, address, outcome, expected, value, expected_state, state, trust."""

_DOCUMENT = TypeAdapter(DocumentScore)
_UNTIMED = frozenset({"seconds"})
MADE_WITH = ("dataset", "reader", "version", "rules", "model", "prompts", "seed", "resamples")


@dataclass(frozen=True, slots=True)
class Run:
    """`header` says how the run was made: id, time, dataset (hash), reader, version, rules, model, prompts, seed, python."""

    header: dict[str, Any]
    documents: list[DocumentScore]
    cells: list[CellLine]

    @property
    def id(self) -> str:
        return str(self.header["id"])

    @property
    def written(self) -> list[DocumentScore]:
        """The documents that hold their text; gates and totals are over these."""
        return [document for document in self.documents if not document.scanned]

    @property
    def scans(self) -> list[DocumentScore]:
        """The documents whose text was recognised from pictures."""
        return [document for document in self.documents if document.scanned]

    def scores(self) -> dict[str, Score]:
        return summarise([document.tallies for document in self.written])

    def scan_scores(self) -> dict[str, Score]:
        return summarise([document.tallies for document in self.scans])


def make_run(
    folder: Path,
    reader: str,
    items: Sequence[Item],
    evaluated: Sequence[Evaluated],
    now: datetime,
    *,
    model: str | None = None,
    prompts: Mapping[str, str] | None = None,
) -> Run:
    """What a run keeps of an evaluation. `now` has a time zone; `model` and `prompts` are those that the results name."""
    documents = [one.score for one in evaluated]
    cells = [line for one in evaluated for line in _cell_lines(one)]
    header: dict[str, Any] = {
        "dataset": dataset_hash(list(items)),
        "reader": reader,
        "version": extractor.__version__,
        "rules": RULES,
        "model": model,
        "prompts": dict(sorted((prompts or {}).items())),
        "seed": SEED,
        "resamples": RESAMPLES,
    }
    measured = [header, [_untimed(document) for document in documents], cells]
    digest = hashlib.sha256(_json(measured).encode()).hexdigest()[:8]
    stamp = now.astimezone(UTC)
    header = {
        "id": f"{stamp:%Y%m%dT%H%M%S}-{digest}",
        "time": stamp.isoformat(timespec="seconds"),
        "folder": folder.name,
        "documents": len(documents),
        "python": platform.python_version(),
        **header,
    }
    return Run(header, documents, cells)


def _untimed(document: DocumentScore) -> dict[str, Any]:
    kept = asdict(document)
    for tallies in (kept["tallies"], kept["beside"]):
        for name in _UNTIMED & tallies.keys():
            del tallies[name]
    return kept


def _cell_lines(one: Evaluated) -> Iterator[CellLine]:
    for cell in one.cells:
        yield {
            "document": one.score.key,
            "address": cell.address,
            "outcome": cell.outcome,
            "expected": None if cell.expected is None else str(cell.expected),
            "value": None if cell.value is None else str(cell.value),
            "expected_state": cell.expected_state,
            "state": cell.state,
            "trust": cell.trust,
        }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def save(run: Run, folder: Path, page: str) -> Path:
    """Write a run below `folder` and return where; a run of the same id is replaced."""
    target = folder / run.id
    target.mkdir(parents=True, exist_ok=True)
    scores = {name: asdict(score) | {"rate": score.rate} for name, score in run.scores().items()}
    scanned = {name: asdict(score) | {"rate": score.rate} for name, score in run.scan_scores().items()}
    about = json.dumps({**run.header, "scores": scores, "scan_scores": scanned}, ensure_ascii=False, indent=1)
    (target / "run.json").write_text(about + "\n", encoding="utf-8", newline="\n")
    lines = "".join(_json(asdict(document)) + "\n" for document in run.documents)
    (target / "documents.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    packed = "".join(_json(line) + "\n" for line in run.cells).encode()
    (target / "cells.jsonl.gz").write_bytes(gzip.compress(packed, mtime=0))
    (target / "report.html").write_text(page, encoding="utf-8", newline="\n")
    return target


def load(folder: Path, name: str) -> Run:
    """A saved run: a path, an id below `folder`, the beginning of one, or `last`. Raises UsageError if there is none."""
    path = Path(name)
    if not (path / "run.json").is_file():
        known = [run["id"] for run in listed(folder)]
        fitting = known[-1:] if name == "last" else [run for run in known if run.startswith(name)]
        if len(fitting) != 1:
            raise UsageError(
                name,
                (f"{folder} 中没有（唯一的）这个运行", f"there is no such run, or more than one, in {folder}"),
                ("用 nianbao eval --list 查看", "see nianbao eval --list"),
            )
        path = folder / fitting[0]
    try:
        header = json.loads((path / "run.json").read_text(encoding="utf-8"))
        header.pop("scores")
        header.pop("scan_scores", None)  # runs of 0.1 have none
        documents = [
            _DOCUMENT.validate_json(line) for line in (path / "documents.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        cells = [json.loads(line) for line in gzip.decompress((path / "cells.jsonl.gz").read_bytes()).splitlines()]
    except (OSError, ValueError, KeyError, TypeError, EOFError) as exc:
        raise UsageError(
            str(path),
            (f"运行记录读不出（{exc}）", f"the run cannot be read ({exc})"),
            ("请重新运行", "make it again"),
        ) from exc
    return Run(header, documents, cells)


def listed(folder: Path) -> list[Mapping[str, Any]]:
    """What `run.json` says of every run below `folder`, oldest first; folders that hold no run are passed over."""
    found = []
    for path in sorted(folder.glob("*/run.json")):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return found
