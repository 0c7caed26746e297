"""All reports of this visitor in one table, and the library: what a store holds, one report or the years of an agency of it, and
batches that fill it."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import streamlit as st

from extractor import holdings
from extractor.errors import ExtractorError
from extractor.page import review, settings, years
from extractor.page.words import WORDS, lang, say
from extractor.render.marks import plain, tally
from extractor.reviewing import Desk, Item, distinct
from extractor.serving import STORE


def show(desk: Desk) -> None:
    """A line a report: how firm its cells stand, and how grave its findings are; then the library."""
    lines = []
    for item, result in zip(desk.readable(), desk.results(lang()), strict=True):
        counts = tally(result)
        severities = [finding.severity for finding in result.findings]
        lines.append(
            {
                say("file"): item.name,
                say("agency"): result.report.agency or "",
                say("year"): str(result.report.year or ""),
                say("error"): severities.count("error"),
                say("warning"): severities.count("warning"),
                say("proven"): counts["proven"],
                say("located"): counts["located"],
                say("doubtful"): counts["doubtful"],
                say("open"): counts["unplaced"],
            }
        )
    st.subheader(say("overview"), anchor=False)
    st.text(say("click"))
    st.dataframe(lines, hide_index=True, on_select=partial(_pick, desk), selection_mode="single-cell", key="reports")
    if offered():
        st.subheader(say("store"), anchor=False)
        library(desk)


def _pick(desk: Desk) -> None:
    """Turn to the report that was clicked."""
    if cells := st.session_state["reports"].selection.cells:
        _review(desk.readable()[cells[0][0]])


def _review(item: Item) -> None:
    review.turn(item.key)
    st.session_state["view"] = "review"


def offered() -> bool:
    """Whether there is a library: one that the page was started with, or any that the person at this machine names."""
    return settings.private() or bool(os.environ.get(STORE))


def given() -> bool:
    """Whether the page was started with a library."""
    return bool(os.environ.get(STORE))


def library(desk: Desk) -> None:
    """What the library holds, with filters; what can be done with it."""
    place = os.environ.get(STORE) or st.text_input(say("place"), key="place", autocomplete="off").strip()
    if not place:
        return
    if problem := st.session_state.pop("problem", None):
        st.error(say("not_open"))
        st.text(plain(problem))
    try:
        _listed(desk, place)
        if settings.private():
            _batches(place)
    except ExtractorError as error:
        st.error(say("not_open"))
        st.text(plain(error.render(lang())))


def _listed(desk: Desk, place: str) -> None:
    asked = _asked()
    found = holdings.look(place, asked)
    if found is None:
        st.info(say("no_store"))
        return
    words = [f"{say(f's_{standing}')} {number}" for standing, number in found.counts.items()]
    if asked != holdings.Asked():
        words.append(say("matching", count=found.matching))
    if found.matching > len(found.entries):
        words.append(say("more", limit=holdings.MOST))
    st.text("　".join(words))
    if found.unopened and asked.standing in ("all", "failed"):
        st.text(say("unopened", count=len(found.unopened)))
        st.text("\n".join(plain(failure.error(name).render(lang())) for name, failure in found.unopened[:_SHOWN]))
    if not found.entries:
        return
    st.text(say("click"))
    lines = [_line(entry) for entry in found.entries]
    pick = partial(_put_clicked, desk, place, found.entries)
    blank = {name for name in (say("why"), say("version")) if len({line[name] for line in lines}) == 1}
    shown = [name for name in lines[0] if name not in blank]
    st.dataframe(lines, hide_index=True, column_order=shown, on_select=pick, selection_mode="single-cell", key="entries")
    readable = [entry for entry in found.entries if entry.outcome == "read"]
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        _open(desk, place, readable)
    with right:
        names = {entry.agency_key: entry.agency or entry.agency_key for entry in readable}
        key = st.selectbox(
            say("agency_years"),
            [key for key in found.series if key in names],
            index=None,
            placeholder=say("no_series"),
            format_func=lambda one: plain(f"{names.get(one)}　{say('count_years', count=found.series.get(one, 0))}"),
            key="series",
        )
    if key:
        years.side_by_side(holdings.series(place, key, lang()))


def _asked() -> holdings.Asked:
    """The filters."""
    agency, year, standing = st.columns([3, 1, 2])
    name = agency.text_input(say("agency"), key="asked-agency", autocomplete="off")
    number = year.text_input(say("year"), key="asked-year", max_chars=4, autocomplete="off").strip()
    chosen = standing.selectbox(
        say("stands"), holdings.STANDINGS, format_func=lambda one: say(f"s_{one}"), key=f"asked-standing-{lang()}"
    )
    if number and not (number.isascii() and number.isdigit() and len(number) == 4):
        st.warning(say("no_year"))
        number = ""
    return holdings.Asked(name, int(number) if number else None, chosen)


def _line(entry: Any) -> dict[str, Any]:
    """An entry as a line; a failure has its reason."""
    pick = 0 if lang() == "zh" else 1
    return {
        say("agency"): entry.agency or entry.agency_id or "",
        say("year"): str(entry.year or ""),
        say("stands"): say(f"s_{entry.outcome}"),
        say("error"): entry.errors,
        say("warning"): entry.warnings,
        say("unsure"): entry.open,
        say("file"): plain(entry.name),
        say("why"): plain(f"{entry.failure.reason[pick]}。{entry.failure.remedy[pick]}") if entry.failure else "",
        say("version"): say("current" if entry.current else "older"),
    }


def _open(desk: Desk, place: str, readable: list[Any]) -> None:
    chosen, button = st.columns([3, 1], vertical_alignment="bottom")
    taken: set[str] = set()
    names = {
        (one.sha256, one.part): distinct(plain(f"{one.agency or ''} {one.year or ''}　{one.name}"), taken) for one in readable
    }
    key = chosen.selectbox(say("to_open"), list(names), format_func=names.__getitem__, key="to-open")
    if key is not None:
        entry = readable[list(names).index(key)]
        button.button(say("open_it"), key="open-stored", width="stretch", on_click=_put, args=(desk, place, entry))


def _put_clicked(desk: Desk, place: str, entries: list[Any]) -> None:
    """Open the report whose line was clicked, if it was read."""
    cells = st.session_state["entries"].selection.cells
    if cells and entries[cells[0][0]].outcome == "read":
        _put(desk, place, entries[cells[0][0]])


def _put(desk: Desk, place: str, entry: Any) -> None:
    """Lay a stored report on the desk and turn to it."""
    try:
        stored = holdings.stored(place, entry, lang())
        original = holdings.original(place, entry) if settings.private() else None
    except ExtractorError as error:
        st.session_state["problem"] = error.render(lang())
        return
    part = f" ({entry.part}/{entry.parts})" if entry.parts > 1 else ""
    _review(desk.put(stored, f"{entry.sha256}-{entry.part}", plain(f"{entry.name}{part}"), original))


def _batches(place: str) -> None:
    with st.container(border=True, key="batch"):
        st.subheader(say("batch"), anchor=False)
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        folder = left.text_input(say("folder"), key="folder", autocomplete="off")
        if right.button(say("start"), key="start", width="stretch"):
            try:
                holdings.start(place, folder, lang())
            except ExtractorError as error:
                st.text(plain(error.render(lang())))
        batch = holdings.batch_of(place)
        running = batch is not None and batch.running
        st.fragment(_watch, run_every=_OFTEN if running else None)(place, running)


_OFTEN = 1.0
"""Seconds between two looks at a batch."""


def _watch(place: str, was_running: bool) -> None:
    """How the batch goes, and the runs so far. When it ends, the page is drawn anew with what it read."""
    batch = holdings.batch_of(place)
    if batch is not None:
        running = batch.running
        if was_running and not running:
            st.rerun()
        st.text(f"{say('running' if running else 'ended')}{plain(str(batch.folder))}")
        if running and st.button(say("stop"), key="stop"):
            batch.stop()
            st.rerun()
        st.code("\n".join(map(plain, batch.lines())) or "…", language=None, wrap_lines=True)
    runs = holdings.runs(place)[:_RUNS]
    if runs:
        st.text(say("runs"))
        st.table([_run_line(run) for run in runs])


_RUNS = 5
_SHOWN = 20


def _run_line(run: Any) -> dict[str, Any]:
    counts = run.counts
    status = f"r_{run.status}"
    return {
        say("r_started"): run.started_at[:16].replace("T", " "),
        say("r_status"): say(status) if status in WORDS else run.status,
        say("r_read"): counts.get("read", 0) + counts.get("incomplete", 0),
        say("r_unchanged"): counts.get("unchanged", 0),
        say("r_not"): counts.get("failed", 0) + counts.get("unopened", 0) + counts.get("failed_before", 0),
        say("r_seconds"): round(run.seconds),
    }
