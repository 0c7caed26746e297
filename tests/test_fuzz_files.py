"""Damaged Word, Excel, PDF, ZIP and MHTML files: a result that keeps every promise, or one of the declared errors.

`NIANBAO_FUZZ` sets how many files (default 500), `NIANBAO_SEED` which ones; each has a number that makes it again. One in
500 is an old office file, which takes LibreOffice some seconds.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections import Counter
from random import Random

import pytest

from conftest import CI
from damaging import ANY, MAKERS, Damaged
from extractor.errors import ExtractorError
from extractor.ingest import office
from extractor.pipeline import extract_with_text
from extractor.result import Result
from labelled import DATASET, labelled, misplaced, tell, unproven, wrong

COUNT = int(os.environ.get("NIANBAO_FUZZ", "500"))
SEED = os.environ.get("NIANBAO_SEED", "2021")
BATCHES = 20
SECONDS = 5.0
MEGABYTES = 800
SUFFIXES = (".docx", ".xlsx", ".pdf", ".docx", ".xlsx", ".pdf", ".zip", ".html")
FILES = {suffix: labelled(DATASET, parts=False, suffixes=(suffix,)) for suffix in MAKERS}
OLD = labelled(DATASET, parts=False, suffixes=(".doc", ".wps", ".rtf", ".odt", ".xls"))


def _damaged(number: int) -> tuple[Damaged, str]:
    """File `number` and the name it is given, which may lie."""
    random = Random(f"{SEED} {number}")
    suffix = SUFFIXES[number % len(SUFFIXES)]
    made = random.choice(MAKERS[suffix])(random, FILES[suffix])
    suffix = ".mht" if suffix == ".html" else suffix
    return made, "a" + (suffix if random.random() < 0.8 else random.choice(("", ".txt", ".doc", ".pdf", ".docx", ".html")))


def _complaints(made: Damaged, name: str) -> tuple[str, list]:
    """What became of a file, and what is wrong with it; an error of the declared kind is no complaint."""
    try:
        text, results = extract_with_text(made.data, name)
    except ExtractorError as error:
        return "refused", [] if error.name == name and all(error.reason) and all(error.remedy) else [repr(error)]
    found: list = []
    for result in results:
        found += unproven(result, text) + misplaced(result)
        if Result.model_validate_json(result.model_dump_json()) != result:
            found.append("the result does not read back equal")
    if made.faithful and len(results) == 1:
        found += wrong(results[0], made.of.values)
    return "read", found


@pytest.fixture(scope="module")
def outcomes():
    """How many files were read and refused, for a person."""
    counts: Counter = Counter()
    yield counts
    tell(f"damaged files: {dict(sorted(counts.items()))}")


@pytest.fixture
def bounded(tmp_path, monkeypatch):
    """No file is left in the folder for temporary files, and memory stays within its bound."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = _peak()
    yield
    assert list(tmp_path.iterdir()) == []
    assert _peak() - before < MEGABYTES


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_files(batch, bounded, outcomes):
    """No exception but the declared ones, none takes long; every span proves its words, and where no figure can have been
    changed (cut off, or bytes changed that a checksum guards) no value differs from the label."""
    for number in range(batch, COUNT, BATCHES):
        made, name = _damaged(number)
        begun = time.process_time()
        try:
            outcome, found = _complaints(made, name)
        except Exception as error:
            error.add_note(f"file {number} of seed {SEED}, {made.of} as {name}")
            raise
        spent = time.process_time() - begun
        outcomes[outcome] += 1
        assert found == [], f"file {number} of seed {SEED}, {made.of} as {name}"
        assert spent < SECONDS, f"file {number} of seed {SEED}, {made.of} as {name}"


@pytest.mark.parametrize("number", range(-(-COUNT // 500)))
def test_damaged_old_files(number, bounded):
    """The same of files that LibreOffice converts; it is ended when it takes too long, and leaves nothing behind."""
    if not office.installed():
        (pytest.fail if CI else pytest.skip)("LibreOffice is not installed")
    random = Random(f"{SEED} {number}")
    made = random.choice(ANY)(random, OLD)
    found = _complaints(Damaged(made.data, made.of), made.of.path.name)[1]
    assert found == [], f"old file {number} of seed {SEED}, {made.of}"
