"""Finding the rows of a table by their printed labels."""

from __future__ import annotations

from random import Random

import pytest

from consistent import figures, report
from extractor.folding import fold
from extractor.pipeline import extract_all
from extractor.readers.labels import find_labels, find_misspelt
from extractor.schema import EDITIONS, FORMS

TABLE = FORMS["2021"].applications


def _keys(text, table=TABLE):
    return [label.row.key for label in find_labels(fold(text), 0, len(text), table)]


@pytest.mark.parametrize("edition", EDITIONS)
def test_official_labels(edition):
    """Every official label with its number, on a line of its own, is its row and no other."""
    for table in FORMS[edition].tables[:2]:
        for row in table.rows:
            assert _keys(f"\n{row.number}{row.label}\n0\n", table) == [row.key]


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("一、本年新收政府信息公开申请数量", "received"),
        ("一、本年新收到政府信息公开申请数量", "received"),
        ("二、上一年度结转政府信息公开申请数量", "carried_in"),
        ("三、本年度办理结果（一）予以公开", "granted"),
        ("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", "granted_in_part"),
        ("（二）部分公开", "granted_in_part"),
        ("2、其他法律、行政法规禁止公开", "refused_prohibited_by_law"),
        ("3.危及三安全、一稳定", "refused_security_stability"),
        ("1．信访、举报、投诉类申请", "rejected_petition"),
        ("3.其他", "other_miscellaneous"),
        ("（七）总计", "concluded"),
        ("（七）合计", "concluded"),
        ("四、结转下一年度继续办理", "carried_forward"),
        ("四、結轉下年度繼續辦理", "carried_forward"),
    ],
)
def test_variants(printed, key):
    """Known variants of labels, other numbering and traditional characters are the same row."""
    assert _keys(f"\n{printed}\n0\n0\n") == [key]


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("一、本年新收政府信\n息公开申请数量", "received"),
        ("2.申请人逾期未按收费通知要求缴纳费 用、行政机关不再处理", "other_fee_unpaid"),
        ("（四）无\n- 4 -\n法提供1.本机关不掌握相关政\n府信息", "unavailable_not_held"),
        ("四 、 结 转 下 年 度 继 续 办 理", "carried_forward"),
    ],
)
def test_labels_broken_by_white_space(printed, key):
    """Blanks and line ends inside a label do not hide it."""
    assert key in _keys(f"\n{printed}\n0\n")


@pytest.mark.parametrize(
    "sentence",
    [
        "全年对12件申请予以公开3件，部分公开2件。",
        "其中，予以公开5件、部分公开3件，属于国家秘密的1件。",
        "重复申请的，不再处理。",
        "我局全年没有属于行政查询事项的申请；结转下年度继续办理的有2件。",
        "涉及本机关不掌握相关政府信息的，应当告知申请人，并说明理由。",
    ],
)
def test_sentences_are_no_labels(sentence):
    """The words of a label in a sentence are no row."""
    assert _keys(f"一、总体情况\n{sentence}\n") == []


def test_headers_are_no_rows():
    """其他 and 总计 are columns, 其他处理 is a group: none is a row where it stands as such."""
    assert _keys("自然人 商业企业 科研机构 社会公益组织 法律服务机构其他 总计件") == []
    assert _keys("（六）其他处理情况说明") == []


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("（五）不现处理1.信访举抱投诉申请", "rejected_petition"),
        ("2.其他法律行政止公开", "refused_prohibited_by_law"),
        ("4.保护笫三方合法权溢", "refused_third_party"),
    ],
)
def test_misspelt_labels(printed, key):
    """A label with typing errors is the missing row that it resembles most."""
    text = fold(f"\n{printed}\n0\n")
    missing = [(n, row) for n, row in enumerate(TABLE.rows) if row.key.startswith(("refused", "rejected"))]
    found = {label.row.key for label in find_misspelt(text, 0, len(text), missing)}
    found |= {label.row.key for label in find_labels(text, 0, len(text), TABLE)}
    assert key in found


def test_other_words_are_no_misspelt_labels():
    """Words of another kind between two labels are not taken for a missing row."""
    text = fold("\n注：以上数据由各科室提供\n小计\n单位：件\n备注说明\n")
    missing = list(enumerate(TABLE.rows))
    assert find_misspelt(text, 0, len(text), missing) == []


def test_a_typing_error_in_any_label_changes_nothing():
    """One wrong character in one label of a table of lines: the row is read all the same or left out, nothing is wrong."""
    shown = figures(Random(5), "2021", 200)
    text = report("2021", shown, "\n")
    random = Random(6)
    for row in TABLE.rows:
        if row.label not in text or len(row.label) < 4:
            continue
        at = random.randrange(len(row.label))
        damaged = text.replace(row.label, row.label[:at] + "厶" + row.label[at + 1 :], 1)
        (result,) = extract_all(damaged.encode(), "a.txt")
        sure = {a: str(c.value) for a, c in result.cells.items() if c.value is not None and c.trust != "doubtful"}
        assert {a: value for a, value in sure.items() if value != shown.get(a)} == {}
        assert len(sure) >= 150
