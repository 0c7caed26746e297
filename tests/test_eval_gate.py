"""The gate that CI keeps: what the rules read of the labelled reports."""

from __future__ import annotations

import pytest

from conftest import CI, ROOT
from eval.evaluate import READERS, evaluate
from eval.gate import read_gate, reasons
from eval.labels import load, without_office
from eval.metrics import summarise
from extractor.ingest.office import PROGRAM

TEXTS = (".txt", ".md", ".html")


def _summary(evaluated):
    return summarise([one.score.tallies for one in evaluated], resamples=0)


@pytest.fixture(scope="module")
def dataset():
    """Every labelled document, read and scored; those that need LibreOffice not where it is missing, except in CI."""
    items = load(ROOT / "eval" / "dataset")
    return evaluate(items if CI else without_office(items)[0], READERS["rules"])


def test_rules_keep_the_gate_over_the_dataset(dataset):
    """Nothing of eval/gate.toml falls short over eval/dataset."""
    assert reasons(read_gate(ROOT / "eval" / "gate.toml"), _summary(dataset)) == []


def test_texts_and_pages_keep_a_narrower_gate(dataset):
    """What is hard in other files buys no slack for text and HTML: yield 99 %, every value and state right."""
    scores = _summary([one for one in dataset if one.score.file.endswith(TEXTS)])
    assert scores["yield"].value >= 0.99
    assert scores["documents_without_error"].value == 1


def test_documents_of_office_programs_are_read_as_labelled(dataset):
    """Old Word, WPS, RTF, OpenDocument and Excel files: every value and state right."""
    office = [one for one in dataset if one.score.layout == "office"]
    if not office:
        pytest.skip("LibreOffice is not installed: the .doc, .wps, .rtf, .odt, .xls and .ods files were left out")
    assert len(office) >= 6
    assert _summary(office)["documents_without_error"].value == 1


def test_what_cannot_be_converted_is_left_out(monkeypatch):
    """Without LibreOffice only the documents that need it are left out, and they are known by name."""
    monkeypatch.setenv(PROGRAM, "/nowhere/soffice")
    kept, left_out = without_office(load(ROOT / "eval" / "dataset"))
    assert {item.path.suffix for item in left_out} == {".doc", ".wps", ".rtf", ".odt", ".xls", ".ods"}
    assert not {item.path.suffix for item in kept} & {item.path.suffix for item in left_out}


def test_nothing_escapes_in_the_real_reports(reports_folder):
    """In the labelled real reports no wrong or fabricated number is left unmarked."""
    evaluated = evaluate(load(reports_folder), READERS["rules"])
    assert _summary(evaluated)["escapes"].number == 0
