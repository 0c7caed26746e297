"""A batch that is killed, cut off, out of space or interrupted: run again, its export is that of one that never was.

`NIANBAO_KILLS=20 pytest tests/test_batch_survival.py` kills twenty times instead of three.
"""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import threading
import time

import pytest

import batches
from batches import batch, exported, fill
from extractor.batch import engine_local
from extractor.store import StoreError, open_store

pytest_plugins = ("postgres",)
KILLS = int(os.environ.get("NIANBAO_KILLS", "3"))
COUNT = 150


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """A folder of reports, a broken file and a copy among them; the export of a batch that nothing disturbed; its seconds."""
    folder = fill(tmp_path_factory.mktemp("documents") / "in", COUNT)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "copy.txt").write_bytes(batches.document(0)[1])
    place = str(tmp_path_factory.mktemp("undisturbed") / "s.db")
    begun = time.monotonic()
    batch(place, [folder], workers=2)
    seconds = time.monotonic() - begun
    return folder, exported(place), seconds


def _finish(place, folder):
    """Run the batch until nothing is left to do; its export."""
    tally, _ = batch(place, [folder], workers=2)
    assert tally.settled == tally.total == COUNT + 2
    assert batches.rows(place, "claims") == 0
    return exported(place)


def test_sigkill_at_random_moments(place, documents):
    """Killed with all its workers at random moments, a batch goes on where it was: same export, nothing twice, no claim left."""
    folder, undisturbed, seconds = documents
    chance = random.Random(place[:6])
    for _ in range(KILLS):
        running = batches.command(folder, "--store", place, "--workers", 2)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=chance.uniform(0.3, seconds + 1.0))
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
        running.communicate()
    assert _finish(place, folder) == undisturbed
    assert batches.rows(place, "outcomes") == COUNT + 1


def test_workers_killed_again_and_again(tmp_path, documents, monkeypatch):
    """Five workers that somebody kills, whatever they are doing, cost no document its result; one that is hit twice is tried
    again later."""
    folder, undisturbed, _ = documents
    killed, heard = [], []
    answers = engine_local.Pool.answers

    def kill_and_answer(pool, patience):
        for worker in pool._workers if len(heard) > 20 * len(killed) and len(killed) < 5 else ():
            if worker.ready and worker.held and not worker.alone and worker.process.pid not in killed:
                killed.append(worker.process.pid)
                os.kill(worker.process.pid, signal.SIGKILL)
                break
        heard.extend(found := answers(pool, patience))
        return found

    monkeypatch.setattr(engine_local.Pool, "answers", kill_and_answer)
    tally, failures = batch(str(tmp_path / "s.db"), [folder], workers=2)
    assert len(killed) == 5
    assert {failure.kind for name, failure in failures.items() if name != "broken.pdf"} <= {"crash"}
    assert tally.counts["read"] >= COUNT - len(killed) // 2
    batch(str(tmp_path / "s.db"), [folder], workers=2, again="failed")
    assert exported(str(tmp_path / "s.db")) == undisturbed


def test_database_connections_cut(postgresql_place, documents, monkeypatch):
    """A server that drops every connection again and again costs nothing but time."""
    import psycopg

    folder, undisturbed, _ = documents
    done, first = threading.Event(), threading.Event()
    finish = engine_local._Batch.finish
    monkeypatch.setattr(engine_local._Batch, "finish", lambda running: first.wait(60) and finish(running))

    def terminate():
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        pause = 0.2
        with psycopg.connect(postgresql_place, autocommit=True) as connection:
            while not done.wait(pause):
                if connection.execute(f"{others} AND pid <> pg_backend_pid()").fetchall():
                    first.set()
                    pause *= 1.3  # on a slow machine too a transaction comes to its end at last

    with open_store(postgresql_place, create=True):
        pass
    cutter = threading.Thread(target=terminate)
    cutter.start()
    try:
        batch(postgresql_place, [folder], workers=2)
    finally:
        done.set()
        cutter.join()
    assert first.is_set()
    assert _finish(postgresql_place, folder) == undisturbed


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes; where none can be mounted, a limit on the size of files does the same."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode == 0:
        yield folder, None
        subprocess.run(["umount", folder], check=True)
    else:
        yield folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def test_full_disk(small_disk, tmp_path, documents):
    """A full disk ends the batch with status 3 and one line that says what to do; moved to a larger one, it goes on."""
    folder, undisturbed, _ = documents
    disk, limit = small_disk
    running = batches.command(folder, "--store", disk / "s.db", "--workers", 2, preexec_fn=limit)
    _, said = running.communicate(timeout=600)
    assert running.returncode == 3
    assert "请腾出空间后再次运行" in said.decode()
    assert "Traceback" not in said.decode()
    shutil.copytree(disk, tmp_path / "large")
    place = str(tmp_path / "large" / "s.db")
    assert 0 < batches.rows(place, "outcomes") < COUNT
    assert _finish(place, folder) == undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_by_a_person_or_a_scheduler(place, tmp_path, documents, number):
    """Ctrl-C and SIGTERM end a batch with status 130; what was read is kept, nothing stays claimed, and it goes on."""
    folder, undisturbed, _ = documents
    path, _ = batches.held(tmp_path / "site", after=20)
    running = batches.command(folder, "--store", place, "--workers", 1, env=os.environ | {"PYTHONPATH": path})
    with open_store(place, create=True) as store:
        until = time.monotonic() + 120
        while store.count() == 0 and time.monotonic() < until:
            time.sleep(0.1)
        assert store.count() > 0
    running.send_signal(number)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130, said.decode()
    assert "Traceback" not in said.decode()
    with open_store(place) as store:
        kept = store.count()
        [run] = store.runs()
        assert (run.status, run.counts["read"]) == ("interrupted", kept)
    assert batches.rows(place, "claims") == 0
    assert 0 < kept <= 20
    assert _finish(place, folder) == undisturbed


def test_store_that_is_busy_for_a_while(tmp_path, documents):
    """Another program that holds the SQLite file for two seconds delays a batch and does not stop it."""
    import sqlite3

    folder, undisturbed, _ = documents
    place = str(tmp_path / "s.db")
    with open_store(place, create=True):
        pass
    held, done = threading.Event(), threading.Event()

    def hold():
        with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            done.wait(2.0)
            connection.execute("ROLLBACK")

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(60)
        assert _finish(place, folder) == undisturbed
    finally:
        done.set()
        holder.join()


def test_store_that_fails_for_good_is_said_in_words(tmp_path, documents, monkeypatch):
    """When the database does not come back the batch ends with an error, not with results that are nowhere."""
    from extractor.store import opening

    folder, _, _ = documents
    place = str(tmp_path / "s.db")
    with open_store(place, create=True):
        pass
    monkeypatch.setattr(opening, "_set_up", lambda *_, **__: (tmp_path / "s.db").write_bytes(b"overwritten " * 1000))
    with pytest.raises(StoreError, match="database failed"):
        batch(place, [folder])
