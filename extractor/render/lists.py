"""The lists of a workbook of extracted reports: what the prose says, and all cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from extractor.naming import cell_label
from extractor.render.marks import STANDINGS, Lang, row_label, say
from extractor.render.sheets import Columns, Figure, Sheets, Value
from extractor.result import Report, Result
from extractor.schema import FORMS

_PROSE: Columns = (
    (("文件", "file"), 20), (("部分", "part"), 6), (("机关", "agency"), 18), (("年度", "year"), 6), (("项目", "item"), 14), (("编号", "id"), 6),
    (("内容或原文", "text"), 60), (("数值", "value"), 12), (("单位", "unit"), 6), (("类别", "kind"), 12),
    (("章节", "section"), 14), (("对象", "subject"), 24), (("所属总数", "part of"), 10), (("比自", "ratio of"), 12),
    (("对应单元格", "cell"), 36), (("地址", "address"), 40),
)  # fmt: skip
_PROSE_PRINTED = 9
_FACTS = {
    "title": ("标题", "title"),
    "agency": ("机关", "agency"),
    "form": ("机关的其他称呼", "agency, also called"),
    "year": ("年度", "year"),
    "published": ("发布日期", "published"),
    "period": ("统计期限", "period"),
    "reference": ("文号", "document number"),
    "claim": ("数据", "claim"),
    "proactive_disclosure": ("主动公开", "proactive disclosure"),
    "disclosure_on_request": ("依申请公开", "disclosure on request"),
    "information_management": ("政府信息管理", "information management"),
    "platforms": ("平台建设", "platforms"),
    "supervision": ("监督保障", "supervision"),
    "problem": ("存在的问题", "problem"),
    "measure": ("改进措施", "measure"),
}
_CLAIM_KINDS = {
    "count": ("数量", "count"),
    "ratio": ("比例", "ratio"),
    "approximate": ("约数", "approximate"),
    "negation": ("没有", "negation"),
    "enumeration": ("列举", "enumeration"),
}
_SECTIONS = {
    "preamble": ("正文之前", "preamble"),
    "overview": ("一、总体情况", "overview"),
    "disclosure": ("二、主动公开", "disclosure"),
    "applications": ("三、申请", "applications"),
    "proceedings": ("四、复议诉讼", "proceedings"),
    "improvement": ("五、问题及改进", "improvement"),
    "other_matters": ("六、其他事项", "other matters"),
}
_REFERENCES = {
    "intact": ("完好", "intact"),
    "repaired": ("已复原", "repaired"),
    "malformed": ("有误", "malformed"),
}
_CELLS: Columns = (
    (("文件", "document"), 32), (("部分", "part"), 6), (("地址", "address"), 54), (("行·列", "label"), 100), (("数值", "value"), 14),
    (("单位", "unit"), 8), (("状态", "state"), 10), (("可信程度", "trust"), 14), (("原文", "raw"), 24),
)  # fmt: skip
_READ = ("有数", "read")


def prose(sheets: Sheets, name: str, caption: str, results: Iterable[Result]) -> None:
    """What the documents say besides their tables: facts about each report, and the numbers in its prose."""
    lang = sheets.lang
    sheet, first = sheets.listed(name, _PROSE, caption)
    row = first
    for result in results:
        source, about = result.document, result.report
        for fact, *values in (*_facts(about, lang), *_claims(about, lang)):
            head: list[Value] = [source.name, source.part, about.agency, about.year, say(lang, *_FACTS[str(fact)])]
            sheets.line(sheet, row, [*head, *values], _PROSE)
            row += 1
    sheets.ended(sheet, first, row, _PROSE, _PROSE_PRINTED)


def _facts(about: Report, lang: Lang) -> Iterator[Sequence[Value]]:
    for key in ("title", "agency", "year", "published"):
        if (value := getattr(about, key)) is not None:
            yield [key, None, str(value)]
    yield from (["form", None, form] for form in about.agency_forms if form != about.agency)
    if about.period:
        yield ["period", None, f"{about.period.start} – {about.period.end}"]
    for one in about.references:
        changed = f" → {one.normalized}" if one.normalized and one.normalized != one.raw else ""
        yield ["reference", None, one.raw + changed, None, None, say(lang, *_REFERENCES[one.state])]
    aspects = about.overview.aspects
    yield from ([key, None, text] for key in type(aspects).model_fields if (text := getattr(aspects, key)))
    yield from (["problem", None, text] for text in about.improvement.problems)
    yield from (["measure", None, text] for text in about.improvement.measures)


def _claims(about: Report, lang: Lang) -> Iterator[Sequence[Value]]:
    for claim in about.claims:
        yield [
            "claim",
            claim.id,
            claim.raw,
            Figure(claim.value),
            claim.unit,
            say(lang, *_CLAIM_KINDS[claim.kind]),
            say(lang, *_SECTIONS[claim.section]),
            claim.subject,
            claim.part_of,
            "、".join(claim.of),
            cell_label(claim.cell) if claim.cell else None,
            claim.cell,
        ]


def cells(sheets: Sheets, name: str, results: Iterable[Result]) -> None:
    """Every cell as a line. What holds cell addresses is skipped on reading, so that this list needs no caption."""
    lang = sheets.lang
    sheet, row = sheets.listed(name, _CELLS)
    states = {key: words for key, (_, *words) in STANDINGS.items()}
    for result in results:
        for table in FORMS[result.report.edition].tables:
            for line in table.rows:
                label = row_label(line, lang, group=True)
                for column in line.columns:
                    address = f"{table.name}.{line.key}.{column.key}"
                    if (cell := result.cells.get(address)) is None:
                        continue
                    state = _READ if cell.state == "read" else states[cell.state]
                    trust = say(lang, *states[cell.trust]) if cell.trust else None
                    said: list[Value] = [result.document.name, result.document.part, address, f"{label}·{column.label}"]
                    value = None if cell.value is None else Figure(cell.value)
                    sheets.line(sheet, row, [*said, value, cell.unit, say(lang, *state), trust, cell.raw], _CELLS)
                    row += 1
    sheets.ended(sheet, 1, row, _CELLS)
