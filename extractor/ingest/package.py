"""Office Open XML packages (.docx, .xlsx): their parts, unpacked within bounds and parsed as inert XML.

No part may declare a document type (the standard forbids it), so that entities can neither expand nor fetch anything.
Source: ECMA-376 part 2 (packages, relationships).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from typing import Final, NamedTuple
from zipfile import ZipFile

from lxml import etree

from extractor.document import Notice
from extractor.errors import DocumentTooLarge, UnreadableDocument
from extractor.ingest import archive

MAX_PART: Final = 32 << 20
"""Bytes of one XML part; a report has 0.3 MB, a document of 2,000 pages some 10 to 30 MB."""
MAX_MARKUP: Final = 700_000
"""Elements of one part; a report has ten thousand at most."""
MAX_ATTRIBUTES: Final = 1_200_000
_LARGE = 1 << 20  # bytes under which no part can hold too many tags or attributes
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|spreadsheetml|officeDocument|drawingml)/")
_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_MACROS = re.compile(r"(?:^|/)vba(?:Project|Data)[^/]*$", re.IGNORECASE)
_EMBEDDED = re.compile(r"/embeddings/(?P<file>[^/]+)$")


class Relation(NamedTuple):
    """A relationship of a part: the last step of its type ("header", "comments", "worksheet"), and what it leads to (the
    name of a part, or an address outside the package)."""

    kind: str
    target: str
    outside: bool


class Package:
    """The parts of one package; made by `opened`, usable inside its `with`."""

    def __init__(self, file: ZipFile, name: str) -> None:
        self.name = name
        self._file = file
        self._infos = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in file.infolist()}

    def has(self, part: str) -> bool:
        return part.lower() in self._infos

    def part(self, part: str) -> bytes | None:
        """The bytes of a part; None where there is none. Raises DocumentTooLarge over MAX_PART."""
        info = self._infos.get(part.lower())
        return None if info is None else archive.unpacked(self._file, info, MAX_PART, self.name)

    def xml(self, part: str) -> etree._Element | None:
        """The root of an XML part, in the namespaces of the transitional standard; None where there is no such part.

        Raises UnreadableDocument for what is not plain XML, DocumentTooLarge over a limit of bytes, tags or attributes.
        """
        source = self.part(part)
        return None if source is None else parse(source, self.name)

    def named(self, beginning: str) -> list[str]:
        """The names (in small letters) of the parts that begin so."""
        return sorted(part for part in self._infos if part.startswith(beginning))

    def relations(self, part: str) -> dict[str, Relation]:
        """The relationships of a part ("" for the package itself), by their identifiers."""
        folder, file = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, Relation] = {}
        for element in () if root is None else root.iter(_RELATIONSHIP):
            kind = (element.get("Type") or "").rsplit("/", 1)[-1]
            target = element.get("Target") or ""
            outside = element.get("TargetMode") == "External"
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[element.get("Id") or ""] = Relation(kind, target, outside)
        return found

    def main(self, usual: str) -> str:
        """The name of the part that the document begins with; `usual` where the package does not say."""
        relations = self.relations("").values()
        found = next((one.target for one in relations if one.kind == "officeDocument"), usual)
        return found if self.has(found) else usual

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Macros and embedded files, neither of which is ever opened."""
        names = sorted(self._infos)
        macros = [Notice("macro", name[:80]) for name in names if _MACROS.search(name)]
        embedded = [Notice("attachment", found["file"][:80]) for name in names if (found := _EMBEDDED.search(name))]
        return (*macros[:1], *embedded[:20])


@contextmanager
def opened(data: bytes, name: str) -> Iterator[Package]:
    """The package in `data`; raises DocumentError as `archive.opened`, in the body too."""
    with archive.opened(BytesIO(data), name) as file:
        yield Package(file, name)


def parse(source: bytes, name: str) -> etree._Element:
    """The root of XML that is read as it stands: no entities, no network, bounded size and depth."""
    source = _in_utf8(source)
    if len(source) > _LARGE and source.count(b"<") - source.count(b"</") > MAX_MARKUP:
        raise _too_large(name, f"标记超过 {MAX_MARKUP} 个", f"more than {MAX_MARKUP} tags")
    if len(source) > _LARGE and source.count(b"=") > MAX_ATTRIBUTES:
        raise _too_large(name, f"属性超过 {MAX_ATTRIBUTES} 个", f"more than {MAX_ATTRIBUTES} attributes")
    if b"<!DOCTYPE" in source:
        raise _declaring(name)
    if _STRICT in source:
        source = _STRICT_NAMES.sub(_transitional, source)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error) or "huge" in str(error) or "loop" in str(error):
            raise _too_large(name, "嵌套过深或单个元素过大", "nesting or one element too large") from error
        raise archive.damaged(name) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _declaring(name)
    return root


def _declaring(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        name,
        ("文件内含文档类型声明，可能是恶意构造", "it declares a document type, as malicious files do"),
        ("请用 Word 或 WPS 打开后另存", "open it in Word or WPS and save it again"),
    )


def _in_utf8(source: bytes) -> bytes:
    for mark, encoding in _BOMS:
        if source.startswith(mark):
            return _DECLARATION.sub("", source.decode(encoding, "replace")).encode("utf-8", "replace")
    return source


def _transitional(match: re.Match[bytes]) -> bytes:
    folder = match[1]
    if folder == b"officeDocument":
        return b"http://schemas.openxmlformats.org/officeDocument/2006/"
    return b"http://schemas.openxmlformats.org/" + folder + b"/2006/"


def _too_large(name: str, zh: str, en: str) -> DocumentTooLarge:
    return DocumentTooLarge(
        name, (f"文件的 XML {zh}", f"its XML has {en}"), ("请只保留年度报告正文", "keep only the text of the report")
    )
