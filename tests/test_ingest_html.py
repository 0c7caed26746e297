"""HTML: the visible text in reading order, tables as rigid grids, and what is hidden told but not read."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.document import Notice
from extractor.errors import UnreadableDocument, UnsupportedDocument
from extractor.ingest import detect, read


def page(body, head=""):
    return read(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode(), "a.html")


def contents(document, grid=0):
    return [[document.text[slice(*cell.span)] for cell in row] for row in document.grids[grid].cells]


def places(document, grid=0):
    return [[(cell.row, cell.column, cell.rowspan, cell.colspan) for cell in row] for row in document.grids[grid].cells]


def test_blocks_are_lines_and_white_space_collapses():
    """Paragraphs, items and breaks start lines; source line ends, no-break and ideographic spaces are one space."""
    document = page("<h1>　　年度\n报告</h1><ul><li>一<li>二</ul><p>甲<br>乙&nbsp;&nbsp;丙</p>丁<div>戊</div>")
    assert document.text == "年度 报告\n一\n二\n甲\n乙 丙\n丁\n戊"
    assert document.media_type == "text/html"


def test_inline_tags_never_split_a_number():
    """A number spread over tags, as Word and editors leave it, is one number."""
    document = page("<p>共<span>20</span><b><span lang=EN-US>23<o:p></o:p></span></b>年<st1:x>8</st1:x></p>")
    assert document.text == "共2023年8"


def test_marks_beside_a_number_do_not_lengthen_it():
    """A footnote mark, a power and a struck-out number stay apart from the number they stand at."""
    document = page("<p>15<sup>1</sup>件 <s>12</s>15 m<sup>2</sup><sup>[注]</sup></p>")
    assert document.text == "15^1件 ~~12~~15 m^2[注]"


def test_an_inline_element_shown_as_a_block_is_a_line():
    """Two numbers that a style puts on two lines do not read as one."""
    assert page('<p><span style="Display: block">12</span><span style="display:block">34</span></p>').text == "12\n34"


def test_a_table_row_is_a_line_with_a_tab_between_cells():
    """Cells hold one line each, whatever stands in them, and a no-break space alone is a blank cell."""
    document = page("<table><tr><td><p>结果</p><p>维持</p><td>总<br>计<td>a\n b<tr><td>&nbsp;<td><span>1</span>2<td></table>")
    assert document.text == "结果 维持\t总 计\ta b\n\t12\t"
    assert contents(document) == [["结果 维持", "总 计", "a b"], ["", "12", ""]]
    assert document.grids[0].rigid
    assert document.grids[0].span == (0, len(document.text))


def test_merged_cells_are_unfolded_and_printed_once():
    """A header over three rows and columns keeps every number below it in its column."""
    document = page(
        "<table><tr><td rowspan=2 colspan=2>说明<td colspan=2>申请人情况<tr><td>自然人<td>总计"
        "<tr><td rowspan=2>三<td>（一）<td>1<td>2<tr><td>（二）<td>3<td>4</table>"
    )
    assert document.text == "说明\t\t申请人情况\t\n\t\t自然人\t总计\n三\t（一）\t1\t2\n\t（二）\t3\t4"
    assert places(document)[0] == [(0, 0, 2, 2), (0, 2, 1, 2)]
    assert places(document)[3] == [(3, 1, 1, 1), (3, 2, 1, 1), (3, 3, 1, 1)]


def test_spans_are_clipped_to_the_table():
    """A cell that claims a million rows or columns reaches as far as the table does; 0 rows means to its end."""
    document = page(
        '<table><tr><td colspan="1000000">标题<tr><td rowspan="99999">甲<td>1<tr><td>2</table>'
        '<table><tr><td rowspan=0>丙<td colspan="x" rowspan=-3>1<tr><td>2</table>'
    )
    assert places(document) == [[(0, 0, 1, 2)], [(1, 0, 2, 1), (1, 1, 1, 1)], [(2, 1, 1, 1)]]
    assert places(document, 1) == [[(0, 0, 2, 1), (0, 1, 1, 1)], [(1, 1, 1, 1)]]


def test_overhang_and_empty_rows_make_no_columns_and_rows():
    """Columns that only a wide header reaches, rows without cells and Word's row of no height are not printed."""
    document = page(
        "<table><tr><td colspan=50>标题<tr></tr><tr><td rowspan=3>a<td>b<tr></tr><tr><td>c<tr height=0><td><td></table>"
    )
    assert document.text == "标题\t\na\tb\n\tc"
    assert places(document) == [[(0, 0, 1, 2)], [(1, 0, 2, 1), (1, 1, 1, 1)], [(2, 1, 1, 1)]]


def test_a_layout_table_flows_and_its_inner_table_is_a_grid():
    """A table that only arranges the page is not a grid; the data table inside it is."""
    document = page(
        "<table><tr><td>菜单<td><h1>报告</h1><p>正文</p><table><tr><td>规章<td>0</table><p>后文</p></table>",
    )
    assert document.text == "菜单\n报告\n正文\n规章\t0\n后文"
    assert [contents(document, number) for number in range(len(document.grids))] == [[["规章", "0"]]]


def test_a_table_of_prose_flows():
    """A column beside a long text is layout, but one long note does not dissolve a table of numbers."""
    prose = "公开" * 250
    assert page(f"<table><tr><td>菜单<td><p>{prose}</p><p>二</p></table>").grids == ()
    rows = "<tr><td>行政许可<td>1<td>2" * 10
    assert len(page(f"<table>{rows}<tr><td colspan=3>{prose}</table>").grids[0].cells) == 11


def test_text_in_a_table_but_in_no_cell_stands_above_it():
    """A caption and stray text are printed before the rows, as browsers show them, and never shift a cell."""
    document = page("<table><caption>表一</caption>单位：件<tr><td>a<td>b</table>")
    assert document.text == "表一 单位：件\na\tb"


def test_an_unclosed_block_in_a_cell_does_not_swallow_the_next_cell():
    """Cells opened inside an unclosed element are cells of the row, as in browsers."""
    assert contents(page("<table><tr><td><div>1<td><div>2<td>3<tr><td>4<td>5<td>6</table>"))[0] == ["1", "2", "3"]


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", "nonsense", None])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_wrong_declaration_of_the_encoding_does_not_matter(declared, encoding):
    """The page reads the same whatever its meta element claims."""
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    source = f"<html><head>{meta}</head><body><p>枫浦区政府信息公开2023年度报告㎡镕</p></body></html>"
    assert read(source.encode(encoding), "a.htm").text == "枫浦区政府信息公开2023年度报告㎡镕"


HIDDEN = {
    "display": '<p style="color:red; DISPLAY : none !important">年报9999</p>',
    "visibility": '<div style="visibility:hidden"><p>年报9999</p></div>',
    "size": '<span style="font-size:0px">年报9999</span>',
    "pixel": '<span style="font-size:1px">年报9999</span>',
    "attribute": "<p hidden>年报9999</p>",
    "word": "<span style='mso-hide:all'>年报9999</span>",
    "class": '<p class="a kw">年报9999</p>',
    "id": '<div id="seo"><p>年报9999</p></div>',
    "tag": "<aside>年报9999</aside>",
}
SHEET = "<style>td{color:red}/*x{*/.kw, #seo{display:none} aside {font:1px;display: none}</style>"


@pytest.mark.parametrize("source", HIDDEN.values(), ids=HIDDEN.keys())
def test_hidden_text_is_not_read_but_told(source):
    """What a style hides is not in the text, what stands around it is, and a notice quotes it."""
    document = page(f"<p>前</p>{source}后", SHEET)
    assert document.text.replace("\n", "") == "前后"
    assert document.notices == (Notice("hidden", "年报9999"),)


def test_a_hidden_digit_inside_a_number_is_gone():
    """Digits of no size inside a cell neither change the number nor split it."""
    document = page('<table><tr><td>1<span style="font-size:0">99</span>3<td>x</table>')
    assert contents(document) == [["13", "x"]]


@pytest.mark.parametrize(
    ("source", "sheet"),
    [
        ('<div style="font-size:0"><p style="font-size:14px">年报12</p></div>', ""),
        ('<div style="visibility:hidden"><p style="visibility:visible">年报12</p></div>', ""),
        ('<p class="tab on">年报12</p>', ".tab{display:none}.tab.on{display:block}"),
        ('<p class="tab on">年报12</p>', ".tab.on{display:block}.tab{display:none}"),
        ('<p class="tab" id="a">年报12</p>', "p#a{display:block}.tab{display:none}"),
        ('<p class="tab">年报12</p>', ".tab{display:none} .page .tab{display:block}"),
        ('<p class="tab">年报12</p>', ".tab{display:none} .tab{display:block}"),
        ('<p class="tab" style="display:block">年报12</p>', ".tab{display:none}"),
        ('<p class="no">年报12</p>', "@media print{.no{display:none}}"),
        ('<p class="no">年报12</p>', ".menu .no{display:none}"),
        ('<p style="display:inline;font-size:10.5pt">年报12</p>', ""),
    ],
)
def test_text_that_is_shown_again_is_read(source, sheet):
    """Styles that take hiding back, or that hide only in print or elsewhere, leave the text visible."""
    document = page(source, f"<style>{sheet}</style>")
    assert (document.text, document.notices) == ("年报12", ())


def test_a_style_sheet_for_print_hides_nothing():
    """Only style elements for the screen count."""
    assert page('<p class="no">年报12</p>', '<style media="print">.no{display:none}</style>').text == "年报12"


def test_what_is_never_text_is_silently_skipped():
    """Scripts, comments, forms, templates and Word's conditional comments are neither read nor reported."""
    document = page(
        "<script>var a='年报1'</script><!-- 年报2 --><!--[if gte mso 9]><xml>年报3</xml><![endif]--><noscript>年报4</noscript>"
        "<template><p>年报5</p></template><select><option>2022年</select><textarea>年报6</textarea><button>打印7</button>"
        "<iframe src=x>年报8</iframe><p><![if !supportLists]>一、<![endif]>公开</p>",
        "<title>年报9</title><style>p{}</style>",
    )
    assert (document.text, document.notices) == ("一、公开", ())


def test_zero_width_characters_are_removed_and_counted():
    """Characters of no width cannot hide in a number; the notice gives their count in the visible text."""
    document = page("<table><tr><td>2&#8203;8<td>信\u200d息&shy;</table><p>\ufeff公开</p><!--\u200b-->")
    assert document.text == "28\t信息\n公开"
    assert contents(document) == [["28", "信息"]]
    assert document.notices == (Notice("zero_width", "4"),)


def test_links_to_files_are_told():
    """A page that only links to its report names the files, each once."""
    document = page(
        '<p><a href="./P020240115.doc?x=1">年度报告.doc</a> <a href="/f/%E5%B9%B4%E6%8A%A5.PDF#p">附件</a> <a href="a.html">首页</a>'
        '<a href="b.doc">年度报告.doc</a></p>'
    )
    assert document.notices == (Notice("attachment", "年度报告.doc"), Notice("attachment", "附件 (年报.PDF)"))


@pytest.mark.parametrize(("end", "kinds"), [("", ["truncated"]), ("</table>", []), ("</body></html>", [])])
def test_a_page_that_ends_inside_a_table_is_told(end, kinds):
    """A download that was cut off may have lost digits, so it is noticed; a merely careless page is not."""
    document = read(f"<html><p>年报<table><tr><td>规章<td>12{end}".encode(), "a.html")
    assert contents(document) == [["规章", "12"]]
    assert [notice.kind for notice in document.notices] == kinds


def test_preformatted_text_keeps_its_lines():
    """Line ends inside pre are printed line ends."""
    assert page("<pre>一、总体\n  二、公开\n</pre>").text == "一、总体\n二、公开"


def test_a_page_without_text_is_refused():
    """A page that is drawn by a script or shows only pictures is an error, not an empty report."""
    with pytest.raises(UnreadableDocument) as error:
        page("<div id=app></div><script>run()</script><img src=a.png alt=年报>")
    assert "正文页" in error.value.render("zh")


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"<!DOCTYPE html><p>1", "a.txt", detect.HTML),
        (b"<html><p>1", "report.doc", detect.HTML),
        (b"\n<!-- x -->\n<table><tr><td>1", "a", detect.HTML),
        ("<html><p>年".encode("utf-16"), "a", detect.HTML),
        (b'<?xml version="1.0"?><!DOCTYPE html><html><p>1', "a.xml", detect.HTML),
        (b"text first<br>1", "a.shtml", detect.HTML),
        (b"text first<br>1", "a.txt", detect.TEXT),
        (b"no markup at all, 1 < 2", "a.html", detect.TEXT),
        (b"<div align=center>1</div>", "a.md", detect.MARKDOWN),
        (b"%PDF-1.7\n", "a.html", detect.PDF),
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "a.txt", detect.DOCX),
        (b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml", "a", detect.XLSX),
        (b"PK\x03\x04" + bytes(26) + b"OFD.xml", "a.ofd", detect.OFD),
        (b"PK\x03\x04" + bytes(26) + b"a.txt", "a.docx", detect.ZIP),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.wps", detect.OLE_WORD),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.XLS", detect.OLE_EXCEL),
        (b"{\\rtf1", "a.doc", detect.RTF),
        (b"\x89PNG\r\n\x1a\n", "a.txt", detect.IMAGE),
        (b"From: x\nMIME-Version: 1.0\nContent-Type: multipart/related;\n", "a.mht", detect.MHTML),
        (b"<?xml version='1.0'?><?mso-application progid='Word.Document'?><w:wordDocument>", "a.xml", detect.XML),
    ],
)
def test_the_type_is_found_by_content_before_name(data, name, kind):
    """What a file holds decides; its name only where the content leaves it open."""
    assert detect.media_type(data, name) == kind


@pytest.mark.parametrize("data", [b"PK\x03\x04OFD.xml", b"PK\x03\x04ppt/", b"ID3\x04", b"\x1f\x8b\x08\0"])
def test_other_types_are_refused_by_their_name(data):
    """The error names the type that was found and a way out, in both languages."""
    with pytest.raises(UnsupportedDocument) as error:
        read(data, "年报.html")
    assert "本版本" in error.value.render("zh")
    assert "this version does not read" in str(error.value)


def test_a_word_page_is_read_like_a_clean_one():
    """The thousands of spans that Word writes change nothing about the text and the cells."""
    noise = "<span lang=EN-US style='font-size:16.0pt;mso-bidi-font-size:12.0pt;font-family:仿宋_GB2312'>"
    words = ["规章", "0", "12", ""]
    clean = page("<table><tr>" + "".join(f"<td>{word}</td>" for word in words) + "</table>")
    spans = ["".join(f"{noise}{letter}</span>" for letter in word) for word in words]
    pasted = page(
        "<table><tr>"
        + "".join(f"<td>\n  <p class=MsoNormal>{word}<o:p>&nbsp;</o:p></p>\n  </td>" for word in spans)
        + "</table>"
    )
    assert (pasted.text, pasted.grids) == (clean.text, clean.grids)


CELL = st.tuples(st.text(st.sampled_from('0123456789总计—/<&" 　\xa0\n'), max_size=5), st.integers(1, 3), st.integers(1, 3))


def unfold(rows):
    """The table model written anew, slowly: each cell takes the first free places of its row."""
    taken, placed = set(), []
    for number, row in enumerate(rows):
        line, column = [], 0
        for text, rowspan, colspan in row:
            while (number, column) in taken:
                column += 1
            line.append((" ".join(text.split()), column))
            taken |= {(number + down, column + right) for down in range(rowspan) for right in range(colspan)}
            column += colspan
        placed.append(line)
    return placed


@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=6), st.booleans())
def test_spans_prove_the_cells_of_any_table(rows, inline):
    """For any merging, each cell stands once at its unfolded place, and every line has as many tabs as the table has borders."""
    around = ("<b><span>", "</span></b>") if inline else ("<p>", "</p>")
    source = "".join(
        "<tr>"
        + "".join(f"<td rowspan={down} colspan={right}>{around[0]}{escape(text)}{around[1]}</td>" for text, down, right in row)
        + "</tr>"
        for row in [*rows, [("末", 1, 1), ("行", 1, 1)]]
    )
    document = page(f"<p>前</p><table>{source}</table><p>后</p>")
    grid = document.grids[0]
    expected = unfold([*rows, [("末", 1, 1), ("行", 1, 1)]])
    assert contents(document) == [[text for text, _ in row] for row in expected]
    assert [[cell.column for cell in row] for row in grid.cells] == [[column for _, column in row] for row in expected]
    assert grid.width == 1 + max(column for row in expected for _, column in row)
    lines = document.text[slice(*grid.span)].split("\n")
    assert [line.count("\t") for line in lines] == [grid.width - 1] * len(grid.cells)
    assert all(
        document.text.count("\t", document.text.rfind("\n", 0, cell.span[0]) + 1, cell.span[0]) == cell.column
        for row in grid.cells
        for cell in row
    )
