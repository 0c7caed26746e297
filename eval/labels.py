"""Labelled documents: their form (CONTRACT.md, “Labels”), where they lie, and where their quotes stand in a text.

A dataset is a folder of documents with `labels/*.json` beside them. Numbers are read as decimals, so that `215.36` and
"215.36" are one value.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extractor.document import Span
from extractor.errors import UsageError
from extractor.ingest import ocr, office
from extractor.reading import State
from extractor.result import Cause, Kind, Severity
from extractor.schema import Edition

ClaimKind = Literal["count", "ratio", "approximate", "negation", "enumeration"]
SourceKind = Literal["real", "transcribed", "authored", "generated"]
SCAN = "scan"
"""The layout of a document whose pages are pictures."""


class _Labelled(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelSource(_Labelled):
    """Where label and document come from, and who looked at the label a second time. `twin` names the label of the document
    that was set anew as this one."""

    kind: SourceKind
    labelled_by: str
    checked_by: str | None
    differences: Any = None
    twin: str | None = None


class LabelledClaim(_Labelled):
    id: str
    quote: str
    at: int | None
    value: Decimal
    kind: ClaimKind
    subject: str
    unit: str | None = None
    part_of: str | None = None
    formula: str | None = None
    cell: str | None = None
    scope: str | None = None


class Anomaly(_Labelled):
    """A fault of the document. `also` names further rules that may report the same fault."""

    rule: str
    severity: Severity
    cause: Cause
    why: str
    quote: str | None = None
    at: int | None = None
    also: tuple[str, ...] = ()

    @property
    def remark(self) -> bool:
        """Whether it is a remark for which there is no rule."""
        return self.rule.startswith("note:")


class Trap(_Labelled):
    """A place that looks like a fault and is none."""

    quote: str
    why: str
    at: int | None = None


class Label(_Labelled):
    """What one report of one file says. `part` counts from 1 and chooses a report of a file that holds several.
    `doubtful` holds tables or rows whose values the text does not determine beyond doubt (CONTRACT.md, “Resolution”)."""

    file: str
    edition: Edition | None
    title: str | None = None
    agency: str | None
    year: int | None
    published: str | None = None
    kind: Kind | None = None
    layout: str = "other"
    mess: tuple[str, ...] = ()
    part: int = 1
    sha256: str | None = None
    source: LabelSource
    cells: dict[str, Decimal | None]
    states: dict[str, State]
    unplaced: dict[str, tuple[Any, ...]]
    units: dict[str, str] = Field(default_factory=dict)
    doubtful: tuple[str, ...] = ()
    claims: tuple[LabelledClaim, ...] | None
    anomalies: tuple[Anomaly, ...] | None
    traps: tuple[Trap, ...] | None
    note: str | None = None

    def determined(self, address: str) -> bool:
        """Whether the text determines the value of a cell beyond doubt."""
        return not any(below(address, prefix) for prefix in self.doubtful)


def below(address: str, prefix: str) -> bool:
    """Whether an address is `prefix` or belongs to the table or row of that name."""
    return address == prefix or address.startswith(f"{prefix}.")


@dataclass(frozen=True, slots=True)
class Item:
    """A label with its document. `key` is the name of the label file without its suffix."""

    key: str
    label: Label
    path: Path
    label_path: Path

    def fingerprint(self) -> str:
        """A short hash of document and label; changes when either does."""
        content = self.path.read_bytes() if self.path.is_file() else b""
        return hashlib.sha256(content + b"\0" + self.label_path.read_bytes()).hexdigest()[:16]


def parse_label(path: Path) -> Label:
    """Read one label file. Raises ValueError (a pydantic ValidationError or a JSON error) that says what is wrong."""
    return Label.model_validate(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))


def without_recognition(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """The scans that can be read here, and those that cannot because the extra `ocr` is not installed."""
    return (items, []) if ocr.installed() else ([], items)


def without_office(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """The items that can be read here, and those that need LibreOffice where it is not installed."""
    if office.installed():
        return items, []
    return [item for item in items if item.label.layout != "office"], [item for item in items if item.label.layout == "office"]


def label_files(folder: Path) -> list[Path]:
    """The label files of a dataset, in order. Raises UsageError where there are none."""
    files = sorted((folder / "labels").glob("*.json"))
    if not files:
        raise UsageError(
            str(folder),
            ("没有 labels/*.json", "there is no labels/*.json in it"),
            ("用 --dataset 指定带标注的文件夹", "name a folder of labelled documents with --dataset"),
        )
    return files


def load(folder: Path) -> list[Item]:
    """Every labelled report of a dataset but the scans, by name. Raises UsageError for a label that cannot be read."""
    return [item for item in _load(folder) if item.label.layout != SCAN]


def load_scans(folder: Path) -> list[Item]:
    """The labelled scans of a dataset, by name: their text is recognised, some seconds a page, and scored apart. Raises as
    `load`."""
    return [item for item in _load(folder) if item.label.layout == SCAN]


def _load(folder: Path) -> list[Item]:
    items = []
    for path in label_files(folder):
        try:
            label = parse_label(path)
        except ValueError as exc:
            raise UsageError(
                str(path),
                (f"标注读不出（{_first(exc)}）", f"the label cannot be read ({_first(exc)})"),
                ("运行 nianbao eval --lint", "run nianbao eval --lint"),
            ) from exc
        items.append(Item(path.stem, label, folder / label.file, path))
    return items


def _first(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
    return str(error)


def dataset_hash(items: list[Item]) -> str:
    """One hash over all documents and labels of a dataset."""
    lines = "".join(f"{item.key} {item.fingerprint()}\n" for item in items)
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


class Places:
    """Finds quotes in one canonical text."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _squeezed(self) -> tuple[str, list[int]]:
        offsets = [match.start() for match in re.finditer(r"\S", self.text)]
        return "".join(self.text[offset] for offset in offsets), offsets

    def of(self, quote: str | None, at: int | None) -> list[Span]:
        """Where a quote stands: at its offset, or, where the label gives none (HTML), at every place that reads the same
        without white space. Empty where it stands nowhere."""
        if quote is None:
            return []
        if at is not None:
            return [(at, at + len(quote))] if self.text.startswith(quote, at) else []
        bare = re.sub(r"\s", "", quote)
        squeezed, offsets = self._squeezed
        return [
            (offsets[match.start()], offsets[match.end() - 1] + 1) for match in re.finditer(re.escape(bare), squeezed) if bare
        ]


def overlap(one: Span, other: Span) -> int:
    """How many code points two spans share."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
