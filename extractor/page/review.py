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
    item, result = chosen(desk, steps=True)
    if item.stored is not None:
        st.info(say("unchanged" if item.review else "stored" if item.stored.text is not None else "no_text"))
    data = {
        "item": item.key,
        "revision": st.session_state.get("revision", 0),
        "words": screen_words(),
        "screen": screen(item, result, lang()),
        "corrections": len(item.review.corrections) if item.review else 0,
        "fixed": item.review is None,
        "pages": sheet(item, result),
        "problem": st.session_state.pop("problem", None),
    }
    _component()(key="screen", data=data, on_act_change=lambda: _act(item))
    _history(item, result)


def chosen(desk: Desk, *, steps: bool = False) -> tuple[Item, Result]:
    """The report that the visitor looks at, and its result; with `steps`, buttons lead to the one before and the one after."""
    items = {item.key: item for item in desk.readable()}
    keys = list(items)
    if st.session_state.get("item") not in items:
        st.session_state["item"] = keys[0]
    if len(keys) > 1:
        names = desk.names(lang())
        with st.container(horizontal=True, vertical_alignment="center", key="which"):
            st.text(say("which", count=len(keys)), width="content")
            st.selectbox(say("choose"), keys, format_func=names.__getitem__, key="item", label_visibility="collapsed")
            if steps:
                at = keys.index(st.session_state["item"])
                for name, to in (("before", at - 1), ("after", at + 1)):
                    there = 0 <= to < len(keys)
                    st.button(say(name), key=name, disabled=not there, on_click=turn, args=(keys[to] if there else "",))
    key = st.session_state["item"]
    return items[key], desk.results(lang())[keys.index(key)]


def turn(key: str) -> None:
    """Look at the report with this key."""
    st.session_state["item"] = key


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
        with st.expander(say("history", count=len(said)), key="history", on_change="rerun") as opened:
            if opened.open:
                wide = {say("h_cell"): st.column_config.TextColumn(width="large")}
                st.dataframe([_line(one) for one in said], hide_index=True, column_config=wide)
    with st.expander(say("letter"), key="letter", on_change="rerun") as opened:
        if opened.open:
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
        say("h_when"): one["when"][:16].replace("T", " "),
        say("h_reason"): one["reason"],
    }
