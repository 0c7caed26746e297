"""The wheel carries what the program needs: it is built, installed into an empty environment, and run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT
from extractor import __version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built without a network by the backend that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory):
    """`nianbao` of an environment that holds the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(binaries / "python"),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run(command, check=True, capture_output=True)
    here = sysconfig.get_path("purelib")
    there = next(folder.rglob("site-packages"))
    (there / "dependencies.pth").write_text(f"{here}\n", encoding="utf-8")
    return binaries / "nianbao"


def _run(program, *args, cwd):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run([program, *args], cwd=cwd, env=environment, capture_output=True, timeout=300, check=False)


def test_wheel_holds_the_package_and_no_tests(wheel):
    """Types, examples and licence are in; tests and reports are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {"extractor/py.typed", "extractor/cli.py", "extractor/examples/messy_report.txt"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {"eval/command.py", "eval/gate.toml", "eval/dataset/a08_glued_large.txt"} <= set(names)
    assert {"prompts/applications.v1.md", "extractor/page/review.js", "extractor/model/prices.toml"} <= set(names)
    assert not [name for name in names if name.endswith((".pdf", ".docx", ".doc")) or name.startswith("eval/dataset/labels/d")]
    assert {Path(name).parts[0] for name in names} == {"extractor", "eval", "prompts", f"nianbao-{__version__}.dist-info"}


@pytest.mark.loopback
def test_installed_program_asks_a_simulated_model(program, tmp_path):
    """Prompts, prices and the simulation come with the wheel: the doctor finds all of them."""
    ran = _run(program, "doctor", "--scripted", "--lang", "en", cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout.decode() + ran.stderr.decode()
    assert "9 of 9" in ran.stdout.decode()


def test_installed_program_reads_a_report(program, tmp_path):
    """Away from the repository, the installed program reads a file, shows its demo and tells its version."""
    (tmp_path / "a.txt").write_text("某县水务局2023年政府信息公开工作年度报告\n一、总体情况\n", encoding="utf-8")
    ran = _run(program, "extract", "a.txt", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["document"]["name"] == "a.txt"
    assert _run(program, "demo", cwd=tmp_path).returncode == 0
    assert b"--dataset" in _run(program, "eval", "--help", cwd=tmp_path).stdout
    assert b"--port" in _run(program, "app", "--help", cwd=tmp_path).stdout
    assert _run(program, "--version", cwd=tmp_path).stdout.decode() == f"nianbao {__version__}\n"
