"""The store: opening, what it refuses, writing once, versions, questions, and claims; on SQLite and on PostgreSQL."""

from __future__ import annotations

import time

import pytest

import batches
from batches import FINGERPRINT, filled, outcome, seen, version
from extractor import extract
from extractor.store import Failure, Origin, Outcome, StoreError, StoreMissing, open_store
from extractor.store.opening import attempt, shown, url_of
from extractor.store.outcome import pack, unpack
from extractor.store.queries import Query

pytest_plugins = ("postgres",)


def _result(number=1):
    name, data = batches.document(number)
    return extract(data, name=name)


def _gone(owner):
    """The owner as a process with a number that none has."""
    host, _, *rest = owner.split("/")
    return "/".join([host, "4194305", *rest])


def test_result_comes_back_as_it_was(place):
    """A result that was written reads back equal, its text with it, and its cells stand in a table of their own."""
    result = _result()
    with open_store(place, create=True) as store:
        filled(store, result)
        [(entry, again)] = store.results(Query())
        assert again == result
        assert store.canonical_text(entry.sha256) == "text"
        assert (entry.agency, entry.year, entry.current) == (result.report.agency, result.report.year, True)
    assert batches.rows(place, "cells") == len(result.cells)
    assert batches.rows(place, "findings") == len(result.findings)


def test_writing_twice_changes_nothing(place):
    """The same outcome written again, as after a lost connection, is there once."""
    result = _result()
    with open_store(place, create=True) as store:
        run = filled(store, result)
        store.write([outcome(result)], run)
        assert store.count() == 1
    assert batches.rows(place, "cells") == len(result.cells)


def test_replacing_leaves_nothing_of_the_old(place):
    """An outcome that replaces another takes its results, cells and findings away."""
    result = _result()
    with open_store(place, create=True) as store:
        run = filled(store, result)
        failed = Outcome(result.document.sha256, FINGERPRINT, failure=Failure("timeout", ("慢", "slow"), ("等", "wait")))
        store.write([failed], run, replace=True)
        [entry] = store.find()
        assert (entry.outcome, entry.failure.kind, entry.part) == ("failed", "timeout", 0)
    assert batches.rows(place, "cells") == batches.rows(place, "findings") == batches.rows(place, "results") == 0


def test_reading_counts_before_a_later_failure(place):
    """A document that was read once and failed under another fingerprint still has its result."""
    result = _result()
    with open_store(place, create=True) as store:
        run = filled(store, result)
        store.write([Outcome(result.document.sha256, "0" * 16, failure=Failure("crash", ("", ""), ("", "")))], run)
        assert [entry.outcome for entry in store.find()] == ["read"]


def test_claim_is_for_one(place):
    """Of two batches that want a document one gets it; the other sees it busy, then done."""
    result = _result()
    with open_store(place, create=True) as first, open_store(place) as second:
        run = first.begin_run(FINGERPRINT, {})
        assert first.claim([seen(result)], run).ours == {seen(result).key}
        assert second.claim([seen(result)], run).busy == {seen(result).key}
        first.write([outcome(result)], run)
        assert second.claim([seen(result)], run).done == {seen(result).key: True}


@pytest.mark.parametrize("why", ["released", "expired", "gone"])
def test_claim_passes_on(place, why, monkeypatch):
    """A claim is free when its owner gives it up, does not renew it, or runs no more."""
    result = _result()
    with open_store(place, create=True) as first, open_store(place) as second:
        if why == "gone":
            first.owner = _gone(first.owner)
        run = first.begin_run(FINGERPRINT, {})
        first.claim([seen(result)], run)
        if why == "released":
            first.release()
        elif why == "expired":
            monkeypatch.setattr(time, "time", lambda now=time.time: now() + 1e6)
        assert second.claim([seen(result)], run).ours == {seen(result).key}


def test_renewed_claim_holds(place, monkeypatch):
    """An owner that renews its claims keeps them beyond the first lease."""
    result = _result()
    with open_store(place, create=True) as first, open_store(place) as second:
        run = first.begin_run(FINGERPRINT, {})
        first.claim([seen(result)], run)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 100)
        first.renew()
        monkeypatch.setattr(time, "time", lambda: now + 200)
        assert second.claim([seen(result)], run).busy


def test_failed_documents_are_claimed_again_on_request(place):
    """What failed is done, unless failures or everything are to be tried again."""
    result = _result()
    with open_store(place, create=True) as store:
        run = store.begin_run(FINGERPRINT, {})
        store.claim([seen(result)], run)
        store.write([Outcome(result.document.sha256, FINGERPRINT, failure=Failure("crash", ("", ""), ("", "")))], run)
        assert store.claim([seen(result)], run).done == {seen(result).key: False}
        assert store.claim([seen(result)], run, again="failed").ours == {seen(result).key}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_newest_version_is_current_whatever_came_first(place, order):
    """Of three documents for one year of one agency the one published last is current, in any order; none is deleted."""
    result = _result()
    dates = {1: "2024-01-10", 2: "2024-03-01", 3: "2024-02-01"}
    with open_store(place, create=True) as store:
        for number in order:
            filled(store, version(result, number, published=dates[number], agency="某 县"))
        assert {entry.name: entry.current for entry in store.find()} == {"v1": False, "v2": True, "v3": False}
        assert store.agencies() == [("某县", 1)]


def test_what_still_stands_where_it_was_met_is_current(place):
    """A file whose content was replaced by another, whatever its dates and hash say, is an older version."""
    result = _result()
    old, new = version(result, 9, published="2024-03-01"), version(result, 1, published="2024-01-01")
    with open_store(place, create=True) as store:
        filled(store, old, name="report.pdf", location="/in/report.pdf", agency_id="7")
        filled(store, new, name="report.pdf", location="/in/report.pdf", agency_id="7")
        assert [(entry.sha256, entry.current) for entry in store.find()] == [
            (new.document.sha256, True),
            (old.document.sha256, False),
        ]


def test_later_silence_takes_nothing_away(place):
    """A second run without the manifest leaves what the first said of a file."""
    result = _result()
    with open_store(place, create=True) as store:
        filled(store, result, agency_id="7", group="一组")
        filled(store, result)
        [entry] = store.find(Query(agency=result.report.agency[:2]))
        assert (entry.agency_id, entry.group) == ("7", "一组")


def test_manifest_decides_which_version_and_whose(place):
    """A later retrieval beats a later publication, and agency_id and year of the manifest beat what the text says."""
    result = _result()
    with open_store(place, create=True) as store:
        filled(store, version(result, 1, published="2024-03-01"), agency_id="370000", year=2020, retrieved_at="2024-04-01")
        filled(store, version(result, 2, published="2024-01-01"), agency_id="370000", year=2020, retrieved_at="2024-05-01")
        [current] = store.find(Query(agency="370000", year=2020, current=True))
        assert (current.name, current.agency_key) == ("v2", "370000")
        assert len(store.find(Query(agency="370000"))) == 2


def test_questions_of_the_library(place):
    """Reports are found by part of the agency's name, year and outcome, page by page, and counted."""
    results = [_result(number) for number in range(6)]
    with open_store(place, create=True) as store:
        filled(store, *results)
        assert store.count() == len(store.find()) == 6
        assert store.find(start=2, limit=2) == store.find()[2:4]
        agency = results[0].report.agency
        assert {entry.agency for entry in store.find(Query(agency=agency[:3]))} == {
            result.report.agency for result in results if result.report.agency.startswith(agency[:3])
        }
        assert store.count(Query(outcome="failed")) == 0
        assert store.count(Query(errors=True)) + store.count(Query(errors=False)) == 6
        assert store.count(Query(agency="100%_")) == 0


def test_correction_outlives_a_new_reading(place):
    """A person's word on a cell belongs to the document and stays when it is read anew; the last word counts."""
    result = _result()
    with open_store(place, create=True) as store:
        run = filled(store, result)
        address = "applications.received.total"
        for value in (7, None, 8):
            store.correct(result.document.sha256, 1, address, value, person="某人", reason="原件")
        store.write([outcome(result)], run, replace=True)
        assert store.corrections(result.document.sha256, 1) == {address: 8}


def test_names_under_which_nothing_was_readable(place):
    """A file that cannot be opened is kept with its reason, until it can."""
    result = _result()
    failure = Failure("unreadable", ("没有", "none"), ("检查", "check"))
    with open_store(place, create=True) as store:
        store.note_unopened([(Origin(result.document.name), failure)])
        assert store.unopened() == [(result.document.name, failure)]
        filled(store, result)
        assert store.unopened() == []


def test_text_that_databases_refuse(place):
    """NUL and lone surrogates in an agency's name do not stop the writing, and the result keeps them."""
    strange = version(_result(), 1, agency="某\0县", title="年报\x00")
    with open_store(place, create=True) as store:
        filled(store, strange)
        assert [entry.agency for entry in store.find()] == ["某\ufffd县"]
        assert store.results(Query())[0][1].report.agency == "某\0县"


def test_huge_numbers_are_kept(place):
    """A number of more than 63 bits is no number of the database, but is not lost."""
    result = _result()
    cell = result.cells["applications.received.total"]
    cells = result.cells | {"applications.received.total": type(cell)(value=10**30, state="read")}
    with open_store(place, create=True) as store:
        filled(store, result.model_copy(update={"cells": cells}))
        assert store.results(Query())[0][1].cells["applications.received.total"].value == 10**30


def test_packing_keeps_every_character():
    """Text comes back from its packing, lone surrogates included."""
    assert unpack(pack("年报\ud800\0")) == "年报\ud800\0"


def test_other_version_is_refused_with_the_remedy(place):
    """A store that another version of the program made is left alone, and the message says what to do."""
    from sqlalchemy import update

    from extractor.store import tables

    with open_store(place, create=True) as store, store._engine.begin() as connection:
        connection.execute(update(tables.about).values(value="99"))
    with pytest.raises(StoreError, match="version 99") as refused:
        open_store(place, create=True)
    assert "new store" in str(refused.value)


def test_foreign_tables_are_left_alone(place):
    """A database that holds somebody else's table of the same name is refused."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url_of(place))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE documents (id INTEGER)"))
    engine.dispose()
    with pytest.raises(StoreError, match="documents"):
        open_store(place, create=True)


def test_asking_makes_no_store(place, tmp_path):
    """A mistyped address is an error, not a new empty store."""
    with pytest.raises(StoreMissing):
        open_store(place)
    assert list(tmp_path.iterdir()) == []


def test_file_that_is_no_database(tmp_path):
    """Any other file is refused in words."""
    (tmp_path / "notes.txt").write_text("not a database, only some text that is long enough to be read as a header")
    with pytest.raises(StoreError, match="not an SQLite file"):
        open_store(str(tmp_path / "notes.txt"), create=True)


@pytest.mark.parametrize("address", ["mysql://me:secret@host/db", "postgresql://me:secret@host:port/db", "nonsense://"])
def test_addresses_of_other_databases(address):
    """Only SQLite and PostgreSQL are taken, and no message shows a password."""
    with pytest.raises(StoreError) as refused:
        open_store(address)
    assert "secret" not in refused.value.render("zh") + refused.value.render("en")


def test_password_is_never_shown():
    """The shown address has neither password nor options."""
    assert shown(url_of("postgres://me:secret@db.example/reports?password=secret")) == "postgresql://me:***@db.example/reports"


def test_unreachable_server_is_an_error_in_words(tmp_path):
    """No server at the address: one line with the remedy, after a short wait, without the password."""
    with pytest.raises(StoreError) as refused:
        open_store(f"postgresql://me:secret@/db?host={tmp_path}")
    assert "secret" not in str(refused.value)
    assert "check the database" in str(refused.value)


def test_slow_machine_gets_some_tries(tmp_path):
    """A store that is busy is tried five times, also where a single try takes longer than there is patience."""
    import sqlite3

    from sqlalchemy.exc import OperationalError

    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    tries = []

    def work(_):
        tries.append(1)
        raise OperationalError("SELECT", {}, busy)

    with open_store(str(tmp_path / "s.db"), create=True) as store, pytest.raises(StoreError, match="locked"):
        attempt(store._engine, work, patience=0.0)
    assert len(tries) == 5


def test_connection_lost_while_exporting_is_said_in_words(tmp_path):
    """An export whose database fails ends with an error that says so; no half of it passes for the whole."""
    from sqlalchemy.exc import OperationalError

    with (
        open_store(str(tmp_path / "s.db"), create=True) as store,
        pytest.raises(StoreError, match="database failed"),
        store.stream(),
    ):
        raise OperationalError("SELECT secret", {}, OSError("gone"))


def test_interrupted_run_is_told_from_a_running_one(tmp_path):
    """A run whose process is gone without a word is shown as interrupted."""
    place = str(tmp_path / "s.db")
    with open_store(place, create=True) as store:
        store.begin_run(FINGERPRINT, {})
        store.owner = _gone(store.owner)
        store.begin_run(FINGERPRINT, {})
        assert [run.status for run in store.runs()] == ["interrupted", "running"]
