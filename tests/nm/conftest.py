# SPDX-License-Identifier: LGPL-2.1-or-later
import lab.plugin
from network_manager import missing


def pytest_configure(config):
    lab.plugin.begin(config, missing)
