"""Taking results away: for one report or for all, in one file or in a file each."""

from __future__ import annotations

from functools import partial

import streamlit as st

from extractor.page.review import chosen
from extractor.page.words import lang, say
from extractor.reviewing import KINDS, Desk, download, each_apart, file_name


def show(desk: Desk) -> None:
    """The buttons; a file is made when it is asked for."""
    items = desk.readable()
    results = desk.results(lang())
    st.subheader(say("one"), anchor=False)
    item, result = chosen(desk)
    for column, (kind, (_, media)) in zip(st.columns(len(KINDS)), KINDS.items(), strict=True):
        column.download_button(
            say(kind),
            partial(download, [item], [result], kind, lang()),
            file_name=file_name(item, kind),
            mime=media,
            key=f"one-{kind}",
            on_click="ignore",
            width="stretch",
        )
    st.text(say("kinds"))
    if len(items) == 1:
        return
    st.subheader(say("all", count=len(items)), anchor=False)
    st.text(say("together"))
    for column, (kind, (suffix, media)) in zip(st.columns(len(KINDS)), KINDS.items(), strict=True):
        column.download_button(
            say(kind),
            partial(download, items, results, kind, lang()),
            file_name=f"nianbao{'.jsonl' if kind == 'json' else suffix}",
            mime=media,
            key=f"all-{kind}",
            on_click="ignore",
            width="stretch",
        )
    st.text(say("apart"))
    for column, kind in zip(st.columns(len(KINDS)), KINDS, strict=True):
        column.download_button(
            say(kind),
            partial(each_apart, items, results, kind, lang()),
            file_name=f"nianbao-{kind}.zip",
            mime="application/zip",
            key=f"apart-{kind}",
            on_click="ignore",
            width="stretch",
        )
