"""The rule reader: every table of a document, read without a model."""

from __future__ import annotations

import re
from itertools import pairwise

from extractor.document import Document
from extractor.readers.captions import mark_captions
from extractor.readers.proceedings import read_proceedings
from extractor.readers.rows import CAPTION, TableReading, Tables
from extractor.readers.tables import TableReader
from extractor.schema import FORMS, Edition, Form

RULES = "1"
"""Version of the reading rules; results record it, stores tell by it which results are old."""

_WORDS_2021 = ("制发件数", "废止件数", "逾期不补正", "本年收费金额")
_WORDS_2019 = ("新制作", "新公开数量", "对外公开总数", "上一年项目", "政府集中采购", "其他对外管理服务")
_IN_FORCE = re.compile(r"现行\s*有效\s*件")
_OF_2021 = re.compile("|".join([*_WORDS_2021, _IN_FORCE.pattern]))
_OF_2019 = re.compile("|".join(_WORDS_2019))
_YEAR = re.compile(r"(20[12]\d)\s*年?度?\s*(?:政府信息公开|信息公开)")


def edition_of(folded: str, low: int, high: int) -> Edition:
    """The form in use, by the printed headers; without any, by the first year named with 政府信息公开 (2021 unless 2019 or 2020)."""
    new = _named(_WORDS_2021, folded, low, high) + len(set(_IN_FORCE.findall(folded, low, high)))
    old = _named(_WORDS_2019, folded, low, high)
    if new != old:
        return "2021" if new > old else "2019"
    year = _YEAR.search(folded, low, high)
    return "2019" if year and year[1] in ("2019", "2020") else "2021"


def _named(words: tuple[str, ...], folded: str, low: int, high: int) -> int:
    return len([word for word in words if folded.find(word, low, high) >= 0])


def _mark_other_edition(folded: str, form: Form, disclosure: list[TableReading]) -> None:
    """Doubt a first table whose headers are those of the other form: its numbers are of other columns, and it is no copy."""
    own, other = (_OF_2021, _OF_2019) if form.edition == "2021" else (_OF_2019, _OF_2021)
    for table in disclosure:
        foreign = other.search(folded, *table.span)
        if foreign and len(other.findall(folded, *table.span)) > len(own.findall(folded, *table.span)):
            table.doubts.add(CAPTION)


def read_tables(document: Document, folded: str) -> tuple[Form, Tables]:
    """The form and every printing of its tables in the document's window. `folded` is `fold(document.text)`."""
    low, high = document.window
    form = FORMS[edition_of(folded, low, high)]
    reader = TableReader(document, folded, form)
    proceedings = read_proceedings(document, folded, form, reader.index, low, high)
    bounds = [low, *(edge for printing in proceedings for edge in printing.span), high]
    applications: list[TableReading] = []
    for begin, end in zip(bounds[::2], bounds[1::2], strict=True):
        applications += reader.applications(begin, end, thorough=not applications)
    starts = [table.span[0] for table in applications] or [proceedings[0].span[0] if proceedings else high]
    disclosure = [table for begin, end in pairwise([low, *starts]) for table in reader.disclosure(begin, end)]
    _mark_other_edition(folded, form, disclosure)
    tables = Tables(disclosure, applications, proceedings)
    mark_captions(folded, low, high, tables)
    return form, tables
