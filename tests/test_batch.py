"""Batches: what is read, what is not read again, where files come from, and two batches on one store; on both databases."""

from __future__ import annotations

import json
import threading

import pytest

import batches
from batches import batch, exported, fill
from extractor.batch.fingerprint import Reading
from extractor.batch.work import Setup
from extractor.errors import UsageError
from extractor.store import open_store
from extractor.store.queries import Query

pytest_plugins = ("postgres",)


def _counts(tally):
    return {name: number for name, number in tally.counts.items() if number}


def test_second_run_reads_only_what_is_new(place, tmp_path):
    """A folder is read once; of a file that is added or changed only that one is read."""
    folder = fill(tmp_path / "in", 6)
    assert _counts(batch(place, [folder])[0]) == {"read": 6}
    assert _counts(batch(place, [folder])[0]) == {"unchanged": 6}
    fill(folder, 1, start=6)
    first = folder / batches.document(0)[0]
    first.write_bytes(first.read_bytes() + "\n附件：无。".encode())
    assert _counts(batch(place, [folder])[0]) == {"read": 2, "unchanged": 5}


def test_force_reads_everything_again_and_changes_nothing(place, tmp_path):
    """`--force` reads what is there anew, and the export stays what it was."""
    folder = fill(tmp_path / "in", 4)
    batch(place, [folder])
    before = exported(place)
    assert _counts(batch(place, [folder], again="all")[0]) == {"read": 4}
    assert exported(place) == before


def test_failures_are_named_kept_and_tried_again_on_request(place, tmp_path):
    """A document that cannot be read is recorded with its reason and not tried again, unless that is asked for."""
    folder = fill(tmp_path / "in", 2)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    tally, failures = batch(place, [folder])
    assert _counts(tally) == {"read": 2, "failed": 1}
    assert list(failures) == ["broken.pdf"]
    assert tally.exit_status == 3
    assert _counts(batch(place, [folder])[0]) == {"unchanged": 2, "failed_before": 1}
    assert _counts(batch(place, [folder], again="failed")[0]) == {"unchanged": 2, "failed": 1}
    assert '"error"' in exported(place)


def test_file_that_is_not_there_is_named_and_the_rest_read(place, tmp_path):
    """A missing file costs no other its reading, and stands in the store by its name until it is there."""
    folder = fill(tmp_path / "in", 2)
    tally, failures = batch(place, [folder, tmp_path / "none.txt"])
    assert _counts(tally) == {"read": 2, "unopened": 1}
    assert failures["none.txt"].kind == "unreadable"
    with open_store(place) as store:
        assert [name for name, _ in store.unopened()] == ["none.txt"]


def test_same_content_under_two_names_is_read_once(place, tmp_path):
    """A copy of a file is recognised by its content; both names are kept, and the export goes by the first."""
    folder = fill(tmp_path / "in", 1)
    name, data = batches.document(0)
    (folder / "a_copy.txt").write_bytes(data)
    assert _counts(batch(place, [folder])[0]) == {"read": 1, "unchanged": 1}
    with open_store(place) as store:
        [entry] = store.find()
        assert store.names(entry.sha256) == sorted([name, "a_copy.txt"])
        assert entry.name == min(name, "a_copy.txt")


def test_other_fingerprint_is_read_anew_and_the_newest_counts(place, tmp_path):
    """What another reader, model, prompt or version read is not taken for ours; both are kept."""
    folder = fill(tmp_path / "in", 1)
    batch(place, [folder])
    assert _counts(batch(place, [folder], reading=Reading(model="another"))[0]) == {"read": 1}
    assert batches.rows(place, "outcomes") == 2
    with open_store(place) as store:
        assert [entry.fingerprint for entry in store.find()] == [Reading(model="another").fingerprint()]


def test_fingerprint_tells_settings_apart():
    """Reader, model, protocol, prompts and the kind of copy each make another fingerprint; the same settings make the same."""
    readings = [
        Reading(),
        Reading(reader="both"),
        Reading(model="m"),
        Reading(protocol="values"),
        Reading(prompts={"tables": "abc"}),
    ]
    assert len({reading.fingerprint(copy) for reading in readings for copy in (None, "web")}) == 10
    assert Reading().fingerprint() == Reading().fingerprint()
    assert {"reader", "model", "protocol", "prompts", "version", "rules", "schema"} == set(Reading().settings())


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_manifest_says_where_files_come_from(place, tmp_path, suffix):
    """Agency, year, address, time, kind of copy and group of a manifest stand in the store and in the export."""
    folder = fill(tmp_path / "in", 1)
    name, _ = batches.document(0)
    row = {
        "file": f"in/{name}",
        "agency_id": "0042",
        "year": "2020",
        "url": "https://example.org/1",
        "retrieved_at": "2024-03-01",
        "copy": "web",
        "group": "一组",
        "other": "x",
    }
    manifest = tmp_path / f"list{suffix}"
    if suffix == ".csv":
        manifest.write_text("\ufeff" + ",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8")
    else:
        manifest.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert _counts(batch(place, [folder], manifest=manifest)[0]) == {"read": 1}
    with open_store(place) as store:
        [entry] = store.find(Query(agency="0042", year=2020, group="一组"))
        assert (entry.copy, entry.url, entry.retrieved_at) == ("web", "https://example.org/1", "2024-03-01")
    assert json.loads(exported(place))["origin"]["agency_id"] == "0042"


def test_manifest_in_the_encoding_of_spreadsheets(tmp_path, place):
    """A manifest saved by a Chinese spreadsheet program (GB18030) is read."""
    fill(tmp_path, 1)
    name, _ = batches.document(0)
    (tmp_path / "list.csv").write_bytes(f"file,group\n{name},山东省\n".encode("gb18030"))
    batch(place, [], manifest=tmp_path / "list.csv")
    with open_store(place) as store:
        assert store.count(Query(group="山东省")) == 1


def test_list_of_names(place, tmp_path):
    """`@list` stands for the files named in it, one a line, beside the list."""
    fill(tmp_path, 2)
    (tmp_path / "list").write_text(f"# two\n{batches.document(0)[0]}\n\n{batches.document(1)[0]}\n", encoding="utf-8")
    assert _counts(batch(place, [f"@{tmp_path / 'list'}"])[0]) == {"read": 2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name\nx.txt\n", "no column file"),
        ("file,year\nx.txt,二〇二三\n", "year is"),
        ("file,copy\nx.txt,fax\n", "copy is fax"),
    ],
)
def test_manifest_that_is_wrong(tmp_path, content, said):
    """What a manifest may not say is refused before anything is read, with what it may say."""
    (tmp_path / "list.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        batch(str(tmp_path / "s.db"), [], manifest=tmp_path / "list.csv")
    with pytest.raises(UsageError, match=r"list\.csv"):
        batch(str(tmp_path / "s.db"), [], manifest=tmp_path / "no" / "list.csv")


@pytest.mark.parametrize("keep", [True, False])
def test_text_is_kept_or_not(place, tmp_path, keep):
    """`--no-text` leaves the canonical text out and everything else in."""
    folder = fill(tmp_path / "in", 1)
    batch(place, [folder], setup=Setup(keep_text=keep))
    with open_store(place) as store:
        [(entry, result)] = store.results(Query())
        text = store.canonical_text(entry.sha256)
    assert (text is not None) == keep
    assert not keep or len(text) == result.document.characters


def test_limit_leaves_the_rest_for_another_run(place, tmp_path):
    """With `--limit` so many are read, the rest is counted as left and read by the next run."""
    folder = fill(tmp_path / "in", 5)
    assert _counts(batch(place, [folder], limit=2)[0]) == {"read": 2, "skipped": 3}
    assert _counts(batch(place, [folder])[0]) == {"read": 3, "unchanged": 2}


def test_two_batches_do_each_document_once(place, tmp_path):
    """Two batches over the same files on one store at the same time read each once; neither fails, and nothing is missing."""
    folder = fill(tmp_path / "in", 60)
    tallies = []
    with open_store(place, create=True):
        threads = [threading.Thread(target=lambda: tallies.append(batch(place, [folder])[0])) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(tally.counts["read"] for tally in tallies) == 60
    assert sum(tally.counts["unchanged"] for tally in tallies) == 60
    assert batches.rows(place, "outcomes") == batches.rows(place, "results") == 60
    assert batches.rows(place, "claims") == 0
