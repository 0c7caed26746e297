"""The command `nianbao export`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from extractor.errors import UsageError
from extractor.help import both, described
from extractor.shell import Language, Out, StoreAt, complain, destination, form_of, no_such_place, require_store

if TYPE_CHECKING:
    from extractor.exporting.records import Record
    from extractor.exporting.rows import Row, Sheet
    from extractor.store.database import Store
    from extractor.store.queries import Query

Format = Literal["jsonl", "csv", "xlsx", "parquet"]
_FORMATS: dict[str, Format] = {".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet"}
_Shape = Annotated[
    Literal["long", "wide", "findings"] | None,
    typer.Option(
        "--shape",
        help=both(
            "一行是一个单元格、一份报告或一条核对意见（默认：jsonl 写完整的结果，其余为 long）",
            "A cell, a report or a finding a row [default: whole results as jsonl, else long].",
        ),
    ),
]


@described("输出存储的内容：无论怎样读进来的，逐字节相同。核对意见包括多年比较的意见。")
def command(  # noqa: PLR0913, PLR0917 - one option each
    store: StoreAt = "",
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format", help=both("格式（默认按 PATH 的后缀，否则为 jsonl）", "[default: by the suffix of PATH, else jsonl]")
        ),
    ] = None,
    output: Out = None,
    shape: _Shape = None,
    names: Annotated[
        Literal["full", "short"],
        typer.Option(help=both("列名：完整的地址，或不超过 32 个字符", "Column names: addresses, or at most 32 characters.")),
    ] = "full",
    states: Annotated[
        bool, typer.Option("--states/--no-states", help=both("wide：注明数值为什么是空的", "Wide: say why a value is empty."))
    ] = True,
    versions: Annotated[
        Literal["current", "all"],
        typer.Option(
            help=both("同一机关同一年度：只要最新的报告，或全部", "Of one agency and year: the newest report, or all.")
        ),
    ] = "current",
    agency: Annotated[
        str | None,
        typer.Option(
            help=both("机关名称的一部分，或目录表中的 agency_id", "Part of the name, or the agency_id of the manifest.")
        ),
    ] = None,
    year: Annotated[int | None, typer.Option(help=both("只要这一年度", "One year only."))] = None,
    lang: Language = "zh",
) -> int:
    """Write what a store holds: the same bytes however it was filled. Findings include those of series of years."""
    from extractor.exporting.rows import sheet
    from extractor.store import open_store
    from extractor.store.queries import Query

    require_store(store)
    chosen = form_of(output, format_, _FORMATS, "jsonl")
    if chosen in ("xlsx", "parquet") and output in (None, "-"):
        zh, en = ("文件名", "file") if chosen == "xlsx" else ("文件夹名", "folder")
        raise UsageError("-o", (f"{chosen} 不是文本", f"{chosen} is no text"), (f"请用 -o 给出{zh}", f"name a {en} with -o"))
    query = Query(agency=agency, year=year, current=None if versions == "all" else True)
    with open_store(store) as opened:
        if shape is None and chosen == "jsonl":
            _results(opened, query, output, lang)
        else:
            _rows(opened, query, chosen, output, sheet(shape or "long", short=names == "short", states=states), lang)
    return 0


def _results(store: Store, query: Query, output: str | None, lang: Literal["zh", "en"]) -> None:
    from extractor.exporting.records import json_line, records
    from extractor.render import json

    with destination(output, [], bom=False) as out, records(store, query, series=True, lang=lang) as found:
        for record in found:
            out.write(json_line(record, lang))
        if query.agency is None and query.year is None:
            for name, failure in store.unopened():
                out.write(json.error_line(name, failure.error(name), lang) + "\n")


def _rows(store: Store, query: Query, chosen: Format, output: str | None, sheet: Sheet, lang: Literal["zh", "en"]) -> None:
    from extractor.exporting import files
    from extractor.exporting.records import records

    if chosen == "xlsx" and store.count(query) * (198 if sheet.shape == "long" else 1) >= files.XLSX_ROWS:
        raise files.too_many_rows()
    left: list[str] = []
    with records(store, query, series=sheet.shape == "findings", lang=lang) as found:
        rows = _made(found, sheet, left)
        if chosen == "parquet":
            files.write_parquet(rows, sheet, Path(output or ""))
        elif chosen == "xlsx":
            with _draft(Path(output or "")) as draft:
                files.write_xlsx(rows, sheet, draft)
        else:
            with destination(output, [], bom=chosen == "csv") as out:
                (files.write_csv if chosen == "csv" else files.write_jsonl)(rows, sheet, out)
    if left:
        from extractor.render.marks import counted

        gone = counted(len(left), "document has no result and is", "documents have no result and are")
        english = f"{gone} not in it; jsonl without --shape says why"
        complain(f"{len(left)} 份文件没有结果，未列入；不加 --shape 的 jsonl 会列出原因" if lang == "zh" else english)


def _made(found: Iterator[Record], sheet: Sheet, left: list[str]) -> Iterator[Row]:
    """The rows; names of documents without a result go to `left`."""
    for entry, result in found:
        if result is None:
            left.append(entry.name)
        else:
            yield from sheet.rows(entry, result)


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file that takes the target's place when it is complete."""
    if target.is_dir() or not target.parent.is_dir():
        raise no_such_place(str(target))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
