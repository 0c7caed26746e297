"""Numbers said in prose against the tables, among themselves, and against what is listed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from checked import SHOWN, claiming, found, read, right, subject_of
from extractor.reading import Cell
from extractor.result import Claim
from extractor.validate.prose import RULES, _addresses, _items_after
from extractor.validate.rule import Subject

RECEIVED, CARRIED = int(SHOWN["applications.received.total"]), int(SHOWN["applications.carried_in.total"])
CONCLUDED = int(SHOWN["applications.concluded.total"])


def _claim(raw: str, value: str, kind, cell="applications.received.total") -> Claim:
    return Claim(id="c1", raw=raw, span=(0, 1), section="overview", subject="", value=value, kind=kind, cell=cell)


def _about_the_table(subject: Subject, claim: Claim):
    (rule,) = [rule for rule in RULES if rule.id == "claim.table"]
    return list(rule.check(claiming(subject, claim)))


def _with_received(value: int) -> Subject:
    subject = subject_of(right())
    cells = subject.cells | {
        "applications.received.total": Cell(value, "read", str(value), trust="proven"),
        "applications.carried_in.total": Cell(0, "read", "0", trust="proven"),
    }
    return replace(subject, cells=cells)


def _said(words: str, rule: str):
    return [(one.raw, one.expected, one.actual) for one in found(right(f"（一）主动公开。{words}"), rule)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"全年收到政府信息公开申请{RECEIVED}件。", []),
        (f"全年收到政府信息公开申请{RECEIVED + CARRIED}件。", []),
        (f"全年收到政府信息公开申请{CARRIED}件。", [(str(RECEIVED), str(CARRIED), str(RECEIVED - CARRIED))]),
        (f"全年收到政府信息公开申请{RECEIVED + 1}件。", [(str(RECEIVED), str(RECEIVED + 1), "1")]),
        (f"办结政府信息公开申请{CONCLUDED}件。", []),
        (f"办结政府信息公开申请{CONCLUDED + CARRIED}件。", [(str(CONCLUDED), str(CONCLUDED + CARRIED), str(CARRIED))]),
        ("全年未收到政府信息公开申请。", [(str(RECEIVED), "0", str(RECEIVED))]),
        ("12345热线受理群众来电99件。", []),
    ],
)
def test_prose_against_the_table(words, expected):
    """What prose states for a cell is that cell, or what was received with what was carried in."""
    text = right(f"（二）依申请公开。{words}")
    assert [(one.expected, one.actual, one.difference) for one in found(text, "claim.table")] == expected


def test_difference_to_the_table_names_both_values_and_the_cell():
    """An error about the cell, with the claim, both values and whose error it is."""
    (one,) = found(right(f"（二）依申请公开。全年收到政府信息公开申请{RECEIVED + 9}件。"), "claim.table")
    assert (one.severity, one.cause, one.cells) == ("error", "report", ("applications.received.total",))
    assert one.claims
    assert str(RECEIVED) in one.message
    assert str(RECEIVED + 9) in one.message


def test_prose_against_a_doubtful_cell_accuses_nobody():
    """Where the place of a number is known only in part the cause is open."""
    text = right(f"（二）依申请公开。全年收到政府信息公开申请{RECEIVED + 9}件。")
    row = next(line for line in text.split("\n") if line.startswith("一、本年新收"))
    twice = text.replace(row, row + "\n" + row.replace(str(RECEIVED), str(RECEIVED + 3)))
    causes = {one.cause for one in found(twice, "claim.table")}
    cell = read(twice).cells["applications.received.total"]
    assert causes == ({"undetermined"} if cell.trust == "doubtful" else {"report"})
    assert cell.trust == "doubtful"


@pytest.mark.parametrize("changes", [{}, {"applications.received.total": " "}])
def test_a_blank_cell_contradicts_no_prose(changes):
    """What prose says is compared with numbers only."""
    text = right(f"（二）依申请公开。全年收到政府信息公开申请{RECEIVED}件。", changes)
    assert found(text, "claim.table") == []


def test_denied_proceedings_are_checked_in_every_block():
    """没有行政复议、行政诉讼 denies the lawsuits too: one finding, about the first block that has one."""
    zeros = {address: "0" for address in SHOWN if address.startswith("proceedings.")}
    after = "proceedings.litigation_after_reconsideration"
    lawsuit = zeros | {f"{after}.total": "9", f"{after}.other": "9"}
    words = "（五）监督保障。没有因政府信息公开被申请行政复议、提起行政诉讼。"
    assert found(right(words, zeros), "claim.table") == []
    (one,) = found(right(words, lawsuit), "claim.table")
    assert (one.cells, one.expected, one.actual) == ((f"{after}.total",), "9", "0")
    assert found(right("（五）监督保障。没有行政复议案件。", lawsuit), "claim.table") == []
    assert found(right("（五）监督保障。没有被纠正的行政复议和行政诉讼败诉案件。", lawsuit), "claim.table") == []


@pytest.mark.parametrize(
    ("raw", "kind", "cell", "addresses"),
    [
        ("没有行政复议", "negation", None, ["reconsideration"]),
        ("没有行政诉讼", "negation", None, ["direct_litigation", "litigation_after_reconsideration"]),
        ("没有行政复议", "negation", "proceedings.reconsideration.total", ["reconsideration"]),
        ("没有行政诉讼", "count", None, []),
        ("没有败诉的行政诉讼", "negation", None, []),
        ("没有行政复议申请", "negation", "applications.received.total", None),
    ],
)
def test_cells_of_a_denial(raw, kind, cell, addresses):
    """A denial states its own cell and the totals of all blocks it names, unless it denies some of the cases only."""
    expected = (cell,) if addresses is None else tuple(f"proceedings.{block}.total" for block in addresses)
    assert _addresses(_claim(raw, "0", kind, cell)) == expected


@pytest.mark.parametrize(
    ("said", "value", "fits"),
    [
        ("100余", 100, True), ("100余", 109, True), ("100余", 110, False), ("100余", 99, False),
        ("20多", 29, True), ("20多", 30, False), ("3000余", 3099, True), ("3000余", 3100, False),
        ("3万余", 30000, True), ("3万余", 39999, True), ("3万余", 40000, False),
        ("1.2万余", 12999, True), ("1.2万余", 13000, False), ("30余万", 399999, True), ("30余万", 400000, False),
        ("约100", 90, True), ("约100", 89, False), ("约100", 111, True), ("约100", 112, False),
    ],
)  # fmt: skip
def test_reach_of_approximations(said, value, fits):
    """100余 is 100 to 109, 3万余 less than 4万 at the printed precision, 约 within a tenth of the greater."""
    number = said.strip("约余多万").replace("余", "")
    factor = 10_000 if "万" in said else 1
    stated = format((Decimal(number) * factor).normalize(), "f")
    claim = _claim(f"收到申请{said}件", stated, "approximate")
    subject = _with_received(value)
    assert (_about_the_table(subject, claim) == []) is fits


@pytest.mark.parametrize(
    ("said", "value", "fits"),
    [
        ("3.56万", 35612, True), ("3.56万", 35599, True), ("3.56万", 35690, True), ("3.56万", 35700, False),
        ("3.56万", 35540, False), ("4万", 35612, True), ("4万", 34999, False), ("3万", 35612, False),
        ("35600", 35612, False), ("1.2亿", 124000000, True),
    ],
)  # fmt: skip
def test_a_number_in_ten_thousands_is_rounded(said, value, fits):
    """3.56万 is 35612, rounded or cut off at its last digit; a number without decimals is only rounded, one in full exact."""
    scale = {"万": 10_000, "亿": 100_000_000}.get(said[-1], 1)
    stated = format((Decimal(said.strip("万亿")) * scale).normalize(), "f")
    claim = _claim(f"收到申请{said}件", stated, "count")
    assert (_about_the_table(_with_received(value), claim) == []) is fits


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("公开信息100条，包括甲类60条、乙类40条。", []),
        ("公开信息100条，包括甲类60条、乙类30条。", [("公开信息100条", "90", "100")]),
        ("公开信息100条，包括甲类60条、乙类50条。", [("公开信息100条", "110", "100")]),
        ("公开信息100条，其中甲类60条、乙类30条。", []),
        ("公开信息100条，其中甲类60条、乙类50条。", [("公开信息100条", "110", "100")]),
        ("公开信息100条，包括甲类60条。", []),
        ("公开信息100条，包括甲类60条、乙类30件。", []),
        ("公开信息100条：甲类60条（图文50条、视频10条），乙类40条。", []),
        ("公开信息100条，前两类分别为60条、20条。", []),
        ("受理来信40件（包括年前收到2件、当年收到38件）。40件来信中，甲类30件、乙类9件。", []),
        ("受理来信40件，其中区级9件；年底前办结38件。", []),
        ("全县收到来信40件，其中县城9件；全县办结38件。", []),
        ("近三年来信分别为9件、7件、5件，来访分别为1件、2件、3件。", []),
        ("发布信息52条，较上年的40条增长30%，其中甲类29条、乙类23条。", []),
        ("发布信息52条，较上年（40条）增长30%，其中甲类29条、乙类23条。", []),
        ("发布信息52条（上年40条），其中甲类29条、乙类24条。", [("发布信息52条", "53", "52")]),
        ("发布信息52条，比上年的60条（其中甲类40条、乙类20条）有所减少。", []),
        ("发布信息52条，较上年增加22条，其中甲类20条、乙类17条、丙类15条。", []),
        ("办理建议提案43件，其中人大代表建议19件、政协委员提案23件。", [("办理建议提案43件", "42", "43")]),
        ("办理建议提案43件，其中主办建议19件、会办提案23件。", []),
    ],
)
def test_parts_of_a_total(words, expected):
    """包括 names all parts, a bare 其中 some of them; one part alone and parts of another unit are not added up."""
    assert _said(words, "claim.parts") == expected


@pytest.mark.parametrize(("whole", "added"), [(13, ["11"]), (11, [])])
def test_lawsuits_are_brought_in_two_ways(whole, added):
    """其中 names all lawsuits where it names those brought directly and those after a reconsideration."""
    zeros = {address: "0" for address in SHOWN if address.startswith("proceedings.")}
    direct, after = "proceedings.direct_litigation", "proceedings.litigation_after_reconsideration"
    eight_and_three = {f"{direct}.total": "8", f"{direct}.upheld": "8", f"{after}.total": "3", f"{after}.upheld": "3"}
    words = f"（五）监督保障。政府信息公开行政诉讼{whole}件，其中未经复议直接起诉8件，复议后起诉3件。"
    assert [one.expected for one in found(right(words, zeros | eight_and_three), "claim.parts")] == added


def test_parts_show_their_sum():
    """The finding has the sum as a formula and the difference."""
    (one,) = found(right("（一）主动公开。公开信息100条，包括甲类60条、乙类30条。"), "claim.parts")
    assert (one.formula, one.difference, one.severity) == ("60 + 30 = 90", "10", "warning")


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        ("66.67%", []), ("66.66%", []), ("66.7%", []), ("66.6%", []), ("67%", []), ("66%", []),
        ("66.68%", [("66.67", "66.68")]), ("66.65%", [("66.67", "66.65")]), ("66.8%", [("66.7", "66.8")]), ("68%", [("67", "68")]),
    ],
)  # fmt: skip
def test_ratios_rounded_or_cut_off(percent, expected):
    """2/3 is 66.67 % rounded or 66.66 % cut off at the printed decimals; anything else is an error that shows both."""
    text = right(f"（一）主动公开。受理群众来电300件，办结200件，办结率{percent}。")
    (claim,) = [one for one in read(text).report.claims if one.kind == "ratio"]
    assert len(claim.of) == 2
    found_ = found(text, "claim.ratio")
    assert [(one.expected, one.actual) for one in found_] == expected
    assert {one.formula for one in found_} <= {"200 / 300"}
    assert [Decimal(one.difference) for one in found_] == [abs(Decimal(a) - Decimal(b)) for a, b in expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("重点做好三个方面工作：一是学习；二是培训；三是检查。", []),
        ("重点做好三个方面工作：一是学习；二是培训。", [("2", "3")]),
        ("重点做好两个方面工作：一是学习；二是培训；三是检查。", [("3", "2")]),
        ("重点做好三个方面工作。一是学习。", []),
        ("上述两个方面列入来年五项任务：一是学习；二是培训；三是检查。", []),
        ("改进三个方面工作，后两个方面是新的：一是学习；二是培训；三是检查。", []),
        ("重点做好三个方面工作。" + "甲" * 80 + "一是学习；二是培训。", []),
        ("重点做好三个方面工作。一是" + "甲" * 80 + "；二是培训。", [("2", "3")]),
        ("存在两个方面不足：更新慢、解读少。针对上述问题，一是学习；二是培训；三是检查。", []),
        ("存在两个方面不足：（一）更新慢；（二）解读少。我们一是学习；二是培训；三是检查。", []),
        ("存在两个方面不足：更新慢、解读少。改进情况：一是学习；二是培训；三是检查。", []),
        ("上年的两个问题均已整改。今年的不足：一是学习；二是培训；三是检查。", []),
        ("针对这两个问题，采取以下措施：一是学习；二是培训；三是检查。", []),
        ("将从三个方面着手。具体措施：一是学习；二是培训。", [("2", "3")]),
    ],
)
def test_enumerations(words, expected):
    """三个方面 is followed by 一是 … 三是; a list that does not begin soon, or has one item, is another."""
    findings = found(right(f"（一）主动公开。{words}"), "claim.enumeration")
    assert [(one.expected, one.actual) for one in findings] == expected
    assert [one.difference for one in findings] == ["1"] * len(expected)


@pytest.mark.parametrize(("before", "listed"), [(60, 2), (61, 0)])
def test_how_soon_a_list_begins(before, listed):
    """The first item stands within sixty characters."""
    text = "甲" * before + "一是学习；二是培训。"
    assert _items_after(text, 0, len(text)) == listed


def test_parts_of_the_report_that_are_named():
    """六个部分 are as many as the sentence names."""
    named = "总体情况、主动公开政府信息情况、收到和处理申请情况、复议诉讼情况、存在问题"
    text = right().replace("一、总体情况\n", f"本报告由{named}六个部分组成。\n一、总体情况\n", 1)
    assert [(one.expected, one.actual) for one in found(text, "claim.enumeration")] == [("5", "6")]
    whole = text.replace("存在问题六个", "存在问题、其他需要报告事项六个")
    assert found(whole, "claim.enumeration") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"全县收到政府信息公开申请{RECEIVED + 90}件，其中本级{RECEIVED}件。", []),
        (f"全县收到政府信息公开申请{RECEIVED + 90}件，其中本级{RECEIVED + 1}件。", [str(RECEIVED + 90)]),
        (f"收到申请{RECEIVED - 2}件、邮局转来2件。", []),
        (f"收到申请{RECEIVED - 2}件、邮局转来1件。", [str(RECEIVED - 2)]),
        (f"收到政府信息公开申请{RECEIVED}件，其中答复{CONCLUDED - CARRIED}件。", []),
        (f"供水类申请{RECEIVED - 1}件，办结{CONCLUDED - 3}件。", []),
        (f"收到政府信息公开申请{RECEIVED}件，办结{CONCLUDED - 3}件。", [str(CONCLUDED - 3)]),
        (f"收到政府信息公开申请{RECEIVED}件、结转{CARRIED}件、办结{CONCLUDED}件。", []),
        (f"办结{CONCLUDED}件。上年结转的{CARRIED}件中，1件予以公开。", []),
    ],
)
def test_a_number_of_some_beside_the_number_of_the_table(words, expected):
    """A number is not held against the table where the report says the table's own beside it, or says of what it is a part."""
    text = right(f"（二）依申请公开。{words}").replace("溪河县水务局", "溪河县人民政府")
    assert [one.actual for one in found(text, "claim.table") if "applications" in one.cells[0]] == expected
