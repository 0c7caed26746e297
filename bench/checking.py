"""How long the rules take over one report: a clean one, ones with planted errors, and hostile tables.

    python bench/checking.py [reports]

Medians and maxima in milliseconds of processor time, over reports of 10 … 50,000 applications; findings included, reading
not. The bounds are 1 ms for a clean report and 50 ms for three planted errors.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from planted import SIZES, Planted, Values, consistent, explained, planted

from consistent import figures, report
from extractor import drafting, pipeline
from extractor.equations import assess, equations
from extractor.reading import Cell
from extractor.result import Finding
from extractor.schema import FORMS
from extractor.validate import check_report
from extractor.validate.rule import Subject

REPORT = report("2021", figures(Random(5), "2021", 300))
KINDS = ("one cell", "two cells", "three cells", "swapped", "shifted", "stale total")


def subject_of(values: Values) -> Subject:
    """A report of the 2021 edition whose table cells hold `values`, all certain."""
    seen: list[Subject] = []

    def look(subject: Subject, lang: str) -> tuple[Finding, ...]:
        seen.append(subject)
        return check_report(subject, lang)

    drafting.check_report, original = look, drafting.check_report
    try:
        pipeline.extract_all(REPORT.encode(), "report.txt")
    finally:
        drafting.check_report = original
    cells = dict.fromkeys(FORMS["2021"].addresses(), Cell(0, "read", "0", trust="proven"))
    cells |= {address: Cell(value, "read", str(value), trust="proven") for address, value in values.items()}
    assessed = tuple((equation, assess(equation, values)) for equation in equations("2021"))
    return replace(seen[0], cells=cells, assessed=assessed, kind="annual_report")


def hostile(reports: int) -> Iterator[Values]:
    """Tables of small random numbers, of large ones, and consistent ones with ten cells off by one."""
    random = Random(1)
    for number in range(reports):
        values = consistent(random, "2021", SIZES[number % len(SIZES)])
        if number % 3 < 2:
            yield {address: random.randrange(10 ** (1 + 4 * (number % 3))) for address in values}
        else:
            yield values | {address: values[address] + 1 for address in random.sample(list(values), 10)}


def checked(subject: Subject, values: Values) -> tuple[Finding, ...]:
    """What a report with those values is told: explanations of its violated equations, then all rules."""
    return check_report(replace(subject, broken=explained(Planted("2021", 0, values, {}))), "zh")


def main() -> None:
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    random = Random(0)
    tables = {"clean": [consistent(random, "2021", SIZES[number % len(SIZES)]) for number in range(reports)]}
    for kind in KINDS:
        tables[kind] = [case.values for case in planted(kind, 2 * reports, 3) if case.edition == "2021"]
    tables["hostile"] = list(hostile(reports))
    for kind, chosen in tables.items():
        took = []
        for values in chosen[:2] + chosen:
            subject = subject_of(values)
            start = time.process_time()
            findings = checked(subject, values)
            took.append(1000 * (time.process_time() - start))
        median, most = statistics.median(took[2:]), max(took[2:])
        print(f"{kind:12} median {median:6.2f} ms   most {most:6.2f} ms   findings of the last {len(findings)}")


if __name__ == "__main__":
    main()
