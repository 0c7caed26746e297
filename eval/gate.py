"""A gate: bounds that the metrics of a run must keep, read from a TOML file of `[metric]` tables with `min` or `max`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from eval.metrics import METRICS, Score
from extractor.errors import UsageError

Bounds = Mapping[str, Mapping[str, float]]


def read_gate(path: Path) -> Bounds:
    """The bounds of a gate file. Raises UsageError for a file that is missing, is no TOML, or names no metric."""
    try:
        bounds = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise _unusable(path, str(exc)) from exc
    for name, sides in bounds.items():
        if name not in METRICS:
            raise _unusable(path, f"{name} is no metric")
        if not isinstance(sides, dict) or not sides or not sides.keys() <= {"min", "max"}:
            raise _unusable(path, f"{name} needs min or max")
        if any(isinstance(bound, bool) or not isinstance(bound, int | float) for bound in sides.values()):
            raise _unusable(path, f"{name} has a bound that is no number")
    return bounds


def _unusable(path: Path, why: str) -> UsageError:
    return UsageError(
        str(path),
        (f"门槛文件不能用（{why}）", f"the gate cannot be used ({why})"),
        ("见 eval/README.md", "see eval/README.md"),
    )


def reasons(bounds: Bounds, scores: Mapping[str, Score]) -> list[str]:
    """Why a run does not pass; empty if it does. A metric with nothing to measure does not pass."""
    found = []
    for name, sides in bounds.items():
        value = scores[name].value if name in scores else None
        if value is None:
            found.append(f"{name}: nothing was measured")
            continue
        if "min" in sides and value < sides["min"]:
            found.append(f"{name}: {value:.4g} is below {sides['min']:g}")
        if "max" in sides and value > sides["max"]:
            found.append(f"{name}: {value:.4g} is above {sides['max']:g}")
    return found
