"""Errors a caller can meet. Bad input raises one of these; a doubtful report never does (it yields findings).

    ExtractorError
    ├── UsageError            the call itself is wrong (a path given as text, an unknown option)
    ├── ModelError            a model gave no usable answer (extractor.model)
    ├── StoreError            a store cannot be opened, is of another version, or is full (extractor.store)
    │   └── StoreMissing          there is no store at the place that was named
    └── DocumentError         one input cannot be read; the other inputs go on
        ├── UnreadableDocument    missing, empty, truncated, encrypted or not what it claims to be
        ├── UnsupportedDocument   a type that this installation does not read
        └── DocumentTooLarge      over a limit of size, pages, nesting or cells

Every message names the input, the reason and the remedy; `kind` is the stable name that JSON error lines carry.
"""

from __future__ import annotations


class ExtractorError(Exception):
    """Base of all errors of this package; `reason` and `remedy` are given in Chinese and English."""

    kind = "error"

    def __init__(self, name: str, reason: tuple[str, str], remedy: tuple[str, str]) -> None:
        self.name, self.reason, self.remedy = name, reason, remedy
        super().__init__(self.render("en"))

    def render(self, lang: str) -> str:
        """The message in `lang` ("zh" or "en"): input, reason, remedy."""
        pick = 0 if lang == "zh" else 1
        if lang == "zh":
            return f"{self.name}：{self.reason[pick]}。{self.remedy[pick]}。"
        return f"{self.name}: {self.reason[pick]}. {self.remedy[pick]}."

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.name, self.reason, self.remedy)


class UsageError(ExtractorError):
    kind = "usage"


class DocumentError(ExtractorError):
    kind = "document"


class UnreadableDocument(DocumentError):
    kind = "unreadable"


class UnsupportedDocument(DocumentError):
    kind = "unsupported"


class DocumentTooLarge(DocumentError):
    kind = "too_large"
