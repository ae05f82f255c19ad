# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is put out of a network that is not signed, on the machines of the others, none of which restarts.

    hub ── r ── a, b, c
"""
import pytest

from lab import measure
from lab.hub import Hub
from lab.mesh import Mesh, empty_machine
from lab.wait import wait_for
from lab.workers import worker_at

SECONDS = 10
OUT = "put it out"


@pytest.fixture(params=["hub", "worker"])
def hub(request, net):
    """One host of the hub, and then the other."""
    if request.param == "hub":
        yield Hub(net.host("hub")).start()
        return
    with worker_at(net.host("hub")) as worker:
        yield worker


def set_up(net, hub, *names):
    """The first one manages the others, which come with its invites; all are connected."""
    machines = [empty_machine(net.host(name)) for name in names]
    first, *others = machines
    first.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", first.name, "--force", seconds=60)
    for machine in others:
        machine.join(first.invite(), "--name", machine.name, "--force")
    Mesh.learn_addresses(*machines)
    for number, machine in enumerate(machines):
        for other in machines[:number]:
            Mesh.wait_connected(other, machine)
            measure.ping_until_answered(other.host, machine.address)
    return machines


def wait_out(machine, name, seconds=SECONDS):
    """It is refused, with the reason, and there is no session."""
    machine.wait_peer(name, state="refused", seconds=seconds)
    assert OUT in machine.peer(name)["StateReason"] and machine.peer(name)["Path"] == ""


def assert_silent(one, other):
    """Nothing of the one gets to the other."""
    before = other.host.out("cat", "/proc/net/dev")
    assert measure.ping_some(one.host, other.address, count=5, wait=1)[0] == 0, before


def test_others_drop_it_at_once(net, hub):
    """The owner, and one that hears of it from the hub; it does not come back, not with its daemon's restart either."""
    a, b, c = set_up(net, hub, "a", "b", "c")
    a.ctl("devices", "revoke", "b", "--yes")
    wait_out(a, "b", seconds=2)
    wait_out(c, "b")
    for other in a, c:
        assert_silent(b, other)
    measure.ping(a.host, c.address)
    b.stop()
    b.start()
    b.bus.wait("b knows that it is out", lambda: "put out of the network" in b.bus.tunnel()["StateReason"], 30)
    for other in a, c:
        wait_out(other, "b")
        assert_silent(b, other)


def test_one_that_was_away_hears_it(net, hub):
    """With its restart and without one: its line to the hub was cut, and what it had with the other too."""
    a, b, c, d = set_up(net, hub, "a", "b", "c", "d")
    assert c.stop() == 0
    net.cut(d.host)
    a.ctl("devices", "revoke", "b", "--yes")
    wait_out(a, "b", seconds=2)
    net.mend(d.host)
    c.start()
    for other in c, d:
        wait_out(other, "b", seconds=60)
        assert_silent(b, other)


def test_lost_machine_comes_as_a_new_one(net, hub):
    """Under its old name: the others take it once a person there has said so, which the refusal asks for."""
    a, b = set_up(net, hub, "a", "b")
    a.ctl("devices", "revoke", "b", "--yes")
    wait_out(a, "b", seconds=2)
    assert b.stop() == 0
    new = empty_machine(net.host("new"))
    new.join(a.invite(), "--name", "b", "--force")
    new.wait_state("online")
    a.bus.wait("a says what to do", lambda: "bamgatectl peers forget b" in a.peer("b")["StateReason"], 20)
    a.ctl("peers", "forget", "b")
    Mesh.learn_addresses(new)
    wait_for("a has the new one", lambda: a.peer("b") and a.peer("b")["State"] == "connected", 30)
    measure.ping_until_answered(a.host, new.address)
