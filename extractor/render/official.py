"""The three tables of each edition as the official form prints them: pure data, derived from `FORMS`.

Headers, groups and labels that span several places are one cell with its spans, as in an HTML table. Source of the layout: the
forms that 国办公开办函〔2021〕30号 and 〔2019〕60号 prescribe.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from extractor.schema import FORMS, Column, Edition, Form, Row

_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_APPLICANTS = "申请人情况"
_CONTENT = "信息内容"
ENGLISH = {
    _NOTE: "item one plus item two equals item three plus item four",
    _APPLICANTS: "applicants",
    _CONTENT: "subject",
    "第二十条第（一）项": "article twenty, item one",
    "第二十条第（五）项": "article twenty, item five",
    "第二十条第（六）项": "article twenty, item six",
    "第二十条第（八）项": "article twenty, item eight",
    "第二十条第（九）项": "article twenty, item nine",
    "法人或其他组织": "legal persons and other organisations",
    "三、本年度办理结果": "outcomes of the year",
    "（三）不予公开": "refused",
    "（四）无法提供": "not available",
    "（五）不予处理": "not dealt with",
    "（六）其他处理": "dealt with otherwise",
    "行政诉讼": "litigation",
}
"""What the labels mean that are neither a row's nor a column's; those are called by their key."""


class Printed(NamedTuple):
    """A printed cell: the label `text`, or the value of `address`. `key` is the row or column that the label names, empty
    for a group or a heading; spans count rows and columns of the table."""

    text: str = ""
    address: str = ""
    rowspan: int = 1
    colspan: int = 1
    key: str = ""

    @property
    def english(self) -> str:
        """What the label means; empty for a value."""
        return self.key.replace("_", " ") or ENGLISH.get(self.text, "")

    def label(self, lang: str) -> str:
        """The text as the form prints it; in English its meaning follows on a second line."""
        return f"{self.text}\n{self.english}".strip() if lang == "en" else self.text


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """A table as printed, `width` columns wide: every row holds the cells that begin in it, from left to right."""

    name: str
    width: int
    rows: tuple[tuple[Printed, ...], ...]


@cache
def official_tables(edition: Edition, *, undivided: bool = False) -> tuple[OfficialTable, OfficialTable, OfficialTable]:
    """The tables in printed order; with `undivided` （六）其他处理 is one row, as in the 2019 edition."""
    form = FORMS[edition]
    return _disclosure(form), _applications(form, undivided=undivided), _proceedings(form)


def _named(column: Column, rowspan: int = 1, colspan: int = 1) -> Printed:
    return Printed(column.label, "", rowspan, colspan, column.key)


def _disclosure(form: Form) -> OfficialTable:
    """Blocks below each other, the last column of each as wide as the widest block leaves it."""
    width = 1 + max(len(row.columns) for row in form.disclosure.rows)
    rows: list[tuple[Printed, ...]] = []
    group = None
    for row in form.disclosure.rows:
        last = width - len(row.columns)
        if row.group != group:
            group = row.group
            *columns, end = row.columns
            rows.append((Printed(group or "", colspan=width),))
            rows.append((Printed(_CONTENT), *map(_named, columns), _named(end, colspan=last)))
        addresses = [f"disclosure.{row.key}.{column.key}" for column in row.columns]
        values = (Printed(address=address) for address in addresses[:-1])
        rows.append((Printed(row.label, key=row.key), *values, Printed(address=addresses[-1], colspan=last)))
    return OfficialTable("disclosure", width, tuple(rows))


def _applications(form: Form, *, undivided: bool) -> OfficialTable:
    """Three columns of labels (result, group, outcome), then the seven of numbers."""
    replaced = {key for row in form.applications.rows if undivided and form.optional(row) for key in row.replaces}
    printed = [row for row in form.applications.rows if row.key not in replaced and (undivided or not form.optional(row))]
    columns = printed[0].columns
    inner = [column for column in columns if column.under]
    under = Printed(inner[0].under or "", colspan=len(inner))
    middle = [under if column is inner[0] else _named(column, rowspan=2) for column in columns if column not in inner[1:]]
    rows = [
        (Printed(_NOTE, rowspan=3, colspan=3), Printed(_APPLICANTS, colspan=len(columns))),
        tuple(middle),
        tuple(map(_named, inner)),
    ]
    outcome = next(row.group for row in printed if row.group is not None)
    seen: set[str] = set()
    for row in printed:
        groups = [] if row.group is None else [outcome] if row.group == outcome else [outcome, row.group]
        heads = [Printed(group, rowspan=_height(printed, group, outcome)) for group in groups if group not in seen]
        seen.update(groups)
        label = Printed(row.number + row.label, colspan=3 - len(groups), key=row.key)
        rows.append((*heads, label, *(Printed(address=f"applications.{row.key}.{column.key}") for column in row.columns)))
    return OfficialTable("applications", 3 + len(columns), tuple(rows))


def _height(rows: list[Row], group: str, outcome: str) -> int:
    """How many rows a group spans; that of the outcomes spans the others."""
    return sum(row.group is not None if group == outcome else row.group == group for row in rows)


def _proceedings(form: Form) -> OfficialTable:
    blocks = form.proceedings.rows
    sole = [block for block in blocks if block.group is None]
    suits = [block for block in blocks if block.group]
    width = len(blocks[0].columns)
    rows = (
        (
            *(Printed(block.label, colspan=width, key=block.key) for block in sole),
            Printed(suits[0].group or "", colspan=width * len(suits)),
        ),
        (
            *(_named(column, rowspan=2) for block in sole for column in block.columns),
            *(Printed(block.label, colspan=width, key=block.key) for block in suits),
        ),
        tuple(_named(column) for block in suits for column in block.columns),
        tuple(Printed(address=f"proceedings.{block.key}.{column.key}") for block in blocks for column in block.columns),
    )
    return OfficialTable("proceedings", width * len(blocks), rows)
