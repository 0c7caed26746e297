"""A right report, changed in one place, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from consistent import figures, report
from extractor.pipeline import Options, extract_all
from extractor.result import Claim, Finding, Result
from extractor.validate.rule import Subject

ZERO = dict.fromkeys((f"disclosure.rules.{column}" for column in ("issued", "repealed", "in_force")), "0")
STOCK = {"disclosure.normative_documents.issued": "3", "disclosure.normative_documents.in_force": "9"}
SHOWN = figures(Random(5), "2021", 300) | ZERO | STOCK | {"disclosure.fees.amount": "1.50"}
_PROSE = "（一）主动公开。我局按照条例要求主动公开政府信息。"
ASPECTS = "（一）主动公开。按规定公开。（二）依申请公开。依法答复。（三）政府信息管理。专人负责。（四）平台建设。完成改版。（五）监督保障。开展培训。"


def right(prose: str = ASPECTS, changes: dict[str, str] | None = None, between: str = "\t") -> str:
    """A report about 2023 of a county's office in which nothing is wrong, with `prose` as section 一."""
    text = report("2021", SHOWN | (changes or {}), between).replace("无其他需要报告的事项。", "未收取信息处理费。")
    return text.replace(_PROSE, prose)


def read(text: str, **options) -> Result:
    """The result of one report."""
    (result,) = extract_all(text.encode(), "a.txt", options=Options(**options))
    return result


def found(text: str, rule: str, **options) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in read(text, **options).findings if finding.rule == rule]


def subject_of(text: str, **changes) -> Subject:
    """What the rules are shown of one report, with some of it replaced."""
    seen: list[Subject] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("extractor.drafting.check_report", lambda subject, lang: seen.append(subject) or ())
        read(text)
    return replace(seen[0], **changes)


def claiming(subject: Subject, *claims: Claim) -> Subject:
    """The same report saying only this."""
    return replace(subject, report=subject.report.model_copy(update={"claims": claims}))
