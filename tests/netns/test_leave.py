# SPDX-License-Identifier: LGPL-2.1-or-later
"""Out of a network, and what is remembered of its members.

    hub ── r ── a, b
"""
import pytest

from lab import measure
from lab.mesh import Mesh, empty_machine
from lab.wireguard import Keys


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.fixture
def joined(mesh):
    """a, which can invite, and b, which joined."""
    a, b = mesh.machine("a"), empty_machine(mesh.net.host("b"))
    b.join(a.invite(), "--name", "b")
    mesh.learn_addresses(b)
    mesh.wait_connected(a, b)
    return a, b


def secrets_of(machine):
    return sorted(file.name for file in machine.secrets.iterdir())


def pins_of(machine):
    file = machine.state / "known-peers"
    return file.read_text() if file.exists() else ""


@pytest.mark.sanitized
def test_leave_and_join_again(joined):
    a, b = joined
    old_key = b.bus.tunnel()["PublicKey"]
    assert secrets_of(b) == ["device-credential", "device-key", "turn-secret"] and "[peer a]" in pins_of(b)
    told = b.ctl_json("leave", "--yes")
    assert told["left"] and told["kept"] == []

    assert b.state_is("off") and not b.has_interface()
    assert secrets_of(b) == [] and pins_of(b) == ""
    assert not any(word in b.config.read_text() for word in ("server-", "address", "name="))
    assert "stun-servers" in b.config.read_text()  # a person's own
    tunnel = b.bus.tunnel()
    assert (tunnel["Name"], tunnel["PublicKey"], tunnel["ServerUrl"], tunnel["Addresses"]) == ("", "", "", [])
    assert b.ctl("up", check=False).returncode == 5
    assert b.ctl("leave", "--yes", check=False).returncode == 5

    b.join(a.invite(), "--name", "b2")
    b.wait_state("online")
    assert b.bus.tunnel()["PublicKey"] not in ("", old_key)
    b.wait_peer("a")
    a.wait_peer("b2")


def test_leave_that_cannot_be_saved_changes_nothing(joined):
    _, b = joined
    drop_ins = b.config.with_name(b.config.name + ".d")
    drop_ins.mkdir()
    (drop_ins / "10-own.conf").write_text("[device]\nname=b\n")
    b.ctl("config", "set", "device.accept-routes=yes")  # the drop-in has been read
    before = b.config.read_text(), secrets_of(b), pins_of(b)
    refused = b.ctl("leave", "--yes", check=False)
    assert refused.returncode != 0 and "10-own.conf" in refused.stderr
    assert (b.config.read_text(), secrets_of(b), pins_of(b)) == before
    assert b.state_is("online") and b.peer("a")["State"] == "connected"


def test_static_peers_stay(joined):
    _, b = joined
    office = Keys()
    key, address = b.bus.tunnel()["PublicKey"], b.address
    b.ctl("config", "set", f"peer.office.public-key={office.public}", "peer.office.allowed-ips=10.9.0.0/24")
    assert b.ctl_json("leave", "--yes")["kept"] == ["device-key", "device.address"]
    b.wait_state("online")
    assert secrets_of(b) == ["device-key"] and b.bus.tunnel()["PublicKey"] == key
    assert [a.split("/")[0] for a in b.bus.tunnel()["Addresses"]] == [address] and "10.9.0.0/24" in b.routes()
    assert list(b.bus.peers()) == ["office"]


def test_the_hub_goes_as_its_person_says(net):
    home, b = empty_machine(net.host("home")), empty_machine(net.host("b"))
    setup = home.ctl_json("setup", "--host", "--public-url", f"https://{home.host.address}:8443", "--name", "home",
                          seconds=60)
    b.join(setup["invite"], "--name", "b")
    home.wait_peer("b")
    asked = home.ctl("leave", "--yes", check=False)
    assert asked.returncode == 2 and "without which b cannot" in asked.stderr
    assert home.state_is("online")

    home.ctl("leave", "--yes", "--keep-hub")
    assert home.state_is("off") and list((home.state / "hub").iterdir()) and secrets_of(home) == []
    home.ctl("setup", "--host", "--public-url", f"https://{home.host.address}:8443", "--name", "home", seconds=60)
    home.wait_state("online")
    home.ctl("leave", "--yes", "--remove-hub")
    assert home.state_is("off") and not (home.state / "hub").exists()


def test_forget_while_the_tunnel_is_off(joined):
    _, b = joined
    b.ctl("down")
    assert b.ctl("peers", "forget", "nobody", check=False).returncode == 6
    assert "[peer a]" in pins_of(b)
    b.ctl("peers", "forget", "a")
    assert "[peer a]" not in pins_of(b)
    assert b.ctl("peers", "forget", "a", check=False).returncode == 6


def test_pins_outlive_the_first_tunnel(joined):
    """What was learnt after the join is not taken for what the network before had left."""
    a, b = joined
    assert "[peer a]" in pins_of(b)
    b.ctl("down")
    assert "[peer a]" in pins_of(b)
    b.ctl("up")
    measure.ping_until_answered(b.host, a.address)


def standing(machine, name):
    return [device["state"] for device in machine.ctl_json("devices")["devices"] if device["name"] == name]


def test_out_of_a_signed_network(joined):
    """An owner that has a tunnel to it puts it out by itself; else the newcomer under its old name is told why it cannot be, and by whom."""
    a, b = joined
    a.ctl("network", "protect", "--recovery-file", a.host.dir / "recovery", "--allow-unsigned", "no", "--yes")
    b.bus.wait("it is signed", lambda: b.bus.tunnel()["Membership"] == "signed")
    assert standing(a, "b") == ["active"]
    b.ctl("leave", "--yes")
    a.bus.wait("b is out of the log", lambda: standing(a, "b") == ["revoked"])
    b.join(a.invite(), "--name", "b")
    a.bus.wait("b is in it again", lambda: "active" in standing(a, "b"))
    assert a.daemon.text().count("it is put out of the log") == 1  # it says so twice
    line = a.invite()
    a.stop()
    b.ctl("leave", "--yes", seconds=20)
    refused = b.join(line, "--name", "b", check=False)
    assert refused.returncode != 0 and "as it was before it left" in refused.stderr
