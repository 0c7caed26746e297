"""Two runs beside each other: what differs in how they were made, every metric document by document, and every cell that
changed."""

from __future__ import annotations

from dataclasses import dataclass

from eval.metrics import Difference, differences
from eval.runs import MADE_WITH, CellLine, Run

_COMPARED = ("outcome", "value", "state", "trust", "expected")
_NAMED = 10


@dataclass(frozen=True, slots=True)
class ChangedCell:
    """A labelled cell that is not the same in both runs; one of the two is None where only one run has the cell."""

    document: str
    address: str
    before: CellLine | None
    after: CellLine | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`unlike` says what makes the runs different in kind, in words. Differences are over the documents that both have,
    scans aside."""

    before: str
    after: str
    unlike: tuple[str, ...]
    shared: int
    differences: list[Difference]
    changed: list[ChangedCell]


def compare(before: Run, after: Run) -> Comparison:
    """Compare two runs; what only one of them has is named and left out of the differences."""
    old = {document.key: document for document in before.documents}
    new = {document.key: document for document in after.documents}
    shared = [key for key in old if key in new]
    unlike = [
        f"{name}: {before.header.get(name)} → {after.header.get(name)}"
        for name in (*MADE_WITH, "python")
        if before.header.get(name) != after.header.get(name)
    ]
    unlike += [f"only in {run.id}: {_names(only)}" for run, only in _lone(before, after) if only]
    written = [key for key in shared if not new[key].scanned]
    edited = [key for key in shared if old[key].fingerprint != new[key].fingerprint]
    if edited:
        unlike.append(f"document or label differs: {_names(edited)}")
    return Comparison(
        before=before.id,
        after=after.id,
        unlike=tuple(unlike),
        shared=len(shared),
        differences=differences([old[key].tallies for key in written], [new[key].tallies for key in written]),
        changed=_changed(before, after, set(shared)),
    )


def _names(keys: list[str]) -> str:
    return ", ".join(keys[:_NAMED]) + (f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else "")


def _lone(before: Run, after: Run) -> list[tuple[Run, list[str]]]:
    keys = [{document.key for document in run.documents} for run in (before, after)]
    return [(before, sorted(keys[0] - keys[1])), (after, sorted(keys[1] - keys[0]))]


def _changed(before: Run, after: Run, shared: set[str]) -> list[ChangedCell]:
    old = {(line["document"], line["address"]): line for line in before.cells if line["document"] in shared}
    new = {(line["document"], line["address"]): line for line in after.cells if line["document"] in shared}
    return [
        ChangedCell(*key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if _kept(old.get(key)) != _kept(new.get(key))
    ]


def _kept(line: CellLine | None) -> tuple[object, ...] | None:
    return None if line is None else tuple(line[name] for name in _COMPARED)
