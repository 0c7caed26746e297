"""Rules over the year that a report is about, and the day on which it was published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from extractor.validate.rule import Found, Rule, Subject

_ARTICLE_49 = ("《政府信息公开条例》第四十九条", "Regulations on Open Government Information, article 49")
_ARTICLE_50 = ("《政府信息公开条例》第四十九条、第五十条", "Regulations on Open Government Information, articles 49 and 50")
_REACH = 2000
"""The opening of a report, in which it says what year it covers, is no longer than this."""
_COVERED = re.compile(
    r"(20\d\d)\s?年\s?1\s?月\s?1\s?日\s?(?:起|开始)?\s?(?:至|到|[-~～])\s?(?:(20\d\d)\s?年|当年|同年|本年)?\s?12\s?月?\s?31\s?日"
)
_OPENING = re.compile(
    r"现(?:将|公布|发布)[^。\n\d]{0,30}(?P<said>(20\d\d)\s?年(?!\s?\d{1,2}\s?月)[^。\n]{0,60}(?:报告|情况)[^。\n]{0,12}(?:如下|公布|发布))"
)
_GOVERNMENT = re.compile(r"[省市县区旗州盟](?:人民)?政府$")
_DEPARTMENT = re.compile(r"(?<![镇乡])(?:局|委|委员会|厅)$")


def _year(subject: Subject) -> Iterator[Found]:
    """The year of the title against the period that the figures cover and the year of the opening sentence."""
    title, year = subject.report.title, subject.report.year
    if subject.kind != "annual_report" or title is None or year is None or str(year) not in title:
        return
    low, high = subject.window
    high = min(high, low + _REACH)
    covered = [(m.span(), m[1]) for m in _COVERED.finditer(subject.folded, low, high) if m[2] in (None, m[1])]
    opening = [(m.span("said"), m[2]) for m in _OPENING.finditer(subject.folded, low, high)]
    wrong = [(span, said) for span, said in covered + opening if said != str(year)]
    if wrong:
        span, said = min(wrong)
        yield Found("error", "report", span=span, expected=str(year), actual=said)


def _late(subject: Subject) -> Iterator[Found]:
    """A department's report after 31 January, a government's after 31 March. A date in a later year is more likely that of
    another edition of the page, and bodies for which article 49 sets no day (towns, institutions) are not asked."""
    name, year, published = subject.report.agency, subject.report.year, subject.report.published
    if subject.kind != "annual_report" or name is None or year is None or published is None:
        return
    if _GOVERNMENT.search(name):
        last = date(year + 1, 3, 31)
    elif _DEPARTMENT.search(name):
        last = date(year + 1, 1, 31)
    else:
        return
    day = date.fromisoformat(published)
    if last < day <= date(year + 1, 12, 31):
        yield Found(
            "warning", "undetermined", expected=last.isoformat(), actual=published, parameters={"days": (day - last).days}
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "year.mismatch",
        "error",
        _ARTICLE_50,
        (
            "标题为{expected}年度报告，文中却说{actual}年（“{raw}”）",
            "the title says {expected}, the text says {actual} (“{raw}”)",
        ),
        ("请核对年度，并核对数据属于哪一年", "check the year, and which year the figures are of"),
        _year,
    ),
    Rule(
        "published.late",
        "warning",
        _ARTICLE_49,
        (
            "所载日期为{actual}，晚于规定期限{expected}（{days}天）",
            "dated {actual}, {days:# day|# days} after the last day allowed ({expected})",
        ),
        (
            "请核对公布日期；如所载为网页更新或迁移的日期，可不处理",
            "check the date of publication; nothing is wrong if the page was only updated or moved on that day",
        ),
        _late,
    ),
)
