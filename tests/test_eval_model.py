"""Reading with a model, evaluated over the scripted endpoint: the matrix in small, and `nianbao eval --scripted`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace

import pytest
from pydantic import BaseModel

from conftest import ROOT
from eval.asking import misbehaving, model_reader, patient
from eval.evaluate import READERS
from eval.labels import load
from eval.matrix import MIXED, Way, at_once, line, run, worth
from eval.scoring import ScoredCell
from eval.scripted.faults import CONTENT, KINDS
from eval.scripted.minimal import schema_of
from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted
from extractor import cli
from extractor.model.endpoint import Endpoint
from extractor.model.question import Budget, Question
from extractor.settings import Settings

DATASET = ROOT / "eval" / "dataset"
SOME = ("a01", "a07", "a18", "b11", "b18")
"""Zeros only, glued, inconsistent, of 2019, with blanks: one of each."""
pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def items():
    return [item for item in load(DATASET) if item.key.startswith(SOME)]


@pytest.fixture(scope="module")
def oracle():
    return Oracle([DATASET], SOME)


@pytest.fixture(scope="module")
def rules(items):
    return at_once(items, READERS["rules"])


@pytest.mark.parametrize("protocol", ["pointers", "values"])
def test_model_without_faults_reads_what_the_text_determines(items, oracle, protocol):
    """A model that never errs gives at least 99 % of the determined values, and nothing escapes."""
    outcome = run(items, oracle, Way("model", protocol))
    assert outcome.lost == []
    assert outcome.wrong == []
    assert outcome.read / outcome.determined >= 0.99
    assert outcome.balanced


@pytest.mark.parametrize("protocol", ["pointers", "values"])
def test_both_is_never_worse_than_the_rules(items, oracle, rules, protocol):
    """With a model that never errs no cell is worse than the rules alone have it."""
    outcome = run(items, oracle, Way("both", protocol), rules)
    assert (outcome.lost, outcome.wrong, outcome.worse) == ([], [], [])
    assert outcome.balanced


def test_both_asks_about_no_table_that_the_rules_read(items, oracle):
    """Of a report whose tables the rules read completely only the prose is asked about."""
    asked = []

    def author(request, chances):
        asked.append(schema_of(request)["title"])
        return LabelAuthor(oracle)(request, chances)

    item = next(item for item in items if item.key.startswith("a01"))
    with scripted(author) as running, model_reader("both", Settings(running.model, running.base_url)) as (read, _):
        read(item.path.read_bytes(), item.path.name)
    assert asked == ["ProseAnswer"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_lets_a_wrong_number_through(items, oracle, kind):
    """With three answers in ten wrong in one way, by pointers, nothing escapes, no document is lost, and the ledgers of the
    results agree with the endpoint's own count."""
    outcome = run(items, oracle, Way("model", "pointers", kind, 0.3))
    assert outcome.lost == []
    assert outcome.wrong == []
    assert outcome.balanced
    assert line(outcome)[:4] == ["model", "pointers", kind, "30%"]


def test_books_agree_with_every_fault_at_once_and_a_cache(items, oracle, tmp_path):
    """With three answers in ten wrong in any way every document is read; asked again, the cache answers what was answered, and
    ledger, results and endpoint still count the same requests and tokens."""
    faults = Way("model", "pointers", MIXED, 0.3).faults
    with scripted(LabelAuthor(oracle), misbehaving(faults)) as running:
        settings = replace(patient(Settings(running.model, running.base_url), faults), cache_dir=tmp_path)
        with model_reader("model", settings) as (read, asked):
            first = at_once(items, read)
            sent = running.counts.requests
            second = at_once(items, read)
        spent, counts = asked.ledger.spent, running.counts
    assert [one.score.error for one in (*first, *second)] == [None] * 2 * len(items)
    assert sent > counts.requests - sent
    assert spent.answers_cached > 0
    assert counts.faults.keys() & set(KINDS)
    assert (spent.requests, spent.tokens_in, spent.tokens_out) == (counts.requests, counts.tokens_in, counts.tokens_out)
    assert [asked.usage[name] for name in ("requests", "tokens_in")] == [counts.requests, counts.tokens_in]


@pytest.mark.parametrize("kind", CONTENT)
def test_an_always_wrong_model_lets_nothing_through(items, oracle, kind):
    """With every answer wrong in one way, by values, at most one cell in a thousand escapes."""
    outcome = run(items, oracle, Way("model", "values", kind, 1.0))
    assert outcome.lost == []
    assert len(outcome.wrong) <= outcome.cells // 1000
    assert outcome.done > 0


def _cell(outcome, trust=None):
    return ScoredCell("a.b.c", outcome, None, None, "read", "read", trust, "model", determined=True)


def test_worth_orders_what_may_become_of_a_cell():
    """A wrong number that nothing marks is worse than a marked one, that than none, that than a marked right one."""
    cells = [_cell("wrong", "located"), _cell("wrong", "doubtful"), _cell("omitted"), _cell("correct", "doubtful")]
    cells.append(_cell("correct", "proven"))
    assert [worth(cell) for cell in cells] == [0, 1, 2, 3, 4]


def test_command_says_that_it_is_a_simulation(tmp_path, monkeypatch, capsys):
    """`nianbao eval --reader model --scripted` names the simulation and its faults on the screen, in the run and on its page."""
    folder = tmp_path / "dataset"
    (folder / "labels").mkdir(parents=True)
    for path in (*DATASET.glob("a01*"), *(DATASET / "labels").glob("a01*")):
        (folder / path.relative_to(DATASET)).write_bytes(path.read_bytes())
    words = ["--reader", "model", "--protocol", "values", "--scripted", "--fault", "swapped_rows=0.5"]
    monkeypatch.setattr(sys, "argv", ["nianbao", "eval", "--dataset", str(folder), *words, "-o", str(tmp_path / "runs")])
    status = cli.main()
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    name = "model, values (SIMULATION, scripted endpoint, swapped_rows=0.5)"
    assert f"reader {name}" in out
    (kept,) = (tmp_path / "runs").iterdir()
    header = json.loads((kept / "run.json").read_text(encoding="utf-8"))
    assert header["reader"] == name
    assert header["model"] == "scripted-simulation"
    assert header["prompts"]
    assert name in (kept / "report.html").read_text(encoding="utf-8")


class _Word(BaseModel):
    word: str


@pytest.mark.parametrize(("pace", "window", "refused"), [(480, 2.0, False), (None, 10.0, True)], ids=["paced", "unpaced"])
def test_requests_keep_to_the_limit_of_the_endpoint(pace, window, refused):
    """Thirty questions at once to an endpoint that allows 20 in some seconds: told of the limit, the product causes no 429;
    not told, it does, and is answered all the same."""
    behaviour = Behaviour(per_minute=round(20 * 60 / window), window=window, retry_after=0.5)

    async def ask(settings):
        endpoint = Endpoint(settings)
        questions = [Question("word", "w@1:0", "用 json 回答", f"第 {n} 个", _Word, lambda _: ()) for n in range(30)]
        try:
            return await asyncio.gather(*(endpoint.ask(question, Budget()) for question in questions))
        finally:
            await endpoint.close()

    with scripted(LabelAuthor(Oracle(())), behaviour) as running:
        answers = asyncio.run(ask(Settings(running.model, running.base_url, requests_per_minute=pace)))
        assert [answer.failure for answer in answers] == [None] * 30
        assert (running.counts.faults["over_limit"] > 0) == refused


def test_simulation_is_for_models_only(monkeypatch, capsys):
    """Asking the rules to be simulated is wrong usage."""
    monkeypatch.setattr(sys, "argv", ["nianbao", "eval", "--scripted"])
    assert cli.main() == 2
    assert "--reader model" in capsys.readouterr().err


def test_model_reader_needs_a_model(monkeypatch, capsys):
    """Without a model named for nianbao, asking for one is wrong usage, and the message says what to do."""
    monkeypatch.delenv("NIANBAO_MODEL", raising=False)
    monkeypatch.setattr(sys, "argv", ["nianbao", "eval", "--reader", "model"])
    assert cli.main() == 2
    assert "--scripted" in capsys.readouterr().err
