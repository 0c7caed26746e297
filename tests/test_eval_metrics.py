"""Measures of many documents, their intervals and differences, the gate."""

from __future__ import annotations

import pytest

from conftest import ROOT
from eval.gate import read_gate, reasons
from eval.metrics import METRICS, differences, summarise
from extractor.errors import UsageError


def _documents(*pairs, name="yield"):
    return [{name: pair} for pair in pairs]


def test_rate_is_the_quotient_of_the_sums():
    """1 of 2 and 9 of 10 are 10 of 12; a document with nothing to measure counts for nothing."""
    score = summarise(_documents((1, 2), (9, 10), (0, 0)))["yield"]
    assert (score.number, score.of, score.documents) == (10, 12, 2)
    assert score.value == pytest.approx(10 / 12)


def test_count_is_compared_as_a_count():
    """Escapes are a number, their rate is known beside it."""
    score = summarise(_documents((2, 100), (0, 100), name="escapes"))["escapes"]
    assert score.value == 2
    assert score.rate == 0.01


def test_interval_is_over_documents_and_reproducible():
    """One bad document of ten, however many cells it has, makes the interval wide; the same seed gives the same interval."""
    clustered = _documents((0, 100), *[(100, 100)] * 9)
    spread = _documents(*[(90, 100)] * 10)
    one, other = summarise(clustered)["yield"], summarise(spread)["yield"]
    assert one.rate == other.rate == 0.9
    assert (other.low, other.high) == (0.9, 0.9)
    assert one.low <= 0.7
    assert one.high == 1
    assert summarise(clustered)["yield"] == one
    assert summarise(clustered, seed=1)["yield"].low <= 0.8


@pytest.mark.parametrize(
    ("name", "pair", "bounds"), [("yield", (5, 5), (0.9, 1.0)), ("escapes", (0, 5), (0.0, 0.1)), ("wrong", (0, 5), (0.0, 0.1))]
)
def test_rule_of_three_where_nothing_failed(name, pair, bounds):
    """Thirty documents without a failure leave a failure rate of up to 3/30 possible."""
    score = summarise(_documents(*[pair] * 30, name=name))[name]
    assert (score.low, score.high) == pytest.approx(bounds)


def test_nothing_measured_has_no_value():
    """0 of 0 is no rate and has no interval."""
    score = summarise(_documents((0, 0), (0, 0)))["yield"]
    assert (score.value, score.low, score.high) == (None, None, None)


def test_differences_are_paired():
    """Two runs that differ by the same amount in every document differ surely, though the documents themselves vary."""
    before = _documents(*[(n, 10) for n in range(10)])
    after = _documents(*[(n + 1, 10) for n in range(10)])
    change = differences(before, after)[0]
    assert change.change == pytest.approx(0.1)
    assert (change.low, change.high) == pytest.approx((0.1, 0.1))


def test_gate_names_what_falls_short():
    """Each bound that is not kept gives a reason; what was not measured does not pass."""
    bounds = {"escapes": {"max": 0}, "yield": {"min": 0.99}, "claims_recall": {"min": 0.9}}
    scores = summarise([{"escapes": (2, 100), "yield": (99, 100)}])
    assert reasons(bounds, scores) == ["escapes: 2 is above 0", "claims_recall: nothing was measured"]
    assert reasons({"yield": {"min": 0.99, "max": 1}}, scores) == []


@pytest.mark.parametrize(
    "content", ["yield =", "[nonsense]\nmin = 1", "[yield]\nleast = 1", "[yield]\nmin = 'all'", "yield = 1"]
)
def test_unusable_gate_says_why(tmp_path, content):
    """A gate that is no TOML, or bounds what is no metric, is wrong usage rather than a pass."""
    (tmp_path / "gate.toml").write_text(content)
    with pytest.raises(UsageError):
        read_gate(tmp_path / "gate.toml")
    with pytest.raises(UsageError):
        read_gate(tmp_path / "missing.toml")


def test_gate_of_the_repository_can_be_read():
    """The gate that CI uses forbids escapes."""
    assert read_gate(ROOT / "eval" / "gate.toml")["escapes"] == {"max": 0}


def test_readme_explains_every_metric():
    """No figure is reported that eval/README.md does not explain in the same words."""
    readme = (ROOT / "eval" / "README.md").read_text(encoding="utf-8")
    assert [metric.name for metric in METRICS.values() if f"| `{metric.name}` | {metric.about} |" not in readme] == []
