"""Plain text and Markdown: decoding without believing declarations, the canonical text, and guessed tables."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import DocumentError, UnreadableDocument
from extractor.ingest import read

PROSE = "青柏县水利局2023年政府信息公开工作年度报告\n一、总体情况\n（一）主动公开。全年公开信息214条。\n"


def contents(document, grid=0):
    return [[document.text[slice(*cell.span)] for cell in row] for row in document.grids[grid].cells]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"])
def test_the_encoding_is_found_from_the_bytes(encoding):
    """A report reads the same in every encoding that agencies use, declared or not."""
    document = read(PROSE.encode(encoding), "a.txt")
    assert document.text == PROSE.removesuffix("\n")
    assert not document.notices


def test_big5_is_preferred_only_where_its_words_make_sense():
    """A traditional page in Big5 decodes although GB18030 would accept its bytes too."""
    traditional = "政府資訊公開工作年度報告\n本年的申請共三件\n" * 5
    assert read(traditional.encode("big5"), "a.txt").text == traditional.removesuffix("\n")


def test_damaged_bytes_are_replaced_and_told():
    """One broken byte in a GBK file costs one place and leaves a notice with the count, instead of another encoding."""
    data = PROSE.encode("gbk") * 3
    document = read(data[:100] + b"\xff" + data[100:], "a.txt")
    assert "政府信息公开工作年度报告" in document.text
    assert [notice.kind for notice in document.notices] == ["decoding"]


def test_surrogates_never_reach_the_text():
    """A lone surrogate that some program wrote into UTF-8 becomes U+FFFD, so that the text can be written again."""
    document = read(("公开信息12条\ud83d。" + PROSE * 5).encode("utf-8", "surrogatepass"), "a.txt")
    assert document.text.startswith("公开信息12条\ufffd")
    assert document.text.encode()


def test_characters_lost_by_others_do_not_make_a_file_unreadable():
    """Mojibake that a file prints itself is its text, and is told as a notice."""
    text = "鏌橀槼鍘夸氦閫氳繍杈撳眬2023骞存斂搴滀俊鎭�鍏�寮�宸ヤ綔"
    document = read(text.encode(), "a.txt")
    assert (document.text, document.notices[0].detail) == (text, "utf-8: 3")


def test_the_canonical_text_is_the_file():
    """Only the byte order mark, the kind of line ends and one final line end are taken away; widths and spaces stay."""
    document = read("\ufeff\r\n　　一、总体情况 ２０２３\r第二行\r\n\r\n".encode(), "a.txt")
    assert document.text == "\n　　一、总体情况 ２０２３\n第二行\n"
    assert document.window == (0, len(document.text))


def test_the_document_carries_its_bytes_digest_and_type():
    """Digest and type identify the input whatever was decoded."""
    document = read(PROSE.encode("gbk"), "年报.txt", "text/html")
    assert document.sha256 == sha256(PROSE.encode("gbk")).hexdigest()
    assert (document.name, document.media_type) == ("年报.txt", "text/plain")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \n\t\n", bytes(2000), b"\x93\x01\x02\xf7\x00\x05" * 300])
def test_what_holds_no_text_is_refused_with_a_remedy(data):
    """Empty files and bytes without meaning are errors in both languages, not empty reports."""
    with pytest.raises(UnreadableDocument) as error:
        read(data, "空.txt")
    assert error.value.render("zh").startswith("空.txt：")
    assert all(error.value.remedy)


def test_a_tab_table_keeps_blank_cells():
    """Each tab is a border, blank cells have an empty span at their place, and the grid is not called rigid."""
    document = read("说明\n行政许可\t12\t\n\t 0 \t—\n结束\n".encode(), "a.txt")
    assert contents(document) == [["行政许可", "12", ""], ["", "0", "—"]]
    blank = document.grids[0].cells[0][2].span
    assert blank == (document.text.index("12") + 3,) * 2
    assert (document.grids[0].width, document.grids[0].rigid) == (3, False)
    assert document.text[slice(*document.grids[0].span)] == "行政许可\t12\t\n\t 0 \t—"


def test_a_row_of_blank_cells_belongs_to_its_table():
    """A line of nothing but tabs is a row of blank cells, and does not cut the table in two."""
    document = read("结果维持\t结果纠正\t总计\n\t\t\n1\t2\t3\n".encode(), "a.txt")
    assert contents(document) == [["结果维持", "结果纠正", "总计"], ["", "", ""], ["1", "2", "3"]]


@pytest.mark.parametrize("text", ["\t（一）主动公开。\n\t（二）依申请公开。", "一行 |", "|", "规章 |\n0 |\n0 |"])
def test_indents_and_lone_bars_are_no_table(text):
    """An indented paragraph, or one value a line with a bar after it, has no columns."""
    assert read(text.encode(), "a.txt").grids == ()


def test_outer_bars_are_borders_only_where_every_row_has_them():
    """Markdown's outer bars make no cells; a crawler's padding bars do, since nothing says where they belong."""
    framed = read("| 规章 | 0 |\n|---|:--:|\n| 行政规范性文件 |  |\n".encode(), "a.md")
    assert framed.media_type == "text/markdown"
    assert contents(framed) == [["规章", "0"], ["行政规范性文件", ""]]
    assert framed.grids[0].span == (0, len(framed.text))
    padded = read("规章 | 0 | |\n总计 | 1".encode(), "a.txt")
    assert contents(padded) == [["规章", "0", "", ""], ["总计", "1"]]


def test_dashes_in_cells_are_values_not_rulers():
    """A row of single dashes says “not applicable” and stays a row."""
    document = read("| 规章 | 件数 |\n| --- | --- |\n| - | - |\n".encode(), "a.md")
    assert contents(document)[1:] == [["-", "-"]]


def test_tabs_and_bars_make_different_tables():
    """Neighbouring tables drawn in different ways stay apart."""
    document = read(b"a\tb\nc|d\n", "a.txt")
    assert [contents(document, grid) for grid in (0, 1)] == [[["a", "b"]], [["c", "d"]]]


CELL = st.text(st.sampled_from("0123456789总计规章 　\xa0/-"), max_size=6)


@given(st.lists(st.lists(CELL, min_size=2, max_size=6), min_size=1, max_size=6), st.sampled_from("\t|"))
def test_spans_prove_the_cells_of_any_grid(rows, separator):
    """Every cell of every guessed table can be shown in the text, in order, and rows stand on their own lines."""
    text = "前文\n" + "\n".join(separator.join(["项目", *row, "末"]) for row in rows) + "\n后文"
    document = read(text.encode(), "a.txt")
    assert contents(document) == [["项目", *(cell.strip() for cell in row), "末"] for row in rows]
    lines = [{document.text.count("\n", 0, cell.span[0]) for cell in row} for row in document.grids[0].cells]
    assert lines == [{number + 1} for number in range(len(rows))]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_text_that_can_be_written_or_an_error(data):
    """Arbitrary bytes either raise one of the documented errors or give text without surrogates and carriage returns."""
    try:
        document = read(data, "a.txt")
    except DocumentError:
        return
    assert document.text.encode()
    assert "\r" not in document.text
