"""Shares, rates and growth said in prose against the numbers beside them."""

from __future__ import annotations

import pytest

from checked import found, right


def _said(words: str, rule: str = "claim.ratio"):
    return [(one.severity, one.expected, one.actual) for one in found(right(f"（一）主动公开。{words}"), rule)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("发布信息264条，比上年的221条上升19.5%。", []),
        ("发布信息264条，比上年的221条上升14.3%。", [("error", "19.5", "14.3")]),
        ("发布信息96条，去年为66条，增长45.4%。", []),
        ("发布信息96条，去年为66条，增长50%。", [("error", "45", "50")]),
        ("发布信息59条，比上年下降20.3%（上年为69条）。", [("error", "-14.5", "-20.3")]),
        ("发布信息24条，上年为22条，同比下降8.3%。", [("error", "9.1", "-8.3")]),
        ("发布信息890条，比上年增加85条，增幅10.6%。", []),
        ("发布信息82批次，同比增加22批次，增幅40%。", [("error", "37", "40")]),
        ("账号由61个压减至38个，压减率37.7%。", []),
        ("栏目由1,200个增加到1,580个，增长41.7%。", [("error", "31.7", "41.7")]),
        ("发布信息90条（网站76条，公众号14条），较上年的72条增加18条，增幅25%。", []),
        ("2022年发布信息40条，2023年为50条，增长25%。", []),
        ("发布信息90条，较上年的72条多18条，点击量同比增长8%。", []),
        ("处理率由61%提高到78%，提高17个百分点。", []),
        ("信息量较2022年的115条增长15.7%，较2021年的87条增长52.9%，达到133条。", []),
        ("发布信息133条，较2022年（115条）增长15.7%，较2021年（87条）增长62.9%。", [("error", "52.9", "62.9")]),
        ("办理事项9,820件，与上年（10,336件）相比减少516件，降幅5.0%。", []),
        ("发布信息12条，较2022年（10条）增加2条，增长30%。", [("error", "20", "30")]),
        ("发布信息40条，较2022年的50条下降20%，较2021年的32条上升25%。", []),
        ("发布信息40条，较期初（2020年）28条增加12条，增长42.9%。", []),
        ("发布信息40条，较2022年的50条下降20%，较2021年的32条上升30%。", [("error", "25", "30")]),
    ],
)
def test_growth_is_of_the_two_numbers_beside_it(words, expected):
    """From last year's number to this year's, or by the amount of change; a percentage of something named is left alone."""
    assert _said(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("发布信息130条，其中数据类78条（60%），其他52条（40%）。", []),
        ("发布信息130条，其中数据类78条（67.2%），其他52条（40%）。", [("error", "60.0", "67.2")]),
        ("发布信息145条，其中政策类62条，约43%。", []),
        ("发布信息145条，其中政策类62条，约60%。", [("warning", "43", "60")]),
        ("发布信息400条，其中救助类210条，占八成。", [("warning", "53", "80")]),
        ("答复36件，其中今年收到10件，公开7件，占70%。", []),
        ("答复来信41件，公开类20件（含部分公开5件），占48.8%。", []),
        ("收到来信40件，前三类分别为12件、15件、6件，占82.5%。", []),
    ],
)
def test_share_at_once_after_a_part(words, expected):
    """A percentage after a part is of its total, or of another number before it that fits; 约 may be off by five points."""
    assert _said(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "申请3件，办结3件。热线受理98,417件，其中直接答复61,019件，转办37,398件，按期办结率99.1%。",
        "受理热线412件，办结409件，按期办结率100%。",
        "受理来信102件，答复96件，答复率100%（以审核通过数为基数计）。",
        "受理来件80件，公开72件，不宜公开8件，公开率90%。",
        "受理来件512件，采纳500件，不予采纳12件，采纳率97.7%。",
    ],
)
def test_rate_of_another_number_accuses_nobody(words):
    """A rate is not taken of a number in another sentence, of a part under another word, or of what is not said to be in time."""
    assert _said(words) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("预算1,204张、决算1,190张，合计2,494张。", [("warning", "2394", "2494")]),
        ("预算1,204张、决算1,190张，合计2,394张。", []),
        ("解读3篇、动态5篇，全年共发布20篇。", []),
        ("新收107张，上年6张，合计113张；其中105张办结，8张未办结。", []),
        ("发布信息190条，具体分三类：政策32条、服务88条、动态60条。", [("warning", "180", "190")]),
    ],
)
def test_total_after_its_parts(words, expected):
    """合计 after a list that 、 joins is its sum."""
    assert _said(words, "claim.parts") == expected
