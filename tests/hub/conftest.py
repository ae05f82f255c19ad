# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real hubs on free ports. The build folder is BAMGATE_BUILD, or build/ beside the sources."""

import os
import pathlib

import pytest

from hub_process import Hub

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def hub_program():
    build = pathlib.Path(os.environ.get("BAMGATE_BUILD", ROOT / "build"))
    program = build / "worker" / "hub" / "bamgate-hub"
    if not program.exists():
        pytest.fail(f"{program} is not built")
    return str(program)


@pytest.fixture
def start_hub(hub_program, tmp_path):
    """Starts a hub: start_hub("--plain", state="one"). What still runs at the end is killed."""
    hubs = []

    def start(*options, state="state", **more):
        hub = Hub(hub_program, tmp_path / state, options, **more)
        hubs.append(hub)
        hub.wait_ready()
        return hub

    yield start
    for hub in hubs:
        hub.kill()


@pytest.fixture
def hub(start_hub):
    return start_hub("--plain", "--listen", "127.0.0.1:0")
