"""What is asked of a model and what comes back; nothing here knows a vendor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from extractor.errors import ExtractorError


class ModelError(ExtractorError):
    """A model gave no usable answer; `kind` is the stable name of the failure (see `endpoint`)."""

    kind = "model"
    retryable = False
    retry_after: float | None = None
    """Seconds that the endpoint asked us to wait."""

    def __init__(self, name: str, reason: tuple[str, str], remedy: tuple[str, str], kind: str = "model") -> None:
        super().__init__(name, reason, remedy)
        self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.name, self.reason, self.remedy, self.kind)


@dataclass(frozen=True, slots=True)
class Question:
    """One request about one report. `name` says what is asked ("applications", "claims", …), `prompt` is the template as
    "name@version:hash". `form` is the Pydantic model of the answer; `complaints` says what is wrong with an answer of the
    right shape (unknown ids, wrong order): it is then asked once more with these words. `most_tokens` bounds the answer."""

    name: str
    prompt: str
    system: str
    user: str
    form: type[BaseModel]
    complaints: Callable[[BaseModel], tuple[str, ...]]
    most_tokens: int = 4096


@dataclass(slots=True)
class Spent:
    """What a document (or a run) has cost so far; every attempt counts, also failed ones. `tokens_cached` are tokens of the
    prompt that the provider billed as cached; `answers_cached` were taken from our own cache and cost nothing.
    `unreported` are requests whose tokens the endpoint did not tell (no usage in the answer, time-out, broken connection):
    the tokens are then a lower bound. `seconds` is the time on the wire, summed over requests."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    answers_cached: int = 0
    unreported: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Budget:
    """The most that one document may cost; None is no limit. What the limit leaves out stays open."""

    requests: int | None = None
    tokens: int | None = None
    spent: Spent = field(default_factory=Spent)

    def allows(self) -> bool:
        """Whether one more request may be sent."""
        within = self.requests is None or self.spent.requests < self.requests
        return within and (self.tokens is None or self.spent.tokens_in + self.spent.tokens_out < self.tokens)


@dataclass(frozen=True, slots=True)
class Answer:
    """Either `value`, an instance of the question's `form` without complaints, or `failure`. `refused` are the complaints
    about an answer that stayed wrong when asked again: its parts may still be used one by one where they are sound."""

    value: BaseModel | None
    failure: ModelError | None = None
    refused: tuple[str, ...] = ()


class Asker(Protocol):
    """Whoever answers questions: the endpoint, or a stand-in in tests."""

    @property
    def model(self) -> str: ...

    async def ask(self, question: Question, budget: Budget) -> Answer:
        """The answer, or why there is none; never raises but for cancellation."""
        ...
