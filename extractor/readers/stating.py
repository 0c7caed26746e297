"""Which cell of a table a statement in prose gives: only the agency's own applications, proceedings and decisions count.

Hotlines, petitions, letters and articles on a website are counted in the same words, so the scope is checked first.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from extractor.document import Span
from extractor.readers.claims import Statement
from extractor.readers.scoping import DENIES_SOME, is_other_application, is_other_body, is_other_matter, is_other_period
from extractor.schema import FORMS, Edition

_OTHER_SCOPE = re.compile(
    r"热线|12345|12315|信访|网民|网友|留言|投诉|举报|提案|建议|诉求|工单|办件|咨询|信箱|来信|评估|随手拍|监测|舆情|整改"
)
_FIRST_COUNT = re.compile(r"[^，,（(]*?(?<!\d)(?!20\d\d年|123\d\d)\d")
_OFFICE = re.compile(r"(?:政府办(?:公室|公厅)?|本级|机关)(?:代表.{0,6})?(?:共|新)?(?:收到|受理|接收|办理)")
_OTHER_APPLICATION = re.compile(r"许可|救助|补贴|补助|资助|认定|登记(?!\Z)|仲裁|复议|赔偿|项目申请|入[党学]|法律援助")
_RECEIVED = re.compile(
    r"(?:新收|收到|受理|接到|接收|接获|新增|共收|登记|年收(?=申请))[\u4e00-\u9fff、]{0,24}?(?:申请|依申请公开|申请公开)(?:信息|政府信息|事项|件|案件)?[共总合计数量为达有]{0,4}$"
)
_VERBS = ("新收", "收到", "受理", "接到", "接收")
_ITS_NOUN = re.compile(r"(?:新的?|政府信息公开|依?申请公开|有效)*申请")
_JUST_RECEIVED = re.compile(
    r"^(?:20\d\d年度?|本年度?|今年|全年|年内|一年来|我[局委办厅院中心镇乡区县市街道]{1,2}|本[机关单位局]{1,2}|[共新总]|一共|总共|累计)*(?:新收|收到|受理|接到|接收)$"
)
"""收到12件 without its noun, as the section on requests may say it."""
_CASES = frozenset({"件", "份", "宗", "起", "例", "个", "次", "项", None})
_CARRIED_ON = re.compile(
    r"结转(?:至|到|入)?(?:下|次|20\d\d)|转入?(?:至|到)?(?:下|次|20\d\d)|(?:^|余|尚有)结转(?:继续办理|办理)?(?:$|[，,。；;])|(?:尚|仍|正)在办理|继续办理"
)
_THEN_ADDED = re.compile(r"[，,、；;](?:合计|共计?|总计|全年|本年)?(?:应办|应处理|应答复|需办|[\d共合]|办理)")
"""After 结转2件 before anything is concluded: what was carried in is added to what was received (应办23件)."""
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "applications.carried_in.total",
        re.compile(r"(?:上|往|20\d\d)一?年(?:度)?(?:结转|转入|转来|遗留|结余)|结转自|结转(?:上|往)一?年"),
    ),
    (
        "applications.concluded.total",
        re.compile(r"(?:办结|办理完[毕结]|答复|办复|处理完毕)(?:(?:政府信息公开)?申请)?[共合计的有]*$"),
    ),
)
_OUTCOME_ROWS = [row for row in FORMS["2021"].applications.rows if row.part_of and row.label not in {"其他", "其他处理"}]
_OUTCOMES = re.compile(  # which begins with a look at the first character: it spares the ways of all rows at most places
    f"(?=[{''.join(sorted({re.escape(anchor[0]) for row in _OUTCOME_ROWS for anchor in row.anchors}))}])(?:"
    + "|".join(
        f"(?P<{row.key}>{'|'.join(map(re.escape, row.anchors))}){'(?=[的有共计]*$)' if row.number.startswith('（') else ''}"
        for row in _OUTCOME_ROWS
    )
    + ")"
)
_PROCEEDINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("proceedings.litigation_after_reconsideration.total", re.compile(r"复议后(?:再)?(?:提起)?(?:起诉|诉讼)(?:案件)?$")),
    ("proceedings.direct_litigation.total", re.compile(r"直接(?:提起)?(?:起诉|诉讼)(?:案件)?$")),
    ("proceedings.reconsideration.total", re.compile(r"复议(?:案件|申请)?(?:共计?|总计)?$")),
    ("proceedings.reconsideration.other", re.compile(r"其他结果$")),
    ("proceedings.reconsideration.pending", re.compile(r"(?:尚未|未)审结$|^其?中?(?:尚未|未)审结")),
    ("proceedings.reconsideration.upheld", re.compile(r"维持(?:原.{0,6})?$")),
    ("proceedings.reconsideration.corrected", re.compile(r"(?:纠正|纠错)的?$|^其?中?被?纠[正错]")),
)  # fmt: skip
_ANY_OF_THEM = re.compile("诉|复议|其他结果|审结|维持|纠")
"""What every one of `_PROCEEDINGS` needs."""
_DECISIONS = {"许可": "licensing", "处罚": "penalties", "强制": "compulsion"}
_DECISION = re.compile(r"^(?:(?!公开|公示|发布|信息).)*行政(?P<what>许可|处罚|强制)(?:决定|事项|案件)?(?:共计?|总计)?$")
_LISTED_ITEMS = re.compile(
    r"(?:抽[取查检选]|评查|撤销|注销|不予|减轻|从轻|免[予于]|委托|新立|立案|移送|检查|核查|复查|取消|下放|承接|保留|梳理|清理|精简|压减|调整|划转|赋权|编制|纳入)[\u4e00-\u9fff]{0,8}行政"
)
"""Kinds of decisions on a list (取消行政许可事项2项), not decisions."""
_DOCUMENT = re.compile(
    r"(?P<what>规范性文件|规章)(?:共计?|总计|[新本全]年?)?(?:制[发定作]|印发|出台|废止|(?:现行|继续)有效)?(?:共计?)?$"
)
_MADE = re.compile(r"制[发定作]|印发|出台|新制")
_ISSUED = {"2021": "issued", "2019": "made"}


@dataclass(slots=True)
class Scope:
    """Where statements about an agency's own applications stand: the spans of 依申请公开 and of section three,
    whether the agency is a whole government (so that its office alone is another scope), and the year that is reported."""

    requests: tuple[Span, ...]
    government: bool
    edition: Edition
    proceedings: Span | None = None
    year: int | None = None


_ITEM = re.compile(r"\n[ \t\u3000]{0,120}[（(一二三四五六]")


def link_cells(text: str, found: list[Statement], scope: Scope) -> None:
    """Set `cell` where a statement gives a cell's number in the agency's own scope; the first of a paragraph has it."""
    taken: dict[str, Statement] = {}
    document: str | None = None
    foreign = False
    for i, one in enumerate(found):
        gap = text[found[i - 1].number[1] if i else 0 : one.number[0]]
        if i == 0 or "\n\n" in gap or len(gap) > 200 or ("\n" in gap and _ITEM.search(gap)):
            taken, document, foreign = {}, None, False
        cell: str | None = None
        if one.kind == "negation":
            cell = _negated_cell(text, one, scope)
        elif one.kind == "count":
            cell, document = _disclosed(text, one, document, scope)
            cell = cell or _application(text, one, taken, scope) or _proceeding(text, one, taken, scope)
        if cell is not None and _is_result(cell) and foreign and "复议" not in one.clause:
            continue
        if cell is not None and cell not in taken and _is_of_the_report(text, one, cell, scope):
            taken[cell] = one
            one.cell = cell
        elif cell is not None and cell not in taken:
            document = None
        if one.kind == "count" and ("诉" in one.clause or "复议" in one.clause) and _ANY_PROCEEDING.search(one.clause):
            known = one.cell or cell
            foreign = known not in taken or taken[known].value != one.value


_ANY_PROCEEDING = re.compile("复议|诉讼|应诉|被诉|起诉")


def _is_result(cell: str) -> bool:
    """Whether it is a result of 行政复议, which words without a noun (纠正1件) may state of the cases named last."""
    return cell.startswith("proceedings.") and not cell.endswith(".total")


def _is_of_the_report(text: str, one: Statement, cell: str, scope: Scope) -> bool:
    """Whether the number is of the year and the body that are reported; what is carried over names other years by nature."""
    if is_other_body(one.clause, scope.government):
        return False
    if cell.startswith("proceedings.") and _ONLY_SOME_OPEN.match(text, one.number[1]):
        return False
    end = one.number[1] if one.kind == "negation" else one.number[0]
    if one.kind == "count" and is_other_matter(text, end, one.clause):
        return False
    return ".carried_" in cell or ".in_force" in cell or not is_other_period(text, end, scope.year)


_ONLY_SOME_OPEN = re.compile(r"[，,（(；;]?\s?其中[，,]?(?:涉及?|因|有关)?(?:政府)?信息公开")


_APPLICANT = re.compile(
    r"^(?:其中)?(?P<who>自然人|商业企业|科研机构|社会公益组织|法律服务机构)(?:提出)?(?:的)?(?:申请)?(?:有|共)?$"
)
_APPLICANTS = {column.label: column.key for column in FORMS["2021"].applications.rows[0].columns}


def link_applicants(found: list[Statement]) -> None:
    """Set the cells of parts that divide the new applications by who applied."""
    for i, one in enumerate(found):
        whole = i - 1 if one.part_of is None and i and one.clause.startswith("其中") else one.part_of
        if whole is not None and found[whole].cell == "applications.received.total" and one.cell is None:
            match = _APPLICANT.match(one.clause)
            if match:
                one.cell = f"applications.received.{_APPLICANTS[match['who']]}"


def _is_about_requests(one: Statement, scope: Scope) -> bool:
    at = one.number[0]
    for low, high in scope.requests:  # noqa: SIM110 - a generator for every claim takes three times as long
        if low <= at < high:
            return True
    return False


def _application(text: str, one: Statement, taken: Collection[str], scope: Scope) -> str | None:
    words = one.clause
    named, follows = "申请" in words, "申请" in one.after
    if one.unit not in _CASES and not (one.unit == "条" and named):
        return None
    inside = _is_about_requests(one, scope)
    if not (named or follows or inside or taken) or _OTHER_APPLICATION.search(words):
        return None
    bare = follows and _ITS_NOUN.match(one.after) and re.search(r"(?:收到?|受理|接到|接收|登记|^全年|^本?年度?内?)$", words)
    all_of_them = (
        (named and _RECEIVED.search(words)) or bare or (inside and words.endswith(_VERBS) and _JUST_RECEIVED.search(words))
    )
    if all_of_them and not _is_of_a_channel(text, one):
        left = "".join(text[max(0, one.number[0] - 40) : one.number[0]].split())
        open_government = bool(re.search(r"信息公开|公开信息|依申请|公开政府信息", words + one.after))
        short = not bare and words.endswith(_VERBS)
        kind = re.match(r"(?P<what>[\u4e00-\u9fff]{1,8}?)申请", one.after)
        if short and kind and is_other_application(kind["what"]):
            return None
        other = _OTHER_SCOPE.search(left) or _OTHER_APPLICATION.search(left) if short else _OTHER_SCOPE.search(words)
        own = open_government or (inside and not other)
        office = scope.government and _OFFICE.search(left)
        return "applications.received.total" if own and not office else None
    if inside or any(cell.startswith("applications") for cell in taken):
        return _handled(text, one, taken)
    return None


_GRANTED_TOGETHER = re.compile(
    r"(?:[和及与或加/]|以及|或者)(?:予以|依法)?部分公开|部分公开的?(?:[和及与或加/]|以及|或者)[予以依法全部完]*公开"
)


_CHANNEL = re.compile(
    r"(?P<way>书面|网[络上站]|线上|在线|信函|邮寄|来信|当面|现场|窗口|口头|电子邮件|邮件|邮箱|传真|电话)(?:方式|渠道|形式|提交|提出|的|依|政府信息公开)*申请"
)


def _is_of_a_channel(text: str, one: Statement) -> bool:
    """Whether 书面申请5件 is only what came one way, as the sentence counts those of another way too, or of one kind of applicant."""
    own = _CHANNEL.search(one.clause)
    if own is None:
        return bool(_OF_A_KIND.search(one.clause))
    rest = re.split("[。\n]", text[one.number[1] : one.number[1] + 60])[0]
    return any(other["way"] != own["way"] for other in _CHANNEL.finditer(rest))


_OF_A_KIND = re.compile(r"(?:自然人|企业|法人|个人|律师|律所|单位)(?:提出|提交|的)?申请$")


_SOME_ANSWERED = re.compile(
    r"(?:应当?|需要?|须|未|没有|不予|待|延期|延迟|[超逾]期|提前|直接|当场|口头|代拟|自行|名义|类)(?:[依按]法|按[期时]|及时|予以)*(?:办结|答复|办复|办理完)"
)
"""Applications that are to be answered, were not, or were in some way or by someone: not all that were concluded."""


def _handled(text: str, one: Statement, taken: Collection[str]) -> str | None:
    """What became of applications: the cell of an outcome, of those carried over, or of all that were concluded."""
    words = one.clause
    if "申请" in words and "applications.received.total" in taken and (who := _APPLICANT.match(words)):
        return f"applications.received.{_APPLICANTS[who['who']]}"
    rows = {"unavailable_not_held"} if "不掌握" in words else {match.lastgroup for match in _OUTCOMES.finditer(words)}
    if rows:
        both = "合计" in words or ("予以公开" in words and "部分公开" in words) or _GRANTED_TOGETHER.search(words)
        return f"applications.{rows.pop()}.total" if len(rows) == 1 and not both else None
    if _OTHER_SCOPE.search(words):
        return None
    following = "".join(text[one.number[1] : one.number[1] + 12].split())
    if words.endswith("结转") and "applications.concluded.total" not in taken and _THEN_ADDED.match(following):
        return "applications.carried_in.total"
    if _CARRIED_ON.search(words) or (len(words) < 4 and _CARRIED_ON.match(following)):
        return "applications.carried_forward.total"
    if _SOME_ANSWERED.search(words):
        return None
    cell = next((cell for cell, pattern in _RULES if pattern.search(words)), None)
    return None if cell and _is_of_other_business(text, one) else cell


def _is_of_other_business(text: str, one: Statement) -> bool:
    """Whether the sentence of 办结12件 counts hotline calls or the like first, and no applications."""
    sentence = re.split("[。；;\n]", text[max(0, one.number[0] - 90) : one.number[0]])[-1]
    first = _FIRST_COUNT.search(sentence)
    return first is not None and "申请" not in sentence and _OTHER_SCOPE.search(first[0]) is not None


_REVIEWING = re.compile(r"(?:受理|审理|审结|办结)[\u4e00-\u9fff]{0,6}复议|复议机[关构]")
_RECEIVING = re.compile(r"(?:收到|接收|接到|新收|办理)[\u4e00-\u9fff]{0,6}复议")
_AS_REVIEWER = re.compile(r"复议(?:机[关构]|局)|作为|(?:受理|审结|办结)\d")
"""What a body that decides 行政复议 says of its own work; whoever is complained about says 被申请."""


def _reviews(text: str, one: Statement, scope: Scope) -> bool:
    """Whether 行政复议 is counted as the work of the body that decides it."""
    if "审理" in one.clause:
        return True
    if "公开" in one.clause:
        return False
    if _REVIEWING.search(one.clause):
        return True
    if not _RECEIVING.search(one.clause):
        return False
    early = scope.proceedings is None or one.number[0] < scope.proceedings[0]
    return early or bool(_AS_REVIEWER.search(text, max(0, one.number[0] - 40), one.number[1] + 20))


def _proceeding(text: str, one: Statement, taken: Collection[str], scope: Scope) -> str | None:
    if one.unit not in _CASES:
        return None
    words = one.clause if len(one.clause) > 2 else one.clause + one.after
    if not _ANY_OF_THEM.search(words):
        return None
    for cell, pattern in _PROCEEDINGS:
        if not pattern.search(words):
            continue
        if not cell.endswith(".total"):
            last = next((name for name in reversed([*taken]) if name.startswith("proceedings")), "")
            return cell if last.startswith("proceedings.reconsideration") or "行政复议" in words else None
        if _reviews(text, one, scope):
            return None
        return cell
    return None


def _disclosed(text: str, one: Statement, document: str | None, scope: Scope) -> tuple[str | None, str | None]:
    """A cell of the first table, and the kind of document that later words without a noun (废止1件) refer to."""
    words = one.clause
    decision = _DECISION.search(words) if "行政" in words and one.unit in _CASES else None
    if decision and not _is_of_a_list(text, one):
        return f"disclosure.{_DECISIONS[decision['what']]}.decisions", None
    if one.unit not in {"件", "部", "份", "个", None}:
        return None, document
    match = _DOCUMENT.search(words) if "规" in words else None
    if not (match or document):
        return None, document
    if match:
        document = "rules" if match["what"] == "规章" else "normative_documents"
    if scope.edition == "2021" and "废止" in words:
        return f"disclosure.{document}.repealed", document
    if scope.edition == "2021" and re.search(r"(?:现行|继续)有效", words):
        return f"disclosure.{document}.in_force", document
    if match and _MADE.search(words) and "废止" not in words:
        return f"disclosure.{document}.{_ISSUED[scope.edition]}", document
    return None, None


def _is_of_a_list(text: str, one: Statement) -> bool:
    """Whether the number is of kinds of decisions, as a list of them has."""
    if one.unit == "项" and not re.search("办理|办结|作出|受理|处理|实施|决定", one.clause):
        return True
    left = re.split("[。；;，,\n]", text[max(0, one.number[0] - 40) : one.number[0]])[-1]
    return _LISTED_ITEMS.search(left) is not None


_DENIES_SOME = re.compile(r"再次|败诉|纠[正错]|撤销|变更|责令|违法|[超逾]期")
_SOME_APPLICATIONS = re.compile(
    r"因(?:依申请|政府信息|信息)公开|出版物|重复|反复|信访|投诉|举报|第三方|秘密|涉密|(?<!公开)类申请|以外|不予|补正|撤回|更正|"
    r"^(?!.*(?:自然人|公民|个人|群众)).*(?:科研|公益组织|律师|法律服务|企业)"
)
"""Words of a sentence that denies applications of a kind only."""


def _negated_cell(text: str, one: Statement, scope: Scope) -> str | None:
    """The cell that a negation says is zero; None where it speaks of several."""
    words = one.clause
    if _DENIES_SOME.search(words) or DENIES_SOME.match(text, one.number[1]):
        return None
    if "结转" in words:
        inward = re.search(r"上年|上一年|往年", words)
        return "applications.carried_in.total" if inward else "applications.carried_forward.total"
    if "复议" in words and "诉" not in words:
        return "proceedings.reconsideration.total"
    if "诉" in words or "费" in words:
        return None
    if (stated := _nothing_made(words, scope)) is not None:
        return stated or None
    if _OTHER_APPLICATION.search(words) or _SOME_APPLICATIONS.search(words):
        return None
    return "applications.received.total" if "公开" in words or _is_about_requests(one, scope) else None


def _nothing_made(words: str, scope: Scope) -> str | None:
    """The cell of the first table that a negation speaks of; empty for several, None for none."""
    documents = [row for word, row in (("规章", "rules"), ("规范性文件", "normative_documents")) if word in words]
    decisions = [row for word, row in _DECISIONS.items() if word in words and "申请" not in words]
    if not documents and not decisions:
        return None
    if len(documents) + len(decisions) > 1:
        return ""
    return f"disclosure.{documents[0]}.{_ISSUED[scope.edition]}" if documents else f"disclosure.{decisions[0]}.decisions"
