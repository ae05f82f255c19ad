# SPDX-License-Identifier: LGPL-2.1-or-later
"""People with sessions of their own: a bus, a real gnome-keyring, an agent. Everything inside namespaces, as in tests/netns."""

import os
import shutil
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))
import lab  # noqa: E402

cannot = None


def pytest_configure(config):
    global cannot
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        lab.enter()
    except lab.NotOnThisMachine as error:
        cannot = f"not on this machine: {error}"
    capture.resume_global_capture()
    if not shutil.which("gnome-keyring-daemon"):
        cannot = "not on this machine: gnome-keyring is not installed"


def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if not str(item.path).startswith(here):
            continue
        if cannot:
            item.add_marker(pytest.mark.skip(reason=cannot))
        elif item.get_closest_marker("users") and not has_users():
            item.add_marker(pytest.mark.skip(reason="not on this machine: needs root, which other users are made with"))


def has_users():
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and int(file.readline().split()[2]) > 65536


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of the programs' logs."""
    outcome = yield
    report = outcome.get_result()
    net = item.funcargs.get("net") if hasattr(item, "funcargs") else None
    if report.failed and net is not None:
        report.sections.append(("logs of the lab", net.logs()))


@pytest.fixture
def net():
    with lab.Lab() as a_lab:
        yield a_lab
