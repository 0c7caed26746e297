"""A batch with a model, against the scripted endpoint: every request through the real client, every request accounted for.

`NIANBAO_MODEL_DOCUMENTS=1000 pytest tests/test_batch_model.py` reads a thousand documents instead of thirty.
"""

from __future__ import annotations

import os
from decimal import Decimal

import pytest
from pydantic import SecretStr

import batches
from batches import batch, fill
from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted
from extractor.batch import command
from extractor.batch.fingerprint import Reading, prompts
from extractor.batch.work import Setup, most_workers, share
from extractor.settings import Settings
from extractor.store import open_store
from extractor.store.queries import Query

pytestmark = pytest.mark.loopback
COUNT = int(os.environ.get("NIANBAO_MODEL_DOCUMENTS", "30"))
FAULTS = {"status_500": 0.03, "status_429": 0.02, "reset": 0.02, "malformed_json": 0.03}


def _settings(running, tmp_path, **more):
    prices = tmp_path / "prices.toml"
    prices.write_text('[[price]]\nmodels = "*"\ncurrency = "CNY"\nin = "2"\nout = "8"\n', encoding="utf-8")
    key = SecretStr("sk-of-this-test")
    return Settings(model=running.model, base_url=running.base_url, api_key=key, prices=prices, **more)


def _order(settings, workers=1, **more):
    ours = share(settings, workers)
    setup = Setup("model", ours, in_flight=min(8, ours.concurrency))
    return {
        "reading": Reading("model", settings.model, settings.protocol, prompts()),
        "setup": setup,
        "workers": workers,
    } | more


def test_everything_is_read_and_the_ledger_is_exact(tmp_path):
    """With a tenth of the answers faulty every document is read or named, and the requests that the store counts are those that
    the endpoint counted; the price follows from them, and no key is written anywhere."""
    folder = fill(tmp_path / "in", COUNT)
    place = str(tmp_path / "s.db")
    with scripted(LabelAuthor(Oracle(())), Behaviour(FAULTS, retry_after=0.05)) as running:
        tally, failures = batch(place, [folder], **_order(_settings(running, tmp_path), workers=2, timeout=600.0))
        counted = running.counts
    assert tally.counts["read"] + tally.counts["incomplete"] + tally.counts["failed"] == COUNT
    assert tally.counts["failed"] == len(failures)
    assert tally.requests == counted.requests > COUNT
    with open_store(place) as store:
        [run] = store.runs()
        results = [result for _, result in store.results(Query())]
    assert run.requests == counted.requests
    assert Decimal(run.cost) == sum(Decimal(result.run.cost) for result in results) > 0
    assert sum(result.run.usage["requests"] for result in results) == counted.requests
    for file in tmp_path.glob("s.db*"):
        assert b"sk-of-this-test" not in file.read_bytes()


def test_what_the_model_left_unanswered_is_asked_again(tmp_path):
    """A document of which the endpoint answered nothing is read by what there is, counted as incomplete, not asked again by
    itself, and asked again by --retry-failed."""
    folder = fill(tmp_path / "in", 3)
    place = str(tmp_path / "s.db")
    with scripted(LabelAuthor(Oracle(())), Behaviour({"status_500": 1.0})) as running:
        tally, _ = batch(place, [folder], **_order(_settings(running, tmp_path, total_time=1.0)))
        assert (tally.counts["incomplete"], tally.exit_status) == (3, 0)
    with scripted(LabelAuthor(Oracle(()))) as running:
        assert batch(place, [folder], **_order(_settings(running, tmp_path)))[0].counts["unchanged"] == 3
        assert batch(place, [folder], **_order(_settings(running, tmp_path), again="failed"))[0].counts["read"] == 3


def test_budget_stops_in_time(tmp_path):
    """A batch stops before its budget is used up, leaves the rest for another run, and says so."""
    folder = fill(tmp_path / "in", 12)
    place = str(tmp_path / "s.db")
    with scripted(LabelAuthor(Oracle(()))) as running:
        settings = _settings(running, tmp_path)
        tally, _ = batch(place, [folder], **_order(settings, limit=2))
        each = tally.cost / 2
        tally, _ = batch(place, [folder], **_order(settings, budget=each * 5))
        assert tally.status == "budget"
        assert 0 < tally.cost <= each * 6
        assert tally.counts["skipped"] > 0
        tally, _ = batch(place, [folder], **_order(settings))
        assert tally.counts["skipped"] == 0
    assert batches.rows(place, "outcomes") == 12


@pytest.mark.parametrize("workers", [1, 3, 50])
def test_workers_share_the_rates(workers):
    """However many workers there are, together they ask no faster than the settings allow."""
    settings = Settings(model="m", api_key=SecretStr("k"), concurrency=60, requests_per_minute=100, tokens_per_minute=90_000)
    assert most_workers(settings) == 60
    ours = share(settings, workers)
    for name in ("concurrency", "requests_per_minute", "tokens_per_minute"):
        assert 0 < getattr(ours, name) * workers <= getattr(settings, name)


@pytest.mark.parametrize(("asked", "workers", "each"), [(8, 2, 1), (1, 1, 2)])
def test_command_takes_model_and_rates_from_the_environment(monkeypatch, asked, workers, each):
    """Once a model is named both readers read; there are no more workers than the rates suffice for, and no key is in what a
    run keeps of its settings."""
    for name, value in {"MODEL": "m", "API_KEY": "sk-of-this-test", "CONCURRENCY": "2"}.items():
        monkeypatch.setenv(f"NIANBAO_{name}", value)
    reading, setup, processes = command._reading(None, asked, 1 << 30, keep_text=True)
    assert (reading.reader, reading.model, setup.reader) == ("both", "m", "both")
    assert (processes, setup.in_flight) == (workers, each)
    assert set(reading.prompts) == set(prompts())
    assert "sk-of-this-test" not in str(reading.settings()) + repr(setup)
