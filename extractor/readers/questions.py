"""Prompts: template files of the folder `prompts`, filled in from the schema and a marked section, as questions to a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from pydantic import BaseModel

from extractor.model.question import Question
from extractor.readers.answers import Protocol, codes, table_form
from extractor.readers.marking import Marking
from extractor.schema import Column, Edition, Row, Table

VERSION = "v1"
"""Version of the templates in use: `applications.v1.md` and so on."""
_SUFFIX = f".{VERSION}.md"
_ID = re.compile(r"⟦s?[0-9]+⟧")
_TOKENS_A_CELL = 12
_TOKENS_AROUND = 600


@cache
def _templates() -> Environment:
    found = {item.name: item.read_text(encoding="utf-8") for item in files("prompts").iterdir() if item.name.endswith(_SUFFIX)}
    environment = Environment(loader=DictLoader(found), undefined=StrictUndefined, autoescape=False)  # noqa: S701  # no HTML
    environment.filters["without_ids"] = lambda text: _ID.sub("", text)
    return environment


@cache
def _hash(names: tuple[str, ...]) -> str:
    loader = _templates().loader
    assert isinstance(loader, DictLoader)
    return sha256("\0".join(loader.mapping[name + _SUFFIX] for name in names).encode()).hexdigest()[:12]


def _asked(
    name: str,
    protocol: Protocol,
    form: type[BaseModel],
    complaints: Callable[[BaseModel], tuple[str, ...]],
    most_tokens: int,
    words: dict[str, Any],
) -> Question:
    parts = (name, "system") if name in ("prose", "ranking") else (name, protocol, "system")
    templates = _templates()
    system = templates.get_template("system" + _SUFFIX).render(protocol=protocol)
    user = templates.get_template(name + _SUFFIX).render(protocol=protocol, **words)
    return Question(name, f"{name}@{VERSION}:{_hash(parts)}", system, user, form, complaints, most_tokens)


def table_question(
    edition: Edition,
    table: Table,
    rows: Sequence[str],
    marking: Marking,
    protocol: Protocol,
    complaints: Callable[[Any], tuple[str, ...]],
    *,
    again: bool = False,
) -> Question:
    """The question about `rows` (keys, in printed order) of a table whose section is marked; `again` makes it another question
    than the first, and says no more than that."""
    named = codes(edition, table.name)
    chosen = [table.row(key) for key in rows]
    words = {
        "rows": [{"code": named[row.key], "label": _label(row), "columns": list(map(_column, row.columns))} for row in chosen],
        "columns": list(map(_column, chosen[0].columns)),
        "again": again,
        "changes": any(column.kind == "change" for row in table.rows for column in row.columns),
        "undivided": any(row.replaces and any(other in rows for other in row.replaces) for row in chosen),
        "section": marking.prompt if protocol == "pointers" else marking.plain,
    }
    most = _TOKENS_AROUND + _TOKENS_A_CELL * sum(len(row.columns) for row in chosen)
    return _asked(table.name, protocol, table_form(edition, table.name, tuple(rows), protocol), complaints, most, words)


def prose_question(
    cells: Sequence[str], marking: Marking, form: type[BaseModel], complaints: Callable[[Any], tuple[str, ...]]
) -> Question:
    """The question about what prose says; `cells` are the addresses that a claim may state."""
    words = {"cells": list(cells), "section": marking.prompt}
    return _asked("prose", "pointers", form, complaints, 8192, words)


def ranking_question(open_rows: Sequence[dict[str, Any]], marking: Marking, form: type[BaseModel]) -> Question:
    """The question which candidate of each open row prose speaks for; a row has `key`, `label`, `columns` and `candidates`
    (in words)."""
    return _asked("ranking", "values", form, lambda _: (), _TOKENS_AROUND, {"open": open_rows, "section": marking.plain})


def _label(row: Row) -> str:
    return " ".join(part for part in (row.group, row.number + row.label) if part)


def _column(column: Column) -> str:
    return f"{column.under}·{column.label}" if column.under else column.label
