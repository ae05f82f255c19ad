# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mesh whose hub is the Worker."""

import time

import pytest

from lab import measure
from lab.mesh import Mesh, empty_machine
from lab.wait import wait_for
from lab.workerd import EVICTION, WorkerHub, install
from test_relay import pass_only


@pytest.fixture
def hub(net):
    reason = install()
    if reason:
        pytest.skip(reason)
    hub = WorkerHub(net.host("hub")).start()
    yield hub
    hub.kill()


def test_setup_invite_join(net, hub):
    """With bamgatectl alone, as a person would; and once more, when the room has slept."""
    a, b, c = (empty_machine(net.host(name)) for name in "abc")
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    assert (a.address, b.address) == ("10.0.0.1", "10.0.0.2")
    Mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    time.sleep(EVICTION)
    c.join(b.invite(), "--name", "c", "--force")
    Mesh.learn_addresses(c)
    for other in a, b:
        Mesh.wait_connected(c, other)
        measure.ping_until_answered(c.host, other.address)


def test_relay(net, hub):
    """Two that get out to nothing but the Worker."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    pass_only(net, f"ip daddr {hub.host.address} tcp dport {hub.port}", "a", "b")
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address, count=20, interval=0.02)
    assert measure.tcp_mbit(a.host, b.host, b.address, seconds=1) > 2


def test_worker_goes_and_comes_back(net, hub):
    """As a deploy does, which cuts every socket."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b)
    hub.kill()
    wait_for("a has lost its hub", lambda: a.state_is("degraded"), 20)
    measure.ping(a.host, b.address)
    hub.start()
    for machine in a, b:
        machine.wait_state("online", seconds=15)
    assert b.stop() == 0
    wait_for("a hears that b has left", lambda: a.peer("b").get("State") != "connected", 20)
