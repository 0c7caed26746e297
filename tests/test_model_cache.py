"""Answers on disk: kept, found again, never trusted when damaged; recordings replayed without an endpoint."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from conftest import ROOT
from extractor.errors import UsageError
from extractor.model.cache import Cache, question_key
from extractor.model.endpoint import Endpoint, _parameters
from extractor.model.question import Budget
from modelserver import GOOD, Act, Ids, ask, question, serving, settings_for

pytestmark = pytest.mark.loopback


def test_second_run_pays_nothing(tmp_path):
    """What was answered is not asked again by another run, and costs nothing there."""
    with serving() as served:
        ask(served, question(), question("另一个"), cache_dir=tmp_path)
        answers, endpoint = ask(served, question(), question("另一个"), cache_dir=tmp_path)
    assert [answer.value for answer in answers] == [Ids(ids=[2])] * 2
    assert len(served.requests) == 2
    spent = endpoint.ledger.spent
    assert (spent.requests, spent.tokens_in, spent.answers_cached) == (0, 0, 2)


def test_corrected_answer_is_what_is_kept(tmp_path):
    """After asking twice the kept answer is the right one, and neither request is repeated."""
    with serving(Act("nonsense"), Act(GOOD)) as served:
        ask(served, question(right=[2]), cache_dir=tmp_path)
        (answer,), _ = ask(served, question(right=[2]), cache_dir=tmp_path)
    assert (answer.value, answer.refused) == (Ids(ids=[2]), ())
    assert len(served.requests) == 2


def test_failures_are_not_kept(tmp_path):
    """A failure may pass, so the next run asks again."""
    with serving(Act(None, finish="content_filter")) as served:
        assert ask(served, question(), cache_dir=tmp_path)[0][0].failure.kind == "refused"
        assert ask(served, question(), cache_dir=tmp_path)[0][0].value == Ids(ids=[2])


@pytest.mark.parametrize("damage", [lambda old: b"", lambda old: old[: len(old) // 2], lambda old: b"\xff" + old, lambda old: b"[]",
                                    lambda old: old.replace(b"[2]", b"[3]"), lambda old: b'{"key": 1}'])  # fmt: skip
def test_damaged_entry_is_a_miss(tmp_path, damage):
    """A cut, foreign or altered entry is asked for again and written anew, never believed."""
    with serving() as served:
        ask(served, question(), cache_dir=tmp_path)
        (entry,) = (tmp_path / "answers").rglob("*.json")
        whole = entry.read_bytes()
        entry.write_bytes(damage(whole))
        (answer,), _ = ask(served, question(), cache_dir=tmp_path)
    assert answer.value == Ids(ids=[2])
    assert len(served.requests) == 2
    assert entry.read_bytes() == whole


def test_entry_of_an_older_form_is_a_miss(tmp_path):
    """An intact entry whose answer no longer has the shape that is asked for is not used."""
    with serving() as served:
        ask(served, question(), cache_dir=tmp_path)
        settings = settings_for(served, cache_dir=tmp_path)
        key = question_key(question(), *_parameters(settings), "4096")
        Cache(tmp_path / "answers").put(key, '{"other": 1}')
        (answer,), _ = ask(served, question(), cache_dir=tmp_path)
    assert answer.value == Ids(ids=[2])
    assert len(served.requests) == 2


def test_key_depends_on_everything_that_counts():
    """Text, prompt, form, model, address and parameters each make another key; what only names the question does not."""
    one = question()
    keys = [
        question_key(one, "m", "u"),
        question_key(question("另一个"), "m", "u"),
        question_key(replace(one, system="另一个"), "m", "u"),
        question_key(replace(one, prompt="small@2:abd"), "m", "u"),
        question_key(replace(one, form=type("Other", (Ids,), {"__annotations__": {"more": int}})), "m", "u"),
        question_key(one, "n", "u"),
        question_key(one, "m", "v"),
        question_key(replace(one, system="系", user="统问"), "m", "u"),
    ]
    assert len(set(keys)) == len(keys)
    assert question_key(replace(one, name="other"), "m", "u") == keys[0]


def test_processes_write_the_same_entry_at_once(tmp_path):
    """Three processes that write and read one entry never see half of it."""
    code = (
        "import sys; from pathlib import Path; from extractor.model.cache import Cache\n"
        "cache, text = Cache(Path(sys.argv[1])), sys.argv[2] * 20000\n"
        "for _ in range(60):\n"
        "    cache.put('ab' * 32, text)\n"
        "    seen = cache.get('ab' * 32)\n"
        "    assert seen is not None and len(seen) == 20000 and len(set(seen)) == 1\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), letter], cwd=ROOT) for letter in "abc"]
    assert [process.wait(300) for process in running] == [0, 0, 0]
    assert list(tmp_path.rglob("*.part")) == []


def test_unwritable_cache_costs_nothing_else(tmp_path):
    """A cache folder that cannot be made does not stop the run."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with serving() as served:
        (answer,), _ = ask(served, question(), cache_dir=blocked)
    assert answer.value == Ids(ids=[2])


def test_recorded_run_is_repeated_without_an_endpoint(tmp_path):
    """Answers, complaints and the model's own failures come out of a recording as they went in, without a request or a key."""
    asked = [question(), question("坏"), question("空", right=[5])]
    with serving() as served:
        served.acts[:] = [Act("{"), Act("{")]
        first = [ask(served, one, record=tmp_path)[0][0] for one in (asked[1], asked[0], asked[2])]
        before = len(served.requests)
        replayed = [ask(served, one, replay=tmp_path) for one in (asked[1], asked[0], asked[2])]
    assert len(served.requests) == before
    assert [a.value for a in first] == [None, Ids(ids=[2]), Ids(ids=[2])]
    for was, ((answer,), endpoint) in zip(first, replayed, strict=True):
        assert (answer.value, answer.refused) == (was.value, was.refused)
        assert (answer.failure and answer.failure.kind) == (was.failure and was.failure.kind)
        assert endpoint.ledger.spent.requests == 0
    entries = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()]
    assert sorted((entry["failure"] or "", entry["text"]) for entry in entries) == [("", GOOD), ("", GOOD), ("malformed", None)]
    assert entries[0].keys() == {"name", "prompt", "model", "failure", "text"}


def test_missing_recording_is_a_failure_and_no_request(tmp_path):
    """A question that was not recorded fails by name; so does one whose recording cannot be read."""
    with serving() as served:
        ask(served, question(), record=tmp_path)
        (answer,), _ = ask(served, question("别的"), replay=tmp_path)
        assert answer.failure.kind == "no_recording"
        next(tmp_path.iterdir()).write_text("{")
        (answer,), _ = ask(served, question(), replay=tmp_path)
        assert answer.failure.kind == "no_recording"
    assert len(served.requests) == 1


def test_transport_failures_are_not_recorded(tmp_path):
    """A recording holds what the model did; that the endpoint was down that day is no part of it."""
    with serving(always=Act(status=401, body={})) as served:
        ask(served, question(), record=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_recording_that_cannot_be_written_is_said(tmp_path):
    """Who records and cannot is told, with the folder and a remedy."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with serving() as served, pytest.raises(UsageError, match="NIANBAO_RECORD"):
        ask(served, question(), record=blocked)


def test_replay_needs_no_server(tmp_path):
    """A replay opens no connection, not even at an address where nothing listens."""
    with serving() as served:
        ask(served, question(), record=tmp_path)
    (answer,), endpoint = ask(served, question(), replay=tmp_path, budget=Budget(requests=0))
    assert answer.value == Ids(ids=[2])
    assert isinstance(endpoint, Endpoint)
