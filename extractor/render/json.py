"""Results as JSON lines: one object a line, keys in the order of the contract, characters as they are."""

from __future__ import annotations

import json
from typing import Any

from extractor.errors import ExtractorError
from extractor.result import Result


def line(result: Result, *, cells: bool = True) -> str:
    """The result as one line without a line end; `cells` False leaves the cells out."""
    return result.model_dump_json(by_alias=True, exclude=None if cells else {"cells"})


def findings_line(result: Result) -> str:
    """Document and findings only, as one line without a line end."""
    return result.model_dump_json(by_alias=True, include={"document", "findings"})


def error_line(name: str, error: ExtractorError, lang: str) -> str:
    """The line of an input that gave no result: `{"document": {"name"}, "error": {"kind", "message", "remedy"}}`."""
    pick = 0 if lang == "zh" else 1
    message = {"kind": error.kind, "message": error.reason[pick], "remedy": error.remedy[pick]}
    return json.dumps({"document": {"name": name}, "error": message}, ensure_ascii=False, separators=(",", ":"))


def schema() -> str:
    """The published JSON Schema of a result, two spaces deep."""
    published: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    published |= Result.model_json_schema(mode="serialization", by_alias=True)
    return json.dumps(published, ensure_ascii=False, indent=2)
