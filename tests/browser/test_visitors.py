"""What the page keeps apart, refuses and hands out: downloads, many files, hostile documents, keys, other visitors."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from zipfile import ZipFile

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from visiting import DATASET, Visit, agree, browser, server

from eval.scripted.oracle import Oracle
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted
from extractor.serving import UPLOAD_MB

pytestmark = [pytest.mark.loopback, pytest.mark.filterwarnings("ignore::ResourceWarning")]

TEXT = (DATASET / "a18_wrong_arithmetic.txt").read_text(encoding="utf-8")
AGENCY = "桐陂县交通运输局"
KEY = "sk-never-to-be-seen-4711"
OPENED = {
    "xlsx": lambda data: AGENCY in str([list(sheet.values) for sheet in openpyxl.load_workbook(io.BytesIO(data))]),
    "json": lambda data: all(json.loads(line)["report"]["agency"].startswith(AGENCY[:4]) for line in data.splitlines()),
    "csv": lambda data: len(list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))) >= 200,
    "markdown": lambda data: data.decode().startswith(f"# {AGENCY}"),
}


@pytest.fixture
def visits():
    """Makes visitors; afterwards no script may have failed and no traceback may stand in the server's log."""
    made = []

    def visit(**how):
        made.append(Visit(**how))
        return made[-1]

    yield visit
    for one in made:
        one.close()
    assert [trouble for one in made for trouble in one.troubles] == []
    assert "Traceback" not in server().log


def grave(visit):
    """Serious and critical violations that axe-core finds, once nothing is being drawn anew (what is, is pale)."""
    visit.settled()
    visit.page.locator("[data-stale=true]").first.wait_for(state="detached")
    visit.page.get_by_test_id("stStatusWidget").wait_for(state="detached")
    found = Axe().run(visit.page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def two_years():
    """Reports of one agency for two years, of which the second does not carry on the first."""
    return [("甲.txt", TEXT.encode()), ("乙.txt", TEXT.replace("2023", "2024").replace("2024-01", "2025-01").encode())]


def test_results_are_taken_away(visits):
    """Workbook, JSON, CSV and summary of one report and of all open as what they are."""
    visit = visits()
    visit.read(*two_years())
    visit.view("下载")
    for kind, opens in OPENED.items():
        for scope in ("one", "all"):
            data, name = visit.download(f"{scope}-{kind}")
            assert opens(data), (scope, kind)
            assert name.rpartition(".")[2] in {"xlsx", "json", "jsonl", "csv", "md"}
    data, name = visit.download("apart-json")
    with ZipFile(io.BytesIO(data)) as packed:
        assert (packed.namelist(), name) == (["甲.json", "乙.json"], "nianbao-json.zip")


def test_years_stand_side_by_side(visits):
    """Two years of one agency are compared in a table and a chart; what one year leaves the other must take up."""
    visit = visits()
    visit.read(*two_years())
    visit.view("各年对比与图表")
    table = visit.page.locator("[data-testid=stTable]")
    table.wait_for()
    expect(table).to_contain_text("2023", use_inner_text=True)
    expect(table).to_contain_text("2024", use_inner_text=True)
    visit.page.locator("[data-testid=stVegaLiteChart]").first.wait_for()
    visit.page.get_by_text("各年之间的问题").wait_for()
    expect(visit.page.locator("[data-testid=stMain]")).to_contain_text("上年结转", use_inner_text=True)


def test_hostile_document_does_nothing_but_show(visits):
    """Scripts, Markdown, LaTeX, formulas, emoji codes and endless words are text, in the document and in its name."""
    visit = visits(width=1000)
    hostile = (
        "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'>**粗** $x^2$ :smile: [链](http://192.0.2.1/) =1+1"
    )
    text = TEXT.replace("一、总体情况", f"一、总体情况\n{hostile}\n{'長' * 3000}{'w' * 3000}", 1).replace(
        AGENCY, f"{AGENCY}<b>$y^2$</b>"
    )
    named = "<img src=x onerror=window.hacked=3>$z$**n** :smile:"
    visit.read((f"{named}.txt", text.encode()), (f"{named}2.txt", text.encode()), ("<b>:smile:.pdf", b"%PDF-1.4 <script>"))
    visit.choose(f"{named}2.txt")
    visit.page.locator(".particulars", has_text=f"{named}2.txt").wait_for()
    visit.page.locator(".finding-title").first.click()
    agree(lambda: hostile in visit.page.locator(".source").inner_text(), True)
    for view in ("各年对比与图表", "下载", "总览", "核对"):
        visit.view(view)
        visit.page.wait_for_timeout(500)
    assert visit.page.evaluate("window.hacked") is None
    assert visit.page.locator(".katex, .review b:has-text('y^2'), .source img, .stMain a[href*='192.0.2']").count() == 0
    expect(visit.page.locator(".st-key-failures")).to_contain_text("<b>:smile:.pdf", use_inner_text=True)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.page.locator(".source").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_key_serves_one_visitor_and_is_seen_nowhere(visits):
    """A key reaches the service and neither page, address, storage, log, file nor result."""
    visit = visits()
    with scripted(LabelAuthor(Oracle(()))) as endpoint:
        visit.page.get_by_role("button", name="设置").click()
        visit.page.get_by_text("规则和模型", exact=True).click()
        for label, content in (("模型名称", endpoint.model), ("服务地址", endpoint.base_url), ("密钥", KEY)):
            visit.page.get_by_role("textbox", name=label).fill(content)
        visit.page.get_by_role("button", name="检查服务").click()
        visit.page.get_by_text("服务可用").wait_for()
        visit.page.keyboard.press("Escape")
        visit.read(("a.txt", TEXT.encode()))
        visit.view("下载")
        data, _ = visit.download("one-json")
        assert endpoint.counts.requests > 0
    run = json.loads(data)["run"]
    assert (run["reader"], run["model"]) == ("both", endpoint.model)
    seen = [data.decode(), visit.page.content(), visit.page.url, server().log]
    seen.append(visit.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"))
    seen += [path.read_text(errors="replace") for path in server().home.rglob("*") if path.is_file()]
    assert [text for text in seen if KEY in text] == []


def test_unreachable_service_is_told_in_a_sentence(visits):
    """A wrong address is named with what to do; the visitor can go on with the rules."""
    visit = visits()
    visit.page.get_by_role("button", name="设置").click()
    visit.page.get_by_text("规则和模型", exact=True).click()
    visit.page.get_by_role("textbox", name="模型名称").fill("m")
    visit.page.get_by_role("textbox", name="服务地址").fill("file:///etc/passwd")
    visit.page.get_by_role("button", name="应用").click()
    visit.page.get_by_text("不是网址").wait_for()


def test_upload_over_the_limit_gets_a_sentence(visits, tmp_path):
    """A file over the limit is refused with its size, the limit and what to do; the page stays usable."""
    visit = visits()
    large = tmp_path / "巨大.txt"
    with large.open("wb") as file:
        file.truncate(70 << 20)
    visit.page.locator("input[type=file]").set_input_files(str(large))
    visit.page.get_by_text("超过上限 60 MB").wait_for()
    visit.settled()
    visit.page.get_by_text("文件：上传、粘贴或打开示例").click()
    visit.example()


def test_upload_that_the_server_refuses_gets_a_chinese_sentence(visits, tmp_path):
    """What is far over the limit is not sent at all; the page says why in its own language, Streamlit says nothing."""
    visit = visits()
    large = tmp_path / "巨大.txt"
    with large.open("wb") as file:
        file.truncate((UPLOAD_MB + 10) << 20)
    visit.page.locator("input[type=file]").set_input_files(str(large))
    visit.page.locator("[data-testid=stFileChip][aria-invalid=true]").wait_for()
    told = visit.page.locator("[data-testid=stFileUploader]").evaluate("one => getComputedStyle(one, '::after').content")
    assert "超过上限 60 MB" in told
    visit.page.get_by_text("巨大.txt").hover()
    visit.page.wait_for_timeout(300)
    assert visit.page.get_by_text("or smaller").locator("visible=true").count() == 0


def test_hundred_files_at_once(visits):
    """A hundred files are read in one go, the broken ones told, and all are in the overview."""
    visit = visits()
    files = [(f"{n}.txt", TEXT.replace(AGENCY, f"第{n}号县交通运输局").encode()) for n in range(97)]
    started = time.perf_counter()
    visit.upload(*files, *((f"坏{n}.docx", b"PK\x03\x04broken") for n in range(3)))
    visit.page.get_by_text("报告（共 97 份）").wait_for()
    print(f"a hundred files are read after {time.perf_counter() - started:.1f} s")  # noqa: T201 - told, not asserted
    expect(visit.page.locator(".st-key-failures")).to_contain_text("3 个文件未能读取", use_inner_text=True)
    visit.choose("42.txt")
    visit.headline("第42号县交通运输局")
    visit.view("总览")
    visit.page.locator("[data-testid=stDataFrame]").wait_for()


def test_library_is_filled_searched_and_opened(visits, tmp_path):
    """A folder is read into a new library and watched; its reports are counted, filtered and compared. While its file stands
    there a report can be corrected, else only looked at."""
    folder = tmp_path / "报告"
    folder.mkdir()
    for name, data in (*two_years(), ("坏.docx", b"PK\x03\x04broken")):
        (folder / name).write_bytes(data)
    visit = visits()
    visit.page.get_by_text("资料库：批量读取的结果").click()
    visit.fill("资料库（文件", str(tmp_path / "reports.db"))
    visit.page.get_by_text("还没有这个资料库").wait_for()
    visit.fill("文件夹的完整路径", str(folder))
    visit.page.get_by_role("button", name="开始批量读取").click()
    visit.page.get_by_text("全部 3　已读取 2　未能读取 1　有须核改的 2").wait_for()
    visit.page.get_by_text("已结束").wait_for()
    expect(visit.page.locator(".st-key-batch")).to_contain_text("坏.docx", use_inner_text=True)
    assert grave(visit) == []
    visit.fill("年度", "2024")
    visit.page.get_by_text("符合 1 份").wait_for()
    visit.pick("比较一个机关的各年", "桐陂县")
    visit.page.get_by_text("各年之间的问题").wait_for()
    visit.page.get_by_role("button", name="打开核对").click()
    visit.headline("桐陂县交通运输局 2024 年度")
    visit.page.get_by_text("来自资料库，原文件没有变，可以更正").wait_for()
    visit.cell("applications.received.total").dblclick()
    expect(visit.page.locator(".editor")).to_have_count(1)
    (folder / "甲.txt").unlink()
    visit.view("总览")
    visit.fill("年度", "2023")
    expect(visit.page.get_by_role("combobox", name="要打开的报告")).to_have_value(re.compile("2023"))
    visit.page.get_by_role("button", name="打开核对").click()
    visit.headline("桐陂县交通运输局 2023 年度")
    visit.page.get_by_text("来自资料库，只能查看").wait_for()
    visit.cell("applications.received.total").dblclick()
    agree(visit.marked, ["204"])
    expect(visit.page.locator(".editor, .detail button, .judge")).to_have_count(0)


def test_corrected_report_keeps_its_settings_and_says_so(visits):
    """Other settings do not touch a report that a person has corrected, and the page says that it was left alone."""
    visit = visits()
    visit.read(("a.txt", TEXT.encode()))
    visit.cell("applications.received.natural_person").dblclick()
    visit.page.keyboard.type("172")
    visit.page.keyboard.press("Enter")
    visit.page.locator(".beside").wait_for()
    visit.page.get_by_role("button", name="设置").click()
    visit.page.get_by_text("机关的原始文件", exact=True).click()
    visit.page.get_by_role("button", name="应用").click()
    visit.page.get_by_text("1 份报告已有更正").wait_for()
    expect(visit.page.locator(".beside")).to_have_count(1)


def test_visitors_see_nothing_of_each_other(visits):
    """Another visitor, and the same one in another tab, start with an empty desk, also while corrections are made."""
    first = visits()
    first.read(("秘密.txt", TEXT.encode()))
    second = visits()
    stranger = browser().new_context().new_page()
    stranger.goto(server().url)
    stranger.locator("[data-testid=stFileUploader]").wait_for()
    for page in (second.page, stranger):
        assert AGENCY not in page.content()
        assert page.locator(".review").count() == 0
    second.read(("a.txt", TEXT.replace("174", "175").encode()))
    agree(lambda: first.values()["applications.received.natural_person"], "174")
    first.cell("applications.received.natural_person").dblclick()
    first.page.keyboard.type("172")
    first.page.keyboard.press("Enter")
    first.page.locator(".beside").wait_for()
    second.view("总览")
    second.view("核对")
    second.headline()
    assert second.page.locator(".beside").count() == 0
    stranger.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible_with_a_result_loaded(visits, scheme):
    """axe-core finds no serious or critical violation, with a cell chosen, a finding opened and a form under way, and in the
    other views."""
    visit = visits(scheme=scheme)
    visit.read(*two_years())
    shade = visit.page.locator(".stApp").evaluate(
        "one => getComputedStyle(one).backgroundColor.match(/[0-9]+/g).map(Number)[0]"
    )
    assert (shade < 60) == (scheme == "dark")
    visit.page.locator(".finding-title").first.click()
    visit.cell("disclosure.normative_documents.issued").dblclick()
    found = grave(visit)
    for view, there in (("各年对比与图表", "stVegaLiteChart"), ("下载", "stDownloadButton"), ("总览", "stDataFrame")):
        visit.view(view)
        visit.page.locator(f"[data-testid={there}]").first.wait_for()
        found += grave(visit)
    assert found == []


def test_main_flow_works_by_keyboard_alone(visits):
    """Tab leads to the findings, the tables and the form; arrows move between cells; names tell what they are."""
    visit = visits()
    visit.example()
    reached = set()
    for _ in range(60):
        visit.page.keyboard.press("Tab")
        name = visit.page.evaluate(
            "() => { let one = document.activeElement; while (one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;"
            " return one.getAttribute('data-name') || one.getAttribute('aria-label') || one.tagName; }"
        )
        reached.add(name.split(" ")[0])
        if "cell" in reached:
            break
    assert {"finding", "filter", "cell"} <= reached
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".editor input").first).to_be_focused()
    visit.page.keyboard.press("Escape")
    label = visit.page.locator("td.selected").get_attribute("aria-label")
    assert "行政规范性文件" in label
    assert "未定" in label


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (768, "light")])
def test_narrow_screens_show_tables_above_the_source(visits, width, scheme):
    """On a narrow screen nothing runs out of the page, and tables and source stand below each other."""
    visit = visits(width=width, height=844, scheme=scheme)
    visit.example()
    agree(lambda: visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), True)
    left, right = (visit.page.locator(place).bounding_box() for place in (".left", ".source"))
    assert left["y"] + left["height"] <= right["y"]
    english = visit.page.get_by_text("English").bounding_box()
    assert english["x"] + english["width"] <= width
    assert max(box["x"] + box["width"] for box in (left, right)) <= width
