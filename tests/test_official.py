"""The layout of the official form as data: complete, without gap or overlap, every label where the form prints it."""

from __future__ import annotations

import pytest

from extractor.render.official import official_tables
from extractor.schema import FORMS

FORMS_PRINTED = [("2021", False), ("2021", True), ("2019", False)]


@pytest.mark.parametrize(("edition", "undivided"), FORMS_PRINTED)
def test_every_address_stands_once_in_printed_order(edition, undivided):
    """The values of the tables are the addresses of the form; （六）其他处理 in one row takes the place of its three."""
    form = FORMS[edition]
    replaced = {key for row in form.applications.rows if undivided and form.optional(row) for key in row.replaces}
    wanted = [address for address in form.addresses(undivided) if address.split(".")[1] not in replaced]
    tables = official_tables(edition, undivided=undivided)
    assert [cell.address for table in tables for row in table.rows for cell in row if cell.address] == wanted


@pytest.mark.parametrize(("edition", "undivided"), FORMS_PRINTED)
def test_cells_tile_their_table(edition, undivided):
    """Laid out as an HTML table lays out its cells, every place of the table is covered by exactly one of them."""
    for table in official_tables(edition, undivided=undivided):
        taken = set()
        for number, row in enumerate(table.rows):
            column = 0
            for cell in row:
                while (number, column) in taken:
                    column += 1
                places = {(number + r, column + c) for r in range(cell.rowspan) for c in range(cell.colspan)}
                assert not places & taken
                taken |= places
        assert taken == {(row, column) for row in range(len(table.rows)) for column in range(table.width)}


@pytest.mark.parametrize(("edition", "undivided"), FORMS_PRINTED)
def test_values_stand_beside_their_label(edition, undivided):
    """In the first two tables the last label of a row is that of the values in it, with its number."""
    form = FORMS[edition]
    for table in official_tables(edition, undivided=undivided)[:2]:
        known = {row.key: row for row in (form.disclosure if table.name == "disclosure" else form.applications).rows}
        for cells in table.rows:
            values = [cell.address.split(".")[1] for cell in cells if cell.address]
            if values:
                label = [cell for cell in cells if not cell.address][-1]
                row = known[label.key]
                assert set(values) == {row.key}
                assert label.text == row.number + row.label if table.name == "applications" else label.text == row.label


@pytest.mark.parametrize(
    ("edition", "undivided", "spans"),
    [("2021", False, (22, 8, 3, 5, 3)), ("2021", True, (20, 8, 3, 5)), ("2019", False, (20, 8, 3, 5))],
)
def test_groups_span_their_rows(edition, undivided, spans):
    """三、 spans all outcomes and their total, （三） to （六） the rows that they group."""
    table = official_tables(edition, undivided=undivided)[1]
    groups = [cell for row in table.rows[3:] for cell in row if cell.text and not cell.key]
    assert tuple(cell.rowspan for cell in groups) == spans
    assert groups[0].text == "三、本年度办理结果"


def test_labels_have_an_english_meaning():
    """Every label is said in English too; values are not labels."""
    for edition in FORMS:
        for table in official_tables(edition):
            for cell in (cell for row in table.rows for cell in row):
                assert bool(cell.english) == bool(cell.text) == (not cell.address)
                assert cell.label("en").split("\n") == ([cell.text, cell.english] if cell.text else [""])
                assert cell.label("zh") == cell.text
