"""What is to be read: names on the command line, lists of names, and manifests that say where files come from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from extractor.batch.storage import is_address, listed
from extractor.errors import UsageError
from extractor.inputs import Input, inputs
from extractor.result import Copy
from extractor.store.outcome import Origin

COLUMNS = ("file", "agency_id", "year", "url", "retrieved_at", "copy", "group")
"""What a manifest may say of a file; only `file` must be there. Other columns are left alone."""
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Item:
    """An input and what is known of it. Its path is absolute: a worker may stand in another folder."""

    input: Input
    origin: Origin


def items(names: list[str], manifest: str | None, copy: str | None, left: set[str] | None = None) -> list[Item]:
    """All inputs in their order, each file once: those named (`@list` holds one name a line), then those of the manifest.
    What a manifest says of a file that is named as well counts. `copy` is taken for files of which no manifest says it,
    `left` as by `extractor.inputs.inputs`.

    Raises UsageError for a manifest or list that cannot be read."""
    found: dict[tuple[str, int | None], Item] = {}
    for one in _inputs(list(_listed(names)), left):
        found[_place(one)] = Item(_absolute(one), Origin(one.name, _location(one), copy=copy))
    for row in _rows(Path(manifest)) if manifest else ():
        for one in _inputs([_beside(Path(manifest or ""), row["file"])], left):
            origin = Origin(one.name, _location(one), **_said(row, manifest or ""))
            found[_place(one)] = Item(_absolute(one), origin if origin.copy else replace(origin, copy=copy))
    return list(found.values())


def _inputs(names: list[str], left: set[str] | None) -> Iterator[Input]:
    """What names stand for, addresses of object storage among them."""
    for remote, group in groupby(names, is_address):
        some = list(group)
        yield from (one for name in some for one in listed(name)) if remote else inputs(some, left=left)


def _beside(file: Path, name: str) -> str:
    return name if is_address(name) else str(file.parent / name)


def _place(one: Input) -> tuple[str, int | None]:
    return str(one.path.absolute()) if one.path else one.shown, one.member


def _location(one: Input) -> str:
    place, member = _place(one)
    return place if member is None else f"{place}#{member}"


def _absolute(one: Input) -> Input:
    return replace(one, path=one.path.absolute()) if one.path else one


def _listed(names: list[str]) -> Iterator[str]:
    for name in names:
        if not name.startswith("@"):
            yield name
            continue
        for line in _text(Path(name[1:])).splitlines():
            if line.strip() and not line.startswith("#"):
                yield _beside(Path(name[1:]), line.strip())


def _rows(manifest: Path) -> Iterator[dict[str, str]]:
    text = _text(manifest)
    rows: Iterator[dict[str, Any]]
    if manifest.suffix.lower() in (".jsonl", ".ndjson"):
        rows = (_object(line, number, manifest) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    else:
        rows = csv.DictReader(text.splitlines(), delimiter="\t" if manifest.suffix.lower() == ".tsv" else ",")
    for number, row in enumerate(rows, 2):
        if not row.get("file"):
            raise UsageError(
                f"{manifest}:{number}",
                ("没有 file 这一列或这一格为空", "it has no column file, or none in this row"),
                (f"清单的列：{'、'.join(COLUMNS)}", f"columns of a manifest: {', '.join(COLUMNS)}"),
            )
        yield {name: str(row[name]).strip() for name in COLUMNS if row.get(name) not in (None, "")}


def _object(line: str, number: int, manifest: Path) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if isinstance(row, dict):
        return row
    raise UsageError(
        f"{manifest}:{number}",
        ("这一行不是 JSON 对象", "this line is no JSON object"),
        ("每行写一个对象，至少有 file", "write one object a line, with file at least"),
    )


def _said(row: dict[str, str], manifest: str) -> dict[str, Any]:
    said: dict[str, Any] = {name: row[name] for name in COLUMNS[1:] if name in row}
    if "year" in said:
        if not said["year"].isdigit():
            raise _wrong(manifest, row["file"], "year", said["year"], "2023")
        said["year"] = int(said["year"])
    if "copy" in said and said["copy"] not in get_args(Copy):
        raise _wrong(manifest, row["file"], "copy", said["copy"], " ".join(get_args(Copy)))
    return said


def _wrong(manifest: str, file: str, column: str, value: str, allowed: str) -> UsageError:
    return UsageError(
        f"{manifest} ({file})",
        (f"{column} 写作 {value}", f"{column} is {value}"),
        (f"应写作：{allowed}", f"write: {allowed}"),
    )


def _text(path: Path) -> str:
    """The text of a list or manifest: UTF-8, or what spreadsheet programs write in China."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise UsageError(
            str(path), (f"打不开（{reason}）", f"it cannot be opened ({reason})"), ("请核对路径", "check the path")
        ) from exc
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        str(path), ("既不是 UTF-8 也不是 GB18030", "it is neither UTF-8 nor GB18030"), ("请另存为 UTF-8", "save it as UTF-8")
    )
