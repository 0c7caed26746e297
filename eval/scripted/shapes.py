"""From labels to the JSON that was asked for: pointers or values of a table, claims of prose, else the least that fits."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from eval.scripted.faults import CONTENT, Chances, Entry, Sheet
from eval.scripted.minimal import instance, resolved, schema_of, text_of
from eval.scripted.oracle import Oracle, Shown
from extractor.readers.answers import codes
from extractor.schema import FORMS

_OPEN_ROW = re.compile(r"^- `([a-z_.]+)` [^\n]*\n((?: +\d+\. [^\n]*\n)+)", re.MULTILINE)
_CANDIDATE = re.compile(r"(\d+)\. ([^\n]*)")
_TABLES = ("disclosure", "applications", "proceedings")


class LabelAuthor:
    """Writes what the labels say, in the shape of the request's schema. Callable as the server's `Author`."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle

    def __call__(self, request: Mapping[str, Any], chances: Chances) -> str:
        """The answer as JSON, or a short word where no JSON is asked for."""
        schema = schema_of(request)
        if schema is None:
            return "好"
        title = str(schema.get("title", ""))
        prompt, shown = self._shown(request)
        table = next((name for name in _TABLES if title.lower().startswith(name)), None)
        if shown is not None and table is not None:
            return _json(_table(schema, shown, table, chances))
        if shown is not None and "claims" in schema.get("properties", {}):
            return _json({**instance(schema), "claims": _claims(shown, chances)})
        if shown is not None and "choices" in schema.get("properties", {}):
            return _json({**instance(schema), "choices": _ranked(prompt, shown, chances)})
        if set(_TABLES) <= schema.get("properties", {}).keys():
            report = self._oracle.whole("\n".join(text_of(message) for message in request["messages"]))
            if report is not None:
                return _json(_named(schema, schema, report.values, ()))
        return _json(instance(schema))

    def _shown(self, request: Mapping[str, Any]) -> tuple[str, Shown | None]:
        """The first message that shows a report, and what it shows."""
        for message in request["messages"]:
            prompt = text_of(message)
            if message.get("role") == "user" and (shown := self._oracle.shown(prompt)) is not None:
                return prompt, shown
        return "", None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _table(schema: Mapping[str, Any], shown: Shown, table: str, chances: Chances) -> dict[str, Any]:
    """A field a row that is asked for, by the code of the row."""
    pointing = "pointers" in str(schema.get("title", "")).lower()
    report = shown.report
    rows = next(one for one in FORMS[report.edition].tables if one.name == table).rows
    named = codes(report.edition, table)
    sheet = Sheet(table, {}, shown.numbers, pointing)
    for row in rows:
        if named[row.key] in schema["properties"]:
            sheet.rows[row.key] = [_entry(shown, f"{table}.{row.key}.{column.key}", pointing) for column in row.columns]
    chances.damage(sheet)
    write = _pointers if pointing else _values
    return {named[key]: write(row) for key, row in sheet.rows.items() if any(row)}


def _entry(shown: Shown, address: str, pointing: bool) -> Entry | None:
    value = shown.report.values.get(address)
    if value is None:
        return None
    ids = shown.ids(address)
    return None if pointing and ids is None else Entry(ids or (), value)


def _pointers(row: list[Entry | None]) -> str:
    """The shortest words for a row: `"57-63"` for cells of one id each that follow each other, `58~60` or `58+61` for the ids of
    one number, nothing where no number stands, with commas between."""
    parts: list[str] = []
    begun = last = 0
    for entry in row:
        if entry is not None and len(entry.ids) == 1:
            if last and entry.ids[0] == last + 1:
                parts.pop()
            else:
                begun = entry.ids[0]
            last = entry.ids[0]
            parts.append(f"{begun}-{last}" if last > begun else str(last))
        else:
            last = 0
            parts.append("" if entry is None else _one(entry.ids))
    return ",".join(parts)


def _one(ids: tuple[int, ...]) -> str:
    """The ids of one number: `57~59`, or `57+59` where they do not follow each other."""
    if len(ids) > 1 and ids == tuple(range(ids[0], ids[-1] + 1)):
        return f"{ids[0]}~{ids[-1]}"
    return "+".join(map(str, ids))


def _values(row: list[Entry | None]) -> list[str | None]:
    return [None if entry is None else entry.value for entry in row]


def _named(schema: Mapping[str, Any], root: Mapping[str, Any], values: Mapping[str, str], path: tuple[str, ...]) -> Any:
    """The whole report as nested objects named like its addresses: what a plain schema asks for."""
    if len(path) == 3:
        value = values.get(".".join(path))
        return value if value is None or not value.lstrip("-").isdigit() else int(value)
    properties = resolved(schema, root).get("properties", {})
    return {name: _named(inner, root, values, (*path, name)) for name, inner in properties.items()}


def _claims(shown: Shown, chances: Chances) -> list[dict[str, Any]]:
    """The labelled claims whose number has an id in this prompt, by that id."""
    found: dict[str, int] = {}
    for claim in shown.report.claims:
        low = claim.at or 0
        inside = [mark for mark, start in sorted(shown.starts.items()) if low <= start < low + len(claim.quote)]
        fitting = [mark for mark in inside if _says(shown.numbers[mark], claim.value, claim.kind == "negation")]
        if fitting:
            found[claim.id] = fitting[0]
    sheet = Sheet("claims", {key: [Entry((mark,), shown.numbers[mark])] for key, mark in found.items()}, shown.numbers)
    for row in sheet.rows.values():
        row[:] = [entry if entry is None or entry.value else Entry(entry.ids, "0") for entry in row]
    chances.damage(sheet)
    answers: list[dict[str, Any]] = []
    for claim in shown.report.claims:
        entry = sheet.rows.get(claim.id, [None])[0]
        if entry is None:
            continue
        answer: dict[str, Any] = {"n": _one(entry.ids), "subject": claim.subject[:60], "unit": claim.unit, "kind": claim.kind}
        if claim.part_of in found:
            answer["part_of"] = str(found[claim.part_of])
        if claim.cell is not None:
            answer["cell"] = claim.cell
        answers.append({key: value for key, value in answer.items() if value is not None})
    return answers


def _ranked(prompt: str, shown: Shown, chances: Chances) -> dict[str, int]:
    """For each open row of the question the number of the candidate that the label names; with a content fault any."""
    choices: dict[str, int] = {}
    for key, lines in _OPEN_ROW.findall(prompt):
        values = [value for address, value in shown.report.values.items() if address.startswith(f"{key}.")]
        candidates = _CANDIDATE.findall(lines)
        fitting = [int(n) for n, told in candidates if [v for v in told.split("、") if v != "（空）"] == values]
        if chances.kinds & CONTENT.keys() and candidates:
            fitting = [int(random.Random(f"{chances.seed} {key}").choice(candidates)[0])]
        if values and fitting:
            choices[key] = fitting[0]
    return choices


def _says(content: str, value: Decimal, negation: bool) -> bool:
    """Whether an id's number is the claimed one, perhaps in 万 or 亿; a negation and a number in words have no digits."""
    if not content:
        return negation or value == value.to_integral_value()
    return any(Decimal(content) * scale == abs(value) for scale in (1, 10**4, 10**8))
