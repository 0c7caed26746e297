"""The commands `nianbao runs` and `nianbao show`: what a store holds, for a person."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from extractor.errors import ExtractorError
from extractor.help import both, described
from extractor.shell import Language, StoreAt, require_store

if TYPE_CHECKING:
    from extractor.render.findings import Checked
    from extractor.store.database import Store
    from extractor.store.queries import Entry

_Agency = Annotated[
    str,
    typer.Argument(
        metavar="AGENCY",
        help=both("机关名称的一部分，或目录表中的 agency_id", "Part of the name, or the agency_id of the manifest."),
    ),
]
_Year = Annotated[
    int | None,
    typer.Argument(metavar="[YEAR]", help=both("某一年度；不写则为该机关的全部年度", "One year, or all years of the agency.")),
]


@described("列出 `nianbao batch` 的各个批次，最新的在前：时间、进度和花费。")
def runs(store: StoreAt = "", lang: Language = "zh") -> int:
    """List the runs of `nianbao batch`, the newest first: when, how far, at what cost."""
    from extractor.render.marks import counted, say
    from extractor.store import open_store

    require_store(store)
    with open_store(store) as opened:
        for run in opened.runs():
            counts = " ".join(f"{name}={number}" for name, number in run.counts.items() if number) or "-"
            figures = [f"{run.seconds:.0f} s"]
            figures += [say(lang, f"请求 {run.requests}", counted(run.requests, "request", "requests"))] if run.requests else []
            figures += [say(lang, f"费用 {run.cost}", f"cost {run.cost}")] if run.cost != "0" else []
            about = f"{run.settings.get('reader')} {run.settings.get('model') or ''}".strip()
            sys.stdout.write(
                f"{run.id}\t{run.started_at}\t{say(lang, *_STATUS.get(run.status, (run.status,) * 2))}\t{about}\t"
                f"{run.fingerprint}\t{counts}\t{', '.join(figures)}\n"
            )
    return 0


_STATUS = {
    "running": ("进行中", "running"),
    "done": ("完成", "done"),
    "interrupted": ("中断", "interrupted"),
    "budget": ("达到预算", "stopped by the budget"),
}


@described("显示存储中一个机关的报告：每份的各个版本和核对意见，并比较各年度。")
def show(agency: _Agency, year: _Year = None, store: StoreAt = "", lang: Language = "zh") -> int:
    """Show what a store holds of an agency: each report with its versions and findings, its years compared."""
    from extractor.render import findings
    from extractor.render.marks import plain, say
    from extractor.store import open_store
    from extractor.store.queries import Query

    require_store(store)
    with open_store(store) as opened:
        entries = opened.find(Query(agency=agency, year=year))
        if not entries:
            raise ExtractorError(
                agency if year is None else f"{agency} {year}",
                ("存储里没有这样的报告", "the store has no such report"),
                ("请核对名称和年度；名称可只写一部分", "check name and year; part of a name is enough"),
            )
        unkept = {entry.sha256 for entry in entries if opened.canonical_text(entry.sha256) is None}
        checked = _compared(opened, sorted({entry.agency_key for entry in entries if entry.agency_key}), lang)
    for entry in sorted(entries, key=lambda one: (one.agency_key or "", one.year or 0, not one.current, one.sha256)):
        sys.stdout.write(plain(_heading(entry, lang)) + "\n")
        if entry.sha256 in unkept and entry.outcome == "read":
            sys.stdout.write(
                say(lang, "（原文未保存，行号不作数）", "(its text was not kept: line numbers mean nothing)") + "\n"
            )
        if report := checked.get((entry.sha256, entry.part)):
            sys.stdout.write(findings.page(report, lang) + "\n")
    return 0


def _heading(entry: Entry, lang: Literal["zh", "en"]) -> str:
    from extractor.render.marks import say

    standing = say(lang, "现行", "current") if entry.current else say(lang, "旧版", "older version")
    dates = " ".join(date for date in (entry.published, entry.retrieved_at) if date)
    return f"== {entry.agency or ''} {entry.year or ''} · {standing} · {entry.name} · {entry.sha256[:12]} {dates}".rstrip()


def _compared(store: Store, keys: list[str], lang: Literal["zh", "en"]) -> dict[tuple[str, int], Checked]:
    """The current reports of these agencies, with the findings of series and the lines of their texts, worded in `lang`
    whatever they were read in."""
    from extractor.pipeline import check
    from extractor.render.findings import Checked, line_ends
    from extractor.validate import reworded

    found: dict[tuple[str, int], Checked] = {}
    for key in keys:
        series = store.series(key)
        for (entry, _), result in zip(series, check([result for _, result in series], lang), strict=True):
            ends = line_ends(store.canonical_text(entry.sha256) or "")
            said = tuple(reworded(finding, lang) for finding in result.findings)
            found[entry.sha256, entry.part] = Checked(result.model_copy(update={"findings": said}), ends)
    return found
