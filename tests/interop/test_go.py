# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program, where BAMGATE_GO names it, as a machine of the mesh: with our hub and with its own.

    hub ── r ── m bamgated, 10.0.0.1, a or z the Go program, 10.0.0.2
"""

import pytest

from lab import measure
from lab.go_peer import GoHub, GoPeer, OpenHub, go_program
from lab.mesh import Mesh

ROLES = ("a", "z")  # the smaller name offers

pytestmark = pytest.mark.skipif(go_program() is None, reason="not on this machine: BAMGATE_GO names no program")


@pytest.fixture(params=("our-hub", "go-hub"))
def mesh(request, net):
    a_mesh = Mesh(net)
    a_mesh.hub = (OpenHub if request.param == "our-hub" else GoHub)(a_mesh.hub.host)
    with a_mesh:
        yield a_mesh
    if request.param == "our-hub":
        a_mesh.hub.close()


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
