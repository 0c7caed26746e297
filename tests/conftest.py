"""What all tests share: no network, no model, deterministic Hypothesis, no silent skip in CI, the labelled reports."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from extractor.settings import VARIABLES

CI = os.environ.get("CI") == "true"
ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = {"127.0.0.1", "::1", "localhost"}

# how long making an example takes says how busy the machine is, not whether the test is sound
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if CI else "local")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell lets what it starts in the background ignore Ctrl-C, and so would all programs that the tests start and interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_network(request, monkeypatch):
    """Any attempt to reach another machine fails the test; this machine is reached only under `@pytest.mark.loopback`."""
    allowed = LOOPBACK if request.node.get_closest_marker("loopback") else set()
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    send_to, look_up = socket.socket.sendto, socket.getaddrinfo

    def check(host):
        if (host.decode() if isinstance(host, bytes) else host) not in allowed:
            pytest.fail(f"the test reached for the network: {host}")

    def guarded(call):
        def run(self, *args):
            if self.family != getattr(socket, "AF_UNIX", None):
                check(args[-1][0])
            return call(self, *args)

        return run

    def guarded_look_up(host, *args, **kwargs):
        check(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket.socket, "sendto", guarded(send_to))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)


@pytest.fixture(autouse=True)
def _no_model(monkeypatch):
    """A model that the developer has named, or a key, is none of the tests' business."""
    for name in [name for variables in VARIABLES.values() for name in variables]:
        monkeypatch.delenv(name, raising=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skipped test is a failure: what is not run is not known to work."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """The same for modules that skip themselves while they are collected."""
    outcome = yield
    report = outcome.get_result()
    if CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped in CI: {report.longrepr}"


@pytest.fixture(scope="session")
def reports_folder():
    """The folder of labelled real reports: NIANBAO_REPORTS, or ../shared/reports beside the repository."""
    folder = Path(os.environ.get("NIANBAO_REPORTS") or ROOT.parent / "shared" / "reports")
    if not folder.is_dir():
        (pytest.fail if CI else pytest.skip)(f"no folder {folder}; set NIANBAO_REPORTS to the labelled reports")
    return folder
