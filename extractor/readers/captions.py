"""What the line above a table says of it: that it is of another year than the report, of another body, or only a sample."""

from __future__ import annotations

import re

from extractor.document import Span
from extractor.readers.rows import CAPTION, TableReading, Tables

_REPORTED = re.compile(r"(20[12]\d)\s*年?度?\s*(?:政府信息公开|信息公开)")
_YEAR = re.compile(r"(20[12]\d)\s*年")
_OTHER = re.compile(r"上年|上一年|去年|样表|表样|示例|格式如下")
_BODY = re.compile(
    r"(?:附[件表]?[一二三四五六七八九十\d]*[:、]?)?(?P<name>(?![本我各])[\u4e00-\u9fff]{2,16}?)"
    r"(?:人民政府|(?<=街道)办事处|(?:(?<=[局厅镇乡])|(?<=街道|中心|公司)|(?<=委员会|管委会))(?=\d|收到|主动|政府信息|情况|\Z))(?!信息)"
)
"""A caption that begins with the name of a body."""
_TITLED = 400
"""Characters from the beginning of a report in which its title names its own body."""
_AGENCY = 40
"""Characters before 信息公开 in which a title names the agency."""
_TOLD_APART = 3
"""Last characters of a name that tell one body from another, whatever places are named before them."""
_FEWEST = 3
_LONGEST = 24
_MOST_LINES = 16
_HEADER = re.compile(r"[|\t]|本列数据|勾稽|申请人情况|自然人|法人|总计|企业|机构|公益|其他|第二十条|信息内容|^\(?单位:")
_SENTENCE = re.compile(r"[。,;]")


def mark_captions(folded: str, low: int, high: int, tables: Tables) -> None:
    """Doubt every printing of a table in `[low, high)` under a caption that names another year or another body, or calls it a
    sample. The later tables of the form that follow such a one with nothing but headers between are of the same year and body."""
    printings = [(_taken(table), table.header[1], 0, table.doubts) for table in tables.disclosure]
    printings += [(_taken(table), table.header[1], 1, table.doubts) for table in tables.applications]
    printings += [(printing.span, printing.span[0], 2, printing.row.doubts) for printing in tables.proceedings]
    above, foreign, unread = low, False, False
    least = 0
    for (start, end), first, place, doubts in sorted(printings, key=lambda printing: printing[0]):
        below = first if start < above or unread else start
        caption = _inside(folded, start, first) or _caption(folded, above, below)
        if caption is not None:
            foreign, least = _is_foreign(caption, folded, low, high), 0
        foreign = foreign and place >= least
        if foreign:
            doubts.add(CAPTION)
        least = place + 1
        above, unread = max(above, end), end == first


def _taken(table: TableReading) -> Span:
    """From where to where a printing reaches for sure: only to its first label where its rows could not be read."""
    return table.span if table.filled >= _FEWEST else (table.span[0], table.header[1])


def _caption(folded: str, low: int, start: int) -> str | None:
    """The last line above a table and its header, if it is short and no sentence, else ""; None where nothing but a header
    stands between `low` and the table."""
    end = start
    for _ in range(_MOST_LINES):
        begin = folded.rfind("\n", 0, end) + 1
        line = folded[begin:end].strip(" #*") if begin >= low or folded[low:end].strip() else ""
        if line and not _HEADER.search(line):
            return "" if len(line) > _LONGEST or _SENTENCE.search(line) else line
        end = begin - 1
        if end <= low:
            return None
    return ""


def _inside(folded: str, start: int, first: int) -> str:
    """The name of a body alone on a line between the beginning of a header and the first label: what stands above it is the
    rest of another table."""
    for line in folded[start:first].split("\n"):
        if len(line) <= _LONGEST and _BODY.match(line) and not _HEADER.search(line):
            return line
    return ""


def _is_foreign(caption: str, folded: str, low: int, high: int) -> bool:
    """Whether what stands under the caption is not of the report: no sample, no other year's, no other body's."""
    if not caption:
        return False
    if _OTHER.search(caption) or _of_another_body(caption, folded, low):
        return True
    named = _YEAR.search(caption)
    reported = named and _REPORTED.search(folded, low, high)
    return bool(named and reported and named[1] != reported[1])


def _of_another_body(caption: str, folded: str, low: int) -> bool:
    """Whether a caption names a body that the title does not, in full or in short (城管局 for 城市管理和综合执法局)."""
    named = _BODY.match(caption)
    title = folded[low : min(low + _TITLED, folded.find(caption, low))] if named else ""
    if named is None or "信息公开" not in title:
        return False
    name = named["name"][-_TOLD_APART:]
    agencies = [title[max(0, match.start() - _AGENCY) : match.start()] for match in re.finditer("信息公开", title)]
    return name not in title and not any(_is_short_for(name, agency) for agency in agencies)


def _is_short_for(name: str, agency: str) -> bool:
    letters = iter(agency)
    return all(letter in letters for letter in name)
