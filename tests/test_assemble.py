"""How sure a value is: proven, located or doubtful, and when it stays open."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from consistent import figures, report, tables
from extractor.assemble import assemble
from extractor.pipeline import extract_all
from extractor.readers.rows import RowReading, TableReading, Tables
from extractor.reading import Cell
from extractor.schema import FORMS

FORM = FORMS["2021"]
SHOWN = figures(Random(11), "2021", 300)


def _read(value, span):
    return Cell(value, "read", str(value), span, trust="proven", reader="rules")


def _printed(table, values, at=0):
    """A printing of `table` with certain cells; every number has a place of its own in an imagined text."""
    rows = {}
    for row in table.rows:
        if FORM.optional(row):
            continue
        cells = []
        for column in row.columns:
            value = values.get(f"{table.name}.{row.key}.{column.key}", 0)
            if value is None:
                cells.append(Cell(None, "blank", reader="rules"))
            else:
                cells.append(_read(str(value) if column.kind == "amount" else value, (at, at + 1)))
            at += 2
        rows[row.key] = RowReading(row, cells=tuple(cells))
    return TableReading(table.name, (0, at), rows)


def _assembled(values, *, rows=None):
    printing = _printed(FORM.applications, values)
    if rows is not None:
        printing.rows = {key: row for key, row in printing.rows.items() if key in rows}
    return assemble(FORM, Tables([_printed(FORM.disclosure, {})], [printing], []), "0" * 2000)


def _trust(assembly, address):
    return assembly.cells[f"applications.{address}"].trust


CONSISTENT = {
    "applications.received.natural_person": 3,
    "applications.received.total": 3,
    "applications.granted.natural_person": 3,
    "applications.granted.total": 3,
    "applications.concluded.natural_person": 3,
    "applications.concluded.total": 3,
}


def test_every_equation_holds():
    """Cells in their own places whose equations all hold are proven; disclosure has no equation and is located."""
    assembly = _assembled(CONSISTENT)
    assert {cell.trust for a, cell in assembly.cells.items() if a.startswith("app") and cell.value is not None} == {"proven"}
    assert {cell.trust for a, cell in assembly.cells.items() if a.startswith("dis")} == {"located"}
    assert {cell.state for a, cell in assembly.cells.items() if a.startswith("pro")} == {"absent"}


def test_a_violated_equation_takes_the_proof_from_its_cells():
    """Numbers that do not add up are located: they are printed so, and the report is wrong there."""
    assembly = _assembled(CONSISTENT | {"applications.granted.total": 4})
    assert _trust(assembly, "granted.natural_person") == "located"
    assert _trust(assembly, "concluded.total") == "located"
    assert _trust(assembly, "granted_in_part.enterprise") == "proven"


def test_a_blank_takes_the_proof_from_its_equations():
    """A blank has no value and no trust; what stands in one equation with it is located."""
    assembly = _assembled(CONSISTENT | {"applications.granted.research": None})
    assert assembly.cells["applications.granted.research"].state == "blank"
    assert assembly.cells["applications.granted.research"].value is None
    assert _trust(assembly, "granted.total") == "located"
    assert _trust(assembly, "granted_in_part.total") == "proven"


def test_a_row_that_is_not_printed_is_absent():
    """A row that no printing has is absent in every column, and the column sums through it cannot be assessed."""
    assembly = _assembled(CONSISTENT, rows={row.key for row in FORM.applications.rows} - {"granted_in_part"})
    assert {assembly.cells[f"applications.granted_in_part.{c.key}"].state for c in FORM.applications.rows[0].columns} == {
        "absent"
    }
    assert _trust(assembly, "granted.total") == "located"
    assert _trust(assembly, "received.total") == "proven"


def test_undivided_row_takes_the_place_of_three():
    """Where （六）其他处理 is printed as one row, the result has that row, and its three rows are absent."""
    printing = _printed(FORM.applications, CONSISTENT)
    undivided = FORM.applications.row("other_undivided")
    cells = tuple(_read(0, (1900 + 2 * n, 1901 + 2 * n)) for n in range(7))
    for key in undivided.replaces:
        del printing.rows[key]
    printing.rows["other_undivided"] = RowReading(undivided, cells=cells)
    assembly = assemble(FORM, Tables([], [printing], []), "0" * 2000)
    assert assembly.undivided
    assert _trust(assembly, "other_undivided.total") == "proven"
    assert assembly.cells["applications.other_miscellaneous.total"].state == "absent"
    assert len(assembly.cells) == 207


def test_a_doubt_about_a_row_makes_its_cells_doubtful():
    """What is known only in part stays doubtful, whatever the equations say."""
    printing = _printed(FORM.applications, CONSISTENT)
    printing.rows["granted"].doubts.add("repeated")
    assembly = assemble(FORM, Tables([], [printing], []), "0" * 2000)
    assert _trust(assembly, "granted.total") == "doubtful"
    assert _trust(assembly, "received.total") == "proven"
    assert assembly.doubts == {"applications.granted": frozenset({"repeated"})}


def test_copies_that_differ():
    """Of two printings that differ in a cell both readings are kept, and the value is doubtful; all others are untouched."""
    first, second = (
        _printed(FORM.applications, CONSISTENT),
        _printed(FORM.applications, CONSISTENT | {"applications.granted.total": 9}),
    )
    assembly = assemble(FORM, Tables([], [first, second], []), "0" * 2000)
    cell = assembly.cells["applications.granted.total"]
    assert (cell.value, cell.trust) == (3, "doubtful")
    assert [(reading.reader, reading.value) for reading in cell.readings] == [("rules", 3), ("copy", 9)]
    assert assembly.differing == ("applications.granted.total",)
    assert _trust(assembly, "granted.natural_person") == "proven"


def test_nothing_printed_is_all_absent():
    """Without any table every cell is absent."""
    assembly = assemble(FORM, Tables(), "")
    assert {(cell.state, cell.value, cell.trust) for cell in assembly.cells.values()} == {("absent", None, None)}
    assert list(assembly.cells) == list(FORM.addresses())


def test_glued_rows_are_resolved_and_say_so():
    """Cells cut out of glued digits are marked as resolved and proven, if the whole table has one solution."""
    (result,) = extract_all(report("2021", SHOWN).encode(), "a.txt")
    cells = [cell for address, cell in result.cells.items() if address.startswith("applications.")]
    assert {(cell.trust, cell.resolved) for cell in cells} == {("proven", True)}


def test_rows_that_could_be_cut_in_two_ways_are_left_open():
    """11 1 0 0 0 0 12 and 1 11 0 0 0 0 12 are printed alike: two such rows leave each other open, the rest is read."""
    values = dict.fromkeys(SHOWN, "0") | {"disclosure.fees.amount": "0"}
    for row, figures_of_row in {
        "granted": (11, 1),
        "granted_in_part": (1, 11),
        "concluded": (12, 12),
        "received": (12, 12),
    }.items():
        natural, enterprise = figures_of_row
        values |= {
            f"applications.{row}.natural_person": str(natural),
            f"applications.{row}.enterprise": str(enterprise),
            f"applications.{row}.total": str(natural + enterprise),
        }
    (result,) = extract_all(report("2021", values).encode(), "a.txt")
    assert set(result.unplaced) == {"applications.granted", "applications.granted_in_part"}
    assert (11, 1, 0, 0, 0, 0, 12) in result.unplaced["applications.granted"].candidates
    assert result.cells["applications.received.total"].value == 24


def test_disclosure_without_separators_is_never_certain():
    """行政规范性文件4517328 is 45·1·7328 or 45·17·328: it stays open, or what is read is doubtful."""
    (result,) = extract_all(
        report("2021", SHOWN | {
            "disclosure.normative_documents.issued": "45",
            "disclosure.normative_documents.repealed": "1",
            "disclosure.normative_documents.in_force": "7328",
        }).encode(),
        "a.txt",
    )  # fmt: skip
    assert result.cells["disclosure.normative_documents.issued"].state == "unplaced"
    assert result.unplaced["disclosure.normative_documents"].raw == "4517328"
    assert result.unplaced["disclosure.normative_documents"].count > 1


@pytest.mark.parametrize("at", [0, 1])
def test_the_fuller_printing_counts(at):
    """Of two printings the one with more rows is the report's; the other is a copy, wherever it stands."""
    whole, part = tables("2021", SHOWN, "\t")[1], tables("2021", SHOWN, "\t")[1].split("（四）")[0]
    pair = [whole, part] if at else [part, whole]
    text = report("2021", SHOWN, "\t").replace(whole, f"{pair[0]}\n以上为统计表，另附一份如下。\n{pair[1]}")
    (result,) = extract_all(text.encode(), "a.txt")
    read = {a: str(c.value) for a, c in result.cells.items() if a.startswith("app")}
    assert read == {a: shown for a, shown in SHOWN.items() if a.startswith("app")}


def test_a_cell_is_what_it_was_made_of():
    """Changing a cell makes another cell; cells are values."""
    (result,) = extract_all(report("2021", SHOWN, "\t").encode(), "a.txt")
    cell = result.cells["applications.received.total"]
    assert replace(cell, trust="doubtful") != cell
    assert replace(cell) == cell
