"""A chat-completions server on this machine: the protocol, the misbehaviour on the wire, and an exact count of all requests.

What an answer says comes from an `Author`; this module knows nothing of reports. Threads serve connections, so that slow
answers cost no processor time. Source of the protocol: the OpenAI API reference, “Chat Completions”.
"""

from __future__ import annotations

import json
import math
import select
import socket
import struct
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eval.scripted.faults import Chances
from eval.scripted.minimal import text_of

MODEL = "scripted-simulation"
MODES = ("json_schema", "tools", "json_object", "text")
_ERRORS = {
    400: ("invalid_request_error", "invalid_request"),
    401: ("authentication_error", "invalid_api_key"),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", "internal_error"),
}
_REFUSAL = "很抱歉，我无法处理这份内容。"

Author = Callable[[Mapping[str, Any], Chances], str]
"""The text of the answer to a request, damaged in content as the chances say."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the endpoint behaves. `faults`: kind to rate (0 to 1) an answer; `latency`, `slow` (what a slow answer takes) and
    `retry_after` in seconds; `modes` are the ways of asking for JSON that it supports; `per_minute` is its request limit, kept in
    every stretch of `window` seconds."""

    faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    latency: float = 0.0
    slow: float = 5.0
    retry_after: float = 1.0
    modes: tuple[str, ...] = MODES
    per_minute: int | None = None
    window: float = 60.0


@dataclass(slots=True)
class Counts:
    """Everything that arrived and left, exactly. `requests` are chat completions asked for, whatever became of them; tokens
    and characters are those of answered requests, tokens only where usage was reported; `faults` counts what was done,
    and what clients did: "over_limit", "abandoned".
    `crashes` are errors of the author itself, which fail whoever started the endpoint."""

    requests: int = 0
    answered: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    characters_in: int = 0
    characters_out: int = 0
    most_at_once: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)


def tokens(text: str) -> int:
    """An estimate that is the same everywhere: a token for each character beyond ASCII, and for every four within."""
    ascii_only = sum(character < "\x80" for character in text)
    return len(text) - ascii_only + math.ceil(ascii_only / 4)


class Endpoint(ThreadingHTTPServer):
    """The server. `counts` is complete once the requests in question are answered."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, author: Author, behaviour: Behaviour, port: int = 0) -> None:
        self.author, self.behaviour, self.counts = author, behaviour, Counts()
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.seen: Counter[str] = Counter()
        self.arrivals: deque[float] = deque()
        self.at_once = 0
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def stop(self) -> None:
        """Stop serving and close every connection."""
        self.closing.set()
        self.shutdown()
        self.server_close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no error of the server's."""

    def arrived(self, body: str) -> tuple[Chances, bool]:
        """Count a request; its chances, and whether it is over the limit of requests a minute."""
        now, limit, window = time.monotonic(), self.behaviour.per_minute, self.behaviour.window
        with self.lock:
            self.counts.requests += 1
            times = self.seen[body]
            self.seen[body] += 1
            while self.arrivals and self.arrivals[0] <= now - window:
                self.arrivals.popleft()
            over = limit is not None and len(self.arrivals) >= limit * window / 60
            if not over:
                self.arrivals.append(now)
        return Chances.of(self.behaviour.faults, self.behaviour.seed, body, times), over


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.open.add(self.connection)

    def finish(self) -> None:
        with self.server.lock:
            self.server.open.discard(self.connection)
        try:
            super().finish()
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing is logged: requests hold documents and keys."""

    def do_GET(self) -> None:
        if self.path.rstrip("/").endswith("/models"):
            self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "eval"}]})
        else:
            self._error(404, "there is no such page")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        if not self.path.rstrip("/").endswith("/chat/completions"):
            self._error(404, "there is no such page")
            return
        server = self.server
        chances, over = server.arrived(body)
        with server.lock:
            server.at_once += 1
            server.counts.most_at_once = max(server.counts.most_at_once, server.at_once)
        try:
            self._complete(body, chances, over)
        finally:
            with server.lock:
                server.at_once -= 1

    def _complete(self, body: str, chances: Chances, over: bool) -> None:
        behaviour = self.server.behaviour
        begun = time.monotonic()
        if over:
            self._error(429, "too many requests a minute", over=True)
            return
        if "reset" in chances.kinds:
            self._reset()
            return
        for status in (401, 429, 500):
            if f"status_{status}" in chances.kinds:
                self._done(f"status_{status}")
                self._error(status, "scripted to fail")
                return
        try:
            request = json.loads(body)
            refusal = self._unsupported(request)
            answer = None if refusal else self._answer(request, chances)
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            refusal, answer = f"the request cannot be understood ({type(exc).__name__}: {exc})", None
        wait = behaviour.latency
        if "slow" in chances.kinds:
            self._done("slow")
            wait += behaviour.slow
        self.server.closing.wait(max(0.0, wait - (time.monotonic() - begun)))
        if self._gone():
            self._done("abandoned")
            self.close_connection = True
        elif answer is None:
            self._error(400, refusal or "")
        else:
            self._send(200, answer)

    def _gone(self) -> bool:
        """Whether the client has closed the connection: it gave up waiting, and knows of no usage."""
        try:
            said = select.select([self.connection], [], [], 0)[0]
            return bool(said) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def _unsupported(self, request: Mapping[str, Any]) -> str | None:
        if request.get("stream"):
            return "stream is not supported"
        asked = (request.get("response_format") or {}).get("type", "text")
        mode = "tools" if request.get("tools") else asked
        if mode not in self.server.behaviour.modes:
            return f"{mode} is not supported by this model"
        words = "".join(text_of(message) for message in request["messages"])
        if mode == "json_object" and "json" not in words.lower():
            return "messages must contain the word 'json' to use response_format json_object"
        return None

    def _answer(self, request: Mapping[str, Any], chances: Chances) -> dict[str, Any]:
        text = chances.deformed(self._written(request, chances))
        for kind in chances.done | (chances.kinds & {"malformed_json", "fences", "think"}):
            self._done(kind)
        finish = "stop"
        most = request.get("max_completion_tokens") or request.get("max_tokens")
        if "truncation" in chances.kinds or (most is not None and tokens(text) > most):
            self._done("truncation")
            text, finish = text[: len(text) // 2], "length"
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if "refusal" in chances.kinds:
            self._done("refusal")
            message = {"role": "assistant", "content": None, "refusal": _REFUSAL}
        elif "empty" in chances.kinds:
            self._done("empty")
            message["content"] = text = ""
        elif request.get("tools"):
            call = {"name": request["tools"][0]["function"]["name"], "arguments": text}
            message = {"role": "assistant", "content": None}
            message["tool_calls"] = [{"id": "call_0", "type": "function", "function": call}]
        answer: dict[str, Any] = {
            "id": f"chatcmpl-{chances.seed[:24]}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": request.get("model") or MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        }
        usage = self._usage(request, text)
        if "missing_usage" in chances.kinds:
            self._done("missing_usage")
        else:
            answer["usage"] = usage
        return answer

    def _written(self, request: Mapping[str, Any], chances: Chances) -> str:
        try:
            return self.server.author(request, chances)
        except Exception:
            self.server.counts.crashes.append(traceback.format_exc())
            raise

    def _usage(self, request: Mapping[str, Any], text: str) -> dict[str, Any]:
        """What the answer costs, the schema in the request included; the system message counts as cached once it was sent."""
        words = [text_of(message) for message in request["messages"]]
        words.append(json.dumps(request.get("tools") or request.get("response_format") or "", ensure_ascii=False).strip('"'))
        with self.server.lock:
            known = self.server.seen[f"system {words[0]}"] > 0
            self.server.seen[f"system {words[0]}"] += 1
            self.server.counts.characters_in += sum(map(len, words))
            self.server.counts.characters_out += len(text)
        prompt, completion = sum(map(tokens, words)), tokens(text)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": tokens(words[0]) if known else 0},
        }

    def _done(self, kind: str) -> None:
        with self.server.lock:
            self.server.counts.faults[kind] += 1

    def _reset(self) -> None:
        self._done("reset")
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _error(self, status: int, message: str, *, over: bool = False) -> None:
        kind, code = _ERRORS[status]
        if over:
            self._done("over_limit")
        self._send(status, {"error": {"message": message, "type": kind, "code": code, "param": None}})

    def _send(self, status: int, content: Mapping[str, Any]) -> None:
        data = json.dumps(content, ensure_ascii=False).encode()
        usage = content.get("usage")
        with self.server.lock:
            counts = self.server.counts
            counts.statuses[status] += 1
            counts.answered += "choices" in content
            if usage:
                counts.tokens_in += usage["prompt_tokens"]
                counts.tokens_out += usage["completion_tokens"]
                counts.tokens_cached += usage["prompt_tokens_details"]["cached_tokens"]
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", f"{self.server.behaviour.retry_after:g}")
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
