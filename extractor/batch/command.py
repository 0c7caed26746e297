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
from extractor.shell import CopyOf, Language, mention, require_store

if TYPE_CHECKING:
    from extractor.batch.engine_local import Order
    from extractor.batch.fingerprint import Reading
    from extractor.batch.manifest import Item
    from extractor.batch.tally import Tally, Watch
    from extractor.batch.work import Setup
    from extractor.store.database import Store

StoreAt = Annotated[str, typer.Option("--store", metavar="URL", help="A file (SQLite), or postgresql://user@host/database.")]
_Names = Annotated[
    list[str] | None, typer.Argument(metavar="INPUT", help="Files, folders, globs; @FILE is a list of them, one a line.")
]
_Manifest = Annotated[
    str | None,
    typer.Option("--manifest", metavar="FILE", help="CSV or JSONL: file, agency_id, year, url, retrieved_at, copy, group."),
]
_Reader = Annotated[
    Literal["rules", "model", "both"] | None,
    typer.Option("--reader", help="Who reads [default: both if a model is named for nianbao, else rules]."),
]
_Timeout = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds for one document [default: 120, with a model 1800].")
]
_Memory = Annotated[int, typer.Option("--memory", min=256, help="MiB that one worker may take.")]


def command(  # noqa: PLR0913, PLR0917 - one option each
    names: _Names = None,
    store: StoreAt = "",
    manifest: _Manifest = None,
    reader: _Reader = None,
    engine: Annotated[Literal["local", "ray"], typer.Option(help="Where: this machine, or a Ray cluster.")] = "local",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes [default: one a core].")] = None,
    timeout: _Timeout = None,
    memory: _Memory = 2048,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed, or what a model left unanswered.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Read everything anew.")] = False,
    text: Annotated[bool, typer.Option("--text/--no-text", help="Keep the canonical text of each document.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what there is to do and what it may take; read nothing.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Read at most so many documents now.")] = None,
    budget: Annotated[str | None, typer.Option(help="Stop before the model has cost more than this.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Plain lines instead of a moving one.")] = False,
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
