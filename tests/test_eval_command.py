"""`nianbao eval` as a person meets it: entry point, exit statuses, kept runs, wrong usage."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from conftest import ROOT
from extractor import cli
from handlabelled import item, label

TEXT = "某县2024年政务公开工作要点\n一、加强组织领导。\n"
GROUP = "nianbao.commands"


def _declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return EntryPoints(EntryPoint(name, value, GROUP) for name, value in project["entry-points"][GROUP].items())


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own with the commands that pyproject.toml declares: (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **wanted: _declared().select(**wanted))

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["nianbao", *map(str, args)])
        status = cli.main()
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def dataset(tmp_path):
    """One labelled look-alike, of which nothing is to be read."""
    cells = dict.fromkeys(label().cells, "absent")
    item(label(states=cells, edition="2021", kind="other"), tmp_path / "dataset", TEXT)
    return tmp_path / "dataset"


def test_command_is_declared_and_listed(run):
    """pyproject.toml declares it, `--help` lists it, and its own help names every option of the contract."""
    assert run("--help")[1].count("\n  eval ") == 1
    status, out, _ = run("eval", "--help")
    assert status == 0
    for option in ("--dataset", "--reader", "--compare", "--gate", "--lint", "-o"):
        assert option in out


def test_help_loads_no_reader():
    """Listing the command needs neither the reader nor the scoring."""
    code = "import sys, eval.command; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "lxml", "extractor.pipeline", "eval.evaluate"} & set(loaded)


def test_unknown_command_is_wrong_usage(run):
    """A name that nobody provides is refused as before."""
    assert run("nonsense")[0] == 2


def test_run_is_kept_listed_and_compared(run, dataset):
    """A run prints its scores, writes four files, is listed, and compares with the one before."""
    status, out, _ = run("eval", "--dataset", dataset, "-o", "kept")
    assert status == 0
    assert "documents_without_error" in out
    folders = list((dataset.parent / "kept").iterdir())
    assert sorted(path.name for path in folders[0].iterdir()) == [
        "cells.jsonl.gz", "documents.jsonl", "report.html", "run.json",
    ]  # fmt: skip
    assert json.loads((folders[0] / "run.json").read_text(encoding="utf-8"))["reader"] == "rules"
    assert folders[0].name in run("eval", "--list", "-o", "kept")[1]
    status, out, _ = run("eval", "--dataset", dataset, "-o", "kept", "--compare", "last")
    assert (status, "0 cells changed" in out) == (0, True)


@pytest.mark.parametrize(("bound", "status"), [("[escapes]\nmax = 0", 0), ("[yield]\nmin = 0.5", 1)])
def test_gate_decides_the_status(run, dataset, tmp_path, bound, status):
    """A gate that is kept ends with 0, one that is not with 1 and the reason (here nothing was there to yield)."""
    (tmp_path / "gate.toml").write_text(bound)
    ended, out, _ = run("eval", "--dataset", dataset, "--gate", tmp_path / "gate.toml")
    assert ended == status
    assert ("gate: yield: nothing was measured" in out) == (status == 1)


def test_lint_decides_the_status(run, dataset):
    """Clean labels end with 0, a broken one with 1 and its name."""
    assert run("eval", "--lint", "--dataset", dataset)[:2] == (0, "1 labels, 0 problems\n")
    path = dataset / "labels" / "a.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"year"', '"jahr"'), encoding="utf-8")
    status, out, _ = run("eval", "--lint", "--dataset", dataset)
    assert status == 1
    assert "a.json: jahr" in out
    assert run("eval", "--dataset", dataset)[0] == 2


@pytest.mark.parametrize(
    "args", [("--dataset", "nowhere"), ("--compare", "never"), ("--gate", "missing.toml"), ("--reader", "oracle")]
)
def test_wrong_usage_is_told(run, dataset, args):
    """A folder without labels, an unknown run, gate or reader end with 2 and one line on stderr, and keep no run."""
    status, out, err = run("eval", "--dataset", dataset, *args)
    assert (status, out) == (2, "")
    assert err
    assert not (dataset.parent / "runs").exists()
