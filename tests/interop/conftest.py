# SPDX-License-Identifier: LGPL-2.1-or-later
"""The suite runs inside namespaces of its own; without root, in a user namespace."""

import os

import pytest

import lab
from lab.foreign import ForeignPeer
from lab.mesh import Mesh

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


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.fixture
def foreign(mesh):
    """Makes foreign peers, which are gone at the end."""
    made = []

    def make(name, *arguments, **options):
        made.append(ForeignPeer(mesh, name, *arguments, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.stop()
