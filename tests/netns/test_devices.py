# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices with credentials of their own: how they come by one, keep it, and lose it.

    hub ── r ── a, b, c
"""
import pytest

from lab import measure
from lab.bamgate import UP
from lab.clock import Clock
from lab.device import Credential
from lab.mesh import Mesh, empty_machine
from lab.wait import wait_for


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


def set_up(mesh, name="a"):
    machine = empty_machine(mesh.net.host(name))
    machine.ctl("setup", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file, "--name", name, seconds=60)
    mesh.learn_addresses(machine)
    return machine


def joined(mesh, inviter, name, host=None):
    machine = empty_machine(mesh.net.host(host or name))
    machine.join(inviter.invite(), "--name", name)
    return machine


@pytest.fixture
def pair(mesh):
    """a, who made the network and manages it, and b, who joined with a code."""
    a = set_up(mesh)
    b = joined(mesh, a, "b")
    mesh.learn_addresses(b)
    mesh.wait_connected(a, b)
    return a, b


def secrets_of(machine):
    return sorted(file.name for file in machine.secrets.iterdir())


def wait_credential(machine):
    return wait_for(f"{machine.name} has a credential", lambda: Credential.read(machine), 20)


def wait_reason(machine, words, seconds=20):
    machine.bus.wait(f"{machine.name} says “{words}”", lambda: words in machine.bus.tunnel()["StateReason"], seconds)


def say_nothing_secret(machine):
    """Neither its token nor its credential is in what it logged."""
    said = machine.daemon.text()
    for word in Credential.read(machine)[1:]:
        assert word not in said
    assert "eyJ" not in said  # how every JWT begins


@pytest.mark.sanitized
def test_setup_and_join(mesh, pair):
    """Both register, with addresses of both families, and the one that joined never saw the token."""
    a, b = pair
    assert "token" not in secrets_of(b) and "device-credential" in secrets_of(b)
    assert (b.secrets / "device-credential").stat().st_mode & 0o777 == 0o600
    devices = Credential(a, mesh.hub.https).devices()
    assert {name: (device["state"], device["owner"], device["online"]) for name, device in devices.items()} == {
        "a": ("active", True, True), "b": ("active", False, True)}
    for machine in a, b:
        assert machine.bus.tunnel()["Addresses"] == [devices[machine.name]["address"], devices[machine.name]["address6"]]
        say_nothing_secret(machine)
    a.wait_peer("b", state="connected", path="direct")
    measure.ping(a.host, devices["b"]["address6"].split("/")[0])
    measure.ping(b.host, devices["a"]["address6"].split("/")[0])


def test_set_up_again_is_the_same_device(mesh, pair):
    """With the token, and the key that it proves: also one that lost its credentials, and that of an owner."""
    a, _ = pair
    before = Credential.read(a)
    a.ctl("setup", "--force", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file, "--name", "a", seconds=60)
    after = Credential.read(a)
    assert after[0] == before[0] and after[1] != before[1]
    devices = Credential(a, mesh.hub.https).devices()
    assert devices["a"]["owner"] and sorted(devices) == ["a", "b"]


@pytest.mark.parametrize("address", [(), ("--address", "10.0.0.77/24")])
def test_first_machine_where_the_token_opens_nothing(net, address):
    """It registers the first one, and the next one learns what it needs."""
    with Mesh(net, hub_options=("--shared-token", "no")) as mesh:
        a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
        options = ("setup", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file)
        a.ctl(*options, "--name", "a", *address, seconds=60)
        assert Credential(a, mesh.hub.https).devices()["a"]["owner"]
        assert a.bus.tunnel()["Addresses"][0] == (address[1] if address else "10.0.0.1/24")
        said = b.ctl(*options, "--name", "b", check=False, seconds=60)
        assert said.returncode != 0 and "bamgatectl invite" in said.stderr
        b.join(a.invite(), "--name", "b")


def test_restart_uses_the_credential(mesh, pair):
    a, b = pair
    before = Credential.read(b)
    assert b.stop() == 0
    b.start().wait_state("online")
    mesh.wait_connected(a, b)
    assert Credential.read(b) == before
    b.kill()
    b.start().wait_state("online")
    mesh.wait_connected(a, b)


def test_hub_restarts(mesh, pair):
    a, b = pair
    mesh.hub.stop()
    wait_for("b has lost its hub", lambda: b.state_is("degraded"), 20)
    mesh.hub.start()
    for machine in pair:
        machine.wait_state("online", seconds=40)
    mesh.wait_connected(a, b)


def test_down_and_up_and_invite(mesh, pair):
    """An invite can be made while the tunnel is down: the credential opens the hub all the same."""
    a, b = pair
    a.ctl("down")
    c = joined(mesh, a, "c")
    c.wait_state("online")
    a.ctl("up")
    mesh.learn_addresses(c)
    mesh.wait_connected(a, c)
    mesh.wait_connected(b, c)


def test_token_network_migrates(mesh):
    """Machines of before, which have the token alone: they register by themselves, keep their addresses, and need no invite; the
    token opens nothing afterwards, and nobody misses it."""
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    for machine in a, b:
        wait_credential(machine)
        assert machine.bus.tunnel()["Addresses"] == [f"{machine.address}/24"]
    devices = Credential(a, mesh.hub.https).devices()
    assert {name: device["address"] for name, device in devices.items()} == {
        machine.name: f"{machine.address}/24" for machine in (a, b)}
    mesh.hub.stop()
    mesh.hub.options = ("--shared-token", "no")
    mesh.hub.start()
    for machine in a, b:
        (machine.secrets / "token").write_text("wrong\n")
        machine.stop()
        machine.start().wait_state("online", seconds=40)
        assert machine.bus.tunnel()["Addresses"] == [devices[machine.name]["address"], devices[machine.name]["address6"]]
    mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, devices["b"]["address6"].split("/")[0])


def test_revoked(mesh, pair):
    """Cut at once, says why, and does not come back by itself: not with a restart, and not with the token of before. Paths that two have
    are theirs, while neither restarts."""
    a, b = pair
    owner = Credential(a, mesh.hub.https)
    owner.revoke(owner.devices()["b"]["device_id"])
    wait_reason(b, "put out of the network")
    b.write_secret("token", mesh.hub.token)
    b.stop()
    b.start()
    wait_reason(b, "put out of the network")
    assert b.state_is("degraded") and "b" not in owner.devices()
    assert a.peer("b").get("State") != "connected"
    b.ctl("leave", "--yes")  # says so to a hub that knows b no more, and leaves all the same
    assert secrets_of(b) == []


def test_pending_then_approved(mesh):
    mesh.hub.stop()
    mesh.hub.options = ("--approve-devices", "yes")
    mesh.hub.start()
    a = set_up(mesh)
    b = joined(mesh, a, "b")
    wait_reason(b, "approve")
    assert b.state_is("degraded")
    b.stop()
    b.start()
    wait_reason(b, "approve")
    owner = Credential(a, mesh.hub.https)
    assert owner.devices()["b"]["state"] == "pending"
    owner.approve(owner.devices()["b"]["device_id"])
    b.wait_state("online", seconds=40)
    mesh.learn_addresses(b)
    mesh.wait_connected(a, b)


def test_renamed_by_an_owner(mesh, pair):
    """While it is there, and while it is away."""
    a, b = pair
    owner = Credential(a, mesh.hub.https)
    device_id = owner.devices()["b"]["device_id"]
    owner.rename(device_id, "printer")
    wait_for("b has its new name", lambda: b.bus.tunnel()["Name"] == "printer", 20)
    a.wait_peer("printer")
    assert "name=printer" in b.config.read_text()
    b.stop()
    owner.rename(device_id, "scanner")
    b.start()
    wait_for("b has its newest name", lambda: b.bus.tunnel()["Name"] == "scanner", 30)
    a.wait_peer("scanner", seconds=30)


def test_leave_tells_the_hub(mesh, pair):
    a, b = pair
    owner = Credential(a, mesh.hub.https)
    b.ctl("leave", "--yes")
    wait_for("the hub knows that b left", lambda: "b" not in owner.devices(), 10)
    c = joined(mesh, a, "b", host="c")  # its name is free
    c.wait_state("online")


def test_leave_without_a_hub(mesh, pair):
    _, b = pair
    mesh.hub.stop()
    b.ctl("leave", "--yes", seconds=20)
    assert secrets_of(b) == []


def test_clock_steps(mesh):
    """The machine's clock is set by a day, and back: what opens the hub does not ask it."""
    a = set_up(mesh)
    clock = Clock(a.host.dir)
    a.stop()
    a.start(env=clock.env).wait_state("online")
    for by in 86400, -2 * 86400:
        clock.step(by)
        mesh.hub.stop()
        wait_for("a has lost its hub", lambda: a.state_is("degraded"), 20)
        mesh.hub.start()
        a.wait_state("online", seconds=40)


def test_kill_around_a_new_refresh_token(mesh, pair):
    """After a week there is a new one: killed at any moment of that, b comes back all the same."""
    _, b = pair
    clock = Clock(mesh.hub.host.dir)
    mesh.hub.stop()
    mesh.hub.start(env=clock.env)
    seen = {Credential.read(b)[1]}
    for round_number in range(6):
        b.stop()
        clock.step(8 * 86400)
        before = b.secrets.stat().st_mtime_ns
        b.start()
        if round_number % 2:
            b.wait_state("starting", *UP, seconds=20)
        else:
            wait_for("b writes", lambda: b.secrets.stat().st_mtime_ns != before, 20, interval=0)
        b.kill()
        seen.add(Credential.read(b)[1])
        b.start().wait_state("online", seconds=40)
        seen.add(Credential.read(b)[1])
        say_nothing_secret(b)
    assert len(seen) > 3
    assert Credential(b, mesh.hub.https).access()


def test_hub_of_this_machine(net):
    """It registers at its own hub, and is the network's owner."""
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    a.ctl("setup", "--host", "--listen", f"{a.host.address}:8443", "--name", "a", seconds=60)
    a.wait_state("online")
    b.join(a.invite(), "--name", "b")
    b.wait_state("online")
    devices = Credential(a, f"https://{a.host.address}:8443").devices()
    assert devices["a"]["owner"] and devices["a"]["online"] and devices["b"]["online"]
    a.kill()
    a.start().wait_state("online")
    Mesh.wait_connected(a, b)
