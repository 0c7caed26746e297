"""The smallest instance of a JSON Schema: the answer to a request that the labels know nothing about, such as a probe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_DEPTH = 40


def schema_of(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema that an answer must fit: of `response_format`, of the first tool, or written out in a message."""
    asked = request.get("response_format") or {}
    if asked.get("type") == "json_schema":
        schema = asked.get("json_schema", {}).get("schema")
        return schema if isinstance(schema, dict) else None
    if request.get("tools"):
        function = request["tools"][0].get("function", {})
        schema = function.get("parameters")
        return {"title": function.get("name", "")} | schema if isinstance(schema, dict) else None
    for message in request.get("messages", ()):
        found = _written_out(text_of(message))
        if found is not None:
            return found
    return None


def text_of(message: Mapping[str, Any]) -> str:
    """The text of one message, whose content may be a string or parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _written_out(text: str) -> dict[str, Any] | None:
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            at = text.find("{", at + 1)
            continue
        if isinstance(value, dict) and "properties" in value:
            return value
        at = text.find("{", end)
    return None


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references, single `allOf` and, of alternatives, the first that is not null."""
    for _ in range(_DEPTH):
        if "$ref" in schema:
            target: Any = root
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            schema = target
        elif schema.get("allOf"):
            schema = schema["allOf"][0]
        elif schema.get("anyOf") or schema.get("oneOf"):
            options = [resolved(option, root) for option in schema.get("anyOf") or schema["oneOf"]]
            schema = next((option for option in options if option.get("type") != "null"), options[0])
        else:
            break
    return schema


def instance(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None, depth: int = 0) -> Any:  # noqa: PLR0911 - one return a kind of schema
    """The smallest instance of a schema: required fields only, empty arrays, least numbers, null where it is allowed."""
    root = schema if root is None else root
    if "default" in schema:
        return schema["default"]
    if any(option.get("type") == "null" for option in schema.get("anyOf", ())):
        return None
    schema = resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = "null" if "null" in kind else kind[0]
    if kind == "object" or (kind is None and "properties" in schema):
        properties = schema.get("properties", {})
        names = schema.get("required", ()) if depth < _DEPTH else ()
        return {name: instance(properties.get(name, {}), root, depth + 1) for name in names}
    if kind == "array":
        least = schema.get("minItems", 0)
        prefix = schema.get("prefixItems", ())
        items = [instance(item, root, depth + 1) for item in prefix[: max(least, 0)]]
        return items + [instance(schema.get("items") or {}, root, depth + 1) for _ in range(least - len(items))]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    if kind == "boolean":
        return True
    return "是" * schema.get("minLength", 0) if kind == "string" else None
