"""Claims of the five labelled real reports (kept outside the repository): recall and precision."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from extractor import ingest
from extractor.folding import fold
from extractor.readers.prose import read_prose
from extractor.readers.rules import read_tables

REPORTS = Path(os.environ.get("NIANBAO_REPORTS") or Path(__file__).parents[1] / "../shared/reports")
LABELS = sorted((REPORTS / "labels").glob("00*.json"))

pytestmark = pytest.mark.skipif(not LABELS and os.environ.get("CI") != "true", reason="the real reports are not here")


def read(label: Path):
    expected = json.loads(label.read_text("utf-8"))
    document = ingest.read((REPORTS / expected["file"]).read_bytes(), expected["file"])
    form, tables = read_tables(document, fold(document.text))
    return expected, document, read_prose(document, tables.spans(), form.edition)


def test_claims_of_the_real_reports_are_found_and_nothing_else():
    """Every labelled claim is found at its place with its value and kind, and (almost) nothing else is claimed."""
    assert LABELS
    labelled = found = right = 0
    for label in LABELS:
        expected, document, prose = read(label)
        assert all(document.text[slice(*claim.span)] == claim.raw for claim in prose.claims)
        free = list(prose.claims)
        for claim in expected["claims"]:
            place = claim["at"], claim["at"] + len(claim["quote"])
            match = next(
                (
                    one
                    for one in free
                    if one.kind == claim["kind"]
                    and Decimal(one.value) == Decimal(str(claim["value"]))
                    and one.span[0] < place[1]
                    and place[0] < one.span[1]
                ),
                None,
            )
            if match is not None:
                free.remove(match)
                right += 1
        labelled += len(expected["claims"])
        found += len(prose.claims)
    assert right == labelled
    assert right >= 0.97 * found


@pytest.mark.parametrize("label", LABELS, ids=lambda path: path.name[:3])
def test_heading_of_the_real_reports(label):
    """Title, agency, year and date of publication are those of the labels."""
    expected, _, prose = read(label)
    assert [prose.title, prose.agency, prose.year, prose.published] == [
        expected[name] for name in ("title", "agency", "year", "published")
    ]
