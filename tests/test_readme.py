"""Both READMEs do what they say (rewrite their outputs with NIANBAO_GOLDEN=write and read the difference)."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

PAGES = ["README.md", "README.zh.md"]
BLOCK = re.compile(r"^```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _output(command):
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PATH": programs},
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert ran.stderr == b""
    return ran.stdout.decode()


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page):
    """Every console block of the page is run as it stands and prints exactly what stands under it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    run = BLOCK.sub(lambda block: f"```console\n$ {block['command']}\n{_output(block['command'])}```", text)
    if os.environ.get("NIANBAO_GOLDEN") == "write":
        (ROOT / page).write_text(run, encoding="utf-8")
    assert run == text
    assert len(BLOCK.findall(text)) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_python_of_the_page_runs(page, monkeypatch):
    """The Python session of the page gives what it shows."""
    monkeypatch.chdir(ROOT)
    session = "\n".join(PYTHON.findall((ROOT / page).read_text(encoding="utf-8")))
    outcome = doctest.DocTestRunner().run(doctest.DocTestParser().get_doctest(session, {}, page, page, 0))
    assert outcome.attempted >= 5
    assert outcome.failed == 0


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "command", ["extract", "check", "text", "schema", "demo", "batch", "export", "runs", "show", "doctor", "app"]
)
def test_every_option_is_named(page, command):
    """An option that `--help` lists and the page does not name is a hidden one."""
    text = (ROOT / page).read_text(encoding="utf-8")
    options = [
        re.findall(r"--?[a-z-]+", line)
        for line in _output(f"nianbao {command} --help").splitlines()
        if re.match(r" *--?[a-z]", line)
    ]
    assert ["--help"] in options
    assert f"nianbao {command}" in text
    assert [names for names in options if "--help" not in names and not any(name in text for name in names)] == []


def test_twins_show_the_same_commands():
    """The Chinese page has the sections and commands of the English one."""
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in PAGES]
    assert len({len(re.findall(r"^## ", text, re.MULTILINE)) for text in texts}) == 1
    assert len({tuple(re.findall(r"^    (nianbao \w+)", text, re.MULTILINE)) for text in texts}) == 1
