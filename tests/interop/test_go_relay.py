# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program at our relays, where BAMGATE_GO names it: nothing but relayed candidates are ours, so nothing else can be."""

import pytest

from lab import measure
from lab.go_peer import GoPeer, OpenHub, close_hub, go_program, worker_for_go
from lab.mesh import Mesh
from lab.workerd import install

pytestmark = pytest.mark.skipif(go_program() is None, reason="not on this machine: BAMGATE_GO names no program")
HUBS = {"our-hub": OpenHub, "worker": worker_for_go}


@pytest.fixture(params=HUBS)
def mesh(request, net):
    if request.param == "worker" and (reason := install()):
        pytest.skip(reason)
    a_mesh = Mesh(net)
    a_mesh.hub = HUBS[request.param](a_mesh.hub.host)
    with a_mesh:
        yield a_mesh
    close_hub(a_mesh.hub)


def connected(mesh, name):
    """We come with our token, the Go program, which may have none, through the proxy."""
    hub, theirs_url = mesh.hub, mesh.hub.socket_url
    hub.socket_url = f"ws://{hub.host.address}:{hub.port}/connect"
    ours = mesh.machine("m", ice={"force-relay": True})
    hub.socket_url = theirs_url
    theirs = GoPeer(mesh, name, network=f'turn_secret = "{hub.turn_secret}"').start()
    ours.wait_peer(name, state="connected", relayed=True)
    measure.ping_until_answered(ours.host, theirs.address)
    return ours, theirs


@pytest.mark.parametrize("name", ("a", "z"))
def test_meets_us_at_the_relay(mesh, name):
    ours, theirs = connected(mesh, name)
    measure.ping(theirs.host, ours.address, 20, interval=0.05)
    assert "relay" in ours.peer(name)["RemoteCandidate"]


@pytest.mark.limit(120)
@pytest.mark.parametrize("name", ("a", "z"))
def test_relay_is_back(mesh, name):
    """After a restart of the hub, which cuts every relayed path; the Go program gathers anew when its ICE has failed, or for our offer."""
    ours, theirs = connected(mesh, name)
    mesh.hub.stop()
    mesh.hub.start()
    ours.wait_state("online", seconds=40)
    measure.ping_until_answered(ours.host, theirs.address, seconds=60)
