"""The report as Pydantic models, and the one descriptor of its tables.

Every row and column is declared here once, with its printed label, the words by which it is recognised and the sums it
takes part in; reader, equations, exports, prompts and page derive theirs from `FORMS`. Adding a row means editing this
file only. Source of rows and labels: 国办公开办函〔2021〕30号 (edition "2021") and 〔2019〕60号 (edition "2019").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict

Edition = Literal["2021", "2019"]
Count = int | None
Amount = str | None
"""A decimal as printed (its scale is kept), compared by value."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A printed column. `kind` is what its cells hold: a count (≥ 0), a change (may be negative) or an amount (decimal).
    `part_of` names the column that is the sum of those that name it."""

    label: str
    kind: Literal["count", "change", "amount"] = "count"
    part_of: str | None = None
    under: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A printed row. `label` is official; `anchors` are words (folded, without spaces) any of which identifies the row
    inside its table; `number` is printed before the label and `group` before the first row of a group. `part_of` names the row
    that sums it; `balance` is its side of 第一项加第二项之和，等于第三项加第四项之和."""

    label: str
    anchors: tuple[str, ...]
    number: str = ""
    group: str | None = None
    part_of: str | None = None
    balance: int = 0
    key: str = ""
    columns: tuple[Column, ...] = ()
    replaces: tuple[str, ...] = ()


class Part(BaseModel):
    """Base of all parts of a report: immutable, unknown fields ignored so that older readers accept newer results."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Applicants(Part):
    natural_person: Annotated[Count, Column("自然人", part_of="total")] = None
    enterprise: Annotated[Count, Column("商业企业", part_of="total", under="法人或其他组织")] = None
    research: Annotated[Count, Column("科研机构", part_of="total", under="法人或其他组织")] = None
    public_welfare: Annotated[Count, Column("社会公益组织", part_of="total", under="法人或其他组织")] = None
    legal_service: Annotated[Count, Column("法律服务机构", part_of="total", under="法人或其他组织")] = None
    other: Annotated[Count, Column("其他", part_of="total", under="法人或其他组织")] = None
    total: Annotated[Count, Column("总计")] = None


class Documents2021(Part):
    issued: Annotated[Count, Column("本年制发件数")] = None
    repealed: Annotated[Count, Column("本年废止件数")] = None
    in_force: Annotated[Count, Column("现行有效件数")] = None


class Documents2019(Part):
    made: Annotated[Count, Column("本年新制作数量")] = None
    published: Annotated[Count, Column("本年新公开数量")] = None
    total_published: Annotated[Count, Column("对外公开总数量")] = None


class Decisions(Part):
    decisions: Annotated[Count, Column("本年处理决定数量")] = None


class Items(Part):
    previous_items: Annotated[Count, Column("上一年项目数量")] = None
    change: Annotated[Count, Column("本年增/减", kind="change")] = None
    decisions: Annotated[Count, Column("处理决定数量")] = None


class Fees2021(Part):
    amount: Annotated[Amount, Column("本年收费金额（单位：万元）", kind="amount")] = None


class Fees2019(Part):
    previous_items: Annotated[Count, Column("上一年项目数量")] = None
    change: Annotated[Count, Column("本年增/减", kind="change")] = None


class Procurement(Part):
    items: Annotated[Count, Column("采购项目数量")] = None
    amount: Annotated[Amount, Column("采购总金额", kind="amount")] = None


_RULES, _NORMATIVE = ("规章",), ("行政规范性文件", "规范性文件")
_ITEM = {n: f"第二十条第（{n}）项" for n in "一五六八九"}


class Disclosure2021(Part):
    """二、主动公开政府信息情况, 2021 edition."""

    rules: Annotated[Documents2021, Row("规章", _RULES, group=_ITEM["一"])] = Documents2021()
    normative_documents: Annotated[Documents2021, Row("行政规范性文件", _NORMATIVE, group=_ITEM["一"])] = Documents2021()
    licensing: Annotated[Decisions, Row("行政许可", ("行政许可",), group=_ITEM["五"])] = Decisions()
    penalties: Annotated[Decisions, Row("行政处罚", ("行政处罚",), group=_ITEM["六"])] = Decisions()
    compulsion: Annotated[Decisions, Row("行政强制", ("行政强制",), group=_ITEM["六"])] = Decisions()
    fees: Annotated[Fees2021, Row("行政事业性收费", ("行政事业性收费",), group=_ITEM["八"])] = Fees2021()


class Disclosure2019(Part):
    """二、主动公开政府信息情况, 2019 edition."""

    rules: Annotated[Documents2019, Row("规章", _RULES, group=_ITEM["一"])] = Documents2019()
    normative_documents: Annotated[Documents2019, Row("规范性文件", _NORMATIVE, group=_ITEM["一"])] = Documents2019()
    licensing: Annotated[Items, Row("行政许可", ("行政许可",), group=_ITEM["五"])] = Items()
    other_services: Annotated[
        Items, Row("其他对外管理服务事项", ("其他对外管理服务事项", "其他对外管理"), group=_ITEM["五"])
    ] = Items()
    penalties: Annotated[Items, Row("行政处罚", ("行政处罚",), group=_ITEM["六"])] = Items()
    compulsion: Annotated[Items, Row("行政强制", ("行政强制",), group=_ITEM["六"])] = Items()
    fees: Annotated[Fees2019, Row("行政事业性收费", ("行政事业性收费",), group=_ITEM["八"])] = Fees2019()
    procurement: Annotated[Procurement, Row("政府集中采购", ("政府集中采购", "集中采购"), group=_ITEM["九"])] = Procurement()


def _outcome(number: str, label: str, group: str, *anchors: str) -> Row:
    return Row(label, anchors, number=number, group=group, part_of="concluded")


_RESULT, _REFUSED, _UNAVAILABLE = "三、本年度办理结果", "（三）不予公开", "（四）无法提供"
_REJECTED, _OTHER = "（五）不予处理", "（六）其他处理"
_NONE = Applicants()


class Applications2019(Part):
    """三、收到和处理政府信息公开申请情况. The 2019 edition prints （六）其他处理 as one row."""

    received: Annotated[
        Applicants,
        Row(
            "本年新收政府信息公开申请数量",
            ("新收政府信息公开申请", "新收到政府信息公开申请", "新收到的政府信息公开申请", "新收申请"),
            number="一、",
            balance=1,
        ),
    ] = _NONE
    carried_in: Annotated[
        Applicants,
        Row(
            "上年结转政府信息公开申请数量",
            ("上年结转", "上年度结转", "上一年结转", "上一年度结转"),
            number="二、",
            balance=1,
        ),
    ] = _NONE
    granted: Annotated[Applicants, _outcome("（一）", "予以公开", _RESULT, "予以公开")] = _NONE
    granted_in_part: Annotated[
        Applicants,
        _outcome("（二）", "部分公开（区分处理的，只计这一情形，不计其他情形）", _RESULT, "部分公开"),
    ] = _NONE
    refused_state_secret: Annotated[Applicants, _outcome("1.", "属于国家秘密", _REFUSED, "属于国家秘密", "国家秘密")] = _NONE
    refused_prohibited_by_law: Annotated[
        Applicants,
        _outcome(
            "2.", "其他法律行政法规禁止公开", _REFUSED, "其他法律行政", "其他法律、行政", "法律行政法规禁止", "法律法规禁止"
        ),
    ] = _NONE
    refused_security_stability: Annotated[
        Applicants, _outcome("3.", "危及“三安全一稳定”", _REFUSED, "三安全一稳定", "三安全、一稳定")
    ] = _NONE
    refused_third_party: Annotated[
        Applicants, _outcome("4.", "保护第三方合法权益", _REFUSED, "保护第三方", "第三方合法权益")
    ] = _NONE
    refused_internal_affairs: Annotated[
        Applicants, _outcome("5.", "属于三类内部事务信息", _REFUSED, "三类内部事务", "内部事务信息")
    ] = _NONE
    refused_process_information: Annotated[
        Applicants, _outcome("6.", "属于四类过程性信息", _REFUSED, "四类过程性", "过程性信息")
    ] = _NONE
    refused_enforcement_file: Annotated[
        Applicants, _outcome("7.", "属于行政执法案卷", _REFUSED, "行政执法案卷", "执法案卷")
    ] = _NONE
    refused_administrative_query: Annotated[
        Applicants, _outcome("8.", "属于行政查询事项", _REFUSED, "行政查询事项", "行政查询")
    ] = _NONE
    unavailable_not_held: Annotated[
        Applicants,
        _outcome("1.", "本机关不掌握相关政府信息", _UNAVAILABLE, "不掌握相关政府信息", "本机关不掌握"),
    ] = _NONE
    unavailable_needs_creation: Annotated[
        Applicants,
        _outcome("2.", "没有现成信息需要另行制作", _UNAVAILABLE, "没有现成信息", "需要另行制作"),
    ] = _NONE
    unavailable_still_unclear: Annotated[
        Applicants,
        _outcome("3.", "补正后申请内容仍不明确", _UNAVAILABLE, "补正后申请内容", "内容仍不明确"),
    ] = _NONE
    rejected_petition: Annotated[
        Applicants, _outcome("1.", "信访举报投诉类申请", _REJECTED, "信访举报投诉", "信访、举报、投诉")
    ] = _NONE
    rejected_repeated: Annotated[Applicants, _outcome("2.", "重复申请", _REJECTED, "重复申请")] = _NONE
    rejected_publication: Annotated[
        Applicants, _outcome("3.", "要求提供公开出版物", _REJECTED, "提供公开出版物", "公开出版物")
    ] = _NONE
    rejected_excessive: Annotated[
        Applicants, _outcome("4.", "无正当理由大量反复申请", _REJECTED, "大量反复申请", "无正当理由大量")
    ] = _NONE
    rejected_confirmation: Annotated[
        Applicants,
        _outcome(
            "5.", "要求行政机关确认或重新出具已获取信息", _REJECTED, "要求行政机关确认", "行政机关确认或重新", "重新出具已获取"
        ),
    ] = _NONE
    other_undivided: Annotated[
        Applicants,
        replace(
            _outcome("（六）", "其他处理", _RESULT, "其他处理"),
            replaces=("other_no_correction", "other_fee_unpaid", "other_miscellaneous"),
        ),
    ] = _NONE
    concluded: Annotated[Applicants, Row("总计", ("总计", "合计"), number="（七）", group=_RESULT, balance=-1)] = _NONE
    carried_forward: Annotated[
        Applicants,
        Row("结转下年度继续办理", ("结转下年度", "结转下年", "结转下一年"), number="四、", balance=-1),
    ] = _NONE


class Applications2021(Applications2019):
    """The 2021 edition divides （六）其他处理; a report that still prints one row has `other_undivided` instead."""

    other_no_correction: Annotated[
        Applicants,
        _outcome("1.", "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", _OTHER, "逾期不补正"),
    ] = _NONE
    other_fee_unpaid: Annotated[
        Applicants,
        _outcome(
            "2.",
            "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
            _OTHER,
            "逾期未按收费",
            "未按收费通知",
        ),
    ] = _NONE
    other_miscellaneous: Annotated[Applicants, _outcome("3.", "其他", _OTHER, "其他")] = _NONE


class Outcomes(Part):
    upheld: Annotated[Count, Column("结果维持", part_of="total")] = None
    corrected: Annotated[Count, Column("结果纠正", part_of="total")] = None
    other: Annotated[Count, Column("其他结果", part_of="total")] = None
    pending: Annotated[Count, Column("尚未审结", part_of="total")] = None
    total: Annotated[Count, Column("总计")] = None


_LITIGATION = "行政诉讼"


class Proceedings(Part):
    """四、政府信息公开行政复议、行政诉讼情况: three blocks printed side by side as one row of fifteen."""

    reconsideration: Annotated[Outcomes, Row("行政复议", ("行政复议",))] = Outcomes()
    direct_litigation: Annotated[Outcomes, Row("未经复议直接起诉", ("未经复议直接起诉", "未经复议"), group=_LITIGATION)] = (
        Outcomes()
    )
    litigation_after_reconsideration: Annotated[Outcomes, Row("复议后起诉", ("复议后起诉",), group=_LITIGATION)] = Outcomes()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One of the three tables of an edition: its rows in printed order."""

    name: str
    model: type[Part]
    rows: tuple[Row, ...]

    def row(self, key: str) -> Row:
        return next(row for row in self.rows if row.key == key)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The three tables of an edition."""

    edition: Edition
    disclosure: Table
    applications: Table
    proceedings: Table

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        return self.disclosure, self.applications, self.proceedings

    def addresses(self, undivided: bool = False) -> tuple[str, ...]:
        """All cell addresses of the form in printed order; those of an optional row only if `undivided`."""
        return tuple(
            f"{table.name}.{row.key}.{column.key}"
            for table in self.tables
            for row in table.rows
            if undivided or not self.optional(row)
            for column in row.columns
        )

    def optional(self, row: Row) -> bool:
        """Whether the row is printed only in place of the rows it replaces (（六）其他处理 in the 2021 edition)."""
        return bool(row.replaces) and any(other.key in row.replaces for other in self.applications.rows)


def _table(name: str, model: type[Part]) -> Table:
    rows = []
    for key, field in model.model_fields.items():
        row = next(item for item in field.metadata if isinstance(item, Row))
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, BaseModel)
        columns = tuple(
            replace(next(m for m in column.metadata if isinstance(m, Column)), key=name)
            for name, column in field.annotation.model_fields.items()
        )
        rows.append(replace(row, key=key, columns=columns))
    return Table(name, model, tuple(rows))


def _printed_order(table: Table) -> Table:
    """Rows that a later edition added stand where they are printed: before the row they divide, or before their total."""
    rows = list(table.rows)
    for row in table.rows:
        divided = next((other for other in rows if row.key in other.replaces), None)
        total = next((other for other in rows if other.key == row.part_of), None)
        before = divided or total
        if before is not None and rows.index(row) > rows.index(before):
            rows.remove(row)
            rows.insert(rows.index(before), row)
    return replace(table, rows=tuple(rows))


_PROCEEDINGS = _table("proceedings", Proceedings)
FORMS: dict[Edition, Form] = {
    "2021": Form(
        "2021",
        _table("disclosure", Disclosure2021),
        _printed_order(_table("applications", Applications2021)),
        _PROCEEDINGS,
    ),
    "2019": Form("2019", _table("disclosure", Disclosure2019), _table("applications", Applications2019), _PROCEEDINGS),
}
EDITIONS: tuple[Edition, ...] = get_args(Edition)
