"""Checks labels against their documents, their form and their own arithmetic: `nianbao eval --lint`.

A label that is wrong scores a right reader down, or hides a wrong one; so everything about a label that a program can check
is checked, and each problem is one line that names the label file.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from eval.labels import SCAN, Label, Places, below, label_files, parse_label
from extractor.equations import assess, equations
from extractor.errors import ExtractorError
from extractor.pipeline import canonical_text
from extractor.schema import FORMS

RULES = frozenset({
    "balance.applications", "sum.outcomes", "sum.applicants", "sum.proceedings", "value.domain", "stock.documents",
    "authority.rules", "claim.table", "claim.parts", "claim.ratio", "claim.enumeration", "reference.malformed",
    "reference.outdated", "document.kind", "structure.section", "structure.table", "structure.row", "structure.column",
    "structure.aspect", "structure.edition", "structure.duplicate", "structure.attachment", "cell.blank",
    "cell.not_applicable", "cell.unplaced", "cell.unreadable", "label.variant", "label.typo", "year.mismatch",
    "agency.mismatch", "published.late", "fee.statement", "text.damaged", "text.hidden", "text.injection", "text.repeated",
    "series.carry", "series.stock", "rollup.sum", "reading.unlocated", "reading.disagreement",
})  # fmt: skip
"""The rules of CONTRACT.md, “Findings”."""
_ARITHMETIC = frozenset({"balance.applications", "sum.outcomes", "sum.applicants", "sum.proceedings"})


_PLAIN = (".txt", ".md")
"""Files that are their canonical text, so that quotes have offsets."""
_HIDDEN = frozenset({"anomaly text.hidden", "anomaly text.injection"})
"""What these quote need not be in the canonical text, which holds what is visible."""


@dataclass(slots=True)
class Problems:
    """What is wrong with a dataset, as lines; `labels` counts the labels that were looked at, `unlabelled` names the
    documents without one, which a dataset may hold for other uses."""

    lines: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    labels: int = 0


def lint(folder: Path) -> Problems:
    """Every problem of every label of a dataset. Raises UsageError for a folder without labels."""
    problems = Problems()
    seen: Counter[tuple[str, int]] = Counter()
    twins: dict[str, str] = {}
    texts: dict[str, tuple[Texts | None, str]] = {}
    for path in label_files(folder):
        problems.labels += 1
        try:
            label = parse_label(path)
        except ValidationError as exc:
            places = ((".".join(str(part) for part in e["loc"]), e["msg"]) for e in exc.errors())
            problems.lines += [f"{path.name}: {where}: {what}" for where, what in places]
            continue
        except ValueError as exc:
            problems.lines.append(f"{path.name}: {exc}")
            continue
        seen[label.file, label.part] += 1
        if label.source.twin is not None:
            twins[path.name] = label.source.twin
        if label.file not in texts:
            texts[label.file] = _texts(folder / label.file, label.sha256, recognised=label.layout == SCAN)
        text, trouble = texts[label.file]
        found = [trouble] if trouble else []
        problems.lines += [f"{path.name}: {line}" for line in [*found, *problems_of(label, text)]]
    problems.lines += [f"{file}: part {part} is labelled {n} times" for (file, part), n in seen.items() if n > 1]
    names = {path.stem for path in label_files(folder)}
    problems.lines += [f"{name}: its twin {twin} is no label" for name, twin in twins.items() if twin not in names]
    named = {file for file, _ in seen}
    problems.unlabelled = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in named)
    return problems


@dataclass(frozen=True, slots=True)
class Texts:
    """A document as its readers see it, and its source, where hidden text can be looked up."""

    canonical: str
    source: str


def _texts(path: Path, sha256: str | None, *, recognised: bool) -> tuple[Texts | None, str]:
    """The texts (None where this version cannot read the file, or would only guess it from a picture) and what is wrong with
    the file, if anything."""
    try:
        data = path.read_bytes()
    except OSError:
        return None, f"there is no document {path.name}"
    trouble = ""
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        trouble = f"{path.name} is not the file that was labelled (sha256 differs)"
    if recognised:
        return None, trouble
    try:
        return Texts(canonical_text(data, path.name), _decoded(data)), trouble
    except ExtractorError:
        return None, trouble


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def problems_of(label: Label, texts: Texts | None) -> Iterator[str]:
    """What is wrong with one label; `texts` are those of its document, None if they cannot be had."""
    yield from _addresses(label)
    yield from _states(label)
    yield from _values(label)
    yield from _doubtful(label)
    yield from _arithmetic(label)
    yield from _names(label)
    if texts is not None:
        yield from _quotes(label, Places(texts.canonical), texts.source)


def _undivided(label: Label) -> bool:
    return any(address.startswith("applications.other_undivided.") for address in label.cells)


def _addresses(label: Label) -> Iterator[str]:
    wanted = set(FORMS[label.edition or "2021"].addresses(_undivided(label)))
    for address in sorted(wanted - label.cells.keys()):
        yield f"{address}: has no label"
    for address in sorted(label.cells.keys() - wanted):
        yield f"{address}: is no address of edition {label.edition}"
    for address in sorted(label.units.keys() - label.cells.keys()):
        yield f"units: {address} is not labelled"


def _states(label: Label) -> Iterator[str]:
    null = {address for address, value in label.cells.items() if value is None}
    for address in sorted(null - label.states.keys()):
        yield f"{address}: is null without a state"
    for address in sorted(label.states.keys() - null):
        yield f"{address}: has a state and a value"
    for address, state in sorted(label.states.items()):
        if state == "read":
            yield f"{address}: is null, but its state is read"
        listed = any(below(address, row) for row in label.unplaced)
        if (state == "unplaced") != listed:
            yield f"{address}: its state is {state}, but its row {'is' if listed else 'is not'} in unplaced"
    for row in label.unplaced:
        if not any(below(address, row) for address in label.cells):
            yield f"unplaced: {row} is no row"


def _values(label: Label) -> Iterator[str]:
    kinds = {
        f"{table.name}.{row.key}.{column.key}": column.kind
        for table in FORMS[label.edition or "2021"].tables
        for row in table.rows
        for column in row.columns
    }
    for address, value in label.cells.items():
        kind = kinds.get(address, "amount")
        if value is None or kind == "amount":
            continue
        if value != value.to_integral_value() or (value < 0 and kind == "count"):
            yield f"{address}: {value} is no {kind}"


def _doubtful(label: Label) -> Iterator[str]:
    for prefix in label.doubtful:
        if not any(value is not None and below(address, prefix) for address, value in label.cells.items()):
            yield f"doubtful: {prefix} has no labelled value"


def _arithmetic(label: Label) -> Iterator[str]:
    """Equations that the labelled table breaks must be anomalies, and such anomalies must be broken equations."""
    if label.anomalies is None or label.edition is None:
        return
    values = {a: int(v) for a, v in label.cells.items() if v is not None and v == v.to_integral_value()}
    broken: set[tuple[str, str]] = set()
    open_: set[str] = set()
    for equation in equations(label.edition, _undivided(label)):
        assessment = assess(equation, values)
        if assessment.holds is False or not assessment.fillable:
            broken.add((equation.rule, equation.at))
        elif assessment.holds is None:
            open_.add(equation.rule)
    named = {rule for anomaly in label.anomalies for rule in (anomaly.rule, *anomaly.also)}
    for rule, at in sorted(broken):
        if rule not in named:
            yield f"{rule} of {at}: does not hold over the labelled cells, and no anomaly says so"
    for rule in sorted(named & _ARITHMETIC - {rule for rule, _ in broken} - open_):
        yield f"{rule}: is an anomaly, but holds over the labelled cells"


def _names(label: Label) -> Iterator[str]:
    claims = label.claims or ()
    ids = Counter(claim.id for claim in claims)
    yield from (f"claim {name}: its id is given {count} times" for name, count in ids.items() if count > 1)
    for claim in claims:
        if claim.part_of is not None and claim.part_of not in ids:
            yield f"claim {claim.id}: part_of {claim.part_of} is no claim"
        if claim.cell is not None and claim.cell not in label.cells:
            yield f"claim {claim.id}: {claim.cell} is no labelled cell"
        yield from (
            f"claim {claim.id}: its formula names {name}, which is no claim"
            for name in re.findall(r"c\d+", claim.formula or "")
            if name not in ids
        )
        if claim.kind == "negation" and claim.value != Decimal(0):
            yield f"claim {claim.id}: is a negation of {claim.value}"
    for anomaly in label.anomalies or ():
        for rule in (anomaly.rule, *anomaly.also):
            if rule not in RULES and not rule.startswith("note:"):
                yield f"anomaly {rule}: is no rule"


def _quotes(label: Label, places: Places, source: str) -> Iterator[str]:
    quoted = [(f"claim {c.id}", c.quote, c.at) for c in label.claims or ()]
    quoted += [(f"anomaly {a.rule}", a.quote, a.at) for a in label.anomalies or () if a.quote is not None]
    quoted += [("trap", t.quote, t.at) for t in label.traps or ()]
    plain = label.file.endswith(_PLAIN)
    for name, quote, at in quoted:
        if at is None and plain:
            yield f"{name}: has no offset: {quote!r}"
        elif not places.of(quote, at) and not (name in _HIDDEN and quote in source):
            where = "nowhere" if at is None else f"not at {at}"
            yield f"{name}: stands {where}: {quote!r}"
