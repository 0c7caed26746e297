"""ZIP files: what is in them, within bounds that no packed bomb gets past.

    contents ── names and sizes, nothing unpacked        member ── one of them, unpacked
    members ─── all that may be reports, unpacked        opened ── the ZIP file itself, for formats that are one

Chinese ZIP programs write names in GBK and do not say so; names here are Unicode, without `..`, drives or control characters.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument

MAX_MEMBERS: Final = 5_000
MAX_TOTAL: Final = 1 << 30
"""Unpacked bytes of a whole archive, of which only one member at a time is in memory unless `members` is asked."""
MAX_MEMBER: Final = 200 << 20
MAX_RATIO: Final = 200
"""Unpacked to packed size over all members, once they exceed `_UNSUSPICIOUS`; the XML of an empty form reaches 30."""
_UNSUSPICIOUS = 20 << 20
_RECORD = b"PK\x01\x02"
_MAX_RECORDS = 20_000
"""Records of members, those of packages that are stored inside included; each costs memory before anything can be checked."""
_UTF8_NAMES = 1 << 11
_ENCRYPTED = 1
_MAX_NAME = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_UNWANTED = (".", "~$", "__MACOSX")
PACKED: Final = frozenset({".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"})


class Member(NamedTuple):
    """A file in an archive: its cleaned name, its number in the archive (from 0) and its unpacked size in bytes."""

    name: str
    number: int
    size: int


@contextmanager
def opened(source: BinaryIO, name: str) -> Iterator[ZipFile]:
    """A ZIP file of not too many members, none of them encrypted; whatever is wrong with it in the body is a DocumentError.

    Raises UnreadableDocument where it is damaged or encrypted, UnsupportedDocument for a rare compression, DocumentTooLarge.
    """
    try:
        if _records(source) > _MAX_RECORDS:
            raise _too_large(name, f"超过 {_MAX_RECORDS} 个条目", f"more than {_MAX_RECORDS} entries")
        with ZipFile(source) as file:
            if any(info.flag_bits & _ENCRYPTED for info in file.infolist()):
                raise encrypted(name)
            if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in file.infolist()):
                raise UnsupportedDocument(
                    name,
                    ("使用了少见的压缩方式", "it uses a rare compression"),
                    ("请重新压缩为普通 ZIP，或解压后处理", "pack it again as a plain ZIP, or unpack it"),
                )
            yield file
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise damaged(name) from error


def _records(source: BinaryIO) -> int:
    found, rest = 0, b""
    source.seek(0)
    while chunk := source.read(1 << 20):
        chunk = rest + chunk
        found += chunk.count(_RECORD)
        rest = chunk[-len(_RECORD) + 1 :]
    source.seek(0)
    return found


def damaged(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        name,
        ("文件不完整或已损坏", "the file is truncated or damaged"),
        ("请重新下载或导出该文件", "download or export it again"),
    )


def encrypted(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        name,
        ("文件已加密", "the file is encrypted"),
        ("请去掉密码后另存再试", "remove its password and save it again"),
    )


def _too_large(name: str, zh: str, en: str) -> DocumentTooLarge:
    return DocumentTooLarge(
        name, (f"压缩包{zh}", f"the archive has {en}"), ("请解压后只给出年度报告", "unpack it and give the reports")
    )


def unpacked(file: ZipFile, info: ZipInfo, limit: int, name: str) -> bytes:
    """The bytes of one member. Raises DocumentTooLarge over `limit` bytes, before and while they are unpacked."""
    if info.file_size <= limit:
        with file.open(info) as member:
            content = member.read(limit + 1)
        if len(content) <= limit:
            return content
    size = limit >> 20
    raise DocumentTooLarge(
        name,
        (f"解压后超过 {size} MiB", f"unpacked it is over {size} MiB"),
        ("年度报告很小，请确认文件是否正确", "an annual report is small; check that this is the right file"),
    )


def contents(source: BinaryIO, name: str) -> tuple[Member, ...]:
    """The files of an archive in its order, without folders, hidden files and lock files. Raises DocumentError as `opened`."""
    with opened(source, name) as file:
        infos = file.infolist()
        if len(infos) > MAX_MEMBERS:
            raise _too_large(name, f"超过 {MAX_MEMBERS} 个文件", f"more than {MAX_MEMBERS} files")
        total = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if total > MAX_TOTAL or total > max(_UNSUSPICIOUS, packed * MAX_RATIO):
            megabytes = total >> 20
            raise _too_large(name, f"解压后有 {megabytes} MiB，疑为压缩炸弹", f"{megabytes} MiB unpacked, as a ZIP bomb has")
        found = [Member(_cleaned(info), number, info.file_size) for number, info in enumerate(infos) if not info.is_dir()]
    return tuple(member for member in found if not _unwanted(member.name))


def member(source: BinaryIO, number: int, name: str) -> bytes:
    """The content of the member that stands at `number`. Raises DocumentError as `opened`, and over MAX_MEMBER bytes."""
    with opened(source, name) as file:
        return unpacked(file, file.infolist()[number], MAX_MEMBER, name)


def members(data: bytes, name: str) -> tuple[tuple[str, bytes], ...]:
    """Name and content of every file in an archive, one after another within MAX_MEMBER bytes together.

    Raises UnsupportedDocument where an archive stands in the archive, DocumentError as `contents` otherwise.
    """
    source = BytesIO(data)
    left = MAX_MEMBER
    found = []
    for one in contents(source, name):
        if is_packed(one.name):
            raise nested(name)
        if one.size > left:
            raise _too_large(name, f"解压后超过 {MAX_MEMBER >> 20} MiB", f"more than {MAX_MEMBER >> 20} MiB unpacked")
        left -= one.size
        found.append((one.name, member(source, one.number, name)))
    return tuple(found)


def is_packed(name: str) -> bool:
    """Whether a file of this name is an archive itself."""
    return PurePosixPath(name.lower()).suffix in PACKED


def nested(name: str) -> UnsupportedDocument:
    return UnsupportedDocument(
        name,
        ("压缩包里还有压缩包", "an archive stands in the archive"),
        ("请先解压，再给出里面的文件", "unpack it and give the files inside"),
    )


def _cleaned(info: ZipInfo) -> str:
    """The name in Unicode, as a relative path of plain parts."""
    written = info.orig_filename
    if not info.flag_bits & _UTF8_NAMES and not written.isascii():
        written = _guessed(written)
    parts = [_CONTROL.sub("", part).strip() for part in _DRIVE.sub("", written).replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-_MAX_NAME:] or "member"


def _guessed(written: str) -> str:
    raw = written.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written


def _unwanted(name: str) -> bool:
    return any(part.startswith(_UNWANTED) for part in name.split("/"))
