"""How fast whole reports are read: bytes to Result, tables, prose and findings included, by layout and in all.

    python bench/reading.py [--seconds 1.0] [--runs 5] [--files-only]

Documents are those of eval/dataset. The figures of a layout are medians of some runs in this process, after one reading of
each document, in processor time, so that other work on the machine hardly changes them. The last lines compare two
processes with one by the clock, and give peak memory and the cost of importing the package. Each kind of file is read in a
process of its own, by the clock, with the peak memory of that process and of what it starts (LibreOffice).
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
from extractor.pipeline import extract_all, spare_collections

DATASET = ROOT / "eval" / "dataset"
NAMES = {"pipe_lines": "pipe", "before_label": "inline", "html_grid": "html", "html_glued": "html", "none": "no tables"}
"""Layouts of the labels that are measured together."""
HEAVY = ("openai", "instructor", "streamlit", "pandas", "sqlalchemy", "pdfplumber", "lxml", "pydantic", "typer", "rich")
Input = tuple[bytes, str]
KINDS = {
    "HTML": ("*.html", 5),
    "DOCX": ("*.docx", 5),
    "XLSX": ("*.xlsx", 5),
    "PDF, ruled": ("pdf_ruled", 3),
    "PDF, unruled": ("pdf_unruled", 3),
    ".doc": ("*.doc", 1),
    "OCR": ("scan", 1),
}
"""Kinds of files: a pattern of names, or a layout of the labels, and how often all of them are read."""


def documents() -> dict[str, list[Input]]:
    """The inputs of each layout; a file with several reports counts once."""
    found: dict[str, dict[str, Input]] = defaultdict(dict)
    for path in sorted((DATASET / "labels").glob("*.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        layout = NAMES.get(label["layout"], label["layout"])
        found[layout][label["file"]] = ((DATASET / label["file"]).read_bytes(), label["file"])
    return {layout: list(inputs.values()) for layout, inputs in sorted(found.items())}


def files(kind: str) -> list[Path]:
    """The documents of one of KINDS."""
    which = KINDS[kind][0]
    if which.startswith("*"):
        return sorted(DATASET.glob(which))
    labels = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATASET / "labels").glob("*.json"))]
    return [DATASET / label["file"] for label in labels if label["layout"] == which]


def measure(kind: str) -> None:
    """Print seconds, documents and peak megabytes of reading the documents of a kind in this process."""
    inputs = [(path.read_bytes(), path.name) for path in files(kind)]
    rounds = KINDS[kind][1]
    if rounds > 1:
        read(inputs[0])  # what is loaded at first use
    begun = time.perf_counter()
    for document in inputs * rounds:
        read(document)
    seconds = time.perf_counter() - begun
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(seconds, rounds * len(inputs), *(_megabytes(resource.getrusage(one)) for one in who))


def _megabytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _is_readable(kind: str) -> bool:
    from extractor.ingest import ocr, office

    return {".doc": office.installed, "OCR": ocr.installed}.get(kind, lambda: True)()


def tell_files() -> None:
    """A line for each kind of file."""
    print(f"\n{'kind of file':<14}{'files':>6}{'documents/s':>13}{'s each':>9}{'peak MB':>9}{'of it started':>15}")
    for kind in KINDS:
        if not _is_readable(kind):
            print(f"{kind:<14}{'not measured: what reads it is not installed':>44}")
            continue
        command = [sys.executable, __file__, "--kind", kind]
        run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603 - our own command
        seconds, count, own, started = map(float, run.stdout.split())
        other = f"{started:.0f}" if started else "–"
        each = seconds / count
        print(f"{kind:<14}{len(files(kind)):>6}{1 / each:>13.2f}{each:>9.3f}{max(own, started):>9.0f}{other:>15}", flush=True)


def read(document: Input) -> int:
    """Read one input; how many reports it holds."""
    return len(extract_all(*document))


def _rate(inputs: list[Input], seconds: float) -> float:
    """Reports a second of processor time, over at least `seconds` of it, in a process set up as the command line and the workers
    of a batch are."""
    spare_collections()
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
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()  # noqa: S603 - our own command
        for _ in range(5)
    ]
    return min(float(run[0]) for run in runs) * 1e3, runs[0][1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="least duration of a run")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is given")
    parser.add_argument("--files-only", action="store_true", help="only the lines of kinds of files")
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.kind:
        measure(options.kind)
        return
    if not options.files_only:
        tell_layouts(options)
    tell_files()


def tell_layouts(options: argparse.Namespace) -> None:
    """Reports a second by layout, two processes beside one, memory and import."""
    layouts = documents()
    for slow in ("office", "scan"):  # seconds for each: they have lines of their own
        layouts.pop(slow, None)
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
    print(f"peak memory {_megabytes(resource.getrusage(resource.RUSAGE_SELF)):.0f} MB")
    milliseconds, heavy = _import()
    print(f"import extractor {milliseconds:.0f} ms; of {', '.join(HEAVY)} it loads {', '.join(heavy) or 'none'}")


if __name__ == "__main__":
    main()
