"""What the line above a table says of it: that it is of another year than the report, or only a sample."""

from __future__ import annotations

import re

from extractor.readers.rows import CAPTION, Tables

_REPORTED = re.compile(r"(20[12]\d)\s*年?度?\s*(?:政府信息公开|信息公开)")
_YEAR = re.compile(r"(20[12]\d)\s*年")
_OTHER = re.compile(r"上年|上一年|去年|样表|表样|示例")
_LONGEST = 24
_MOST_LINES = 16
_HEADER = re.compile(r"[|\t]|本列数据|勾稽|申请人情况|自然人|法人|总计|企业|机构|公益|其他|第二十条|信息内容")
_SENTENCE = re.compile(r"[。,;]")


def mark_captions(folded: str, low: int, high: int, tables: Tables) -> None:
    """Doubt every printing of a table in `[low, high)` under a caption that names another year, or calls it a sample."""
    printings = [(table.span[0], table.doubts) for table in (*tables.disclosure, *tables.applications)]
    printings += [(printing.span[0], printing.row.doubts) for printing in tables.proceedings]
    for start, doubts in printings:
        caption = _caption(folded, low, start)
        if caption and (_OTHER.search(caption) or _of_another_year(caption, folded, low, high)):
            doubts.add(CAPTION)


def _caption(folded: str, low: int, start: int) -> str:
    """The last line above a table and its header, if it is short and no sentence."""
    end = start
    for _ in range(_MOST_LINES):
        begin = folded.rfind("\n", low, end) + 1 or low
        line = folded[begin:end].strip(" #*")
        if line and not _HEADER.search(line):
            return "" if len(line) > _LONGEST or _SENTENCE.search(line) else line
        end = begin - 1
        if end <= low:
            break
    return ""


def _of_another_year(caption: str, folded: str, low: int, high: int) -> bool:
    named = _YEAR.search(caption)
    reported = named and _REPORTED.search(folded, low, high)
    return bool(named and reported and named[1] != reported[1])
