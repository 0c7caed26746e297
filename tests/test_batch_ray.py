"""The engine of a cluster does what that of one machine does, also when a node dies."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from importlib.util import find_spec

import pytest

import batches
from conftest import ROOT
from extractor.batch import engine_ray
from extractor.batch.engine_local import Order
from extractor.batch.manifest import items
from extractor.batch.tally import Tally
from extractor.batch.work import Setup
from extractor.store import open_store

COUNT = 70


@pytest.fixture
def no_cluster(monkeypatch):
    """The driver of a cluster with all tasks done in this process, a block at a time."""

    def on_cluster(self, jobs):
        for start in range(0, len(jobs), 4):
            block = {"job": [pickle.dumps(job) for job in jobs[start : start + 4]]}
            yield [pickle.loads(pair) for pair in engine_ray._answer(block, Setup(), 60.0)["answer"]]

    monkeypatch.setattr(engine_ray, "_begin", lambda order: None)
    monkeypatch.setattr(engine_ray._Driver, "_on_cluster", on_cluster)
    monkeypatch.setattr(engine_ray, "_BLOCK", 2)
    yield
    for pool in engine_ray._pools.values():
        pool.__exit__()
    engine_ray._pools.clear()


def _run(place, folder, **order):
    with open_store(place, create=True) as store:
        return engine_ray.run(items([str(folder)], None, None), store, Order(**order), batches.Listener())


def test_driver_does_what_one_machine_does(no_cluster, tmp_path):
    """Limits, copies, failures, missing files and second runs are counted as on one machine, and the export is the same."""
    folder = batches.fill(tmp_path / "in", 6)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "copy.txt").write_bytes(batches.document(0)[1])
    place = str(tmp_path / "driver.db")
    limited = _run(place, folder, limit=3)
    assert (limited.done_now, limited.counts["skipped"] > 0, limited.status) == (3, True, "done")
    rest = _run(place, folder)
    assert (rest.done_now, rest.settled, rest.total) == (4, 8, 8)
    assert _run(place, folder).counts["unchanged"] == 7
    assert _run(place, folder, again="failed").counts["failed"] == 1
    assert batches.rows(place, "claims") == 0
    batches.batch(str(tmp_path / "alone.db"), [folder])
    assert batches.exported(place) == batches.exported(str(tmp_path / "alone.db"))


def test_driver_keeps_to_its_budget(no_cluster, tmp_path, monkeypatch):
    """Once a price is known no more is begun than the budget pays for."""
    monkeypatch.setattr(Tally, "add", lambda self, outcome, add=Tally.add: add(self, replace(outcome, cost="1")))
    tally = _run(str(tmp_path / "s.db"), batches.fill(tmp_path / "in", 8), budget=Decimal(5))
    assert (tally.cost, tally.counts["read"], tally.counts["skipped"], tally.status) == (Decimal(5), 5, 3, "budget")


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed")
def test_node_killed_midway(tmp_path):
    """On two nodes of which one is killed midway every document is read exactly once, from object storage by address, and the
    export is that of one machine."""
    folder = batches.fill(tmp_path / "in", COUNT)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    place = str(tmp_path / "cluster.db")
    command = [sys.executable, str(ROOT / "tests" / "ray_cluster.py"), f"file://{folder}", place]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    [said] = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"counts"')]
    assert (said["counts"]["read"], said["counts"]["failed"], said["nodes"]) == (COUNT, 1, 1)
    assert 0 < said["read_before"] < COUNT
    assert batches.rows(place, "outcomes") == COUNT + 1
    assert batches.rows(place, "claims") == 0
    batches.batch(str(tmp_path / "alone.db"), [folder], workers=2)
    assert batches.exported(place) == batches.exported(str(tmp_path / "alone.db"))
    again, _ = batches.batch(place, [folder])
    assert again.counts["unchanged"] == COUNT
