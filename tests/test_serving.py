"""The command `nianbao app`: what is served, to whom, and what it never does."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from conftest import ROOT
from extractor import serving
from extractor.errors import ExtractorError, UsageError


def options():
    return dict(one[2:].split("=") for one in serving.arguments(8501, "127.0.0.1", browser=False)[5:])


def test_page_is_served_to_this_machine_and_reports_to_nobody():
    """Loopback, no usage statistics, no error details, a limit on uploads."""
    found = options()
    assert found["server.address"] == "127.0.0.1"
    assert found["browser.gatherUsageStats"] == "false"
    assert found["client.showErrorDetails"] == "none"
    assert found["server.maxUploadSize"] == "400"
    assert found["server.headless"] == "true"


def test_click_does_not_wait_for_a_garbage_collection():
    """Streamlit's full collection after each run would take five times as long as a correction does."""
    assert options()["runner.postScriptGC"] == "false"


def test_streamlit_knows_every_option():
    """Each option is one that the installed Streamlit has."""
    from streamlit import config

    known = config.get_config_options()
    assert [name for name in options() if name not in known] == []


def test_app_starts_the_page_in_three_lines():
    """`app.py` and the script that the command serves only start `extractor.page`."""
    for path in (ROOT / "app.py", ROOT / "extractor" / "page" / "__main__.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith('"""')]
        assert lines == ["from extractor.page import main", "main()"]


@pytest.mark.parametrize("dataset", [None, "labelled"])
def test_developer_tools_need_the_switch(monkeypatch, tmp_path, dataset):
    """Only `--dataset` shows the page where it may write; the variable of the caller's environment does not count."""
    ran = {}
    monkeypatch.setenv(serving.DATASET, "/somewhere/else")
    monkeypatch.setattr(
        subprocess, "run", lambda command, env, check: ran.update(env=env) or subprocess.CompletedProcess(command, 0)
    )
    assert serving.command(dataset=tmp_path / dataset if dataset else None) == 0
    assert ran["env"].get(serving.DATASET) == (str(tmp_path / dataset) if dataset else None)


def test_page_that_cannot_be_served_is_told_with_the_remedy(monkeypatch):
    """A port in use is an error of its own, not status 1, which belongs to `--fail-on`."""
    monkeypatch.setattr(subprocess, "run", lambda command, env, check: subprocess.CompletedProcess(command, 1))
    with pytest.raises(ExtractorError, match="try another --port"):
        serving.command(port=8790)


def test_missing_streamlit_is_told_with_the_remedy(monkeypatch):
    """Without Streamlit the command says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install"):
        serving.command()


def test_command_is_light():
    """The module of the command loads neither Streamlit nor anything that reads."""
    command = [sys.executable, "-c", "import extractor.serving, sys; print(*sys.modules)"]
    loaded = set(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split())
    assert loaded & {"streamlit", "pandas", "pydantic", "lxml", "extractor.page"} == set()


def test_document_text_never_becomes_markup():
    """Nothing in the page's code sets HTML from data: neither its scripts nor its Python."""
    code = [
        path.read_text(encoding="utf-8") for path in (ROOT / "extractor" / "page").iterdir() if path.suffix in {".js", ".py"}
    ]
    forbidden = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "unsafe_allow_html", "eval(")
    assert [word for text in code for word in forbidden if word in text] == []
    assert len(code) >= 11


@pytest.mark.parametrize(
    ("address", "private"),
    [
        *(("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.0.2", True)),
        *(("0.0.0.0", False), ("::", False), ("192.0.2.1", False), ("example.org", False), ("", False), (None, False)),
    ],
)
def test_loopback_is_known(address, private):
    """Only addresses of this machine itself are loopback; a server without one is reached from everywhere."""
    assert serving.is_loopback(address) is private


def test_store_is_handed_to_the_page(monkeypatch):
    """Only `--store` opens a store for all visitors; the variable of the caller's environment does not count."""
    ran = []
    monkeypatch.setenv(serving.STORE, "elsewhere.db")
    monkeypatch.setattr(
        subprocess, "run", lambda command, env, check: ran.append(env) or subprocess.CompletedProcess(command, 0)
    )
    serving.command(store="reports.db")
    serving.command()
    assert [env.get(serving.STORE) for env in ran] == ["reports.db", None]


def page(monkeypatch, address, store=None):
    """The start page as a visitor of a server at `address` gets it."""
    from streamlit import config
    from streamlit.testing.v1 import AppTest

    before = config.get_option("server.address")
    config.set_option("server.address", address)
    monkeypatch.delenv(serving.DATASET, raising=False)
    if store is None:
        monkeypatch.delenv(serving.STORE, raising=False)
    else:
        monkeypatch.setenv(serving.STORE, store)
    try:
        shown = AppTest.from_file(str(ROOT / "extractor" / "page" / "__main__.py"), default_timeout=300).run()
    finally:
        config.set_option("server.address", before)
    assert [one.message for one in shown.exception] == []
    return {one.key for one in (*shown.text_input, *shown.button) if one.key}


@pytest.mark.parametrize(
    ("address", "store", "there", "absent"),
    [
        ("127.0.0.1", None, {"base_url", "place"}, {"start"}),
        ("127.0.0.1", "reports.db", {"base_url", "start", "folder"}, {"place"}),
        ("0.0.0.0", None, {"model", "api_key"}, {"base_url", "place", "start", "folder"}),
        ("0.0.0.0", "reports.db", {"model", "asked-agency"}, {"base_url", "place", "start", "folder"}),
    ],
)
def test_visitors_from_elsewhere_steer_no_server(monkeypatch, tmp_path, address, store, there, absent):
    """Where other machines reach the page, nobody names an address for the server to call, nor a store or a folder on it; of a
    store that the page was started with, they see what it holds."""
    monkeypatch.chdir(tmp_path)
    fields = page(monkeypatch, address, store)
    assert there <= fields
    assert absent & fields == set()
