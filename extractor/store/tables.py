"""The tables of a store. A change of them is a change of `VERSION`; a store of another version is refused."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import VARCHAR

VERSION = 1

metadata = MetaData()
_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in a column of type INTEGER
_words = String().with_variant(VARCHAR(collation="C"), "postgresql")  # so that both sort in the same order
_json = JSON(none_as_null=True)

about = Table("nianbao_store", metadata, Column("key", _words, primary_key=True), Column("value", _words, nullable=False))

runs = Table(
    "runs",
    metadata,
    Column("id", _id, primary_key=True),
    Column("owner", _words, nullable=False),  # host/process/start, to tell an interrupted run from a running one
    Column("started_at", _words, nullable=False),  # UTC, ISO 8601
    Column("finished_at", _words),
    Column("status", _words, nullable=False),  # running, done, interrupted, budget, failed
    Column("fingerprint", _words, nullable=False),
    Column("settings", _json, nullable=False),
    Column("counts", _json, nullable=False),  # outcome → documents
    Column("requests", BigInteger, nullable=False),
    Column("cost", _words, nullable=False),
    Column("seconds", Float, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("sha256", _words, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("run_id", _id, nullable=False),  # the first that met it
)

sources = Table(  # the names under which a content was met; one that could not be opened has an empty sha256
    "sources",
    metadata,
    Column("name", _words, primary_key=True),
    Column("sha256", _words, primary_key=True),
    Column("agency_id", _words),
    Column("year", Integer),
    Column("url", _words),
    Column("retrieved_at", _words),
    Column("copy", _words),
    Column("group", _words),
    Column("location", _words),
    Column("superseded", Boolean, nullable=False),  # its location was met with another content since
    Column("failure", _json),
    Index("sources_by_content", "sha256"),
    Index("sources_by_location", "location"),
)

outcomes = Table(  # what became of a content under a fingerprint
    "outcomes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("sha256", _words, ForeignKey("documents.sha256"), nullable=False),
    Column("fingerprint", _words, nullable=False),
    Column("run_id", _id, ForeignKey("runs.id"), nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("incomplete", Boolean, nullable=False),  # read, but a model left questions unanswered
    Column("failure", _json),
    Column("media_type", _words),
    Column("text", LargeBinary),  # the canonical text, packed by zlib
    Column("seconds", Float, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("cost", _words),
    UniqueConstraint("sha256", "fingerprint"),
)

results = Table(
    "results",
    metadata,
    Column("id", _id, primary_key=True),
    Column("outcome_id", _id, ForeignKey("outcomes.id"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("kind", _words, nullable=False),
    Column("copy", _words, nullable=False),
    Column("agency", _words),
    Column("agency_key", _words),  # the agency without spaces: what its years have in common
    Column("year", Integer),
    Column("edition", _words, nullable=False),
    Column("title", _words),
    Column("published", _words),
    Column("errors", Integer, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("result", LargeBinary, nullable=False),  # JSON of the contract, packed by zlib
    UniqueConstraint("outcome_id", "part"),
    Index("results_by_agency", "agency_key", "year"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", _words, nullable=False, unique=True),
)

cells = Table(  # no index by address: 200 scattered writes a report; questions over columns go to an export in Parquet
    "cells",
    metadata,
    Column("result_id", _id, ForeignKey("results.id"), primary_key=True),
    Column("address_id", Integer, ForeignKey("addresses.id"), primary_key=True),
    Column("number", BigInteger),
    Column("decimal", _words),
    Column("state", _words, nullable=False),
    Column("trust", _words),
    sqlite_with_rowid=False,
)

findings = Table(
    "findings",
    metadata,
    Column("result_id", _id, ForeignKey("results.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("id", _words, nullable=False),
    Column("rule", _words, nullable=False),
    Column("severity", _words, nullable=False),
    Column("cause", _words, nullable=False),
    Column("message", _words, nullable=False),
    sqlite_with_rowid=False,
)

corrections = Table(  # by content, not by result: they outlive a new reading
    "corrections",
    metadata,
    Column("id", _id, primary_key=True),
    Column("sha256", _words, ForeignKey("documents.sha256"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("address", _words, nullable=False),
    Column("value", _words),
    Column("person", _words, nullable=False),
    Column("reason", _words, nullable=False),
    Column("made_at", _words, nullable=False),
    Index("corrections_by_content", "sha256", "part"),
)

claims = Table(  # who is reading what, until when (seconds since 1970)
    "claims",
    metadata,
    Column("sha256", _words, primary_key=True),
    Column("fingerprint", _words, primary_key=True),
    Column("owner", _words, nullable=False),
    Column("expires", Float, nullable=False),
)
