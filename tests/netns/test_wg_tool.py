# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's wg(8) on our interface: files of any size, all or nothing, and files that it wrote itself."""

import base64

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.wait import wait_for
from lab.wireguard import Keys, show

PORT = 51820
OFFICE = Keys()


def key_of(number):
    """Not a curve point that anybody has the other half of."""
    return base64.b64encode(number.to_bytes(4, "big") + bytes(27) + b"\x01").decode()


def peer_lines(number):
    return (f"[Peer]\nPublicKey = {key_of(number)}\nPresharedKey = {key_of(number)}\n"
            f"Endpoint = 192.0.2.{number % 250 + 1}:{PORT}\nPersistentKeepalive = 25\n"
            f"AllowedIPs = 10.128.{number >> 8}.{number & 255}/32, fd71::{number:x}/128\n")


def peers_of(machine):
    return set(machine.host.out("wg", "show", machine.interface, "peers").split())


def give(machine, verb, text, check=True):
    path = machine.host.dir / "peers.conf"
    path.write_text(text)
    return machine.host.run("wg", verb, machine.interface, path, check=check, seconds=120)


@pytest.fixture
def machine(net):
    """One that has a static peer, whom nobody plays."""
    settings = {"office": {"public-key": OFFICE.public, "allowed-ips": ["10.70.0.2/32"], "endpoint": f"192.0.2.1:{PORT}"}}
    return static_machine(net.host("a"), "10.70.0.1/24", settings, {"listen-port": PORT}).start().wait_state("online")


@pytest.fixture
def member(net):
    """Of a mesh with b, and with a static peer beside it."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a", start=False), mesh.machine("b")
        with a.config.open("a") as config:
            config.write(f"[peer office]\npublic-key={OFFICE.public}\nallowed-ips=10.70.0.2/32\n")
        a.start()
        mesh.wait_connected(a, b)
        yield a, b


@pytest.mark.limit(180)
@pytest.mark.parametrize("many", (300, 1000, 5000))
def test_from_one_to_many_to_one(machine, many):
    wanted = {key_of(number) for number in range(1, many + 1)}
    text = "".join(map(peer_lines, range(1, many + 1)))
    give(machine, "setconf", text)
    assert peers_of(machine) == wanted
    give(machine, "addconf", text)
    give(machine, "syncconf", text)
    assert peers_of(machine) == wanted
    allowed = show(machine.host, machine.interface, "allowed-ips")
    assert set(allowed[key_of(many)].split()) == {f"10.128.{many >> 8}.{many & 255}/32", f"fd71::{many:x}/128"}
    give(machine, "setconf", peer_lines(7))
    assert peers_of(machine) == {key_of(7)}
    give(machine, "syncconf", text)
    assert peers_of(machine) == wanted
    give(machine, "syncconf", peer_lines(9))
    assert peers_of(machine) == {key_of(9)}
    machine.check_alive()


def test_all_or_nothing(machine):
    """One bad peer at the end of many, and nothing has happened."""
    text = "".join(map(peer_lines, range(1, 401))) + "[Interface]\nFwMark = 7\n"
    assert give(machine, "addconf", text, check=False).returncode != 0
    assert peers_of(machine) == {OFFICE.public}


def test_the_loop_does_not_wait(machine):
    """While thousands of peers are taken in, the daemon answers on the bus."""
    path = machine.host.dir / "peers.conf"
    path.write_text("".join(map(peer_lines, range(1, 5001))))
    wg = machine.host.start("wg-setconf", "wg", "setconf", machine.interface, path)
    while wg.is_running():
        assert machine.bus.tunnel()["State"] == "online"
    assert wg.wait() == 0, wg.output()
    assert len(peers_of(machine)) == 5000


def test_link_local_endpoints(machine):
    link = machine.host.ip_json("link", "show")[-1]["ifname"]
    endpoint = f"[fe80::7%{link}]:{PORT}"
    machine.host.run("wg", "set", machine.interface, "peer", key_of(1), "endpoint", endpoint)
    machine.ctl("config", "set", f"peer.near.public-key={key_of(2)}", f"peer.near.endpoint={endpoint}")
    endpoints = show(machine.host, machine.interface, "endpoints")
    assert endpoints[key_of(1)] == endpoints[key_of(2)] == endpoint


def test_a_link_that_comes_later(net):
    """The zone of an endpoint is looked for again, as a name is."""
    endpoint = f"[fe80::7%late0]:{PORT}"
    settings = {"near": {"public-key": OFFICE.public, "allowed-ips": ["10.70.0.2/32"], "endpoint": endpoint}}
    machine = static_machine(net.host("a"), "10.70.0.1/24", settings).start().wait_state("online")
    machine.wait_peer("near", state="disconnected", state_reason="endpoint: there is no interface late0")
    machine.host.run("ip", "link", "add", "late0", "type", "veth", "peer", "late1")
    wait_for("the endpoint", lambda: show(machine.host, machine.interface, "endpoints")[OFFICE.public] == endpoint, 30)


@pytest.mark.parametrize("verb", ("setconf", "syncconf", "addconf"))
def test_what_showconf_wrote_passes(member, verb):
    a, b = member
    text = a.host.out("wg", "showconf", a.interface)
    assert b.keys.public in text and OFFICE.public in text
    give(a, verb, text + "\n")
    assert sorted(a.host.out("wg", "showconf", a.interface).splitlines()) == sorted(text.splitlines())
    measure.ping_until_answered(a.host, b.address)


@pytest.mark.parametrize("verb", ("setconf", "syncconf"))
def test_mesh_peers_are_passed_over(member, verb):
    """A file that says nothing of them, of the key and of the port leaves all three as they are."""
    a, b = member
    before = [a.host.out("wg", "show", a.interface, what) for what in ("private-key", "listen-port")]
    give(a, verb, peer_lines(1))
    assert peers_of(a) == {b.keys.public, key_of(1)}
    assert [a.host.out("wg", "show", a.interface, what) for what in ("private-key", "listen-port")] == before
    measure.ping_until_answered(a.host, b.address)


def test_mesh_peers_are_not_changed(member):
    a, b = member
    for words in (["remove"], ["allowed-ips", "10.9.0.0/16"], ["persistent-keepalive", "7"], ["endpoint", "192.0.2.1:1"]):
        done = a.host.run("wg", "set", a.interface, "peer", b.keys.public, *words, check=False)
        assert "Operation not permitted" in done.stderr, words
    assert peers_of(a) == {b.keys.public, OFFICE.public}
    measure.ping_until_answered(a.host, b.address)
