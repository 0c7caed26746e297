"""What is printed and was not read, what is not printed at all, and what readers do not agree on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checked import SHOWN, found, read, right, subject_of
from extractor.cuts import Run
from extractor.document import Notice
from extractor.errors import UnreadableDocument, UnsupportedDocument
from extractor.naming import ROW_LABELS
from extractor.readers.rows import OpenDigits, RowReading, TableReading, Tables
from extractor.readers.strips import figures_inside
from extractor.reading import Cell, Reading
from extractor.schema import FORMS
from extractor.validate.readings import RULES, disagree, emptied, head_only

REPEATED = "2.重复申请"
FILE = "7.属于行政执法案卷"


def _row(text: str, label: str) -> str:
    return next(line for line in text.split("\n") if line.startswith(label))


def _rules(text: str, **options) -> dict[str, tuple[str, str]]:
    """Rule to (severity, cause) of the structural findings."""
    wanted = ("structure.", "reading.", "cell.", "text.damaged", "label.")
    return {one.rule: (one.severity, one.cause) for one in read(text, **options).findings if one.rule.startswith(wanted)}


def test_a_row_that_is_not_printed_is_missing():
    """Nothing of the row stands in its section: an error of the document, naming the row and its cells."""
    text = right()
    (missing,) = found(text.replace(_row(text, REPEATED) + "\n", ""), "structure.row")
    assert (missing.severity, missing.cause) == ("error", "undetermined")
    assert missing.cells == tuple(a for a in SHOWN if a.startswith("applications.rejected_repeated."))
    assert REPEATED in missing.message


def test_missing_rows_are_named_up_to_four():
    """All rows that are missing are one finding, which names four of them."""
    lines = right().split("\n")
    labels = ("1.属于国家秘密", "2.其他法律", "3.危及", "4.保护第三方", "5.属于三类")
    for count, more in ((4, False), (5, True)):
        kept = [line for line in lines if not line.startswith(labels[:count])]
        (one,) = found("\n".join(kept), "structure.row")
        assert len(one.cells) == 7 * count
        assert (one.message.count("、"), "…" in one.message) == (4, more)


@pytest.mark.parametrize("printed", ["7.属于行\t56\t2\t0\t1\t0\t0\t59\n政执法案\n卷", "7.属于行政执\n法案\n卷"])
def test_a_row_whose_words_are_torn_is_our_reading(printed):
    """The words of a long label stand in the section, with figures between them: nobody left the row out."""
    text = right()
    rules = _rules(text.replace(_row(text, FILE), printed))
    assert "structure.row" not in rules
    assert rules.get("reading.unlocated", ("warning", "reading")) == ("warning", "reading")


@pytest.mark.parametrize("between", [" ", "\t"])
def test_figures_inside_a_label_make_no_blank_and_no_typo(between):
    """A page whose columns ran into each other prints a row's figures in the middle of its label: one finding, and the row
    is open with its figures."""
    text = right(between=between)
    torn_apart = "2.申请人逾期未按收费通知要求缴\n他处理\n纳费用、行政机关不再处理其政 4 0 0 0 0 0 4\n府信息公开申请"
    result = read(text.replace(_row(text, "2.申请人逾期"), torn_apart))
    (one,) = [finding for finding in result.findings if finding.severity != "info"]
    assert (one.rule, one.cause) == ("cell.unplaced", "undetermined")
    assert one.cells == tuple(a for a in SHOWN if a.startswith("applications.other_fee_unpaid."))
    assert {result.cells[address].state for address in one.cells} == {"unplaced"}
    assert result.unplaced["applications.other_fee_unpaid"].raw == "4 0 0 0 0 0 4"


def test_prose_about_a_row_does_not_print_it():
    """A short label in a sentence of the section is no row: only with its number, or alone at the start of a line."""
    text = right()
    gone = text.replace(_row(text, REPEATED) + "\n", "").replace(
        "\n四、政府信息公开行政", "\n群众重复申请较多。\n四、政府信息公开行政"
    )
    assert "structure.row" in _rules(gone)
    rules = right().replace(_row(right(), "规章") + "\n", "")
    assert "structure.row" in _rules(rules)
    assert "structure.row" in _rules(rules.replace("\n三、收到", "\n本年没有制定规章。\n三、收到", 1))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("2.重复申请", None), ("行政机关不再处理其政 0 0 0 0\n府信息公开申请", "0 0 0 0"), ("其政 0\n府信息", "0"),
        ("属于 12 类", "12"), ("2.申请人逾期未按\n收费通知", None), ("1.申请人\t无正当理由", None), ("5 5 5 ", "5 5"),
    ],
)  # fmt: skip
def test_torn_labels(label, expected):
    """Figures inside the words of a label, not its own number."""
    inside = figures_inside(label, (0, len(label)))
    assert (inside and label[slice(*inside)]) == expected


def _third(text: str) -> str:
    return text[text.index("行政复议行政诉讼结果") : text.index("五、存在")]


def test_a_table_that_is_not_printed_is_missing():
    """Without a word of a table in its section the table is missing; the cause is open where the section is empty, and the
    agency's where the section says in prose what the table should."""
    gone = right().replace(_third(right()), "")
    assert _rules(gone)["structure.table"] == ("error", "undetermined")
    said = right().replace(_third(right()), "本年度没有发生行政复议、行政诉讼案件。\n")
    assert _rules(said)["structure.table"] == ("error", "report")
    assert {"reading.unlocated", "text.damaged"} & {*_rules(gone), *_rules(said)} == set()


def test_a_header_without_figures_has_lost_them():
    """The header of the third table and nothing under it: a copy lost the figures, an original never had them."""
    head = right().replace(_third(right()), _third(right()).split("\n")[0] + "\n")
    for copy, cause in (("extracted", "copy"), ("original", "report")):
        rules = _rules(head, copy=copy)
        assert rules["text.damaged"] == ("error", cause)
        assert "structure.table" not in rules
    (one,) = found(head, "text.damaged")
    assert "四、政府信息公开行政复议、行政诉讼情况只有表头" in one.message


def test_a_header_with_scattered_figures_is_our_reading():
    """Header words and figures that do not fill the table: not read, by our limits."""
    head = "行政复议 行政诉讼\n结果 结果 其他 尚未 总\n维持 纠正 结果 审结 计\n0\t1\t1\t0\n"
    text = right().replace(_third(right()), head)
    rules = _rules(text)
    assert rules["reading.unlocated"] == ("warning", "reading")
    assert "structure.table" not in rules
    (one,) = found(text, "reading.unlocated")
    assert len(one.cells) == 15
    assert "3行" in one.message
    assert "…" not in one.message


def test_undivided_other_outcomes_replace_their_rows():
    """（六）其他处理 as one row is its own finding; its three rows are not missing."""
    lines = right().split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("（六）其他处理"))
    zeros = "\t0" * 7
    text = "\n".join([*lines[:at], "（六）其他处理" + zeros, *lines[at + 4 :]])
    (one,) = found(text, "structure.row")
    assert (one.severity, one.cause) == ("warning", "report")
    assert "未按格式分列" in one.message


def test_rows_that_lost_their_figures():
    """A table with labels and nearly no figures was emptied by a copy; blanks of such a copy accuse nobody."""
    kept, lines = 0, []
    for line in right().split("\n"):
        label, _, values = line.partition("\t")
        inside = any(
            label.startswith(mark)
            for mark in ("（", "1.", "2.", "3.", "4.", "5.", "6.", "7.", "8.", "一、本", "二、上", "四、结")
        )
        kept += inside and bool(values)
        lines.append(label if inside and values and kept > 2 else line if not (inside and values) else f"{label}\n3\n5")
    text = "\n".join(lines)
    (one,) = found(text, "text.damaged")
    assert (one.severity, one.cause) == ("error", "copy")
    assert one.raw.startswith("一、本年新收")
    applications = FORMS["2021"].applications
    rows = [row for row in applications.rows if not FORMS["2021"].optional(row)]
    assert f"：{len(rows) - 2}行只有行名没有数字" in one.message
    assert found(text, "structure.row") == []


@pytest.mark.parametrize(("labels", "figures", "empty"), [(12, 0, 0), (13, 0, 13), (13, 6, 7), (13, 7, 0)])
def test_how_many_rows_without_figures_tell_of_a_loss(labels, figures, empty):
    """More than six of more than a dozen rows; fewer may be misread, and a table of a few rows is a fragment."""
    rows = FORMS["2021"].applications.rows[:labels]
    digits = OpenDigits((Run("35", 7),), (0, 1), {}, glued=False)
    read_ = {row.key: RowReading(row, digits=digits if at < figures else None) for at, row in enumerate(rows)}
    table = TableReading("applications", (0, 1), read_, labels={row.key: (0, 1) for row in rows})
    assert emptied(subject_of(right(), tables=Tables(applications=[table]))) == [row.key for row in rows[figures:]][:empty]


def _with(address: str, *readings: Reading, **cell) -> list:
    subject = subject_of(right())
    cells = subject.cells | {address: replace(subject.cells[address], readings=readings or None, **cell)}
    return [(rule.id, one) for rule in RULES for one in rule.check(replace(subject, cells=cells))]


ADDRESS = "applications.granted.total"


def test_readers_that_differ():
    """Two readers with different numbers are a finding about the reading that names both."""
    ((rule, one),) = _with(ADDRESS, Reading("rules", 6, span=(3, 4)), Reading("model", 7, span=(5, 6)))
    assert (rule, one.severity, one.cause, one.cells) == ("reading.disagreement", "warning", "reading", (ADDRESS,))
    assert one.parameters == {"count": 1, "said": "rules 6；model 7"}
    ((_, open_),) = _with(ADDRESS, Reading("model", 6, span=(3, 4)), Reading("other", 7, span=(5, 6)), span=None)
    assert open_.span == (3, 4)


@pytest.mark.parametrize(
    ("readings", "reader"),
    [
        ((Reading("rules", 6, span=(3, 4)), Reading("model", 6, span=(3, 4))), "rules"),
        ((Reading("rules", 6, span=(3, 4)), Reading("copy", 7, span=(5, 6))), "rules"),
        ((Reading("rules", 6, span=(3, 4)), Reading("model", 7, span=(5, 6))), "person"),
        ((Reading("rules", 6, span=(3, 4)), Reading("model", None)), "rules"),
    ],
)
def test_readers_that_do_not_differ(readings, reader):
    """Agreement, a second printing, a decision of a person and a reader without a number are no disagreement."""
    assert _with(ADDRESS, *readings, reader=reader) == []
    assert disagree(Cell(6, "read", readings=readings, reader=reader)) is False


def test_a_number_without_a_place():
    """A reading that stands nowhere in the document is told, and is never a value; not once a person has decided."""
    ((rule, one),) = _with(ADDRESS, Reading("rules", 6, span=(3, 4)), Reading("model", 8))
    assert (rule, one.severity, one.cause, one.raw, one.cells) == ("reading.unlocated", "warning", "reading", None, (ADDRESS,))
    assert one.parameters["given"] == "8"
    assert _with(ADDRESS, Reading("model", 8), reader="person") == []


def test_nothing_is_said_of_other_documents():
    """A document that is no annual report has no missing rows or tables."""
    subject = subject_of(right())
    cells = dict.fromkeys(subject.cells, Cell(None, "absent"))
    other = replace(subject, kind="other", cells=cells, notices=(Notice("zero_width", "3"),))
    assert [one for rule in RULES for one in rule.check(other)] == []


@pytest.mark.parametrize("table", ["disclosure", "applications"])
def test_a_table_whose_labels_stand_there_was_not_read(table):
    """More than half of the labels in the section of a table of which nothing was read: it is there; otherwise it may not be."""
    subject = subject_of(right(), tables=Tables())
    assert head_only(subject, table) is False
    assert head_only(replace(subject, folded="无" * len(subject.folded)), table) is None


@pytest.mark.parametrize("count", [3, 4, 5])
def test_rows_that_were_not_read_are_named_up_to_three(count):
    """All rows of a table whose words stand there are one finding about the reading, which names three of them."""
    subject = subject_of(right(), tables=Tables())
    rows = [row for row in subject.form.applications.rows if len(row.label) > 9][:count]
    absent = [f"applications.{row.key}.{column.key}" for row in rows for column in row.columns]
    shown = replace(subject, cells=subject.cells | dict.fromkeys(absent, Cell(None, "absent")))
    (one,) = [one for rule in RULES for one in rule.check(shown)]
    assert (one.severity, one.cause, one.cells) == ("warning", "reading", tuple(absent))
    names = "、".join(ROW_LABELS[f"applications.{row.key}"] for row in rows[:3])
    assert one.parameters == {"at": names + "…" * (count > 3), "count": count}


def test_questions_without_an_answer_are_told_by_their_reason():
    """What a model did not answer is a finding about the reading a kind of failure, with reason and remedy in both languages."""
    first = UnreadableDocument("a.txt", ("原因甲", "reason a"), ("办法甲", "remedy a"))
    other = UnsupportedDocument("a.txt", ("原因乙", "reason b"), ("办法乙", "remedy b"))
    subject = replace(subject_of(right()), unanswered={"1.1": first, "2": first, "3": other})
    found_ = [one for rule in RULES for one in rule.check(subject)]
    assert [(one.severity, one.cause, one.parameters["at"]) for one in found_] == [
        ("warning", "reading", "1.1, 2"),
        ("warning", "reading", "3"),
    ]
    assert [one.parameters["zh"] for one in found_] == ["原因甲，办法甲", "原因乙，办法乙"]
    assert [one.parameters["en"] for one in found_] == ["reason a, remedy a", "reason b, remedy b"]
