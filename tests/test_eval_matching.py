"""Claims, findings and traps match by value, rule and place, as counted by hand."""

from __future__ import annotations

import pytest

from eval.labels import Places
from eval.matching import match_claims, score_prose
from extractor.reading import Unplaced
from extractor.result import Claim, Finding
from handlabelled import label
from handmade import read, result

TEXT = "全年公开信息568条，其中甲类246条，乙类159条。办结率99.66%。\n（一）予以公开\t5\t6\n（二）部分公开\t7\t8\n"


def _claim(quote, value, kind="count", *, name="c1", **more):
    start = TEXT.index(quote)
    return Claim(
        id=name, raw=quote, span=(start, start + len(quote)), section="overview", subject="信息", value=value, kind=kind, **more
    )


def _labelled(quote, value, kind="count", *, at=True, name="c1", **more):
    at = TEXT.index(quote) if at else None
    return {"id": name, "quote": quote, "at": at, "value": value, "kind": kind, "subject": "信息", **more}


def _finding(rule, *, severity="error", quote=None, **more):
    span = (TEXT.index(quote), TEXT.index(quote) + len(quote)) if quote else None
    return Finding(id=f"{rule}:{quote}", rule=rule, severity=severity, cause="report", raw=quote, span=span, **more)


def _anomaly(rule, quote=None, *, severity="error", **more):
    at = TEXT.index(quote) if quote else None
    return {"rule": rule, "severity": severity, "cause": "report", "why": "手算", "quote": quote, "at": at, **more}


def _pairs(labelled, claims):
    return match_claims(label(claims=labelled).claims, claims, Places(TEXT))


def test_claim_matches_by_value_kind_and_place():
    """568 and 568.0 are one value and a longer quote is the same place; another kind or value is not the same claim."""
    wanted = [_labelled("公开信息568条", 568)]
    assert _pairs(wanted, [_claim("568条", "568.0")]) == [(0, 0)]
    assert _pairs(wanted, [_claim("568条", "568", "approximate")]) == []
    assert _pairs(wanted, [_claim("568条", "586")]) == []
    assert _pairs(wanted, [_claim("246条", "568")]) == []


def test_claim_without_offset_matches_where_its_quote_stands():
    """A label of an HTML page gives no offset: white space aside, the quote is looked for."""
    wanted = _labelled("甲类246条", 246, at=False) | {"quote": "甲类 246\n条"}
    assert _pairs([wanted], [_claim("246条", "246")]) == [(0, 0)]


def test_each_claim_is_used_once():
    """Two labels at one place cannot both be met by one claim, and the greater overlap wins."""
    wanted = [_labelled("568条", 568, name="c1"), _labelled("全年公开信息568条", 568, name="c2")]
    assert _pairs(wanted, [_claim("全年公开信息568条", "568")]) == [(1, 0)]


def test_claims_are_tallied():
    """Three are labelled, two of them found, one with the labelled cell, and one claim is surplus."""
    cell = "applications.received.total"
    wanted = [
        _labelled("568条", 568, name="c1", cell=cell),
        _labelled("246条", 246, name="c2"),
        _labelled("159条", 159, name="c3"),
    ]
    claims = (
        _claim("568条", "568", name="c1", cell=cell),
        _claim("246条", "246", name="c2", cell=cell),
        _claim("99.66%", "99.66", "ratio", name="c3"),
    )
    prose = score_prose(label(claims=wanted), result(claims=claims), Places(TEXT))
    assert prose.tallies["claims_recall"] == (2, 3)
    assert prose.tallies["claims_precision"] == (2, 3)
    assert prose.tallies["claims_cell"] == (1, 2)
    assert prose.missed_claims == (f"159条 [count 159] @{TEXT.index('159条')}",)
    assert len(prose.surplus_claims) == 1


def test_what_is_not_labelled_is_not_scored():
    """A label without claims, anomalies and traps scores none of them."""
    assert score_prose(label(), result(claims=(_claim("568条", "568"),)), Places(TEXT)).tallies == {}


def _prose(anomalies, findings, *, traps=None, cells=(), unplaced=None, claims=()):
    expected = label(anomalies=anomalies, traps=traps)
    return score_prose(expected, result(cells, findings=findings, unplaced=unplaced, claims=claims), Places(TEXT))


def test_findings_about_the_reading_are_graded():
    """What says that something was not read is surplus where no label has it; where it is labelled it is found."""
    about_us = _finding("reading.unlocated", severity="warning").model_copy(update={"cause": "reading"})
    assert _prose([], [about_us, _finding("claim.table", quote="568条")]).tallies["findings_precision"] == (0, 2)
    assert _prose([_anomaly("reading.unlocated")], [about_us]).tallies["findings_recall"] == (1, 1)


def test_findings_are_tallied():
    """One anomaly of two is found, the remark counts for nothing, and of two graded findings one is surplus."""
    anomalies = [_anomaly("claim.ratio", "办结率99.66%"), _anomaly("claim.parts", "乙类159条"), _anomaly("note:wording")]
    findings = [
        _finding("claim.ratio", quote="99.66%"),
        _finding("claim.table", quote="568条", severity="warning"),
        _finding("label.variant", quote="（一）予以公开", severity="info"),
    ]
    prose = _prose(anomalies, findings)
    assert prose.tallies["findings_recall"] == (1, 2)
    assert prose.tallies["grave_findings_recall"] == (1, 2)
    assert prose.tallies["findings_precision"] == (1, 2)
    assert prose.missed_findings == ("claim.parts (error) 乙类159条",)


@pytest.mark.parametrize(("quote", "met"), [("（一）予以公开", 1), ("（二）部分公开", 0)])
def test_finding_about_cells_points_to_their_row(quote, met):
    """A finding that names cells stands for their row with its label, not for the next row."""
    cells = {
        "applications.granted.natural_person": read(5, start=TEXT.index("5\t6")),
        "applications.granted.enterprise": read(6, start=TEXT.index("6\n")),
        "applications.granted_in_part.natural_person": read(7, start=TEXT.index("7\t8")),
    }
    finding = _finding("sum.applicants", cells=("applications.granted.enterprise",))
    assert _prose([_anomaly("sum.applicants", quote)], [finding], cells=cells).tallies["findings_recall"] == (met, 1)


def test_finding_about_an_open_row_points_to_what_is_printed():
    """An unplaced row has no cell with a place; the values kept beside it have one."""
    at = TEXT.index("7\t8")
    row = {"applications.granted_in_part": Unplaced("7\t8", (at, at + 3), ((7, 8),), 1)}
    finding = _finding("cell.unplaced", cells=("applications.granted_in_part.total",), severity="warning")
    prose = _prose([_anomaly("cell.unplaced", "7\t8", severity="warning")], [finding], unplaced=row)
    assert prose.tallies["findings_precision"] == (1, 1)


def test_finding_about_a_total_covers_its_parts():
    """A label may quote the part where the finding quotes the total."""
    claims = (_claim("568条", "568", name="c1"), _claim("159条", "159", name="c2", part_of="c1"))
    finding = _finding("claim.parts", quote="568条", claims=("c1",))
    assert _prose([_anomaly("claim.parts", "159条")], [finding], claims=claims).tallies["findings_recall"] == (1, 1)


def test_rules_about_the_whole_document_need_no_place():
    """A missing table has no place, and another rule named by `also` is the same fault."""
    anomalies = [_anomaly("structure.table", "乙类159条"), _anomaly("sum.applicants", "予以公开", also=["sum.outcomes"])]
    findings = [_finding("structure.table"), _finding("sum.outcomes", quote="予以公开")]
    assert _prose(anomalies, findings).tallies["findings_recall"] == (2, 2)


@pytest.mark.parametrize(
    ("rule", "severity", "hit"),
    [("claim.parts", "error", 1), ("claim.parts", "info", 0), ("text.damaged", "error", 0), ("published.late", "warning", 1)],
)
def test_trap_is_hit_by_grave_findings_about_prose(rule, severity, hit):
    """Only an error or warning about a claim or the date falls into a trap at its place."""
    traps = [{"quote": "568条", "why": "成立", "at": TEXT.index("568条")}, {"quote": "246条", "why": "成立", "at": 15}]
    prose = _prose([], [_finding(rule, quote="公开信息568条", severity=severity)], traps=traps)
    assert prose.tallies["traps_hit"] == (hit, 2)
