"""What the page does with uploads, without a widget in it: reads them, keeps what a person says, writes what is taken away.

A `Desk` is one visitor's: it holds documents and results in memory only, and nothing of it is shared.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json as standard_json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal
from zipfile import ZIP_DEFLATED, ZipFile

import extractor
from extractor import ingest
from extractor.corrections import Review, history, label
from extractor.drafting import Draft, draft
from extractor.errors import DocumentError, DocumentTooLarge, ExtractorError
from extractor.folding import fold
from extractor.ingest import archive, detect, pdf_boxes
from extractor.inputs import SUFFIXES
from extractor.pipeline import Options, Reader, check
from extractor.readers.rules import RULES
from extractor.render import csv, json, markdown, workbook
from extractor.render.findings import Checked, line_ends
from extractor.render.inspection import inspection, letter
from extractor.render.marks import Lang
from extractor.result import Result, Run
from extractor.sections import split_reports
from extractor.shell import crash

if TYPE_CHECKING:
    from extractor.settings import Settings

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


@dataclass(slots=True)
class Item:
    """One report on the desk, or why an upload gave none. `upload` is the upload it came in, `how` the settings it was read
    with, `name` what a person calls it."""

    upload: str
    how: How
    name: str
    data: bytes = b""
    review: Review | None = None
    error: ExtractorError | None = None
    run: Run | None = None
    known: dict[str, tuple[Review, Result]] = field(default_factory=dict)
    page: int = 0
    pages: int = 0
    sheets: dict[int, str] = field(default_factory=dict)
    frames: pdf_boxes.Framed | None = None

    def result(self, lang: Lang) -> Result:
        """The result as of the last correction; kept until the next."""
        assert self.review is not None
        assert self.run is not None
        found = self.known.get(lang)
        if found is None or found[0].corrections is not self.review.corrections:
            run = self.run
            found = self.known[lang] = (self.review, self.review.result(lang, lambda: run))
        return found[1]

    def settled(self, result: Result) -> frozenset[str]:
        """Ids of the findings that would be gone if the document printed what the person says."""
        run = self.run
        if self.review is None or run is None or not self.review.corrections:
            return frozenset()
        would = self.review.would_find(lambda: run)
        return frozenset(finding.id for finding in result.findings) - would


@dataclass(slots=True)
class Desk:
    """A visitor's reports, in the order of arrival."""

    items: list[Item] = field(default_factory=list)

    def readable(self) -> list[Item]:
        return [item for item in self.items if item.review is not None]

    def missing(self, uploads: Iterable[str], how: How) -> set[str]:
        """Forget what came in other uploads than these; the uploads that are to be read. What was read otherwise than `how`
        is read again, unless a person has worked on it."""
        worked = {
            item.upload for item in self.readable() if item.review and (item.review.corrections or item.review.judgements)
        }
        wanted = set(uploads)
        self.items = [item for item in self.items if item.upload in wanted and (item.how == how or item.upload in worked)]
        return wanted - {item.upload for item in self.items}

    def add(self, upload: str, data: bytes, name: str, how: How) -> list[Item]:
        """Read an upload; each report in it, and each file of an archive that cannot be read, is an item."""
        added: list[Item] = []
        for content, member in _members(data, name):
            if isinstance(content, ExtractorError):
                added.append(Item(upload, how, member, error=content))
            else:
                added += _read(upload, content, member, how)
        self.items += added
        return added

    def refuse(self, upload: str, name: str, size: int, how: How) -> None:
        """Keep in mind that an upload of `size` bytes was too large to be taken."""
        self.items.append(Item(upload, how, name, error=too_large(name, size)))

    def results(self, lang: Lang) -> list[Result]:
        """The results of all readable items, several years of one agency compared."""
        return list(check([item.result(lang) for item in self.readable()], lang))


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


def _read(upload: str, data: bytes, name: str, how: How) -> list[Item]:
    try:
        items = []
        for read, run in _drafts(data, name, how):
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


def _drafts(data: bytes, name: str, how: How) -> Iterator[tuple[Draft, Run]]:
    """What was read of every report of a file, with the run that read it."""
    started = time.perf_counter()
    whole = ingest.read(data, name)
    folded = fold(whole.text)
    settings = how.options.settings
    for document in split_reports(whole):
        read = draft(document, folded, how.options.copy)
        about: dict[str, Any] = {}
        if how.reader != "rules" and settings is not None:
            read, about = asyncio.run(_with_model(read, settings, alone=how.reader == "model"))
        seconds = round(time.perf_counter() - started, 6)
        yield read, Run(reader=how.reader, version=extractor.__version__, rules=RULES, seconds=seconds, **about)
        started = time.perf_counter()


async def _with_model(read: Draft, settings: Settings, *, alone: bool) -> tuple[Draft, dict[str, Any]]:
    """The draft with what a model read in it, and what a run says of the model. The endpoint is this report's own: settings of
    one visitor serve no other."""
    from extractor.asking import Inquiry, read_with_model
    from extractor.model.endpoint import Endpoint
    from extractor.model.question import Budget

    endpoint = Endpoint(settings)
    inquiry = Inquiry(endpoint, Budget(settings.max_requests, settings.max_tokens), settings.protocol)
    try:
        done = await read_with_model(read, inquiry, alone=alone)
    finally:
        await endpoint.close()
    usage = {key: value for key, value in asdict(inquiry.budget.spent).items() if isinstance(value, int)}
    return done, {"model": settings.model, "prompts": dict(sorted(inquiry.prompts.items())), "usage": usage}


def screen(item: Item, result: Result, lang: Lang) -> dict[str, Any]:
    """What the review screen shows of an item. `result` is its result, compared with the other years."""
    assert item.review is not None
    document = item.review.base.document
    verdicts = {one.finding: one for one in item.review.judgements}
    return inspection(result, document.text, document.window, lang, settled=item.settled(result), verdicts=verdicts)


def sheet(item: Item, result: Result) -> dict[str, Any] | None:
    """Of a PDF, the page that the visitor looks at: its number, how many there are, its picture (PNG in base64), and for each
    cell that has a frame `[page, x0, top, x1, bottom]`, the sides as shares of the page. None of any other document."""
    assert item.review is not None
    document = item.review.base.document
    if not pdf_boxes.is_pdf(item.data):
        return None
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
    assert item.review is not None
    return letter(result, lang, {one.finding: one for one in item.review.judgements})


def download(items: list[Item], results: list[Result], kind: Kind, lang: Lang) -> bytes:
    """One file with one or several reports: a workbook; JSON with the corrections (one object, or a line each); CSV; Markdown."""
    if kind == "xlsx":
        checked = [Checked(result, line_ends(_text(item))) for item, result in zip(items, results, strict=True)]
        return workbook.workbook(checked, (), lang)
    if kind == "csv":
        return ("\ufeff" + csv.header() + "".join(map(csv.rows, results))).encode()
    if kind == "markdown":
        return "\n".join(markdown.page(result, lang) for result in results).encode()
    return "".join(_json_line(item, result) for item, result in zip(items, results, strict=True)).encode()


def _text(item: Item) -> str:
    assert item.review is not None
    return item.review.base.document.text


def _json_line(item: Item, result: Result) -> str:
    """The result as `nianbao extract` writes it, with what a person said after it."""
    assert item.review is not None
    line = json.line(result)
    if not item.review.corrections and not item.review.judgements:
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
            packed.writestr(_free(file_name(item, kind), taken), download([item], [result], kind, lang))
    return buffer.getvalue()


def file_name(item: Item, kind: Kind) -> str:
    """The name of an item's download: that of its document, made safe for every file system."""
    stem = PurePosixPath(item.name).name.rpartition(".")[0] or item.name
    return (_UNSAFE.sub("_", stem).strip("._")[:80] or "report") + KINDS[kind][0]


def _free(name: str, taken: set[str]) -> str:
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}_{number}{dot}{suffix}"
    taken.add(name.casefold())
    return name


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
