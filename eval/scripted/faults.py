"""How a model goes wrong, each way by itself, at a rate and with a seed.

A fault of content damages the sheet that the labels give, before it is written as JSON; a fault of form damages the JSON; a
fault of transport keeps the answer from arriving. Where an answer is given by pointers, a wrong digit is a wrong id: a digit
itself cannot be invented there.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from extractor.errors import UsageError
from extractor.schema import FORMS


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as the answer gives it: the `ids` of its digits in the prompt, and its `value` as printed."""

    ids: tuple[int, ...]
    value: str


Row = list[Entry | None]


@dataclass(slots=True)
class Sheet:
    """The answer about one table before it is written: row key to its cells in printed order, None where no number stands.
    `known` are all ids of the prompt with the number that each begins; `pointing` says that ids are asked for, not values."""

    table: str
    rows: dict[str, Row]
    known: Mapping[int, str] = field(default_factory=dict)
    pointing: bool = True

    def cells(self, wanted: Callable[[Entry | None], bool]) -> list[tuple[str, int]]:
        """Row key and column of every cell of that kind."""
        return [(key, at) for key, row in self.rows.items() for at, entry in enumerate(row) if wanted(entry)]


_Damage = Callable[[Sheet, random.Random, float], None]
"""Damages a sheet in place; the share (0 to 1) says how much of what can be damaged, and one thing always is."""


def _some(items: Sequence[tuple[str, int]], rng: random.Random, share: float) -> list[tuple[str, int]]:
    return rng.sample(list(items), min(len(items), max(1, round(share * len(items)))))


def _filled(entry: Entry | None) -> bool:
    return entry is not None


def _other(sheet: Sheet, rng: random.Random, entry: Entry, value: str) -> Entry:
    """Another entry instead of this one: an id of the prompt that prints `value` if there is one, else any; or the value."""
    if not sheet.pointing:
        return replace(entry, value=value)
    others = [key for key in sheet.known if key not in entry.ids]
    fitting = [key for key in others if sheet.known[key] == value]
    if not others:
        return entry
    chosen = rng.choice(fitting or others)
    return Entry((chosen,), sheet.known[chosen])


def _wrong_digits(sheet: Sheet, rng: random.Random, share: float) -> None:
    for key, at in _some(sheet.cells(_filled), rng, share):
        entry = sheet.rows[key][at]
        assert entry is not None
        spot = rng.choice([n for n, c in enumerate(entry.value) if c.isdigit()])
        digit = rng.choice([c for c in "0123456789" if c != entry.value[spot]])
        sheet.rows[key][at] = _other(sheet, rng, entry, entry.value[:spot] + digit + entry.value[spot + 1 :])


def _transposed_digits(sheet: Sheet, rng: random.Random, share: float) -> None:
    """Two neighbouring digits exchanged; where each number has one id, two neighbouring cells."""

    def torn(entry: Entry | None) -> bool:
        return entry is not None and any(a != b for a, b in zip(entry.value, entry.value[1:], strict=False))

    for key, at in _some(sheet.cells(torn), rng, share):
        entry, row = sheet.rows[key][at], sheet.rows[key]
        if entry is None or len(entry.value) < 2:
            continue
        spots = [n for n in range(len(entry.value) - 1) if entry.value[n] != entry.value[n + 1]]
        if not spots:
            continue
        spot = rng.choice(spots)
        value = entry.value[:spot] + entry.value[spot + 1] + entry.value[spot] + entry.value[spot + 2 :]
        if not sheet.pointing:
            row[at] = replace(entry, value=value)
        elif len(entry.ids) > 1:
            row[at] = replace(entry, ids=(*entry.ids[1:], entry.ids[0]))
        else:
            other = at - 1 if at else at + 1
            if other < len(row):
                row[at], row[other] = row[other], row[at]


def _shifted_rows(sheet: Sheet, rng: random.Random, share: float) -> None:
    """Rows one column beside their own, or, from some row on, each row under the label of its neighbour."""
    if rng.random() < 0.5:
        for key in sorted({key for key, _ in _some(sheet.cells(_filled), rng, share)}):
            row = sheet.rows[key]
            sheet.rows[key] = rng.choice([[*row[1:], row[0]], [*row[1:], None], [None, *row[:-1]]])
        return
    width = max((len(row) for row in sheet.rows.values()), default=0)
    keys = [key for key, row in sheet.rows.items() if len(row) == width]
    keys = keys[rng.randrange(max(1, len(keys) - 1)) :]
    moved = rng.choice([[*keys[1:], keys[0]], [keys[-1], *keys[:-1]]]) if keys else []
    sheet.rows |= dict(zip(keys, [sheet.rows[key] for key in moved], strict=True))


def _swapped_rows(sheet: Sheet, rng: random.Random, share: float) -> None:
    keys = [key for key in sheet.rows if any(sheet.rows[key])]
    for one, _ in _some([(key, 0) for key in keys], rng, share / 2):
        alike = [key for key in keys if key != one and len(sheet.rows[key]) == len(sheet.rows[one])]
        if alike:
            other = rng.choice(alike)
            sheet.rows[one], sheet.rows[other] = sheet.rows[other], sheet.rows[one]


def _swapped_columns(sheet: Sheet, rng: random.Random, _share: float) -> None:
    width = max((len(row) for row in sheet.rows.values()), default=0)
    if width > 1:
        one, other = rng.sample(range(width), 2)
        for row in sheet.rows.values():
            if len(row) == width:
                row[one], row[other] = row[other], row[one]


def _invented_rows(sheet: Sheet, rng: random.Random, share: float) -> None:
    """Numbers in a row where none stand; where every row is full, a row is overwritten."""
    empty = [key for key, row in sheet.rows.items() if not any(row)] or list(sheet.rows)
    ids = list(sheet.known)
    for key, _ in _some([(key, 0) for key in empty], rng, share):
        width = len(sheet.rows[key])
        numbers = [str(rng.choice((0, 0, 1, 2, rng.randrange(100)))) for _ in range(width)]
        chosen = [rng.choice(ids) if ids else 0 for _ in range(width)]
        sheet.rows[key] = [
            Entry((one,), sheet.known.get(one, number) if sheet.pointing else number)
            for one, number in zip(chosen, numbers, strict=True)
        ]


def _blank_zero(sheet: Sheet, rng: random.Random, share: float) -> None:
    """A blank read as 0, or a 0 as a blank; by pointers, a blank that points at a 0 of another place."""
    zeros = [key for key, value in sheet.known.items() if value == "0"]
    for key, at in _some(sheet.cells(lambda entry: entry is None or entry.value == "0"), rng, share):
        if sheet.rows[key][at] is not None:
            sheet.rows[key][at] = None
        elif not sheet.pointing or zeros:
            sheet.rows[key][at] = Entry((rng.choice(zeros),) if zeros else (), "0")


def _repaired_totals(sheet: Sheet, rng: random.Random, _share: float) -> None:
    """Totals of rows as the sum of their parts, whatever is printed; and the last column's, as the sum of the outcomes."""
    for row in sheet.rows.values():
        if len(row) in (5, 7):
            _fit(sheet, rng, row, len(row) - 1, [entry for entry in row[:-1] if entry])
    if sheet.table != "applications" or "concluded" not in sheet.rows:
        return
    table = FORMS["2021"].applications
    outcomes = [sheet.rows[row.key] for row in table.rows if row.part_of == "concluded" and row.key in sheet.rows]
    for at in range(len(sheet.rows["concluded"])):
        _fit(sheet, rng, sheet.rows["concluded"], at, [entry for row in outcomes if (entry := row[at])])


def _fit(sheet: Sheet, rng: random.Random, row: Row, at: int, parts: Sequence[Entry]) -> None:
    total = str(sum(int(Decimal(part.value)) for part in parts))
    before = row[at]
    if not parts or (before is not None and before.value == total):
        return
    if not sheet.pointing or total in sheet.known.values():
        row[at] = _other(sheet, rng, before or Entry((), total), total)


def _unknown_ids(sheet: Sheet, rng: random.Random, share: float) -> None:
    """Ids that the prompt does not have; an answer without ids gets a number that no report prints."""
    beyond = max(sheet.known, default=0)
    for key, at in _some(sheet.cells(_filled), rng, share):
        sheet.rows[key][at] = Entry((beyond + rng.randrange(1, 500),), str(rng.randrange(10**7, 10**8)))


CONTENT: Mapping[str, _Damage] = {
    "wrong_digits": _wrong_digits,
    "transposed_digits": _transposed_digits,
    "shifted_rows": _shifted_rows,
    "swapped_rows": _swapped_rows,
    "swapped_columns": _swapped_columns,
    "invented_rows": _invented_rows,
    "blank_zero": _blank_zero,
    "repaired_totals": _repaired_totals,
    "unknown_ids": _unknown_ids,
}
FORM = ("malformed_json", "fences", "think", "truncation", "empty", "refusal", "missing_usage")
TRANSPORT = ("status_401", "status_429", "status_500", "reset", "slow")
KINDS: tuple[str, ...] = (*CONTENT, *FORM, *TRANSPORT)


def parse_faults(given: Sequence[str]) -> dict[str, float]:
    """`["swapped_rows=0.3", "reset"]` → rates from 0 to 1; a kind without a rate always happens. Raises UsageError."""
    rates: dict[str, float] = {}
    for item in given:
        kind, _, rate = item.partition("=")
        try:
            rates[kind] = float(rate) if rate else 1.0
        except ValueError:
            rates[kind] = -1.0
        if kind not in KINDS or not 0 <= rates[kind] <= 1:
            raise UsageError(
                item,
                ("没有这种差错，或比率不在 0 与 1 之间", "there is no such fault, or its rate is not between 0 and 1"),
                (f"写作 种类=比率，种类有：{' '.join(KINDS)}", f"write kind=rate; kinds: {' '.join(KINDS)}"),
            )
    return rates


@dataclass(frozen=True, slots=True)
class Chances:
    """What goes wrong with one answer. Seed, request and how often it was seen before decide, not the order of arrival.
    `done` collects the content faults that changed something."""

    kinds: frozenset[str]
    seed: str
    done: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, rates: Mapping[str, float], seed: int, request: str, times: int) -> Chances:
        """Draw for the `times`-th arrival of a request."""
        name = hashlib.sha256(f"{seed}\0{times}\0{request}".encode()).hexdigest()
        drawn = {kind for kind, rate in rates.items() if random.Random(f"{name} {kind}").random() < rate}
        return cls(frozenset(drawn), name)

    def damage(self, sheet: Sheet) -> None:
        """Every content fault that was drawn, done to the sheet: half of the time in one place, else in a random share."""
        for kind, done in CONTENT.items():
            if kind in self.kinds:
                rng = random.Random(f"{self.seed} {kind} {sheet.table}")
                before = {key: list(row) for key, row in sheet.rows.items()}
                done(sheet, rng, 0.0 if rng.random() < 0.5 else rng.random())
                if before != sheet.rows:
                    self.done.add(kind)

    def deformed(self, text: str) -> str:
        """An answer's text with the faults of form that concern it."""
        rng = random.Random(f"{self.seed} form")
        if "malformed_json" in self.kinds:
            at = text.find('"', rng.randrange(max(1, len(text) // 2)))
            torn = text[:at] + text[at + 1 :] if at >= 0 else text + "{"
            text = rng.choice([torn, text.rstrip("}]") + ",", f"好的，结果是{text}}}"])
        if "fences" in self.kinds:
            text = f"```json\n{text}\n```"
        if "think" in self.kinds:
            text = f'<think>\n先看表头，再逐行核对 {{"x": [1, 2]}}。\n</think>\n{text}'
        return text
