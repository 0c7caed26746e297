"""Rows whose cells do not stand as in the form: what is read without doubt is what a careful person reads there."""

from __future__ import annotations

from random import Random

import pytest

from consistent import figures, rows_of
from extractor.pipeline import extract_all
from extractor.schema import FORMS
from labelled import canonical, wrong

FORM = FORMS["2021"]
OLD = FORMS["2019"]
ROWS = rows_of(FORM)
COLUMNS = [column.key for column in ROWS[0].columns]
HEADS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
SHOWN = figures(Random(7), "2021", 900)
TITLE = "溪河县水务局2023年政府信息公开工作年度报告\n"
ABOVE = "三、收到和处理政府信息公开申请情况\n"


def _cells(row):
    return [SHOWN[f"applications.{row.key}.{column}"] for column in COLUMNS]


def _table(between, change=lambda row, cells: cells, heads=HEADS, label="信息内容"):
    """The second table with its cells `between` each other, under its header."""
    lines = [between.join([label, *heads])]
    lines += [between.join([row.number + row.label, *change(row, _cells(row))]) for row in ROWS]
    return ABOVE + "\n".join(lines) + "\n"


def _sure(text, without=(), shown=SHOWN):
    """What is read otherwise than printed and is not called doubtful, and how many values are read without doubt. Of the rows
    `without` values nothing may be read."""
    (result,) = extract_all((TITLE + text).encode(), "a.txt")
    truth = {address: canonical(value) for address, value in shown.items() if value}
    truth = {address: value for address, value in truth.items() if address.split(".")[1] not in without}
    sure = sum(cell.value is not None and cell.trust != "doubtful" for cell in result.cells.values())
    return wrong(result, truth), sure


def test_a_column_of_units():
    """件 beside the numbers is no value: where the totals are blank, it moves nothing."""
    text = _table(" | ", lambda _, cells: ["件", *cells[:6], ""], ["单位", *HEADS]).replace("\n", " |\n| ")
    shown = {address: value for address, value in SHOWN.items() if not address.endswith(".total")}
    assert _sure(text, shown=shown)[0] == []


def test_a_row_that_lacks_a_cell_under_a_wider_header():
    """Where every other row has a column of remarks more than the form, a row with as many cells as the form lacks one."""

    def change(row, cells):
        cells = [*cells[:3], "见附件2", *cells[3:]]
        return cells[1:] if row.key == "refused_third_party" else cells

    text = _table("\t", change, [*HEADS[:3], "备注", *HEADS[3:]])
    assert _sure(text, ["refused_third_party"])[0] == []


def test_a_blank_and_the_number_of_the_next_row():
    """A row of text with a blank cell and the next row's number has as many numbers as columns, which are not its columns."""

    def change(row, cells):
        return [*cells[:3], "\u00a0 ", *cells[4:]] if row.key == "granted" else cells

    lines = _table("\n", change, ["序号", *HEADS[1:]]).rstrip("\n").split("\n")
    numbers = iter(range(1, 99))
    labels = {row.number + row.label for row in ROWS}
    text = "\n".join(f"{next(numbers)}\n{line}" if line in labels else line for line in lines)
    assert _sure(text, ["granted"])[0] == []


@pytest.mark.parametrize("printed", ["4+25\n39", "9\n41+249"])
def test_numbers_that_touch_and_stand_on_two_lines(printed):
    """Where numbers of a row run together, a line end among them may be inside a cell."""
    names = "".join(column.label for column in OLD.disclosure.rows[2].columns)
    text = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年新制作数量本年新公开数量对外公开总数量\n规章000\n规范性文件111118\n"
    text += f"第二十条第（五）项\n信息内容{names}\n行政许可{printed}\n其他对外管理服务事项10+920\n"
    (result,) = extract_all((TITLE + text).encode(), "a.txt")
    cells = [result.cells[f"disclosure.licensing.{column.key}"] for column in OLD.disclosure.rows[2].columns]
    assert all(cell.trust == "doubtful" for cell in cells if cell.value is not None)


def test_a_row_on_lines_among_rows_that_run_together():
    """Three numbers on three lines may be two cells where the row before them has lost its separators."""
    text = "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容本年制发件数本年废止件数现行有效件数\n规章000\n行政规范性文件37\n66\n836\n"
    (result,) = extract_all((TITLE + text + "行政许可5\n行政处罚6\n行政强制7\n").encode(), "a.txt")
    cells = [result.cells[f"disclosure.normative_documents.{column}"] for column in ("issued", "repealed", "in_force")]
    assert all(cell.trust == "doubtful" for cell in cells if cell.value is not None)


@pytest.mark.parametrize("named", ["合计", "小计", "其中：线上"])
def test_a_row_of_another_name_between_a_label_and_numbers(named):
    """Between bars the numbers after the name of a row that the form does not have are not those of the blank row before it."""
    lines = []
    for row in ROWS:
        if row.key == "refused_third_party":
            lines += [row.number + row.label, "", named, *["20"] * 7, ""]
        else:
            lines += [row.number + row.label, *_cells(row), ""]
    text = ABOVE + "\n".join(f"{line} |".lstrip() for line in lines) + "\n"
    assert _sure(text, ["refused_third_party"])[0] == []


def test_numbers_of_rows_that_touch_the_values():
    """A column of row numbers whose separators are lost makes each lone number of the first table doubtful."""
    rows = FORM.disclosure.rows
    lines = ["第二十条第（一）项", "信息内容序号本年制发件数本年废止件数现行有效件数", "规章1000", "行政规范性文件2358"]
    lines += [f"{row.label}{number}49" for number, row in enumerate(rows[2:], 3)]
    assert _sure("二、主动公开政府信息情况\n" + "\n".join(lines) + "\n", shown={})[0] == []


def test_a_column_printed_twice_in_the_place_of_another():
    """A header that names an applicant twice and another not at all has other columns than the form."""
    order = (0, 1, 1, 3, 4, 5, 6)
    text = _table("\t", lambda _, cells: [cells[at] for at in order], [HEADS[at] for at in order])
    assert _sure(text, shown={address: value for address, value in SHOWN.items() if ".research" not in address})[0] == []


def test_short_names_of_documents_in_another_order():
    """Shortened names of the first table's columns tell their order too."""
    text = (
        "二、主动公开政府信息情况\n第二十条第（一）项\n信息内容\t废止\t制发\t现行有效\n规章\t1\t2\t3\n行政规范性文件\t4\t5\t6\n"
    )
    text += "行政许可\t5\n行政处罚\t6\n行政强制\t7\n"
    shown = {
        f"disclosure.{key}.decisions": value for key, value in zip(("licensing", "penalties", "compulsion"), "567", strict=True)
    }
    assert _sure(text, shown=shown) == ([], 3)


def test_a_name_twice_in_the_place_of_another():
    """A header that names the change twice does not name the number of items: what stands there is not that."""
    lines = [
        "第二十条第（一）项",
        "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量",
        "规章\t0\t0\t0",
        "规范性文件\t1\t1\t8",
    ]
    lines += ["第二十条第（八）项", "信息内容\t本年增/减\t本年增/减", "行政事业性收费\t+3\t+3"]
    (result,) = extract_all((TITLE + "二、主动公开政府信息情况\n" + "\n".join(lines) + "\n").encode(), "a.txt")
    assert result.cells["disclosure.fees.previous_items"].trust in (None, "doubtful")
    assert result.cells["disclosure.normative_documents.made"].trust == "located"


def test_a_year_under_the_third_table():
    """The year of the caption that follows the third table is no value of it."""
    form = FORM.proceedings
    names = "\n".join([column.label for column in form.rows[0].columns])
    values = [SHOWN[f"proceedings.{row.key}.{column.key}"] for row in form.rows for column in row.columns]
    text = f"四、行政复议、行政诉讼情况\n行政复议\n行政诉讼\n{names}\n未经复议直接起诉\n复议后起诉\n{names}\n{names}\n"
    assert _sure(text + "\n".join(values) + "\n2022年度\n") == ([], 15)
    assert _sure(text + "\n".join(values[:14]) + "\n2022年度\n")[0] == []
    assert _sure(text + "\n".join(values[:14]) + "\n2022年度\n")[1] == 0


def test_the_first_rows_again_after_rows_that_cannot_be_read():
    """The first two rows again begin another printing also where the last labels of the one before cannot be read."""
    other = figures(Random(8), "2021", 900)
    lines = _table("\t").rstrip("\n").split("\n")
    lost = ("granted", "rejected_publication", "other_fee_unpaid", "other_miscellaneous", "concluded", "carried_forward")
    for at, row in enumerate(ROWS, 2):
        lines[at] = "\t".join(["□□□□", *_cells(row)]) if row.key in lost else lines[at]
    last = [lines[1]]
    last += ["\t".join([r.number + r.label, *(other[f"applications.{r.key}.{c}"] for c in COLUMNS)]) for r in ROWS]
    assert _sure("\n".join([*lines, "2022年度", *last]) + "\n")[0] == []
