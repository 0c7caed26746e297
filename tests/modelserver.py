"""A small chat-completions server on this machine whose every answer a test writes itself, and which counts exactly."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import BaseModel

from extractor.model.endpoint import Endpoint
from extractor.model.question import Answer, Budget, Question
from extractor.settings import Settings

KEY = "sk-planted-0123456789abcdef"
GOOD = '{"ids": [2]}'
PATIENCE = 60.0
"""Seconds after which what a test waits for does not come any more."""
USAGE = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107, "prompt_tokens_details": {"cached_tokens": 40}}


class Ids(BaseModel):
    ids: list[int]


@dataclass
class Act:
    """What to do with one request: `text` is the model's answer; with `status` other than 200, `body` is sent. It is answered once
    `until` is true, and `delay` seconds later. A header may be made when the answer is."""

    text: str | None = GOOD
    status: int = 200
    body: Any = None
    headers: dict[str, str | Callable[[], str]] = field(default_factory=dict)
    finish: str = "stop"
    usage: dict[str, Any] | None = field(default_factory=lambda: dict(USAGE))
    delay: float = 0.0
    until: Callable[[], bool] = lambda: True
    reset: bool = False
    message: dict[str, Any] = field(default_factory=dict)


def error(status, message="no", retry_after=None, **others):
    """The endpoint refuses with this status and these words."""
    body = {"error": {"message": message, "type": "e", "code": None, "param": None} | others}
    return Act(status=status, body=body, headers={} if retry_after is None else {"Retry-After": retry_after})


@dataclass
class Served:
    """A running server: the requests that came (body and headers), when, how many were there at a time, and the tokens it has
    billed."""

    url: str
    acts: list[Act]
    always: Act
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    tokens_in: int = 0
    tokens_out: int = 0
    here: int = 0
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        served = self.server.served
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with served.lock:
            served.requests.append(body)
            served.headers.append({name.lower(): value for name, value in self.headers.items()})
            served.times.append(time.monotonic())
            served.here += 1
            served.most_at_once = max(served.most_at_once, served.here)
            act = served.acts.pop(0) if served.acts else served.always
            if act.usage and act.status == 200 and not act.reset:
                served.tokens_in += act.usage["prompt_tokens"]
                served.tokens_out += act.usage["completion_tokens"]
        while not act.until() and not served.closing.wait(0.005):
            pass
        served.closing.wait(act.delay)
        with served.lock:  # before the answer leaves: who has it may send the next request at once
            served.here -= 1
        if act.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        content = act.body if act.body is not None else _completion(act, body)
        data = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        try:
            self.send_response(act.status)
            for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(data))} | act.headers).items():
                self.send_header(name, value if isinstance(value, str) else value())
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True


def _completion(act, request):
    message = {"role": "assistant", "content": act.text} | act.message
    if "tools" in request and not act.message:
        call = {"name": request["tools"][0]["function"]["name"], "arguments": act.text}
        message = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}
    choice = {"index": 0, "finish_reason": act.finish, "message": message}
    made = {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice]}
    return made | ({"usage": act.usage} if act.usage else {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256  # a connection that finds the queue full is tried again after a second, or three

    def handle_error(self, *_):
        pass


async def come(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is waited for happens in other threads
            await asyncio.sleep(0.005)


@contextmanager
def serving(*acts: Act, always: Act | None = None) -> Iterator[Served]:
    """Serve these acts one after another, then `always` (a good answer)."""
    server = _Server(("127.0.0.1", 0), _Handler)
    served = server.served = Served(f"http://127.0.0.1:{server.server_address[1]}/v1", list(acts), always or Act())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def settings_for(served: Served, **others: Any) -> Settings:
    return Settings.from_environment({}, model="model-x", base_url=served.url, api_key=KEY, **others)


def question(user: str = "问", right: list[int] | None = None, **others: Any) -> Question:
    """A question with the ids [2] as its answer, or others."""

    def complaints(answer):
        return () if right is None or answer.ids == right else (f"编号应为 {right}",)

    return Question("small", "small@1:abc", "系统", user, Ids, complaints, **others)


def ask(served: Served, *questions: Question, budget: Budget | None = None, **others: Any) -> tuple[list[Answer], Endpoint]:
    """Ask all at once, close, and give the answers and the endpoint."""
    endpoint = Endpoint(settings_for(served, **others))

    async def run():
        try:
            return await asyncio.gather(*(endpoint.ask(one, budget or Budget()) for one in questions))
        finally:
            await endpoint.close()

    return list(asyncio.run(run())), endpoint
