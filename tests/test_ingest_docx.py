"""Word documents: what is read, what is not and is told, and what malicious files come to."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest import docx, package, read
from extractor.pipeline import extract_all
from official import compared, docx_of, twin
from packages import cell, packed, paragraph, run, table, word

TWINS = (
    "a10_lines_nbsp_blank",
    "a18_wrong_arithmetic",
    "a19_undivided_note_row",
    "a23_large_city",
    "b13_longzhu_hrss_2019_html",
)


def text_of(body: str) -> str:
    return read(word(body), "a.docx").text


def notices_of(data: bytes) -> list[tuple[str, str]]:
    return [(notice.kind, notice.detail) for notice in read(data, "a.docx").notices]


@pytest.mark.parametrize("stem", TWINS)
def test_a_report_set_in_word_is_read_as_its_label_says(stem):
    """Every cell, state, title and edition of the Word twin is that of the labelled document."""
    made = twin(stem)
    assert compared(docx_of(made), "年报.docx", made) == []


def test_the_blank_form_is_blank(reports_folder):
    """The official form has 200 cells, all printed and empty, in three grids."""
    data = (reports_folder / "blank_form_2021.docx").read_bytes()
    (result,) = extract_all(data, "blank_form_2021.docx")
    assert [cell.state for cell in result.cells.values()] == ["blank"] * 200
    assert result.report.edition == "2021"
    assert [grid.width for grid in read(data, "a.docx").grids] == [4, 10, 15]


def test_paragraphs_and_tables_stand_in_their_order():
    """Runs are put together, breaks make lines, a table row is a line with tabs."""
    body = paragraph("20", "23", "年") + table(["a", "1"], ["b", "2"]) + paragraph("x", "<w:r><w:br/></w:r>", " y　z ")
    assert text_of(body) == "2023年\na\t1\nb\t2\nx\ny z"


def test_merged_cells_stand_once_at_their_top_left_place():
    """gridSpan and vMerge become spans, cells keep the columns of the grid."""
    down, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = table(
        [cell("wide", '<w:gridSpan w:val="2"/>'), "c"],
        [cell("tall", down), "1", "2"],
        [cell("", on), "3", ""],
        [cell("other", down), "5", "6"],
    )
    document = read(word(body), "a.docx")
    assert document.text == "wide\t\tc\ntall\t1\t2\n\t3\t\nother\t5\t6"
    (grid,) = document.grids
    assert grid.rigid
    assert [(one.row, one.column, one.rowspan, one.colspan) for row in grid.cells for one in row] == [
        *[(0, 0, 1, 2), (0, 2, 1, 1), (1, 0, 2, 1), (1, 1, 1, 1), (1, 2, 1, 1)],
        *[(2, 1, 1, 1), (2, 2, 1, 1), (3, 0, 1, 1), (3, 1, 1, 1), (3, 2, 1, 1)],
    ]


def test_a_row_that_begins_late_keeps_its_columns():
    """gridBefore leaves grid columns out; the cells after it do not move to the left."""
    late = '<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>' + cell("2") + cell("3") + "</w:tr>"
    body = table(["a", "b", "c"]).replace("</w:tbl>", late + "</w:tbl>")
    assert text_of(body) == "a\tb\tc\n\t2\t3"


def test_a_merged_cell_that_continues_nothing_is_a_cell():
    """A broken vMerge loses no value."""
    assert text_of(table([cell("1", "<w:vMerge/>"), "2"])) == "1\t2"


def test_a_table_around_tables_is_layout():
    """The inner table is the grid; a frame of one cell inside a cell is only a frame."""
    inner = table(["规章", "0"])
    document = read(word(table([cell(paragraph("一") + inner + "<w:p/>"), "右"])), "a.docx")
    assert document.text == "一\n规章\t0\n右"
    assert len(document.grids) == 1
    framed = read(word(table(["a", cell(table(["12"]) + "<w:p/>")])), "a.docx")
    assert framed.text == "a\t12"


def test_prose_in_a_table_flows():
    """A table of one column, or with an essay in a cell, only arranges the page."""
    assert text_of(table(["一"], ["二"])) == "一\n二"
    assert text_of(table(["总体情况", "长" * 2000])) == "总体情况\n" + "长" * 2000


def test_insertions_are_read_and_deletions_are_told():
    """Tracked changes count as accepted; what was deleted is a notice, rows and paragraph ends too."""
    deleted = '<w:del w:author="x"><w:r><w:delText>12件</w:delText></w:r></w:del>'
    body = paragraph("收到", deleted, '<w:ins w:author="x">' + run("15件") + "</w:ins>")
    body += "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("1") + "</w:p>" + paragraph("0件")
    gone = "<w:tr><w:trPr><w:del/></w:trPr>" + cell("旧") + cell("9") + "</w:tr>"
    body += table(["新", "8"], ["再", "7"]).replace("</w:tbl>", gone + "</w:tbl>")
    body += paragraph("<w:moveFrom>" + run("移走") + "</w:moveFrom>", "<w:moveTo>" + run("移来") + "</w:moveTo>")
    data = word(body)
    assert read(data, "a.docx").text == "收到15件\n10件\n新\t8\n再\t7\n移来"
    assert notices_of(data) == [("deleted", "12件"), ("deleted", "旧9")]


def test_comments_are_told_and_not_read():
    """A comment is a notice."""
    comments = (
        f"<w:comments xmlns:w='{docx.w('')[1:-1]}'><w:comment w:id='0'>{paragraph('请核实12件')}</w:comment></w:comments>"
    )
    body = paragraph("收到15件", '<w:r><w:commentReference w:id="0"/></w:r>')
    data = word(body, {"word/comments.xml": comments}, {"comments.xml": "comments"})
    assert read(data, "a.docx").text == "收到15件"
    assert notices_of(data) == [("comment", "请核实12件")]


@pytest.mark.parametrize(
    "hidden",
    [
        run("密12", "<w:vanish/>"),
        run("密12", '<w:sz w:val="2"/>'),
        run("密12", '<w:rStyle w:val="derived"/>'),
    ],
)
def test_hidden_text_is_told_and_not_read(hidden):
    """By itself, by its size or by a style that inherits it."""
    styles = (
        f"<w:styles xmlns:w='{docx.w('')[1:-1]}'><w:style w:styleId='base'><w:rPr><w:vanish/></w:rPr></w:style>"
        "<w:style w:styleId='derived'><w:basedOn w:val='base'/></w:style></w:styles>"
    )
    data = word(paragraph("明", hidden, run("文", '<w:vanish w:val="0"/>')), {"word/styles.xml": styles})
    assert read(data, "a.docx").text == "明文"
    assert notices_of(data) == [("hidden", "密12")]


def test_all_that_is_hidden_or_deleted_is_left_out():
    """However much there is of it: the notices are bounded, the leaving out is not."""
    deleted = "<w:del><w:r><w:delText>删1</w:delText></w:r></w:del>"
    data = word("".join(paragraph("明", run("密1", "<w:vanish/>"), deleted) for _ in range(50)))
    assert read(data, "a.docx").text == "\n".join(["明"] * 50)
    assert notices_of(data) == [("deleted", "删1")] * 20 + [("hidden", "密1")] * 20


def test_a_text_box_is_read_once_after_its_paragraph():
    """Word writes a box twice, for itself and for older versions; the second is not read, and cells keep theirs."""
    box = "<w:txbxContent>" + paragraph("甲") + paragraph("12") + "</w:txbxContent>"
    drawing = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert text_of(paragraph("前", drawing, "后") + paragraph("末")) == "前后\n甲\n12\n末"
    assert text_of(table(["a", cell(paragraph(drawing))])) == "a\t甲 12"


def test_fields_links_and_controls_are_what_they_show():
    """Instructions are not text; prompts of empty content controls are not either; reading aids are left out."""
    field = "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>PAGE 12</w:instrText></w:r>" + run("第3页")
    link = "<w:hyperlink r:id='r0'>" + run("网站") + "</w:hyperlink>"
    prompt = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + run("请输入") + "</w:sdtContent></w:sdt>"
    control = "<w:sdt><w:sdtContent>" + run("5件") + "</w:sdtContent></w:sdt>"
    ruby = "<w:r><w:ruby><w:rt>" + run("nián") + "</w:rt><w:rubyBase>" + run("年") + "</w:rubyBase></w:ruby></w:r>"
    assert text_of(paragraph(field, link, prompt, control, ruby)) == "第3页网站5件年"


def test_figures_that_do_not_belong_to_a_number_are_kept_apart():
    """A raised note and a struck figure do not make a longer number."""
    raised, struck = run("1", '<w:vertAlign w:val="superscript"/>'), run("12", "<w:strike/>")
    assert text_of(paragraph("15", raised) + paragraph(struck, "15")) == "15^1\n~~12~~15"


def test_leftovers_of_a_template_are_told():
    """In the body and in a header, which is no part of the text."""
    header = f"<w:hdr xmlns:w='{docx.w('')[1:-1]}'>{paragraph('××局2023年度报告')}</w:hdr>"
    data = word(paragraph("收到XX县张××的申请"), {"word/header1.xml": header}, {"header1.xml": "header"})
    assert read(data, "a.docx").text == "收到XX县张××的申请"
    assert notices_of(data) == [("leftover", "收到XX县张××的申请"), ("leftover", "××局2023年度报告")]


def test_invisible_characters_are_dropped_and_counted():
    """A character without width inside a number does not split it."""
    data = word(paragraph("1\u200b2件"))
    assert read(data, "a.docx").text == "12件"
    assert notices_of(data) == [("zero_width", "1")]


def test_macros_embedded_and_linked_files_are_told():
    """The document is read; what it carries is never opened."""
    data = word(
        paragraph("正文"),
        {"word/vbaProject.bin": b"x", "word/embeddings/table.xlsx": b"x"},
        {"https://a.example/f/%E9%99%84.pdf?x=1": "hyperlink"},
    )
    assert notices_of(data) == [
        ("attachment", "%E9%99%84.pdf"),
        ("macro", "word/vbaproject.bin"),
        ("attachment", "table.xlsx"),
    ]


def test_the_strict_standard_is_read_like_the_usual_one():
    """ISO/IEC 29500 strict has other namespaces and the same documents."""
    usual, strict = (
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    body = f"<w:document xmlns:w='{usual.decode()}'><w:body>{table(['a', '1'])}</w:body></w:document>".encode()
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": body.replace(usual, strict)}
    assert read(packed(parts), "a.docx").text == "a\t1"


def test_the_content_decides_what_a_docx_is():
    """A page under the name of a Word document is a page, and a Word document under another name is one."""
    assert read(b"<html><p>1", "a.docx").text == "1"
    assert read(word(paragraph("1")), "a.pdf").text == "1"


PICTURE = "<w:p><w:r><w:drawing/></w:r></w:p>"
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 10}">' for n in range(10))
BAD = {
    "truncated": (word(paragraph("1"))[:300], UnreadableDocument, "truncated"),
    "no main part": (packed({"[Content_Types].xml": "", "word/a.xml": ""}), UnreadableDocument, "damaged"),
    "broken XML": (word("<w:p>"), UnreadableDocument, "damaged"),
    "no text": (word("<w:p/>"), UnreadableDocument, "no text"),
    "pictures only": (word(PICTURE), UnreadableDocument, "pictures"),
    "nested elements": (word("<w:p>" * 300 + "</w:p>" * 300), DocumentTooLarge, "nesting"),
    "entities": (
        packed({"[Content_Types].xml": "", "word/document.xml": f"<!DOCTYPE a [{ENTITIES}]><a>&e9;</a>"}),
        UnreadableDocument,
        "document type",
    ),
    "a file fetched": (
        packed(
            {
                "[Content_Types].xml": "",
                "word/document.xml": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
            }
        ),
        UnreadableDocument,
        "document type",
    ),
    "a bomb": (word(" " * (package.MAX_PART + 1)), DocumentTooLarge, "unpacked"),
    "columns": (word(table([cell("1", '<w:gridSpan w:val="999999"/>')])), DocumentTooLarge, "columns"),
    "tags": (word("<w:p/>" * (package.MAX_MARKUP + 1)), DocumentTooLarge, "tags"),
    "characters": (word(paragraph("字" * 9_000) * 600), DocumentTooLarge, "characters"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"\0\0",
        UnreadableDocument,
        "encrypted",
    ),
}


@pytest.mark.parametrize(("data", "error", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_files_are_errors_with_a_remedy(data, error, reason):
    """Each names the input, the reason and the remedy, soon."""
    started = time.process_time()
    with pytest.raises(error) as raised:
        read(data, "年报.docx")
    assert raised.value.name == "年报.docx"
    assert reason in str(raised.value)
    assert all(raised.value.remedy)
    assert time.process_time() - started < 10


def test_two_thousand_pages_are_read_in_bounded_time():
    """A document of 2,000 pages with a table on each is read or refused, without exhausting anything."""
    page = paragraph("一段文字" * 100) + table(*[["标签", "1", "2", "3"]] * 10)
    started = time.process_time()
    document = read(word(page * 2000), "a.docx")
    assert len(document.grids) == 2000
    assert time.process_time() - started < 30


def test_importing_the_package_loads_no_office_library():
    """Neither the readers of other formats nor the shell wait for libraries of this one."""
    code = "import sys, extractor; print([m for m in ('docx', 'openpyxl', 'zipfile') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
