# SPDX-License-Identifier: LGPL-2.1-or-later
"""What connections that rest cost those that do not."""

import contextlib
import resource
import subprocess

import pytest

from bench.measures import cpu_seconds
from bench.service import Crowd

pytestmark = pytest.mark.host_only("hub", "the platform has a loop of its own")

RESTING = 4000
FILES = 3 * RESTING


@pytest.fixture(autouse=True)
def files():
    """For the hub and the devices, which inherit how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < FILES:
        pytest.skip(f"not on this machine: {FILES} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def resting(hub, count):
    """So many devices that are in rooms, and say nothing."""
    hub.folder = hub.state
    crowd = Crowd(hub)
    try:
        crowd.join(count, 64, room=30)
        yield
    finally:
        crowd.end()


def cost_of_a_relayed_packet(hub, build):
    """Seconds of the hub's processor time. Nearly all of them go there and back one at a time."""
    used = cpu_seconds([hub.process.pid])
    subprocess.run([build / "tests" / "bench" / "relay-blast", hub.url, hub.state / "token", hub.state / "turn-secret", "0.01"],
                   capture_output=True, timeout=60, check=True)
    return cpu_seconds([hub.process.pid]) - used


@pytest.mark.limit(150)
def test_who_rests_costs_others_nothing(start_hub, build):
    """On one main context with all others a packet there and back costs a hundred times as much beside so many."""
    hub = start_hub("--plain", "--listen", "127.0.0.1:0", "--subnet", "10.64.0.0/16", "--relay-rate", "0",
                    "--max-sockets", str(FILES // 2))
    alone = min(cost_of_a_relayed_packet(hub, build) for _ in range(2))
    with resting(hub, RESTING):
        beside = min(cost_of_a_relayed_packet(hub, build) for _ in range(2))
    print(f"{alone:.2f} s alone, {beside:.2f} s beside {RESTING}")
    assert beside < 15 * max(alone, 0.1)
