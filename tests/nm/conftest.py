# SPDX-License-Identifier: LGPL-2.1-or-later
"""The suite runs inside namespaces of its own, as tests/netns does."""

import os

import pytest

import lab
from network_manager import missing

cannot = None


def pytest_configure(config):
    global cannot
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        lab.enter()
        cannot = missing()
    except lab.NotOnThisMachine as error:
        cannot = f"not on this machine: {error}"
    capture.resume_global_capture()


def pytest_collection_modifyitems(items):
    here = os.path.dirname(__file__)
    for item in items:
        if cannot and str(item.path).startswith(here):
            item.add_marker(pytest.mark.skip(reason=cannot))


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
