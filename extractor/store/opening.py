"""Opening a store: SQLite by path or URL, PostgreSQL by URL; its version, and transactions that survive a lost connection."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, stop_all, wait_random_exponential

from extractor.schema import FORMS
from extractor.store import tables
from extractor.store.outcome import StoreError, StoreMissing

Made = TypeVar("Made")
PATIENCE = 60.0
"""Seconds for which a lost connection or a busy store is tried again."""
_OPENING = 3.0
_TRIES = 5
"""At least so many, however long they take: a machine that stands still for a while has not tried."""
_LOCK = 4_046_200_401
"""Any number: the advisory lock under which a PostgreSQL store is set up."""
_TRANSIENT = re.compile(r"40001|40P01|55P03|53300|57P0[1-5]|08\w{3}")
"""SQLSTATEs that another attempt may not meet: serialization, deadlock, lock, connections, shutdown, connection lost."""
_FULL = {"53100", "54000"}


def url_of(place: str) -> URL:
    """The database that `place` names: a URL, or the path of an SQLite file. Raises StoreError."""
    if "://" not in place:
        return URL.create("sqlite", database=place)
    try:
        url = make_url(place)
    except (ArgumentError, ValueError) as exc:
        raise StoreError(
            "--store",
            ("存储地址无法解析", "the address of the store cannot be understood"),
            ("写成 文件.db 或 postgresql://用户@主机/库", "write file.db or postgresql://user@host/database"),
        ) from exc
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in ("sqlite", "postgresql+psycopg"):
        return url
    raise StoreError(
        shown(url),
        ("只支持 SQLite 和 PostgreSQL", "only SQLite and PostgreSQL can be used"),
        ("写成 文件.db 或 postgresql://用户@主机/库", "write file.db or postgresql://user@host/database"),
    )


def shown(url: URL) -> str:
    """The address without its password and options."""
    if url.drivername == "sqlite":
        return url.database or "sqlite"
    return url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def connect(url: URL, *, create: bool) -> Engine:
    """An engine on a store of this version. With `create`, one that does not exist yet is made. Raises StoreError."""
    if url.drivername == "sqlite" and not create and not Path(url.database or "").is_file():
        raise missing(url)
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except (NoSuchModuleError, ModuleNotFoundError) as exc:
        raise StoreError(
            shown(url),
            (
                f"缺少组件 {exc.name or 'psycopg'}" if isinstance(exc, ModuleNotFoundError) else str(exc),
                f"not installed: {exc}",
            ),
            ("请安装：pip install 'nianbao[postgresql]'", "install it: pip install 'nianbao[postgresql]'"),
        ) from exc
    if url.drivername == "sqlite":
        event.listen(engine, "connect", _write_ahead)
        event.listen(engine, "begin", _begin_immediate)
    try:
        attempt(engine, lambda connection: _set_up(connection, url, create=create), patience=_OPENING)
    except BaseException:
        engine.dispose()
        raise
    return engine


def missing(url: URL) -> StoreMissing:
    return StoreMissing(
        shown(url),
        ("这里没有存储", "there is no store here"),
        ("请核对 --store，或先用 nianbao batch 建立", "check --store, or make one with nianbao batch"),
    )


def _write_ahead(connection: sqlite3.Connection, _: Any) -> None:
    """Readers and a writer side by side; a power cut may cost the last transactions, never the store."""
    connection.isolation_level = None  # SQLAlchemy's `begin` opens the transactions
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock first: a transaction that read before it writes could not wait for another writer."""
    immediate = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _set_up(connection: Connection, url: URL, *, create: bool) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = set(inspect(connection).get_table_names())
    if tables.about.name not in there:
        if taken := there & set(tables.metadata.tables):
            raise StoreError(
                shown(url),
                (f"已有别的表：{'、'.join(sorted(taken))}", f"it holds other tables: {', '.join(sorted(taken))}"),
                ("请换一个数据库或文件", "name another database or file"),
            )
        if not create:
            raise missing(url)
        tables.metadata.create_all(connection)
        connection.execute(insert(tables.about).values(key="version", value=str(tables.VERSION)))
    version = connection.scalar(select(tables.about.c.value).where(tables.about.c.key == "version"))
    if version != str(tables.VERSION):
        raise StoreError(
            shown(url),
            (
                f"存储是版本 {version}，本程序用版本 {tables.VERSION}",
                f"it is a store of version {version}; this is {tables.VERSION}",
            ),
            (
                "请用写入它的程序版本导出，或换一个新的存储重新读取",
                "export it with the program that wrote it, or read into a new store",
            ),
        )
    if create:
        _add_addresses(connection)


def _add_addresses(connection: Connection) -> None:
    known = set(connection.scalars(select(tables.addresses.c.address)))
    wanted = dict.fromkeys(
        f"{table.name}.{row.key}.{column.key}"
        for edition in ("2021", "2019")
        for table in FORMS[edition].tables
        for row in table.rows
        for column in row.columns
    )
    if new := [{"address": address} for address in wanted if address not in known]:
        connection.execute(insert(tables.addresses), new)


def attempt(engine: Engine, work: Callable[[Connection], Made], *, writes: bool = True, patience: float = PATIENCE) -> Made:
    """Do `work` in one transaction, anew if the connection is lost or the store busy: `work` must bear being repeated.
    Raises StoreError after `patience` seconds and some tries, or at once where another attempt would not help."""
    tries = Retrying(
        retry=retry_if_exception(_passing),
        stop=stop_all(stop_after_delay(patience), stop_after_attempt(_TRIES)),
        wait=wait_random_exponential(multiplier=0.05, max=2.0),
        reraise=True,
    )

    def once() -> Made:
        with engine.connect().execution_options(writes=writes) as connection, connection.begin():
            return work(connection)

    try:
        return tries(once)
    except DBAPIError as exc:
        raise refused(engine.url, exc) from exc


def _passing(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # psycopg met no server, or lost it
        return error.connection_invalidated or isinstance(error, OperationalError)
    return error.connection_invalidated or _TRANSIENT.fullmatch(state) is not None


def refused(url: URL, error: DBAPIError) -> StoreError:
    """What the driver said, in one line; SQL and parameters stay out of it."""
    said = " ".join(str(error.orig).split())[:200]
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE) or state in _FULL:
        remedy = ("请腾出空间后再次运行，已完成的不会重做", "free some space and run again; what is done stays done")
    elif code == sqlite3.SQLITE_NOTADB:
        remedy = ("这不是 SQLite 文件，请换一个文件名", "this is not an SQLite file; name another")
    else:
        remedy = ("请检查数据库、地址和权限，然后再次运行", "check the database, its address and permissions, then run again")
    return StoreError(shown(url), (f"数据库报错（{said}）", f"the database failed ({said})"), remedy)
