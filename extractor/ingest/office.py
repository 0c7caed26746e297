"""Old Word and WPS documents, RTF and OpenDocument, through LibreOffice: converted to DOCX or XLSX, then read as those.

Every call has a profile, a folder and a process group of its own, so that calls run side by side and nothing is left behind:
macros are off, links are not followed, the time, the processor and the size of what is written are bounded.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from extractor.document import Notice
from extractor.errors import DocumentTooLarge, UnreadableDocument, UnsupportedDocument
from extractor.ingest import docx, sheet
from extractor.ingest.canonical import Content

PROGRAM: Final = "NIANBAO_SOFFICE"
"""The environment variable that names the program, where it is not on the PATH."""
MAX_SECONDS: Final = 90
MAX_BYTES: Final = 50 << 20
MAX_WRITTEN: Final = 200 << 20
_SECONDS_TO_END = 2.0
_PROGRAMS = ("soffice", "libreoffice")
_MACROS = (b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0", b"\\objdata", b"Basic/script-lc.xml")
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
{}
</oor:items>
"""
_SETTING = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}" oor:op="fuse"><value>{}</value></prop></item>'
_VALUES = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "1"),  # Calc counts otherwise: 1 is never
    ("Office.Common/Java", "Enable", "false"),
    ("Inet/Settings", "ooInetProxyType", "2"),  # a proxy that does not exist: whatever asks for the network fails at once
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


class _Target(NamedTuple):
    suffix: str
    filter: str
    read: Callable[[bytes, str], Content]


_WRITER: Final = _Target("docx", "docx:MS Word 2007 XML", docx.read)
_CALC: Final = _Target("xlsx", "xlsx:Calc MS Excel 2007 XML", sheet.read)


def read_text(data: bytes, name: str) -> Content:
    """A text document (.doc, .wps, .rtf, .odt). Raises UnsupportedDocument where LibreOffice is not installed,
    UnreadableDocument for what it cannot open in MAX_SECONDS, DocumentTooLarge over MAX_BYTES."""
    return _read(data, name, _WRITER)


def read_sheet(data: bytes, name: str) -> Content:
    """A workbook (.xls, .et, .ods); errors as of `read_text`."""
    return _read(data, name, _CALC)


def read_open_document(data: bytes, name: str) -> Content:
    """An OpenDocument file, text or workbook as it says itself."""
    return _read(data, name, _CALC if b"opendocument.spreadsheet" in data[:200] else _WRITER)


def _read(data: bytes, name: str, target: _Target) -> Content:
    if len(data) > MAX_BYTES:
        size = MAX_BYTES >> 20
        raise DocumentTooLarge(
            name,
            (f"超过 {size} MiB，不能转换", f"it is over {size} MiB, too large to convert"),
            ("请另存为 .docx 或 .xlsx 后再试", "save it as .docx or .xlsx"),
        )
    program = _program(name)
    with tempfile.TemporaryDirectory(prefix="nianbao-", ignore_cleanup_errors=True) as folder:
        converted = _convert(program, data, name, target, Path(folder))
    content = target.read(converted, name)
    macros = (Notice("macro", "VBA"),) if any(mark in data for mark in _MACROS) else ()
    kept = tuple(notice for notice in content.notices if not (macros and notice.kind == "macro"))
    return replace(content, notices=(*kept, *macros))


def installed() -> bool:
    """Whether LibreOffice is here, so that these types can be read."""
    return _found() is not None


def _found() -> str | None:
    named = os.environ.get(PROGRAM)
    return next(filter(None, map(shutil.which, (named,) if named else _PROGRAMS)), None)


def _program(name: str) -> str:
    found = _found()
    if found:
        return found
    named = os.environ.get(PROGRAM)
    raise UnsupportedDocument(
        name,
        (
            "读取这种文件需要 LibreOffice，本机没有找到" + (f"（{PROGRAM}={named}）" if named else ""),
            "LibreOffice is needed to read it and was not found" + (f" ({PROGRAM}={named})" if named else ""),
        ),
        (
            f"请用 Word 或 WPS 另存为 .docx（表格另存为 .xlsx），或安装 LibreOffice（可用 {PROGRAM} 指明程序）",
            f"save it as .docx (a workbook as .xlsx), or install LibreOffice ({PROGRAM} may name the program)",
        ),
    )


def _convert(program: str, data: bytes, name: str, target: _Target, folder: Path) -> bytes:
    """Run LibreOffice in `folder` and return what it writes."""
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True)
    out.mkdir()
    settings = _SETTINGS.format("\n".join(_SETTING.format(*value) for value in _VALUES))
    (profile / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
    source = folder / "input"  # without a suffix: LibreOffice looks at the content
    source.write_bytes(data)
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        *("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard"),
        *("--convert-to", target.filter, "--outdir", str(out), str(source)),
    ]
    finished = _run(command, folder)
    result = out / f"input.{target.suffix}"
    if not finished:
        raise UnreadableDocument(
            name,
            (f"LibreOffice 在 {MAX_SECONDS} 秒内没有转换完", f"LibreOffice did not convert it in {MAX_SECONDS} seconds"),
            ("请另存为 .docx 或 .xlsx 后再试", "save it as .docx or .xlsx"),
        )
    if not result.is_file() or result.stat().st_size > MAX_WRITTEN:
        raise UnreadableDocument(
            name,
            (
                "LibreOffice 打不开这个文件（可能已损坏、加密或不是所称的类型）",
                "LibreOffice cannot open it (it may be damaged, encrypted or not of the type it claims)",
            ),
            ("请用 Word 或 WPS 打开并另存为 .docx", "open it in Word or WPS and save it as .docx"),
        )
    return result.read_bytes()


def _run(command: list[str], folder: Path) -> bool:
    """Run a command within its limits; whether it ended in time. All of its processes are gone afterwards."""
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    own = str(folder)
    environment |= {"HOME": own, "TMPDIR": own, "TEMP": own, "TMP": own, "SAL_USE_VCLPLUGIN": "svp"}
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - the program is the user's, the arguments are ours
        command, stdin=nothing, stdout=nothing, stderr=nothing, cwd=folder, env=environment, start_new_session=True
    )
    try:
        _bound(process.pid)
        process.wait(MAX_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)
    return True


def _bound(pid: int) -> None:
    """Bound the processor time and the size of files, where the system can: both pass on to what the process starts."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (MAX_WRITTEN, MAX_WRITTEN))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    except (ImportError, AttributeError, OSError, ValueError):
        return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    until = time.monotonic() + _SECONDS_TO_END
    with suppress(ProcessLookupError, PermissionError):
        while hasattr(os, "killpg") and time.monotonic() < until:
            os.killpg(process.pid, 0)  # a process that is still ending could write into the folder that is to be removed
            time.sleep(0.01)
