# SPDX-License-Identifier: LGPL-2.1-or-later
import lab.plugin
import lab.workerd


def pytest_configure(config):
    lab.workerd.install()  # while there is a network
    lab.plugin.begin(config)
