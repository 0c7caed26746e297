"""`nianbao check`: pages for a person, lines for a program, a workbook for a batch, several years together. The pages of
hand-made findings are golden (rewrite them with NIANBAO_GOLDEN=write and read the difference)."""

from __future__ import annotations

import io
import json
import os
import string
import sys
from pathlib import Path
from random import Random

import openpyxl
import pytest
from rich.cells import cell_len

from conftest import ROOT
from consistent import figures, report
from extractor import check, cli
from extractor.errors import UnreadableDocument
from extractor.pipeline import Options, extract_all, extract_with_text
from extractor.reading import Cell, Unplaced
from extractor.render import findings_workbook
from extractor.render.findings import WIDTH, Checked, line_ends, page, wrapped
from extractor.result import Claim, Elsewhere, ExplainedCell, Explanation, Finding
from extractor.schema import FORMS
from extractor.validate import RULES, catalogue, rollup, series
from handmade import read, result
from labelled import DATASET

GOLDEN = Path(__file__).parent / "golden"
CONTRACT = {
    "balance.applications", "sum.outcomes", "sum.applicants", "sum.proceedings", "value.domain", "stock.documents",
    "authority.rules", "claim.table", "claim.parts", "claim.ratio", "claim.enumeration", "reference.malformed",
    "reference.outdated", "document.kind", "structure.section", "structure.table", "structure.row", "structure.column",
    "structure.aspect", "structure.edition", "structure.duplicate", "structure.attachment", "cell.blank",
    "cell.not_applicable", "cell.unplaced", "cell.unreadable", "label.variant", "label.typo", "year.mismatch",
    "agency.mismatch", "published.late", "fee.statement", "text.damaged", "text.hidden", "text.injection", "text.repeated",
    "series.carry", "series.stock", "rollup.sum", "reading.unlocated", "reading.disagreement",
}  # fmt: skip
GRAVITY = ["info", "warning", "error"]
SHOWN = figures(Random(21), "2021", 500) | dict.fromkeys(
    (f"disclosure.rules.{c}" for c in ("issued", "repealed", "in_force")), "0"
)
SHOWN["disclosure.normative_documents.in_force"] = "600"
CLEAN = report("2021", SHOWN, "\t").replace("无其他需要报告的事项。", "未收取信息处理费。")
CLEAN = CLEAN.replace("一、总体情况\n（一）主动公开。我局按照条例要求主动公开政府信息。", "一、总体情况\n我局按照条例办理。")
WRONG = CLEAN.replace(f"\t{SHOWN['applications.received.total']}\n", "\t9999\n", 1)
BLANK = CLEAN.replace("3.要求提供公开出版物\t1\t0\t", "3.要求提供公开出版物\t1\t \t")
LATER = CLEAN.replace("2023年", "2024年")
TEXT = "某县水务局\n" * 20


def several():
    """A report with an error that has two explanations, a ratio, blanks, an open row, a mistyped label and a question to
    two years."""
    granted, blanks = "applications.granted", [f"disclosure.rules.{c}" for c in ("issued", "repealed", "in_force")]
    columns = [column.key for column in FORMS["2021"].applications.rows[0].columns]
    cells = {
        **{address: Cell(None, "blank") for address in blanks},
        **{f"applications.received.{column}": Cell(None, "unplaced") for column in columns},
        f"{granted}.natural_person": read(55, trust="located", start=12),
        f"{granted}.enterprise": read(14, trust="located", start=14),
        f"{granted}.total": read(96, trust="located", start=16),
        "applications.concluded.total": read(69, trust="located", start=40),
        "applications.carried_in.total": read(3, start=30),
    }
    explanations = (
        Explanation(
            kind="transposed_digits", unique=False, cells=(ExplainedCell(cell=f"{granted}.total", printed=96, fits=69),)
        ),
        Explanation(
            kind="two_cells",
            unique=False,
            cells=(
                ExplainedCell(cell=f"{granted}.natural_person", printed=55, fits=82),
                ExplainedCell(cell="applications.concluded.total", printed=69, fits=96),
            ),
        ),
    )
    findings = (
        Finding(
            id="1", rule="sum.applicants", severity="error", cause="report", formula="96 = 55 + 14", expected="69",
            actual="96", difference="27", cells=tuple(f"{granted}.{column}" for column in columns), span=(12, 18),
            explanations=explanations, message="总计应等于各类申请人之和：相差27", suggestion="请核对", basis="格式",
        ),
        Finding(
            id="2", rule="claim.ratio", severity="error", cause="report", claims=("c1",), formula="81944 / 82292", raw="99.66%",
            expected="99.58", actual="99.66", difference="0.08", span=(7, 13), message="按文中81944 / 82292为99.58%",
        ),
        Finding(
            id="3", rule="cell.blank", severity="warning", cause="report", cells=tuple(blanks), message="规章：3格空白",
        ),
        Finding(
            id="4", rule="cell.unplaced", severity="warning", cause="copy", raw="134\n2", span=(60, 65), message="无法确定",
            cells=tuple(f"applications.received.{column}" for column in columns),
        ),
        Finding(
            id="5", rule="series.carry", severity="warning", cause="undetermined", cells=("applications.carried_in.total",),
            elsewhere=(Elsewhere(document="2022.txt", cell="applications.carried_forward.total"),), expected="5", actual="3",
            message="与上年结转不一致",
        ),
        Finding(
            id="6", rule="label.typo", severity="info", cause="report", raw="重复申清", message="行名 \x1b[31m有误",
            cells=tuple(f"applications.rejected_repeated.{column}" for column in columns),
        ),
    )  # fmt: skip
    open_row = Unplaced("134\n2", (60, 65), ((134, *[None] * 5, 2), (None, 134, *[None] * 4, 2)), 42)
    claim = Claim(id="c1", raw="99.66%", span=(7, 13), section="overview", subject="热线", value="99.66", kind="ratio")
    made = result(cells, findings=findings, unplaced={"applications.received": open_row}, claims=(claim,))
    return Checked(made, line_ends(TEXT))


@pytest.fixture
def run(monkeypatch, capsysbinary, tmp_path):
    """Run the command line in a folder of its own: (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    texts = {"clean": CLEAN, "wrong": WRONG, "blank": BLANK, "later": LATER}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["nianbao", *args])
        status = cli.main()
        out, err = capsysbinary.readouterr()
        return status, out, err.decode()

    return call


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_is_the_golden_one(lang):
    """A page says gravest first what is wrong, where, by which formula, whose error it is, and marks the cells in 【】."""
    file, made = GOLDEN / f"check.{lang}.txt", page(several(), lang)
    if os.environ.get("NIANBAO_GOLDEN") == "write":
        file.write_bytes(made.encode())
    assert made == file.read_bytes().decode()
    assert "【96】" in made
    assert "\x1b" not in made


@pytest.mark.parametrize(("lang", "words"), [("zh", "没有发现问题。"), ("en", "Nothing was found.")])
def test_clean_report_is_one_line(run, lang, words):
    """A report without findings is said to have none, and that this does not make its figures true."""
    status, out, err = run("check", "clean.txt", "--lang", lang)
    said = out.decode().rstrip().split("\n")[3]
    assert (status, err) == (0, "")
    assert said.startswith(words)
    assert ("属实" if lang == "zh" else "true") in said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_rules_can_be_worded_over_the_dataset(lang):
    """On every report of the dataset no rule fails, none is graver than it declares, and the page keeps to its width."""
    declared: dict[str, int] = {}
    for rule in RULES:
        declared[rule.id] = max(declared.get(rule.id, 0), GRAVITY.index(rule.severity))
    seen = set()
    for path in sorted(DATASET.glob("*.*")):
        if path.suffix not in {".txt", ".html", ".md"}:
            continue
        text, results = extract_with_text(path.read_bytes(), path.name, options=Options(lang=lang))
        for one in results:
            for finding in one.findings:
                assert finding.rule != "reading.disagreement" or "self-check" not in finding.basis, finding.message
                assert GRAVITY.index(finding.severity) <= declared[finding.rule], finding.rule
            lines = page(Checked(one, line_ends(text)), lang).split("\n")
            assert max(map(cell_len, lines)) <= WIDTH, path.name
            seen |= {finding.rule for finding in one.findings}
    assert len(seen) >= 20


@pytest.mark.parametrize("rule", [*RULES, *series.RULES, *rollup.RULES], ids=lambda rule: f"{rule.id}-{rule.severity}")
def test_rule_is_of_the_contract_and_worded(rule):
    """Each rule has an id of the contract, a severity, what it looks at, and words in two languages with the same gaps."""
    assert rule.id in CONTRACT
    assert rule.severity in GRAVITY
    assert (getattr(rule.check, "func", rule.check).__doc__ or "").strip()
    assert (getattr(rule.check, "func", rule.check).__doc__) != type(rule.check).__doc__
    for words in (rule.basis, rule.message, rule.suggestion):
        assert len(words) == 2
        assert all(words)
    for text in (*rule.message, *rule.suggestion):
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


def test_every_rule_of_the_contract_is_there():
    """What the contract lists is implemented."""
    assert {rule.id for rule in (*RULES, *series.RULES, *rollup.RULES)} == CONTRACT


def test_catalogue_is_current():
    """docs/rules.md is what the rules say of themselves."""
    file = ROOT / "docs" / "rules.md"
    if os.environ.get("NIANBAO_GOLDEN") == "write":
        file.write_bytes(catalogue.page().encode())
    assert catalogue.page() == file.read_bytes().decode()


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["clean.txt"], 0), (["wrong.txt"], 0), (["wrong.txt", "--fail-on", "error"], 1), (["clean.txt", "--fail-on", "error"], 0),
        (["blank.txt", "--fail-on", "error"], 0), (["blank.txt", "--fail-on", "warning"], 1),
        (["clean.txt", "wrong.txt", "--fail-on", "warning"], 1), (["missing.txt", "wrong.txt", "--fail-on", "error"], 3),
        (["wrong.txt", "--fail-on", "info"], 2), (["wrong.txt", "--format", "csv"], 2), ([], 2),
        (["wrong.txt", "-o", "wrong.txt"], 2),
    ],
)  # fmt: skip
def test_exit_status(run, args, status):
    """1 where a finding is as grave as was asked for, 3 where an input gave no result whatever was found, 2 for wrong usage."""
    assert run("check", *args)[0] == status


def test_failed_input_is_named_and_the_others_are_done(run):
    """An input without a result is a line on stderr; the page of the next stands on stdout."""
    status, out, err = run("check", "missing.txt", "wrong.txt", "--lang", "en")
    assert status == 3
    assert err.startswith("nianbao: missing.txt: ")
    assert "must fix" in out.decode()


def test_json_has_a_line_an_input(run):
    """Document and findings of each report, and a line with the error of an input that gave none, in order."""
    out = run("check", "wrong.txt", "missing.txt", "clean.txt", "--format", "json")[1].decode()
    wrong, missing, clean = [json.loads(line) for line in out.splitlines()]
    assert list(wrong) == ["document", "findings"]
    assert wrong["findings"][0]["severity"] == "error"
    assert list(missing) == ["document", "error"]
    assert (clean["document"]["name"], clean["findings"]) == ("clean.txt", [])


def test_later_year_is_asked_about_what_was_carried_over(run):
    """Two years of one agency are compared whatever their order; the finding stands with the later and names the earlier."""
    for order in (["later.txt", "clean.txt"], ["clean.txt", "later.txt"]):
        out = run("check", *order, "--format", "json")[1].decode()
        found = {(one := json.loads(line))["document"]["name"]: one["findings"] for line in out.splitlines()}
        (carry,) = [finding for finding in found["later.txt"] if finding["rule"] == "series.carry"]
        assert carry["elsewhere"][0] == {
            "document": "clean.txt",
            "cell": carry["cells"][0].replace("carried_in", "carried_forward"),
        }
        assert found["clean.txt"] == []
    status, out, _ = run("check", "clean.txt", "later.txt", "--fail-on", "warning")
    assert status == 1
    assert "clean.txt：四、结转下年度继续办理·" in out.decode()


def _results(*texts):
    return [extract_all(text.encode(), f"{number}.txt")[0] for number, text in enumerate(texts)]


def test_check_returns_results_with_the_findings_of_series():
    """In Python the same results come back in their order; one report alone is untouched; checking twice adds nothing."""
    earlier, later = _results(CLEAN, LATER)
    assert check([later]) == (later,)
    checked = check([later, earlier])
    assert checked[1] == earlier
    assert {finding.rule for finding in checked[0].findings} - {finding.rule for finding in later.findings} >= {"series.carry"}
    assert checked[0].cells == later.cells
    assert check(checked) == checked
    assert check([]) == ()


def test_findings_stay_gravest_first_when_series_are_added():
    """A question to two years stands after the errors and before the notes of the report."""
    notes = LATER.replace("一、本年新收政府信息公开申请数量", "一、本年度新收政府信息公开申请数量")
    earlier, later = _results(CLEAN, notes.replace(f"\t{SHOWN['applications.received.total']}\n", "\t9999\n", 1))
    severities = [finding.severity for finding in check([earlier, later])[1].findings]
    assert severities == sorted(severities, key=GRAVITY.index, reverse=True)
    assert {"error", "warning"} <= set(severities)


def test_a_series_rule_that_crashes_becomes_a_finding(monkeypatch):
    """A rule over two years that raises is reported as such, and the next one still speaks."""

    def crash(before, after):
        raise ZeroDivisionError

    carry = series.RULES[0]
    words = ("甲", "a"), ("乙", "b"), ("丙", "c")
    monkeypatch.setattr(series, "RULES", (series.SeriesRule("series.stock", "warning", *words, crash), carry))
    _, later = check(_results(CLEAN, LATER), "en")
    assert {"reading.disagreement", "series.carry"} <= {finding.rule for finding in later.findings}
    assert any("series.stock" in finding.message and "ZeroDivisionError" in finding.message for finding in later.findings)


def _book(reports, failed=(), lang="en"):
    return openpyxl.load_workbook(io.BytesIO(findings_workbook.workbook(reports, failed, lang)))


def test_workbook_has_a_line_a_report_and_a_line_a_finding():
    """The overview counts by severity and names the main problem, also of inputs that were not read; findings have place,
    formula, both values, difference and cause."""
    error = UnreadableDocument("b.txt", ("是空的", "it is empty"), ("请换", "give another"))
    book = _book([several()], [("b.txt", error)])
    assert book.sheetnames == ["overview", "findings", "tables"]
    header, line, failed = book["overview"].iter_rows(values_only=True)
    shown = dict(zip(header, line, strict=True))
    assert (shown["agency"], shown["year"], shown["must fix"], shown["should fix"], shown["note"]) == (
        "某县水务局",
        2023,
        2,
        3,
        1,
    )
    assert (shown["received"], shown["carried in"], shown["main problem"]) == ("◇", 3, several().result.findings[0].message)
    assert (failed[0], "it is empty" in dict(zip(header, failed, strict=True))["main problem"]) == ("b.txt", True)
    names, first, *others = book["findings"].iter_rows(values_only=True)
    finding = dict(zip(names, first, strict=True))
    assert len(others) == 5
    assert (finding["severity"], finding["whose error"], finding["rule"]) == ("must fix", "the report's own", "sum.applicants")
    assert (finding["expected"], finding["printed value"], finding["difference"]) == (69, 96, 27)
    assert "96 → 69" in finding["possible corrections"]
    assert "line 3" in finding["place"]


def test_workbook_marks_cells_and_keeps_numbers_numbers():
    """An offending number stays a number, with a tint, a mark and what is said of it; a cell that is right has no tint."""
    sheet = _book([several()])["tables"]
    row = next(row for row in sheet.iter_rows() if row[0].value and "granted)" in row[0].value)
    total, research = row[7], row[3]  # both in the sum that does not hold; only the first would change
    assert (total.value, total.number_format, total.fill.fgColor.rgb) == (96, '0"!"', "FFF8CBAD")
    assert "相差27" in total.comment.text
    assert (research.value, research.number_format, research.comment) == (0, '0"!"', None)
    right = next(row for row in sheet.iter_rows() if row[0].value and "carried_forward)" in row[0].value)[1]
    assert (right.value, right.number_format, right.fill.fgColor.rgb) == (0, "0", "00000000")


def test_workbook_runs_nothing_that_a_document_says():
    """What looks like a formula, a link or a control character is text."""
    made = result(agency="=1+1", title="http://example.org", findings=several().result.findings, name="@SUM(A1)")
    for sheet in _book([Checked(made, ())]):
        for row in sheet.iter_rows():
            assert {cell.data_type for cell in row} <= {"s", "n"}
            assert all(cell.hyperlink is None for cell in row)
            assert all("\x1b" not in str(cell.value) for cell in row)


def test_workbook_of_the_command_line(run, tmp_path, monkeypatch):
    """`-o x.xlsx` is a workbook; the same findings give the same bytes; a terminal is no place for one."""
    assert run("check", "clean.txt", "wrong.txt", "-o", "x.xlsx", "--fail-on", "error")[:2] == (1, b"")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert book.worksheets[0].max_row == 3
    assert run("check", "clean.txt", "wrong.txt", "--format", "xlsx")[1] == (tmp_path / "x.xlsx").read_bytes()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run("check", "clean.txt", "--format", "xlsx")[0] == 2


def test_workbook_of_too_many_reports_is_refused(monkeypatch):
    """More reports than fit on a sheet are refused rather than cut off."""
    monkeypatch.setattr(findings_workbook, "LIMIT", 1)
    with pytest.raises(Exception, match="do not fit"):
        _book([several()] * 2)


def test_copy_says_whose_loss_it_is(run, tmp_path):
    """In the agency's own file lost characters are the report's, in a copy the copy's."""
    (tmp_path / "lost.txt").write_text(CLEAN.replace("我局按照条例", "我局按照国办公开办函〔202130号"), encoding="utf-8")
    for copy, words in (("original", "谁的问题：报告自身"), ("web", "谁的问题：复制件")):
        assert words in run("check", "lost.txt", "--copy", copy)[1].decode()


@pytest.mark.parametrize("text", ["字" * 200, "w" * 300, "（一）、" * 60, "a，" * 120, "ab 中文 " * 50, "“" * 150])
def test_wrapped_lines_keep_every_character_and_their_width(text):
    """No character is lost in wrapping, no line is too wide, none begins with a comma."""
    lines = wrapped(text, "    ")
    assert "".join(line.strip() for line in lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(cell_len, lines)) <= WIDTH
    assert all(not line.strip().startswith(("，", "、")) for line in lines)


def test_line_is_that_of_the_printed_text():
    """The line of a position counts as `nianbao text` prints it, from 1."""
    report = Checked(several().result, line_ends("一\n二\n三"))
    assert [report.line(position) for position in range(5)] == [1, 1, 2, 2, 3]
