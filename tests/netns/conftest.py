# SPDX-License-Identifier: LGPL-2.1-or-later
import lab.plugin


def pytest_configure(config):
    lab.plugin.begin(config)
