"""Documents that kill, starve or stop the process that reads them: each is one failure with a name, the rest goes on."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest

from batches import batch, exported, fill, rows
from extractor.batch import engine_local
from extractor.batch import pool as pool_module
from extractor.batch.pool import Pool
from extractor.batch.work import Job, Setup
from extractor.errors import ExtractorError
from extractor.inputs import Input
from extractor.store import Origin

# what a worker is made to do on certain documents: Python runs sitecustomize before anything of ours
_MISBEHAVIOUR = """
import os, signal, time
from extractor import pipeline
usual = pipeline.extract_with_text

def extract_with_text(data, name, **more):
    if data.startswith(b"SEGFAULT"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if data.startswith(b"HUNGRY"):
        bytearray(1 << 34)
    if data.startswith(b"ENDLESS"):
        while True:
            pass
    if data.startswith(b"CRASH"):
        raise ZeroDivisionError("by us")
    if data.startswith(b"ONCE") and not os.path.exists(name + ".met"):
        open(name + ".met", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    if data.startswith((b"ONCE", b"NOISE")):
        os.write(1, b"noise on standard output")
        data = "某县2023年政府信息公开工作年度报告".encode()
    return usual(data, name, **more)

pipeline.extract_with_text = extract_with_text
"""


@pytest.fixture
def misbehaving(tmp_path, monkeypatch):
    """Workers that do on certain documents what their first word says."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_MISBEHAVIOUR, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clock(monkeypatch):
    """The clock of pools, which tests put forward: what a test waits for then does not depend on how busy the machine is."""
    ahead = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(pool_module, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead.seconds))
    return ahead


@pytest.mark.parametrize("workers", [1, 2])
def test_each_bad_document_is_one_named_failure(misbehaving, clock, monkeypatch, workers):
    """Killed, out of memory, out of time, crashed: four failures with four names, and every other document is read."""
    overdue = Pool._overdue

    def later(pool):
        """Time passes once nobody does anything but the document that never ends."""
        doing = [task.job for worker in pool._workers for task in worker.doing()]
        endless = [job.sha256 is not None and "ENDLESS" in job.item.name for job in doing]
        if any(endless) and all(endless) and all(worker.ready for worker in pool._workers):
            clock.seconds = 100.0
        return overdue(pool)

    monkeypatch.setattr(Pool, "_overdue", later)
    folder = fill(misbehaving / "in", 8)
    for word in ("SEGFAULT", "HUNGRY", "ENDLESS", "CRASH"):
        (folder / f"2021-m-{word}.txt").write_text(word)
    setup = Setup(memory=1 << 30)
    tally, failures = batch(str(misbehaving / "s.db"), [folder], workers=workers, setup=setup, timeout=90.0)
    assert {name[7:-4]: failure.kind for name, failure in failures.items()} == {
        "SEGFAULT": "crash",
        "HUNGRY": "memory",
        "ENDLESS": "timeout",
        "CRASH": "internal",
    }
    assert (tally.counts["read"], tally.counts["failed"]) == (8, 4)
    assert "SIGSEGV" in failures["2021-m-SEGFAULT.txt"].reason[1]
    assert exported(str(misbehaving / "s.db")).count('"error"') == 4


def test_worker_that_somebody_else_killed_costs_nothing(misbehaving):
    """A document whose worker died once, for whatever reason, is tried again and read."""
    folder = fill(misbehaving / "in", 4)
    (folder / "once.txt").write_text("ONCE")
    tally, failures = batch(str(misbehaving / "s.db"), [folder])
    assert (tally.counts["read"], failures) == (5, {})


def test_several_documents_at_a_time_in_one_worker(misbehaving):
    """With several documents in flight in a worker, one that kills it costs the others nothing."""
    folder = fill(misbehaving / "in", 6)
    (folder / "2021-m.txt").write_text("SEGFAULT")
    tally, failures = batch(str(misbehaving / "s.db"), [folder], setup=Setup(in_flight=4))
    assert (tally.counts["read"], list(failures)) == (6, ["2021-m.txt"])


def test_what_libraries_print_is_no_answer(misbehaving):
    """Output of a library in the worker does not get between its answers."""
    folder = fill(misbehaving / "in", 2)
    (folder / "noise.txt").write_text("NOISE")
    assert batch(str(misbehaving / "s.db"), [folder])[0].counts["read"] == 3


def test_workers_end_with_their_parent(tmp_path):
    """When the pool is closed no worker is left, and none holds an answer back."""
    name = fill(tmp_path / "in", 1).joinpath(next(os.walk(tmp_path / "in"))[2][0])
    with Pool(2, Setup(), timeout=60) as pool:
        processes = pool.processes
        pool.submit(Job(Input(name.name, str(name), name), Origin(name.name)))
        [(_, identity)] = pool.answers(60)
        assert identity.size == name.stat().st_size
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_worker_that_cannot_start_is_said_so(tmp_path, monkeypatch):
    """A broken installation ends the batch with one message instead of failing every document."""
    (tmp_path / "sitecustomize.py").write_text("import os; os._exit(9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = fill(tmp_path / "in", 2)
    with pytest.raises(ExtractorError, match="does not start"):
        batch(str(tmp_path / "s.db"), [folder])
    assert rows(str(tmp_path / "s.db"), "outcomes") == 0


def test_file_that_changes_under_the_reader(tmp_path, monkeypatch):
    """A file that another program rewrites between identifying and reading is not stored under the wrong hash."""
    folder = fill(tmp_path / "in", 1)
    [file] = folder.iterdir()
    claim = engine_local._Batch._claim

    def rewrite(self, jobs):
        file.write_bytes(b"something else")
        return claim(self, jobs)

    monkeypatch.setattr(engine_local._Batch, "_claim", rewrite)
    tally, failures = batch(str(tmp_path / "s.db"), [folder])
    assert failures[file.name].kind == "changed"
    assert rows(str(tmp_path / "s.db"), "claims") == 0
    assert tally.exit_status == 3


def test_slow_start_is_not_held_against_a_document(tmp_path, clock, monkeypatch):
    """The clock of a document starts when its worker is ready, not when the worker is started."""
    heard = Pool._heard

    def late(pool, worker, said):
        clock.seconds += 100.0 * (said == "ready")
        return heard(pool, worker, said)

    monkeypatch.setattr(Pool, "_heard", late)
    tally, failures = batch(str(tmp_path / "s.db"), [fill(tmp_path / "in", 2)], timeout=90.0)
    assert (tally.counts["read"], failures, clock.seconds) == (2, {}, 100.0)
