"""Results and runs in a database: SQLite (a path) or PostgreSQL (a URL).

`open_store` gives a Store; what it is asked stands in `extractor.store.queries`, what a batch writes in `.writing`. Nothing
here loads SQLAlchemy until a store is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.store.outcome import Failure, Origin, Outcome, Part, StoreError, StoreMissing

if TYPE_CHECKING:
    from extractor.store.database import Store

__all__ = ["Failure", "Origin", "Outcome", "Part", "StoreError", "StoreMissing", "open_store"]


def open_store(place: str, *, create: bool = False) -> Store:
    """The store at `place`, a path or URL; with `create`, made if there is none. Raises StoreError, whose remedy says what to
    do: no such store, another version, other tables, no driver, no connection."""
    from extractor.store.database import Store

    return Store.open(place, create=create)
