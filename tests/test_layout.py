"""Which column a printed number belongs to, in every way in which tables are printed, and when nobody can know."""

from __future__ import annotations

from random import Random

import pytest

from consistent import figures, report, rows_of
from extractor.folding import fold
from extractor.pipeline import extract_all
from extractor.readers.layout import bar_cells, tokens_between
from extractor.schema import EDITIONS, FORMS
from labelled import unproven, wrong

ROWS = rows_of(FORMS["2021"])
COLUMNS = [column.key for column in ROWS[0].columns]
HEADER = "三、收到和处理政府信息公开申请情况\n"
ROW = "applications.granted"


def _result(text, name="a.txt"):
    (result,) = extract_all(f"某县水务局2023年政府信息公开工作年度报告\n{text}\n".encode(), name)
    return result


def _row(result, row=ROW):
    return [result.cells[f"{row}.{column}"] for column in COLUMNS]


def _said(cells):
    """Each cell as its value, or its state where it has none."""
    return [cell.state if cell.value is None else cell.value for cell in cells]


def _rows(other, own, around="{}\n"):
    """A table whose rows all print `other` after their label, but for （一）予以公开, which prints `own`."""
    return HEADER + "".join(around.format(row.number + row.label + (own if row.key == "granted" else other)) for row in ROWS)


ZEROS = ["0"] * 7
WAYS = {
    "tabs": ("\t", ""),
    "blanks": (" ", ""),
    "lines": ("\n", ""),
    "bars": ("|", "|"),
    "bars on lines": (" |\n", " |"),
    "many blanks": ("      ", ""),
    "wide blanks": ("\u3000", ""),
    "no-break blanks": ("\u00a0", ""),
}


@pytest.mark.parametrize(("between", "end"), WAYS.values(), ids=WAYS.keys())
def test_full_rows(between, end):
    """Seven numbers in a row of seven are the seven columns, whatever separates them."""
    own = between + between.join(["7", "1", "0", "0", "20", "1", "29"]) + end
    result = _result(_rows(between + between.join(ZEROS) + end, own))
    assert _said(_row(result)) == [7, 1, 0, 0, 20, 1, 29]
    assert {cell.trust for cell in _row(result)} <= {"proven", "located"}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("between", ["\t", "\n", " ", "|"])
def test_random_reports_in_all_layouts(edition, between):
    """Consistent reports of any size, both editions, are read whole and right; all of the applications are proven."""
    for number in range(12):
        shown = figures(Random(f"{edition} {number}"), edition, 10 ** (number % 6 + 1))
        text = report(edition, shown, between)
        (result,) = extract_all(text.encode(), "a.txt")
        assert {a: str(cell.value) for a, cell in result.cells.items() if a in shown} == shown
        assert {cell.trust for a, cell in result.cells.items() if a in shown and a.startswith("app")} == {"proven"}
        assert unproven(result, text) == []


@pytest.mark.parametrize("printed", ["0", "5 5", "1 2 3", "3 1 4 1 5 9", "1\n1\n1\n1\n1\n1"])
def test_too_few_values_are_left_open(printed):
    """A row that prints fewer values than it has columns, with nothing to tell which are missing, is kept beside the cells."""
    result = _result(_rows(" " + " ".join(ZEROS), " " + printed))
    assert _said(_row(result)) == ["unplaced"] * 7
    open_row = result.unplaced[ROW]
    assert open_row.raw == printed
    assert len(open_row.candidates) <= 20
    assert open_row.count >= len(open_row.candidates)


def test_dropped_cells_at_the_end_of_a_row_leave_it_open():
    """Rows of bars that are padded at their ends may have lost empty cells anywhere: their columns are unknowable."""
    result = _result(_rows(" | ||||||||", " | 5 | 5 ||||||"))
    assert _said(_row(result)) == ["unplaced"] * 7
    assert {cell.value for cell in result.cells.values()} == {None}


def test_marked_blanks_keep_their_columns():
    """Where a row shows an empty cell between its bars, the numbers around it are in their columns and the cell is blank."""
    result = _result(_rows("".join(f"|{n}" for n in ZEROS) + "|", "|4||1||||5|"))
    assert _said(_row(result)) == [4, "blank", 1, "blank", "blank", "blank", 5]


def test_blank_lines_are_blank_cells():
    """Where every cell is a line, a line of white space is a blank cell."""
    result = _result(_rows("\n" + "\n".join(ZEROS), "\n4\n\u00a0 \n1\n\u00a0 \n\u00a0 \n\u00a0 \n5"))
    assert _said(_row(result)) == [4, "blank", 1, "blank", "blank", "blank", 5]


def test_full_count_around_a_blank_is_not_certain():
    """Seven numbers and an empty cell between them in a row of seven: some number stands in no column."""
    result = _result(_rows("".join(f"|{n}" for n in ZEROS) + "|", "|4|1||1|0|0|0|6|"))
    assert all(cell.value is None or cell.trust == "doubtful" for cell in _row(result))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["/"] * 7, ["not_applicable"] * 7),
        (["1", "0", "0", "0", "0", "-", "1"], [1, 0, 0, 0, 0, "not_applicable", 1]),
        (["1", "0", "x", "0", "0", "0", "1"], [1, 0, "unreadable", 0, 0, 0, 1]),
        (["17（其中修订9件）", "0", "0", "0", "0", "0", "17"], [17, 0, 0, 0, 0, 0, 17]),
        (["1,234", "0", "0", "0", "0", "0", "1,234"], [1234, 0, 0, 0, 0, 0, 1234]),
        (["１２", "０", "０", "０", "０", "０", "１２"], [12, 0, 0, 0, 0, 0, 12]),
    ],
)
@pytest.mark.parametrize("markup", ["<td>{}</td>", "<td><p><span>{}</span></p></td>", "<th>{}</th>"])
def test_cells_of_a_page(cells, said, markup):
    """In a table of a page every cell is marked: what is printed in it is what it says."""
    rows = "".join(
        f"<tr><td>{row.number}{row.label}</td>"
        + "".join(markup.format(cell) for cell in (cells if row.key == "granted" else ZEROS))
        + "</tr>"
        for row in ROWS
    )
    result = _result(f"<html><body><p>{HEADER}</p><table>{rows}</table></body></html>", "a.html")
    assert _said(_row(result)) == said


def test_empty_cells_of_a_page_are_blank():
    """Empty cells of a page are blank, in whatever column."""
    rows = "".join(f"<tr><td>{row.number}{row.label}</td><td>1<td><td>&nbsp;<td><td><td><td>1</tr>" for row in ROWS)
    result = _result(f"<html><body><p>{HEADER}</p><table>{rows}</table></body></html>", "a.html")
    assert _said(_row(result)) == [1, "blank", "blank", "blank", "blank", "blank", 1]


def test_a_row_that_a_page_cut_short_is_not_shifted():
    """A row of a page with a cell too few holds no value that is sure to stand in another column."""
    for lost in range(7):
        own = [f"<td>{number}</td>" for at, number in enumerate((3, 2, 1, 5, 0, 4, 15)) if at != lost]
        rows = "".join(
            f"<tr><td>{row.number}{row.label}</td>{''.join(own) if row.key == 'granted' else '<td>0</td>' * 7}</tr>"
            for row in ROWS
        )
        result = _result(f"<html><body><p>{HEADER}</p><table>{rows}</table></body></html>", "a.html")
        expected = {f"{ROW}.{column}": str(n) for column, n in zip(COLUMNS, (3, 2, 1, 5, 0, 4, 15), strict=True)}
        zeros = {address: "0" for address in result.cells if not address.startswith(ROW + ".")}
        assert wrong(result, zeros | expected) == []


def test_values_before_their_labels():
    """Where the first label has its values on the line before it and the last label none after it, all do."""
    head = "申请人情况\n自然人 法人或其他组织 总计\n商业企业 科研机构 社会公益组织 法律服务机构 其他\n"
    lines = "".join(
        f"{' '.join(ZEROS if row.key != 'granted' else ['7', '1', '0', '0', '20', '1', '29'])}\n{row.number}{row.label}\n"
        for row in ROWS
    )
    result = _result(HEADER + head + lines + "四、政府信息公开行政复议、行政诉讼情况\n")
    assert _said(_row(result)) == [7, 1, 0, 0, 20, 1, 29]
    assert _said(_row(result, "applications.granted_in_part")) == [0] * 7


def test_page_numbers_are_no_values():
    """A page number between two rows belongs to neither."""
    text = _rows("\n" + "\n".join(ZEROS), "\n7\n1\n0\n0\n20\n1\n29" + "\n- 4 -\n第 5 页 共 9 页")
    result = _result(text)
    assert _said(_row(result)) == [7, 1, 0, 0, 20, 1, 29]


def test_tokens_know_what_stands_before_them():
    """Numbers and marks of a stretch of text, each with whether a cell boundary stands before it."""
    text = fold("（注）\n12 3\t/\n- 7 -\n1,234件\n")
    tokens, words = tokens_between(text, 0, len(text))
    assert [(text[token.start : token.end], token.hard) for token in tokens] == [
        ("12", True),
        ("3", False),
        ("/", True),
        ("1,234件", True),
    ]
    assert [text[start:end] for start, end in words] == ["(注)"]


def test_bars_on_lines_of_their_own():
    """A cell ends at its bar, on whatever line that stands; an empty one is blank."""
    text = " |\n0 |\n|\n12\n|\n"
    cells = bar_cells(text, 0, len(text))
    assert [text[cell.start : cell.end] for cell in cells] == ["0", "", "12"]
    assert [cell.blank for cell in cells] == [False, True, False]
    assert bar_cells("0\n1\n", 0, 4) is None
