"""How the command line is called: what is refused and in which words, which format is written, what is passed over."""

from __future__ import annotations

import pytest

pytest_plugins = ("commandline",)


def test_pictures_and_other_types_in_a_folder_are_not_passed_over_in_silence(run, folder):
    """Scans, logos, OFD files and archives in a folder are not read; one line says how many there are and what helps, the
    status stays, and what a glob names itself is read and not counted."""
    (folder / "bad.txt").unlink()
    for name in ("logo.png", "scan 1.JPG", "sub/scan.jpg", "年报.ofd", "old.rar", "style.css", ".hidden/x.png"):
        (folder / name).write_bytes(b"good")
    for command in (
        ["extract", "--format", "csv", "-o", "a.csv"],
        ["check", "-o", "a.txt"],
        ["batch", "--store", "s.db", "--dry-run"],
    ):
        status, _, err = run(*command, "reports")
        assert (status, len(err.splitlines())) == (0, 1)
        assert "另有 5 个文件没有读（.jpg 2, .ofd 1, .png 1, .rar 1）" in err
        assert all(words in err for words in ("直接给出文件名", "另存为 PDF", "请解压"))
    err = run("extract", "reports", "reports/*.png", "reports/*.ofd", "reports/*.rar", "reports/scan*", "--lang", "en")[2]
    assert err == (
        "nianbao: 1 file that may hold a report is not read (.jpg 1). If so: name pictures themselves (needs nianbao[ocr]), "
        "several of one report as one PDF.\n"
    )


def test_empty_name_is_no_folder(run, folder, monkeypatch):
    """An unset variable of a script does not stand for the current folder and all that is in it."""
    monkeypatch.chdir(folder)
    assert run("extract", "")[:2] == (2, "")


@pytest.mark.parametrize(
    "args",
    [
        [], ["extract"], ["extract", "a.txt", "--format", "docx"], ["extract", "a.txt", "--reader", "model"],
        ["extract", "a.txt", "--reader", "both"], ["extract", "a.txt", "--nonsense"], ["nonsense"],
        ["extract", "-", "-"], ["extract", "a.txt", "--name", "b.txt"], ["extract", "a.txt", "-o", "no/such/folder/x.json"],
        ["extract", "a.txt", "-o", "."], ["extract", "a.txt", "-o", "a.txt"],
        ["extract", "a.txt", "--format", "csv", "--no-cells"],
        ["text"], ["text", "a.txt", "b.txt"], ["extract", "a.txt", "--lang", "fr"],
        ["extract", "a.txt", "-o", "x.docx"], ["check", "a.txt", "-o", "x.csv"], ["export", "--store", "s.db", "-o", "x.pdf"],
    ],
)  # fmt: skip
def test_wrong_usage_is_status_2_and_writes_nothing(run, tmp_path, args):
    """A call that cannot be meant is refused before anything is read or written."""
    (tmp_path / "a.txt").write_text("good")
    status, out, err = run(*args)
    assert status == 2
    assert args == [] or out == ""
    assert "Traceback" not in err + out
    assert (tmp_path / "a.txt").read_text() == "good"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (["extract"], "没有给出 FILE", "Missing argument 'FILE'"),
        (["extract", "a.txt", "--nonsense"], "没有选项 --nonsense", "No such option: --nonsense"),
        (["extract", "a.txt", "--no-cell"], "没有选项 --no-cell，相近的有 --", "No such option: --no-cell "),
        (["extrakt"], "没有命令 extrakt，相近的有 ", "No such command 'extrakt'. Did you mean"),
        (["extract", "a.txt", "--format"], "选项 --format 后面要有一个值", "Option '--format' requires an argument"),
        (["extract", "a.txt", "--cells=3"], "选项 --cells 后面不能有值", "Option '--cells' does not take a value"),
        (["text", "a.txt", "b.txt"], "多出了 b.txt", "Got unexpected extra argument"),
        (["extract", "a.txt", "--format", "doc"], "--format 不能是 doc，应为 json、jsonl、csv、xlsx、markdown 之一", "'doc' is not one of"),
        (["batch", "--workers", "x"], "--workers 应为整数", "Invalid value for '--workers'"),
        (["batch", "--timeout", "x"], "--timeout 应为数", "Invalid value for '--timeout'"),
        (["batch", "--workers", "0"], "--workers 不能小于 1", "Invalid value for '--workers'"),
        (["runs"], "--store：没有给出存储。请给出", "--store: no store is named"),
        (["extract", "a.txt", "-o", "x.docx"], "x.docx：不写 .docx 这种格式。请用这些后缀之一：.json ", "give --format"),
        (["extract", "a.txt", "--format", "csv", "--no-cells"], "不能与 --format csv 同用", "does not go with --format csv"),
    ],
)  # fmt: skip
def test_wrong_usage_is_said_in_the_language_asked_for(run, args, zh, en):
    """One line, Chinese unless `--lang en` stands anywhere in the call, with the help page or a remedy; status 2 either way."""
    for more, said in (([], zh), (["--lang", "en"], en), (["--lang=en"], en)):
        status, out, err = run(args[0], *more, *args[1:])
        assert (status, out) == (2, "")
        assert err.startswith("nianbao: ")
        assert said in err
        assert len(err.splitlines()) == 1


def test_number_above_its_range_is_named(run):
    """`app`, which has no `--lang`, says in Chinese what a number may be at most."""
    assert "--port 不能大于 65535。用法见 " in run("app", "--port", "99999")[2]


def test_call_without_a_command_prints_the_help(run):
    """`nianbao` alone lists the commands, status 2."""
    status, out, err = run()
    assert status == 2
    assert "extract" in out + err


@pytest.mark.parametrize(
    ("output", "form"),
    [("x.jsonl", "json"), ("x.json", "csv"), ("x", None), ("x.2023", None), ("x.txt", "csv"), ("x.docx", "json")],
)
def test_format_is_as_asked_whatever_the_ending(run, folder, tmp_path, output, form):
    """`--format` decides, whatever PATH is called; without it, an ending that says nothing is JSON."""
    status, out, err = run("extract", "reports/a.txt", "-o", output, *(["--format", form] if form else []))
    assert (status, out, err) == (0, "", "")
    assert (tmp_path / output).read_text(encoding="utf-8-sig")[0] == ("d" if form == "csv" else "{")


def test_unknown_reader_names_the_available_ones(run):
    """`--reader model` is not there yet; the message says what is."""
    assert "rules" in run("extract", "a.txt", "--reader", "model")[2]


@pytest.mark.parametrize(
    ("suffix", "start"), [(".JSON", "{"), (".json", "{"), (".jsonl", "{"), (".csv", "\ufeffdocument,"), (".md", "# ")]
)
def test_output_file_takes_its_form_from_its_suffix(run, folder, tmp_path, suffix, start):
    """`-o x.csv` is CSV, with a byte order mark so that spreadsheet programs take it for UTF-8; stdout stays empty."""
    status, out, _ = run("extract", "reports/a.txt", "-o", f"x{suffix}")
    written = (tmp_path / f"x{suffix}").read_bytes()
    assert (status, out) == (0, "")
    assert written.decode().startswith(start)
    assert b"\r" not in written


def test_text_of_several_files_is_wrong_usage(run, folder):
    """Spans count in one text, so `text` takes one file."""
    assert run("text", "reports")[0] == 2
