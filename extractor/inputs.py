"""What a person names on a command line, as a list of inputs: files, folders, globs, archives, standard input.

A name that leads to nothing readable stays in the list and fails when it is read, so that the others go on and the
order of the output is the order of the input.
"""

from __future__ import annotations

import glob
import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from extractor.document import MAX_FILE
from extractor.errors import DocumentError, DocumentTooLarge, UnreadableDocument, UsageError

ARCHIVE = ".zip"
SUFFIXES = frozenset(
    (
        ".txt .md .markdown .html .htm .xhtml .shtml .mht .mhtml .docx .docm .xlsx .xlsm .pdf .doc .wps .rtf .odt .xls .et .ods "
        + ARCHIVE
    ).split()
)
"""What is taken out of a folder; a file that is named itself is read whatever its suffix."""

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".gif", ".webp"))
UNREAD = PICTURES | {".ofd", ".rar", ".7z", ".tar", ".tgz", ".gz"}
"""What may hold a report and is not taken out of a folder or archive: a picture there is a logo, a seal, or one page of
several, which would be read as a report of its own."""

_LOCK = "~$"


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `name` goes into the result (a file of a folder keeps its path below it); `shown` is what the person
    typed or would type. `path` None is standard input; `member` is the number of a file in the archive that `path` names."""

    name: str
    shown: str
    path: Path | None
    member: int | None = None

    def read(self) -> bytes:
        """The whole content; `UnreadableDocument` or `DocumentTooLarge` if there is none to be had."""
        try:
            if self.path is None:
                content = sys.stdin.buffer.read(MAX_FILE + 1) if sys.stdin else b""
            else:
                with self.path.open("rb") as file:
                    content = file.read(MAX_FILE + 1) if self.member is None else self._unpacked(file, self.member)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(content) > MAX_FILE:
            size = MAX_FILE >> 20
            raise DocumentTooLarge(
                self.name,
                (f"超过 {size} MiB", f"it is over {size} MiB"),
                ("年度报告很小，请确认文件是否正确", "an annual report is small; check that this is the right file"),
            )
        return content

    def _unpacked(self, file: BinaryIO, member: int) -> bytes:
        from extractor.ingest import archive

        if archive.is_packed(self.name):
            raise archive.nested(self.name)
        return archive.member(file, member, self.name)

    def _unreadable(self, error: OSError) -> UnreadableDocument:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return UnreadableDocument(self.name, ("没有这个文件", "there is no such file"), ("请检查路径", "check the path"))
        if isinstance(error, IsADirectoryError):
            kinds = " ".join(sorted(SUFFIXES))
            return UnreadableDocument(
                self.name,
                ("文件夹里没有可读取的文件", "the folder holds no file that can be read"),
                (f"可读取的后缀：{kinds}", f"suffixes that are read: {kinds}"),
            )
        reason = error.strerror or type(error).__name__
        named = "没有读取权限" if isinstance(error, PermissionError) else reason
        return UnreadableDocument(
            self.name,
            (f"打不开（{named}）", f"it cannot be opened ({reason})"),
            ("请检查文件和权限", "check the file and its permissions"),
        )


def inputs(names: list[str], stdin_name: str | None = None, left: set[str] | None = None) -> list[Input]:
    """The inputs that `names` stand for, in their order; folders and globs sorted. `stdin_name` names standard input (`-`),
    which may stand there once. What is in folders and archives and stays `UNREAD` is added to `left`, if that is given."""
    if names.count("-") > 1:
        raise UsageError("-", ("标准输入只能用一次", "standard input can be read once"), ("请只写一个 -", "give one -"))
    if stdin_name is not None and "-" not in names:
        raise UsageError(
            "--name",
            ("没有从标准输入读取", "nothing is read from standard input"),
            ("请加上 -，或去掉 --name", "add -, or leave --name out"),
        )
    if "" in names:
        raise UsageError("''", ("文件名是空的", "the name of a file is empty"), ("请写出文件名", "name the file"))
    passed: set[str] = set()
    found = [item for name in names for item in ([_standard_input(stdin_name)] if name == "-" else _expanded(name, passed))]
    if left is not None:
        left |= passed - {item.shown for item in found}
    return found


def _standard_input(name: str | None) -> Input:
    return Input(_written(name or "stdin"), "-", None)


def _expanded(name: str, passed: set[str]) -> list[Input]:
    """What a path or a glob stands for. A path that exists is never taken for a glob: names may hold brackets. `passed`
    collects what is passed over, here and below."""
    if not os.path.exists(name) and glob.has_magic(name):  # noqa: PTH110 - Path.exists raises on overlong names
        matches = [Path(match) for match in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - absolute patterns too
        matches = [match for match in matches if not match.name.startswith(_LOCK)]
        if found := [item for match in matches for item in _named(match, passed)]:
            return list({(item.path, item.member): item for item in found}.values())
    return _named(Path(name), passed)


def _named(path: Path, passed: set[str]) -> list[Input]:
    """A file itself, or what a folder or archive holds; an empty one stands for itself and fails as such. A path may lead on
    into an archive, as messages and results name what is in it."""
    if os.path.isdir(path) and (held := _held(path, passed)):  # noqa: PTH112 - as above
        return held
    packed = next((parent for parent in path.parents if parent.suffix.lower() == ARCHIVE and os.path.isfile(parent)), None)  # noqa: PTH113 - as above
    if packed and (inside := [item for item in _named(packed, set()) if item.shown == _written(str(path))]):
        return inside
    return _opened(Input(_written(path.name or str(path)), _written(str(path)), path), passed)


def _opened(item: Input, passed: set[str]) -> list[Input]:
    """The files in an archive that can be read, and archives in it, which fail; of anything else the input itself."""
    if item.path is None or item.path.suffix.lower() != ARCHIVE or not item.path.is_file():
        return [item]
    from extractor.ingest import archive, detect

    try:
        with item.path.open("rb") as file:
            if detect.zipped(file.read(MAX_FILE)) != detect.ZIP:
                return [item]
            members = archive.contents(file, item.name)
    except (OSError, DocumentError):
        return [item]
    chosen = [one for one in members if PurePosixPath(one.name).suffix.lower() in SUFFIXES or archive.is_packed(one.name)]
    found = [Input(f"{item.name}/{one.name}", f"{item.shown}/{one.name}", item.path, one.number) for one in chosen]
    if not found:
        return [item]
    passed |= {f"{item.shown}/{one.name}" for one in members if one not in chosen and _is_unread(one.name)}
    return found


def _held(folder: Path, passed: set[str]) -> list[Input]:
    """Files below `folder` with a readable suffix, by path; hidden ones and editors' lock files left out. A folder below it
    that cannot be listed stands for itself and fails: what it holds must not be missed in silence."""
    found: list[Path] = []
    closed: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(parent, name) for name in files if not name.startswith((".", _LOCK))]
        passed |= {_written(str(path)) for path in paths if _is_unread(path.name)}
        found += [path for path in paths if path.suffix.lower() in SUFFIXES]
    found += [path for path in closed if path != folder]
    ordered = sorted((path.relative_to(folder).as_posix(), path) for path in found)
    return [item for below, path in ordered for item in _opened(Input(_written(below), _written(str(path)), path), passed)]


def _is_unread(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in UNREAD


def _written(name: str) -> str:
    """`name` as Unicode that can be written: bytes of a file name that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")
