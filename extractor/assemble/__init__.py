"""Readings in, cells out: what is open is resolved by the equations of the whole table, what disagrees is kept and marked."""

from extractor.assemble.cells import Assembly, assemble, limit_to_picture

__all__ = ["Assembly", "assemble", "limit_to_picture"]
