# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program at our hub's relay, where BAMGATE_GO names it: nothing but relayed candidates are ours, so nothing else can be."""

import pytest

from lab import measure
from lab.go_peer import GoPeer, OpenHub, go_program
from lab.mesh import Mesh

pytestmark = pytest.mark.skipif(go_program() is None, reason="not on this machine: BAMGATE_GO names no program")


@pytest.fixture
def mesh(net):
    a_mesh = Mesh(net)
    a_mesh.hub = OpenHub(a_mesh.hub.host)
    with a_mesh:
        yield a_mesh
    a_mesh.hub.close()


@pytest.mark.parametrize("name", ("a", "z"))
def test_meets_us_at_the_relay(mesh, name):
    """We come with our token, the Go program, which may have none, through the proxy."""
    hub, proxied = mesh.hub, mesh.hub.socket_url
    secret = (hub.host.dir / "hub" / "turn-secret").read_text().strip()
    hub.socket_url = f"ws://{hub.host.address}:{hub.port}/connect"
    ours = mesh.machine("m", ice={"force-relay": True})
    hub.socket_url = proxied
    theirs = GoPeer(mesh, name, network=f'turn_secret = "{secret}"').start()
    ours.wait_peer(name, state="connected", relayed=True)
    measure.ping_until_answered(ours.host, theirs.address)
    measure.ping(theirs.host, ours.address, 20, interval=0.05)
    assert "relay" in ours.peer(name)["RemoteCandidate"]
