"""What a visitor of the page sees and does, in a real browser against a real server on this machine."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect
from visiting import DATASET, Visit, agree, labelled, server

pytestmark = [pytest.mark.loopback, pytest.mark.filterwarnings("ignore::ResourceWarning")]

RECEIVED = "applications.received.natural_person"
WRONG = DATASET / "a18_wrong_arithmetic.txt"
GLUED = DATASET / "b25_kuiyang_veterans_glued_misprint.txt"
RULED = DATASET / "d10_water_ruled.pdf"


@pytest.fixture
def visit():
    """A visitor; afterwards no script of the page may have failed and no traceback may stand in the server's log."""
    visiting = Visit()
    yield visiting
    visiting.close()
    assert visiting.troubles == []
    assert "Traceback" not in server().log


@pytest.mark.parametrize(
    "name",
    ["a18_wrong_arithmetic.txt", "b07_tongling_health_twice.html", "d09_province_thousands.docx", "d42_formulas.xlsx",
     "d10_water_ruled.pdf", "d29_forestry.rtf", "d33_packed_gbk.zip"],
)  # fmt: skip
def test_every_type_shows_the_labelled_numbers(visit, name):
    """A messy file of each type appears in the official tables, every number as a person labelled it or left open."""
    visit.read(DATASET / name)
    shown = visit.values()
    wanted = labelled(name)
    wrong = {
        address: shown.get(address)
        for address, value in wanted.items()
        if re.sub(r"[^\d.-]", "", shown.get(address, "")) not in (value, "")
    }
    assert wrong == {}
    assert len(shown) >= 198


def test_large_numbers_stand_on_one_line(visit):
    """A number of six digits is not broken over two lines, where it could be taken for two."""
    visit.read(DATASET / "a23_large_city.txt")
    heights = visit.page.locator("td.cell .value").evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(heights) == {1}


def test_file_that_is_no_report_says_why_and_the_others_go_on(visit):
    """A wrong file gets its reason and what to do; the report beside it is shown."""
    visit.read(("照片.bin", bytes(range(256)) * 40), ("空.txt", b""), WRONG, title="桐陂县交通运输局")
    expect(visit.page.locator(".st-key-failures")).to_contain_text("2 个文件未能读取")
    told = visit.page.locator(".st-key-failures").inner_text()
    assert "照片.bin：" in told
    assert "空.txt：" in told
    assert told.count("请") >= 2


def test_pasted_text_is_read(visit):
    """Text from the clipboard is as good as a file, and one click reads it."""
    visit.page.get_by_role("textbox", name="把报告正文粘贴到这里").fill(WRONG.read_text(encoding="utf-8"))
    visit.page.get_by_role("button", name="读取粘贴的正文").click()
    visit.headline("桐陂县交通运输局 2023 年度")


def test_example_opens_by_one_click(visit):
    """The example shows its headline, how firm its cells stand, and its findings by severity."""
    visit.example()
    counts = visit.page.locator(".counts").inner_text()
    assert all(word in counts for word in ("读取核对无误", "已定位", "存疑", "未定", "须核改", "建议改"))
    expect(visit.page.locator(".finding")).to_have_count(3)


def test_files_of_one_name_are_both_reached(visit):
    """Two agencies often call their files the same: each is chosen by its agency, and by the buttons beside."""
    text = WRONG.read_text(encoding="utf-8")
    visit.read(("年报.txt", text.encode()), ("年报.txt", text.replace("桐陂县", "第二县").encode()))
    visit.page.get_by_role("button", name="下一份").click()
    visit.headline("第二县交通运输局")
    visit.page.get_by_role("button", name="上一份").click()
    visit.headline("桐陂县交通运输局")
    visit.choose("年报.txt　第二县")
    visit.headline("第二县交通运输局")


def test_line_of_the_overview_opens_its_report(visit):
    """A click on a line of the overview leads to the report."""
    text = WRONG.read_text(encoding="utf-8")
    visit.read(("甲.txt", text.encode()), ("乙.txt", text.replace("桐陂县", "第二县").encode()))
    visit.view("总览")
    table = visit.page.locator("[data-testid=stDataFrame] canvas").first
    opened = visit.page.locator(".review h2", has_text="第二县交通运输局")

    def click():
        """A table that is still being drawn takes no click, and nothing tells when it does."""
        boxes = table.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
        if boxes and not opened.count():
            visit.page.mouse.click(boxes[0]["x"] + 60, boxes[0]["y"] + 88)
            visit.page.wait_for_timeout(1000)
        return opened.count()

    table.wait_for()
    agree(click, 1)


def test_cell_and_source_find_each_other(visit):
    """A click on a cell highlights its number in the source, in sight; a click in the source selects the cell."""
    visit.read(WRONG)
    visit.cell("applications.concluded.total").click()
    agree(visit.marked, [visit.values()["applications.concluded.total"]])
    agree(lambda: visit.in_sight("mark", ".source"), True)
    visit.page.locator(f'.source [data-address="{RECEIVED}"]').click()
    expect(visit.cell(RECEIVED)).to_have_attribute("aria-selected", "true")
    agree(visit.marked, ["174"])


def test_source_is_shown_as_it_is(visit):
    """The source is the canonical text, character by character, also where tabs and marks stand in it."""
    visit.read(WRONG)
    visit.cell(RECEIVED).click()
    lines = visit.page.locator(".source .line").all_text_contents()
    assert "\n".join(line.replace("\u200b", "") for line in lines) == WRONG.read_text(encoding="utf-8").rstrip("\n")


def test_finding_leads_to_its_cells_and_its_words(visit):
    """A finding shows formula, both values and suggestion; its cells are outlined and its numbers highlighted."""
    visit.read(WRONG)
    visit.page.locator(".finding-title").first.click()
    body = visit.page.locator(".finding-body").first.inner_text()
    assert all(words in body for words in ("174 + 5 = 179 ≠ 177 = 171 + 6", "相差 2", "建议", "balance.applications"))
    expect(visit.cell(RECEIVED)).to_have_attribute("aria-selected", "true")
    agree(lambda: visit.marked()[:2], ["174", "204"])
    agree(lambda: visit.in_sight("mark", ".source"), True)
    agree(lambda: visit.in_sight(f'[data-name="cell {RECEIVED}"]', ".tables"), True)


def test_findings_are_filtered_and_judged(visit):
    """Severities can be hidden where there are several; a dismissed finding is marked with its reason and leaves the text for the agency."""
    visit.example()
    visit.page.get_by_role("button", name="须核改", exact=True).click()
    expect(visit.page.locator(".finding")).to_have_count(2)
    visit.page.get_by_role("button", name="须核改", exact=True).click()
    expect(visit.page.locator(".finding")).to_have_count(3)
    visit.page.get_by_text("文件：上传").click()
    visit.page.get_by_role("button", name="全部清除").click()
    expect(visit.page.locator(".review")).to_have_count(0)
    visit.read(WRONG, title="桐陂县")
    expect(visit.page.locator(".filter")).to_have_count(0)
    visit.page.locator(".finding-title").first.click()
    visit.page.get_by_role("textbox", name="理由").fill("另有口径")
    visit.page.get_by_role("button", name="排除").click()
    visit.page.locator(".finding.dismissed").wait_for()
    visit.page.get_by_text("给机关的文字").click()
    letter = visit.page.locator("[data-testid=stCode]")
    letter.wait_for()
    expect(letter).to_contain_text("桐陂县交通运输局", use_inner_text=True)
    expect(letter).not_to_contain_text("174 + 5", use_inner_text=True)
    expect(letter).to_contain_text("96 = 55", use_inner_text=True)


def test_cell_is_corrected_by_keyboard_and_the_correction_undone(visit):
    """Arrow, Enter, number, Enter: the printed number stays, the person's stands beside it; undo takes it back."""
    visit.read(WRONG)
    visit.cell("applications.received.enterprise").click()
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.type("172")
    started = time.perf_counter()
    visit.page.keyboard.press("Enter")
    beside = visit.cell(RECEIVED).locator(".beside")
    beside.wait_for()
    print(f"an edit is seen after {time.perf_counter() - started:.3f} s")  # noqa: T201 - told, not asserted
    agree(lambda: (beside.inner_text(), visit.values()[RECEIVED]), ("✎172", "174"))
    expect(visit.page.locator(".detail")).to_contain_text("人工：172（原文未见）", use_inner_text=True)
    visit.page.get_by_text("更正记录（1）").wait_for()
    visit.page.get_by_role("button", name="撤销上一次更正").click()
    beside.wait_for(state="detached")
    visit.page.get_by_text("更正记录").wait_for(state="detached")


def test_double_click_corrects_the_cell_under_the_pointer(visit):
    """With a finding open above the tables, a double click still hits the cell that was meant: nothing moves in between."""
    visit.read(WRONG)
    visit.page.locator(".finding-title").first.click()
    visit.cell("applications.received.total").dblclick()
    expect(visit.page.locator("td.selected")).to_have_attribute("data-name", "cell applications.received.total")
    expect(visit.page.locator(".editor input").first).to_have_value("204")


def test_number_pointed_at_in_the_source_becomes_the_value(visit):
    """In an open row a person points at the number in the text; it is read there."""
    visit.read(GLUED)
    address = "disclosure.licensing.decisions"
    visit.cell(address).dblclick()
    visit.page.get_by_role("button", name="在原文中指出").click()
    visit.page.locator(".source button.number", has_text="2116").click()
    visit.page.get_by_role("button", name="保存").click()
    visit.page.locator(f'td[data-name="cell {address}"] .value', has_text="2116").wait_for()
    expect(visit.cell(address)).to_contain_text("✎", use_inner_text=True)
    agree(visit.marked, ["2116"])


def test_what_a_cell_cannot_hold_gets_a_sentence(visit):
    """A word in a number's cell is refused beside the field, with what to do instead; what was written stays to be mended."""
    visit.read(WRONG)
    visit.cell(RECEIVED).dblclick()
    visit.page.locator(".editor input").first.fill("<b>很多</b>")
    visit.page.keyboard.press("Enter")
    visit.page.locator(".detail [role=alert]", has_text="请填一个数，空白则留空，不适用填 /").wait_for()
    agree(lambda: visit.values()[RECEIVED], "174")
    field = visit.page.locator(".editor input").first
    expect(field).to_have_value("<b>很多</b>")
    field.fill("173")
    visit.page.keyboard.press("Enter")
    visit.cell(RECEIVED).locator(".beside", has_text="✎173").wait_for()
    expect(visit.page.locator(".detail [role=alert]")).to_have_count(0)


def test_candidate_of_an_open_row_is_chosen(visit):
    """An open row offers its ways; the chosen one fills the cells, and the row's finding is gone."""
    visit.read(GLUED)
    before = visit.page.locator(".finding").count()
    visit.cell("disclosure.normative_documents.issued").click()
    visit.page.locator(".candidates button").first.click()
    visit.page.locator('td[data-name="cell disclosure.normative_documents.in_force"] .value', has_text="16").wait_for()
    row = [f"disclosure.normative_documents.{key}" for key in ("issued", "repealed", "in_force")]
    agree(lambda: list(map(visit.values().get, row)), ["2", "1", "16"])
    expect(visit.page.locator(".finding")).to_have_count(before - 1)


def test_page_of_a_pdf_is_shown_with_the_cell_framed(visit):
    """For a PDF the page's picture stands beside the tables, the chosen cell in a frame, over page breaks too."""
    visit.read(RULED)
    visit.cell(RECEIVED).click()
    visit.page.locator(".turn", has_text="2 / 3").wait_for()
    visit.page.locator(".sheet .frame").wait_for()
    agree(lambda: visit.in_sight(".frame", ".source"), True)
    pane = visit.page.locator(".source")
    agree(lambda: pane.evaluate("one => one.scrollWidth <= one.clientWidth"), True)
    visit.page.get_by_role("button", name="放大").click()
    agree(lambda: pane.evaluate("one => one.scrollWidth > one.clientWidth"), True)
    agree(lambda: visit.in_sight(".frame", ".source"), True)
    visit.page.get_by_role("button", name="文字").click()
    agree(visit.marked, [visit.values()[RECEIVED]])


def test_kept_fixture_is_labelled_and_evaluated(visit):
    """Started with a dataset, the page keeps a corrected report there as the lint accepts it, and runs the evaluation over it."""
    from eval.lint import lint

    visit.read(GLUED)
    visit.cell("disclosure.normative_documents.issued").click()
    visit.page.locator(".candidates button").first.click()
    visit.page.get_by_text("更正记录（1）").wait_for()
    visit.page.get_by_role("button", name="存为样例").click()
    visit.page.get_by_text("已存到").wait_for()
    problems = lint(server().dataset)
    assert (problems.lines, problems.labels) == ([], 1)
    visit.view("开发者")
    visit.page.get_by_role("button", name="运行评测").click()
    visit.page.locator("[data-testid=stCode]").wait_for()
    expect(visit.page.locator("[data-testid=stCode]")).to_contain_text("documents_read", use_inner_text=True)


def test_words_change_with_the_language(visit):
    """Everything the page says has English words, findings too; back in Chinese the settings are what they were."""
    visit.read(WRONG)
    visit.view("English")
    visit.page.locator(".findings h3", has_text="Findings").wait_for()
    expect(visit.page.locator(".finding-title").first).to_contain_text("must fix", use_inner_text=True)
    visit.settled()
    agree(lambda: "Upload annual reports" in visit.page.content(), True)
    expect(visit.page.locator(".counts")).to_have_count(1)
    assert re.search("[\u4e00-\u9fff]", visit.page.locator(".counts").inner_text()) is None
    visit.view("中文")
    visit.page.locator(".findings h3", has_text="核对意见").wait_for()
    visit.page.get_by_role("button", name="设置").click()
    for choice in ("规则（不联网，不需要密钥）", "按文件类型判断"):
        expect(visit.page.get_by_role("radio", name=choice)).to_be_checked()


def test_result_of_a_text_is_seen_soon(visit):
    """The time from upload to tables is measured and told; a person does not wait."""
    started = time.perf_counter()
    visit.read(WRONG)
    print(f"a text report is seen after {time.perf_counter() - started:.3f} s")  # noqa: T201 - told, not asserted
    expect(visit.page.locator("td.cell")).to_have_count(200)
