# SPDX-License-Identifier: LGPL-2.1-or-later
"""What suites share that run inside namespaces of their own; without root, in a user namespace.

Their conftest.py calls begin() from pytest_configure; tests/conftest.py loads the rest."""

import pytest

from .enter import NotOnThisMachine, enter
from .lab import Lab
from .mesh import Mesh

SKIPPED = pytest.StashKey()


def begin(config, missing=lambda: None, needs_lab=lambda item: True):
    """Enters the namespaces. Where this machine has none, or `missing` names what else it lacks, tests are skipped:
    those that `needs_lab` says yes to."""
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.suspend_global_capture(in_=True)
    try:
        enter()
        reason = missing()
    except NotOnThisMachine as error:
        reason = f"not on this machine: {error}"
    capture.resume_global_capture()
    config.stash[SKIPPED] = (reason, needs_lab)


def pytest_collection_modifyitems(config, items):
    reason, needs_lab = config.stash.get(SKIPPED, (None, None))
    for item in items if reason else ():
        if needs_lab(item):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the end of the programs' logs."""
    report = (yield).get_result()
    values = getattr(item, "funcargs", {}).values() if report.failed else ()
    for net in {value for value in values if isinstance(value, Lab)}:
        report.sections.append(("logs of the lab", net.logs()))


@pytest.fixture
def net():
    with Lab() as a_lab:
        yield a_lab


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh
