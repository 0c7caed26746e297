"""Cells as CSV in long form, one line a cell, safe to open in a spreadsheet program."""

from __future__ import annotations

import re
from collections.abc import Iterable

from extractor.render.marks import row_label
from extractor.result import Result
from extractor.schema import FORMS

HEADER = (
    "document", "part", "agency", "year", "edition", "address", "table", "row", "column", "value", "state", "trust",
    "raw", "unit", "start", "end",
)  # fmt: skip
"""Column names: `row` and `column` hold the printed labels, `start` and `end` the span of `raw` in code points."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_QUOTED = re.compile(r'[",\n\r]')
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def escaped(value: object) -> str:
    """`value` as a CSV field that no spreadsheet program runs: an apostrophe before whatever could start a formula,
    except before a plain number (`-17` stays a number). None is empty."""
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    text = str(value)
    dangerous = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if dangerous and not _NUMBER.fullmatch(text) else text


def line(fields: Iterable[object]) -> str:
    """Fields with commas between; the csv module would leave a lone CR unquoted, which readers take for a line end."""
    texts = (escaped(field) for field in fields)
    return ",".join('"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text for text in texts)


def header() -> str:
    return line(HEADER) + "\n"


def rows(result: Result) -> str:
    """The lines of one result, in printed order of the form."""
    source, report = result.document, result.report
    about = line((source.name, source.part, report.agency, report.year, report.edition))
    lines = []
    for table in FORMS[report.edition].tables:
        for row in table.rows:
            label = line((row_label(row, "zh", group=True),))
            for column in row.columns:
                address = f"{table.name}.{row.key}.{column.key}"
                if (cell := result.cells.get(address)) is None:
                    continue
                place = f"{about},{address},{table.name},{label},{column.label}"
                printed = line((cell.value, cell.state, cell.trust, cell.raw, cell.unit, *(cell.span or (None, None))))
                lines.append(f"{place},{printed}\n")
    return "".join(lines)
