"""The schema that goes with a question: short, and the same in meaning."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from extractor.model.form import schema_of
from extractor.readers.answers import rows_of, table_form
from extractor.schema import FORMS


class Titled(BaseModel):
    title: str
    default: int | None = None
    rows: dict[str, int] = Field(description="行")


TABLES = [(edition, table) for edition, form in FORMS.items() for table in form.tables]


@pytest.mark.parametrize(("edition", "table"), TABLES, ids=lambda one: getattr(one, "name", one))
@pytest.mark.parametrize("protocol", ["pointers", "values"])
def test_schema_is_shorter_and_says_the_same(edition, table, protocol):
    """What the whole schema accepts or refuses, the one that is sent accepts or refuses, in fewer characters."""
    form = table_form(edition, table.name, rows_of(table), protocol)
    whole, sent = form.model_json_schema(), schema_of(form)
    assert len(json.dumps(sent)) < len(json.dumps(whole))
    assert list(sent["properties"]) == list(whole["properties"])
    first = next(iter(whole["properties"]))
    for answer in ({}, {first: None}, {first: "1-7"}, {first: ["1", None]}, {first: 7}, {first: {"a": 1}}, {first: [[]]}, []):
        assert Draft202012Validator(sent).is_valid(answer) == Draft202012Validator(whole).is_valid(answer)


def test_field_called_title_stays():
    """Titles and defaults of null are left out, fields of those names are not."""
    schema = schema_of(Titled)
    assert schema["properties"] == {
        "title": {"type": "string"},
        "default": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "rows": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "行"},
    }
    assert schema["title"] == "Titled"
