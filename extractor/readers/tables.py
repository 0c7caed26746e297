"""The three tables: where each stands, and each of its rows as cells that are certain or digits that are not."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise, zip_longest

from extractor.cuts import Sum
from extractor.document import Document
from extractor.folding import fold
from extractor.readers.columns import applicants_disordered, sums_fail, under_disordered
from extractor.readers.labels import Label, find_labels
from extractor.readers.layout import Geometry, GridIndex, Strip, Token, geometry_of, header_columns, place
from extractor.readers.rows import RowReading, TableReading, blank_row, open_digits, read_cells, without_label_number
from extractor.readers.strips import Scope, figures_inside, out_of_order, printed_label, strips_of, with_misspelt
from extractor.reading import Cell
from extractor.schema import Column, Form, Row, Table

_FAR = 1500
"""Characters of other text between two labels of one table that end the table; a page break with its header has fewer."""
_MOST_PRINTINGS = 8
_MOST_LABELS = 150
_FEWEST = 3
"""Rows that must be named together for a table to be there."""
_AFTER_APPLICATIONS = re.compile(r"[四五六]\s*、|行政\s*复议|行政\s*诉讼|被申请|存在|因政府信息公开")
_AFTER_DISCLOSURE = re.compile(r"三\s*、|收到和处理|申请情况|勾稽")
_APPLICATIONS_HEAD = re.compile(r"\(?本列数据|勾稽|申请人情况|自\s*然\s*人|法人或其他|商业\s*企业")
_DISCLOSURE_HEAD = re.compile(r"第二十条|信息内容|制发件数|新制作")
_ITEM_HEAD = re.compile(r"第二十条\s*第?\s*[(\[]\s*[一五六八九]")
_SENTENCE = re.compile(r"[\u4e00-\u9fff][^\n\t|]*。")
_CLAUSE = re.compile(r"[\u4e00-\u9fff)][。,;:]")
_SUBTOTAL = re.compile(r"小\s*计")
_EXTRA = Column("小计", key="subtotal")
"""A column that some agencies add after 其他; it is read past."""
_UNKNOWN = Geometry()


class TableReader:
    """Reads tables from one document; holds the folded text and the grid index that all three share."""

    def __init__(self, document: Document, folded: str, form: Form) -> None:
        self.document, self.folded, self.form = document, folded, form
        self.index = GridIndex(document)

    def applications(self, low: int, high: int, thorough: bool) -> list[TableReading]:
        """Every printing of the applications table in `[low, high)`; `thorough` looks for labels broken by white space too."""
        table = self.form.applications
        labels = find_labels(self.folded, low, high, table, thorough)[: 4 * _MOST_LABELS]
        readings = []
        above = low
        for cluster in _clusters(self.folded, _settled(labels, table), table):
            if _distinct(cluster) < _FEWEST:
                continue
            end = _stop(_AFTER_APPLICATIONS, self.folded, cluster[-1].end, min(high, cluster[-1].end + 400))
            head = _head(_APPLICATIONS_HEAD, self.folded, max(above, cluster[0].start - 500), cluster[0].start)
            readings.append(self._labelled(table, Scope(self.folded, head, end), cluster))
            above = cluster[-1].end
            if len(readings) == _MOST_PRINTINGS:
                break
        return readings

    def disclosure(self, low: int, high: int) -> list[TableReading]:
        """The disclosure table in `[low, high)`."""
        table = self.form.disclosure
        item = _ITEM_HEAD.search(self.folded, low, high)
        start = item.start() if item else low
        labels = find_labels(self.folded, start, high, table)[:_MOST_LABELS]
        clusters = _clusters(self.folded, labels, table)
        most = max((_distinct(cluster) for cluster in clusters), default=0)
        if most < (1 if item else _FEWEST):
            return []
        readings = []
        above = start
        for cluster in [cluster for cluster in clusters if 2 * _distinct(cluster) >= most][:_MOST_PRINTINGS]:
            end = _stop(_AFTER_DISCLOSURE, self.folded, cluster[-1].end, min(high, cluster[-1].end + 300))
            head = _head(_DISCLOSURE_HEAD, self.folded, max(above, cluster[0].start - 200), cluster[0].start)
            readings.append(self._labelled(table, Scope(self.folded, head, end), cluster))
            above = cluster[-1].end
        return readings

    def _labelled(self, table: Table, scope: Scope, labels: list[Label]) -> TableReading:
        labels = _without_groups(with_misspelt(scope, labels, table.rows))
        strips = strips_of(scope, labels, self.index)
        for position in out_of_order(labels):
            strips[position].doubts.add("order")
        _mark_shared(strips)
        if table.name == "disclosure":
            _mark_lost(table, strips, numbered="序号" in scope.folded[scope.start : labels[0].start])
            for position in under_disordered(scope.folded, scope.start, labels):
                strips[position].doubts.add("columns")
        header = scope.folded[scope.start : labels[0].start]
        extra = table.name == "applications" and bool(_SUBTOTAL.search(header))
        end = max([scope.start, *[s.printed[-1].end for s in strips if s.printed], *[label.end for label in labels]])
        spans = [printed_label(scope.folded, label, strip) for label, strip in zip(labels, strips, strict=True)]
        printed = {label.row.key: span for label, span in zip(labels, spans, strict=True)}
        reading = TableReading(table.name, (scope.start, end), {}, (scope.start, labels[0].start), printed, extra)
        if 4 * len([strip for strip in strips if "moved" in strip.doubts]) >= len(strips):
            reading.doubts.add("moved")
        if table.name == "applications" and any(map(applicants_disordered, [header, *_headers_between(scope, labels)])):
            reading.doubts.add("columns")
        widths = [len(label.row.columns) + extra for label in labels]
        geometries = self._geometries(strips, widths, extra)
        full = sum([len(s.printed) == width for s, width in zip(strips, widths, strict=True)])
        together = sum(map(_runs_together, strips, widths))
        glued = together > full
        _mark_wrapped(strips, together > 0)
        for strip, width, span, following in zip_longest(strips, widths, spans, strips[1:]):
            assert strip.label
            geometry = geometries.get((strip.grid, width), _UNKNOWN)
            row = self._row(strip, geometry, _columns(strip.label.row, extra), glued)
            inside = None if strip.printed else figures_inside(scope.folded, span)
            if inside:
                row = RowReading(strip.label.row, inside, doubts=set(strip.doubts))
            elif row is None and full and not strip.label.row.replaces:
                row = blank_row(strip.label.row, strip.doubts)
            elif row is not None and row.digits:
                self._mind_label_number(row, following)
            if row is not None:
                reading.keep(row)
        extra_elsewhere = extra and any("columns" in row.doubts for row in reading.rows.values())
        if extra_elsewhere or sums_fail(reading.rows.values(), _sums(labels[0].row.columns)):
            reading.doubts.add("columns")
        return reading

    def _geometries(self, strips: list[Strip], widths: list[int], extra: bool) -> dict[tuple[int | None, int], Geometry]:
        """How the rows of each width stand, in each grid and outside of all."""
        alike: dict[tuple[int | None, int], list[Strip]] = {}
        for strip, width in zip(strips, widths, strict=True):
            alike.setdefault((strip.grid, width), []).append(strip)
        result: dict[tuple[int | None, int], Geometry] = {}
        for (number, width), same in alike.items():
            if number is None:
                full = [strip for strip in same if len(strip.printed) == width]
                stray = 2 * len([strip for strip in full if len(strip.tokens) > width]) >= len(full)
                result[None, width] = Geometry(stray=stray and 2 * len(full) >= len(same))
            elif width > 1:
                assert same[0].label
                columns = _columns(same[0].label.row, extra)
                header = header_columns(self.folded, self.index.grid(number), [_folded(column) for column in columns])
                _mark_narrow(same, width)
                result[number, width] = geometry_of(same, self.index.grid(number), width, header)
        return result

    def _row(self, strip: Strip, geometry: Geometry, columns: tuple[Column, ...], run_on: bool) -> RowReading | None:
        """The reading of a strip; None where nothing at all is printed and no cell is marked."""
        assert strip.label
        row = strip.label.row
        printed = strip.printed
        if not printed:
            return blank_row(row, strip.doubts) if strip.grid is not None or strip.tokens else None
        reading = RowReading(row, (printed[0].start, printed[-1].end), doubts=set(strip.doubts))
        if geometry.reordered:
            reading.doubts.add("columns")
        if strip.grid is None and not geometry.stray and len(strip.tokens) >= 2 * len(columns) > 2:
            reading.doubts.add("lost")  # a row of blanks and one of values: the label between them is lost
        tokens = place(strip, geometry, len(columns))
        if tokens is not None and not (len(columns) == 1 and self._runs_on(tokens[0])):
            cells = read_cells(self.document, self.folded, tokens, columns, strip.grid)
            if _EXTRA in columns:
                reading.doubts |= set() if _is_subtotal(cells) else {"columns"}
                cells = tuple([cell for cell, column in zip(cells, columns, strict=True) if column is not _EXTRA])
            reading.cells = cells
            if strip.grid is None:
                reading.doubts |= _doubts_of(cells, row.columns)
        elif _countable(strip, geometry, columns):
            reading.digits = open_digits(self.folded, printed, columns, _sums(columns), run_on=run_on)
        return reading

    def _runs_on(self, token: Token) -> bool:
        content = self.folded[token.start : token.end]
        return content.isdigit() and len(content) > 1 and content[0] == "0"

    def _mind_label_number(self, reading: RowReading, following: Strip | None) -> None:
        """Where the next label has lost its point (or its number), the last digit of a glued row may be its number."""
        label = following.label if following else None
        if reading.digits and label and not self.folded[label.start].isdigit():
            reading.digits = without_label_number(reading.digits, label.row.number[:1])


def _headers_between(scope: Scope, labels: list[Label]) -> list[str]:
    """What stands between two labels and repeats the header, as at a page break."""
    if scope.folded.find("科研机构", labels[0].end, labels[-1].start) < 0:
        return []
    gaps = [scope.folded[label.end : following.start] for label, following in pairwise(labels)]
    return [gap for gap in gaps if "科研机构" in gap]


def _runs_together(strip: Strip, width: int) -> bool:
    """Whether the row is one stretch of digits that may hold all its columns."""
    token = strip.printed[0] if len(strip.printed) == 1 else None
    return width > 1 and token is not None and token.end - token.start >= width


def _doubts_of(cells: tuple[Cell, ...], columns: tuple[Column, ...]) -> set[str]:
    """Doubts that the content of cells raises where no table marks them: a dash before a count may belong to a page number."""
    found = set()
    for cell, column in zip(cells, columns, strict=True):
        negative = column.kind == "count" and isinstance(cell.value, int) and cell.value < 0
        if cell.state == "unreadable" or negative:
            found.add("unreadable")
        if cell.raw is not None and "\n" in cell.raw:
            found.add("wrapped")
    return found


def _is_subtotal(cells: tuple[Cell, ...]) -> bool:
    """Whether the column taken for 小计 is the sum of the organisations before it."""
    values = [cell.value if isinstance(cell.value, int) else 0 for cell in cells]
    return values[6] == sum(values[1:6])


def _countable(strip: Strip, geometry: Geometry, columns: tuple[Column, ...]) -> bool:
    """Whether the number of values can tell anything: not where blank lines that are cells make them too many, where two
    labels share a line of a table, or where the form has another column."""
    if "shared" in strip.doubts or _EXTRA in columns:
        return False
    inside = [n for n, token in enumerate(strip.tokens) if not token.blank]
    cells = len(strip.printed) if geometry.stray else inside[-1] - inside[0] + 1
    return cells <= len(columns) or cells == len(strip.printed)


def _mark_shared(strips: list[Strip]) -> None:
    """Two labels with values in one line of a table: nothing tells whose the values are."""
    for strip, following in pairwise(strips):
        if strip.grid is not None and strip.cells is following.cells and strip.printed:
            strip.doubts.add("shared")
            following.doubts.add("shared")


def _mark_wrapped(strips: list[Strip], run_together: bool) -> None:
    """Numbers that touch each other, or (where other rows have lost their separators) the label, and yet stand on several lines:
    a line end may as well be inside a cell."""
    for strip in strips:
        printed = strip.printed
        if strip.grid is None and printed and printed[0].line < printed[-1].line:
            assert strip.label
            label = strip.label.end
            ends = {token.end for token in printed}
            if run_together:
                ends |= {label, *(end for start, end in strip.words if start == label)}
            if not ends.isdisjoint([token.start for token in printed]):
                strip.doubts.add("wrapped")


def _mark_narrow(strips: list[Strip], width: int) -> None:
    """Where most rows have a cell more than the form has columns, one with just as many lacks a cell: nothing tells which."""
    wide = [strip for strip in strips if len(strip.tokens) > width and _breadth(strip) > width]
    if 2 * len(wide) > len(strips):
        for strip in strips:
            if _breadth(strip) == width == len(strip.printed):
                strip.doubts.add("columns")


def _breadth(strip: Strip) -> int:
    """How many cells there are from the first to the last one that prints something."""
    printed = [at for at, token in enumerate(strip.tokens) if not token.blank]
    return printed[-1] - printed[0] + 1 if printed else 0


def _mark_lost(table: Table, strips: list[Strip], *, numbered: bool) -> None:
    """A lone number that touches its label may hold the next row's number too, where the label of that row is lost, and the
    row's own, where a column of the table is `numbered`."""
    present = {strip.label.index for strip in strips if strip.label}
    for strip in strips:
        label, printed = strip.label, strip.printed
        if label is None or not printed or printed[0].start != label.end or strip.grid is not None:
            continue
        followed = label.index + 1 in present or label.index + 1 == len(table.rows)
        if numbered or (len(printed) == 1 and not followed):
            strip.doubts.add("lost")


@cache
def _sums(columns: tuple[Column, ...]) -> tuple[Sum, ...]:
    parts = tuple(i for i, column in enumerate(columns) if column.part_of)
    return ((parts, len(columns) - 1),) if parts else ()


def _columns(row: Row, extra: bool) -> tuple[Column, ...]:
    return (*row.columns[:6], _EXTRA, row.columns[6]) if extra else row.columns


@cache
def _folded(column: Column) -> str:
    return fold(column.label)


def _without_groups(labels: list[Label]) -> list[Label]:
    """（六）其他处理 is the name of a group, not a row, where one of its own rows is printed."""
    present = {label.row.key for label in labels}
    return [label for label in labels if present.isdisjoint(label.row.replaces)]


def _settled(labels: list[Label], table: Table) -> list[Label]:
    """Leave out 其他, 总计 and 其他处理 where they stand as headers: before the last groups of outcomes or, without their number,
    after the last row."""
    late = next(i for i, row in enumerate(table.rows) if row.key == "unavailable_not_held")
    last = len(table.rows) - 1
    kept: list[Label] = []
    for label in labels:
        ambiguous = label.row.key in ("other_miscellaneous", "concluded", "other_undivided")
        numbered = label.end - label.start > len("其他处理")
        if ambiguous and not (kept and late <= kept[-1].index <= (last if numbered else last - 1)):
            continue
        kept.append(label)
    return kept


def _clusters(folded: str, labels: list[Label], table: Table) -> list[list[Label]]:
    """Labels that stand together; a new printing of the table begins where its first rows come again after its last. Sentences
    before the table and after it name outcomes too: these are not of it."""
    size = len(table.rows)
    clusters: list[list[Label]] = [labels[:1]] if labels else []
    for label, following in zip_longest(labels[1:], labels[2:]):
        last = clusters[-1]
        in_order = following is not None and label.index < following.index < 3  # the last rows before it may be unreadable
        again = label.index < 2 and last[-1].index >= (size // 2 if in_order else size - 2) and len(last) > size // 3
        apart = again or label.start - last[-1].end > _FAR or len(last) >= _MOST_LABELS
        if apart or _is_named_in_passing(folded, last, label, size):
            clusters.append([label])
        else:
            last.append(label)
    return clusters


def _is_named_in_passing(folded: str, cluster: list[Label], label: Label, size: int) -> bool:
    """Whether a sentence ends after the few labels so far, or begins between the last row of `size` and this label."""
    last = cluster[-1]
    few = len(cluster) < _FEWEST and folded.find("。", last.end, label.start) >= 0
    if few and _SENTENCE.search(folded, last.end, label.start):
        return True
    return last.index == size - 1 and _CLAUSE.search(folded, last.end, label.start) is not None


def _distinct(cluster: list[Label]) -> int:
    """How many rows the labels of a cluster name."""
    return len({label.index for label in cluster})


def _stop(pattern: re.Pattern[str], folded: str, start: int, end: int) -> int:
    match = pattern.search(folded, start, end)
    return match.start() if match else end


def _head(pattern: re.Pattern[str], folded: str, low: int, start: int) -> int:
    match = pattern.search(folded, max(low, folded.rfind("。", low, start) + 1), start)
    return match.start() if match else start
