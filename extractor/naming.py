"""What a person calls a cell, and the slip that may have spoiled it."""

from __future__ import annotations

from extractor.schema import FORMS

_FORMS = (FORMS["2019"], FORMS["2021"])  # what both have is called as in the later form
ROW_LABELS = {
    f"{table.name}.{row.key}": f"{row.number}{row.label}" for form in _FORMS for table in form.tables for row in table.rows
}
COLUMN_LABELS = {
    f"{table.name}.{row.key}.{column.key}": column.label
    for form in _FORMS
    for table in form.tables
    for row in table.rows
    for column in row.columns
}
SLIPS = {
    "one_cell": ("", ""),
    "two_cells": ("", ""),
    "several_cells": ("", ""),
    "transposed_digits": ("数字颠倒", "digits transposed"),
    "dropped_digit": ("漏一位数字", "a digit dropped"),
    "doubled_digit": ("多一位数字", "a digit doubled"),
    "swapped_cells": ("两格对调", "two cells exchanged"),
    "shifted_row": ("整行错位", "the row shifted by a column"),
    "stale_total": ("总计未更新", "a total not updated"),
    "blank_cell": ("空白格应有数字", "a blank cell that should hold a number"),
}
"""Kind of an explanation → Chinese, English; empty where it names no slip."""


def row_label(key: str) -> str:
    """The official label of a row (`applications.received`), with its number."""
    return ROW_LABELS.get(key, key)


def cell_label(address: str) -> str:
    """Row and column as printed, for a message."""
    return f"{row_label(address.rpartition('.')[0])}·{COLUMN_LABELS.get(address, address)}"
