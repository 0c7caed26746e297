"""Which numbers of a text are statements, what they say, and how they hang together."""

from __future__ import annotations

import time

import pytest

from extractor.document import Document
from extractor.readers.prose import read_prose


def claims(text: str, edition="2021"):
    return read_prose(Document("t.txt", "", "text/plain", text, window=(0, len(text))), (), edition).claims


def on_request(words: str):
    return claims(
        f"一、总体情况\n（一）主动公开。照常进行。\n（二）依申请公开。{words}\n（三）政府信息管理。照常。\n二、主动公开政府信息情况\n"
    )


def said(text: str) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.value, one.unit) for one in claims(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全年网站更新稿件2,416篇。", ("count", "2416", "篇")),
        ("全年网站更新稿件2, 416篇。", ("count", "2416", "篇")),
        ("全年网站更新稿件３２篇。", ("count", "32", "篇")),
        ("公众号关注用户812，内容每日更新。", ("count", "812", None)),
        ("主动公开信息57其中多数为动态", ("count", "57", None)),
        ("全年举办培训班两期。", ("count", "2", "期")),
        ("累计播放3.5万次。", ("count", "35000", "次")),
        ("投入资金1.2亿元。", ("count", "120000000", "元")),
        ("接待查询4万余人次。", ("approximate", "40000", "人次")),
        ("接待查询约120人次。", ("approximate", "120", "人次")),
        ("清理失效链接百余条。", ("approximate", "100", "条")),
        ("满意率达98.3%。", ("ratio", "98.3", "%")),
        ("本年度没有收到政府信息公开申请。", ("negation", "0", "件")),
        ("未收取信息处理费。", ("negation", "0", None)),
        ("未发生因信息公开被申请行政复议或者提起行政诉讼的情况。", ("negation", "0", "件")),
        ("不足体现在三个方面：一是慢，二是少，三是散。", ("enumeration", "3", "个方面")),
        ("由起草、复核、签发三道关口层层把关。", ("enumeration", "3", "道关口")),
        ("受理方式有当面、信函两种方式。", ("enumeration", "2", "种方式")),
    ],
)
def test_each_kind_of_statement_is_read(text, expected):
    """Counts, approximations, ratios, negations and enumerations are read with value and unit."""
    assert said(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2023年1月1日至12月31日。",
        "2023，我局继续推进公开工作。",
        "按照《条例》第二十条第（五）项和第50条执行。",
        "依据国办公开办函〔2021〕30号编制。",
        "地址：滨河路12号3号楼412室，电话：0000-5550101，邮编：000100。",
        "落实“三审三校”，保护第三方权益，坚持一窗受理。",
        "依托12345热线和5G网络，7×24小时在线。",
        "网址 http://www.example.test/2023/01/t20230102_33.html 可查。",
        "点击：233次 浏览次数：45次",
        "自收到申请之日起20个工作日内答复。",
        "推行“1+3+N”模式，位列全市第2。",
        "每季度通报1次。",
        "没有其他需要报告的事项。",
    ],
)
def test_other_numbers_are_no_statements(text):
    """Dates, document and article numbers, addresses, telephones, counters, deadlines and set phrases state nothing."""
    assert said(text) == []


def test_quote_and_span_are_the_printed_words():
    """A claim cites noun, number and unit exactly, also over a wrapped line."""
    text = "我局进一步完善工作机制，及时更新网站和新媒体的各类栏目，全年网站发\n布政策解读 14 条，较好。"
    (claim,) = claims(text)
    assert text[slice(*claim.span)] == claim.raw
    assert claim.raw.endswith("布政策解读 14 条")


def test_parts_belong_to_their_total():
    """其中 starts the parts of the number before it; a part in brackets has its own total; the list ends where it is complete."""
    found = claims("全年公开信息90条，其中动态类60条（其中图文40条、视频20条），政策类30条，更新栏目5条。")
    by_value = {one.value: one for one in found}
    total, moving = by_value["90"].id, by_value["60"].id
    assert [by_value[value].part_of for value in ("60", "40", "20", "30", "5")] == [total, moving, moving, total, None]


def test_list_that_adds_up_needs_no_word_and_carried_applications_are_no_parts():
    """A bare list is parts only if it makes up the total; 1 + 12 = 13 applications is a balance, not a list of parts."""
    listed = claims("网站发布信息50条，概况类20条，动态类30条。")
    assert [one.part_of for one in listed] == [None, listed[0].id, listed[0].id]
    balance = on_request("新收申请13件，上年结转1件，办结12件。")
    assert [one.part_of for one in balance] == [None, None, None]


def test_sentence_that_begins_with_which_needs_one_possible_total():
    """After a full stop 其中 is linked only if one number before it can be meant."""
    assert claims("共发布信息80条。其中政策类9条。")[1].part_of == "c1"
    assert claims("网站发布信息80条，公众号发布信息70条。其中政策类9条。")[2].part_of is None


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("热线受理事项200件，办结190件，办结率95%。", ("c2", "c1")),
        ("发现问题19处，已改正18处，整改率94.7%。", ("c2", "c1")),
        ("全年答复40件，按期答复38件，按期答复率95%。", ("c2", "c1")),
        ("全年答复40件，予以公开10件，占答复总量的25%。", ("c2", "c1")),
        ("受理事项200件，办结率95%。", ()),
        ("开展检查20次，整改问题5个，整改率100%。", ()),
        ("企业申请占新收总量的40%。", ()),
    ],
)
def test_ratio_is_linked_only_where_both_terms_are_said(text, of):
    """Numerator and denominator must stand before the ratio and carry its name; other units and missing terms link nothing."""
    assert claims(text)[-1].of == of


def cells(found) -> list[str | None]:
    return [one.cell for one in found]


def test_statements_about_applications_name_their_cells():
    """新收, 上年结转, 办结, 结转下年 and outcomes are the totals of their rows."""
    found = on_request("新收申请20件，上年结转2件，办结21件，结转下年度1件。办结件中，予以公开9件，属于行政执法案卷2件。")
    rows = ("received", "carried_in", "concluded", "carried_forward", "granted", "refused_enforcement_file")
    assert cells(found) == [f"applications.{row}.total" for row in rows]
    assert [one.part_of for one in found[4:]] == ["c3", "c3"]


@pytest.mark.parametrize(
    "text",
    [
        "12345热线受理群众诉求310件，办结300件。",
        "办理人大建议和政协提案12件。",
        "受理信访举报8件，答复8件。",
        "网站收到网民留言40条。",
        "我局作为复议机关审结行政复议案件60件。",
        "公开行政处罚结果公示55件。",
    ],
)
def test_other_business_states_no_cell(text):
    """Hotlines, proposals, petitions, messages and published results are counted in the same words but fill no table."""
    assert set(cells(claims(text))) == {None}


def test_office_alone_is_not_the_whole_government():
    """A government's office counting its own applications does not state the government's total."""
    title = "云溪县人民政府2023年政府信息公开工作年度报告\n一、总体情况\n（二）依申请公开。"
    assert cells(claims(title + "县政府办公室受理政府信息公开申请17件。")) == [None]
    assert cells(claims(title + "全县受理政府信息公开申请17件。")) == ["applications.received.total"]


def test_negations_and_documents_name_cells_of_their_edition():
    """A zero is a statement about its cell; 行政复议 and 行政诉讼 together are two cells, so none is named."""
    assert cells(claims("未收到政府信息公开申请，未发生行政复议案件，无行政复议、行政诉讼。")) == [
        "applications.received.total",
        "proceedings.reconsideration.total",
        None,
    ]
    text = "全年制发行政规范性文件5件，废止2件，现行有效31件。"
    row = "disclosure.normative_documents"
    assert cells(claims(text)) == [f"{row}.issued", f"{row}.repealed", f"{row}.in_force"]
    assert cells(claims("新制定规范性文件5件。", "2019")) == [f"{row}.made"]


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "1,111",
        "一是",
        "（",
        "〔2021",
        "未因申",
        "公开信息50条，",
        "办结5件，办结率99%，",
        "复议、",
        "\n",
        " ",
        "十",
        "三个方面：",
    ],
)
def test_hostile_text_takes_bounded_time(piece):
    """A megabyte of digits, brackets or list marks is read in seconds, not minutes."""
    begun = time.process_time()
    claims("五、存在的主要问题及改进情况\n" + piece * (1_000_000 // len(piece)))
    assert time.process_time() - begun < 4
