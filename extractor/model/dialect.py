"""How an endpoint wants to be spoken to: what it was found to understand, remembered by address and model."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.model.cache import fingerprint, write
from extractor.settings import MODES, Mode

if TYPE_CHECKING:
    from extractor.settings import Settings


@dataclass(frozen=True, slots=True)
class Dialect:
    """`mode` is the way of structured output; `newer_limit` says that the length limit is called `max_completion_tokens`,
    `temperature` whether it may be set to 0 (reasoning models of OpenAI want the one and refuse the other)."""

    mode: Mode = MODES[0]
    newer_limit: bool = False
    temperature: bool = True

    def without(self, complaint: str, *, fixed_mode: bool) -> Dialect | None:
        """What to try after an endpoint refused a request with these words (lower case), or None if they say nothing about
        the dialect. `fixed_mode`: the mode was set by the user and stays."""
        if "max_completion_tokens" in complaint and not self.newer_limit:
            return replace(self, newer_limit=True)
        if "temperature" in complaint and self.temperature:
            return replace(self, temperature=False)
        rest = MODES[MODES.index(self.mode) + 1 :]
        if fixed_mode or not rest or not about_mode(complaint):
            return None
        return replace(self, mode=rest[0])


def about_mode(complaint: str) -> bool:
    """Whether these words (lower case) of an endpoint are about structured output."""
    words = "response_format", "json_schema", "json_object", "json mode", "tool", "function", "structured output", "grammar"
    return any(word in complaint for word in words)


def remembered(settings: Settings) -> Dialect | None:
    """What was found out about this endpoint and model before, if it can be read."""
    if settings.cache_dir is None:
        return None
    try:
        entry = json.loads(_path(settings, settings.cache_dir).read_text(encoding="utf-8"))
        dialect = Dialect(**{field.name: entry[field.name] for field in fields(Dialect)})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dialect if dialect.mode in MODES else None


def remember(settings: Settings, dialect: Dialect) -> None:
    """Keep what was found out, if there is a folder for it."""
    if settings.cache_dir is not None:
        entry = {"base_url": settings.base_url, "model": settings.model} | asdict(dialect)
        with contextlib.suppress(OSError):
            write(_path(settings, settings.cache_dir), json.dumps(entry, ensure_ascii=False) + "\n")


def _path(settings: Settings, folder: Path) -> Path:
    return folder / "endpoints" / f"{fingerprint(settings.base_url, settings.model)[:24]}.json"
