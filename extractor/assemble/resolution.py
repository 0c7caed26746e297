"""Rows whose boundaries the text does not show, read only from a solution of the whole table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, combinations, pairwise

from extractor.cuts import Run, Way, Ways, ways
from extractor.document import Span
from extractor.readers.rows import OpenDigits, RowReading
from extractor.reading import Cell, Trust, Unplaced
from extractor.schema import Row
from extractor.solve import Relation, Resolution, relax, resolve

MOST_CANDIDATES = 20
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
_MOST_BLANKED = 4
"""Rows in which blanks may be assumed at once; with more, the fewest blanks are often the wrong ones (measured)."""
Values = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The outcome for one open row: either its `cells` (one a column) with the most `trust` they can have, or `unplaced`."""

    cells: tuple[Cell, ...] | None = None
    trust: Trust | None = None
    unplaced: Unplaced | None = None


def resolve_rows(rows: tuple[Row, ...], printed: Mapping[str, RowReading], text: str) -> dict[str, Resolved]:
    """Resolve the open rows of the applications table; `rows` are those that take part in its equations."""
    open_rows = [row.key for row in rows if row.key in printed and printed[row.key].cells is None]
    if not open_rows:
        return {}
    found = {key: _candidates(printed[key]) for key in open_rows}
    domains = [_domain(row, printed.get(row.key), found.get(row.key)) for row in rows]
    relations = [
        Relation(tuple((i, row.balance) for i, row in enumerate(rows) if row.balance)),
        Relation(tuple((i, -1 if row.part_of else 1) for i, row in enumerate(rows) if row.part_of or row.key == _total(rows))),
    ]
    known = sum(reading.glued or _whole(reading) for reading in printed.values())
    solvable = 2 * known >= len(rows) and all(complete for _, complete in found.values())
    resolution = resolve(domains, relations) if solvable else None
    if resolution is not None and not resolution.consistent and resolution.complete:
        return _with_blanks(rows, printed, domains, relations, text) or _relaxed(rows, printed, found, domains, relations, text)
    result = {}
    for index, row in enumerate(rows):
        if row.key in found:
            result[row.key] = _outcome(printed[row.key], found[row.key][0], resolution, index, text)
    return result


def _whole(reading: RowReading) -> bool:
    return reading.cells is not None and all(cell.state == "read" for cell in reading.cells)


def _total(rows: tuple[Row, ...]) -> str | None:
    return next((row.part_of for row in rows if row.part_of), None)


def _candidates(reading: RowReading) -> tuple[list[tuple[Run, Way]], bool]:
    """Every way of reading the row with as few blanks as it must have, and whether these are all."""
    found: list[tuple[Run, Way]] = []
    runs = reading.digits.runs if reading.digits else ()
    complete = bool(runs)
    for run in runs:
        result = _placements(run) or ways(run, _least_blanks(run))
        complete = complete and result.complete
        known = {way.values for _, way in found}
        found.extend((run, way) for way in result.found if way.values not in known)
    return found, complete


def _placements(run: Run) -> Ways | None:
    """The ways of a short row whose numbers are certain and only their columns are not: the common case, without a search."""
    if run.allowed != run.required or not run.sums or len(run.sums) > 1:
        return None
    edges = [0, *sorted(run.required), len(run.digits)]
    numbers = [(int(run.digits[a:b]), (a, b)) for a, b in pairwise(edges)]
    if len(numbers) >= run.columns or any(b - a > 1 and run.digits[a] == "0" for _, (a, b) in numbers):
        return None
    ((_, total),) = run.sums
    most = sum([number for number, _ in numbers])
    found = []
    for columns in combinations(range(run.columns), len(numbers)):
        placed = dict(zip(columns, numbers, strict=True))
        if total in placed and most > 2 * placed[total][0]:
            continue  # the parts are more than their total
        cells = [placed.get(column) for column in range(run.columns)]
        found.append(Way(tuple(c and c[0] for c in cells), tuple(c and c[1] for c in cells)))
    return Ways(tuple(reversed(found)), complete=True)


def _least_blanks(run: Run) -> int:
    """Columns that must be blank because there are fewer places to cut than columns."""
    most = len(run.digits) if run.allowed is None else len(run.allowed | run.required) + 1
    return max(0, run.columns - most)


def _domain(row: Row, reading: RowReading | None, found: tuple[list[tuple[Run, Way]], bool] | None) -> list[Values]:
    nothing: Values = (None,) * len(row.columns)
    if found is not None:
        return [way.values for _, way in found[0]]
    if reading is None or reading.cells is None:
        return [nothing]
    values = tuple(cell.value if isinstance(cell.value, int) else None for cell in reading.cells)
    return [values] if _sum_possible(values) else []


def _sum_possible(values: Values) -> bool:
    parts = [value for value in values[:-1] if value is not None]
    total = values[-1]
    if total is None:
        return True
    return sum(parts) <= total if len(parts) < len(values) - 1 else sum(parts) == total


def _outcome(
    reading: RowReading, found: list[tuple[Run, Way]], resolution: Resolution | None, index: int, text: str
) -> Resolved:
    chosen = list(resolution.choices[index]) if resolution is not None and resolution.consistent else list(range(len(found)))
    if resolution is not None and resolution.unique(index):
        _, way = found[chosen[0]]
        blanks = any(span is None for span in way.spans)
        sure = resolution.tied and not (blanks and reading.glued)
        trust: Trust = "doubtful" if not sure else "located" if blanks else "proven"
        return Resolved(cells_of(way, reading.digits, text), trust)
    return Resolved(unplaced=_unplaced(reading, [found[i][1] for i in chosen], text))


def _unplaced(reading: RowReading, candidates: list[Way], text: str) -> Unplaced:
    span = reading.values
    assert span is not None
    candidates = [way for way in candidates if _signs_fit(way, reading)] or candidates
    signed = reading.digits is not None and reading.digits.signs
    plain = not signed and (reading.row is None or all(column.kind == "count" for column in reading.row.columns))
    kept = candidates[: -MOST_CANDIDATES - 1 : -1]
    values = (way.values if plain else [cell.value for cell in _read_so(way, reading, text)] for way in kept)
    return Unplaced(text[span[0] : span[1]], span, tuple(map(tuple, values)), len(candidates))


def _signs_fit(way: Way, reading: RowReading) -> bool:
    """Whether signs stand before changes only: a count has none."""
    if reading.row is None or reading.digits is None or not reading.digits.signs:
        return True
    cells = zip(way.spans, reading.row.columns, strict=True)
    return all(column.kind == "change" for span, column in cells if span and span[0] in reading.digits.signs)


def _read_so(way: Way, reading: RowReading, text: str) -> tuple[Cell, ...]:
    """The cells of a row if it is read in this way."""
    cells = cells_of(way, reading.digits, text)
    if reading.row is None:
        return cells
    return tuple(_as_decimal(cell, column.kind) for cell, column in zip(cells, reading.row.columns, strict=True))


def _with_blanks(
    rows: tuple[Row, ...],
    printed: Mapping[str, RowReading],
    domains: list[list[Values]],
    relations: list[Relation],
    text: str,
) -> dict[str, Resolved] | None:
    """No solution without blanks: try one or two in the rows that have no way, if they are few. What is unique then is
    doubtful, since a misprint may look the same. None if that does not help."""
    lacking = [index for index, domain in enumerate(domains) if not domain]
    openable = [printed[rows[i].key] for i in lacking if rows[i].key in printed and printed[rows[i].key].digits]
    if not lacking or len(lacking) > _MOST_BLANKED or len(openable) != len(lacking):
        return None
    widened = list(domains)
    candidates: dict[str, list[tuple[Run, Way]]] = {}
    for index in lacking:
        digits = printed[rows[index].key].digits
        assert digits
        run = digits.runs[0]
        least = _least_blanks(run)
        results = [ways(run, least + more) for more in (1, 2)]
        if not all(result.complete for result in results):
            return None
        candidates[rows[index].key] = [(run, way) for result in results for way in result.found]
        widened[index] = [way.values for _, way in candidates[rows[index].key]]
    resolution = resolve(widened, relations)
    if not resolution.consistent:
        return None
    result = {}
    for index, row in enumerate(rows):
        if row.key not in printed or printed[row.key].cells is not None:
            continue
        ways_of_row = candidates.get(row.key) or _candidates(printed[row.key])[0]
        outcome = _outcome(printed[row.key], ways_of_row, resolution, index, text)
        result[row.key] = replace(outcome, trust="doubtful" if outcome.cells else None)
    return result


def _relaxed(
    rows: tuple[Row, ...],
    printed: Mapping[str, RowReading],
    found: Mapping[str, tuple[list[tuple[Run, Way]], bool]],
    domains: list[list[Values]],
    relations: list[Relation],
    text: str,
) -> dict[str, Resolved]:
    """No solution: what every correction of a single cell leaves the same is doubtful, the rest stays open."""
    runs = [_relaxable(printed.get(row.key)) for row in rows]
    glued = all(run is not None for run, row in zip(runs, rows, strict=True) if row.key in printed)
    relaxation = relax(runs, domains, relations) if glued else None
    result = {}
    for index, row in enumerate(rows):
        if row.key not in found:
            continue
        reading, candidates = printed[row.key], found[row.key][0]
        agreed = relaxation.agreed[index] if relaxation is not None else None
        way = next((way for _, way in candidates if way.values == agreed), None)
        if way is None and agreed is not None:
            way = _as_printed(reading, agreed)
        if way is not None:
            result[row.key] = Resolved(cells_of(way, reading.digits, text), "doubtful")
        else:
            result[row.key] = Resolved(unplaced=_unplaced(reading, [w for _, w in candidates], text))
    return result


def _as_printed(reading: RowReading, values: Values) -> Way | None:
    """The way of cutting the row that gives `values`, whatever its sums."""
    contents = ["" if value is None else str(value) for value in values]
    if not reading.digits or not any(run.digits == "".join(contents) for run in reading.digits.runs):
        return None
    ends = list(accumulate(map(len, contents)))
    spans = tuple((end - len(c), end) if c else None for c, end in zip(contents, ends, strict=True))
    return Way(values, spans)


def _relaxable(reading: RowReading | None) -> Run | None:
    """What is printed in a row as a run, for the search for a misprint; None if it holds anything but plain counts."""
    if reading is None:
        return None
    if reading.cells is None:
        return reading.digits.runs[0] if reading.digits else None
    contents = [str(cell.value) for cell in reading.cells]
    if not all(content.isdigit() for content in contents):
        return None
    boundaries, at = set(), 0
    for content in contents[:-1]:
        at += len(content)
        boundaries.add(at)
    parts = tuple(range(len(contents) - 1))
    return Run("".join(contents), len(contents), frozenset(boundaries), frozenset(boundaries), ((parts, len(parts)),))


def cells_of(way: Way, digits: OpenDigits | None, text: str) -> tuple[Cell, ...]:
    """Cells with the places of a way; a number whose digits are not side by side in the text has pieces."""
    assert digits is not None
    cells = []
    for number, span in zip(way.values, way.spans, strict=True):
        if span is None or number is None:
            cells.append(Cell(None, "blank", resolved=True, reader="rules"))
            continue
        at = digits.positions[span[0] : span[1]]
        sign = digits.signs.get(span[0])
        if sign is not None:
            at = (sign, *at)
        value = -number if sign is not None and text[sign] not in "+＋" else number
        hull = (at[0], at[-1] + 1)
        raw = text[hull[0] : hull[1]]
        whole = len(raw) == len(at) or _THOUSANDS.fullmatch(raw.replace("，", ",")) is not None
        pieces = None if whole else _pieces(at)
        cells.append(Cell(value, "read", raw, hull, pieces, trust="proven", resolved=True, reader="rules"))
    return tuple(cells)


def _pieces(at: tuple[int, ...]) -> tuple[Span, ...]:
    pieces: list[Span] = []
    for position in at:
        if pieces and pieces[-1][1] == position:
            pieces[-1] = (pieces[-1][0], position + 1)
        else:
            pieces.append((position, position + 1))
    return tuple(pieces)


def resolve_single(reading: RowReading, text: str) -> Resolved:
    """A row that no other row depends on: read if there is one way, and doubtful if a blank would leave another."""
    found: dict[Values, Way] = {}
    runs, glued = (reading.digits.runs if reading.digits else ()), reading.glued
    complete = bool(runs)
    for run in runs:
        result = ways(run, _least_blanks(run))
        complete = complete and result.complete
        found |= {way.values: way for way in result.found}
    if complete and len(found) == 1:
        way = next(iter(found.values()))
        blanks = any(s is None for s in way.spans)
        joined = runs[0].allowed is not None and runs[0].required != runs[0].allowed
        sure = not blanks and not joined and (not glued or _cut_is_plain(runs[0]))
        trust: Trust = "proven" if sure else "doubtful"
        return Resolved(_read_so(way, reading, text), trust)
    return Resolved(unplaced=_unplaced(reading, list(found.values()), text))


def _as_decimal(cell: Cell, kind: str) -> Cell:
    """An amount is a decimal string with its printed scale, also where it was cut out of a run of digits."""
    decimal = kind == "amount" and cell.value is not None
    return replace(cell, value=str(cell.value)) if decimal else cell


def _cut_is_plain(run: Run) -> bool:
    """Whether a glued row needs no choice: nothing but zeros, or as many digits as columns under sums that hold.

    Other glued rows without a second table to hold them against can be read in one way and still be wrong: of rows of
    fifteen with a lost zero or a misprint some in a thousand are (measured).
    """
    return len(run.digits) == run.columns and (not run.digits.strip("0") or bool(run.sums))
