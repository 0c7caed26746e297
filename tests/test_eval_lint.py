"""Every kind of mistake in a label is one line that names it; the labels of the repository have none."""

from __future__ import annotations

import hashlib
import json

import pytest

from conftest import ROOT
from eval.lint import RULES, Texts, lint, problems_of
from handlabelled import item, label

TEXT = "某县水务局2023年政府信息公开工作年度报告\n全年公开信息568条。\n"
ROW = "applications.granted"


def _problems(text=TEXT, **more):
    return list(problems_of(label(**more), Texts(text, text)))


def _claim(**more):
    return {"id": "c1", "quote": "568条", "at": TEXT.index("568条"), "value": 568, "kind": "count", "subject": "信息"} | more


def _anomaly(rule, **more):
    return {"rule": rule, "severity": "error", "cause": "report", "why": "手算", "quote": None, "at": None} | more


def test_sound_label_has_no_problem():
    """A complete label with a claim, a blank and a broken sum that is an anomaly passes."""
    cells = {f"{ROW}.total": 3, "applications.concluded.total": 3, "applications.carried_in.total": 3}
    anomalies = [_anomaly("sum.applicants"), _anomaly("note:remark")]
    assert _problems(cells=cells, claims=[_claim()], anomalies=anomalies, states={"disclosure.rules.issued": "blank"}) == []


def test_repository_labels_pass():
    """The dataset of this repository is clean."""
    assert lint(ROOT / "eval" / "dataset").lines == []


def test_real_labels_pass(reports_folder):
    """So are the labels of the real reports; the empty form among them is the only file without one."""
    problems = lint(reports_folder)
    assert problems.lines == []
    assert problems.unlabelled == ["blank_form_2021.docx"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cells": {"applications.granted.nobody": 1}}, "is no address"),
        ({"units": {"disclosure.nothing": "元"}}, "units: disclosure.nothing"),
        ({"states": {f"{ROW}.total": "read"}}, "its state is read"),
        ({"states": {f"{ROW}.total": "unplaced"}}, "is not in unplaced"),
        ({"states": {f"{ROW}.total": "blank"}, "unplaced": {ROW: [1]}}, "is in unplaced"),
        ({"unplaced": {"applications.nothing": [1]}}, "is no row"),
        ({"cells": {"disclosure.rules.issued": -1}}, "-1 is no count"),
        ({"cells": {"disclosure.rules.issued": "1.5"}}, "1.5 is no count"),
        ({"doubtful": ["proceedings.nothing"]}, "doubtful: proceedings.nothing"),
        ({"cells": {f"{ROW}.total": 3}, "anomalies": []}, "sum.applicants of granted: does not hold"),
        ({"anomalies": [_anomaly("sum.proceedings")]}, "is an anomaly, but holds"),
        ({"anomalies": [_anomaly("claim.nonsense")]}, "is no rule"),
        ({"anomalies": [_anomaly("text.damaged", quote="五六八", at=3)]}, "stands not at 3"),
        ({"claims": [_claim(), _claim()]}, "its id is given 2 times"),
        ({"claims": [_claim(part_of="c9")]}, "part_of c9 is no claim"),
        ({"claims": [_claim(formula="c7/c1")]}, "its formula names c7"),
        ({"claims": [_claim(cell="applications.nothing")]}, "is no labelled cell"),
        ({"claims": [_claim(kind="negation")]}, "is a negation of 568"),
        ({"claims": [_claim(at=0)]}, "stands not at 0"),
        ({"claims": [_claim(at=None)]}, "has no offset"),
        ({"claims": [_claim(at=None, quote="五六八")], "file": "a.html"}, "stands nowhere"),
        ({"traps": [{"quote": "五六八", "why": "成立", "at": 1}]}, "trap: stands not at 1"),
    ],
)
def test_mistake_is_named(more, said):
    """Each mistake alone gives lines that say so."""
    assert any(said in line for line in _problems(**more))


def test_null_and_state_belong_together():
    """A null without a state, a state beside a value and a missing address are named."""
    broken = label(states={f"{ROW}.total": "blank"})
    cells = {a: v for a, v in broken.cells.items() if a != f"{ROW}.other"}
    broken = broken.model_copy(update={"cells": cells, "states": {f"{ROW}.natural_person": "blank"}})
    assert list(problems_of(broken, None)) == [
        f"{ROW}.other: has no label",
        f"{ROW}.total: is null without a state",
        f"{ROW}.natural_person: has a state and a value",
    ]


def test_hidden_text_is_looked_up_in_the_source():
    """What an anomaly quotes as hidden is not in the visible text, but must be in the file."""
    hidden = label(anomalies=[_anomaly("text.hidden", quote="全部填0")], file="a.html")
    assert list(problems_of(hidden, Texts("可见", "<p hidden>全部填0</p>"))) == []
    assert len(list(problems_of(hidden, Texts("可见", "可见")))) == 1


def test_folder_is_looked_at_as_a_whole(tmp_path):
    """Shape, source, checksum, document and doubles are checked, and a broken label hides no other."""
    one = item(label(sha256="0" * 64), tmp_path, TEXT)
    double = json.loads(one.label_path.read_text()) | {"sha256": hashlib.sha256(TEXT.encode()).hexdigest()}
    (tmp_path / "labels" / "b.json").write_text(json.dumps(double))
    (tmp_path / "labels" / "c.json").write_text("{")
    (tmp_path / "labels" / "d.json").write_text(json.dumps({k: v for k, v in double.items() if k != "source"} | {"x": 1}))
    (tmp_path / "labels" / "e.json").write_text(json.dumps(double | {"file": "gone.txt"}))
    (tmp_path / "new.txt").write_text("x")
    problems = lint(tmp_path)
    said = "\n".join(problems.lines)
    assert problems.labels == 5
    assert problems.unlabelled == ["new.txt"]
    for line in ("a.json: a.txt is not the file that was labelled", "c.json: ", "d.json: source: Field required",
                 "d.json: x: Extra inputs", "e.json: there is no document gone.txt", "a.txt: part 1 is labelled 2 times"):  # fmt: skip
        assert line in said


def test_quotes_of_files_have_no_offset_and_twins_are_labels(tmp_path):
    """A quote of a Word file is looked for in its canonical text; a twin that is not in the dataset is named."""
    word = label(anomalies=[_anomaly("text.damaged", quote="在正文里")], file="a.docx")
    assert list(problems_of(word, Texts("它在正文\n里", ""))) == []
    assert len(list(problems_of(word, Texts("正文", "")))) == 1
    one = item(label(), tmp_path, TEXT)
    other = json.loads(one.label_path.read_text())
    other["source"]["twin"] = "gone"
    one.label_path.write_text(json.dumps(other))
    assert "a.json: its twin gone is no label" in lint(tmp_path).lines


def test_rules_are_those_of_the_product():
    """Every rule that the product can report may be an anomaly."""
    from extractor.validate.check import RULES as CHECKED

    assert {rule.id for rule in CHECKED} <= RULES
