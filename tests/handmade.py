"""Small results written by hand, for tests of what is made out of results."""

from __future__ import annotations

from extractor.reading import Cell, Place, Unplaced
from extractor.result import Finding, Report, Result, Run, Source
from extractor.schema import FORMS


def read(value, *, trust="proven", raw=None, start=0, unit=None):
    """A cell with a printed value that stands at `start`."""
    raw = str(value) if raw is None else raw
    return Cell(
        value=value,
        state="read",
        raw=raw,
        span=(start, start + len(raw)),
        unit=unit,
        place=Place(table=1, row=1, column=1),
        trust=trust,
        reader="rules",
    )


def result(
    cells=(), *, edition="2021", undivided=False, findings=(), unplaced=None, kind="annual_report", name="a.txt", **report
):
    """A result whose cells are zeros that are proven, but for those given as address → cell."""
    addresses = FORMS[edition].addresses(undivided)
    zeros = {
        a: read("0" if a.endswith(".amount") else 0, trust="located" if a.startswith("disclosure") else "proven")
        for a in addresses
    }
    chosen = zeros | dict(cells)
    tables: dict = {}
    for address, cell in chosen.items():
        table, row, column = address.split(".")
        tables.setdefault(table, {}).setdefault(row, {})[column] = cell.value
    about = {
        "title": "某县水务局2023年政府信息公开工作年度报告",
        "agency": "某县水务局",
        "year": 2023,
        "published": "2024-01-31",
    } | report
    return Result(
        document=Source(name=name, sha256="0" * 64, media_type="text/plain", kind=kind, copy="extracted", characters=3120),
        report=Report.model_validate({"edition": edition, **about, **tables}),
        cells=chosen,
        unplaced=unplaced or {},
        findings=tuple(findings),
        run=Run(reader="rules", version="0.1.0", rules="1", seconds=0.004),
    )


def one_of_everything():
    """Every standing a cell can have, one violated equation, one open row, one warning, in a document that plays tricks."""
    row = "applications.received"
    columns = [column.key for column in FORMS["2021"].applications.rows[0].columns]
    cells = {
        "disclosure.rules.issued": Cell(None, "blank"),
        "disclosure.rules.repealed": Cell(None, "not_applicable", raw="/", span=(80, 81)),
        "disclosure.rules.in_force": Cell(None, "unreadable", raw="=cmd|' /C calc'!A0", span=(90, 108)),
        "disclosure.fees.amount": read("3058.417206", trust="located", start=120, unit="万元"),
        **{f"{row}.{column}": Cell(None, "unplaced") for column in columns},
        "applications.granted.natural_person": read(12, start=200),
        "applications.granted.total": read(11, trust="located", start=203),
        "applications.concluded.total": read(11, trust="doubtful", start=300),
        **{
            f"proceedings.reconsideration.{column}": Cell(None, "absent")
            for column in ("upheld", "corrected", "other", "pending", "total")
        },
    }
    findings = [
        Finding(
            id="f1", rule="sum.applicants", severity="error", cause="report", basis="arithmetic",
            cells=("applications.granted.natural_person", "applications.granted.total"),
            message="“（一）予以公开”各列之和为 12，总计为 11，相差 1。", suggestion="请核对该行。",
        ),
        Finding(
            id="f2", rule="text.damaged", severity="warning", cause="copy", raw="〔202130号",
            message="文号 <b>〔202130号</b> 缺字 |*_`$x$`_*|\x1b[31m。",
        ),
    ]  # fmt: skip
    open_row = Unplaced("134 2", (60, 65), ((134, None, None, None, None, None, 2), (None, 134, None, None, None, None, 2)), 42)
    return result(
        cells, findings=findings, unplaced={row: open_row}, title="年报 | <script>alert(1)</script>", agency="=HYPERLINK(1)局"
    )
