"""Settings of this session: who reads, where files come from, who corrects. The key stays in the session."""

from __future__ import annotations

import asyncio
import os
from typing import Any, get_args

import streamlit as st

from extractor.doctor import Diagnosis, examine
from extractor.errors import ExtractorError
from extractor.page.words import lang, say
from extractor.pipeline import Options, Reader
from extractor.render.marks import plain
from extractor.result import Copy
from extractor.reviewing import How
from extractor.serving import is_loopback
from extractor.settings import DEFAULT_BASE_URL, Settings


def how() -> How:
    """Who reads, as chosen last; the rules until a model is named."""
    found = st.session_state.get("how")
    return found if isinstance(found, How) else How()


def private() -> bool:
    """Whether only this machine reaches the page. What makes the server reach out, or look into its folders, is not for
    visitors from elsewhere."""
    return is_loopback(st.get_option("server.address"))


def show() -> None:
    """The settings, folded away: the defaults need no change."""
    with st.popover(say("settings")):
        st.text_input(say("who"), key="who", max_chars=40, autocomplete="name")
        with st.form("settings", border=False):
            reader = _choice("reader", get_args(Reader), how().reader)
            copy = _choice("copy", ("presumed", *get_args(Copy)), how().options.copy or "presumed")
            name, address = st.columns(2) if private() else (st.container(), None)
            name.text_input(say("model_name"), key="model", autocomplete="off")
            if address:
                address.text_input(say("base_url"), key="base_url", placeholder=DEFAULT_BASE_URL, autocomplete="off")
            st.text_input(say("api_key"), key="api_key", type="password", autocomplete="new-password")
            st.text(say("leaves"))
            apply, examined = st.columns(2)
            changed = apply.form_submit_button(say("apply"), type="primary")
            asked = examined.form_submit_button(say("doctor"))
        if changed or asked:
            _apply(reader, None if copy == "presumed" else copy, examine_too=asked)


def _choice(name: str, options: tuple[Any, ...], now: Any) -> Any:
    """A choice that begins with what is set `now`. It is another field in each language: Streamlit knows choices by their words."""
    return st.radio(say(name), options, options.index(now), format_func=say, key=f"{name}-{lang()}", horizontal=True)


def _apply(reader: Reader, copy: Copy | None, *, examine_too: bool) -> None:
    try:
        named = _model() if reader != "rules" or examine_too else None
    except ExtractorError as error:
        st.error(say("not_set"))
        st.text(plain(error.render(lang())))
        return
    if named is None and (reader != "rules" or examine_too):
        st.error(say("no_model"))
        return
    st.session_state["how"] = How(reader, Options(copy=copy, settings=named if reader != "rules" else None))
    if examine_too and named is not None:
        _verdict(named)


def _model() -> Settings | None:
    """The model of the form; where it names none, that of this machine. A key never goes to an address it was not given for."""
    name, address, key = ((st.session_state.get(one) or "").strip() for one in ("model", "base_url", "api_key"))
    address = address if private() else ""
    if not name:
        return Settings.from_environment(os.environ)
    return Settings.from_environment({}, model=name, base_url=address or None, api_key=key or None)


def _verdict(named: Settings) -> None:
    """What `nianbao doctor` says of the service."""
    diagnosis = Diagnosis()
    with st.spinner(say("reading")):
        asyncio.run(examine(named, diagnosis))
    pick = 0 if lang() == "zh" else 1
    (st.success if diagnosis.sound else st.error)(say("sound" if diagnosis.sound else "unsound"))
    st.text(
        "\n".join(plain(line[pick]) for line in diagnosis.lines)
        + "".join(f"\n→ {plain(one[pick])}" for one in diagnosis.advice)
    )
