"""The help pages: Chinese first, English with `--lang en`, both from one place, within 80 columns."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import typer
from rich.cells import cell_len

from conftest import ROOT
from extractor import cli
from extractor import help as pages

pytest_plugins = ("commandline",)

COMMANDS = ["extract", "check", "batch", "export", "runs", "show", "doctor", "app", "text", "schema", "demo", "eval"]
NAMES = re.compile(r"\d+(?:\.\d+)?|[A-Z]{3,}\w*|`[^`]+`|\w+[/*_@:.]\w[!-~]*", re.ASCII)
"""What both languages write alike: figures, variables, quoted calls, addresses and patterns of files."""


def _commands():
    """The root and every command, by name, as typer has them."""
    root = typer.main.get_command(cli.app)
    return {"": root} | {name: root.get_command(None, name) for name in root.list_commands(None)}


def _texts(command):
    """Every English text of its page."""
    context = command.make_context("nianbao", [], resilient_parsing=True)
    return {command.help, *(param.help for param in command.get_params(context))}


def test_every_command_is_here():
    """The tests below see all commands, that of the evaluation too."""
    assert list(_commands()) == ["", *COMMANDS]


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_text_has_a_chinese_twin(name):
    """A command, an option or an argument without help, or with help in English only, is named here."""
    assert {text for text in _texts(_commands()[name]) if pages._CHINESE.get(text, "") == ""} == set()


def test_no_twin_is_left_over():
    """Chinese whose English no command shows any more is named here."""
    used = set().union(*map(_texts, _commands().values()))
    assert set(pages._CHINESE) - used == set()


def test_twins_say_the_same_names_and_figures():
    """A default, a variable or a pattern that is changed in one language only is named here."""
    lacking = [(en, name) for en, zh in pages._CHINESE.items() for name in NAMES.findall(en) if name.rstrip(",.") not in zh]
    strange = [
        (zh, word) for en, zh in pages._CHINESE.items() for word in re.findall("[!-~]+", zh) if word.lower() not in en.lower()
    ]
    assert (lacking, strange) == ([], [])


def test_two_twins_of_one_text_are_refused():
    """The same English cannot mean two things in Chinese, of which the later would replace the earlier everywhere."""
    with pytest.raises(AssertionError, match=r"One year only\."):
        pages.both("某年", "One year only.")


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("columns", ["80", "200", "52"])
def test_page_is_chinese_and_fits(run, monkeypatch, name, columns):
    """No line is wider than the terminal, nor than 80 columns; none is English but the last, which says how to get English."""
    monkeypatch.setenv("COLUMNS", columns)
    status, out, err = run(*name.split(), "--help")
    assert (status, err) == (0, "")
    *lines, last = out.splitlines()
    assert lines[0].startswith("用法：")
    assert last == "In English: add --lang en"
    assert max(map(cell_len, lines)) <= min(int(columns), 80)
    assert [
        line for line in lines if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}|default|required|range|OPTIONS|x[<>]=", line)
    ] == []
    assert [line for line in lines if line.lstrip().startswith(tuple("，。、；：）"))] == []


def test_notes_of_typer_are_chinese_too(run):
    """What typer adds, of needs, defaults and bounds, is said in Chinese in the brackets that may already be there."""
    out = run("extract", "--help")[1]
    assert "  FILE  文件、文件夹或通配符；- 表示标准输入（必填）\n" in out
    assert "  --lang <zh|en>                  消息和核对意见的语言（默认 zh）\n" in out
    assert "  --format <json|jsonl|csv|xlsx|markdown>\n                                  格式（默认按 PATH " in out
    assert "（默认 8501，1 至 65535）" in run("app", "--help")[1]
    assert "（默认每核一个，不小于 1）" in run("batch", "--help")[1]


def test_list_of_commands_shortens_nothing(run):
    """Each command stands in the list with the first sentence of its page, whole and on one line."""
    listed = run("--help")[1].partition("命令：\n")[2].splitlines()
    for name, line in zip(COMMANDS, listed, strict=False):
        title = next(text for text in run(name, "--help")[1].splitlines()[2:] if text)
        assert line == f"  {name:<7}  {line[11:]}"
        assert title.startswith(f"  {line[11:]}。")


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_english_page_is_that_of_typer(run, monkeypatch, name):
    """With `--lang en`, wherever it stands and whether or not the command has it, the page is typer's own."""
    monkeypatch.setenv("COLUMNS", "80")
    command = _commands()[name]
    typers = typer.core.TyperGroup if name == "" else typer.core.TyperCommand
    parent = None if name == "" else typer.Context(_commands()[""], info_name="nianbao")
    context = typer.Context(command, info_name=name or "nianbao", parent=parent)
    page = typers.get_help(command, context)
    assert "Show this message and exit." in page
    call = [*name.split(), "--help"]
    for lang in (["--lang", "en"], ["--lang=en"]):
        for at in range(len(call) + 1):
            status, out, err = run(*call[:at], *lang, *call[at:])
            assert (status, err) == (0, "")
            assert out.startswith("Usage: ")
            assert out.partition("\n")[2] == page.partition("\n")[2] + "\n"


def test_chinese_may_be_asked_for(run):
    """`--lang zh` is taken like `--lang en`, and gives what is given anyway."""
    assert run("app", "--lang", "zh", "--help") == run("app", "--help")


def test_language_alone_is_no_command(run):
    """`nianbao --lang en` lists the commands in English as `nianbao` does in Chinese, status 2."""
    (status, out, err), chinese = run("--lang", "en"), run()
    assert (status, chinese[0]) == (2, 2)
    assert (out + err).startswith("Usage: ")
    assert (chinese[1] + chinese[2]).startswith("用法：")


@pytest.mark.parametrize("call", [["demo", "--lang", "--help"], ["--lang", "en", "demo"], ["schema", "--lang", "en"]])
def test_other_calls_are_taken_as_before(run, call):
    """Only a call for help takes `--lang` where its command does not: any other is refused and writes nothing."""
    status, out, err = run(*call)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_refused_call_names_the_page_in_its_language(run):
    """Who is told of a mistake in English is sent to the English page."""
    assert re.fullmatch(r"nianbao: 没有命令 nonsense。用法见 .*nianbao --help。\n", run("nonsense")[2])
    assert re.fullmatch(
        r"nianbao: No such command 'nonsense'\. See .* --help --lang en\.\n", run("nonsense", "--lang", "en")[2]
    )


def test_page_has_no_colour():
    """`python -m extractor --help` is plain text in UTF-8, also where colours are forced and the code page is another."""
    surroundings = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    surroundings |= {"FORCE_COLOR": "1", "TERM": "xterm-256color", "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "extractor", "--help"]
    ran = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, timeout=60, check=True)
    assert ran.stdout.decode().startswith("用法：python -m extractor [选项] 命令 [参数]...\n")
    assert b"\x1b" not in ran.stdout
    assert ran.stderr == b""
