"""Readers: a Document in, readings out. Every reader cites the text; none decides what the report says."""
