"""The command `nianbao check`: findings for a person, over all inputs at once. Reading and rules are `extractor.pipeline`'s."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from extractor.errors import ExtractorError, UsageError
from extractor.help import both, described
from extractor.shell import (
    CopyOf,
    Files,
    Language,
    Name,
    Out,
    attempt,
    complain,
    destination,
    form_of,
    progress,
    side_by_side,
    taken,
)

if TYPE_CHECKING:
    from extractor.inputs import Input
    from extractor.pipeline import Options, Reader
    from extractor.render.findings import Checked
    from extractor.result import Result

    Outcome = tuple[Checked, ...] | ExtractorError
    """The reports of an input, or why it has none."""

Format = Literal["text", "json", "xlsx"]
Form = Annotated[
    Format | None,
    typer.Option(
        "--format", help=both("格式（默认按 PATH 的后缀，否则为 text）", "[default: by the suffix of PATH, else text]")
    ),
]
FailOn = Annotated[
    Literal["error", "warning"] | None,
    typer.Option("--fail-on", help=both("有这样严重的核对意见时退出码为 1", "Status 1 if a finding is as grave as this.")),
]
_FORMATS: dict[str, Format] = {".txt": "text", ".json": "json", ".jsonl": "json", ".xlsx": "xlsx"}


@described("核对报告：谁的问题，在哪一格，怎样告诉填报机关。同一机关的多个年度一并比较。")
def command(
    files: Files,
    format_: Form = None,
    output: Out = None,
    fail_on: FailOn = None,
    copy: CopyOf = None,
    name: Name = None,
    lang: Language = "zh",
) -> int:
    """Check reports: whose error, in which cell, what to tell the agency. Several years of one agency are compared."""
    from extractor.pipeline import Options, spare_collections

    spare_collections()
    chosen = form_of(output, format_, _FORMATS, "text")
    if chosen == "xlsx":
        refuse_terminal(output)
    items = taken(files, name, lang)
    with destination(output, items, bom=False) as out:
        outcomes = read_all(items, "rules", Options(copy=copy, lang=lang), output)
        checked = _compared(outcomes, lang)
        for item, outcome in zip(items, outcomes, strict=True):
            if isinstance(outcome, ExtractorError):
                complain(ExtractorError(item.shown, outcome.reason, outcome.remedy).render(lang))
        _write(out, chosen, items, checked, lang)
    if any(isinstance(outcome, ExtractorError) for outcome in checked):
        return 3
    graver = {"error": {"error"}, "warning": {"error", "warning"}, None: set[str]()}[fail_on]
    reports = (report for outcome in checked if not isinstance(outcome, ExtractorError) for report in outcome)
    return int(any(finding.severity in graver for report in reports for finding in report.result.findings))


def refuse_terminal(output: str | None) -> None:
    """A workbook goes to a file or a pipe."""
    if output in (None, "-") and sys.stdout.isatty():
        raise UsageError(
            "-o",
            ("工作簿不能显示在终端里", "a workbook is no text for a terminal"),
            ("请给出文件名，如 -o a.xlsx", "name a file, such as -o a.xlsx"),
        )


def put_workbook(out: TextIO, content: bytes) -> None:
    """Write bytes to a stream of text."""
    out.flush()
    out.buffer.write(content)
    out.buffer.flush()


def read_all(items: list[Input], reader: Reader, options: Options, output: str | None) -> list[Outcome]:
    """The reports of each input with their lines, not yet compared, or why it has none."""
    from extractor.pipeline import extract_with_text
    from extractor.render.findings import Checked, line_ends

    def read(data: bytes, name: str) -> tuple[Checked, ...]:
        text, results = extract_with_text(data, name, reader=reader, options=options)
        ends = line_ends(text)
        return tuple(Checked(result, ends) for result in results)

    outcomes = []
    with progress(len(items), output) as advance:
        for outcome in side_by_side(lambda item: attempt(item, read), items, reader):
            outcomes.append(outcome)
            advance()
    return outcomes


def _compared(outcomes: list[Outcome], lang: Literal["zh", "en"]) -> list[Outcome]:
    """The same with the findings of series."""
    from extractor.pipeline import check
    from extractor.render.findings import Checked

    results: list[Result] = [one.result for outcome in outcomes if not isinstance(outcome, ExtractorError) for one in outcome]
    compared = iter(check(results, lang))
    return [
        outcome if isinstance(outcome, ExtractorError) else tuple(Checked(next(compared), one.line_ends) for one in outcome)
        for outcome in outcomes
    ]


def _write(
    out: TextIO,
    chosen: Format,
    items: list[Input],
    checked: list[Outcome],
    lang: Literal["zh", "en"],
) -> None:
    from extractor.render import findings, json

    reports = [report for outcome in checked if not isinstance(outcome, ExtractorError) for report in outcome]
    if chosen == "xlsx":
        from extractor.render import findings_workbook

        failed = [(i.name, o) for i, o in zip(items, checked, strict=True) if isinstance(o, ExtractorError)]
        put_workbook(out, findings_workbook.workbook(reports, failed, lang))
        return
    if chosen == "text":
        out.write("\n".join(findings.page(report, lang) for report in reports))
        return
    for item, outcome in zip(items, checked, strict=True):
        if isinstance(outcome, ExtractorError):
            out.write(json.error_line(item.name, outcome, lang) + "\n")
        else:
            out.write("".join(json.findings_line(report.result) + "\n" for report in outcome))
