"""Inputs in object storage, or wherever fsspec reaches: `s3://bucket/folder`, `oss://…`, `https://…`, `file:///…`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from extractor.document import MAX_FILE
from extractor.errors import DocumentTooLarge, UnreadableDocument, UsageError
from extractor.inputs import ARCHIVE, SUFFIXES, Input

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Remote(Input):
    """An input by its address. Archives are not opened: name what is in them."""

    def read(self) -> bytes:
        """The whole content; UnreadableDocument or DocumentTooLarge if there is none to be had."""
        import fsspec

        try:
            with fsspec.open(self.shown, "rb") as file:
                content: bytes = file.read(MAX_FILE + 1)
        except Exception as error:  # every storage has errors of its own
            reason = f"{type(error).__name__}: {error}"[:200]
            raise UnreadableDocument(
                self.name,
                (f"读不到（{reason}）", f"it cannot be read ({reason})"),
                ("请检查地址和权限", "check the address and its permissions"),
            ) from error
        if len(content) > MAX_FILE:
            raise DocumentTooLarge(
                self.name,
                (f"超过 {MAX_FILE >> 20} MiB", f"it is over {MAX_FILE >> 20} MiB"),
                ("年度报告很小，请确认文件是否正确", "an annual report is small; check that this is the right file"),
            )
        return content


def is_address(name: str) -> bool:
    return _ADDRESS.match(name) is not None


def listed(address: str) -> Iterator[Remote]:
    """The file at an address, or the files below it that have a readable suffix, by name. Raises UsageError where the storage
    cannot be reached or its driver is not installed."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
        found = sorted(system.find(path)) if not system.isfile(path) else [path]
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise UsageError(
            address,
            (f"对象存储访问不了（{reason}）", f"the storage cannot be reached ({reason})"),
            (
                "请安装它的 fsspec 组件（如 s3fs），并检查地址和权限",
                "install its fsspec driver (such as s3fs); check address and permissions",
            ),
        ) from error
    base = path.rstrip("/")
    for one in found:
        suffix = PurePosixPath(one).suffix.lower()
        if one == path or (suffix in SUFFIXES and suffix != ARCHIVE):
            name = PurePosixPath(one).name if one == path else one.removeprefix(base).lstrip("/")
            yield Remote(name, str(system.unstrip_protocol(one)), None)
