"""A run goes from documents to files and back, is compared with another, and is shown on a page that is safe to open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from eval import positional
from eval.breakdown import by_cells, by_documents, side_by_side
from eval.compare import compare
from eval.evaluate import evaluate
from eval.page import page
from eval.runs import listed, load, make_run, save
from extractor.errors import UnreadableDocument, UsageError
from handlabelled import item, label, perfect
from handmade import read

TEXT = "某县水务局2023年政府信息公开工作年度报告\n信息公开568条<script>alert(1)</script>\n"
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
LABELS = {
    "a": label({"disclosure.rules.issued": 3}, file="a.txt", layout="tab", mess=["x<b>", "y"]),
    "b": label(file="b.txt", layout="lines", mess=["y"], edition="2019"),
    "c": label(file="c.txt", layout="tab", claims=[
        {"id": "c1", "quote": "568条", "at": TEXT.index("568条"), "value": 568, "kind": "count", "subject": "信息"},
    ]),
}  # fmt: skip


@pytest.fixture
def items(tmp_path):
    return [item(one, tmp_path / "dataset", TEXT) for one in LABELS.values()]


def _reader(data, name):
    """Reads a and b as labelled and refuses c."""
    if name == "c.txt":
        raise UnreadableDocument(name, ("坏了", "it is <broken>"), ("重新下载", "download it again"))
    return TEXT, (perfect(LABELS[name[0]]),)


def _worse(data, name):
    """Reads one cell of a wrong, calls one of b doubtful, and crashes at c."""
    if name == "c.txt":
        raise ZeroDivisionError("<img src=x onerror=alert(1)>")
    one = _reader(data, name)[1][0]
    if name == "a.txt":
        address, cell = "disclosure.rules.issued", read(9)
    else:
        address, cell = "disclosure.rules.made", read(0, trust="doubtful")
    return TEXT, (one.model_copy(update={"cells": one.cells | {address: cell}}),)


@pytest.fixture
def runs(items, tmp_path):
    """A good and a worse run over the same three documents."""
    return [make_run(tmp_path / "dataset", "rules", items, evaluate(items, reader), NOW) for reader in (_reader, _worse)]


def test_refused_document_scores_as_missed(items):
    """A document that a reader refuses keeps its reason, counts as unread and omits every cell and claim."""
    refused = evaluate(items, _reader)[2].score
    assert refused.error == "c.txt: it is <broken>. download it again."
    assert refused.tallies["documents_read"] == (0, 1)
    assert refused.tallies["omitted"] == (200, 200)
    assert refused.tallies["claims_recall"] == (0, 1)


def test_crash_of_a_reader_costs_one_document(items):
    """A bug of a reader is the error of that document."""
    assert [one.score.error is None for one in evaluate(items, _worse)] == [True, True, False]


def test_missing_and_surplus_parts_are_errors(items):
    """A file read as two reports where one is labelled has an error; a part that was not found is not read."""
    twice = evaluate(items[:1], lambda data, name: (TEXT, _reader(data, name)[1] * 2))[0].score
    assert (twice.tallies["parts_right"], twice.tallies["documents_without_error"]) == ((0, 1), (0, 1))
    second = replace(items[0], label=LABELS["a"].model_copy(update={"part": 2}))
    assert evaluate([second], _reader)[0].score.error == "there is no part 2 in 1"


def test_run_is_saved_and_read_back(runs, tmp_path):
    """Documents, cells and header survive; the id is the time and a hash; the newest is also called last."""
    folder = tmp_path / "runs"
    target = save(runs[0], folder, "page")
    assert target.name.startswith("20260131T120000-")
    back = load(folder, target.name)
    assert (back.header, back.documents, back.cells) == (runs[0].header, runs[0].documents, runs[0].cells)
    assert load(folder, "last").id == load(folder, str(target)).id == runs[0].id
    assert [run["scores"]["escapes"]["number"] for run in listed(folder)] == [0]


def test_equal_measurements_have_equal_hashes(items, runs, tmp_path):
    """Read again at another time, the hash in the id is the same; read otherwise, it is another."""
    later = make_run(tmp_path / "dataset", "rules", items, evaluate(items, _reader), NOW.replace(year=2027))
    hashes = [run.id.partition("-")[2] for run in (*runs, later)]
    assert hashes[0] == hashes[2] != hashes[1]


@pytest.mark.parametrize("name", ["nothing", "last", "2026"])
def test_unknown_run_is_wrong_usage(runs, tmp_path, name):
    """No such run, none at all, and a beginning that fits two are named as such."""
    if name == "2026":
        for run in runs:
            save(run, tmp_path, "page")
    with pytest.raises(UsageError):
        load(tmp_path, name)


def test_damaged_run_is_wrong_usage(runs, tmp_path):
    """A run whose cells were truncated is refused, not half compared."""
    target = save(runs[0], tmp_path, "page")
    (target / "cells.jsonl.gz").write_bytes((target / "cells.jsonl.gz").read_bytes()[:40])
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path, runs[0].id)


def test_comparison_lists_what_changed(runs):
    """Two cells differ between the runs, escapes go from 0 to 1, and runs made alike have nothing unlike."""
    comparison = compare(*runs)
    assert comparison.unlike == ()
    assert [(cell.document, cell.address) for cell in comparison.changed] == [
        ("a", "disclosure.rules.issued"),
        ("b", "disclosure.rules.made"),
    ]
    escapes = next(change for change in comparison.differences if change.metric == "escapes")
    assert (escapes.before, escapes.after) == (0, 1)


def test_unlike_runs_say_what_differs(runs, items, tmp_path):
    """Another version, a label that was edited and a document that is gone are told; the rest is still compared."""
    before = runs[0]
    items[0].path.write_text(TEXT + "更正", encoding="utf-8")
    fewer = make_run(tmp_path / "dataset", "rules", items[:2], evaluate(items[:2], _reader), NOW)
    fewer.header["version"] = "9.9"
    comparison = compare(before, fewer)
    said = "\n".join(comparison.unlike)
    assert comparison.shared == 2
    for line in ("dataset: ", "version: ", f"only in {before.id}: c", "document or label differs: a"):
        assert line in said


def test_groups_are_counted_by_hand(runs):
    """Two documents are tab tables, one of them unread; a document with two kinds of mess is in both groups."""
    documents = runs[1].documents
    layouts = {group.name: group for group in by_documents(documents, "layout")}
    assert (layouts["tab"].documents, layouts["lines"].documents) == (2, 1)
    assert layouts["tab"].outcomes["omitted"] == 200
    assert layouts["tab"].scores["escapes"].number == 1
    assert {group.name: group.documents for group in by_documents(documents, "mess")} == {"x<b>": 1, "y": 2}
    assert by_cells(documents, "trust")["doubtful"]["correct"] == 1
    assert by_cells(documents, "table")["disclosure"]["wrong"] == 1


def test_sides_are_compared_on_the_same_documents(runs):
    """Of 398 labelled values in what was read, the reader has 397 and one silently wrong; the refused document counts for
    neither side."""
    ours, theirs = side_by_side("rules", runs[1].documents)
    assert (ours.right, ours.labelled, ours.silently_wrong) == (397, 398, 1)
    assert (theirs.name, theirs.labelled) == (positional.NAME, 398)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_page_is_safe_and_needs_nothing_else(items, runs, tmp_path):
    """Markup in documents, labels and errors stays text; there is no script, no foreign address, and one SVG a chart."""
    content = page(runs[1], evaluate(items, _worse), ["escapes: 1 is above 0"], compare(*runs))
    tags = _Tags()
    tags.feed(content)
    names = [name for name, _ in tags.seen]
    assert {"script", "img", "link", "iframe", "b<"} & set(names) == set()
    assert names.count("svg") == 2
    assert all(not key.startswith("on") and key not in {"src", "href"} for _, attrs in tags.seen for key in attrs)
    assert "http" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert '<mark class="escape">' in content
    assert "escapes: 1 is above 0" in content


def test_scans_are_scored_apart(items, tmp_path):
    """A scan is in the run and on its page, and in no total, group or difference."""
    scan = replace(items[1], label=items[1].label.model_copy(update={"layout": "scan"}))
    mixed = [items[0], scan]
    run = make_run(tmp_path / "dataset", "rules", mixed, evaluate(mixed, _worse), NOW)
    alone = make_run(tmp_path / "dataset", "rules", items[:1], evaluate(items[:1], _worse), NOW)
    assert [one.key for one in run.scans] == ["b"]
    assert run.scores()["escapes"] == alone.scores()["escapes"]
    assert run.scan_scores()["documents_read"].number == 1
    counted = {one.metric: one.before for one in compare(run, run).differences if one.metric != "seconds"}
    assert counted == {one.metric: one.before for one in compare(alone, alone).differences if one.metric != "seconds"}
    assert "Scans (1)" in page(run, [], None, None)
    assert "Scans (" not in page(alone, [], None, None)
    target = save(run, tmp_path / "runs", "")
    assert load(tmp_path / "runs", target.name).header == run.header
