"""What is printed in one cell: a number, a mark for “does not apply”, nothing, or something that cannot be read."""

from __future__ import annotations

import re

from extractor.reading import State, Value, record
from extractor.schema import Column

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_UNIT = r"(?:万元|亿元|元|人民币元|件次|件|项|个|宗|条|份|次|起|人)"
_CELL = re.compile(
    rf"(?P<sign>[+-]|新?增加?|减少?)?(?P<number>{_NUMBER})(?P<unit>\(?{_UNIT}\)?)?(?P<note>[(\[][^()\[\]]{{1,60}}[)\]])?"
)
_DOUBLE = re.compile(rf"(?P<first>{_NUMBER})/(?P<second>{_NUMBER})")
_NOT_APPLICABLE = re.compile(r"[/\\|丿]|-+|无|不适用|N/A|n/a")
_SPACE = re.compile(r"\s+")


@record
class Printed:
    """The content of a cell. `value` only if `state` is read; `unit` as printed, never converted."""

    state: State
    value: Value | None = None
    unit: str | None = None


_BLANK = Printed("blank")
_MARK = Printed("not_applicable")
UNREADABLE = Printed("unreadable")
SMALL = {str(n): n for n in range(1000)}
"""Nearly every count of nearly every report."""


def read_cell(folded: str, column: Column) -> Printed:
    """Read the folded content of one explicit cell. White space inside it is not a separator (`1 0` is 10)."""
    if folded.isascii() and folded.isdigit() and folded[0] != "0" and len(folded) <= 18 and column.kind != "amount":
        return Printed("read", int(folded))
    content = _SPACE.sub("", folded)
    if not content:
        return _BLANK
    if _NOT_APPLICABLE.fullmatch(content):
        return _MARK
    double = _DOUBLE.fullmatch(content)
    if double and column.kind == "change":
        same = double["first"] == double["second"]
        return Printed("read", int(double["first"])) if same else UNREADABLE
    match = _CELL.fullmatch(content)
    if not match or len(match["number"]) > 18:
        return UNREADABLE
    return _number(match, column)


def _number(match: re.Match[str], column: Column) -> Printed:
    digits = match["number"].replace(",", "")
    whole, _, fraction = digits.partition(".")
    if len(whole) > 1 and whole[0] == "0":
        return UNREADABLE
    sign = match["sign"] or ""
    if column.kind != "change" and sign and sign not in "+-":
        return UNREADABLE
    negative = sign == "-" or sign.startswith("减")
    unit = (match["unit"] or "").strip("()") or None
    if column.kind == "amount":
        return Printed("read", ("-" if negative else "") + digits, unit)
    if fraction.strip("0") or (unit and unit.endswith("元")):
        return UNREADABLE
    return Printed("read", -int(whole) if negative else int(whole), unit)
