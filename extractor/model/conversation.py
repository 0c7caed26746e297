"""One question put to an endpoint until it is answered: tries, counting, one more time with what was wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from extractor.model.completion import rewritten, text_of, usage_of
from extractor.model.failures import failure
from extractor.model.limits import estimate
from extractor.model.question import Answer, ModelError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from tenacity import RetryCallState

    from extractor.model.dialect import Dialect
    from extractor.model.ledger import Ledger
    from extractor.model.limits import Line
    from extractor.model.question import Budget, Question
    from extractor.settings import Settings

Request = dict[str, Any]
Send = Callable[[Request], Awaitable[Any]]
_UNREACHABLE_TRIES = 3
_COMPLAINTS_QUOTED = 8
_AGAIN = "上面的回答有误：\n{complaints}\n请改正，并按同样的格式重新给出完整的 JSON 回答。"


class Speaker(Protocol):
    """Who knows the vendor's library."""

    settings: Settings
    dialect: Dialect

    async def post(self, request: Request) -> Any:
        """Send one request and give its completion; raises `ModelError`, of the kind "unreachable" if nothing
        was received."""
        ...

    async def answered(self, form: type[BaseModel], messages: list[Request], most_tokens: int, send: Send) -> None:
        """Get an answer to a request for the shape of `form` by one call of `send`; raises `ModelError`, and `ValueError` if it is
        no JSON object."""
        ...

    def hidden(self, text: str) -> str:
        """The text without the key, which an endpoint may repeat."""
        ...

    def adapt(self, used: Dialect, error: ModelError) -> bool:
        """Whether after this error the request should be put in another dialect, which is then `dialect`."""
        ...


class Conversation:
    """A question on its way, for one or several who wait for the answer. When all have given up, a request that is on the
    wire is still awaited, since it is paid for, but no further one is sent; `given_up` then says that it has no answer."""

    def __init__(self, question: Question, budget: Budget, speaker: Speaker, line: Line, ledger: Ledger) -> None:
        self.question, self.budget, self.speaker = question, budget, speaker
        self.text: str | None = None
        self.task: asyncio.Task[Answer] | None = None
        self.given_up = False
        self._line, self._ledger = line, ledger
        self._waiting = self._sending = 0
        self._ending = False
        self._said = ""
        self._wire_seconds = 0.0

    def begin(self, work: Coroutine[Any, Any, Answer], done: Callable[[object], None]) -> None:
        """Start `work`, which calls `run`."""
        self.task = asyncio.create_task(work)
        self.task.add_done_callback(done)

    async def answer(self) -> Answer:
        """Wait for the answer."""
        assert self.task is not None
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._give_up()

    def end(self) -> None:
        """Send no further request, whoever waits."""
        self._ending = True
        self._give_up()

    def _give_up(self) -> None:
        if not self._sending and self.task is not None and not self.task.done():
            self.given_up = True
            self.task.cancel()

    async def run(self) -> Answer:
        """Ask, and ask once more if the answer was wrong, empty or cut off. `text` is then the text of the answer's value."""
        question, speaker = self.question, self.speaker
        messages = [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}]
        most_tokens, forgiven, sound = question.most_tokens, set[str](), None
        while True:
            used = speaker.dialect
            try:
                await speaker.answered(question.form, messages, most_tokens, self._send)
                value = question.form.model_validate_json(self._said)
            except ModelError as error:
                if speaker.adapt(used, error):
                    continue
                if error.kind not in {"truncated", "empty"} or error.kind in forgiven:
                    return sound or Answer(None, error)
                forgiven.add(error.kind)
                most_tokens *= 2 if error.kind == "truncated" else 1
                continue
            except ValueError as error:
                complaints = shape_complaints(error)
            else:
                complaints = question.complaints(value)
                if sound is None or len(complaints) <= len(sound.refused):
                    sound, self.text = Answer(value, None, complaints), self._said
            if complaints and "wrong" not in forgiven:
                forgiven.add("wrong")
                messages = [*messages, *_again(self._said, complaints)]
                continue
            return sound or Answer(None, failure("malformed", question.name, "; ".join(complaints[:2])))

    async def _send(self, request: Request) -> Any:
        """One completion with a text, after as many tries as it takes."""
        import tenacity

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, ModelError) and error.retryable),
            wait=_pause,
            stop=self._enough,
            reraise=True,
        )
        completion: Any = await retrying(self._attempt, request)
        return completion

    def _enough(self, state: RetryCallState) -> bool:
        """Whether the next try would come too late. Waiting for our own turn does not count."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ModelError) and error.kind == "unreachable" and state.attempt_number >= _UNREACHABLE_TRIES:
            return True
        return self._wire_seconds + state.idle_for + state.upcoming_sleep > self.speaker.settings.total_time

    async def _attempt(self, request: Request) -> Any:
        if self._ending or not self._waiting:
            self.given_up = True
            raise asyncio.CancelledError
        if not self.budget.allows():
            raise failure("budget", self.question.name)
        expected = 0
        if self.speaker.settings.tokens_per_minute is not None:
            expected = sum(estimate(str(message["content"])) for message in request["messages"]) + self.question.most_tokens
        sending = False
        try:
            async with self._line.turn(expected):
                if not self.budget.allows():
                    raise failure("budget", self.question.name)
                self._count(requests=1)
                started = time.monotonic()
                self._sending += 1
                sending = True
                try:
                    completion = await self.speaker.post(request)
                except ModelError as error:
                    self._blame(error)
                    raise
                finally:
                    seconds = time.monotonic() - started
                    self._wire_seconds += seconds
                    self._count(seconds=seconds)
            await asyncio.sleep(0)  # whoever waits for the place sends first: reading the answer takes longer than that
        finally:
            self._sending -= sending
        usage = usage_of(completion)
        if usage is None:
            self._count(unreported=1)
        else:
            self._count(tokens_in=usage.tokens_in, tokens_out=usage.tokens_out, tokens_cached=usage.cached)
            self._line.settle(expected, usage.tokens_in + usage.tokens_out)
        text = text_of(completion, self.question.name)
        if isinstance(text, ModelError):
            raise text
        self._said = self.speaker.hidden(text)
        rewritten(completion, self._said)
        return completion

    def _blame(self, error: ModelError) -> None:
        if error.kind == "unreachable":
            self._count(requests=-1)
        elif error.kind in {"timeout", "connection"}:
            self._count(unreported=1)
        if error.kind == "rate_limited" and error.retry_after and error.retry_after <= self.speaker.settings.total_time:
            self._line.hold(error.retry_after)  # what is longer nobody waits for: each fails by itself, at once

    def _count(self, **amounts: float) -> None:
        self._ledger.enter(self.budget.spent, **amounts)


def shape_complaints(error: ValueError) -> tuple[str, ...]:
    """What is wrong with the shape of an answer, without the answer's own words."""
    listed = getattr(error, "errors", None)
    if not callable(listed):
        return ("回答不是有效的 JSON",)
    found = listed(include_url=False, include_input=False, include_context=False)
    return tuple(f"{'.'.join(map(str, one['loc'])) or 'JSON'}: {one['msg']}" for one in found)


def _again(text: str, complaints: tuple[str, ...]) -> list[Request]:
    listed = "\n".join(f"- {complaint}" for complaint in complaints[:_COMPLAINTS_QUOTED])
    return [{"role": "assistant", "content": text}, {"role": "user", "content": _AGAIN.format(complaints=listed)}]


def _pause(state: RetryCallState) -> float:
    """Seconds until the next try: what the endpoint asked for, else exponential with jitter."""
    import tenacity

    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ModelError) and error.retry_after else 0.0
    backoff = tenacity.wait_exponential(multiplier=0.25, max=20.0) + tenacity.wait_random(0.0, 0.5)
    return max(asked, backoff(state))
