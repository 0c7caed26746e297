"""All reports of this visitor in one table. Stores of batch runs will be opened here."""

from __future__ import annotations

import streamlit as st

from extractor.page.words import lang, say
from extractor.render.marks import tally
from extractor.reviewing import Desk


def show(desk: Desk) -> None:
    """A line a report: how firm its cells stand, and how grave its findings are."""
    lines = []
    for item, result in zip(desk.readable(), desk.results(lang()), strict=True):
        counts = tally(result)
        severities = [finding.severity for finding in result.findings]
        lines.append(
            {
                say("file"): item.name,
                say("agency"): result.report.agency or "",
                say("year"): result.report.year,
                say("error"): severities.count("error"),
                say("warning"): severities.count("warning"),
                say("proven"): counts["proven"],
                say("located"): counts["located"],
                say("doubtful"): counts["doubtful"],
                say("open"): counts["unplaced"],
            }
        )
    st.dataframe(lines, hide_index=True)
