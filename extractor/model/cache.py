"""Answers kept on disk, so that no question is paid for twice. One file an answer; no key, no header, no question in it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

    from extractor.model.question import Question


@functools.lru_cache(maxsize=256)
def _schema_hash(form: type[BaseModel]) -> str:
    return fingerprint(json.dumps(form.model_json_schema(), sort_keys=True))


def fingerprint(*parts: str) -> str:
    """One hash of several texts, in hexadecimal; where one ends and the next begins counts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def question_key(question: Question, *parameters: str) -> str:
    """The key of a question put with these parameters (model, address, mode, …)."""
    return fingerprint(question.prompt, question.system, question.user, _schema_hash(question.form), *parameters)


class Cache:
    """A folder of answers by key. Several threads and processes may use it at once: a file appears complete or not at all.
    What cannot be read, has been damaged or belongs to another key is a miss; a full disk costs the entry, not the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> str | None:
        try:
            entry = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(entry, dict) or entry.get("key") != key or not isinstance(text := entry.get("text"), str):
            return None
        return text if entry.get("check") == fingerprint(key, text) else None

    def put(self, key: str, text: str) -> None:
        with contextlib.suppress(OSError):
            write(self._path(key), json.dumps({"key": key, "text": text, "check": fingerprint(key, text)}, ensure_ascii=False))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


def write(path: Path, content: str) -> None:
    """Write a file so that others see all of it or nothing; only its owner may read it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
