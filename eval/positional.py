"""The positional regex parse: what is usually written to read such tables offline, for comparison with the product.

Written for this purpose: find each row label in printed order, take the first numbers after it, as many as the row has
columns. It is given what a careful author would give it (labels matched over spaces and line breaks, the edition recognised,
numbering of the next label skipped), and it has no notion of a blank, of a lost separator or of doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

from extractor.reading import Cell
from extractor.schema import FORMS, Edition, Row, Table

NAME = "positional regex parse"

_NUMBER = re.compile(r"(?<![\d.])-?\d+(?:\.\d+)?(?![.、．]\s*[^\d\s])")
_PROCEEDINGS = re.compile(r"四、[^\n]{0,40}(?:行政复议|行政诉讼)")
_HEADERS = re.compile(r"总\s*计")
_LABEL = 8
"""Characters of a label that are looked for; longer ones are broken or cut too often."""


def read(text: str) -> dict[str, Cell]:
    """Address to value of whatever it takes for a cell; addresses it finds nothing for are left out."""
    edition: Edition = "2019" if re.search(r"新\s*制\s*作\s*数\s*量", text) else "2021"
    form = FORMS[edition]
    divided = "逾期不补正" in re.sub(r"\s", "", text)
    found: dict[str, Cell] = {}
    at = 0
    for table in (form.disclosure, form.applications):
        for row in _printed(table, divided):
            label = _pattern(row).search(text, at)
            if label is not None:
                at = label.end()
                found |= _cells(table, row, _NUMBER.finditer(text, at))
    heading = _PROCEEDINGS.search(text, at)
    if heading is not None:
        headers = list(_HEADERS.finditer(text, heading.end(), heading.end() + 600))
        numbers = _NUMBER.finditer(text, headers[-1].end() if headers else heading.end())
        for row in form.proceedings.rows:
            found |= _cells(form.proceedings, row, numbers)
    return found


def _printed(table: Table, divided: bool) -> list[Row]:
    replaced = {key for row in table.rows for key in row.replaces}
    if not any(row.key in replaced for row in table.rows):
        return list(table.rows)
    return [row for row in table.rows if (not row.replaces if divided else row.key not in replaced)]


@cache
def _pattern(row: Row) -> re.Pattern[str]:
    return re.compile(r"\s*".join(re.escape(character) for character in row.label[:_LABEL]))


def _cells(table: Table, row: Row, numbers: Iterator[re.Match[str]]) -> dict[str, Cell]:
    cells = {}
    for column, number in zip(row.columns, numbers, strict=False):
        value = Decimal(number.group())
        whole = column.kind != "amount" and value == value.to_integral_value()
        cells[f"{table.name}.{row.key}.{column.key}"] = Cell(
            value=int(value) if whole else str(value), state="read", raw=number.group(), span=number.span(), reader=NAME
        )
    return cells
