"""The scripted endpoint: what labels say about a prompt, how it misbehaves, and how it counts."""

from __future__ import annotations

import http.client
import json
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from jsonschema import validate
from pydantic import BaseModel, Field

from conftest import ROOT
from eval.labels import load
from eval.scripted.faults import CONTENT, KINDS, Chances, Entry, Sheet, parse_faults
from eval.scripted.minimal import instance
from eval.scripted.oracle import Oracle, coverage
from eval.scripted.places import places_of
from eval.scripted.server import Behaviour, tokens
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted, simulation
from extractor.errors import UsageError
from extractor.folding import fold
from extractor.pipeline import extract_with_text
from extractor.readers.answers import ProseAnswer, rows_of, table_form
from extractor.readers.marking import mark_prose, mark_table
from extractor.readers.pointers import columns_of
from extractor.schema import FORMS

DATASET = ROOT / "eval" / "dataset"
QUIET = Chances(frozenset(), "seed")


def post(url, request, timeout=10):
    """Status, headers and content of one request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(request), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), json.loads(answer.read())
    finally:
        connection.close()


def asked(content="你好", schema=None, **more):
    """A request in the way of json_schema, or a plain one."""
    request = {"model": "m", "messages": [{"role": "system", "content": "系统"}, {"role": "user", "content": content}], **more}
    if schema is not None:
        request["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return request


def said(answer):
    return answer["choices"][0]["message"]["content"]


@pytest.fixture(scope="module")
def oracle():
    """Some documents of every kind of mess: glued, blank, before the label, two reports in one file."""
    return Oracle([DATASET], only=("a01", "a07", "a09", "a16", "a20", "b11", "b26", "d20"))


def marked(report, table):
    """The marked text around the labelled places of one table, with each digit of glued runs by itself."""
    places = {key: found for key, found in report.places.items() if key.startswith(f"{table}.")}
    offsets = sorted(offset for found in places.values() for offset in found)
    folded = fold(report.text)
    section = (max(0, offsets[0] - 60), offsets[-1] + 3)
    counts = {offset for key, found in places.items() if not key.endswith("amount") for offset in found}
    glued = {o for o in counts if folded[o + 1].isdigit() or folded[o - 1].isdigit()} if "glued" in report.name else set()
    return mark_table(report.text, folded, section, glued)


def test_labels_of_the_dataset_have_places():
    """Every labelled value of the plain documents and of the PDFs without rules has a place that prints its digits, and no
    two share one."""
    found = coverage(Oracle([DATASET], only=("a", "b", "d18", "d19", "d20", "d45")).reports)
    assert found.missing == []
    assert found.placed == found.values > 7000


def test_places_are_found_where_the_rules_read_nothing():
    """With every other row taken from the rules' reading, alignment alone finds the same places."""
    (item,) = [item for item in load(DATASET) if item.key.startswith("a01")]
    text, (result,) = extract_with_text(item.path.read_bytes(), item.path.name)
    whole = places_of(item.label, text, result)
    rows = sorted({address.rpartition(".")[0] for address in result.cells})[::2]
    fewer = {address: cell for address, cell in result.cells.items() if address.rpartition(".")[0] not in rows}
    assert places_of(item.label, text, result.model_copy(update={"cells": fewer})) == whole


def test_answer_by_pointers_leads_to_the_labelled_values(oracle):
    """Following the ids of an answer in the marked text gives the labelled digits, for every row of every table."""
    followed = 0
    for report in oracle.reports:
        folded = fold(report.text)
        for table in FORMS[report.edition].tables:
            if not any(address.startswith(f"{table.name}.") for address in report.places):
                continue
            marking = marked(report, table.name)
            form = table_form(report.edition, table.name, rows_of(table), "pointers")
            answer = form.model_validate_json(LabelAuthor(oracle)(asked(marking.prompt, form.model_json_schema()), QUIET))
            for row in table.rows:
                given = getattr(answer, row.key)
                columns = [None] * len(row.columns) if given is None else columns_of(given)
                for column, ids in zip(row.columns, columns, strict=True):
                    value = report.values.get(f"{table.name}.{row.key}.{column.key}")
                    pointed = [c for n in ids or () for c in folded[slice(*marking.span(n))] if c.isdigit()]
                    assert pointed == [c for c in value or "" if c.isdigit()], (report.name, row.key, column.key)
                    followed += bool(ids)
    assert followed >= 1000


def test_answer_by_values_is_what_the_label_says(oracle):
    """The values of an answer are the labelled ones, null where the label has none."""
    report = next(report for report in oracle.reports if report.name.startswith("a20"))
    table = FORMS["2021"].applications
    form = table_form("2021", "applications", ("received", "carried_in", "refused_state_secret"), "values")
    answer = json.loads(LabelAuthor(oracle)(asked(marked(report, table.name).prompt, form.model_json_schema()), QUIET))
    assert answer == {"1": ["53", "15", "1", "0", "3", "0", "72"], "2": ["1", "0", "0", None, "0", "0", "1"]}


def test_claims_of_prose_point_at_their_numbers(oracle):
    """A labelled claim is answered with the id of its number and its cell."""
    report = next(report for report in oracle.reports if report.name.startswith("a20"))
    at = report.text.find("一、总体情况")
    marking = mark_prose(report.text, fold(report.text), [(at, report.text.find("二、主动"))])
    answer = ProseAnswer.model_validate_json(LabelAuthor(oracle)(asked(marking.prompt, ProseAnswer.model_json_schema()), QUIET))
    by_text = {report.text[slice(*marking.span(int(claim.n)))]: claim for claim in answer.claims}
    assert len(answer.claims) >= 10
    assert by_text["72"].cell == "applications.received.total"
    assert by_text["15"].kind == "ratio"


def test_unknown_text_is_answered_from_the_rules():
    """A report that no label knows gets the values that the rules read in it."""
    text = "某县2023年政府信息公开工作年度报告\n第二十条第（五）项\n信息内容\n本年处理决定数量\n行政许可\n314\n第二十条第（六）项\n行政处罚\n15\n行政强制\n9\n"
    form = table_form("2021", "disclosure", ("licensing", "penalties"), "values")
    marking = mark_table(text, fold(text), (0, len(text)))
    answer = LabelAuthor(Oracle(()))(asked(marking.prompt, form.model_json_schema()), QUIET)
    assert json.loads(answer) == {"licensing": ["314"], "penalties": ["15"]}


class _Inner(BaseModel):
    kind: str = Field(pattern="^a$|^$")
    counts: list[int] = Field(min_length=2)


class _Probe(BaseModel):
    answer: int = Field(ge=7)
    word: str = Field(min_length=2)
    sure: bool
    inner: _Inner
    more: _Inner | None


def test_unknown_schema_gets_its_smallest_instance():
    """Whatever schema a probe sends, the answer is valid against it."""
    schema = _Probe.model_json_schema()
    smallest = instance(schema)
    validate(smallest, schema)
    _Probe.model_validate(smallest)
    assert smallest["answer"] == 7


def _sheet(pointing):
    rows = {
        "received": [Entry((n,), value) for n, value in enumerate(["12", "0", "3", "0", "0", "0", "16"], 1)],
        "carried_in": [Entry((n,), value) for n, value in enumerate(["4", "0", "0", "0", "0", "0", "5"], 8)],
        "granted": [Entry((n,), value) for n, value in enumerate(["1", "21", "0", "0", "7", "0", "29"], 15)],
        "concluded": [None] * 7,
    }
    known = {n: value for row in rows.values() for entry in row if entry for n, value in ((entry.ids[0], entry.value),)}
    return Sheet("applications", rows, known, pointing)


@pytest.mark.parametrize("pointing", [True, False], ids=["pointers", "values"])
@pytest.mark.parametrize("kind", CONTENT)
def test_each_content_fault_changes_an_answer(kind, pointing):
    """Every fault, drawn with ten seeds, damages the sheet; with pointers its digits stay digits of the prompt."""
    changed = 0
    for seed in range(10):
        sheet, before = _sheet(pointing), _sheet(pointing)
        chances = Chances(frozenset({kind}), str(seed))
        chances.damage(sheet)
        changed += sheet.rows != before.rows
        assert (kind in chances.done) == (sheet.rows != before.rows)
        assert {key: len(row) for key, row in sheet.rows.items()} == dict.fromkeys(before.rows, 7)
        if pointing and kind not in ("unknown_ids", "transposed_digits"):
            ids = {n for row in sheet.rows.values() for entry in row if entry for n in entry.ids}
            assert ids <= before.known.keys()
    assert changed >= 8


def test_repaired_totals_fit_their_parts():
    """The fault that presses totals into shape makes every row's total the sum of its parts, whatever is printed."""
    sheet = _sheet(pointing=False)
    Chances(frozenset({"repaired_totals"}), "1").damage(sheet)
    totals = {key: row[-1] and row[-1].value for key, row in sheet.rows.items()}
    assert totals == {"received": "15", "carried_in": "4", "granted": "29", "concluded": "29"}


def test_chances_depend_on_seed_and_request_alone():
    """The same request with the same seed fares alike whatever else is asked; rates are kept over many requests."""
    rates = {"empty": 0.3, "reset": 0.01}
    drawn = [Chances.of(rates, 1, f"request {n}", 0) for n in range(4000)]
    assert drawn[7] == Chances.of(rates, 1, "request 7", 0)
    assert drawn[7].seed != Chances.of(rates, 1, "request 7", 1).seed
    counts = Counter(kind for one in drawn for kind in one.kinds)
    assert 0.27 < counts["empty"] / 4000 < 0.33
    assert 15 < counts["reset"] < 70


def test_fault_words_are_parsed_or_refused():
    """`kind=rate` is a rate, a kind alone always happens, and everything else names the known kinds."""
    assert parse_faults(["swapped_rows=0.3", "reset"]) == {"swapped_rows": 0.3, "reset": 1.0}
    for bad in ("nonsense", "reset=2", "reset=x"):
        with pytest.raises(UsageError, match="kinds: wrong_digits"):
            parse_faults([bad])


def _steady(request, chances):
    return '{"a": 1}'


@pytest.mark.loopback
def test_endpoint_speaks_the_protocol_and_counts():
    """Plain, json_schema, json_object and tools requests are answered with usage, models are listed, all of it counted."""
    schema = _Probe.model_json_schema()
    tool = {"type": "function", "function": {"name": "probe", "parameters": schema}}
    with scripted(LabelAuthor(Oracle(()))) as running:
        status, _, plain = post(running.base_url, asked())
        assert (status, said(plain), plain["choices"][0]["finish_reason"]) == (200, "好", "stop")
        _Probe.model_validate_json(said(post(running.base_url, asked(schema=schema))[2]))
        call = post(running.base_url, asked(tools=[tool]))[2]["choices"][0]["message"]["tool_calls"][0]["function"]
        assert call["name"] == "probe"
        _Probe.model_validate_json(call["arguments"])
        written = f"用 json 回答：{json.dumps(schema)}"
        last = post(running.base_url, asked(written, response_format={"type": "json_object"}))[2]
        _Probe.model_validate_json(said(last))
        without = post(running.base_url, asked("回答", response_format={"type": "json_object"}))
        assert without[0] == 400
        assert "json" in without[2]["error"]["message"]
        connection = http.client.HTTPConnection(urlsplit(running.base_url).netloc, timeout=5)
        connection.request("GET", "/v1/models")
        assert json.loads(connection.getresponse().read())["data"][0]["id"] == running.model
        connection.close()
        assert running.counts.requests == 5
        assert running.counts.answered == 4
        assert last["usage"]["prompt_tokens"] == tokens("系统") + tokens(written) + tokens('{"type": "json_object"}')
        assert last["usage"]["prompt_tokens_details"]["cached_tokens"] == 2
        assert running.counts.statuses == {200: 5, 400: 1}


@pytest.mark.loopback
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in CONTENT])
def test_each_fault_of_form_and_transport_reaches_the_client(kind):
    """At a rate of 1 every answer has the fault, as a client sees it, and the count says so."""
    with scripted(_steady, Behaviour({kind: 1.0}, slow=0.3, retry_after=2)) as running:
        begun = time.monotonic()
        if kind == "reset":
            with pytest.raises(ConnectionError):
                post(running.base_url, asked())
        else:
            status, headers, answer = post(running.base_url, asked())
            seen = {
                "status_401": status == 401,
                "status_429": status == 429 and headers.get("Retry-After") == "2",
                "status_500": status == 500,
                "slow": time.monotonic() - begun >= 0.3,
                "missing_usage": "usage" not in answer,
            }
            if status == 200 and kind not in seen:
                choice = answer["choices"][0]
                content = choice["message"]["content"]
                seen |= {
                    "malformed_json": content is not None and not _is_json(content),
                    "fences": content is not None and content.startswith("```json\n{"),
                    "think": content is not None and content.startswith("<think>"),
                    "truncation": choice["finish_reason"] == "length" and content == '{"a"',
                    "empty": content == "",
                    "refusal": content is None and bool(choice["message"].get("refusal")),
                }
            assert seen[kind]
        assert running.counts.faults == {kind: 1}
        assert running.counts.requests == 1


def _is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.loopback
def test_many_requests_at_once_wait_together():
    """32 connections kept open, each asking five times, of which none is answered before all have asked: counted exactly, and
    served at once, not in turn."""
    all_asked = threading.Barrier(32, timeout=60)

    def together(request, chances):
        all_asked.wait()
        return _steady(request, chances)

    with scripted(together) as running:

        def work():
            connection = http.client.HTTPConnection(urlsplit(running.base_url).netloc, timeout=120)
            for _ in range(5):
                connection.request("POST", "/v1/chat/completions", json.dumps(asked(str(random.random()))))
                assert connection.getresponse().read()
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (running.counts.requests, running.counts.answered) == (160, 160)
        assert running.counts.most_at_once == 32


@pytest.mark.loopback
def test_limit_of_requests_a_minute_is_kept():
    """Over its limit the endpoint answers 429, counts it apart, and does not hold it against the next minute."""
    with scripted(_steady, Behaviour(per_minute=3)) as running:
        assert [post(running.base_url, asked())[0] for _ in range(5)] == [200, 200, 200, 429, 429]
        assert running.counts.faults == {"over_limit": 2}


@pytest.mark.loopback
def test_simulation_gives_address_and_model():
    """What `doctor --scripted` enters yields a base URL and a model that answer, and is gone afterwards."""
    with simulation() as (base_url, model):
        assert post(base_url, asked() | {"model": model})[0] == 200
    with pytest.raises(ConnectionError):
        post(base_url, asked())


@pytest.mark.loopback
def test_command_serves_and_counts(tmp_path):
    """From the command line it names itself a simulation, says what the labels cover, serves, and in the end what it counted."""
    (tmp_path / "labels").mkdir()
    for path in (*DATASET.glob("a01*"), *(DATASET / "labels").glob("a01*")):
        (tmp_path / path.relative_to(DATASET)).write_bytes(path.read_bytes())
    command = [sys.executable, "-m", "eval.scripted_endpoint", "--dataset", str(tmp_path), "--fault", "fences=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT) as process:
        named = re.fullmatch(r"simulation, not a model: OPENAI_BASE_URL=(\S+) NIANBAO_MODEL=(\S+)\n", process.stdout.readline())
        assert process.stdout.readline() == "200 of 200 labelled values have a place\n"
        assert said(post(named[1], asked(schema=_Probe.model_json_schema()))[2]).startswith("```json")
        process.send_signal(signal.SIGINT)
        last = process.stdout.read()
    assert last.startswith("1 requests, statuses {200: 1}, faults {'fences': 1}, tokens ")
