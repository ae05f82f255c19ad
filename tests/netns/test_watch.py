# SPDX-License-Identifier: LGPL-2.1-or-later
"""A peer that this machine goes out by is missed soon, though nobody sends anything.

    a, hub ── r ── b, c
"""

import random
import statistics
import time

import pytest

from lab.bamgate import static_machine
from lab.lan import NET, SERVER, Site
from lab.measure import ping_until_answered
from lab.mesh import Mesh
from lab.wait import wait_for
from lab.wireguard import WireguardGo

PORT = 51820
WITHIN_S = 3.0


def exit_state(machine):
    return machine.bus.tunnel()["ExitState"]


def wait_exit(machine, state, seconds=15):
    machine.bus.wait(f"exit is {state}", lambda: exit_state(machine) == state, seconds)


def lose(net, machine, host, rng):
    """Seconds until it is said that the exit is lost, whose wire is cut in a moment of no traffic; it is back then."""
    time.sleep(1 + rng.random())  # quiet is what is tested
    net.cut(host)
    start = time.monotonic()
    wait_exit(machine, "lost", 60)
    took = time.monotonic() - start
    net.mend(host)
    wait_exit(machine, "active", 60)
    return took


def lose_often(net, machine, host, rounds):
    rng = random.Random(rounds)
    times = [lose(net, machine, host, rng) for _ in range(rounds)]
    print(f"\nlost after {min(times):.2f} to {max(times):.2f} s, {statistics.median(times):.2f} in the middle")
    return max(times)


def choose_member(mesh):
    a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
    mesh.wait_connected(a, b)
    a.wait_peer("b", exit_offered=["4"])
    a.ctl("exit", "set", "b")
    wait_exit(a, "active")
    return a, b


ROUNDS = [3, pytest.param(20, marks=pytest.mark.long)]


@pytest.mark.limit(600)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_exit_of_the_network(net, rounds):
    with Mesh(net) as mesh:
        a, b = choose_member(mesh)
        assert lose_often(net, a, b.host, rounds) < WITHIN_S


@pytest.mark.limit(600)
@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("known", [True, False], ids=["its address", "everything"])
def test_foreign_exit(net, known, rounds):
    """wireguard-go, without a keepalive; where its own address is not among its allowed IPs it is asked all the same."""
    a, b = net.host("a"), net.host("b")
    theirs = WireguardGo(b, ["10.70.0.2/24"], PORT)
    peer = {"public-key": theirs.keys.public, "allowed-ips": ["10.70.0.2/32", "0.0.0.0/0"] if known else ["0.0.0.0/0"],
            "endpoint": f"{b.address}:{PORT}"}
    ours = static_machine(a, ("10.70.0.1/24",), {"b": peer})
    theirs.add_peer(ours.keys.public, ["10.70.0.1/32"])
    net.forward(b)
    ours.start().wait_state("online", "degraded")
    ours.ctl("exit", "set", "b")
    wait_exit(ours, "active")
    time.sleep(2)  # it has answered by now
    assert lose_often(net, ours, b, rounds) < WITHIN_S


def test_idle_route_moves(net):
    """Something went to the network a while ago, and nothing goes there now."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        g1 = site.gateway("g1")
        site.gateway("g2")
        client = mesh.machine("client", device={"accept-routes": True})
        client.bus.wait("g1 carries it", lambda: client.peer("g1").get("AcceptedRoutes") == [NET], 10)
        client.wait_peer("g2", state="connected")
        ping_until_answered(client.host, SERVER)
        time.sleep(3)  # quiet is what is tested
        net.cut(g1.host)
        start = time.monotonic()
        wait_for("g2 carries it", lambda: client.peer("g2")["AcceptedRoutes"] == [NET], 30)
        took = time.monotonic() - start
        print(f"\nmoved after {took:.2f} s")
        assert took < WITHIN_S + 0.3  # and what it takes to ask
