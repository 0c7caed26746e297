"""A person as a reader: what is printed may become a value, what is not stays a reading; nothing is forgotten."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from conftest import ROOT
from eval.labels import parse_label
from eval.lint import lint
from extractor import ingest
from extractor.corrections import Review, history, label
from extractor.drafting import draft, finished
from extractor.errors import UsageError
from extractor.folding import fold
from extractor.result import Run
from extractor.reviewing import Desk, How, download, keep_as_fixture
from extractor.sections import split_reports

DATASET = ROOT / "eval" / "dataset"
WHO = {"who": "王某", "when": "2024-03-01T09:00:00+08:00"}
RECEIVED = "applications.received.natural_person"
NORMATIVE = "disclosure.normative_documents"


def run():
    return Run(reader="rules", version="0", rules="1", seconds=0.0)


def review_of(name):
    return review_of_text((DATASET / name).read_text(encoding="utf-8"))


def review_of_text(text):
    whole = ingest.read(text.encode(), "a.txt")
    return Review(draft(next(iter(split_reports(whole))), fold(whole.text)))


@pytest.fixture
def wrong():
    """A report whose arithmetic is wrong."""
    return review_of("a18_wrong_arithmetic.txt")


@pytest.fixture
def glued():
    """A report with rows that nothing can cut."""
    return review_of("b25_kuiyang_veterans_glued_misprint.txt")


def test_review_without_corrections_changes_nothing(wrong):
    """What nobody corrected reads as the readers left it."""
    assert wrong.result("zh", run) == finished(wrong.base, "zh", run)


def test_number_that_is_not_printed_stays_a_reading(wrong):
    """A person's number that the document does not print is kept beside the printed one and never becomes the value."""
    result = wrong.correct(RECEIVED, "172", reason="台账为 172", **WHO).result("zh", run)
    cell = result.cells[RECEIVED]
    assert (cell.value, cell.trust, cell.raw) == (174, "doubtful", "174")
    assert [(one.reader, one.value, one.span is None) for one in cell.readings] == [
        ("rules", 174, False),
        ("person", 172, True),
    ]
    assert result.report.applications.received.natural_person == 174


def test_correction_settles_findings_only_in_supposition(wrong):
    """With 172 and 202 the first balance would hold: the finding is told to be settled, but stays in the result."""
    before = wrong.result("zh", run)
    corrected = wrong.correct(RECEIVED, "172", **WHO).correct("applications.received.total", "202", **WHO)
    after = corrected.result("zh", run)
    balance = next(one.id for one in before.findings if one.rule == "balance.applications")
    assert balance in {one.id for one in after.findings}
    assert balance not in corrected.would_find(run)


def test_confirming_a_cell_keeps_its_place(glued):
    """Who says that a doubtful cell is right lets it be located, with both readings."""
    address = next(address for address, cell in glued.base.assembly.cells.items() if cell.trust == "doubtful")
    before = glued.base.assembly.cells[address]
    cell = glued.correct(address, str(before.value), **WHO).draft().assembly.cells[address]
    assert (cell.value, cell.span, cell.trust) == (before.value, before.span, "located")
    assert [one.reader for one in cell.readings] == ["rules", "person"]


def test_pointed_number_becomes_the_value_with_its_place(glued):
    """A number that a person points at in the text is printed, so it is the value, located where it stands."""
    row = glued.base.assembly.unplaced[NORMATIVE]
    span = (row.span[0], row.span[0] + 1)
    text = glued.base.document.text
    result = glued.correct(f"{NORMATIVE}.issued", text[slice(*span)], span=span, **WHO).result("zh", run)
    cell = result.cells[f"{NORMATIVE}.issued"]
    assert (cell.value, cell.state, cell.span, cell.reader) == (int(text[slice(*span)]), "read", span, "person")
    assert text[slice(*cell.span)] == cell.raw
    assert cell.trust == "located"
    assert NORMATIVE in result.unplaced


def test_number_pointed_at_outside_the_row_is_doubtful(glued):
    """A number that stands under another label is printed, but not surely this cell's."""
    span = glued.base.assembly.unplaced[NORMATIVE].span
    text = glued.base.document.text
    cell = (
        glued.correct("disclosure.licensing.decisions", text[slice(*span)], span=span, **WHO)
        .draft()
        .assembly.cells["disclosure.licensing.decisions"]
    )
    assert (cell.value, cell.span, cell.trust) == (int(text[slice(*span)]), span, "doubtful")


def test_pointing_at_another_number_is_refused(glued):
    """A number and a place that do not agree are an error with a remedy, not a silent choice."""
    with pytest.raises(UsageError, match="not this number"):
        glued.correct(f"{NORMATIVE}.issued", "99", span=glued.base.assembly.unplaced[NORMATIVE].span, **WHO)


def test_number_that_stands_once_in_its_row_is_found(wrong):
    """When a row was read one cell off, blanking the wrong cell sets its number free for the right one."""
    cells = wrong.base.assembly.cells
    taken = cells[RECEIVED]
    moved = wrong.correct("applications.received.research", "174", **WHO)
    assert moved.draft().assembly.cells["applications.received.research"].value == cells["applications.received.research"].value
    moved = moved.correct(RECEIVED, "", **WHO)
    found = moved.draft().assembly.cells["applications.received.research"]
    assert (found.value, found.span, found.trust) == (174, taken.span, "located")
    assert moved.draft().assembly.cells[RECEIVED].state == "blank"


@pytest.mark.parametrize("number", range(3))
def test_chosen_candidate_is_located_digit_by_digit(glued, number):
    """Each value of a chosen way stands where its digits are printed, and the row is open no more."""
    way = glued.base.assembly.unplaced[NORMATIVE].candidates[number]
    result = glued.choose(NORMATIVE, number, **WHO).result("zh", run)
    cells = [result.cells[address] for address in glued.cells_of(NORMATIVE)]
    assert tuple(cell.value for cell in cells) == way
    text = glued.base.document.text
    assert all(text[slice(*cell.span)] == cell.raw and int(cell.raw) == cell.value for cell in cells)
    assert NORMATIVE not in result.unplaced
    assert {cell.trust for cell in cells} == {"located"}


def test_choosing_what_is_not_offered_is_refused(glued):
    """There is no candidate beyond the last, and none of a row that is not open."""
    with pytest.raises(UsageError, match="no such candidate"):
        glued.choose(NORMATIVE, 99, **WHO)
    with pytest.raises(UsageError, match="no such candidate"):
        glued.choose("applications.granted_in_part", 0, **WHO)


def test_equations_are_assessed_anew(wrong):
    """A cell that is blanked makes the equations through it open, and proven cells in them lose their proof."""
    address = "applications.carried_forward.enterprise"
    assert wrong.base.assembly.cells[address].trust == "proven"
    assembly = wrong.correct("applications.carried_forward.natural_person", "", **WHO).draft().assembly
    through = [one for one in assembly.assessed if "applications.carried_forward.natural_person" in one[0].addresses]
    assert {assessment.holds for _, assessment in through} == {None}
    assert assembly.cells[address].trust == "located"


def test_undo_takes_back_the_last_word_only(wrong):
    """Undo gives the state before the last correction; undoing all gives the reading as it was."""
    first = wrong.correct(RECEIVED, "172", **WHO)
    second = first.correct(RECEIVED, "", **WHO)
    assert second.undo() == first
    assert second.undo().undo().result("zh", run) == wrong.result("zh", run)


@pytest.mark.parametrize("written", ["十二", "1-2", "<script>", "0012"])
def test_what_a_cell_cannot_hold_is_refused(wrong, written):
    """Only a number, nothing or / goes into a cell; the message says what to do."""
    with pytest.raises(UsageError) as refused:
        wrong.correct(RECEIVED, written, **WHO)
    assert refused.value.remedy[0] == "请填一个数，空白则留空，不适用填 /"


@pytest.mark.parametrize(("written", "state"), [("", "blank"), ("/", "not_applicable")])
def test_person_may_say_that_nothing_is_printed(wrong, written, state):
    """A cell without a number has a state and no value; the reader's number stays as a reading."""
    cell = wrong.correct(RECEIVED, written, **WHO).draft().assembly.cells[RECEIVED]
    assert (cell.value, cell.state, cell.trust) == (None, state, None)
    assert cell.readings[0].value == 174


def test_history_keeps_who_when_why_and_what_was_printed(wrong):
    """Every correction can be traced: printed, before, said, whether the document prints it, who, when, reason."""
    assert history(wrong.correct(RECEIVED, "172", reason="台账", **WHO)) == [
        {"cell": RECEIVED, "printed": "174", "before": [174], "said": [172], "in_document": False, **WHO, "reason": "台账"}
    ]


def test_second_copy_of_a_table_can_be_preferred():
    """Where two printings of a table differ, the person's choice of the second one is located there."""
    text = (DATASET / "a12_tab_shifted.txt").read_text(encoding="utf-8")
    start, end = text.index("三、收到和处理"), text.index("四、政府信息公开行政复议")
    review = review_of_text(text[:end] + text[start:end].replace("145", "154") + text[end:])
    address = next(address for address, cell in review.base.assembly.cells.items() if cell.readings)
    other = review.base.assembly.cells[address].readings[1]
    cell = review.correct(address, str(other.value), **WHO).draft().assembly.cells[address]
    assert (cell.value, cell.span, cell.reader) == (other.value, other.span, "person")


def test_judgement_is_kept_once_and_can_be_taken_back(wrong):
    """A finding has one verdict at a time."""
    first = wrong.judge("x", "accepted", **WHO).judge("x", "dismissed", reason="另有口径", **WHO)
    assert [(one.verdict, one.reason) for one in first.judgements] == [("dismissed", "另有口径")]
    assert first.judge("x", None, **WHO).judgements == ()


def test_label_says_what_the_document_prints(wrong):
    """The label of a corrected report keeps the printed number, and the correction in its history."""
    review = wrong.correct(RECEIVED, "172", **WHO)
    made = label(review, review.result("zh", run), "a.txt", "王某")
    assert made["cells"][RECEIVED] == 174
    assert made["source"]["differences"] == history(review)


@pytest.mark.parametrize(
    "name",
    ["a18_wrong_arithmetic.txt", "b25_kuiyang_veterans_glued_misprint.txt", "b26_two_offices.txt", "d10_water_ruled.pdf"],
)
def test_kept_fixture_passes_the_lint(tmp_path, name):
    """A report kept as a fixture is a document and a label that the evaluation accepts, whatever was corrected in it."""
    found = DATASET / name if (DATASET / name).exists() else next(DATASET.glob(f"{name.partition('_')[0]}_*"))
    desk = Desk()
    desk.add("u", found.read_bytes(), found.name, How())
    for item in desk.items:
        key = next(iter(item.review.base.assembly.unplaced), None)
        item.review = item.review.choose(key, 0, **WHO) if key else item.review
        item.review = item.review.correct(RECEIVED, "41", **WHO)
        kept = keep_as_fixture(item, tmp_path, "王某")
        assert parse_label(kept).source.differences[-1]["said"] == [41]
    problems = lint(tmp_path)
    assert (problems.lines, problems.labels, problems.unlabelled) == ([], len(desk.items), [])


def test_fixture_of_the_same_name_does_not_overwrite_another(tmp_path):
    """A document of the same name and other content gets a number; the same document is not written twice."""
    desk = Desk()
    for at, name in enumerate(["a18_wrong_arithmetic.txt", "a03_kaifaqu.txt", "a18_wrong_arithmetic.txt"]):
        desk.add(str(at), (DATASET / name).read_bytes(), "报告.txt", How())
    kept = [keep_as_fixture(item, tmp_path, "王某").name for item in desk.items]
    assert kept == ["报告.json", "报告_2.json", "报告.json"]
    assert parse_label(tmp_path / "labels" / "报告_2.json").cells[RECEIVED] != Decimal(174)


def test_download_carries_the_corrections():
    """The JSON of a corrected report is the result, with corrections and judgements after it."""
    desk = Desk()
    item = desk.add("u", (DATASET / "a18_wrong_arithmetic.txt").read_bytes(), "a.txt", How())[0]
    item.review = item.review.correct(RECEIVED, "172", **WHO).judge("x", "accepted", **WHO)
    made = json.loads(download([item], [item.result("zh")], "json", "zh"))
    assert made["cells"][RECEIVED]["readings"][1]["reader"] == "person"
    assert made["corrections"][0]["said"] == [172]
    assert made["judgements"][0]["verdict"] == "accepted"
