"""How fast a batch is: generated reports of mixed types into a store, on one core and on two, and what the parent holds.

    python bench/batch.py [--documents 20000] [--sample 4000] [--store URL]

The one-core figure is the whole batch (parent, one worker, database) bound to a single core, over a sample of the same documents;
the two-core figure is the parent with two workers over all of them. Every document has a content of its own: office files
and PDFs are those of eval/dataset with bytes behind their end that no reader looks at.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from eval.generator import LAYOUTS, generate

DATASET = ROOT / "eval" / "dataset"
BATCH = """
import sys
sys.path.insert(0, {root!r})
import typer
from extractor.batch.command import command
from extractor.shell import guarded
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(guarded(command))
app()
"""
OFFICE_EVERY = 10
"""One document in so many is an office file or a PDF."""


def documents(folder: Path, count: int) -> None:
    """Write `count` documents, no two alike, a thousand a folder."""
    files = [path for suffix in ("docx", "xlsx", "pdf") for path in sorted(DATASET.glob(f"*.{suffix}"))]
    for number in range(count):
        place = folder / f"{number // 1000:03}"
        place.mkdir(exist_ok=True)
        if files and number % OFFICE_EVERY == 0:
            file = files[number // OFFICE_EVERY % len(files)]
            (place / f"{number}{file.suffix}").write_bytes(file.read_bytes() + f"\n%{number}\n".encode())
            continue
        size = ("office", "county", "city")[number % 3]
        made = generate(number, layout=LAYOUTS[number % 8], edition="2019" if number % 5 == 0 else "2021", size=size)
        (place / f"{number}{Path(made.name).suffix}").write_bytes(made.data)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds by the clock and of processors (parent and workers); the parent's memory in MB over time, and its peak."""

    seconds: float
    processor: float
    memory: list[float]
    peak: float


def run(inputs: list[str], place: str, workers: int, cores: set[int]) -> Measured:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    names = Path(tempfile.mkstemp(suffix=".list")[1])
    names.write_text("\n".join(inputs), encoding="utf-8")
    begun = time.perf_counter()
    command = [
        sys.executable,
        "-c",
        BATCH.format(root=str(ROOT)),
        f"@{names}",
        "--store",
        place,
        "--workers",
        str(workers),
        "--log",
    ]
    process = subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, cores))  # noqa: PLW1509, S603 - one process, our own command
    memory, peak = [], 0.0
    while process.poll() is None:
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if ":" in line
        )
        if "VmRSS" in status:
            memory.append(int(status["VmRSS"].split()[0]) / 1e3)
            peak = max(peak, int(status["VmHWM"].split()[0]) / 1e3)
        time.sleep(0.5)
    names.unlink()
    if process.returncode not in (0, 3):
        sys.exit(f"the batch ended with status {process.returncode}")
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory, peak)


def _line(name: str, count: int, measured: Measured) -> str:
    each = 1e3 * measured.processor / count
    return f"{name}: {count} documents in {measured.seconds:.0f} s, {count / measured.seconds:.1f} a second; processors {each:.1f} ms each"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--sample", type=int, default=4_000, help="documents of the one-core run")
    parser.add_argument("--store", help="database for the two-core run [default: a new SQLite file]")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nianbao-batch-"))
    try:
        documents(folder, options.documents)
        inputs = sorted(str(path) for path in folder.rglob("*.*"))
        size = sum(Path(path).stat().st_size for path in inputs)
        print(f"{len(inputs)} documents, {size / 1e6:.0f} MB")
        sample = random.Random(1).sample(inputs, min(options.sample, len(inputs)))
        first, second = sorted(os.sched_getaffinity(0))[:2]
        one = run(sample, str(folder / "one.db"), 1, {first})
        print(_line("one core ", len(sample), one), flush=True)
        place = options.store or str(folder / "two.db")
        two = run(inputs, place, 2, {first, second})
        ratio = (len(inputs) / two.seconds) / (len(sample) / one.seconds)
        print(f"{_line('two cores', len(inputs), two)}; {ratio:.2f} times as fast")
        quarter = len(two.memory) // 4
        early, late = statistics.mean(two.memory[quarter : 2 * quarter]), statistics.mean(two.memory[-quarter:])
        print(f"parent: peak {two.peak:.0f} MB; {early:.0f} MB in the second quarter, {late:.0f} in the last")
        if not options.store:
            print(f"store: {Path(place).stat().st_size / len(inputs) / 1e3:.1f} KB a document")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
