"""Every misbehaviour at several rates, against the labels: `python -m eval.matrix`. A simulation, of the product and not of a model.

For each line the scripted endpoint answers a whole dataset wrongly in one way. What is to be seen: that no wrong number gets
through unmarked (`escapes`), what of the determined values is lost to that (`yield`), that no document is lost, and that the
ledgers of the results agree with what the endpoint counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, get_args

import typer

from eval.asking import ModelReader, misbehaving, model_reader, patient
from eval.evaluate import READERS, Evaluated, evaluate
from eval.evaluate import Reader as Read
from eval.labels import Item, load, without_office
from eval.scoring import ScoredCell
from eval.scripted.faults import KINDS
from eval.scripted.oracle import Oracle
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import DATASET, scripted
from extractor.errors import ExtractorError
from extractor.settings import Protocol, Settings

RATES = (0.01, 0.3, 1.0)
MIXED = "mixed"
_SHARDS = 8
"""Documents read at once: their waiting overlaps, their work does not."""


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the matrix before it is run; `kind` None is an endpoint without faults, "mixed" one with all of them, which
    share the rate."""

    reader: ModelReader
    protocol: Protocol
    kind: str | None = None
    rate: float = 0.0

    @property
    def faults(self) -> dict[str, float]:
        """The rate of each kind."""
        if self.kind is None:
            return {}
        return {kind: self.rate / len(KINDS) for kind in KINDS} if self.kind == MIXED else {self.kind: self.rate}


@dataclass(slots=True)
class Outcome:
    """What came of one way. `wrong` names the escapes, `worse` the cells that the rules alone read better (reader `both`).
    Requests and tokens in and out: by the `ledger`, as the results have `told`, and as the endpoint `counted`."""

    way: Way
    documents: int
    lost: list[str] = field(default_factory=list)
    cells: int = 0
    wrong: list[str] = field(default_factory=list)
    read: int = 0
    determined: int = 0
    worse: list[str] = field(default_factory=list)
    claims_right: int = 0
    claims: int = 0
    ledger: tuple[int, int, int] = (0, 0, 0)
    told: tuple[int, int, int] = (0, 0, 0)
    counted: tuple[int, int, int] = (0, 0, 0)
    done: int = 0
    seconds: float = 0.0

    @property
    def balanced(self) -> bool:
        """Whether all three books agree."""
        return self.ledger == self.told == self.counted


def run(items: Sequence[Item], oracle: Oracle, way: Way, rules: Sequence[Evaluated] = (), seed: int = 0) -> Outcome:
    """Read all items in one way. `rules` are the same items read by the rules alone, to compare with."""
    with scripted(LabelAuthor(oracle), misbehaving(way.faults, seed)) as running:
        settings = patient(Settings(running.model, running.base_url, protocol=way.protocol), way.faults)
        begun = time.monotonic()
        with model_reader(way.reader, settings) as (read, asked):
            evaluated = at_once(items, read)
        outcome = Outcome(way, len(items), seconds=time.monotonic() - begun)
        counts, spent = running.counts, asked.ledger.spent
        outcome.counted = counts.requests, counts.tokens_in, counts.tokens_out
        outcome.ledger = spent.requests, spent.tokens_in, spent.tokens_out
        outcome.told = asked.usage["requests"], asked.usage["tokens_in"], asked.usage["tokens_out"]
        outcome.done = sum(counts.faults[kind] for kind in way.faults)
    for at, one in enumerate(evaluated):
        _add(outcome, one, rules[at] if rules else None)
    return outcome


def at_once(items: Sequence[Item], read: Read) -> list[Evaluated]:
    """`evaluate`, some documents at a time; in order."""
    shards = [list(items[n::_SHARDS]) for n in range(_SHARDS)]
    with ThreadPoolExecutor(_SHARDS) as pool:
        done = list(pool.map(lambda shard: evaluate(shard, read, warm=False), shards))
    return [done[n % _SHARDS][n // _SHARDS] for n in range(len(items))]


def _add(outcome: Outcome, one: Evaluated, rules: Evaluated | None) -> None:
    key = one.score.key
    if one.score.error is not None:
        outcome.lost.append(f"{key}: {one.score.error}")
    outcome.cells += len(one.cells)
    outcome.wrong += [f"{key} {c.address}: {c.value} for {c.expected}, {c.reader} {c.trust}" for c in one.cells if c.escape]
    got, of = one.score.tallies["yield"]
    outcome.read += int(got)
    outcome.determined += int(of)
    right, claims = one.score.tallies.get("claims_precision", (0, 0))
    outcome.claims_right += int(right)
    outcome.claims += int(claims)
    before = {cell.address: cell for cell in rules.cells} if rules is not None else {}
    outcome.worse += [
        f"{key} {c.address}: {_told(c)} after {_told(before[c.address])}"
        for c in one.cells
        if c.address in before and worth(c) < worth(before[c.address])
    ]


def _told(cell: ScoredCell) -> str:
    return f"{cell.outcome} {cell.value} {cell.trust}"


def worth(cell: ScoredCell) -> int:
    """How good it is to have a cell so: an escape is the worst, then a wrong number that is marked, none, a right one that
    is marked, a right one."""
    if cell.escape:
        return 0
    if cell.outcome in ("wrong", "fabricated"):
        return 1
    if cell.outcome in ("omitted", "left_open"):
        return 2
    return 3 if cell.trust == "doubtful" else 4


def ways(
    readers: Sequence[ModelReader], protocols: Sequence[Protocol], kinds: Sequence[str], rates: Sequence[float]
) -> Iterator[Way]:
    """Each reader and protocol without faults, then with every kind at every rate."""
    for reader in readers:
        for protocol in protocols:
            yield Way(reader, protocol)
            for kind in kinds:
                for rate in rates:
                    yield Way(reader, protocol, kind, rate)


HEADS: tuple[str, ...] = (
    "reader",
    "protocol",
    "fault",
    "rate",
    "done",
    "escapes",
    "of cells",
    "yield",
    "lost to it",
    "documents lost",
)
HEADS += ("claims right", "worse than rules", "requests", "ledger", "seconds")


def line(outcome: Outcome, clean: Outcome | None = None) -> list[str]:
    """An outcome as the cells of a table; `clean` is the same reader and protocol without faults."""
    way = outcome.way
    share = outcome.read / max(1, outcome.determined)
    lost = clean.read / max(1, clean.determined) - share if clean is not None else 0.0
    return [
        way.reader,
        way.protocol,
        way.kind or "none",
        f"{way.rate:.0%}",
        str(outcome.done),
        str(len(outcome.wrong)),
        str(outcome.cells),
        f"{share:.2%}",
        f"{lost:.2%}",
        str(len(outcome.lost)),
        f"{outcome.claims_right} of {outcome.claims}",
        str(len(outcome.worse)),
        str(outcome.counted[0]),
        "equal" if outcome.balanced else f"{outcome.ledger}, told {outcome.told}, counted {outcome.counted}",
        f"{outcome.seconds:.1f}",
    ]


def main(
    dataset: Annotated[Path, typer.Option(help="Documents with labels/*.json.", show_default="eval/dataset")] = DATASET,
    only: Annotated[list[str] | None, typer.Option(help="Keep labels whose name begins so.")] = None,
    reader: Annotated[list[str] | None, typer.Option(help="model, both; default: both of them.")] = None,
    protocol: Annotated[list[str] | None, typer.Option(help="pointers, values; default: both of them.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="Kinds of fault, or mixed; default: all; `none` for none.")] = None,
    rate: Annotated[list[float] | None, typer.Option(help="Rates from 0 to 1; default: 0.01 0.3 1.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Also write the table here, tab-separated.")] = None,
) -> None:
    """Run the matrix and print a line for each way; status 1 if a number escaped, a document was lost or a ledger differs."""
    try:
        items = [item for item in without_office(load(dataset))[0] if not only or item.key.startswith(tuple(only))]
        oracle = Oracle([dataset], only)
    except ExtractorError as exc:
        sys.stderr.write(f"{exc.render('en')}\n")
        raise typer.Exit(2) from exc
    kinds = [kind for kind in (*KINDS, MIXED) if not fault or kind in fault]
    rules = at_once(items, READERS["rules"])
    sys.stdout.write(f"SIMULATION, scripted endpoint; {len(items)} reports of {dataset.name}\n")
    lines = ["\t".join(HEADS)]
    sys.stdout.write(lines[0] + "\n")
    clean: Outcome | None = None
    bad = False
    readers: list[ModelReader] = [name for name in get_args(ModelReader) if not reader or name in reader]
    protocols: list[Protocol] = [name for name in get_args(Protocol) if not protocol or name in protocol]
    for way in ways(readers, protocols, kinds, rate or RATES):
        outcome = run(items, oracle, way, rules if way.reader == "both" else ())
        clean = outcome if way.kind is None else clean
        lines.append("\t".join(line(outcome, clean)))
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.writelines(f"  {told}\n" for told in [*outcome.wrong[:10], *outcome.lost[:5], *outcome.worse[:5]])
        sys.stdout.flush()
        bad = bad or bool(outcome.wrong or outcome.lost) or not outcome.balanced
    if output is not None:
        output.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    raise typer.Exit(int(bad))


if __name__ == "__main__":
    typer.run(main)
