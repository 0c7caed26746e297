"""The report of a run as one HTML page that needs nothing else: no script, no network. Everything from outside is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from eval.breakdown import CELL_DIMENSIONS, DOCUMENT_DIMENSIONS, Group, by_cells, by_documents, side_by_side
from eval.charts import legend, outcome_stack, rate_bars
from eval.compare import ChangedCell, Comparison
from eval.evaluate import Evaluated
from eval.metrics import METRICS, Score
from eval.runs import CellLine, Run
from eval.scoring import OUTCOMES
from eval.worst import STYLE as WORST_STYLE
from eval.worst import worst_documents

_HEADLINES = ("escapes", "yield", "documents_without_error", "claims_recall", "claims_precision", "findings_precision")
_IN_GROUPS = ("escapes", "yield", "documents_without_error", "claims_recall", "claims_precision", "metadata_exact")
_CHANGED_SHOWN = 500
_STYLE = """
:root { color-scheme: light; --line: #dfe3e6; --soft: #f5f7f8; --ink: #1d2529; --mute: #667078; --bad: #c2352b; --good: #2f7d5b }
* { box-sizing: border-box }
body { font: 14px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: var(--ink); max-width: 1080px;
  margin: 0 auto; padding: 24px }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 17px; margin: 36px 0 10px } h3 { font-size: 14px; margin: 20px 0 6px }
p.about { color: var(--mute); margin: 4px 0 16px }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 10px }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px }
.card b { display: block; font-size: 22px; font-variant-numeric: tabular-nums } .card span { color: var(--mute); font-size: 12px }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--line) }
th { font-weight: 600; background: var(--soft) } th:first-child, td:first-child, .left { text-align: left }
td.bad { color: var(--bad); font-weight: 600 } .scroll { overflow-x: auto }
svg { max-width: 100%; height: auto } svg text { font-size: 12px; fill: var(--ink) }
.whisker { stroke: #11181c; stroke-width: 1.2; fill: none }
.legend .key { margin-right: 14px; white-space: nowrap } .key i { display: inline-block; width: 11px; height: 11px;
  margin-right: 5px; border-radius: 2px }
.pass { color: var(--good) } .fail { color: var(--bad) } ul { margin: 6px 0; padding-left: 20px }
details { margin: 8px 0 } summary { cursor: pointer }
"""


def page(run: Run, evaluated: Sequence[Evaluated], failed: Sequence[str] | None, comparison: Comparison | None) -> str:
    """The page of a run. `failed` is why it did not pass its gate, None if it had none."""
    scores = run.scores()
    body = [
        _head(run),
        _gate(failed),
        _cards(scores),
        _sides(run),
        _layouts(by_documents(run.written, "layout")),
        _comparison(comparison),
        worst_documents([one for one in evaluated if not one.score.scanned]),
        _metrics("All metrics", scores),
        _scans(run),
        *(_cell_groups(name, by_cells(run.written, name)) for name in CELL_DIMENSIONS),
        *(_groups(name, by_documents(run.written, name)) for name in DOCUMENT_DIMENSIONS),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>nianbao eval {escape(run.id)}</title><style>{_STYLE}{WORST_STYLE}</style></head>\n"
        f"<body>{''.join(body)}</body></html>\n"
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    lines = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(cell: str) -> str:
    return cell if cell.startswith("<td") else f"<td>{cell}</td>"


def _head(run: Run) -> str:
    header = run.header
    made = ", ".join(f"{name} {header[name]}" for name in ("dataset", "version", "rules", "python", "seed"))
    return (
        f"<h1>nianbao eval · reader {escape(str(header['reader']))}</h1>"
        f'<p class="about">{escape(run.id)} · {header["documents"]} reports of {escape(str(header["folder"]))} · {escape(made)}</p>'
    )


def _gate(failed: Sequence[str] | None) -> str:
    if failed is None:
        return ""
    if not failed:
        return '<p class="pass"><b>Gate passed.</b></p>'
    return '<p class="fail"><b>Gate failed.</b></p><ul>' + "".join(f"<li>{escape(reason)}</li>" for reason in failed) + "</ul>"


def shown(score: Score | None) -> str:
    """A score as a person reads it."""
    if score is None or score.value is None:
        return "–"
    unit = METRICS[score.metric].unit
    if unit == "count":
        return f"{score.value:g}"
    return f"{score.value:.2%}" if unit == "share" else f"{score.value:.4g}"


def interval(score: Score) -> str:
    """The interval of the rate, as a person reads it."""
    if score.low is None or score.high is None:
        return "–"
    if METRICS[score.metric].unit == "mean":
        return f"{score.low:.3g} – {score.high:.3g}"
    return f"{score.low:.1%} – {score.high:.1%}"


def _cards(scores: dict[str, Score]) -> str:
    cards = (
        f'<div class="card"><span>{escape(name.replace("_", " "))}</span><b>{shown(scores[name])}</b>'
        f"<span>{interval(scores[name])}</span></div>"
        for name in _HEADLINES
        if name in scores
    )
    return f'<div class="cards">{"".join(cards)}</div>'


def _sides(run: Run) -> str:
    rows = [
        (
            escape(side.name),
            f"{side.right} of {side.labelled}",
            _counted(side.silently_wrong),
            "–" if side.per_second is None else f"{side.per_second:,.0f}",
        )
        for side in side_by_side(str(run.header["reader"]), run.written)
    ]
    return "<h2>Side by side, on the same texts</h2>" + table(
        ("", "values right", "silently wrong", "documents a second"), rows
    )


def _counted(count: float) -> str:
    return f'<td class="bad">{count:g}</td>' if count else "0"


def _layouts(groups: list[Group]) -> str:
    rates = []
    for group in groups:
        score = group.scores["yield"]
        rates.append((f"{group.name} ({group.documents})", score.rate, score.low, score.high))
    return (
        "<h2>By layout</h2><h3>Outcomes of cells</h3>"
        + legend()
        + outcome_stack([(group.name, group.outcomes) for group in groups])
        + "<h3>Yield, with its interval</h3>"
        + rate_bars(rates, "yield by layout")
    )


def _scans(run: Run) -> str:
    if not run.scans:
        return ""
    return _metrics(f"Scans ({len(run.scans)}), recognised from pictures and in no figure above", run.scan_scores())


def _metrics(title: str, scores: dict[str, Score]) -> str:
    rows = (
        (escape(name), shown(score), interval(score), f"{score.number:g} / {score.of:g}", str(score.documents), _left(score))
        for name, score in scores.items()
    )
    return f"<h2>{escape(title)}</h2>" + table(("metric", "value", "95 % interval", "number", "documents", "what it is"), rows)


def _left(score: Score) -> str:
    return f'<td class="left">{escape(METRICS[score.metric].about)}</td>'


def _groups(dimension: str, groups: list[Group]) -> str:
    rows = [
        (
            escape(group.name),
            str(group.documents),
            *(
                _counted(group.scores[name].number) if name == "escapes" else shown(group.scores.get(name))
                for name in _IN_GROUPS
            ),
        )
        for group in groups
    ]
    heads = (dimension, "documents", *(name.replace("_", " ") for name in _IN_GROUPS))
    return f"<h2>By {escape(dimension)}</h2>" + table(heads, rows)


def _cell_groups(dimension: str, groups: dict[str, dict[str, int]]) -> str:
    rows = [
        (escape(name), *(str(counts[outcome]) for outcome in OUTCOMES), _counted(counts["escapes"]))
        for name, counts in groups.items()
    ]
    heads = (dimension, *(outcome.replace("_", " ") for outcome in OUTCOMES), "escapes")
    return f"<h2>Cells by {escape(dimension)}</h2>" + table(heads, rows)


def _comparison(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    unlike = "".join(f"<li>{escape(line)}</li>" for line in comparison.unlike)
    metrics = (
        (
            escape(d.metric),
            "–" if d.before is None else f"{d.before:.4g}",
            "–" if d.after is None else f"{d.after:.4g}",
            "–" if d.change is None else f"{d.change:+.4g}",
            "–" if d.low is None or d.high is None else f"{d.low:+.4g} … {d.high:+.4g}",
        )
        for d in comparison.differences
    )
    cells = (_changed(cell) for cell in comparison.changed[:_CHANGED_SHOWN])
    return (
        f"<h2>Against {escape(comparison.before)}</h2>"
        + (f"<p>The runs are unlike:</p><ul>{unlike}</ul>" if unlike else "<p>Made alike, over the same documents.</p>")
        + table(("metric", "before", "after", "change of the rate", "95 % interval, paired"), metrics)
        + f"<details><summary>{len(comparison.changed)} cells changed</summary>"
        + table(("document", "cell", "before", "after"), cells)
        + "</details>"
    )


def _changed(cell: ChangedCell) -> tuple[str, ...]:
    return escape(cell.document), escape(cell.address), escape(told(cell.before)), escape(told(cell.after))


def told(line: CellLine | None) -> str:
    """A cell of a run in a few words."""
    if line is None:
        return "not in this run"
    value = line["value"] if line["value"] is not None else line["state"]
    return f"{line['outcome']}: {value}" + (f" ({line['trust']})" if line["trust"] else "")
