"""What one cell says: its number, its unit, or why it has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.folding import fold
from extractor.readers.numerals import Printed, read_cell
from extractor.schema import Column

COUNT, CHANGE, AMOUNT = Column("件数"), Column("本年增/减", kind="change"), Column("金额", kind="amount")


@pytest.mark.parametrize(
    ("printed", "column", "state", "value", "unit"),
    [
        ("0", COUNT, "read", 0, None),
        ("134", COUNT, "read", 134, None),
        (" 1 0 ", COUNT, "read", 10, None),
        ("1\n2", COUNT, "read", 12, None),
        ("１２３", COUNT, "read", 123, None),
        ("1,234", COUNT, "read", 1234, None),
        ("12，345，678", COUNT, "read", 12_345_678, None),
        ("17（其中修订9件）", COUNT, "read", 17, None),
        ("17件", COUNT, "read", 17, "件"),
        ("3宗", COUNT, "read", 3, "宗"),
        ("+215", COUNT, "read", 215, None),
        ("8.00", COUNT, "read", 8, None),
        ("-3", COUNT, "read", -3, None),
        ("", COUNT, "blank", None, None),
        (" \u3000\u00a0", COUNT, "blank", None, None),
        ("/", COUNT, "not_applicable", None, None),
        ("—", COUNT, "not_applicable", None, None),
        ("--", COUNT, "not_applicable", None, None),
        ("无", COUNT, "not_applicable", None, None),
        ("8.5", COUNT, "unreadable", None, None),
        ("007", COUNT, "unreadable", None, None),
        ("1,23", COUNT, "unreadable", None, None),
        ("3/4", COUNT, "unreadable", None, None),
        ("0/0", COUNT, "unreadable", None, None),
        ("增12", COUNT, "unreadable", None, None),
        ("约12", COUNT, "unreadable", None, None),
        ("12余", COUNT, "unreadable", None, None),
        ("O", COUNT, "unreadable", None, None),
        ("十二", COUNT, "unreadable", None, None),
        ("□", COUNT, "unreadable", None, None),
        ("②", COUNT, "unreadable", None, None),
        ("١٢", COUNT, "unreadable", None, None),
        ("9" * 30, COUNT, "unreadable", None, None),
        ("15^1", COUNT, "unreadable", None, None),
        ("12~~15", COUNT, "unreadable", None, None),
        ("增12", CHANGE, "read", 12, None),
        ("增加5", CHANGE, "read", 5, None),
        ("新增3", CHANGE, "read", 3, None),
        ("减4", CHANGE, "read", -4, None),
        ("减少4项", CHANGE, "read", -4, "项"),
        ("-17", CHANGE, "read", -17, None),
        ("－17", CHANGE, "read", -17, None),
        ("+1", CHANGE, "read", 1, None),
        ("0/0", CHANGE, "read", 0, None),
        ("3/3", CHANGE, "read", 3, None),
        ("3/4", CHANGE, "unreadable", None, None),
        ("增", CHANGE, "unreadable", None, None),
        ("减", CHANGE, "unreadable", None, None),
        ("增/减", CHANGE, "unreadable", None, None),
        ("386000元", AMOUNT, "read", "386000", "元"),
        ("23.6万元", AMOUNT, "read", "23.6", "万元"),
        ("23.6（万元）", AMOUNT, "read", "23.6", "万元"),
        ("8.00", AMOUNT, "read", "8.00", None),
        ("3058.417206", AMOUNT, "read", "3058.417206", None),
        ("1,234.50", AMOUNT, "read", "1234.50", None),
        ("0", AMOUNT, "read", "0", None),
        ("0.00", AMOUNT, "read", "0.00", None),
    ],
)
def test_content_of_a_cell(printed, column, state, value, unit):
    """A number is read only where a number is certain; its unit is kept and never converted."""
    assert read_cell(fold(printed), column) == Printed(state, value, unit)


@given(st.integers(0, 10**9), st.sampled_from(["", " ", "\u3000", "件", "（其中修订9件）"]), st.booleans(), st.booleans())
def test_any_number_in_any_dress(number, tail, separated, wide):
    """Thousands separators, full-width digits, units and notes do not change a number."""
    printed = f"{number:,}" if separated else str(number)
    if wide:
        printed = printed.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789,"})
    assert read_cell(fold(printed + tail), COUNT).value == number


@given(st.text(max_size=12), st.sampled_from([COUNT, CHANGE, AMOUNT]))
def test_whatever_is_printed_has_a_state(printed, column):
    """Any text has a state, a value exactly where it is read, and no digit of the value is missing from the text."""
    cell = read_cell(fold(printed), column)
    assert (cell.state == "read") == (cell.value is not None)
    if cell.value is not None:
        digits = [character for character in fold(printed) if character in "0123456789"]
        assert all(digit in digits for digit in str(cell.value) if digit.isdigit())
