"""The command `nianbao app`: the page for people, served by Streamlit on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from extractor.errors import ExtractorError, UsageError
from extractor.help import both, described

DATASET = "NIANBAO_DATASET"
"""The variable that tells the page where corrected reports can be kept; set by `--dataset`."""
STORE = "NIANBAO_STORE"
"""The variable that tells the page which store it shows; set by `--store`."""
UPLOAD_MB = 400
"""Of one upload over the wire. The page itself takes less and says so in a sentence; above this, Streamlit refuses."""


@described("打开网页：上传报告，看每个数字印在哪里，更正读错的数。")
def command(
    port: Annotated[int, typer.Option(min=1, max=65535, help=both("网页的端口", "Port to listen on."))] = 8501,
    host: Annotated[
        str,
        typer.Option(
            help=both(
                "网页的地址；改了它，其他机器才能访问",
                "Address to listen on; other machines reach the page only if you change it.",
            )
        ),
    ] = "127.0.0.1",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help=both("在浏览器中打开网页", "Open the page in the browser."))
    ] = True,
    dataset: Annotated[
        Path | None,
        typer.Option(
            help=both(
                "供开发者使用：存放带标注报告的文件夹；网页上显示评测，并把更正过的报告存到这里",
                "For developers: a folder of labelled documents; shows the evaluation and keeps corrected reports there.",
            )
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=both(
                "要查看的存储，由 nianbao batch 建立：一个文件（SQLite），或 postgresql://user@host/database",
                "A store of nianbao batch to look into: a file (SQLite), or postgresql://user@host/database.",
            ),
        ),
    ] = None,
) -> int:
    """Open the page: upload reports, see every number in its place, correct it."""
    from importlib.util import find_spec

    if find_spec("streamlit") is None:
        raise UsageError(
            "nianbao app",
            ("没有安装 Streamlit", "Streamlit is not installed"),
            ("安装不完整，请重新运行 pip install nianbao", "the installation is not complete; run pip install nianbao again"),
        )
    environment = dict(os.environ)
    for name, given in ((DATASET, dataset and str(dataset.resolve())), (STORE, store)):
        environment.pop(name, None)
        if given:
            environment[name] = given
    served = subprocess.run(arguments(port, host, browser=browser), env=environment, check=False)  # noqa: S603 - ours
    if served.returncode == 0:
        return 0
    raise ExtractorError(
        f"nianbao app --host {host} --port {port}",
        ("网页没有运行起来，或已中断", "the page could not be served, or was ended"),
        ("端口可能已被占用，请换一个 --port", "the port may be in use: try another --port"),
    )


def is_loopback(address: str | None) -> bool:
    """Whether a server at this address is reached from its own machine only. Without an address it is reached from all."""
    if not address or address == "localhost":
        return address == "localhost"
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def arguments(port: int, host: str, *, browser: bool) -> list[str]:
    """The command line that serves the page: nothing is reported to anybody, nothing but the port is open. Without a full garbage
    collection after each click, which took five times as long as the click itself; Python collects in its own time."""
    options = {
        "server.port": port,
        "server.address": host,
        "server.headless": str(not browser).lower(),
        "server.maxUploadSize": UPLOAD_MB,
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "runner.postScriptGC": "false",
        "global.developmentMode": "false",
        "theme.light.primaryColor": "#1a5fb4",
        "theme.dark.primaryColor": "#78aeed",
    }
    script = Path(__file__).parent / "page" / "__main__.py"
    return [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{key}={value}" for key, value in options.items())]
