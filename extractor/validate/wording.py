"""Findings in another language: they are stored as rule and parameters, and worded from these."""

from __future__ import annotations

from functools import cache
from string import Formatter

from extractor.result import Finding
from extractor.validate import check, rollup, series
from extractor.validate.rule import SELF_CHECK, Worded, wording

_ALWAYS = frozenset({"formula", "expected", "actual", "difference", "raw", "explained"})


def reworded(finding: Finding, lang: str) -> Finding:
    """The finding with message, suggestion and basis in `lang`; as it stands where no rule of this version can have given it."""
    rule = _rule(finding)
    return finding if rule is None else finding.model_copy(update=wording(rule, finding, finding.raw, lang))


def _rule(finding: Finding) -> Worded | None:
    """The rule that gave the finding. Rules that share an id differ in their parameters: the one that uses the most of them."""
    able = [(len(wanted), rule) for rule, wanted in _rules().get(finding.rule, ()) if wanted <= finding.parameters.keys()]
    return max(able, key=lambda one: one[0], default=(0, None))[1]


@cache
def _rules() -> dict[str, list[tuple[Worded, frozenset[str]]]]:
    """By id the rules with the parameters that their words name."""
    found: dict[str, list[tuple[Worded, frozenset[str]]]] = {}
    rules: tuple[Worded, ...] = (*check.RULES, *series.RULES, *rollup.RULES, SELF_CHECK)
    for rule in rules:
        fields = (field for words in (*rule.message, *rule.suggestion) for _, field, _, _ in Formatter().parse(words))
        found.setdefault(rule.id, []).append((rule, frozenset(name for name in fields if name) - _ALWAYS))
    return found
