"""`nianbao eval`: the shell around scoring. Comes into the command line by the entry-point group `nianbao.commands`.

Heavy imports stand inside, so that `nianbao --help` can show this command without loading a reader.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from extractor.help import both, described

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from eval.asking import Asked
    from eval.compare import Comparison
    from eval.evaluate import Reader as Read
    from eval.runs import Run

_DATASET = Path(__file__).parent / "dataset"
_CHANGED_SHOWN = 20
_OF_SCANS = ("escapes", "yield", "cells_right", "wrong", "fabricated", "omitted", "review_rate", "documents_read", "seconds")

Dataset = Annotated[
    Path,
    typer.Option(
        "--dataset",
        metavar="DIR",
        help=both("存放报告和标注（labels/*.json）的文件夹", "Documents with labels/*.json."),
        show_default="eval/dataset",
    ),
]
Reader = Annotated[Literal["rules", "model", "both"], typer.Option("--reader", help=both("由谁读取", "Who reads."))]
Protocol = Annotated[
    Literal["pointers", "values"] | None,
    typer.Option("--protocol", help=both("模型怎样回答", "How a model answers."), show_default="pointers"),
]
Scripted = Annotated[
    bool,
    typer.Option(
        "--scripted", help=both("不用模型，由模拟服务按标注作答", "A simulation answers from the labels instead of a model.")
    ),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="KIND[=RATE]",
        help=both("模拟服务怎样出错；可以多次给出", "How the simulation misbehaves; may be repeated."),
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        "--compare",
        metavar="RUN",
        help=both("与一次评测比较：它的文件夹、编号，或 `last`", "A run: its folder, its id, or `last`."),
    ),
]
Gate = Annotated[
    Path | None,
    typer.Option(
        "--gate",
        metavar="FILE",
        help=both("界限（TOML）；有不达标的，退出码为 1", "Bounds (TOML); status 1 if one is not kept."),
    ),
]
Runs = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help=both("保存各次评测的文件夹", "Where runs are kept."))]
Lint = Annotated[
    bool,
    typer.Option(
        "--lint", help=both("改为检查标注；有问题时退出码为 1", "Check the labels instead; status 1 if there is a problem.")
    ),
]
Listed = Annotated[bool, typer.Option("--list", help=both("改为列出保存的各次评测", "List the kept runs instead."))]


@described("用带标注的报告给读法打分：单元格、文字中的数字、核对意见和位置。保存这次评测，并写成网页。")
def command(  # noqa: PLR0913, PLR0917 - options of a command line
    dataset: Dataset = _DATASET,
    reader: Reader = "rules",
    protocol: Protocol = None,
    scripted: Scripted = False,
    fault: Faults = None,
    compare: Against = None,
    gate: Gate = None,
    output: Runs = Path("runs"),
    lint: Lint = False,
    listed: Listed = False,
) -> int:
    """Score a reader over labelled reports: cells, claims, findings, places; keep the run and write its page."""
    if lint:
        return _lint(dataset)
    if listed:
        return _list(output)
    with _reading(dataset, reader, protocol, fault or [] if scripted or fault else None) as reading:
        return _run(dataset, reading, compare, gate, output)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Who reads: in words for all output, as a function, and what asking a model came to."""

    name: str
    read: Read
    asked: Asked | None = None


@contextmanager
def _reading(dataset: Path, reader: str, protocol: Any, faults: list[str] | None) -> Iterator[_Reading]:
    """The reader that was asked for. `faults` None: the model is a real one."""
    from eval.evaluate import READERS
    from extractor.errors import UsageError

    if reader == "rules":
        if protocol is not None or faults is not None:
            raise UsageError(
                "nianbao eval",
                ("--protocol、--scripted、--fault 只对模型有意义", "--protocol, --scripted and --fault are about a model"),
                ("请加 --reader model 或 both", "add --reader model or both"),
            )
        yield _Reading(reader, READERS[reader])
        return
    from eval.asking import configured, model_reader, simulated
    from eval.scripted.faults import parse_faults

    if faults is None:
        endpoint: AbstractContextManager[Any] = nullcontext((configured(protocol), None))
    else:
        endpoint = simulated(dataset, parse_faults(faults), protocol)
    with endpoint as (settings, simulation):
        named = f"{reader}, {settings.protocol}" + (f" ({simulation})" if simulation else "")
        with model_reader(reader, settings) as (read, asked):  # type: ignore[arg-type]  # not the rules, which have no endpoint
            yield _Reading(named, read, asked)


def _lint(dataset: Path) -> int:
    from eval.lint import lint

    problems = lint(dataset)
    for line in problems.lines:
        _say(line)
    for name in problems.unlabelled:
        sys.stderr.write(f"nianbao: {name} has no label\n")
    _say(f"{problems.labels} labels, {len(problems.lines)} problems")
    return 1 if problems.lines else 0


def _list(output: Path) -> int:
    from eval.runs import listed

    for run in listed(output):
        scores = run["scores"]
        figures = (
            f"{name} {scores[name]['number']:g}/{scores[name]['of']:g}" for name in ("escapes", "yield") if name in scores
        )
        _say(f"{run['id']}  {run['reader']}  {run['folder']} {run['dataset']}  {'  '.join(figures)}")
    return 0


def _run(dataset: Path, reading: _Reading, against: str | None, gate: Path | None, output: Path) -> int:
    from datetime import UTC, datetime

    from eval.compare import compare
    from eval.evaluate import evaluate
    from eval.gate import read_gate, reasons
    from eval.labels import load as load_labels
    from eval.labels import load_scans, without_office, without_recognition
    from eval.page import page
    from eval.runs import load as load_run
    from eval.runs import make_run, save

    bounds = read_gate(gate) if gate is not None else None
    before = load_run(output, against) if against is not None else None
    items, left_out = without_office(load_labels(dataset))
    if left_out:
        names = ", ".join(item.label.file for item in left_out)
        sys.stderr.write(f"nianbao: without LibreOffice {len(left_out)} documents are left out: {names}\n")
    scans, left_out = without_recognition(load_scans(dataset) if reading.asked is None else [])
    if left_out:
        names = ", ".join(item.label.file for item in left_out)
        sys.stderr.write(f"nianbao: without nianbao[ocr] {len(left_out)} scans are left out: {names}\n")
    items = [*items, *scans]
    evaluated = evaluate(items, reading.read)
    model, prompts = (reading.asked.model, reading.asked.prompts) if reading.asked else (None, None)
    run = make_run(dataset, reading.name, items, evaluated, datetime.now(UTC), model=model, prompts=prompts)
    failed = reasons(bounds, run.scores()) if bounds is not None else None
    comparison = compare(before, run) if before is not None else None
    target = save(run, output, page(run, evaluated, failed, comparison))
    _tell_scores(run)
    if comparison is not None:
        _tell_comparison(comparison)
    for document in run.documents:
        if document.error is not None:
            _say(f"not read: {document.key}: {document.error}")
    _say(f"kept in {target}")
    for reason in failed or ():
        _say(f"gate: {reason}")
    if failed == []:
        _say("gate: passed")
    return 1 if failed else 0


def _tell_scores(run: Run) -> None:
    from eval.breakdown import by_documents, side_by_side
    from eval.page import interval, shown

    _say(f"{run.header['documents']} reports of {run.header['folder']}, reader {run.header['reader']}")
    for name, score in run.scores().items():
        _say(f"  {name:26}{shown(score):>10}   {interval(score):18} {score.number:g} / {score.of:g}")
    _say("by layout: documents, escapes, yield, documents without error")
    for group in by_documents(run.written, "layout"):
        figures = "".join(f"{shown(group.scores[name]):>10}" for name in ("escapes", "yield", "documents_without_error"))
        _say(f"  {group.name:26}{group.documents:4}{figures}")
    _say("side by side: values right, silently wrong, documents a second")
    for side in side_by_side(str(run.header["reader"]), run.written):
        speed = "–" if side.per_second is None else f"{side.per_second:.0f}"
        _say(f"  {side.name:26}{side.right:6} of {side.labelled:6}{side.silently_wrong:8}{speed:>8}")
    _tell_scans(run)


def _tell_scans(run: Run) -> None:
    from eval.page import shown

    if not run.scans:
        return
    _say(f"apart from all of these, {len(run.scans)} scans, recognised from pictures")
    for name, score in run.scan_scores().items():
        if name in _OF_SCANS:
            _say(f"  {name:26}{shown(score):>10}   {score.number:g} / {score.of:g}")


def _tell_comparison(comparison: Comparison) -> None:
    from eval.page import told

    _say(f"against {comparison.before}, over {comparison.shared} shared reports")
    for line in comparison.unlike:
        _say(f"  unlike: {line}")
    for change in comparison.differences:
        if change.change and change.metric != "seconds":
            bounds = "" if change.low is None or change.high is None else f" [{change.low:+.4g} … {change.high:+.4g}]"
            _say(f"  {change.metric}: {change.before:.4g} → {change.after:.4g}, rate {change.change:+.4g}{bounds}")
    _say(f"  {len(comparison.changed)} cells changed")
    for cell in comparison.changed[:_CHANGED_SHOWN]:
        _say(f"    {cell.document} {cell.address}: {told(cell.before)} → {told(cell.after)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
