"""Bytes → Document: finds the type of an input, decodes it and writes its canonical text.

    read ── detect.media_type ─┬─ text.read    plain text, Markdown
                               ├─ html.read    HTML, whatever its file is called
                               ├─ pdf.read     PDF, with ruled lines or without
                               ├─ ocr.read…    pictures and scanned PDF, with the extra `ocr`
                               ├─ mhtml.read   web archives, whatever they are called
                               ├─ docx.read    Word (.docx)
                               ├─ sheet.read   Excel (.xlsx)
                               └─ office.read… what LibreOffice turns into one of the last two (.doc, .wps, .rtf, .odt, .xls, .et, .ods)

A ZIP archive is read if one file in it can be; of several, the shells make an input each (`archive`).

Every format writes its text through `canonical.CanonicalText`, so a table is the same thing wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from extractor.document import Document
from extractor.errors import DocumentTooLarge
from extractor.ingest import archive, detect, docx, html, mhtml, ocr, office, pdf, sheet, text
from extractor.ingest.canonical import Content

__all__ = ["read"]

_READERS: dict[str, Callable[[bytes, str], Content]] = {
    detect.TEXT: text.read,
    detect.MARKDOWN: text.read,
    detect.HTML: html.read,
    detect.PDF: pdf.read,
    detect.IMAGE: ocr.read_image,
    detect.DOCX: docx.read,
    detect.XLSX: sheet.read,
    detect.OLE_WORD: office.read_text,
    detect.OLE_EXCEL: office.read_sheet,
    detect.RTF: office.read_text,
    detect.MHTML: mhtml.read,
    detect.ODF: office.read_open_document,
}

MAX_TEXT = 4_000_000
"""A report has some ten thousand characters; a file of a whole city's reports a few hundred thousand."""


def read(data: bytes, name: str, media_type: str | None = None) -> Document:
    """The document that `data` holds. The content decides its type, then `name`, then `media_type` (as of an HTTP header).

    Raises UnsupportedDocument for a type that is not read here, UnreadableDocument for what holds no text, and
    DocumentTooLarge over a limit of bytes, elements, nesting or cells. All three name the input, the reason and a remedy.
    """
    kind = detect.media_type(data, name, media_type)
    inner = data
    if kind == detect.ZIP:
        inner, kind = _only_member(data, name)
    reader = _READERS.get(kind)
    if reader is None:
        raise detect.unsupported(kind, name)
    content = reader(inner, name)
    if len(content.text) > MAX_TEXT:
        raise DocumentTooLarge(
            name,
            (f"正文超过 {MAX_TEXT} 字", f"its text has more than {MAX_TEXT} characters"),
            ("请拆分后再读取", "split it and read the parts"),
        )
    return Document(
        name=name,
        sha256=sha256(data).hexdigest(),
        media_type=kind,
        text=content.text,
        grids=content.grids,
        notices=content.notices,
        window=(0, len(content.text)),
        uncertain=content.uncertain,
        scanned=content.scanned,
    )


def _only_member(data: bytes, name: str) -> tuple[bytes, str]:
    """The one readable file in an archive, and its type. Raises UnsupportedDocument if there are several, or none."""
    found, names = [], []
    for member, content in archive.members(data, name):
        names.append(member)
        kind = detect.media_type(content, member) if content else None
        if kind == detect.IMAGE or (kind == detect.TEXT and not detect.is_named_text(member)):
            continue  # seals and scans beside the report, and what only looks like text
        if kind in _READERS:
            found.append((content, kind))
    if len(found) != 1:
        raise detect.several(name, len(found), names)
    return found[0]
