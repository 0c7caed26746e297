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
    found = series(desk.results(lang()))
    for years in found.values():
        side_by_side(years)
    if not found:
        st.info(say("no_years"))
    _charts(chosen(desk)[1])


def _charts(result: Result) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader(say("outcomes"), anchor=False)
        _bars({marks.say(lang(), *OUTCOMES[key]): value for key, value in outcomes(result).items()})
    with right:
        st.subheader(say("applicants"), anchor=False)
        _bars({COLUMN_LABELS[f"applications.received.{key}"]: value for key, value in applicants(result).items()})
    st.text(say("unknown"))


def _bars(counts: dict[str, int | None]) -> None:
    lines = [{"name": name, "count": value} for name, value in counts.items() if value is not None]
    if not lines:
        st.text("◇")
        return
    drawn = {
        "height": {"step": 26},
        "encoding": {"y": _NAMES, "x": {"field": "count", "type": "quantitative", "title": None}},
        "layer": [
            {"mark": {"type": "bar", "color": _COLORS[0]}},
            {"mark": {"type": "text", "align": "left", "dx": 4, "color": _GREY}, "encoding": {"text": {"field": "count"}}},
        ],
    }
    st.vega_lite_chart(lines, drawn)


_COLORS = ["#3584e4", "#e5a50a", "#2b8a6e"]
_GREY = "#7d8592"
_NAMES = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 220}}
"""Three colours that are told apart on light and dark ground, also by who sees no red or green."""


def side_by_side(years: list[Result]) -> None:
    """Years of one agency: what is printed, a chart, and what one year does not carry into the next."""
    st.subheader(say("compared"), anchor=False)
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
        st.vega_lite_chart(
            drawn,
            {
                "mark": "bar",
                "height": 260,
                "encoding": {
                    "x": {"field": say("year"), "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
                    "xOffset": {"field": say("cell"), "sort": None},
                    "y": {"field": "count", "type": "quantitative", "title": None},
                    "color": {"field": say("cell"), "sort": None, "title": None, "scale": {"range": _COLORS}},
                },
            },
        )
    found = [finding for one in years for finding in one.findings if finding.rule.startswith(("series.", "text.repeated"))]
    if found:
        st.subheader(say("series_findings"), anchor=False)
        st.text("\n".join(f"{marks.say(lang(), *marks.SEVERITIES[one.severity])}　{marks.plain(one.message)}" for one in found))
