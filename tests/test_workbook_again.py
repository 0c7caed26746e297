"""Our own workbook as an input: its lists and notes are no content, and nothing else of it is lost."""

from __future__ import annotations

import io

import openpyxl

from extractor.ingest import read as ingested
from extractor.render.findings import Checked
from extractor.render.workbook import workbook
from handmade import one_of_everything, result


def written(one) -> bytes:
    return workbook([Checked(one, ())], (), "zh")


def test_lists_are_left_out_on_reading_and_announced():
    """A sheet that says it is a list of this program is not read, and a notice names it, whoever wrote it."""
    notices = ingested(written(result()), "a.xlsx").notices
    assert [notice.detail for notice in notices if notice.kind == "list"] == ["总览、文字与数据、核对意见、明细"]
    book = openpyxl.Workbook()
    book.active.append(["某局2023年政府信息公开工作年度报告"])
    hiding = book.create_sheet("另一份")
    for line in (["nianbao 清单"], ["规章", 1, 2, 3]):
        hiding.append(line)
    stored = io.BytesIO()
    book.save(stored)
    document = ingested(stored.getvalue(), "b.xlsx")
    assert "规章" not in document.text
    assert [(notice.kind, notice.detail) for notice in document.notices] == [("list", "另一份")]


def test_only_notes_of_other_people_are_announced():
    """The notes of this program on the cells to look at are not taken for hidden text when the workbook is read again."""
    book = openpyxl.load_workbook(io.BytesIO(written(one_of_everything())))
    assert any(cell.comment for sheet in book for row in sheet.iter_rows() for cell in row)
    book.worksheets[1]["A1"].comment = openpyxl.comments.Comment("请核实", "张三")
    changed = io.BytesIO()
    book.save(changed)
    assert [one.detail for one in ingested(changed.getvalue(), "a.xlsx").notices if one.kind == "comment"] == ["请核实"]


def test_a_row_that_says_it_is_not_there_hides_no_figure():
    """Only a row that prints no number is left out for saying that the document does not have it."""
    book = openpyxl.Workbook()
    for line in (["信息内容", "本年制发件数"], ["规章", "文中没有这一行"], ["行政规范性文件", 3, "文中没有这一行"]):
        book.active.append(line)
    stored = io.BytesIO()
    book.save(stored)
    assert ingested(stored.getvalue(), "a.xlsx").text.split("\n") == [
        "信息内容\t本年制发件数\t",
        "行政规范性文件\t3\t文中没有这一行",
    ]
