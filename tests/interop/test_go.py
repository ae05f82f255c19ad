# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program, where BAMGATE_GO names it, as a machine of the mesh: with our hub, with its own and with the Worker.

    hub ── r ── m bamgated, 10.0.0.1, a or z the Go program, 10.0.0.2
"""

import concurrent.futures
import ipaddress
import time

import pytest

from lab import measure
from lab.datagrams import stream
from lab.go_peer import INTERFACE, GoHub, GoPeer, OpenHub, close_hub, go_program, worker_for_go
from lab.mesh import Mesh
from lab.process import LabError
from lab.wait import wait_for
from lab.workerd import install

ROLES = ("a", "z")  # the smaller name offers

pytestmark = pytest.mark.skipif(go_program() is None, reason="not on this machine: BAMGATE_GO names no program")


HUBS = {"our-hub": OpenHub, "go-hub": GoHub, "worker": worker_for_go}
WORKER_ALONE = pytest.mark.parametrize("mesh", ["worker"], indirect=True)


@pytest.fixture(params=HUBS)
def mesh(request, net):
    if request.param == "worker" and (reason := install()):
        pytest.skip(reason)
    a_mesh = Mesh(net)
    a_mesh.hub = HUBS[request.param](a_mesh.hub.host)
    with a_mesh:
        yield a_mesh
    close_hub(a_mesh.hub)


@pytest.fixture
def connect(mesh):
    """Ours and theirs, connected."""
    def connected(name, **options):
        ours = mesh.machine("m")
        theirs = GoPeer(mesh, name, **options).start()
        ours.wait_peer(name, state="connected")
        measure.ping_until_answered(ours.host, theirs.address)
        return ours, theirs

    return connected


@pytest.mark.parametrize("name", ROLES)
def test_connects(connect, name):
    ours, theirs = connect(name)
    measure.ping(theirs.host, ours.address)
    assert ours.peer(name)["Path"] == "data-channel"


@pytest.mark.parametrize("name", ROLES)
def test_they_restart(connect, name):
    """As asked, they say goodbye."""
    ours, theirs = connect(name)
    theirs.stop()
    ours.wait_peer(name, state="disconnected")
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)


@pytest.mark.parametrize("name", ROLES)
def test_they_are_killed(connect, name):
    ours, theirs = connect(name)
    theirs.kill()
    wait_for("their interface is gone", lambda: not theirs.host.has_link(INTERFACE))
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)


@pytest.mark.parametrize("name", ROLES)
def test_we_restart(connect, name):
    ours, theirs = connect(name)
    assert ours.stop() == 0
    ours.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)


@pytest.mark.parametrize("name", ROLES)
def test_we_are_killed(connect, name):
    ours, theirs = connect(name)
    ours.kill()
    ours.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=20)


@pytest.mark.parametrize("name", ROLES)
def test_both_restart(connect, name):
    """Killed and started in the same moment, so that what they say to each other crosses."""
    ours, theirs = connect(name)
    ours.kill()
    theirs.kill()
    wait_for("their interfaces are gone", lambda: not theirs.host.has_link(INTERFACE) and not ours.has_interface())
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for begun in [pool.submit(machine.start) for machine in (ours, theirs)]:
            begun.result()
    began = time.monotonic()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)
    print(f"back after {time.monotonic() - began:.2f} s")


@pytest.mark.parametrize("name", ROLES)
def test_hub_restarts(connect, mesh, name):
    """The tunnel lives on, and so do its packets."""
    ours, theirs = connect(name)
    mesh.hub.stop()
    measure.ping(ours.host, theirs.address)
    mesh.hub.start()
    ours.wait_state("online", seconds=40)
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)


@WORKER_ALONE
@pytest.mark.limit(150)
@pytest.mark.parametrize("name", ROLES)
def test_worker_sleeps(connect, mesh, name):
    """The room is made anew without a word to anybody: who comes then meets both, and offers reach who was silent."""
    ours, theirs = connect(name)
    mesh.hub.wait_slept()
    assert ours.stop() == 0
    mesh.hub.wait_slept()
    ours.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)
    mesh.hub.wait_slept()
    theirs.kill()
    wait_for("their interface is gone", lambda: not theirs.host.has_link(INTERFACE))
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)


@pytest.mark.long
@pytest.mark.limit(200)
@pytest.mark.parametrize("name", ROLES)
def test_link_cut(connect, net, name):
    """Ten seconds: the Go program restarts ICE after 5 to 10 s of silence, on its own."""
    ours, theirs = connect(name)
    net.cut(theirs.host)
    with pytest.raises(LabError):
        measure.ping_until_answered(ours.host, theirs.address, seconds=10)
    net.mend(theirs.host)
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)
    assert "leaving and joining the hub" not in ours.daemon.text()


@pytest.mark.parametrize("name", ROLES)
def test_our_address_changes(connect, net, name):
    """ICE is restarted, by whoever may begin it. Where that is the Go program, 1.5.2 ignores what it is offered for ten seconds: we leave
    and join the hub, which it heeds at once."""
    net.router.run("nft", "add table ip6 four; add chain ip6 four pass { type filter hook forward priority 0; }; "
                          "add rule ip6 four pass meta l4proto udp drop")
    ours, theirs = connect(name)
    address = ours.peer(name)["LocalCandidate"].split()[-1].rsplit(":", 1)[0]
    ours.host.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1")
    ours.host.run("ip", "address", "add", f"{ipaddress.ip_address(address) + 1}/28", "dev", "eth0")
    ours.host.run("ip", "address", "delete", f"{address}/28", "dev", "eth0")
    began = time.monotonic()
    measure.ping_until_answered(ours.host, theirs.address, seconds=8 if name < ours.name else 15)
    print(f"back after {time.monotonic() - began:.2f} s")
    assert name < ours.name or "leaving and joining the hub" not in ours.daemon.text()


@pytest.mark.long
@pytest.mark.limit(300)
@pytest.mark.parametrize("name", ROLES)
def test_across_a_rekey(connect, name):
    """REKEY_AFTER_TIME is two minutes of real time; no ping is lost over it."""
    ours, theirs = connect(name)
    measure.ping(ours.host, theirs.address, count=650, interval=0.2)


@pytest.mark.parametrize("name", ROLES)
def test_lost_fragments(connect, net, name):
    """Its full packets are two fragments: what is lost is lost, and the rest arrives."""
    ours, theirs = connect(name)
    net.impair(theirs.host, delay_ms=15, loss_percent=1)
    measure.ping_until_answered(theirs.host, ours.address)
    lost, silence = stream(theirs.host, ours.host, ours.address, 8)
    assert lost < 10 and silence < 2
