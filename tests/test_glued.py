"""Tables that lost every separator, from whole text to cells: never wrong, and nearly everything is read.

`NIANBAO_TABLES` sets how many tables of each edition and size (default 3); `-s` shows the shares read and the times.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from consistent import figures, report, rows_of
from extractor.cuts import Run
from extractor.pipeline import extract_all
from extractor.readers.rows import OpenDigits, without_label_number
from extractor.schema import EDITIONS, FORMS
from labelled import misplaced, tell, unproven

TABLES = int(os.environ.get("NIANBAO_TABLES", "3"))
SIZES = tuple(10**digits for digits in range(1, 8))
EACH = pytest.mark.parametrize("edition", EDITIONS)


def _read(edition, shown):
    text = report(edition, shown)
    (result,) = extract_all(text.encode(), "glued.txt")
    assert result.report.edition == edition
    assert unproven(result, text) == []
    assert misplaced(result) == []
    return result


def _misread(result, shown, meant) -> list:
    """Values that are not called doubtful and not printed at their address (nor meant there, where the damage of a row
    leaves its digits as they were)."""
    bad = []
    for address, cell in result.cells.items():
        if cell.value is None or cell.trust == "doubtful":
            continue
        row = address.rpartition(".")[0]
        same = _digits(row, shown) == _digits(row, meant)
        if not any(
            number and Decimal(number) == Decimal(cell.value) for number in (shown.get(address), same and meant[address])
        ):
            bad.append((address, cell.value, cell.trust, shown.get(address)))
    return bad


def _digits(row, shown) -> str:
    """What is printed in a row; the third table is one row."""
    if row.startswith("proceedings."):
        row = "proceedings"
    return "".join(number for address, number in shown.items() if address.startswith(row + "."))


def _shares(results, edition) -> str:
    """How many application rows are read without doubt, read with doubt, and left open."""
    rows: Counter = Counter()
    for result in results:
        for row in rows_of(FORMS[edition]):
            cell = result.cells[f"applications.{row.key}.total"]
            rows["open" if cell.value is None else "doubtful" if cell.trust == "doubtful" else "read"] += 1
    return ", ".join(f"{rows[name] / rows.total():.1%} {name}" for name in ("read", "doubtful", "open"))


def _misprint(random, shown) -> None:
    """One digit of one printed number changed, dropped or doubled."""
    address = random.choice([address for address, number in shown.items() if number and not address.endswith("amount")])
    number = shown[address]
    at = random.randrange(len(number))
    digit = random.choice([digit for digit in "0123456789" if digit != number[at] and (digit != "0" or at or len(number) == 1)])
    shown[address] = random.choice(
        (number[:at] + digit + number[at + 1 :], number[:at] + number[at + 1 :], number[:at] + number[at] + number[at:])
    )


def _blank(random, shown) -> None:
    """One zero left out."""
    zeros = [address for address, number in shown.items() if number == "0"]
    if zeros:
        shown[random.choice(zeros)] = ""


@EACH
def test_consistent_tables(edition):
    """One to seven digits: nothing is read wrong, nothing is doubtful, at least 99 % of the application rows are read."""
    results = []
    for number in range(len(SIZES) * max(TABLES, 10)):
        shown = figures(Random(f"{edition} {number}"), edition, SIZES[number % len(SIZES)])
        result = _read(edition, shown)
        assert _misread(result, shown, shown) == []
        assert not any(cell.trust == "doubtful" for address, cell in result.cells.items() if address[0] == "a")
        results.append(result)
    rows = [f"applications.{row.key}" for row in rows_of(FORMS[edition])]
    left_open = sum(row in result.unplaced for result in results for row in rows)
    tell(f"{edition}, consistent: {_shares(results, edition)}")
    assert left_open <= 0.01 * len(rows) * len(results)


DAMAGES = {
    "one misprint": (_misprint, 1),
    "two misprints": (_misprint, 2),
    "one blank": (_blank, 1),
    "three blanks": (_blank, 3),
    "twenty blanks": (_blank, 20),
    "all zeros blank": (_blank, 200),
}


@EACH
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_tables(edition, damage):
    """With misprints or blanks somewhere in the three tables still nothing is wrong unless it is called doubtful."""
    apply, times = DAMAGES[damage]
    results = []
    for number in range(len(SIZES) * TABLES):
        random = Random(f"{edition} {damage} {number}")
        meant = figures(random, edition, SIZES[number % len(SIZES)])
        shown = dict(meant)
        for _ in range(times):
            apply(random, shown)
        result = _read(edition, shown)
        assert _misread(result, shown, meant) == []
        results.append(result)
    tell(f"{edition}, {damage}: {_shares(results, edition)}")


def test_time():
    """Reading a glued report stays far below five seconds whatever its figures; the times are printed, not tested."""
    worst = 0.0
    for size in (50, 500, 5_000, 50_000, 5_000_000):
        times = []
        for number in range(10):
            text = report("2021", figures(Random(f"time {size} {number}"), "2021", size)).encode()
            begun = time.process_time()
            extract_all(text, "glued.txt")
            times.append(time.process_time() - begun)
        tell(f"{size} applications: median {sorted(times)[5] * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} ms")
        worst = max(worst, *times)
    for number in range(10):
        random = Random(f"noise {number}")
        shown = {a: str(random.randrange(10 ** random.randint(1, 7))) for a in FORMS["2021"].addresses()}
        text = report("2021", shown).encode()
        begun = time.process_time()
        extract_all(text, "glued.txt")
        worst = max(worst, time.process_time() - begun)
    tell(f"worst, over random digits too: {worst * 1e3:.0f} ms")
    assert worst < 5


def test_the_number_of_the_next_label_may_be_a_token_of_its_own():
    """Where the last printed token is the next label's number, what is left has no boundary at its end."""
    digits = OpenDigits((Run("1231", 2, frozenset({3}), frozenset({3}), ()),), (0, 1, 2, 3), {}, glued=True)
    _, shorter = without_label_number(digits, "1").runs
    assert (shorter.digits, shorter.required, shorter.allowed) == ("123", frozenset(), frozenset())
