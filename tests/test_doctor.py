"""`nianbao doctor`: what it says of a configuration, of an endpoint, and of one that is simulated."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
from contextlib import contextmanager

import pytest

from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted, simulation
from extractor import doctor
from extractor.errors import UsageError
from extractor.model import trial
from extractor.model.dialect import remembered
from extractor.model.ladder import probe
from extractor.model.ledger import Ledger
from modelserver import KEY, Act, serving, settings_for

pytestmark = pytest.mark.loopback
OK = '{"state": "ok"}'


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in list(doctor.os.environ):
        if name.startswith(("NIANBAO_", "OPENAI_")):
            monkeypatch.delenv(name)


@pytest.fixture
def configured(monkeypatch):
    def configure(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return configure


class _Entry:
    def __init__(self, function):
        self.load = lambda: function


def simulate(monkeypatch, function):
    found = {"nianbao.scripted": [_Entry(function)]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: found.get(group, []))


def test_without_a_model_it_says_that_nothing_is_sent(configured, capsys):
    """A key alone is told to count for nothing, and what to set; the status says that no model can be used."""
    configured(OPENAI_API_KEY=KEY)
    assert doctor.command(lang="zh") == 3
    said = capsys.readouterr().out
    assert "没有指定模型，不会发送任何内容" in said
    assert "密钥：已设置" in said
    assert "NIANBAO_MODEL" in said
    assert KEY not in said
    assert doctor.command(lang="en") == 3
    assert "nothing is ever sent" in capsys.readouterr().out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_simulation_is_sound_and_labelled(monkeypatch, configured, capsys, lang):
    """The scripted endpoint passes every part, is called a simulation, and gets neither key nor model of the environment."""
    configured(NIANBAO_MODEL="real", NIANBAO_API_KEY=KEY, NIANBAO_BASE_URL="http://192.0.2.1/v1")
    simulate(monkeypatch, simulation)
    assert doctor.command(scripted=True, lang=lang) == 0
    said = capsys.readouterr().out
    assert said.startswith({"zh": "【模拟】", "en": "[SIMULATION]"}[lang])
    assert {"zh": "小报告：9 个数读对 9 个，读错 0 个", "en": "tiny report: 9 of 9 numbers read, 0 wrong"}[lang] in said
    for mode in ("json_schema", "tools", "json_object", "md_json"):
        assert {"zh": f"{mode}：可用", "en": f"{mode}: works"}[lang] in said
    assert {"zh": "一切正常", "en": "all is well"}[lang] in said
    assert "real" not in said
    assert "192.0.2.1" not in said


def test_simulation_that_is_not_installed_is_said(monkeypatch):
    """Without the evaluation installed, `--scripted` is a wrong usage with its remedy."""
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [])
    with pytest.raises(UsageError, match="scripted endpoint"):
        doctor.command(scripted=True)


def test_working_mode_is_found_and_advised(monkeypatch, capsys):
    """Of an endpoint with json_object only, the others are named as not working, and it is said what to set."""

    @contextmanager
    def limited():
        with scripted(LabelAuthor(Oracle(())), Behaviour(modes=("json_object",))) as running:
            yield running.base_url, running.model

    simulate(monkeypatch, limited)
    assert doctor.command(scripted=True, lang="en") == 0
    said = capsys.readouterr().out
    assert "json_schema: does not work" in said
    assert "tools: does not work" in said
    assert "json_object: works" in said
    assert "set NIANBAO_MODE=json_object" in said


@pytest.mark.parametrize(
    ("act", "remedy"),
    [
        (Act(status=401, body={}), "check NIANBAO_API_KEY"),
        (Act(status=404, body={}), "check NIANBAO_MODEL and NIANBAO_BASE_URL"),
        (Act(status=200, body=b"<html>", headers={"Content-Type": "text/html"}), "ends in /v1"),
    ],
)
def test_hopeless_endpoint_is_asked_once(configured, capsys, act, remedy):
    """A refused key or a wrong address fails every mode, so one request says it, with what to set."""
    with serving(always=act) as served:
        configured(NIANBAO_MODEL="m", NIANBAO_BASE_URL=served.url, NIANBAO_API_KEY=KEY)
        assert doctor.command(lang="en") == 3
    said = capsys.readouterr().out
    assert remedy in said
    assert "key: set (NIANBAO_API_KEY)" in said
    assert KEY not in said
    assert len(served.requests) == 1


def test_silent_cut_of_long_prompts_is_found(configured, capsys):
    """A server that counts far fewer tokens than the prompt has was shown a part of it; the remedy names the setting."""
    with serving(always=Act(OK)) as served:
        configured(NIANBAO_MODEL="m", NIANBAO_BASE_URL=served.url)
        assert doctor.command(lang="en") == 3
    said = capsys.readouterr().out
    assert "long text: cut off" in said
    assert "OLLAMA_CONTEXT_LENGTH" in said


def test_model_that_does_not_read_is_said(configured, capsys):
    """A model that speaks JSON and reads nothing fails at the tiny report."""
    usage = {"prompt_tokens": 9000, "completion_tokens": 3, "total_tokens": 9003}
    with serving(always=Act(OK, usage=usage)) as served:
        configured(NIANBAO_MODEL="m", NIANBAO_BASE_URL=served.url)
        assert doctor.command(lang="en") == 3
    said = capsys.readouterr().out
    assert "long text: fine" in said
    assert "tiny report: 0 of 9 numbers read, 0 wrong" in said
    assert "use another model" in said


def test_options_outrank_the_environment(configured, capsys):
    """Model, address and mode given as options are tried, and shown as such; one mode is then enough."""
    usage = {"prompt_tokens": 9000, "completion_tokens": 3, "total_tokens": 9003}
    with serving(always=Act(OK, usage=usage)) as served:
        configured(NIANBAO_MODEL="other", NIANBAO_BASE_URL="http://192.0.2.1/v1")
        doctor.command(model="mine", base_url=served.url, mode="md_json", lang="en")
    said = capsys.readouterr().out
    assert "model: mine (--model)" in said
    assert "mode: md_json (--mode)" in said
    assert {request["model"] for request in served.requests} == {"mine"}
    assert "json_schema" not in said


def test_no_document_is_sent(configured):
    """What the doctor sends is its own: a test word, filling, and a made-up table."""
    with serving(always=Act(OK)) as served:
        configured(NIANBAO_MODEL="m", NIANBAO_BASE_URL=served.url)
        doctor.command(lang="en")
    sent = json.dumps(served.requests, ensure_ascii=False)
    assert "测试市示例局" in sent or "行政处罚" in sent
    assert len(served.requests) < 16


def test_ladder_remembers_the_first_rung_that_works(tmp_path):
    """The strictest working mode is kept by address and model, and taken by the next run."""
    refusal = Act(status=400, body={"error": {"message": "response_format is not supported"}})
    with serving(refusal, always=Act(OK)) as served:
        settings = settings_for(served, cache_dir=tmp_path)
        rungs = asyncio.run(probe(settings, Ledger()))
        assert [(rung.mode, rung.works) for rung in rungs] == [
            ("json_schema", False), ("tools", True), ("json_object", True), ("md_json", True),
        ]  # fmt: skip
        assert rungs[0].failure.kind == "unsupported_mode"
        assert remembered(settings).mode == "tools"
        assert remembered(settings_for(served, cache_dir=tmp_path / "other")) is None
    assert len(served.requests) == 4


def test_damaged_memory_is_no_memory(tmp_path):
    """What cannot be read of an endpoint's abilities is found out again."""
    with serving(always=Act(OK)) as served:
        settings = settings_for(served, cache_dir=tmp_path)
        asyncio.run(probe(settings, Ledger()))
        (memory,) = (tmp_path / "endpoints").iterdir()
        memory.write_text('{"mode": "guess", "newer_limit": false, "temperature": true}')
        assert remembered(settings) is None
        memory.write_text("{")
        assert remembered(settings) is None


def test_long_trial_is_long():
    """The long trial is longer than the context that small local servers have by default, and its least count within it."""
    assert len(trial.LONG.user) > 14_000
    assert 4096 < trial.LONG_LEAST_TOKENS < len(trial.LONG.user)
