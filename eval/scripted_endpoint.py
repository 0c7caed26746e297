"""An endpoint on this machine that answers from labels and can be told to misbehave: `python -m eval.scripted_endpoint`.

A simulation. What is measured with it is the product, not a model, and says so wherever it appears.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.scripted.faults import parse_faults
from eval.scripted.oracle import Oracle, coverage
from eval.scripted.server import MODEL, MODES, Author, Behaviour, Counts, Endpoint
from eval.scripted.shapes import LabelAuthor
from extractor.errors import ExtractorError

DATASET = Path(__file__).parent / "dataset"


@dataclass(frozen=True, slots=True)
class Scripted:
    """A running endpoint: what to set as base URL and model, and what it has counted so far."""

    base_url: str
    model: str
    counts: Counts


@contextmanager
def scripted(author: Author, behaviour: Behaviour | None = None, port: int = 0) -> Iterator[Scripted]:
    """Serve in a thread of this process for as long as the context lasts. `author` writes the answers (see `LabelAuthor`);
    where it crashed, leaving the context raises RuntimeError, so that nobody takes its error for the product's."""
    server = Endpoint(author, behaviour or Behaviour(), port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Scripted(server.url, MODEL, server.counts)
    finally:
        server.stop()
        thread.join()
    if server.counts.crashes:
        raise RuntimeError(f"the author crashed {len(server.counts.crashes)} times, first: {server.counts.crashes[0]}")


@contextmanager
def simulation() -> Iterator[tuple[str, str]]:
    """Base URL and model of an endpoint without faults that answers whatever text it is shown from the rules' own reading:
    for `nianbao doctor --scripted` and the demo, by the entry-point group `nianbao.scripted`."""
    with scripted(LabelAuthor(Oracle(()))) as running:
        yield running.base_url, running.model


def main(
    dataset: Annotated[list[Path] | None, typer.Option(help="Folders with labels/*.json.", show_default="eval/dataset")] = None,
    fault: Annotated[list[str] | None, typer.Option(metavar="KIND[=RATE]", help="A misbehaviour and its rate, 0 to 1.")] = None,
    mode: Annotated[list[str] | None, typer.Option(help=f"Supported ways to ask, of: {' '.join(MODES)}.")] = None,
    seed: int = 0,
    latency: Annotated[float, typer.Option(help="Seconds before each answer.")] = 0.0,
    per_minute: Annotated[int | None, typer.Option(help="Requests a minute before it answers 429.")] = None,
    port: Annotated[int, typer.Option(help="0: any free one.")] = 0,
) -> None:
    """Serve until interrupted; prints base URL and model, and on the way out what it counted."""
    try:
        rates = parse_faults(fault or ())
        oracle = Oracle(dataset or [DATASET])
    except ExtractorError as exc:
        sys.stderr.write(f"{exc.render('en')}\n")
        raise typer.Exit(2) from exc
    behaviour = Behaviour(rates, seed, latency, modes=tuple(mode or MODES), per_minute=per_minute)
    found = coverage(oracle.reports)
    with scripted(LabelAuthor(oracle), behaviour, port) as running:
        sys.stdout.write(f"simulation, not a model: OPENAI_BASE_URL={running.base_url} NIANBAO_MODEL={running.model}\n")
        sys.stdout.write(f"{found.placed} of {found.values} labelled values have a place\n")
        sys.stdout.writelines(f"  without: {name}\n" for name in found.missing)
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            counts = running.counts
            sys.stdout.write(f"{counts.requests} requests, statuses {dict(counts.statuses)}, faults {dict(counts.faults)}, ")
            sys.stdout.write(f"tokens {counts.tokens_in} in, {counts.tokens_out} out\n")


if __name__ == "__main__":
    typer.run(main)
