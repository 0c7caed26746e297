"""What a completion says: its text without thinking and fences, or why it has none. Works on any object of that shape."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, NamedTuple

from extractor.model.failures import failure
from extractor.model.question import ModelError

_THINKING = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w-]*[^\S\n]*\n(.*?)```", re.DOTALL)

_REFUSED = {"content_filter", "sensitive"}
_BROKEN = {"insufficient_system_resource", "network_error"}
"""Reasons for the end of an answer beyond OpenAI's: `sensitive` and `network_error` are GLM's, the other is DeepSeek's."""


class Usage(NamedTuple):
    """Tokens of one request; `cached` is the part of `tokens_in` that the provider took from its own cache."""

    tokens_in: int
    tokens_out: int
    cached: int


def usage_of(completion: Any) -> Usage | None:
    """The tokens that the endpoint reports, None if it does not. Where they cache, OpenAI and DashScope tell it in
    `prompt_tokens_details`, DeepSeek in `prompt_cache_hit_tokens`, Kimi in `cached_tokens`."""
    usage = getattr(completion, "usage", None)
    told = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if told[0] is None or told[1] is None:
        return None
    details = getattr(usage, "prompt_tokens_details", None)
    cached = _count(details, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens") or _count(usage, "cached_tokens") or 0
    return Usage(told[0], told[1], min(cached, told[0]))


def text_of(completion: Any, name: str) -> str | ModelError:
    """The answer of a completion to the question `name`, ready to be parsed."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list):
        return failure("no_endpoint", name)
    if not choices:
        return failure("empty", name)
    message, reason = choices[0].message, choices[0].finish_reason
    if reason == "length":
        return failure("truncated", name)
    if reason in _REFUSED or getattr(message, "refusal", None):
        return failure("refused", name)
    if reason in _BROKEN:
        return failure("server_error", name, reason)
    return _bare(_said(message)) or failure("empty", name)


def rewritten(completion: Any, text: str) -> None:
    """Put `text` in the place of the answer, also where a tool was to be called and the model just answered."""
    message = completion.choices[0].message
    call = _call(message)
    if call is None:
        message.content, message.function_call = text, SimpleNamespace(arguments=text)
    else:
        call.arguments = text


def _said(message: Any) -> str:
    call = _call(message)
    if call is not None:
        return str(call.arguments)
    return message.content if isinstance(message.content, str) else ""


def _call(message: Any) -> Any:
    """The function of the first tool call, if it has arguments."""
    calls = getattr(message, "tool_calls", None) or (None,)
    function: Any = getattr(calls[0], "function", None)
    return function if isinstance(getattr(function, "arguments", None), str) and function.arguments.strip() else None


def _bare(text: str) -> str:
    """The JSON object of an answer: without thinking (also if its beginning was cut off, as some servers do), without a
    fence, without words before and after."""
    text = text.strip()
    if not text.startswith("{"):
        text = _THINKING.sub("", text).rpartition("</think>")[2].strip()
        fenced = _FENCE.findall(text)
        text = fenced[-1].strip() if fenced else text
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _count(holder: Any, name: str) -> int | None:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
