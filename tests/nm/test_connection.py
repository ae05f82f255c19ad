# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bamgate network as a VPN connection of a real NetworkManager: up, down, and what happens in between."""

import gi
import pytest

from lab import measure
from lab.mesh import Mesh
from lab.wait import wait_for
from network_manager import NetworkManager, nm_machine

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402


def addresses(machine):
    rows = machine.host.ip_json("address", "show", "dev", machine.interface)
    return [f"{info['local']}/{info['prefixlen']}" for row in rows for info in row.get("addr_info", ())
            if not info["local"].startswith("fe80:")]


def routes(machine, family="-4"):
    return machine.host.ip_json(family, "route", "show", "table", "main")


def routes_beside(machine):
    rows = [row for family in ("-4", "-6") for row in routes(machine, family) if row.get("dev") != machine.interface]
    return sorted(rows, key=str)  # those of one metric stand in the order in which they came


class Pair:
    """A machine with NetworkManager, and another one that offers subnets."""

    def __init__(self, net, **device):
        self.mesh = Mesh(net).__enter__()
        device = {"autostart": False, "accept-routes": True, "address6": "fd12::1/64", **device}
        self.a = self.mesh.machine("a", device=device, make=nm_machine)
        self.b = self.mesh.machine("b", device={"routes": ["10.88.0.0/16"]})
        self.nm = NetworkManager(self.a)
        self.before = routes_beside(self.a)

    def up(self, name="home"):
        self.nm.cli("connection", "up", name)
        self.a.wait_peer("b", path="direct")  # else a route for a narrow path is beside NetworkManager's
        wait_for("the route is there", lambda: "10.88.0.0/16" in self.a.routes() and "10.0.0.2" not in self.a.routes())

    def check_given_back(self):
        """All is off, and nothing else was touched."""
        self.a.wait_state("off")
        self.a.wait_gone()
        assert routes_beside(self.a) == self.before


@pytest.fixture
def pair(net):
    return Pair(net)


def test_up_and_down(pair):
    a, nm = pair.a, pair.nm
    nm.add(ipv4_dns="10.0.0.53", ipv4_dns_search="home.example")
    pair.up()
    assert addresses(a) == ["10.0.0.1/24", "fd12::1/64"]
    assert a.host.ip_json("link", "show", "dev", "bamgate0")[0]["mtu"] == 1420
    ours = [row for row in routes(a) if row["dev"] == "bamgate0"]
    assert sorted(row["dst"] for row in ours) == ["10.0.0.0/24", "10.88.0.0/16"], ours
    assert {row.get("metric") for row in ours} == {50}  # NetworkManager's, and none of ours beside it
    assert [row["dst"] for row in routes(a, "-6") if row["dev"] == "bamgate0"] == ["fd12::/64"]
    assert routes_beside(a) == pair.before
    measure.ping(a.host, pair.b.address)
    shown = nm.fields()
    assert shown["IP4.ADDRESS"] == ["10.0.0.1/24"] and shown["IP4.DNS"] == ["10.0.0.53", "10.0.0.1"]
    assert any("10.88.0.0/16" in text for text in shown["IP4.ROUTE"])
    assert not a.bus.tunnel()["StateReason"]
    assert a.ctl_json("status")["link_manager"] == "NetworkManager" and "NetworkManager gives" in a.ctl("status").stdout
    nm.cli("connection", "down", "home")
    pair.check_given_back()
    assert a.ctl_json("status")["link_manager"] == ""
    pair.up()  # once more, by the same process
    nm.cli("connection", "down", "home")
    pair.check_given_back()


def test_routes_are_followed(pair):
    pair.nm.add()
    pair.up()
    pair.nm.add("second")  # there is one tunnel
    assert pair.nm.cli("connection", "up", "second", check=False).returncode != 0
    assert pair.nm.is_active() and pair.a.state_is("online")
    pair.b.ctl("config", "set", "device.routes=10.99.0.0/16,10.77.0.0/24")
    wait_for("the routes are others", lambda: {"10.99.0.0/16", "10.77.0.0/24"} <= set(pair.a.routes())
             and "10.88.0.0/16" not in pair.a.routes())
    assert {row.get("metric") for row in routes(pair.a) if row["dev"] == "bamgate0"} == {50}
    assert pair.nm.is_active()


def test_a_tunnel_that_is_up_is_taken_over_and_given_back(pair):
    a, nm = pair.a, pair.nm
    a.ctl("up")
    a.wait_peer("b")
    since = a.bus.tunnel()["UpSince"]
    nm.add()
    pair.up()
    assert {row.get("metric") for row in routes(a) if row["dev"] == "bamgate0"} == {50}
    assert a.bus.tunnel()["UpSince"] == since
    measure.ping(a.host, pair.b.address)
    nm.cli("connection", "down", "home")
    wait_for("the routes are the daemon's again",
             lambda: any(row["dst"] == "10.88.0.0/16" and row["protocol"] == "182" for row in a.routes().values()))
    wait_for("the addresses too", lambda: set(addresses(a)) == {"10.0.0.1/24", "fd12::1/64"})
    assert a.bus.tunnel()["UpSince"] == since and a.peer("b")["State"] == "connected"
    measure.ping_until_answered(a.host, pair.b.address)


def test_bamgatectl_down_ends_the_connection(pair):
    pair.nm.add()
    pair.up()
    pair.a.ctl("down")
    pair.nm.wait_ended()
    pair.check_given_back()
    pair.up()  # the same process, again
    pair.nm.cli("connection", "down", "home")
    pair.check_given_back()


def test_a_failed_connect_restores_what_was(pair):
    a, nm = pair.a, pair.nm
    nm.add("other", data="hub=https://203.0.113.7:8443")
    failed = nm.cli("connection", "up", "other", check=False)
    assert failed.returncode == 4 and a.state_is("off")
    nm.wait_said("leave the first in the window of bamgate")
    nm.add()
    a.host.run("ip", "link", "add", "bamgate0", "type", "veth", "peer", "name", "other0")
    failed = nm.cli("connection", "up", "home", check=False)
    assert failed.returncode == 4
    nm.wait_said("bamgate0 exists")
    assert a.wait_state("off").bus.tunnel()["LinkManager"] == ""
    a.host.run("ip", "link", "delete", "bamgate0")
    a.ctl("up")
    a.wait_peer("b")
    assert nm.cli("connection", "up", "other", check=False).returncode == 4
    assert a.state_is("online") and set(addresses(a)) == {"10.0.0.1/24", "fd12::1/64"}


@pytest.mark.parametrize("end", ("stop", "kill"))
def test_a_restarted_daemon_is_followed(pair, end):
    pair.nm.add()
    pair.up()
    getattr(pair.a, end)()
    pair.a.start()
    wait_for("the tunnel is back", lambda: pair.a.state_is("online") and addresses(pair.a) == ["10.0.0.1/24", "fd12::1/64"])
    pair.a.wait_peer("b")
    wait_for("and the route", lambda: "10.88.0.0/16" in pair.a.routes())
    assert pair.nm.is_active()
    measure.ping(pair.a.host, pair.b.address)
    pair.nm.cli("connection", "down", "home")
    pair.check_given_back()


def pid_of(machine, name):
    """Of a program on the machine's bus."""
    answer = machine.bus.connection.call_sync(
        "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
        GLib.Variant("(s)", (name,)), None, Gio.DBusCallFlags.NONE, 5000, None)
    return answer.unpack()[0]


PLUGIN = "org.freedesktop.NetworkManager.bamgate"


def test_a_plugin_that_dies_leaves_nothing(pair):
    pair.nm.add()
    pair.up()
    pair.a.host.run("kill", "-KILL", pid_of(pair.a, PLUGIN))
    pair.nm.wait_ended()
    pair.check_given_back()


@pytest.mark.parametrize("end", ("stop", "kill"))
def test_network_manager_goes(pair, end):
    pair.nm.add()
    pair.up()
    getattr(pair.nm.process, end)()
    pair.a.wait_state("off")
    pair.a.wait_gone()


def test_a_narrow_path_has_its_mtu(net):
    """What NetworkManager has no place for stays the daemon's, and nothing is there twice."""
    with Mesh(net) as mesh:
        a = mesh.machine("a", device={"autostart": False}, ice={"paths": ["data-channel"]}, make=nm_machine)
        b = mesh.machine("b")
        nm = NetworkManager(a)
        nm.add()
        nm.cli("connection", "up", "home")
        a.wait_peer("b", path="data-channel")
        wait_for("the path's MTU", lambda: "10.0.0.2" in a.routes())
        ours = {row["dst"]: row for row in routes(a) if row["dev"] == "bamgate0"}
        assert set(ours) == {"10.0.0.0/24", "10.0.0.2"}
        assert ours["10.0.0.2"]["protocol"] == "182" and ours["10.0.0.2"]["metrics"][0]["mtu"] == 1152
        measure.ping(a.host, b.address, size=1400)
        nm.cli("connection", "down", "home")
        a.wait_gone()


def test_persistent_over_another_network(pair):
    """The network below goes and comes: the connection and its tunnel are what they were."""
    pair.nm.add(vpn_persistent="yes")
    pair.up()
    since = pair.a.bus.tunnel()["UpSince"]
    pair.nm.cli("connection", "down", "base")
    assert pair.a.state_is("online", "degraded") and addresses(pair.a) == ["10.0.0.1/24", "fd12::1/64"]
    pair.nm.cli("connection", "up", "base")
    measure.ping_until_answered(pair.a.host, pair.b.address)
    assert pair.a.bus.tunnel()["UpSince"] == since


@pytest.mark.long
def test_a_daemon_that_stays_away_ends_the_connection(pair):
    pair.nm.add()
    pair.up()
    pair.a.stop()
    pair.nm.wait_ended(seconds=30)
    pair.nm.wait_said("bamgated is gone")


def test_a_daemon_that_does_not_run_is_said(pair):
    pair.nm.add()
    pair.a.stop()
    assert pair.nm.cli("connection", "up", "home", check=False).returncode == 4
    pair.nm.wait_said("bamgated does not run")


def test_an_interface_that_is_taken_away(pair):
    """It is another one of the same name, and NetworkManager has to set it up anew."""
    a = pair.a
    pair.nm.add()
    pair.up()
    before = a.bus.tunnel()["InterfaceIndex"]
    a.host.run("ip", "link", "delete", "bamgate0")
    a.bus.wait("it is another one", lambda: a.bus.tunnel()["InterfaceIndex"] not in (0, before))
    wait_for("the interface is what it was", lambda: a.state_is("online") and "10.88.0.0/16" in a.routes()
             and addresses(a) == ["10.0.0.1/24", "fd12::1/64"])
    measure.ping_until_answered(a.host, pair.b.address)
    assert pair.nm.is_active()
    pair.nm.cli("connection", "down", "home")
    pair.check_given_back()
