"""The scans of the own dataset: recognised once, scored apart from everything else, never a wrong value that looks right."""

from __future__ import annotations

import pytest

from conftest import CI
from eval import command
from eval.evaluate import READERS, evaluate
from eval.labels import SCAN, load, load_scans, without_recognition
from eval.metrics import summarise
from extractor.ingest import ocr
from labelled import DATASET

SCANS = load_scans(DATASET)


@pytest.fixture(scope="module")
def read():
    """All scans, read and scored; where nothing can recognise them, not at all, except in CI."""
    if not CI and not ocr.installed():
        pytest.skip("the extra ocr is not installed")
    return evaluate(SCANS, READERS["rules"], warm=False)


def test_extent():
    """A clean scan, a tilted and noisy one, and a picture; all small."""
    assert {item.path.suffix for item in SCANS} == {".pdf", ".jpg"}
    assert len(SCANS) >= 3
    assert all(item.path.stat().st_size < 300_000 for item in SCANS)
    assert not [item for item in load(DATASET) if item.label.layout == SCAN]


def test_what_is_recognised(read):
    """Every scan is read, no value is wrong unless it is marked doubtful, none is called proven, most are right."""
    scores = summarise([one.score.tallies for one in read], resamples=0)
    assert [one.score.error for one in read] == [None] * len(SCANS)
    assert scores["escapes"].number == 0
    assert {cell.trust for one in read for cell in one.cells} <= {"located", "doubtful", None}
    assert scores["cells_right"].rate >= 0.95
    assert scores["spans_proving"].rate == 1


def test_without_the_extra_scans_are_left_out(monkeypatch, tmp_path, capsys):
    """The command says which scans it leaves out and why, and scores the rest."""
    monkeypatch.setattr(ocr, "installed", lambda: False)
    assert without_recognition(SCANS) == ([], SCANS)
    folder = tmp_path / "dataset"
    (folder / "labels").mkdir(parents=True)
    for name in ("a01_dashuju_zhongxin.txt", "d49_picture.jpg"):
        (folder / name).write_bytes((DATASET / name).read_bytes())
        label = f"labels/{name.split('.')[0]}.json"
        (folder / label).write_bytes((DATASET / label).read_bytes())
    assert command.command(folder, output=tmp_path / "runs") == 0
    told = capsys.readouterr()
    assert "without nianbao[ocr] 1 scans are left out: d49_picture.jpg" in told.err
    assert "1 reports" in told.out
