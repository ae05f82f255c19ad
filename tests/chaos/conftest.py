# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib

import pytest

from netns.conftest import net, pytest_configure, pytest_runtest_makereport  # noqa: F401: the lab's
from netns import conftest as of_netns

HERE = pathlib.Path(__file__).resolve().parent
told = []


def pytest_collection_modifyitems(items):
    for item in items:
        if of_netns.cannot and HERE in item.path.parents and "net" in item.fixturenames:
            item.add_marker(pytest.mark.skip(reason=of_netns.cannot))


def pytest_terminal_summary(terminalreporter):
    for line in told:
        terminalreporter.write_line(line)


@pytest.fixture
def tell():
    """Takes lines for the end of the run, whether it fails or not."""
    return told.append


@pytest.fixture
def seed():
    return int(os.environ.get("BAMGATE_CHAOS_SEED", "1"))
