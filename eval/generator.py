"""Whole reports with known truth: consistent random tables in eight layouts with prose about them, and their labels.

`generate` is pure: the same arguments give the same bytes. Names, figures and sentences are invented. What a layout does not
show is labelled so: digits that can be cut in several ways are `unplaced`, zeros left empty are `blank`.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from eval.cutting import block_ways, decided, ways
from eval.printing import SECTIONS, Layout, Printer, Values, Writer, printed_rows
from extractor.schema import FORMS, Edition

Size = Literal["office", "county", "city", "huge"]
LAYOUTS: tuple[Layout, ...] = ("lines", "tab", "pipe", "markdown", "inline", "html_grid", "glued", "pipe_lines")
SUFFIXES: dict[str, str] = {"markdown": "md", "html_grid": "html"}


class _Scale(NamedTuple):
    """What a body of some size is called and at most prints: applications, decisions, documents, proceedings."""

    applications: int
    decisions: int
    documents: int
    proceedings: int
    kind: str
    offices: tuple[str, ...]


_BUREAUS = ("财政局", "水利局", "民政局", "教育局", "农业农村局", "交通运输局", "卫生健康局", "自然资源局")
SCALES: dict[Size, _Scale] = {
    "office": _Scale(30, 60, 12, 2, "县", _BUREAUS),
    "county": _Scale(900, 9_000, 60, 30, "县", ("人民政府",)),
    "city": _Scale(9_000, 300_000, 400, 400, "市", ("人民政府",)),
    "huge": _Scale(3_000_000, 9_000_000, 5_000, 9_000, "省", ("人民政府",)),
}
_FIRST, _SECOND = "青沅岚泽霁桐浣栎琅昀汀墨枫缙鹤", "川溪州陵岭浦泉山河洲原阳"
_TOPICS = ("惠民政策", "财政资金", "工程项目", "办事指南", "人事任免", "监督检查", "应急预警", "统计数据", "公共服务")
_COLUMN_WEIGHTS = {"natural_person": 86, "enterprise": 9, "legal_service": 3}
_OUTCOME_WEIGHTS = {"granted": 40, "granted_in_part": 9, "unavailable_not_held": 20, "rejected_petition": 5}

MESSES: dict[Layout, tuple[str, ...]] = {
    "lines": ("nbsp_blank", "page_break", "label_variant", "dun_numbering", "thousands", "blank_lines_between"),
    "tab": ("blank_cells", "page_break", "label_variant", "dun_numbering", "thousands"),
    "pipe": ("blank_cells", "label_variant", "dun_numbering", "thousands"),
    "markdown": ("blank_cells", "label_variant", "dun_numbering", "thousands"),
    "inline": ("page_break", "label_variant", "dun_numbering", "thousands"),
    "html_grid": ("blank_cells", "label_variant", "dun_numbering", "thousands"),
    "glued": ("label_variant", "dun_numbering"),
    "pipe_lines": ("nbsp_blank", "label_variant", "thousands"),
}


@dataclass(frozen=True, slots=True)
class Generated:
    """A document with its label in the form of CONTRACT.md, “Labels”."""

    name: str
    data: bytes
    label: dict[str, Any]


def _spread(rng: random.Random, total: int, weights: Sequence[float]) -> list[int]:
    """Non-negative integers that sum to `total`, roughly in proportion to the weights."""
    if total <= 60:
        parts = [0] * len(weights)
        for index in rng.choices(range(len(weights)), weights, k=total):
            parts[index] += 1
        return parts
    shares = [weight * rng.uniform(0.3, 1.7) for weight in weights]
    whole = sum(shares)
    parts = [int(total * share / whole) for share in shares]
    parts[0] += total - sum(parts)
    return parts


def _application_values(rng: random.Random, edition: Edition, limit: int) -> Values:
    """A table that satisfies all its equations, by construction."""
    rows = printed_rows(edition)
    outcomes = [row for row in rows if row.part_of]
    columns = [c for c in rows[0].columns if c.part_of]
    count = rng.randint(limit // 10, limit)
    totals = _spread(rng, count, [_COLUMN_WEIGHTS.get(c.key, 0.5) for c in columns])
    weights = [_OUTCOME_WEIGHTS.get(row.key, 1.5) for row in outcomes]
    by_row: dict[str, list[int]] = {row.key: [] for row in rows}
    for total in totals:
        for row, part in zip(outcomes, _spread(rng, total, weights), strict=True):
            by_row[row.key].append(part)
        forward = rng.randint(0, total // 12 + (rng.random() < 0.1))
        before = rng.randint(0, (total + forward) // 12)
        by_row["concluded"].append(total)
        by_row["carried_forward"].append(forward)
        by_row["carried_in"].append(before)
        by_row["received"].append(total + forward - before)
    keys = [c.key for c in rows[0].columns]
    return {
        f"applications.{row}.{key}": number
        for row, parts in by_row.items()
        for key, number in zip(keys, [*parts, sum(parts)], strict=True)
    }


def _other_values(rng: random.Random, edition: Edition, scale: _Scale) -> Values:
    """Disclosure and proceedings."""
    form = FORMS[edition]
    values: Values = {}
    for row in form.disclosure.rows:
        place = f"disclosure.{row.key}"
        for column in row.columns:
            limit = scale.decisions if column.key == "decisions" else scale.documents
            number: int | str = rng.randint(0, limit)
            if column.kind == "amount":
                number = f"{rng.randint(0, scale.decisions * 100) / 100:.2f}"
            elif column.kind == "change":
                number = rng.randint(-min(9, int(values[f"{place}.previous_items"])), 9)
            elif row.key == "rules":
                number = rng.randint(0, 9) if scale.kind != "县" else 0
            if column.key == "published":
                number = values[f"{place}.made"]
            values[f"{place}.{column.key}"] = number
        if len(row.columns) == 3 and row.columns[1].kind == "count":  # documents: no more issued than in force
            first, _, last = (f"{place}.{column.key}" for column in row.columns)
            values[last] = int(values[last]) + int(values[first])
    for row in form.proceedings.rows:
        parts = _spread(rng, rng.randint(0, scale.proceedings), [6, 2, 1, 2])
        keys = [f"proceedings.{row.key}.{c.key}" for c in row.columns]
        values.update(zip(keys, [*parts, sum(parts)], strict=True))
    return values


def _parts(rng: random.Random, write: Writer) -> None:
    """A total with all its parts."""
    parts = [rng.randint(1, 400) for _ in range(rng.randint(2, 4))]
    topics = rng.sample(_TOPICS, len(parts))
    start = rng.choice(("全年发布", "一年来对外公布", "本年累计公开"))
    total = write.claim(f"{start}信息{sum(parts)}条", sum(parts), "条", "count", "公开信息")
    write.put(rng.choice(("，包括", "，分别为")))
    for index, (topic, part) in enumerate(zip(topics, parts, strict=True)):
        write.put("、" if index else "")
        write.claim(f"{topic}类{part}条", part, "条", "count", f"其中：{topic}", part_of=total)
    write.put("。")


def _requests(rng: random.Random, write: Writer, values: Values) -> None:
    """What the prose says about the applications table."""
    cells = {row: f"applications.{row}.total" for row in ("received", "carried_in", "concluded", "carried_forward", "granted")}
    received, before, done, forward, granted = (int(values[cell]) for cell in cells.values())
    if not received:
        write.claim("没有收到政府信息公开申请", 0, "件", "negation", "新收申请", cell=cells["received"])
        write.put("。")
        return
    start = rng.choice(("新收政府信息公开申请", "本年收到申请"))
    write.claim(f"{start}{received}件", received, "件", "count", "新收申请", cell=cells["received"])
    write.put("，")
    write.claim(f"上年结转{before}件", before, "件", "count", "上年结转申请", cell=cells["carried_in"])
    write.put("；")
    total = write.claim(f"办结{done}件", done, "件", "count", "办结申请", cell=cells["concluded"])
    write.put("，")
    write.claim(f"结转下年度{forward}件", forward, "件", "count", "结转下年度申请", cell=cells["carried_forward"])
    if done and rng.random() < 0.6:
        write.put("。办结的申请中，")
        part = write.claim(f"予以公开{granted}件", granted, "件", "count", "予以公开", part_of=total, cell=cells["granted"])
        hundredths = (granted * 20_000 + done) // (2 * done)
        share = f"{hundredths // 100}.{hundredths % 100:02}"
        write.put("，")
        write.claim(f"占办结总数的{share}%", share, "%", "ratio", "予以公开占办结总数", formula=f"{part}/{total}")
    write.put("。")


def _overview(rng: random.Random, write: Writer, values: Values) -> None:
    """Section 一 with its five aspects."""
    write.line("一、总体情况", "h2")
    write.open()
    write.put("（一）主动公开。")
    _parts(rng, write)
    write.close()
    write.open()
    write.put("（二）依申请公开。")
    _requests(rng, write, values)
    write.close()
    write.open()
    write.put("（三）政府信息管理。办公室对历史文件逐件核对，")
    number = rng.randint(1, 90) * 100
    write.claim(f"标注文件{number}余份", number, "份", "approximate", "标注文件")
    write.put("，失效的注明失效。")
    write.close()
    write.open()
    write.put("（四）平台建设。门户网站")
    number = rng.randint(2, 60)
    write.claim(f"设置栏目{number}个", number, "个", "count", "网站栏目")
    tenths = rng.randint(2, 900)
    write.put("，")
    write.claim(f"访问量{tenths // 10}.{tenths % 10}万次", tenths * 1000, "次", "count", "网站访问量")
    write.put("。")
    write.close()
    write.open()
    write.put("（五）监督保障。")
    number = rng.randint(1, 12)
    write.claim(f"组织培训{number}次", number, "次", "count", "培训")
    write.put("，")
    write.claim(f"参训{number * 31}人次", number * 31, "人次", "count", "参训人次")
    write.put("，考核结果按季通报。")
    write.close()


def _closing(rng: random.Random, write: Writer, values: Values) -> None:
    """Sections 五 and 六."""
    write.line("五、存在的主要问题及改进情况", "h2")
    write.open()
    problems = rng.sample(("解读形式偏少", "答复说理不足", "栏目更新偏慢", "基层人手不足"), rng.randint(2, 3))
    count = "两三"[len(problems) - 2]
    write.put("对照要求，还有")
    write.claim(f"{count}个方面的不足", len(problems), "个方面", "enumeration", "存在的不足")
    write.put("：" + "；".join(f"{n}是{p}" for n, p in zip("一二三", problems, strict=False)) + "。今后逐项整改。")
    write.close()
    write.line("六、其他需要报告的事项", "h2")
    write.open()
    write.claim("未收取信息处理费", 0, None, "negation", "信息处理费")
    write.put("。")
    cell = "proceedings.reconsideration.total"
    number = int(values[cell])
    if number:
        write.put("全年")
        write.claim(f"行政复议{number}件", number, "件", "count", "行政复议", cell=cell)
        write.put("。")
    write.close()


def _printed(rng: random.Random, values: Values, mess: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The text of every value cell, and the addresses left empty."""
    changes = {a for a in values if a.endswith(".change")}
    comma = "thousands" in mess
    shown = {
        a: f"{v:+}" if v and a in changes else v if isinstance(v, str) else f"{v:,}" if comma else str(v)
        for a, v in values.items()
    }
    empty = next((m for m in mess if m in ("nbsp_blank", "blank_cells")), None)
    zeros = [a for a, v in values.items() if v == 0 and a.startswith("applications.")] if empty else []
    blanks = rng.sample(zeros, min(len(zeros), rng.randint(1, 6)))
    shown.update(dict.fromkeys(blanks, "\u00a0 " if empty == "nbsp_blank" else ""))
    return shown, blanks


def _undecided(edition: Edition, shown: dict[str, str]) -> dict[str, str]:
    """The glued rows outside the applications table that can be cut in several ways: row (or table) to digits."""
    form, found = FORMS[edition], {}
    for row in form.disclosure.rows:
        digits = "".join(shown[f"disclosure.{row.key}.{c.key}"] for c in row.columns)
        if ways(digits, [c.kind for c in row.columns]) > 1:
            found[f"disclosure.{row.key}"] = digits
    blocks = form.proceedings.rows
    digits = "".join(shown[f"proceedings.{row.key}.{c.key}"] for row in blocks for c in row.columns)
    if block_ways(digits, len(blocks), len(blocks[0].columns)) > 1:
        found["proceedings"] = digits
    return found


def _figures(rng: random.Random, layout: Layout, edition: Edition, size: Size) -> Values:
    """All values. In the glued layout they are drawn until the equations decide every row of the applications table."""
    scale, rows = SCALES[size], printed_rows(edition)
    limit = scale.applications
    while True:
        values = _application_values(rng, edition, limit)
        digits = ["".join(str(values[f"applications.{row.key}.{c.key}"]) for c in row.columns) for row in rows]
        if layout != "glued" or decided(rows, digits):
            return values | _other_values(rng, edition, scale)


def _truth(values: Values, blanks: Sequence[str], unplaced: dict[str, str]) -> dict[str, Any]:
    """Cells, states and unplaced rows as the text shows them."""
    cells: dict[str, int | str | None] = dict(values)
    states = dict.fromkeys(blanks, "blank")
    states |= {address: "unplaced" for address in values if any(address.startswith(f"{row}.") for row in unplaced)}
    cells |= dict.fromkeys(states)
    return {
        "cells": cells,
        "states": states,
        "unplaced": {row: [digits] for row, digits in unplaced.items()},
        "units": {},
    }


def _anomalies(printer: Printer, blanks: Sequence[str], unplaced: dict[str, str]) -> Iterator[tuple[str, str, str, str, str]]:
    """What a reader should remark: rule, severity, cause, quote, why."""
    rows = printed_rows(printer.edition)
    labels = {row.key: printer.printed(row.number + row.label) for row in rows}
    holed = {address.split(".")[1] for address in blanks}
    for before, row in zip((None, *rows), rows, strict=False):
        if row.key in holed and (before is None or before.key not in holed):
            yield "cell.blank", "warning", "report", labels[row.key], "该行（及紧接的行）有空白格"
    disclosure = {f"disclosure.{row.key}": row.label for row in FORMS[printer.edition].disclosure.rows}
    for place, digits in unplaced.items():
        yield "cell.unplaced", "warning", "copy", disclosure.get(place, "") + digits, "粘连的数字有多种切法"
    if "label_variant" in printer.mess:
        yield "label.variant", "info", "report", labels["received"], "行名用语与格式不同"
    if "dun_numbering" in printer.mess:
        yield "label.variant", "info", "report", labels["refused_state_secret"], "分项序号用顿号"


def generate(seed: int, *, layout: Layout, edition: Edition, size: Size) -> Generated:
    """A document and its label. The same arguments give the same bytes."""
    rng = random.Random(f"{seed} {layout} {edition} {size}")
    scale = SCALES[size]
    mess = [name for name in MESSES[layout] if rng.random() < 0.25]
    values = _figures(rng, layout, edition, size)
    shown, blanks = _printed(rng, values, mess)
    year = rng.randint(2021, 2024) if edition == "2021" else rng.randint(2019, 2020)
    agency = rng.choice(_FIRST) + rng.choice(_SECOND) + scale.kind + rng.choice(scale.offices)
    title = f"{agency}{year}年政府信息公开工作年度报告"
    published = f"{year + 1}-{1 if size == 'office' else 3:02}-{rng.randint(5, 29):02}"
    write = Writer(layout)
    if layout == "html_grid":
        write.put(f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}</title></head><body>\n')
    write.line(title, "h1")
    write.line(f"发布日期：{published}")
    order = "2021〕30" if edition == "2021" else "2019〕60"
    write.line(f"本报告按照国办公开办函〔{order}号文件的格式编写，数据起止为{year}年1月1日至12月31日。")
    _overview(rng, write, values)
    printer = Printer(write, edition, shown, mess)
    start = write.size
    for index, heading in enumerate(SECTIONS):
        write.line(heading, "h2")
        printer.table(index)
    _closing(rng, write, values)
    if layout == "html_grid":
        write.put("</body></html>\n")
    text = "".join(write.parts)
    unplaced = _undecided(edition, shown) if layout == "glued" else {}
    name = f"{edition}-{layout}-{size}-{seed}.{SUFFIXES.get(layout, 'txt')}"
    data = text.encode()
    anomalies = [
        {"rule": rule, "severity": severity, "cause": cause, "quote": quote, "at": write.at(text, quote, start), "why": why}
        for rule, severity, cause, quote, why in _anomalies(printer, blanks, unplaced)
    ]
    return Generated(name, data, {
        "file": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "edition": edition,
        "title": title,
        "agency": agency,
        "year": year,
        "published": published,
        "kind": "annual_report",
        "layout": layout,
        "mess": mess,
        "source": {"kind": "generated", "labelled_by": f"eval/generator.py, seed {seed}", "checked_by": "by construction"},
        **_truth(values, blanks, unplaced),
        "claims": write.claims,
        "anomalies": anomalies,
        "traps": [],
    })  # fmt: skip


def dataset() -> Iterator[Generated]:
    """The generated documents of `eval/dataset`: every layout in both editions, of all sizes."""
    sizes: tuple[Size, ...] = ("office", "county", "city", "huge")
    editions: tuple[Edition, ...] = ("2021", "2019")
    for number, (edition, layout) in enumerate(((e, x) for e in editions for x in LAYOUTS), 1):
        size = sizes[(number + number // 5) % 4]
        made = generate(number, layout=layout, edition=edition, size=size)
        name = f"g{number:02}_{made.name}"
        yield Generated(name, made.data, made.label | {"file": name})


def write(folder: Path, made: Generated) -> None:
    """Write a document and its label into a folder that holds `labels/`."""
    (folder / made.name).write_bytes(made.data)
    text = json.dumps(made.label, ensure_ascii=False, indent=1)
    (folder / "labels" / made.name).with_suffix(".json").write_text(text, encoding="utf-8")
