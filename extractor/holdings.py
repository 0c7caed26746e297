"""What the page shows of a store and does with one, without a widget: which reports it holds, one of them to look at, the years
of an agency, and a batch over a folder that is started and watched. Places are paths or URLs, as `nianbao batch` takes them.

All functions raise StoreError where the store cannot be opened or fails.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Literal

from extractor.errors import UsageError
from extractor.pipeline import check
from extractor.render.marks import Lang
from extractor.result import Result
from extractor.reviewing import MOST_BYTES, Stored
from extractor.store import Failure, StoreMissing, open_store
from extractor.validate import reworded

if TYPE_CHECKING:
    from extractor.store.queries import Entry, Query, Run

MOST = 500
"""Reports that are listed at once; filters lead to the others."""
Standing = Literal["all", "read", "failed", "findings", "open"]
STANDINGS: tuple[Standing, ...] = ("all", "read", "failed", "findings", "open")
_LINES = 12
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reports are asked for: part of an agency's name or its id, a year, and what became of them. `findings` asks for
    reports with errors, `open` for those with cells that have no sure value."""

    agency: str = ""
    year: int | None = None
    standing: Standing = "all"


@dataclass(frozen=True, slots=True)
class Holdings:
    """`counts` of the whole store by standing; `matching` reports are as asked, at most MOST of them in `entries`, by agency and
    year; `series` are keys of the agencies among them of which there are several years, with the number of years;
    `unopened` are names under which nothing could be read, and why."""

    shown: str
    counts: dict[Standing, int]
    matching: int
    entries: list[Entry]
    series: dict[str, int]
    unopened: list[tuple[str, Failure]]


def _query(asked: Asked) -> Query:
    from extractor.store.queries import Query

    return Query(
        agency=asked.agency.strip() or None,
        year=asked.year,
        outcome=asked.standing if asked.standing in ("read", "failed") else None,
        errors=True if asked.standing == "findings" else None,
        open=True if asked.standing == "open" else None,
    )


def look(place: str, asked: Asked) -> Holdings | None:
    """What the store holds; None where there is no store yet. What was found is kept until the next run of a batch says more."""
    try:
        opened = open_store(place)
    except StoreMissing:
        return None
    with opened as store:
        newest = str(store.runs()[:1])
    return _looked(place, asked, newest)


@lru_cache(maxsize=16)
def _counted(place: str, _newest: str) -> dict[Standing, int]:
    with open_store(place) as store:
        return {standing: store.count(_query(Asked(standing=standing))) for standing in STANDINGS}


@lru_cache(maxsize=16)
def _looked(place: str, asked: Asked, newest: str) -> Holdings:
    with open_store(place) as store:
        query = _query(asked)
        entries = store.find(query, limit=MOST)
        keys = {entry.agency_key for entry in entries}
        return Holdings(
            store.shown,
            _counted(place, newest),
            len(entries) if len(entries) < MOST else store.count(query),
            sorted(entries, key=lambda one: (one.agency_key or "\uffff", one.year or 0, not one.current, one.name, one.part)),
            {key: years for key, years in store.agencies(_query(Asked(asked.agency))) if years > 1 and key in keys},
            store.unopened(),
        )


def stored(place: str, entry: Entry, lang: Lang) -> Stored:
    """The result of an entry that was read, worded in `lang`, with its text if that was kept."""
    from extractor.store.queries import Query

    with open_store(place) as store:
        result = next(one for found, one in store.results(Query(sha256=entry.sha256)) if found.part == entry.part)
        said = tuple(reworded(finding, lang) for finding in result.findings)
        return Stored(result.model_copy(update={"findings": said}), store.canonical_text(entry.sha256))


def original(place: str, entry: Entry) -> bytes | None:
    """The file that an entry was read from, if it still stands on this machine as it was; None otherwise."""
    with open_store(place) as store:
        places = store.locations(entry.sha256)
    for path in map(Path, places):
        try:
            if path.stat().st_size <= MOST_BYTES and sha256(data := path.read_bytes()).hexdigest() == entry.sha256:
                return data
        except (OSError, ValueError):
            continue
    return None


def series(place: str, key: str, lang: Lang) -> list[Result]:
    """The current reports of an agency by year, compared with each other."""
    with open_store(place) as store:
        return list(check([result for _, result in store.series(key)], lang))


def runs(place: str) -> list[Run]:
    """The runs that filled the store, the newest first; none where there is no store yet."""
    try:
        opened = open_store(place)
    except StoreMissing:
        return []
    with opened as store:
        return store.runs()


class Batch:
    """A batch that this server started: `nianbao batch` in a process of its own."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.folder = folder
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as log:
            self._lines.extend(line.rstrip() for line in log)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def lines(self) -> list[str]:
        """The last lines of its log."""
        return list(self._lines)

    def stop(self) -> None:
        """Let it finish what it is reading and end; what is done stays in the store, and another batch goes on from there."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


_batches: dict[str, Batch] = {}
_starting = Lock()


def batch_of(place: str) -> Batch | None:
    """The last batch that this server started into the store."""
    return _batches.get(place)


def start(place: str, folder: str, lang: Lang) -> Batch:
    """Read a folder of this machine into the store, by the rules. Raises UsageError where there is no such folder, or a batch
    is under way."""
    path = Path(folder.strip()).expanduser()
    if not folder.strip() or not path.is_dir():
        raise UsageError(
            folder[:200] or "—",
            ("没有这个文件夹", "there is no such folder"),
            ("请填这台电脑上一个文件夹的完整路径", "give the full path of a folder on this computer"),
        )
    with _starting:
        before = batch_of(place)
        if before is not None and before.running:
            raise UsageError(
                str(before.folder),
                ("正在批量读取", "a batch is under way"),
                ("请等它完成，或先停止它", "wait for it, or stop it first"),
            )
        command = [sys.executable, "-m", "extractor", "batch", str(path.resolve()), "--store", place]
        made = _batches[place] = Batch(path, [*command, "--reader", "rules", "--log", "--lang", lang])
        atexit.register(made.stop)
        return made
