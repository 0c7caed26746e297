"""What a batch writes, each function within one transaction that may be repeated."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from extractor.store import tables
from extractor.store.outcome import Failure, Origin, Outcome, Part, Seen
from extractor.store.owner import is_gone

LEASE = 120.0
"""Seconds after which a claim that was not renewed is anybody's."""
_AT_ONCE = 400
"""Pairs in one IN (…): SQLite allows 32,766 parameters, older ones 999."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What came of claiming: keys that are ours to read, keys that are done (True: read, False: failed), and keys that
    somebody else, or we ourselves, are reading now."""

    ours: frozenset[tuple[str, str]]
    done: dict[tuple[str, str], bool]
    busy: frozenset[tuple[str, str]]


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT of the dialect, which knows ON CONFLICT."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def register(connection: Connection, seen: Sequence[Seen], run: int) -> None:
    """Note contents and the names under which they were met. A later manifest's word replaces an earlier one's, its silence does
    not. Contents that stood where another stands now are superseded."""
    documents = {one.sha256: {"sha256": one.sha256, "size": one.size, "run_id": run} for one in seen}
    rows = [documents[key] for key in sorted(documents)]  # in one order, so that two batches cannot block each other
    connection.execute(upsert(connection, tables.documents).on_conflict_do_nothing(), rows)
    _note(connection, {(one.origin.name, one.sha256): (one.origin, None) for one in seen})
    now = {(one.origin.location, one.sha256) for one in seen if one.origin.location is not None}
    table = tables.sources
    for some in _chunks(sorted({location for location, _ in now})):
        there = select(table.c.location, table.c.sha256).where(table.c.location.in_(some), table.c.superseded.is_(False))
        for location, sha256 in connection.execute(there).all():
            if (location, sha256) not in now:
                gone = update(table).where(table.c.location == location, table.c.sha256 == sha256)
                connection.execute(gone.values(superseded=True))
    names = sorted({one.origin.name for one in seen})
    for some in _chunks(names):
        connection.execute(delete(tables.sources).where(tables.sources.c.sha256 == "", tables.sources.c.name.in_(some)))


def register_unopened(connection: Connection, failed: Sequence[tuple[Origin, Failure]]) -> None:
    """Note the names under which nothing could be read."""
    _note(connection, {(origin.name, ""): (origin, failure) for origin, failure in failed})


def _note(connection: Connection, named: dict[tuple[str, str], tuple[Origin, Failure | None]]) -> None:
    rows = [
        asdict(origin) | {"sha256": sha256, "superseded": False, "failure": asdict(failure) if failure else None}
        for (_, sha256), (origin, failure) in sorted(named.items(), key=lambda item: item[0])
    ]
    made = upsert(connection, tables.sources)
    new, old = made.excluded, tables.sources.c
    said = {name: func.coalesce(new[name], old[name]) for name in rows[0] if name not in ("name", "sha256", "failure")}
    said["failure"] = new.failure
    connection.execute(made.on_conflict_do_update(index_elements=["name", "sha256"], set_=said), rows)


def claim(connection: Connection, keys: Iterable[tuple[str, str]], owner: str, *, again: str) -> Claimed:
    """Claim what is not done yet. `again` says what is done anew: "nothing", "failed" or "all"."""
    wanted = sorted(set(keys))
    already = {} if again == "all" else done(connection, wanted, again)
    open_ = [key for key in wanted if key not in already]
    _drop_dead(connection, open_)
    got: set[tuple[str, str]] = set()
    expires = time.time() + LEASE
    for some in _chunks(open_):
        rows = [{"sha256": key[0], "fingerprint": key[1], "owner": owner, "expires": expires} for key in some]
        claims = tables.claims
        made = upsert(connection, claims).on_conflict_do_nothing().returning(claims.c.sha256, claims.c.fingerprint)
        got.update((row[0], row[1]) for row in connection.execute(made, rows))
    if again != "all":  # another batch may have finished one between our look and our claim
        late = done(connection, sorted(got), again)
        _release(connection, late, owner)
        already |= late
        got -= late.keys()
    return Claimed(frozenset(got), already, frozenset(open_) - got - already.keys())


def done(connection: Connection, keys: Sequence[tuple[str, str]], again: str = "nothing") -> dict[tuple[str, str], bool]:
    """The keys that have an outcome: True read, False failed; those that are to be done `again` left out."""
    table = tables.outcomes
    found: dict[tuple[str, str], bool] = {}
    for some in _chunks(keys):
        query = select(table.c.sha256, table.c.fingerprint, table.c.failed).where(
            tuple_(table.c.sha256, table.c.fingerprint).in_(some)
        )
        if again == "failed":
            query = query.where(table.c.failed.is_(False), table.c.incomplete.is_(False))
        found |= {(row[0], row[1]): not row[2] for row in connection.execute(query)}
    return found


def _drop_dead(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    """Take away claims that ran out, and those of processes that run no more."""
    claims = tables.claims
    now = time.time()
    for some in _chunks(keys):
        here = tuple_(claims.c.sha256, claims.c.fingerprint).in_(some)
        owners = connection.scalars(select(claims.c.owner).where(here).distinct()).all()
        gone = [owner for owner in owners if is_gone(owner)]
        connection.execute(delete(claims).where(here, or_(claims.c.expires < now, claims.c.owner.in_(gone))))


def _release(connection: Connection, keys: Iterable[tuple[str, str]], owner: str) -> None:
    claims = tables.claims
    for some in _chunks(sorted(keys)):
        connection.execute(
            delete(claims).where(claims.c.owner == owner, tuple_(claims.c.sha256, claims.c.fingerprint).in_(some))
        )


def release_all(connection: Connection, owner: str) -> None:
    connection.execute(delete(tables.claims).where(tables.claims.c.owner == owner))


def renew(connection: Connection, owner: str) -> None:
    connection.execute(update(tables.claims).where(tables.claims.c.owner == owner).values(expires=time.time() + LEASE))


def write(
    connection: Connection, outcomes: Sequence[Outcome], run: int, owner: str, addresses: dict[str, int], *, replace: bool
) -> None:
    """Write outcomes and give up their claims. One that is there already stays, unless it is to be replaced."""
    ordered = sorted({(one.sha256, one.fingerprint): one for one in outcomes}.items())
    if replace:
        _remove(connection, [key for key, _ in ordered])
    numbers = _insert_outcomes(connection, [_outcome_row(outcome, run) for _, outcome in ordered])
    parts = {(numbers[key], part.part): part for key, outcome in ordered if key in numbers for part in outcome.parts}
    cells: list[tuple[Any, ...]] = []
    findings: list[dict[str, Any]] = []
    for result, part in _insert_results(connection, parts):
        cells += [(result, addresses[address], *rest) for address, *rest in part.cells]
        findings += _finding_rows(part, result)
    _copy_cells(connection, cells)
    if findings:
        connection.execute(insert(tables.findings), findings)
    _release(connection, [key for key, _ in ordered], owner)


def _insert_outcomes(connection: Connection, rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """The numbers of those that were not there yet, by content and fingerprint."""
    table = tables.outcomes
    made = upsert(connection, table).on_conflict_do_nothing(index_elements=["sha256", "fingerprint"])
    new = connection.execute(made.returning(table.c.sha256, table.c.fingerprint, table.c.id), rows) if rows else ()
    return {(sha256, fingerprint): number for sha256, fingerprint, number in new}


def _insert_results(connection: Connection, parts: dict[tuple[int, int], Part]) -> list[tuple[int, Part]]:
    """Each part, keyed by the number of its outcome and its own, with the number of its result."""
    table = tables.results
    rows = [_result_row(part, outcome) for (outcome, _), part in parts.items()]
    made = insert(table).returning(table.c.id, table.c.outcome_id, table.c.part)
    new = connection.execute(made, rows) if rows else ()
    return [(result, parts[outcome, number]) for result, outcome, number in new]


def _remove(connection: Connection, keys: Sequence[tuple[str, str]]) -> None:
    outcomes, results = tables.outcomes, tables.results
    for some in _chunks(keys):
        old = select(outcomes.c.id).where(tuple_(outcomes.c.sha256, outcomes.c.fingerprint).in_(some))
        numbers = list(connection.scalars(old))
        inner = list(connection.scalars(select(results.c.id).where(results.c.outcome_id.in_(numbers))))
        for table in (tables.cells, tables.findings):
            connection.execute(delete(table).where(table.c.result_id.in_(inner)))
        connection.execute(delete(results).where(results.c.id.in_(inner)))
        connection.execute(delete(outcomes).where(outcomes.c.id.in_(numbers)))


def _outcome_row(outcome: Outcome, run: int) -> dict[str, Any]:
    return {
        "sha256": outcome.sha256,
        "fingerprint": outcome.fingerprint,
        "run_id": run,
        "failed": outcome.failure is not None,
        "incomplete": outcome.incomplete,
        "failure": asdict(outcome.failure) if outcome.failure else None,
        "media_type": outcome.media_type,
        "text": outcome.text,
        "seconds": outcome.seconds,
        "requests": outcome.requests,
        "cost": outcome.cost,
    }


def _result_row(part: Part, outcome: int) -> dict[str, Any]:
    row = {name: getattr(part, name) for name in Part.__slots__ if name not in ("packed", "cells", "findings")}
    key = re.sub(r"\s", "", part.agency) if part.agency else None
    return row | {"outcome_id": outcome, "agency_key": key, "result": part.packed}


def _finding_rows(part: Part, result: int) -> list[dict[str, Any]]:
    names = ("id", "rule", "severity", "cause", "message")
    return [
        {"result_id": result, "position": position, **dict(zip(names, finding, strict=True))}
        for position, finding in enumerate(part.findings)
    ]


def _copy_cells(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Two hundred rows a report: the bulk of all writing, so without SQLAlchemy's work on each value."""
    if not rows:
        return
    names = ", ".join(column.name for column in tables.cells.columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(tables.cells.columns))
        connection.exec_driver_sql(f"INSERT INTO cells ({names}) VALUES ({marks})", list(rows))  # noqa: S608 - our own names
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY cells ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _chunks(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))
