# SPDX-License-Identifier: LGPL-2.1-or-later
"""The window of a machine in a network, used through AT-SPI: what it shows is what the daemon says."""

import pathlib
import time

import pytest
from gi.repository import Gio, GLib

from lab.bamgate import Machine

from lab.mesh import Mesh
from lab.wireguard import Keys


@pytest.fixture(scope="module")
def home_mesh(shared_net):
    """One for all tests here: what a test changes it sets before, and leaves online."""
    with Mesh(shared_net) as a_mesh:
        yield a_mesh


@pytest.fixture(scope="module")
def laptop(home_mesh):
    return home_mesh.machine("laptop")


@pytest.fixture(scope="module")
def attic(home_mesh, laptop):
    machine = home_mesh.machine("attic", device={"routes": ["192.168.7.0/24"]})
    laptop.wait_peer("attic")
    return machine


def text(value):
    return GLib.Variant("s", value)


def peer_is(name, word):
    return lambda said: said == f"{name}, {word}"


def test_a_machine_and_its_page(laptop, attic, open_applet):
    laptop.ctl("config", "set", "device.accept-routes=false")
    applet = open_applet(laptop)
    applet.wait_find(peer_is("attic", "Connected"))
    applet.action("show-peer", text("attic"))
    applet.wait_says("IPv4 Address: 10.0.0.2")
    applet.wait_says("Packets go from machine to machine, with nobody in between.")
    applet.wait_says("192.168.7.0/24")
    applet.wait_says("Not used")
    applet.press("Ping")
    applet.wait_says("attic answered after")
    laptop.ctl("config", "set", "device.accept-routes=true")
    applet.wait_says("Leads through the tunnel")


@pytest.fixture
def offering(laptop, attic):
    """The attic offers all that one can, and the laptop takes none of it; nor afterwards."""
    attic.ctl("config", "set", "device.exit=true", "device.dns=192.168.7.53", "device.dns-search=corp.example.org")
    laptop.ctl("config", "set", "device.accept-routes=false")
    laptop.wait_peer("attic", exit_offered=["4"], dns=["192.168.7.53"])
    yield attic
    laptop.ctl("exit", "set", "none")
    laptop.ctl("peers", "set", "attic", "--accept-default")
    attic.ctl("config", "set", "device.exit=false", "device.dns=", "device.dns-search=")


def test_what_a_machine_offers_is_taken_on_its_page(laptop, offering, open_applet):
    applet = open_applet(laptop)
    applet.wait_find(peer_is("attic", "Connected"))
    applet.action("show-peer", text("attic"))
    applet.wait_says("Name: attic.bamgate.internal")
    applet.wait_says("Not used")
    applet.press("192.168.7.0/24", "check box")
    applet.wait_says("Leads through the tunnel")
    laptop.wait_peer("attic", accepted_routes=["192.168.7.0/24"])
    assert not applet.wait_find("Use All Networks Behind It", "check box").has_state("checked")
    applet.press("Use All Networks Behind It", "check box")
    laptop.bus.wait("all", lambda: laptop.ctl_json("config", "list")["settings"].get("accept.attic.routes") == ["*"])
    applet.press("As for Others")
    applet.wait_says("Not used")
    applet.wait_silent("Chosen for This One Alone")

    applet.press("Ask Its Name Servers", "check box")
    laptop.wait_peer("attic", accepted_dns=["192.168.7.53"], accepted_dns_search=["corp.example.org"])
    applet.press("Use as Exit", "check box")
    laptop.bus.wait("the exit", lambda: laptop.bus.tunnel()["ExitState"] == "active")
    applet.wait("the switch is on", lambda: applet.wait_find("Use as Exit", "check box").has_state("checked"))
    applet.press("Use as Exit", "check box")
    laptop.bus.wait("no exit", lambda: laptop.bus.tunnel()["ExitNode"] == "")


def test_off_and_on(laptop, open_applet):
    applet = open_applet(laptop)
    applet.wait_says("Tunnel: Online")
    applet.press("Tunnel", "check box")
    laptop.wait_state("off")
    applet.wait_says("The other machines are seen when it is on.")
    applet.press("Tunnel", "check box")
    laptop.wait_state("online")
    applet.wait_says("Tunnel: Online")


def test_who_sets_the_interface_up(mesh, open_applet):
    """A client that borrowed the tunnel: any, and NetworkManager's plugin."""
    policy = pathlib.Path(__file__).parents[2] / "nm-plugin" / "nm-bamgate-service.conf"
    laptop = mesh.machine("laptop", make=lambda host: Machine(host, policies=[policy]))
    applet = open_applet(laptop)
    client = Gio.DBusConnection.new_for_address_sync(
        laptop.bus.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    client.set_exit_on_close(False)

    def call(name, path, method, arguments):
        client.call_sync(name, path, name, method, arguments, None, Gio.DBusCallFlags.NONE, 20000, None)
    call("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "Up", GLib.Variant("(a{sv})", ({"manage-link": GLib.Variant("b", True)},)))
    applet.wait_says("Interface Set Up By: Another program")
    call("org.freedesktop.DBus", "/org/freedesktop/DBus", "RequestName", GLib.Variant("(su)", ("org.freedesktop.NetworkManager.bamgate", 0)))
    applet.wait_says("Interface Set Up By: NetworkManager. Turn its connection off")
    client.close_sync(None)
    applet.wait_silent("Interface Set Up By")


def test_a_daemon_that_goes_and_comes(laptop, attic, open_applet):
    applet = open_applet(laptop)
    applet.wait_find(peer_is("attic", "Connected"))
    laptop.kill()
    applet.wait_says("The Daemon Is Not Running")
    applet.press("Try Again")
    applet.wait_says("not installed, or somebody stopped it")
    laptop.start().wait_peer("attic")
    applet.wait_find(peer_is("attic", "Connected"))


def test_without_a_bus_it_says_so(open_applet):
    applet = open_applet(None)
    applet.wait_says("There is no system bus on this machine.")


def test_search(laptop, attic, open_applet):
    applet = open_applet(laptop)
    applet.wait_find(peer_is("attic", "Connected"))
    applet.press("Search Machines", role=None)  # a toggle button for later versions of GTK
    applet.fill("Search machines by name or address", "10.0.0.9", role="entry")
    applet.wait_says("Nothing Found")
    applet.fill("Search machines by name or address", "ATT", role="entry")
    applet.wait_find(peer_is("attic", "Connected"))


def test_what_waits_for_a_restart(laptop, open_applet):
    applet = open_applet(laptop)
    applet.wait_says("Tunnel: Online")
    laptop.ctl("config", "set", "device.interface=bamgate7")
    applet.wait_says("Changed settings wait for a restart of the tunnel.")
    applet.press("Restart Now")
    laptop.bus.wait("nothing waits", lambda: laptop.bus.tunnel().get("PendingRestart") == [] and laptop.state_is("online"))
    applet.wait_silent("Changed settings wait for a restart of the tunnel.")


def test_settings(laptop, open_applet):
    laptop.ctl("config", "set", "device.routes=192.168.1.0/24;192.168.2.0/24", "device.accept-routes=false")
    applet = open_applet(laptop)
    applet.wait_says("Tunnel: Online")
    applet.window_action("show-settings", text("routes"))
    applet.press("Remove 192.168.1.0/24")
    laptop.bus.wait("the route is gone", lambda: laptop.bus.tunnel()["Routes"] == ["192.168.2.0/24"])
    assert not laptop.bus.tunnel()["AcceptRoutes"]
    applet.press("Use Networks Behind Other Machines", "check box")
    laptop.bus.wait("routes are accepted", lambda: laptop.bus.tunnel()["AcceptRoutes"])


def settings(machine):
    return machine.ctl_json("config", "list")["settings"]


def turn_on_and_off(machine, applet, name, key):
    for wanted in (True, False):
        applet.press(name, "check box")
        machine.bus.wait(key, lambda: settings(machine)[key] is wanted)  # noqa: B023


def test_names_of_this_machine(laptop, open_applet):
    applet = open_applet(laptop)
    applet.wait_says("Name: laptop.bamgate.internal")
    applet.wait_says("Names Are Told To")
    applet.press("Change Names")
    turn_on_and_off(laptop, applet, "The Domain May Be Left Out", "dns.search")


def test_to_be_the_exit_is_offered(laptop, open_applet):
    applet = open_applet(laptop)
    applet.wait_says("Tunnel: Online")
    applet.press("Change Routes")
    turn_on_and_off(laptop, applet, "Be an Exit for the Others", "device.exit")


def peer_settings(machine, name):
    start = f"peer.{name}."
    settings = machine.ctl_json("config", "list")["settings"]
    return {key.removeprefix(start): value for key, value in settings.items() if key.startswith(start)}


def test_a_static_peer(laptop, open_applet):
    key = Keys().public
    applet = open_applet(laptop)
    applet.wait_says("Tunnel: Online")
    applet.window_action("add-peer")
    applet.fill("Name", "office")
    applet.fill("Public Key", "no key")
    applet.press("Add")
    applet.wait_says("public-key")
    applet.fill("Public Key", f" {key}")
    applet.fill("Endpoint, as in vpn.example.net:51820", "192.0.2.7:51820")
    applet.fill("Addresses and Networks (A; B)", "10.0.0.77/32; 10.9.0.0/24")
    applet.press("Add")
    laptop.bus.wait("the peer", lambda: laptop.peer("office"))
    assert laptop.peer("office")["Kind"] == "static" and laptop.peer("office")["PublicKey"] == key

    applet.action("show-peer", text("office"))
    applet.wait_says("A WireGuard peer of the settings")
    applet.open_menu("Machine Menu")
    applet.press("Edit…", "menu item")
    applet.wait("it shows what is set", lambda: applet.wait_find("Public Key", "text").text == key)
    applet.fill("Keepalive in Seconds (0: None)", "25")
    applet.fill("Endpoint, as in vpn.example.net:51820", "")
    applet.press("Save")
    laptop.bus.wait("it is changed", lambda: peer_settings(laptop, "office").get("keepalive") == 25)
    assert peer_settings(laptop, "office")["endpoint"] == ""

    applet.window_action("add-peer")
    applet.fill("Name", "office")
    applet.fill("Public Key", Keys().public)
    applet.press("Add")
    applet.wait_says("There is a peer of the name “office” already")
    applet.press("Cancel")

    applet.open_menu("Machine Menu")
    applet.press("Remove…", "menu item")
    applet.press("Remove")
    laptop.bus.wait("it is gone", lambda: not laptop.peer("office"))
    assert not peer_settings(laptop, "office")


def test_leave(home_mesh, open_applet):
    leaver = home_mesh.machine("leaver")
    applet = open_applet(leaver)
    applet.wait_says("Tunnel: Online")
    applet.window_action("leave")
    applet.wait_says("Leave the Network?")
    applet.press("Leave")
    applet.wait_says("Your Own Private Network")
    assert leaver.bus.tunnel()["ServerUrl"] == ""


def wakeups_and_memory(pid):
    """How often the main thread has woken up, and the resident kilobytes."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return int(status["voluntary_ctxt_switches"]), int(status["VmRSS"].split()[0])


@pytest.mark.long
def test_what_an_open_window_costs(laptop, attic, open_applet, request):
    before = time.monotonic()
    applet = open_applet(laptop)
    applet.wait("a window", lambda: applet.windows)
    request.node.user_properties.append(("start_s", time.monotonic() - before))
    applet.wait_find(peer_is("attic", "Connected"))
    time.sleep(6)  # until it rests
    woken, _ = wakeups_and_memory(applet.process.pid)
    time.sleep(10)
    again, resident = wakeups_and_memory(applet.process.pid)
    request.node.user_properties.append(("wakeups_per_s", (again - woken) / 10))
    request.node.user_properties.append(("resident_kb", resident))
    assert (again - woken) / 10 < 20 and resident < 200_000
