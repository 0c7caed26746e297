"""Rules over the tables: their equations, and the cells that hold no number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby

from extractor.document import Span
from extractor.equations import Equation
from extractor.naming import COLUMN_LABELS, ROW_LABELS, cell_label, row_label
from extractor.result import Cause, Severity
from extractor.schema import Row
from extractor.validate.rule import Found, Rule, Subject, damage

_FORM = ("国办公开办函〔2021〕30号、〔2019〕60号附件", "国办公开办函〔2021〕30号 and 〔2019〕60号, annex")


def _hull(spans: Iterable[Span | None]) -> Span | None:
    known = [span for span in spans if span]
    return (min(s[0] for s in known), max(s[1] for s in known)) if known else None


_LONGEST = 300
_FIRST = ("sum.applicants", "sum.proceedings", "sum.outcomes", "balance.applications")
"""Of equations broken by the same cells, the one that names the finding: a row is easier to check than a column."""


def _equation(subject: Subject, rule: str) -> Iterator[Found]:
    """Violated equations, those with one explanation as one finding; then those that blanks leave open and 0 would break."""
    for component in subject.broken:
        first = min(component.equations, key=lambda equation: _FIRST.index(equation.rule))
        if first.rule == rule:
            assessment = next(assessment for equation, assessment in subject.assessed if equation == first)
            found = _broken(subject, first, assessment.left, assessment.right, "error")
            addresses = dict.fromkeys(a for equation in component.equations for a in equation.addresses)
            cells = tuple(address for address in addresses if address in subject.cells)
            yield replace(found, cells=cells, explanations=component.explanations)
    for equation, assessment in subject.assessed:
        if equation.rule != rule or assessment.holds is not None:
            continue
        if not assessment.fillable:
            yield _broken(subject, equation, assessment.left, assessment.right, "error")
        elif not assessment.with_zero and _blank_only(subject, equation):
            yield _broken(subject, equation, assessment.left, assessment.right, "warning")


def _blank_only(subject: Subject, equation: Equation) -> bool:
    """Whether every missing number is a cell printed blank (rows not printed or not placed have findings of their own)."""
    states = {subject.cells[address].state for address in equation.addresses if address in subject.cells}
    return "blank" in states and states <= {"blank", "read"}


def _broken(subject: Subject, equation: Equation, left: int, right: int, severity: Severity) -> Found:
    read = [a for a in equation.addresses if a in subject.cells and subject.cells[a].value is not None]
    doubtful = any(subject.cells[address].trust == "doubtful" for address in read)
    span = _hull(subject.cells[address].span for address in read) if equation.rule != "balance.applications" else None
    return Found(
        severity,
        "undetermined" if doubtful else "report",
        tuple(address for address in equation.addresses if address in subject.cells),
        span=None if span and span[1] - span[0] > _LONGEST else span,
        formula=f"{_side(subject, equation.plus)} = {_side(subject, equation.minus)}",
        expected=str(right),
        actual=str(left),
        difference=str(abs(left - right)),
        parameters={"at": row_label(f"applications.{equation.at}") if equation.rule == "sum.applicants" else _at(equation)},
    )


def _side(subject: Subject, addresses: tuple[str, ...]) -> str:
    shown = [subject.cells[a].value for a in addresses if a in subject.cells]
    terms = [str(value) if value is not None else "□" for value in shown]
    kept = [term for term in terms if term != "0"] or ["0"]
    return " + ".join(kept)


def _at(equation: Equation) -> str:
    if equation.rule == "sum.proceedings":
        return row_label(f"proceedings.{equation.at}")
    return COLUMN_LABELS[f"applications.received.{equation.at}"]


def _states(subject: Subject, state: str) -> Iterator[list[str]]:
    """Cells in a state, a finding a contiguous block of rows of one table."""
    if state not in {cell.state for cell in subject.cells.values()}:
        return
    block: list[str] = []
    last_table, last_row = "", ""
    pending = True
    for address, cell in subject.cells.items():
        table, row, _ = address.split(".")
        if row != last_row:
            if block and (not pending or table != last_table):
                yield block
                block = []
            pending = False
        last_table, last_row = table, row
        if cell.state == state:
            block.append(address)
            pending = True
    if block:
        yield block


def _blank(subject: Subject) -> Iterator[Found]:
    """Cells that are printed and empty, a finding a contiguous block of rows of one table."""
    for block in _states(subject, "blank"):
        yield _of_block(subject, block, "warning", "report")


def _not_applicable(subject: Subject) -> Iterator[Found]:
    """Cells that hold `/`, a dash or 无, a finding a contiguous block of rows of one table."""
    for block in _states(subject, "not_applicable"):
        yield _of_block(subject, block, "warning", "report")


def _unreadable(subject: Subject) -> Iterator[Found]:
    """Cells that hold something that is no certain number, a finding a contiguous block of rows of one table."""
    for block in _states(subject, "unreadable"):
        yield _of_block(subject, block, "warning", "report")


def _of_block(subject: Subject, block: list[str], severity: Severity, cause: str) -> Found:
    first, last = block[0].rpartition(".")[0], block[-1].rpartition(".")[0]
    at = row_label(first) if first == last else f"{row_label(first)} … {row_label(last)}"
    cells = [subject.cells[address] for address in block]
    raw = next((cell.raw for cell in cells if cell.raw), None)
    span = next((cell.span for cell in cells if cell.span), None)
    return Found(severity, cause, tuple(block), raw, span, parameters={"at": at, "count": len(block)})  # type: ignore[arg-type]


def _unplaced(subject: Subject) -> Iterator[Found]:
    """Rows that print numbers which nothing ties to columns, a finding a table."""
    for _, group in groupby(subject.unplaced.items(), key=lambda item: item[0].partition(".")[0]):
        rows = list(group)
        for key, row in rows[:1]:
            cells = tuple(a for k, _ in rows for a in subject.cells if a.startswith(k + "."))
            at = ROW_LABELS.get(key, "四、行政复议、行政诉讼" if key == "proceedings" else key)
            shown = at if len(rows) == 1 else f"{at} … {ROW_LABELS.get(rows[-1][0], rows[-1][0])}"
            yield Found(
                "warning",
                damage(subject),
                cells,
                row.raw,
                row.span,
                parameters={"at": shown, "count": len(rows), "candidates": row.count},
            )


def _domain(subject: Subject) -> Iterator[Found]:
    """Counts and amounts below zero; only a change of 2019 may be."""
    for address, cell in subject.cells.items():
        negative = cell.value < 0 if isinstance(cell.value, int) else cell.value is not None and cell.value[0] == "-"
        if negative and not address.endswith(".change"):
            yield Found("error", "report", (address,), cell.raw, cell.span, parameters={"at": cell_label(address)})


def _differing(subject: Subject) -> Iterator[Found]:
    """Cells that two printings of one table give different numbers."""
    if subject.differing:
        cells = tuple(dict.fromkeys(subject.differing))
        cell = subject.cells[cells[0]]
        other = next((str(r.raw) for r in cell.readings or () if r.reader == "copy"), "")
        yield Found(
            "warning",
            "report",
            cells,
            cell.raw,
            cell.span,
            parameters={"at": cell_label(cells[0]), "count": len(cells), "other": other},
        )


def _rows(subject: Subject) -> Iterator[Found]:
    """Rows of a printed table that are not printed, and （六）其他处理 printed undivided in the form of 2021."""
    if subject.kind != "annual_report":
        return
    labelled = set(subject.applications.labels) if subject.applications else set()
    for table in subject.form.tables:
        states = {row.key: _row_state(subject, table.name, row) for row in table.rows}
        if all(state in ("absent", "none") for state in states.values()):
            continue
        replaced = {key for row in table.rows if states[row.key] not in ("absent", "none") for key in row.replaces}
        missing = [row for row in table.rows if states[row.key] == "absent" and row.key not in replaced | labelled]
        if missing:
            yield _missing(table.name, missing, "error", "undetermined", "缺少")
    if subject.undivided and subject.form.edition == "2021":
        rows = [row for row in subject.form.applications.rows if row.replaces]
        yield _missing("applications", rows, "warning", "report", "未按格式分列")


def _missing(table: str, rows: list[Row], severity: Severity, cause: Cause, what: str) -> Found:
    cells = tuple(f"{table}.{row.key}.{column.key}" for row in rows for column in row.columns)
    shown = "、".join(f"{row.number}{row.label}" for row in rows[:4]) + ("…" if len(rows) > 4 else "")
    return Found(severity, cause, cells, parameters={"at": shown, "count": len(rows), "what": what})


def _row_state(subject: Subject, table: str, row: Row) -> str:
    cell = subject.cells.get(f"{table}.{row.key}.{row.columns[0].key}")
    return cell.state if cell else "none"


_TABLE_NAMES = {
    "disclosure": "二、主动公开政府信息情况",
    "applications": "三、收到和处理政府信息公开申请情况",
    "proceedings": "四、政府信息公开行政复议、行政诉讼情况",
}


def _table(subject: Subject) -> Iterator[Found]:
    """Tables of a report that are not there at all."""
    if subject.kind != "annual_report":
        return
    for table in subject.form.tables:
        labelled = table.name == "applications" and subject.applications is not None
        if labelled or _row_state(subject, table.name, table.rows[0]) != "absent":
            continue
        cells = tuple(a for a in subject.cells if a.startswith(table.name + "."))
        if all(subject.cells[a].state == "absent" for a in cells):
            yield Found("error", "undetermined", cells, parameters={"at": _TABLE_NAMES[table.name]})


def _sum_rule(rule: str, zh: str, en: str) -> Rule:
    return Rule(
        rule,
        "error",
        _FORM,
        (
            f"{zh}（{{at}}）：{{formula}} 不成立，相差{{difference}}{{explained}}",
            f"{en} ({{at}}): {{formula}} does not hold, off by {{difference}}{{explained}}",
        ),
        ("请核对所列各格，与原始台账一致后更正", "check the cells named against the original records and correct the report"),
        partial(_equation, rule=rule),
    )


RULES: tuple[Rule, ...] = (
    _sum_rule("balance.applications", "第一项加第二项之和应等于第三项加第四项之和", "items 1 + 2 must equal items 3 + 4"),
    _sum_rule("sum.outcomes", "（七）总计应等于各办理结果之和", "row （七）总计 must be the sum of the outcomes"),
    _sum_rule("sum.applicants", "总计应等于各类申请人之和", "总计 must be the sum of the applicants"),
    _sum_rule("sum.proceedings", "总计应等于四种结果之和", "总计 must be the sum of the four results"),
    Rule(
        "value.domain",
        "error",
        _FORM,
        ("{at}为负数：{raw}", "{at} is negative: {raw}"),
        ("件数不能为负，请核对", "a count cannot be negative; check it"),
        _domain,
    ),
    Rule(
        "cell.blank",
        "warning",
        _FORM,
        ("{at}：{count}格空白", "{at}: {count} cells are blank"),
        ("没有的请填“0”；空白不按0计", "print 0 where there is none; a blank is not counted as 0"),
        _blank,
    ),
    Rule(
        "cell.not_applicable",
        "warning",
        _FORM,
        ("{at}：{count}格填“{raw}”", "{at}: {count} cells hold “{raw}”"),
        ("没有的请填“0”", "print 0 where there is none"),
        _not_applicable,
    ),
    Rule(
        "cell.unreadable",
        "warning",
        _FORM,
        ("{at}：“{raw}”不是可以确定的数", "{at}: “{raw}” is no certain number"),
        ("请对照原文确认", "check the source"),
        _unreadable,
    ),
    Rule(
        "cell.unplaced",
        "warning",
        _FORM,
        (
            "{at}：印有“{raw}”，但无法确定各数属于哪一列（{candidates}种可能；共{count}行）",
            "{at}: “{raw}” is printed, but nothing tells which columns it belongs to ({candidates} ways; {count} rows)",
        ),
        ("请对照原始网页或文件确认；本工具不猜", "check the original page or file; this program does not guess"),
        _unplaced,
    ),
    Rule(
        "structure.row",
        "error",
        _FORM,
        ("申请情况等表{what}：{at}", "rows are missing or not divided ({what}): {at}"),
        ("请按格式补齐各行", "print every row of the form"),
        _rows,
    ),
    Rule(
        "structure.table",
        "error",
        _FORM,
        ("没有找到可读的表格：{at}", "no readable table was found: {at}"),
        (
            "请核对原文是否有表；表格若为图片或附件，请提供可读取的文件",
            "check whether the source has it; give a readable file if it is a picture or an attachment",
        ),
        _table,
    ),
    Rule(
        "structure.duplicate",
        "warning",
        _FORM,
        (
            "同一张表出现两次且不一致：{at}等{count}格，一处为{raw}，另一处为{other}",
            "the same table is printed twice and differs in {count} cells: {at}, {raw} and {other}",
        ),
        ("请确认哪一份有效", "say which of them is valid"),
        _differing,
    ),
)
