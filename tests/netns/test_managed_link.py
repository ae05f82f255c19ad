# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of the bus that sets the interface up in the daemon's place, borrows the tunnel and gives it back."""

import gi
import pytest

from lab import measure
from lab.bamgate import UP
from lab.bus import TUNNEL
from lab.mesh import Mesh
from lab.wait import wait_for
from lab.wireguard import Keys

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

MANAGE = GLib.Variant("(a{sv})", ({"manage-link": GLib.Variant("b", True)},))
PLAIN = GLib.Variant("(a{sv})", ({},))


class Client:
    """One more program on the machine's bus."""

    def __init__(self, machine):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            machine.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)

    def call(self, method, arguments=None):
        self.connection.call_sync("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", TUNNEL, method, arguments, None,
                                  Gio.DBusCallFlags.NONE, 20000, None)

    def close(self):
        self.connection.close_sync(None)


def addresses(machine):
    rows = machine.host.ip_json("address", "show", "dev", machine.interface)
    return [f"{info['local']}/{info['prefixlen']}" for row in rows for info in row.get("addr_info", ())]


def index(machine):
    return machine.host.ip_json("link", "show", "dev", machine.interface)[0]["ifindex"]


def wait_addresses(machine, wanted):
    wait_for(f"{machine.interface} has {wanted}", lambda: addresses(machine) == wanted)


def test_a_tunnel_that_was_off_goes_off(net):
    with Mesh(net) as mesh:
        machine = mesh.machine("a", device={"autostart": False, "address6": "fd12::1/64"}, start=False)
        machine.start()
        client = Client(machine)
        assert machine.state_is("off") and machine.bus.tunnel()["LinkAddresses"] == []
        client.call("Up", MANAGE)
        said = machine.wait_state("online").bus.tunnel()
        assert said["LinkAddresses"] == ["10.0.0.1/24", "fd12::1/64"] and said["LinkMtu"] == 1420
        assert said["LinkManager"] == client.connection.get_unique_name()
        assert addresses(machine) == [] and machine.routes() == {}
        assert machine.ctl("up").returncode == 0  # somebody wants it whoever manages it
        client.call("ReleaseLink")
        assert machine.state_is(*UP)
        wait_addresses(machine, ["10.0.0.1/24", "fd12::1/64"])
        machine.ctl("down")
        client.call("Up", MANAGE)
        client.call("ReleaseLink")
        assert machine.state_is("off") and not machine.has_interface()
        assert (machine.state / "down").exists()  # that word holds


def test_a_tunnel_that_was_up_is_given_back(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b", device={"routes": ["10.88.0.0/16"]})
        a.ctl("config", "set", "device.accept-routes=yes")
        mesh.wait_connected(a, b)
        wait_for("the route is there", lambda: "10.88.0.0/16" in a.routes())
        before, since = index(a), a.bus.tunnel()["UpSince"]
        client = Client(a)
        client.call("Up", MANAGE)
        said = a.bus.tunnel()
        assert said["LinkRoutes"] == ["10.88.0.0/16"]
        assert addresses(a) == [] and "10.88.0.0/16" not in a.routes()
        a.host.run("ip", "address", "add", "10.0.0.1/24", "dev", "bamgate0")
        measure.ping(a.host, b.address)
        b.ctl("config", "set", "device.routes=10.88.0.0/16,10.99.0.0/24")
        a.bus.wait("the new route is said", lambda: a.bus.tunnel()["LinkRoutes"] == ["10.88.0.0/16", "10.99.0.0/24"])
        a.host.run("ip", "address", "delete", "10.0.0.1/24", "dev", "bamgate0")
        client.close()  # as a crash would
        wait_addresses(a, ["10.0.0.1/24"])
        wait_for("the routes are ours again", lambda: {"10.88.0.0/16", "10.99.0.0/24"} <= set(a.routes()))
        said = a.bus.tunnel()
        assert (index(a), said["UpSince"], said["LinkManager"]) == (before, since, "")
        measure.ping(a.host, b.address)


def test_an_interface_made_again_has_another_index(net):
    with Mesh(net) as mesh:
        machine = mesh.machine("a")
        client = Client(machine)
        client.call("Up", MANAGE)
        before = machine.bus.tunnel()["InterfaceIndex"]
        assert before == index(machine)
        for deed in (["set", "bamgate0", "down"], ["delete", "bamgate0"]):  # where the first is heard of, the second is no news
            machine.host.run("ip", "link", *deed)
        machine.bus.wait("it is another one", lambda: machine.bus.tunnel()["InterfaceIndex"] not in (0, before))
        assert machine.bus.tunnel()["InterfaceIndex"] == index(machine)
        assert addresses(machine) == []  # the client's to give
        machine.ctl("down")
        assert machine.bus.tunnel()["InterfaceIndex"] == 0


def test_one_at_a_time_and_down_ends_it(net):
    with Mesh(net) as mesh:
        machine = mesh.machine("a")
        first, second = Client(machine), Client(machine)
        first.call("Up", MANAGE)
        with pytest.raises(GLib.Error, match="another program"):
            second.call("Up", MANAGE)
        with pytest.raises(GLib.Error, match="does not set up"):
            second.call("ReleaseLink")
        machine.ctl("down")
        assert machine.state_is("off") and machine.bus.tunnel()["LinkManager"] == ""
        second.call("Up", MANAGE)
        assert machine.wait_state("online").bus.tunnel()["LinkManager"] == second.connection.get_unique_name()
        second.close()
        machine.wait_state("off")
        machine.wait_gone()


def test_a_bus_that_goes_takes_the_loan_along(net):
    with Mesh(net) as mesh:
        machine = mesh.machine("a")
        client = Client(machine)  # kept: it is not he who goes
        client.call("Up", MANAGE)
        assert addresses(machine) == []
        machine.bus.kill()
        wait_addresses(machine, ["10.0.0.1/24"])
        machine.bus.start()
        wait_for("the daemon is back on the bus", lambda: machine.bus.tunnel().get("LinkManager") == "")
        assert machine.state_is(*UP)


def test_who_borrowed_it_wants_it_no_more_after_a_leave(net):
    """Static peers stay, and nobody asked for the tunnel by itself."""
    with Mesh(net) as mesh:
        machine = mesh.machine("a", device={"autostart": False})
        machine.ctl("config", "set", f"peer.office.public-key={Keys().public}", "peer.office.allowed-ips=10.77.0.2/32")
        client = Client(machine)
        client.call("Up", MANAGE)
        machine.ctl("leave", "--yes")
        said = machine.bus.tunnel()
        assert (said["State"], said["LinkManager"]) == ("off", "") and not machine.has_interface()
        client.close()


def lend(**options):
    return GLib.Variant("(a{sv})", ({"manage-link": GLib.Variant("b", True)} | options,))


def text(value):
    return GLib.Variant("s", value)


def yes():
    return GLib.Variant("b", True)


def test_an_exit_that_is_lent(net):
    """It takes the place of the settings' as long as the client has the link, however that ends; bad options change nothing."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
        mesh.wait_connected(a, b)
        a.ctl("config", "set", "device.exit-node=nobody")
        client = Client(a)
        for options, why in (({"exit": GLib.Variant("u", 1)}, "exit"), ({"exit": text("b"), "exit-lan": text("no")}, "exit-lan"),
                             ({"exit-strict": yes()}, "exit-strict"), ({"exit": text("b\n")}, "name")):
            with pytest.raises(GLib.Error, match=why):
                client.call("Up", lend(**options))
            said = a.bus.tunnel()
            assert (said["LinkManager"], said["ExitNode"]) == ("", "nobody")
        with pytest.raises(GLib.Error, match="exit"):
            client.call("Up", GLib.Variant("(a{sv})", ({"exit": text("b")},)))  # whoever has not the link has nothing to lend
        for end in ("ReleaseLink", None):
            client.call("Up", lend(exit=text("b"), **{"exit-lan": GLib.Variant("b", False), "exit-strict": yes()}))
            a.bus.wait("it works", lambda: a.bus.tunnel()["ExitState"] == "active", 15)
            said = a.bus.tunnel()
            assert (said["ExitNode"], said["ExitLan"], said["ExitStrict"], said["LinkDomains"][-1]) == ("b", False, True, "~.")
            assert "bamgate_strict" in a.host.out("nft", "list", "tables")
            a.bus.call(TUNNEL, "MoveSecret", GLib.Variant("(ss)", ("device-key", "system")))  # where it is: the settings stay as they are
            assert a.bus.call(TUNNEL, "GetConfiguration")["device.exit-node"] == "nobody" and not (a.state / "strict.nft").exists()
            client.call(end) if end else client.close()
            a.bus.wait("as before", lambda: a.bus.tunnel()["ExitNode"] == "nobody")
            said = a.bus.tunnel()
            assert (said["ExitLan"], said["ExitStrict"]) == (True, False)
            assert "bamgate_strict" not in a.host.out("nft", "list", "tables") and not (a.state / "strict-lent.nft").exists()


def test_an_exit_that_is_lent_makes_no_file_whole(net):
    """What is wrong with the settings is said on, and a file that went is no reason to forget them."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
        mesh.wait_connected(a, b)
        before = a.config.read_text(encoding="utf-8")
        a.config.unlink()
        a.bus.wait("it is told", lambda: "not there" in a.bus.tunnel()["StateReason"])
        client = Client(a)
        client.call("Up", lend(exit=text("b")))
        client.call("ReleaseLink")
        assert "not there" in a.bus.tunnel()["StateReason"]
        assert a.ctl("reload", check=False).returncode != 0
        a.config.write_text(before, encoding="utf-8")
        a.bus.wait("it is told no more", lambda: "not there" not in a.bus.tunnel()["StateReason"])
        mesh.wait_connected(a, b)


def test_a_strict_setting_is_not_loosened(net):
    """By an exit that is lent without that, and it stays when that goes."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
        mesh.wait_connected(a, b)
        a.wait_peer("b", exit_offered=["4"])
        a.ctl("exit", "set", "b", "--strict=yes")
        before = (a.state / "strict.nft").read_text()
        client = Client(a)
        client.call("Up", lend(exit=text("b"), **{"exit-strict": GLib.Variant("b", False), "exit-lan": GLib.Variant("b", False)}))
        assert a.bus.tunnel()["ExitStrict"] and (a.state / "strict.nft").read_text() == before
        assert (a.state / "strict-lent.nft").read_text() != before  # without the networks around
        a.kill()
        a.start()
        a.wait_state("online", "degraded")
        assert "bamgate_strict" in a.host.out("nft", "list", "tables") and not (a.state / "strict-lent.nft").exists()
        client.close()
        a.ctl("exit", "set", "b", "--lan=no")
        before = (a.state / "strict.nft").read_text()
        client = Client(a)
        client.call("Up", lend(exit=text("b"), **{"exit-lan": yes()}))
        assert not a.bus.tunnel()["ExitLan"]  # neither are the networks around let in again
        assert (a.state / "strict.nft").read_text() == before and not (a.state / "strict-lent.nft").exists()
        client.close()
        a.ctl("exit", "set", "none")
        assert "bamgate_strict" not in a.host.out("nft", "list", "tables")
