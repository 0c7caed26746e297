"""The endpoint: what each way of failing becomes, how often it is tried, and that every attempt is counted."""

from __future__ import annotations

import ast
import asyncio
import inspect
import itertools
import logging
import pickle
import socket
import subprocess
import sys
import time
from email.utils import formatdate
from types import SimpleNamespace

import openai
import pytest

from conftest import ROOT
from extractor.model import conversation
from extractor.model.endpoint import KINDS, Endpoint
from extractor.model.failures import FAILURES, failure
from extractor.model.question import Budget
from extractor.settings import Settings
from modelserver import GOOD, KEY, PATIENCE, Act, Ids, ask, error, question, serving, settings_for

pytestmark = pytest.mark.loopback
SILENT = Act(until=lambda: False)
"""Never answers."""


FAILING = [
    ("unauthorised", error(401), 1),
    ("unauthorised", error(403), 1),
    ("no_such_model", error(404), 1),
    ("no_such_model", error(400, "Model Not Exist"), 1),
    ("quota", error(402, "Insufficient Balance"), 1),
    ("quota", error(429, "You exceeded your current quota", code="insufficient_quota"), 1),
    ("unsupported_mode", error(400, "response_format json_schema is not supported"), 1),
    ("too_long", error(400, "This model's maximum context length is 4096 tokens"), 1),
    ("too_long", error(413), 1),
    ("refused", error(400, "x", code="data_inspection_failed"), 1),
    ("bad_request", error(400, "something else"), 1),
    ("bad_request", error(422, "something else"), 1),
    ("no_endpoint", Act(status=200, body=b"<html>proxy</html>", headers={"Content-Type": "text/html"}), 1),
    ("no_endpoint", Act(status=200, body=b"{not json"), 1),
    ("no_endpoint", Act(status=200, body={"error": "x"}), 1),
    ("no_endpoint", Act(status=307, body={}, headers={"Location": "http://192.0.2.1/v1"}), 1),
    ("truncated", Act(GOOD, finish="length"), 2),
    ("refused", Act(None, finish="content_filter"), 1),
    ("refused", Act("", finish="sensitive"), 1),
    ("refused", Act(None, message={"refusal": "不行"}), 1),
    ("empty", Act(""), 2),
    ("empty", Act("  \n\n "), 2),
    ("empty", Act(None), 2),
    ("malformed", Act("我不知道"), 2),
    ("malformed", Act('{"ids": "two"}'), 2),
    ("malformed", Act('{"ids": [2'), 2),
]


@pytest.mark.parametrize(("kind", "act", "requests"), FAILING)
def test_failure_has_name_reason_remedy_and_count(kind, act, requests):
    """Each failure that no waiting mends has its name, a reason and a remedy in two languages, and its requests are counted."""
    with serving(always=act) as served:
        (answer,), endpoint = ask(served, question(), mode="json_schema", total_time=5.0)
    assert answer.value is None
    assert answer.failure.kind == kind
    assert len(served.requests) == requests == endpoint.ledger.spent.requests
    assert (endpoint.ledger.spent.tokens_in, endpoint.ledger.spent.tokens_out) == (served.tokens_in, served.tokens_out) or (
        act.body is not None
    )
    for lang in ("zh", "en"):
        assert FAILURES[kind].remedy[lang == "en"] in answer.failure.render(lang)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("rate_limited", error(429)),
        ("server_error", error(500)),
        ("server_error", error(503)),
        ("server_error", error(409)),
        ("timeout", error(408)),
        ("timeout", SILENT),
        ("connection", Act(reset=True)),
        ("server_error", Act("", finish="insufficient_system_resource")),
    ],
)
def test_passing_trouble_is_outlived(kind, act):
    """What passes is tried again and counted; the answer is then as good as any."""
    with serving(act, act) as served:
        (answer,), endpoint = ask(served, question(), timeout=3.0 if act is SILENT else PATIENCE)
    assert answer.value == Ids(ids=[2]), kind
    assert len(served.requests) == 3 == endpoint.ledger.spent.requests


@pytest.mark.parametrize(
    ("kind", "act"),
    [("rate_limited", error(429)), ("server_error", error(500)), ("timeout", SILENT), ("connection", Act(reset=True))],
)
def test_lasting_trouble_ends_within_the_total_time(monkeypatch, kind, act):
    """What does not pass is given up by name when another try would end after the total time, every try counted. By the clock
    of this test each takes two seconds, so there is time for a second one and not for a third."""
    clock = itertools.count(step=2.0)
    monkeypatch.setattr(conversation, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with serving(always=act) as served:
        (answer,), endpoint = ask(served, question(), timeout=3.0 if act is SILENT else PATIENCE, total_time=3.5)
    assert answer.failure.kind == kind
    assert len(served.requests) == endpoint.ledger.spent.requests == 2
    assert endpoint.ledger.spent.seconds == 4.0
    assert endpoint.ledger.spent.unreported == (2 if kind in {"timeout", "connection"} else 0)


def lost(settings):
    """The answer to one question, and the endpoint that was to give it."""
    endpoint = Endpoint(settings)

    async def run():
        answer = await endpoint.ask(question(), Budget())
        await endpoint.close()
        return answer

    return asyncio.run(run()), endpoint


def test_unreachable_endpoint_is_no_request():
    """Where nothing listens, the failure comes after a few tries, long before the total time, and no request is counted, since
    none was received."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody else can listen there
        settings = Settings("m", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        started = time.monotonic()
        answer, endpoint = lost(settings)
    assert answer.failure.kind == "unreachable"
    assert endpoint.ledger.spent.requests == 0
    assert time.monotonic() - started < settings.total_time / 2


def test_request_that_never_left_is_none():
    """Where the connection is made but never accepted in time, no request is counted: none was received."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        port = silent.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        settings = Settings("m", base_url=f"http://127.0.0.1:{port}/v1", timeout=0.5)
        answer, endpoint = lost(settings)
        for one in fillers:
            one.close()
    assert answer.failure.kind == "unreachable"
    assert endpoint.ledger.spent.requests == 0


def test_request_goes_through_the_proxy_of_the_environment(monkeypatch):
    """A proxy that the environment names is used, but not for addresses that it excepts; one that is not there means that the
    endpoint is not reached."""
    with serving() as proxy, serving() as served:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        (direct,), _ = ask(served, question())
        monkeypatch.delenv("NO_PROXY")
        (passed_on,), _ = ask(served, question())
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        (lost,), endpoint = ask(served, question())
    assert direct.value == passed_on.value == Ids(ids=[2])
    assert (len(served.requests), len(proxy.requests)) == (1, 1)
    assert lost.failure.kind == "unreachable"
    assert endpoint.ledger.spent.requests == 0


@pytest.mark.parametrize("value", ["0.7", lambda: formatdate(time.time() + 2, usegmt=True)])
def test_retry_after_is_honoured(value):
    """The next try waits as long as the endpoint asks, told in seconds or as a date; so does everybody else's first one."""
    with serving(error(429, retry_after=value)) as served:
        (answer,), _ = ask(served, question())
    assert answer.value == Ids(ids=[2])
    assert served.times[1] - served.times[0] >= 0.65


def test_longer_wait_than_the_total_time_is_not_waited():
    """An endpoint that wants an hour is given up at once, by everybody."""
    with serving(always=error(429, retry_after="3600")) as served:
        answers, endpoint = ask(served, question(), question("另一个"), total_time=10.0, concurrency=1)
    assert [answer.failure.kind for answer in answers] == ["rate_limited"] * 2
    assert len(served.requests) == 2
    assert endpoint._line._not_before == 0.0


def test_budget_stops_and_counts_every_try():
    """A document's requests are bounded, failed tries included, and the failure says what to raise."""
    budget = Budget(requests=2)
    with serving(always=error(500)) as served:
        (answer,), _ = ask(served, question(), budget=budget)
    assert answer.failure.kind == "budget"
    assert len(served.requests) == 2 == budget.spent.requests
    budget = Budget(tokens=100)
    with serving(always=Act('{"ids": [7]}')) as served:
        (answer,), _ = ask(served, question(right=[2]), budget=budget)
    assert answer.value == Ids(ids=[7])
    assert len(served.requests) == 1


def test_every_exception_of_openai_is_mapped():
    """The table of kinds has each exception class that openai exports, and each kind has its words."""
    found = {
        name
        for module in (openai, openai._exceptions)
        for name, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, Exception) and thing.__module__.startswith("openai") and not name.startswith("_")
    }
    assert found - KINDS.keys() == set()
    assert set(KINDS.values()) <= FAILURES.keys()


def test_failure_survives_pickling():
    """A failure keeps its kind on its way between processes."""
    copy = pickle.loads(pickle.dumps(failure("truncated", "applications")))
    assert (copy.kind, copy.name) == ("truncated", "applications")
    assert copy.render("zh") == failure("truncated", "applications").render("zh")


def test_only_one_module_knows_the_vendor():
    """openai and instructor are imported by extractor/model/endpoint.py only, and there only when a question is put."""
    importing = {
        path.name
        for path in (ROOT / "extractor").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
        if name.split(".")[0] in {"openai", "instructor"}
    }
    assert importing == {"endpoint.py"}
    code = "import extractor.model.endpoint, extractor.doctor, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"openai", "instructor", "tenacity"} & set(loaded.stdout.split())


SECRET_ACTS = [act for _, act, _ in FAILING] + [
    error(429, f"slow down, {KEY}"),
    error(500, f"token Bearer {KEY} crashed"),
    SILENT,
    Act(reset=True),
    Act(f'{{"ids": [2], "note": "{KEY}"}}'),
    Act(f"你的密钥是 {KEY}"),
]


@pytest.mark.parametrize("act", SECRET_ACTS)
def test_key_is_nowhere_to_be_seen(act, tmp_path, caplog, capfd):
    """Through every failure, and when the endpoint repeats the key, it is in no error, log, repr, cache or recording."""
    if act.status >= 400:
        act = error(act.status, f"{act.body['error']['message']} (key {KEY})")
    caplog.set_level(logging.DEBUG)
    with serving(always=act) as served:
        others = {"cache_dir": tmp_path / "cache", "record": tmp_path / "record"}
        patience = 3.0 if act is SILENT else PATIENCE
        (answer,), endpoint = ask(served, question(), timeout=patience, total_time=0.3, mode="json_schema", **others)
    assert served.headers[0]["authorization"] == f"Bearer {KEY}"
    shown = [repr(endpoint.settings), repr(endpoint), repr(answer), caplog.text, *capfd.readouterr()]
    link = answer.failure
    while link is not None:
        shown += [str(link), repr(link), str(vars(link))]
        link = link.__cause__ or link.__context__
    shown += [path.read_text(encoding="utf-8") + path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert [one for one in shown if KEY in one] == []


def test_environment_of_openai_is_not_followed(monkeypatch):
    """Organisation, project and headers of another account's environment are not sent along."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org-x")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-x")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Other: secret")
    with serving() as served:
        (answer,), _ = ask(served, question())
    assert answer.value == Ids(ids=[2])
    assert not {"openai-organization", "openai-project", "x-other"} & served.headers[0].keys()


def test_one_endpoint_serves_several_event_loops():
    """The same endpoint can be asked from one event loop after another."""
    with serving() as served:
        endpoint = Endpoint(settings_for(served))
        answers = [asyncio.run(endpoint.ask(question(f"第{n}问"), Budget())) for n in range(3)]
        asyncio.run(endpoint.close())
    assert [answer.value for answer in answers] == [Ids(ids=[2])] * 3
