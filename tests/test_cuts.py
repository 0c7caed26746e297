"""Ways of cutting a row, against brute force over all compositions."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.cuts import ROW_WORK, Run, Span, Values, Way, Work, WorkRanOut, near_ways, ways

APPLICATIONS = ((tuple(range(6)), 6),)
PROCEEDINGS = (((0, 1, 2, 3), 4), ((5, 6, 7, 8), 9), ((10, 11, 12, 13), 14))


def _number(digits: str) -> bool:
    return 0 < len(digits) <= 9 and (digits == "0" or digits[0] != "0")


def _holds(values: Values, parts: tuple[int, ...], total: int) -> bool:
    known = [value for part in parts if (value := values[part]) is not None]
    limit = values[total]
    if limit is None:
        return True
    return sum(known) == limit if len(known) == len(parts) else sum(known) <= limit


def _brute(run: Run, blanks: int) -> set[Way]:
    """All cuts, all places of the blanks, all rules applied afterwards."""
    found, size = set(), len(run.digits)
    cells = run.columns - blanks
    for inner in combinations(range(1, size), cells - 1) if cells else ():
        edges = (0, *inner, size)
        spans = list(pairwise(edges))
        if not all(_number(run.digits[a:b]) for a, b in spans) or not run.required - {0, size} <= set(inner):
            continue
        if run.allowed is not None and not set(inner) <= run.allowed | run.required:
            continue
        for printed in combinations(range(run.columns), cells):
            placed: list[Span | None] = [None] * run.columns
            for column, span in zip(printed, spans, strict=True):
                placed[column] = span
            values = tuple(int(run.digits[span[0] : span[1]]) if span else None for span in placed)
            if all(_holds(values, *one) for one in run.sums):
                found.add(Way(values, tuple(placed)))
    return found


@st.composite
def _runs(draw: st.DrawFn) -> tuple[Run, int]:
    columns, sums = draw(
        st.sampled_from(
            [
                (3, ()),
                (2, (((0,), 1),)),
                (4, (((0, 1, 2), 3),)),
                (5, (((1, 2), 3),)),
                (6, (((0, 1), 2), ((3, 4), 5))),
                (7, APPLICATIONS),
            ]
        )
    )
    digits = draw(st.text("00123", min_size=1, max_size=11))
    inside = st.frozensets(st.integers(1, 10), max_size=3)
    allowed = draw(st.none() | st.frozensets(st.integers(1, 10), min_size=5))
    run = Run(digits, columns, frozenset(at for at in draw(inside) if at < len(digits)), allowed, sums)
    return run, draw(st.integers(0, min(3, columns - 1)))


@given(_runs())
def test_ways_are_those_of_brute_force(case: tuple[Run, int]) -> None:
    """With hard, soft and missing separators and up to three blanks, every way is found once and no other."""
    run, blanks = case
    result = ways(run, blanks)
    assert result.complete
    assert len(set(result.found)) == len(result.found)
    assert set(result.found) == _brute(run, blanks)


@st.composite
def _rows(draw: st.DrawFn) -> tuple[int, ...]:
    parts = draw(st.lists(st.one_of(st.just(0), st.integers(0, 99), st.integers(0, 9_999_999)), min_size=6, max_size=6))
    return (*parts, sum(parts))


@given(_rows())
def test_the_printed_row_is_among_its_ways(row: tuple[int, ...]) -> None:
    """Whatever its figures up to seven digits, a right row that is glued together is found again, within bounded work."""
    result = ways(Run("".join(map(str, row)), 7, sums=APPLICATIONS))
    assert result.complete
    assert row in [way.values for way in result.found]


@given(st.lists(st.lists(st.integers(0, 9_999), min_size=4, max_size=4), min_size=3, max_size=3))
def test_the_three_blocks_of_proceedings_are_found_again(blocks: list[list[int]]) -> None:
    """A glued row of fifteen with three totals, sixty digits at most, is among its ways."""
    row = tuple(value for block in blocks for value in (*block, sum(block)))
    result = ways(Run("".join(map(str, row)), 15, sums=PROCEEDINGS))
    assert result.complete
    assert row in [way.values for way in result.found]


def test_the_examples_of_the_format() -> None:
    """Glued rows as real pages show them: two that have one way, and two that arithmetic alone leaves open."""
    for digits, values in {"13420000136": (134, 2, 0, 0, 0, 0, 136), "480000048": (48, 0, 0, 0, 0, 0, 48)}.items():
        assert [way.values for way in ways(Run(digits, 7, sums=APPLICATIONS)).found] == [values]
    before, last = (3, 0, 2, 1, 6, 0, 0, 0, 0, 0), {(11, 1, 0, 2, 14), (1, 11, 0, 2, 14), (1, 1, 10, 2, 14)}
    proceedings = ways(Run("30216000001110214", 15, sums=PROCEEDINGS))
    assert {way.values for way in proceedings.found} == {before + one for one in last}
    documents = [way.values for way in ways(Run("4517328", 3)).found]
    assert {(45, 1, 7328), (45, 17, 328)} <= set(documents)


def test_a_hard_separator_decides() -> None:
    """`45|17|328` printed with separators has one way; one column with every digit has one way."""
    assert [way.values for way in ways(Run("4517328", 3, frozenset({2, 4}))).found] == [
        (45, 17, 328),
    ]
    assert [way.values for way in ways(Run("386000", 1)).found] == [(386000,)]


def test_work_is_bounded_and_said() -> None:
    """A row with more ways than the work allows is not complete, and the same each time."""
    run = Run("1" * 60, 15)
    first = ways(run, work=1_000)
    assert not first.complete
    assert first == ways(run, work=1_000)


@pytest.mark.parametrize(
    "run", [Run("1a", 2), Run("１２", 2), Run("123", 3, sums=(((0, 2), 1),)), Run("12", 2, sums=(((0, 1), 2),))]
)
def test_what_is_not_a_run_is_refused(run: Run) -> None:
    """Letters, full-width digits, and sums whose total does not follow its parts are programming errors."""
    with pytest.raises(ValueError, match=r"digits|parts"):
        ways(run)


@given(_runs(), st.lists(st.integers(0, 20), min_size=7, max_size=7), st.lists(st.integers(0, 400), min_size=7, max_size=7))
def test_near_ways_miss_at_most_one_column(case: tuple[Run, int], low: list[int], width: list[int]) -> None:
    """Exactly the cuts with at most one value outside its column's bounds, whatever the sums."""
    run = case[0]
    bounds = [(least, least + more) for least, more in zip(low, width, strict=True)][: run.columns]
    plain = Run(run.digits, run.columns, run.required, run.allowed)
    expected = {
        way.values
        for way in _brute(plain, 0)
        if sum(not least <= (value or 0) <= most for value, (least, most) in zip(way.values, bounds, strict=True)) <= 1
    }
    found = near_ways(run, [least for least, _ in bounds], [most for _, most in bounds], Work(ROW_WORK))
    assert len(found) == len(expected)
    assert set(found) == expected


def test_no_count_has_ten_digits() -> None:
    """Nine digits may be one number, ten are two."""
    assert [way.values for way in ways(Run("123456789", 1)).found] == [(123456789,)]
    assert ways(Run("1234567890", 1)).found == ()
    assert (1, 234567890) in [way.values for way in ways(Run("1234567890", 2)).found]


def test_steps_can_be_used_up_exactly() -> None:
    """All steps may be spent and not one more; a portion is a store within the store, and the next one replaces it."""
    work = Work(5)
    work.spend(5)
    with pytest.raises(WorkRanOut):
        work.spend(1)
    work = Work(10)
    work.portion(4)
    work.spend(4)
    with pytest.raises(WorkRanOut):
        work.spend(1)
    work = Work(10)
    work.portion(2)
    work.portion(20)
    work.spend(10)
    assert work.left == 0


@pytest.mark.parametrize(
    ("parts", "steps"),
    [
        ((134, 20, 0, 0, 12, 0), 141),
        ((9174, 812, 43, 120, 77, 5), 1267),
        ((412345, 98765, 1234, 5678, 90123, 45), 5568),
        ((9999999, 1, 22, 333, 4444, 55555), 4488),
    ],
)
def test_bounds_of_sums_spare_steps(parts: tuple[int, ...], steps: int) -> None:
    """What the digits left can add up to cuts the search short: these rows take no more steps than were once counted."""
    assert ways(Run("".join(map(str, (*parts, sum(parts)))), 7, sums=APPLICATIONS), work=steps).complete
