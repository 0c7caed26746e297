"""The front door: what `extract` takes and refuses, what it returns, and that results survive JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consistent import figures, report
from extractor import ExtractorError, Result, check, extract, pipeline
from extractor.errors import DocumentError, DocumentTooLarge, UnreadableDocument, UsageError
from extractor.pipeline import Options, canonical_text, extract_all
from extractor.schema import EDITIONS
from labelled import DATASET, labelled, misplaced, unproven

SHOWN = figures(Random(31), "2021", 500)
TEXT = report("2021", SHOWN, "\t")


def test_path_bytes_and_text_are_one_document(tmp_path):
    """A path, its bytes and its text give the same cells, findings and hash."""
    path = tmp_path / "报告.txt"
    path.write_text(TEXT, encoding="utf-8")
    results = [extract(path), extract(path.read_bytes(), name="报告.txt"), extract(text=TEXT, name="报告.txt")]
    assert len({result.model_copy(update={"run": None}).model_dump_json() for result in results}) == 1
    assert results[0].document.name == "报告.txt"
    assert results[0].report.applications.received.total == int(SHOWN["applications.received.total"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"source": "a.txt"}, "bare string"),
        ({}, "exactly one source"),
        ({"source": b"x", "text": "y"}, "exactly one source"),
        ({"text": TEXT, "reader": "guess"}, "no such reader"),
        ({"text": TEXT, "reader": "model"}, "no model is named"),
        ({"source": b"x", "name": Path("a.txt")}, "a name is a string"),
        ({"source": open}, "of this type cannot be read"),
    ],
)
def test_wrong_use(given, words):
    """A string that may be a name or a text, no source, two sources, an unknown reader: each is said, with the remedy."""
    with pytest.raises(UsageError, match=words) as error:
        extract(**given)
    assert all(error.value.remedy)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", UnreadableDocument),
        (b" \n\t ", UnreadableDocument),
        (b"<html><body></body></html>", UnreadableDocument),
        (bytes(range(256)) * 40, DocumentError),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, DocumentError),  # without the extra for pictures unsupported, with it damaged
    ],
)
def test_what_cannot_be_read(data, kind):
    """Empty, blank and senseless inputs and pictures are errors that name the input, in two languages."""
    with pytest.raises(kind) as error:
        extract(data, name="一.txt")
    assert isinstance(error.value, ExtractorError)
    assert "一.txt" in str(error.value)
    assert error.value.render("zh") != error.value.render("en")


def test_missing_file(tmp_path):
    """A file that is not there is an error with its path; so is a folder, and a name that no file can have."""
    for path in (tmp_path / "none.txt", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(UnreadableDocument, match="cannot be opened"):
            extract(path)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("between", ["", "\n", "\t"])
def test_round_trip(edition, between):
    """A result reads back equal from its JSON, whatever the edition and the layout."""
    shown = figures(Random(5), edition, 300)
    (result,) = extract_all(report(edition, shown, between).encode(), "a.txt")
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_round_trip_of_the_dataset():
    """So does every result of the dataset, with its claims, open rows, copies and findings."""
    for document in labelled(DATASET):
        for result in extract_all(document.data, document.path.name):
            again = Result.model_validate_json(result.model_dump_json())
            assert again == result
            assert again.model_dump_json() == result.model_dump_json()


def test_unknown_fields_are_ignored():
    """A result of a later version, with fields that this one does not know, is read without them."""
    (result,) = extract_all(TEXT.encode(), "a.txt")
    later = json.loads(result.model_dump_json())
    later["news"] = later["report"]["news"] = later["document"]["news"] = 1
    later["cells"]["applications.received.total"]["news"] = 1
    assert Result.model_validate(later) == result


def test_the_same_input_gives_the_same_result():
    """Nothing but the clock differs between two runs, also in parallel."""
    documents = labelled(DATASET)[:12]

    def read(document):
        return [r.model_copy(update={"run": None}).model_dump_json() for r in extract_all(document.data, document.path.name)]

    once = [read(document) for document in documents]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, documents)) == once


def test_several_reports_in_one_file():
    """Two reports in one file are two results, each with its own figures, year and place in the shared text."""
    other = figures(Random(32), "2019", 90)
    text = TEXT + report("2019", other, "\n").replace("溪河县水务局", "石岭镇人民政府")
    first, second = extract_all(text.encode(), "a.txt")
    assert [(r.document.part, r.document.parts, r.report.edition) for r in (first, second)] == [(1, 2, "2021"), (2, 2, "2019")]
    assert (first.report.agency, second.report.agency) == ("溪河县水务局", "石岭镇人民政府")
    for result, shown in ((first, SHOWN), (second, other)):
        assert {a: str(c.value) for a, c in result.cells.items() if a in shown} == shown
        assert unproven(result, canonical_text(text.encode(), "a.txt")) == []
    assert extract(text=text).report == first.report


@pytest.mark.parametrize(
    ("name", "copy", "presumed"),
    [
        ("a.txt", None, "extracted"),
        ("a.html", None, "web"),
        ("a.txt", "original", "original"),
        ("a.html", "extracted", "extracted"),
    ],
)
def test_where_a_copy_is_from(name, copy, presumed):
    """A page is presumed to be a web copy, a text an extracted one, unless the caller says what it is."""
    text = TEXT if name == "a.txt" else f"<html><body><pre>{TEXT}</pre></body></html>"
    (result,) = extract_all(text.encode(), name, options=Options(copy=copy))
    assert result.document.copy_ == presumed
    assert json.loads(result.model_dump_json())["document"]["copy"] == presumed


def test_the_run_says_how():
    """A result names the version of the program and of the rules, and how long it took."""
    (result,) = extract_all(TEXT.encode(), "a.txt")
    assert result.run.reader == "rules"
    assert result.run.version.count(".") == 2
    assert 0 < result.run.seconds < 60


@given(st.text(max_size=400))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_or_refused(text):
    """Any text at all gives results that keep their promises, or a declared error."""
    try:
        result = extract(text=text)
    except ExtractorError:
        return
    assert unproven(result, canonical_text(text.encode("utf-8", "surrogatepass"), "text.txt")) == []
    assert misplaced(result) == []


@pytest.mark.parametrize("wrong", [extract(text=TEXT), ["a.txt"], [extract(text=TEXT), None]], ids=["one", "name", "none"])
def test_check_takes_results_in_a_sequence(wrong):
    """One result without brackets, or what is no result, is wrong usage with the remedy; a generator will do."""
    with pytest.raises(UsageError, match=r"write check\(\[result\]\)"):
        check(wrong)
    result = extract(text=TEXT)
    assert check(one for one in [result, result]) == (result, result)
    assert check([]) == ()


@pytest.mark.parametrize("wrong", [{"lang": "fr"}, {"copy": "mine"}], ids=["lang", "copy"])
def test_option_that_there_is_not(wrong):
    """A language or copy that there is not is wrong usage that names those there are, not a guess."""
    with pytest.raises(UsageError, match="there are: "):
        Options(**wrong)


def test_check_in_a_language_that_there_is_not():
    """So it is where several reports are compared."""
    with pytest.raises(UsageError, match="there are: zh, en"):
        check([], lang="fr")


def test_name_that_is_not_unicode_can_be_written():
    """What cannot be written of a file's name is U+FFFD in the result, one for one; so it is in a text."""
    result = extract(TEXT.encode(), name="a\udcff.txt")
    assert result.document.name == "a\ufffd.txt"
    assert Result.model_validate_json(result.model_dump_json()) == result
    assert extract(text=f"{TEXT}\ud800。").document.characters == len(TEXT) + 2


def test_file_without_end_is_not_read_to_its_end(tmp_path, monkeypatch):
    """No more is read of a file than the limit and one byte."""
    monkeypatch.setattr(pipeline, "MAX_FILE", 2 << 20)
    path = tmp_path / "a.txt"
    path.write_bytes(b"1" * (3 << 20))
    with pytest.raises(DocumentTooLarge, match="over 2 MiB"):
        extract(path)
