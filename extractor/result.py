"""What `extract` returns: the report, its cells with their places, the findings and the run.

The JSON form is the published contract (`nianbao schema`); unknown fields are ignored on reading.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from extractor.document import Span
from extractor.reading import Cell, Unplaced
from extractor.schema import (
    FORMS,
    Applications2019,
    Applications2021,
    Disclosure2019,
    Disclosure2021,
    Edition,
    Part,
    Proceedings,
)

Kind = Literal["annual_report", "legacy_report", "attachment_page", "other"]
Copy = Literal["original", "web", "extracted"]
Severity = Literal["error", "warning", "info"]
Cause = Literal["report", "copy", "reading", "undetermined"]
Section = Literal["preamble", "overview", "disclosure", "applications", "proceedings", "improvement", "other_matters"]


class Period(Part):
    start: str
    end: str


class Reference(Part):
    """A document number. `state` is "intact", "repaired" (its damage can be undone in one way) or "malformed"."""

    raw: str
    normalized: str | None
    state: Literal["intact", "repaired", "malformed"]
    span: Span


class Aspects(Part):
    """The five aspects of section 一, as printed."""

    proactive_disclosure: str | None = None
    disclosure_on_request: str | None = None
    information_management: str | None = None
    platforms: str | None = None
    supervision: str | None = None


class Overview(Part):
    text: str | None = None
    aspects: Aspects = Aspects()


class Improvement(Part):
    text: str | None = None
    problems: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


class OtherMatters(Part):
    text: str | None = None


class Claim(Part):
    """A number said in prose. `value` is a decimal as printed (万 and 亿 multiplied out); `of` names the claims a ratio is
    taken of, numerator first; `part_of` the total it belongs to; `cell` the address it states."""

    id: str
    raw: str
    span: Span
    section: Section
    subject: str
    value: str
    unit: str | None = None
    kind: Literal["count", "ratio", "approximate", "negation", "enumeration"]
    part_of: str | None = None
    of: tuple[str, ...] = ()
    cell: str | None = None


class Report(Part):
    """The report's contents at the paths of its addresses. `summary_by_model` is a model's own wording, not the report's; it
    holds no figures."""

    title: str | None = None
    agency: str | None = None
    agency_forms: tuple[str, ...] = ()
    year: int | None = None
    edition: Edition = "2021"
    published: str | None = None
    period: Period | None = None
    references: tuple[Reference, ...] = ()
    overview: Overview = Overview()
    disclosure: Disclosure2021 | Disclosure2019 = Disclosure2021()
    applications: Applications2021 | Applications2019 = Applications2021()
    proceedings: Proceedings = Proceedings()
    improvement: Improvement = Improvement()
    other_matters: OtherMatters = OtherMatters()
    claims: tuple[Claim, ...] = ()
    summary_by_model: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _tables_of_the_edition(cls, data: Any) -> Any:
        """Choose the table models by `edition`: the editions share field names, so a bare union could pick the wrong one."""
        if isinstance(data, dict):
            form = FORMS[data.get("edition") or "2021"]
            data = dict(data)
            for table in form.tables:
                given = data.get(table.name, {})
                if isinstance(given, dict):
                    data[table.name] = table.model.model_validate(given)
        return data


class Elsewhere(Part):
    document: str
    cell: str


class ExplainedCell(Part):
    cell: str
    printed: int | str | None
    fits: int | str | None


class Explanation(Part):
    kind: str
    cells: tuple[ExplainedCell, ...]
    unique: bool


class Finding(Part):
    """One problem. Stored as rule and parameters; `message` and `suggestion` are rendered in the asked language."""

    id: str
    rule: str
    severity: Severity
    cause: Cause
    cells: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    raw: str | None = None
    span: Span | None = None
    formula: str | None = None
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    basis: str = ""
    message: str = ""
    suggestion: str = ""
    explanations: tuple[Explanation, ...] = ()


class Source(Part):
    """The document a result is of; `characters` counts the canonical text, which the parts of one input share."""

    name: str
    sha256: str
    media_type: str
    kind: Kind
    copy_: Copy = Field(alias="copy")
    characters: int
    part: int = 1
    parts: int = 1

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, serialize_by_alias=True)


class Run(Part):
    reader: str
    version: str
    rules: str
    model: str | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    usage: dict[str, int] | None = None
    cost: str | None = None
    seconds: float = 0.0


class Result(BaseModel):
    """Everything known about one report. Dump with `model_dump_json()`; it reads back equal."""

    model_config = ConfigDict(frozen=True, extra="ignore", serialize_by_alias=True)

    contract: Literal[1] = 1
    document: Source
    report: Report
    cells: dict[str, Cell] = Field(default_factory=dict)
    unplaced: dict[str, Unplaced] = Field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    run: Run
