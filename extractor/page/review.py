"""The review of one report: the screen of tables and source, its actions, the history, the text for the agency."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import streamlit as st

from extractor.corrections import Review, history
from extractor.errors import ExtractorError
from extractor.naming import cell_label, row_label
from extractor.page import developer
from extractor.page.words import lang, say, screen_words
from extractor.result import Result
from extractor.reviewing import Desk, Item, for_agency, screen, sheet


@cache
def _component() -> Any:
    """The screen's code; it is the same for everybody and holds nothing of a document."""
    folder = files("extractor.page")
    return st.components.v2.component(
        "nianbao_review",
        html='<div class="review"></div>',
        css=(folder / "review.css").read_text("utf-8"),
        js="".join((folder / name).read_text("utf-8") for name in ("source.js", "review.js")),
    )


def show(desk: Desk) -> None:
    """Choose a report and review it."""
    _fragment(desk)


@st.fragment
def _fragment(desk: Desk) -> None:
    items = desk.readable()
    item = chosen(items)
    results = desk.results(lang())
    result = results[items.index(item)]
    if item.stored is not None:
        st.info(say("stored") if item.stored.text is not None else say("no_text"))
    if problem := st.session_state.pop("problem", None):
        st.error(say("unfit"))
        st.text(problem)
    data = {
        "item": f"{item.upload}/{item.name}",
        "revision": st.session_state.get("revision", 0),
        "words": screen_words(),
        "screen": screen(item, result, lang()),
        "corrections": len(item.review.corrections) if item.review else 0,
        "fixed": item.review is None,
        "pages": sheet(item, result),
    }
    _component()(key="screen", data=data, on_act_change=lambda: _act(item))
    _history(item, result)


def chosen(items: list[Item]) -> Item:
    """The report that the visitor looks at."""
    if len(items) == 1:
        return items[0]
    names = {number: item.name for number, item in enumerate(items)}
    number = st.selectbox(say("which", count=len(items)), list(names), format_func=lambda at: names[at], key="item")
    return items[number or 0]


def _act(item: Item) -> None:
    """Carry out what was done on the screen."""
    done = st.session_state["screen"].act
    if not done or item.review is None:
        return
    if done["kind"] == "page":
        item.page = int(done["number"])
        return
    who = (st.session_state.get("who") or "").strip() or say("nobody")
    when = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    try:
        item.review = _acted(item.review, done, who, when)
    except ExtractorError as error:
        st.session_state["problem"] = error.render(lang())
    st.session_state["revision"] = st.session_state.get("revision", 0) + 1


def _acted(review: Review, done: dict[str, Any], who: str, when: str) -> Review:
    reason = str(done.get("reason") or "")[:200]
    if done["kind"] == "correct":
        base = review.base.document.window[0]
        span = done.get("span")
        place = (base + int(span[0]), base + int(span[1])) if span else None
        return review.correct(str(done["address"]), str(done["written"]), who=who, when=when, reason=reason, span=place)
    if done["kind"] == "choose":
        return review.choose(str(done["row"]), int(done["number"]), who=who, when=when, reason=reason)
    if done["kind"] == "judge":
        return review.judge(str(done["finding"]), done.get("verdict"), who=who, when=when, reason=reason)
    return review.undo() if done["kind"] == "undo" else review


def _history(item: Item, result: Result) -> None:
    if item.review is not None and (said := history(item.review)):
        with st.expander(say("history", count=len(said)), key="history"):
            st.dataframe([_line(one) for one in said], hide_index=True)
    with st.expander(say("letter")):
        st.code(for_agency(item, result, lang()), language=None, wrap_lines=True)
    if item.review is not None:
        developer.fixture(item)


def _line(one: dict[str, Any]) -> dict[str, str]:
    name = cell_label(one["cell"]) if one["cell"].count(".") == 2 else row_label(one["cell"])
    said = " ".join("□" if value is None else str(value) for value in one["said"])
    return {
        say("h_cell"): name,
        say("h_printed"): one["printed"] or "",
        say("h_said"): said,
        say("h_in"): say("yes") if one["in_document"] else say("no"),
        say("h_who"): one["who"],
        say("h_when"): one["when"],
        say("h_reason"): one["reason"],
    }
