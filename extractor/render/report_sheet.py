"""One report on one sheet: the three tables in the official layout, and notes on the cells that a person must look at.

A blank cell is an empty box, `/` stands as printed, a cell that the document does not have is crossed out; only doubtful,
unplaced, unreadable and violated cells are tinted, and those have a stronger border and a note that says why.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from rich.cells import cell_len
from xlsxwriter.worksheet import Worksheet

from extractor.ingest.sheet import NO_ROW
from extractor.reading import Cell, Unplaced
from extractor.render.findings import explained
from extractor.render.marks import NO_TABLE, STANDINGS, TABLES, Lang, counted, missing, plain, say, standing, violated
from extractor.render.official import OfficialTable, Printed, official_tables
from extractor.render.sheets import LINE, TINTS, Sheets, note, number
from extractor.result import Result
from extractor.schema import FORMS

_SPREAD: Final = {"disclosure": (3, 4, 4, 4), "applications": (1, 2, 5, *[1] * 7), "proceedings": (1,) * 15}
"""How many of the sheet's columns each column of a table takes, so that the three stand below each other, equally wide."""
_COLUMNS = 15
_HAIRLINE = 2
_NARROWEST, _WIDEST = 8.5, 60.0
_READERS = {
    "rules": ("规则", "rules"),
    "copy": ("同一表格的另一份", "the table's other printing"),
    "model": ("模型", "model"),
    "person": ("人工", "person"),
}
_WAYS = 8
_MARKS = frozenset(("/", "-", "--", "—", "——", "无", "\\"))


Box = tuple[int, int, int, int]
"""Top row, left column, bottom row and right column of a cell on the sheet, from 0, all included."""


def reasons(result: Result, lang: Lang) -> dict[str, tuple[str, str]]:
    """Address → tint and reason, for every cell that is doubtful, unplaced, unreadable or in an equation that does not hold."""
    wrong = violated(result)
    said: dict[str, tuple[str, str]] = {}
    for address, cell in result.cells.items():
        kind, lines = standing(cell), []
        broken = address in wrong and cell.state == "read"
        if broken:
            lines += _equations(result, address, lang)
        if kind == "doubtful":
            lines.append(_doubt(cell, lang))
        elif kind == "unplaced":
            rows = (result.unplaced.get(key) for key in (address.rpartition(".")[0], address.partition(".")[0]))
            lines += _open(next((row for row in rows if row), None), lang)
        elif kind == "unreadable":
            raw = plain(cell.raw or "")
            lines.append(
                say(lang, f"无法辨认：原文“{raw}”不能读成一个数", f"unreadable: the printed “{raw}” is no single number")
            )
        if lines:
            said[address] = ("violated" if broken and kind != "doubtful" else kind, "\n".join(lines))
    return said


def _equations(result: Result, address: str, lang: Lang) -> list[str]:
    lines = []
    for finding in result.findings:
        if finding.severity == "error" and finding.rule.startswith(("balance.", "sum.")) and address in finding.cells:
            lines.append(say(lang, "勾稽不符：", "violated: ") + plain(finding.message or finding.rule))
            lines += [
                say(lang, "可能：", "perhaps: ") + explained(one, lang)
                for one in finding.explanations
                if any(cell.cell == address for cell in one.cells)
            ]
    return lines


def _doubt(cell: Cell, lang: Lang) -> str:
    told = [
        f"{say(lang, *_READERS.get(one.reader, (one.reader, one.reader)))} {one.raw if one.value is None else one.value}"
        for one in cell.readings or ()
    ]
    if len(told) > 1:
        return say(lang, "存疑：读法不一：", "doubtful: readings differ: ") + plain("；".join(told))
    raw = plain(cell.raw or "")
    return say(
        lang,
        f"存疑：版面不完整或位置只知一部分，请对照原文“{raw}”",
        f"doubtful: the layout is not intact or the place is known only in part; compare the printed “{raw}”",
    )


def _open(row: Unplaced | None, lang: Lang) -> list[str]:
    if row is None:
        return [say(lang, "未定：不知道数字属于哪一列", "open: nothing tells which column the numbers belong to")]
    blank = STANDINGS["blank"][0]
    head = say(lang, f"未定：原文“{plain(row.raw)}”", f"open: printed “{plain(row.raw)}”")
    if row.count:
        head += say(lang, f"，{row.count} 种可能：", f", {counted(row.count, 'way', 'ways')}:")
    lines = [head]
    for index, way in enumerate(row.candidates[:_WAYS]):
        favoured = say(lang, "（文字支持）", " (favoured by the prose)") if index == row.suggested else ""
        lines.append(" ".join(blank if value is None else str(value) for value in way) + favoured)
    return [*lines, "…"] if row.count > len(lines) - 1 and row.candidates else lines


def report_sheet(sheets: Sheets, name: str, title: str, result: Result) -> None:
    """Add the sheet `name`, headed by `title`."""
    sheet = sheets.added(name)
    sheet.freeze_panes(1, 0)
    sheet.set_portrait()
    sheet.center_horizontally()
    file = plain(result.document.name)[:120].replace("&", "&&")
    sheet.set_footer(f"&L{file}&R&P / &N")
    _Page(sheets, sheet, result).write(title)


class _Page:
    """Writes one report downwards."""

    def __init__(self, sheets: Sheets, sheet: Worksheet, result: Result) -> None:
        self._sheets, self._sheet, self._result = sheets, sheet, result
        self._lang = sheets.lang
        self._reasons = reasons(result, sheets.lang)
        self._widths = [_NARROWEST] * _COLUMNS
        self._row = 0

    def write(self, title: str) -> None:
        form = FORMS[self._result.report.edition]
        tables = official_tables(form.edition, undivided=self._undivided())
        for table in tables:
            self._widen(table)
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, width)
        self._words(title, height=2 * LINE, bold=True, font_size=14, align="center", valign="vcenter", text_wrap=True)
        for table, known in zip(tables, form.tables, strict=True):
            self._row += 1
            heading = TABLES[table.name]
            self._words(say(self._lang, heading[0], f"{heading[0]} {heading[1].partition(' ')[2]}"), bold=True)
            if missing(self._result, known):
                self._words(say(self._lang, *NO_TABLE))
            else:
                self._table(table)

    def _undivided(self) -> bool:
        """Whether the report prints （六）其他处理 as one row in place of three."""
        cells = self._result.cells
        return any(
            address.startswith("applications.other_undivided.") and cells[address].state != "absent" for address in cells
        )

    def _words(self, text: str, height: float = LINE + 3, **properties: object) -> None:
        form = self._sheets.format(**properties)
        self._sheet.merge_range(self._row, 0, self._row, _COLUMNS - 1, "", form)
        self._sheet.write_string(self._row, 0, plain(text), form)
        self._sheet.set_row(self._row, height)
        self._row += 1

    def _widen(self, table: OfficialTable) -> None:
        """Make room for the longest number: one that its column cannot show would stand as ####."""
        edges = _edges(table)
        for _, column, cell in _placed(table):
            if cell.address:
                first, last = edges[column], edges[column + cell.colspan]
                share = min((cell_len(self._shown(cell.address)) + 1.5) / (last - first), _WIDEST)
                self._widths[first:last] = [max(width, share) for width in self._widths[first:last]]

    def _shown(self, address: str) -> str:
        """What a cell shows; nothing where the document prints nothing or has no such cell."""
        cell = self._result.cells[address]
        if cell.state == "read":
            return f"{cell.value}{cell.unit or ''}"
        if cell.state == "not_applicable":
            raw = (cell.raw or "").strip()
            return raw if raw in _MARKS else STANDINGS["not_applicable"][0]
        return "" if cell.state in ("blank", "absent") else STANDINGS[cell.state][0]

    def _table(self, table: OfficialTable) -> None:
        """The table, with a hairline before each of its blocks: so each has columns of its own, whatever the others have."""
        edges = _edges(table)
        lines, heights = [], [LINE + 3.0] * len(table.rows)
        for at, cells in enumerate(table.rows):
            if at and cells[0].colspan == table.width:
                self._sheet.set_row(self._row, _HAIRLINE)
                self._row += 1
            lines.append(self._row)
            self._row += 1
        absent = self._absent_rows(table)
        for row, column, cell in _placed(table):
            box = lines[row], edges[column], lines[row + cell.rowspan - 1], edges[column + cell.colspan] - 1
            if not cell.address:
                heights[row] = max(heights[row], self._label(box, cell, left=table.name == "applications" and column < 3))
            elif row not in absent:
                self._value(box, cell.address)
            elif cell is next(one for one in table.rows[row] if one.address):
                self._merged((*box[:3], _COLUMNS - 1), say(self._lang, *NO_ROW), italic=True, align="center")
        for line, height in zip(lines, heights, strict=True):
            self._sheet.set_row(line, height)

    def _label(self, box: Box, cell: Printed, *, left: bool) -> float:
        """Write a label; the height that it needs, where it stands in one row. What it means in English is shown by the
        format of the cell: the official words are all that the cell holds, and so are read back."""
        meaning = "" if self._lang == "zh" or not cell.english else f" {cell.english}"
        properties: dict[str, object] = {"align": "left", "indent": 1} if left and cell.key else {"align": "center"}
        if meaning:
            properties["num_format"] = f'@"{meaning}"'
        self._merged(box, cell.text, **properties)
        if cell.rowspan > 1:
            return 0
        room = int(sum(self._widths[box[1] : box[3] + 1])) - 3
        return LINE * -(-cell_len(cell.text + meaning) // room) + 3

    def _absent_rows(self, table: OfficialTable) -> set[int]:
        """Rows of the table that the document does not have."""
        return {
            at
            for at, row in enumerate(table.rows)
            if (addresses := [cell.address for cell in row if cell.address])
            and all(self._result.cells[address].state == "absent" for address in addresses)
        }

    def _value(self, box: Box, address: str) -> None:
        cell = self._result.cells[address]
        tint, reason = self._reasons.get(address, ("", ""))
        properties: dict[str, object] = {"align": "center"}
        if tint:
            properties |= {"bg_color": TINTS[tint], "border": 2 if tint == "violated" else 8, "bold": True}
        if cell.state == "absent":
            properties |= {"diag_type": 1, "diag_border": 1}
        stored = number(cell.value) if cell.state == "read" else None
        unit = cell.unit or ""
        if stored is None or '"' in unit or not unit.isprintable():
            self._merged(box, plain(self._shown(address)), **properties)
        else:
            properties["num_format"] = f'{stored[1]}"{unit}"' if unit else stored[1]
            self._merged(box, stored[0], **properties)
        if reason:
            note(self._sheet, box[0], box[1], reason)

    def _merged(self, box: Box, content: str | float, **properties: object) -> None:
        """Write a number, a text or (the empty text) nothing in a framed cell over the whole box."""
        wrap = isinstance(content, str)  # a program that wraps would break a number that is too long for its cell
        form = self._sheets.format(**{"border": 1, "valign": "vcenter", "text_wrap": wrap, **properties})
        top, left, bottom, right = box
        if (top, left) != (bottom, right):
            self._sheet.merge_range(top, left, bottom, right, "", form)
        if not isinstance(content, str):
            self._sheet.write_number(top, left, content, form)
        elif content:
            self._sheet.write_string(top, left, content, form)
        else:
            self._sheet.write_blank(top, left, None, form)


def _edges(table: OfficialTable) -> list[int]:
    """The column of the sheet where each column of the table begins, and where the last one ends."""
    return list(accumulate(_SPREAD[table.name], initial=0))


def _placed(table: OfficialTable) -> list[tuple[int, int, Printed]]:
    """Every cell with its row and column, both from 0."""
    taken: set[tuple[int, int]] = set()
    placed = []
    for row, cells in enumerate(table.rows):
        column = 0
        for cell in cells:
            while (row, column) in taken:
                column += 1
            placed.append((row, column, cell))
            taken |= {(row + r, column + c) for r in range(cell.rowspan) for c in range(cell.colspan)}
            column += cell.colspan
    return placed
