"""Scoring of readers over labelled documents: what `nianbao eval` runs. Imports extractor, never the reverse."""
