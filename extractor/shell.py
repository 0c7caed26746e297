"""What the commands of the shell share: their options, exit statuses for whatever ends them, and streams.

Heavy imports stand inside the functions, so that `nianbao --help` stays quick.
"""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TextIO, TypeVar

import typer

from extractor.errors import ExtractorError, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

    from extractor.inputs import Input
    from extractor.pipeline import Reader
    from extractor.settings import Settings

_PROGRESS_AFTER = 1.0
_SIDE_BY_SIDE = 16
"""Documents that wait for a model at once; their requests share the limits of the settings."""
Given = TypeVar("Given")
Made = TypeVar("Made")

Files = Annotated[list[str], typer.Argument(metavar="FILE", help="Files, folders, globs; - is standard input.")]
OneFile = Annotated[str, typer.Argument(metavar="FILE", help="One file; - is standard input.")]
Name = Annotated[str | None, typer.Option("--name", help="Name of standard input; its suffix tells the type.")]
Language = Annotated[Literal["zh", "en"], typer.Option("--lang", help="Language of messages and findings.")]
CopyOf = Annotated[
    Literal["original", "web", "extracted"] | None,
    typer.Option("--copy", help="What the input is: the agency's own file, a web page, or text that a program extracted."),
]
ReaderOption = Annotated[
    Literal["rules", "model", "both"] | None,
    typer.Option("--reader", help="Who reads [default: rules; both once NIANBAO_MODEL names a model]"),
]
Out = Annotated[str | None, typer.Option("-o", "--output", metavar="PATH", help="Write here instead of standard output.")]


def guarded(command: Callable[..., int]) -> Callable[..., None]:
    """Turn whatever ends a command into its exit status and at most one line on stderr."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        lang = str(kwargs.get("lang", "zh"))
        try:
            status = command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.BadParameter):
            raise
        except KeyboardInterrupt:
            status = 130
        except BrokenPipeError:
            # Python flushes stdout once more on the way out and would complain there
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 141
        except ExtractorError as error:
            complain(error.render(lang))
            status = 2 if isinstance(error, UsageError) else 3
        except OSError as error:
            complain(_output_failed(error).render(lang))
            status = 3
        except Exception as error:
            complain(crash("nianbao", error).render(lang))
            status = 3
        raise typer.Exit(status)

    return run


def complain(message: str) -> None:
    from extractor.render.marks import plain

    sys.stderr.write(f"nianbao: {plain(message)}\n")


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
        raise typer.BadParameter(f"{output}: name a file in a folder that exists", param_hint="-o")
    if any(item.path is not None and item.path.resolve() == target for item in items):
        raise typer.BadParameter(f"{output} is one of the inputs; name another file", param_hint="-o")
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
