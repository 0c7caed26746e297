"""Ctrl-C while a model is answering: what is paid for is kept, and nothing is said about it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from eval.scripted.faults import Chances
from eval.scripted.oracle import Oracle
from eval.scripted.server import Behaviour
from eval.scripted.shapes import LabelAuthor
from eval.scripted_endpoint import scripted
from extractor import extract, pipeline
from extractor.pipeline import Options
from extractor.settings import Settings
from pointing import SEPARATED

pytestmark = pytest.mark.loopback
_AUTHOR = LabelAuthor(Oracle(()))


class _Staggered:
    """An author who takes longer for every second question, so that one answer ends a document while another is awaited."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def __call__(self, request: dict[str, Any], chances: Chances) -> str:
        """The answer of the labels."""
        if next(self._numbers) % 2:
            time.sleep(4.0)
        return _AUTHOR(request, chances)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("command", "documents"), [("extract", 1), ("extract", 3), ("batch", 3)])
def test_interrupted_run_keeps_what_the_model_is_answering(tmp_path, command, documents):
    """Interrupted while answers are on the way, `nianbao` waits for all of them though one comes later than the other, keeps
    them in the cache, asks nothing more, begins no other document, and ends without a warning."""
    files = [tmp_path / f"{number}.txt" for number in range(documents)]
    for number, path in enumerate(files):
        path.write_text(SEPARATED.replace("我局", f"我局{'东南西'[number]}分局"), encoding="utf-8")
    with scripted(_Staggered(), Behaviour(latency=3.0)) as running:
        added = {"NIANBAO_MODEL": running.model, "NIANBAO_BASE_URL": running.base_url}
        added |= {"NIANBAO_CACHE_DIR": str(tmp_path / "cache"), "NIANBAO_CONCURRENCY": "2"}
        words = [command, "--reader", "model", *map(str, files)]
        words += ["--store", str(tmp_path / "store.db"), "--workers", "1"] if command == "batch" else []
        python = [sys.executable, "-W", "always::ResourceWarning", "-m", "extractor"]
        with subprocess.Popen(
            [*python, *words], env=os.environ | added, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            until = time.monotonic() + 60
            while running.counts.requests < 2 and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        asked, counts = running.counts.requests, running.counts
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "cache" / "answers").rglob("*.json")]
    assert process.returncode == 130
    assert not any(word in err.decode() for word in ("Warning", "Traceback", "Exception")), err.decode()
    assert command == "batch" or err == b""
    assert 2 <= asked == counts.answered == len(kept)
    assert (
        asked < 5
    )  # on a machine that stands still for seconds the interrupt comes late; unhindered, the documents ask for more
    assert counts.faults == {}


def test_closing_leaves_nothing_to_close():
    """`close` may come twice, before anything was asked, and before something is asked again."""
    pipeline.close()
    with scripted(_AUTHOR) as running:
        options = Options(settings=Settings(running.model, running.base_url))
        first = extract(text=SEPARATED, reader="both", options=options)
        pipeline.close()
        pipeline.close()
        again = extract(text=SEPARATED, reader="both", options=options)
        pipeline.close()
    assert first.run.usage["requests"] == again.run.usage["requests"] > 0
    assert first.cells == again.cells
