"""What people would rather see drawn: how applications ended, who applied, and the years of one agency side by side."""

from __future__ import annotations

from extractor.result import Result

OUTCOMES: dict[str, tuple[str, str]] = {
    "granted": ("予以公开", "granted"),
    "granted_in_part": ("部分公开", "granted in part"),
    "refused": ("不予公开", "refused"),
    "unavailable": ("无法提供", "not available"),
    "rejected": ("不予处理", "not dealt with"),
    "other": ("其他处理", "dealt with otherwise"),
}
YEARLY: dict[str, tuple[str, str]] = {
    "applications.received.total": ("新收申请", "received"),
    "applications.concluded.total": ("办结", "concluded"),
    "applications.carried_forward.total": ("结转下年", "carried forward"),
    "proceedings.reconsideration.total": ("行政复议", "reconsideration"),
    "disclosure.normative_documents.in_force": ("现行有效规范性文件", "normative documents in force"),
}


def outcomes(result: Result) -> dict[str, int | None]:
    """How the applications of the year ended, by kind of outcome; None where a row of the kind has no number."""
    found: dict[str, int | None] = {}
    for kind in OUTCOMES:
        values = [
            cell.value
            for address, cell in result.cells.items()
            if address.startswith("applications.") and address.endswith(".total") and _outcome(address) == kind
            if cell.state != "absent"
        ]
        counts = [value for value in values if isinstance(value, int)]
        found[kind] = sum(counts) if values and len(counts) == len(values) else None
    return found


def _outcome(address: str) -> str:
    row = address.split(".")[1]
    return row if row in OUTCOMES else row.partition("_")[0]


def applicants(result: Result) -> dict[str, int | None]:
    """New applications by kind of applicant, under the columns' keys."""
    cells = {
        address.rpartition(".")[2]: cell
        for address, cell in result.cells.items()
        if address.startswith("applications.received.") and not address.endswith(".total")
    }
    return {key: cell.value if isinstance(cell.value, int) else None for key, cell in cells.items()}


def series(results: list[Result]) -> dict[str, list[Result]]:
    """Reports of each agency that has several years, by year."""
    found: dict[str, list[Result]] = {}
    for result in results:
        if result.report.agency and result.report.year and result.document.kind == "annual_report":
            found.setdefault(result.report.agency, []).append(result)
    ordered = {agency: sorted(years, key=lambda one: one.report.year or 0) for agency, years in found.items()}
    return {agency: years for agency, years in ordered.items() if len({one.report.year for one in years}) > 1}
