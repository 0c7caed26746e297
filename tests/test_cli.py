"""The shell: inputs in order, failures named, exit statuses, encodings, files written whole. Reading itself is stubbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from extractor import __version__, cli, pipeline, shell
from extractor.result import Result

pytest_plugins = ("commandline",)


def _names(stdout):
    return [json.loads(line)["document"]["name"] for line in stdout.splitlines()]


def test_one_file_is_one_object(run, folder):
    """JSON of one file is a result and nothing else, and the status is 0."""
    status, out, err = run("extract", "reports/a.txt")
    assert (status, err) == (0, "")
    assert Result.model_validate_json(out).document.name == "a.txt"


def test_failed_input_is_a_line_among_the_others(run, folder):
    """Output keeps the order of the input; what failed says why in both streams; the status is 3."""
    status, out, err = run("extract", "reports/bad.txt", "reports/a.txt", "missing.txt", "--lang", "en")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 3
    assert _names(out) == ["bad.txt", "a.txt", "missing.txt"]
    assert lines[0]["error"] == {"kind": "unreadable", "message": "it is truncated", "remedy": "download it again"}
    assert lines[2]["error"]["kind"] == "unreadable"
    assert err.splitlines()[0] == "nianbao: reports/bad.txt: it is truncated. download it again."
    assert "missing.txt" in err.splitlines()[1]


def test_folder_is_read_in_order_without_hidden_files(run, folder):
    """A folder gives its readable files by path, named as they stand below it."""
    status, out, _ = run("extract", "reports")
    assert (status, _names(out)) == (3, ["a.txt", "b.html", "bad.txt", "sub/c.TXT", "sub/二.md"])


def test_glob_is_expanded_when_the_shell_did_not(run, folder):
    """A pattern in quotes works, folders that it matches are not read twice."""
    assert _names(run("extract", "reports/[ab].*")[1]) == ["a.txt", "b.html"]
    assert sorted(_names(run("extract", "reports/**/*")[1])) == sorted(
        ["a.txt", "b.html", "bad.txt", "notes.xyz", "c.TXT", "二.md"]
    )


def test_file_whose_name_looks_like_a_glob_is_a_file(run, tmp_path):
    """Names may hold brackets; a path that exists is never a pattern."""
    (tmp_path / "a[1].txt").write_text("good")
    assert _names(run("extract", "a[1].txt")[1]) == ["a[1].txt"]


@pytest.mark.parametrize("name", ["nothing/*.txt", "empty", "x" * 5000])
def test_name_that_leads_nowhere_fails_alone(run, tmp_path, name):
    """An empty folder, a glob without matches and a pasted text are inputs without a result, not crashes."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("good")
    status, out, err = run("extract", name, "a.txt")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 3
    assert "error" in lines[0]
    assert lines[1]["document"]["name"] == "a.txt"
    assert len(err.splitlines()) == 1


def test_folder_that_cannot_be_listed_is_no_silent_loss(run, folder, monkeypatch):
    """What stands in a closed folder below the one named is missed aloud: status 3, and the others are read."""
    listed = os.scandir

    def scandir(path):
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    (folder / "bad.txt").unlink()
    monkeypatch.setattr(os, "scandir", scandir)
    status, out, err = run("extract", "reports")
    assert (status, _names(out)) == (3, ["a.txt", "b.html", "sub"])
    assert err.startswith("nianbao: reports/sub：")


def test_crash_on_one_input_costs_the_others_nothing(run, tmp_path):
    """A bug of ours is one line that names it, and no traceback."""
    (tmp_path / "1.txt").write_text("crash")
    (tmp_path / "2.txt").write_text("good")
    status, out, err = run("extract", "1.txt", "2.txt")
    assert status == 3
    assert json.loads(out.splitlines()[0])["error"]["kind"] == "internal"
    assert json.loads(out.splitlines()[1])["document"]["name"] == "2.txt"
    assert "ZeroDivisionError: a bug over two lines at commandline.py:" in err
    assert len(err.splitlines()) == 1


def test_input_with_two_reports_gives_two_objects(run, tmp_path):
    """Each report of an input is a line of its own."""
    (tmp_path / "a.txt").write_text("two")
    assert _names(run("extract", "a.txt")[1]) == ["a.txt", "a.txt"]


def test_options_reach_the_reader(run, folder):
    """Copy and language are passed on."""
    report = json.loads(run("extract", "reports/a.txt", "--copy", "web", "--lang", "en")[1])["report"]
    assert (report["title"], report["agency"]) == ("en", "web")


def test_no_cells_makes_it_small(run, folder):
    """`--no-cells` leaves the cells out."""
    assert "cells" not in json.loads(run("extract", "reports/a.txt", "--no-cells")[1])


def test_csv_on_stdout_has_one_header_and_no_mark(run, folder):
    """Several reports share one header."""
    out = run("extract", "reports/a.txt", "reports/b.html", "--format", "csv")[1]
    assert out.startswith("document,part,")
    assert out.count("document,part,") == 1
    assert len(out.splitlines()) == 401


def test_output_file_is_whole_or_not_there(run, folder, tmp_path, monkeypatch):
    """Interrupted half-way, the old file stands and no draft is left behind."""
    (tmp_path / "x.json").write_text("old")
    monkeypatch.setattr(cli, "_rendered", _interrupt)
    assert run("extract", "reports/a.txt", "-o", "x.json")[0] == 130
    assert (tmp_path / "x.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports", "x.json"]


def _interrupt(*_):
    raise KeyboardInterrupt


def test_output_that_cannot_be_written_is_one_line(run, folder, monkeypatch):
    """A full disk is said in one line with a remedy, status 3."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli, "_opening", full)
    status, _, err = run("extract", "reports/a.txt", "--lang", "en")
    assert status == 3
    assert "No space left on device" in err
    assert "free space" in err


def test_text_prints_the_canonical_text_and_one_line_end(run, tmp_path):
    """What `text` prints is what spans count in, without its final newline."""
    (tmp_path / "a.txt").write_bytes("一\r\x1b二".encode())
    assert run("text", "a.txt") == (0, "一\r\x1b二\n", "")
    status, _, err = run("text", "sub/missing.txt")
    assert status == 3
    assert err.startswith("nianbao: sub/missing.txt：")


def test_schema_is_json(run):
    """`schema` prints a JSON Schema that names the contract's parts."""
    schema = json.loads(run("schema")[1])
    assert list(schema["properties"]) == ["contract", "document", "report", "cells", "unplaced", "findings", "run"]


def test_crash_of_a_command_is_one_line(run, folder, monkeypatch):
    """Whatever breaks, a person gets a line to report and no traceback."""
    monkeypatch.setattr(pipeline, "canonical_text", lambda data, name: 1 / 0)
    status, out, err = run("text", "reports/a.txt", "--lang", "en")
    assert (status, out) == (3, "")
    assert "ZeroDivisionError" in err
    assert len(err.splitlines()) == 1


def test_version(run):
    """`--version` says which program this is."""
    assert run("--version") == (0, f"nianbao {__version__}\n", "")


@pytest.mark.parametrize(("terminal", "shown"), [(True, True), (False, False)])
def test_progress_is_shown_on_a_terminal_only(run, folder, monkeypatch, terminal, shown):
    """Long work counts its inputs on stderr where a person looks, never in a log file."""
    monkeypatch.setattr(shell, "_PROGRESS_AFTER", 0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv("TERM", "xterm")
    err = run("extract", "reports/a.txt", "reports/b.html")[2]
    assert bool(err) is shown


def _nianbao(*args, stdin=b"", **env):
    command = [sys.executable, "-m", "extractor", *args]
    return subprocess.run(command, input=stdin, capture_output=True, env=os.environ | env, timeout=300, check=False)


def test_output_is_utf8_whatever_the_console_is():
    """In a C locale with an ASCII console, Chinese comes out as UTF-8 and standard input goes in."""
    ran = _nianbao(
        "extract",
        "-",
        "--name",
        "年报.txt",
        "--format",
        "markdown",
        stdin="某县水务局\n".encode(),
        LC_ALL="C",
        PYTHONIOENCODING="ascii",
        PYTHONUTF8="0",
    )
    assert "年报.txt" in ran.stdout.decode()
    assert b"\r" not in ran.stdout


@pytest.mark.skipif(os.name == "nt", reason="POSIX device names")
def test_device_is_written_to_directly():
    """`-o /dev/stdout` is no file to be replaced."""
    ran = _nianbao("extract", "-", "-o", "/dev/stdout", "--format", "markdown", stdin="某县水务局\n".encode())
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.startswith(b"# ")


def test_closed_stderr_does_not_change_the_status(run, monkeypatch):
    """Without a place for messages an input that gave nothing is still status 3."""
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "argv", ["nianbao", "extract", "missing.txt"])
    assert cli.main() == 3
    sys.stderr.close()  # main opened it, and a process that ends closes it


def test_reader_that_goes_away_is_no_error_message():
    """`nianbao schema | head -c 1` prints nothing on stderr."""
    command = [sys.executable, "-m", "extractor", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupt_is_status_130_without_a_traceback():
    """Ctrl-C while it waits for standard input ends it quietly."""
    import fcntl
    import termios

    command = [sys.executable, "-m", "extractor", "extract", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(b"a")
        process.stdin.flush()
        until, unread = time.monotonic() + 120, b"\1"
        while any(unread) and time.monotonic() < until:  # once it has read that, it waits for more
            time.sleep(0.05)
            unread = fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in out + err


def test_help_is_quick():
    """`--help` takes at most 0.4 s of processor time (best of ten): no heavy import stands in its way."""
    taken = []
    while len(taken) < 10 and not (taken and min(taken) <= 0.4):
        before = os.times()
        assert _nianbao("--help").returncode == 0
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(taken) <= 0.4
