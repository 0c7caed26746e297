"""Files damaged on purpose: bytes changed anywhere, containers taken apart and put together again with their parts changed.

A maker takes a Random and the files of the dataset, and gives a damaged file with the document it was made from. `faithful`
says that no printed figure can have been changed by it, so that a value that is read must be the label's.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from labelled import Labelled

_TAG = re.compile(rb"<[^<>]+>")
_QUOTED = re.compile(rb'="[^"]{0,40}"')
_OBJECT = re.compile(rb"\b\d+ \d+ obj\b.*?\bendobj\b", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_EXTREME = (
    b"0",
    b"-1",
    b"1",
    b"65536",
    b"99999999999999999999",
    b"-2147483648",
    b"1e308",
    b"",
    b"a",
    b"NaN",
    b"\xff",
    b"\xe5\xb9\xb4",
)
_ALIEN = (
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"&#0;",
    b"&nothing;",
    b"<![CDATA[]]>",
    b"<!-- -->",
    b"<w:tbl><w:tr><w:tc>",
    b"</w:tc></w:tr></w:tbl>",
    b"<w:p/>" * 50,
    b"<row r='1048577'><c r='XFE1'><v>1</v></c></row>",
    b"<x>" * 300,
    b"\xef\xbb\xbf",
    b"\0",
    "\u200b\u3000\u00a0".encode(),
)
_OPERATORS = (
    b"q",
    b"Q",
    b"BT",
    b"ET",
    b"W n",
    b"f",
    b"S",
    b"3 Tr",
    b"0 0 0 0 0 0 cm",
    b"1 0 0 1 1e9 1e9 cm",
    b"BI ID EI",
    b"<",
    b"(",
    b"[",
)


@dataclass(frozen=True)
class Damaged:
    """A damaged file: its bytes, the document it was made from, and whether its figures are those of the label."""

    data: bytes
    of: Labelled
    faithful: bool = False


Maker = Callable[[Random, list[Labelled]], Damaged]


def flipped(random: Random, files: list[Labelled]) -> Damaged:
    """Bytes of the file changed. The parts of a ZIP file carry checksums, the streams of a PDF do not."""
    of = random.choice(files)
    data = bytearray(of.data)
    for _ in range(random.choice((1, 1, 3, 20, 200))):
        data[random.randrange(len(data))] = random.randrange(256)
    return Damaged(bytes(data), of, faithful=data[:2] == b"PK")


def truncated(random: Random, files: list[Labelled]) -> Damaged:
    """Cut off at the end."""
    of = random.choice(files)
    return Damaged(of.data[: random.randrange(len(of.data))], of, faithful=True)


def rearranged(random: Random, files: list[Labelled]) -> Damaged:
    """A stretch of bytes lost, written twice, moved or blanked."""
    of = random.choice(files)
    data = of.data
    start = random.randrange(len(data))
    end = min(len(data), start + random.choice((1, 16, 512, 4096, 20_000)))
    piece, rest = data[start:end], data[:start] + data[end:]
    at = random.randrange(len(rest) + 1)
    changed = random.choice(
        (rest, data[:end] + piece + data[end:], rest[:at] + piece + rest[at:], data[:start] + bytes(end - start) + data[end:])
    )
    return Damaged(changed, of, faithful=data[:2] == b"PK")


def disguised(random: Random, files: list[Labelled]) -> Damaged:
    """Something in front of the file, or another file behind it."""
    of, other = random.choice(files), random.choice(files)
    lead = random.choice(
        (b"\n", b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n", b"<html>", b"%PDF-1.4\n", b"PK\x03\x04", bytes(100))
    )
    return Damaged(random.choice((lead + of.data, of.data + lead, of.data + other.data)), of)


def parts_changed(random: Random, files: list[Labelled]) -> Damaged:
    """One or two parts of a package with other bytes, tags, attributes or characters in them."""
    of = random.choice(files)
    parts = _unpacked(of.data)
    names = [name for name, content in parts if content]
    main = [
        name
        for name in names
        if "document.xml" in name or "sheet" in name or "Strings" in name or not name.endswith((".xml", ".rels"))
    ]
    for _ in range(random.choice((1, 1, 2))):
        chosen = random.choice(main if main and random.random() < 0.7 else names)
        parts = [(name, _markup(random, content) if name == chosen else content) for name, content in parts]
    return Damaged(_packed(random, parts), of)


def parts_exchanged(random: Random, files: list[Labelled]) -> Damaged:
    """Parts of a package lost, twice, renamed, or with each other's content."""
    of = random.choice(files)
    parts = _unpacked(of.data)
    first, second = random.randrange(len(parts)), random.randrange(len(parts))
    way = random.randrange(5)
    if way == 0:
        del parts[first]
    elif way == 1:
        parts.append((parts[first][0], parts[second][1]))
    elif way == 2:
        name = random.choice((parts[first][0].upper(), "../" + parts[first][0], parts[first][0] + "x", "\u5e74\u62a5.docx"))
        parts[first] = name, parts[first][1]
    elif way == 3:
        (a, b), (c, d) = parts[first], parts[second]
        parts[first], parts[second] = (a, d), (c, b)
    else:
        random.shuffle(parts)
    return Damaged(_packed(random, parts), of)


def _unpacked(data: bytes) -> list[tuple[str, bytes]]:
    with ZipFile(BytesIO(data)) as file:
        return [(info.filename, file.read(info)) for info in file.infolist()]


def _packed(random: Random, parts: list[tuple[str, bytes]]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", random.choice((ZIP_DEFLATED, ZIP_STORED)), compresslevel=1) as file:
        written: set[str] = set()
        for name, content in parts:
            if name not in written or random.random() < 0.5:
                written.add(name)
                _write(file, name, content)
    return buffer.getvalue()


def _write(file: ZipFile, name: str, content: bytes) -> None:
    info = file.NameToInfo.pop(name, None)  # zipfile warns of a second part of one name, which is what is wanted
    file.writestr(name, content)
    if info is not None:
        file.NameToInfo.setdefault(name, info)


def _markup(random: Random, content: bytes) -> bytes:
    """The content of a part with tags, attributes or bytes of it changed."""
    if content[:2] == b"PK":
        try:
            return _packed(random, [(name, _markup(random, inner)) for name, inner in _unpacked(content)])
        except BadZipFile:
            return content[: random.randrange(len(content))]
    for _ in range(random.choice((1, 3, 10))):
        content = random.choice((_tags, _attributes, _alien, _bytes, _cut))(random, content)
    return content


def _tags(random: Random, content: bytes) -> bytes:
    """A tag lost, written again elsewhere, or exchanged for another."""
    found = list(_TAG.finditer(content))
    if not found:
        return content
    one, other = random.choice(found), random.choice(found)
    new = random.choice((b"", one[0] * random.choice((2, 40)), other[0]))
    return content[: one.start()] + new + content[one.end() :]


def _attributes(random: Random, content: bytes) -> bytes:
    found = list(_QUOTED.finditer(content))
    if not found:
        return content
    one = random.choice(found)
    return content[: one.start()] + b'="' + random.choice(_EXTREME) + b'"' + content[one.end() :]


def _alien(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(_ALIEN) + content[at:]


def _bytes(random: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(random.choice((1, 5, 50)) if changed else 0):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(random: Random, content: bytes) -> bytes:
    start = random.randrange(len(content) + 1)
    return content[:start] + content[start + random.choice((1, 100, 5000)) :]


def objects_changed(random: Random, files: list[Labelled]) -> Damaged:
    """Objects of a PDF lost, exchanged, written twice, or with other numbers in them."""
    of = random.choice(files)
    data = of.data
    for _ in range(random.choice((1, 1, 4))):
        found = list(_OBJECT.finditer(data))
        if not found:
            break
        one, other = random.choice(found), random.choice(found)
        head = one[0].split(b"stream", 1)[0]
        numbers = list(_NUMBER.finditer(head))
        number = random.choice(numbers)
        renumbered = head[: number.start()] + random.choice(_EXTREME) + head[number.end() :] + one[0][len(head) :]
        body = one[0].split(b"obj", 1)[0] + b"obj" + other[0].split(b"obj", 1)[1]
        new = random.choice((b"", body, one[0] * 2, renumbered, renumbered))
        data = data[: one.start()] + new + data[one.end() :]
    return Damaged(data, of)


def streams_changed(random: Random, files: list[Labelled]) -> Damaged:
    """Streams of a PDF unpacked, changed (bytes, numbers, operators) and packed again."""
    of = random.choice(files)
    data = of.data
    found = list(_STREAM.finditer(data))
    for match in sorted(random.sample(found, min(len(found), random.choice((1, 2, 5)))), key=lambda m: -m.start()):
        try:
            content = zlib.decompress(match[1])
        except zlib.error:
            continue
        packed = zlib.compress(_drawing(random, content), 1)
        data = data[: match.start(1)] + packed + data[match.end(1) :]
    return Damaged(data, of)


def _drawing(random: Random, content: bytes) -> bytes:
    for _ in range(random.choice((1, 5, 20))):
        way = random.randrange(4)
        numbers = list(_NUMBER.finditer(content[:20_000])) if way == 0 else []
        if numbers:
            number = random.choice(numbers)
            content = content[: number.start()] + random.choice(_EXTREME) + content[number.end() :]
        elif way == 1:
            at = content.find(b"\n", random.randrange(len(content) + 1)) + 1
            content = content[:at] + random.choice(_OPERATORS) * random.choice((1, 1, 500)) + b"\n" + content[at:]
        else:
            content = random.choice((_bytes, _cut))(random, content)
    return content


def web_archive(random: Random, files: list[Labelled]) -> Damaged:
    """A page in a web archive whose bounds, headers or packing are damaged."""
    of = random.choice(files)
    page = of.data if random.random() < 0.5 else _markup(random, of.data)
    archive = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"; type="text/html"\r\n\r\n--b\r\n'
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nContent-Location: a.htm\r\n\r\n"
        + b64encode(page)
        + b"\r\n--b--\r\n"
    )
    data = bytearray(archive)
    for _ in range(random.choice((0, 1, 5, 50))):
        data[random.randrange(random.choice((200, len(data))))] = random.randrange(256)
    return Damaged(bytes(data[: random.choice((len(data), len(data), random.randrange(len(data)) + 1))]), of)


ANY: tuple[Maker, ...] = (flipped, truncated, rearranged, disguised)
MAKERS: dict[str, tuple[Maker, ...]] = {
    ".docx": (*ANY, parts_changed, parts_changed, parts_changed, parts_exchanged),
    ".xlsx": (*ANY, parts_changed, parts_changed, parts_changed, parts_exchanged),
    ".zip": (*ANY, parts_changed, parts_exchanged),
    ".pdf": (*ANY, objects_changed, objects_changed, streams_changed, streams_changed),
    ".html": (web_archive,),
}
"""Makers by the suffix of what they damage."""
