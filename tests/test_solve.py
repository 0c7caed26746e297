"""Whole tables: `resolve` against brute force, glued tables against the truth, misprints and lost zeros."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.cuts import Run, Values, ways
from extractor.schema import FORMS
from extractor.solve import Misprint, Relation, _fitting, relax, resolve

ROWS = [row for row in FORMS["2021"].applications.rows if not FORMS["2021"].optional(row)]
SUMS = ((tuple(range(6)), 6),)
RELATIONS = (
    Relation(tuple((at, row.balance) for at, row in enumerate(ROWS) if row.balance)),
    Relation(
        (
            *((at, 1) for at, row in enumerate(ROWS) if row.part_of == "concluded"),
            *((at, -1) for at, row in enumerate(ROWS) if row.key == "concluded"),
        )
    ),
)
Rows = list[tuple[int, ...]]


def _spread(random: Random, count: int, into: int) -> list[int]:
    """`count` shared among `into` places, most of it in few of them."""
    shares = [0] * into
    favourites = random.sample(range(into), min(3, into))
    left = count
    for place in favourites:
        shares[place] = random.randint(0, left)
        left -= shares[place]
    for _ in range(5):
        shares[random.randrange(into)] += left // 5
    shares[favourites[0]] += left - left // 5 * 5
    return shares


def _table(random: Random, size: int) -> Rows:
    """A table that satisfies every equation, with about `size` applications."""
    parts: dict[str, list[int]] = {}
    outcomes = [row.key for row in ROWS if row.part_of == "concluded"]
    for key, count in zip(outcomes, _spread(random, size, len(outcomes)), strict=True):
        parts[key] = _spread(random, count, 6)
    concluded = [sum(column) for column in zip(*parts.values(), strict=True)]
    forward = _spread(random, random.randint(0, size // 10 + 1), 6)
    carried = [random.randint(0, (a + b) // 4) for a, b in zip(concluded, forward, strict=True)]
    parts |= {"concluded": concluded, "carried_forward": forward, "carried_in": carried}
    parts["received"] = [a + b - c for a, b, c in zip(concluded, forward, carried, strict=True)]
    return [(*parts[row.key], sum(parts[row.key])) for row in ROWS]


def _run(values: Values) -> Run:
    return Run("".join("" if value is None else str(value) for value in values), 7, sums=SUMS)


def _domains(rows: Sequence[Values]) -> list[list[Values]]:
    return [[way.values for way in ways(_run(row)).found] for row in rows]


def _fillable(rows: tuple[Values, ...], relations: Sequence[Relation], columns: int) -> bool:
    """Whether numbers 0 … 12 in place of None make all relations hold (enough for the small problems here)."""
    for column in range(columns):
        cells = [row[column] for row in rows]
        choices = [range(13) if cell is None else (cell,) for cell in cells]
        if not any(
            all(sum(sign * filled[row] for row, sign in one.coefficients) == 0 for one in relations)
            for filled in product(*choices)
        ):
            return False
    return True


@st.composite
def _problems(draw: st.DrawFn) -> tuple[list[list[Values]], list[Relation], int]:
    """Four rows tied as the form ties them: 0 + 1 = 2 + 3 and (sometimes) 3 = 0 or 1, or 3 in a sum with a fourth."""
    columns = draw(st.integers(1, 3))
    value = st.integers(0, 3)
    row = st.lists(value, min_size=columns, max_size=columns).map(tuple)
    domains: list[list[Values]] = [list(draw(st.lists(row, min_size=1, max_size=4, unique=True))) for _ in range(5)]
    for at in draw(st.sets(st.integers(0, 4), max_size=2)):
        domains[at] = [(None,) * columns]
    for at in draw(st.sets(st.integers(0, 4), max_size=1)):
        domains[at] = [(None, *values[1:]) for values in domains[at][:1]]
    relations = [Relation(((0, 1), (1, 1), (2, -1))), Relation(((2, 1), (3, -1), (4, -1)))]
    return domains, draw(st.sampled_from([relations, relations[:1], []])), columns


@given(_problems())
@settings(max_examples=300)
def test_resolution_is_that_of_brute_force(problem: tuple[list[list[Values]], list[Relation], int]) -> None:
    """Fixed, ambiguous, absent and partly blank rows: exactly the candidates of some solution are left."""
    domains, relations, columns = problem
    solutions = [
        chosen
        for chosen in product(*(range(len(domain)) for domain in domains))
        if _fillable(tuple(domain[at] for domain, at in zip(domains, chosen, strict=True)), relations, columns)
    ]
    resolution = resolve(domains, relations)
    assert resolution.complete
    assert resolution.consistent == bool(solutions)
    assert resolution.choices == tuple(tuple(sorted({chosen[row] for chosen in solutions})) for row in range(5))


@given(st.randoms(use_true_random=False), st.sampled_from([3, 40, 300, 5_000, 90_000, 5_000_000]))
@settings(max_examples=150, deadline=None)
def test_unique_rows_of_a_glued_table_are_the_truth(random: Random, size: int) -> None:
    """A right table without any separator has a solution, and no row that is called unique differs from what was meant."""
    rows = _table(random, size)
    domains = _domains(rows)
    resolution = resolve(domains, RELATIONS)
    assert resolution.consistent
    for row, truth in enumerate(rows):
        assert truth in [domains[row][at] for at in resolution.choices[row]]


def test_nearly_all_rows_of_glued_tables_are_unique() -> None:
    """Over two hundred tables of all sizes at least 99 % of the rows have one way left."""
    random = Random(7)
    rows = unique = 0
    for number in range(200):
        table = _table(random, 4 * 3 ** (number % 10))
        resolution = resolve(_domains(table), RELATIONS)
        rows += len(table)
        unique += sum(resolution.unique(row) for row in range(len(table)))
    assert unique >= 0.99 * rows


def test_two_solutions_are_never_unique() -> None:
    """Two rows that can be exchanged leave both open; the row they do not touch is unique."""
    domains: list[list[Values]] = [[(1, 2), (2, 1)], [(2, 1), (1, 2)], [(3, 3)]]
    resolution = resolve(domains, [Relation(((0, 1), (1, 1), (2, -1)))])
    assert resolution.choices == ((0, 1), (0, 1), (0,))
    assert [resolution.unique(row) for row in range(3)] == [False, False, True]


def test_an_absent_row_is_an_unknown_in_all_its_relations() -> None:
    """Without 总计 printed, the outcomes must still fit what was received: the unknown is one number, not two."""
    domains: list[list[Values]] = [[(5,)], [(None,)], [(2,), (3,)], [(3,), (4,)]]
    resolution = resolve(domains, [Relation(((0, 1), (1, -1))), Relation(((1, 1), (2, -1), (3, -1)))])
    assert resolution.choices == ((0,), (0,), (0,), (0,))


def test_an_absent_row_that_stands_alone_unties_its_relation() -> None:
    """An absent outcome leaves the outcomes to their own sums; an absent 总计 only joins the two relations."""
    rows: list[list[Values]] = [[row] for row in _table(Random(2), 50)]
    absent: list[list[Values]] = [[(None,) * 7]]
    keys = [row.key for row in ROWS]
    assert set(resolve(rows, RELATIONS).tied) == {True}
    without = [*rows[:2], *absent, *rows[3:]]
    untied = {key for key, tied in zip(keys, resolve(without, RELATIONS).tied, strict=True) if not tied}
    assert untied == {row.key for row in ROWS if row.part_of == "concluded"}
    without = [*rows[:-2], *absent, *rows[-1:]]
    assert set(resolve(without, RELATIONS).tied) == {True}
    assert not any(resolve([*absent, *without[1:]], RELATIONS).tied)


def test_when_work_runs_out_nothing_is_unique_without_a_solution() -> None:
    """A table that no solution was found for is open, not inconsistent, and the answer is the same each time."""
    random = Random(3)
    domains: list[list[Values]] = [[tuple(random.randint(0, 9) for _ in range(3)) for _ in range(6)] for _ in range(12)]
    relations = [Relation(tuple((row, 1 if row < 6 else -1) for row in range(12)))]
    resolution = resolve(domains, relations, work=400)
    assert not resolution.complete
    assert not resolution.consistent
    assert not any(resolution.unique(row) for row in range(12))
    assert resolution == resolve(domains, relations, work=400)


def test_a_row_without_ways_leaves_no_solution() -> None:
    """An empty domain (no cut of the row satisfies its own sum) makes the whole table inconsistent."""
    resolution = resolve([[(1,)], []], [])
    assert (resolution.consistent, resolution.complete, resolution.choices) == (False, True, ((), ()))


@given(st.randoms(use_true_random=False), st.sampled_from([20, 300, 4_000]))
@settings(max_examples=60, deadline=None)
def test_a_misprint_is_among_the_explanations(random: Random, size: int) -> None:
    """One wrong cell in a glued table: its place and its right value are explained, and what is agreed is what is printed."""
    table = _table(random, size)
    row, column = random.randrange(len(table)), random.randrange(7)
    truth = table[row][column]
    wrong = truth + random.randint(1, 30)
    printed = [*table[:row], (*table[row][:column], wrong, *table[row][column + 1 :]), *table[row + 1 :]]
    domains = _domains(printed)
    if resolve(domains, RELATIONS).consistent:
        return
    relaxation = relax([_run(values) for values in printed], domains, RELATIONS)
    if not relaxation.complete:
        return
    assert Misprint(row, column, wrong, truth) in relaxation.misprints
    assert all(agreed in (None, values) for agreed, values in zip(relaxation.agreed, printed, strict=True))


def _fixed(values: tuple[int, ...]) -> Run:
    """A row whose boundaries are all printed."""
    ends = list(accumulate(len(str(value)) for value in values))
    return Run("".join(map(str, values)), 7, frozenset(ends), frozenset(ends), SUMS)


def test_two_misprints_are_not_explained_by_one() -> None:
    """Two rows that break their own sums have no explanation by a single cell: nothing is agreed."""
    table = _table(Random(5), 300)
    runs = [_fixed((*row[:6], row[6] + 1)) if at in (3, 9) else _fixed(row) for at, row in enumerate(table)]
    domains = [[way.values for way in ways(run).found] for run in runs]
    assert [len(domain) for domain in domains].count(0) == 2
    relaxation = relax(runs, domains, RELATIONS)
    assert relaxation.misprints == ()
    assert set(relaxation.agreed) == {None}


def test_a_misprint_in_an_intact_table_is_its_cell() -> None:
    """Where every boundary is printed, one wrong cell among 175 is the only explanation, and all rows stay as printed."""
    table = _table(Random(11), 300)
    for row, column in product(range(len(table)), range(7)):
        wrong = (*table[row][:column], table[row][column] + 7, *table[row][column + 1 :])
        runs = [_fixed(wrong) if at == row else _fixed(values) for at, values in enumerate(table)]
        relaxation = relax(runs, [[way.values for way in ways(run).found] for run in runs], RELATIONS)
        assert relaxation.misprints == (Misprint(row, column, wrong[column], table[row][column]),)
        assert relaxation.agreed == (*table[:row], wrong, *table[row + 1 :])


def test_a_row_with_two_wrong_sums_is_no_single_misprint() -> None:
    """Blocks side by side in one row: if two of them do not add up, no cell alone explains the row; if one, its cells do."""
    sums = (((0, 1), 2), ((3, 4), 5))
    for digits, explained in (("123124", {(3, 1, 2), (4, 2, 3), (5, 4, 3)}), ("125124", set()), ("123123", set())):
        run = Run(digits, 6, frozenset(range(7)), frozenset(range(7)), sums)
        relaxation = relax([run], [[]], [])
        assert {(m.column, m.printed, m.fits) for m in relaxation.misprints} == explained


def test_what_a_cell_would_have_to_hold() -> None:
    """A total the sum of its parts, a part what the others leave; nothing below zero, and nothing where no sum knows."""
    run = Run("1239", 4, sums=(((0, 1), 2),))
    assert _fitting(run, (1, 2, 9, 9), 2) == 3
    assert _fitting(run, (1, 2, 9, 9), 0) == 7
    assert _fitting(run, (0, 5, 5, 9), 0) == 0
    assert _fitting(run, (1, 9, 2, 9), 0) is None
    assert _fitting(run, (1, 2, 3, 9), 3) is None
    assert _fitting(run, (1, 2, 9, 9), 3) is None
