"""Labelled reports set anew in the official layout, as the agencies' own files have it: Word documents and workbooks."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

from extractor.pipeline import canonical_text, extract_all
from extractor.schema import FORMS, Form
from labelled import DATASET, Labelled, labelled, unproven

_MARKS = {"blank": "", "not_applicable": "/"}
_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)


class Printed(NamedTuple):
    """One printed cell: place, size and text; `number` says that a workbook stores it as one."""

    row: int
    column: int
    height: int
    width: int
    text: str
    number: bool = False


Table = list[Printed]


class Twin(NamedTuple):
    """A labelled document and what its twins print: title, prose by section, the three tables."""

    document: Labelled
    title: str
    overview: list[str]
    improvement: list[str]
    other_matters: list[str]
    tables: tuple[Table, Table, Table]

    @property
    def states(self) -> dict[str, str]:
        return self.document.label.get("states") or {}


def twin(stem: str) -> Twin:
    """The labelled document whose file is called `stem`, ready to be set anew."""
    document = next(one for one in labelled(DATASET) if str(one) == stem)
    report = extract_all(document.data, document.path.name)[0].report
    prose = [part.text.split("\n") if part else [] for part in (report.overview, report.improvement, report.other_matters)]
    prose = [[" ".join(line.split()) for line in lines if line.strip()] for lines in prose]
    return Twin(document, document.label["title"], *prose, _tables(document.label))


def compared(data: bytes, name: str, twin: Twin) -> list:
    """How the reading of a twin differs from the label of the document that it was made from."""
    results = extract_all(data, name)
    assert len(results) == 1
    result = results[0]
    differing = [
        (address, wanted, cell.value, cell.state)
        for address, cell in result.cells.items()
        if (wanted := twin.document.values.get(address)) is not None
        and (cell.value is None or float(wanted) != float(cell.value))
    ]
    states = {address: result.cells[address].state for address in twin.states}
    differing += [(address, state, states[address]) for address, state in twin.states.items() if states[address] != state]
    if result.report.title != twin.title or result.report.edition != twin.document.label["edition"]:
        differing.append((result.report.title, result.report.edition))
    return differing + unproven(result, canonical_text(data, name))


def _tables(label: dict) -> tuple[Table, Table, Table]:
    form = FORMS[label["edition"]]
    states = label.get("states") or {}
    undivided = label["cells"].get("applications.other_undivided.total") is not None

    def value(address: str) -> str:
        number = label["cells"].get(address)
        return _MARKS[states[address]] if number is None else str(number)

    return _disclosure(form, value), _applications(form, value, undivided), _proceedings(form, value)


def _disclosure(form: Form, value) -> Table:
    cells: Table = []
    line = 0
    group = None
    for row in form.disclosure.rows:
        if row.group != group:
            group = row.group
            cells.append(Printed(line, 0, 1, 4, group))
            cells += _stretched(line + 1, "信息内容", [column.label for column in row.columns], number=False)
            line += 2
        values = [value(f"disclosure.{row.key}.{column.key}") for column in row.columns]
        cells += _stretched(line, row.label, values, number=True)
        line += 1
    return cells


def _stretched(line: int, label: str, values: list[str], *, number: bool) -> Table:
    """A row of four columns whose last value takes what is left."""
    cells = [Printed(line, 0, 1, 1, label)]
    for index, text in enumerate(values):
        width = 1 if index + 1 < len(values) else 4 - len(values)
        cells.append(Printed(line, 1 + index, 1, width, text, number))
    return cells


def _applications(form: Form, value, undivided: bool) -> Table:
    cells = [
        Printed(0, 0, 3, 3, _NOTE),
        Printed(0, 3, 1, 7, "申请人情况"),
        Printed(1, 3, 2, 1, "自然人"),
        Printed(1, 4, 1, 5, "法人或其他组织"),
        Printed(1, 9, 2, 1, "总计"),
    ]
    columns = form.applications.rows[0].columns
    cells += [Printed(2, 3 + index, 1, 1, column.label) for index, column in enumerate(columns) if 0 < index < 6]
    hidden = form.applications.row("other_undivided").replaces if undivided else ("other_undivided",)
    rows = [row for row in form.applications.rows if row.key not in hidden or (row.key == "other_undivided" and undivided)]
    if form.edition == "2019":
        rows = list(form.applications.rows)
    results = [row for row in rows if row.group]
    seen = set()
    for line, row in enumerate(rows, 3):
        if row.group is None:
            cells.append(Printed(line, 0, 1, 3, row.number + row.label))
        else:
            if not seen:
                cells.append(Printed(line, 0, len(results), 1, "三、本年度办理结果"))
            if row.group == "三、本年度办理结果":
                cells.append(Printed(line, 1, 1, 2, row.number + row.label))
            else:
                if row.group not in seen:
                    cells.append(Printed(line, 1, sum(one.group == row.group for one in rows), 1, row.group))
                cells.append(Printed(line, 2, 1, 1, row.number + row.label))
            seen.add(row.group)
        cells += [
            Printed(line, 3 + index, 1, 1, value(f"applications.{row.key}.{column.key}"), True)
            for index, column in enumerate(columns)
        ]
    return cells


def _proceedings(form: Form, value) -> Table:
    cells = [
        Printed(0, 0, 1, 5, "行政复议"),
        Printed(0, 5, 1, 10, "行政诉讼"),
        Printed(1, 5, 1, 5, "未经复议直接起诉"),
        Printed(1, 10, 1, 5, "复议后起诉"),
    ]
    for block, row in enumerate(form.proceedings.rows):
        for index, column in enumerate(row.columns):
            place = 5 * block + index
            cells.append(Printed(*((1, place, 2) if block == 0 else (2, place, 1)), 1, column.label))
            cells.append(Printed(3, place, 1, 1, value(f"proceedings.{row.key}.{column.key}"), True))
    return cells


def _parts(twin: Twin) -> Iterable[tuple[str, list[str], Table | None]]:
    prose = (twin.overview, [], [], [], twin.improvement, twin.other_matters)
    tables = (None, *twin.tables, None, None)
    return zip(_HEADINGS, prose, tables, strict=True)


def docx_of(twin: Twin) -> bytes:
    """The report as a Word document with bordered tables and merged headers."""
    import docx

    document = docx.Document()
    document.add_heading(twin.title, 0)
    for heading, lines, table in _parts(twin):
        document.add_heading(heading, 1)
        for line in lines:
            document.add_paragraph(line)
        if table:
            grid = document.add_table(1 + max(cell.row for cell in table), max(cell.column + cell.width for cell in table))
            grid.style = "Table Grid"
            for cell in table:
                place = grid.cell(cell.row, cell.column)
                if cell.height * cell.width > 1:
                    place = place.merge(grid.cell(cell.row + cell.height - 1, cell.column + cell.width - 1))
                place.text = cell.text
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def xlsx_of(twin: Twin, *, sheets: bool, numbers: bool, borders: bool) -> bytes:
    """The report as a workbook: on one sheet or, with `sheets`, a sheet a section; figures stored as `numbers` or as text."""
    import openpyxl
    from openpyxl.styles import Border, Side

    thin = Side(style="thin")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([twin.title])
    sheet.merge_cells("A1:J1")
    for heading, lines, table in _parts(twin):
        if sheets:
            sheet = book.create_sheet(heading[:2])
        line = sheet.max_row + 2
        for text in (heading, *lines):
            sheet.cell(line, 1, text)
            sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=10)
            line += 1
        for cell in table or ():
            place = sheet.cell(line + cell.row, 1 + cell.column)
            _store(place, cell, numbers=numbers)
            last = line + cell.row + cell.height - 1, cell.column + cell.width
            if cell.height * cell.width > 1:
                sheet.merge_cells(start_row=place.row, start_column=place.column, end_row=last[0], end_column=last[1])
            if borders:
                for row in sheet.iter_rows(place.row, last[0], place.column, last[1]):
                    for one in row:
                        one.border = Border(thin, thin, thin, thin)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _store(place, cell: Printed, *, numbers: bool) -> None:
    if not cell.text:
        return
    if not (numbers and cell.number) or not cell.text.lstrip("-").replace(".", "", 1).isdigit():
        place.value = cell.text
        return
    decimals = cell.text.partition(".")[2]
    place.value = float(cell.text) if decimals else int(cell.text)
    if decimals:
        place.number_format = "0." + "0" * len(decimals)
