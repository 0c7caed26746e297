"""Files made to mislead or exhaust the whole program, end to end: each is read, or refused with its name, reason and remedy;
soon, in bounded memory, and with nothing left in the folder for temporary files."""

from __future__ import annotations

import resource
import struct
import sys
import tempfile
import time
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from conftest import ROOT
from extractor.errors import DocumentTooLarge, ExtractorError, UnreadableDocument, UnsupportedDocument
from extractor.ingest import ocr, office
from extractor.pipeline import extract_all
from labelled import DATASET, labelled, misplaced, wrong
from packages import cell, packed, relations, table, word

SECONDS = 20.0
MEGABYTES = 1_000
FILES = ROOT / "tests" / "files"
RULED = (DATASET / "d10_water_ruled.pdf").read_bytes()
WORD = (DATASET / "d01_large_city.docx").read_bytes()
BOOK = (DATASET / "d22_large_city.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def drawn(*bodies: bytes, page: bytes = b"") -> bytes:
    """A PDF of one page with these objects from number 4 on; `page` is what its dictionary holds besides."""
    head = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]" + page + b">>",
    )
    objects = b"".join(b"%d 0 obj%s\nendobj\n" % (number, body) for number, body in enumerate((*head, *bodies), 1))
    return b"%PDF-1.4\n" + objects + b"trailer<</Size 99/Root 1 0 R>>\n%%EOF\n"


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def itself_in_itself() -> bytes:
    form = stream(b"/X Do " * 50, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 4 0 R>>>>")
    return drawn(form, stream(b"/X Do"), page=b"/Contents 5 0 R/Resources<</XObject<</X 4 0 R>>>>")


def laughing(levels: int = 40) -> bytes:
    """Forms that each draw the next one twice."""
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    forms = [stream(b"/X Do /X Do", entries % (number + 6)) for number in range(levels)]
    return drawn(stream(b"/X Do"), *forms, page=b"/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>")


def deep_tree() -> bytes:
    levels = b"".join(b"%d 0 obj<</Type/Pages/Kids[%d 0 R]/Count 1>>\nendobj\n" % (n, n + 1) for n in range(2, 5_000))
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>\nendobj\n" + levels + b"trailer<</Size 5001/Root 1 0 R>>\n%%EOF\n"


def acting() -> bytes:
    """A PDF that would run a script and start a program when it is opened."""
    action = b"/OpenAction<</S/JavaScript/JS(app.launchURL\\('http://a.example'\\))>>/AA<</WC<</S/Launch/F(calc.exe)>>>>"
    return RULED.replace(b"/Type /Catalog", b"/Type /Catalog" + action, 1).replace(
        b"/Type/Catalog", b"/Type/Catalog" + action, 1
    )


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """A package with one more part."""
    buffer = BytesIO(data)
    with ZipFile(buffer, "a", ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return buffer.getvalue()


def sheets(count: int) -> bytes:
    names = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="r0"/>' for n in range(count))
    main, office_ns = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument",
    )
    book = f'<workbook xmlns="{main}" xmlns:r="{office_ns}/2006/relationships"><sheets>{names}</sheets></workbook>'
    rows = '<row r="1"><c r="A1"><v>1</v></c></row>'
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"xl/workbook.xml": "officeDocument"}),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": relations({"sheet.xml": "worksheet"}),
            "xl/sheet.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def picture(width: int, height: int) -> bytes:
    """A PNG that says it has these many pixels, and has none."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def nested(levels: int) -> str:
    inner = "1"
    for _ in range(levels):
        inner = table([cell(inner)])
    return inner


REFUSED = {
    "encrypted PDF": ((FILES / "encrypted.pdf").read_bytes(), "a.pdf", UnreadableDocument),
    "encrypted Word": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(900), "a.docx", UnreadableDocument),
    "encrypted workbook": (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(900), "a.xlsx", UnreadableDocument),
    "truncated Word": (WORD[: len(WORD) // 2], "a.docx", UnreadableDocument),
    "truncated workbook": (BOOK[: len(BOOK) // 2], "a.xlsx", UnreadableDocument),
    "PDF of its head alone": (RULED[:600], "a.pdf", UnreadableDocument),
    "empty": (b"", "a.docx", UnreadableDocument),
    "PDF whose fonts tell nothing": (RULED.replace(b"/ToUnicode", b"/ToUnicodx"), "a.pdf", UnreadableDocument),
    "PDF of nested arrays": (drawn(b"[" * 200_000 + b"]" * 200_000, page=b"/Contents 4 0 R"), "a.pdf", UnreadableDocument),
    "PDF of itself in itself": (itself_in_itself(), "a.pdf", DocumentTooLarge),
    "PDF of drawings in drawings": (laughing(), "a.pdf", DocumentTooLarge),
    "PDF of a deep tree": (deep_tree(), "a.pdf", UnreadableDocument),
    "workbook of two thousand sheets": (sheets(2_000), "a.xlsx", DocumentTooLarge),
    "Word of nested tables": (word(nested(400)), "a.docx", DocumentTooLarge),
    "picture in Word": (word("<w:p><w:r><w:drawing/></w:r></w:p>"), "a.docx", UnreadableDocument),
}


@pytest.fixture
def bounded(tmp_path, monkeypatch):
    """Runs the test within bounds of processor time and memory, and with a folder for temporary files that ends empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, begun = _peak(), time.process_time()
    yield
    assert time.process_time() - begun < SECONDS
    assert _peak() - before < MEGABYTES
    assert list(tmp_path.iterdir()) == []


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


def _refused(data, name, kind):
    with pytest.raises(kind) as raised:
        extract_all(data, name)
    assert raised.value.name == name
    assert all(raised.value.reason)
    assert all(raised.value.remedy)


@pytest.mark.parametrize(("data", "name", "kind"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(bounded, data, name, kind):
    """What cannot be read, or would exhaust the machine, is refused with its name, the reason and a remedy."""
    _refused(data, name, kind)


@pytest.mark.parametrize(("name", "data"), [("a.png", picture(100_000, 100_000)), ("a.jpg", b"\xff\xd8\xff" + bytes(50))])
@pytest.mark.parametrize("installed", [True, False])
def test_pictures(bounded, monkeypatch, name, data, installed):
    """A picture of ten thousand million pixels and a broken one are refused, with the extra and without it."""
    if installed:
        pytest.importorskip("PIL", reason="the extra ocr is not installed")
        monkeypatch.setattr(ocr, "_loaded", lambda: None)
    else:
        monkeypatch.setattr(ocr, "_loaded", lambda: (_ for _ in ()).throw(ImportError))
    _refused(data, name, ExtractorError if installed else UnsupportedDocument)


SHOWN = {document.path.name: document for document in labelled(DATASET, suffixes=(".pdf", ".docx", ".xlsx"))}
LYING = [
    (shown, other)
    for shown in ("d10_water_ruled.pdf", "d01_large_city.docx", "d22_large_city.xlsx")
    for other in ("a.txt", "a.html", "a.doc", "a.pdf", "a.docx", "a.xlsx", "a.zip", "a.png", "a")
]


@pytest.mark.parametrize(("shown", "other"), LYING)
def test_a_lying_name_changes_nothing(bounded, shown, other):
    """The content decides what a file is, whatever it is called."""
    document = SHOWN[shown]
    (result,) = extract_all(document.data, other)
    assert wrong(result, document.values, doubtful=True) == []
    assert [address for address in document.values if result.cells[address].value is None] == []


ACTING = {
    "Word with macros": (with_part(WORD, "word/vbaProject.bin", OLE), "a.docm", "d01_large_city.docx"),
    "workbook with macros": (with_part(BOOK, "xl/vbaProject.bin", OLE), "a.xlsm", "d22_large_city.xlsx"),
    "PDF with scripts": (acting(), "a.pdf", "d10_water_ruled.pdf"),
}


@pytest.mark.parametrize(("data", "name", "shown"), ACTING.values(), ids=ACTING.keys())
def test_what_carries_programs_is_read_as_if_it_did_not(bounded, data, name, shown):
    """Nothing in a file is run; a macro is told."""
    (result,) = extract_all(data, name)
    assert misplaced(result) == []
    assert wrong(result, SHOWN[shown].values, doubtful=True) == []
    assert sum(one.state == "read" for one in result.cells.values()) == len(SHOWN[shown].values)


def test_an_encrypted_old_document_is_refused(bounded):
    """LibreOffice asks nobody for a password: the file is refused, and says that it may be encrypted."""
    if not office.installed():
        pytest.skip("LibreOffice is not installed")
    data = bytearray((DATASET / "d27_district.doc").read_bytes())
    data[data.index(b"\xec\xa5") + 11] |= 0x01  # fEncrypted in the header of the text stream ([MS-DOC] 2.5.2)
    _refused(bytes(data), "a.doc", UnreadableDocument)
