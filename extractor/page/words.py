"""The words of the page in both languages."""

from __future__ import annotations

from typing import Final

import streamlit as st

from extractor.render.marks import Lang

LANGUAGES: Final = {"zh": "中文", "en": "English"}
WORDS: Final = {
    "title": ("政府信息公开年报核对", "Annual reports on open government, checked"),
    "upload": ("上传年度报告（可多选：PDF、Word、WPS、网页、Excel、文本、ZIP）", "Upload annual reports (several at once: PDF, Word, WPS, web page, Excel, text, ZIP)"),
    "documents": ("文件：上传、粘贴或打开示例", "Documents: upload, paste or open the example"),
    "paste": ("粘贴正文", "Paste text"),
    "paste_here": ("把报告正文粘贴到这里", "Paste the text of a report here"),
    "read_paste": ("读取粘贴的正文", "Read the pasted text"),
    "example": ("打开示例（一份乱掉的报告）", "Open an example (a messy report)"),
    "clear": ("全部清除", "Clear everything"),
    "settings": ("设置", "Settings"),
    "reader": ("由谁来读", "Who reads"),
    "rules": ("规则（不联网，不需要密钥）", "Rules (no network, no key)"),
    "model": ("模型", "Model"),
    "both": ("规则和模型", "Rules and model"),
    "copy": ("文件来源", "Where the file comes from"),
    "presumed": ("按文件类型判断", "Judged by its type"),
    "original": ("机关的原始文件", "The agency's own file"),
    "web": ("网页", "A web page"),
    "extracted": ("程序提取的文本", "Text that a program extracted"),
    "who": ("您的姓名（记在更正里）", "Your name (kept with corrections)"),
    "nobody": ("未署名", "not named"),
    "model_name": ("模型名称", "Model"),
    "base_url": ("服务地址", "Address of the service"),
    "api_key": ("密钥（只留在本次会话里）", "Key (kept in this session only)"),
    "leaves": ("用模型读取时，正文会发送到上面的地址。", "With a model, the text of the reports is sent to this address."),
    "apply": ("应用", "Apply"),
    "not_set": ("设置没有生效：", "The settings were not taken: "),
    "no_model": ("请填模型名称，或改用规则。", "Name a model, or use the rules."),
    "sound": ("服务可用", "The service works"),
    "unsound": ("服务不可用", "The service does not work"),
    "doctor": ("检查服务", "Check the service"),
    "empty": ("上传文件、粘贴正文，或先打开示例。文件只留在本机内存里，关闭页面即清除。",
              "Upload files, paste text, or open the example. Files stay in this computer's memory and are gone with the page."),
    "reading": ("正在读取", "Reading"),
    "failed": ("{count} 个文件未能读取，原因如下，其余不受影响", "Could not be read: {count}, for these reasons; the others are not affected"),
    "too_many": ("一次最多 {limit} 个文件，多出的 {more} 个没有读取。请分批上传，或使用 nianbao batch。",
                 "At most {limit} files at once; {more} were not read. Upload them in batches, or use nianbao batch."),
    "view": ("查看", "View"),
    "review": ("核对", "Review"),
    "years": ("各年对比与图表", "Years and charts"),
    "compared": ("各年对比", "Year by year"),
    "download": ("下载", "Download"),
    "library": ("总览", "Overview"),
    "developer": ("开发者", "Developer"),
    "which": ("报告（共 {count} 份）", "Report ({count})"),
    "history": ("更正记录（{count}）", "Corrections ({count})"),
    "letter": ("给机关的文字（右上角可复制）", "Text for the agency (copy at the top right)"),
    "h_cell": ("单元格", "Cell"),
    "h_printed": ("原文", "Printed"),
    "h_said": ("更正为", "Corrected to"),
    "h_in": ("原文有此数", "In the document"),
    "h_who": ("更正人", "By"),
    "h_when": ("时间", "When"),
    "h_reason": ("理由", "Reason"),
    "yes": ("是", "yes"),
    "no": ("否，只作意见保留", "no, kept as a reading"),
    "outcomes": ("办理结果", "Outcomes"),
    "applicants": ("新收申请的申请人", "Applicants of new applications"),
    "unknown": ("未定或缺失的数不画出", "Numbers that are open or missing are not drawn"),
    "no_years": ("同一机关有两年以上的报告时，这里并排比较。", "Several years of one agency are shown side by side here."),
    "cell": ("项目", "Item"),
    "series_findings": ("各年之间的问题", "Findings between the years"),
    "one": ("这一份", "This report"),
    "all": ("全部（{count} 份）", "All ({count})"),
    "together": ("合成一个文件", "In one file"),
    "apart": ("每份一个文件（ZIP）", "A file each (ZIP)"),
    "xlsx": ("工作簿", "Workbook"),
    "json": ("JSON", "JSON"),
    "csv": ("CSV", "CSV"),
    "markdown": ("一页摘要", "One-page summary"),
    "file": ("文件", "File"),
    "agency": ("机关", "Agency"),
    "year": ("年度", "Year"),
    "error": ("须核改", "Must fix"),
    "warning": ("建议改", "Should fix"),
    "proven": ("核对无误", "Proven"),
    "located": ("已定位", "Located"),
    "doubtful": ("存疑", "Doubtful"),
    "open": ("未定", "Open"),
    "fixture": ("存为样例", "Keep as fixture"),
    "kept": ("已存到 {path}", "Kept as {path}"),
    "not_kept": ("存不下来（{why}），请检查文件夹和权限。", "It could not be kept ({why}); check the folder and its permissions."),
    "evaluate": ("运行评测", "Run the evaluation"),
    "dataset": ("数据集：", "Dataset: "),
    "unfit": ("没有改成：", "Not changed: "),
}  # fmt: skip
"""Chinese, English."""
SCREEN: Final = {
    "tables": ("三张表", "The three tables"),
    "detail": ("所选单元格", "The chosen cell"),
    "source": ("原文", "Source"),
    "counts": ("统计", "Counts"),
    "findings": ("核对意见", "Findings"),
    "filter": ("筛选", "Filter"),
    "no_findings": ("没有发现问题。“读取核对无误”只说明读得准，不说明数字属实。", "Nothing was found. “Proven” means read right, not that it is true."),
    "no_table": ("— 文中没有这张表", "— not in the document"),
    "formula": ("算式", "Formula"),
    "perhaps": ("可能", "Perhaps"),
    "suggestion": ("建议", "Suggestion"),
    "basis": ("依据", "Basis"),
    "reason": ("理由", "Reason"),
    "accepted": ("已采纳", "accepted"),
    "dismissed": ("已排除", "dismissed"),
    "do_accepted": ("采纳", "Accept"),
    "do_dismissed": ("排除", "Dismiss"),
    "settled": ("按更正后的数成立", "settled by the corrections"),
    "legend": ("标记：无标记 读取核对无误；", "Marks: none proven;"),
    "by_person": ("人工更正", "corrected by a person"),
    "person_says": ("人工意见", "a person says"),
    "keys": ("方向键移动，回车更正，双击也可更正。", "Arrow keys move, Enter or a double click corrects."),
    "page_view": ("页面", "Page"),
    "text_view": ("文字", "Text"),
    "page_picture": ("原文页面", "Page of the document"),
    "no_frame": ("页面上没有框出这一格，请看“文字”。", "This cell is not framed on the page; see “Text”."),
    "choose_cell": ("点一个数字或一条意见，这里显示它的出处。", "Click a number or a finding to see where it comes from."),
    "printed": ("原文", "printed"),
    "correct": ("更正", "Correct"),
    "undo": ("撤销上一次更正", "Undo the last correction"),
    "right_value": ("应读作", "Should read"),
    "save": ("保存", "Save"),
    "cancel": ("取消", "Cancel"),
    "point": ("在原文中指出", "Point at it in the source"),
    "pointing": ("请在下面的原文里点这个数。", "Click the number in the source below."),
    "edit_hint": ("空白留空，不适用填 /。原文没有的数只作为意见保留。", "Nothing for a blank, / for not applicable. A number that is not in the document is kept as a reading only."),
    "choice": ("选择", "Choice"),
    "take": ("选用", "Take"),
    "ways": ("可能的读法：", "Possible readings: "),
    "first": ("列出前", "listed:"),
    "cut": ("原文过长，后面未显示。", "The source is too long; the rest is not shown."),
}  # fmt: skip
"""The words of the review screen, Chinese and English."""


def lang() -> Lang:
    return "en" if st.session_state.get("lang") == "en" else "zh"


def say(key: str, **values: object) -> str:
    """The page's own words; `values` are numbers and paths, never text of a document."""
    return WORDS[key][0 if lang() == "zh" else 1].format(**values)


def screen_words() -> dict[str, str]:
    at = 0 if lang() == "zh" else 1
    return {key: words[at] for key, words in SCREEN.items()}
