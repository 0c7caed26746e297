"""Random reports whose tables satisfy every equation, printed without any separator between their cells, or with one."""

from __future__ import annotations

from itertools import groupby
from random import Random

from extractor.schema import FORMS, Form, Row

LEAVES = "结果维持结果纠正其他结果尚未审结总计"
_HEADER = (
    "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）申请人情况自然人法人或其他组织总计"
    "商业企业科研机构社会公益组织法律服务机构其他"
)
_PROCEEDINGS = f"行政复议行政诉讼{LEAVES}未经复议直接起诉复议后起诉{LEAVES}{LEAVES}"
Figures = dict[str, str]
"""Address to the number as printed; an empty string is a blank cell."""


def rows_of(form: Form) -> tuple[Row, ...]:
    """The applications rows that a complete table of the edition prints."""
    return tuple(row for row in form.applications.rows if not form.optional(row))


def _spread(random: Random, count: int, into: int) -> list[int]:
    """`count` shared among `into` places, most of it in few of them, as applications are."""
    shares = [0] * into
    favourites = random.sample(range(into), min(3, into))
    left = count
    for place in favourites:
        shares[place] = random.randint(0, left)
        left -= shares[place]
    for _ in range(5):
        shares[random.randrange(into)] += left // 5
    shares[favourites[0]] += left - left // 5 * 5
    return shares


def _applications(random: Random, form: Form, size: int) -> dict[str, list[int]]:
    rows = rows_of(form)
    outcomes = [row.key for row in rows if row.part_of]
    counts = _spread(random, size, len(outcomes))
    parts = {key: _spread(random, count, 6) for key, count in zip(outcomes, counts, strict=True)}
    concluded = [sum(column) for column in zip(*parts.values(), strict=True)]
    forward = _spread(random, random.randint(0, size // 10 + 1), 6)
    carried = [random.randint(0, (a + b) // 4) for a, b in zip(concluded, forward, strict=True)]
    parts |= {"concluded": concluded, "carried_forward": forward, "carried_in": carried}
    parts["received"] = [a + b - c for a, b, c in zip(concluded, forward, carried, strict=True)]
    return {row.key: [*parts[row.key], sum(parts[row.key])] for row in rows}


def figures(random: Random, edition, size: int) -> Figures:
    """All numbers of a report with about `size` applications."""
    form = FORMS[edition]
    found: Figures = {}
    for row in form.disclosure.rows:
        for column in row.columns:
            number = random.choice((0, 0, random.randrange(10), random.randrange(size + 1)))
            amount = random.choice(("0", "0.00", f"{random.randrange(size + 1)}.{random.randrange(100):02}"))
            found[f"disclosure.{row.key}.{column.key}"] = amount if column.kind == "amount" else str(number)
    for key, values in _applications(random, form, size).items():
        for column, value in zip(form.applications.row(key).columns, values, strict=True):
            found[f"applications.{key}.{column.key}"] = str(value)
    for row in form.proceedings.rows:
        results = [random.choice((0, 0, random.randrange(10), random.randrange(size // 20 + 1))) for _ in range(4)]
        for column, value in zip(row.columns, (*results, sum(results)), strict=True):
            found[f"proceedings.{row.key}.{column.key}"] = str(value)
    return found


def tables(edition, shown: Figures, between: str = "") -> tuple[str, str, str]:
    """The three tables; labels and cells have `between` between them, and nothing if that is empty."""
    form = FORMS[edition]
    end = "\n" if between else ""

    def cells(table: str, row: Row) -> str:
        return "".join(between + shown[f"{table}.{row.key}.{column.key}"] for column in row.columns)

    disclosure = ""
    for group, members in groupby(form.disclosure.rows, key=lambda row: (row.group, tuple(c.label for c in row.columns))):
        disclosure += f"{group[0]}{end}信息内容{between}{between.join(group[1])}{end}"
        disclosure += "".join(row.label + cells("disclosure", row) + end for row in members)
    applications, seen = _HEADER + end, set()
    for row in rows_of(form):
        if row.group and row.group not in seen:
            applications += row.group + end
            seen.add(row.group)
        applications += row.number + row.label + cells("applications", row) + end
    numbers = "".join(cells("proceedings", row) for row in form.proceedings.rows)
    return disclosure, applications, _PROCEEDINGS + end + numbers.removeprefix(between)


def report(edition, shown: Figures, between: str = "") -> str:
    """A whole report; its tables are glued unless `between` separates their cells."""
    year = 2023 if edition == "2021" else 2020
    disclosure, applications, proceedings = tables(edition, shown, between)
    return (
        f"溪河县水务局{year}年政府信息公开工作年度报告\n"
        "一、总体情况\n（一）主动公开。我局按照条例要求主动公开政府信息。\n"
        f"二、主动公开政府信息情况\n{disclosure}\n"
        f"三、收到和处理政府信息公开申请情况\n{applications}\n"
        f"四、政府信息公开行政复议、行政诉讼情况\n{proceedings}\n"
        "五、存在的主要问题及改进情况\n公开内容不够丰富。下一步加强培训。\n"
        "六、其他需要报告的事项\n无其他需要报告的事项。\n"
    )
