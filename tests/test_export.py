"""What leaves a store: whole results, cells and findings as rows, names, versions, series; files that spreadsheets and
statistics programs open."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pyarrow.parquet
import pytest
import typer
from typer.testing import CliRunner

import batches
from batches import batch, filled, version
from conftest import ROOT
from extractor import Result, extract
from extractor.exporting import files, names
from extractor.exporting.command import command
from extractor.exporting.rows import LEAD, sheet
from extractor.library import show
from extractor.pipeline import Options
from extractor.shell import guarded
from extractor.store import open_store

pytest_plugins = ("postgres",)
COUNT = 12
app = typer.Typer()
app.command()(guarded(command))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with twelve reports and a failure."""
    folder = batches.fill(tmp_path_factory.mktemp("export") / "in", COUNT)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    place = str(folder.parent / "s.db")
    batch(place, [folder])
    return place


def export(place, *arguments):
    """Standard output of the command, as bytes; it must end with status 0."""
    ran = CliRunner().invoke(app, ["--store", str(place), *map(str, arguments)])
    assert ran.exit_code == 0, ran.stderr
    return ran.stdout_bytes


def _table(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def _results(place):
    return [json.loads(line) for line in export(place).decode().splitlines() if '"cells"' in line]


def test_lines_are_results_without_what_is_volatile(store):
    """Each line is a result of the contract, in the order of hashes, without times and costs; a failure is an error line."""
    lines = [json.loads(line) for line in export(store).decode().splitlines()]
    hashes = [line["document"]["sha256"] for line in lines if "cells" in line]
    assert len(hashes) == COUNT
    assert hashes == sorted(hashes)
    [failed] = [line for line in lines if "error" in line]
    assert failed["document"]["name"] == "broken.pdf"
    assert set(failed["error"]) == {"kind", "message", "remedy"}
    for line in lines:
        if "cells" in line:
            assert not {"seconds", "usage", "cost"} & set(line["run"])
            Result.model_validate(line | {"run": line["run"] | {"seconds": 0.0}})


def test_same_bytes_from_any_database_and_order(place, store, tmp_path):
    """A store that was filled in another order, by another number of workers, in another database gives the same bytes."""
    folder = batches.fill(tmp_path / "in", COUNT)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    batch(place, sorted(folder.iterdir(), reverse=True), workers=2)
    for arguments in (
        (),
        ("--format", "csv"),
        ("--format", "csv", "--shape", "wide"),
        ("--format", "csv", "--shape", "findings"),
    ):
        assert export(place, *arguments) == export(store, *arguments)


def test_long_rows_are_the_cells(store):
    """A row a cell: value, state, trust and place of every cell of every report."""
    rows = _table(export(store, "--format", "csv"))
    results = _results(store)
    assert len(rows) == sum(len(result["cells"]) for result in results)
    by_place = {(row["sha256"], row["address"]): row for row in rows}
    for result in results:
        for address, cell in result["cells"].items():
            row = by_place[result["document"]["sha256"], address]
            assert row["value"] == ("" if cell["value"] is None else str(cell["value"]))
            assert (row["state"], row["start"]) == (cell["state"], str(cell["span"][0]) if cell["span"] else "")


@pytest.mark.parametrize("style", ["full", "short"])
def test_wide_rows_are_the_reports(store, style):
    """A row a report: each value under its address or short name, with its state beside it."""
    addresses = tuple(names.columns())
    called = names.short(addresses) if style == "short" else {address: address for address in addresses}
    ending = names.SHORT_STATE if style == "short" else names.STATE
    rows = {row["sha256"]: row for row in _table(export(store, "--format", "csv", "--shape", "wide", "--names", style))}
    for result in _results(store):
        row = rows[result["document"]["sha256"]]
        for address, cell in result["cells"].items():
            assert row[called[address]] == ("" if cell["value"] is None else str(cell["value"]))
            assert row[called[address] + ending] == cell["state"]
    assert not any(
        name.endswith(ending) for name in _table(export(store, "--format", "csv", "--shape", "wide", "--no-states"))[0]
    )


def test_short_names_suit_statistics_programs():
    """Short names, with and without the ending of states, are unique, of at most 32 characters and plain; they depend on the
    address alone."""
    addresses = tuple(names.columns())
    short = names.short(addresses)
    both = [*short.values(), *(name + names.SHORT_STATE for name in short.values())]
    assert len(set(both)) == 2 * len(addresses)
    assert max(map(len, both)) <= names.LONGEST
    assert all(name.isascii() and name.isidentifier() and name == name.lower() for name in both)
    assert short["applications.received.total"] == "a_received_total"
    assert names.short(addresses[:5]) == {address: short[address] for address in addresses[:5]}


def test_short_names_stay_unique_where_addresses_abbreviate_alike():
    """Two addresses whose words begin alike get names with a digest."""
    alike = tuple(f"applications.{'very_long_word_' * 3}{ending}.natural_person" for ending in ("aaaaab", "aaaaac"))
    assert len(set(names.short(alike).values())) == 2
    assert max(map(len, names.short(alike).values())) <= names.LONGEST - len(names.SHORT_STATE)


@pytest.mark.parametrize("shape", ["long", "wide", "findings"])
def test_parquet_by_year(store, tmp_path, shape):
    """A folder with a file a year holds the rows of the CSV, numbers as numbers; exporting again replaces it with the same
    bytes, and what is no export is left alone."""
    folder = tmp_path / "out.parquet"
    for _ in range(2):
        export(store, "--shape", shape, "-o", folder)
        content = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
    export(store, "--shape", shape, "-o", tmp_path / "twin.parquet")
    assert {
        p.relative_to(tmp_path / "twin.parquet"): p.read_bytes() for p in (tmp_path / "twin.parquet").rglob("*.parquet")
    } == content
    table = pyarrow.parquet.read_table(folder).to_pylist()
    rows = _table(export(store, "--format", "csv", "--shape", shape))
    assert len(table) == len(rows)
    assert {str(row["year"]) for row in table} == {row["year"] for row in rows}
    if shape == "long":
        assert {(row["sha256"], row["address"], row["number"]) for row in table if row["number"] is not None} == {
            (row["sha256"], row["address"], float(row["value"])) for row in rows if row["value"]
        }
    ran = CliRunner().invoke(app, ["--store", store, "--format", "parquet", "-o", str(tmp_path)])
    assert ran.exit_code == 2
    assert (tmp_path / "out.parquet").is_dir()


def test_parquet_refuses_what_it_cannot_hold(tmp_path):
    """A number of more than 64 bits ends the export with the remedy; nothing half-written is left."""
    name, data = batches.document(1)
    result = extract(data, name=name)
    cell = result.cells["applications.received.total"]
    huge = result.model_copy(
        update={"cells": result.cells | {"applications.received.total": type(cell)(value=10**30, state="read")}}
    )
    place = str(tmp_path / "s.db")
    with open_store(place, create=True) as store:
        filled(store, huge)
    ran = CliRunner().invoke(app, ["--store", place, "--shape", "wide", "--format", "parquet", "-o", str(tmp_path / "out")])
    assert ran.exit_code == 3
    assert "--format csv" in ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("s.db")) == []
    assert str(10**30) in export(place, "--format", "csv").decode()


def test_workbook_is_text_and_numbers(store, tmp_path):
    """The workbook holds the same rows, numbers as numbers, and twice the same bytes."""
    for name in ("a.xlsx", "b.xlsx"):
        export(store, "--shape", "wide", "-o", tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    [page] = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    head, *rows = page.iter_rows(values_only=True)
    assert len(rows) == COUNT
    total = head.index("applications.received.total")
    assert {(row[0], row[total]) for row in rows} == {
        (result["document"]["sha256"], result["cells"]["applications.received.total"]["value"]) for result in _results(store)
    }


def test_workbook_of_too_many_rows_is_refused_with_the_remedy(store, tmp_path, monkeypatch):
    """More rows than a sheet holds: said before anything is written, and again if it shows only while writing."""
    monkeypatch.setattr(files, "XLSX_ROWS", 198 * COUNT + 10)
    for rows in (1000, 198 * COUNT + 10):
        monkeypatch.setattr(files, "XLSX_ROWS", rows)
        ran = CliRunner().invoke(app, ["--store", store, "-o", str(tmp_path / "a.xlsx"), "--lang", "en"])
        assert ran.exit_code == 3
        assert "parquet" in ran.stderr
        assert "--shape wide" in ran.stderr
        assert list(tmp_path.iterdir()) == []


def test_nothing_runs_as_a_formula(tmp_path):
    """A document's words that begin like a formula are text in CSV and workbook."""
    name, data = batches.document(1)
    result = version(extract(data, name=name), 1, agency='=HYPERLINK("http://example.org")')
    place = str(tmp_path / "s.db")
    with open_store(place, create=True) as store:
        filled(store, result)
    assert _table(export(place, "--format", "csv", "--shape", "wide"))[0]["agency"].startswith("'=")
    export(place, "--shape", "wide", "-o", tmp_path / "a.xlsx")
    [page] = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    cell = page.cell(2, 1 + list(LEAD).index("agency"))
    assert (cell.data_type, cell.value[0]) == ("s", "=")


def test_versions(tmp_path):
    """Of one agency and year the current version is exported, on request all, with a column that says which is current."""
    name, data = batches.document(1)
    result = extract(data, name=name)
    place = str(tmp_path / "s.db")
    with open_store(place, create=True) as store:
        filled(store, version(result, 1, published="2024-01-01"), version(result, 2, published="2024-02-01"))
    assert [row["document"] for row in _table(export(place, "--format", "csv", "--shape", "wide"))] == ["v2"]
    rows = _table(export(place, "--format", "csv", "--shape", "wide", "--versions", "all"))
    assert [(row["document"], row["current"]) for row in rows] == [("v1", "false"), ("v2", "true")]


def test_findings_of_series_are_in_the_export(tmp_path):
    """What one year carries forward and the next does not carry in is a finding of the later year, over the whole store."""
    name, data = batches.document(1)
    result = extract(data, name=name)
    before = version(result, 1, agency="某县教育局", year=2022)
    after = version(result, 2, agency="某县 教育局", year=2023)
    address = "applications.carried_in.total"
    cell = after.cells[address]
    changed = type(cell)(value=12345, state="read", raw="12345", span=(0, 5), trust="proven")
    after = after.model_copy(update={"cells": after.cells | {address: changed}})
    place = str(tmp_path / "s.db")
    with open_store(place, create=True) as store:
        filled(store, before, after)
    rows = _table(export(place, "--format", "csv", "--shape", "findings"))
    assert {row["document"] for row in rows if row["rule"] == "series.carry"} == {"v2"}
    [line] = [line for line in _results(place) if line["document"]["name"] == "v2"]
    assert [f["elsewhere"][0]["document"] for f in line["findings"] if f["rule"] == "series.carry"] == ["v1"]


def test_findings_are_worded_in_the_language_asked_for(tmp_path):
    """A store says in either language what was found, byte for byte the same whichever language it was filled in."""
    path = ROOT / "extractor" / "examples" / "messy_report.txt"
    read = {lang: extract(path, options=Options(lang=lang)) for lang in ("zh", "en")}
    for lang, result in read.items():
        with open_store(str(tmp_path / f"{lang}.db"), create=True) as store:
            filled(store, result)
    for lang, result in read.items():
        lines, other = (export(tmp_path / f"{name}.db", "--lang", lang) for name in read)
        assert lines == other
        assert json.loads(lines)["findings"] == [finding.model_dump(mode="json") for finding in result.findings]
        [row, *_] = _table(export(tmp_path / "zh.db", "--lang", lang, "--format", "csv", "--shape", "findings"))
        assert row["message"] == result.findings[0].message
    shown = typer.Typer()
    shown.command()(guarded(show))
    said = CliRunner().invoke(shown, ["柳泉区", "--store", str(tmp_path / "zh.db"), "--lang", "en"]).output
    assert "should be" in said
    assert "应为" not in said


def test_only_what_was_asked_for(store):
    """`--year` and `--agency` choose; what is left out is not there."""
    rows = _table(export(store, "--format", "csv", "--shape", "wide"))
    year, agency = rows[0]["year"], rows[0]["agency"]
    chosen = _table(export(store, "--format", "csv", "--shape", "wide", "--year", year, "--agency", agency))
    assert chosen == [row for row in rows if (row["year"], row["agency"]) == (year, agency)]


def test_columns_hold_what_they_say():
    """Every shape begins with the same columns, and no name stands twice."""
    for shape in ("long", "wide", "findings"):
        for short in (False, True):
            columns = list(sheet(shape, short=short).columns)
            assert columns[: len(LEAD)] == list(LEAD)


@pytest.mark.parametrize("arguments", [["--format", "xlsx"], ["--format", "parquet", "-o", "-"], []])
def test_wrong_use_is_status_2(tmp_path, arguments):
    """A workbook or folder for standard output, or no store: wrong usage."""
    more = ["--store", str(tmp_path / "s.db")] if arguments else []
    assert CliRunner().invoke(app, [*more, *arguments]).exit_code == 2
