"""Whether the columns of a table stand in the order of the form: by the words of its header, and by its sums.

A header that says otherwise makes the whole table doubtful: the first table has no equation, and those of the others hold for
parts that changed places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from extractor.cuts import Sum
from extractor.folding import fold
from extractor.readers.labels import Label
from extractor.readers.rows import RowReading
from extractor.schema import Column

_APPLICANTS = re.compile(
    r"(?P<g0>自然人)|(?P<g1>法人)|(?P<l1>商业企业)|(?P<l2>科研机构)|(?P<l3>社会公益)|(?P<l4>法律服务)"
    r"|(?P<l5>(?<!或)其[他它](?!组织))|(?P<l6>小计)|(?P<g7>总计)"
)
"""Words of the second table's header: `g` of its upper line, `l` of its lower one, with their place in the form."""
_OUTCOMES = ("维持", "纠正", "其他", "尚未", "总计")
_OUTCOME = re.compile("|".join(_OUTCOMES))
_BLOCKS_MIXED = re.compile(r"复议后[^\n]*未经")
_MANY = 4
"""Sums that fail in so many rows, and in most, are no misprints."""
_TWO_NAMES = 4
"""Characters of the two shortest names of columns."""


def applicants_disordered(header: str) -> bool:
    """Whether one line of the second table's header names the applicants in another order than the form. Over several lines
    the order tells nothing: copies print merged headers in any order, and the form's columns are fixed."""
    for line in header.replace(" ", "").split("\n"):
        if len(line) < _TWO_NAMES:
            continue
        words = [match.lastgroup or "" for match in _APPLICANTS.finditer(line)]
        if len(words) < 2:  # nothing to be out of order with
            continue
        two_lines = "g1" in words and "l1" in words
        levels = [[w for w in words if w[0] == level] for level in "gl"] if two_lines else [words]
        if any(a[1] > b[1] or a == b != "g1" for level in levels for a, b in pairwise(level)):
            return True
    return False


def outcomes_disordered(header: str) -> bool:
    """Whether the third table's header names its blocks, or the columns of a block, in another order than the form."""
    words = "".join(header.replace("|", " ").split())
    # Where the names are broken over lines (结果 结果 其他, then 维持 纠正 结果), only 维持 and 纠正 keep their order.
    broken = "结果结果" in words.replace("其他结果结果", "")
    names = [name for name in _OUTCOME.findall(words) if not broken or name in _OUTCOMES[:2]]
    ranks = list(map(_OUTCOMES.index, names[-3 * (2 if broken else 5) :]))
    if sum(a >= b for a, b in pairwise(ranks)) > 2:
        return True
    if _first_block_disordered(words, 3 if broken else len(_OUTCOMES)):
        return True
    if _BLOCKS_MIXED.search(header):
        return True
    return _precedes("行政诉讼", "行政复议", words) or _precedes("复议后", "未经", words)


def _first_block_disordered(words: str, whole: int) -> bool:
    """Whether the names before 未经复议 are not those of the first block: a part of its `whole`, or none where that block is not
    named before it or the names of the next one follow at once."""
    first, _, later = words.partition("未经")
    if not later or (names := len(_OUTCOME.findall(first))) >= whole:
        return False
    return names > 0 or "行政复议" not in first or _OUTCOME.search(later.partition("复议后")[0]) is not None


def _precedes(later: str, earlier: str, words: str) -> bool:
    return 0 <= words.find(later) < words.find(earlier)


def under_disordered(folded: str, start: int, labels: Sequence[Label]) -> set[int]:
    """Positions of the labels of the first table, which begins at `start`, whose rows stand under a header that names their
    columns in another order than the form."""
    found: set[int] = set()
    wrong: tuple[str, ...] | None = None
    for position, label in enumerate(labels):
        names = _names(label.row.columns)
        header = "".join(folded[start : label.start].replace("|", " ").split()) if len(names) > 1 else ""
        places = [at for at in map(header.find, names) if at >= 0]
        if places:
            instead = len(places) < len(names) and any(header.count(name) > 1 for name in names)
            wrong = names if instead or places != sorted(places) else None
        if wrong == names:
            found.add(position)
        start = label.end
    return found


@cache
def _names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """What tells the columns of a row from each other in a header."""
    labels = [fold(column.label).removeprefix("本年") for column in columns]
    return tuple(next(names for size in (2, 3) if len(set(names := [label[:size] for label in labels])) == len(labels)))


def sums_fail(rows: Iterable[RowReading | None], sums: tuple[Sum, ...]) -> bool:
    """Whether the sums show that the values stand in other columns than the form's: they hold everywhere if another column has
    the totals, or hardly anywhere as it is (then some column is lost, or one added)."""
    whole: list[list[int]] = []
    failing = 0
    columns = [(*parts, total) for parts, total in sums]
    for row in rows:
        cells = row.cells or () if row is not None else ()
        for own in columns if cells else ():
            group = [value for at in own if isinstance(value := cells[at].value, int)]
            if len(group) == len(own) and any(group):
                whole.append(group)
                failing += sum(group) != 2 * group[-1]
    if not failing:
        return False
    if failing >= _MANY and 4 * failing > 3 * len(whole):
        return True
    return any(all(sum(group) == 2 * group[at] for group in whole) for at in range(len(whole[0]) - 1))
