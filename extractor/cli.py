"""The shell `nianbao`: paths, streams and exit statuses. All reading is done by `extractor.pipeline`.

Exit status: 0 done, 1 done and `--fail-on` was reached, 2 wrong usage, 3 some input gave no result (each named on stderr
with reason and remedy; the others are done; 3 outranks 1), 130 interrupted, 141 the reader of our output went away. Output
is UTF-8 with LF on every system. Heavy imports stand inside the commands, so that `nianbao --help` stays quick.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from extractor import __version__, checking, doctor, library, serving
from extractor.batch.command import command as batch
from extractor.errors import ExtractorError, UsageError
from extractor.exporting.command import command as export
from extractor.help import Command, Commands, both, described, help_call, language
from extractor.shell import (
    CopyOf,
    Files,
    Language,
    Name,
    OneFile,
    Out,
    ReaderOption,
    WrongCall,
    attempt,
    close_models,
    complain,
    destination,
    form_of,
    guarded,
    open_closed_streams,
    progress,
    reading_by,
    refused,
    side_by_side,
    taken,
    unwritten,
)

if TYPE_CHECKING:
    from extractor.inputs import Input
    from extractor.pipeline import Options, Reader
    from extractor.render.marks import Lang
    from extractor.result import Result

_DEMO = "messy_report.txt"

_COMMANDS = "nianbao.commands"


class _Commands(Commands):
    """The commands of this module, and those that installed packages add by the entry-point group `nianbao.commands`: a
    function that returns its exit status, annotated for typer, with its help in two languages (`extractor.help`). None is looked
    for until it is asked for or listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        from importlib.metadata import entry_points

        own = super().list_commands(ctx)
        return own + sorted(entry_points(group=_COMMANDS).names - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        from importlib.metadata import entry_points

        for entry in entry_points(group=_COMMANDS, name=cmd_name):
            added = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            added.command(cmd_name, cls=Command)(guarded(entry.load()))
            return typer.main.get_command(added)
        return None


app = typer.Typer(
    name="nianbao",
    cls=_Commands,
    help=both(
        "把政府信息公开工作年度报告读成可以信赖的数字：每个都注明原文位置，不猜测。",
        "Read Chinese annual reports on open government (政府信息公开工作年度报告): every number with its place, no guess.",
    ),
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


Format = Literal["json", "jsonl", "csv", "xlsx", "markdown"]
_FORMATS: dict[str, Format] = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx", ".md": "markdown"}


def main() -> int:
    """Run the command line and return its exit status; never raises."""
    arguments = sys.argv[1:]
    lang = language(arguments)
    open_closed_streams()
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors=errors, newline="\n")
    try:
        status = app(help_call(arguments), standalone_mode=False, obj=lang)
        sys.stdout.flush()
    except WrongCall as call:
        status = refused(call, lang)
    except typer.Abort:
        status = 130
    except SystemExit as stop:
        status = stop.code
    except OSError as error:  # of the help and the version; the commands see to theirs
        status = unwritten(error, lang)
    finally:
        close_models()
    return status if isinstance(status, int) else 0


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"nianbao {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=both("显示版本号", "Show the version."))
    ] = False,
) -> None:
    pass


@app.command(cls=Command)
@guarded
@described(
    "读取报告：每个数字的位置、状态和可靠程度。\n\n"
    "json 和 jsonl 每行写一个对象，没有结果的文件也占一行，其中有 error。xlsx 是全部报告的一个工作簿。"
)
def extract(
    files: Files,
    reader: ReaderOption = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format", help=both("格式（默认按 PATH 的后缀，否则为 json）", "[default: by the suffix of PATH, else json]")
        ),
    ] = None,
    output: Out = None,
    copy: CopyOf = None,
    cells: Annotated[
        bool, typer.Option("--cells/--no-cells", help=both("连同各单元格，或只要报告", "With the cells, or the report only."))
    ] = True,
    name: Name = None,
    lang: Language = "zh",
) -> int:
    """Read reports: every number with its place, state and trust.

    json and jsonl write one object a line; a file that gave no result is a line with "error". xlsx is one workbook of all.
    """
    from extractor.pipeline import Options, spare_collections

    spare_collections()
    chosen = form_of(output, format_, _FORMATS, "json")
    if not cells and chosen not in {"json", "jsonl"}:
        raise UsageError(
            "--no-cells",
            (f"不能与 --format {chosen} 同用", f"it does not go with --format {chosen}"),
            ("请用 json 或 jsonl", "use json or jsonl"),
        )
    items = taken(files, name, lang)
    by, settings = reading_by(reader)
    options = Options(copy=copy, lang=lang, settings=settings)
    if chosen == "xlsx":
        return _workbook(items, by, options, output)
    failed = False
    with destination(output, items, bom=chosen == "csv") as out, progress(len(items), output) as advance:
        out.write(_opening(chosen))
        for item, (lines, error) in zip(
            items, side_by_side(lambda item: _outcome(item, by, options, chosen, cells=cells), items, by), strict=True
        ):
            if error is not None:
                failed = True
                complain(ExtractorError(item.shown, error.reason, error.remedy).render(lang))
            out.write(lines)
            advance()
    return 3 if failed else 0


app.command("check", cls=Command)(guarded(checking.command))
app.command("batch", cls=Command)(guarded(batch))
app.command("export", cls=Command)(guarded(export))
app.command("runs", cls=Command)(guarded(library.runs))
app.command("show", cls=Command)(guarded(library.show))
app.command("doctor", cls=Command)(guarded(doctor.command))
app.command("app", cls=Command)(guarded(serving.command))


@app.command(cls=Command)
@guarded
@described("打印文件的规范文本，即各处 span 计数所依据的文本。")
def text(file: OneFile, name: Name = None, lang: Language = "zh") -> int:
    """Print the canonical text of a file: what spans count in."""
    from extractor.inputs import inputs
    from extractor.pipeline import canonical_text

    item, *others = inputs([file], name)
    if others:
        raise UsageError(
            file,
            (f"它代表 {len(others) + 1} 个文件", f"it stands for {len(others) + 1} files"),
            ("请只给出一个文件", "name one"),
        )
    made = attempt(item, canonical_text)
    if not isinstance(made, str):
        complain(ExtractorError(item.shown, made.reason, made.remedy).render(lang))
        return 3
    sys.stdout.write(made + "\n")
    return 0


@app.command(cls=Command)
@guarded
@described("打印结果的 JSON Schema。")
def schema() -> int:
    """Print the JSON Schema of a result."""
    from extractor.render import json

    sys.stdout.write(json.schema() + "\n")
    return 0


@app.command(cls=Command)
@guarded
@described("读取自带的杂乱报告，一屏显示哪些读取核对无误、已定位或未定。")
def demo(lang: Language = "zh") -> int:
    """Read a bundled messy report and show on one screen what is proven, located and open."""
    from importlib.resources import files

    from extractor.pipeline import Options, canonical_text, extract_all
    from extractor.render import screen

    content = (files("extractor") / "examples" / _DEMO).read_bytes()
    result = extract_all(content, _DEMO, options=Options(lang=lang))[0]
    lines = screen.screen(result, canonical_text(content, _DEMO), lang)
    if sys.stdout.isatty():
        from rich.console import Console

        Console(soft_wrap=True, highlight=False).print(*lines, sep="\n")
    else:
        sys.stdout.write(screen.lines_as_text(lines))
    return 0


def _workbook(items: list[Input], reader: Reader, options: Options, output: str | None) -> int:
    """All inputs in one workbook; one that gave no result is named there and on stderr."""
    checking.refuse_terminal(output)
    with destination(output, items, bom=False) as out:
        outcomes = checking.read_all(items, reader, options, output)
        failed = [(item, made) for item, made in zip(items, outcomes, strict=True) if isinstance(made, ExtractorError)]
        for item, error in failed:
            complain(ExtractorError(item.shown, error.reason, error.remedy).render(options.lang))
        from extractor.render import workbook

        reports = [report for made in outcomes if not isinstance(made, ExtractorError) for report in made]
        content = workbook.workbook(reports, [(item.name, error) for item, error in failed], options.lang)
        checking.put_workbook(out, content)
    return 3 if failed else 0


def _outcome(
    item: Input, reader: Reader, options: Options, chosen: Format, *, cells: bool
) -> tuple[str, ExtractorError | None]:
    """The output of one input, and why it has no result.
    In CSV and Markdown a failure has no place and stands on stderr only."""
    from extractor.pipeline import extract_all
    from extractor.render import json

    def rendered(data: bytes, name: str) -> str:
        results = extract_all(data, name, reader=reader, options=options)
        return "".join(_rendered(result, chosen, cells, options.lang) for result in results)

    made = attempt(item, rendered)
    if isinstance(made, str):
        return made, None
    line = json.error_line(item.name, made, options.lang) + "\n"
    return line if chosen in {"json", "jsonl"} else "", made


def _opening(chosen: Format) -> str:
    if chosen != "csv":
        return ""
    from extractor.render import csv

    return csv.header()


def _rendered(result: Result, chosen: Format, cells: bool, lang: Lang) -> str:
    if chosen == "csv":
        from extractor.render import csv

        return csv.rows(result)
    if chosen == "markdown":
        from extractor.render import markdown

        return markdown.page(result, lang) + "\n"
    from extractor.render import json

    return json.line(result, cells=cells) + "\n"
