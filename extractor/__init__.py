"""nianbao: Chinese 政府信息公开工作年度报告 as numbers with their place, or as an open question.

    from extractor import check, extract, extract_async
    result = extract(Path("report.html"))
    result.report.applications.received.total       # int | None
    result.cells["applications.received.total"]     # its state, printed text, span and trust
    result.findings                                 # what does not hold, whose error it is, what to do
    check([result_2023, result_2024])               # the same results, with what only several years show

Names load when they are first used, so importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractor.errors import ExtractorError
    from extractor.pipeline import check, extract
    from extractor.result import Finding, Report, Result

__version__ = "0.1.0"
__all__ = ["ExtractorError", "Finding", "Report", "Result", "check", "extract", "extract_async"]

_HOMES = {
    "ExtractorError": "extractor.errors",
    "Finding": "extractor.result",
    "Report": "extractor.result",
    "Result": "extractor.result",
    "check": "extractor.pipeline",
    "extract": "extractor.pipeline",
    "extract_async": "extractor.pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
