"""The commands `batch`, `runs` and `show`: what they print, their exit statuses, and estimates before anything is spent."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
import typer
from typer.testing import CliRunner

import batches
from batches import batch, fill, filled, version
from extractor import extract, library
from extractor.batch import command, progress
from extractor.batch.tally import Tally
from extractor.shell import guarded
from extractor.store import Outcome, open_store

app = typer.Typer()
app.command("batch")(guarded(command.command))
app.command("runs")(guarded(library.runs))
app.command("show")(guarded(library.show))


def nianbao(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_batch_says_how_it_went(tmp_path):
    """A batch ends with one line of counts; status 0, and 3 with the failures named when some input gave no result."""
    folder = fill(tmp_path / "in", 3)
    ran = nianbao("batch", folder, "--store", tmp_path / "s.db", "--workers", 1, "--lang", "en")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert "3/3, read 3" in ran.stderr
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    ran = nianbao("batch", folder, "--store", tmp_path / "s.db", "--workers", 1)
    assert ran.exit_code == 3
    assert "broken.pdf" in ran.stderr
    assert "4/4，失败 1，已有 3" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["in"],
        ["--store", "s.db"],
        ["in", "--store", "s.db", "--budget", "much"],
        ["in", "--store", "s.db", "--reader", "ocr"],
    ],
)
def test_wrong_use_is_status_2(tmp_path, monkeypatch, arguments):
    """Nothing to read, nowhere to store, no such sum of money, no such reader."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "in", 1)
    assert nianbao("batch", *arguments).exit_code == 2
    assert not (tmp_path / "s.db").exists()


def test_model_that_is_not_named_is_asked_for(tmp_path, monkeypatch):
    """A model reader without a model is wrong usage; nothing is sent or stored."""
    monkeypatch.delenv("NIANBAO_MODEL", raising=False)
    ran = nianbao("batch", fill(tmp_path / "in", 1), "--store", tmp_path / "s.db", "--reader", "both")
    assert ran.exit_code == 2
    assert "NIANBAO_MODEL" in ran.stderr
    assert not (tmp_path / "s.db").exists()


def test_dry_run_estimates_and_reads_nothing(tmp_path):
    """What there is to do, and, once something was read, how long it may take; no store is made and none is changed."""
    folder = fill(tmp_path / "in", 4)
    (folder / "copy.txt").write_bytes(batches.document(0)[1])
    place = tmp_path / "s.db"
    ran = nianbao("batch", folder, tmp_path / "none.txt", "--store", place, "--dry-run", "--lang", "en")
    assert ran.exit_code == 0
    assert "6 inputs: 4 documents to read" in ran.stdout
    assert "1 unchanged" in ran.stdout
    assert "1 not opened" in ran.stdout
    assert "--limit 20" in ran.stdout
    assert not place.exists()
    batch(str(place), [folder], limit=2)
    ran = nianbao("batch", folder, "--store", place, "--dry-run", "--lang", "en", "--workers", 2)
    assert "about 0:00:0" in ran.stdout
    assert batches.rows(str(place), "outcomes") == 2


def test_runs_are_listed(tmp_path):
    """Each run with its time, standing, reader and counts, the newest first."""
    folder = fill(tmp_path / "in", 2)
    for _ in range(2):
        batch(str(tmp_path / "s.db"), [folder])
    lines = nianbao("runs", "--store", tmp_path / "s.db").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["2", "1"]
    assert "unchanged=2" in lines[0]
    assert "read=2" in lines[1]
    assert "完成" in lines[0]


def test_show_compares_the_years_of_an_agency(tmp_path):
    """An agency's reports with their findings, those of series among them; older versions are named, not repeated."""
    name, data = batches.document(1)
    result = extract(data, name=name)
    cell = result.cells["applications.carried_in.total"]
    changed = type(cell)(value=12345, state="read", raw="12345", span=(0, 5), trust="proven")
    after = version(result, 2, agency="某县教育局", year=2023, published="2024-02-01")
    after = after.model_copy(update={"cells": after.cells | {"applications.carried_in.total": changed}})
    with open_store(str(tmp_path / "s.db"), create=True) as store:
        filled(
            store,
            version(result, 1, agency="某县教育局", year=2022),
            after,
            version(result, 3, agency="某县教育局", year=2023, published="2024-01-01"),
        )
    shown = nianbao("show", "某县教育", "--store", tmp_path / "s.db").stdout
    assert [line.split(" · ")[1:3] for line in shown.splitlines() if line.startswith("== ")] == [
        ["现行", "v1"],
        ["现行", "v2"],
        ["旧版", "v3"],
    ]
    assert "series.carry" in shown
    assert nianbao("show", "某县教育", 2021, "--store", tmp_path / "s.db").exit_code == 3
    assert "2021" in nianbao("show", "某县教育", 2021, "--store", tmp_path / "s.db").stderr


def test_commands_without_a_store_are_wrong_use(tmp_path):
    """`runs` and `show` need a store, and make none."""
    assert nianbao("runs").exit_code == nianbao("show", "某县").exit_code == 2
    assert nianbao("runs", "--store", tmp_path / "s.db").exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_line_of_progress(monkeypatch):
    """Settled of total, counts, rate, what remains, requests, cost so far and projected, in both languages."""
    tally = Tally(100)
    monkeypatch.setattr(time, "monotonic", lambda: tally.started + 10)
    for _ in range(20):
        tally.add(Outcome("0", "f", requests=3, cost="0.5"))
    tally.counts["unchanged"] = 30
    assert tally.rate == 2.0
    assert tally.projected_cost == Decimal("35.0")
    assert progress.line(tally, "en") == (
        "50/100, read 20, unchanged 30, 2.0 a second, 0:00:10 left, 60 requests, cost 10.0, 35.0000 in all"
    )
    assert progress.line(tally, "zh").startswith("50/100，读取 20，已有 30，每秒 2.0 份，还需 0:00:10，请求 60 次，费用 10.0")


def test_log_has_a_line_now_and_then(monkeypatch, capsys):
    """Where no person looks on, a line of progress comes every half minute, with the time of day."""
    tally = Tally(10)
    with progress.Display("en") as display:
        display.update(tally)
        assert capsys.readouterr().err == ""
        later = time.monotonic() + 31
        monkeypatch.setattr(time, "monotonic", lambda: later)
        display.update(tally)
        display.update(tally)
    assert capsys.readouterr().err.count("0/10") == 1
