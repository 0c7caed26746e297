"""What a page carries but does not show: `hidden`, `display:none`, `visibility:hidden` and `font-size:0`, inline or by a
simple style rule. It is removed before anything is read, and reported where it holds Chinese characters or digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple, cast

from lxml import etree

from extractor.document import Notice
from extractor.ingest.canonical import collapse

_GONE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|mso-hide\s*:\s*all)\b", re.IGNORECASE)
_SHOWN = re.compile(r"(?:^|[;\s])display\s*:\s*(?!none\b)[a-z]", re.IGNORECASE)
_INVISIBLE = re.compile(
    r"(?:^|[;\s])(?:visibility\s*:\s*(?:hidden|collapse)\b"
    r"|font-size\s*:\s*(?:0*\.?0+(?:[a-z]+|%)?|(?:0?\.[0-9]+|1(?:\.0+)?)(?:px|pt))\s*(?:$|[;!]))",
    re.IGNORECASE,
)
"""Letters of a pixel or less cannot be seen either."""
_VISIBLE = re.compile(r"(?:^|[;\s])(?:visibility\s*:\s*visible\b|font-size\s*:\s*[^;0\s])", re.IGNORECASE)
_TELLING = re.compile(r"[0-9\u3400-\u9fff\uff10-\uff19]")
_STYLES = etree.XPath("//@style", smart_strings=False)
_WITH_STYLE = etree.XPath("//*[@style]")
_HIDES = etree.XPath("boolean(//@hidden)")
_WITH_HIDDEN = etree.XPath("//*[@hidden]")
_EXCERPT = 80
_MAX_NOTICES = 20

_MAX_SHEET = 200_000
_MAX_RULES = 20  # for one name; a sheet with more of them decides by something that is not looked at here
_BRACE = re.compile(r"[{}]")
_SELECTOR = re.compile(r"([a-zA-Z][\w-]*+)?((?:[.#][\w-]++)*+)")
_NAME = re.compile(r"[.#][\w-]++")


class _Rule(NamedTuple):
    """A style rule for `tag` (any if empty) with all of `names` (".class", "#id"): it hides, or shows again. Of the rules
    for an element the greatest `weight` counts: identifiers, classes, tag, place in the sheet."""

    weight: tuple[int, int, int, int]
    tag: str
    names: frozenset[str]
    hides: bool


def inline_styles(root: etree._Element) -> set[str]:
    """The different values of all style attributes; a page pasted from Word repeats a few dozen thousands of times."""
    return set(cast("list[str]", _STYLES(root)))


def remove_hidden(root: etree._Element, styles: set[str], sheet: str) -> Iterator[Notice]:
    """Take hidden content out of the tree and yield at most 20 "hidden" notices.

    `styles` are the inline styles of the tree, `sheet` is the text of its style elements.
    """
    gone = {style for style in styles if _GONE.search(style)}
    faded = {style for style in styles if _INVISIBLE.search(style)}
    excerpts = _remove_gone(root, gone, _rules(sheet[:_MAX_SHEET]) if "none" in sheet.lower() else {})
    if faded:
        excerpts += _fade(root, faded)
    told = (excerpt for excerpt in excerpts if _TELLING.search(excerpt))
    yield from (Notice("hidden", excerpt[:_EXCERPT]) for excerpt in islice(told, _MAX_NOTICES))


def _rules(sheet: str) -> dict[str, list[_Rule]]:
    """The simple rules that set `display`, in order, by the first of their names (or their tag).

    Rules for some media only and selectors of several steps do not count, but one that shows a name again in some place
    takes away the certainty that it is hidden.
    """
    found: dict[tuple[str, frozenset[str]], bool] = {}
    doubtful: set[str] = set()
    for selectors, declarations in _declared(sheet):
        hides = bool(_GONE.search(declarations))
        if not hides and not _SHOWN.search(declarations):
            continue
        for selector in selectors.split(","):
            simple = _SELECTOR.fullmatch(selector.strip())
            if simple and simple[0]:
                key = (simple[1] or "").lower(), frozenset(_NAME.findall(simple[2]))
                found.pop(key, None)
                found[key] = hides
            elif not hides:
                doubtful.update(_NAME.findall(selector))
    rules: dict[str, list[_Rule]] = {}
    for number, ((tag, names), hides) in enumerate(found.items()):
        if not (hides and names & doubtful):
            identifiers = sum(name.startswith("#") for name in names)
            weight = identifiers, len(names) - identifiers, len(tag[:1]), number
            rules.setdefault(min(names, default=tag), []).append(_Rule(weight, tag, names, hides))
    return {name: few for name, few in rules.items() if len(few) <= _MAX_RULES}


def _declared(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations of the rules at the top level of a style sheet."""
    first, *rest = sheet.split("/*")
    sheet = first + "".join(part.partition("*/")[2] for part in rest)
    depth, last, selectors = 0, 0, ""
    for brace in _BRACE.finditer(sheet):
        between = sheet[last : brace.start()]
        last = brace.end()
        if brace[0] == "{":
            depth += 1
            if depth == 1:
                selectors = between.rpartition(";")[2].strip().removeprefix("<!--")
        elif depth:
            if depth == 1 and not selectors.startswith("@"):
                yield selectors, between
            depth -= 1


def _remove_gone(root: etree._Element, gone: set[str], rules: dict[str, list[_Rule]]) -> list[str]:
    """Remove the elements that are not displayed; return the beginnings of their texts."""
    # hardly any page does, and that is told in a third of the time
    hidden = list(cast("list[Any]", _WITH_HIDDEN(root))) if _HIDES(root) else []
    if gone:
        hidden += [element for element in cast("list[Any]", _WITH_STYLE(root)) if element.get("style") in gone]
    if rules:
        hidden += [element for element in root.iter() if _ruled_out(element, rules)]
    excerpts: list[str] = []
    for element in hidden:
        if element.tag not in ("html", "body", "template"):
            if len(excerpts) < _MAX_NOTICES * 5:
                excerpts.append(collapse(" ".join(beginning(element))))
            element.tag = "template"
    etree.strip_elements(root, "template", with_tail=False)
    return excerpts


def beginning(element: etree._Element) -> list[str]:
    """The pieces of text of the first fifty or so elements in `element`: enough to tell it, whatever it holds."""
    parts = []
    for event, inner in islice(etree.iterwalk(element, events=("start", "end")), 100):
        text = inner.text if event == "start" else inner.tail if inner is not element else None
        if text:
            parts.append(text[:1000])
    return parts


def _ruled_out(element: etree._Element, rules: dict[str, list[_Rule]]) -> bool:
    names = {"." + name for name in (element.get("class") or "").split()}
    if element.get("id"):
        names.add("#" + str(element.get("id")))
    meant = [
        rule
        for key in (element.tag, *names)
        for rule in rules.get(key, ())
        if (not rule.tag or rule.tag == element.tag) and rule.names <= names
    ]
    return bool(meant) and max(meant, key=attrgetter("weight")).hides and not _SHOWN.search(element.get("style") or "")


def _fade(root: etree._Element, faded: set[str]) -> list[str]:
    """Blank the text that is invisible or of no size; both are inherited until a descendant sets them again."""
    state: dict[etree._Element, bool] = {}
    excerpts = []
    for element in root.iter():
        parent = element.getparent()
        outer = state[parent] if parent is not None else False
        style = element.get("style")
        inner = outer
        if style is not None:
            inner = style in faded or (outer and not _VISIBLE.search(style))
        state[element] = inner
        if inner and element.text:
            excerpts.append(collapse(element.text[:1000]))
            element.text = None
        if outer and element.tail:
            excerpts.append(collapse(element.tail[:1000]))
            element.tail = None
    return excerpts
