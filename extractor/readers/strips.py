"""The rows of one labelled table: which values stand with which label."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rapidfuzz import fuzz

from extractor.document import GridCell, Span
from extractor.folding import fold
from extractor.readers.labels import Label, find_misspelt
from extractor.readers.layout import GridIndex, Strip, Token, bar_cells, tokens_between
from extractor.schema import Row

_KNOWN = re.compile(
    r"[(\[]?[一二三四五六七八九十]?[)\]、]|\W+|本年度?办理结果|办理结果|[三本年度办理结果、]|不予公开|无法提供|不予处理|其他处理"
    r"|申请人情况|自然人|法人|或|其他组织|组织|总计|商业企业|商业|企业|科研机构|科研|机构|社会公益组织|社会|公益|法律服务机构|法律|服务"
    r"|其他|第二十条第|项|信息内容|本年|制发件数|废止件数|现行有效件数|处理决定数量|收费金额|单位|万元|新制作数量|新公开数量"
    r"|对外公开总数量|上一年项目数量|增|减|采购项目数量|采购总金额|不|予|公开|无|法|提供|处理"
)
_ITEM = re.compile(r"第\s*二十条|信息内容")
"""Headings inside the disclosure table: what stands after one belongs to no row before it."""
LEFT_OVER = re.compile(r"[\s|]*\n[\s|]*(?![0-9][.,、][\s|]*\Z)[.．,+-]?[0-9][0-9.,\s|]*(?:万?元)?[\s|]*(?=\n|\Z)")
"""A line of numbers without a label under a row of a table: part of it, or of a row whose label is lost."""
_UNITS = frozenset({"件", "宗", "项", "元", "万元"})
"""What a column of units holds beside the numbers: no values."""
_GROUP = re.compile(r"不予公开|无法提供|不予处理|其他处理")
_SUBTOTAL = re.compile(r".{0,6}(?:小计|合计)|其中:.{0,6}")
"""The name of a row that is not of the form."""
_NUMBERED = re.compile(r"^\s*[(\[]?[0-9][)\].、,]")
_VALUE = re.compile(r"[0-9]")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_UP_TO_WORDS = re.compile(r".*[\u4e00-\u9fff]", re.DOTALL)
_INTERLACED = re.compile(r"(?<=[\u4e00-\u9fff、])\s+(\d+(?:\s+\d+)*)\s*(?=[\u4e00-\u9fff])|\s(\d+(?:\s+\d+)+)(?=\s)")


@dataclass(frozen=True, slots=True)
class Scope:
    """The text a table is read from: `[start, end)` of `folded`; rows are looked for nowhere else."""

    folded: str
    start: int
    end: int


def with_misspelt(scope: Scope, labels: list[Label], rows: tuple[Row, ...]) -> list[Label]:
    """`labels` with those added that only resemble a row that is missing between its neighbours."""
    present = {label.index for label in labels}
    if len(present) >= len(rows):
        return labels
    result: list[Label] = []
    previous, at = -1, scope.start
    for label in [*labels, None]:
        index = label.index if label else len(rows)
        stop = label.start if label else scope.end
        missing = [(i, rows[i]) for i in range(previous + 1, index) if i not in present]
        if missing and previous >= 0 and label is not None:
            result.extend(find_misspelt(scope.folded, at, stop, missing))
        if label:
            result.append(label)
            previous, at = label.index, label.end
    return result


def strips_of(scope: Scope, labels: list[Label], index: GridIndex) -> list[Strip]:
    """One strip a label, with the values that stand after it (or, where the whole table is so, before it)."""
    folded = scope.folded
    strips: list[Strip] = []
    item = _ITEM.search(folded, labels[0].end, scope.end)
    stops = [label.start for label in labels[1:]]
    for label, stop in zip(labels, [*stops, scope.end], strict=True):
        heading = item and _ITEM.search(folded, label.end, stop)
        strips.append(_strip(folded, label, label.end, heading.start() if heading else stop, index))
    _values_before(scope, labels, strips)
    for strip in strips:
        if strip.grid is None:
            if strip.words:
                _drop_foreign(folded, strip)
            if _on_a_line_of_their_own(strip):
                strip.doubts.add("moved")
    return strips


def _on_a_line_of_their_own(strip: Strip) -> bool:
    """Whether the row's values stand together on one line that is not the label's: they may as well be another label's."""
    printed = strip.printed
    if len(printed) < 3 or not printed[0].line or len({token.line for token in printed}) > 1:
        return False
    return not strip.words or strip.words[-1][0] < printed[-1].end


def _strip(folded: str, label: Label, start: int, stop: int, index: GridIndex) -> Strip:
    line_end = folded.find("\n", start)
    line_end = len(folded) if line_end < 0 else line_end
    located = index.at(label.start, line_end)
    strip = located and _gridded(folded, label, (start, stop), line_end, located, rigid=index.grids[located[0]].rigid)
    if strip:
        return strip
    bars = bar_cells(folded, start, stop)
    if bars is not None:
        return _barred(folded, label, bars)
    tokens, words = tokens_between(folded, start, stop)
    return Strip(label, tokens, words)


def _gridded(
    folded: str, label: Label, window: Span, line_end: int, row: tuple[int, tuple[GridCell, ...]], *, rigid: bool
) -> Strip | None:
    """The row of a label that stands in this row of a grid; None for a single cell that holds everything."""
    start, stop = window
    grid, cells = row
    own = _cell_at(cells, label.start)
    column = -1 if own is None else own.column
    tokens = [
        Token(low, high, True, low == high or folded[low:high] in _UNITS, 0, cell)
        for cell in cells
        for low, high in (cell.span,)
        if low >= start and cell.column > column and (low < stop or low == high)
    ]
    heads = _label_cells(folded, tokens)
    del tokens[: len(heads)]
    if len(cells) == 1 and not rigid and all(token.blank for token in tokens):
        return None
    strip = Strip(label, tokens, grid=grid, cells=cells)
    before = column > 0 and any(_is_number(folded, cell) for cell in cells if cell.column < column)
    if before or (own is not None and _VALUE.search(folded, start, max(start, own.span[1]))):
        strip.doubts.add("shared")
    # What stands between the name of a group (其他处理, a row in some forms) and the values names one of its rows.
    of_another = bool(label.row.replaces) and any(_official(label.row) not in head for head in heads)
    if of_another or LEFT_OVER.match(folded, line_end, stop):
        strip.doubts.add("words")
    return strip


def _cell_at(cells: tuple[GridCell, ...], position: int) -> GridCell | None:
    """The cell of a row in which the position stands, or which ends there."""
    for cell in cells:
        start, end = cell.span
        if start <= position <= end:
            return cell
    return None


def _barred(folded: str, label: Label, bars: list[Token]) -> Strip:
    """The row of a label whose cells end with bars. Words after its first value are another row's."""
    cells: list[Token] = []
    words = of_another = False
    for cell in bars:
        named = len(_CJK.findall(folded, cell.start, cell.end)) > 1 and not _VALUE.search(folded, cell.start, cell.end)
        if words and not (named or cell.blank):
            return _ended(Strip(label, cells), "words")
        words = words or (named and any(not before.blank for before in cells))
        if not named and not words:
            cells.append(cell)
        before = any(not one.blank for one in cells)
        of_another = of_another or (named and not before and _SUBTOTAL.fullmatch(folded, cell.start, cell.end) is not None)
    return _ended(Strip(label, cells), *(["words"] if of_another else []))


def _ended(strip: Strip, *doubts: str) -> Strip:
    """The strip without blank cells at its end."""
    while strip.tokens and strip.tokens[-1].blank:
        strip.tokens.pop()
    strip.take(strip.tokens)
    strip.doubts |= set(doubts)
    return strip


def _is_number(folded: str, cell: GridCell) -> bool:
    return folded[cell.span[0] : cell.span[1]].strip().isdigit()


def _label_cells(folded: str, tokens: list[Token]) -> list[str]:
    """What the cells before the values say, as far as they are (parts of) labels."""
    heads = []
    for token in tokens:
        content = folded[token.start : token.end]
        if not _is_label(content):
            break
        heads.append(content)
    return heads


def _is_label(content: str) -> bool:
    """Whether a cell before the values is (part of) a label: words, with no digit but a leading number."""
    return len(content) > 1 and len(_CJK.findall(content)) > 1 and not _VALUE.search(_NUMBERED.sub("", content))


@cache
def _official(row: Row) -> str:
    return fold(row.label)


def _drop_foreign(folded: str, strip: Strip) -> None:
    """Leave out numbers that follow words which belong neither to the label nor to the form (notes, extra rows)."""
    if strip.label is None:
        return
    official = _official(strip.label.row)
    for start, end in strip.words:
        words = folded[start:end]
        if words in official or not _CJK.search(words) or fuzz.partial_ratio(words, official) >= 75:
            continue
        if not _KNOWN.sub("", words):
            inside = strip.printed and strip.printed[0].start < start < strip.printed[-1].start
            if inside or (strip.printed and start < strip.printed[0].start and _GROUP.search(words)):
                strip.doubts.add("words")
            continue
        kept = [token for token in strip.tokens if token.end <= start]
        if any(not token.blank for token in strip.tokens[len(kept) :]):
            strip.doubts.add("words")
        if kept and kept[-1].end == start:
            kept.pop()
            strip.doubts.add("words")
        strip.take(kept)
        return


def _values_before(scope: Scope, labels: list[Label], strips: list[Strip]) -> None:
    """Move values to the label that follows them, where the text prints them so.

    A group of values right before the first label, and none after the last, tells that the table is printed with the
    values first; a label without values after one with twice as many tells it of a single row.
    """
    if not strips or any(strip.grid is not None for strip in strips):
        return
    first = labels[0]
    head = max(scope.start, first.start - 160)
    words = _UP_TO_WORDS.match(scope.folded, head, first.start)
    leading, _ = tokens_between(scope.folded, words.end() if words else head, first.start)
    if len(leading) >= len(first.row.columns) and not strips[-1].printed:
        pending = leading[-len(first.row.columns) :]
        if scope.folded.find("\n", pending[-1].end, first.start) < 0:
            # Line ends are lost too: which label a stretch of numbers belongs to is a guess.
            for strip in strips:
                strip.doubts.add("mixed")
            return
        _move_on(strips, pending)
        return
    for strip, following in pairwise(strips):
        width = len(strip.label.row.columns) if strip.label else 0
        own = [token for token in strip.printed if token.line == 0]
        rest = [token for token in strip.printed if token.line > 0]
        if width > 1 and not following.printed and len(own) == len(rest) == width and len({t.line for t in rest}) == 1:
            strip.take(own)
            following.take(rest)
            following.doubts.add("moved")


def _move_on(strips: list[Strip], pending: list[Token]) -> None:
    """Give every label the values before it; a label that has values on its own line keeps them, and then all is doubtful."""
    mixed = any(token.line == 0 for strip in strips for token in strip.tokens)
    for strip in strips:
        strip.doubts |= {"mixed"} if mixed else set()
        own = [token for token in strip.tokens if token.line == 0]
        if len(own) == len(pending):
            continue
        later = [token for token in strip.tokens if token.line > 0]
        strip.take(pending)
        pending = later
        strip.doubts.add("moved")


def printed_label(folded: str, label: Label, strip: Strip) -> Span:
    """Where the whole label is printed: its cell, or its words up to the first value, over line ends where they go on."""
    end = label.end
    if strip.grid is not None:
        own = _cell_at(strip.cells, label.start)
        return label.start, own.span[1] if own and own.span[1] > label.start else end
    official = _official(label.row)
    first = strip.printed[0].start if strip.printed else end + 200
    for start, stop in strip.words:
        if start < first and (start == label.end or folded[start:stop] in official):
            end = stop
    return label.start, end


def figures_inside(folded: str, label: Span) -> Span | None:
    """Where figures stand inside the words of a label: text of a page whose columns ran into each other. They may be the
    row's, and nothing tells their columns."""
    match = _INTERLACED.search(folded, *label)
    return match.span(match.lastindex or 0) if match else None


def out_of_order(labels: list[Label]) -> set[int]:
    """Positions in `labels` that are not in every longest run of labels in printed order (repeated rows are in order)."""
    order = [label.index for label in labels]
    if all(a <= b for a, b in pairwise(order)):
        return set()
    up = _runs_up_to(order)
    down = _runs_up_to([-index for index in reversed(order)])[::-1]
    longest = max(up)
    level = Counter(a for a, b in zip(up, down, strict=True) if a + b - 1 == longest)
    return {i for i, (a, b) in enumerate(zip(up, down, strict=True)) if a + b - 1 != longest or level[a] > 1}


def _runs_up_to(order: list[int]) -> list[int]:
    """For each position how long the longest run of rising (or equal) numbers is that ends with it."""
    last: list[int] = []  # for each length the smallest number that a run of it ends with
    lengths = []
    for number in order:
        at = bisect_right(last, number)
        last[at : at + 1] = [number]
        lengths.append(at + 1)
    return lengths
