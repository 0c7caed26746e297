"""ZIP archives: names, bounds, and an input a file."""

from __future__ import annotations

import json
import struct
import sys
import time
from io import BytesIO
from zipfile import ZIP_BZIP2, ZipFile

import pytest

from extractor import cli
from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest import archive, read
from extractor.inputs import inputs
from packages import packed, paragraph, word


def unmarked(names: dict[str, bytes], encoding: str) -> bytes:
    """A ZIP file whose names stand in `encoding` and are not marked as UTF-8."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as file:
        for number, content in enumerate(names.values()):
            file.writestr("x" * len(list(names)[number].encode(encoding)), content)
    data = buffer.getvalue()
    for name in names:
        raw = name.encode(encoding)
        data = data.replace(b"x" * len(raw), raw, 2)
    return data


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_in_gbk_or_unmarked_utf8_are_read(encoding):
    """Flag bit 11 is not set by the programs in use."""
    data = unmarked({"年报/水务局.txt": b"1", "年报/教育.txt": b"22"}, encoding)
    assert archive.members(data, "a.zip") == (("年报/水务局.txt", b"1"), ("年报/教育.txt", b"22"))


@pytest.mark.parametrize("name", ["../../etc/a.txt", "/etc/a.txt", "C:\\etc\\a.txt", "etc/./a\x01.txt"])
def test_names_are_relative_and_plain(name):
    """No way out of a folder, no drive, no control character."""
    assert archive.members(packed({name: b"1"}), "a.zip") == (("etc/a.txt", b"1"),)


def test_folders_and_hidden_files_are_left_out():
    """What systems and editors put there is no report."""
    data = packed({"a/": b"", "a/1.txt": b"1", "__MACOSX/a/._1.txt": b"x", "a/.DS_Store": b"x", "a/~$1.docx": b"x"})
    assert archive.members(data, "a.zip") == (("a/1.txt", b"1"),)


def bomb() -> bytes:
    return packed({f"{number}.txt": b"0" * 5_000_000 for number in range(10)})


def encrypted() -> bytes:
    data = bytearray(packed({"a.txt": b"1"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def overstated() -> bytes:
    data = bytearray(packed({"a.txt": b"0" * 1000}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, 100_000_000)
    return bytes(data)


def rare() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_BZIP2) as file:
        file.writestr("a.txt", b"1")
    return buffer.getvalue()


def many() -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as file:
        for number in range(archive.MAX_MEMBERS + 1):
            file.writestr(f"{number}.txt", b"")
    return buffer.getvalue()


BAD = {
    "bomb": (bomb(), DocumentTooLarge, "bomb"),
    "size": (packed({"a.txt": b"\0" * (archive.MAX_MEMBER + 1)}), DocumentTooLarge, "unpacked"),
    "overstated": (overstated(), DocumentTooLarge, "bomb"),
    "many": (many(), DocumentTooLarge, "files"),
    "records": (b"PK\x03\x04" + b"PK\x01\x02" * 20_001 + packed({"a.txt": b"1"}), DocumentTooLarge, "entries"),
    "encrypted": (encrypted(), UnreadableDocument, "encrypted"),
    "truncated": (packed({"a.txt": b"1" * 500})[:-30], UnreadableDocument, "truncated"),
    "damaged": (packed({"a.txt": bytes(range(256))}).replace(b"\x10\x11", b"\x11\x10", 1), UnreadableDocument, "damaged"),
    "rare": (rare(), UnsupportedDocument, "compression"),
    "nested": (packed({"a.zip": packed({"a.txt": b"1"})}), UnsupportedDocument, "archive stands in"),
    "disguised": (packed({"a.txt": packed({"a.txt": b"1"})}), UnsupportedDocument, "no file"),
    "nothing": (packed({"a.bin": b"\x89PNG\r\n\x1a\n"}), UnsupportedDocument, "no file"),
    "several": (packed({"a.txt": b"1", "b.txt": b"2"}), UnsupportedDocument, "holds 2 files"),
}


@pytest.mark.parametrize(("data", "error", "reason"), BAD.values(), ids=BAD.keys())
def test_bad_archives_are_errors_with_a_remedy(data, error, reason):
    """Each names the input, the reason and the remedy, soon."""
    started = time.process_time()
    with pytest.raises(error) as raised:
        read(data, "年报.zip")
    assert raised.value.name == "年报.zip"
    assert reason in str(raised.value)
    assert all(raised.value.remedy)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("content", [b"some notes", "一些文字".encode(), b"{}"])
def test_archive_of_unknown_types_only_is_no_document(content):
    """What only looks like text because it is nothing else is no report: the error names what is there and what to do."""
    data = packed({"a/notes.xyz": content, "b.dat": b"\x89PNG\r\n\x1a\n", "c.css": content, "d.js": content})
    with pytest.raises(UnsupportedDocument) as raised:
        read(data, "年报.zip")
    assert raised.value.reason[0] == "压缩包里没有可读取的文件（a/notes.xyz、b.dat、c.css 等 4 个）"
    assert "(a/notes.xyz, b.dat, c.css and 1 more)" in str(raised.value)
    assert "unpack it" in raised.value.remedy[1]
    with pytest.raises(UnsupportedDocument, match="it is empty"):
        read(packed({}), "年报.zip")


@pytest.mark.parametrize("name", ["年报.txt", "年报", "年报.doc", "年报.aspx", "年报.MD"])
def test_text_in_an_archive_may_go_by_any_name_of_a_document(name):
    """Sites serve text as .doc or without a suffix; what else is in the archive and only looks like text does not matter."""
    assert read(packed({"style.css": b"p {}", name: "收到15件".encode()}), "a.zip").text == "收到15件"


def test_pictures_in_an_archive_are_counted_as_passed_over(folder):
    """Beside files that are read, a picture in an archive is passed over and told."""
    (folder / "b.zip").write_bytes(packed({"a.txt": b"1", "seal.png": b"x", "style.css": b"x"}))
    left: set[str] = set()
    assert [item.name for item in inputs([str(folder / "b.zip")], left=left)] == ["b.zip/a.txt"]
    assert left == {str(folder / "b.zip") + "/seal.png"}


def test_an_archive_of_one_report_is_that_report():
    """What else is in it does not matter, as long as it cannot be read."""
    document = read(packed({"封面.bin": b"\x89PNG\r\n\x1a\n", "年报.docx": word(paragraph("收到15件"))}), "a.zip")
    assert (document.text, document.name) == ("收到15件", "a.zip")
    assert document.media_type.endswith("wordprocessingml.document")


@pytest.fixture
def folder(tmp_path):
    nested = packed({"a.txt": b"1"})
    parts = {
        "年报/b.docx": word(paragraph("乙")),
        "年报/a.txt": "甲".encode(),
        "readme.exe": b"x",
        "c.zip": nested,
        "d.docx": b"PK\x03\x04",
    }
    (tmp_path / "a.zip").write_bytes(packed(parts))
    (tmp_path / "e.txt").write_text("戊", encoding="utf-8")
    return tmp_path


def test_an_archive_is_an_input_a_file(folder):
    """In the order of the archive, named after it; archives in it are inputs that fail, other files are none."""
    found = inputs([str(folder / "a.zip")])
    assert [item.name for item in found] == ["a.zip/年报/b.docx", "a.zip/年报/a.txt", "a.zip/c.zip", "a.zip/d.docx"]
    assert found[1].read() == "甲".encode()
    with pytest.raises(UnsupportedDocument, match="unpack it"):
        found[2].read()


def test_archives_in_folders_and_globs(folder):
    """They stand for their files there too; what is no archive in truth stands for itself."""
    (folder / "f.zip").write_bytes(word(paragraph("己")))
    (folder / "g.zip").write_bytes(b"PK\x03\x04 truncated")
    names = [item.name for item in inputs([str(folder)])]
    assert names[-3:] == ["e.txt", "f.zip", "g.zip"]
    assert names == [item.name for item in inputs([str(folder / "*")])]


def test_every_file_of_an_archive_has_its_own_outcome(folder, monkeypatch, capsys):
    """A bad member costs the others nothing."""
    monkeypatch.setattr(sys, "argv", ["nianbao", "extract", str(folder / "a.zip"), "--format", "jsonl", "--no-cells"])
    assert cli.main() == 3
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["document"]["name"] for line in lines] == [
        "a.zip/年报/b.docx",
        "a.zip/年报/a.txt",
        "a.zip/c.zip",
        "a.zip/d.docx",
    ]
    assert ["error" in line for line in lines] == [False, False, True, True]
