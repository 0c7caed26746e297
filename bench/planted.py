"""Planted errors: how often the arithmetic notices them, and how often it says what went wrong.

Random consistent tables of both editions with 10 … 50,000 applications; changes that change nothing are not counted, and
those that break no equation are counted apart. `python bench/planted.py [tables] [seed]` prints one line a kind of error.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from consistent import figures, rows_of
from extractor.equations import assess, equations
from extractor.explain import Component, explain
from extractor.schema import EDITIONS, FORMS, Edition

SIZES = (10, 30, 100, 400, 2_000, 10_000, 50_000)
Values = dict[str, int]
Plant = Callable[[Random, Edition, Values], "Values | None"]
"""Cells with their wrong values; None if the table has no place for the error."""


def consistent(random: Random, edition: Edition, size: int) -> Values:
    """The counts of the applications and proceedings of a table that satisfies every equation."""
    shown = figures(random, edition, size)
    return {address: int(value) for address, value in shown.items() if not address.startswith("disclosure.")}


def _cells(values: Values, table: str) -> list[str]:
    return [address for address in values if address.startswith(table + ".")]


def _row(random: Random, edition: Edition, values: Values) -> list[str]:
    """The cells of a row of the applications that is not all zeros."""
    rows = [row.key for row in rows_of(FORMS[edition]) if values[f"applications.{row.key}.total"]]
    return _cells(values, f"applications.{random.choice(rows)}")


def _wrong(random: Random, value: int) -> int:
    """A misprint: a little off, any number of that size, a digit more, or 0."""
    way = random.randrange(4)
    if way == 0:
        return max(0, value + random.choice((-2, -1, 1, 2)))
    if way == 1:
        return random.randrange(2 * value + 10)
    return int(f"{value}{random.randrange(10)}") if way == 2 else 0


def _one(table: str) -> Plant:
    def plant(random: Random, _edition: Edition, values: Values) -> Values:
        cell = random.choice(_cells(values, table))
        return {cell: _wrong(random, values[cell])}

    return plant


def two_cells(random: Random, _edition: Edition, values: Values) -> Values:
    """Two cells of the applications, anywhere."""
    return {cell: _wrong(random, values[cell]) for cell in random.sample(_cells(values, "applications"), 2)}


def three_cells(random: Random, _edition: Edition, values: Values) -> Values:
    """Three cells of the applications, anywhere."""
    return {cell: _wrong(random, values[cell]) for cell in random.sample(_cells(values, "applications"), 3)}


def swapped(random: Random, edition: Edition, values: Values) -> Values:
    """Two cells of a row exchanged, or of a column."""
    if random.random() < 0.7:
        one, other = random.sample(_row(random, edition, values), 2)
    else:
        rows = [row.key for row in rows_of(FORMS[edition])]
        column = random.choice(_row(random, edition, values)).rpartition(".")[2]
        one, other = (f"applications.{row}.{column}" for row in random.sample(rows, 2))
    return {one: values[other], other: values[one]}


def shifted(random: Random, edition: Edition, values: Values) -> Values | None:
    """A row moved by one column to the left or right, with or without its total; a 0 is put in."""
    cells = _row(random, edition, values)
    printed = [values[cell] for cell in cells]
    parts, total = printed[:6], printed[6:]
    ways = [[0, *printed[:6]]]
    if parts[0] == 0:
        ways += [[*parts[1:], 0, *total], [*printed[1:], 0]]
    if parts[5] == 0:
        ways.append([0, *parts[:5], *total])
    return dict(zip(cells, random.choice(ways), strict=True))


def transposed(random: Random, _edition: Edition, values: Values) -> Values | None:
    """21 for 12 in one cell."""
    cells = [cell for cell in _cells(values, "applications") if len(set(str(values[cell]))) > 1]
    if not cells:
        return None
    cell = random.choice(cells)
    digits = list(str(values[cell]))
    at = random.choice([at for at in range(len(digits) - 1) if digits[at] != digits[at + 1]])
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return None if digits[0] == "0" else {cell: int("".join(digits))}


def stale_total(random: Random, edition: Edition, values: Values) -> Values:
    """A total that still says what it said before one of its parts grew."""
    cell = random.choice(_row(random, edition, values))
    row = cell.split(".")[1]
    grown = random.randint(1, max(1, values[cell]))
    total = cell if row == "concluded" else f"applications.{row}.total"
    return {total: max(0, values[total] - grown)}


PLANTS: dict[str, Plant] = {
    "one cell": _one("applications"),
    "proceedings": _one("proceedings"),
    "two cells": two_cells,
    "three cells": three_cells,
    "swapped": swapped,
    "shifted": shifted,
    "transposed": transposed,
    "stale total": stale_total,
}
KINDS = {
    "one cell": {"one_cell", "stale_total", "dropped_digit", "doubled_digit", "transposed_digits"},
    "swapped": {"swapped_cells", "shifted_row"},
    "shifted": {"shifted_row", "swapped_cells"},
    "transposed": {"transposed_digits"},
    "stale total": {"stale_total", "dropped_digit", "doubled_digit", "transposed_digits"},
}
"""What the right explanation may be called: a lone value beside its column is a shifted row as well as a swap with 0, and
a total that was not updated may look like a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A table with an error; `truth` holds the changed cells with what they should say."""

    edition: Edition
    size: int
    values: Values
    truth: Values


def planted(kind: str, tables: int, seed: int) -> Iterator[Planted]:
    """`tables` tables with an error of `kind`, sizes and editions in turn."""
    random = Random(f"{kind} {seed}")
    places = [(edition, size) for size in SIZES for edition in EDITIONS]
    made = 0
    while made < tables:
        edition, size = places[made % len(places)]
        values = consistent(random, edition, size)
        wrong = PLANTS[kind](random, edition, values)
        wrong = {cell: value for cell, value in (wrong or {}).items() if value != values[cell]}
        if not wrong or (kind == "two cells" and len(wrong) < 2) or (kind == "three cells" and len(wrong) < 3):
            continue
        made += 1
        yield Planted(edition, size, values | wrong, {cell: values[cell] for cell in wrong})


def explained(case: Planted) -> tuple[Component, ...]:
    """What `explain` makes of a table; nothing if no equation is violated."""
    violated = [e for e in equations(case.edition) if not assess(e, case.values).holds]
    return explain(case.edition, False, case.values, violated) if violated else ()


def place_of(case: Planted, components: tuple[Component, ...]) -> int | None:
    """0 if the truth is the first explanation (of each component together), 1 or 2 if it is a later one; None if none."""
    choices = [[(at, e) for at, e in enumerate(component.explanations)] for component in components]
    places = [
        max((at for at, _ in chosen), default=0)
        for chosen in product(*choices)
        if {cell.cell: cell.fits for _, e in chosen for cell in e.cells} == case.truth
    ]
    return min(places, default=None)


def figures_of(kind: str, tables: int, seed: int) -> Counter[str]:
    """How many of `tables` break no equation, and of the others how many are explained first, explained at all, called
    by a name that `KINDS` allows, and found in the right block alone."""
    count: Counter[str] = Counter()
    for case in planted(kind, tables, seed):
        components = explained(case)
        if not components:
            count["undetected"] += 1
            continue
        count["detected"] += 1
        place = place_of(case, components)
        count["first"] += place == 0
        count["among"] += place is not None
        names = {e.kind for component in components for e in component.explanations[:1]}
        count["named"] += place == 0 and names <= KINDS.get(kind, names)
        blocks = {cell.rpartition(".")[0] for cell in case.truth}
        count["block"] += len(components) == 1 and {f"proceedings.{components[0].equations[0].at}"} == blocks
    return count


def main() -> None:
    tables, seed = (int(argument) for argument in (*sys.argv[1:], *("400", "1")[len(sys.argv) - 1 :]))
    print(f"{tables} tables a kind, {SIZES[0]} … {SIZES[-1]} applications, seed {seed}")
    for kind in PLANTS:
        count = figures_of(kind, tables, seed)
        shown = [f"{name} {count[name] / count['detected']:7.2%}" for name in ("first", "among", "named")]
        if kind == "proceedings":
            shown = [f"block {count['block'] / count['detected']:7.2%}"]
        print(f"{kind:12} detected {count['detected'] / tables:7.2%} ", *shown)


if __name__ == "__main__":
    main()
