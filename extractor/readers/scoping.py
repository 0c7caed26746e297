"""Whether a number said in prose is about the year and the body of the report: last year's figures, figures since some year,
of half a year, and those of subordinate bodies are said in the same words."""

from __future__ import annotations

import re
from functools import lru_cache

_SINCE = re.compile(
    r"(?:自|从)20\d\d年[^，,]{0,8}?(?:以来|起|至今)|(?:20\d\d年|施行|实施|成立|组建|开通|上线|修订)[^，,年]{0,8}以来|近[两二三四五六七八九十]年|历年"
    r"|(?<!一)年来|[两二三四五]年(?:共|合计|累计)|20\d\d\s?年?\s?[-—~～至到]{1,2}\s?20\d\d\s?年"
)
_HINT_OF_SINCE = re.compile("[自从来近历二两三四五—~～至到-]")
_PART_OF_THE_YEAR = r"[上下]半年|第?[一二三四]季度|(?<!\d)[1-9]\s?(?:[-—~～至到]\s?\d{1,2})?月(?!\s?(?:31|份?底|末))"
_WHOLE_YEAR = re.compile(r"1\s?月?\s?(?:[-—~～至到])\s?12\s?月|12\s?月\s?(?:31\s?日|底|末)")
_EARLIER = re.compile(rf"上一?年(?!鉴)|去年|前一?年(?!来)|往年|{_PART_OF_THE_YEAR}")
_HINT_OF_EARLIER = re.compile("[上下去前往季月]")
_YEARS = re.compile(r"(20\d\d)\s?年")
_SENTENCE_END = re.compile(r"[。；;！？\n]")
_SENTENCES = re.compile(r".*[。；;！？\n]", re.DOTALL)
_COMMA = re.compile("[，,]")
_LED_BY = re.compile(rf"(?:20\d\d年度?|上一?年度?|去年|前一?年度?|{_PART_OF_THE_YEAR})(?:间|度|全年)?\Z")
_HANDLING = (
    r"(?:共|累计|新|合计|总计|分别|一?总共|全年|依法|直接|本年度?)*(?:收到|受理|接收|接到|接获|办结|办理|审理|答复|转办|新收)"
)
_SUBORDINATE = re.compile(
    r"(?:各(?!类|项|种|方)[\u4e00-\u9fff、（）()]{1,12}|[区县市省]级部门|[区县市]直(?:部门|单位|机关)?|其他(?:部门|单位|机关)|(?<!本)部门|乡镇|镇街|(?:所属|下属|直属|下辖|基层)[\u4e00-\u9fff、]{0,8})"
    + _HANDLING
)
_HINT_OF_SUBORDINATE = re.compile("[各级直他部乡镇属辖基]")
"""As the other hints: without one of these characters the longer pattern cannot match, which is told in a tenth of its time."""
_NAMED_BODY = re.compile(r"[\u4e00-\u9fff](?:局|委|(?<!管理)委员会|办公室|分局|中心|街道|镇|乡|支队|大队)" + _HANDLING)
_ON_BEHALF = re.compile(
    r"(?:代表|代理|协助|指导|督促|代(?=[省市区县州镇]))[\u4e00-\u9fff、]{0,8}(?:政府|部门|单位|机关|[街镇乡]|分局)"
)
_AGAINST_OTHERS = re.compile(
    r"以(?:[^，,。；;]{0,12}(?:部门|各|下级|乡镇|街道|[县市州区][县市州区](?!政府办)|所属|下属)[^，,。；;]{0,8}|其他[^，,。；;]{0,10})为被(?:申请人|告)"
    r"|不服(?:[^，,。；;]{0,6}(?<![我本])(?:部门|各|下级|所属|下属|乡镇|街道|[县市州区]政府|局|镇|乡))"
)
"""Complaints about bodies that the one that reports is above of."""
_DEPARTMENTS = re.compile(r"政府(?:工作|组成|各|所属)*部门")
DENIES_SOME = re.compile(r"结转|[超逾延]期|撤回|中?被(?:纠|撤|判|确认|责令)|[一二]审|再审|败诉|改判")
"""After a denial: the words that make it one of some only (没有行政复议被纠正)."""
_WHOLE_AREA = re.compile(r"全[区县市省州旗盟](?!政府办)|各级")
_APART = r"(?:统计|公布|计算|计列|列出|发布年报)"
_SAID_TO_BE_OTHER = re.compile(  # each alternative begins with one character: the search then skips all others
    rf"另[行外]?{_APART}|分别{_APART}|单独{_APART}"
    r"|不(?:属于|在)[^，,。]{0,8}(?:信息公开|统计|本报告|口径)|含[在于]|不(?:计入|列入|纳入|包含在)|与(?:政府)?信息公开[^，,。]{0,4}无关"
    r"|除了?(?:政府)?信息公开[^，,。]{0,6}外|涉(?:政府)?信息公开类?[^，,。]{0,4}(?:外|除外)|非(?:政府)?信息公开"
)
_OTHER_CAUSE = re.compile(
    r"因(?!政府信息|信息公开|公开|此|依申请|申请公开|答复)[\u4e00-\u9fff、]{2,14}?(?:引发|引起|产生|导致|被|提起|发生)|(?<!公开)(?<!公开类)(?<!同)类(?:案件|的)?(?:行政)?(?:复议|诉讼|应诉)"
    r"|(?:处罚|许可|强制|征收|征地|拆迁|裁决|认定|登记|执法|监管|投诉|举报|审批|工伤|治安|交通|劳动|合同)"
    r"(?:决定|案件?|事项|行为|领域|工作|纠纷|违法)*(?:被|引发|引起|提起|提出|申请|的|行政)*(?:复议|诉讼|应诉)"
)
_OWN = re.compile(
    r"政府|信息|公开|依申请|公民|法人|或?其他组织|自然人|群众|社会|公众|各类|有效|书面|网[上络]|线上|在线|邮寄|信函|当面|现场|电子邮件|提[交出]|递交|向我[局委办]|新的?|的|[、和及以共了各类]"
)
_NAMED_APPLICATION = re.compile(r"(?:收到?|受理|接到|接收|办理|登记)(?P<what>[\u4e00-\u9fff、]{2,24}?)申请")
_LOOKED_BACK = 90


@lru_cache(maxsize=1)  # for the year and for the matter the same is asked
def _sentence_to(text: str, end: int) -> str:
    """The words of the sentence before `end`."""
    words = text[max(0, end - _LOOKED_BACK) : end]
    before = _SENTENCES.match(words)
    return words[before.end() :] if before else words


def is_other_period(text: str, end: int, year: int | None) -> bool:
    """Whether the words of a sentence up to `end`, where its number stands, are of another period than the reported year."""
    sentence = _sentence_to(text, end)
    if _HINT_OF_SINCE.search(sentence) and _SINCE.search(sentence):
        return True
    *before, clause = _COMMA.split(sentence)
    if _is_other(clause, year):
        return True
    led = _LED_BY.search(before[-1].strip()) if before and not _YEARS.search(clause) else None
    return led is not None and _is_other(led[0], year)


def _is_other(words: str, year: int | None) -> bool:
    years = [int(said) for said in _YEARS.findall(words)]
    if years and year is not None and year not in years:
        return True
    if _HINT_OF_EARLIER.search(words) is None:
        return False
    return _EARLIER.search(words) is not None and _WHOLE_YEAR.search(words) is None and not re.search("本年|今年", words)


def is_other_body(clause: str, government: bool) -> bool:
    """Whether the words before the number name a body that is only a part of the one that reports, or the area around it."""
    other = _NAMED_BODY if government else _WHOLE_AREA
    if government and _DEPARTMENTS.search(clause):
        return True
    if not government and _ON_BEHALF.search(clause):
        return True
    if _HINT_OF_SUBORDINATE.search(clause) and _SUBORDINATE.search(clause):
        return True
    return bool(_AGAINST_OTHERS.search(clause) or other.search(clause))


def is_other_application(what: str) -> bool:
    """Whether the words before 申请 say what is applied for, or why (公租房, 重复), and not merely who applies or how."""
    return "公开" not in what and len(_OWN.sub("", what)) > 1


def is_other_matter(text: str, end: int, clause: str) -> bool:
    """Whether the sentence says itself that its numbers are counted elsewhere, or are not about open government."""
    if ("因" in clause or "诉" in clause or "复议" in clause) and _OTHER_CAUSE.search(clause):
        return True
    named = _NAMED_APPLICATION.search(clause) if "申请" in clause else None
    if named and is_other_application(named["what"]):
        return True
    stop = _SENTENCE_END.search(text, end, end + _LOOKED_BACK)
    sentence = _sentence_to(text, end) + text[end : stop.start() if stop else end + _LOOKED_BACK]
    return _SAID_TO_BE_OTHER.search(sentence) is not None
