"""Title, agency, dates, document numbers, the aspects of section 一, problems and measures, and what kind a document is."""

from __future__ import annotations

import pytest

from extractor.document import Document, Notice
from extractor.readers.prose import kind_of, read_prose

TITLE = "云溪县水务局2023年政府信息公开工作年度报告"


def document(text: str, **more) -> Document:
    return Document("t.txt", "", "text/plain", text, window=(0, len(text)), **more)


def prose(text: str):
    return read_prose(document(text))


@pytest.mark.parametrize(
    ("text", "title", "agency"),
    [
        (f"{TITLE}\n一、总体情况\n", TITLE, "云溪县水务局"),
        ("云溪县水务局 2023 年政府信息公开工作年度报告\n", TITLE, "云溪县水务局"),
        ("云溪县水务局\n  2023 年政府信息公开工作\n年度报告\n", TITLE, "云溪县水务局"),
        ("首页 > 信息公开年报 > 云溪县水务局2023年政府信息公开工作年度报告\n", TITLE, "云溪县水务局"),
        (f"首页>年度报告{TITLE}发布时间：2024-01-05依据有关规定编制。" + "本年工作如下。" * 12, TITLE, "云溪县水务局"),
        ("2023年度云溪县水务局政府信息公开年度报告\n", "2023年度云溪县水务局政府信息公开年度报告", "云溪县水务局"),
        ("云溪县2023年政府信息公开工作年度报告\n", "云溪县2023年政府信息公开工作年度报告", "云溪县人民政府"),
        ("云溪开发区2023年政府信息公开工作年度报告\n", "云溪开发区2023年政府信息公开工作年度报告", "云溪开发区"),
        (
            "根据要求，现公布《云溪县水务局2023年政府信息公开工作年度报告》，请审阅。\n一、总体情况\n二、主动公开政府信息情况\n",
            None,
            None,
        ),
    ],
)
def test_title_and_agency(text, title, agency):
    """The title is read without blanks, broken lines and crumbs; a title cited in a sentence is none."""
    found = prose(text)
    assert (found.title, found.agency) == (title, agency)


def test_other_names_of_the_agency():
    """Abbreviations and longer forms are listed; abbreviations of laws are not."""
    text = f"{TITLE}\n根据《政府信息公开条例》（以下简称《条例》），北川市云溪县水务局（以下简称县水务局）编制本报告。\n一、总体情况\n正文。\n"
    assert set(prose(text).agency_forms) == {"县水务局", "北川市云溪县水务局"}


@pytest.mark.parametrize(
    ("text", "year"),
    [
        (TITLE, 2023),
        ("统计期限为2022年1月1日至12月31日。\n一、总体情况\n", 2022),
        ("2021年，全区推进公开。2021年共发布信息3条。2022年将继续努力。\n", 2021),
        ("本报告没有说明年份。\n", None),
    ],
)
def test_year(text, year):
    """The year is that of the title, else of the period, else the one the prose speaks of most."""
    assert prose(text).year == year


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("发布日期:2024-01-31", "2024-01-31"),
        ("日期：2024/1/5 09:00:00 来源：办公室 点击：9次", "2024-01-05"),
        ("成文日期：2024年1月2日 发布时间：2024年1月9日", "2024-01-09"),
        ("[2024-01-22]", "2024-01-22"),
        ("数据统计时间：2023年1月1日至12月31日", None),
        ("发布日期：2024-13-45", None),
    ],
)
def test_published(head, published):
    """A labelled date of publication wins over the date of the document; periods and impossible dates are none."""
    assert prose(f"2024年05月19日 星期日 |\n{TITLE}\n{head}\n一、总体情况\n正文。\n").published == published


def test_date_under_the_signature():
    """Without a labelled date the line at the end of the report dates it."""
    assert prose(f"{TITLE}\n一、总体情况\n正文。\n云溪县水务局\n2024年1月24日\n").published == "2024-01-24"
    assert prose(f"{TITLE}\n一、总体情况\n正文。\n云溪县水务局\n二〇二四年一月二十四日\n").published == "2024-01-24"


def test_period_survives_a_lost_month():
    """`1231日` is 12月31日 with a character lost."""
    period = prose("所列数据自2023年1月1日起至2023年1231日止。").period
    assert period is not None
    assert (period.start, period.end) == ("2023-01-01", "2023-12-31")


@pytest.mark.parametrize(
    ("printed", "normalized", "state"),
    [
        ("国办公开办函〔2021〕30号", "国办公开办函〔2021〕30号", "intact"),
        ("国办公开办函〔202130号", "国办公开办函〔2021〕30号", "repaired"),
        ("国办公开办函2021〕30号", "国办公开办函〔2021〕30号", "repaired"),
        ("国办公开办函[2021]30号", "国办公开办函〔2021〕30号", "repaired"),
        ("国办公开办函〔2021〕号", None, "malformed"),
        ("国令第711号", "国令第711号", "intact"),
        ("云政办发〔2020〕7号", "云政办发〔2020〕7号", "intact"),
    ],
)
def test_references(printed, normalized, state):
    """Document numbers are cited as printed; damage that can be undone in one way is repaired, a lost number is not guessed."""
    text = f"根据《关于印发格式的通知》（{printed}）要求编制。"
    (reference,) = prose(text).references
    assert (reference.raw, reference.normalized, reference.state) == (printed, normalized, state)
    assert text[slice(*reference.span)] == printed


def test_aspects_of_the_overview():
    """The five aspects are told by their sub-headings, inline or on a line of their own; a missing one stays None."""
    text = (
        "一、总体情况\n今年工作平稳。\n（一）主动公开情况\n发布信息9条。\n（二）依申请公开。未收到申请。\n"
        "（三）政府信息管理方面：定期清理。\n（四）平台建设。网站改版。\n二、主动公开政府信息情况\n"
    )
    overview = prose(text).overview
    assert overview.aspects.model_dump() == {
        "proactive_disclosure": "发布信息9条。",
        "disclosure_on_request": "未收到申请。",
        "information_management": "定期清理。",
        "platforms": "网站改版。",
        "supervision": None,
    }
    assert overview.text is not None
    assert overview.text.startswith("今年工作平稳")


@pytest.mark.parametrize(
    ("body", "problems", "measures"),
    [
        ("问题有二：一是更新偏慢；二是解读偏少。下一步，一是按月更新；二是增加图解。", ("更新偏慢", "解读偏少"), ("按月更新", "增加图解")),
        ("（一）存在的问题。内容更新不够及时。\n（二）改进情况。制定更新计划并逐月检查。", ("内容更新不够及时",), ("制定更新计划并逐月检查",)),
        ("存在问题：\n1.更新不及时。\n2.解读不充分。\n改进措施：\n1.按月更新内容。\n2.增加图解数量。",
         ("更新不及时", "解读不充分"), ("按月更新内容", "增加图解数量")),
        ("政策解读形式仍显单一，存在不足。今后将增加短视频解读。", ("政策解读形式仍显单一，存在不足",), ("今后将增加短视频解读",)),
    ],
)  # fmt: skip
def test_problems_and_measures(body, problems, measures):
    """Lists are divided into problems and measures; without a list the telling sentence is taken."""
    improvement = prose(f"五、存在的主要问题及改进情况\n{body}\n六、其他需要报告的事项\n无。").improvement
    assert (improvement.problems, improvement.measures) == (problems, measures)


def test_tables_are_left_out():
    """Numbers inside the regions of tables are no claims, and the texts do not contain them."""
    text = "一、总体情况\n全年发布信息5条。\n二、主动公开政府信息情况\n规章3件 废止4件\n五、存在的主要问题及改进情况\n没有。"
    start = text.index("规章")
    found = read_prose(document(text), [("disclosure", (start, start + 9))])
    assert [one.value for one in found.claims] == ["5"]


def test_pinyin_between_characters_keeps_places():
    """A mirror that inserts pinyin is read, and spans still count in the printed text."""
    text = (
        "雲溪縣水務(wù)局2023年政府信息公開(kāi)工作年度報(bào)告\n一、總體情況\n（一）主動公開(kāi)。全年發(fā)佈信息12條。\n"
        "（二）依申請公開(kāi)。未收取信息處(chù)理費。\n"
    )
    found = prose(text)
    assert found.title == "雲溪縣水務局2023年政府信息公開工作年度報告"
    assert [(one.kind, one.value) for one in found.claims] == [("count", "12"), ("negation", "0")]
    assert all(text[slice(*one.span)] == one.raw for one in found.claims)
    assert "處(chù)理費" in found.claims[1].raw


SIX = "一、总体情况\n文字。\n二、主动公开政府信息情况\n文字。\n三、收到和处理政府信息公开申请情况\n文字。\n五、存在的主要问题及改进情况\n文字。\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"{TITLE}\n{SIX}", "annual_report"),
        (SIX, "annual_report"),
        (
            "云溪县水务局2015年政府信息公开工作年度报告\n一、概述\n二、主动公开政府信息情况\n附表：政府信息公开情况统计表\n",
            "legacy_report",
        ),
        (f"{TITLE}\n全文见附件。\n附件：1.{TITLE}.pdf", "attachment_page"),
        ("云溪县水务局政府信息公开指南\n一、主动公开\n二、依申请公开\n三、监督\n", "other"),
        ("云溪县2024年政务公开工作要点\n一、总体要求\n各单位要在一月底前公布政府信息公开工作年度报告。\n", "other"),
        ("鏀垮簻淇℃伅鍏紑", "other"),
        ("", "other"),
    ],
)
def test_kind(text, kind):
    """Reports, reports of the time before 2019, pages that only link a file, and look-alikes are told apart."""
    assert kind_of(document(text), ()) == kind


def test_kind_with_tables_and_with_an_attachment_notice():
    """Two tables make a report whatever its headings; a title with nothing but an attachment is a page that links it."""
    assert kind_of(document("没有标题"), [("disclosure", (0, 1)), ("applications", (1, 2))]) == "annual_report"
    assert kind_of(document(TITLE, notices=(Notice("attachment", "a.pdf"),)), ()) == "attachment_page"
