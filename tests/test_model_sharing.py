"""What all documents share: limits, questions in flight, and what becomes of a request whose caller gives up."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import tracemalloc
from dataclasses import replace
from itertools import pairwise

import pytest

from extractor.model import limits, wire
from extractor.model.endpoint import Endpoint
from extractor.model.limits import Line, Pace, estimate, line
from extractor.model.question import Budget
from extractor.settings import Settings
from modelserver import PATIENCE, Act, Ids, ask, come, question, serving, settings_for

pytestmark = pytest.mark.loopback


def waiting(endpoint):
    """How many callers wait for answers on this endpoint's line."""
    return sum(talk._waiting for talk in list(endpoint._line.in_flight.values()))


def test_same_question_in_flight_is_sent_once():
    """Ten callers with the same question share one request; one pays, the others say that it was not new."""
    budgets = [Budget() for _ in range(10)]
    with serving(always=Act(until=lambda: waiting(endpoint) == 10)) as served:
        endpoint = Endpoint(settings_for(served))

        async def run():
            answers = await asyncio.gather(*(endpoint.ask(question(), budget) for budget in budgets))
            await endpoint.close()
            return answers

        answers = asyncio.run(run())
    assert [answer.value for answer in answers] == [Ids(ids=[2])] * 10
    assert len(served.requests) == 1 == endpoint.ledger.spent.requests
    assert sorted(budget.spent.requests for budget in budgets) == [0] * 9 + [1]
    assert endpoint.ledger.spent.answers_cached == 9


def test_threads_share_one_request_and_one_limit():
    """Documents in several threads, each with its own event loop and endpoint, share requests in flight and the limit."""
    all_wait = Act(until=lambda: waiting(endpoints[0]) == 4, delay=0.1)
    with serving(all_wait, always=Act(delay=0.1)) as served:
        endpoints = [Endpoint(settings_for(served, requests_per_minute=600)) for _ in range(4)]

        def work(n):
            async def run():
                await endpoints[n].ask(question("共同"), Budget())
                await endpoints[n].ask(question(f"自己{n}"), Budget())

            asyncio.run(run())

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for endpoint in endpoints:
            asyncio.run(endpoint.close())
    assert len(served.requests) == 5
    assert served.times[-1] - served.times[0] >= 4 * 0.1 * 0.9


def test_one_with_an_empty_purse_does_not_fail_the_others():
    """Where the first of two callers runs out of budget, the second goes on with its own."""
    poor, rich = Budget(requests=1), Budget()
    with serving(Act(status=500, body={}, delay=0.1)) as served:
        endpoint = Endpoint(settings_for(served))

        async def run():
            answers = await asyncio.gather(endpoint.ask(question(), poor), endpoint.ask(question(), rich))
            await endpoint.close()
            return answers

        first, second = asyncio.run(run())
    assert first.failure.kind == "budget"
    assert second.value == Ids(ids=[2])
    assert (poor.spent.requests, rich.spent.requests) == (1, 1)


def test_cancelled_request_is_paid_counted_and_kept(tmp_path):
    """A caller that gives up loses nothing: the request on the wire is awaited, counted and kept for the next run."""
    budget, left = Budget(), threading.Event()
    with serving(always=Act(until=left.is_set)) as served:
        endpoint = Endpoint(settings_for(served, cache_dir=tmp_path))

        async def run():
            task = asyncio.create_task(endpoint.ask(question(), budget))
            await come(lambda: served.requests)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await come(lambda: not waiting(endpoint))
            left.set()
            await endpoint.close(PATIENCE)

        asyncio.run(run())
        (answer,), _ = ask(served, question(), cache_dir=tmp_path)
    assert answer.value == Ids(ids=[2])
    assert len(served.requests) == 1 == budget.spent.requests
    assert budget.spent.tokens_in == served.tokens_in


def test_cancelled_question_sends_no_further_request():
    """After the last caller gave up, neither a second try nor a question about a wrong answer is sent."""
    for act in (Act(status=500, body={}), Act("nonsense")):
        act.until = (left := threading.Event()).is_set
        with serving(always=act) as served:
            endpoint = Endpoint(settings_for(served))

            async def run(endpoint=endpoint, left=left, served=served):
                task = asyncio.create_task(endpoint.ask(question(), Budget()))
                await come(lambda: served.requests)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await come(lambda: not waiting(endpoint))
                left.set()
                await come(lambda: not endpoint._line.in_flight)  # nobody is left who could send another
                await endpoint.close()

            asyncio.run(run())
        assert len(served.requests) == 1


def test_who_stays_gets_the_answer_of_who_left():
    """Of two callers one gives up; the other has the answer of the one request."""
    left = threading.Event()
    with serving(always=Act(until=left.is_set)) as served:
        endpoint = Endpoint(settings_for(served))

        async def run():
            leaving = asyncio.create_task(endpoint.ask(question(), Budget()))
            staying = asyncio.create_task(endpoint.ask(question(), Budget()))
            await come(lambda: served.requests and waiting(endpoint) == 2)
            leaving.cancel()
            await come(lambda: waiting(endpoint) == 1)
            left.set()
            answer = await staying
            await endpoint.close()
            return answer

        answer = asyncio.run(run())
    assert answer.value == Ids(ids=[2])
    assert len(served.requests) == 1


def test_waiting_question_is_cancelled_at_once():
    """A question that waits for its turn is dropped without a request, and its turn goes to others."""
    dropped = threading.Event()
    with serving(always=Act(until=dropped.is_set)) as served:
        endpoint = Endpoint(settings_for(served, concurrency=1))

        async def run():
            first = asyncio.create_task(endpoint.ask(question("一"), Budget()))
            second = asyncio.create_task(endpoint.ask(question("二"), Budget()))
            await come(lambda: served.requests and waiting(endpoint) == 2)
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)
            await come(lambda: len(endpoint._line.in_flight) == 1)
            dropped.set()
            await first
            third = await endpoint.ask(question("三"), Budget())
            await endpoint.close()
            return third

        assert asyncio.run(run()).value == Ids(ids=[2])
    assert [request["messages"][1]["content"] for request in served.requests] == ["一", "三"]


def test_requests_in_flight_are_bounded():
    """Never more requests are on the way than the settings allow, and that many are."""
    with serving(always=Act(until=lambda: served.most_at_once >= 4, delay=0.15)) as served:
        answers, _ = ask(served, *(question(str(n)) for n in range(12)), concurrency=4)
    assert [answer.value for answer in answers] == [Ids(ids=[2])] * 12
    assert served.most_at_once == 4


def test_sixty_a_minute_are_one_a_second(monkeypatch):
    """Sends are spread so that no window of an endpoint, sliding or fixed, of a minute or a second, sees more than allowed."""
    now = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    pace, sent = Pace(60), []
    for n in range(200):
        sent.append(pace.book(1))
        now[0] += 0.01 * (n % 7)
    assert max(sum(1 for other in sent if at <= other < at + 60) for at in sent) <= 60
    assert max(sum(1 for other in sent if at <= other < at + 1) for at in sent) == 1
    assert sent[-1] - sent[0] < 199 * 1.06


def test_requests_keep_their_distance_after_a_standstill(monkeypatch):
    """What falls due while the machine stands still leaves one by one afterwards, not all at once."""
    left, sent = [], Pace.sent

    def noted(pace, units):
        if pace.per_minute is not None:
            left.append(time.monotonic())
        sent(pace, units)

    monkeypatch.setattr(Pace, "sent", noted)

    async def run():
        shared = Line()
        shared.set(Settings("m", requests_per_minute=600, concurrency=8))

        async def one():
            async with shared.turn(0):
                if len(left) == 2:
                    time.sleep(0.5)  # noqa: ASYNC251 - the loop itself stands still

        await asyncio.gather(*(one() for _ in range(6)))

    asyncio.run(run())
    assert len(left) == 6
    assert min(later - earlier for earlier, later in pairwise(left)) >= 0.1


def test_tokens_a_minute_are_kept_and_given_back(monkeypatch):
    """A request waits until its tokens are free; what it did not use is given back."""
    monkeypatch.setattr(limits.time, "monotonic", lambda: 1000.0)
    pace = Pace(6000)
    assert pace.book(6000) == 1000.0
    assert pace.book(10) == pytest.approx(1063.0)
    pace.correct(-6000)
    assert pace.book(10) == pytest.approx(1000.0 + 10 * 0.0105)


def test_tokens_a_minute_slow_requests_down(monkeypatch):
    """With a limit of tokens the requests are spread by what they are expected to take, less what they took."""
    booked, book = [], Pace.book

    def noted(pace, units):
        at = book(pace, units)
        if pace.per_minute is not None:
            booked.append((at, units))
        return at

    monkeypatch.setattr(Pace, "book", noted)
    with serving() as served:
        ask(served, *(question(str(n), most_tokens=200) for n in range(4)), tokens_per_minute=60_000, concurrency=1)
    moments = [at for at, _ in booked]
    assert min(units for _, units in booked) > 200
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 107 / 1000 - 1e-6
    assert all(sent >= at for sent, at in zip(served.times, moments, strict=True))


def test_estimate_errs_upwards():
    """An estimate of tokens is not below one a Chinese character or one for three others."""
    assert estimate("政府信息公开") >= 6
    assert estimate("a" * 300) >= 100
    assert estimate("") >= 1


def test_hold_stops_everybody():
    """What the endpoint tells one caller to wait, all of them wait."""
    refusal = Act(status=429, body={}, headers={"Retry-After": "0.8"})
    with serving(refusal) as served:
        ask(served, *(question(str(n)) for n in range(3)), concurrency=1)
    assert len(served.requests) == 4
    assert served.times[1] - served.times[0] >= 0.75


def test_lines_are_apart_by_key_model_and_address():
    """Another key, model or address has limits of its own; the key is not kept in clear."""
    with serving() as served:
        pass
    one = settings_for(served)
    assert line(one) is line(settings_for(served, concurrency=5))
    assert line(one) is not line(replace(one, model="other"))
    assert not any("sk-planted" in name for name in limits._lines)


def test_work_on_the_wire_runs_in_one_thread():
    """Whoever asks, the work is done on one loop in one thread."""

    async def where():
        return threading.get_ident()

    assert asyncio.run(wire.carried(where())) == asyncio.run(wire.carried(where())) != threading.get_ident()


def test_ledger_equals_the_servers_count_through_all_faults(tmp_path):
    """With every third answer wrong in some way, repeated questions, a cache and retries, requests and tokens agree exactly."""
    faults = [
        Act(status=500, body={}), Act(status=429, body={}, headers={"Retry-After": "0.1"}), Act("nonsense"), Act(reset=True),
        Act("", usage={"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}), Act('{"ids": [7]}'),
        Act("{", finish="length"), Act(None, finish="content_filter"), Act(usage=None), Act(status=503, body={}),
    ]  # fmt: skip
    acts = [act for n in range(60) for act in ([faults[n % 10]] if n % 3 == 0 else [Act(delay=0.02)])]
    with serving(*acts) as served:
        asked = [question(f"第{n % 40}问", right=[2]) for n in range(60)]
        _, first = ask(served, *asked, cache_dir=tmp_path, concurrency=8)
        _, second = ask(served, *asked, cache_dir=tmp_path, concurrency=8)
    spent = [endpoint.ledger.spent for endpoint in (first, second)]
    assert sum(one.requests for one in spent) == len(served.requests)
    assert sum(one.tokens_in for one in spent) == served.tokens_in
    assert sum(one.tokens_out for one in spent) == served.tokens_out
    assert spent[1].requests <= 4
    assert sum(one.answers_cached for one in spent) >= 20 + 56


def test_many_requests_keep_the_endpoint_busy_and_memory_flat():
    """As many requests are on the way as the settings allow, all the time, and what was answered leaves nothing behind."""
    all_here = threading.Barrier(16, timeout=PATIENCE)
    with serving(always=Act(until=lambda: all_here.wait() >= 0)) as served:
        endpoint = Endpoint(settings_for(served, concurrency=16))

        async def batch(name):
            await asyncio.gather(*(endpoint.ask(question(f"{name}{n}" + "表" * 2000), Budget()) for n in range(64)))
            served.requests.clear()
            served.headers.clear()
            gc.collect()

        async def run():
            await batch("热")
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            await batch("一")
            grown = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            await endpoint.close()
            return grown

        grown = asyncio.run(run())
    assert served.most_at_once == 16
    assert len(served.times) == 2 * 64
    assert grown < 2_000_000
