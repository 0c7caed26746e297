"""Behind the developer switch (`nianbao app --dataset DIR`): corrected reports as fixtures, and evaluation runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import streamlit as st

from extractor.page.words import say
from extractor.reviewing import Desk, Item, keep_as_fixture
from extractor.serving import DATASET

_SECONDS = 900


def dataset() -> Path | None:
    """The dataset folder, if the page was started with one."""
    folder = os.environ.get(DATASET)
    return Path(folder) if folder else None


def fixture(item: Item) -> None:
    """The button that keeps a report with its corrections in the dataset."""
    folder = dataset()
    if folder is None or not st.button(say("fixture"), key="fixture"):
        return
    who = (st.session_state.get("who") or "").strip() or say("nobody")
    try:
        st.text(say("kept", path=keep_as_fixture(item, folder, who)))
    except OSError as error:
        st.error(say("not_kept", why=error.strerror or type(error).__name__))


def show(_: Desk) -> None:
    """Run the evaluation over the dataset and show what it prints."""
    folder = dataset()
    assert folder is not None
    st.text(f"{say('dataset')}{folder}")
    if st.button(say("evaluate"), key="evaluate"):
        command = [sys.executable, "-m", "extractor", "eval", "--dataset", str(folder), "-o", str(folder / "runs")]
        with st.spinner(say("reading")):
            ran = subprocess.run(  # noqa: S603 - our own command, on a folder that the person named who started the page
                command, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS, check=False
            )
        st.code(ran.stdout + ran.stderr, language=None, wrap_lines=True)
