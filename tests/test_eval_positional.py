"""The positional regex parse reads a tidy table, and is silently wrong where a blank or a separator is lost."""

from __future__ import annotations

from eval import positional
from extractor.schema import FORMS


def _table(values, *, skip=()):
    """A 2021 report, one row a line, every value from `values` by address or 0; cells in `skip` are blank."""
    lines = []
    form = FORMS["2021"]
    for table in (form.disclosure, form.applications):
        for row in table.rows:
            if not form.optional(row):
                addresses = [f"{table.name}.{row.key}.{column.key}" for column in row.columns]
                cells = ["" if address in skip else str(values.get(address, 0)) for address in addresses]
                lines.append("\t".join([row.number + row.label, *cells]))
    blocks = [f"proceedings.{row.key}.{column.key}" for row in form.proceedings.rows for column in row.columns]
    lines += ["四、政府信息公开行政复议、行政诉讼情况", "结果维持\t总计", "\t".join(str(values.get(a, 0)) for a in blocks)]
    return "\n".join(lines)


def _values(text):
    return {address: cell.value for address, cell in positional.read(text).items()}


def test_tidy_table_is_read():
    """Counts, an amount and the third table stand at their addresses, and nothing else is above zero."""
    values = {
        "disclosure.normative_documents.in_force": 31,
        "disclosure.fees.amount": "3058.417206",
        "applications.received.total": 36,
        "applications.rejected_repeated.enterprise": 4,
        "proceedings.litigation_after_reconsideration.total": 2,
    }
    read = _values(_table(values))
    assert {address: value for address, value in read.items() if value not in (0, "0")} == values
    assert set(read) == set(FORMS["2021"].addresses())


def test_blank_cell_shifts_what_follows():
    """Where a cell is blank the row is filled up from the next one: wrong, and nothing says so."""
    values = {"applications.received.other": 5, "applications.received.total": 5, "applications.carried_in.natural_person": 9}
    read = _values(_table(values, skip=["applications.received.research"]))
    assert read["applications.received.legal_service"] == 5
    assert read["applications.received.total"] == 9


def test_text_without_tables_gives_nothing():
    """A look-alike has no labels, so nothing is read."""
    assert positional.read("某县2024年政务公开工作要点。一、加强组织领导。") == {}
