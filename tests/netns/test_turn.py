# SPDX-License-Identifier: LGPL-2.1-or-later
"""Peers that cannot reach each other, and Debian's coturn between them."""

import pytest

from lab import measure
from lab.bamgate import UP
from lab.mesh import Mesh
from lab.turn import Turn, keep_apart


def relayed_pair(net, mesh, turn, **ice):
    keep_apart(net, "a", "b")
    machines = [mesh.machine(name, ice={"turn-servers": turn.urls, "relay": "off", **ice}, start=False) for name in "ab"]
    for machine in machines:
        machine.write_secret("turn-secret", turn.secret)
        machine.start().wait_state(*UP)
    return machines


@pytest.mark.parametrize("transport", ("udp", "tcp"))
@pytest.mark.parametrize("path", ("ice", "data-channel"))
def test_relayed(net, transport, path):
    with Mesh(net) as mesh:
        turn = Turn(net.host("turn"), transport)
        a, b = relayed_pair(net, mesh, turn, paths=list({path: 1, "data-channel": 1}))
        mesh.wait_connected(a, b, path=path, relayed=True)
        measure.ping(a.host, b.address, count=20, interval=0.02)
        assert measure.tcp_mbit(a.host, b.host, b.address, seconds=1) > 1


def test_relayed_with_every_path(net):
    """The pair is relayed on one side: the other may send to the relay's address from a socket of its own."""
    with Mesh(net) as mesh:
        turn = Turn(net.host("turn"))
        a, b = relayed_pair(net, mesh, turn)
        mesh.wait_connected(a, b, relayed=True)
        measure.ping(a.host, b.address, count=20, interval=0.02)
        assert measure.tcp_mbit(a.host, b.host, b.address, seconds=1) > 1


def test_relay_only(net):
    """Nothing stands between them, but one of them shows no address of its own."""
    with Mesh(net) as mesh:
        turn = Turn(net.host("turn"))
        a = mesh.machine("a", ice={"turn-servers": turn.urls, "relay": "off", "force-relay": True}, start=False)
        a.write_secret("turn-secret", turn.secret)
        a.start().wait_state(*UP)
        b = mesh.machine("b")
        mesh.wait_connected(a, b)
        peer = a.peer("b")
        assert peer["Relayed"] and peer["LocalCandidate"].startswith("relay")
        measure.ping(a.host, b.address)
        mesh.hub.stop()  # so that the peer stays, and is lost instead of gone
        b.kill()
        a.wait_peer("b", path="", seconds=60)
        assert not a.peer("b")["Relayed"]
        assert "relayed" not in a.ctl("peers").stdout


@pytest.mark.parametrize("secret", (None, "wrong"))
def test_without_the_right_secret(net, secret):
    """They stay apart, and nothing else suffers."""
    with Mesh(net) as mesh:
        turn = Turn(net.host("turn"))
        keep_apart(net, "a", "b")
        a, b = (mesh.machine(name, ice={"turn-servers": turn.urls, "relay": "off"}, start=False) for name in "ab")
        for machine in (a, b):
            if secret:
                machine.write_secret("turn-secret", secret)
            else:
                (machine.secrets / "turn-secret").unlink()
            machine.start().wait_state(*UP)
        assert measure.ping(a.host, b.address, count=2, wait=1, check=False) is None
        assert a.peer("b")["State"] != "connected"
        if not secret:
            assert "turn-secret" in a.daemon.text()
        assert turn.secret not in a.daemon.text() and "wrong" not in a.daemon.text()
