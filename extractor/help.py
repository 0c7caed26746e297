"""The help pages of the commands: Chinese first, English with `--lang en` anywhere in the call.

Both languages stand where an option or a command is declared: `typer.Option(help=both("只要这一年", "One year only."))`, and
`@described("…")` above a command, whose docstring is the English. typer gets the English, and the English page is its own. The
Chinese page is laid out here: typer takes a Chinese character for one column wide, and words of its own it has in English only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from inspect import getdoc
from typing import Any, Literal, TypeVar

from typer.core import TyperCommand, TyperGroup

_Command = TypeVar("_Command", bound=Callable[..., int])
_FIRST_COLUMN = 30
"""Columns at most for the names of options; what is said of a longer one begins on the next line, as on typer's page."""
_CHINESE = {"Show this message and exit.": "显示本页"}
"""English help → its Chinese twin; typer's own words, and what `both` is given."""
_USAGE = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."}
_TYPES = {"<str>": "<文字>", "<int>": "<整数>", "<int range>": "<整数>", "<float range>": "<数>", "<path>": "<路径>"}
_NOTES = (
    (r"default: \(?(.*?)\)?", r"默认 \1"),
    (r"required", r"必填"),
    (r"(\S+)<=x<=(\S+)", r"\1 至 \2"),
    (r"x>=(\S+)", r"不小于 \1"),
)
"""What typer adds to the help of an option, and the same in Chinese."""


def both(zh: str, en: str) -> str:
    """The English help of an option or command, for typer; the Chinese is kept for the Chinese page."""
    kept = _CHINESE.setdefault(en, zh)
    assert kept == zh, en
    return en


def described(zh: str) -> Callable[[_Command], _Command]:
    """Give a command its Chinese description; the first sentence of it also stands in the list of commands."""

    def with_both(command: _Command) -> _Command:
        both(zh, getdoc(command) or "")
        return command

    return with_both


def language(arguments: Sequence[str]) -> Literal["zh", "en"]:
    """The language that a call asks for, whether or not its command has the option."""
    return "en" if re.search("\0--lang[=\0]en\0", "\0".join(["", *arguments, ""])) else "zh"


def help_call(arguments: Sequence[str]) -> list[str] | None:
    """The arguments of a call for help without `--lang zh|en`, which the help of every command takes, also where the command has
    no such option or is not yet named; None if no help is called for, so that typer takes the call itself (on Windows it expands
    patterns of files then)."""
    kept = re.sub("\0--lang[=\0](?:zh|en)(?=\0)", "", "\0".join(["", *arguments, ""])).split("\0")[1:-1]
    return kept if "--help" in kept or not kept else None


class Command(TyperCommand):
    """A command with a help page in two languages; English if the object of the context is "en"."""

    def get_help(self, ctx: Any) -> str:
        return super().get_help(ctx) if ctx.obj == "en" else _page(self, ctx, [])


class Commands(TyperGroup):
    """Commands with a help page in two languages; English if the object of the context is "en"."""

    def get_help(self, ctx: Any) -> str:
        if ctx.obj == "en":
            return super().get_help(ctx)
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return _page(self, ctx, [(name, _chinese(command.help).partition("。")[0]) for name, command in commands if command])


def _chinese(en: str | None) -> str:
    return _CHINESE.get(en or "", en or "")


def _page(command: Any, ctx: Any, commands: Iterable[tuple[str, str]]) -> str:
    """The Chinese page, as wide as typer's."""
    from extractor.render.lines import in_lines

    width = ctx.make_formatter().width
    usage = " ".join(_USAGE.get(piece, piece) for piece in command.collect_usage_pieces(ctx))
    lines = in_lines(f"用法：{ctx.command_path} {usage}", width, "")
    for paragraph in _chinese(command.help).split("\n\n"):
        lines += ["", *in_lines(paragraph, width, "  ")]
    entries = [(param.param_type_name, _entry(param, ctx)) for param in command.get_params(ctx)]
    for title, listed in (
        ("参数", [entry for kind, entry in entries if kind == "argument"]),
        ("选项", [entry for kind, entry in entries if kind == "option"]),
        ("命令", list(commands)),
    ):
        if listed:
            lines += ["", f"{title}：", *_list(listed, width)]
    return "\n".join([*lines, "", "In English: add --lang en"])


def _entry(param: Any, ctx: Any) -> tuple[str, str]:
    """How an option or argument is written, and what it does, from the English words that typer has for it."""
    name, said = param.get_help_record(ctx)
    if param.param_type_name == "argument":
        name = name.partition(" <")[0]
    notes = said.removeprefix(param.help or "").strip(" \\[]")
    words = _chinese(param.help)
    if notes:
        start = words[:-1] + "，" if words.endswith("）") else words + "（"
        words = f"{start}{'，'.join(map(_note, notes.split('; ')))}）"
    return re.sub(r"<[^>]*>$", lambda kind: _TYPES.get(kind[0], kind[0]), name), words


def _note(en: str) -> str:
    matches = ((re.fullmatch(pattern, en), zh) for pattern, zh in _NOTES)
    return next((match.expand(zh) for match, zh in matches if match), en)


def _list(entries: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Two columns: names, and what is said of each."""
    from rich.cells import cell_len

    from extractor.render.lines import in_lines

    indent = " " * (min(max(cell_len(name) for name, _ in entries), _FIRST_COLUMN) + 4)
    lines = []
    for name, said in entries:
        start = f"  {name}" + " " * (len(indent) - cell_len(name) - 2)
        fits = len(indent) - cell_len(name) >= 4
        lines += in_lines(said, width, indent, start) if fits else [f"  {name}", *in_lines(said, width, indent)]
    return lines
