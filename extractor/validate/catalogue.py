"""The page of all rules (`docs/rules.md`), made from the rules themselves: `python -m extractor.validate.catalogue > docs/rules.md`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from extractor.validate import check, rollup, series
from extractor.validate.rollup import RollupRule
from extractor.validate.rule import Rule
from extractor.validate.series import SeriesRule

_OPENING = """\
# What is checked

Made from the rules by `python -m extractor.validate.catalogue`; edit those, not this page.

A rule is one function that looks at one report (below also: at the reports of two years, or of a government and its bodies)
and yields what it found.
Severity is the gravest that the rule gives: error 须核改 must be fixed, warning 建议改 should be fixed, info 提示 is a note.
Words in braces are filled in from the report. The report itself is never changed.
"""
_PARTS = (
    ("One report", check.RULES),
    ("Two years of one agency", series.RULES),
    ("A summary and the reports it covers", rollup.RULES),
)


def page() -> str:
    """The page, ending in a line end."""
    return _OPENING + "".join(f"\n## {title}\n{_entries(rules)}" for title, rules in _PARTS)


_CHOICE = re.compile(r"\{(\w+):[^{}]*\|([^{}|]*)\}")
"""Words that a number chooses (`extractor.validate.rule.Words`); the page has those for several."""


def _entries(rules: Iterable[Rule | SeriesRule | RollupRule]) -> str:
    return "".join(
        f"\n### {rule.id} · {rule.severity}\n\n{_looks_at(rule)}\n\n"
        f"- Basis: {rule.basis[0]}" + ("" if rule.basis[0] == rule.basis[1] else f" ({rule.basis[1]})") + "\n"
        f"- zh: {_plain(rule.message[0])} → {_plain(rule.suggestion[0])}\n"
        f"- en: {_plain(rule.message[1])} → {_plain(rule.suggestion[1])}\n"
        for rule in rules
    )


def _plain(words: str) -> str:
    return _CHOICE.sub(lambda choice: choice[2].replace("#", f"{{{choice[1]}}}"), words)


def _looks_at(rule: Rule | SeriesRule | RollupRule) -> str:
    """What the docstring of the rule's function says, on one line."""
    function = getattr(rule.check, "func", rule.check)
    return " ".join((function.__doc__ or "").split())


if __name__ == "__main__":
    sys.stdout.buffer.write(page().encode())
