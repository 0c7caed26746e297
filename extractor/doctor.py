"""The command `nianbao doctor`: what is set, what the endpoint understands, what to set. Heavy imports stand inside."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from extractor.errors import UsageError
from extractor.help import both, described
from extractor.shell import Language

if TYPE_CHECKING:
    from extractor.model.endpoint import Endpoint
    from extractor.model.ladder import Rung
    from extractor.model.ledger import Ledger
    from extractor.settings import Settings

_SIMULATIONS = "nianbao.scripted"
"""Entry points: a function that returns a context manager of (base URL, model) of an endpoint on this machine."""
_MODES = Literal["json_schema", "tools", "json_object", "md_json"]
_SHORT_TIME = 30.0
_LOCAL = ("127.0.0.1", "localhost", "::1")

Model = Annotated[str | None, typer.Option("--model", help=both("代替 NIANBAO_MODEL", "Instead of NIANBAO_MODEL."))]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help=both("代替 NIANBAO_BASE_URL", "Instead of NIANBAO_BASE_URL."))]
ModeOption = Annotated[
    _MODES | None, typer.Option("--mode", help=both("只试这一种结构化输出的方式", "Try this way of structured output only."))
]
Scripted = Annotated[
    bool,
    typer.Option(
        "--scripted", help=both("试用本机的模拟服务，不需要密钥", "Try a simulated endpoint on this machine; needs no key.")
    ),
]

_TITLE = "测试市示例局2023年政府信息公开工作年度报告"
_TABLE = (
    ("第二十条第（一）项", (("规章", (2, 0, 5)), ("行政规范性文件", (3, 1, 14)))),
    ("第二十条第（五）项", (("行政许可", (207,)),)),
    ("第二十条第（六）项", (("行政处罚", (18,)), ("行政强制", (4,)))),
)
_READ = {
    "rules.issued": 2, "rules.repealed": 0, "rules.in_force": 5,
    "normative_documents.issued": 3, "normative_documents.repealed": 1, "normative_documents.in_force": 14,
    "licensing.decisions": 207, "penalties.decisions": 18, "compulsion.decisions": 4,
}  # fmt: skip


@dataclass(slots=True)
class Diagnosis:
    """What was found: `lines` for a person in two languages, `advice` what to set, `sound` whether all is well."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    advice: list[tuple[str, str]] = field(default_factory=list)
    sound: bool = True

    def note(self, zh: str, en: str) -> None:
        self.lines.append((zh, en))

    def fail(self, zh: str, en: str) -> None:
        self.sound = False
        self.advice.append((zh, en))


@described("检查所设的模型：设了什么，什么可用，该设什么。不发送您的文件。")
def command(
    model: Model = None, base_url: BaseUrl = None, mode: ModeOption = None, scripted: Scripted = False, lang: Language = "zh"
) -> int:
    """Try the configured model: what is set, what works, what to set. Sends no document of yours."""
    diagnosis = Diagnosis()
    with _simulated(scripted) as given:
        options = {"base_url": base_url, "model": model} if given is None else {"base_url": given[0], "model": given[1]}
        environ = os.environ if given is None else {}
        if given is not None:
            diagnosis.note(
                "【模拟】以下结果来自本机的脚本服务，不代表任何模型",
                "[SIMULATION] a scripted endpoint on this machine, no model",
            )
        settings = _configured(environ, options | {"mode": mode}, diagnosis, scripted=scripted)
        if settings is not None:
            asyncio.run(examine(settings, diagnosis))
    pick = 0 if lang == "zh" else 1
    for line in diagnosis.lines:
        sys.stdout.write(line[pick] + "\n")
    for advice in diagnosis.advice:
        sys.stdout.write(f"→ {advice[pick]}\n")
    return 0 if diagnosis.sound else 3


def _configured(
    environ: Mapping[str, str], options: dict[str, str | None], diagnosis: Diagnosis, *, scripted: bool
) -> Settings | None:
    """The settings, with a line for each that is set and where it comes from; never the key."""
    from extractor.settings import DEFAULT_BASE_URL, Settings, origins

    settings = Settings.from_environment(environ, **options)
    sources = origins(environ) | {name: f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None}
    if scripted:
        sources |= {"model": "--scripted", "base_url": "--scripted"}
    if settings is None:
        set_key = "api_key" in sources
        diagnosis.note("模型：未指定", "model: none named")
        diagnosis.note(f"密钥：{_key_state(set_key)[0]}", f"key: {_key_state(set_key)[1]}")
        diagnosis.fail(
            "没有指定模型，不会发送任何内容（只有密钥不算）；规则读取照常可用。要用模型，请设置 NIANBAO_MODEL、NIANBAO_BASE_URL、NIANBAO_API_KEY，见 docs/endpoints.md",
            "No model is named, so nothing is ever sent (a key alone does not count); reading by rules works as ever. For a "
            "model, set NIANBAO_MODEL, NIANBAO_BASE_URL and NIANBAO_API_KEY; see docs/endpoints.md",
        )
        return None
    diagnosis.note(f"模型：{settings.model}（{sources['model']}）", f"model: {settings.model} ({sources['model']})")
    default = settings.base_url == DEFAULT_BASE_URL and "base_url" not in sources
    address = ("默认", "default") if default else (sources["base_url"],) * 2
    diagnosis.note(f"地址：{settings.base_url}（{address[0]}）", f"address: {settings.base_url} ({address[1]})")
    zh, en = _key_state(settings.api_key is not None)
    origin = f"（{sources['api_key']}）" if "api_key" in sources else ""
    diagnosis.note(f"密钥：{zh}{origin}", f"key: {en}{origin.replace('（', ' (').replace('）', ')')}")
    for name in sorted(sources.keys() - {"model", "base_url", "api_key"}):
        diagnosis.note(
            f"{name}：{getattr(settings, name)}（{sources[name]}）", f"{name}: {getattr(settings, name)} ({sources[name]})"
        )
    if settings.base_url.startswith("http://") and not any(f"//{host}" in settings.base_url for host in _LOCAL):
        diagnosis.note(
            "注意：地址不是 https，内容在网络上不加密", "note: the address is not https, so texts travel unencrypted"
        )
    return settings


def _key_state(is_set: bool) -> tuple[str, str]:
    return ("已设置", "set") if is_set else ("未设置", "unset")


async def examine(settings: Settings, diagnosis: Diagnosis) -> None:
    """Probe the ways of structured output, a long prompt and a tiny report, and add what is found to `diagnosis`."""
    from extractor.model.ladder import probe
    from extractor.model.ledger import Ledger, price

    tried = replace(settings, record=None, replay=None, timeout=min(settings.timeout, 60.0), total_time=_SHORT_TIME)
    ledger = Ledger(price(settings.model, settings.prices))
    rungs = await probe(tried, ledger)
    for rung in rungs:
        diagnosis.note(*_rung_line(rung))
    working = next((rung for rung in rungs if rung.works), None)
    if working is None:
        _explain(rungs, diagnosis)
    else:
        if settings.mode is None and settings.cache_dir is None and working is not rungs[0]:
            diagnosis.advice.append((
                f"设置 NIANBAO_MODE={working.mode}（或设置 NIANBAO_CACHE_DIR，程序会自己记住）",
                f"set NIANBAO_MODE={working.mode} (or NIANBAO_CACHE_DIR, where this is remembered)",
            ))  # fmt: skip
        from extractor.model.endpoint import Endpoint

        endpoint = Endpoint(replace(tried, mode=working.mode, cache_dir=None), ledger)
        try:
            await _long(endpoint, diagnosis)
            await _tiny_report(endpoint, diagnosis)
        finally:
            await endpoint.close()
    _cost(ledger, diagnosis)
    if diagnosis.sound:
        diagnosis.note("一切正常，可以使用这个模型", "all is well, the model can be used")


def _rung_line(rung: Rung) -> tuple[str, str]:
    if rung.works:
        return f"{rung.mode}：可用，{rung.seconds:.1f} 秒", f"{rung.mode}: works, {rung.seconds:.1f} s"
    if rung.failure is not None:
        return f"{rung.mode}：不可用（{rung.failure.reason[0]}）", f"{rung.mode}: does not work ({rung.failure.reason[1]})"
    return f"{rung.mode}：回答不对", f"{rung.mode}: the answer is wrong"


def _explain(rungs: tuple[Rung, ...], diagnosis: Diagnosis) -> None:
    failures = [rung.failure for rung in rungs if rung.failure is not None]
    if failures:
        diagnosis.fail(*failures[-1].remedy)
    else:
        diagnosis.fail(
            "这个模型不会按要求输出 JSON，请换一个模型", "this model does not write JSON as asked; use another model"
        )


async def _long(endpoint: Endpoint, diagnosis: Diagnosis) -> None:
    """Whether the endpoint takes a prompt as long as a long section; a cut shows in the tokens that it counts."""
    from extractor.model.question import Budget
    from extractor.model.trial import LONG, LONG_LEAST_TOKENS

    budget = Budget()
    answer = await endpoint.ask(LONG, budget)
    if answer.failure is not None:
        diagnosis.note(f"长文：{answer.failure.reason[0]}", f"long text: {answer.failure.reason[1]}")
        diagnosis.fail(*answer.failure.remedy)
    elif budget.spent.unreported:
        diagnosis.note("长文：可以；服务不报告用量，看不出是否截短", "long text: fine; without usage a cut cannot be seen")
    elif budget.spent.tokens_in < LONG_LEAST_TOKENS * budget.spent.requests:
        diagnosis.note(
            f"长文：被截短（{len(LONG.user)} 个字只算作 {budget.spent.tokens_in} 个词元）",
            f"long text: cut off ({len(LONG.user)} characters counted as {budget.spent.tokens_in} tokens)",
        )
        diagnosis.fail(
            "调大服务的上下文（Ollama：OLLAMA_CONTEXT_LENGTH=16384；vLLM：--max-model-len）",
            "raise the server's context (Ollama: OLLAMA_CONTEXT_LENGTH=16384; vLLM: --max-model-len)",
        )
    else:
        diagnosis.note("长文：可以", "long text: fine")


async def _tiny_report(endpoint: Endpoint, diagnosis: Diagnosis) -> None:
    """Read a tiny report with the model alone, as `--reader model` does."""
    from extractor import ingest
    from extractor.asking import Inquiry, read_with_model
    from extractor.drafting import draft
    from extractor.folding import fold
    from extractor.model.question import Budget

    document = ingest.read(_tiny_text().encode(), "tiny.txt")
    inquiry = Inquiry(endpoint, Budget(requests=12), endpoint.settings.protocol)
    started = time.monotonic()
    read = await read_with_model(draft(document, fold(document.text)), inquiry, alone=True)
    cells = {address: cell.value for address, cell in read.assembly.cells.items()}
    right = sum(cells.get(f"disclosure.{address}") == value for address, value in _READ.items())
    wrong = sum(cells.get(f"disclosure.{address}") not in {value, None} for address, value in _READ.items())
    seconds = time.monotonic() - started
    diagnosis.note(
        f"小报告：{len(_READ)} 个数读对 {right} 个，读错 {wrong} 个，{seconds:.1f} 秒",
        f"tiny report: {right} of {len(_READ)} numbers read, {wrong} wrong, {seconds:.1f} s",
    )
    if right < len(_READ):
        kinds = ", ".join(sorted({failed.kind for failed in inquiry.unanswered.values()})) or "-"
        diagnosis.fail(
            f"这个模型读不全一张小表（{kinds}），请换一个模型或另一种 NIANBAO_MODE",
            f"this model does not read a small table ({kinds}); use another model or another NIANBAO_MODE",
        )


def _tiny_text() -> str:
    lines = [_TITLE, "二、主动公开政府信息情况"]
    for article, rows in _TABLE:
        heads = ("本年制发件数", "本年废止件数", "现行有效件数") if len(rows[0][1]) == 3 else ("本年处理决定数量",)
        lines += [article, "\t".join(("信息内容", *heads))]
        lines += ["\t".join((label, *map(str, values))) for label, values in rows]
    return "\n".join(lines) + "\n"


def _cost(ledger: Ledger, diagnosis: Diagnosis) -> None:
    from extractor.render.marks import counted

    spent, cost = ledger.spent, ledger.cost
    money = (
        ("价格未知", "price unknown") if cost is None or ledger.rate is None else (f"{cost:.4f} {ledger.rate.currency}",) * 2
    )
    tokens = spent.tokens_in, spent.tokens_out
    diagnosis.note(
        "本次检查：请求 {} 次，词元 {} 入 {} 出，{}".format(spent.requests, *tokens, money[0]),
        "this check: {}, {} tokens in, {} out, {}".format(counted(spent.requests, "request", "requests"), *tokens, money[1]),
    )


@contextmanager
def _simulated(wanted: bool) -> Iterator[tuple[str, str] | None]:
    """Base URL and model of the scripted endpoint that an installed package brings along."""
    if not wanted:
        yield None
        return
    from importlib.metadata import entry_points

    for entry in entry_points(group=_SIMULATIONS):
        with entry.load()() as given:
            yield given
        return
    raise UsageError(
        "--scripted",
        ("没有安装模拟服务", "no scripted endpoint is installed"),
        ("请安装带 eval 的发行包", "install the distribution with its eval package"),
    )
