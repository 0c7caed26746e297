"""The year that a report is about, and the day on which it was published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checked import found, right, subject_of
from extractor.validate.dates import RULES

COVERS = "本报告所列数据的统计期限自{}起至{}止。"


def _opened(words: str) -> str:
    return right().replace("一、总体情况\n", words + "\n一、总体情况\n", 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (COVERS.format("2023年1月1日", "2023年12月31日"), []),
        (COVERS.format("2022年1月1日", "2022年12月31日"), ["2022"]),
        (COVERS.format("2024年1月1日", "12月31日"), ["2024"]),
        (COVERS.format("2022年1月1日", "2024年12月31日"), []),
        (COVERS.format("2022年1月1日", "2023年12月31日"), []),
        (COVERS.format("2022年3月1日", "2022年12月31日"), []),
        ("现将我局2022年度政府信息公开工作情况报告如下：", ["2022"]),
        ("现将我局2023年度政府信息公开工作情况报告如下：", []),
        ("现将2022年3月1日通知印发。", []),
        ("现公布2022年度政府信息公开工作报告如下：\n" + COVERS.format("2021年1月1日", "2021年12月31日"), ["2022"]),
        ("甲" * 2100 + COVERS.format("2022年1月1日", "2022年12月31日"), []),
    ],
)
def test_year_of_the_text_against_the_title(words, said):
    """A period of one whole year and the opening sentence must name the year of the title; one finding, near the opening."""
    findings = found(_opened(words), "year.mismatch")
    assert [one.actual for one in findings] == said
    for one in findings:
        assert (one.severity, one.cause, one.expected) == ("error", "report", "2023")
        assert one.raw in words
        assert one.raw.startswith(said[0])
        assert said[0] in one.message


def test_year_is_not_compared_with_a_title_that_has_none():
    """Without a year in the title there is nothing to compare."""
    text = _opened(COVERS.format("2022年1月1日", "2022年12月31日")).replace("溪河县水务局2023年政府", "溪河县水务局政府")
    assert found(text, "year.mismatch") == []


@pytest.mark.parametrize(
    "changes", [{"title": None}, {"year": None}, {"title": "某局政府信息公开工作年度报告"}, {"kind": "other"}]
)
def test_year_is_compared_only_where_both_are_known(changes):
    """Without a title, a year in it, or a report there is nothing to compare."""
    subject = subject_of(_opened(COVERS.format("2022年1月1日", "2022年12月31日")))
    assert len(list(RULES[0].check(subject))) == 1
    kind = changes.pop("kind", "annual_report")
    subject = replace(subject, kind=kind, report=subject.report.model_copy(update=changes))
    assert list(RULES[0].check(subject)) == []


@pytest.mark.parametrize("changes", [{"agency": None}, {"year": None}, {"published": None}, {"kind": "other"}, {}])
def test_lateness_is_told_only_where_all_is_known(changes):
    """Without agency, year, date or report no day can be too late."""
    subject = subject_of(right().replace("报告\n一、总体", "报告\n发布日期：2024-05-01\n一、总体", 1))
    expected = 0 if changes else 1
    kind = changes.pop("kind", "annual_report")
    subject = replace(subject, kind=kind, report=subject.report.model_copy(update=changes))
    assert len(list(RULES[1].check(subject))) == expected


@pytest.mark.parametrize(
    ("agency", "day", "days"),
    [
        ("溪河县水务局", "2024-01-31", None),
        ("溪河县水务局", "2024-02-01", 1),
        ("溪河县教育委员会", "2024-03-01", 30),
        ("溪河县水务局", "2024-12-31", 335),
        ("溪河县水务局", "2025-01-01", None),
        ("溪河县水务局", "2023-06-01", None),
        ("溪河县人民政府", "2024-03-31", None),
        ("溪河县人民政府", "2024-04-01", 1),
        ("溪河县城关镇人民政府", "2024-04-20", None),
        ("溪河县水利工程中心", "2024-04-20", None),
    ],
)
def test_late_publication(agency, day, days):
    """Departments have until 31 January, governments until 31 March; towns and institutions are not asked, and a date in
    another year is that of a page."""
    text = right().replace("溪河县水务局", agency).replace("报告\n一、总体", f"报告\n发布日期：{day}\n一、总体", 1)
    findings = found(text, "published.late")
    assert [one.parameters["days"] for one in findings] == ([] if days is None else [days])
    for one in findings:
        assert (one.severity, one.cause, one.actual) == ("warning", "undetermined", day)
        assert "可不处理" in one.suggestion
