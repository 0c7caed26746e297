"""The type of an input, by its content first and its name second: government sites serve HTML as .doc and PDF as .txt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from extractor.errors import UnreadableDocument, UnsupportedDocument
from extractor.ingest.archive import encrypted

TEXT: Final = "text/plain"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX: Final = _OOXML + "wordprocessingml.document"
XLSX: Final = _OOXML + "spreadsheetml.sheet"
PPTX: Final = _OOXML + "presentationml.presentation"
PDF: Final = "application/pdf"
OFD: Final = "application/ofd"
ODF: Final = "application/vnd.oasis.opendocument"
ZIP: Final = "application/zip"
OLE_WORD: Final = "application/msword"
OLE_EXCEL: Final = "application/vnd.ms-excel"
RTF: Final = "application/rtf"
MHTML: Final = "multipart/related"
XML: Final = "application/xml"
IMAGE: Final = "image"
ARCHIVE: Final = "application/x-archive"
MEDIA: Final = "audio or video"

_NAMES: dict[str, tuple[str, str]] = {
    DOCX: ("Word 文档（.docx）", "a Word document (.docx)"),
    XLSX: ("Excel 工作簿（.xlsx）", "an Excel workbook (.xlsx)"),
    PPTX: ("PowerPoint 文稿（.pptx）", "a PowerPoint presentation (.pptx)"),
    PDF: ("PDF 文件", "a PDF file"),
    OFD: ("OFD 版式文件", "an OFD file"),
    ODF: ("OpenDocument 文档", "an OpenDocument file"),
    ZIP: ("ZIP 压缩包", "a ZIP archive"),
    OLE_WORD: ("旧版 Word/WPS 文档（.doc、.wps）", "an old Word or WPS document (.doc, .wps)"),
    OLE_EXCEL: ("旧版 Excel/ET 表格（.xls、.et）", "an old Excel or ET workbook (.xls, .et)"),
    RTF: ("RTF 文档", "an RTF document"),
    MHTML: ("MHTML 网页存档", "an MHTML web archive"),
    XML: ("XML 文件", "an XML file"),
    IMAGE: ("图片", "an image"),
    ARCHIVE: ("压缩包", "an archive"),
    MEDIA: ("音频或视频", "an audio or video file"),
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", IMAGE),
    (b"\xff\xd8\xff", IMAGE),
    (b"GIF87a", IMAGE),
    (b"GIF89a", IMAGE),
    (b"II*\x00", IMAGE),
    (b"MM\x00*", IMAGE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"\x1f\x8b\x08", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"ID3", MEDIA),
    (b"OggS", MEDIA),
)
_HEAD = 4096
_ZIP_MEMBERS = ((b"OFD.xml", OFD), (b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX), (b"opendocument", ODF))
_STREAMS = (
    ("WordDocument", OLE_WORD),
    ("Workbook", OLE_EXCEL),
    ("Book", OLE_EXCEL),
    ("PowerPoint Document", PPTX),
)
_LEAD = rb"^[\s\xef\xbb\xbf\xff\xfe]*+(?:<!--(?:(?!-->)[\s\S])*+-->\s*+|<\?xml[^>]*+>\s*+)*+"
_MARKUP = re.compile(
    _LEAD + rb"<(?:!doctype\s+html|html|head|body|meta|title|style|script|link|table|div|span|p|center|font|h[1-6]|ul|ol)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(_LEAD + rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_XML = re.compile(rb"^[\s\xef\xbb\xbf\xff\xfe]*+<\?(?:xml|mso-application)\b")
_TAG = re.compile(rb"<(?:[a-zA-Z][a-zA-Z0-9:]*|!doctype)[\s/>]", re.IGNORECASE)
_MAIL = re.compile(rb"^\s*+(?:From:|MIME-Version:|Content-Type:\s*multipart/related)[^\0]*multipart/related", re.IGNORECASE)

_HTML_NAMES = (".html", ".htm", ".shtml", ".xhtml", ".jhtml", ".asp", ".aspx", ".jsp", ".jspx", ".php", ".do")
_MARKDOWN_NAMES = (".md", ".markdown")
_PLAIN_NAMES = (".txt", ".text", ".log", ".csv", ".tsv")
_OFFICE_NAMES = (".doc", ".docx", ".wps", ".rtf", ".odt", ".xls", ".xlsx", ".et", ".pdf")
_SHOWN = 3
"""Files of an archive that an error names."""


def media_type(data: bytes, name: str, declared: str | None = None) -> str:
    """The media type of `data`, one of this module's constants. Raises UnreadableDocument where there are no bytes."""
    if not data:
        raise UnreadableDocument(name, ("文件是空的（0 字节）", "the file is empty (0 bytes)"), _FETCH_AGAIN)
    return _binary(data, name) or _written(data, name.lower(), (declared or "").lower())


_FETCH_AGAIN = ("请重新下载或导出该文件", "download or export it again")


def _binary(data: bytes, name: str) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(data, name)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zipped(data)
    if data.startswith(b"RIFF"):
        return IMAGE if data[8:12] == b"WEBP" else MEDIA
    if data.startswith(b"BM") and data[6:10] == b"\0\0\0\0":
        return IMAGE
    if data[4:8] == b"ftyp":
        return MEDIA
    return PDF if b"%PDF-" in data[:1024] and b"\nendobj" in data else None


def _compound(data: bytes, name: str) -> str:
    """The type of an OLE compound file, by the streams that its directory names."""
    if _stream("EncryptedPackage") in data:
        raise encrypted(name)
    found = [kind for stream, kind in _STREAMS if _stream(stream) in data]
    named = OLE_EXCEL if name.lower().endswith((".xls", ".et")) else OLE_WORD
    return found[0] if found and named not in found else named  # a document may hold a workbook, and the other way round


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le") + b"\0\0"


def zipped(data: bytes) -> str:
    """The type of a ZIP file, by the names in its directory; of a truncated one, by the first names in it."""
    end = data.rfind(b"PK\x05\x06", -65557)
    if end < 0:
        return next((kind for member, kind in _ZIP_MEMBERS if member in data[:_HEAD]), ZIP)
    directory = data[max(0, end - int.from_bytes(data[end + 12 : end + 16], "little")) : end]
    if b"opendocument" in data[:_HEAD]:
        return ODF
    if b"[Content_Types].xml" not in directory:
        return OFD if b"OFD.xml" in directory else ZIP
    return next((kind for member, kind in _ZIP_MEMBERS if member in directory), ZIP)


def _written(data: bytes, name: str, declared: str) -> str:
    head = data[:_HEAD]
    if b"\0" in head:
        head = head.replace(b"\0", b"")
    if _PAGE.match(head):
        return HTML
    if _MAIL.match(head):
        return MHTML
    if name.endswith(_MARKDOWN_NAMES):
        return MARKDOWN
    named_page = name.endswith(_HTML_NAMES) or (declared.startswith(HTML) and not name.endswith(_PLAIN_NAMES))
    if _XML.match(head) and not named_page:
        return XML
    if _MARKUP.match(head):
        return HTML
    # A page may begin with text; a text file that a site calls .html has no tags at all.
    return HTML if named_page and _TAG.search(data.replace(b"\0", b"")) else TEXT


def unsupported(kind: str, name: str) -> UnsupportedDocument:
    """The error for a type that is not read, with what to do about it."""
    zh, en = _NAMES[kind]
    if kind in (ZIP, ARCHIVE):
        remedy = ("请解压后逐个处理其中的文件", "unpack it and give the files inside")
    elif kind in (IMAGE, MEDIA):
        remedy = ("请改用网页或可复制的文本", "use the web page or a text that can be copied")
    elif kind == OFD:
        remedy = ("请用 OFD 阅读器另存为 PDF，或改用网页版", "save it as PDF in an OFD reader, or use the web page")
    else:
        remedy = ("请另存为 DOCX、PDF、网页（HTML）或纯文本后再试", "save it as DOCX, PDF, a web page (HTML) or plain text")
    reason = (f"这是{zh}，本版本不能读取", f"this is {en}, which this version does not read")
    return UnsupportedDocument(name, reason, remedy)


def is_named_text(name: str) -> bool:
    """Whether plain text may stand in a file of this name: anything that is nothing else looks like text."""
    suffix = PurePosixPath(name.lower()).suffix
    return not suffix or suffix in (*_PLAIN_NAMES, *_MARKDOWN_NAMES, *_HTML_NAMES, *_OFFICE_NAMES)


def several(name: str, readable: int, members: Sequence[str]) -> UnsupportedDocument:
    """The error for a ZIP archive of whose `members` `readable` can be read, which is not one."""
    if not readable:
        more = len(members) - _SHOWN
        zh = "、".join(members[:_SHOWN]) + (f" 等 {len(members)} 个" if more > 0 else "")
        en = ", ".join(members[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return UnsupportedDocument(
            name,
            (f"压缩包里没有可读取的文件（{zh or '是空的'}）", f"no file in the archive can be read ({en or 'it is empty'})"),
            (
                "请确认压缩包里有年度报告；图片等请解压后直接给出文件名",
                "check that the archive holds the report; unpack it and name pictures and the like themselves",
            ),
        )
    return UnsupportedDocument(
        name,
        (f"压缩包里有 {readable} 个可读取的文件", f"the archive holds {readable} files that can be read"),
        (
            "请存成文件后在命令行给出文件名（每个文件一份结果），或解压后逐个给出",
            "save it as a file and name that on the command line, or unpack it",
        ),
    )
