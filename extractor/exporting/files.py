"""Rows into files: CSV, JSON lines, a workbook, Parquet. Each holds a bounded part of the rows at a time."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from extractor.errors import ExtractorError, UsageError
from extractor.exporting.rows import Field, Row, Sheet
from extractor.render.csv import line

if TYPE_CHECKING:
    import pyarrow as pa

XLSX_ROWS = 1_048_576
_VALUES = 2_000_000
"""Values that Parquet's writers hold at most before the largest of them writes a row group."""
_MADE = datetime(2021, 1, 1)  # noqa: DTZ001 - the file's own date, so that the same rows give the same file
_EXACT = re.compile(r"-?[0-9]{1,15}")
_DECIMAL = re.compile(r"-?[0-9]{1,9}\.([0-9]{1,6})")
_UNKNOWN = "__HIVE_DEFAULT_PARTITION__"


def write_csv(rows: Iterable[Row], sheet: Sheet, out: TextIO) -> None:
    out.write(line(sheet.columns) + "\n")
    out.writelines(line(_plain(value) for value in row) + "\n" for row in rows)


def _plain(value: object) -> object:
    return ("true" if value else "false") if isinstance(value, bool) else value


def write_jsonl(rows: Iterable[Row], sheet: Sheet, out: TextIO) -> None:
    named = (dict(zip(sheet.columns, row, strict=True)) for row in rows)
    out.writelines(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in named)


def write_xlsx(rows: Iterable[Row], sheet: Sheet, path: Path) -> None:
    """One sheet. Raises ExtractorError where the rows do not fit on it."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": _MADE})
        page = book.add_worksheet(sheet.shape)
        page.freeze_panes(1, 0)
        formats = [book.add_format({"num_format": f"0.{'0' * digits}"}) for digits in range(1, 7)]
        for column, name in enumerate(sheet.columns):
            page.write_string(0, column, name)
        for number, row in enumerate(rows, 1):
            if number >= XLSX_ROWS:
                raise too_many_rows()
            for column, (value, holds) in enumerate(zip(row, sheet.columns.values(), strict=True)):
                if value is not None:
                    _write(page, (number, column), value, holds, formats)


def _write(page: Any, place: tuple[int, int], value: object, holds: Field, formats: list[Any]) -> None:
    """Numbers that a spreadsheet holds exactly as numbers, all else as text."""
    text = str(value)
    if holds == "flag":
        page.write_boolean(*place, value)
    elif holds == "text":
        page.write_string(*place, text[:32_000])
    elif _EXACT.fullmatch(text):
        page.write_number(*place, int(text))
    elif decimal := _DECIMAL.fullmatch(text):
        page.write_number(*place, float(text), formats[len(decimal[1]) - 1])
    else:
        page.write_string(*place, text[:32_000])


def too_many_rows() -> ExtractorError:
    return ExtractorError(
        "xlsx",
        (f"行数超过一张工作表的 {XLSX_ROWS:,} 行", f"there are more rows than the {XLSX_ROWS:,} of a sheet"),
        (
            "请用 --format parquet，或 --shape wide，或以 --year 分年导出",
            "use --format parquet, or --shape wide, or export year by year with --year",
        ),
    )


def write_parquet(rows: Iterable[Row], sheet: Sheet, folder: Path) -> None:
    """A folder of Parquet files, one a year (`year=2023/part-0.parquet`), that appears complete or not at all. One that such an
    export made is replaced; anything else there raises UsageError."""
    if folder.exists() and not _is_export(folder):
        raise UsageError(
            str(folder),
            ("已存在，且不是此前导出的 Parquet 文件夹", "it exists and is no Parquet folder of an earlier export"),
            ("请换一个名字", "name another"),
        )
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir()
        with _Partitions(sheet, draft) as partitions:
            for row in rows:
                partitions.add(row)
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    return folder.is_dir() and all(
        entry.name.startswith("year=") and [file.name for file in entry.iterdir()] == ["part-0.parquet"]
        for entry in folder.iterdir()
    )


class _Partitions:
    """A Parquet file for each year; the year itself is in the name of its folder."""

    def __init__(self, sheet: Sheet, folder: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        types = {"count": pa.int64(), "decimal": pa.string(), "text": pa.string(), "flag": pa.bool_()}
        self._year = list(sheet.columns).index("year")
        fields = [(name, types[holds]) for name, holds in sheet.columns.items() if name != "year"]
        self._value = list(sheet.columns).index("value") if sheet.shape == "long" else None
        if self._value is not None:
            fields.append(("number", pa.float64()))
        self._schema: pa.Schema = pa.schema(fields)
        self._open = pyarrow.parquet.ParquetWriter
        self._folder = folder
        self._held: dict[str, list[Row]] = {}
        self._rows = 0
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for year in sorted(self._held) if kind is None else ():
            self._flush(year)
        for writer in self._writers.values():
            writer.close()

    def add(self, row: Row) -> None:
        year = _UNKNOWN if row[self._year] is None else str(row[self._year])
        more: Row = ()
        if self._value is not None:
            value = row[self._value]
            more = (None if value is None else float(value),)
            row = (*row[: self._value], None if value is None else str(value), *row[self._value + 1 :])
        self._held.setdefault(year, []).append((*row[: self._year], *row[self._year + 1 :], *more))
        self._rows += 1
        if self._rows * len(self._schema) > _VALUES:
            self._flush(max(self._held, key=lambda year: (len(self._held[year]), year)))

    def _flush(self, year: str) -> None:
        import pyarrow as pa

        rows = self._held.pop(year)
        self._rows -= len(rows)
        try:
            arrays = [
                pa.array(values, type=field.type) for values, field in zip(zip(*rows, strict=True), self._schema, strict=True)
            ]
        except (pa.ArrowInvalid, OverflowError) as exc:
            raise ExtractorError(
                "parquet",
                ("有的数超过 64 位整数", "a number does not fit into 64 bits"),
                ("请用 --format csv 或 jsonl", "use --format csv or jsonl"),
            ) from exc
        if year not in self._writers:
            (self._folder / f"year={year}").mkdir()
            place = self._folder / f"year={year}" / "part-0.parquet"
            self._writers[year] = self._open(place, self._schema, compression="zstd")
        self._writers[year].write_table(pa.Table.from_arrays(arrays, schema=self._schema))
