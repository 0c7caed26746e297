"""What a model that never errs would answer: from the labels, about whichever document a prompt shows.

A text that no label knows (the probe of `doctor`, a file given to the demo) is answered from the rules' own reading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from eval.labels import Item, Label, LabelledClaim, Places, load, without_office
from eval.scripted.places import Offsets, places_of, printed
from extractor.errors import DocumentError
from extractor.folding import fold
from extractor.pipeline import extract_with_text
from extractor.readers.marking import unmarked
from extractor.result import Result
from extractor.schema import Edition

_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?")


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Letters and digits of a text, and the offset of each: what stays the same however a prompt sets it."""
    folded = fold(text)
    offsets = [offset for offset, character in enumerate(folded) if character.isalnum()]
    return "".join(folded[offset] for offset in offsets), offsets


@dataclass(slots=True, eq=False)
class Known:
    """One report whose content is known: `places` and `values` by address, of its claims those that have a place."""

    name: str
    text: str
    edition: Edition
    places: Mapping[str, Offsets]
    values: Mapping[str, str]
    claims: Sequence[LabelledClaim] = ()


@dataclass(frozen=True)
class Shown:
    """A prompt understood: the report it shows, and for every id the digits of the report's text that it marks.
    `numbers` are the contents of the ids, `starts` where in the report's text they stand."""

    report: Known
    digits: Mapping[int, Offsets]
    numbers: Mapping[int, str]
    starts: Mapping[int, int]

    @cached_property
    def _owner(self) -> dict[int, int]:
        return {offset: mark for mark, offsets in self.digits.items() for offset in offsets}

    def ids(self, address: str) -> tuple[int, ...] | None:
        """The ids that make up the printed number at an address; None where it has no place or the prompt does not show it
        by ids of its own."""
        wanted = self.report.places.get(address)
        if wanted is None or any(offset not in self._owner for offset in wanted):
            return None
        marks = tuple(dict.fromkeys(self._owner[offset] for offset in wanted))
        return marks if sum(len(self.digits[mark]) for mark in marks) == len(wanted) else None


class _Text:
    """One canonical text with the reports in it; their places are looked up when the text is first asked about."""

    def __init__(self, name: str, text: str, results: Sequence[Result], items: Sequence[Item]) -> None:
        self.name, self.text, self._results, self._items = name, text, results, items
        self.squeezed, self.offsets = _squeezed(text)

    @cached_property
    def reports(self) -> list[Known]:
        if not self._items:
            return [_from_rules(self.name, self.text, result) for result in self._results]
        return [_from_label(item, self.text, self._results[item.label.part - 1]) for item in self._items]

    def place(self, shown: str) -> list[int] | None:
        """For each letter and digit of a squeezed prompt, a line a stretch of the text, its offset in the text; None if the
        prompt does not show this text."""
        at = self.squeezed.find(shown.replace("\n", ""))
        if at >= 0:
            return self.offsets[at : at + len(shown.replace("\n", ""))]
        found: list[int] = []
        cursor = 0
        for line in shown.split("\n"):
            cursor = self.squeezed.find(line, cursor)
            if cursor < 0:
                return None
            found += self.offsets[cursor : cursor + len(line)]
            cursor += len(line)
        return found

    def report_at(self, offset: int) -> Known:
        """Of several reports in one text, the one that holds most of its places before and after `offset`."""
        if len(self.reports) == 1:
            return self.reports[0]

        def distance(report: Known) -> int:
            edges = [offsets[0] for offsets in report.places.values()] or [0]
            return max(0, min(edges) - offset, offset - max(edges))

        return min(self.reports, key=distance)


class Oracle:
    """Knows the labelled reports of some folders. `unplaced` counts labelled values that no id of a prompt makes up."""

    def __init__(self, folders: Iterable[Path], only: Sequence[str] | None = None) -> None:
        """`only` keeps the labels whose key begins with one of these words."""
        self._texts: list[_Text] = []
        for folder in folders:
            by_file: dict[Path, list[Item]] = {}
            for item in without_office(load(folder))[0]:
                if only is None or item.key.startswith(tuple(only)):
                    by_file.setdefault(item.path, []).append(item)
            for path, items in by_file.items():
                with suppress(DocumentError):  # what cannot be read here is asked about by nobody
                    text, results = extract_with_text(path.read_bytes(), path.name)
                    self._texts.append(_Text(path.name, text, results, items))

    @property
    def reports(self) -> list[Known]:
        """Every labelled report, with its places."""
        return [report for text in self._texts for report in text.reports]

    def whole(self, prompt: str) -> Known | None:
        """The first report of the text that a prompt holds as a whole; None if it holds none that is known."""
        return next((text.reports[0] for text in self._texts if text.text.strip() in prompt), None)

    def shown(self, prompt: str) -> Shown | None:
        """The report that a prompt shows between its delimiters, and its ids; None if the prompt shows nothing."""
        bare, marks = unmarked(prompt)
        if not bare.strip():
            return None
        folded = fold(bare)
        kept = [offset for offset, character in enumerate(folded) if character.isalnum()]
        lines = "\n".join(filter(None, ("".join(c for c in line if c.isalnum()) for line in folded.split("\n"))))
        for text in self._texts:
            at = text.text.find(bare)
            if at >= 0:
                return _shown(text.report_at(at + len(bare) // 2), folded, marks, range(at, at + len(bare)))
        for text in self._texts:
            found = text.place(lines)
            if found is not None:
                places = dict(zip(kept, found, strict=True))
                return _shown(text.report_at(found[len(found) // 2]), folded, marks, places)
        unknown = _Text("unknown", bare, extract_with_text(bare.encode("utf-8", "replace"), "prompt.txt")[1], ())
        return _shown(unknown.reports[0], folded, marks, range(len(bare)))


def _shown(report: Known, folded: str, marks: Mapping[str, int], places: Mapping[int, int] | Sequence[int]) -> Shown:
    """Where each id leads; `places` gives for each offset of the prompt's text that of the report's."""
    begins = sorted((at, int(name)) for name, at in marks.items() if name.isdigit())
    digits: dict[int, Offsets] = {}
    numbers: dict[int, str] = {}
    starts: dict[int, int] = {}
    ends = [at for at, _ in begins[1:]] + [len(folded)]
    for (at, mark), stop in zip(begins, ends, strict=False):
        match = _NUMBER.match(folded, at, stop)
        end = match.end() if match else at
        digits[mark] = tuple(places[offset] for offset in range(at, end) if folded[offset].isdigit())
        numbers[mark] = folded[at:end].replace(",", "")
        starts[mark] = places[at]
    return Shown(report, digits, numbers, starts)


def _from_label(item: Item, text: str, result: Result) -> Known:
    label: Label = item.label
    places = places_of(label, text, result)
    values = {
        address: _as_printed(text, places.get(address), value) for address, value in label.cells.items() if value is not None
    }
    quotes = Places(text)
    claims = [
        claim.model_copy(update={"at": found[0][0]})
        for claim in label.claims or ()
        if (found := quotes.of(claim.quote, claim.at))
    ]
    return Known(item.key, text, label.edition or "2021", places, values, claims)


def _from_rules(name: str, text: str, result: Result) -> Known:
    read = {address: cell for address, cell in result.cells.items() if cell.value is not None and cell.span is not None}
    folded = fold(text)
    places: dict[str, Offsets] = {}
    for address, cell in read.items():
        pieces = cell.pieces or ((cell.span,) if cell.span else ())
        found = [offset for start, end in pieces for offset in range(start, end) if folded[offset].isdigit()]
        places[address] = tuple(found)
    return Known(name, text, result.report.edition, places, {address: str(cell.value) for address, cell in read.items()})


def _as_printed(text: str, offsets: Offsets | None, value: Decimal) -> str:
    """A value with the digits that are printed: 215.360 stays 215.360."""
    if offsets is None or value == value.to_integral_value():
        return f"{value:f}"
    digits = printed(text, offsets)
    point = next(n for n in range(1, len(offsets)) if "." in fold(text[offsets[n - 1] + 1 : offsets[n]]))
    return f"{'-' if value < 0 else ''}{digits[:point]}.{digits[point:]}"


@dataclass(slots=True)
class Coverage:
    """How much of the labels a model without error could say: values in all, those with a place, and the others by name."""

    values: int = 0
    placed: int = 0
    missing: list[str] = field(default_factory=list)


def coverage(reports: Iterable[Known]) -> Coverage:
    """Counts the labelled values whose place prints their digits."""
    found = Coverage()
    for report in reports:
        for address, value in report.values.items():
            found.values += 1
            offsets = report.places.get(address)
            digits = "".join(c for c in value if c.isdigit())
            if offsets is not None and printed(report.text, offsets).lstrip("0") == digits.lstrip("0"):
                found.placed += 1
            else:
                found.missing.append(f"{report.name} {address}")
    shared = Counter((report.name, offset) for report in reports for offsets in report.places.values() for offset in offsets)
    found.missing += [
        f"{name} offset {offset} is the place of {count} cells" for (name, offset), count in shared.items() if count > 1
    ]
    return found
