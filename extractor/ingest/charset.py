"""Bytes → characters. A declaration is never believed: the bytes and the words they give decide.

Order: byte order mark, strict UTF-8, then GB18030 (which holds GB2312 and GBK); the words of any government report
arbitrate where neither is sure, and damaged bytes become U+FFFD with a notice.
"""

from __future__ import annotations

import re
from typing import Final

from extractor.document import Notice
from extractor.errors import DocumentTooLarge, UnreadableDocument

MAX_BYTES: Final = 20_000_000
"""A report is about 10 KB of text and up to a few MB of HTML; far more is not one."""

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_EXPECTED = re.compile("政府|信息|公开|申请|公開|資訊|申請|[年的]")
_SAMPLE = 50_000
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
_MOJIBAKE = "\ufffd"
_PRINTED_MOJIBAKE = _MOJIBAKE.encode()


def decode(data: bytes, name: str) -> tuple[str, tuple[Notice, ...]]:
    """The text of `data` without its byte order mark, line ends as they are, and a "decoding" notice if bytes were damaged.

    Raises DocumentTooLarge over MAX_BYTES and UnreadableDocument where the bytes are not text.
    """
    if len(data) > MAX_BYTES:
        size, limit = f"{len(data) / 1e6:.1f} MB", f"{MAX_BYTES // 1_000_000} MB"
        raise DocumentTooLarge(
            name,
            (f"文本或网页有 {size}，上限 {limit}", f"the text or page has {size}, the limit is {limit}"),
            ("请只保留年度报告正文", "keep only the text of the report"),
        )
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return _checked(text, encoding, data if encoding == "utf-8" else b"", name)
    if b"\0" in data:
        lost = _without_mark(data)
        if lost is not None:
            return lost, ()
    try:
        text, encoding = data.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _undeclared(data)
    return _checked(text, encoding, data, name)


def _undeclared(data: bytes) -> tuple[str, str]:
    """The best reading of bytes that are not UTF-8: by expected words, then by fewest damaged characters."""
    chinese = data.decode("gb18030", "replace")
    if _MOJIBAKE not in chinese and _words(chinese) * 50 >= min(len(chinese), _SAMPLE):
        return chinese, "gb18030"
    readings = [(chinese, "gb18030"), *((data.decode(encoding, "replace"), encoding) for encoding in ("utf-8", "big5hkscs"))]
    return max(readings, key=lambda reading: (_words(reading[0]), -reading[0].count(_MOJIBAKE)))


def _words(text: str) -> int:
    return len(_EXPECTED.findall(text, 0, _SAMPLE))


def _without_mark(data: bytes) -> str | None:
    """UTF-16 that lost its mark: only if it shows more than a handful of expected words."""
    readings = [data.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")]
    best = max(readings, key=_words)
    return best if _words(best) > 5 and best.count(_MOJIBAKE) * 100 <= len(best) else None


def _checked(text: str, encoding: str, data: bytes, name: str) -> tuple[str, tuple[Notice, ...]]:
    """`text` unless it is no text: over 5 % control characters, or characters lost in decoding `data` (those that a crawler lost
    and the file prints as U+FFFD are the file's own)."""
    damaged = text.count(_MOJIBAKE)
    senseless = len(data) - len(data.translate(None, _CONTROLS)) + damaged
    if senseless:
        senseless -= data.count(_PRINTED_MOJIBAKE)
    if senseless * 20 > len(text):
        raise UnreadableDocument(
            name,
            (f"不是文本：{senseless} 个字符无法辨认", f"not a text: {senseless} characters make no sense"),
            ("请确认文件类型，或重新导出为 UTF-8 文本", "check its type, or export it again as UTF-8 text"),
        )
    return text, (Notice("decoding", f"{encoding}: {damaged}"),) if damaged else ()
