"""Drawings inside drawings of a PDF: how often one is drawn when all that it draws is drawn.

pdfium draws a form wherever another one asks for it, and cannot be stopped: forms that ask for each other twice, thirty
levels deep, are a bomb of some hundred bytes. Source: ISO 32000-1, 8.10 (form XObjects), 7.5.7 (object streams).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

MOST: Final = 1_000
"""Drawings that one form of a report stands for; a picture in a letterhead takes two or three."""
_LONGEST = 4 << 20
_UNKNOWN = 2
"""How often a form is taken to draw what its resources name, where its content cannot be unpacked."""
_BEGIN = re.compile(rb"(?<![0-9])([0-9]{1,9})\s+[0-9]{1,5}\s+obj\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_FORM = re.compile(rb"/Subtype\s*/Form\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_FIRST = re.compile(rb"/First\s+([0-9]{1,9})")
_NAMED = re.compile(rb"(/[^\s/<>\[\]()]+)\s+([0-9]{1,9})\s+[0-9]{1,5}\s+R\b")
_DRAWN = re.compile(rb"(/[^\s/<>\[\]()]+)\s+Do\b")


def is_bomb(data: bytes) -> bool:
    """Whether a form draws itself, or stands for more than MOST drawings."""
    if not _FORM.search(data):
        return False
    heads: dict[int, bytes] = {}
    contents: dict[int, bytes | None] = {}
    for number, head, content in _objects(data):
        heads[number] = head
        if content is not None and _FORM.search(head):
            contents[number] = _unpacked(head, content)
    drawn = {number: _draws(number, heads, content, contents) for number, content in contents.items()}
    sizes: dict[int, int] = {}
    return any(_size(number, drawn, sizes) > MOST for number in drawn)


def _objects(data: bytes) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Number, dictionary and packed content (None if there is none) of every object, those in object streams too."""
    begins = list(_BEGIN.finditer(data))
    for begin, end in pairwise([*(match.start() for match in begins), len(data)]):
        match = _BEGIN.match(data, begin)
        assert match is not None
        stream = _STREAM.search(data, match.end(), end)
        head = data[match.end() : stream.start() if stream else end]
        content = data[stream.end() : end] if stream else None
        yield int(match[1]), head, content
        if content is not None and _PACKED.search(head):
            yield from _packed(head, _unpacked(head, content))


def _packed(head: bytes, content: bytes | None) -> Iterator[tuple[int, bytes, None]]:
    first = _FIRST.search(head)
    if content is None or first is None:
        return
    start = int(first[1])
    numbers = [int(word) for word in content[:start].split() if word.isdigit()]
    places = [start + offset for offset in numbers[1::2]]
    for number, begin, end in zip(numbers[::2], places, [*places[1:], len(content)], strict=False):
        yield number, content[begin:end], None


def _unpacked(head: bytes, content: bytes) -> bytes | None:
    """The content of a stream; None where it is packed in another way than usual, or damaged."""
    if b"/Filter" not in head:
        return content[:_LONGEST]
    try:
        return zlib.decompressobj().decompress(content, _LONGEST)
    except zlib.error:
        return None


def _draws(number: int, heads: dict[int, bytes], content: bytes | None, forms: dict[int, bytes | None]) -> dict[int, int]:
    """The forms that a form draws, and how often: its resources name them, in its own dictionary or two references away."""
    texts = [heads[number]]
    for _ in range(2):
        texts = [*texts, *(heads.get(int(found[2]), b"") for text in texts for found in _NAMED.finditer(text))]
    names = {found[1]: int(found[2]) for text in texts for found in _NAMED.finditer(text) if int(found[2]) in forms}
    if content is None:
        return dict.fromkeys(names.values(), _UNKNOWN)
    counts: dict[int, int] = {}
    for found in _DRAWN.finditer(content):
        if found[1] in names:
            counts[names[found[1]]] = counts.get(names[found[1]], 0) + 1
    return counts


def _size(number: int, drawn: dict[int, dict[int, int]], sizes: dict[int, int]) -> int:
    """How many drawings a form stands for, itself included; more than MOST where it draws itself. `sizes` are known ones."""
    waiting = [number]
    while waiting:
        current = waiting[-1]
        if sizes.get(current, 0) > 0:
            waiting.pop()
            continue
        sizes[current] = 0  # begun
        ahead = [other for other in drawn[current] if other not in sizes]
        if ahead:
            waiting.append(ahead[0])
            continue
        known = [(sizes[other], count) for other, count in drawn[current].items()]
        itself = any(size == 0 for size, _ in known)
        sizes[current] = MOST + 1 if itself else min(MOST + 1, 1 + sum(size * count for size, count in known))
    return sizes[number]
