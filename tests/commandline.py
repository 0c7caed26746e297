"""The command line in this process, over a pipeline that only names its input."""

from __future__ import annotations

import sys

import pytest

from extractor import cli, pipeline
from extractor.errors import UnreadableDocument
from handmade import result


@pytest.fixture
def reader(monkeypatch):
    """A pipeline that names its input; `bad` in the content is refused, `crash` is a bug of ours, `two` holds two reports."""

    def extract_all(data, name, *, reader, options):
        if b"bad" in data:
            raise UnreadableDocument(name, ("内容不完整", "it is truncated"), ("请重新下载", "download it again"))
        if b"crash" in data:
            raise ZeroDivisionError("a bug\nover two lines")
        return tuple(result(name=name, title=options.lang, agency=options.copy) for _ in range(2 if b"two" in data else 1))

    monkeypatch.setattr(pipeline, "extract_all", extract_all)
    monkeypatch.setattr(pipeline, "canonical_text", lambda data, name: data.decode())


@pytest.fixture
def run(reader, monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own: (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["nianbao", *args])
        status = cli.main()
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def folder(tmp_path):
    """Reports in a tree, with what must not be taken out of it."""
    for name, content in {
        "a.txt": "good", "b.html": "good", "sub/c.TXT": "good", "sub/二.md": "good", "bad.txt": "bad",
        ".hidden/x.txt": "good", "~$a.txt": "good", "notes.xyz": "good",
    }.items():  # fmt: skip
        (tmp_path / "reports" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "reports" / name).write_text(content, encoding="utf-8")
    return tmp_path / "reports"
