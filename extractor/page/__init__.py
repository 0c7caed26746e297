"""The Streamlit page: widgets and calls only. Everything it shows comes from `extractor.reviewing`, one desk a visitor."""

from __future__ import annotations

import streamlit as st

from extractor.page import collection, developer, downloads, intake, review, settings, years
from extractor.page.words import LANGUAGES, lang, say


def main() -> None:
    """Draw the page for one visitor."""
    st.set_page_config(page_title="nianbao", page_icon="🧾", layout="wide", initial_sidebar_state="collapsed")
    st.html(_STYLE.replace("/*words*/", _ENGLISH if lang() == "en" else _CHINESE))
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(say("title"), anchor=False)
        settings.show()
        st.segmented_control(
            "语言 / Language",
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            default="zh",
            required=True,
            key="lang",
            label_visibility="collapsed",
        )
    for key in _KEPT:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    desk = intake.read()
    with st.expander(say("documents"), expanded=not desk.items):
        intake.uploads()
    if not desk.items:
        st.info(say("empty" if settings.private() else "empty_shared"))
    intake.failures(desk)
    views = ["review", "years", "download", "library", *(["developer"] if developer.dataset() else [])]
    if desk.readable():
        st.session_state.setdefault("view", "review")
        chosen = st.segmented_control(
            say("view"), views, format_func=say, required=True, key="view", label_visibility="collapsed"
        )
        _VIEWS[chosen or "review"](desk)
        return
    if collection.offered():
        with st.expander(say("store"), expanded=collection.given(), key="store"):
            collection.library(desk)
    if developer.dataset():
        developer.show(desk)


_KEPT = ("item", "place", "folder", "asked-agency", "asked-year")
"""Fields whose content stays while another view is shown; Streamlit forgets what is not drawn."""
_VIEWS = {
    "review": review.show,
    "years": years.show,
    "download": downloads.show,
    "library": collection.show,
    "developer": developer.show,
}
_STYLE = """<style>
.stMainBlockContainer { padding: 0.8rem clamp(0.8rem, 2.5vw, 2.5rem) 3rem; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: 0.7rem; }
.stAppHeader { height: 0; min-height: 0; overflow: visible; background: transparent; }
[data-testid="stStatusWidget"], [data-testid="stElementToolbar"] { display: none; }
[data-testid="stPopoverBody"] { max-height: 84vh !important; }
h1 { font-size: 1.5rem !important; padding: 0.2rem 0 !important; }
h3 { font-size: 1.1rem !important; padding: 0.3rem 0 !important; }
[data-testid="stText"] { overflow-wrap: anywhere; white-space: pre-wrap; }
[data-testid="stTooltipErrorContent"], [data-testid="stFileChip"] [role="alert"] { display: none; }
[data-testid="stFileUploader"]:has([data-testid="stFileChip"][aria-invalid="true"])::after { font-size: 0.875rem; }
[data-testid="stFileUploaderDropzoneInstructions"] span { font-size: 0; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { font-size: 0.875rem; }
/*words*/
</style>"""
_CHINESE = """
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "选择文件"; font-size: 0.875rem; }
[data-testid="stSkipToContent"] { font-size: 0; }
[data-testid="stSkipToContent"]::after { content: "跳到正文"; font-size: 0.875rem; }
[data-testid="InputInstructions"] { font-size: 0; }
[data-testid="InputInstructions"]::after { content: "按回车确认"; font-size: 0.75rem; }
.stTextArea [data-testid="InputInstructions"]::after { content: "按 Ctrl+Enter 确认"; }
[data-testid="stFileUploader"]:has([data-testid="stFileChip"][aria-invalid="true"])::after {
  content: "标红的文件没有传上来：超过上限 60 MB，或连接中断。年度报告很小，请确认文件是否正确。"; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { content: "或拖到这里，每个文件不超过 60 MB"; }
"""
"""Streamlit has no Chinese for these, and names another limit."""
_ENGLISH = """
[data-testid="stFileUploader"]:has([data-testid="stFileChip"][aria-invalid="true"])::after {
  content: "Files in red were not uploaded: over the limit of 60 MB, or the connection failed. An annual report is small; check that this is the right file."; }
[data-testid="stFileUploaderDropzoneInstructions"] span::after { content: "or drop files here, at most 60 MB each"; }
"""
