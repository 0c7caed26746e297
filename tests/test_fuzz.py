"""Damaged and senseless bytes: a result that keeps every promise, or one of the declared errors. Nothing else, ever.

`NIANBAO_FUZZ` sets how many inputs (default 500), `NIANBAO_SEED` which ones; each has a number that makes it again.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from extractor.errors import ExtractorError
from extractor.pipeline import canonical_text, extract_all
from extractor.result import Result
from labelled import DATASET, labelled, misplaced, unproven

COUNT = int(os.environ.get("NIANBAO_FUZZ", "500"))
SEED = os.environ.get("NIANBAO_SEED", "2021")
BATCHES = 20
NAMES = ("a.txt", "a.md", "a.html", "a", "a.doc")
CHARACTERS = "0123456789０１２ \t\n|/-—.,，。、（）()<>&;一二三其他总计\u00a0\u3000\u200b\ufeff\x00\x0b\x0c\x1e\x85\u2028\ufffd😀𠀀\u0301报開"
_DOCUMENTS = {document.path: document.data for document in labelled(DATASET)}
PAGES = [data for path, data in _DOCUMENTS.items() if path.suffix == ".html"]
TEXTS = [data.decode("utf-8", "replace") for path, data in _DOCUMENTS.items() if path.suffix != ".html"]


def _flipped(random: Random) -> bytes:
    """Bytes changed, anywhere."""
    data = bytearray(random.choice((random.choice(PAGES), random.choice(TEXTS).encode())))
    for _ in range(random.choice((1, 5, 50, 500))):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def _truncated(random: Random) -> bytes:
    """Cut at both ends, in the middle of a character or a tag, in one encoding or another."""
    text = random.choice(TEXTS)
    data = random.choice((random.choice(PAGES), text.encode(random.choice(("utf-8", "gb18030", "utf-16", "big5")), "replace")))
    start = random.choice((0, random.randrange(len(data))))
    return data[start : random.randrange(start, len(data)) + 1]


def _spliced(random: Random) -> bytes:
    """Pieces of several documents, put together."""
    pieces = []
    for _ in range(random.randint(2, 6)):
        data = random.choice((random.choice(PAGES), random.choice(TEXTS).encode()))
        start = random.randrange(len(data))
        pieces.append(data[start : start + random.choice((50, 500, 5000))])
    return b"".join(pieces)


def _shuffled(random: Random) -> bytes:
    """Lines of one document in any order, some lost, some twice."""
    lines = random.choice(TEXTS).split("\n")
    return "\n".join(
        random.choices(lines, k=len(lines)) if random.random() < 0.5 else random.sample(lines, len(lines))
    ).encode()


def _littered(random: Random) -> bytes:
    """Characters that mean something to some reader put in, taken out and exchanged."""
    text = list(random.choice(TEXTS))
    for _ in range(random.choice((1, 10, 100, 1000))):
        at = random.randrange(len(text))
        text[at : at + random.randint(0, 2)] = random.choices(CHARACTERS, k=random.randint(0, 3))
        text = text or ["0"]
    return "".join(text).encode()


def _senseless(random: Random) -> bytes:
    """Any characters at all, of few or many kinds."""
    kinds = random.choice((CHARACTERS, "".join(map(chr, range(1, 0x3000))), random.choice(TEXTS)))
    return "".join(random.choices(kinds, k=random.randrange(5000))).encode("utf-8", "surrogatepass")


def _bytes(random: Random) -> bytes:
    return random.randbytes(random.randrange(3000))


MAKERS = (_flipped, _truncated, _spliced, _shuffled, _littered, _senseless, _bytes)


def _input(number: int) -> tuple[bytes, str]:
    random = Random(f"{SEED} {number}")
    return MAKERS[number % len(MAKERS)](random), random.choice(NAMES)


def _complaints(data: bytes, name: str) -> list:
    """What is wrong with the outcome of an input; an error of the declared kind is no complaint."""
    try:
        results = extract_all(data, name)
    except ExtractorError as error:
        return [] if error.name == name and all(error.reason) and all(error.remedy) else [repr(error)]
    text = canonical_text(data, name)
    found: list = []
    for result in results:
        found += unproven(result, text) + misplaced(result)
        if Result.model_validate_json(result.model_dump_json()) != result:
            found.append("the result does not read back equal")
    return found


@pytest.mark.parametrize("batch", range(BATCHES))
def test_fuzzed_inputs(batch):
    """No exception but the declared ones; every span proves its words, all addresses are there, JSON reads back equal."""
    for number in range(batch, COUNT, BATCHES):
        data, name = _input(number)
        try:
            found = _complaints(data, name)
        except Exception as error:
            error.add_note(f"input {number} of seed {SEED}, as {name}")
            raise
        assert found == [], f"input {number} of seed {SEED}, as {name}"
