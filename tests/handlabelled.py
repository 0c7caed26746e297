"""Labels written by hand, readers that read them perfectly, and readers that are bad in one way each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from eval.labels import Item, Label
from extractor.equations import equations
from extractor.reading import Cell, Unplaced
from extractor.schema import FORMS
from handmade import read, result

SOURCE = {"kind": "authored", "labelled_by": "hand", "checked_by": None}


def label(cells=(), *, states=(), edition="2021", undivided=False, **fields) -> Label:
    """A label whose cells are zeros but for those given as address → number, or as address → state."""
    values = dict.fromkeys(FORMS[edition].addresses(undivided), 0) | dict(cells) | dict.fromkeys(dict(states))
    about = {
        "file": "a.txt", "edition": edition, "title": None, "agency": None, "year": 2023, "source": SOURCE, "unplaced": {},
        "claims": None, "anomalies": None, "traps": None,
    } | fields  # fmt: skip
    return Label.model_validate(about | {"cells": values, "states": dict(states)})


def item(of: Label, folder: Path, text: str = "") -> Item:
    """The label as an item of a dataset in `folder`, where document and label are written."""
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    (folder / of.file).write_text(text, encoding="utf-8", newline="")
    path = folder / "labels" / f"{Path(of.file).stem}.json"
    path.write_text(of.model_dump_json(exclude_unset=True), encoding="utf-8")
    return Item(path.stem, of, folder / of.file, path)


def perfect(of: Label):
    """A result that reads every cell as the label says."""
    cells = {}
    for address, value in of.cells.items():
        if value is None:
            cells[address] = Cell(None, of.states[address])
        else:
            amount = address.endswith(".amount")
            cells[address] = read(str(value) if amount or value != int(value) else int(value))
    open_rows = {row: Unplaced("1", (0, 1), ((1, None), (None, 1)), 2) for row in of.unplaced}
    undivided = any("other_undivided" in address for address in of.cells)
    return result(cells, edition=of.edition or "2021", undivided=undivided, unplaced=open_rows)


def _changed(of, values):
    cells = {address: replace(cell, value=values.get(address, cell.value)) for address, cell in of.cells.items()}
    return of.model_copy(update={"cells": cells})


def _read_rows(of):
    rows = defaultdict(list)
    for address, cell in of.cells.items():
        rows[address.rpartition(".")[0]].append((address, cell.value))
    return {row: cells for row, cells in rows.items() if all(value is not None for _, value in cells)}


def all_zeros(of):
    """Reads 0 wherever something is read."""
    return _changed(of, {address: 0 for address, cell in of.cells.items() if cell.value is not None})


def one_column_on(of):
    """Reads every row one column further right, the last value first."""
    return _changed(
        of,
        {
            address: cells[n - 1][1]
            for cells in _read_rows(of).values()
            for n, (address, _) in enumerate(cells)
        },
    )  # fmt: skip


def next_row(of):
    """Reads under every label what stands in the next row of the same table with as many columns."""
    alike = defaultdict(list)
    for row, cells in _read_rows(of).items():
        alike[row.partition(".")[0], len(cells)].append(cells)
    return _changed(
        of,
        {
            address: value
            for rows in alike.values()
            for here, there in zip(rows, rows[1:] + rows[:1], strict=True)
            for (address, _), (_, value) in zip(here, there, strict=True)
        },
    )


def repaired_sums(of):
    """Puts the sum of the parts wherever the printed total is another."""
    values = {address: cell.value for address, cell in of.cells.items() if cell.value is not None}
    undivided = "applications.other_undivided.total" in values
    for equation in equations(of.report.edition, undivided):
        many, one = sorted((equation.plus, equation.minus), key=len, reverse=True)
        if all(address in values for address in equation.addresses):
            values[one[-1]] = sum(values[a] for a in many) - sum(values[a] for a in one[:-1])
    return _changed(of, values)
