# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong on real machines: hubs that fail, kills, names in use, settings with mistakes."""

import ipaddress
import signal
import threading

import pytest
from gi.repository import GLib

from lab import logind, measure
from lab.bamgate import Machine, static_machine
from lab.fake_hub import FakeHub
from lab.mesh import Mesh
from lab.wait import wait_for
from lab.wireguard import Keys

STATIC_PEER = {"allowed-ips": ["10.70.0.2/32"]}


def lonely(host, address="10.70.0.1/24", label="", **device):
    """A machine with one static peer that is never there."""
    return static_machine(host, address, {"nobody": {"public-key": Keys().public, **STATIC_PEER}}, device, label=label)


def fake_member(host, hub):
    machine = Machine(host, {"network": {"server-url": hub.url},
                             "device": {"name": "a", "address": "10.0.0.1/24", "autostart": True}}, {"token": "t"})
    machine.write_secret("device-key", machine.keys.private)
    return machine


# hubs


@pytest.mark.parametrize("mode", ("401", "403", "500", "html", "close"))
def test_hub_that_says_no(net, mode):
    host = net.host("a")
    with FakeHub(host, mode) as hub:
        machine = fake_member(host, hub).start().wait_state("degraded")
        assert machine.bus.tunnel()["StateReason"]
        assert machine.has_interface()
        assert machine.ctl_json("status")
    with FakeHub(host) as hub:  # it comes to its senses; a token that was refused is not tried again soon
        if mode in ("401", "403"):
            machine.ctl("down")
            machine.ctl("up")
        hub.wait_message("join", 40)
        hub.send({"type": "peers", "peers": []})
        machine.wait_state("online")


def test_no_hub_at_all(net):
    machine = Machine(net.host("a"), {"network": {"server-url": "ws://127.0.0.1:9/connect"},
                                      "device": {"name": "a", "address": "10.0.0.1/24", "autostart": True}})
    machine.write_secret("device-key", machine.keys.private)
    machine.start().wait_state("degraded")
    assert machine.stop() == 0


def test_hub_restart_under_a_live_tunnel(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        pings = a.host.start("ping", "ping", "-n", "-i", "0.1", "-c", "60", b.address)
        pings.wait_line("icmp_seq=5 ")
        mesh.hub.stop()
        a.wait_state("degraded")
        measure.ping(b.host, a.address)
        mesh.hub.start()
        a.wait_state("online", seconds=30)
        b.wait_state("online", seconds=30)
        assert pings.wait(20) == 0 and " 0% packet loss" in pings.text()
        c = mesh.machine("c")
        mesh.wait_connected(a, c)


@pytest.mark.parametrize("victim", ("a", "b"))
def test_killed_peer_is_back_in_ten_seconds(net, victim):
    with Mesh(net) as mesh:
        machines = {"a": mesh.machine("a"), "b": mesh.machine("b")}
        mesh.wait_connected(*machines.values())
        dead = machines.pop(victim)
        other, = machines.values()
        measure.ping(other.host, dead.address)
        dead.kill()
        dead.wait_gone()
        dead.start()
        measure.ping_until_answered(other.host, dead.address, seconds=10)
        measure.ping(dead.host, other.address)


def test_unplugged_for_a_while(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        net.cut(b.host)
        assert measure.ping(a.host, b.address, count=2, wait=1, check=False) is None
        net.mend(b.host)
        measure.ping_until_answered(a.host, b.address, seconds=60)


@pytest.mark.parametrize("mover", ["a", "b"])
def test_moves_to_another_network(net, mover):
    """Another address from one moment to the next: neither the socket to the hub nor the peers' notice by themselves."""
    with Mesh(net) as mesh:
        machines = {"a": mesh.machine("a"), "b": mesh.machine("b")}
        mesh.wait_connected(*machines.values())
        moved = machines.pop(mover)
        other, = machines.values()
        measure.ping(other.host, moved.address)
        net.move(moved.host)
        measure.ping_until_answered(moved.host, other.address, seconds=5)
        moved.wait_state("online")
        measure.ping(other.host, moved.address)
        assert moved.host.address in moved.peer(other.name)["LocalCandidate"]


@pytest.mark.parametrize("sleeper", ("a", "b"))
def test_wakes(net, sleeper):
    """Behind a sleep that the other one took for an end, both are back within 4 s."""
    with Mesh(net) as mesh:
        machines = {name: mesh.machine(name, make=lambda host: Machine(host, policies=[logind.policy(host.dir)])) for name in "ab"}
        mesh.wait_connected(*machines.values())
        asleep = machines.pop(sleeper)
        other, = machines.values()
        measure.ping(other.host, asleep.address)
        watch = logind.Logind(asleep)
        watch.tell(True)
        wait_for("its keys are wiped", lambda: measure.ping(other.host, asleep.address, count=1, wait=0.2, check=False) is None, 5)
        asleep.daemon.signal(signal.SIGSTOP)
        pings = other.host.start("pings", "ping", "-n", "-q", "-i", "0.2", asleep.address)
        other.bus.wait("it is missed", lambda: other.peer(sleeper)["State"] != "connected" or other.peer(sleeper)["Path"] == "none")
        asleep.daemon.signal(signal.SIGCONT)
        watch.tell(False)
        measure.ping_until_answered(asleep.host, other.address, seconds=4)
        measure.ping(other.host, asleep.address)
        pings.kill()


def test_default_route_moves(net):
    """From one interface to another, the addresses of both stay: what leaves by the new one with an address of the old one is
    dropped there, as providers do (BCP 38)."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        net4, net6 = ipaddress.ip_network("198.18.9.0/28"), ipaddress.ip_network("fd00:0:0:99::/64")
        net.join(a.host, "wlan0", net.router, "to-a-wlan", net4, net6)
        net.guard_sources("to-a-wlan", net4, net6)
        mesh.wait_connected(a, b)
        for family, subnet in (("-4", net4), ("-6", net6)):
            a.host.run("ip", family, "route", "replace", "default", "via", str(subnet[1]), "dev", "wlan0")
        measure.ping_until_answered(a.host, b.address, seconds=20)
        a.wait_state("online")


# this machine


def test_second_daemon_gives_way(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    first = machine.daemon
    second = machine.spawn()
    assert second.wait(10) not in (0, None)
    assert second.output()
    assert first.is_running() and machine.state_is("online")
    assert machine.has_interface()


def test_two_daemons_on_one_machine(net):
    """Two networks: other settings, another interface, another bus. And a third that wants what one of them has."""
    host = net.host("a")
    one = lonely(host).start().wait_state("online")
    two = lonely(host, "10.71.0.1/24", "two", interface="bamgate1").start().wait_state("online")
    assert set(host.out("wg", "show", "interfaces").split()) == {"bamgate0", "bamgate1"}
    greedy = lonely(host, "10.72.0.1/24", "three", interface="bamgate1").start()
    greedy.bus.wait("bamgate1 is missed", lambda: "bamgate1 exists" in greedy.bus.tunnel()["StateReason"])
    assert two.stop() == 0
    assert one.state_is("online") and one.has_interface()
    greedy.bus.call("org.bamgate.Tunnel1", "Up", GLib.Variant("(a{sv})", ({},)))
    greedy.wait_state("online")


def test_killed_daemon_leaves_nothing_that_hurts(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    machine.kill()
    machine.wait_gone()
    machine.start().wait_state("online")
    assert machine.host.out("wg", "show", "interfaces") == machine.interface


def leftovers(machine):
    host = machine.host
    found = [] if not machine.has_interface() else [machine.interface]
    found += host.out("sh", "-c", "ls /run/wireguard 2>/dev/null || true").split()
    found += [row["dst"] for row in host.ip_json("-4", "route") if row.get("dev") == machine.interface]
    found += [row for row in host.out("ip", "rule").splitlines() if not row.startswith(("0:", "32766:", "32767:"))]
    return found


@pytest.mark.limit(120)
def test_sigterm_at_any_moment(net):
    """From the first instruction to well after the tunnel is up: it ends by itself, and nothing of it stays."""
    with Mesh(net) as mesh:
        machine = mesh.machine("a", start=False)
        never = threading.Event()
        for delay_ms in (0, 2, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 100, 120, 150, 200, 300, 500):
            machine.spawn()
            never.wait(delay_ms / 1000)
            code = machine.stop()
            said = machine.daemon.text()
            assert code == 0 or (code == -15 and not said), f"after {delay_ms} ms: {said}"  # -15: still in the loader
            wait_for("nothing is left", lambda: not leftovers(machine), 2)


def test_down_and_up_again(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    for _ in range(3):
        machine.ctl("down")
        machine.wait_state("off")
        assert not leftovers(machine)
        machine.ctl("up")
        machine.wait_state("online")
    assert machine.stop() == 0
    assert not leftovers(machine)


# settings


BAD_SETTINGS = {
    "not-a-key-file": ("hello\n", ""),
    "wrong-type": ("[device]\nname=a\nmtu=big\n", "mtu"),
    "out-of-range": ("[device]\nname=a\nmtu=9\n", "mtu"),
    "bad-address": ("[device]\nname=a\naddress=10.0.0.300/24\n", "address"),
    "bad-boolean": ("[device]\nname=a\naccept-routes=perhaps\n", "accept-routes"),
    "bad-peer-key": ("[device]\nname=a\n[peer b]\npublic-key=short\nallowed-ips=10.70.0.2/32\n", "public-key"),
    "peer-without-key": ("[device]\nname=a\n[peer b]\nallowed-ips=10.70.0.2/32\n", "public-key"),
    "bad-endpoint": (f"[device]\nname=a\n[peer b]\npublic-key={Keys().public}\nendpoint=nowhere\n", "endpoint"),
    "bad-url": ("[network]\nserver-url=ftp://h/\n[device]\nname=a\n", "server-url"),
    "bad-interface": ("[device]\nname=a\ninterface=this/is/not/a/name\n", "interface"),
}


@pytest.mark.parametrize("what", BAD_SETTINGS)
def test_bad_settings_are_named(net, what):
    text, key = BAD_SETTINGS[what]
    machine = Machine(net.host("a"))
    machine.config.write_text(text, encoding="utf-8")
    daemon = machine.spawn()
    assert daemon.wait(10) > 0
    assert "bamgate.conf" in daemon.output() and key in daemon.output()
    assert not leftovers(machine)


def test_settings_that_are_a_directory(net):
    machine = Machine(net.host("a"))
    machine.config.mkdir()
    daemon = machine.spawn()
    assert daemon.wait(10) > 0
    assert "bamgate.conf" in daemon.output()


def test_secret_that_others_may_read(net):
    machine = lonely(net.host("a"))
    (machine.secrets / "device-key").chmod(0o644)
    machine.start().wait_state("failed")
    assert "device-key" in machine.bus.tunnel()["StateReason"]
    assert not leftovers(machine)


def test_bad_secret(net):
    machine = lonely(net.host("a"))
    machine.write_secret("device-key", "rubbish")
    machine.start().wait_state("failed")
    assert "rubbish" not in machine.daemon.text()


def test_reload_of_bad_settings_changes_nothing(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    machine.config.write_text("[device]\nmtu=big\n", encoding="utf-8")
    with pytest.raises(GLib.Error, match="mtu"):
        machine.bus.call("org.bamgate.Tunnel1", "Reload")
    assert machine.state_is("online") and machine.has_interface()
