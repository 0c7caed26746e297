"""What comes in: uploads, pasted text, the example; progress, and failures with their reasons."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any

import streamlit as st

from extractor.page import settings
from extractor.page.words import lang, say
from extractor.render.marks import plain
from extractor.reviewing import MOST_FILES, Desk, Upload
from extractor.serving import UPLOAD_MB

_EXAMPLE = "messy_report.txt"
_SHOWN = 20
_FEW = 3
"""Failures that are told in full above the reports; more are folded away, so that the reports stay in sight."""


def desk() -> Desk:
    """What the visitor has on the desk."""
    if "desk" not in st.session_state:
        st.session_state["desk"] = Desk()
    found = st.session_state["desk"]
    assert isinstance(found, Desk)
    return found


def _others() -> dict[str, tuple[bytes, str]]:
    """What did not come as a file: pasted texts and the example, with their names."""
    found: dict[str, tuple[bytes, str]] = st.session_state.setdefault("others", {})
    return found


def _field(name: str) -> str:
    """The key of a field, another one each time that everything is cleared."""
    return f"{name}-{st.session_state.setdefault('round', 0)}"


def uploads() -> None:
    """The upload field, text to paste, the example."""
    left, right = st.columns([3, 2])
    with left:
        st.file_uploader(say("upload"), accept_multiple_files=True, key=_field("upload"), max_upload_size=UPLOAD_MB)
        example, clear = st.columns([3, 2])
        example.button(say("example"), key="example", width="stretch", on_click=_open_example)
        clear.button(say("clear"), key="clear", disabled=not desk().items, width="stretch", on_click=_clear)
    with right, st.form("paste", border=False):
        st.text_area(say("paste_here"), height=80, key=_field("pasted"))
        st.form_submit_button(say("read_paste"), key="read-paste", width="stretch", on_click=_take_paste)


def _open_example() -> None:
    _others()["example"] = ((files("extractor") / "examples" / _EXAMPLE).read_bytes(), _EXAMPLE)


def _take_paste() -> None:
    text = str(st.session_state[_field("pasted")])
    if not text.strip():
        return
    data = text.encode("utf-8", "replace")
    _others()[f"paste-{sha256(data).hexdigest()[:12]}"] = (data, f"{say('paste')}-{len(_others()) + 1}.txt")


def _clear() -> None:
    _others().clear()
    desk().items.clear()
    st.session_state["round"] += 1


def read() -> Desk:
    """The desk, brought up to what is given, file by file, with progress; a run that is interrupted goes on in the next. To
    be called before the fields are drawn, so that what they hold is shown in the same run."""
    here = desk()
    given: list[Any] = st.session_state.get(_field("upload")) or []
    if len(given) > MOST_FILES:
        st.warning(say("too_many", limit=MOST_FILES, more=len(given) - MOST_FILES))
    uploads = [Upload(file.file_id, plain(file.name), file.size, file.getvalue) for file in given[:MOST_FILES]]
    uploads += [Upload(key, plain(name), len(data), partial(bytes, data)) for key, (data, name) in _others().items()]
    how = settings.how()
    missing = here.missing([upload.key for upload in uploads], how)
    new = [upload for upload in uploads if upload.key in missing]
    if not new:
        return here
    bar, current = st.progress(0.0), st.empty()
    with closing(here.read(new, how)) as reading:
        for at, upload in enumerate(new):
            bar.progress(at / len(new), text=f"{say('reading')} {at + 1} / {len(new)}")
            current.text(upload.name)
            next(reading)
    bar.empty()
    current.empty()
    return here


def failures(here: Desk) -> None:
    """Which uploads gave nothing, why, and what to do; and which are not as the settings want them."""
    if kept := here.otherwise(settings.how()):
        st.warning(say("kept_how", count=len(kept)))
        st.text("\n".join(kept[:_SHOWN]) + ("\n…" if len(kept) > _SHOWN else ""))
    failed = [item for item in here.items if item.error is not None]
    if not failed:
        return
    with st.expander(
        f"⚠ {say('failed', count=len(failed))}", expanded=len(failed) <= _FEW or not here.readable(), key="failures"
    ):
        st.text(
            "\n".join(plain(item.error.render(lang())) for item in failed[:_SHOWN] if item.error)
            + ("\n…" if len(failed) > _SHOWN else "")
        )
