"""Cheap looks before long patterns: whatever a pattern can match, the look before it lets through."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from extractor.readers import claims, labels, scoping, stating

SEARCHED = [
    (scoping._SINCE, scoping._HINT_OF_SINCE.search),
    (scoping._EARLIER, scoping._HINT_OF_EARLIER.search),
    (scoping._SUBORDINATE, scoping._HINT_OF_SUBORDINATE.search),
    (scoping._OTHER_CAUSE, lambda words: "因" in words or "诉" in words or "复议" in words),
    (scoping._NAMED_APPLICATION, lambda words: "申请" in words),
    (stating._DOCUMENT, lambda words: "规" in words),
    (stating._RECEIVED, lambda words: "申请" in words),
    (stating._ANY_PROCEEDING, lambda words: "诉" in words or "复议" in words),
    *((pattern, stating._ANY_OF_THEM.search) for _, pattern in stating._PROCEEDINGS),
]
"""Patterns that are looked for anywhere, and what must be there."""


@pytest.mark.parametrize(("pattern", "hint"), SEARCHED, ids=lambda one: getattr(one, "pattern", "")[:24])
@settings(max_examples=150)
@given(data=st.data())
def test_a_hint_is_in_every_match(pattern, hint, data):
    """Every text in which the pattern matches has what is looked for first."""
    words = data.draw(st.from_regex(pattern))
    assert hint(words)


ENDING = [
    (claims._NO_FIGURE_BEFORE, lambda words: words.rstrip()[-1:] in claims._LAST_BEFORE),
    (claims._ON_AVERAGE, lambda words: words[-1:] in claims._LAST_OF_AVERAGE),
    (claims._ABOUT, lambda words: words[-1:] in claims._LAST_OF_ABOUT or "约占" in words),
    (labels._NUMBERING, lambda words: words.rstrip().endswith(labels._NUMBER_ENDS)),
]


@pytest.mark.parametrize(("pattern", "hint"), ENDING, ids=["no figure", "average", "about", "number of a label"])
@settings(max_examples=300)
@given(data=st.data())
def test_the_last_character_of_every_match_is_known(pattern, hint, data):
    """Every text that ends as the pattern says ends with a character that is looked for first."""
    words = data.draw(st.from_regex(pattern))
    assume("\n" not in words)  # of which $ would leave one out
    assert hint(words)


BEGINNING = [
    (claims._NOT_COUNTED, lambda words: words[0] in claims._FIRST_OF_NOT_COUNTED or words[0].isspace()),
    (claims._LEAD, lambda words: words[0] in claims._FIRST_OF_LEAD),
    (claims._DATE_LEAD, lambda words: "年" in words or "月" in words or "日" in words),
]


@pytest.mark.parametrize(("pattern", "hint"), BEGINNING, ids=["not counted", "lead", "date"])
@settings(max_examples=300)
@given(data=st.data())
def test_the_first_character_of_every_match_is_known(pattern, hint, data):
    """Every text that begins as the pattern says begins with a character that is looked for first."""
    words = data.draw(st.from_regex(pattern))
    assume(pattern.match(words))
    assert hint(words)
