"""Prompts: templates filled from the schema, named by version and hash."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from extractor.folding import fold
from extractor.readers.answers import ProseAnswer, codes, rows_of, table_form
from extractor.readers.marking import mark_table
from extractor.readers.pointers import columns_of
from extractor.readers.questions import prose_question, table_question
from extractor.schema import EDITIONS, FORMS

TEXT = "一、本年新收\t1\t0"
MARKING = mark_table(TEXT, fold(TEXT), (0, len(TEXT)))
KINDS = [(edition, table) for edition in EDITIONS for table in FORMS[edition].tables]


def _question(edition, table, protocol="pointers", **more):
    return table_question(edition, table, rows_of(table), MARKING, protocol, lambda _: (), **more)


@pytest.mark.parametrize("protocol", ["pointers", "values"])
@pytest.mark.parametrize(("edition", "table"), KINDS, ids=lambda kind: getattr(kind, "name", kind))
def test_every_row_and_column_of_the_schema_is_named(edition, table, protocol):
    """Each row has its code and official label, each column its label, and the section stands at the end."""
    question = _question(edition, table, protocol)
    for row in table.rows:
        assert f"`{codes(edition, table.name)[row.key]}`" in question.user
        assert row.label in question.user
        assert all(column.label in question.user for column in row.columns)
    assert question.user.rstrip().endswith(MARKING.prompt if protocol == "pointers" else MARKING.plain)
    assert "JSON" in question.system
    assert "{{" not in question.system + question.user
    assert "built-in" not in question.user


@pytest.mark.parametrize("protocol", ["pointers", "values"])
@pytest.mark.parametrize(("edition", "table"), KINDS, ids=lambda kind: getattr(kind, "name", kind))
def test_examples_are_answers_of_the_asked_shape(edition, table, protocol):
    """Every worked example is a valid answer, with one item a column where it names a row; with values no id is shown."""
    question = _question(edition, table, protocol)
    examples = re.findall(r"^回答：`(.*)`$", question.user, re.MULTILINE)
    form = table_form(edition, table.name, rows_of(table), protocol)
    assert len(examples) > 1
    for example in examples:
        answer = form.model_validate_json(example)
        for row in table.rows:
            said = getattr(answer, row.key)
            width = None if said is None else len(columns_of(said) if protocol == "pointers" else said)
            assert width in (None, len(row.columns)), example
    if protocol == "values":
        assert "⟦" not in question.system + question.user


def test_the_example_of_prose_is_an_answer():
    """The worked example about prose fits its form."""
    question = prose_question(["applications.received.total"], MARKING, ProseAnswer, lambda _: ())
    example = re.search(r"^回答：`(.*)`$", question.user, re.MULTILINE)[1]
    assert len(ProseAnswer.model_validate(json.loads(example)).claims) == 4


def test_a_prompt_is_named_by_version_and_hash():
    """The same templates give the same name whatever the text; protocols and tables have names of their own."""
    names = [_question("2021", table, protocol).prompt for _, table in KINDS[:3] for protocol in ("pointers", "values")]
    assert all(re.fullmatch(r"(?:applications|disclosure|proceedings)@v1:[0-9a-f]{12}", name) for name in names)
    assert len(set(names)) == 6
    assert _question("2021", FORMS["2021"].disclosure).prompt in names


def test_a_second_reading_is_another_question():
    """Asked again, the prompt differs (a cache must not answer it), but tells nothing of the first answer."""
    table = FORMS["2021"].applications
    first, second = _question("2021", table), _question("2021", table, again=True)
    assert set(second.user.splitlines()) - set(first.user.splitlines()) == {"这是独立的第二遍阅读。"}


def test_templates_hold_no_code():
    """The folder of prompts holds templates only, each with its version in its name."""
    names = {item.name for item in files("prompts").iterdir() if item.name.endswith(".md")}
    assert {"applications.v1.md", "disclosure.v1.md", "proceedings.v1.md", "prose.v1.md", "ranking.v1.md"} <= names
    assert all(re.fullmatch(r"[a-z]+\.v[0-9]+\.md", name) for name in names)
