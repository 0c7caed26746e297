"""Asking a model about a report: which questions, how often, for how much, and what becomes of failures."""

from __future__ import annotations

import asyncio
import re

import pytest

from extractor import extract
from extractor.errors import UsageError
from extractor.pipeline import Options, canonical_text, extract_all, extract_all_async, extract_async, extract_with_text
from extractor.result import Result
from extractor.settings import Settings
from labelled import DATASET, labelled
from pointing import GLUED, SEPARATED, SHOWN, Told, everything, pointed, wrong_values

TABLES = {"disclosure", "applications", "proceedings"}
PROSE = SEPARATED.replace(
    "（一）主动公开。我局按照条例要求主动公开政府信息。",
    "（一）主动公开。公开信息120条，其中公文35条。\n（二）依申请公开。全年收到怪事12宗宗。\n（三）平台建设。更新栏目。",
)


def _limits(**limits):
    return Options(settings=Settings("told", "http://127.0.0.1:9", **limits))


@pytest.mark.parametrize("document", labelled(DATASET, parts=False)[:12], ids=str)
def test_no_table_is_asked_about_that_the_rules_have_read(document):
    """With `both`, a report whose tables the rules read completely costs one question, about its prose."""
    told = Told()
    read = extract_all(document.data, document.path.name, reader="both", asker=told)[0]
    assert read.document.kind == "annual_report"
    assert set(told.names) == {"prose"} | ({"ranking"} if read.unplaced else set())


def test_both_keeps_what_the_rules_have_read():
    """Whatever the model says, no cell that the rules read changes; `run` tells who read and what it took."""
    known = extract(text=SEPARATED)
    read = extract(text=SEPARATED, reader="both", asker=Told({"prose": {"claims": [{"n": "1"}]}}))
    assert read.cells == known.cells
    assert read.run.reader == "both"
    assert read.run.model == "told"
    assert read.run.usage["requests"] == 1
    assert re.fullmatch(r"v1:[0-9a-f]{12}", read.run.prompts["prose"])
    assert Result.model_validate_json(read.model_dump_json()) == read


def test_a_model_alone_reads_all_tables_and_the_prose():
    """With `model` every table is a question of its own, and so is the prose."""
    told = Told(everything())
    read = extract(text=SEPARATED, reader="model", asker=told)
    assert set(told.names) == {*TABLES, "prose"}
    assert len(told.names) == 4
    assert set(read.run.prompts) == set(told.names)
    assert wrong_values(read, trusts=("proven", "located", "doubtful")) == []


def test_rows_in_question_are_read_again_once_and_blind():
    """A row that the text contradicts is asked about once more, alone, without its sum, the first answer or a reason; the
    second reading counts where the text shows it."""
    said = [pointed("applications") | {"3.1": "1-7", "1": None}, pointed("applications")]
    told = Told(everything() | {"applications": lambda _: said.pop(0)})
    read = extract(text=SEPARATED, reader="model", asker=told)
    first, second = (question for question in told.asked if question.name == "applications")
    assert list(second.form.model_json_schema()["properties"]) == ["1", "3.1"]
    marked = re.compile(r"<data-.*</data-[0-9a-f]{16}>", re.DOTALL)
    instructions = marked.sub("", second.user)
    assert SHOWN["applications.granted.total"] not in re.sub(r"小例.*?这是", "", instructions, flags=re.DOTALL)
    assert marked.search(first.user)[0] == marked.search(second.user)[0]
    assert first.user != second.user
    assert read.cells["applications.granted.total"].trust == "proven"


def test_a_wrong_sum_is_no_reason_to_ask_again():
    """A report whose own arithmetic is wrong is read as it is printed, in one question, and the finding is the report's."""
    shown = SHOWN["applications.granted.total"]
    row = "\t".join(SHOWN[a] for a in SHOWN if a.startswith("applications.granted."))
    text = SEPARATED.replace(row, row.removesuffix(shown) + str(int(shown) + 1))
    told = Told(everything())
    read = extract(text=text, reader="model", asker=told)
    assert told.names.count("applications") == 1
    assert (read.cells["applications.granted.total"].value, read.cells["applications.granted.total"].trust) == (
        int(shown) + 1,
        "located",
    )
    assert ("sum.applicants", "report") in {(finding.rule, finding.cause) for finding in read.findings}


@pytest.mark.parametrize("same", [True, False])
def test_two_readings_of_a_hidden_row_must_agree(same):
    """A row that only the model sees, inside an equation that fails, is read twice; if it then says something else, neither
    reading is a value."""
    text = SEPARATED.replace("（一）予以公开\t", "（一）照单全收\t77\t")
    low = int(pointed("applications")["3.1"].split("-")[0])
    wrong, right = {"3.1": f"{low}-{low + 6}"}, {"3.1": f"{low + 1}-{low + 7}"}
    said = [wrong, wrong if same else right]
    told = Told({"applications": lambda _: said.pop(0)})
    read = extract(text=text, reader="both", asker=told)
    assert told.names.count("applications") == 2
    cell = read.cells["applications.granted.natural_person"]
    assert (cell.value, cell.trust) == ((77, "doubtful") if same else (None, None))
    sound = [int(SHOWN[a]) for a in SHOWN if a.startswith("applications.granted.")]
    told = Told({"applications": right})
    read = extract(text=text, reader="both", asker=told)
    assert told.names.count("applications") == 1
    assert [cell.value for a, cell in read.cells.items() if a.startswith("applications.granted.")] == sound


def test_a_failure_leaves_the_rest_and_is_named():
    """Where the model refuses, `model` leaves that table open with its candidates and a finding that says why and what to do;
    `both` loses nothing."""
    for language, word in (("zh", "模型没有读出"), ("en", "the model did not read")):
        told = Told(everything() | {"applications": None})
        read = extract(text=SEPARATED, reader="model", asker=told, options=Options(lang=language))
        named = next(finding for finding in read.findings if finding.rule == "reading.unlocated")
        assert word in named.message
        assert named.parameters["kind"] == "refused"
        assert named.suggestion
    assert read.cells["applications.received.total"].state == "unplaced"
    assert read.unplaced["applications.received"].candidates[0][-1] == int(SHOWN["applications.received.total"])
    assert read.cells["proceedings.reconsideration.total"].value is not None
    assert {finding.cause for finding in read.findings if finding.rule == "cell.unplaced"} == {"reading"}
    failed = extract(text=SEPARATED, reader="both", asker=Told({"prose": None}))
    assert failed.cells == extract(text=SEPARATED).cells
    assert "reading.unlocated" in {finding.rule for finding in failed.findings}


@pytest.mark.parametrize(("limits", "requests"), [({"max_requests": 2}, 2), ({"max_tokens": 250}, 3), ({}, 4)])
def test_a_budget_is_kept(limits, requests):
    """After the most requests or tokens that one report may cost, nothing more is asked, what is left stays open and is named."""
    told = Told(everything(), tokens=100)
    read = extract(text=SEPARATED, reader="model", asker=told, options=_limits(**limits))
    assert len(told.asked) == read.run.usage["requests"] == requests
    found = [finding.parameters.get("kind") for finding in read.findings if finding.rule == "reading.unlocated"]
    assert ("budget" in found) == bool(limits)
    assert wrong_values(read) == []


def test_what_is_no_report_is_not_asked_about():
    """A text that is no annual report costs nothing."""
    told = Told(everything())
    read = extract(text="关于召开会议的通知\n定于3月5日召开会议，共12人参加。\n", reader="model", asker=told)
    assert told.asked == []
    assert read.run.usage["requests"] == 0


def test_readers_need_a_model_and_a_known_name():
    """`model` without settings and an unknown reader are usage errors that say what to do; nothing is sent."""
    with pytest.raises(UsageError, match="Options"):
        extract(text=SEPARATED, reader="model")
    with pytest.raises(UsageError, match="rules, model, both"):
        extract(text=SEPARATED, reader="guess")


def test_with_and_without_an_event_loop():
    """The twins give the same, and the plain functions also work where a loop runs (a notebook)."""

    async def inside():
        awaited = await extract_async(text=SEPARATED, reader="model", asker=Told(everything()))
        all_of_it = await extract_all_async(SEPARATED.encode(), "text.txt", reader="model", asker=Told(everything()))
        rules = await extract_async(text=SEPARATED)
        return awaited, all_of_it[0], extract(text=SEPARATED, reader="model", asker=Told(everything())), rules

    plain = extract(text=SEPARATED, reader="model", asker=Told(everything()))
    results = asyncio.run(inside())
    assert [one.cells for one in results[:3]] == [plain.cells] * 3
    assert results[3].cells == extract(text=SEPARATED).cells
    text, with_text = extract_with_text(SEPARATED.encode(), "a.txt", reader="model", asker=Told(everything()))
    assert text == canonical_text(SEPARATED.encode(), "a.txt")
    assert with_text[0].cells == plain.cells


def test_cancelling_stops_the_questions():
    """A cancelled reading ends at once and leaves nothing running."""

    class Never(Told):
        async def ask(self, question, budget):
            self.asked.append(question)
            await asyncio.sleep(3600)

    async def started():
        never = Never()
        task = asyncio.create_task(extract_async(text=SEPARATED, reader="model", asker=never))
        async with asyncio.timeout(60):
            while len(never.asked) < 4:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return never, [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]

    never, left = asyncio.run(started())
    assert len(never.asked) == 4
    assert left == []


def _ids(question, words):
    """The id of the number that follows these words in the prompt's text."""
    return re.search(
        re.escape(words) + r"⟦([0-9]+)⟧", question.user.rsplit("<data-", 1)[0] + question.user.rsplit("## 原文", 1)[1]
    )[1]


def test_claims_are_read_where_the_model_points():
    """A claim that only the model sees has the figure and the words of the text, and no link that its figures do not bear out."""

    def prose(question):
        strange, whole = _ids(question, "收到怪事"), _ids(question, "公开信息")
        claim = {
            "n": strange,
            "subject": "怪事",
            "unit": "宗",
            "kind": "count",
            "part_of": whole,
            "cell": "applications.received.total",
        }
        return {"claims": [{"n": whole, "unit": "条", "cell": "disclosure.rules.issued"}, claim]}

    known = extract(text=PROSE)
    read = extract(text=PROSE, reader="both", asker=Told({"prose": prose}))
    before = {claim.id: claim for claim in known.report.claims}
    assert {claim.id: claim for claim in read.report.claims if claim.id in before} == before
    assert all(PROSE[slice(*claim.span)] == claim.raw for claim in read.report.claims)
    alone = extract(text=PROSE, reader="model", asker=Told({"prose": prose}))
    assert [(claim.value, claim.unit) for claim in alone.report.claims] == [("120", "条"), ("12", "宗")]
    assert all(claim.cell is None and claim.part_of is None for claim in alone.report.claims)


def test_passages_are_the_documents_words():
    """Aspects, problems and measures are sentences of their section; ids outside it or unknown are left out."""

    def prose(question):
        marks = {
            words: found
            for found, words in re.findall(r"⟦(s[0-9]+)⟧(?:⟦[0-9]+⟧)?([^⟦\n]{2,9})", question.user.rsplit("## 原文", 1)[1])
        }
        problem = next(found for words, found in marks.items() if words.startswith("公开内容"))
        measure = next(found for words, found in marks.items() if words.startswith("下一步"))
        return {
            "problems": [problem, "s999", "s1"],
            "measures": [measure],
            "aspects": {"supervision": "s2", "platforms": problem},
        }

    read = extract(text=SEPARATED, reader="model", asker=Told({"prose": prose}))
    assert read.report.improvement.problems == ("公开内容不够丰富。",)
    assert read.report.improvement.measures == ("下一步加强培训。",)
    assert read.report.overview.aspects.supervision in SEPARATED
    assert read.report.overview.aspects.platforms is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [("全面完成公开工作。", "全面完成公开工作。"), ("共公开120条。", None), ("提出三项措施。", None), (None, None)],
)
def test_a_summary_is_marked_as_the_models_and_holds_no_figure(said, kept):
    """The model's own words stand in a field of their own; a figure in them would have no place, so they are dropped."""
    read = extract(text=SEPARATED, reader="both", asker=Told({"prose": {"summary": said}}))
    assert read.report.summary_by_model == kept
    assert extract(text=SEPARATED).report.summary_by_model is None


def test_what_is_too_long_is_not_sent():
    """A section longer than is sent at once stays open and is named; the others are read."""
    text = SEPARATED.replace("（三）不予公开\n", "（三）不予公开\n" + "说明文字。\n" * 6000)
    told = Told(everything())
    read = extract(text=text, reader="model", asker=told)
    assert max(len(question.user) for question in told.asked) < 60_000
    assert wrong_values(read) == []
    assert read.cells["proceedings.reconsideration.total"].value is not None


def test_glued_tables_are_asked_about_digit_by_digit():
    """In a report without separators every digit of the tables has an id of its own."""
    told = Told(everything())
    extract(text=GLUED, reader="model", asker=told)
    question = next(one for one in told.asked if one.name == "applications")
    section = question.user.rsplit("## 原文", 1)[1]
    digits = sum(len(SHOWN[a]) for a in SHOWN if a.startswith("applications."))
    assert len(re.findall(r"⟦[0-9]+⟧", section)) >= digits
