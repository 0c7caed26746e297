"""Findings: one problem is one finding, with its place, both values, whose error it is, and what to do."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from consistent import figures, report
from extractor.equations import Assessment, equations
from extractor.naming import SLIPS
from extractor.pipeline import Options, extract_all
from extractor.reading import Cell
from extractor.result import Claim, ExplainedCell, Explanation
from extractor.validate import RULES, check_report
from extractor.validate.check import explained, is_broken
from extractor.validate.rule import Found, Rule, Subject, finding_of
from labelled import unproven

SHOWN = figures(Random(21), "2021", 500) | {"disclosure.fees.amount": "1.50"}


def _result(changes=(), between="\t", **options):
    (result,) = extract_all(report("2021", SHOWN | dict(changes), between).encode(), "a.txt", options=Options(**options))
    return result


def _found(result, rule):
    return [finding for finding in result.findings if finding.rule == rule]


def test_a_right_report_has_no_error():
    """A consistent report yields no error."""
    assert [finding for finding in _result().findings if finding.severity == "error"] == []


def test_rules_have_distinct_ids_and_words_in_two_languages():
    """Each rule has an id of the contract, a basis, a message and a suggestion, in Chinese and in English."""
    for rule in RULES:
        assert all(len(words) == 2 and all(words) for words in (rule.basis, rule.message, rule.suggestion)), rule.id
    assert len({(rule.id, rule.message) for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("address", "rules"),
    [
        ("applications.granted.natural_person", {"sum.outcomes", "sum.applicants"}),
        ("applications.received.enterprise", {"balance.applications", "sum.applicants"}),
        ("applications.concluded.total", {"balance.applications", "sum.outcomes", "sum.applicants"}),
        ("proceedings.reconsideration.total", {"sum.proceedings"}),
        ("disclosure.rules.issued", set()),
    ],
)
def test_a_wrong_number_breaks_its_equations(address, rules):
    """A number that is printed wrong is kept as printed, and what it breaks is named, with both values and its difference."""
    result = _result({address: str(int(SHOWN[address]) + 7)})
    broken = [finding for finding in result.findings if finding.severity == "error"]
    assert bool(broken) == bool(rules)
    assert {finding.rule for finding in broken} <= rules
    assert result.cells[address].value == int(SHOWN[address]) + 7
    for finding in broken:
        assert address in finding.cells
        assert finding.cause == "report"
        assert finding.difference == "7"
        assert abs(int(finding.expected) - int(finding.actual)) == 7
        assert finding.difference in finding.message
        assert finding.suggestion


def test_formula_has_the_printed_numbers():
    """The formula of a sum shows what is added up."""
    address = "applications.granted.total"
    result = _result({address: "99999"})
    (finding,) = [finding for finding in _found(result, "sum.applicants") if address in finding.cells]
    parts = [SHOWN[f"applications.granted.{c}"] for c in ("natural_person", "enterprise", "research")]
    assert all(part in finding.formula for part in parts if part != "0")
    assert "99999" in finding.formula


def _blanks(*addresses):
    return dict.fromkeys(addresses, "\u00a0")


def test_blanks_of_neighbouring_rows_are_one_finding():
    """Blank cells of rows that follow each other are one finding, those elsewhere another; nobody is blamed for an error."""
    rows = ("rejected_petition", "rejected_repeated", "carried_in")
    changes = _blanks(*(f"applications.{row}.research" for row in rows))
    result = _result(dict.fromkeys(changes, " "), "\t")
    found = _found(result, "cell.blank")
    assert [len(finding.cells) for finding in found] == [1, 2]
    assert {finding.severity for finding in found} == {"warning"}


def test_a_blank_that_cannot_be_zero_is_a_warning():
    """An equation through a blank is not assessed; it is a warning if it would not hold with 0, and no finding if it would."""
    address = next(a for a, n in SHOWN.items() if a.startswith("applications.") and n != "0" and not a.endswith("total"))
    (finding,) = _found(_result({address: " "}), "sum.applicants")
    assert finding.severity == "warning"
    zero = next(a for a, n in SHOWN.items() if a.startswith("applications.") and n == "0")
    rules = {f.rule for f in _result({zero: " "}).findings}
    assert "cell.blank" in rules
    assert not rules & {"sum.applicants", "sum.outcomes", "balance.applications"}


def test_a_blank_that_no_number_can_fill_is_an_error():
    """If the known parts are more than the total, no filling of the blank makes the sum hold: that is an error."""
    changes = {
        "applications.granted.research": " ",
        "applications.granted.total": "1",
        "applications.granted.natural_person": "40",
    }
    found = _found(_result(changes), "sum.applicants")
    assert [finding.severity for finding in found] == ["error"]


@pytest.mark.parametrize(
    ("printed", "rule"), [("/", "cell.not_applicable"), ("□", "cell.unreadable"), ("-4", "value.domain"), (" ", "cell.blank")]
)
def test_what_is_no_count(printed, rule):
    """A mark, a sign that cannot be read, a negative count and a blank each have a finding that names the cell."""
    address = "applications.granted.research"
    found = _found(_result({address: printed}), rule)
    assert [finding.cells for finding in found] == [(address,)]


def test_missing_rows_and_tables():
    """A row that is not printed is one finding, a table that is not printed another; both name their cells."""
    text = report("2021", SHOWN, "\t")
    row = next(line for line in text.split("\n") if line.startswith("2.重复申请"))
    third = text[text.index("行政复议行政诉讼结果") : text.index("五、存在")]
    (result,) = extract_all(text.replace(row + "\n", "").replace(third, "").encode(), "a.txt")
    (missing,) = _found(result, "structure.row")
    assert missing.cells == tuple(a for a in SHOWN if a.startswith("applications.rejected_repeated."))
    (table,) = _found(result, "structure.table")
    assert len(table.cells) == 15


def test_open_rows_are_named():
    """Rows that cannot be placed are a finding with their words."""
    text = report("2021", SHOWN, "\t")
    row = next(line for line in text.split("\n") if line.startswith("2.重复申请"))
    (result,) = extract_all(text.replace(row, "2.重复申请\t5").encode(), "a.txt")
    (finding,) = _found(result, "cell.unplaced")
    assert finding.raw == "5"
    assert len(finding.cells) == 7


@pytest.mark.parametrize(("copy", "cause"), [("original", "report"), ("extracted", "copy"), ("web", "copy")])
def test_whose_damage(copy, cause):
    """Characters that are lost are the copy's fault in a copy, the agency's in an original."""
    text = report("2021", SHOWN, "\t").replace("我局按照条例", "我局按照国办公开办函〔202130号和条例")
    (result,) = extract_all(text.encode(), "a.txt", options=Options(copy=copy))
    (finding,) = _found(result, "reference.malformed")
    assert finding.cause == cause


def test_both_languages_say_the_same():
    """Language changes words only: rules, cells and numbers are the same."""
    changes = {"applications.granted.total": "99999", "applications.carried_in.research": "/"}
    chinese, english = _result(changes, lang="zh"), _result(changes, lang="en")
    assert [(f.id, f.cells, f.formula) for f in chinese.findings] == [(f.id, f.cells, f.formula) for f in english.findings]
    assert all(finding.message.isascii() is False for finding in chinese.findings)
    assert all("相差" not in finding.message for finding in english.findings)


def test_findings_are_sorted_and_have_ids_of_their_own():
    """Errors come first, no two findings of a report share an id, and their words stand where they say."""
    changes = {"applications.granted.total": "99999", "applications.carried_in.research": "/", "disclosure.rules.issued": " "}
    result = _result(changes)
    order = [["error", "warning", "info"].index(finding.severity) for finding in result.findings]
    assert order == sorted(order)
    assert len({finding.id for finding in result.findings}) == len(result.findings) >= 4
    assert unproven(result, report("2021", SHOWN | changes, "\t").strip()) == []


@pytest.fixture
def subject(monkeypatch) -> Subject:
    """What the rules are shown of a report."""
    seen: list = []
    monkeypatch.setattr("extractor.drafting.check_report", lambda subject, lang: seen.append(subject) or ())
    _result()
    return seen[0]


def test_a_rule_that_crashes_becomes_a_finding(subject):
    """A rule that raises is reported as such, and every other rule still speaks."""

    def crash(subject):
        raise ZeroDivisionError

    def speak(subject):
        yield Found("info", "report", raw="说")

    words = ("甲", "a"), ("乙{raw}", "b {raw}"), ("丙", "c")
    rules = (Rule("value.domain", "error", *words, crash), Rule("claim.table", "info", *words, speak))
    crashed, spoken = check_report(subject, "en", rules)
    assert (crashed.rule, spoken.rule) == ("reading.disagreement", "claim.table")
    assert "ZeroDivisionError" in crashed.message
    assert "value.domain" in crashed.message


def test_text_of_the_report_is_no_format(subject):
    """Braces in the words of a report are words."""
    words = ("甲", "a"), ("{raw}", "{raw}"), ("丙{raw}", "c")
    rule = Rule("value.domain", "error", *words, lambda subject: iter([Found("info", "report", raw="{0}{x}")]))
    (finding,) = check_report(subject, "zh", (rule,))
    assert (finding.message, finding.suggestion) == ("{0}{x}", "丙{0}{x}")


def test_only_blanks_among_read_cells_need_an_explanation(subject):
    """An equation that zeros do not save is broken where it is violated or has blanks, not where a cell is merely unread."""
    equation = next(one for one in equations("2021") if one.rule == "sum.applicants")
    first, second = equation.addresses[:2]
    short = Assessment(None, 3, 0, with_zero=False, fillable=True)

    def broken(assessment, **states):
        cells = {address: Cell(None, state) for address, state in zip((first, second), states.values(), strict=False)}
        return is_broken(replace(subject, cells=subject.cells | cells), equation, assessment)

    assert broken(short, one="blank")
    assert broken(short, one="blank", two="blank")
    assert not broken(short, one="blank", two="unplaced")
    assert not broken(short, one="unplaced")
    assert not broken(replace(short, with_zero=True), one="blank")
    assert broken(Assessment(False, 3, 0, with_zero=False, fillable=False))
    assert not broken(Assessment(True, 3, 3, with_zero=True, fillable=True))


def _claim(value, kind="count", cell="applications.granted.total"):
    return Claim(id=f"c{value}", raw=value, span=(0, 1), section="overview", subject="", value=value, kind=kind, cell=cell)


def test_what_speaks_for_an_explanation(subject, monkeypatch):
    """Explanations see the numbers read, blanks as None, and what counts and denials in prose say of a cell; no other claims."""
    seen: list = []
    monkeypatch.setattr("extractor.validate.check.explain", lambda *given: seen.append(given) or [])
    claims = (_claim("7"), _claim("8"), _claim("0", "negation"), _claim("9", "ratio"), _claim("1.5"), _claim("4", cell=None))
    cells = {
        "applications.granted.total": Cell(7, "read", "7"),
        "applications.received.total": Cell(None, "blank"),
        "applications.concluded.total": Cell(None, "unplaced"),
        "disclosure.fees.amount": Cell("1.50", "read", "1.50"),
    }
    shown = replace(subject, cells=cells, report=subject.report.model_copy(update={"claims": claims}))
    violated = list(equations("2021")[:1])
    assert explained(shown, violated) == ()
    ((edition, undivided, values, broken, said),) = seen
    assert (edition, undivided, broken) == ("2021", False, violated)
    assert values == {
        "applications.granted.total": 7,
        "applications.received.total": None,
        "disclosure.fees.amount": None,
    }
    assert said == {"applications.granted.total": {0, 7, 8}}
    assert explained(shown, []) == ()
    assert len(seen) == 1


def _worded(lang: str, *explanations: Explanation, **more) -> str:
    words = ("{raw}{explained}", "{raw}{explained}")
    rule = Rule("sum.applicants", "error", words, words, words, lambda subject: iter(()))
    return finding_of(rule, Found("error", "report", explanations=explanations, **more), 0, "甲乙丙" * 60, lang).message


def _filling(count: int, printed: int | None = 12, *, unique: bool = True, kind="one_cell") -> Explanation:
    columns = ("natural_person", "enterprise", "research", "welfare", "legal", "other")
    cells = [ExplainedCell(cell=f"applications.granted.{name}", printed=printed, fits=21) for name in columns[:count]]
    return Explanation(kind=kind, cells=tuple(cells), unique=unique)


def test_wording_of_the_best_explanation():
    """The cells with what they print and what fits, four of them, the slip by its name, and whether there are others."""
    assert _worded("zh", _filling(1)) == "；如将（一）予以公开·自然人“12”改为“21”，各式即成立"
    assert _worded("en", _filling(1, None)).endswith("□ → 21")
    assert "“□”改为“21”" in _worded("zh", _filling(1, None))
    assert _worded("en", _filling(1)).endswith("12 → 21")
    for explanations in ((_filling(1, unique=False),), (_filling(1), _filling(2))):
        assert _worded("zh", *explanations).endswith("各式即成立；另有其他可能")
        assert _worded("en", *explanations).endswith("; other corrections are possible")
    assert _worded("zh", _filling(4)).count("改为") == _worded("zh", _filling(5)).count("改为") == 4
    assert ("共" in _worded("zh", _filling(4)), "“21”（共5格），各式" in _worded("zh", _filling(5))) == (False, True)
    assert ("cells" in _worded("en", _filling(4)), ", … (5 cells)" in _worded("en", _filling(5))) == (False, True)
    assert "（疑" not in _worded("zh", _filling(1))
    zh, en = SLIPS["transposed_digits"]
    assert _worded("zh", _filling(1, kind="transposed_digits")).endswith(f"（疑{zh}）")
    assert _worded("en", _filling(1, kind="transposed_digits")).endswith(f"({en}?)")


def test_words_of_a_place_are_those_of_the_text():
    """A finding with a span quotes the text there, at most 120 characters of it in a sentence; otherwise what the rule gives."""
    assert _worded("zh", span=(1, 4)) == "乙丙甲"
    assert _worded("zh", span=(0, 150)) == ("甲乙丙" * 40)
    assert _worded("en", raw="丁") == "丁"
    assert not _worded("en")
