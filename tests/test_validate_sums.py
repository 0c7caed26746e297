"""Prose that states several cells in one number: a group of outcomes, all lawsuits; and what 答复 and 另 leave out."""

from __future__ import annotations

import pytest

from checked import SHOWN, found, right


def _sum(prefix: str, column: str = "total") -> int:
    return sum(int(value) for name, value in SHOWN.items() if name.startswith(prefix) and name.endswith(f".{column}"))


CONCLUDED = int(SHOWN["applications.concluded.total"])
UNAVAILABLE, SETTLED = _sum("applications.unavailable_"), _sum("applications.other_")
RECONSIDERED = int(SHOWN["proceedings.reconsideration.total"])
LAWSUITS = _sum("proceedings.direct_litigation.") + _sum("proceedings.litigation_after_reconsideration.")


def _said(words: str):
    return [(one.expected, one.actual) for one in found(right(f"（二）依申请公开。{words}"), "claim.table")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"办结{CONCLUDED}件，其中无法提供{UNAVAILABLE}件。", []),
        (f"办结{CONCLUDED}件，其中无法提供{UNAVAILABLE + 1}件。", [(str(UNAVAILABLE), str(UNAVAILABLE + 1))]),
        (f"发生行政复议{RECONSIDERED}件、行政诉讼{LAWSUITS}件。", []),
        (f"发生行政复议{RECONSIDERED}件、行政诉讼{LAWSUITS + 1}件。", [(str(LAWSUITS), str(LAWSUITS + 1))]),
        (f"发生行政复议{RECONSIDERED}件，行政诉讼{LAWSUITS + 1}件，均与信息公开无关。", []),
        (f"已答复{CONCLUDED - SETTLED}件。", []),
        (f"已答复{CONCLUDED - 1}件，另1件撤回。", []),
        (f"办结{CONCLUDED - 1}件。", [(str(CONCLUDED), str(CONCLUDED - 1))]),
    ],
)
def test_one_number_for_several_cells(words, expected):
    """A group of outcomes and all lawsuits are the sum of their cells; 答复 may leave out what was otherwise settled."""
    assert _said(words) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [("〔2021〕30号", []), ("〔2021〕20号", ["国办公开办函〔2021〕20号"]), ("〔2020〕30号", ["国办公开办函〔2020〕30号"])],
)
def test_a_number_like_that_of_the_form_is_asked(number, expected):
    """A document number near that of the form, cited for the form, is a slip of the pen."""
    text = right(f"按照国办公开办函{number}文件的格式编制。（一）主动公开。照常。")
    assert [one.raw for one in found(text, "reference.malformed")] == expected


def test_fees_are_asked_for_since_2021():
    """Information processing fees have been charged since 2021, so reports for earlier years need not state them."""
    silent = right().replace("未收取信息处理费。", "无其他事项。")
    assert found(silent, "fee.statement")
    assert not found(silent.replace("2023", "2020"), "fee.statement")
