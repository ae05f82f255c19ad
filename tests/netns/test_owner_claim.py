# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who owns a network that nobody signed: the hub says it, in the access token.

    hub ── r ── a, b
"""
import pytest

from lab.mesh import Mesh, empty_machine


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


def test_the_first_machine_owns_an_unsigned_network(mesh):
    a, b = mesh.machine("a"), empty_machine(mesh.net.host("b"))
    a.bus.wait("it owns the network", lambda: a.bus.tunnel()["Owner"])
    b.join(a.invite(), "--name", "b")
    b.wait_state("online")
    b.wait_peer("a")
    assert a.bus.tunnel()["Membership"] == b.bus.tunnel()["Membership"] == "unsigned" and not b.bus.tunnel()["Owner"]
    assert [row["owner"] for row in b.ctl_json("devices")["devices"]] == [True, False]
    a.ctl("leave", "--yes")
    b.bus.wait("it owns the network now", lambda: b.bus.tunnel()["Owner"])
