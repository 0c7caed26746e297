"""What becomes of a model's readings: taken where the text shows the same, doubtful where it shows nothing, else never a value."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consistent import figures, report
from extractor import extract
from extractor.pipeline import Options
from extractor.settings import Settings
from pointing import GLUED, SEPARATED, SHOWN, Told, everything, pointed, ranges, rows, valued, wrong_values

VALUES = Options(settings=Settings("told", "http://127.0.0.1:9", protocol="values"))
ROWS = [key for key, _ in rows("applications")]
UNKNOWN = SEPARATED.replace("（四）无法提供\n1.本机关不掌握相关政府信息", "（四）无从给予\n1.手头并无此类材料")


def _model(answers, text=SEPARATED, options=Options()):  # noqa: B008 - frozen
    return extract(text=text, reader="model", asker=Told(answers), options=options)


@pytest.mark.parametrize(("answer", "options"), [(pointed, Options()), (valued, VALUES)])
def test_right_answers_are_as_sure_as_the_rules(answer, options):
    """What the model points at or says, and the text shows under the same label, has the trust that the rules would have."""
    read, known = _model(everything(answer), options=options), extract(text=SEPARATED)
    assert {a: (c.value, c.trust, c.span) for a, c in read.cells.items()} == {
        a: (c.value, c.trust, c.span) for a, c in known.cells.items()
    }
    assert {cell.reader for cell in read.cells.values()} == {"model"}
    assert read.run.reader == "model"


def test_glued_rows_are_held_against_the_only_solution():
    """Where separators are lost, the digits that a model joins must be those of the only solution of the whole table."""
    known = extract(text=GLUED)
    joined = {}

    def answer(question):
        from extractor.readers.answers import codes

        at, joined["asked"] = 1, True
        said = {}
        for key, width in rows("applications"):
            said[codes("2021", "applications")[key]] = cells = []
            columns = [c for a, c in known.cells.items() if a.startswith(f"applications.{key}.")]
            for cell in columns[:width]:
                size = len(str(cell.value))
                cells.append("+".join(str(at + n) for n in range(size)))
                at += size
            at += question.user.count(f"⟦{at}⟧") and _label_digit(question.user, at)
        return said

    read = _model({"applications": answer}, GLUED)
    cells = [cell for address, cell in read.cells.items() if address.startswith("applications.")]
    assert joined["asked"]
    assert Counter(cell.trust for cell in cells)["proven"] == 175
    assert all(cell.resolved for cell in cells)


def _label_digit(prompt, at):
    """1 if the digit with this id is the number of the next label (`2.没有现成信息`)."""
    after = prompt.split(f"⟦{at}⟧", 1)[1]
    return int(after[1:2] == ".")


@pytest.mark.parametrize(("first", "second"), [("granted", "rejected_petition"), ("received", "concluded"), (ROWS[4], ROWS[5])])
@pytest.mark.parametrize("protocol", ["pointers", "values"])
def test_rows_that_change_places_are_never_values(first, second, protocol):
    """Two rows swapped keep every row sum; the label beside the numbers tells, and both rows stay open with a finding."""
    order = {first: second, second: first}
    if protocol == "pointers":
        answers, options = everything() | {"applications": pointed("applications", order)}, Options()
    else:
        shown = dict(SHOWN)
        for address in SHOWN:
            table, row, column = address.split(".")
            if table == "applications" and row in order:
                shown[address] = SHOWN[f"applications.{order[row]}.{column}"]
        answers, options = everything(valued) | {"applications": valued("applications", shown)}, VALUES
    read = _model(answers, options=options)
    assert wrong_values(read) == []
    changed = {
        key
        for key in order
        if any(SHOWN[f"applications.{key}.{c}"] != SHOWN[f"applications.{order[key]}.{c}"] for c in ("total",))
    }
    for key in changed:
        assert {cell.state for a, cell in read.cells.items() if a.startswith(f"applications.{key}.")} == {"unplaced"}
        assert read.unplaced[f"applications.{key}"].candidates[0][-1] == int(SHOWN[f"applications.{key}.total"])
    rules = {finding.rule for finding in read.findings}
    assert not changed or rules & {"reading.disagreement", "reading.unlocated"}


def test_shifted_and_swapped_columns_are_never_values():
    """A row read one cell on, or with two columns exchanged, is left open; the rows around it are read, but no longer proven."""
    low, high = ranges("applications")["granted"]
    shifted = pointed("applications") | {"3.1": f"{low + 1}-{high}"}
    swapped = pointed("applications") | {"3.1": [str(low + 1), str(low), f"{low + 2}-{high}"]}
    for answer in (shifted, swapped):
        read = _model(everything() | {"applications": answer})
        assert wrong_values(read) == []
        assert read.cells["applications.granted.total"].value is None
        assert read.cells["applications.received.total"].trust == "proven"
        assert read.cells["applications.concluded.total"].trust == "located"


def test_blanks_are_the_texts():
    """A zero said for an empty cell is no value, and a cell with a number is not made empty."""
    text = report("2021", SHOWN | {"applications.granted.research": ""}, "\t")
    said = valued("applications", SHOWN | {"applications.granted.research": "0"})
    read = _model(everything(valued) | {"applications": said}, text, VALUES)
    cell = read.cells["applications.granted.research"]
    assert (cell.state, cell.value) == ("blank", None)
    none = pointed("applications") | {"3.1": None}
    opened = _model(everything() | {"applications": none})
    assert opened.cells["applications.granted.total"].state == "unplaced"


def test_rows_that_the_text_does_not_show_are_doubtful():
    """With a label that no rule knows, `both` asks for that row, and its numbers are doubtful; all others stay as they were."""
    known = extract(text=UNKNOWN)
    assert known.cells["applications.unavailable_not_held.total"].state == "absent"
    told = Told({"applications": lambda question: {"3.4.1": pointed("applications")["3.4.1"]}})
    read = extract(text=UNKNOWN, reader="both", asker=told)
    asked = next(question for question in told.asked if question.name == "applications")
    assert list(asked.form.model_json_schema()["properties"]) == ["3.4.1"]
    for address, cell in read.cells.items():
        if address.startswith("applications.unavailable_not_held."):
            assert (str(cell.value), cell.trust, cell.reader) == (SHOWN[address], "doubtful", "model")
        else:
            assert cell == known.cells[address]


def test_numbers_of_another_row_are_not_taken_for_a_hidden_one():
    """A row that the text does not show cannot have numbers that stand in a row that it shows."""
    told = Told({"applications": {"3.4.1": pointed("applications")["3.1"]}})
    read = extract(text=UNKNOWN, reader="both", asker=told)
    assert {c.value for a, c in read.cells.items() if a.startswith("applications.unavailable_not_held.")} == {None}


def test_a_model_only_ranks_what_the_text_leaves_open():
    """Where several cuts are possible the row stays open, and the model's is suggested."""
    text = GLUED.replace("行政规范性文件202015", "行政规范性文件4517328")
    known = extract(text=text).unplaced["disclosure.normative_documents"]
    wanted = known.candidates[2]
    digits = [len(str(value)) for value in wanted]

    def answer(question):
        cells, at = [], int(question.user.rsplit("行政规范性文件⟦", 1)[1].split("⟧", 1)[0])
        for size in digits:
            cells.append("+".join(str(at + n) for n in range(size)))
            at += size
        return {"normative_documents": cells}

    row = _model({"disclosure": answer}, text).unplaced["disclosure.normative_documents"]
    assert (row.candidates, row.suggested) == (known.candidates, 2)
    ranked = extract(
        text=text.replace("主动公开政府信息。\n", "制发行政规范性文件45件。\n"),
        reader="both",
        asker=Told({"ranking": {"choices": {"disclosure.normative_documents": 3, "applications.granted": 1}}}),
    )
    assert ranked.unplaced["disclosure.normative_documents"].suggested == 2
    assert ranked.cells["disclosure.normative_documents.issued"].value is None


@st.composite
def _answers(draw):
    """Answers about the applications table that are wrong in any way, at any rate."""
    ids = ranges("applications")
    answer = pointed("applications")
    for code in draw(st.sets(st.sampled_from(list(answer)), max_size=25)):
        low, high = draw(st.sampled_from(list(ids.values())))
        kind = draw(st.integers(0, 4))
        moved = draw(st.integers(-9, 9))
        cells = [str(n) for n in range(low, high + 1)]
        answer[code] = [
            f"{low}-{high}",
            f"{low + moved}-{high + moved}",
            draw(st.permutations(cells)),
            [*cells[:3], f"{low + 3}+{low + 4}", *cells[5:], str(high + 1)],
            draw(st.one_of(st.none(), st.text(max_size=12), st.lists(st.sampled_from([*cells, None]), max_size=9))),
        ][kind]
    return answer


@settings(max_examples=60)
@given(_answers(), st.sampled_from(["model", "both"]), st.sampled_from([SEPARATED, UNKNOWN, GLUED]))
def test_no_answer_makes_a_wrong_value(answer, reader, text):
    """Whatever a model answers, no value that is not doubtful differs from what is printed, and `both` keeps what the rules read."""
    read = extract(text=text, reader=reader, asker=Told(everything() | {"applications": answer}))
    assert wrong_values(read) == []
    if reader == "both":
        known = extract(text=text)
        assert all(read.cells[a] == cell for a, cell in known.cells.items() if cell.value is not None)


def test_symmetric_figures_do_not_hide_a_swap():
    """Rows with the same sums, columns with the same numbers: what is taken is still what stands there."""
    for seed in range(5):
        shown = figures(Random(seed), "2021", 40)
        text = report("2021", shown, "\t")
        keys = [key for key, _ in rows("applications")]
        Random(seed).shuffle(keys)
        order = dict(zip([key for key, _ in rows("applications")], keys, strict=True))
        read = extract(text=text, reader="model", asker=Told(everything() | {"applications": pointed("applications", order)}))
        assert wrong_values(read, shown) == []
