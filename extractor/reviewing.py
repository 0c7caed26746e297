"""What the page does with uploads, without a widget in it: reads them, keeps what a person says, writes what is taken away.

A `Desk` is one visitor's: it holds documents and results in memory only, and nothing of it is shared.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json as standard_json
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal
from zipfile import ZIP_DEFLATED, ZipFile

from extractor.corrections import Review, history, label
from extractor.document import Span
from extractor.errors import DocumentError, DocumentTooLarge, ExtractorError
from extractor.ingest import archive, detect, pdf_boxes
from extractor.inputs import SUFFIXES
from extractor.pipeline import Options, Reader, check, drafts
from extractor.render import csv, json, markdown, workbook
from extractor.render.findings import Checked, line_ends
from extractor.render.inspection import inspection, letter
from extractor.render.marks import Lang, plain
from extractor.result import Result, Run
from extractor.shell import crash, side_by_side

if TYPE_CHECKING:
    from extractor.model.question import Asker

MOST_BYTES = 60 << 20
"""Of one upload. An annual report has a few hundred kilobytes."""
MOST_FILES = 500
"""Of one visitor at a time; a province's reports are for `nianbao batch`."""
Kind = Literal["xlsx", "json", "csv", "markdown"]
KINDS: dict[Kind, tuple[str, str]] = {
    "xlsx": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": (".json", "application/json"),
    "csv": (".csv", "text/csv"),
    "markdown": (".md", "text/markdown"),
}
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*\s]+')


@dataclass(frozen=True, slots=True)
class How:
    """Who reads, and with which options."""

    reader: Reader = "rules"
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a visitor gives: a key of its own, the name a person knows it by, its size in bytes, and where its bytes are."""

    key: str
    name: str
    size: int
    content: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Stored:
    """A result as a store keeps it; `text` is what its spans count in, None where it was not kept."""

    result: Result
    text: str | None


@dataclass(slots=True)
class Item:
    """One report on the desk, or why an upload gave none. `upload` is the upload it came in, `how` the settings it was read
    with, `name` what a person calls it. What comes from a store is `stored`; without a `review` it can be looked at only."""

    upload: str
    how: How
    name: str
    data: bytes = b""
    review: Review | None = None
    error: ExtractorError | None = None
    stored: Stored | None = None
    run: Run | None = None
    known: dict[str, tuple[Review, Result]] = field(default_factory=dict)
    page: int = 0
    pages: int = 0
    sheets: dict[int, str] = field(default_factory=dict)
    frames: pdf_boxes.Framed | None = None

    def result(self, lang: Lang) -> Result:
        """The result as of the last correction; kept until the next. One from a store is worded as it was stored."""
        if self.review is None:
            assert self.stored is not None
            return self.stored.result
        assert self.run is not None
        found = self.known.get(lang)
        if found is None or found[0].corrections is not self.review.corrections:
            run = self.run
            found = self.known[lang] = (self.review, self.review.result(lang, lambda: run))
        return found[1]

    @property
    def key(self) -> str:
        """What no other item of the desk has."""
        return f"{self.upload}/{self.name}"

    @property
    def source(self) -> tuple[str, Span]:
        """The canonical text, and the report's part of it."""
        if self.review is not None:
            document = self.review.base.document
            return document.text, document.window
        text = (self.stored and self.stored.text) or ""
        return text, (0, len(text))

    @property
    def worked(self) -> bool:
        """Whether a person has said something of it."""
        return self.review is not None and bool(self.review.corrections or self.review.judgements)

    def settled(self, result: Result) -> frozenset[str]:
        """Ids of the findings that would be gone if the document printed what the person says."""
        run = self.run
        if self.review is None or run is None or not self.review.corrections:
            return frozenset()
        would = self.review.would_find(lambda: run)
        return frozenset(finding.id for finding in result.findings) - would


@dataclass(slots=True)
class Desk:
    """A visitor's reports, in the order of their uploads."""

    items: list[Item] = field(default_factory=list)
    _order: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def readable(self) -> list[Item]:
        return [item for item in self.items if item.review is not None or item.stored is not None]

    def missing(self, uploads: Sequence[str], how: How) -> set[str]:
        """Forget what came in other uploads than these; the uploads that are to be read. What was read otherwise than `how`
        is read again, unless a person has worked on it. What comes from a store stays."""
        worked = {item.upload for item in self.items if item.worked}
        wanted = set(uploads)
        self._order = {upload: number for number, upload in enumerate(uploads)}
        self.items = [
            item for item in self.items if item.stored or (item.upload in wanted and (item.how == how or item.upload in worked))
        ]
        return wanted - {item.upload for item in self.items}

    def otherwise(self, how: How) -> list[str]:
        """Names of the reports that stay as they were read before the settings became `how`: a person has worked on them."""
        return [item.name for item in self.readable() if item.stored is None and item.how != how]

    def read(self, uploads: Sequence[Upload], how: How) -> Generator[Upload, None, None]:
        """Read uploads and tell of each when it is done, in order; where a model reads, several at once. What is done stays
        on the desk if nobody asks for the rest."""
        with _asking(how) as asker:

            def work(upload: Upload) -> Upload:
                if upload.size > MOST_BYTES:
                    self._take([Item(upload.key, how, upload.name, error=too_large(upload.name, upload.size))])
                else:
                    self.add(upload.key, upload.content(), upload.name, how, asker)
                return upload

            yield from side_by_side(work, uploads, how.reader)

    def add(self, upload: str, data: bytes, name: str, how: How, asker: Asker | None = None) -> list[Item]:
        """Read an upload; each report in it, and each file of an archive that cannot be read, is an item."""
        added: list[Item] = []
        for content, member in _members(data, name):
            if isinstance(content, ExtractorError):
                added.append(Item(upload, how, member, error=content))
            else:
                added += _read(upload, content, member, how, asker)
        self._take(added)
        return added

    def _take(self, added: list[Item]) -> None:
        with self._lock:
            last = len(self._order)
            self.items = sorted([*self.items, *added], key=lambda item: self._order.get(item.upload, last))

    def put(self, stored: Stored, upload: str, name: str, original: bytes | None = None) -> Item:
        """Put a report of a store on the desk, once. From its `original` it can be corrected,
        and its pages seen, if the rules of today read there what is stored."""
        found = next((item for item in self.items if item.upload == upload), None)
        if found is None:
            item = Item(upload, How(), name, stored=stored)
            found = (original is not None and _again(item, original, stored.result)) or item
            self._take([found])
        return found

    def names(self, lang: Lang) -> dict[str, str]:
        """What the readable items go by in a list, by key, no two alike: the file's name, then agency and year."""
        taken: set[str] = set()
        names = {}
        for item in self.readable():
            report = item.result(lang).report
            about = " ".join(str(word) for word in (report.agency, report.year) if word)
            names[item.key] = distinct(f"{item.name}　{plain(about)}" if about else item.name, taken)
        return names

    def results(self, lang: Lang) -> list[Result]:
        """The results of all readable items, several years of one agency compared."""
        return list(check([item.result(lang) for item in self.readable()], lang))


def distinct(name: str, taken: set[str]) -> str:
    """The name, with a number if it is `taken`, whatever the case of its letters."""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name} ({number})"
    taken.add(found.casefold())
    return found


def _again(item: Item, original: bytes, stored: Result) -> Item | None:
    """The stored report as its original reads now; None if that is not what is stored, a model's answer for example."""
    how = How(options=Options(copy=stored.document.copy_))
    for one in _read(item.upload, original, stored.document.name, how, None):
        if one.review is not None and one.review.base.document.part == stored.document.part:
            result = one.result("zh")
            if (result.cells, result.unplaced) == (stored.cells, stored.unplaced):
                one.name, one.stored = item.name, item.stored
                return one
    return None


def _members(data: bytes, name: str) -> Iterator[tuple[bytes | ExtractorError, str]]:
    """The files of an upload: itself, or those in it that can be read if it is an archive."""
    if len(data) > MOST_BYTES:
        yield too_large(name, len(data)), name
        return
    if PurePosixPath(name).suffix.lower() != ".zip" or detect.zipped(data) != detect.ZIP:
        yield data, name
        return
    try:
        members = archive.contents(io.BytesIO(data), name)
    except DocumentError as error:
        yield error, name
        return
    wanted = [one for one in members if PurePosixPath(one.name).suffix.lower() in SUFFIXES or archive.is_packed(one.name)]
    if not wanted:
        yield data, name
    for one in wanted[:MOST_FILES]:
        inner = f"{name}/{one.name}"
        if archive.is_packed(one.name):
            yield archive.nested(inner), inner
            continue
        try:
            yield archive.member(io.BytesIO(data), one.number, inner), inner
        except DocumentError as error:
            yield error, inner


def too_large(name: str, size: int) -> DocumentTooLarge:
    """The refusal of an upload over MOST_BYTES."""
    limit, megabytes = MOST_BYTES >> 20, -(-size >> 20)
    return DocumentTooLarge(
        name,
        (f"文件有 {megabytes} MB，超过上限 {limit} MB", f"it has {megabytes} MB, over the limit of {limit} MB"),
        ("年度报告很小，请确认文件是否正确", "an annual report is small; check that this is the right file"),
    )


@contextmanager
def _asking(how: How) -> Iterator[Asker | None]:
    """The model that is asked while documents are read. It is the visitor's own: settings of one serve no other."""
    settings = how.options.settings
    if how.reader == "rules" or settings is None:
        yield None
        return
    from extractor.model.endpoint import Endpoint

    endpoint = Endpoint(settings)
    try:
        yield endpoint
    finally:
        asyncio.run(endpoint.close())


def _read(upload: str, data: bytes, name: str, how: How, asker: Asker | None) -> list[Item]:
    try:
        items = []
        for read, run in drafts(data, name, reader=how.reader, options=how.options, asker=asker):
            document = read.document
            shown = name if document.parts == 1 else f"{name} ({document.part}/{document.parts})"
            item = Item(upload, how, shown, data, Review(read), run=run)
            item.result(how.options.lang)
            items.append(item)
    except ExtractorError as error:
        return [Item(upload, how, name, error=error)]
    except Exception as error:  # noqa: BLE001 - a crash of ours on one upload must not cost the others theirs
        return [Item(upload, how, name, error=crash(name, error))]
    return items


def screen(item: Item, result: Result, lang: Lang) -> dict[str, Any]:
    """What the review screen shows of an item. `result` is its result, compared with the other years."""
    verdicts = {one.finding: one for one in item.review.judgements} if item.review else {}
    return inspection(result, *item.source, lang, settled=item.settled(result), verdicts=verdicts)


def sheet(item: Item, result: Result) -> dict[str, Any] | None:
    """Of a PDF, the page that the visitor looks at: its number, how many there are, its picture (PNG in base64), and for each
    cell that has a frame `[page, x0, top, x1, bottom]`, the sides as shares of the page. None of any other document."""
    if item.review is None or not pdf_boxes.is_pdf(item.data):
        return None
    document = item.review.base.document
    try:
        if item.frames is None:
            item.frames = pdf_boxes.frames(item.data, item.name, document, item.review.base.assembly.cells.values())
            item.pages = pdf_boxes.pages(item.data, item.name)
            item.page = min((frame.page for one in item.frames for frame in one.values()), default=1)
        item.page = min(max(item.page, 1), item.pages)
        if item.page not in item.sheets:
            picture = pdf_boxes.picture(item.data, item.name, item.page)
            item.sheets[item.page] = base64.b64encode(picture).decode("ascii")
    except DocumentError:
        return None
    found = {address: list(frame) for address, cell in result.cells.items() if (frame := item.frames.of(cell))}
    return {"number": item.page, "count": item.pages, "picture": item.sheets[item.page], "frames": found}


def for_agency(item: Item, result: Result, lang: Lang) -> str:
    """The findings of a report as text for the agency, without those that were dismissed."""
    return letter(result, lang, {one.finding: one for one in item.review.judgements} if item.review else {})


def download(items: list[Item], results: list[Result], kind: Kind, lang: Lang) -> bytes:
    """One file with one or several reports: a workbook; JSON with the corrections (one object, or a line each); CSV; Markdown."""
    if kind == "xlsx":
        checked = [Checked(result, line_ends(item.source[0])) for item, result in zip(items, results, strict=True)]
        return workbook.workbook(checked, (), lang)
    if kind == "csv":
        return ("\ufeff" + csv.header() + "".join(map(csv.rows, results))).encode()
    if kind == "markdown":
        return "\n".join(markdown.page(result, lang) for result in results).encode()
    return "".join(_json_line(item, result) for item, result in zip(items, results, strict=True)).encode()


def _json_line(item: Item, result: Result) -> str:
    """The result as `nianbao extract` writes it, with what a person said after it."""
    line = json.line(result)
    if item.review is None or not item.worked:
        return line + "\n"
    said = [
        {"finding": one.finding, "verdict": one.verdict, "who": one.who, "when": one.when, "reason": one.reason}
        for one in item.review.judgements
    ]
    more = standard_json.dumps({"corrections": history(item.review), "judgements": said}, ensure_ascii=False)
    return f"{line[:-1]},{more[1:]}\n"


def each_apart(items: list[Item], results: list[Result], kind: Kind, lang: Lang) -> bytes:
    """A ZIP with a file for each report."""
    buffer = io.BytesIO()
    taken: set[str] = set()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as packed:
        for item, result in zip(items, results, strict=True):
            stem, _, suffix = file_name(item, kind).rpartition(".")
            packed.writestr(f"{distinct(stem, taken)}.{suffix}", download([item], [result], kind, lang))
    return buffer.getvalue()


def file_name(item: Item, kind: Kind) -> str:
    """The name of an item's download: that of its document, made safe for every file system."""
    stem = PurePosixPath(item.name).name.rpartition(".")[0] or item.name
    return (_UNSAFE.sub("_", stem).strip("._")[:80] or "report") + KINDS[kind][0]


def keep_as_fixture(item: Item, folder: Path, who: str) -> Path:
    """Write document and label of a corrected report into a dataset folder; the path of the label. A document of the same
    name and other content is left alone, the new one gets a number. Raises OSError where the folder cannot be written."""
    assert item.review is not None
    document = item.review.base.document
    name = _UNSAFE.sub("_", PurePosixPath(document.name).name).strip("._") or "report.txt"
    stem, dot, suffix = name.rpartition(".")
    labels = folder / "labels"
    labels.mkdir(parents=True, exist_ok=True)
    number = 1
    while (path := folder / name).exists() and path.read_bytes() != item.data:
        number += 1
        name = f"{stem}_{number}{dot}{suffix}"
    path.write_bytes(item.data)
    part = f"-p{document.part}" if document.parts > 1 else ""
    target = labels / f"{path.stem}{part}.json"
    content = standard_json.dumps(label(item.review, item.result("zh"), name, who), ensure_ascii=False, indent=1)
    target.write_text(content + "\n", encoding="utf-8")
    return target
