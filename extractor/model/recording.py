"""Answers of a run written to a folder, and read from it instead of asking.

Unlike the cache, a recording does not depend on the address or the mode, keeps failures that were the model's own, and is
meant to be looked at: a file holds the question's name, its prompt and the answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.errors import UsageError
from extractor.model.cache import question_key, write
from extractor.model.failures import FAILURES, failure

if TYPE_CHECKING:
    from extractor.model.question import ModelError, Question

KEPT = frozenset({"truncated", "refused", "empty", "malformed"})
"""Failures that are the model's own and belong to its run; the transport's are not repeated."""


class Recording:
    """A folder of answers to the questions put to `model`."""

    def __init__(self, folder: Path, model: str) -> None:
        self.folder, self.model = folder, model

    def write(self, question: Question, text: str | None, failed: ModelError | None) -> None:
        """Keep an answer or why there is none. Raises `UsageError` if the folder cannot be written to."""
        if failed is not None and failed.kind not in KEPT:
            return
        entry = {
            "name": question.name,
            "prompt": question.prompt,
            "model": self.model,
            "failure": None if failed is None else failed.kind,
            "text": text,
        }
        try:
            write(self._path(question), json.dumps(entry, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise UsageError(
                str(self.folder),
                (f"回答录不进去（{reason}）", f"answers cannot be recorded ({reason})"),
                ("请检查 NIANBAO_RECORD、权限和剩余空间", "check NIANBAO_RECORD, its permissions and the free space"),
            ) from error

    def read(self, question: Question) -> str | ModelError:
        """The text of the recorded answer, the failure that was recorded, or that there is no recording."""
        try:
            entry = json.loads(self._path(question).read_text(encoding="utf-8"))
            text, kind = entry["text"], entry["failure"]
        except (OSError, ValueError, KeyError, TypeError):
            return failure("no_recording", question.name)
        if isinstance(text, str):
            return text
        return failure(kind if kind in FAILURES else "no_recording", question.name)

    def _path(self, question: Question) -> Path:
        return self.folder / f"{question.name}-{question_key(question, self.model)[:24]}.json"
