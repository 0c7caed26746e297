"""What a store is asked: which reports it holds, which of several versions counts, and what a report says.

Of a document read several times the newest reading counts, a reading before a failure. Of several documents that report one
year of one agency, the newest is current: what still stands where it was met, then by date of retrieval, then of publication,
then by origin, then by content, never by the order in which they were read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, Select, Subquery, and_, case, false, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from extractor.store import tables
from extractor.store.outcome import Failure, unpack
from extractor.store.owner import is_gone

Standing = Literal["read", "failed"]


@dataclass(frozen=True, slots=True)
class Query:
    """Which reports are asked for; None asks for all. `agency` is part of a name or an agency_id, `agency_key` the
    exact key of a series; `open` asks for reports with
    (True) or without (False) cells that have no sure value, `errors` the same for errors found."""

    agency: str | None = None
    agency_key: str | None = None
    year: int | None = None
    outcome: Standing | None = None
    current: bool | None = None
    open: bool | None = None
    errors: bool | None = None
    group: str | None = None
    kind: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A report of the store, or a document that gave none (`outcome` "failed", `part` 0). `agency` and `year` are those of the
    manifest where it says them; `current` is false for what a newer version of the same agency and year replaces."""

    sha256: str
    name: str
    part: int
    parts: int
    outcome: Standing
    agency_id: str | None
    agency: str | None
    agency_key: str | None
    year: int | None
    group: str | None
    url: str | None
    retrieved_at: str | None
    kind: str | None
    copy: str | None
    edition: str | None
    title: str | None
    published: str | None
    errors: int
    warnings: int
    open: int
    current: bool
    failure: Failure | None
    fingerprint: str
    result_id: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `nianbao batch`. `counts` is documents by outcome; `status` is running, done, interrupted, budget or failed;
    times are UTC, `seconds` by the clock, `cost` money as a decimal."""

    id: int
    started_at: str
    finished_at: str | None
    status: str
    fingerprint: str
    settings: dict[str, Any]
    counts: dict[str, int]
    requests: int
    cost: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a document took on average: seconds of one worker, and money where a model was paid."""

    seconds: float
    cost: Decimal | None


_ALL = Query()


def _chosen() -> Subquery:
    """The outcome of each document that counts."""
    table = tables.outcomes
    rank = func.row_number().over(partition_by=table.c.sha256, order_by=(table.c.failed, table.c.id.desc()))
    return select(table, rank.label("rank")).subquery("chosen")


def _named() -> Subquery:
    """The name under which each content goes: where it still stands, then one that a manifest tells of, else the first."""
    table = tables.sources
    silent = case((table.c.agency_id.is_(None), 1), else_=0)
    undated = case((table.c.retrieved_at.is_(None), 1), else_=0)
    rank = func.row_number().over(partition_by=table.c.sha256, order_by=(table.c.superseded, silent, undated, table.c.name))
    return select(table, rank.label("rank")).where(table.c.sha256 != "").subquery("named")


def reports() -> Subquery:
    """One row a report, and one a document that gave none; columns as in Entry."""
    chosen, named, results = _chosen(), _named(), tables.results
    agency_key = func.coalesce(named.c.agency_id, results.c.agency_key)
    year = func.coalesce(named.c.year, results.c.year)
    origin = case((results.c.copy == "original", 0), (results.c.copy == "web", 1), else_=2)
    rank = func.row_number().over(
        partition_by=(agency_key, year, results.c.kind),
        order_by=(
            named.c.superseded,
            func.coalesce(named.c.retrieved_at, "").desc(),
            func.coalesce(results.c.published, "").desc(),
            origin,
            chosen.c.sha256.desc(),
            results.c.part.desc(),
        ),
    )
    alone = or_(agency_key.is_(None), year.is_(None), results.c.kind.is_(None), results.c.kind != "annual_report")
    joined = chosen.join(named, and_(named.c.sha256 == chosen.c.sha256, named.c.rank == 1)).outerjoin(
        results, results.c.outcome_id == chosen.c.id
    )
    return (
        select(
            chosen.c.sha256,
            named.c.name,
            func.coalesce(results.c.part, 0).label("part"),
            func.coalesce(results.c.parts, 0).label("parts"),
            case((chosen.c.failed, "failed"), else_="read").label("outcome"),
            named.c.agency_id,
            results.c.agency,
            agency_key.label("agency_key"),
            results.c.agency_key.label("agency_words"),
            year.label("year"),
            named.c.group,
            named.c.url,
            named.c.retrieved_at,
            results.c.kind,
            results.c.copy,
            results.c.edition,
            results.c.title,
            results.c.published,
            func.coalesce(results.c.errors, 0).label("errors"),
            func.coalesce(results.c.warnings, 0).label("warnings"),
            func.coalesce(results.c.open, 0).label("open"),
            case((alone, true()), (rank == 1, true()), else_=false()).label("current"),
            chosen.c.failure,
            chosen.c.fingerprint,
            results.c.id.label("result_id"),
        )
        .select_from(joined)
        .where(chosen.c.rank == 1)
        .subquery("reports")
    )


def _conditions(table: Subquery, query: Query) -> list[ColumnElement[bool]]:
    equal = ("agency_key", "year", "outcome", "current", "group", "kind", "sha256")
    asked = [table.c[name] == value for name in equal if (value := getattr(query, name)) is not None]
    asked += [(table.c[name] > 0) == value for name in ("open", "errors") if (value := getattr(query, name)) is not None]
    if query.agency is not None:
        wanted = "".join(query.agency.split())
        asked.append(or_(table.c.agency_words.contains(wanted, autoescape=True), table.c.agency_id == query.agency))
    return asked


def find(connection: Connection, query: Query = _ALL, *, start: int = 0, limit: int | None = None) -> list[Entry]:
    """Reports and failures, by content and part."""
    return [_entry(row) for row in connection.execute(_listed(query).offset(start).limit(limit)).mappings()]


def count(connection: Connection, query: Query = _ALL) -> int:
    table = reports()
    return connection.scalar(select(func.count()).select_from(table).where(*_conditions(table, query))) or 0


def stream(
    connection: Connection, query: Query = _ALL, *, by_agency: bool = False, at_once: int = 100
) -> Iterator[tuple[Entry, str | None]]:
    """As `find`, with the JSON of each result (None for a failure); holds `at_once` of them. `by_agency` orders them by key of
    the agency and year."""
    results = tables.results
    rows = connection.execution_options(yield_per=at_once).execute(_listed(query, by_agency=by_agency)).mappings()
    for some in rows.partitions(at_once):
        numbers = [row["result_id"] for row in some if row["result_id"] is not None]
        found = connection.execution_options(yield_per=None).execute(
            select(results.c.id, results.c.result).where(results.c.id.in_(numbers))
        )
        packed = {row[0]: row[1] for row in found}
        for row in some:
            number = row["result_id"]
            yield _entry(row), None if number is None else unpack(packed[number])


def _listed(query: Query, *, by_agency: bool = False) -> Select[Any]:
    table = reports()
    first = (table.c.agency_key, table.c.year) if by_agency else ()
    return select(table).where(*_conditions(table, query)).order_by(*first, table.c.sha256, table.c.part)


def _entry(row: RowMapping) -> Entry:
    values = {name: row[name] for name in Entry.__slots__}
    return Entry(**values | {"current": bool(row["current"]), "failure": failure_of(row["failure"])})


def failure_of(said: dict[str, Any] | None) -> Failure | None:
    """A failure as JSON keeps it."""
    return said and Failure(said["kind"], tuple(said["reason"]), tuple(said["remedy"]))  # type: ignore[return-value]  # pairs, as they were written


def unopened(connection: Connection) -> list[tuple[str, Failure]]:
    """Names under which nothing could be read, and why."""
    table = tables.sources
    rows = connection.execute(select(table.c.name, table.c.failure).where(table.c.sha256 == "").order_by(table.c.name))
    return [(name, failure) for name, said in rows if (failure := failure_of(said)) is not None]


def names(connection: Connection, sha256: str) -> list[str]:
    """All names under which a content was met."""
    table = tables.sources
    return list(connection.scalars(select(table.c.name).where(table.c.sha256 == sha256).order_by(table.c.name)))


def locations(connection: Connection, sha256: str) -> list[str]:
    """Paths and addresses at which a content was met."""
    table = tables.sources
    found = connection.scalars(select(table.c.location).where(table.c.sha256 == sha256).order_by(table.c.name))
    return [location for location in found if location]


def canonical_text(connection: Connection, sha256: str) -> str | None:
    """What spans of the document's results count in; None where it was not kept, or nothing was read."""
    chosen = _chosen()
    packed = connection.scalar(select(chosen.c.text).where(chosen.c.sha256 == sha256, chosen.c.rank == 1))
    return None if packed is None else unpack(packed)


def agencies(connection: Connection, query: Query = _ALL) -> list[tuple[str, int]]:
    """Keys of the agencies, with the number of years of which there are current annual reports."""
    table = reports()
    asked = _conditions(table, replace(query, current=True))
    years = select(table.c.agency_key, func.count(table.c.year.distinct())).where(
        table.c.kind == "annual_report", table.c.agency_key.is_not(None), table.c.year.is_not(None), *asked
    )
    return [(row[0], row[1]) for row in connection.execute(years.group_by(table.c.agency_key).order_by(table.c.agency_key))]


def runs(connection: Connection) -> list[Run]:
    """All runs, the newest first. One whose process is gone without a word is interrupted."""
    found = []
    for row in connection.execute(select(tables.runs).order_by(tables.runs.c.id.desc())).mappings():
        values = {field.name: row[field.name] for field in fields(Run)}
        if row["status"] == "running" and is_gone(row["owner"]):
            values["status"] = "interrupted"
        found.append(Run(**values))
    return found


def spent(connection: Connection, fingerprints: set[str]) -> Spent | None:
    """What documents took under these fingerprints; None if there is none. Looks at the last thousand."""
    table = tables.outcomes
    rows = connection.execute(
        select(table.c.seconds, table.c.cost)
        .where(table.c.fingerprint.in_(sorted(fingerprints)), table.c.failed.is_(False))
        .order_by(table.c.id.desc())
        .limit(1000)
    ).all()
    if not rows:
        return None
    paid = [Decimal(row[1]) for row in rows if row[1] is not None]
    return Spent(sum(row[0] for row in rows) / len(rows), sum(paid, Decimal(0)) / len(rows) if paid else None)
