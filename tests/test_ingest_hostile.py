"""Inputs made to exhaust the reader: each ends soon, in a bounded text or in an error that says what is too much."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import DocumentTooLarge, ExtractorError, UnreadableDocument, UnsupportedDocument
from extractor.ingest import charset, html, read
from extractor.ingest.canonical import MAX_AREA, MAX_CELLS

SECONDS = 5.0
"""The bound of the task, far above what is measured (0.1 to 1 s on one core) and counted in processor time, so that
a busy machine does not fail it."""
TAGS = html.MAX_MARKUP


@contextmanager
def soon():
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


def attributes(count):
    return " ".join(f"a{number}=1" for number in range(count))


REFUSED = {
    "bytes of text": (b"a" * (charset.MAX_BYTES + 1), "a.txt"),
    "bytes of a page": (b"<html>" + b"a" * 100_000_000, "a.html"),
    "tags": (b"<span>" * (TAGS + 1), "a.html"),
    "nesting": (b"<div>" * (TAGS - 1), "a.html"),
    "nested inline tags": (b"<b>" * (TAGS - 1) + b"1", "a.html"),
    "attributes of a tag": (f"<p {attributes(300_000)}>1".encode(), "a.html"),
    "attributes behind quotes": (("<p " + " ".join(f"a{n}='><p>\"'" for n in range(200_000)) + ">1").encode(), "a.html"),
    "attributes of all tags": (f"<p {attributes(150)}>1".encode() * 4000, "a.html"),
    "an attribute": (b'<p title="' + b"a" * 19_000_000 + b'">1', "a.html"),
    "columns": (b"<table><tr>" + b"<td>1" * 250_000, "a.html"),
    "merged columns": (b"<table>" + b"<tr><td rowspan=99999 colspan=1000000>1<td>2" * 1000, "a.html"),
    "merged rows": (b"<table><tr>" + b"<td rowspan=99999 colspan=100>1" * 9 + b"<tr><td>1" * 100_000, "a.html"),
    "cells": (b"<table>" + (b"<tr>" + b"<td>1" * 10) * (MAX_CELLS // 10 + 1), "a.html"),
    "tabs": (b"1\t" * (MAX_CELLS + 1), "a.txt"),
    "bars": (b"1|2\n" * (MAX_CELLS + 1), "a.md"),
}


@pytest.mark.parametrize(("data", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_too_much_of_anything_is_refused(data, name):
    """Each limit is an error with a remedy, reached within the time bound."""
    with soon(), pytest.raises(DocumentTooLarge) as error:
        read(data, name)
    assert error.value.name == name
    assert all(error.value.reason)
    assert all(error.value.remedy)


HALF = TAGS // 2 - 10
READ = {
    "flat blocks": b"<div>1</div>" * HALF,
    "flat inline tags": b"<span>1</span>" * HALF,
    "breaks": b"1<br>" * (TAGS - 10),
    "reopened tags": b"<b>" * 120 + b"<p>1" * (TAGS - 200),
    "stray end tags": b"<div>" * 250 + b"</b></p>" * (HALF - 200) + b"1",
    "unknown tags": "".join(f"<x{number}>1</x{number}>" for number in range(HALF)).encode(),
    "different styles": "".join(f'<i style="a:{number}">1</i>' for number in range(HALF)).encode(),
    "small tables": b"<table><tr><td>1<td>2</table>" * (TAGS // 5 - 10),
    "nested tables": (b"<table><tr><td>" * 60 + b"1" + b"</table>" * 60) * (TAGS // 240 - 10),
    "cells in unclosed cells": (b"<table><tr>" + b"<td><div>1" * 110 + b"</table>") * (TAGS // 223 - 10),
    "tall merged cells": b"<table>" + b"<tr><td rowspan=200000>1" * 900,
    "no-break spaces": b"<p>1" + b"&nbsp;" * 1_000_000,
    "no-width characters": "<p>1\u200b</p>".encode() * HALF,
    "angle brackets": b"<" * (TAGS - 10) + b" 1",
    "ampersands": b"<p>1" + b"&" * 5_000_000 + b"&#" * 1_000_000,
    "long attribute": b'<p title="' + b"a" * 9_000_000 + b'">1',
    "attributes below the guard": f"<p {attributes(8_000)}>1".encode()[:60_000] + b">1",
    "unterminated attributes": b"<p>1" + b'<p title="' * (TAGS - 10),
    "unterminated comments": b"<p>1" + b"<!--" * (TAGS - 10),
    "unterminated scripts": b"<p>1" + b"<script>" * (TAGS - 10),
    "links": b'<a href="a.doc">1</a>' * HALF,
    "nested links": b"<s>" * 200 + b"<a href=a.doc>" + b"<i></i>" * (HALF - 200) + b"1",
    "hidden parts": b'<p>1</p><i style="display:none">2</i>' * (TAGS // 4 - 10),
    "nested hidden parts": b"1" + (b'<div style="display:none">' * 200 + b"1" + b"</div>" * 200) * (TAGS // 400 - 10),
    "nested small letters": b"1" + (b'<div style="font-size:0">' * 200 + b"1" + b"</div>" * 200) * (TAGS // 400 - 10),
    "style rules": b"<style>"
    + "".join(f".a{number}{{display:none}}" for number in range(10_000)).encode()
    + b"</style>"
    + b'<p class="x y z">1</p>' * (HALF - 10),
    "style rules that match": b"<style>"
    + "".join(f".a{number}.b{number % 19}{{display:none}}" for number in range(8_000)).encode()
    + b"</style>"
    + ('<p class="' + " ".join(f"a{number}" for number in range(20)) + '">1</p>').encode() * (HALF - 10),
    "style braces": b"<style>.a{display:none}" + b"{" * 1_000_000 + b"</style>1",
    "style blocks": b"<style>.a{display:none}" + b"@a{b{" * 100_000 + b"</style>1",
    "style comments": b"<style>.a{display:none}" + b"/*" * 500_000 + b"</style>1",
    "style selectors": b"<style>.a{display:none}" + b".a" * 500_000 + b",a.b" * 50_000 + b"{display:none}</style>1",
    "style marks": b"<style>.a{display:none}" + b"@" * 1_000_000 + b"</style>1",
}


def _text(data, name):
    """The text of a document, or the message that it is too long."""
    try:
        return read(data, name).text
    except DocumentTooLarge as error:
        return f"1 {error}"


@pytest.mark.parametrize("data", READ.values(), ids=READ.keys())
def test_a_page_of_nothing_but_one_thing_is_read(data):
    """Every page is read within the time bound, into a text no longer than a few times its source, or its text is too long."""
    with soon():
        text = _text(b"<html>" + data, "a.html")
    assert "1" in text
    assert len(text) <= max(4 * len(data), MAX_AREA)


TEXTS = {
    "dashes": b"1|2\n|" + b"---" * 6_000_000,
    "dashes and spaces": b"|" + b"-" * 9_000_000 + b" " * 9_000_000 + b"1",
    "bars and dashes": b"|---" * (MAX_CELLS - 10) + b"1",
    "blank cell": b"1|" + b" " * 9_000_000 + b"|",
    "leading spaces": b" " * 19_000_000 + b"1",
    "leading comments": b"<!-- -->" * 400_000 + b"1",
    "leading dashes": b"<!--" + b"-" * 10_000_000 + b"1",
    "carriage returns": b"1\r" * 9_000_000,
    "GBK": "政府信息公开1".encode("gbk") * 1_400_000,
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_of_nothing_but_one_thing_is_read(data):
    """Twenty megabytes of one pattern neither stall an expression nor the search for a type or an encoding."""
    with soon():
        assert "1" in _text(data, "a.txt")


def test_a_table_of_ten_thousand_rows_is_read():
    """A long table is a long grid."""
    with soon():
        document = read(b"<table>" + (b"<tr>" + b"<td>12" * 10) * 10_000 + b"</table>", "a.html")
    assert (len(document.grids[0].cells), document.grids[0].width) == (10_000, 10)


@pytest.mark.parametrize("name", ["a.html", "a.txt", "a"])
def test_bytes_without_meaning_are_refused(name):
    """Random bytes, NULs and surrogates in UTF-8 are no text under any name."""
    for data in (
        random.Random(7).randbytes(5_000_000),
        b"<p>1" + b"\0" * 5_000_000,
        ("<p>政府" + "\ud83d\ude00" * 500_000).encode("utf-8", "surrogatepass"),
    ):
        with soon(), pytest.raises(UnreadableDocument):
            read(data, name)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(9)).encode()
    + b'<!ENTITY x SYSTEM "file:///etc/passwd">]><l>1&b8;&x;</l>'
)


def test_entities_of_a_document_type_are_not_expanded():
    """A bomb and a file reference called .html stay the characters they are written in; called .xml they are refused."""
    text = read(BOMB, "a.html").text
    assert len(text) < 200
    assert "root:" not in text
    with pytest.raises(UnsupportedDocument):
        read(BOMB, "a.xml")


def test_few_nuls_in_a_page_vanish():
    """A page with a stray NUL is read without it, also inside a number."""
    assert read("<p>公开信息1\x002条，政府信息公开工作年度报告</p>".encode(), "a.html").text.startswith("公开信息12条")


@pytest.mark.parametrize("name", ["a.html", "a.txt"])
def test_every_cut_of_a_page_is_text_or_an_error(name):
    """A page that was cut off anywhere gives what is there, or one of the documented errors."""
    page = (
        "<html><head><style>.a{display:none}</style></head><body><table><tr><td rowspan=2>年报<td>12<tr><td>3</table>".encode()
    )
    for end in range(len(page)):
        try:
            document = read(page[:end], name)
        except ExtractorError:
            continue
        cells = [document.text[slice(*cell.span)] for grid in document.grids for row in grid.cells for cell in row]
        assert {cell.rstrip("</") for cell in cells} <= {"年报", "1", "12", "3", ""}
        assert not cells or document.notices[0].kind == "truncated"


SOUP = (
    "<table>|</table>|<tr>|</tr>|<td rowspan=2>|<td colspan=3>|<th>|</td>|<caption>|<p>|</p>|<div>|</div>|<br>|<sup>|<s>|</s>|<pre>"
    "|<a href=x.pdf>|<b>|</b>|<span style='font-size:0'>|<div style=display:none>|<span style='display:block'>|</span>|<h1>|<li>"
    "|<p hidden>|<p class=a>|<style>.a{display:none}</style>|<style>.a{|<!--|-->|<script>|</script>|<![if x]>|<select>|<x:y>|12"
    "|年报|\x01|\x0b|\u200b|&#1;|&#8203;|&nbsp;|&#xD800;|&#xFFFE;|&bogus;|<|>|\"|'|\n| |</html>|<frameset>|<plaintext>|<title>|<svg>"
)


@given(st.lists(st.sampled_from(SOUP.split("|")), max_size=40))
def test_any_soup_of_tags_keeps_the_promises_of_a_document(pieces):
    """Whatever the markup, cells stand in the text as they are, on one line, and rows have the tabs of their width."""
    try:
        document = read(("<html>年报1" + "".join(pieces)).encode(), "a.html")
    except ExtractorError:
        return
    assert document.text.encode()
    assert not {"\u200b", "\r"} & set(document.text)
    for grid in document.grids:
        lines = document.text[slice(*grid.span)].split("\n")
        assert [line.count("\t") for line in lines] == [grid.width - 1] * len(grid.cells)
        for line, row in zip(lines, grid.cells, strict=True):
            cells = line.split("\t")
            assert [document.text[slice(*cell.span)] for cell in row] == [cells[cell.column] for cell in row]
            assert all(cell.column + cell.colspan <= grid.width and cell.row + cell.rowspan <= len(lines) for cell in row)
