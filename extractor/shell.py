"""What the commands of the shell share: their options, exit statuses for whatever ends them, and streams.

Heavy imports stand inside the functions, so that `nianbao --help` stays quick.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO, TypeVar

import typer

from extractor.errors import ExtractorError, UsageError
from extractor.help import both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.progress import Progress

    from extractor.inputs import Input
    from extractor.pipeline import Reader
    from extractor.settings import Settings

_PROGRESS_AFTER = 1.0
_SIDE_BY_SIDE = 16
"""Documents that wait for a model at once; their requests share the limits of the settings."""
Given = TypeVar("Given")
Made = TypeVar("Made")
Form = TypeVar("Form", bound=str)

WrongCall: type[Any] = typer.BadParameter.__base__ or typer.BadParameter
"""What typer raises for a command line that it cannot take: click's UsageError, wherever this typer keeps click."""
_MISUSES = (
    (r"No such option:? (\S+?)\.? .*?(-[^)?]*).*", r"没有选项 \1，相近的有 \2"),
    (r"No such option:? (\S+?)\.?", r"没有选项 \1"),
    (r"No such command (.*?)\. Did you mean (.*)\?", r"没有命令 \1，相近的有 \2"),
    (r"No such command (.*?)\.?", r"没有命令 \1"),
    (r"Missing command\.?", r"没有给出命令"),
    (r"Missing (?:argument|option|parameter) (.*?)\..*", r"没有给出 \1"),
    (r"Option (.*?) requires an argument\.?", r"选项 \1 后面要有一个值"),
    (r"Option (.*?) does not take a value\.?", r"选项 \1 后面不能有值"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"多出了 \1"),
    (r"Invalid value for (.*?): (.*?) is not one of (.*?)\.?", r"\1 不能是 \2，应为 \3 之一"),
    (r"Invalid value for (.*?): .*valid integer.*", r"\1 应为整数"),
    (r"Invalid value for (.*?): .*valid (?:number|float).*", r"\1 应为数"),
    (r"Invalid value for (.*?): .*greater than or equal to (\S+)", r"\1 不能小于 \2"),
    (r"Invalid value for (.*?): .*less than or equal to (\S+)", r"\1 不能大于 \2"),
)
"""What typer says of a wrong call, and the same in Chinese."""

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE", help=both("文件、文件夹或通配符；- 表示标准输入", "Files, folders, globs; - is standard input.")
    ),
]
OneFile = Annotated[
    str, typer.Argument(metavar="FILE", help=both("一个文件；- 表示标准输入", "One file; - is standard input."))
]
Name = Annotated[
    str | None,
    typer.Option("--name", help=both("标准输入的名称，由后缀得知类型", "Name of standard input; its suffix tells the type.")),
]
Language = Annotated[
    Literal["zh", "en"], typer.Option("--lang", help=both("消息和核对意见的语言", "Language of messages and findings."))
]
CopyOf = Annotated[
    Literal["original", "web", "extracted"] | None,
    typer.Option(
        "--copy",
        help=both(
            "输入是机关的原文件、网页，还是程序提取的文字",
            "What the input is: the agency's own file, a web page, or text that a program extracted.",
        ),
    ),
]
ReaderOption = Annotated[
    Literal["rules", "model", "both"] | None,
    typer.Option(
        "--reader",
        help=both(
            "由谁读取（默认 rules；用 NIANBAO_MODEL 指定模型后为 both）",
            "Who reads [default: rules; both once NIANBAO_MODEL names a model]",
        ),
    ),
]
StoreAt = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        help=both(
            "存储：一个文件（SQLite），或 postgresql://user@host/database",
            "A file (SQLite), or postgresql://user@host/database.",
        ),
    ),
]
Out = Annotated[
    str | None,
    typer.Option(
        "-o", "--output", metavar="PATH", help=both("写入这个文件，不写到标准输出", "Write here instead of standard output.")
    ),
]


def guarded(command: Callable[..., int]) -> Callable[..., None]:
    """Turn whatever ends a command into its exit status and at most one line on stderr."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        lang = str(kwargs.get("lang", "zh"))
        try:
            status = command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, WrongCall):
            raise
        except KeyboardInterrupt:
            status = 130
        except ExtractorError as error:
            complain(error.render(lang))
            status = 2 if isinstance(error, UsageError) else 3
        except OSError as error:
            status = unwritten(error, lang)
        except Exception as error:
            complain(crash("nianbao", error).render(lang))
            status = 3
        raise typer.Exit(status)

    return run


def complain(message: str) -> None:
    from extractor.render.marks import plain

    try:
        sys.stderr.write(f"nianbao: {plain(message)}\n")
    except OSError:  # nobody can be told; the results and the status still count
        sys.stderr = _nowhere("w")


def open_closed_streams() -> None:
    """Give the standard streams that the caller closed somewhere to go: what is opened next would else get their number, and
    whatever a library writes to it."""
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")


def _nowhere(mode: Literal["r", "w"]) -> TextIO:
    return Path(os.devnull).open(mode, encoding="utf-8")


def unwritten(error: OSError, lang: str) -> int:
    """The status of an output that cannot be written, said on stderr unless its reader went away."""
    if error.filename is None:
        with suppress(OSError):  # Python flushes stdout once more on the way out and would complain there
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 141
    complain(_output_failed(error).render(lang))
    return 3


def taken(names: list[str], stdin_name: str | None, lang: str) -> list[Input]:
    """The inputs that `names` stand for; what may hold a report and is passed over is said on stderr."""
    from extractor.inputs import inputs

    left: set[str] = set()
    items = inputs(names, stdin_name, left)
    mention(left, lang)
    return items


def mention(left: set[str], lang: str) -> None:
    """Say how many files of folders and archives are not read, by suffix, and what helps; nothing where there are none."""
    if not left:
        return
    from extractor.inputs import PICTURES
    from extractor.render.marks import counted

    kinds = Counter(Path(name).suffix.lower() for name in sorted(left))
    pictures, others = kinds.keys() & PICTURES, kinds.keys() - PICTURES
    shown = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items()))
    zh = ["图片请直接给出文件名（须安装 nianbao[ocr]），一份报告的多张图片请先合成 PDF"] * bool(pictures)
    zh += ["OFD 请另存为 PDF，压缩包请解压"] * bool(others)
    en = ["name pictures themselves (needs nianbao[ocr]), several of one report as one PDF"] * bool(pictures)
    en += ["save OFD as PDF, unpack archives"] * bool(others)
    files = counted(len(left), "file that may hold a report is", "files that may hold reports are")
    complain(
        f"另有 {len(left)} 个文件没有读（{shown}）。如是年度报告：{'；'.join(zh)}。"
        if lang == "zh"
        else f"{files} not read ({shown}). If so: {'; '.join(en)}."
    )


def refused(call: Any, lang: Literal["zh", "en"]) -> int:
    """Say why a command line cannot be taken; a call without a command gets the help."""
    if type(call).__name__ == "NoArgsIsHelpError":
        call.show()
        return 2
    said = call.format_message().replace("Value error, ", "")
    usage = f"{call.ctx.command_path if call.ctx else 'nianbao'} --help"
    if lang == "en":
        complain(f"{said.rstrip('.')}. See {usage} --lang en.")
        return 2
    matches = ((re.fullmatch(pattern, said.replace("', '", "、").replace("'", "")), zh) for pattern, zh in _MISUSES)
    complain(next((match.expand(zh) for match, zh in matches if match), f"用法有误（{said}）") + f"。用法见 {usage}。")
    return 2


def require_store(store: str) -> None:
    """Raises UsageError where no store is named."""
    if not store:
        raise UsageError(
            "--store",
            ("没有给出存储", "no store is named"),
            ("请给出，如 --store reports.db", "name one, such as --store reports.db"),
        )


def form_of(output: str | None, asked: Form | None, endings: Mapping[str, Form], default: Form) -> Form:
    """The format in which PATH is written: as asked; else by its ending (`endings`: ending → format); else `default`. Raises
    UsageError for an ending by which no program would open what is written."""
    if asked is not None or output in (None, "-"):
        return asked or default
    from extractor.inputs import SUFFIXES, UNREAD

    ending = Path(output or "").suffix.lower()
    if ending in (SUFFIXES | UNREAD | {".csv", ".parquet"}) - {".txt", ".md", ".markdown", *endings}:
        known = " ".join(endings)
        raise UsageError(
            str(output),
            (f"不写 {ending} 这种格式", f"nothing is written in the format of {ending}"),
            (f"请用这些后缀之一：{known}，或加上 --format", f"end it in one of {known}, or give --format"),
        )
    return endings.get(ending, default)


def _output_failed(error: OSError) -> ExtractorError:
    reason = error.strerror or type(error).__name__
    return ExtractorError(
        str(error.filename or "-"),
        (f"结果写不出去（{reason}）", f"the result could not be written ({reason})"),
        ("请检查路径、权限和剩余空间", "check the path, its permissions and the free space"),
    )


def attempt(item: Input, read: Callable[[bytes, str], Made]) -> Made | ExtractorError:
    """What `read` makes of the content and name of an input, or why it gave nothing. A crash of ours on one input must not
    cost the others theirs."""
    try:
        return read(item.read(), item.name)
    except ExtractorError as error:
        return error
    except Exception as error:
        return crash(item.name, error)


def reading_by(asked: Reader | None) -> tuple[Reader, Settings | None]:
    """Who reads, and the settings of the model if it is not the rules alone. A model must have been named for nianbao: a key
    alone sends nothing anywhere. Raises UsageError."""
    if asked == "rules":
        return "rules", None
    from extractor.settings import Settings

    settings = Settings.from_environment(os.environ)
    if settings is None and asked is not None:
        raise UsageError(
            "NIANBAO_MODEL",
            ("没有指定模型", "no model is named"),
            ("请设置它（nianbao doctor 可检查），或使用 --reader rules", "set it (try nianbao doctor), or use --reader rules"),
        )
    return asked or ("both" if settings else "rules"), settings


def side_by_side(work: Callable[[Given], Made], items: Sequence[Given], reader: Reader) -> Iterator[Made]:
    """What `work` makes of each item, in order; where a model reads, several at once."""
    if reader == "rules" or len(items) < 2:
        yield from map(work, items)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        try:
            yield from threads.map(work, items)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            close_models()
            raise


def close_models() -> None:
    """Ask models nothing more, and keep what they are answering; a second Ctrl-C keeps nothing."""
    pipeline = sys.modules.get("extractor.pipeline")
    if pipeline is not None:
        with suppress(KeyboardInterrupt):
            pipeline.close()


def crash(name: str, error: Exception) -> ExtractorError:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    what = f"{type(error).__name__}: {str(error)[:200]}{where}"
    crashed = ExtractorError(
        name,
        (f"程序内部出错（{what}）", f"the program itself failed ({what})"),
        ("请把这个文件和这一行发给我们", "please report this line, with the file if you can"),
    )
    crashed.kind = "internal"
    return crashed


def _is_device(output: str) -> bool:
    """Whether PATH is a pipe or a device, which is written to directly (the name behind /dev/stdout is no path)."""
    return os.path.exists(output) and not os.path.isfile(output) and not os.path.isdir(output)  # noqa: PTH110, PTH112, PTH113 - Path resolves it


def no_such_place(output: str) -> UsageError:
    return UsageError(
        output,
        ("不能写成文件", "it cannot be written as a file"),
        ("请给出已有文件夹中的文件名", "name a file in a folder that exists"),
    )


@contextmanager
def destination(output: str | None, items: list[Input], *, bom: bool) -> Iterator[TextIO]:
    """Where results go: stdout, or a file that appears complete or not at all."""
    if output is None or output == "-":
        yield sys.stdout
        return
    encoding = "utf-8-sig" if bom else "utf-8"
    if _is_device(output):
        with Path(output).open("w", encoding=encoding, errors="replace", newline="\n") as device:
            yield device
        return
    target = Path(output).resolve()
    if target.is_dir() or not target.parent.is_dir():
        raise no_such_place(output)
    if any(item.path is not None and item.path.resolve() == target for item in items):
        raise UsageError(output, ("它也是输入文件", "it is one of the inputs"), ("请换一个文件名", "name another file"))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding=encoding, errors="replace", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def progress(total: int, output: str | None) -> Iterator[Callable[[], None]]:
    """Count the inputs on stderr, once the work has taken a second, where a person sees it and it disturbs no result."""
    visible = sys.stderr.isatty() and (output is not None or not sys.stdout.isatty())
    started = time.monotonic()
    bar: Progress | None = None
    done = 0

    def advance() -> None:
        nonlocal bar, done
        done += 1
        if bar is None and visible and total > 1 and time.monotonic() - started > _PROGRESS_AFTER:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.add_task("", total=total)
            bar.start()
        if bar is not None:
            bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance
    finally:
        if bar is not None:
            bar.stop()
