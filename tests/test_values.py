"""Answers by values: taken only with a place in the text."""

from __future__ import annotations

import pytest

from extractor.folding import fold
from extractor.readers.answers import rows_of, table_form
from extractor.readers.marking import mark_table
from extractor.readers.values import Values
from extractor.reading import Cell
from pointing import FORM

COLUMNS = ["natural_person", "enterprise", "research", "public_welfare", "legal_service", "other", "total"]


def _read(text, said, taken=()):
    folded = fold(text)
    marking = mark_table(text, folded, (0, len(text)))
    form = table_form("2021", "applications", rows_of(FORM.applications), "values")
    return Values("2021", FORM.applications, marking, text, folded, taken).read(form.model_validate(said))


def test_numbers_are_compared_in_one_spelling():
    """Full-width digits and thousands separators say the same number; another digit does not."""
    row = _read("x", {"1": ["１，２０８", "0", "0", "0", "0", "0", "1208"]}).rows["received"]
    assert row.agrees(0, Cell(1208, "read", "1,208", (0, 5)))
    assert not row.agrees(0, Cell(1280, "read", "1,280", (0, 5)))
    assert not row.agrees(1, Cell(None, "blank"))


def test_a_row_is_located_as_a_whole():
    """Numbers that stand one after another in one place only have these places."""
    text = "奇怪的行名 5 0 0 0 0 2 7\n别的 1 1 1 1 1 1 6"
    row = _read(text, {"3.5.2": ["5", 0, 0, 0, 0, 2, 7]}).rows["rejected_repeated"]
    cells = [row.cell(n) for n in range(7)]
    assert [cell.value for cell in cells] == [5, 0, 0, 0, 0, 2, 7]
    assert [text[slice(*cell.span)] for cell in cells] == ["5", "0", "0", "0", "0", "2", "7"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("甲 0 0 0 0 0 0 0", [0] * 7),
        ("甲 5 0 0 0 0 2 7\n乙 5 0 0 0 0 2 7", [5, 0, 0, 0, 0, 2, 7]),
        ("甲 5 0 0 0 0 2 8", [5, 0, 0, 0, 0, 2, 7]),
        ("甲 0 乙 3", [0, None, None, None, None, None, None]),
    ],
)
def test_what_has_no_place(text, said):
    """Zeros alone, rows that stand twice, digits that are not printed and a lone 0 are readings without a place."""
    row = _read(text, {"1": said}).rows["received"]
    assert [row.cell(n) for n in range(7)] == [None] * 7
    assert row.value(0) == said[0]


def test_numbers_of_known_rows_are_not_taken_twice():
    """What is a cell of another row cannot be this one's."""
    text = "甲 5 0 0 0 0 2 7"
    assert _read(text, {"1": [5, 0, 0, 0, 0, 2, 7]}).rows["received"].cell(0)
    assert _read(text, {"1": [5, 0, 0, 0, 0, 2, 7]}, {(2, 3)}).rows["received"].cell(0) is None


def test_what_is_complained_about():
    """A wrong length and words in place of a number are named, by the row's code."""
    sayings = _read("x", {"1": [1, 2], "2": ["五", 0, 0, 0, 0, 0, 0], "4": [None] * 7})
    assert "应有 7 格" in sayings.complaints["received"]
    assert "不是数" in sayings.complaints["carried_in"]
    assert not sayings.rows
