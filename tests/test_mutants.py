"""Damaged copies of the dataset: a reader may leave anything open, but it reads nothing that is not printed there.

`NIANBAO_MUTANTS` sets how many (default 600); `-s` shows how much of the mutants was read.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from extractor.ingest.charset import decode
from extractor.pipeline import extract_all
from labelled import DATASET, canonical, labelled, tell

sys.path.insert(0, str(ROOT / "eval"))
import mutation

COUNT = int(os.environ.get("NIANBAO_MUTANTS", "600"))
SEED = int(os.environ.get("NIANBAO_SEED", "2021"))
DOCUMENTS = [
    document
    for document in labelled(DATASET, parts=False)
    if len(document.values) >= 20 and "copies_differ" not in document.label.get("mess", ())
]
SHARE = -(-COUNT // len(DOCUMENTS))
_TABLE_CELL = re.compile(r"(<t[dh][^>]*>)((?:(?!</?t[dh]|<table).)*)</t[dh]>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"(?:新?增加?|减少?|[+-])?[0-9][0-9.,]*(?:/[0-9]+|万?元|件)?")
_MARKUP = re.compile(r"<!--.*?-->|<[^>]*>|&nbsp;|[\s\u200b-\u200d\ufeff]", re.DOTALL)


def _source(document) -> tuple[str, dict]:
    """The text that is damaged, and where in it each labelled number stands."""
    if document.path.suffix == ".html":
        source = decode(document.data, document.path.name)[0].replace("\r\n", "\n")
        return source, _spans_in_markup(source, document) or _spans_of_paragraphs(source, document)
    result = extract_all(document.data, document.path.name)[0]
    return document.text, {a: c.span for a, c in result.cells.items() if c.value is not None and c.pieces is None}


def _spans_in_markup(source, document) -> dict:
    """Number the table cells that hold a number, read the page, and see which number each address has."""
    cells = [match for match in _TABLE_CELL.finditer(source) if _NUMBER.fullmatch(_MARKUP.sub("", match[2]))]
    numbered = source
    for number, cell in reversed(list(enumerate(cells))):
        numbered = f"{numbered[: cell.start(2)]}{500_000 + number}{numbered[cell.end(2) :]}"
    result = extract_all(numbered.encode(), "numbered.html")[0]
    places = {a: int(str(c.value).split(".")[0]) - 500_000 for a, c in result.cells.items() if c.value is not None}
    return {address: cells[number].span(2) for address, number in places.items() if 0 <= number < len(cells)}


def _spans_of_paragraphs(source, document) -> dict:
    """For tables that are no tables but paragraphs: their lines stand in the source as they are read."""
    text, found = document.text, {}
    for address, cell in extract_all(document.data, document.path.name)[0].cells.items():
        if cell.span is not None:
            start = text.rfind("\n", 0, cell.span[0]) + 1
            at = source.find(text[start : cell.span[1]])
            if at >= 0:
                found[address] = (at + cell.span[0] - start, at + cell.span[1] - start)
    return found


def _original(document):
    text, spans = _source(document)
    values = document.values
    known = {address: span for address, span in spans.items() if address in values}
    return mutation.Original(text, values, known, frozenset(document.label.get("unplaced") or {}))


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_no_mutant_is_misread(document):
    """Of every damaged copy, no value that the copy does not print at its address is proven or located."""
    original = _original(document)
    chosen = _different(original)
    name = "a.html" if document.path.suffix == ".html" else document.path.name
    misread, read = [], 0
    for kind, mutant in chosen:
        for result in extract_all(mutant.text.encode(), name):
            sure = {a: canonical(c.value) for a, c in result.cells.items() if c.value is not None and c.trust != "doubtful"}
            read += len(sure)
            bad = {a: value for a, value in sure.items() if not mutant.allows(original, a, value)}
            if bad:
                misread.append((kind, bad))
                _keep(document, kind, mutant.text)
    tell(f"{document}: {len(chosen)} mutants, {read / (len(chosen) * len(original.values)):.1%} read without doubt")
    assert misread == []


def _different(original) -> list:
    """SHARE mutants that differ from each other; fewer of a document that can be damaged in few ways."""
    made: dict = {}
    for seed in range(SEED, SEED + 20):
        made |= {mutant.text: (kind, mutant) for kind, mutant in mutation.mutants(original, SHARE, seed)}
        if len(made) >= SHARE:
            break
    assert len(made) >= min(SHARE, 50)
    return list(made.values())[:SHARE]


def _keep(document, kind, text) -> None:
    """Write a mutant that was misread to the folder NIANBAO_ESCAPES, if there is one."""
    folder = os.environ.get("NIANBAO_ESCAPES")
    if folder:
        name = f"{document}_{kind.replace(' ', '_')}{'.html' if document.path.suffix == '.html' else '.txt'}"
        (Path(folder) / name).write_text(text, encoding="utf-8")
