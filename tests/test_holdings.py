"""What the page shows of a store and does with one: listing, opening, comparing, batches."""

from __future__ import annotations

import time

import pytest

import batches
from conftest import ROOT
from extractor import holdings
from extractor.errors import UsageError
from extractor.holdings import Asked
from extractor.reviewing import Desk, How, Stored, download, for_agency, screen, sheet
from extractor.store import Failure, Origin, StoreError, open_store

DATASET = ROOT / "eval" / "dataset"
TEXT = (DATASET / "a18_wrong_arithmetic.txt").read_text(encoding="utf-8")
AGENCY = "桐陂县交通运输局"


def waited(batch):
    until = time.monotonic() + 300
    while batch.running:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store with two years of an agency, a report in two parts and a broken file, read by a batch that the page started."""
    base = tmp_path_factory.mktemp("library")
    folder = base / "in"
    folder.mkdir()
    (folder / "甲.txt").write_text(TEXT, encoding="utf-8")
    (folder / "乙.txt").write_text(TEXT.replace("2023", "2024").replace("2024-01", "2025-01"), encoding="utf-8")
    (folder / "b26.txt").write_bytes((DATASET / "b26_two_offices.txt").read_bytes())
    (folder / "坏.docx").write_bytes(b"PK\x03\x04broken")
    place = str(base / "reports.db")
    batch = holdings.start(place, str(folder), "zh")
    waited(batch)
    return place, batch


def test_batch_is_started_and_watched(filled):
    """The log names what failed and how it ended; the run stands in the store."""
    place, batch = filled
    assert holdings.batch_of(place) is batch
    said = "\n".join(batch.lines())
    assert "坏.docx" in said
    assert "4/4" in said
    run = holdings.runs(place)[0]
    assert (run.status, run.counts["read"], run.counts["failed"], run.settings["reader"]) == ("done", 3, 1, "rules")


def test_library_counts_and_filters(filled):
    """Counts are of the whole store; agency, year and outcome choose among its reports, in the order of agency and year."""
    place, _ = filled
    found = holdings.look(place, Asked())
    assert found.counts == {"all": 5, "read": 4, "failed": 1, "findings": 2, "open": 0}
    assert [entry.year for entry in found.entries if entry.agency == AGENCY] == [2023, 2024]
    assert list(found.series.values()) == [2]
    one = holdings.look(place, Asked(AGENCY[:2], 2024))
    assert ([entry.name for entry in one.entries], one.series) == (["乙.txt"], found.series)
    assert [entry.name for entry in holdings.look(place, Asked(standing="failed")).entries] == ["坏.docx"]
    assert holdings.look(place, Asked("没有的机关")).matching == 0


def test_stored_report_is_looked_at_as_it_was_read(filled):
    """What is opened from a store has the cells, marks and places of the file itself, and goes out in every format."""
    place, _ = filled
    entry = holdings.look(place, Asked(AGENCY, 2023)).entries[0]
    stored = holdings.stored(place, entry, "zh")
    assert stored.text == TEXT.removesuffix("\n")
    english = holdings.stored(place, entry, "en").result.findings
    assert [one.rule for one in english] == [one.rule for one in stored.result.findings]
    assert {one.message for one in english}.isdisjoint(one.message for one in stored.result.findings)
    own, desk = Desk(), Desk()
    (read,) = own.add("u", TEXT.encode(), "甲.txt", How())
    assert desk.put(stored, "key", "甲.txt") is desk.put(stored, "key", "甲.txt")
    (kept,) = desk.items
    wanted, result = own.results("zh")[0], desk.results("zh")[0]
    assert screen(kept, result, "zh") == screen(read, wanted, "zh")
    assert sheet(kept, result) is None
    assert for_agency(kept, result, "zh") == for_agency(read, wanted, "zh")
    for kind in ("xlsx", "json", "csv", "markdown"):
        assert download([kept], [result], kind, "zh")


def test_stored_report_stays_when_uploads_go(filled):
    """Uploads come and go without what was opened from a store; it is never read again."""
    place, _ = filled
    entry = holdings.look(place, Asked(AGENCY, 2023)).entries[0]
    desk = Desk()
    desk.put(holdings.stored(place, entry, "zh"), "key", "甲.txt")
    assert desk.missing(["u"], How("both")) == {"u"}
    assert [item.upload for item in desk.items] == ["key"]
    assert desk.otherwise(How("both")) == []


def test_unchanged_original_can_be_corrected(filled, tmp_path):
    """From its file, if that stands where it was and as it was, a stored report opens like an upload, each part by itself."""
    place, batch = filled
    for entry in holdings.look(place, Asked(standing="read")).entries:
        original = holdings.original(place, entry)
        assert original == (batch.folder / entry.name).read_bytes()
        desk = Desk()
        desk.put(holdings.stored(place, entry, "zh"), "key", entry.name, original)
        (item,) = desk.items
        assert (item.review.base.document.part, item.name) == (entry.part, entry.name)
        assert item.result("zh").cells == item.stored.result.cells
        assert desk.missing([], How("both")) == set()
        assert desk.items == [item]


def test_changed_original_is_not_taken(tmp_path):
    """A file that was changed or is gone since it was read is not what the store speaks of."""
    path = tmp_path / "甲.txt"
    path.write_text(TEXT, encoding="utf-8")
    place = str(tmp_path / "s.db")
    waited(holdings.start(place, str(tmp_path), "zh"))
    (entry,) = holdings.look(place, Asked(AGENCY)).entries
    assert holdings.original(place, entry) is not None
    path.write_text(TEXT + "。", encoding="utf-8")
    assert holdings.original(place, entry) is None
    path.unlink()
    assert holdings.original(place, entry) is None


def test_original_that_now_reads_otherwise_leaves_what_was_stored(filled):
    """What a model or another version read is shown as stored, not read over by the rules of today."""
    place, _ = filled
    entry = holdings.look(place, Asked(AGENCY, 2023)).entries[0]
    stored = holdings.stored(place, entry, "zh")
    cells = dict(stored.result.cells)
    cells["disclosure.rules.issued"] = cells["applications.received.total"]
    stored = Stored(stored.result.model_copy(update={"cells": cells}), stored.text)
    desk = Desk()
    desk.put(stored, "key", "甲.txt", TEXT.encode())
    assert desk.items[0].review is None
    assert desk.items[0].result("zh") is stored.result


def test_report_without_its_text_can_still_be_looked_at(filled):
    """Where the store kept no text, the tables are shown without a source."""
    place, _ = filled
    entry = holdings.look(place, Asked(AGENCY, 2023)).entries[0]
    desk = Desk()
    desk.put(Stored(holdings.stored(place, entry, "zh").result, None), "key", "甲.txt")
    told = screen(desk.items[0], desk.results("zh")[0], "zh")
    assert told["text"] == ""
    assert len([cell for table in told["tables"] for row in table["rows"] for cell in row if "address" in cell]) == 200


def test_years_of_an_agency_are_compared(filled):
    """The series has the findings between the years."""
    place, _ = filled
    (key,) = holdings.look(place, Asked()).series
    years = holdings.series(place, key, "zh")
    assert [one.report.year for one in years] == [2023, 2024]
    assert any(finding.rule == "series.carry" for finding in years[1].findings)


def test_library_that_is_not_there_yet(tmp_path):
    """A store that nobody has made has nothing; looking makes none. What is no store is told."""
    place = tmp_path / "new.db"
    assert (holdings.look(str(place), Asked()), holdings.runs(str(place)), place.exists()) == (None, [], False)
    other = tmp_path / "text.db"
    other.write_text("no database, but a text of some length\n" * 40)
    with pytest.raises(StoreError):
        holdings.look(str(other), Asked())


def test_what_could_not_be_opened_is_told(tmp_path):
    """Names under which nothing could be read are listed with their reasons."""
    place = str(tmp_path / "s.db")
    failure = Failure("unreadable", ("打不开", "cannot be opened"), ("请核对权限", "check permissions"))
    with open_store(place, create=True) as store:
        store.note_unopened([(Origin("甲.pdf"), failure)])
    assert holdings.look(place, Asked()).unopened == [("甲.pdf", failure)]


@pytest.mark.parametrize("folder", ["", "  ", "/no/such/folder", "@list"])
def test_batch_needs_a_folder(tmp_path, folder):
    """What is no folder is told in a sentence; nothing is started."""
    place = str(tmp_path / "s.db")
    with pytest.raises(UsageError, match="there is no such folder"):
        holdings.start(place, folder, "zh")
    assert holdings.batch_of(place) is None


def test_batch_is_stopped_and_goes_on(tmp_path, monkeypatch):
    """Stopped, a batch keeps what is done; a second one at the same time is refused; the next does only the rest."""
    folder = tmp_path / "in"
    folder.mkdir()
    path, hold = batches.held(tmp_path / "site", after=8)
    monkeypatch.setenv("PYTHONPATH", path)
    for number in range(30):
        (folder / f"{number}.txt").write_text(TEXT.replace(AGENCY, f"第{number}号县交通运输局"), encoding="utf-8")
    place = str(tmp_path / "s.db")
    batch = holdings.start(place, str(folder), "zh")
    with pytest.raises(UsageError, match="a batch is under way"):
        holdings.start(place, str(folder), "zh")
    until = time.monotonic() + 120
    while not (found := holdings.look(place, Asked())) or not found.counts["read"]:
        assert batch.running
        assert time.monotonic() < until
        time.sleep(0.05)
    batch.stop()
    assert not batch.running
    assert holdings.runs(place)[0].status == "interrupted"
    kept = holdings.runs(place)[0].counts["read"]
    assert 0 < kept <= 8
    hold.unlink()
    batch = holdings.start(place, str(folder), "zh")
    waited(batch)
    assert holdings.runs(place)[0].counts["read"] == 30 - kept
    assert holdings.look(place, Asked()).counts["read"] == 30
