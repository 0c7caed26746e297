"""Sections are told by the meaning of their headings, whatever became of numerals and line breaks."""

from __future__ import annotations

import pytest

from extractor.document import Document
from extractor.sections import find_sections, simplify, split_reports

HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
NAMES = ["overview", "disclosure", "applications", "proceedings", "improvement", "other_matters"]


def document(text: str) -> Document:
    return Document("t.txt", "", "text/plain", text, window=(0, len(text)))


def report(headings=HEADINGS, end: str = "\n", title: str = "云溪县水务局2023年政府信息公开工作年度报告") -> str:
    return title + end + end.join(f"{heading}{end}这里是第{i}部分的文字。" for i, heading in enumerate(headings))


def names(text: str, tables=()) -> list[str]:
    return [section.name for section in find_sections(document(text), tables) if section.name != "preamble"]


@pytest.mark.parametrize(
    "headings",
    [
        HEADINGS,
        tuple(heading[2:] for heading in HEADINGS),
        tuple("一、" + heading[2:] for heading in HEADINGS),
        tuple("## " + heading for heading in HEADINGS),
        tuple("l" + heading for heading in HEADINGS),
        tuple(" ".join(heading) for heading in HEADINGS),
        (
            "一、基本情况",
            "二、主动公开政府信息的情况",
            "三、收到和处理申请情况",
            "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况",
            "五、存在问题及改进措施",
            "六、其他需要报告事项",
        ),
        (
            "一、總體情況",
            "二、主動公開(kāi)政府信息情況",
            "三、收到和處理政府信息公開申請情況",
            "四、政府信息公開行政復議、行政訴訟情況",
            "五、存在的主要問題及改進情況",
            "六、其他需要報(bào)告的事項",
        ),
        (*HEADINGS[:4], "五、存在的主要問題及改进情况", HEADINGS[5]),
    ],
    ids=["plain", "no numerals", "all 一", "markdown", "ocr", "spaced", "variants", "traditional", "half traditional"],
)
def test_headings_are_found_by_meaning(headings):
    """Numerals may be missing, wrong, dirty or spaced out, titles may vary: the six sections are still found in order."""
    assert names(report(headings)) == NAMES


def test_glued_page_has_its_headings_inside_one_line():
    """Without any line break the headings are found after their numerals."""
    text = report(end="")
    assert names(text) == NAMES
    heading = next(one.heading for one in find_sections(document(text)) if one.name == "proceedings")
    assert text[heading[0] : heading[1]] == HEADINGS[3]


def test_list_of_sections_in_the_preamble_is_no_heading():
    """A preamble that lists the six sections does not start any of them."""
    listing = "本报告由" + "、".join(heading[2:] for heading in HEADINGS) + "六部分组成。\n"
    text = report(title="云溪县水务局2023年政府信息公开工作年度报告\n" + listing)
    preamble = find_sections(document(text))[0]
    assert preamble.name == "preamble"
    assert listing.strip() in text[preamble.span[0] : preamble.span[1]]


def test_table_without_heading_bounds_its_section():
    """A table whose heading was lost starts its section; the heading of another table stays with that one."""
    text = report(HEADINGS[:2]) + "\n申请表开始0000\n" + "\n".join(HEADINGS[3:])
    start = text.index("申请表")
    sections = {section.name: section for section in find_sections(document(text), [("applications", (start, start + 9))])}
    assert sections["applications"].heading is None
    assert sections["applications"].span[0] == start
    assert sections["disclosure"].span[1] == start


def test_restarted_numbering_gives_the_table_its_own_heading():
    """A narrative numbered 一 to 三 before the tables stays in the overview; the heading next to the table is its section's."""
    text = (
        "一、总体情况\n概述文字。\n二、主动公开情况\n叙述文字。\n一、主动公开政府信息情况\n第二十条第（一）项 规章 0\n"
        "二、收到和处理政府信息公开申请情况\n"
    )
    table = text.index("第二十条")
    sections = {section.name: section for section in find_sections(document(text), [("disclosure", (table, table + 14))])}
    assert sections["disclosure"].span[0] == text.index("一、主动公开政府信息情况")
    assert "叙述文字" in text[slice(*sections["overview"].span)]


def test_furniture_of_the_page_ends_the_last_section():
    """What a website prints under a report is no part of it."""
    text = report() + "\n【打印】【关闭】\n主办单位：某局 累计访问：99人次"
    assert "累计访问" not in text[slice(*find_sections(document(text))[-1].span)]


def test_reports_one_after_another_are_split():
    """Two reports in one input become two parts that share the text."""
    second = report(title="云溪县商务局2023年政府信息公开工作年度报告")
    parts = split_reports(document(report() + "\n" + second))
    assert [(part.part, part.parts) for part in parts] == [(1, 2), (2, 2)]
    assert parts[1].text[slice(*parts[1].window)] == second


@pytest.mark.parametrize(
    "text",
    [
        report() + "\n云溪县水务局2023年政府信息公开工作年度报告\n",
        "云溪县水务局2023年政府信息公开工作年度报告\n" + report(),
        report() + "\n" + report(),
        "政府信息公开年报\n" + report() + "\n北川市云溪县水务局2023年政府信息公开工作年度报告",
        report(HEADINGS[:3]) + "\n云溪县水务局2023年年度报告（续）\n" + "\n".join(HEADINGS[3:]),
    ],
    ids=["at the end", "twice at the top", "the same report twice", "other titles around", "continued"],
)
def test_repeated_titles_split_nothing(text):
    """A title printed again is no second report."""
    assert len(split_reports(document(text))) == 1


def test_simplified_text_keeps_every_place():
    """Folding traditional characters and pinyin keeps the length, so that spans stay valid."""
    text = "一、總體情況：報(bào)告"
    assert simplify(text) == "一、总体情况：报     告"
    assert len(simplify(text)) == len(text)


def test_a_heading_in_brackets_counts_where_no_better_one_stands():
    """（五）存在的主要问题及改进情况 begins the section if nothing else does, and is an item of a section if something does."""
    bracketed = "（五）存在的主要问题及改进情况"
    assert names(report((*HEADINGS[:4], bracketed, HEADINGS[5]))) == NAMES
    both = report((HEADINGS[0], bracketed, *HEADINGS[1:]))
    assert names(both) == NAMES
    assert find_sections(document(both))[-2].heading == (both.index(HEADINGS[4]), both.index(HEADINGS[4]) + len(HEADINGS[4]))
