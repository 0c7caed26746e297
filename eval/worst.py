"""The documents that went worst, beside their source text with what matters marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eval.evaluate import Evaluated
from eval.scoring import ScoredCell
from extractor.document import Span

_SHOWN = 8
_CELLS_SHOWN = 60
_TEXT_SHOWN = 20_000
_MARKS = {
    "escape": "wrong and not marked",
    "bad": "wrong, marked doubtful",
    "doubt": "right, marked doubtful",
    "missed": "claim missed",
}
STYLE = """
.pair { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 14px; align-items: start }
@media (max-width: 800px) { .pair { grid-template-columns: 1fr } }
.pair pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 560px; overflow: auto; background: #f5f7f8; padding: 10px;
  border-radius: 6px; font: 12px/1.6 "Noto Sans Mono CJK SC", ui-monospace, monospace; margin: 0; tab-size: 4 }
.pair ul { max-height: 560px; overflow: auto; margin: 0; overflow-wrap: anywhere; font-size: 13px }
mark { border-radius: 2px; padding: 0 1px } mark.escape { background: #c2352b; color: #fff } mark.bad { background: #f3b8b2 }
mark.doubt { background: #f8e3a3 } mark.missed { background: #cfe3f7 }
"""


def worst_documents(evaluated: Sequence[Evaluated]) -> str:
    """The section of the page: at most eight documents that have something wrong, the gravest first."""
    ranked = sorted((one for one in evaluated if any(_gravity(one))), key=_gravity, reverse=True)
    marks = " · ".join(f'<mark class="{name}">{escape(what)}</mark>' for name, what in _MARKS.items())
    intro = f"<p>{marks}</p>" if ranked else "<p>Nothing is wrong.</p>"
    return "<h2>Worst documents</h2>" + intro + "".join(_document(one) for one in ranked[:_SHOWN])


def _gravity(one: Evaluated) -> tuple[int, ...]:
    score = one.score
    return (
        sum(cell.escape for cell in one.cells),
        score.error is not None,
        sum(not cell.right for cell in one.cells),
        len(score.unproven),
        sum(cell.trust == "doubtful" and cell.determined for cell in one.cells),
        len(score.metadata_wrong),
        len(score.missed_claims) + len(score.surplus_claims) + len(score.traps_hit),
        len(score.surplus_findings),
    )


def _document(one: Evaluated) -> str:
    about = f"{one.score.layout}, {one.score.edition}, {', '.join(one.score.mess) or 'no mess'}"
    text = _marked(one) if one.text else "<p>There is no text.</p>"
    return (
        f"<details open><summary><b>{escape(one.score.key)}</b> · {escape(about)}</summary>"
        f'<div class="pair"><ul>{_problems(one)}</ul>{text}</div></details>'
    )


def _problems(one: Evaluated) -> str:
    score = one.score
    lines = [f"not read: {score.error}"] if score.error else []
    wrong = [] if score.error else [cell for cell in one.cells if not cell.right]
    lines += [_told(cell) for cell in wrong[:_CELLS_SHOWN]]
    if len(wrong) > _CELLS_SHOWN:
        lines.append(f"… and {len(wrong) - _CELLS_SHOWN} more cells")
    doubtful = sum(cell.trust == "doubtful" and cell.determined for cell in one.cells)
    if doubtful:
        lines.append(f"{doubtful} determined values are only doubtful")
    lines += [f"{name}: {right!r} read as {read!r}" for name, (right, read) in score.metadata_wrong.items()]
    for what, names in (
        ("place does not prove", score.unproven),
        ("trap hit", score.traps_hit),
        ("claim missed", score.missed_claims),
        ("claim not labelled", score.surplus_claims),
        ("finding missed", score.missed_findings),
        ("finding not labelled", score.surplus_findings),
    ):
        lines += [f"{what}: {name}" for name in names]
    return "".join(f"<li>{escape(line)}</li>" for line in lines)


def _told(cell: ScoredCell) -> str:
    expected = cell.expected_state if cell.expected is None else cell.expected
    value = cell.state if cell.value is None else cell.value
    grave = "ESCAPE " if cell.escape else ""
    return f"{grave}{cell.outcome} {cell.address}: labelled {expected}, read {value}" + (
        f" ({cell.trust})" if cell.trust else ""
    )


def _marked(one: Evaluated) -> str:
    """The text with marks; where two would overlap, the graver one is kept. A long text is shown around its first mark."""
    marks: list[tuple[Span, str]] = []
    for kind in _MARKS:
        for span in _spans(one, kind):
            if span[0] < span[1] and all(span[1] <= start or end <= span[0] for (start, end), _ in marks):
                marks.append((span, kind))
    marks.sort()
    first = marks[0][0][0] if marks else 0
    low = max(0, first - 2000) if first > _TEXT_SHOWN // 2 else 0
    high = min(len(one.text), low + _TEXT_SHOWN)
    pieces, at = ["…" if low else ""], low
    for (start, end), kind in marks:
        if end <= high:
            pieces += [escape(one.text[at:start]), f'<mark class="{kind}">{escape(one.text[start:end])}</mark>']
            at = end
    pieces += [escape(one.text[at:high]), "…" if high < len(one.text) else ""]
    return f"<pre>{''.join(pieces)}</pre>"


def _spans(one: Evaluated, kind: str) -> list[Span]:
    if kind == "missed":
        return list(one.missed)
    return [one.spans[cell.address] for cell in one.cells if cell.address in one.spans and _kind(cell) == kind]


def _kind(cell: ScoredCell) -> str | None:
    if cell.escape:
        return "escape"
    if cell.outcome in {"wrong", "fabricated"}:
        return "bad"
    return "doubt" if cell.trust == "doubtful" else None
