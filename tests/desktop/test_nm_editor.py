# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of settings panels with a daemon on the bus: machines that offer to be an exit are in its list."""

import os
import subprocess

import pytest

from bus_fixtures import fake_service
from lab.paths import build_dir


@pytest.mark.parametrize("toolkit", ("gtk3", "gtk4"))
def test_exits_are_offered(desktop, tmp_path, toolkit):
    program = build_dir() / "tests" / "nm" / f"editor-test-{toolkit}"
    if not program.exists():
        pytest.skip(f"not on this machine: {toolkit} and NetworkManager's library")
    with fake_service(tmp_path, "exit") as service:
        environment = os.environ | service.environment() | {"EXITS_ARE_OFFERED": "1", "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
                                                            "GTK_A11Y": "none", "NO_AT_BRIDGE": "1"}
        done = subprocess.run([program, build_dir() / "nm-plugin" / "libnm-vpn-plugin-bamgate.so", "-p", "/nm/editor/exits-that-are-offered"],
                              env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "ok 1" in done.stdout, done.stdout + done.stderr
