"""Documents whose figures are known by hand, and what may be asked of any result."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from conftest import ROOT
from extractor.ingest import read
from extractor.schema import FORMS

DATASET = ROOT / "eval" / "dataset"
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_SUFFIXES = (".txt", ".md", ".html")


@dataclass(frozen=True)
class Labelled:
    """A document with its label; of a file with several reports, one part."""

    path: Path
    label: dict

    def __str__(self) -> str:
        part = self.label.get("part")
        return self.path.stem + (f"-p{part}" if part else "")

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @property
    def text(self) -> str:
        """The canonical text."""
        return read(self.data, self.path.name).text

    @property
    def part(self) -> int:
        return self.label.get("part") or 1

    @property
    def values(self) -> dict[str, str]:
        """Address to number, for the cells that the label gives a number, in one spelling a number."""
        return {address: canonical(value) for address, value in self.label["cells"].items() if value is not None}


def tell(line: str) -> None:
    """A figure for a person, seen with `pytest -s`."""
    sys.stdout.write(f"\n{line}")


def labelled(folder: Path, parts: bool = True, suffixes: tuple[str, ...] = _SUFFIXES) -> list[Labelled]:
    """The labelled documents of a folder with these suffixes, without those of several reports unless `parts`. Scans take
    some seconds a page and are no part of it."""
    found = []
    for path in sorted((folder / "labels").glob("*.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        document = folder / label["file"]
        if document.suffix in suffixes and (parts or "part" not in label) and label.get("layout") != "scan":
            found.append(Labelled(document, label))
    return found


def canonical(value) -> str:
    """One spelling a number: 8.00 and 8 are the same."""
    return format(Decimal(str(value)).normalize(), "f")


def wrong(result, values, *, doubtful=False) -> list:
    """(address, value, trust) of every value that `values` does not have there; those that are doubtful only if asked."""
    return [
        (address, cell.value, cell.trust)
        for address, cell in result.cells.items()
        if cell.value is not None and (doubtful or cell.trust != "doubtful") and values.get(address) != canonical(cell.value)
    ]


def unproven(result, text) -> list:
    """What a result claims about its text that the text does not bear out: cells, claims, references and findings."""
    bad = []
    for address, cell in result.cells.items():
        if (cell.state == "read") != (cell.value is not None) or (cell.value is None) != (cell.trust is None):
            bad.append((address, cell.state, cell.value, cell.trust))
        if cell.state == "read" and (cell.span is None or not _says(text, cell)):
            bad.append((address, cell.value, cell.raw))
    parts = [*result.cells.items(), *((claim.id, claim) for claim in result.report.claims)]
    parts += [(finding.id, finding) for finding in result.findings if finding.raw is not None]
    parts += [(reference.raw, reference) for reference in result.report.references]
    parts += list(result.unplaced.items())
    bad += [(name, part.raw) for name, part in parts if part.span and text[part.span[0] : part.span[1]] != part.raw]
    return bad


def _says(text, cell) -> bool:
    """Whether the printed text of a cell, read anew and in another way, is its value."""
    printed = cell.raw if cell.pieces is None else "".join(text[start:end] for start, end in cell.pieces)
    number = _NUMBER.search("".join(unicodedata.normalize("NFKC", printed).split()))
    return number is not None and Decimal(number[0].replace(",", "")) == abs(Decimal(str(cell.value)))


def misplaced(result) -> list:
    """Addresses that are not those of the form, and cells whose value is not in the report at the same path."""
    form = FORMS[result.report.edition]
    undivided = "applications.other_undivided.total" in result.cells
    bad = sorted(set(form.addresses(undivided)) ^ set(result.cells))
    for address, cell in result.cells.items():
        table, row, column = address.split(".")
        if getattr(getattr(getattr(result.report, table), row), column) != cell.value:
            bad.append(address)
    return bad
