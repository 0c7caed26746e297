"""Settings: where each value comes from, what is refused, and that a key alone configures nothing."""

from __future__ import annotations

import pickle
import re
from dataclasses import fields
from pathlib import Path

import pytest

from conftest import ROOT
from extractor.errors import UsageError
from extractor.model.failures import FAILURES
from extractor.settings import DEFAULT_BASE_URL, VARIABLES, Settings, origins

KEY = "sk-planted-0123456789abcdef"


def test_key_alone_configures_nothing():
    """Without a model named for nianbao there are no settings, whatever OpenAI's variables say."""
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://api.example.com/v1", "OPENAI_MODEL": "gpt-x"}
    assert Settings.from_environment(environ) is None
    assert Settings.from_environment({"NIANBAO_API_KEY": KEY, "NIANBAO_MODEL": "  "}) is None
    assert Settings.from_environment({}) is None


def test_every_variable_is_read():
    """Each field has a variable, which is converted to its type; blanks around a value are dropped."""
    environ = {
        "NIANBAO_MODEL": " qwen-plus ",
        "NIANBAO_BASE_URL": "https://api.example.com/v1",
        "NIANBAO_API_KEY": f"{KEY}\n",
        "NIANBAO_PROTOCOL": "values",
        "NIANBAO_MODE": "tools",
        "NIANBAO_EXTRA_BODY": '{"enable_thinking": false}',
        "NIANBAO_CONCURRENCY": "8",
        "NIANBAO_REQUESTS_PER_MINUTE": "60",
        "NIANBAO_TOKENS_PER_MINUTE": "90000",
        "NIANBAO_TIMEOUT": "12.5",
        "NIANBAO_TOTAL_TIME": "100",
        "NIANBAO_MAX_REQUESTS": "20",
        "NIANBAO_MAX_TOKENS": "50000",
        "NIANBAO_CACHE_DIR": "cache",
        "NIANBAO_RECORD": "recorded",
        "NIANBAO_REPLAY": "replayed",
        "NIANBAO_PRICES": "prices.toml",
    }
    settings = Settings.from_environment(environ)
    assert settings.api_key.get_secret_value() == KEY
    assert {name: getattr(settings, name) for name in origins(environ) if name != "api_key"} == {
        "model": "qwen-plus",
        "base_url": "https://api.example.com/v1",
        "protocol": "values",
        "mode": "tools",
        "extra_body": '{"enable_thinking": false}',
        "concurrency": 8,
        "requests_per_minute": 60,
        "tokens_per_minute": 90000,
        "timeout": 12.5,
        "total_time": 100.0,
        "max_requests": 20,
        "max_tokens": 50000,
        "cache_dir": Path("cache"),
        "record": Path("recorded"),
        "replay": Path("replayed"),
        "prices": Path("prices.toml"),
    }


def test_variables_of_openai_stand_in():
    """Address and key are taken from OpenAI's variables where nianbao's own are unset, and say so."""
    environ = {"NIANBAO_MODEL": "m", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://a.example.com/v1"}
    settings = Settings.from_environment(environ)
    assert (settings.base_url, settings.api_key.get_secret_value()) == ("https://a.example.com/v1", KEY)
    assert origins(environ) == {"model": "NIANBAO_MODEL", "api_key": "OPENAI_API_KEY", "base_url": "OPENAI_BASE_URL"}
    environ |= {"NIANBAO_BASE_URL": "https://b.example.com/v1", "NIANBAO_API_KEY": "own"}
    settings = Settings.from_environment(environ)
    assert (settings.base_url, settings.api_key.get_secret_value()) == ("https://b.example.com/v1", "own")


def test_overrides_outrank_variables():
    """An option of the shell wins over a variable; an option that was not given changes nothing."""
    environ = {"NIANBAO_MODEL": "m", "NIANBAO_MODE": "tools", "NIANBAO_API_KEY": KEY, "NIANBAO_CONCURRENCY": "x"}
    settings = Settings.from_environment(environ, model="other", mode=None, concurrency=2)
    assert (settings.model, settings.mode, settings.concurrency) == ("other", "tools", 2)


def test_defaults():
    """Only the model is needed; pointers, OpenAI's address and 32 requests at once are the defaults."""
    settings = Settings.from_environment({"NIANBAO_MODEL": "m", "NIANBAO_API_KEY": KEY})
    assert (settings.base_url, settings.protocol, settings.mode, settings.concurrency) == (
        DEFAULT_BASE_URL,
        "pointers",
        None,
        32,
    )


def test_openai_without_a_key_is_refused_and_a_local_server_is_not():
    """The default address needs a key, another may do without, and a replay asks nobody."""
    with pytest.raises(UsageError, match=r"NIANBAO_API_KEY.*--reader rules"):
        Settings.from_environment({"NIANBAO_MODEL": "m"})
    assert Settings.from_environment({"NIANBAO_MODEL": "m", "NIANBAO_BASE_URL": "http://localhost:11434/v1"}).api_key is None
    assert Settings.from_environment({"NIANBAO_MODEL": "m", "NIANBAO_REPLAY": "r"}).replay == Path("r")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NIANBAO_CONCURRENCY", "many"),
        ("NIANBAO_CONCURRENCY", "0"),
        ("NIANBAO_CONCURRENCY", "1.5"),
        ("NIANBAO_TIMEOUT", "-1"),
        ("NIANBAO_TIMEOUT", "nan"),
        ("NIANBAO_TOTAL_TIME", "inf"),
        ("NIANBAO_MAX_REQUESTS", "-2"),
        ("NIANBAO_PROTOCOL", "guess"),
        ("NIANBAO_MODE", "json"),
        ("NIANBAO_EXTRA_BODY", "[1]"),
        ("NIANBAO_EXTRA_BODY", '{"stream": true}'),
        ("NIANBAO_EXTRA_BODY", "{thinking: off}"),
        ("NIANBAO_BASE_URL", "api.example.com"),
        ("NIANBAO_BASE_URL", "ftp://api.example.com"),
        ("NIANBAO_BASE_URL", "https://user:secret-word@api.example.com/v1"),
        ("NIANBAO_BASE_URL", "https://api.example.com/v1?key=secret-word"),
        ("NIANBAO_BASE_URL", "https://api.example.com/v1/chat/completions"),
        ("NIANBAO_BASE_URL", "https://[oops/v1"),
        ("NIANBAO_API_KEY", "secret-word with blanks"),
        ("NIANBAO_API_KEY", "secret-word\nX-Other: header"),
        ("NIANBAO_API_KEY", "密钥secret-word"),
    ],
)
def test_bad_value_names_variable_and_remedy(variable, value):
    """A value that cannot work is refused by the name of its variable, with a remedy in two languages and no secret."""
    environ = {"NIANBAO_MODEL": "m", "NIANBAO_API_KEY": KEY} | {variable: value}
    with pytest.raises(UsageError) as caught:
        Settings.from_environment(environ)
    assert caught.value.name == variable
    for lang in ("zh", "en"):
        assert caught.value.render(lang).startswith(variable)
        assert "secret-word" not in caught.value.render(lang)
        assert KEY not in caught.value.render(lang)


def test_key_is_hidden_and_travels():
    """The key is in no representation of the settings, and in their pickled form for other processes."""
    settings = Settings.from_environment({"NIANBAO_MODEL": "m", "NIANBAO_API_KEY": KEY})
    assert KEY not in repr(settings) + str(settings) + f"{settings}"
    assert pickle.loads(pickle.dumps(settings)).api_key.get_secret_value() == KEY


def test_documentation_names_every_variable_and_failure():
    """The page on endpoints lists the variables of the settings and the names of failures, all of them and no others."""
    page = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(NIANBAO_[A-Z_]+)` \|", page, re.MULTILINE))
    assert listed == {variables[0] for variables in VARIABLES.values()}
    rows = page[page.index("| Name | Cause |") :]
    assert {
        name for row in re.findall(r"^\| (`[a-z_`, ]+) \|", rows, re.MULTILINE) for name in re.findall(r"[a-z_]+", row)
    } == (FAILURES.keys())


def test_documented_values_are_accepted():
    """What the page tells to export makes valid settings, for every provider."""
    page = (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## ([^\n]+)\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL)
    models = {}
    for title, section in sections:
        environ = dict(re.findall(r"export (NIANBAO_[A-Z_]+)='?(.*?)'?\n", section))
        if environ:
            settings = Settings.from_environment({"NIANBAO_API_KEY": KEY} | {k: v for k, v in environ.items() if "…" not in v})
            models[title.split()[0]] = settings.model
    assert list(models) == ["OpenAI", "DeepSeek", "DashScope", "Kimi", "GLM", "Ollama", "vLLM"]


def test_every_setting_has_its_variables():
    """A field of Settings that no variable sets could not be set from a shell."""
    assert set(VARIABLES) == {field.name for field in fields(Settings)}
