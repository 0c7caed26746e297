"""What keeps the house in order: a small front door, light imports, short files and functions, no foreign hosts or paths."""

from __future__ import annotations

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib

import pytest

import extractor
from conftest import ROOT

SOURCES = sorted(path for folder in ("extractor", "eval", "bench", "tests") for path in (ROOT / folder).rglob("*.py"))
HEAVY = {
    "openai",
    "instructor",
    "streamlit",
    "pandas",
    "sqlalchemy",
    "pydantic_settings",
    "pdfplumber",
    "lxml",
    "typer",
    "rich",
    "pydantic",
}


def _loaded(code):
    """Modules that are loaded after `code`, and the seconds of processor time it took, in a fresh interpreter."""
    before = os.times()
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    after = os.times()
    return set(ran.stdout.split()), after.children_user + after.children_system - before.children_user - before.children_system


def test_front_door_is_small_and_every_name_opens():
    """`__all__` holds at most eight names; each leads where it says."""
    assert sorted(extractor.__all__) == ["ExtractorError", "Finding", "Report", "Result", "check", "extract", "extract_async"]
    assert len(extractor.__all__) <= 8
    for name in extractor.__all__:
        assert getattr(extractor, name).__name__ == name
    with pytest.raises(AttributeError):
        extractor.nonsense  # noqa: B018 - looking it up is the test


def test_import_is_light():
    """`import extractor` loads nothing heavy and takes at most 0.4 s of processor time (best of three)."""
    runs = [_loaded("import extractor") for _ in range(3)]
    assert runs[0][0] & HEAVY == set()
    assert min(seconds for _, seconds in runs) <= 0.4


def test_reading_loads_no_model_store_or_page():
    """Reading a report needs none of the libraries for models, stores and pages."""
    loaded, _ = _loaded("import extractor; extractor.extract(text='某县2023年政府信息公开工作年度报告')")
    assert loaded & {"openai", "instructor", "streamlit", "pandas", "sqlalchemy", "typer", "rich", "pdfplumber"} == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path):
    """Files have at most 400 lines, functions at most 60."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [f.name for f in functions if f.end_lineno - f.lineno >= 60] == []


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "extractor" in path.parts[len(ROOT.parts) :]], ids=lambda path: path.name
)
def test_package_imports_neither_tests_nor_evaluation(path):
    """The product stands on its own: no module of it imports eval, bench or tests."""
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert {name.split(".")[0] for name in imported} & {"eval", "bench", "tests"} == set()


def test_constraints_pin_every_dependency_and_name_no_host():
    """Every direct dependency has an exact version in constraints.txt, and the file works with any package index."""
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {re.split(r"[<>=\[]", name)[0].lower() for name in wanted} - pinned == set()


def test_tests_cannot_reach_the_network():
    """The guard of conftest stops a connection before it is made."""
    with pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(pytest.fail.Exception, match="127"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


@pytest.mark.loopback
def test_loopback_is_open_to_those_who_ask():
    """A test that serves itself on this machine may."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_skipped_test_fails_in_ci(tmp_path, ci, status):
    """What CI does not run, CI does not pass."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.skip\ndef test_it(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, env=os.environ | {"CI": ci}, cwd=tmp_path, check=False)
    assert ran.returncode == status
