"""Who holds a claim: a process, named so that others on its machine can tell whether it still runs."""

from __future__ import annotations

import os
import platform
import uuid
from pathlib import Path


def myself() -> str:
    """`host/process/start/number`; no two calls give the same."""
    return f"{platform.node()}/{os.getpid()}/{_started(os.getpid()) or ''}/{uuid.uuid4().hex[:12]}"


def is_gone(owner: str) -> bool:
    """Whether the process surely runs no more: it was one of this machine and is not there, or another has its number."""
    host, process, started, _ = owner.rsplit("/", 3)
    if host != platform.node():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return bool(started) and _started(int(process)) not in (started, None)


def _started(process: int) -> str | None:
    """When a process began, in ticks since the machine did; None where the system does not say."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None
