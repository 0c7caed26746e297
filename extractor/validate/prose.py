"""Rules over the numbers said in prose: against the tables, among themselves, against what is listed.

Where another reading is possible the finding asks and gives both values: a false accusation is worse than a missed note.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import zip_longest

from extractor.naming import cell_label
from extractor.readers.growth import amount_of_change
from extractor.readers.scoping import DENIES_SOME, is_other_matter, is_other_period
from extractor.result import Claim
from extractor.validate import ratios
from extractor.validate.leeway import fits, names_all
from extractor.validate.rule import Found, Rule, Subject

_ARITHMETIC = ("算术关系", "arithmetic")
_FORM = ("国办公开办函〔2021〕30号：文字与表格数据应一致", "国办公开办函〔2021〕30号: prose and tables must agree")
_EXHAUSTIVE = re.compile(r"包括|分别|由.{0,12}组成|具体|细分为|分[两二三四五六七八九]?[大个]?类|如下[:：]")
_BARE = re.compile(r"其中|前[两二三四五六七八九十\d]")
_SOME = re.compile(r"败诉|纠正|撤销|维持|变更|履行|应诉|起诉|经复议|超期|逾期|审结")
"""Words of a sentence that denies only some of the 行政复议 and 行政诉讼."""
_LISTED = re.compile(r"[一二三四五六七八九]是")
_ANOTHER_LIST = re.compile(
    r"[两二三四五六七八九十][个大]?(?:项|条|点|方面|种|类|步)[^。：:]{0,12}[：:]|[：:]\s?(?:[（(]一[）)]|1[.、．])"
    r"|[。；;\n][^：:]{0,40}?(?:针对|下一?步|今后|为此|对此|(?:改进|整改|以下|如下)(?:措施|情况|举措))|[均都]已|已全部"
)
_SAID_BEFORE = re.compile(r"^[前后]|针对|[上前]述|以上|这[两三四五六七八九十]")
_NUMERALS = "一二三四五六七八九"
_PARTS_OF_A_REPORT = ("总体情况", "主动公开政府信息", "申请情况", "复议", "存在", "其他需要报告")


def _value(claim: Claim) -> Decimal:
    return Decimal(claim.value)


def _found(claim: Claim, severity: str, expected: str, **more: object) -> Found:
    return Found(
        severity,  # type: ignore[arg-type]  # one of the three, given literally below
        "report",
        claims=(claim.id,),
        raw=claim.raw,
        span=claim.span,
        expected=expected,
        actual=claim.value,
        **more,  # type: ignore[arg-type]  # fields of Found, named by the callers below
    )


def _table(subject: Subject) -> Iterator[Found]:
    """A claim that states a cell against that cell, and one that states the sum of several against their sum. A report may mean
    received alone or with what was carried in, and answered without what was otherwise settled."""
    claims = subject.report.claims
    for i, claim in enumerate(claims):
        if claim.kind not in ("count", "negation", "approximate"):
            continue
        if claim.kind == "negation" and DENIES_SOME.match(subject.text, claim.span[1]):
            continue
        for addresses in _stated(subject, i):
            cells = [cell for address in addresses if (cell := subject.cells.get(address)) and cell.value is not None]
            values = [Decimal(str(cell.value)) for cell in cells]
            if len(values) < len(addresses):
                continue
            stated = sum(values, Decimal(0))
            if fits(claim, stated) or any(fits(claim, value) for value in _also_meant(subject, i, addresses, values)):
                continue
            if _is_said_of_some(subject, i, addresses, stated):
                continue
            doubtful = any(cell.trust == "doubtful" for cell in cells)
            yield Found(
                "error",
                "undetermined" if doubtful else "report",
                addresses,
                claims=(claim.id,),
                raw=claim.raw,
                span=claim.span,
                expected=str(stated),
                actual=claim.value,
                difference=str(abs(_value(claim) - stated)),
                parameters={"at": _at(addresses)},
            )
            break


def _at(addresses: tuple[str, ...]) -> str:
    """What the cells are called; several are named by their group, as the form does."""
    if len(addresses) == 1:
        return cell_label(addresses[0])
    row = addresses[0].split(".")[1]
    return next((name for name, prefix in _GROUPS.items() if row.startswith(prefix)), "行政诉讼") + "合计"


_GROUPS = {"不予公开": "refused_", "无法提供": "unavailable_", "不予处理": "rejected_", "其他处理": "other_"}
_GROUP = re.compile(
    r"[“\"]?(?:依法|告知|决定|作出|属于?|为|的)*(?P<name>不予公开|无法提供|不予处理|其他处理)(?:的|决定|答复|申请|类|共)*[”\"]?"
)
_LITIGATION = re.compile(
    r"(?:发生|被|提起|涉及|引发的?|引起的?|因|政府信息公开|信息公开|工作|类|全年|本年度?|共|的)*(?:行政诉讼|行政应诉|应诉)(?:案件|案)?(?:共计?|总计|合计)?"
)
_OF_OTHERS = re.compile("所属|下属|直属|下辖|各(?!类|项)|另有")
_DIVIDED = re.compile("复议后|直接|未经复议|败诉")
_CASES = frozenset({"件", "起", "宗", "例", "个", "次", None})
_NEAR = 150
"""Characters back to the statement that tells what a list of outcomes or a number of lawsuits is of."""


def _stated(subject: Subject, i: int) -> list[tuple[str, ...]]:
    """The cells that claim `i` states: one after the other, or several whose sum it states."""
    claims = subject.report.claims
    claim = claims[i]
    if claim.cell or claim.kind != "count" or claim.unit not in _CASES:
        return [(address,) for address in _addresses(claim)]
    group = _GROUP.fullmatch(claim.subject)
    if group is None and ("诉" not in claim.subject or _LITIGATION.fullmatch(claim.subject) is None):
        return []
    near = [one.cell for one in claims[max(0, i - 12) : i] if one.cell and claim.span[0] - one.span[1] < _NEAR]
    if group is None:
        if _is_own_litigation(subject, claim, near):
            return [("proceedings.direct_litigation.total", "proceedings.litigation_after_reconsideration.total")]
    elif any(cell.startswith("applications.") for cell in near):
        prefix = _GROUPS[group["name"]]
        rows = dict.fromkeys(row.key for row in subject.form.applications.rows if row.key.startswith(prefix))
        addresses = [f"applications.{row}.total" for row in rows if f"applications.{row}.total" in subject.cells]
        printed = tuple(one for one in addresses if subject.cells[one].state != "absent")
        if printed and (len(printed) == len(addresses) or prefix == "other_"):
            return [printed]
    return []


def _is_own_litigation(subject: Subject, claim: Claim, near: list[str]) -> bool:
    """Whether 行政诉讼N件 is about open government, of the reported year, and all of it in one number."""
    if claim.section != "proceedings" and not any(cell.startswith("proceedings.reconsideration") for cell in near):
        return False
    divided = _DIVIDED.search(_sentence(subject.text, claim))
    begin = re.split("[。；;\n]", subject.text[max(0, claim.span[0] - _NEAR) : claim.span[0]])[-1]
    if _OF_OTHERS.search(begin):
        return False
    end = claim.span[1]
    if divided or is_other_matter(subject.text, end, subject.text[claim.span[0] : end]):
        return False
    return not is_other_period(subject.text, end, subject.report.year)


def _sentence(text: str, claim: Claim) -> str:
    low, high = claim.span
    before, after = text[max(0, low - 200) : low], text[high : high + 200]
    return re.split("[。\n]", before)[-1] + text[low:high] + re.split("[。\n]", after)[0]


_THE_REST = re.compile(r"[，,；;、。（(\s]*(?:另外?|其余|剩余|余下|还|尚)")
_RECEIVED = "applications.received.total"
_NEWLY = re.compile("新[增发收]")
_OF_THIS_YEAR = re.compile(r"(?:当年|本年|今年)(?:新收|收到?)|(?:上年|20\d\d年度?)结转[^，,。；;]{0,16}(?:答复|办结)")
"""What tells that the answers to applications carried in are counted apart."""
_ANSWERED = re.compile(r"答复|办复|回复")


def _also_meant(subject: Subject, i: int, addresses: tuple[str, ...], values: list[Decimal]) -> Iterator[Decimal]:
    """What else a report may mean by the words of claim `i` than the cell itself."""
    claim, following = subject.report.claims[i], subject.report.claims[i + 1 : i + 2]
    cell = subject.cells.get("applications.carried_in.total")
    carried = cell.value if cell and isinstance(cell.value, int) else None
    if addresses == ("applications.carried_forward.total",) and carried is not None and re.match("结转[1-9]", claim.raw):
        yield Decimal(carried)
    if addresses == (_RECEIVED,) and carried is not None:
        yield values[0] + carried
    if addresses[0].startswith("proceedings.") and _NEWLY.search(claim.raw) and _value(claim) < sum(values):
        yield _value(claim)
    if addresses == ("applications.concluded.total",):
        whole = _whole_of(subject, i)
        new = whole is not None and whole.cell == _RECEIVED
        if carried is not None and (new or _OF_THIS_YEAR.search(_sentence(subject.text, claim))):
            yield values[0] - carried
        if _ANSWERED.search(claim.raw):
            settled = [cell.value for address, cell in subject.cells.items() if _SETTLED.fullmatch(address)]
            yield values[0] - sum(value for value in settled if isinstance(value, int))
        for rest in following:
            near = rest.span[1] - claim.span[1] < 30 and rest.unit == claim.unit and rest.cell is None
            if near and _THE_REST.match(subject.text, claim.span[1]):
                yield values[0] - _value(rest)


_WIDER = re.compile(r"全[省市区县州旗盟镇乡]|各级|系统|全局|上下")
_NARROWER = re.compile(r"本级|机关|政府|办公[室厅]|[局委]|本[院校所]")


def _whole_of(subject: Subject, i: int) -> Claim | None:
    """The total that claim `i` is a part of, which stands near it."""
    claims = subject.report.claims
    key = claims[i].part_of
    return next((one for one in claims[max(0, i - 20) : i + 20] if one.id == key), None) if key else None


def _is_said_of_some(subject: Subject, i: int, addresses: tuple[str, ...], value: Decimal) -> bool:
    """Whether the report says the `value` of the table beside claim `i`, which is then of another scope: a part of that number,
    the first of several that make it up (网络5件、信函3件), or the number of the whole area before the body's own."""
    claims = subject.report.claims
    claim = claims[i]
    if claim.kind != "count":
        return False
    whole = _whole_of(subject, i)
    if whole is not None and whole.kind == "count" and _value(whole) == value:
        return True
    if not addresses[0].startswith("applications."):
        return _is_said_of_more(subject, i, addresses, value)
    if _is_of_fewer(subject, claim, addresses[0]) or (i and _is_of_the_last(subject, claims[i - 1], claim)):
        return True
    added = _value(claim)
    for before, one in itertools.pairwise(claims[i : i + 6]):
        gap = subject.text[before.span[1] : one.span[0]]
        apart = one.span[0] - before.span[1] > 16 or re.search("[。；;\n]|其中|包括", gap + one.raw)
        if apart or one.kind != "count" or one.unit != claim.unit or one.cell or _LEFT.search(one.raw):
            break
        added += _value(one)
        if added == value:
            return True
    return _is_said_of_more(subject, i, addresses, value)


_LEFT = re.compile("结转|[未尚待余剩]|在办")
_OUT_OF = re.compile(r"(\d+)件(?:申请)?[中里][，,]")


def _is_of_fewer(subject: Subject, claim: Claim, address: str) -> bool:
    """Whether an outcome is said of other applications than all that were concluded: 上年结转的3件中，2件无法提供."""
    whole = subject.cells.get("applications.concluded.total")
    if address.split(".")[1] in ("received", "carried_in", "carried_forward", "concluded") or whole is None:
        return False
    named = _OUT_OF.findall(_sentence(subject.text, claim).split(claim.raw)[0])
    return bool(named) and int(named[-1]) != whole.value


def _is_of_the_last(subject: Subject, before: Claim, claim: Claim) -> bool:
    """Whether 办结12件 is of what was counted at once before it, which are not all applications (水价类申请12件，办结12件)."""
    gap = subject.text[before.span[1] : claim.span[0]].strip()
    if claim.cell != "applications.concluded.total" or before.kind != "count" or before.cell or gap not in ("，", ",", "、"):
        return False
    whole = [subject.cells.get(f"applications.{row}.total") for row in ("received", "carried_in")]
    values = [Decimal(str(cell.value)) for cell in whole if cell is not None and cell.value is not None]
    return _value(before) not in (*values[:1], sum(values))


def _is_said_of_more(subject: Subject, i: int, addresses: tuple[str, ...], value: Decimal) -> bool:
    claim = subject.report.claims[i]
    if not _WIDER.search(_sentence(subject.text, claim).split(claim.raw)[0] + claim.raw):
        return False
    for one in subject.report.claims[i + 1 : i + 6]:
        lead = subject.text[max(claim.span[1], one.span[0] - 20) : one.span[1]]
        near = one.span[0] - claim.span[1] < _NEAR and one.kind == "count" and one.unit == claim.unit
        if near and one.cell in (None, *addresses) and _value(one) == value < _value(claim) and _NARROWER.search(lead):
            return True
    return False


_SETTLED = re.compile(r"applications\.other_[a-z_]+\.total")
"""Applications that ended without an answer: not corrected, fee not paid, withdrawn."""


def _addresses(claim: Claim) -> tuple[str, ...]:
    """The cells that a claim states: its own, and what a sentence denies that says there were no 行政复议, no 行政诉讼."""
    own = (claim.cell,) if claim.cell else ()
    if claim.kind != "negation" or (claim.cell and not claim.cell.startswith("proceedings.")) or _SOME.search(claim.raw):
        return own
    blocks = ["reconsideration"] * ("复议" in claim.raw) + ["direct_litigation", "litigation_after_reconsideration"] * (
        "诉讼" in claim.raw
    )
    return tuple(dict.fromkeys((*own, *(f"proceedings.{block}.total" for block in blocks))))


def _parts(subject: Subject) -> Iterator[Found]:
    """A total said in prose against the parts said after it; a bare 其中 need not name all of them."""
    claims = {claim.id: claim for claim in subject.report.claims}
    children: dict[str, list[Claim]] = {}
    for claim in subject.report.claims:
        if claim.part_of and claim.kind == "count":
            children.setdefault(claim.part_of, []).append(claim)
    for key, parts in children.items():
        total = claims.get(key)
        if total is None or total.kind != "count" or len(parts) < 2 or len({part.unit for part in parts} | {total.unit}) > 1:
            continue
        added = sum((_value(part) for part in parts), Decimal(0))
        if added == _value(total):
            continue
        first = min(part.span[1] for part in parts)
        between = subject.text[total.span[1] : first]
        exhaustive = first <= total.span[0] or (bool(_EXHAUSTIVE.search(between)) and not _BARE.search(between))
        if added > _value(total):
            if amount_of_change(total.subject) is not None or _divided_twice(subject.text, total, parts):
                continue
        elif not exhaustive and not names_all(total, parts):
            continue
        formula = " + ".join(part.value for part in parts)
        yield _found(
            total,
            "warning",
            str(added),
            formula=f"{formula} = {added}",
            difference=str(abs(added - _value(total))),
        )


def _divided_twice(text: str, total: Claim, parts: list[Claim]) -> bool:
    """Whether parts that add up to too much divide the total in two ways: the first or the last of them make it up, or they
    stand in several sentences none of which says too much."""
    values = [_value(part) for part in parts]
    whole = _value(total)
    if any(whole in (sum(values[:i]), sum(values[i:])) for i in range(2, len(values))):
        return True
    sentences = [Decimal(0)]
    for part, before in zip(parts, [total, *parts], strict=False):
        if "。" in text[before.span[1] : part.span[0]]:
            sentences.append(Decimal(0))
        sentences[-1] += _value(part)
    return len([one for one in sentences if one]) > 1 and max(sentences) <= whole


def _enumeration(subject: Subject) -> Iterator[Found]:
    """三个方面 against 一是…三是 that follow; 六个部分 against the sections named before it."""
    enumerations = [claim for claim in subject.report.claims if claim.kind == "enumeration"]
    for claim, following in zip_longest(enumerations, enumerations[1:]):
        if "部分" in claim.raw:
            listed = _sections_named(subject.text, claim)
        else:
            stop = following.span[0] if following else claim.span[1] + 3000
            listed = _items_after(subject.text, claim.span[1], stop)
        if listed and listed != int(_value(claim)) and not _SAID_BEFORE.search(claim.raw):
            yield _found(claim, "warning", str(listed), difference=str(abs(listed - int(_value(claim)))))


def _items_after(text: str, start: int, stop: int) -> int:
    """How many of 一是, 二是, … follow in order; 0 if fewer than two do or the list does not begin soon."""
    count = 0
    for match in _LISTED.finditer(text, start, stop):
        place = _NUMERALS.index(match.group()[0]) + 1
        if count == 0 and (match.start() - start > 60 or _ANOTHER_LIST.search(text, start, match.start())):
            return 0
        if place != count + 1:
            break
        count = place
    return count if count > 1 else 0


def _sections_named(text: str, claim: Claim) -> int:
    begin = max(text.rfind("。", 0, claim.span[0]), text.rfind("\n", 0, claim.span[0])) + 1
    sentence = text[begin : claim.span[1]]
    named = sum(name in sentence for name in _PARTS_OF_A_REPORT)
    return named if named > 3 else 0


RULES: tuple[Rule, ...] = (
    Rule(
        "claim.table",
        "error",
        _FORM,
        ("文中“{raw}”，表中{at}为{expected}", "the prose says “{raw}”, the table has {expected} for {at}"),
        ("请核对文字与表格；如口径不同请在文中注明", "check prose against table; if the scope differs, say so"),
        _table,
    ),
    ratios.RULE,
    Rule(
        "claim.parts",
        "warning",
        _ARITHMETIC,
        (
            "文中“{raw}”，所列各项合计{expected}，相差{difference}",
            "“{raw}”: the parts listed add up to {expected}, off by {difference}",
        ),
        ("请核对总数与各项", "check the total and its parts"),
        _parts,
    ),
    Rule(
        "claim.enumeration",
        "warning",
        _ARITHMETIC,
        ("文中“{raw}”，实际列出{expected}项", "“{raw}”, but {expected} are listed"),
        ("请核对项数", "check how many are listed"),
        _enumeration,
    ),
)
