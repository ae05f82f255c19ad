# SPDX-License-Identifier: LGPL-2.1-or-later
"""People with sessions of their own: a bus, a real gnome-keyring, an agent. Everything inside namespaces, as in tests/netns."""

import os
import shutil

import pytest

import lab.plugin


def missing():
    return None if shutil.which("gnome-keyring-daemon") else "not on this machine: gnome-keyring is not installed"


def pytest_configure(config):
    lab.plugin.begin(config, missing)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("users") and not has_users():
            item.add_marker(pytest.mark.skip(reason="not on this machine: needs root, which other users are made with"))


def has_users():
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return os.geteuid() == 0 and int(file.readline().split()[2]) > 65536
