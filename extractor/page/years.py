"""Charts of the chosen report, and several years of one agency side by side."""

from __future__ import annotations

import streamlit as st

from extractor.naming import COLUMN_LABELS
from extractor.page.review import chosen
from extractor.page.words import lang, say
from extractor.render import marks
from extractor.render.comparison import OUTCOMES, YEARLY, applicants, outcomes, series
from extractor.result import Result
from extractor.reviewing import Desk


def show(desk: Desk) -> None:
    """The charts, then the years."""
    results = desk.results(lang())
    items = desk.readable()
    found = series(results)
    for years in found.values():
        side_by_side(years)
    if not found:
        st.info(say("no_years"))
    _charts(results[items.index(chosen(items))])


def _charts(result: Result) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader(say("outcomes"))
        _bars({marks.say(lang(), *OUTCOMES[key]): value for key, value in outcomes(result).items()})
    with right:
        st.subheader(say("applicants"))
        _bars({COLUMN_LABELS[f"applications.received.{key}"]: value for key, value in applicants(result).items()})
    st.text(say("unknown"))


def _bars(counts: dict[str, int | None]) -> None:
    lines = [{"name": name, "count": value} for name, value in counts.items() if value is not None]
    if not lines:
        st.text("◇")
        return
    st.bar_chart(lines, x="name", y="count", horizontal=True, x_label="", y_label="", sort=False)
    st.text("　".join(f"{line['name']} {line['count']}" for line in lines))


def side_by_side(years: list[Result]) -> None:
    """Years of one agency: what is printed, a chart, and what one year does not carry into the next."""
    st.subheader(say("compared"))
    st.text(marks.plain(years[0].report.agency or ""))
    lines = []
    for address, words in YEARLY.items():
        line = {say("cell"): marks.say(lang(), *words)}
        line |= {str(one.report.year): "".join(marks.shown(one.cells[address])) for one in years if address in one.cells}
        lines.append(line)
    st.table(lines)
    drawn = [
        {say("year"): str(one.report.year), say("cell"): marks.say(lang(), *words), "count": one.cells[address].value}
        for one in years
        for address, words in list(YEARLY.items())[:3]
        if address in one.cells and one.cells[address].value is not None
    ]
    if drawn:
        st.bar_chart(drawn, x=say("year"), y="count", color=say("cell"), stack=False, x_label="", y_label="")
    found = [finding for one in years for finding in one.findings if finding.rule.startswith(("series.", "text.repeated"))]
    if found:
        st.subheader(say("series_findings"))
        st.text("\n".join(f"{marks.say(lang(), *marks.SEVERITIES[one.severity])}　{marks.plain(one.message)}" for one in found))
