# SPDX-License-Identifier: LGPL-2.1-or-later
"""A connection that everything goes through: an exit of its own, with NetworkManager's resolver; and what is as before once it is down.

    a bamgated, NetworkManager ── r ── b bamgated: the exit
                                   └── w, a host of the Internet, with b's name server
"""

import contextlib

import gi
import pytest

from lab import resolvers
from lab.mesh import Mesh
from lab.name_server import NameServer
from lab.process import LabError
from lab.resolvers import find, own_etc, read
from lab.wait import wait_for
from lab.whoami import WhoAmI
from network_manager import NetworkManager, nm_machine

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

WRITES = "[main]\ndns=default\nrc-manager=file\n"
PLUGIN = "org.freedesktop.NetworkManager.bamgate"
TAG = "proto 182"
UPLINK = "192.0.2.53"

pytestmark = pytest.mark.skipif(not resolvers.is_root(), reason="needs an /etc of its own")


def make(host):
    own_etc(host)
    return nm_machine(host)


class Exit:
    def __init__(self, mesh, **device):
        self.w = mesh.net.host("w")
        self.a = mesh.machine("a", device={"autostart": False, **device}, make=make)
        self.b = mesh.machine("b", device={"exit": True, "dns": [self.w.address]})
        self.nm = NetworkManager(self.a, WRITES)
        self.nm.cli("connection", "modify", "base", "ipv4.dns", UPLINK)
        self.nm.cli("connection", "up", "base")
        wait_for("its own server", lambda: self.servers() == [UPLINK])
        # NetworkManager 1.52 looks first whether somebody else has the address, and has a route to the router by itself until then.
        wait_for("its network", lambda: [row["dst"] for row in self.a.host.ip_json("route", "show", "proto", "kernel", "dev", "eth0")])
        wait_for("no other way to its router", lambda: not self.a.host.ip_json("route", "show", "proto", "static", "scope", "link"))
        self.before = self.state()

    def servers(self):
        return [line.split()[1] for line in read(self.a.host, "/etc/resolv.conf").splitlines() if line.startswith("nameserver")]

    def state(self):
        """All that an exit may touch, but for the order of routes."""
        text = [self.a.host.out("ip", family, *what) for family in ("-4", "-6") for what in (("rule",), ("route", "show", "table", "all"))]
        tables = [line for line in self.a.host.out("nft", "list", "tables").splitlines() if "bamgate" in line]
        return [sorted(part.splitlines()) for part in text] + [tables, self.servers()]

    def up(self, name="home", check=True):
        return self.nm.cli("connection", "up", name, check=check, seconds=90)

    def down(self, name="home"):
        self.nm.cli("connection", "down", name)
        self.wait_given_back()

    def wait_given_back(self):
        self.a.wait_state("off")
        self.a.wait_gone()
        with contextlib.suppress(LabError):
            wait_for("all is as before", lambda: self.state() == self.before)
        assert self.state() == self.before

    def way(self):
        """The interface that a packet of anybody's takes to the Internet."""
        return self.a.host.ip_json("route", "get", self.w.address)[0]["dev"]

    def setting(self, name):
        return self.a.ctl("config", "get", f"device.{name}").stdout.strip()

    def is_shut(self):
        return "bamgate_strict" in self.a.host.out("nft", "list", "tables")

    def kill_plugin(self):
        answer = self.a.bus.connection.call_sync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
            GLib.Variant("(s)", (PLUGIN,)), None, Gio.DBusCallFlags.NONE, 5000, None)
        self.a.host.run("kill", "-KILL", answer.unpack()[0])


@pytest.fixture
def lab(net):
    with Mesh(net) as mesh:
        yield Exit(mesh)


def test_up_and_down(lab):
    """Packets and names go through it as soon as the connection is up, and nothing is left of it after that."""
    nm, a = lab.nm, lab.a
    nm.add(data="exit=b", ipv4_dns_priority="-50")
    with WhoAmI(lab.w) as who, NameServer(lab.w, "www.example", "198.51.100.80") as names:
        assert who.ask(a.host) == a.host.address and lab.way() == "eth0"
        lab.up()
        assert a.bus.tunnel()["ExitState"] == "active" and lab.way() == "bamgate0"
        assert who.ask(a.host) == lab.b.host.address
        assert lab.servers() == [a.address]  # once, and nobody else's
        assert find(a.host, "www.example") == "198.51.100.80" and names.asked
        assert find(a.host, "b.bamgate.internal") == lab.b.address
        assert lab.setting("exit-node") == "" and not lab.is_shut()
        # of both programs one has the default route, and it is not NetworkManager's
        assert [row["dev"] for row in a.host.ip_json("route", "show", "default")] == ["eth0"]
        assert "b (active)" in a.ctl("exit").stdout and "NetworkManager" in a.ctl("exit").stdout
        lab.down()
        assert who.ask(a.host) == a.host.address
        lab.up()  # once more, by the same process
        assert who.ask(a.host) == lab.b.host.address
        lab.down()


def test_what_was_chosen_before_comes_back(lab):
    """A person's own exit, which a connection takes the place of; strict only where it was asked for."""
    a = lab.a
    a.ctl("config", "set", "device.exit-node=nobody", "device.exit-lan=no")
    lab.nm.add(data="exit=b,exit-strict=yes,exit-lan=yes")
    lab.up()
    assert a.bus.tunnel()["ExitNode"] == "b" and lab.way() == "bamgate0" and lab.is_shut()
    assert not (a.state / "strict.nft").exists() and (a.state / "strict-lent.nft").exists()
    assert [lab.setting(name) for name in ("exit-node", "exit-lan", "exit-strict")] == ["nobody", "false", "false"]
    lab.nm.cli("connection", "down", "home")
    a.wait_state("off")
    assert a.bus.tunnel()["ExitNode"] == "nobody" and not lab.is_shut() and not (a.state / "strict-lent.nft").exists()
    a.ctl("exit", "set", "none")
    lab.wait_given_back()


def test_a_person_chooses_meanwhile(lab):
    """That word counts, now and afterwards, and beyond a daemon that is restarted."""
    a = lab.a
    lab.nm.add(data="exit=b,exit-strict=yes")
    lab.up()
    a.ctl("exit", "set", "none")
    wait_for("packets go as before", lambda: lab.way() == "eth0")
    assert not lab.is_shut() and lab.nm.is_active()
    a.kill()
    a.start()
    a.wait_peer("b")
    assert a.bus.tunnel()["ExitNode"] == "" and lab.way() == "eth0" and lab.nm.is_active()
    lab.down()


def test_an_exit_that_does_not_work(lab):
    """The connection fails with the reason, in time for NetworkManager to hear it; words that mean nothing are refused at once."""
    lab.nm.add(data="exit=nobody,exit-strict=yes")
    assert lab.up(check=False).returncode == 4
    lab.nm.wait_said("no peer nobody is known")
    lab.wait_given_back()
    for data, why in (("exit=none", "no key “exit”"), ("exit=b,exit-strikt=yes", "no key “exit-strikt”"),
                      ("exit=b,exit-lan=perhaps", "“exit-lan” of the connection is yes or no"), ("exit-strict=yes", "but not which")):
        lab.nm.cli("connection", "modify", "home", "vpn.data", data)
        assert lab.up(check=False).returncode == 4
        lab.nm.wait_said(why)
        assert lab.a.state_is("off")


def test_the_plugin_is_killed(lab):
    lab.nm.add(data="exit=b,exit-strict=yes")
    lab.up()
    lab.kill_plugin()
    lab.nm.wait_ended()
    lab.wait_given_back()


def test_the_daemon_is_killed(lab):
    """A strict exit holds until the connection has it again, and goes with the connection."""
    a = lab.a
    lab.nm.add(data="exit=b,exit-strict=yes")
    lab.up()
    with WhoAmI(lab.w) as who:
        a.kill()
        a.wait_gone()
        assert lab.is_shut() and who.ask(a.host, seconds=0.5) is None
        a.start()
        for _ in range(20):  # from the first moment on
            assert lab.is_shut() and who.ask(a.host, seconds=0.1) in (None, lab.b.host.address)
        wait_for("the way out is back", lambda: who.ask(a.host, seconds=1) == lab.b.host.address)
        assert lab.nm.is_active()
        lab.down()
        assert who.ask(a.host) == a.host.address


def test_both_are_killed(lab):
    """Nobody comes back for what was left: it goes when the next daemon is tired of waiting, or by a person's word."""
    a = lab.a
    lab.nm.add(data="exit=b,exit-strict=yes")
    lab.up()
    a.kill()
    lab.kill_plugin()
    a.wait_gone()
    lab.nm.wait_ended()
    a.start()
    assert lab.is_shut() and "20 s to come back" in a.daemon.text()
    a.ctl("exit", "set", "none")
    lab.wait_given_back()


@pytest.mark.long
def test_nobody_comes_back(lab):
    a = lab.a
    lab.nm.add(data="exit=b,exit-strict=yes")
    lab.up()
    a.kill()
    lab.kill_plugin()
    a.start()
    wait_for("it is tired of waiting", lambda: not lab.is_shut(), 30)
    lab.wait_given_back()
