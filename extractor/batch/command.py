"""The command `nianbao batch`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from extractor.errors import UsageError
from extractor.help import both, described
from extractor.shell import CopyOf, Language, StoreAt, mention, require_store

if TYPE_CHECKING:
    from extractor.batch.engine_local import Order
    from extractor.batch.fingerprint import Reading
    from extractor.batch.manifest import Item
    from extractor.batch.tally import Tally, Watch
    from extractor.batch.work import Setup
    from extractor.store.database import Store

_Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT",
        help=both(
            "文件、文件夹或通配符；@FILE 是它们的清单，每行一个", "Files, folders, globs; @FILE is a list of them, one a line."
        ),
    ),
]
_Manifest = Annotated[
    str | None,
    typer.Option(
        "--manifest",
        metavar="FILE",
        help=both(
            "目录表，CSV 或 JSONL：file、agency_id、year、url、retrieved_at、copy、group",
            "CSV or JSONL: file, agency_id, year, url, retrieved_at, copy, group.",
        ),
    ),
]
_Reader = Annotated[
    Literal["rules", "model", "both"] | None,
    typer.Option(
        "--reader",
        help=both(
            "由谁读取（默认：为 nianbao 指定了模型则为 both，否则为 rules）",
            "Who reads [default: both if a model is named for nianbao, else rules].",
        ),
    ),
]
_Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=0.1,
        help=both(
            "一份文件最多读多少秒（默认 120，用模型时 1800）", "Seconds for one document [default: 120, with a model 1800]."
        ),
    ),
]
_Memory = Annotated[
    int, typer.Option("--memory", min=256, help=both("每个进程最多占用的内存，单位 MiB", "MiB that one worker may take."))
]
_EngineOption = Annotated[
    Literal["local", "ray"],
    typer.Option("--engine", help=both("在哪里读：本机，或 Ray 集群", "Where: this machine, or a Ray cluster.")),
]
_Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help=both("进程数（默认每核一个）", "Processes [default: one a core]."))
]
_RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        help=both("重读失败的，以及模型没有答完的", "Try again what failed, or what a model left unanswered."),
    ),
]
_Force = Annotated[bool, typer.Option("--force", help=both("全部重读", "Read everything anew."))]
_Text = Annotated[
    bool, typer.Option("--text/--no-text", help=both("保存每份文件的规范文本", "Keep the canonical text of each document."))
]
_DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help=both(
            "只说明有多少要读、约需多少时间和费用，不读取", "Say what there is to do and what it may take; read nothing."
        ),
    ),
]
_Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help=both("这次最多读多少份文件", "Read at most so many documents now."))
]
_Budget = Annotated[
    str | None,
    typer.Option("--budget", help=both("在模型的费用超过此数之前停止", "Stop before the model has cost more than this.")),
]
_Log = Annotated[bool, typer.Option("--log", help=both("逐行显示进度，不在原处刷新", "Plain lines instead of a moving one."))]


@described("把大批报告读进存储。再次运行就接着读：只读新增或变动的。")
def command(  # noqa: PLR0913, PLR0917 - one option each
    names: _Names = None,
    store: StoreAt = "",
    manifest: _Manifest = None,
    reader: _Reader = None,
    engine: _EngineOption = "local",
    workers: _Workers = None,
    timeout: _Timeout = None,
    memory: _Memory = 2048,
    retry_failed: _RetryFailed = False,
    force: _Force = False,
    text: _Text = True,
    dry_run: _DryRun = False,
    limit: _Limit = None,
    budget: _Budget = None,
    log: _Log = False,
    copy: CopyOf = None,
    lang: Language = "zh",
) -> int:
    """Read many documents into a store. Run it again to go on: only what is new or changed is read."""
    from extractor.batch.engine_local import Order
    from extractor.batch.manifest import items
    from extractor.batch.progress import Display
    from extractor.store import open_store

    if not names and not manifest:
        raise UsageError(
            "INPUT",
            ("没有给出要读的文件", "nothing is named to be read"),
            ("请给出文件、文件夹或 --manifest", "name files or folders, or a --manifest"),
        )
    require_store(store)
    reading, setup, processes = _reading(reader, workers or os.cpu_count() or 1, memory << 20, keep_text=text)
    order = Order(
        reading=reading,
        setup=setup,
        workers=processes,
        timeout=timeout or (120.0 if setup.reader == "rules" else 1800.0),
        again="all" if force else "failed" if retry_failed else "nothing",
        limit=limit,
        budget=_money(budget),
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler that ends us is a person's Ctrl-C
    left: set[str] = set()
    found = items(names or [], manifest, copy, left)
    mention(left - {one.input.shown for one in found}, lang)
    if dry_run:
        return _estimate(found, store, order, lang)
    run = _engine(engine)
    with open_store(store, create=True) as opened, Display(lang, plainly=log) as display:
        tally = run(found, opened, order, display)
    display.closing(tally)
    return tally.exit_status


def _reading(
    reader: Literal["rules", "model", "both"] | None, workers: int, memory: int, *, keep_text: bool
) -> tuple[Reading, Setup, int]:
    """Who reads, what each worker is told (of the rates at which the model may be asked, its share), and how many there are:
    no more than the rates suffice for."""
    from extractor.batch.fingerprint import Reading, prompts
    from extractor.batch.work import Setup, most_workers, share
    from extractor.settings import Settings

    settings = None if reader == "rules" else Settings.from_environment(os.environ)
    if reader is None and settings is None:
        reader = "rules"
    if reader == "rules":
        return Reading(), Setup(keep_text=keep_text, memory=memory), workers
    if settings is None:
        raise UsageError(
            "NIANBAO_MODEL",
            ("没有指定模型", "no model is named"),
            ("请设置它，或使用 --reader rules", "set it, or use --reader rules"),
        )
    chosen = reader or "both"
    workers = min(workers, most_workers(settings))
    ours = share(settings, workers)
    setup = Setup(chosen, ours, keep_text=keep_text, memory=memory, in_flight=ours.concurrency)
    return Reading(chosen, settings.model, settings.protocol, prompts()), setup, workers


def _money(said: str | None) -> Decimal | None:
    try:
        amount = None if said is None else Decimal(said)
    except InvalidOperation:
        amount = Decimal(-1)
    if amount is not None and not amount > 0:
        raise UsageError(
            f"--budget {said}",
            ("不是金额", "it is no amount of money"),
            ("请写大于 0 的数，如 12.50", "write a number above 0, such as 12.50"),
        )
    return amount


def _engine(name: Literal["local", "ray"]) -> Callable[[Sequence[Item], Store, Order, Watch], Tally]:
    if name == "ray":
        from extractor.batch import engine_ray

        return engine_ray.run
    from extractor.batch import engine_local

    return engine_local.run


def _estimate(found: list[Item], place: str, order: Order, lang: Literal["zh", "en"]) -> int:
    from extractor.batch.plan import plan
    from extractor.store import StoreMissing, open_store

    try:
        with open_store(place) as store:
            planned = plan(found, store, order)
    except StoreMissing:
        planned = plan(found, None, order)
    sys.stdout.write("".join(f"{line}\n" for line in planned.lines(order, lang)))
    return 0
