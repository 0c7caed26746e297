"""What a run with a model is told: which model, where, how much. Frozen; the environment is read here and nowhere else.

A key alone sends nothing: without a model named for nianbao there are no settings, and nothing leaves this machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from extractor.errors import UsageError

Protocol = Literal["pointers", "values"]
Mode = Literal["json_schema", "tools", "json_object", "md_json"]
MODES: tuple[Mode, ...] = get_args(Mode)
DEFAULT_BASE_URL = "https://api.openai.com/v1"
VARIABLES: dict[str, tuple[str, ...]] = {
    "model": ("NIANBAO_MODEL",),
    "base_url": ("NIANBAO_BASE_URL", "OPENAI_BASE_URL"),
    "api_key": ("NIANBAO_API_KEY", "OPENAI_API_KEY"),
    "protocol": ("NIANBAO_PROTOCOL",),
    "mode": ("NIANBAO_MODE",),
    "extra_body": ("NIANBAO_EXTRA_BODY",),
    "concurrency": ("NIANBAO_CONCURRENCY",),
    "requests_per_minute": ("NIANBAO_REQUESTS_PER_MINUTE",),
    "tokens_per_minute": ("NIANBAO_TOKENS_PER_MINUTE",),
    "timeout": ("NIANBAO_TIMEOUT",),
    "total_time": ("NIANBAO_TOTAL_TIME",),
    "max_requests": ("NIANBAO_MAX_REQUESTS",),
    "max_tokens": ("NIANBAO_MAX_TOKENS",),
    "cache_dir": ("NIANBAO_CACHE_DIR",),
    "record": ("NIANBAO_RECORD",),
    "replay": ("NIANBAO_REPLAY",),
    "prices": ("NIANBAO_PRICES",),
}
"""The variables of each field, the first that is set wins."""
_WHOLE = {"concurrency", "requests_per_minute", "tokens_per_minute", "max_requests", "max_tokens"}
_SECONDS = {"timeout", "total_time"}
_OURS = {"messages", "model", "response_format", "stream", "tools"}
"""Fields of a request that are not to be set from outside."""
_PATHS = {"cache_dir", "record", "replay", "prices"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How to ask a model. Seconds are per request (`timeout`) and per question with all its retries (`total_time`).
    `max_requests` and `max_tokens` bound one document. `mode` None is what the endpoint is known to understand;
    `extra_body` is a JSON object of further fields for each request, as providers have them to switch thinking off.
    `record` is a folder that answers are written to, `replay` one that they are read from instead of asking; `prices`
    is a file like `model/prices.toml` that is looked into first. Raises `UsageError` on a value that cannot work."""

    model: str
    base_url: str = DEFAULT_BASE_URL
    api_key: SecretStr | None = None
    protocol: Protocol = "pointers"
    mode: Mode | None = None
    extra_body: str | None = None
    concurrency: int = 32
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout: float = 120.0
    total_time: float = 300.0
    max_requests: int | None = None
    max_tokens: int | None = None
    cache_dir: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    prices: Path | None = None

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise _wrong("model", "", ("不能为空", "it must not be empty"))
        _check_address(self.base_url)
        if self.api_key is not None and not _sendable(self.api_key.get_secret_value()):
            reason = ("含有空白或不能发送的字符", "it has blanks or characters that cannot be sent")
            raise UsageError(_name("api_key"), reason, ("请重新复制密钥", "copy the key again"))
        for name, allowed in (("protocol", get_args(Protocol)), ("mode", (*MODES, None))):
            if getattr(self, name) not in allowed:
                choices = ", ".join(one for one in allowed if one)
                raise _wrong(name, getattr(self, name), (f"只能是 {choices}", f"it must be one of {choices}"))
        for name in sorted(_WHOLE | _SECONDS):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise _wrong(name, value, ("必须大于 0", "it must be more than 0"))

        extra = self.extra_fields()
        if not isinstance(extra, dict) or _OURS & extra.keys():
            example = 'NIANBAO_EXTRA_BODY={"thinking": {"type": "disabled"}}'
            ours = "、".join(sorted(_OURS)), ", ".join(sorted(_OURS))
            rule = f"必须是 JSON 对象，且不含 {ours[0]}", f"it must be a JSON object without {ours[1]}"
            raise UsageError(_name("extra_body"), rule, (f"例如 {example}", f"for example {example}"))

    def extra_fields(self) -> Any:
        """`extra_body` as a dictionary."""
        try:
            return {} if self.extra_body is None else json.loads(self.extra_body)
        except ValueError:
            return None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> Settings | None:
        """The settings of these variables (`os.environ` in a shell), or None if no model is named. `overrides` are fields
        by name that outrank the variables; None overrides nothing. Raises `UsageError` naming the variable."""
        given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
        for name, variable in origins(environ).items():
            if name not in given:
                given[name] = _converted(name, variable, environ[variable].strip())
        if isinstance(given.get("api_key"), str):
            given["api_key"] = SecretStr(given["api_key"])
        if "model" not in given:
            return None
        settings = cls(**given)
        if settings.api_key is None and "base_url" not in given and settings.replay is None:
            reason = ("没有设置密钥", "it is unset")
            remedy = (
                "请设置它，或用 NIANBAO_BASE_URL 指定其他服务，或使用 --reader rules",
                "set it, name another service by NIANBAO_BASE_URL, or use --reader rules",
            )
            raise UsageError("NIANBAO_API_KEY", reason, remedy)
        return settings


def origins(environ: Mapping[str, str]) -> dict[str, str]:
    """The variable that each field of `Settings` is taken from; fields without one are left out."""
    return {
        name: next(variable for variable in variables if environ.get(variable, "").strip())
        for name, variables in VARIABLES.items()
        if any(environ.get(variable, "").strip() for variable in variables)
    }


def _converted(name: str, variable: str, text: str) -> Any:
    try:
        if name in _WHOLE:
            return int(text)
        if name in _SECONDS:
            return float(text)
    except ValueError:
        raise UsageError(
            variable,
            (f"“{text}” 不是数", f"“{text}” is no number"),
            (
                f"请设为{'正整数' if name in _WHOLE else '秒数'}",
                f"set it to a {'whole number' if name in _WHOLE else 'number of seconds'}",
            ),
        ) from None
    return Path(text) if name in _PATHS else text


def _check_address(url: str) -> None:
    remedy = (
        "请设为服务的地址，如 https://api.openai.com/v1",
        "set it to the address of the service, like https://api.openai.com/v1",
    )
    try:
        parts = urlsplit(url)
        host, credentials = parts.hostname, parts.username or parts.password
    except ValueError:
        raise UsageError(_name("base_url"), ("不是网址", "it is no address"), remedy) from None
    if credentials or parts.query:
        reason = ("地址里带有密码或参数", "the address carries a password or parameters")
        raise UsageError(_name("base_url"), reason, ("密钥请放在 NIANBAO_API_KEY", "put the key into NIANBAO_API_KEY"))
    if parts.scheme not in {"http", "https"} or not host:
        raise UsageError(_name("base_url"), (f"“{url}” 不是网址", f"“{url}” is no address"), remedy)
    if parts.path.rstrip("/").endswith("/completions"):
        reason = ("地址里多了接口路径", "the address names a single call of the service")
        raise UsageError(_name("base_url"), reason, ("请去掉 /chat/completions", "leave /chat/completions out"))


def _sendable(key: str) -> bool:
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def _wrong(name: str, value: object, rule: tuple[str, str]) -> UsageError:
    reason = (f"“{value}” 不行，{rule[0]}", f"“{value}” does not work, {rule[1]}")
    return UsageError(_name(name), reason, ("请改正或去掉这一项", "correct it or leave it out"))


def _name(field: str) -> str:
    return VARIABLES[field][0]
