# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mesh whose hub is the Worker."""

import concurrent.futures
import subprocess

import pytest

from lab import measure
from lab.datagrams import stream
from lab.hub import Hub
from lab.device import Credential
from lab.mesh import Mesh, empty_machine
from lab.paths import build_dir
from lab.wait import wait_for
from lab.workers import worker_at
from test_owners import devices, invited, recovery_code, stranger, wait_membership
from test_relay import pass_only


@pytest.fixture
def hub(net):
    with worker_at(net.host("hub")) as hub:
        yield hub


def test_setup_invite_join(net, hub):
    """With bamgatectl alone, as a person would; and once more, when the room has slept."""
    a, b, c = (empty_machine(net.host(name)) for name in "abc")
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    assert (a.address, b.address) == ("10.0.0.1", "10.0.0.2")
    Mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    hub.wait_slept()
    c.join(b.invite(), "--name", "c", "--force")
    Mesh.learn_addresses(c)
    for other in a, b:
        Mesh.wait_connected(c, other)
        measure.ping_until_answered(c.host, other.address)


def test_relay(net, hub):
    """Two that get out to nothing but the Worker."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    pass_only(net, f"ip daddr {hub.host.address} tcp dport {hub.port}", "a", "b")
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address, count=20, interval=0.02)
    before = hub.status("relay")
    assert measure.tcp_mbit(a.host, b.host, b.address, seconds=1) > 2
    after = hub.status("relay")
    frames, messages = (after[key] - before[key] for key in ("frames", "messages"))
    print(f"{frames} frames with {messages} messages of {after['bytes'] - before['bytes']} bytes")
    assert frames < messages  # they go together


def lines_of(net, hub, count):
    """So many machines more at the hub, each in bamgated's words (tests/lab/crowd.c), in a room of their own."""
    host = net.host("crowd")
    token = host.dir / "token"
    token.touch(mode=0o600)
    token.write_text(hub.token + "\n", encoding="ascii")
    crowd = host.start("crowd", build_dir() / "tests" / "lab" / "crowd", hub.socket_url, hub.pin or "-", token, count, 1, stdin=subprocess.PIPE)
    crowd.wait_line(f"online {count}", 60)
    return crowd


@pytest.fixture(params=["hub", "worker"])
def either(request, net):
    """One host of the hub, and then the other."""
    return request.getfixturevalue("hub") if request.param == "worker" else Hub(net.host("hub")).start()


@pytest.fixture
def two(net, either):
    """Two machines that it brought together."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    a.ctl("setup", "--server", either.url, "--token-file", either.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b)
    return a, b


def test_deploy_touches_no_tunnel(net, either, two):
    """A deploy cuts every socket. Packets go on all the while, and all are back."""
    a, b = two
    crowd = lines_of(net, either, 100)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        counted = pool.submit(stream, a.host, b.host, b.address, 12)
        either.process.kill()
        crowd.wait_line("online 0", 15)
        either.start()
        for machine in two:
            machine.wait_state("online", seconds=15)
        crowd.wait_line("online 100", 15)
        lost, silence = counted.result()
    assert lost < 1 and silence < 2
    assert b.stop() == 0
    wait_for("a hears that b has left", lambda: a.peer("b").get("State") != "connected", 20)


def test_half_open_line(net, two):
    """The link is cut, the machine dies meanwhile, and comes back: its old line has not ended for the hub, and ends late."""
    a, b = two
    net.cut(b.host)
    b.kill()
    b.spawn()
    net.mend(b.host)
    b.wait_state("online", seconds=30)
    measure.ping_until_answered(a.host, b.address, seconds=30)
    Mesh.wait_connected(a, b)


def test_devices(net, hub):
    """They register, have both addresses, come back with their credential when everything was restarted, and not when they are revoked."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    a.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    b.join(a.invite(), "--name", "b", "--force")
    Mesh.learn_addresses(a, b)
    Mesh.wait_connected(a, b)
    owner = Credential(a, hub.url)
    devices = owner.devices()
    for machine in a, b:
        said = devices[machine.name]
        assert machine.bus.tunnel()["Addresses"] == [said["address"], said["address6"]]
    measure.ping_until_answered(a.host, devices["b"]["address6"].split("/")[0])
    b.stop()
    hub.kill()
    hub.start()
    b.start().wait_state("online", seconds=30)
    a.wait_state("online", seconds=30)
    Mesh.wait_connected(a, b)
    owner.revoke(devices["b"]["device_id"])
    b.bus.wait("b knows that it is out", lambda: "put out of the network" in b.bus.tunnel()["StateReason"], 30)


def test_signed_network(net, hub):
    """Its whole story: signed as it is made, joined by a line and by a code alone, one put out, the owner lost, and all of it once more after a kill."""
    home = empty_machine(net.host("a"))
    home.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "home", "--force", "--protect",
             "--recovery-file", str(home.host.dir / "recovery"), seconds=90)
    home.wait_state("online")
    attic, phone = invited(home, net, "b", "--force"), stranger(home, net, "c", "--force")
    home.wait_peer("b", state="connected", signed=True)
    wait_membership(phone, "pending")
    home.ctl("devices", "approve", "c", "--key", phone.bus.tunnel()["PublicKey"])
    wait_membership(phone, "signed")
    attic.wait_peer("c", state="connected", signed=True, seconds=30)
    hub.kill()
    hub.start()
    for machine in home, attic, phone:
        machine.wait_state("online", seconds=30)
    home.ctl("devices", "revoke", "c", "--yes")
    for machine in home, attic:
        machine.bus.wait("it speaks with c no more", lambda m=machine: m.peer("c").get("State") != "connected", 30)
    assert devices(attic)["c"]["state"] == "revoked"
    attic.ctl("network", "recover", "--yes", "--recovery-file", str(attic.host.dir / "next"), input=recovery_code(home) + "\n")
    home.bus.wait("it is an owner no more", lambda: not home.bus.tunnel()["Owner"], 30)
    home.wait_peer("b", state="connected", signed=True, seconds=30)


def test_token_network_migrates(net, hub):
    """Machines of before, which have the token alone, register by themselves and keep their addresses."""
    mesh = Mesh(net, hub=hub)
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    for machine in a, b:
        wait_for(f"{machine.name} has a credential", lambda m=machine: Credential.read(m), 20)
        assert machine.bus.tunnel()["Addresses"][0] == f"{machine.address}/24"
    said = Credential(a, hub.url).devices()
    assert {name: said[name]["address"] for name in said} == {machine.name: f"{machine.address}/24" for machine in (a, b)}
