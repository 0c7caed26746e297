"""The shapes of a model's answers, derived from the schema.

Tables are keyed by row: the printed number of a row of the applications table as a code (`3.3.1` is 三、（三）1.), else its key
in the schema (`rules`, `direct_litigation`). With pointers a row is a list of its columns, as JSON or as a string with commas: an
id, a range with one id a column (`"57-63"`), several ids of one number (`"57+58"`, `"57~59"`), or null (or nothing) where no number
stands. With values it is a list of numbers. A row that is not printed is null.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType

from extractor.result import Aspects
from extractor.schema import FORMS, Edition, Row, Table

Protocol = Literal["pointers", "values"]
_HAN = "一二三四五六七八九"
_LAST_LEVEL = re.compile(r"[0-9]")
_LONGEST = 400
_MOST_CELLS = 60


def _without_titles(schema: dict[str, Any]) -> None:
    """Titles of fields only repeat their names, and every request pays for them."""
    for field in schema.get("properties", {}).values():
        field.pop("title", None)


class Reply(BaseModel):
    """Base of all answers: nothing but what was asked for, and no input repeated in messages."""

    model_config = ConfigDict(
        extra="ignore", hide_input_in_errors=True, serialize_by_alias=True, json_schema_extra=_without_titles
    )


def _bare(value: Any) -> Any:
    """Accept what says the same in another way: an id as a number, a decimal as a number."""
    if isinstance(value, bool):
        return value
    return str(value) if isinstance(value, int | float) else value


def _bare_list(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return _bare(value)


_Item = Annotated[str, Field(max_length=_LONGEST)]
Pointed = TypeAliasType(
    "Pointed",
    Annotated[_Item | Annotated[list[_Item | None], Field(max_length=_MOST_CELLS)] | None, BeforeValidator(_bare_list)],
)
"""`"57-63"`, `"57~59,60-64,,65"`, or a list of the same items with null for nothing."""
Valued = TypeAliasType(
    "Valued", Annotated[Annotated[list[_Item | None], Field(max_length=_MOST_CELLS)] | None, BeforeValidator(_bare_list)]
)
"""Numbers as strings, or null."""


@cache
def codes(edition: Edition, table: str) -> dict[str, str]:
    """Row key to its code in answers, in printed order."""
    form = FORMS[edition]
    found = next(one for one in form.tables if one.name == table)
    return {row.key: _code(row) for row in found.rows}


def _code(row: Row) -> str:
    levels = [_level(word) for word in (row.group or "", row.number)]
    if not row.number:
        return row.key
    group, number = levels
    if not group:
        return number
    return f"3.{number}" if not group.startswith("(") else f"3.{group[1:]}.{number}"


def _level(words: str) -> str:
    """`三、本年度…` is 3, `（三）不予公开` is (3, `1.` is 1."""
    digit = _LAST_LEVEL.match(words)
    if digit:
        return digit[0]
    inner = words[:1] in ("（", "(")
    han = words[inner : inner + 1]
    return (
        ""
        if han not in _HAN or not han
        else f"({_HAN.index(han) + 1}"
        if inner and len(words) > 3
        else str(_HAN.index(han) + 1)
    )


@cache
def table_form(edition: Edition, table: str, rows: tuple[str, ...], protocol: Protocol) -> type[Reply]:
    """The answer about these rows of a table: a field a row, named by its code. Class `ApplicationsPointers` and so on."""
    named = codes(edition, table)
    kind: Any = Pointed if protocol == "pointers" else Valued
    fields: dict[str, Any] = {row: (kind, Field(default=None, alias=named[row])) for row in rows}
    return create_model(f"{table.capitalize()}{protocol.capitalize()}", __base__=Reply, **fields)


def rows_of(table: Table) -> tuple[str, ...]:
    return tuple(row.key for row in table.rows)


_Number = Annotated[str, Field(max_length=40)]


class ClaimPointer(Reply):
    """A number said in prose. `n` is its id (several of one number: "57+58"); `subject` are words of its sentence, copied; `part_of` is the id
    of the total that it belongs to, `of` are the ids of a ratio's two terms, numerator first; `cell` the address it states."""

    n: Annotated[_Number, BeforeValidator(_bare)]
    subject: Annotated[str, Field(max_length=60)] = ""
    unit: Annotated[str, Field(max_length=8)] | None = None
    kind: Literal["count", "ratio", "approximate", "negation", "enumeration"] = "count"
    part_of: Annotated[_Number | None, BeforeValidator(_bare)] = None
    of: Annotated[Annotated[list[_Number], Field(max_length=2)] | None, BeforeValidator(_bare_list)] = None
    cell: Annotated[str, Field(max_length=80)] | None = None


Passage = Annotated[str, BeforeValidator(_bare), Field(max_length=20, description='"s3" or "s3-s5"')]

_ASPECTS: dict[str, Any] = dict.fromkeys(Aspects.model_fields, (Passage | None, None))
AspectPassages = create_model("AspectPassages", __base__=Reply, **_ASPECTS)


class ProseAnswer(Reply):
    """Claims by the ids of their numbers; aspects, problems and measures by their first and last sentence; `summary` is the
    model's own words, and kept apart as such."""

    claims: Annotated[list[ClaimPointer], Field(max_length=400)] = []
    aspects: AspectPassages = Field(default_factory=AspectPassages)
    problems: Annotated[list[Passage], Field(max_length=40)] = []
    measures: Annotated[list[Passage], Field(max_length=40)] = []
    summary: Annotated[str, Field(max_length=300)] | None = None


class RankingAnswer(Reply):
    """For each open row, by its name in the question, the number of the candidate that prose speaks for, or null."""

    choices: Annotated[dict[str, int | None], Field(max_length=60)] = {}
