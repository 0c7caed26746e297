"""Names of columns: the addresses themselves, or names that statistics programs take."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

from extractor.schema import FORMS, Column

LONGEST = 32
STATE, SHORT_STATE = ".state", "_s"
"""What the name of a value's state ends in."""


@cache
def columns() -> dict[str, Column]:
    """Every address, in printed order, those of the 2021 edition first."""
    return {
        f"{table.name}.{row.key}.{column.key}": column
        for edition in ("2021", "2019")
        for table in FORMS[edition].tables
        for row in table.rows
        for column in row.columns
    }


def short(addresses: tuple[str, ...]) -> dict[str, str]:
    """A name for each address: small letters, digits and underscores, unique also with `SHORT_STATE` behind it, then still of
    at most 32 characters. It depends on the address alone, unless two would be the same."""
    made = {address: _abbreviated(address) for address in addresses}
    often = Counter(made.values())
    return {address: name if often[name] == 1 else _numbered(address, name) for address, name in made.items()}


def _abbreviated(address: str) -> str:
    """The initial of the table, and the words of row and column, all cut after as many letters as there is room for."""
    table, row, column = address.split(".")
    words = [table[0], *row.split("_"), *column.split("_")]
    room = LONGEST - len(SHORT_STATE)
    for letters in range(max(map(len, words)), 0, -1):
        name = "_".join(word[:letters] for word in words)
        if len(name) <= room:
            return name
    return _numbered(address, table[0])


def _numbered(address: str, name: str) -> str:
    return f"{name[: LONGEST - len(SHORT_STATE) - 7]}_{hashlib.sha256(address.encode()).hexdigest()[:6]}"
