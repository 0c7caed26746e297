"""The JSON Schema of an answer as it is sent: without what costs tokens and says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """The schema of `form` without the titles that pydantic derives from names, and without defaults of null."""
    schema: dict[str, Any] = _plain(form.model_json_schema())
    return schema | {"title": form.__name__}


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _plain(value) for key, value in schema.items() if not _says_nothing(key, value)}


def _says_nothing(key: str, value: Any) -> bool:
    """A title or a default; a property of that name has a schema as its value."""
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
