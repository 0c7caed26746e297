"""Numbers of another year, another body or another matter are said in the same words and state no cell of the report."""

from __future__ import annotations

import pytest

from extractor.document import Document
from extractor.readers.prose import read_prose

OPENING = "青崖区水务局2023年政府信息公开工作年度报告\n一、总体情况\n（一）主动公开。照常。\n（二）依申请公开。"
CLOSING = "\n（三）政府信息管理。照常。\n二、主动公开政府信息情况\n"


def said(words: str, agency: str = "青崖区水务局") -> list[tuple[str, str]]:
    """The claims that state a cell: value and cell."""
    text = OPENING.replace("青崖区水务局", agency) + words + CLOSING
    found = read_prose(Document("t.txt", "", "text/plain", text, window=(0, len(text))), (), "2021").claims
    return [(one.value, one.cell) for one in found if one.cell]


RECEIVED, CARRIED_IN = "applications.received.total", "applications.carried_in.total"
CONCLUDED, RECONSIDERED = "applications.concluded.total", "proceedings.reconsideration.total"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("去年收到政府信息公开申请8件，今年收到申请5件。", [("5", RECEIVED)]),
        ("上半年收到申请3件，下半年收到申请5件，全年共收到申请8件。", [("8", RECEIVED)]),
        ("自2019年以来累计受理政府信息公开申请19件，累计答复19件。", []),
        ("截至2023年12月底，累计收到政府信息公开申请22件。", [("22", RECEIVED)]),
        ("2022年，收到政府信息公开申请12件。", []),
        ("2021—2023年分别收到申请5件、6件、7件。", []),
        ("2023年1月1日至2023年12月31日，收到申请12件。", [("12", RECEIVED)]),
        ("2023年1月至12月，收到政府信息公开申请12件。", [("12", RECEIVED)]),
        ("收到政府信息公开申请9件，加上2022年结转2件，办结11件。", [("9", RECEIVED), ("2", CARRIED_IN), ("11", CONCLUDED)]),
    ],
)
def test_another_period_states_no_cell(words, expected):
    """Last year, a part of the year and all years since one are not the year of the report; what is carried over names them."""
    assert said(words) == expected


@pytest.mark.parametrize(
    ("words", "agency", "expected"),
    [
        ("各镇街收到政府信息公开申请41件。", "青崖区水务局", []),
        ("全区发生行政复议17件。", "青崖区水务局", []),
        ("县教育局收到政府信息公开申请12件。", "平澍县人民政府", []),
        ("全县收到政府信息公开申请12件。", "平澍县人民政府", [("12", RECEIVED)]),
        ("管理委员会收到政府信息公开申请12件。", "松岚高新区管理委员会", [("12", RECEIVED)]),
    ],
)
def test_another_body_states_no_cell(words, agency, expected):
    """Parts of a government and the area around a department are not the body that reports."""
    assert said(words, agency) == expected


@pytest.mark.parametrize(
    "words",
    [
        "12345热线转办工单318件，同比下降6.4%，办结301件。",
        "代市政府草拟答复12件。",
        "没有出现因依申请公开不当引发的败诉案件。",
        "受理公租房申请4,015件。",
        "作为区政府行政复议机构，全年收到行政复议申请173件，受理158件，审结149件。",
        "因投诉举报引发行政复议44件。",
        "征收类行政复议21件。",
        "发生行政复议3件，均不属于信息公开。",
        "取消行政许可事项2项。",
    ],
)
def test_another_matter_states_no_cell(words):
    """Applications for something else, cases decided or caused otherwise, and kinds of decisions on a list."""
    assert said(words) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "收到申请十二件，办结十件，结转下年度二件。",
            [("12", RECEIVED), ("10", CONCLUDED), ("2", "applications.carried_forward.total")],
        ),
        ("收到申请一件，已公开。", [("1", RECEIVED)]),
        ("全年登记18件新申请。", [("18", RECEIVED)]),
        ("今年共收到16件，较去年21件少5件。", [("16", RECEIVED)]),
        ("受理申请21件，结转2件，应办23件，办结22件。", [("21", RECEIVED), ("2", CARRIED_IN), ("22", CONCLUDED)]),
    ],
)
def test_short_and_worded_statements_name_their_cells(words, expected):
    """Chinese numerals, statements without their noun, and 结转 before anything is concluded."""
    assert said(words) == expected


FORWARD, CORRECTED = "applications.carried_forward.total", "proceedings.reconsideration.corrected"
PENALTIES, LICENSING = "disclosure.penalties.decisions", "disclosure.licensing.decisions"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("收到书面申请7件、线上申请9件。", []),
        ("收到书面申请7件。", [("7", RECEIVED)]),
        ("收到自然人申请12件。", []),
        ("收到2件重复申请。", []),
        ("收到16件政府信息公开申请。", [("16", RECEIVED)]),
        ("收到申请16件，应当答复17件。", [("16", RECEIVED)]),
        ("收到申请16件，未按期答复0件。", [("16", RECEIVED)]),
        ("收到申请16件，直接答复11件。", [("16", RECEIVED)]),
        ("收到申请16件，公开类答复9件。", [("16", RECEIVED)]),
        ("收到申请16件，未办结3件结转下年。", [("16", RECEIVED), ("3", FORWARD)]),
        ("办结17件，公开及部分公开9件。", [("17", CONCLUDED)]),
        ("办结17件，全部或部分公开的9件。", [("17", CONCLUDED)]),
        ("受理公开申请3件，已含在总数中。", []),
    ],
)
def test_only_some_applications_state_no_total(words, expected):
    """One way or kind of applying, answers of one sort, and two outcomes together are not the number of all applications."""
    assert said(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("未收到科研机构的申请。", []),
        ("没有收到要求提供公开出版物的申请。", []),
        ("无申请结转情况。", []),
        ("未收到公民、法人和其他组织的申请。", [("0", RECEIVED)]),
        ("没有行政复议被纠正的情况。", []),
        ("未出现因违法被撤销的复议案件。", []),
        ("没有行政复议案件。", [("0", RECONSIDERED)]),
    ],
)
def test_a_denial_of_some_states_no_total(words, expected):
    """That there were none of a kind, or none that ended badly, does not say that there were none."""
    assert said(words) == expected


@pytest.mark.parametrize(
    ("words", "agency", "expected"),
    [
        ("代表区政府办理复议案件28件。", "青崖区水务局", []),
        ("房屋征收案件被复议6件。", "青崖区水务局", []),
        ("除信息公开外，另有行政复议6件。", "青崖区水务局", []),
        ("行政复议31件，其中信息公开类9件。", "青崖区水务局", []),
        ("被申请行政复议4件、行政诉讼2件，其中纠正1件。", "青崖区水务局", [("4", RECONSIDERED)]),
        ("被申请行政复议4件，其中纠正1件。", "青崖区水务局", [("4", RECONSIDERED), ("1", CORRECTED)]),
        ("以各镇为被申请人的行政复议6件。", "平澍县人民政府", []),
        ("收到不服乡镇答复的行政复议申请6件。", "平澍县人民政府", []),
        ("县司法局审理信息公开类行政复议6件。", "平澍县人民政府", []),
        ("县政府部门被申请行政复议6件。", "平澍县人民政府", []),
        ("县政府部门制发行政规范性文件6件，废止5件。", "平澍县人民政府", []),
    ],
)
def test_cases_of_others_state_no_cell(words, agency, expected):
    """Cases handled for or against another body, about another matter, or of which some only are about open government."""
    assert said(words, agency) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("抽查行政处罚12件、行政许可20件。", []),
        ("清单列有行政许可28项、行政处罚212项。", []),
        ("撤销行政许可2件，作出行政许可决定45件。", [("45", LICENSING)]),
        ("不予行政处罚9件。", []),
        ("新立行政处罚案件11件，作出行政处罚8件。", [("8", PENALTIES)]),
        ("受市局委托实施行政处罚7件。", []),
        ("作出行政处罚8件、行政许可45件。", [("8", PENALTIES), ("45", LICENSING)]),
    ],
)
def test_decisions_that_are_not_those_of_the_year(words, expected):
    """Samples, lists of powers, and decisions undone, waived or made for others are not the decisions of the first table."""
    assert said(words) == expected
