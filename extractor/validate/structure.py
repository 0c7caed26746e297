"""Rules over what the document is and what it must contain: kind, edition, sections, aspects, document numbers, hidden text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.document import Notice
from extractor.result import Severity
from extractor.validate.readings import TABLE_NAMES, emptied, header_alone
from extractor.validate.rule import Found, Rule, Subject, damage

_ARTICLE = ("《政府信息公开条例》第四十九条、第五十条", "Regulations on Open Government Information, articles 49 and 50")
_FORM_2021 = ("国办公开办函〔2021〕30号", "国办公开办函〔2021〕30号")
_LEGISLATION = ("《立法法》第九十三条：规章制定主体", "Legislation Law, article 93: who may make rules")
_KINDS = {
    "legacy_report": ("2019年以前格式的年度报告", "it has the form of before 2019"),
    "other": ("不是政府信息公开工作年度报告", "it is no annual report on open government"),
}
_ASPECTS = {
    "proactive_disclosure": "主动公开",
    "disclosure_on_request": "依申请公开",
    "information_management": "政府信息管理",
    "platforms": "平台建设",
    "supervision": "监督保障",
}
_SECTIONS = {
    "overview": "一、总体情况",
    "disclosure": "二、主动公开政府信息情况",
    "applications": "三、收到和处理政府信息公开申请情况",
    "proceedings": "四、政府信息公开行政复议、行政诉讼情况",
    "improvement": "五、存在的主要问题及改进情况",
    "other_matters": "六、其他需要报告的事项",
}
_TO_PROGRAMS = (
    r"(?:(?<=忽)略|(?<=无)视|(?<=不)要理会)(?:以上|之前|上述|前面|所有|上面)[^。\n]{0,8}(?:指令|提示|要求|规则)"
    r"|(?<=全)部(?:填|写|改)(?:为|成|写)?\s{0,9}[0０零]"
    r"|(?<=[iI])(?i:gnore\s+(?:all\s+)?(?:the\s+)?(?:previous|above|prior)\s+(?:instructions|prompts))"
)
_FORGERY = (
    r"(?<=⟦)s?[0-9]{1,6}⟧|(?<=<)(?:/?data-[0-9a-f]{4,}>|\|(?:im_start|im_end|system)\|>)|(?<=\[)/?INST\]"
    r"|(?<=\{)\s{0,9}\"(?:[1-4](?:\.[0-9]){0,2}|rules|normative_documents|reconsideration|claims)\"\s{0,9}:\s{0,9}[\"\[{]"
    r"|(?<=系)统(?:提示|消息|指令|说明)\s{0,9}[:：][^。\n]{0,40}(?:填|输出|忽略|回答|指令|编号)"
    r"|(?<=[把将])(?:所有|全部|各)[^。\n]{0,12}(?:填|写|改|记|输出)(?:为|成)\s{0,9}[0０零]"
    r"|(?<=[sS])(?i:ystem\s{1,9}(?:prompt|note|message|override)\s{0,9}:)"
    r"|(?<=[dD])(?i:isregard\s{1,9}(?:all|any|the|previous|prior|above)\s)"
    r"|(?:(?<=[sS])(?i:et)|(?<=[fF])(?i:ill))(?i:\s{1,9}(?:in\s{1,9})?(?:all|every|each)[^.\n]{0,40}\s(?:to|with|as)\s{1,9}(?:0|zero))"
)
"""What only a program would read: forged ids, delimiters, turns and answers, and orders to fill in figures."""
_INJECTION = re.compile(f"[忽无不全iI](?:{_TO_PROGRAMS})")
_EITHER = re.compile(rf"[忽无不全iI⟦<\[{{系把将sSdDfF](?:{_TO_PROGRAMS}|{_FORGERY})")
"""One look at the whole text for both: nearly no text has either."""
_MOJIBAKE = "锛鏌鐨銆涓鍏鏀鎶鍔鍒閮锟"
_OLD_FORM = "国办公开办函〔2019〕60号"
_FORM_NUMBER = re.compile(r"国办公开办函〔(?:2021〕(?:\d0|3\d|3|\d?30\d?)|20\d\d〕30)号")
_CITED_FOR = re.compile("格式|年度报告|编制|编写|制定|公布|要求")
_ZONE = re.compile(r"开发区|高新区|管委会|管理委员会|示范区|园区")
_WITHOUT_RULES = re.compile(r"(?:县|区|旗|镇|乡|街道|局|委员会|中心|厅|办公室|分局|支队|大队|所|院|公司|学校)(?:人民政府)?$")
_PROSE = ("overview", "improvement", "other_matters")
_CLAUSE = re.compile(r"《[^》]*》|([\u4e00-\u9fff、]{12,})")
_FEE = re.compile(r"处理费|收费|费用")


def _kind(subject: Subject) -> Iterator[Found]:
    """Whether the document is an annual report in a form that is read."""
    if subject.kind in _KINDS and not _garbled(subject):
        zh, en = _KINDS[subject.kind]
        yield Found("error", "report", parameters={"kind": subject.kind, "zh": zh, "en": en})


def _garbled(subject: Subject) -> bool:
    """Whether the text is another encoding's bytes: a share of the characters that UTF-8 read as GBK is made of."""
    low, high = subject.window
    sample = subject.text[low : min(high, low + 20_000)]
    odd = sum([sample.count(sign) for sign in _MOJIBAKE if sign in sample])
    return odd > 20 and 40 * odd > len(sample)


def _lost(notice: Notice) -> tuple[str, str]:
    """What a notice says is lost, in Chinese and English; of a PDF the number of pages, if any."""
    detail = notice.detail[:60]
    if notice.kind == "decoding":
        return f"部分字符无法辨认（{detail}）", f"characters were lost ({detail})"
    if not detail:
        return "文件不完整", "the file is cut off"
    if detail.isdecimal():
        return f"文件不完整，有{detail}页无法读取", f"the file is cut off; pages that cannot be read: {detail}"
    return f"文件不完整（{detail}）", f"the file is cut off ({detail})"


def _damaged(subject: Subject) -> Iterator[Found]:
    """Text that is cut off or in a wrong encoding, and a table whose rows kept their labels and lost their figures."""
    for notice in [notice for notice in subject.notices if notice.kind in ("decoding", "truncated")][:2]:
        what, en = _lost(notice)
        yield Found("warning", "copy", parameters={"what": what, "en": en})
    if _garbled(subject):
        low = subject.window[0]
        raw = subject.text[low : low + 40].split("\n")[0]
        yield Found(
            "error", "copy", (), raw, (low, low + len(raw)), parameters={"what": "文字编码错乱", "en": "the text is garbled"}
        )
    rows, heads = emptied(subject), [table.name for table in header_alone(subject)]
    if rows or heads:
        reading = subject.applications
        span = min(reading.labels.values()) if rows and reading else None
        whats = [f"{len(rows)}行只有行名没有数字"] * bool(rows) + [f"{TABLE_NAMES[name]}只有表头" for name in heads]
        ens = [f"rows with a label and no figures: {len(rows)}"] * bool(rows) + [
            f"only the header of {name} is left" for name in heads
        ]
        yield Found("error", damage(subject), span=span, parameters={"what": "，".join(whats), "en": ", ".join(ens)})


def _lost_number(subject: Subject) -> Iterator[Found]:
    """A figure in prose whose noun or mark was lost after it (`信息38其中`)."""
    for claim in subject.report.claims:
        if claim.kind == "count" and claim.unit is None:
            following = subject.text[claim.span[1] : claim.span[1] + 1]
            if following == "\n" or "\u4e00" <= following <= "\u9fff":
                yield Found("info", damage(subject), (), claim.raw, claim.span, parameters={}, claims=(claim.id,))


def _attachment(subject: Subject) -> Iterator[Found]:
    """A page that only links its report, or links files and has no table."""
    names = [notice.detail for notice in subject.notices if notice.kind == "attachment"]
    if subject.kind == "attachment_page":
        yield Found("error", "report", parameters={"names": "、".join(names[:5]) or "？", "count": len(names)})
    elif names and all(cell.state == "absent" for cell in subject.cells.values()):
        yield Found("warning", "undetermined", parameters={"names": "、".join(names[:5]), "count": len(names)})


_UNREAD = {
    "hidden": ("不显示的文字", "hidden text"),
    "deleted": ("修订中已删除的文字", "text deleted in a tracked change"),
    "comment": ("批注", "a comment"),
    "macro": ("宏", "macros"),
    "list": ("自称由本程序写出的清单工作表", "sheets that say this program wrote them as lists"),
}


def _hidden(subject: Subject) -> Iterator[Found]:
    """Text that the page does not show, deleted text and comments: they are not read."""
    for notice in [notice for notice in subject.notices if notice.kind in _UNREAD][:10]:
        what, en = _UNREAD[notice.kind]
        severity: Severity = "info" if notice.kind == "list" else "warning"
        yield Found(severity, "undetermined", parameters={"excerpt": notice.detail[:80], "what": what, "en": en})


def _leftover(subject: Subject) -> Iterator[Found]:
    """Placeholders of a model text that nobody filled in."""
    for notice in [notice for notice in subject.notices if notice.kind == "leftover"][:5]:
        yield Found("warning", "report", parameters={"excerpt": notice.detail[:60]})


def _injection(subject: Subject) -> Iterator[Found]:
    """Words that are addressed to a program, shown or hidden. They are reported and otherwise nothing."""
    match = _EITHER.search(subject.text, *subject.window)
    if match:
        match = _INJECTION.search(subject.text, *subject.window) or match
        yield Found("warning", "undetermined", (), match.group(), match.span(), parameters={"excerpt": match.group()})
    for notice in subject.notices:
        hidden = (_INJECTION.search(notice.detail) or _EITHER.search(notice.detail)) if notice.kind == "hidden" else None
        if hidden:
            yield Found("warning", "undetermined", parameters={"excerpt": hidden.group()})


def _malformed(subject: Subject) -> Iterator[Found]:
    """Document numbers with characters lost or doubled, and one like that of the form of 2021 that is not it."""
    for reference in subject.report.references:
        said = reference.normalized or "？"
        cause, likely, what, en = damage(subject), said, "不完整", "damaged"
        if reference.state == "intact":
            cited = _CITED_FOR.search(subject.text, max(0, reference.span[0] - 80), reference.span[1] + 20)
            if said == _OLD_FORM or said == _FORM_2021[0] or not _FORM_NUMBER.fullmatch(said) or not cited:
                continue
            cause, likely, what, en = "report", _FORM_2021[0], "有误", "wrong"
        yield Found(
            "warning", cause, raw=reference.raw, span=reference.span, parameters={"likely": likely, "what": what, "en": en}
        )


def _outdated(subject: Subject) -> Iterator[Found]:
    """A report for 2021 or later that cites the document of 2019."""
    for reference in subject.report.references:
        if reference.normalized == _OLD_FORM and (subject.report.year or 0) >= 2021:
            yield Found("error", "report", (), reference.raw, reference.span, parameters={"year": subject.report.year or 0})


def _edition(subject: Subject) -> Iterator[Found]:
    """Tables in the form of 2019 in a report for 2021 or later."""
    year = subject.report.year
    if subject.kind == "annual_report" and subject.form.edition == "2019" and year is not None and year >= 2021:
        tables = subject.tables.disclosure
        span = tables[0].header if tables and subject.text[slice(*tables[0].header)].strip() else None
        yield Found("error", "report", span=span, parameters={"year": year})


def _aspects(subject: Subject) -> Iterator[Found]:
    """The five aspects of section 一, as the reader divided it or by a numbered name in its text."""
    text = subject.report.overview.text
    if subject.kind != "annual_report" or text is None:
        return
    aspects = subject.report.overview.aspects
    missing = [name for key, name in _ASPECTS.items() if getattr(aspects, key) is None]
    missing = [name for name in missing if not re.search(rf"[一二三四五1-5][)）、.．]\s*{name}", text)]
    if missing and len(missing) < len(_ASPECTS):
        yield Found("warning", "undetermined", parameters={"at": "、".join(missing), "count": len(missing)})


def _sections(subject: Subject) -> Iterator[Found]:
    """The six headings."""
    if subject.kind != "annual_report" or not subject.sections:
        return
    present = {section.name for section in subject.sections if section.heading is not None}
    if "overview" not in present and not any(name in present for name in ("improvement", "other_matters")):
        return
    missing = [title for name, title in _SECTIONS.items() if name not in present and not _resembles(subject, title)]
    if missing:
        yield Found("warning", "undetermined", parameters={"at": "、".join(missing), "count": len(missing)})


def _resembles(subject: Subject, title: str) -> bool:
    """Whether a line has the numeral of a title and most of its characters: recognised wrongly, or mistyped."""
    lines = re.findall(rf"^\W*{title[:2]}\s*(\S{{4,30}})\s*$", subject.folded[slice(*subject.window)], re.MULTILINE)
    return any(10 * len(set(title[2:]) & set(line)) >= 7 * len(set(title[2:])) for line in lines)


def _repeated(subject: Subject) -> Iterator[Found]:
    """Clauses of a dozen characters or more that the prose of a report says twice, names of laws aside; as one finding."""
    if subject.kind != "annual_report":
        return
    prose = [section.span for section in subject.sections if section.name in _PROSE]
    clauses = [clause for span in prose for clause in _CLAUSE.findall(subject.folded, *span) if clause]
    if len(set(clauses)) < len(clauses):
        seen: set[str] = set()
        again: list[re.Match[str]] = []
        for span in prose:
            for match in _CLAUSE.finditer(subject.folded, *span):
                if match[1] in seen:
                    again.append(match)
                elif match[1]:
                    seen.add(match[1])
        yield Found(
            "info",
            "report",
            span=again[0].span(1),
            parameters={"excerpt": again[0][1][:40], "count": len({match[1] for match in again})},
        )


def _authority(subject: Subject) -> Iterator[Found]:
    """规章 above 0 for a body that cannot make rules. A city's government may, so it is not asked."""
    row = subject.form.disclosure.rows[0]
    addresses = [f"disclosure.{row.key}.{column.key}" for column in row.columns]
    cells = [a for a in addresses if isinstance(value := subject.cells[a].value, int) and value > 0]
    name = subject.report.agency
    without = (
        bool(_WITHOUT_RULES.search(name))
        if name
        else bool(_ZONE.search(subject.text, subject.window[0], subject.window[0] + 400))
    )
    if cells and (without or (name and _ZONE.search(name))):
        span = subject.cells[cells[0]].span
        raw, figure = subject.cells[cells[0]].raw, str(subject.cells[cells[0]].value)
        yield Found("warning", "report", tuple(cells), raw, span, parameters={"agency": name or "开发区", "figure": figure})


def _fee(subject: Subject) -> Iterator[Found]:
    """Whether section 六 says what information processing fees were charged; they are charged since 2021 (国办函〔2020〕109号)."""
    words = subject.report.other_matters.text
    if (subject.report.year or 2021) < 2021:
        return
    if subject.kind == "annual_report" and words is not None and not _FEE.search(words):
        denied = any("费" in claim.raw for claim in subject.report.claims)
        if not denied:
            yield Found("info", "report")


RULES: tuple[Rule, ...] = (
    Rule(
        "document.kind",
        "error",
        _ARTICLE,
        ("没有按年度报告读取：{zh}", "not read as an annual report: {en}"),
        ("请提供2019年以后格式的年度报告全文", "give the full text of an annual report in the form of 2019 or later"),
        _kind,
    ),
    Rule(
        "text.damaged",
        "error",
        _ARTICLE,
        ("文本已损坏，没有按原样读取：{what}", "the text is damaged: {en}"),
        ("请重新获取原网页或原文件", "fetch the original page or file again"),
        _damaged,
    ),
    Rule(
        "text.damaged",
        "info",
        _ARTICLE,
        ("“{raw}”之后似有文字丢失", "something seems to be lost after “{raw}”"),
        ("请对照原文", "check the source"),
        _lost_number,
    ),
    Rule(
        "structure.attachment",
        "error",
        _ARTICLE,
        ("报告内容在附件里：{names}", "the report is in {count:the attachment|the attachments}: {names}"),
        ("请下载附件后再读取", "download the attachments and read them"),
        _attachment,
    ),
    Rule(
        "text.hidden",
        "warning",
        _ARTICLE,
        ("文件含有{what}，没有读取：{excerpt}", "{en} in the document, not read: {excerpt}"),
        ("请核对网页源代码或原文件", "check the source of the page or the file"),
        _hidden,
    ),
    Rule(
        "text.injection",
        "warning",
        _ARTICLE,
        ("文中含有写给程序的话，已忽略：{excerpt}", "words addressed to a program were ignored: {excerpt}"),
        ("请核对网页是否被改动", "check whether the page was tampered with"),
        _injection,
    ),
    Rule(
        "agency.mismatch",
        "warning",
        _ARTICLE,
        ("留有未填写的单位名称：{excerpt}", "a placeholder was left in: {excerpt}"),
        ("请填写发布机关名称", "fill in the name of the agency"),
        _leftover,
    ),
    Rule(
        "reference.malformed",
        "warning",
        _ARTICLE,
        ("文号“{raw}”{what}，应为“{likely}”", "document number “{raw}” is {en}; it should be “{likely}”"),
        ("请核对文号", "check the document number"),
        _malformed,
    ),
    Rule(
        "reference.outdated",
        "error",
        _FORM_2021,
        ("{year}年度报告仍引用“{raw}”", "the report for {year} still cites “{raw}”"),
        ("2021年度起应依据国办公开办函〔2021〕30号", "from 2021 on the basis is 国办公开办函〔2021〕30号"),
        _outdated,
    ),
    Rule(
        "structure.edition",
        "error",
        _FORM_2021,
        ("{year}年度报告仍使用2019年版格式", "the report for {year} uses the form of 2019"),
        ("请改用国办公开办函〔2021〕30号附件的格式", "use the form annexed to 国办公开办函〔2021〕30号"),
        _edition,
    ),
    Rule(
        "structure.section",
        "warning",
        _FORM_2021,
        ("缺少标题：{at}", "{count:a heading is|headings are} missing: {at}"),
        ("请按六个部分编写", "write all six sections"),
        _sections,
    ),
    Rule(
        "structure.aspect",
        "warning",
        _FORM_2021,
        ("总体情况缺少：{at}", "section 一 lacks: {at}"),
        ("总体情况应包括五个方面", "section 一 covers five aspects"),
        _aspects,
    ),
    Rule(
        "text.repeated",
        "info",
        _FORM_2021,
        ("文中重复出现“{excerpt}”{count:|（共#处语句重复）}", "“{excerpt}” is said twice{count:| (# clauses are)}"),
        ("请核对是否误贴", "check whether it was pasted twice"),
        _repeated,
    ),
    Rule(
        "authority.rules",
        "warning",
        _LEGISLATION,
        ("{agency}不是规章制定主体，表中规章为{figure}件", "{agency} has no power to make rules, the table counts {figure}"),
        ("请核对是否误计上级规章或内部制度", "check whether rules of a higher body or internal ones were counted"),
        _authority,
    ),
    Rule(
        "fee.statement",
        "info",
        _FORM_2021,
        ("第六部分没有说明信息处理费收取情况", "section 六 does not state the information processing fees"),
        ("请说明收取情况，未收取也请写明", "state them, also if none were charged"),
        _fee,
    ),
)
