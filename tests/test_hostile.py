"""Text and pages made to exhaust the whole program: each ends soon, in bounded memory, as a result or as a clear error.

`-s` shows what each takes. The task asks for at most five seconds on its machine; the bound tested here allows for slower ones.
"""

from __future__ import annotations

import resource
import sys
import time
from random import Random

import pytest

from consistent import LEAVES, figures, report, tables
from extractor import extract
from extractor.errors import DocumentError
from extractor.pipeline import canonical_text, extract_all
from extractor.schema import FORMS
from labelled import misplaced, tell, unproven

SECONDS = 20.0
MEGABYTES = 1500
_SHOWN = figures(Random(1), "2021", 300)
_TABLES = tables("2021", _SHOWN)
_REPORT = report("2021", _SHOWN)
_ROWS = FORMS["2021"].applications.rows
_LABELS = [row.number + row.label for row in _ROWS]
_TITLE = "溪河县水务局2023年政府信息公开工作年度报告\n"
_HEADINGS = "一、总体情况\n主动公开信息3条。\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n四、行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n"
_ZEROS = "\t0" * 7
_GRID = "".join(f"<tr><td>{label}</td>" + "<td>0</td>" * 7 + "</tr>" for label in _LABELS)


def _many_reports(count):
    return "".join(f"第{n}乡人民政府2023年政府信息公开工作年度报告\n{_HEADINGS}" for n in range(count))


def _one_a_line(copies):
    return "\n".join(f"{label}\n" + "0\n" * 7 for _ in range(copies) for label in _LABELS)


TEXTS = {
    "one hundred megabytes": lambda: "政府信息公开" * 5_600_000,
    "nineteen megabytes of digits": lambda: "1" * 19_000_000,
    "a million digits after a label": lambda: f"{_TITLE}三、收到和处理\n{_LABELS[0]}{'7' * 1_000_000}\n{_LABELS[1]}0000000",
    "a hundred thousand digits after every label": lambda: _TITLE + "".join(label + "12" * 50_000 for label in _LABELS),
    "hundred digits after every label": lambda: _TITLE + "".join(label + "1213" * 25 for label in _LABELS),
    "a hundred thousand numbers after a label": lambda: f"{_TITLE}{_LABELS[0]}{' 12' * 100_000}\n{_LABELS[1]} 0 0 0 0 0 0 0",
    "a hundred thousand labels": lambda: _TITLE + f"{_LABELS[0]}0000000" * 100_000,
    "a hundred thousand lines of a label": lambda: _TITLE + f"{_LABELS[5]}\n0\n" * 100_000,
    "labels without figures": lambda: _TITLE + "\n".join(_LABELS) * 4_000,
    "ten thousand glued tables": lambda: _TITLE + _TABLES[1] * 10_000,
    "ten thousand third tables": lambda: _TITLE + (_TABLES[2] + "\n") * 10_000,
    "ten thousand first tables": lambda: _TITLE + (_TABLES[0] + "\n") * 10_000,
    "a thousand tables of a value a line": lambda: _TITLE + _one_a_line(1_000),
    "ten thousand rows of tabs": lambda: _TITLE + "".join(f"{_LABELS[n % 26]}{_ZEROS}\n" for n in range(10_000)),
    "ten thousand rows of bars": lambda: _TITLE + "".join(f"| {_LABELS[n % 26]} |{' 0 |' * 7}\n" for n in range(10_000)),
    "ten thousand rows of nothing": lambda: _TITLE + "".join(f"{n}\t{n}\t{n}\n" for n in range(10_000)),
    "six thousand whole reports": lambda: _REPORT * 6_000,
    "a thousand other reports": lambda: _TITLE + _many_reports(1_000),
    "ten thousand other reports": lambda: _TITLE + _many_reports(10_000),
    "a hundred thousand titles": lambda: _TITLE * 100_000,
    "twenty thousand outlines": lambda: _HEADINGS * 20_000,
    "claims": lambda: f"{_TITLE}一、总体情况\n" + "收到申请12件，其中予以公开3件，占25%，" * 50_000,
    "claims on lines": lambda: f"{_TITLE}一、总体情况\n" + "收到申请12件，分别为公开3件、不予公开9件。\n" * 50_000,
    "document numbers": lambda: f"{_TITLE}" + "（国办公开办函〔202130号）" * 100_000,
    "parts of a report in one line": lambda: _REPORT.replace("\n", "") * 1_000,
    "headers of the third table": lambda: _TITLE + LEAVES * 100_000,
    "words of the third table": lambda: _TITLE + "行政复议" * 400_000,
    "blank lines": lambda: _TITLE + "\n" * 10_000_000,
    "blanks": lambda: _TITLE + f"{_LABELS[0]}{' ' * 10_000_000}0",
    "no-break spaces on lines": lambda: _TITLE + f"{_LABELS[0]}\n" + "\u00a0\n" * 1_000_000,
    "open brackets": lambda: f"{_TITLE}{_LABELS[0]}" + "（" * 3_000_000,
    "marks": lambda: f"{_TITLE}{_LABELS[0]}" + "\n/" * 1_000_000,
    "points": lambda: f"{_TITLE}{_LABELS[0]}" + "1." * 1_000_000,
    "commas": lambda: f"{_TITLE}{_LABELS[0]}" + "1,111" * 1_000_000,
    "numerals": lambda: _TITLE + "一、" * 2_000_000,
    "Chinese numbers": lambda: f"{_TITLE}一、总体情况\n" + "一百二十三件" * 500_000,
    "years": lambda: "2023年" * 1_000_000,
    "traditional characters": lambda: "報(bào)告開請關" * 500_000,
    "rules of tables": lambda: _TITLE + "---" * 2_000_000,
    "bars on a line": lambda: _TITLE + "|" * 149_000,
    "bars on lines": lambda: _TITLE + f"{_LABELS[0]}\n" + "|\n" * 149_000,
    "surrogates": lambda: _REPORT.replace("0", "\ud8000"),
    "characters without meaning": lambda: "".join(map(chr, Random(1).choices(range(32, 0xD7FF), k=1_000_000))),
    "nuls between all characters": lambda: "\0".join(_REPORT),
    "nuls between digits": lambda: _REPORT.replace("00", "0\x000"),
}
PAGES = {
    "a hundred megabytes of page": lambda: b"<html>" + b"<p>1</p>" * 12_500_000,
    "a million spans": lambda: b"<p>" + b"<span>1</span>" * 1_000_000,
    "many spans": lambda: _TITLE.encode() + b"<span>1</span>" * 149_000,
    "deep nesting": lambda: b"<div>" * 290_000 + _REPORT.encode(),
    "deep tables": lambda: b"<table><tr><td>" * 90_000 + _REPORT.encode(),
    "a table of ten thousand rows": f"<html>{_TITLE}<table>{_GRID * 385}</table>".encode,
    "five hundred tables of a page": f"<html>{_TITLE}{f'<table>{_GRID}</table>' * 500}".encode,
    "ends without beginnings": lambda: _TITLE.encode() + b"</td></tr></table>" * 90_000,
    "beginnings without ends": lambda: _TITLE.encode() + f"<table><tr><td>{_LABELS[0]}<td>0<td>".encode() * 10_000,
    "less-than signs": lambda: b"<html>" + b"<" * 250_000 + _REPORT.encode(),
    "open comments": lambda: b"<html>" + b"<!--" * 250_000 + _REPORT.encode(),
    "an open attribute": lambda: b"<html><p title='" + _REPORT.encode() * 100,
    "spans of cells": f"<table><tr><td rowspan=60000 colspan=900>{_LABELS[0]}</td></tr>{_GRID}</table>".encode,
    "ampersands": lambda: b"<html>" + b"&amp;&#48;&#x30;&nbsp;" * 500_000,
    "style rules": lambda: b"<html><style>" + b".a{display:none}" * 500_000 + b"</style>" + _REPORT.encode(),
}


@pytest.fixture
def measured(request):
    """Runs the test within bounds of processor time and of additional memory at its peak, and prints both."""
    before, begun = _peak(), time.process_time()
    yield
    seconds, megabytes = time.process_time() - begun, _peak() - before
    tell(f"{request.node.name}: {seconds:.2f} s, {megabytes:.0f} MB more")
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


def _outcome(data, name):
    """The results, or None where the input is refused; either keeps its promises."""
    refused = None
    try:
        results = extract_all(data, name)
    except DocumentError as error:
        refused = error
    if refused is not None:
        assert refused.name == name
        assert all(refused.reason)
        assert all(refused.remedy)
        return None
    text = canonical_text(data, name)
    for result in results[:20]:
        assert unproven(result, text) == []
        assert misplaced(result) == []
    return results


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS.keys())
def test_text(make, measured):
    """A hostile text gives results that keep all promises, or an error that names input, reason and remedy."""
    _outcome(make().encode("utf-8", "surrogatepass"), "hostile.txt")


@pytest.mark.parametrize("make", PAGES.values(), ids=PAGES.keys())
def test_page(make, measured):
    """A hostile page does the same."""
    _outcome(make(), "hostile.html")


def test_entities_are_not_expanded(tmp_path):
    """Neither a bomb of entities nor an entity that names a file puts anything into the text."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    bomb = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
    kinds = f'<!DOCTYPE html [<!ENTITY a0 "BOMB">{bomb}<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    for name in ("a.html", "a.txt", "a.md"):
        for head in ("", '<?xml version="1.0"?>'):
            data = f"{head}{kinds}<html><body><p>&file;&a12;</p><pre>{_REPORT}</pre></body></html>".encode()
            results = _outcome(data, name)
            if results:
                text = canonical_text(data, name)
                assert "SECRET" not in text
                assert text.count("BOMB") <= 1


@pytest.mark.parametrize("declared", ["gb2312", "gbk", "big5", "utf-16", "shift_jis", "nonsense", "utf-8\0"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_declared_encoding_is_not_believed(declared, encoding):
    """A page whose declaration lies is read as what its bytes are, to the last cell."""
    page = f'<html><head><meta charset="{declared}"></head><body><pre>{_REPORT}</pre></body></html>'
    (result,) = extract_all(page.encode(encoding), "a.html")
    (plain,) = extract_all(_REPORT.encode(), "a.txt")
    assert {a: c.value for a, c in result.cells.items()} == {a: c.value for a, c in plain.cells.items()}
    assert result.report.agency == "溪河县水务局"


def test_lone_surrogates_of_a_caller():
    """A str with lone surrogates, which no file can hold, is read or refused, never a crash."""
    try:
        result = extract(text=_REPORT + "\udcff\ud800")
    except DocumentError:
        return
    assert type(result).model_validate_json(result.model_dump_json()) == result
