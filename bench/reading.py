"""How fast whole reports are read: bytes to Result, tables, prose and findings included, by layout and in all.

    python bench/reading.py [--seconds 1.0] [--runs 5]

Documents are those of eval/dataset. The figures of a layout are medians of some runs in this process, after one reading of
each document, in processor time, so that other work on the machine hardly changes them. The last lines compare two
processes with one by the clock, and give peak memory and the cost of importing the package.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from extractor.pipeline import extract_all  # noqa: E402

DATASET = ROOT / "eval" / "dataset"
NAMES = {"pipe_lines": "pipe", "before_label": "inline", "html_grid": "html", "html_glued": "html", "none": "no tables"}
"""Layouts of the labels that are measured together."""
HEAVY = ("openai", "instructor", "streamlit", "pandas", "sqlalchemy", "pdfplumber", "lxml", "pydantic", "typer", "rich")
Input = tuple[bytes, str]


def documents() -> dict[str, list[Input]]:
    """The inputs of each layout; a file with several reports counts once."""
    found: dict[str, dict[str, Input]] = defaultdict(dict)
    for path in sorted((DATASET / "labels").glob("*.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        layout = NAMES.get(label["layout"], label["layout"])
        found[layout][label["file"]] = ((DATASET / label["file"]).read_bytes(), label["file"])
    return {layout: list(inputs.values()) for layout, inputs in sorted(found.items())}


def read(document: Input) -> int:
    """Read one input; how many reports it holds."""
    return len(extract_all(*document))


def _rate(inputs: list[Input], seconds: float) -> float:
    """Reports a second of processor time, over at least `seconds` of it."""
    count, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < seconds:
        count += sum(map(read, inputs))
    return count / spent


def _alone(inputs: list[Input], rounds: int) -> float:
    begun = time.perf_counter()
    count = sum(map(read, inputs * rounds))
    return count / (time.perf_counter() - begun)


def _together(pool: multiprocessing.pool.Pool, inputs: list[Input], rounds: int) -> float:
    work = inputs * rounds
    begun = time.perf_counter()
    count = sum(pool.map(read, work, chunksize=len(inputs)))
    return count / (time.perf_counter() - begun)


def _import() -> tuple[float, list[str]]:
    """Milliseconds of processor time for `import extractor`, beyond those of an empty interpreter, and heavy modules loaded."""
    code = f"""
import sys, time
begun = time.process_time()
import extractor
print(time.process_time() - begun, *(name for name in {HEAVY} if name in sys.modules))
"""
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()  # noqa: S603
        for _ in range(5)
    ]
    return min(float(run[0]) for run in runs) * 1e3, runs[0][1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="least duration of a run")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is given")
    options = parser.parse_args()
    layouts = documents()
    layouts.pop("office", None)  # LibreOffice takes a second for each; their speed is not ours
    plain = {layout: inputs for layout, inputs in layouts.items() if not layout.startswith(("pdf", "zip", "docx", "xlsx"))}
    everything = [document for inputs in plain.values() for document in inputs]
    for document in everything:
        read(document)
    print(f"{'layout':<12}{'files':>6}{'KB each':>9}{'reports/s':>11}{'ms each':>9}")
    for layout, inputs in [*layouts.items(), ("all text", everything)]:
        size = sum(len(data) for data, _ in inputs) / len(inputs) / 1e3
        rate = statistics.median(_rate(inputs, options.seconds) for _ in range(options.runs))
        print(f"{layout:<12}{len(inputs):>6}{size:>9.1f}{rate:>11.0f}{1e3 / rate:>9.2f}")
    rounds = max(4, 2 * round(_rate(everything, options.seconds) * options.seconds / len(everything)))
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        _together(pool, everything, 4)
        pairs = [(_alone(everything, rounds), _together(pool, everything, rounds)) for _ in range(options.runs)]
    one, two = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(together / alone for alone, together in pairs)
    print(f"\none process {one:.0f}/s, two processes {two:.0f}/s, ratio {ratio:.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(f"peak memory {peak:.0f} MB")
    milliseconds, heavy = _import()
    print(f"import extractor {milliseconds:.0f} ms; of {', '.join(HEAVY)} it loads {', '.join(heavy) or 'none'}")


if __name__ == "__main__":
    main()
