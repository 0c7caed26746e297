"""Rules over the tables: their equations, and the cells that hold no number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import groupby

from extractor.document import Span
from extractor.equations import Assessment, Equation
from extractor.explain import Component
from extractor.naming import COLUMN_LABELS, ROW_LABELS, cell_label, row_label
from extractor.result import Cause, Explanation, Severity
from extractor.schema import Row
from extractor.validate.readings import (
    TABLE_NAMES,
    all_absent,
    disagree,
    emptied,
    head_only,
    missing_rows,
    says_something,
    tables_lacking,
    unread_rows,
)
from extractor.validate.rule import Found, Rule, Subject, Words, once

_FORM = ("国办公开办函〔2021〕30号、〔2019〕60号附件", "国办公开办函〔2021〕30号 and 〔2019〕60号, annex")


def _hull(spans: Iterable[Span | None]) -> Span | None:
    known = [span for span in spans if span]
    return (min(s[0] for s in known), max(s[1] for s in known)) if known else None


_LONGEST = 300
_FIRST = ("sum.applicants", "sum.proceedings", "sum.outcomes", "balance.applications")
"""Of equations broken by the same cells, the one that names the finding: a row is easier to check than a column."""


def _equation(subject: Subject, rule: str) -> Iterator[Found]:
    """Broken equations, those with one explanation as one finding: errors where they are violated or no number in their blanks
    makes them hold, otherwise a blank that cannot be 0, neighbouring ones together. Then those that lack rows and that
    nothing in these rows makes hold."""
    assessed = dict(subject.assessed) if subject.broken else {}
    blanks: list[Component] = []
    for component in subject.broken:
        certain = [equation for equation in component.equations if not assessed[equation].fillable]
        first = min(certain or component.equations, key=lambda equation: _FIRST.index(equation.rule))
        if first.rule != rule:
            continue
        if certain:
            yield _of_component(subject, component, first, "error")
        else:
            blanks.append(component)
    for block in _blocks(blanks):
        yield _of_component(subject, block, next(e for e in block.equations if e.rule == rule), "warning")
    for equation, assessment in _impossible(subject):
        if equation.rule == rule:
            yield _broken(subject, equation, assessment.left, assessment.right, "error")


@once
def _impossible(subject: Subject) -> list[tuple[Equation, Assessment]]:
    """The equations that lack numbers and that none makes hold, but for those that are explained with others."""
    explained = {equation for component in subject.broken for equation in component.equations}
    return [
        (equation, assessment)
        for equation, assessment in subject.assessed
        if not assessment.fillable and assessment.holds is None and equation not in explained
    ]


def _of_component(subject: Subject, component: Component, first: Equation, severity: Severity) -> Found:
    assessment = next(assessment for equation, assessment in subject.assessed if equation == first)
    found = _broken(subject, first, assessment.left, assessment.right, severity)
    addresses = dict.fromkeys(a for equation in component.equations for a in equation.addresses)
    cells = tuple(address for address in addresses if address in subject.cells)
    return replace(found, cells=cells, explanations=component.explanations)


def _blocks(components: list[Component]) -> Iterator[Component]:
    """The components of rows in which one filled blank is the only explanation, those with the blank in the same column
    together: a column of totals left blank is one problem. The others as they are."""
    columns: dict[str, list[Component]] = {}
    for component in components:
        blanks = [cell.cell for explanation in component.explanations for cell in explanation.cells]
        alone = len(blanks) == 1 and component.explanations[0].unique
        columns.setdefault(blanks[0].rpartition(".")[2] if alone else str(len(columns)), []).append(component)
    for alike in columns.values():
        if len(alike) == 1:
            yield alike[0]
        else:
            cells = tuple(cell for one in alike for cell in one.explanations[0].cells)
            explanation = Explanation(kind="blank_cell", cells=cells, unique=True)
            yield Component(tuple(equation for one in alike for equation in one.equations), (explanation,))


def _broken(subject: Subject, equation: Equation, left: int, right: int, severity: Severity) -> Found:
    read = [a for a in equation.addresses if a in subject.cells and subject.cells[a].value is not None]
    doubtful = any(subject.cells[address].trust == "doubtful" for address in read)
    differ = any(disagree(subject.cells[address]) for address in read)
    span = _hull(subject.cells[address].span for address in read) if equation.rule != "balance.applications" else None
    return Found(
        severity,
        "reading" if differ else "undetermined" if doubtful else "report",
        tuple(address for address in equation.addresses if address in subject.cells),
        span=None if span and span[1] - span[0] > _LONGEST else span,
        formula=f"{_side(subject, equation.plus)} = {_side(subject, equation.minus)}",
        expected=str(right),
        actual=str(left),
        difference=str(abs(left - right)),
        parameters={
            "at": row_label(f"applications.{equation.at}") if equation.rule == "sum.applicants" else _at(equation),
            "verdict": "不成立" if severity == "error" else "空白按0计时不成立",
            "en": "does not hold" if severity == "error" else "does not hold with 0 for the blanks",
        },
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
    if state not in subject.by_state:
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
    """Cells that are printed and empty, a finding a contiguous block of rows of one table. In a copy that lost figures
    elsewhere they may have been lost too."""
    for block in _states(subject, "blank"):
        yield _of_block(subject, block, "warning", "undetermined" if emptied(subject) else "report")


def _not_applicable(subject: Subject) -> Iterator[Found]:
    """Cells that hold `/`, a dash or 无, a finding a contiguous block of rows of one table."""
    for block in _states(subject, "not_applicable"):
        yield _of_block(subject, block, "warning", "report")


def _unreadable(subject: Subject) -> Iterator[Found]:
    """Cells that hold something that is no certain number, a finding a contiguous block of rows of one table."""
    for block in _states(subject, "unreadable"):
        yield _of_block(subject, block, "warning", "report")


def _of_block(subject: Subject, block: list[str], severity: Severity, cause: Cause) -> Found:
    first, last = block[0].rpartition(".")[0], block[-1].rpartition(".")[0]
    at = row_label(first) if first == last else f"{row_label(first)} … {row_label(last)}"
    cells = [subject.cells[address] for address in block]
    raw = next((cell.raw for cell in cells if cell.raw), None)
    span = next((cell.span for cell in cells if cell.span), None)
    return Found(severity, cause, tuple(block), raw, span, parameters={"at": at, "count": len(block)})


def _unplaced(subject: Subject) -> Iterator[Found]:
    """Rows that print numbers which nothing ties to columns, a finding a table. An original shows its columns to the eye:
    there the reading is short of them. A copy loses cells and separators in many rows; one that has a number too few may
    also be the agency's."""
    ours = sorted(subject.unplaced.items(), key=lambda item: item[0] in subject.left_open)
    for (_, left_open), group in groupby(ours, key=lambda item: (item[0].partition(".")[0], item[0] in subject.left_open)):
        rows = list(group)
        for key, row in rows[:1]:
            begins = tuple(f"{key}." for key, _ in rows)
            cells = tuple(address for address in subject.cells if address.startswith(begins))
            at = ROW_LABELS.get(key, "四、行政复议、行政诉讼")
            cause: Cause = "reading" if subject.copy == "original" or left_open else "copy"
            if cause == "copy" and len(rows) == 1 and len(row.raw.split()) > 1:
                cause = "undetermined"
            shown = at if len(rows) == 1 else f"{at} … {ROW_LABELS[rows[-1][0]]}"
            yield Found(
                "warning",
                cause,
                cells,
                row.raw,
                row.span,
                parameters={"at": shown, "count": len(rows), "candidates": max(one.count for _, one in rows)},
            )


def _domain(subject: Subject) -> Iterator[Found]:
    """Counts and amounts below zero; only a change of 2019 may be."""
    figures = [(address, value) for address, cell in subject.cells.items() if (value := cell.value)]
    for address, value in figures:
        negative = value < 0 if isinstance(value, int) else value[0] == "-"
        if negative and not address.endswith(".change"):
            cell = subject.cells[address]
            yield Found("error", "report", (address,), cell.raw, cell.span, parameters={"at": cell_label(address)})


def _stock(subject: Subject) -> Iterator[Found]:
    """Documents issued in a year against those in force at its end with those repealed: what was issued is one or the other."""
    for row in ("rules", "normative_documents"):
        cells = [subject.cells.get(f"disclosure.{row}.{column}") for column in ("issued", "in_force", "repealed")]
        values = [cell.value for cell in cells if cell is not None and cell.trust != "doubtful" and isinstance(cell.value, int)]
        if len(values) < len(cells) or values[0] <= values[1] + values[2]:
            continue
        issued, in_force, repealed = values
        yield Found(
            "warning",
            "undetermined",
            tuple(f"disclosure.{row}.{column}" for column in ("issued", "in_force", "repealed")),
            span=_hull(cell.span for cell in cells if cell is not None),
            formula=f"{in_force} + {repealed} = {in_force + repealed}",
            expected=str(in_force + repealed),
            actual=str(issued),
            difference=str(issued - in_force - repealed),
            parameters={"at": row_label(f"disclosure.{row}")},
        )


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
    for table in tables_lacking(subject):
        unread = unread_rows(subject, table)
        missing = [row for row in missing_rows(subject, table) if row not in unread]
        if missing:
            yield _missing(table.name, missing, "error", "undetermined", ("缺少", "missing"))
    if subject.kind == "annual_report" and subject.undivided and subject.form.edition == "2021":
        rows = [row for row in subject.form.applications.rows if row.replaces]
        yield _missing("applications", rows, "warning", "report", ("未按格式分列", "printed as one"))


def _missing(table: str, rows: list[Row], severity: Severity, cause: Cause, what: Words) -> Found:
    cells = tuple(f"{table}.{row.key}.{column.key}" for row in rows for column in row.columns)
    shown = "、".join(f"{row.number}{row.label}" for row in rows[:4]) + ("…" if len(rows) > 4 else "")
    parameters: dict[str, str | int] = {"table": TABLE_NAMES[table], "what": what[0], "en": what[1]}
    return Found(severity, cause, cells, parameters=parameters | {"at": shown, "count": len(rows)})


def _table(subject: Subject) -> Iterator[Found]:
    """Tables of a report that are not there at all. Where its section says in prose what a table should, the agency left it
    out; where the section is empty, it may be a picture or lost."""
    for table in tables_lacking(subject):
        if all_absent(subject, table.name) and head_only(subject, table.name) is None:
            cells = tuple(a for a in subject.cells if a.startswith(table.name + "."))
            yield Found(
                "error",
                "report" if says_something(subject, table.name) else "undetermined",
                cells,
                parameters={"at": TABLE_NAMES[table.name]},
            )


def _sum_rule(rule: str, zh: str, en: str) -> Rule:
    return Rule(
        rule,
        "error",
        _FORM,
        (
            f"{{at}}：{zh}，{{formula}} {{verdict}}，相差{{difference}}{{explained}}",
            f"{{at}}: {en}; {{formula}} {{en}}, off by {{difference}}{{explained}}",
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
        "stock.documents",
        "warning",
        ("本年制发的文件，年末或现行有效，或已废止", "what was issued in a year is in force at its end, or repealed"),
        (
            "{at}本年制发{actual}件，多于现行有效与废止之和{expected}件",
            "{at}: {actual} issued, more than in force and repealed together ({expected})",
        ),
        ("请核对；如因清理或口径不同请说明", "check; say so if a clean-up or another scope explains it"),
        _stock,
    ),
    Rule(
        "cell.blank",
        "warning",
        _FORM,
        ("{at}：{count}格空白", "{at}: {count:# blank cell|# blank cells}"),
        ("没有的请填“0”；空白不按0计", "print 0 where there is none; a blank is not counted as 0"),
        _blank,
    ),
    Rule(
        "cell.not_applicable",
        "warning",
        _FORM,
        ("{at}：{count}格填“{raw}”", "{at}: {count:# cell holds|# cells hold} “{raw}”"),
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
            "{at}：印有“{raw}”，但无法确定各数属于哪一列（共{count}行{candidates:||，一行至多#种可能}）",
            "{at}: “{raw}” is printed, but nothing tells its columns ({count:# row|# rows}{candidates:||, up to # ways a row})",
        ),
        ("请对照原始网页或文件确认；本工具不猜", "check the original page or file; this program does not guess"),
        _unplaced,
    ),
    Rule(
        "structure.row",
        "error",
        _FORM,
        ("{table}{what}：{at}", "{count:a row of the form is|rows of the form are} {en}: {at}"),
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
            "同一张表出现两次且不一致：{at}{count:|等#格}，一处为{raw}，另一处为{other}",
            "the same table is printed twice and differs in {count:# cell|# cells}: {at}, {raw} and {other}",
        ),
        ("请确认哪一份有效", "say which of them is valid"),
        _differing,
    ),
)
