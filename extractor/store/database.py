"""A store, opened: one object that page, commands and batch talk to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import DBAPIError

from extractor.result import Result
from extractor.store import opening, queries, tables, writing
from extractor.store.outcome import Failure, Origin, Outcome, Seen
from extractor.store.owner import myself
from extractor.store.queries import Entry, Query, Run, Spent

Made = TypeVar("Made")
_ALL = Query()


class Store:
    """Use as a context manager, from one thread at a time; several processes may hold one store open. All methods raise
    StoreError where the database fails for good."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.owner = myself()
        self.shown = opening.shown(engine.url)

    @classmethod
    def open(cls, place: str, *, create: bool) -> Self:
        return cls(opening.connect(opening.url_of(place), create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    def _writing(self, work: Callable[[Connection], Made]) -> Made:
        return opening.attempt(self._engine, work)

    def _asking(self, work: Callable[[Connection], Made]) -> Made:
        return opening.attempt(self._engine, work, writes=False)

    # what a batch does

    def begin_run(self, fingerprint: str, settings: dict[str, Any]) -> int:
        """A new run of this process; its number."""
        row = {
            "owner": self.owner,
            "started_at": _now(),
            "status": "running",
            "fingerprint": fingerprint,
            "settings": settings,
            "counts": {},
            "requests": 0,
            "cost": "0",
            "seconds": 0.0,
        }
        made = insert(tables.runs).values(row).returning(tables.runs.c.id)
        return self._writing(lambda connection: int(connection.execute(made).scalar_one()))

    def note_run(self, run: int, status: str, **figures: Any) -> None:
        """Where a run stands: counts, requests, cost and seconds so far."""
        finished = None if status == "running" else _now()
        made = update(tables.runs).where(tables.runs.c.id == run).values(status=status, finished_at=finished, **figures)
        self._writing(lambda connection: connection.execute(made))

    def claim(self, seen: Sequence[Seen], run: int, *, again: str = "nothing") -> writing.Claimed:
        """Note the files and claim what of them is to be read; `again` is "nothing", "failed" or "all"."""

        def work(connection: Connection) -> writing.Claimed:
            writing.register(connection, seen, run)
            return writing.claim(connection, [one.key for one in seen], self.owner, again=again)

        return self._writing(work)

    def standing(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bool]:
        """Which of the pairs of content and fingerprint are done: True read, False failed."""
        return self._asking(lambda connection: writing.done(connection, keys))

    def note_unopened(self, failed: Sequence[tuple[Origin, Failure]]) -> None:
        """Keep that nothing could be read under these names."""
        self._writing(lambda connection: writing.register_unopened(connection, failed))

    def write(self, outcomes: Sequence[Outcome], run: int, *, replace: bool = False) -> None:
        """All of `outcomes` or none; what is there already stays unless `replace`."""
        addresses = self._addresses()
        self._writing(lambda connection: writing.write(connection, outcomes, run, self.owner, addresses, replace=replace))

    def _addresses(self) -> dict[str, int]:
        if not hasattr(self, "_known"):
            query = select(tables.addresses.c.address, tables.addresses.c.id)
            self._known = {row[0]: row[1] for row in self._asking(lambda connection: connection.execute(query).all())}
        return self._known

    def renew(self) -> None:
        self._writing(lambda connection: writing.renew(connection, self.owner))

    def release(self) -> None:
        self._writing(lambda connection: writing.release_all(connection, self.owner))

    # what it is asked

    def find(self, query: Query = _ALL, *, start: int = 0, limit: int | None = None) -> list[Entry]:
        """Reports, and documents that gave none, by content and part."""
        return self._asking(lambda connection: queries.find(connection, query, start=start, limit=limit))

    def count(self, query: Query = _ALL) -> int:
        return self._asking(lambda connection: queries.count(connection, query))

    @contextmanager
    def stream(self, query: Query = _ALL, *, by_agency: bool = False) -> Iterator[Iterator[tuple[Entry, str | None]]]:
        """As `find`, with the JSON of each result, in one view of the store whatever others write meanwhile; in the order of
        content and part, or `by_agency` and year."""
        try:
            with self._engine.connect().execution_options(writes=False) as connection, connection.begin():
                yield queries.stream(connection, query, by_agency=by_agency)
        except DBAPIError as exc:
            raise opening.refused(self._engine.url, exc) from exc

    def results(self, query: Query) -> list[tuple[Entry, Result]]:
        """The results themselves; for few."""
        with self.stream(query) as found:
            return [(entry, Result.model_validate_json(text)) for entry, text in found if text is not None]

    def series(self, key: str) -> list[tuple[Entry, Result]]:
        """The current annual reports of the agency with this key, by year."""
        found = self.results(Query(agency_key=key, current=True))
        dated = [(entry, result) for entry, result in found if entry.kind == "annual_report" and entry.year is not None]
        return sorted(dated, key=lambda pair: pair[0].year or 0)

    def agencies(self, query: Query = _ALL) -> list[tuple[str, int]]:
        """Keys of agencies, with the number of their years."""
        return self._asking(lambda connection: queries.agencies(connection, replace(query, current=True)))

    def canonical_text(self, sha256: str) -> str | None:
        """What the spans of the results of a document count in; None where it was not kept."""
        return self._asking(lambda connection: queries.canonical_text(connection, sha256))

    def names(self, sha256: str) -> list[str]:
        """All names under which a content was met."""
        return self._asking(lambda connection: queries.names(connection, sha256))

    def locations(self, sha256: str) -> list[str]:
        """Paths and addresses at which a content was met."""
        return self._asking(lambda connection: queries.locations(connection, sha256))

    def unopened(self) -> list[tuple[str, Failure]]:
        """Names under which nothing could be read, and why."""
        return self._asking(queries.unopened)

    def runs(self) -> list[Run]:
        """All runs, the newest first."""
        return self._asking(queries.runs)

    def spent(self, fingerprints: set[str]) -> Spent | None:
        """What a document took on average under these fingerprints."""
        return self._asking(lambda connection: queries.spent(connection, fingerprints))

    # what a person corrects

    def correct(self, sha256: str, part: int, address: str, value: int | str | None, *, person: str, reason: str) -> None:
        """Keep a person's reading of a cell beside the result; later words follow earlier ones."""
        row = {"sha256": sha256, "part": part, "address": address, "person": person, "reason": reason}
        row |= {"value": json.dumps(value), "made_at": _now()}
        self._writing(lambda connection: connection.execute(insert(tables.corrections), row))

    def corrections(self, sha256: str, part: int) -> dict[str, int | str | None]:
        """The last word of a person on each corrected address."""
        table = tables.corrections
        query = (
            select(table.c.address, table.c.value).where(table.c.sha256 == sha256, table.c.part == part).order_by(table.c.id)
        )
        return {row[0]: json.loads(row[1]) for row in self._asking(lambda connection: connection.execute(query).all())}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
