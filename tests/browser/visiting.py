"""A visitor of the page: a real server on this machine, the system's Chromium, and what a person does and sees."""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from conftest import ROOT

DATASET = ROOT / "eval" / "dataset"
PATIENCE = 90_000
"""Milliseconds that a step may take on a busy machine."""


class Server:
    """The page as `nianbao app --dataset` serves it; `log` is everything that it wrote, `dataset` an empty folder."""

    def __init__(self):
        from extractor.serving import DATASET as VARIABLE
        from extractor.serving import arguments

        self.home = Path(tempfile.mkdtemp(prefix="nianbao-page-"))
        self.dataset = self.home / "dataset"
        self.dataset.mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log_file = self.home / "log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NIANBAO_", "OPENAI_", "STREAMLIT_"))}
        environment = kept | {VARIABLE: str(self.dataset), "PYTHONPATH": str(ROOT), "HOME": str(self.home)}
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                arguments(port, "127.0.0.1", browser=False), env=environment, cwd=self.home, stdout=log, stderr=log
            )
        self._wait()

    def _wait(self):
        until = time.monotonic() + PATIENCE / 1000
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        pytest.fail(f"the page was not served: {self.log}")

    @property
    def log(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.home, ignore_errors=True)


@functools.cache
def server():
    """One server for all tests of a process."""
    running = Server()
    atexit.register(running.stop)
    return running


@functools.cache
def browser():
    """One browser for all tests of a process; skips where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    driver = sync_playwright().start()
    running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
    atexit.register(lambda: (running.close(), driver.stop()))
    return running


@functools.cache
def context(scheme):
    """What visits with the same colours share: the browser's cache of the page's own scripts. Each has a session of its own."""
    shared = browser().new_context(accept_downloads=True, locale="zh-CN", color_scheme=scheme)
    shared.set_default_timeout(PATIENCE)
    return shared


@functools.cache
def free_pages(_scheme):
    """Tabs that a visitor has left: a new one costs more than the page."""
    return []


def agree(look, wanted):
    """What is seen becomes what is wanted, as soon as the page has drawn it."""
    until = time.monotonic() + PATIENCE / 1000
    while (seen := look()) != wanted and time.monotonic() < until:
        time.sleep(0.05)
    assert seen == wanted


class Visit:
    """One visitor, who has a session of their own. `troubles` are errors of the page's scripts."""

    def __init__(self, width=1366, height=900, scheme="light"):
        self._free = free_pages(scheme)
        self.page = self._free.pop() if self._free else context(scheme).new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.troubles = []
        self._listening = {
            "pageerror": lambda error: self.troubles.append(str(error)),
            "console": lambda said: self.troubles.append(said.text) if said.type == "error" else None,
        }
        for event, listener in self._listening.items():
            self.page.on(event, listener)
        self.page.goto(server().url)
        self.page.locator("[data-testid=stFileUploader]").wait_for()
        self.settled()

    def settled(self):
        """Wait until the server has drawn what it had to. What a click brings is waited for by itself: the server may not have
        begun yet."""
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    def upload(self, *files):
        """Give files (paths, or name and bytes) to the upload field."""
        named = [(one.name, one.read_bytes()) if isinstance(one, Path) else one for one in files]
        given = [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in named]
        self.page.locator("input[type=file]").set_input_files(given)

    def read(self, *files, title=None):
        """Upload files and wait for a result, of which `title` is part of the headline."""
        self.upload(*files)
        self.headline(title)

    def headline(self, title=None):
        found = self.page.locator(".review h2")
        (found.filter(has_text=title) if title else found).first.wait_for()
        self.settled()

    def example(self):
        self.settled()  # a click on what is just being drawn anew is lost
        self.page.get_by_role("button", name="打开示例").click()
        self.headline()

    def cell(self, address):
        return self.page.locator(f'td[data-name="cell {address}"]')

    def values(self):
        """What the cells show, by address, without their marks."""
        return self.page.locator("td.cell").evaluate_all(
            "cells => Object.fromEntries(cells.map(one => [one.dataset.name.slice(5), one.querySelector('.value').textContent]))"
        )

    def choose(self, name):
        """Choose another report."""
        field = self.page.locator("[data-testid=stSelectbox] input")
        self.settled()
        field.scroll_into_view_if_needed()
        self.page.wait_for_timeout(200)
        field.click()
        field.fill(name)
        self.page.get_by_role("option", name=re.compile("^" + r"\s+".join(map(re.escape, name.split())))).click()

    def fill(self, label, content):
        """Write into a field and leave it."""
        self.page.get_by_role("textbox", name=label).fill(content)
        self.page.keyboard.press("Enter")

    def pick(self, label, option):
        """Choose in a list."""
        field = self.page.get_by_role("combobox", name=label)
        field.click()
        self.page.get_by_role("option", name=option).first.click()

    def view(self, name):
        self.page.get_by_role("radio", name=name).or_(self.page.get_by_role("button", name=name, exact=True)).first.click()

    def marked(self):
        """What is highlighted in the source."""
        return self.page.locator(".source mark").all_inner_texts()

    def in_sight(self, inner, outer):
        """Whether the first `inner` can be seen inside `outer`."""
        return self.page.locator(outer).evaluate(
            """(outer, inner) => {
                const box = outer.querySelector(inner).getBoundingClientRect(), frame = outer.getBoundingClientRect();
                return box.top >= frame.top && box.bottom <= frame.bottom && box.left >= frame.left && box.right <= frame.right + 1;
            }""",
            inner,
        )

    def download(self, key):
        """The bytes of a download and the name it was given."""
        with self.page.expect_download() as started:
            self.page.locator(f".st-key-{key} button").click()
        return Path(started.value.path()).read_bytes(), started.value.suggested_filename

    def close(self):
        """Leave; the browser's tab serves the next visitor, whose session is another."""
        for event, listener in self._listening.items():
            self.page.remove_listener(event, listener)
        self.page.goto("about:blank")
        self._free.append(self.page)


def labelled(name):
    """The labelled values of a dataset's document that are numbers, as text."""
    label = json.loads((DATASET / "labels" / f"{name.partition('.')[0]}.json").read_text(encoding="utf-8"), parse_float=str)
    return {address: str(value) for address, value in label["cells"].items() if value is not None}
