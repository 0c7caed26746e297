"""MHTML, a web page in one file with its pictures: what Word and browsers save, often under the name .doc."""

from __future__ import annotations

from typing import Final

from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest import html
from extractor.ingest.canonical import Content

MAX_BYTES: Final = 50 << 20
_MAX_PARTS = 500


def read(data: bytes, name: str) -> Content:
    """The first page in the file, as `html.read`. Raises UnreadableDocument if there is none, DocumentTooLarge over a limit."""
    if len(data) > MAX_BYTES or data.count(b"\nContent-Type:") > _MAX_PARTS:
        raise DocumentTooLarge(
            name,
            (
                f"网页存档超过 {MAX_BYTES >> 20} MiB 或 {_MAX_PARTS} 个部分",
                f"it has over {MAX_BYTES >> 20} MiB or {_MAX_PARTS} parts",
            ),
            ("请只保存正文网页", "save only the page of the report"),
        )
    from email import policy
    from email.parser import BytesParser

    message = BytesParser(policy=policy.compat32).parsebytes(data.lstrip())
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                return html.read(page, name)
    raise UnreadableDocument(
        name,
        ("网页存档里没有网页", "the web archive holds no page"),
        ("请重新保存为网页（HTML）", "save the page again as HTML"),
    )
