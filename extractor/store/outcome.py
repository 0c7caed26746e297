"""What a batch hands to the store: plain values, ready to be written, so that workers need no database library."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from extractor.errors import ExtractorError
from extractor.result import Finding, Result

Words = tuple[str, str]
"""Chinese and English."""
CellRow = tuple[str, int | None, str | None, str, str | None]
"""Address, whole number, decimal as printed, state, trust; a number of more than 63 bits stands with the decimals."""
FindingRow = tuple[str, str, str, str, str]
"""Id, rule, severity, cause, message."""
_WIDEST = 2**63


class StoreError(ExtractorError):
    """The store cannot be opened, is of another version, or is full. What it holds stays as it is."""

    kind = "store"


class StoreMissing(StoreError):
    """There is no store at this place."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from, as its manifest says; `name` is the name that results bear, `location` its full path or address.
    `year` is a calendar year, `retrieved_at` an ISO date or time, `group` whatever belongs together."""

    name: str
    location: str | None = None
    agency_id: str | None = None
    year: int | None = None
    url: str | None = None
    retrieved_at: str | None = None
    copy: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A file whose content is known: to be read under `fingerprint`."""

    origin: Origin
    sha256: str
    size: int
    fingerprint: str

    @property
    def key(self) -> tuple[str, str]:
        return self.sha256, self.fingerprint


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an input gave no result; `kind` is the stable name that error lines carry."""

    kind: str
    reason: Words
    remedy: Words

    @classmethod
    def of(cls, error: ExtractorError) -> Failure:
        return cls(error.kind, error.reason, error.remedy)

    def error(self, name: str) -> ExtractorError:
        """As the error that `name` would have met."""
        error = ExtractorError(name, self.reason, self.remedy)
        error.kind = self.kind
        return error


@dataclass(frozen=True, slots=True)
class Part:
    """One result: what is asked for most, and the whole of it packed. `open` counts cells without a sure value."""

    part: int
    parts: int
    kind: str
    copy: str
    agency: str | None
    year: int | None
    edition: str
    title: str | None
    published: str | None
    errors: int
    warnings: int
    open: int
    packed: bytes
    cells: tuple[CellRow, ...]
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document under one fingerprint: parts, or a failure. `incomplete` says that a model left questions
    unanswered, which another attempt may get answered. `text` is the packed canonical text, None where
    it is not kept; `seconds` is time spent reading, `cost` money as a decimal."""

    sha256: str
    fingerprint: str
    parts: tuple[Part, ...] = ()
    failure: Failure | None = None
    incomplete: bool = False
    media_type: str | None = None
    text: bytes | None = None
    seconds: float = 0.0
    requests: int = 0
    cost: str | None = None


def pack(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def part_of(result: Result) -> Part:
    """The result as the store keeps it."""
    source, report = result.document, result.report
    severities = [finding.severity for finding in result.findings]
    doubtful = sum(cell.trust == "doubtful" or cell.state in ("unplaced", "unreadable") for cell in result.cells.values())
    return Part(
        part=source.part,
        parts=source.parts,
        kind=source.kind,
        copy=source.copy_,
        agency=_clean(report.agency),
        year=report.year,
        edition=report.edition,
        title=_clean(report.title),
        published=report.published,
        errors=severities.count("error"),
        warnings=severities.count("warning"),
        open=doubtful,
        packed=pack(result.model_dump_json(by_alias=True)),
        cells=tuple((address, *_number(cell.value), cell.state, cell.trust) for address, cell in result.cells.items()),
        findings=tuple(map(_finding, result.findings)),
    )


def _number(value: Any) -> tuple[int | None, str | None]:
    if isinstance(value, int) and -_WIDEST <= value < _WIDEST:
        return value, None
    return None, None if value is None else str(value)


def _finding(finding: Finding) -> FindingRow:
    return finding.id, finding.rule, finding.severity, finding.cause, _clean(finding.message) or ""


def _clean(text: str | None) -> str | None:
    """Without what a database refuses: NUL and lone surrogates. The packed result keeps them."""
    return text and text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
