"""The numbers said in prose: what is counted, how many, and of what kind the statement is.

Numbers are found first (digits, the words of negation, Chinese numerals) and then judged by their neighbourhood, so that the
work is proportional to the text and each pattern looks at a bounded piece of it. How claims hang together (parts of a
total, terms of a ratio, the cell they state) is in `linking` and `stating`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from string import ascii_letters
from typing import Literal

from extractor.document import Span

Kind = Literal["count", "ratio", "approximate", "negation", "enumeration"]


@dataclass(slots=True)
class Statement:
    """A claim in the making. `span` is its quote, `number` the place of its figure (of the word of negation), `clause` the words
    that lead to the figure without blanks, `after` those that follow its unit, `noun` what is counted."""

    span: Span
    number: Span
    value: Decimal
    unit: str | None
    kind: Kind
    clause: str
    after: str
    noun: str
    part_of: int | None = None
    of: tuple[int, int] | None = None
    cell: str | None = None


_UNITS = (  # each alternative begins with one character: all others are then skipped
    r"个百分点|个工作日|天|小时|分钟|大类(?!别)|中类(?!别)|小类(?!别)|个方面|大方面|方面|个部分(?!公)|大部分(?!公)|部分(?!公)|%|％|‰|亩|元|人次|件次|家次|条次|场次|户次|篇次|批次|台次|车次|点击量|人(?!事|大|民|员|才|社|力|均|口)"
    r"|条(?!例|款)|件(?!均)|个(?!人|别|体)|项(?!目(?!标))|份(?!额)|篇|期(?!间|限|末|满)|次(?!要|序|日)|名(?!称|单|录|义)|家(?!庭|长|属)"
    r"|场(?!所|景)|户(?!籍)|起(?!草|诉|来|到|步|点)|宗|例(?!如|外|行)|处(?!理|罚|置|室|于)|类(?!别|信)|种|批(?!准|复|示)|部(?!门|分|署|委)"
    r"|册|本(?!级|年|机|局|单|中|地|着|次)|台(?!账)|张|幅|块|套|组(?!织|成|长|建)|支(?!持|撑)|轮|款|则|步|届|封|通(?!报|过|知|告|道)|笔|单(?!位|独)"
    r"|票|集(?!中|体|约|团)|讲(?!解|话)|课时|堂|所(?!有|属|需)|站|屏|栏|版(?!块|面)|段|对(?!外|于|口|照|接|标)|页|字|分(?!别|为|类|管|局|送|级|析|公|布|开)"
    r"|位(?!于|置)|级|道|门(?!户|类)|座|辆|公里|平方米|吨|米|倍|成(?!效|立|果|为)|度|口|卷|枚|桩|节|群|稿"
)
_NUMBER = re.compile(
    r"(?P<digits>\d(?:\d{0,2}(?:[,，]\s?\d{3})+(?!\d)|\d{0,2}(?: \d{1,3}){1,2}(?=[条件个次人%％])|\d*))(?P<fraction>[.．]\d+)?"
    r"(?P<tail>[ \t\xa0\u3000]{0,120}\n?[ \t\xa0\u3000]{0,120}(?P<more>[余多几])?(?P<scale>[万亿千百])?(?P<still>[余多])?"
    rf"[ \t\xa0\u3000]{{0,120}}(?P<unit>{_UNITS})?)(?P<upto>左右|以上|上下)?"
)
_SCALES = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_NOT_COUNTED = re.compile(
    r"\s{0,120}(?:年|月|日|时|号|室|楼|栋|幢|层|单元|路|弄|巷|岁|周年|天|周|分钟|小时|秒|点(?![击赞位])|版|届"
    r"|个?(?:工作日|自然日|小时|月|星期|季度|年)|[A-Za-z〕］\]】]|[-—–~～:：/·•×*+＋.．]\s?\d|[×*+＋])"
)
_FIRST_OF_NOT_COUNTED = frozenset(
    ascii_letters + "年月日时号室楼栋幢层单路弄巷岁周天分小秒点版届个工自星季〕［]】-—–~～:：/·•×*+＋.．"
)
"""What `_NOT_COUNTED` can begin with, but for white space."""
_ON_AVERAGE = re.compile(r"(?:平均|用时|耗时|时长)(?:为|约|近)?\Z")
_LAST_OF_AVERAGE = frozenset("均时长为约近")
_SEPARATORS = re.compile(r"[,，\s]")
_DAYS = re.compile(r"\s?(?:个工作日|天|小时|分钟)")
_NO_FIGURE_BEFORE = re.compile(
    r"(?:[A-Za-z第〔〈№#+＋×*@_]|\d[-—–~～:：/·•.]|每|不少于|不低于|不超过|不得超过|至少|前"
    r"|(?:点击|浏览|访问|阅读|下载|人气)(?:次数|总?量|数|率)?\s?[:：]\s?[\[【(（]?|(?:电话|传真|邮编|热线|邮政编码|备案号|邮箱)[:：\s]*)\s?$"
)
_LAST_BEFORE = frozenset(ascii_letters + "第〔〈№#+＋×*@_-—–~～:：/·•.每于过少前[【(（话真编线码号箱")
"""What `_NO_FIGURE_BEFORE` can end with, but for white space: few figures follow any of these."""
_ABOUT = re.compile(r"(?:近|约|超过?|逾|突破|接近|[^以]上)$|约占[^，。]{0,12}$")
_LAST_OF_ABOUT = frozenset("近约超过逾破上")
_CLAUSE = re.compile(r".*[，,。；;：:！!？?、（(）)\[\]【】“”\"\t|…<>《》]", re.DOTALL)
_DATE_LEAD = re.compile(r".*\d\s{0,120}(?:年度?|月份?|日)(?:底|末|起|以来)?", re.DOTALL)
_LEAD = re.compile(r"(?:其中|共计|总计|合计|共(?![同享建])|并且|并|及(?!时)|和|以及|同时|另有|另|还|均|也|已)+")
_FIRST_OF_LEAD = frozenset("其共总合并及和以同另还均也已")
_VERB = re.compile(r"发布|公开|公布|收到|受理|办理|举办|召开|推送|更新|开展|发生|组织|刊登|制发|印发|答复|回复|接到|完成|审查")
_WEAK_ENDS = frozenset("的了有对为共达是至以和及与被将各已在由出等计新增配备设立明确")
_WEAK_WORDS = frozenset(
    {"举办", "召开", "开展", "组织", "完成", "办理", "发布", "公开", "受理", "处理", "接待", "收到", "回复", "制作", "建设"}
)
"""Characters and words at the end of what leads to a number: what is counted then follows it."""
_COUNTABLE = re.compile(
    r"(?:信息|量|数|用户|粉丝|文件|稿件?|文章|事项|[合总共]计|累计|申请|建议|提案|案件|栏目|账号|人员|动态|公告|解读|类|报告|办结|答复|来信|留言|咨询"
    r"|活动|会议|培训|条目|目录|视频|图文|公示|回应|单位|部门|窗口)(?:为|达|共|有)?$"
)
_WORDS_OF_NO_NOUN = frozenset({"的", "为", "是", "有", "共", "共计"})
_RATE = re.compile(r"率(?:达到?|为|是)?$")
_OPENING = {"）": "（", ")": "(", "》": "《", "”": "“"}
_HAN = re.compile(r"[\u4e00-\u9fff]{1,10}")
_REACH = 60
_MOST = 20_000
"""Figures looked at in one stretch of prose; a report has a few hundred, so only a hostile text reaches it."""


def clause_start(text: str, low: int, at: int) -> int:
    """Where the clause that ends at `at` begins: after the last punctuation, or after a line end that ends a paragraph."""
    base = max(low, at - _REACH)
    left = text[base:at]
    match = _CLAUSE.match(left)
    cut = match.end() if match else 0
    line_end = left.rfind("\n")
    while line_end >= cut:
        if not _wrapped(text, low, base + line_end):
            cut = line_end + 1
            break
        line_end = left.rfind("\n", 0, line_end)
    return base + cut


def _wrapped(text: str, low: int, at: int) -> bool:
    """Whether the line end at `at` only wraps a line: the line is long and another follows at once."""
    before = text.rfind("\n", max(low, at - 400), at)
    line = text[max(before + 1, low) : at].strip()
    return len(line) > 24 and text[at + 1 : at + 2] not in ("\n", "") and "\u4e00" <= line[-1] <= "\u9fff"


def _squeezed(words: str) -> str:
    return "".join(words.split())


def _counts(text: str, low: int, high: int) -> Iterator[Statement]:
    floor = low
    for match in islice(_NUMBER.finditer(text, low, high), _MOST):
        start = match.start()
        digits_end = match.start("tail")
        before = text[max(low, start - 12) : start]
        following = text[digits_end : digits_end + 1]
        if (
            (following in _FIRST_OF_NOT_COUNTED or following.isspace())
            and _NOT_COUNTED.match(text, digits_end, min(high, digits_end + 8))
            and not (before[-1:] in _LAST_OF_AVERAGE and _DAYS.match(text, digits_end, high) and _ON_AVERAGE.search(before))
        ):
            continue
        if before.rstrip()[-1:] in _LAST_BEFORE and _NO_FIGURE_BEFORE.search(before):
            continue
        begin = max(clause_start(text, low, start), floor)
        if begin == start and (opening := _OPENING.get(text[start - 1 : start])):
            bracket = text.rfind(opening, max(floor, start - 40), start)
            begin = max(clause_start(text, low, bracket), floor) if bracket >= 0 else begin
        statement = _count(text, match, begin, high)
        if statement is not None:
            floor = statement.number[1]
            yield statement


def _count(text: str, match: re.Match[str], begin: int, high: int) -> Statement | None:
    start = match.start()
    digits, fraction, _, more, scale, still, unit, upto = match.groups()
    if len(digits) > 1 and digits[0] == "0":
        return None
    fraction = fraction or ""
    clause = _squeezed(text[begin:start])
    if unit:
        end = match.end("unit")
    elif still:
        end = match.end("still")
    elif scale:
        end = match.end("scale")
    else:
        end = match.start("tail")
    if unit is None and scale is None and not _plain_figure(clause, digits, fraction):
        return None
    whole = digits if digits.isdecimal() else _SEPARATORS.sub("", digits)
    value = Decimal(whole + fraction.replace("．", "."))
    if scale:
        value *= _SCALES[scale]
    unit = None if unit is None else unit.replace("％", "%")
    kind: Kind = "count"
    if unit is not None and unit.endswith(("方面", "部分")):
        kind = "enumeration"
    elif unit == "次" and "每" in clause:
        return None
    elif more or still or upto or ((clause[-1:] in _LAST_OF_ABOUT or "约占" in clause) and _ABOUT.search(clause)):
        kind = "approximate"
    elif unit in {"%", "‰"} or (unit is None and _RATE.search(clause)):
        kind = "ratio"
    return _quoted(text, (begin, start, end, high), clause, value, unit, kind)


def _plain_figure(clause: str, digits: str, fraction: str) -> bool:
    """Whether a figure without a unit counts something: its unit was lost, or it is a quantity by its noun."""
    if fraction:
        return bool(_RATE.search(clause))
    if len(digits) == 4 and "1990" <= digits <= "2039" and not clause.endswith(("量", "数", "用户", "粉丝")):
        return False
    return bool(_COUNTABLE.search(clause) or _RATE.search(clause))


def _quoted(
    text: str, edges: tuple[int, int, int, int], clause: str, value: Decimal, unit: str | None, kind: Kind
) -> Statement:
    """The statement with its quote: noun, number, unit; or number, unit, noun where nothing before the number is a noun."""
    begin, start, end, high = edges
    noun = clause
    dated = _DATE_LEAD.match(text, begin, start) if "年" in clause or "月" in clause or "日" in clause else None
    if dated and dated.end() < start and _squeezed(text[dated.end() : start]) not in _WORDS_OF_NO_NOUN:
        begin = dated.end()
    if text[begin] in _FIRST_OF_LEAD and (lead := _LEAD.match(text, begin, start)) and lead.end() < start:
        begin = lead.end()
    words = text[begin:start].lstrip()
    if begin != edges[0]:
        noun = _squeezed(words)
    begin = start - len(words)
    following = _HAN.match(text, end + (text[end : end + 1] == " "), min(high, end + 12))
    after = following[0] if following else ""
    if start - begin > 24:
        verbs = [match.start() for match in _VERB.finditer(text, start - 24, start)]
        begin = verbs[0] if verbs else max(begin, start - 40)
    quote = (begin, end)
    weak = not noun or noun[-1] in _WEAK_ENDS or noun[-2:] in _WEAK_WORDS
    if following and weak and kind != "enumeration":
        quote, noun = (begin, following.end()), noun + after
    return Statement(quote, (start, end), value, unit, kind, clause, after, noun or after)


_NEGATION = re.compile(
    r"[未没无不](?:(?<=[未没])有?(?:曾|再|出现过?|发生过?|产生过?|收到|接到|接收|接获|受理|办理|收取|收过?|接|因|由|任何|被|涉及|引发|发出|提起|新增|公民|人(?=申请|提)"
    r"|存在|向|对|制[定发作]|出台|作出|实施|结转|行政|政府信息|依申请|申请|上年|相关|有关)"
    r"|(?:(?<=无)|(?<=不)(?:存在|涉及)|(?<=没)有)(?=政府信息|信息公开|信息处理费|依申请|行政|申请|因|由此|任何|人|公民|收费|费用|收取|上年|结转|复议|诉讼|新收|相关"
    r"|有关|被|现行|规))"
    r"(?:[^，,。；;！？\n]|\n(?![ \t\u3000]{0,120}\n)){0,44}?"
    r"(?P<object>申请(?!人|行政|复议|提起)|依申请公开|复议|诉讼|应诉|处理费|收费|费用|结转|规范性文件|规章|行政许可|行政处罚|行政强制)"
    r"(?:情况|案件|申请|事项|决定|件|等|的|相关|提供|办理|通知|或者|以及|[、和或及与]|被|提起|引起|引发|行政|复议|诉讼|应诉|许可|处罚|强制"
    r"|政府信息公开|信息公开|收费|规范性文件|规章){0,12}"
)
_PERIOD_LEAD = re.compile(r"(?:20\d\d\s{0,120}年度?|本年度?|全年|年内|当年|上年)[ \t]{0,120}$")
_OPEN_END = re.compile(r"(?:[、和或及与的等]|或者|以及|被|提起)+$")


def _negations(text: str, low: int, high: int) -> Iterator[Statement]:
    for match in islice(_NEGATION.finditer(text, low, high), _MOST):
        start, end = match.span()
        tail = _OPEN_END.search(match[0])
        if tail:
            end = start + tail.start()
        if (
            text[end : end + 1] == "的"
            and match["object"] in {"申请", "规范性文件"}
            and text[end + 1 : end + 3] not in ("情况", "情形")
        ):
            continue
        lead = _PERIOD_LEAD.search(text, max(low, start - 9), start)
        begin = lead.start() if lead else start
        words = _squeezed(text[begin:end])
        unit = None if "费" in words else "件"
        yield Statement(
            (begin, end), (start, end), Decimal(0), unit, "negation", words, "", _negated(_squeezed(text[start:end]))
        )


_DENIAL = re.compile(
    r"^(?:未|没有|没|无|不存在|不涉及)(?:曾|再|出现过?|发生过?|产生过?|收到|接到|接收|接获|受理|办理|收取|任何|存在|被|有|过|[和、](?:处理|办理))*"
)


def _negated(words: str) -> str:
    return _DENIAL.sub("", words) or words


_NUMERAL_START = re.compile(
    r"[一两二三四五六七八九十百千万]"
    r"(?:(?<!一)(?<![第之二三四五六七八九十百千〇○零“《年月].)|(?<=一)(?=件[，,。；;、）)\n])(?<![第每任唯统同这某逐之十].))"
)
_NAMED = (
    "问题|不足|短板|弱项|困难|措施|举措|方式|渠道|途径|形式|工作|任务|重点|环节|关口|把关|审[核查批]|内容|事|改进|要求|维度"
)
_CHINESE = re.compile(
    r"(?P<n>[二三四五六七八九]?十[一二三四五六七八九]?|[两二三四五六七八九]|一(?=件))(?:[ \t]?"
    r"(?:(?P<kind>[个大]?(?:方面|部分)(?!公)|道关口?|(?P<loose>(?:大类|[个大种类项条点件级])(?:[\u4e00-\u9fff]{0,4}?(?:"
    + _NAMED
    + r"))?))"
    r"|(?P<unit>[次场期篇份名家批轮件条人])(?=[，,。；;、）)\n]|\Z)|(?P<made>[个名项类次场期家份篇条]))"
    r"|(?P<tenths>(?<=[近约占达超逾的过].)成(?![为立果效员本功绩熟长分都品就交型])))"
    r"|(?P<round>[一二三四五六七八九]?[十百千万])[余多](?P<about>[\u4e00-\u9fff])?|(?P<bare>[百千万])(?<=[近上逾超].)(?P<some>[条件篇人次名家份场])"
)
_MADE = re.compile(r"(?:分为|[开设]设|设立|设置|新增|共有|建成|配备|配有|明确|召开|举办|开展|组织|印发|制定)了?$")
_CLAUSE_END = frozenset("，,。；;、）)\n") | {""}
_SAID = re.compile(r"[\u4e00-\u9fff]$")
_DIGITS = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "一": 1}
_LISTED = re.compile(r"[^。；;\n]{0,16}?[:：，,。]?\s{0,120}(?:一是|其一|第一|（一）|\(一\)|1[.、])|[^。，；\n]{0,8}[:：]")


_BETWEEN = re.compile(r"、(?!(?:和|与|及))|(?<![涉以普])(?:和|与|及)|”“")


def _value(numeral: str) -> int:
    if "十" in numeral:
        tens, _, ones = numeral.partition("十")
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
    return _DIGITS[numeral]


def _chinese(text: str, low: int, high: int) -> Iterator[Statement]:
    for head in islice(_NUMERAL_START.finditer(text, low, high), _MOST):
        match = _CHINESE.match(text, head.start(), high)
        if match is None:
            continue
        start, end = match.span()
        begin = clause_start(text, low, start)
        clause = _squeezed(text[begin:start])
        if match["tenths"]:
            yield _quoted(text, (begin, start, end, high), clause, Decimal(10 * _value(match["n"])), "%", "approximate")
            continue
        if match["round"] or match["bare"]:
            yield from _round_number(text, match, begin, high)
            continue
        count = _value(match["n"])
        unit = match["unit"] or match["made"] or _counted_cases(text, match, high)
        if unit:
            if (_MADE if match["made"] else _SAID).search(clause) and "每" not in clause:
                yield _quoted(text, (begin, start, end, high), clause, Decimal(count), unit, "count")
        elif not match["loose"] or _is_listed(text, match, low, high, count):
            yield _quoted(text, (begin, start, end, high), clause, Decimal(count), match["kind"], "enumeration")


def _counted_cases(text: str, match: re.Match[str], high: int) -> str | None:
    """件 or 条 where a clause ends with it (收到申请十二件，): a count, though 件 and 条 may also number what is listed (三条措施)."""
    unit = match["loose"]
    return unit if unit in ("件", "条") and text[match.end() : min(high, match.end() + 1)] in _CLAUSE_END else None


def _round_number(text: str, match: re.Match[str], begin: int, high: int) -> Iterator[Statement]:
    words = match["round"] or match["bare"]
    value = _DIGITS.get(words[0], 1) * (10 if words[-1] == "十" else _SCALES[words[-1]])
    unit = match["about"] or match["some"]
    if unit is None or unit in "次条件篇人名家份场个项户起期":
        start, end = match.span()
        yield _quoted(text, (begin, start, end, high), _squeezed(text[begin:start]), Decimal(value), unit, "approximate")


def _is_listed(text: str, match: re.Match[str], low: int, high: int, count: int) -> bool:
    """Whether what is numbered is listed beside it: before it (网上、信函、当面三种方式), in brackets, or after it (一是…)."""
    start, end = match.span()
    if text[end : end + 1] in ("（", "("):
        inside = re.compile(r"[（(]([^（()）\n]{1,60})[)）]").match(text, end, high)
        if inside and inside[1].count("、") + 1 == count:
            return True
    before = re.split(r"[，,。；;：:（(《》]", text[max(low, start - 50) : start].replace("\n", ""))[-1]
    if before.endswith(("以上", "上述", "这", "以下", "如下")):
        return True
    if len(_BETWEEN.findall(before)) + 1 == count:
        return True
    return bool(_LISTED.match(text, end, min(high, end + 40)))


def statements(text: str, segments: list[Span]) -> list[Statement]:
    """All numeric statements in the `segments` of the simplified `text`, in printed order, none overlapping another's number."""
    found: list[Statement] = []
    for low, high in segments:
        found.extend(_counts(text, low, high))
        found.extend(_negations(text, low, high))
        found.extend(_chinese(text, low, high))
    found.sort(key=lambda one: one.number)
    kept: list[Statement] = []
    for one in found:
        if not kept or one.number[0] >= kept[-1].number[1]:
            kept.append(one)
    return kept
