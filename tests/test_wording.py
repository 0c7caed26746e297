"""What findings say: in both languages, of any number, from rule and parameters alone."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from extractor import check
from extractor.batch.engine_local import Order
from extractor.batch.plan import Plan
from extractor.batch.progress import line
from extractor.batch.tally import Tally
from extractor.naming import SLIPS
from extractor.pipeline import Options, canonical_text, extract_all
from extractor.reading import Unplaced
from extractor.render import findings, markdown, screen
from extractor.result import ExplainedCell, Explanation, Finding
from extractor.schema import FORMS
from extractor.validate import RULES, check_rollup, reworded, rollup, series
from extractor.validate.rule import SELF_CHECK, Found, finding_of, finding_of_crash
from handmade import read, result
from labelled import DATASET

ALL = (*RULES, *series.RULES, *rollup.RULES, SELF_CHECK)
LABELS = {"at", "label", "excerpt", "official", "other", "names"}
COUNTS = {"count", "days", "candidates", "share"}
ROW = "（一）予以公开"
_ONE = re.compile(r"\b1 (?!was|is|has)[a-z]+s\b")
_SEVERAL = re.compile(r"\b[02] (?:row|cell|way|day|report|clause|heading)\b")
_DOUBLED = re.compile(r"[(（]\s*[(（]|[)）]\s*[)）]")


def _fields(rule) -> set[str]:
    words = (*rule.message, *rule.suggestion)
    return {field for text in words for _, field, _, _ in Formatter().parse(text) if field}


def _parameters(rule, number: int) -> dict[str, str | int]:
    said = _fields(rule) - {"raw", "formula", "expected", "actual", "difference", "explained"}
    return {name: number if name in COUNTS else ROW if name in LABELS else "甲" for name in said}


def _explanations(cells: int) -> tuple[Explanation, ...]:
    address = "applications.granted.natural_person"
    kinds = list(SLIPS) if cells else []
    return tuple(
        Explanation(kind=kind, cells=(ExplainedCell(cell=address, printed=24, fits=23),) * cells, unique=True) for kind in kinds
    )


@pytest.mark.parametrize("number", [0, 1, 2, 5])
@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_words_go_with_any_number_and_label(rule, number):
    """With none, one or several, and labels that begin with a bracket, English nouns agree and no bracket is doubled."""
    found = Found(
        "info",
        "report",
        raw=ROW,
        parameters=_parameters(rule, number),
        formula="1 = 2",
        expected="1",
        actual="2",
        difference="1",
    )
    for explanation in (*_explanations(number), None):
        chosen = () if explanation is None else (explanation,)
        one = Found(**{name: getattr(found, name) for name in Found.__slots__} | {"explanations": chosen})
        for lang in ("zh", "en"):
            said = finding_of(rule, one, 0, "", lang)
            for words in (said.message, said.suggestion):
                assert not _DOUBLED.search(words)
                assert not _ONE.search(words.partition("; everything holds")[0])
                assert not _SEVERAL.search(words)
                assert not re.search(r"[{}#|]", words)


def _of_several(lang: str) -> tuple[Finding, ...]:
    """Findings of a series, of a summary, and of a rule that crashed."""
    words = "部分单位公开意识不强信息更新不够及时群众反映的热点问题回应不够充分政策解读形式比较单一基层人员变动频繁业务不熟练"
    stock = {f"disclosure.rules.{column}": read(3, start=40) for column in ("issued", "in_force")}
    years = [
        result(
            stock | {f"applications.{row}.total": read(number, start=7)},
            year=year,
            name=f"{year}.txt",
            improvement={"text": words * 2},
        )
        for year, row, number in ((2022, "carried_forward", 5), (2023, "carried_in", 3))
    ]
    found = check(years, lang)[1].findings
    assert [one.rule for one in found] == ["series.carry", "series.stock", "text.repeated"]
    whole, part = (result({"applications.received.total": read(number, start=9)}) for number in (1, 2))
    rolled = check_rollup(whole, [part], lang, complete=False)
    assert [one.rule for one in rolled] == ["rollup.sum"]
    return (*found, *rolled, finding_of_crash("claim.table", ZeroDivisionError(), lang))


def test_findings_of_several_reports_are_worded_anew():
    """What series, summaries and crashes say is the same whether worded at once or from the other language."""
    zh, en = _of_several("zh"), _of_several("en")
    assert [reworded(one, "en") for one in zh] == list(en)
    assert [reworded(one, "zh") for one in en] == list(zh)
    assert all(one.message != other.message for one, other in zip(zh, en, strict=True))


def test_rules_that_share_an_id_are_told_apart():
    """Each rule's own parameters lead back to its own words."""
    for rule in ALL:
        found = Found("info", "report", raw=ROW, parameters=_parameters(rule, 2))
        zh, en = (finding_of(rule, found, 0, "", lang) for lang in ("zh", "en"))
        assert reworded(zh, "en") == en


def test_finding_of_another_version_stays_as_it_is():
    """A rule that is unknown, or parameters that its words need and that are not there, change nothing."""
    for rule in ("no.such", "cell.blank"):
        finding = Finding(id="x", rule=rule, severity="info", cause="report", message="某事")
        assert reworded(finding, "en") is finding


@pytest.mark.parametrize(
    "path",
    sorted(path for path in DATASET.glob("[ab]*") if path.suffix in {".txt", ".html", ".md"}),
    ids=lambda path: path.stem,
)
def test_findings_say_in_any_language_what_is_printed(path):
    """Worded anew, findings are those of a reading in that language; each printed word of a finding has its place."""
    data, text = path.read_bytes(), canonical_text(path.read_bytes(), path.name)
    zh, en = (extract_all(data, path.name, options=Options(lang=lang)) for lang in ("zh", "en"))
    for one, other in zip(zh, en, strict=True):
        assert [reworded(finding, "en") for finding in one.findings] == list(other.findings)
        for finding in one.findings:
            assert (finding.raw is None) is (finding.span is None)
            assert finding.span is None or text[slice(*finding.span)] == finding.raw


def test_what_series_and_summaries_quote_has_its_place():
    """The printed number in such a finding is the cell's, with the cell's span."""
    for finding in _of_several("zh"):
        assert (finding.raw is None) is (finding.span is None)
    carry, stock, _, rolled, _ = _of_several("zh")
    assert [(one.raw, one.span) for one in (carry, stock, rolled)] == [("3", (7, 8)), ("3", (40, 41)), ("1", (9, 10))]


@pytest.mark.parametrize(("number", "rows", "requests"), [(1, "1 more row", "1 request"), (2, "2 more rows", "2 requests")])
def test_nouns_agree_on_every_page(number, rows, requests):
    """What pages and progress count in English reads right for one and for several."""
    addresses = FORMS["2021"].addresses()
    rows_ = list(dict.fromkeys(address.rpartition(".")[0] for address in addresses if address.startswith("applications.")))
    cells = [address for address in addresses if address.rpartition(".")[0] in rows_[: 4 + number]]
    finding = Finding(id="x", rule="cell.blank", severity="warning", cause="report", cells=tuple(cells))
    assert f"… {rows}\n" in findings.page(findings.Checked(result(findings=[finding]), [10**6]), "en")
    open_row = {
        "applications.received": Unplaced(
            raw="1", span=(0, 1), candidates=((1, None, None, None, None, None, 1),), count=number
        )
    }
    ways = f"{number} way" + "s" * (number > 1)
    for page in (
        markdown.page(result(unplaced=open_row), "en"),
        screen.lines_as_text(screen.screen(result(unplaced=open_row), "1", "en")),
    ):
        assert re.search(rf"\b{ways}\b", page)
    assert requests in line(Tally(total=1, requests=number), "en").split(", ")
    assert (
        Plan(number, number, 0, 0, 0, 0, 1.0, None)
        .lines(Order(workers=number), "en")[0]
        .startswith(f"{number} input{'s' * (number > 1)}: {number} document{'s' * (number > 1)} to read")
    )
