"""Tables in forms that the dataset does not have: whatever is read without doubt is what a careful person reads there."""

from __future__ import annotations

from random import Random

import pytest

from consistent import figures, rows_of
from extractor.pipeline import extract_all
from extractor.schema import FORMS
from labelled import canonical, wrong

FORM = FORMS["2021"]
ROWS = rows_of(FORM)
COLUMNS = [column.key for column in ROWS[0].columns]
HEADS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
OUTCOMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
BLOCKS = ["行政复议", "未经复议直接起诉", "复议后起诉"]
SHOWN = figures(Random(7), "2021", 900)
TITLE = "溪河县水务局2023年政府信息公开工作年度报告\n"


def _applications(shown=SHOWN, order=range(7), change=lambda row, cells: cells):
    """The second table, tab by tab, with its columns in `order` under the right names."""
    lines = ["\t".join(["", *(HEADS[at] for at in order)])]
    for row in ROWS:
        cells = [shown[f"applications.{row.key}.{column}"] for column in COLUMNS]
        lines.append("\t".join([row.number + row.label, *change(row.key, [cells[at] for at in order])]))
    return "三、收到和处理政府信息公开申请情况\n" + "\n".join(lines) + "\n"


def _disclosure(shown=SHOWN, order=(0, 1, 2)):
    names = ["本年制发件数", "本年废止件数", "现行有效件数"]
    lines = ["第二十条第（一）项", "\t".join(["信息内容", *(names[at] for at in order)])]
    for row in FORM.disclosure.rows[:2]:
        cells = [shown[f"disclosure.{row.key}.{column.key}"] for column in row.columns]
        lines.append("\t".join([row.label, *(cells[at] for at in order)]))
    lines += [f"{row.label}\t{shown[f'disclosure.{row.key}.{row.columns[0].key}']}" for row in FORM.disclosure.rows[2:]]
    return "二、主动公开政府信息情况\n" + "\n".join(lines) + "\n"


def _proceedings(shown=SHOWN, blocks=(0, 1, 2), order=range(5)):
    keys = [row.key for row in FORM.proceedings.rows]
    columns = [column.key for column in FORM.proceedings.rows[0].columns]
    upper = [BLOCKS[at] for at in blocks if at]
    head = "行政复议\t行政诉讼" if blocks[0] == 0 else "行政诉讼\t行政复议"
    names = "\t".join([OUTCOMES[at] for at in order] * 3)
    values = [shown[f"proceedings.{keys[block]}.{columns[at]}"] for block in blocks for at in order]
    return f"四、行政复议、行政诉讼情况\n{head}\n" + "\t".join(upper) + f"\n{names}\n" + "\t".join(values) + "\n"


def _escapes(text, shown=SHOWN, name="a.txt"):
    """What is read otherwise than printed and is not called doubtful, and how many values are read without doubt."""
    (result,) = extract_all((TITLE + text).encode(), name)
    truth = {address: canonical(value) for address, value in shown.items() if value}
    sure = sum(cell.value is not None and cell.trust != "doubtful" for cell in result.cells.values())
    return wrong(result, truth), sure


def test_tables_of_the_form_are_read():
    """The tables of these tests, unchanged, are read whole and without doubt."""
    assert _escapes(_disclosure() + _applications() + _proceedings()) == ([], 200)


@pytest.mark.parametrize("order", [(6, 0, 1, 2, 3, 4, 5), (1, 0, 2, 3, 4, 5, 6), (0, 5, 1, 2, 3, 4, 6), (0, 1, 2, 4, 3, 5, 6)])
def test_applicants_in_another_order(order):
    """Columns that a header line names in another order than the form are not taken for the form's."""
    assert _escapes(_applications(order=order))[0] == []


@pytest.mark.parametrize("order", [(2, 0, 1), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
def test_documents_in_another_order(order):
    """The first table has no sums: a header in another order makes its rows doubtful, in both rows of documents."""
    assert _escapes(_disclosure(order=order) + _applications())[0] == []


@pytest.mark.parametrize(
    ("blocks", "order"),
    [((1, 2, 0), range(5)), ((0, 2, 1), range(5)), ((0, 1, 2), (4, 0, 1, 2, 3)), ((0, 1, 2), (0, 1, 3, 2, 4))],
)
def test_outcomes_in_another_order(blocks, order):
    """Blocks or columns of the third table that its header names in another order are not taken for the form's."""
    assert _escapes(_applications() + _proceedings(blocks=blocks, order=order))[0] == []


def test_header_of_outcomes_under_a_rule_of_markdown():
    """The names of the blocks count also where the rule of a Markdown table stands under them."""
    lines = _proceedings(blocks=(1, 2, 0)).split("\n")[1:-1]
    rule = "|" + " --- |" * 15
    table = [f"| {line.replace(chr(9), ' | ')} |" for line in lines]
    text = "\n".join(["四、行政复议、行政诉讼情况", table[0], rule, *table[1:], ""])
    assert _escapes(_applications() + text)[0] == []


def test_total_without_a_header_where_the_sums_put_it():
    """Without a header the sums show that the totals stand in another column than the form's."""
    table = _applications(order=(6, 0, 1, 2, 3, 4, 5))
    assert _escapes("\n".join(line for line in table.split("\n") if "自然人" not in line))[0] == []


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_subtotal_elsewhere(at):
    """A column 小计 that does not stand after the organisations moves no value into another column."""
    table = _applications(change=lambda _, cells: [*cells[:at], str(sum(map(int, cells[:at]))), *cells[at:]])
    assert _escapes(table.replace("其他\t总计", "小计\t其他\t总计"))[0] == []


@pytest.mark.parametrize(
    "printed", ["2l", "l2", "2?", "30%", "12余", "1444年", "0~3", ">5", "0、3", "无(19)", "\ufffd13", "1½", "3万", "5 3"]
)
@pytest.mark.parametrize("between", ["\n", "\t", " | "])
def test_odd_cells_are_no_numbers(printed, between):
    """What is no count is not read as a part of it, however the cells are separated."""
    own = ["4", "1", printed, "0", "0", "0", "9"]
    table = _applications(change=lambda key, cells: own if key == "granted" else cells).replace("\t", between)
    (result,) = extract_all((TITLE + table).encode(), "a.txt")
    cell = result.cells["applications.granted.research"]
    assert cell.value is None or cell.trust == "doubtful"


def test_a_lone_letter_keeps_its_column():
    """A letter O alone on a line is a cell that cannot be read; the cells beside it keep their columns."""
    own = ["4", "O", "1", "0", "0", "0", "5"]
    table = _applications(change=lambda key, cells: own if key == "granted" else cells).replace("\t", "\n")
    (result,) = extract_all((TITLE + table).encode(), "a.txt")
    assert result.cells["applications.granted.enterprise"].state == "unreadable"
    assert result.cells["applications.granted.research"].value == 1


def test_a_stray_stop_is_no_label_number():
    """A number with a stop at the end of its line keeps its last digit, which is not the number of the next label."""
    lines = [f"{line}." if line.startswith("行政") else line for line in _disclosure().split("\n")]
    assert _escapes("\n".join(lines) + "\n" + _applications())[0] == []


def test_an_amount_of_money_is_no_count():
    """元 in a cell of counts says that the cell is another column's."""
    table = _applications(change=lambda key, cells: ["3元", *cells[1:]] if key == "granted" else cells)
    (result,) = extract_all((TITLE + table).encode(), "a.txt")
    assert result.cells["applications.granted.natural_person"].state == "unreadable"


def test_numbers_in_parentheses_are_labels_too():
    """（1） before a label is a number as 1. is, and its row is read."""
    text = _applications()
    for digit in "12345678":
        text = text.replace(f"\n{digit}.", f"\n({digit})")
    assert _escapes(text) == ([], 175)


def test_the_name_of_a_group_is_no_row():
    """（六）其他处理 before the label of its first row is not the undivided row of other forms."""
    rows = "".join(
        f"<tr><td>{'（六）其他处理' if row.key == 'other_no_correction' else ''}</td><td>{label}</td>"
        + "".join(f"<td>{SHOWN[f'applications.{row.key}.{column}']}</td>" for column in COLUMNS)
        + "</tr>"
        for row in ROWS
        if row.key not in ("other_fee_unpaid", "other_miscellaneous")
        for label in ["甲类情形的申请" if row.key == "other_no_correction" else row.number + row.label]
    )
    page = f"<html><body><p>{TITLE}三、收到和处理政府信息公开申请情况</p><table>{rows}</table></body></html>"
    (result,) = extract_all(page.encode(), "a.html")
    cells = [cell for address, cell in result.cells.items() if ".other_undivided." in address]
    assert all(cell.value is None or cell.trust == "doubtful" for cell in cells)


def test_another_row_between_bars():
    """Words after a row's values begin another row, whose values are not the blank row's before it."""
    lines = _applications(change=lambda key, cells: [""] * 7 if key == "granted" else cells).split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("（一）予以公开"))
    lines.insert(at + 1, "其中：线上申请\t20\t26\t16\t29\t4\t25\t120")
    bars = "\n".join(line.replace("\t", " |\n") + " |\n|" if "\t" in line else line for line in lines)
    shown = {address: value for address, value in SHOWN.items() if not address.startswith("applications.granted.")}
    assert _escapes(bars, shown)[0] == []


OTHER = figures(Random(8), "2021", 900)


@pytest.mark.parametrize("caption", ["2022年数据（供对比）", "附：上年度情况"])
@pytest.mark.parametrize("first", [True, False])
def test_last_year_beside_this(caption, first):
    """A table captioned as last year's is not held against this year's, on whichever side it stands."""
    other = f"{caption}\n" + _applications(OTHER).split("\n", 1)[1]
    own = "2023年数据\n" + _applications().split("\n", 1)[1]
    assert _escapes(other + own if first else own + other) == ([], 175)


def test_only_last_year_can_be_read():
    """Where only a table captioned as last year's can be read, nothing of it is sure."""
    assert _escapes("2022年数据（供对比）\n" + _applications(OTHER).split("\n", 1)[1])[0] == []


def test_a_table_of_another_body():
    """Of two tables that say different things, with nothing to tell whose they are, rows that one lacks are not sure."""
    own = "\n".join(line for line in _applications().split("\n") if not line.startswith(("2.重复申请", "（二）")))
    assert _escapes(f"{own}\n东关镇情况\n" + _applications(OTHER).split("\n", 1)[1])[0] == []


def test_a_third_table_of_another_body():
    """Where the report's own third table lacks a value, one of another body is not taken for it."""
    own = _proceedings()
    values = own.rstrip("\n").rpartition("\n")[2]
    own = own.replace(values, values.partition("\t")[2])
    assert _escapes(_applications() + _proceedings(OTHER) + own)[0] == []
    assert _escapes(_applications() + own + _proceedings(OTHER))[0] == []


def test_two_first_tables():
    """The first table of another body is not merged with the report's, nor taken for it."""
    own = "\n".join(line for line in _disclosure().split("\n") if not line.startswith("行政规范性文件"))
    assert _escapes(f"{own}\n东关镇情况\n{_disclosure(OTHER)}\n{_applications()}")[0] == []


def test_a_blank_form_before_the_filled_one():
    """A blank form before the filled one hides nothing."""
    blank = _applications(dict.fromkeys(SHOWN, ""))
    assert _escapes(f"{blank}填报如下：\n{_applications().split(chr(10), 1)[1]}") == ([], 175)


def test_the_last_rows_in_another_order():
    """（七）总计 after 四、结转下年度继续办理 is still a row: nothing tells which of the two labels changed places."""
    text = _applications()
    lines = text.rstrip("\n").split("\n")
    labels = [line.split("\t", 1) for line in lines[-2:]]
    lines[-2:] = ["\t".join((labels[1][0], labels[0][1])), "\t".join((labels[0][0], labels[1][1]))]
    assert _escapes("\n".join(lines) + "\n")[0] == []


def test_a_lost_label_between_blanks_and_values():
    """A row of blank lines with a row of values after it is two rows, of which one lost its label."""

    def change(key, cells):
        return ["\u00a0 "] * 7 if key == "refused_state_secret" else cells

    text = _applications(change=change).replace("\t", "\n").replace("2.其他法律行政法规禁止公开\n", "")
    shown = {address: value for address, value in SHOWN.items() if ".refused_prohibited" not in address}
    shown = {address: value for address, value in shown.items() if ".refused_state_secret." not in address}
    assert _escapes(text, shown)[0] == []


def test_digits_left_over_before_the_outcomes():
    """Digits on a line between the header of the third table and its row may be the row's first."""
    text = _proceedings()
    values = text.rstrip("\n").rpartition("\n")[2]
    assert _escapes(_applications() + text.replace(values, "11\n" + values))[0] == []


def test_a_page_number_after_a_row():
    """The dash of a page number glued to a row's last cell makes no negative count."""
    text = _applications().replace("\t", " ").rstrip("\n")
    last = text.rpartition(" ")
    assert _escapes(f"{last[0]} {last[2][:-1]}{last[2][-1]}-5-\n")[0] == []


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_rows_named_in_a_sentence(before):
    """A sentence that names outcomes as the table does, before it or after it, takes no row away from the tables."""
    said = "全年办结申请（按结果分：公开15、部分公开5、无法提供10、重复申请4、其他2），均按期答复。\n"
    tables = _disclosure() + _applications() + ("" if before else said) + _proceedings()
    assert _escapes((said if before else "") + tables) == ([], 200)


@pytest.mark.parametrize("caption", ["西河乡人民政府", "附件1：南屏街道办事处情况表", "县林业局收到和处理政府信息公开申请情况"])
def test_only_tables_of_another_body_can_be_read(caption):
    """Tables under the name of a body that the title does not name are not the report's, with all that follow the first."""
    tables = [_disclosure(OTHER), _applications(OTHER), _proceedings(OTHER)]
    others = "".join(table.split("\n", 1)[1] for table in tables)
    assert _escapes(f"三、收到和处理政府信息公开申请情况\n本机关的表格另行公布。\n{caption}\n{others}") == ([], 0)


def test_a_body_that_the_title_names():
    """Tables under the name of the report's own body, in a longer or shorter form, are the report's."""
    for caption in ("县水务局收到和处理政府信息公开申请情况", "云州市溪河县水务局情况"):
        own = _applications().split("\n", 1)[1]
        assert _escapes(f"三、收到和处理政府信息公开申请情况\n{caption}\n{own}") == ([], 175)
    title = "溪河县城市管理和综合执法局2023年政府信息公开工作年度报告"
    (result,) = extract_all(f"{title}\n三、收到和处理政府信息公开申请情况\n县城管局情况\n{own}".encode(), "a.txt")
    assert sum(cell.trust == "proven" for cell in result.cells.values()) == 175


def test_the_report_after_another_body():
    """A table of a kind that stands already under the name of another body is not of that body."""
    others = "西河乡人民政府\n" + _applications(OTHER).split("\n", 1)[1] + _proceedings(OTHER).split("\n", 1)[1]
    assert _escapes(others + _applications().split("\n", 1)[1] + _proceedings()) == ([], 190)


def test_tables_one_right_after_the_other():
    """The header of a table does not reach back over the rows of the one before it, nor does the caption above that."""
    own = _disclosure().split("\n", 1)[1].replace("\t", "")
    other = _disclosure(OTHER).split("\n", 1)[1].replace("\t", "")
    text = f"二、主动公开政府信息情况\n2022年数据（供对比）\n{other}2023年数据\n{own}{_applications()}"
    wrong_cells, sure = _escapes(text)
    assert wrong_cells == []
    assert sure >= 175 + 4


def test_a_first_table_of_another_form():
    """A first table whose header is that of another form is not read into the columns of this one."""
    form = FORMS["2019"]
    lines = [
        "第二十条第（一）项",
        "信息内容\t本年新制作数量\t本年新公开数量\t对外公开总数量",
        "规章\t3\t4\t5",
        "规范性文件\t6\t7\t8",
    ]
    for row in form.disclosure.rows[2:7]:
        names = "\t".join(column.label for column in row.columns)
        lines += [f"信息内容\t{names}", "\t".join([row.label, *["9"] * len(row.columns)])]
    old = "\n".join(lines) + "\n"
    words = "本年制发件数、本年废止件数、现行有效件数、本年收费金额、逾期不补正等项未列表。\n"
    text = f"二、主动公开政府信息情况\n{words}{old}{_applications()}"
    shown = {address: value for address, value in SHOWN.items() if address.startswith("applications.")}
    assert _escapes(text, shown)[0] == []


@pytest.mark.parametrize("caption", ["格式如下：", "（样表）"])
def test_a_sample_of_the_third_table(caption):
    """A sample full of zeros is not the report's third table, where that cannot be read."""
    sample = _proceedings(dict.fromkeys(SHOWN, "0")).replace("情况\n", f"情况\n{caption}\n", 1)
    assert _escapes(_applications() + sample) == ([], 175)


@pytest.mark.parametrize("printed", [".807", "#3", "***146", "739()", "无(19)", "3㎡", "๓", "#REF!", "=SUM(B2:G2)"])
@pytest.mark.parametrize("row", ["granted", "refused_state_secret"])
def test_more_odd_cells(printed, row):
    """Signs that make a cell unreadable take no cell away, so that the row keeps its columns."""
    own = ["4", "1", printed, "0", "0", "0", "9"]
    table = _applications(change=lambda key, cells: own if key == row else cells).replace("\t", "\n")
    (result,) = extract_all((TITLE + table).encode(), "a.txt")
    cells = [result.cells[f"applications.{row}.{column}"] for column in COLUMNS]
    assert cells[2].state == "unreadable"
    assert [cell.value for cell in cells] == [4, 1, None, 0, 0, 0, 9]


def test_all_cells_after_a_point():
    """Numbers that all lack what stood before their point are not read as whole ones, though their sums hold."""
    table = _applications(change=lambda _, cells: [f".{cell}" for cell in cells]).replace("\t", "\n")
    assert _escapes(table, {}) == ([], 0)


def test_numbers_of_columns():
    """A line that numbers the columns of the third table is not its row."""
    text = _proceedings()
    values = text.rstrip("\n").rpartition("\n")[2]
    numbered = text.replace(values, "\t".join(map(str, range(15))) + "\n" + values.replace("\t", "元\t") + "元")
    assert _escapes(_applications() + numbered) == ([], 175)


def test_a_header_that_begins_in_its_middle():
    """Where the first block of the third table is not named before the others, nothing tells which block is first."""
    text = _proceedings(blocks=(1, 0, 2)).replace("行政诉讼", "仃政诉讼").replace("\t", "\n")
    names = "\n".join(OUTCOMES)
    text = text.replace("未经复议直接起诉\n复议后起诉\n" + names, f"未经复议直接起诉\n{names}\n复议后起诉", 1)
    assert _escapes(_applications() + text)[0] == []


@pytest.mark.parametrize(
    "upper",
    [
        [*OUTCOMES[:4], BLOCKS[1], "", "", "", "", BLOCKS[2], "", "", "", "", OUTCOMES[4]],
        [*OUTCOMES, BLOCKS[1], "", "", BLOCKS[2], BLOCKS[1], BLOCKS[2], "", "", BLOCKS[1], ""],
    ],
)
def test_outcomes_moved_to_another_block(upper):
    """A column that the header puts into another block is not taken for the form's."""
    values = _proceedings().rstrip("\n").rpartition("\n")[2].split("\t")
    values[0], values[14] = values[14], values[0]
    head = "行政复议\t\t\t\t\t行政诉讼"
    lines = [
        "四、行政复议、行政诉讼情况",
        head,
        "\t".join(upper),
        "\t".join(["", "", "", "", *OUTCOMES, *OUTCOMES]),
        "\t".join(values),
    ]
    assert _escapes(_applications() + "\n".join(lines) + "\n")[0] == []


def test_another_body_inside_a_header():
    """The name of a body between a table that cannot be read and the next one's rows is the caption of those."""
    names = "".join(f"{name}\t□\n" for name in ("本年制发件数", "本年废止件数", "现行有效件数"))
    text = f"二、主动公开政府信息情况\n信息内容\t□\n{names}西河乡人民政府情况\n{_disclosure(OTHER).split(chr(10), 1)[1]}"
    assert _escapes(text) == ([], 0)
