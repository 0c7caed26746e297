"""Old formats through LibreOffice, and what happens where it is missing, slow or fails."""

from __future__ import annotations

import os
import select
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from conftest import CI
from extractor.errors import UnreadableDocument, UnsupportedDocument
from extractor.ingest import detect, office, read
from extractor.ingest.office import PROGRAM
from official import compared, docx_of, twin, xlsx_of
from packages import packed, paragraph, run, word

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STEM = "a19_undivided_note_row"


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A conversion takes two seconds, on a busy machine a minute: what is shown here is not how fast LibreOffice is."""
    monkeypatch.setattr(office, "MAX_SECONDS", 900)


@pytest.fixture(scope="module")
def soffice():
    program = os.environ.get(PROGRAM) or shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        (pytest.fail if CI else pytest.skip)("LibreOffice is not installed")
    return program


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files; it is empty again when the test is over."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def converted(data: bytes, suffix: str, filter_: str, program: str, folder: Path) -> bytes:
    """The same document in another format, as LibreOffice writes it."""
    work = folder / "made"
    work.mkdir()
    target = office._Target(suffix, filter_, lambda data, name: None)
    return office._convert(program, data, "made", target, work)


FORMATS = [
    ("doc", "doc:MS Word 97", False),
    ("wps", "doc:MS Word 97", False),
    ("rtf", "rtf:Rich Text Format", False),
    ("odt", "odt:writer8", False),
    ("xls", "xls:MS Excel 97", True),
    ("et", "xls:MS Excel 97", True),
    ("ods", "ods:calc8", True),
]


@pytest.mark.parametrize(("suffix", "filter_", "is_sheet"), FORMATS, ids=[suffix for suffix, _, _ in FORMATS])
def test_an_old_format_is_read_as_its_label_says(soffice, temporary, tmp_path, suffix, filter_, is_sheet):
    """Every cell of the twin is that of the labelled document, and nothing is left behind."""
    made = twin(STEM)
    data = xlsx_of(made, sheets=False, numbers=True, borders=True) if is_sheet else docx_of(made)
    old = converted(data, filter_.partition(":")[0], filter_, soffice, tmp_path)
    assert compared(old, f"年报.{suffix}", made) == []


def test_hidden_and_deleted_text_survives_the_conversion_as_a_notice(soffice, temporary, tmp_path):
    """An old document is as open about what is not read as a new one."""
    deleted = '<w:del w:id="1" w:author="x" w:date="2024-01-01T00:00:00Z"><w:r><w:delText>12件</w:delText></w:r></w:del>'
    body = paragraph("收到", deleted, "15件", run("密13", "<w:vanish/>"))
    old = converted(_complete(word(body)), "doc", "doc:MS Word 97", soffice, tmp_path)
    document = read(old, "a.doc")
    assert document.text == "收到15件"
    assert {(notice.kind, notice.detail) for notice in document.notices} == {("deleted", "12件"), ("hidden", "密13")}


def _complete(data: bytes) -> bytes:
    """With the content types that LibreOffice asks for."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with ZipFile(BytesIO(data)) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    parts["[Content_Types].xml"] = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    )
    return packed(parts)


def test_calls_run_side_by_side(soffice, temporary):
    """Each has a profile of its own; one profile for two would make one of them fail."""
    documents = [b"{\\rtf1 " + str(number).encode() + b"}" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(lambda data: read(data, "a.rtf").text, documents))
    assert texts == ["0", "1", "2"]


@pytest.mark.parametrize("data", [OLE + bytes(4000), b"{\\rtf1"], ids=["ole", "rtf"])
def test_a_damaged_file_is_an_error(soffice, temporary, data):
    """What LibreOffice cannot open, or finds nothing in, names the input and a remedy."""
    with pytest.raises(UnreadableDocument) as error:
        read(data, "年报.doc")
    assert error.value.name == "年报.doc"
    assert all(error.value.remedy)


@pytest.mark.parametrize("name", ["a.doc", "a.wps", "a.xls", "a.et"])
def test_without_libreoffice_the_error_says_what_to_do(monkeypatch, temporary, name):
    """Install it, or save the file in a format of today."""
    monkeypatch.setenv(PROGRAM, "/nowhere/soffice")
    with pytest.raises(UnsupportedDocument) as error:
        read(OLE + bytes(4000), name)
    assert "LibreOffice" in error.value.render("zh")
    assert ".docx" in error.value.render("zh")
    assert "/nowhere/soffice" in str(error.value)


def stand_in(folder: Path, script: str) -> str:
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


def test_a_program_that_does_not_end_is_ended_with_all_it_started(monkeypatch, temporary, tmp_path):
    """The time limit holds for the whole process group, and the folder is gone."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    alive = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    # all of them hold the pipe open; the last one writes into it, and when none is left it is at its end
    script = f"exec 3>{pipe}; (while :; do sleep 600; done) & (echo started >&3; sleep 600) & sleep 600"
    monkeypatch.setenv(PROGRAM, stand_in(tmp_path, script))
    monkeypatch.setattr(office, "MAX_SECONDS", 1)
    monkeypatch.setattr(office, "_bound", lambda pid: select.select([alive], [], [], 60))  # its time begins when all run
    with pytest.raises(UnreadableDocument, match="1 seconds"):
        read(OLE + bytes(4000), "a.doc")
    assert os.read(alive, 100) == b"started\n"
    assert select.select([alive], [], [], 60)[0]
    assert os.read(alive, 100) == b""
    os.close(alive)


def test_the_program_sees_nothing_of_the_environment(monkeypatch, temporary, tmp_path):
    """Keys of the caller do not reach it; its home is the folder of the call."""
    monkeypatch.setenv("SOME_API_KEY", "secret")
    seen = tmp_path / "seen"
    monkeypatch.setenv(PROGRAM, stand_in(tmp_path, f"env > {seen}"))
    with pytest.raises(UnreadableDocument):
        read(OLE + bytes(4000), "a.doc")
    environment = seen.read_text(encoding="utf-8")
    assert "secret" not in environment
    assert f"HOME={temporary}" in environment


def test_macros_of_old_documents_are_told(monkeypatch, temporary, tmp_path):
    """The conversion drops them, the notice does not."""
    made = tmp_path / "made.docx"
    made.write_bytes(word(paragraph("正文")))
    monkeypatch.setenv(PROGRAM, stand_in(tmp_path, f'while [ "$1" != --outdir ]; do shift; done; cp {made} "$2/input.docx"'))
    document = read(OLE + "_VBA_PROJECT".encode("utf-16-le") + bytes(4000), "a.doc")
    assert document.text == "正文"
    assert [notice.kind for notice in document.notices] == ["macro"]


def compound(*streams: str) -> bytes:
    return OLE + b"".join(name.encode("utf-16-le") + b"\0\0" for name in streams) + bytes(500)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (compound("Workbook"), "a.doc", detect.OLE_EXCEL),
        (compound("WordDocument"), "a.xls", detect.OLE_WORD),
        (compound("WordDocument", "Workbook"), "a.doc", detect.OLE_WORD),
        (compound("WordDocument", "Workbook"), "a.xls", detect.OLE_EXCEL),
        (compound("PowerPoint Document"), "a.doc", detect.PPTX),
        (packed({"word/1.txt": b"1"}), "a.docx", detect.ZIP),
        (packed({"a.docx": word(paragraph("1"))}), "a.docx", detect.ZIP),
        (packed({"OFD.xml": b"1"}), "a.zip", detect.OFD),
    ],
)
def test_streams_and_members_tell_the_type(data, name, kind):
    """Not the name, nor names that stand somewhere in the bytes."""
    assert detect.media_type(data, name) == kind


def test_a_web_archive_is_a_page_whatever_it_is_called():
    """Word saves MHTML under the name .doc; it needs no LibreOffice."""
    page = "<html><p>收到15件</p><table><tr><td>规章</td><td>0</td></tr></table></html>".encode("gb18030")
    data = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n" + page
    )
    document = read(data + b"\r\n--x--\r\n", "年报.doc")
    assert document.text == "收到15件\n规章\t0"
    with pytest.raises(UnreadableDocument, match="no page"):
        read(data.replace(b"text/html", b"image/png") + b"\r\n--x--\r\n", "年报.doc")
