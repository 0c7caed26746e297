"""What reading with a model costs, beside a plain instructor extraction of the same schema on the same endpoint.

    python bench/model.py [--documents 500] [--latency 0.2] [--concurrency 32] [--beside 20] [--reader model]

The endpoint is the scripted one, in a process of its own: a simulation that answers from the labels after a fixed time. What is
measured is the product and not a model: requests, characters sent and received, seconds, and how much of the throughput that
the endpoint allows is used. Documents are generated, each other than all the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from eval.asking import ModelReader, model_reader
from eval.generator import LAYOUTS, generate, write
from eval.scripted.faults import Chances
from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import Scripted, scripted
from extractor.model.endpoint import Endpoint
from extractor.pipeline import Options, canonical_text, extract_with_text_async, spare_collections
from extractor.schema import FORMS
from extractor.settings import Settings

Input = tuple[bytes, str]
Read = Callable[[bytes, str], object]
_PLAIN = "从下面的政府信息公开工作年度报告中提取三张表的全部数字。\n\n"


def generated(folder: Path, number: int) -> list[Input]:
    """So many reports of the 2021 edition with their labels in a folder."""
    (folder / "labels").mkdir()
    made = [
        generate(n, layout=LAYOUTS[n % len(LAYOUTS)], edition="2021", size=("office", "county", "city")[n % 3])
        for n in range(number)
    ]
    for one in made:
        write(folder, one)
    return [(one.data, one.name) for one in made]


@contextmanager
def served(folder: Path, latency: float) -> Iterator[Settings]:
    """The scripted endpoint in another process."""
    command = [sys.executable, "-m", "eval.scripted_endpoint", "--dataset", str(folder), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - our own command
        assert process.stdout
        told = re.search(r"OPENAI_BASE_URL=(\S+) NIANBAO_MODEL=(\S+)", process.stdout.readline())
        assert told
        try:
            yield Settings(told[2], told[1])
        finally:
            process.terminate()


class Listening:
    """An author that also keeps the length of each answer by what was asked for."""

    def __init__(self, folder: Path) -> None:
        self._author = LabelAuthor(Oracle([folder]))
        self.answers: list[tuple[str, str]] = []

    def __call__(self, request: dict, chances: Chances) -> str:
        """The answer, remembered with the schema's title."""
        text = self._author(request, chances)
        asked = (request.get("response_format") or {}).get("json_schema") or {}
        self.answers.append((asked.get("schema", {}).get("title", ""), text))
        return text


@contextmanager
def plain_reader(running: Scripted) -> Iterator[Read]:
    """What is usually written: one response model for the whole report, one request with the whole text."""
    import instructor
    import openai
    from pydantic import create_model

    fields = {table.name: (table.model, ...) for table in FORMS["2021"].tables}
    form = create_model("Report", **fields)
    with openai.OpenAI(base_url=running.base_url, api_key="none") as client:
        asking = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)

        def read(data: bytes, name: str) -> object:
            messages = [{"role": "user", "content": _PLAIN + canonical_text(data, name)}]
            return asking.chat.completions.create(model=running.model, response_model=form, messages=messages)

        yield read


@contextmanager
def our_reader(running: Scripted, reader: str, protocol: str) -> Iterator[Read]:
    """The product."""
    settings = Settings(running.model, running.base_url, protocol=protocol)
    with model_reader(reader, settings) as (read, _):
        yield read


def side_by_side(folder: Path, inputs: Sequence[Input]) -> None:
    """The same documents read by each reader and by the plain extraction, one after another, without waiting."""
    print(
        f"{'reader':<20}{'requests':>9}{'chars in':>10}{'chars out':>10}{'seconds':>9}   each document, mean of {len(inputs)}"
    )
    listening = Listening(folder)
    answered: dict[str, list[list[tuple[str, str]]]] = {}
    for name in ("plain instructor", "model, pointers", "model, values", "both, pointers"):
        with scripted(listening, Behaviour()) as running:
            reader, _, protocol = name.partition(", ")
            reading = plain_reader(running) if not protocol else our_reader(running, reader, protocol)
            with reading as read:
                begun = time.perf_counter()
                for document in inputs:
                    heard = len(listening.answers)
                    read(*document)
                    answered.setdefault(name, []).append(listening.answers[heard:])
                seconds = time.perf_counter() - begun
            counts = running.counts
            each = [x / len(inputs) for x in (counts.requests, counts.characters_in, counts.characters_out, seconds)]
            print(f"{name:<20}{each[0]:>9.2f}{each[1]:>10.0f}{each[2]:>10.0f}{each[3]:>9.3f}")
    pointed = [sum(len(text) for title, text in one if title == "ApplicationsPointers") for one in answered["model, pointers"]]
    named = [_compact(text) for one in answered["plain instructor"] for _, text in one]
    worst = min(range(len(inputs)), key=lambda n: named[n] / pointed[n])
    print(
        f"applications table, second readings included, characters: pointers {sum(pointed)}, compact named JSON {sum(named)}: "
        f"1/{sum(named) / sum(pointed):.1f}; worst {pointed[worst]} and {named[worst]}: "
        f"1/{named[worst] / pointed[worst]:.1f} ({inputs[worst][1]})"
    )


def _compact(report: str) -> int:
    """Characters of the applications table of an answer, as JSON without blanks."""
    return len(json.dumps(json.loads(report)["applications"], ensure_ascii=False, separators=(",", ":")))


async def throughput(inputs: Sequence[Input], settings: Settings, reader: ModelReader, latency: float) -> None:
    """Many documents in one process, as many at a time as requests may be in flight, which is how a worker of `batch` reads."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    marks: list[int] = []
    endpoint, places = Endpoint(settings), asyncio.Semaphore(settings.concurrency)

    async def one(document: Input) -> None:
        async with places:
            await extract_with_text_async(*document, reader=reader, options=Options(settings=settings), asker=endpoint)
        marks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    await one(inputs[0])  # the client's libraries take a second to load
    already = endpoint.ledger.spent.requests
    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(one, inputs))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    requests = endpoint.ledger.spent.requests - already
    await endpoint.close()
    ideal = requests * latency / settings.concurrency
    half = marks[len(marks) // 2]
    print(f"{len(inputs)} documents, reader {reader}, {requests} requests of {latency:g} s, {settings.concurrency} in flight:")
    print(
        f"  {seconds:.1f} s, ideal {ideal:.1f} s: {ideal / seconds:.0%} of the ideal throughput; "
        f"processor time {cpu:.1f} s, {cpu / len(inputs) * 1e3:.1f} ms a document"
    )
    print(f"  peak memory {before / 1e3:.0f} MB before, {half / 1e3:.0f} MB after half, {marks[-1] / 1e3:.0f} MB at the end")


def batch(folder: Path, inputs: Sequence[Input], reader: ModelReader, latency: float, concurrency: int) -> None:
    """The same documents by `nianbao batch` with two worker processes, which share the requests in flight, into a new store."""
    documents = folder / "batch"
    documents.mkdir()
    for data, name in inputs:
        (documents / name).write_bytes(data)
    author, moments = LabelAuthor(Oracle([folder])), []

    def timed(request: dict, chances: Chances) -> str:
        moments.append(time.perf_counter())
        return author(request, chances)

    with scripted(timed, Behaviour(latency=latency)) as running:
        added = {"NIANBAO_MODEL": running.model, "NIANBAO_BASE_URL": running.base_url, "NIANBAO_CONCURRENCY": str(concurrency)}
        command = [sys.executable, "-m", "extractor", "batch", str(documents), "--reader", reader, "--workers", "2"]
        begun = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own command
            [*command, "--store", str(folder / "batch.db")], env=os.environ | added, check=True, capture_output=True, cwd=ROOT
        )
        whole = time.perf_counter() - begun
    seconds = max(moments) + latency - min(moments)
    ideal = len(moments) * latency / concurrency
    print(
        f"the same by nianbao batch --workers 2: {seconds:.1f} s from the first request to the last answer, ideal {ideal:.1f} s: "
        f"{ideal / seconds:.0%}; {whole:.1f} s with starting and writing: {ideal / whole:.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--beside", type=int, default=24, help="documents of the comparison side by side")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds before each answer")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--reader", choices=("model", "both"), default="model")
    options = parser.parse_args()
    spare_collections()
    print("SIMULATION, scripted endpoint: the product is measured, not a model")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = generated(folder, max(options.documents, options.beside))
        side_by_side(folder, inputs[: options.beside])
        if options.documents:
            with served(folder, options.latency) as settings:
                limited = Settings(settings.model, settings.base_url, concurrency=options.concurrency)
                asyncio.run(throughput(inputs[: options.documents], limited, options.reader, options.latency))
            batch(folder, inputs[: options.documents], options.reader, options.latency, options.concurrency)


if __name__ == "__main__":
    main()
