"""Bars as inline SVG. Every text that comes from a document or a label is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from eval.scoring import OUTCOMES

COLOURS: Mapping[str, str] = {
    "correct": "#2f7d5b",
    "right_null": "#a9c9b8",
    "left_open": "#e0b23c",
    "omitted": "#9aa3ab",
    "wrong": "#c2352b",
    "fabricated": "#7b3fa0",
}
_LABEL, _BAR, _ROW = 170, 520, 24


def outcome_stack(groups: Sequence[tuple[str, Mapping[str, int]]]) -> str:
    """One stacked bar a group: the share of each outcome among its cells, and how many cells there are."""
    rows = []
    for n, (name, outcomes) in enumerate(groups):
        total = sum(outcomes[outcome] for outcome in OUTCOMES) or 1
        at = float(_LABEL)
        parts = [_name(name, n)]
        for outcome in OUTCOMES:
            width = _BAR * outcomes[outcome] / total
            if width:
                parts.append(_rect(at, n, max(width, 1.5), COLOURS[outcome], f"{name}: {outcome} {outcomes[outcome]}"))
            at += width
        parts.append(_figure(n, f"{total}"))
        rows.append("".join(parts))
    return _svg(rows, "outcomes of cells")


def rate_bars(groups: Sequence[tuple[str, float | None, float | None, float | None]], about: str) -> str:
    """One bar a group from 0 to 1, with its interval as a line: (name, rate, low, high)."""
    rows = []
    for n, (name, rate, low, high) in enumerate(groups):
        parts = [_name(name, n), _rect(_LABEL, n, _BAR, "#eceff1", about)]
        if rate is not None:
            parts.append(_rect(_LABEL, n, _BAR * rate, COLOURS["correct"], f"{name}: {rate:.2%}"))
            if low is not None and high is not None:
                y = n * _ROW + _ROW / 2
                x1, x2 = _LABEL + _BAR * low, _LABEL + _BAR * high
                parts.append(f'<path d="M{x1:.1f} {y}H{x2:.1f}M{x1:.1f} {y - 4}v8M{x2:.1f} {y - 4}v8" class="whisker"/>')
        parts.append(_figure(n, "–" if rate is None else f"{rate:.1%}"))
        rows.append("".join(parts))
    return _svg(rows, about)


def legend() -> str:
    """The colours of the outcomes."""
    items = "".join(
        f'<span class="key"><i style="background:{COLOURS[outcome]}"></i>{outcome.replace("_", " ")}</span>'
        for outcome in OUTCOMES
    )
    return f'<p class="legend">{items}</p>'


def _svg(rows: Sequence[str], about: str) -> str:
    width, height = _LABEL + _BAR + 70, max(1, len(rows)) * _ROW
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(about)}">{"".join(rows)}</svg>'
    )


def _name(name: str, n: int) -> str:
    return f'<text x="{_LABEL - 8}" y="{n * _ROW + 16}" text-anchor="end">{escape(name)}</text>'


def _figure(n: int, shown: str) -> str:
    return f'<text x="{_LABEL + _BAR + 8}" y="{n * _ROW + 16}">{escape(shown)}</text>'


def _rect(x: float, n: int, width: float, colour: str, title: str) -> str:
    y, height = n * _ROW + 4, _ROW - 8
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"><title>{escape(title)}</title></rect>'
    )
