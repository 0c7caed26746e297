"""What a result depends on besides the document, as one short word: results of another fingerprint are out of date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import extractor
from extractor.readers.rules import RULES

_SHELLS = ("__main__.py", "cli.py", "shell.py", "checking.py", "library.py", "inputs.py", "settings.py")
_OUTPUTS = ("batch", "store", "exporting", "render", "page", "model")
_BESIDE = frozenset(_SHELLS + _OUTPUTS)
"""Parts of the package on which no result of the rules depends."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How documents are read. `model`, `protocol` and `prompts` (name → hash) say what a model reader uses; `reads` is what the
    package's own code hashes to, rules and schema included."""

    reader: str = "rules"
    model: str | None = None
    protocol: str | None = None
    prompts: dict[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, object]:
        """All that goes into the fingerprint, readable; a run keeps it."""
        return {
            "reader": self.reader,
            "model": self.model,
            "protocol": self.protocol,
            "prompts": dict(sorted(self.prompts.items())),
            "version": extractor.__version__,
            "rules": f"{RULES}-{_hash_of_rules()}",
            "schema": _hash_of_schema(),
        }

    def fingerprint(self, copy: str | None = None) -> str:
        """Sixteen hexadecimal digits. `copy` is what the manifest or the caller says the document is."""
        said = json.dumps(self.settings() | {"copy": copy}, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def prompts() -> dict[str, str]:
    """The prompts that a model is asked with: name → hash."""
    texts = (entry for entry in files("prompts").iterdir() if entry.name.endswith(".md"))
    return {entry.name.removesuffix(".md"): hashlib.sha256(entry.read_bytes()).hexdigest()[:12] for entry in texts}


@cache
def _hash_of_rules() -> str:
    """Of the source code that reads: whatever changes there may change a number."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files("extractor"), "")):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


@cache
def _hash_of_schema() -> str:
    return hashlib.sha256((files("extractor") / "schema.py").read_bytes()).hexdigest()[:12]


def _sources(folder: Traversable, below: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if not below and entry.name in _BESIDE:
            continue
        if entry.is_dir():
            found += _sources(entry, f"{below}{entry.name}/")
        elif entry.name.endswith(".py"):
            found.append((below + entry.name, entry.read_bytes().replace(b"\r\n", b"\n")))
    return found
