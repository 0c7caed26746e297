"""Reports of one agency, year by year."""

from __future__ import annotations

import pytest

from extractor.reading import Cell
from extractor.validate import check_series
from handmade import read, result

STOCK = "disclosure.normative_documents"
WORDS = "部分单位公开意识不强信息更新不够及时群众反映的热点问题回应不够充分政策解读形式比较单一基层人员变动频繁业务不熟"


def _year(year: int, cells=None, **more):
    return result(cells or {}, year=year, name=f"{year}.txt", **more)


def _rules(*results) -> list[list[str]]:
    return [[one.rule for one in added] for added in check_series(results, "zh")]


def _carry(before, after):
    return (
        _year(2022, {"applications.carried_forward.total": read(before)}),
        _year(2023, {"applications.carried_in.total": read(after)}),
    )


@pytest.mark.parametrize(("before", "after", "rules"), [(5, 5, []), (5, 3, ["series.carry"]), (0, 1, ["series.carry"])])
def test_what_is_carried_over(before, after, rules):
    """What one year carries forward the next carries in; the question stands with the later year."""
    assert _rules(*_carry(before, after)) == [[], rules]


def test_all_columns_are_one_question():
    """Columns that differ are one finding that names both years, both values and the place in the other report."""
    columns = ("natural_person", "other", "total")
    before = _year(2022, {f"applications.carried_forward.{c}": read(5) for c in columns})
    after = _year(2023, {f"applications.carried_in.{c}": read(n) for n, c in enumerate(columns)})
    ((one,),) = [found for found in check_series([after, before], "en") if found]
    assert one.cells == tuple(f"applications.carried_in.{c}" for c in columns)
    assert [place.cell for place in one.elsewhere] == [f"applications.carried_forward.{c}" for c in columns]
    assert {place.document for place in one.elsewhere} == {"2022.txt"}
    assert (one.expected, one.actual, one.severity, one.cause) == ("5", "2", "warning", "undetermined")
    assert all(words in one.message for words in ("2022", "2023", "5≠0", "5≠1", "5≠2"))


@pytest.mark.parametrize("unsure", [Cell(None, "blank"), read(3, trust="doubtful")])
def test_unsure_numbers_are_not_compared(unsure):
    """A blank and a doubtful number accuse nobody."""
    before, after = _carry(5, 3)
    blurred = _year(2023, {"applications.carried_in.total": unsure})
    assert _rules(before, blurred) == [[], []]
    assert _rules(_year(2022, {"applications.carried_forward.total": unsure}), after) == [[], []]


@pytest.mark.parametrize(
    ("stock", "issued", "repealed", "now", "expected"),
    [(10, 3, 1, 12, None), (10, 3, 1, 14, "12"), (10, 3, 1, 10, "12"), (10, 0, 0, 10, None), (0, 0, 2, 3, "-2")],
)
def test_stock_of_documents(stock, issued, repealed, now, expected):
    """In force: those of the year before, plus issued, less repealed."""
    before = _year(2022, {f"{STOCK}.in_force": read(stock)})
    after = _year(2023, {f"{STOCK}.in_force": read(now), f"{STOCK}.issued": read(issued), f"{STOCK}.repealed": read(repealed)})
    found = [one for one in check_series([before, after], "zh")[1] if one.rule == "series.stock"]
    assert [one.expected for one in found] == ([expected] if expected else [])
    for one in found:
        assert one.formula == f"{stock} + {issued} - {repealed} = {expected}"
        assert (one.actual, one.difference) == (str(now), str(abs(now - int(expected))))
        assert one.cells == tuple(f"{STOCK}.{c}" for c in ("in_force", "issued", "repealed"))
        assert [place.cell for place in one.elsewhere] == [f"{STOCK}.in_force"]


@pytest.mark.parametrize("gap", ["in_force", "issued", "repealed", "before"])
def test_stock_needs_all_four_numbers(gap):
    """One number that is not known leaves the stock open."""
    cells = {f"{STOCK}.in_force": read(9), f"{STOCK}.issued": read(1), f"{STOCK}.repealed": read(1)}
    blank = Cell(None, "blank")
    after = _year(2023, cells | ({f"{STOCK}.{gap}": blank} if gap != "before" else {}))
    before = _year(2022, {f"{STOCK}.in_force": blank if gap == "before" else read(3)})
    assert _rules(before, after) == [[], []]


@pytest.mark.parametrize(
    ("now", "repeated"),
    [
        (WORDS, True),
        ("一是" + WORDS + "。2023年，", True),
        (WORDS[:48] + "甲乙丙丁戊己庚辛", True),
        (WORDS[:44] + "甲乙丙丁戊己庚辛壬癸子丑", False),
        ("".join(a + "新" for a in WORDS), False),
        (WORDS[:30], False),
    ],
)
def test_section_written_anew(now, repeated):
    """More than four fifths word for word is told, headings and dates aside; short sections are not compared."""
    text = WORDS + "下一步加大培训力度" * (0 if len(now) < 60 and not repeated else 1)
    before = _year(2022, improvement={"text": text + "加强督促检查落实责任"})
    after = _year(2023, improvement={"text": now + ("加大培训力度加强督促检查落实责任" if repeated else "")})
    assert _rules(before, after)[1] == (["text.repeated"] if repeated else [])


def _unlike(count: int, start: int = 0x5000) -> str:
    """Different characters in a row."""
    return "".join(chr(start + n) for n in range(count))


@pytest.mark.parametrize(
    ("then", "now", "share"),
    [
        (_unlike(60), _unlike(60), 100),
        (_unlike(59), _unlike(60), None),
        (_unlike(60), _unlike(59), None),
        (_unlike(100), _unlike(85) + _unlike(15, 0x6000), 85),
        (_unlike(100), _unlike(80) + _unlike(20, 0x6000), None),
        (_unlike(100), _unlike(81) + _unlike(19, 0x6000), 81),
        (_unlike(100), _unlike(80) + _unlike(12, 0x6000) + _unlike(8, 0x505C), 88),
        (_unlike(100), _unlike(80) + _unlike(13, 0x6000) + _unlike(7, 0x505D), None),
    ],
)
def test_share_that_stands_word_for_word(then, now, share):
    """Of sections of 60 characters and more, what stands in pieces of eight and more in both; told above four fifths."""
    before, after = _year(2022, improvement={"text": then}), _year(2023, improvement={"text": now})
    found = check_series([before, after], "zh")[1]
    assert [one.parameters["share"] for one in found] == ([] if share is None else [share])


def test_years_that_do_not_follow_are_not_compared():
    """Only neighbouring years of one agency that are annual reports; of several reports of a year the last counts."""
    before, after = _carry(5, 3)
    assert _rules(before) == [[]]
    assert _rules(before.model_copy(update={"report": before.report.model_copy(update={"year": 2021})}), after) == [[], []]
    assert _rules(before.model_copy(update={"report": before.report.model_copy(update={"year": 2023})}), after) == [[], []]
    other = before.model_copy(update={"report": before.report.model_copy(update={"agency": "某县教育局"})})
    assert _rules(other, after) == [[], []]
    nameless = [one.model_copy(update={"report": one.report.model_copy(update={"agency": None})}) for one in (before, after)]
    assert _rules(*nameless) == [[], []]
    guide = before.model_copy(update={"document": before.document.model_copy(update={"kind": "other"})})
    assert _rules(guide, after) == [[], []]
    again = _year(2022, {"applications.carried_forward.total": read(3)})
    assert _rules(before, again, after) == [[], [], []]
    assert _rules(again, before, after) == [[], [], ["series.carry"]]
    spaced = before.model_copy(update={"report": before.report.model_copy(update={"agency": "某县 水务局"})})
    assert _rules(spaced, after) == [[], ["series.carry"]]


def test_three_years_are_two_comparisons():
    """Each year is compared with the one before it, whatever their order in the call."""
    cells = {"applications.carried_forward.total": read(5)}
    years = [_year(year, cells) for year in (2023, 2021, 2022)]
    assert _rules(*years) == [["series.carry"], [], ["series.carry"]]
