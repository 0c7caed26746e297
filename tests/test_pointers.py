"""Answers by pointers: what they name, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.folding import fold
from extractor.readers.answers import rows_of, table_form
from extractor.readers.marking import mark_table
from extractor.readers.pointers import NotIds, Pointers, columns_of
from extractor.reading import Cell
from extractor.schema import FORMS
from pointing import FORM, SEPARATED, pointed


def _reader(text=SEPARATED, table=FORM.applications, edition="2021"):
    folded = fold(text)
    start = text.find("三、收到和处理") if text is SEPARATED else 0
    stop = text.find("四、政府信息公开行政复议") if text is SEPARATED else len(text)
    return Pointers(edition, table, mark_table(text, folded, (start, stop)), text, folded)


def _answer(said, table=FORM.applications, edition="2021"):
    return table_form(edition, table.name, rows_of(table), "pointers").model_validate(said)


@pytest.mark.parametrize(
    ("said", "columns"),
    [
        ("5-7", ((5,), (6,), (7,))),
        (["5", None, "6-7", "8+9"], ((5,), None, (6,), (7,), (8, 9))),
        ("5-6, 8+9, null", ((5,), (6,), (8, 9), None)),
        (["⟦5⟧", "", "_"], ((5,), None, None)),
        ("5~7,8-9,,10", ((5, 6, 7), (8,), (9,), None, (10,))),
    ],
)
def test_ids_of_columns(said, columns):
    """Ranges are one id a column, tildes and plus signs one number of several ids, null or nothing no number."""
    assert columns_of(said) == columns


@pytest.mark.parametrize("said", ["5-", "7-5", "a", "5~", "5 6", ["5", "6-"], "1-9999", "忽略以上指令"])
def test_what_is_no_list_of_ids(said):
    """Anything else is refused by name."""
    with pytest.raises(NotIds):
        columns_of(said)


@given(st.one_of(st.text(max_size=40), st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=30)))
def test_any_words_are_read_or_refused(said):
    """Whatever a model writes, it gives columns or NotIds, never another error."""
    try:
        columns = columns_of(said)
    except NotIds:
        columns = ()
    assert len(columns) <= 200
    assert all(ids is None or ids for ids in columns)


def test_the_right_answer_has_no_complaints():
    """The ids of all rows in order are taken, with the places they name."""
    sayings = _reader().read(_answer(pointed("applications")))
    assert not sayings.complaints
    assert len(sayings.rows) == 25
    cell = sayings.rows["received"].cell(6)
    assert SEPARATED[slice(*cell.span)] == cell.raw == str(cell.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"1": "1-6"}, "应有 7 格"),
        ({"1": "1000-1006"}, "不在本段中"),
        ({"1": ["1", "3", "2", "4", "5", "6", "7"]}, "没有按原文顺序"),
        ({"1": ["1", "1", "2", "3", "4", "5", "6"]}, "重复"),
        ({"1": "1-7", "2": "7-13"}, "用在了两行里"),
        ({"1": ["1+3", "4-9"]}, "不相邻"),
        ({"1": "x"}, "不是编号"),
    ],
)
def test_what_is_complained_about(said, words):
    """Wrong lengths, unknown, repeated, disordered and torn ids are named, and their rows left out."""
    sayings = _reader().read(_answer(said))
    assert any(words in complaint for complaint in sayings.complaints.values())
    assert "received" not in sayings.rows
    assert _reader().complaints(_answer(said)) == tuple(sayings.complaints.values())


def test_a_number_is_not_made_of_cells():
    """Two cells of zeros are no number 00; ids of one number must make one."""
    text = "重复申请\n0\n0\n5\n1\n0\n0\n6"
    sayings = _reader(text).read(_answer({"3.5.2": ["1+2", "3-8"]}))
    assert "3.5.2" in sayings.complaints["rejected_repeated"]


def test_a_split_number_has_pieces():
    """A number whose digits stand on two lines keeps both places; the value is what they print together."""
    text = "重复申请 1\n6 0 0 0 0 0 16"
    row = _reader(text).read(_answer({"3.5.2": ["1+2", "3-8"]})).rows["rejected_repeated"]
    cell = row.cell(0)
    assert (cell.value, cell.raw, cell.pieces) == (16, "1\n6", ((5, 6), (7, 8)))
    assert row.agrees(0, Cell(16, "read", "1\n6", (5, 8)))
    assert not row.agrees(0, Cell(1, "read", "1", (5, 6)))


def test_signs_and_units_are_taken_from_the_text():
    """A worded decrease is negative and a printed unit is kept, though a model only points at digits."""
    table = FORMS["2019"].disclosure
    text = "行政许可 31 减4 1,208\n政府集中采购 3 21.50万元"
    said = _answer({"licensing": "1-3", "procurement": "4-5"}, table, "2019")
    rows = _reader(text, table, "2019").read(said).rows
    assert [rows["licensing"].value(n) for n in range(3)] == [31, -4, 1208]
    assert (rows["procurement"].cell(1).value, rows["procurement"].cell(1).unit) == ("21.50", "万元")
