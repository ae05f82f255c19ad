# SPDX-License-Identifier: LGPL-2.1-or-later
import os

import pytest

import lab.plugin

told = []


def pytest_configure(config):
    lab.plugin.begin(config, needs_lab=lambda item: "net" in item.fixturenames)


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
