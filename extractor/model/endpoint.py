"""An OpenAI-compatible endpoint: the only module that knows openai and instructor, which load when the first question is put."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from extractor.model import wire
from extractor.model.cache import Cache, question_key
from extractor.model.conversation import Conversation, Request, Send
from extractor.model.dialect import Dialect, about_mode, remember, remembered
from extractor.model.failures import failure
from extractor.model.form import schema_of
from extractor.model.ledger import Ledger, price
from extractor.model.limits import line
from extractor.model.question import Answer, Budget, ModelError, Question
from extractor.model.recording import Recording
from extractor.settings import Settings

if TYPE_CHECKING:
    from pydantic import BaseModel

_SAID_AT_MOST = 200
_CONNECT_WITHIN = 10.0
_MODES = {"json_schema": "JSON_SCHEMA", "tools": "TOOLS", "json_object": "JSON", "md_json": "MD_JSON"}

KINDS = {
    "APIResponseValidationError": "no_endpoint",
    "APITimeoutError": "timeout",
    "APIConnectionError": "connection",
    "BadRequestError": "bad_request",
    "AuthenticationError": "unauthorised",
    "OAuthError": "unauthorised",
    "PermissionDeniedError": "unauthorised",
    "NotFoundError": "no_such_model",
    "ConflictError": "server_error",
    "UnprocessableEntityError": "bad_request",
    "RateLimitError": "rate_limited",
    "InternalServerError": "server_error",
    "APIStatusError": "bad_request",
    "APIError": "server_error",
    "LengthFinishReasonError": "truncated",
    "ContentFilterFinishReasonError": "refused",
    "SubjectTokenProviderError": "unauthorised",
    "WebSocketConnectionClosedError": "connection",
    "WebSocketQueueFullError": "connection",
    "InvalidWebhookSignatureError": "no_endpoint",
    "OpenAIError": "bad_request",
}
"""The kind of failure of each exception class of openai; a test fails on a class that is missing."""

_CAUSES = {
    "InvalidURL": "unreachable",
    "LocalProtocolError": "unreachable",
    "UnsupportedProtocol": "unreachable",
    "ClientConnectorError": "unreachable",
    "ClientHttpProxyError": "unreachable",
    "ConnectionTimeoutError": "unreachable",
    "ServerTimeoutError": "timeout",
    "ClientConnectionError": "connection",
    "ClientPayloadError": "connection",
}
"""The kind of failure by the class of httpx2 or aiohttp that caused openai's. Unreachable is what never left this machine, so it
was neither received nor paid for."""
_STATUS = {402: "quota", 408: "timeout", 413: "too_long"}
_WORDS = (
    ("quota", ("insufficient_quota", "insufficient balance", "arrears", "余额")),
    ("too_long", ("context_length", "context length", "maximum context", "input length", "too long", "range of input")),
    ("no_such_model", ("model not exist", "model_not_found", "does not exist", "no such model", "unknown model")),
    ("refused", ("content_filter", "data_inspection_failed", "inappropriate", "content management policy", "敏感")),
)
"""What a refused request (400, 422, 429) is about, by what the endpoints say; the first that fits."""


class Endpoint:
    """Answers questions by a model (an `Asker`). May be shared by all documents, threads and event loops of the process, not
    over a fork. Close it when done; what it has cost is in `ledger`, and of each document in its budget."""

    def __init__(self, settings: Settings, ledger: Ledger | None = None) -> None:
        self.settings = settings
        self.ledger = ledger or Ledger(price(settings.model, settings.prices))
        self._speaker = _Speaker(settings)
        self._cache = Cache(settings.cache_dir / "answers") if settings.cache_dir else None
        self._record = Recording(settings.record, settings.model) if settings.record else None
        self._replay = Recording(settings.replay, settings.model) if settings.replay else None
        self._line = line(settings)
        self._closed = False

    @property
    def model(self) -> str:
        return self.settings.model

    @property
    def dialect(self) -> Dialect:
        """How the endpoint is spoken to, as far as is known by now."""
        return self._speaker.dialect

    async def ask(self, question: Question, budget: Budget) -> Answer:
        """The answer, from the recording, the cache, whoever asks the same at the moment, or the model. Cancelled, it sends
        nothing more; what is on the wire is still awaited behind the scenes, counted and kept. Raises `UsageError` only where
        answers are to be recorded and cannot be."""
        return await wire.carried(self._ask(question, budget))

    async def close(self, grace: float = 10.0) -> None:
        """Send nothing more, wait for what is on the wire, at most `grace` seconds, and close the connections. Who still waits
        for an answer or asks again is cancelled."""
        await wire.carried(self._close(grace))

    async def _ask(self, question: Question, budget: Budget) -> Answer:
        if self._replay is not None:
            given = self._replay.read(question)
            answer = Answer(None, given) if isinstance(given, ModelError) else _reread(question, given)
            if answer is None:
                return Answer(None, failure("no_recording", question.name))
            self.ledger.enter(budget.spent, answers_cached=1)
            return answer
        key = question_key(question, *_parameters(self.settings), str(question.most_tokens))
        kept = self._cache.get(key) if self._cache else None
        answer = None if kept is None else _reread(question, kept)
        if answer is not None:
            self.ledger.enter(budget.spent, answers_cached=1)
            return answer
        return await self._shared(question, budget, key)

    async def _shared(self, question: Question, budget: Budget, key: str) -> Answer:
        """Ask, or wait for the answer to the same question that is being asked and kept in the same places."""
        if self._closed:
            raise asyncio.CancelledError
        in_flight = self._line.in_flight
        place = f"{key} {self.settings.cache_dir} {self.settings.record}"
        while True:
            talk = in_flight.get(place)
            first = talk is None or talk.given_up
            if talk is None or talk.given_up:
                talk = Conversation(question, budget, self._speaker, self._line, self.ledger)
                in_flight[place] = talk
                talk.begin(self._asked(talk, key), functools.partial(self._done, place, talk))
            answer = await talk.answer()
            if not first and answer.failure is None:
                self.ledger.enter(budget.spent, answers_cached=1)
            if first or answer.failure is None or answer.failure.kind != "budget":
                return answer

    async def _asked(self, talk: Conversation, key: str) -> Answer:
        answer = await talk.run()
        if answer.value is not None and self._cache and talk.text is not None:
            self._cache.put(key, talk.text)
        if self._record:
            self._record.write(talk.question, talk.text if answer.value is not None else None, answer.failure)
        return answer

    def _done(self, place: str, talk: Conversation, _: object) -> None:
        if self._line.in_flight.get(place) is talk:
            del self._line.in_flight[place]

    async def _close(self, grace: float) -> None:
        self._closed = True
        own = [talk for talk in self._line.in_flight.values() if talk.speaker is self._speaker]
        for talk in own:
            talk.end()
        waiting = [talk.task for talk in own if talk.task]
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._speaker.close()


def _parameters(settings: Settings) -> tuple[str, ...]:
    """What besides the question decides an answer."""
    return settings.model, settings.base_url, str(settings.mode), json.dumps(settings.extra_fields(), sort_keys=True)


def _reread(question: Question, text: str) -> Answer | None:
    """The answer of a kept text, None if it no longer has the shape that is asked for."""
    try:
        value = question.form.model_validate_json(text)
    except ValueError:
        return None
    return Answer(value, None, question.complaints(value))


class _Speaker:
    """Speaks with one endpoint through openai and instructor, in the dialect it understands."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._key = settings.api_key.get_secret_value() if settings.api_key else ""
        found = remembered(settings) or Dialect()
        self.dialect = found if settings.mode is None else Dialect(settings.mode, found.newer_limit, found.temperature)
        self._client: Any = None

    async def post(self, request: Request) -> Any:
        import openai
        from openai.types.chat import ChatCompletion

        try:
            async with asyncio.timeout(self.settings.timeout):
                # `chat.completions.create` would walk through every schema, node by node, and send the same; a key for
                # repetitions, which openai would draw for each request, is not sent to anyone
                completion = await self._client.post(
                    "/chat/completions", cast_to=ChatCompletion, body=request, options={"idempotency_key": "-"}
                )
        except TimeoutError as error:
            raise failure("timeout", self.settings.model) from error
        except openai.OpenAIError as error:
            raise self._mapped(error) from self._scrubbed(error)
        except ValueError as error:
            raise failure("no_endpoint", self.settings.model) from error
        return completion

    async def answered(self, form: type[BaseModel], messages: list[Request], most_tokens: int, send: Send) -> None:
        _sending.set(send)
        limit = "max_completion_tokens" if self.dialect.newer_limit else "max_tokens"
        options: Request = {limit: most_tokens} | ({"temperature": 0} if self.dialect.temperature else {})
        options |= self.settings.extra_fields()
        patched, gave_up = _patched(self.dialect.mode)
        if self._client is None:
            self._client = self._opened()
        cause: BaseException | None = None
        try:
            await patched(
                response_model=_prepared(form),
                messages=messages,
                model=self.settings.model,
                max_retries=0,
                strict=False,
                **options,
            )
        except gave_up as error:
            cause = error.__cause__ or error
        if cause is not None:
            raise cause  # out here it does not drag instructor's error along, which holds the whole request

    def adapt(self, used: Dialect, error: ModelError) -> bool:
        if error.kind not in {"unsupported_mode", "bad_request"}:
            return False
        if self.dialect != used:
            return True
        other = used.without(error.reason[1].lower(), fixed_mode=self.settings.mode is not None)
        if other is None:
            return False
        self.dialect = other
        remember(self.settings, other)
        return True

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _opened(self) -> Any:
        import openai

        connecting = min(_CONNECT_WITHIN, self.settings.timeout * 0.8)
        timeout = openai.Timeout(self.settings.timeout, connect=connecting, pool=connecting)
        client = openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self.settings.base_url,
            max_retries=0,
            # documents go to the address that was set, and to no other that it redirects to
            # aiohttp below httpx2: with 32 requests on the way it takes a quarter less processor time
            http_client=openai.DefaultAioHttpClient(timeout=timeout, follow_redirects=False),
        )
        # what openai takes from the environment by itself, and what may be meant for another service
        client.organization = client.project = client.admin_api_key = None
        client._custom_headers = {}  # noqa: SLF001 - there is no public way to clear it
        return client

    def _mapped(self, error: Exception) -> ModelError:
        """Our name for an exception of openai."""
        said = self.hidden(str(getattr(error, "body", None) or error))
        kind = next(KINDS[one.__name__] for one in type(error).__mro__ if one.__name__ in KINDS)
        status = getattr(error, "status_code", None)
        what = _message(error)
        if status is None:
            kind, what = _on_the_wire(error) or (kind, type(error).__name__)
        elif status < 400:
            kind = "no_endpoint"
        elif kind in {"bad_request", "rate_limited", "no_such_model"}:
            kind = _STATUS.get(status) or _by_words(kind, said.lower())
        mapped = failure(kind, self.settings.model, _line(self.hidden(what)))
        if kind in {"rate_limited", "server_error"} and status:
            mapped.retry_after = _seconds(error.response.headers)  # type: ignore[attr-defined]  # whatever has a status has a response
        return mapped

    def hidden(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text

    def _scrubbed(self, error: Exception) -> Exception:
        """The same exception without the key, which some gateways repeat in what they say."""
        error.args = tuple(self.hidden(str(one)) for one in error.args)
        if hasattr(error, "message"):
            error.message, error.body = self.hidden(str(error.message)), None  # type: ignore[attr-defined]  # has them, see above
        return error


def _on_the_wire(error: BaseException | None) -> tuple[str, str] | None:
    """The kind of failure, and the class that tells it: openai says it by an error of httpx2, that one mostly by one of aiohttp."""
    found = None
    while error is not None:
        found = next(
            ((_CAUSES[one.__name__], type(error).__name__) for one in type(error).__mro__ if one.__name__ in _CAUSES), found
        )
        error = error.__cause__
    return found


def _by_words(kind: str, said: str) -> str:
    for found, words in _WORDS:
        if any(word in said for word in words):
            return found
    return "unsupported_mode" if kind == "bad_request" and about_mode(said) else kind


def _message(error: Exception) -> str:
    body = getattr(error, "body", None)
    return str((isinstance(body, dict) and body.get("message")) or body or error)


def _line(said: str) -> str:
    return " ".join(said.split())[:_SAID_AT_MOST]


def _seconds(headers: Any) -> float | None:
    """`Retry-After` in seconds; a date in that header counts from now (RFC 9110, 10.2.3)."""
    from email.utils import parsedate_to_datetime
    from time import time

    value = str(headers.get("retry-after", ""))
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return None


@functools.lru_cache(maxsize=256)
def _prepared(form: type[BaseModel]) -> type[BaseModel]:
    """What instructor is given for a form: its name and schema. It would make the class and the schema anew for each request
    and walk through all fields four times, which takes longer than the rest; the answer is validated by the form itself."""
    import instructor
    from pydantic import ConfigDict, create_model

    named = create_model(form.__name__, __config__=ConfigDict(hide_input_in_errors=True))
    prepared: Any = instructor.openai_schema(named)
    schema = schema_of(form)
    prepared.model_json_schema = lambda: dict(schema)  # instructor writes into it
    made: type[BaseModel] = prepared
    return made


_sending: ContextVar[Send] = ContextVar("sending")
"""How the conversation at hand sends what instructor has prepared; each runs in a task of its own."""


@functools.cache
def _patched(mode: str) -> tuple[Any, type[Exception]]:
    """A call to `_sending` with instructor around it, and the exception by which instructor gives up."""
    import instructor
    from instructor.core import InstructorRetryException

    async def create(**request: Any) -> Any:
        return await _sending.get()(request)

    # its error lines quote the document and go to stderr where nobody set up logging; all of it is in our own errors
    logging.getLogger("instructor").setLevel(logging.CRITICAL)
    return instructor.patch(create=create, mode=getattr(instructor.Mode, _MODES[mode])), InstructorRetryException
