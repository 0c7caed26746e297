"""The command `nianbao app`: what is served, to whom, and what it never does."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from conftest import ROOT
from extractor import serving
from extractor.errors import UsageError


def options():
    return dict(one[2:].split("=") for one in serving.arguments(8501, "127.0.0.1", browser=False)[5:])


def test_page_is_served_to_this_machine_and_reports_to_nobody():
    """Loopback, no usage statistics, no error details, a limit on uploads."""
    found = options()
    assert found["server.address"] == "127.0.0.1"
    assert found["browser.gatherUsageStats"] == "false"
    assert found["client.showErrorDetails"] == "none"
    assert found["server.maxUploadSize"] == "100"
    assert found["server.headless"] == "true"


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
