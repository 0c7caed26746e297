"""What the tests of batches share: folders of generated reports, batches in this process and in others, and their exports."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from conftest import ROOT
from eval.generator import LAYOUTS, generate
from extractor.batch.engine_local import Order, run
from extractor.batch.manifest import items
from extractor.batch.work import Setup
from extractor.exporting.records import json_line, records
from extractor.store import Origin, Outcome, open_store
from extractor.store.outcome import Seen, pack, part_of
from extractor.store.queries import Query

FINGERPRINT = "f" * 16
BATCH = """
import sys
sys.path.insert(0, {root!r})
from extractor.shell import guarded
from extractor.batch.command import command
import typer
app = typer.Typer(pretty_exceptions_enable=False)
app.command()(guarded(command))
app()
"""


# Python runs sitecustomize before anything of ours: workers that read so many documents between them and then wait
_HELD = """
import time
from pathlib import Path
from extractor import pipeline
usual, hold = pipeline.extract_with_text, Path({hold!r})

def allowed():
    for number in range({after}):
        try:
            hold.with_name(str(number)).touch(exist_ok=False)
        except FileExistsError:
            continue
        return True
    return not hold.exists()

def extract_with_text(data, name, **more):
    while not allowed():
        time.sleep(0.01)
    return usual(data, name, **more)

pipeline.extract_with_text = extract_with_text
"""


class Listener:
    """A Watch that remembers."""

    def __init__(self):
        self.failures = {}

    def update(self, tally):
        pass

    def failed(self, name, failure):
        self.failures[Path(name).name] = failure


@cache
def document(number):
    """Name and content of a generated report."""
    made = generate(
        number,
        layout=LAYOUTS[number % 8],
        edition="2021" if number % 3 else "2019",
        size=("office", "county")[number % 2],
    )
    return made.name, made.data


def fill(folder, count, start=0):
    """Write `count` generated reports into `folder`."""
    folder.mkdir(exist_ok=True, parents=True)
    for number in range(start, start + count):
        name, data = document(number)
        (folder / name).write_bytes(data)
    return folder


def batch(place, names, *, manifest=None, copy=None, setup=None, **order):
    """A batch in this process with one worker; its tally and what it was told of failures."""
    listener = Listener()
    with open_store(place, create=True) as store:
        found = items([str(name) for name in names], str(manifest) if manifest else None, copy)
        tally = run(found, store, Order(setup=setup or Setup(), **{"workers": 1} | order), listener)
    return tally, listener.failures


def exported(place):
    """The whole store as JSON lines, all versions."""
    with open_store(place) as store, records(store, Query(), series=True, lang="zh") as found:
        lines = [json_line(record, "zh") for record in found]
        return "".join(lines) + "".join(f"{name} {failure.kind}\n" for name, failure in store.unopened())


def held(folder, after):
    """What PYTHONPATH must be for workers that read `after` documents between them and then wait, and the file that must go before they
    go on: so a test finds a batch midway, however long it takes to look."""
    folder.mkdir()
    hold = folder / "hold"
    hold.touch()
    (folder / "sitecustomize.py").write_text(_HELD.format(hold=str(hold), after=after), encoding="utf-8")
    return str(folder), hold


def command(*arguments, **options):
    """`nianbao batch` as a process of its own, in its own group."""
    return subprocess.Popen(
        [sys.executable, "-c", BATCH.format(root=str(ROOT)), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **options,
    )


def rows(place, table):
    """The number of rows of a table."""
    from sqlalchemy import func, select

    from extractor.store import tables

    with open_store(place) as store, store._engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(tables.metadata.tables[table]))


def outcome(result, **changes):
    return Outcome(result.document.sha256, FINGERPRINT, parts=(part_of(result),), text=pack("text"), **changes)


def seen(result, **origin):
    return Seen(Origin(**{"name": result.document.name} | origin), result.document.sha256, 10, FINGERPRINT)


def filled(store, *results, **origin):
    """Claim and write results; the number of the run."""
    run = store.begin_run(FINGERPRINT, {})
    store.claim([seen(result, **origin) for result in results], run)
    store.write([outcome(result) for result in results], run)
    return run


def version(result, number, **report):
    """The same report as another document."""
    sha256 = f"{number:064x}"
    return result.model_copy(
        update={
            "document": result.document.model_copy(update={"sha256": sha256, "name": f"v{number}"}),
            "report": result.report.model_copy(update=report),
        }
    )
