# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that are connected when there is traffic for them."""

import pytest

from lab import measure
from lab.mesh import Mesh

ON_DEMAND = {"connect": "on-demand", "idle-timeout": 10}
IDLE_SECONDS = 30  # the timeout, the look at the figures after it, a busy machine


def wait_idle(a, b):
    a.wait_peer("b", seconds=IDLE_SECONDS, state="idle")
    b.wait_peer("a", seconds=IDLE_SECONDS, state="idle")


def ping_all(one, other):
    """Fails where one of them is lost."""
    result = one.host.run("ping", "-c", "3", "-i", "0.2", "-W", "8", other.address)
    assert " 3 received" in result.stdout, (one.ctl_json("status")["drops"], other.ctl_json("status")["drops"])


@pytest.fixture
def pair(net):
    """Two that met once, and rest."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a", ice=ON_DEMAND), mesh.machine("b", ice=ON_DEMAND)
        mesh.wait_connected(a, b)
        wait_idle(a, b)
        yield mesh, a, b


def test_first_packet_waits(pair):
    """Whoever begins, and whichever id is the smaller: not one echo request is lost."""
    mesh, a, b = pair
    ping_all(a, b)
    mesh.wait_connected(a, b)
    wait_idle(a, b)
    ping_all(b, a)


@pytest.mark.long
def test_settings_change_while_it_rests(pair):
    mesh, a, b = pair
    a.ctl("config", "set", "ice.connect-always=b")
    a.wait_peer("b", state="connected")
    a.ctl("ping", "b")


@pytest.mark.long
def test_a_ping_by_hand_connects(pair):
    _, a, _ = pair
    a.ctl("ping", "b")
    assert measure.ping(a.host, a.peer("b")["Addresses"][0]) is not None


@pytest.mark.long
def test_a_peer_that_was_killed_is_met_again(pair):
    mesh, a, b = pair
    b.kill()
    b.start().wait_state("online")
    ping_all(a, b)
