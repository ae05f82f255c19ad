# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a person does in the window with nothing but keys, and what is asked of her on the way."""

import shutil

import pytest
from gi.repository import GLib

from keyboard import Keyboard
from lab.mesh import Mesh, empty_machine
from lab.wireguard import Keys

pytestmark = pytest.mark.skipif(not shutil.which("xdotool"), reason="not on this machine: xdotool is not installed")
ROUTE = "192.168.9.0/24"


@pytest.fixture(scope="module")
def house(shared_net):
    with Mesh(shared_net) as a_mesh:
        yield a_mesh


@pytest.fixture(scope="module")
def laptop(house):
    return house.machine("laptop")


@pytest.fixture
def hands(desktop, open_applet):
    """Opens an applet for a machine, with hands on its keyboard."""
    def lay(machine):
        applet = open_applet(machine)
        applet.wait("a window", lambda: applet.windows)
        return applet, Keyboard(desktop, applet)
    return lay


def test_a_route_is_offered_and_taken_back(laptop, hands):
    applet, keyboard = hands(laptop)
    applet.wait_says("Tunnel: Online")
    applet.window_action("show-settings", GLib.Variant("s", "routes"))
    applet.wait_find("Add a Network, as in 192.168.1.0/24", "text")
    keyboard.focus()
    keyboard.tab_to("Use Networks Behind Other Machines")
    keyboard.tab_to_entry()
    keyboard.type("no network")
    keyboard.press("Return")
    applet.wait_says("“no network” is no network")
    keyboard.press("ctrl+a")
    keyboard.type(ROUTE)
    keyboard.press("Return")
    laptop.bus.wait("the route", lambda: laptop.bus.tunnel()["Routes"] == [ROUTE])
    keyboard.tab_to(f"Remove {ROUTE}")
    keyboard.press("space")
    laptop.bus.wait("no route", lambda: laptop.bus.tunnel()["Routes"] == [])


def test_a_rule_of_access_is_made_and_removed(house, laptop, hands):
    """What is none is said in the daemon's words, and stays to be changed."""
    garage = house.machine("garage")
    laptop.wait_peer("garage")
    applet, keyboard = hands(laptop)
    applet.wait_says("Tunnel: Online")
    applet.window_action("show-settings", GLib.Variant("s", "access"))
    applet.wait_says("What no rule refuses is allowed.")
    keyboard.focus()
    keyboard.tab_to("Everything Else: What no rule refuses is allowed.")
    before = keyboard.focused()
    keyboard.press("Tab")  # into the entry below it
    keyboard.wait_move(before)
    keyboard.type("icmp frm garage")
    keyboard.press("Return")
    applet.wait_says("device.allow: “icmp frm garage” is not a rule")
    assert not laptop.ctl_json("config", "list")["settings"].get("device.allow")
    keyboard.press("ctrl+a")
    keyboard.type("icmp from garage")
    keyboard.press("Return")
    applet.wait_says("icmp from garage: Allowed, 0 packets so far")
    applet.wait_says("What no rule allows is refused.")
    garage.host.run("ping", "-c", "1", "-W", "5", laptop.address)
    applet.wait("it is counted", lambda: any(node.name.startswith("icmp from garage: Allowed, ") and ", 0 " not in node.name
                                             for window in applet.windows for node in window.walk()))
    keyboard.tab_to("Remove icmp from garage")
    keyboard.press("space")
    applet.wait_says("What no rule refuses is allowed.")
    assert not laptop.ctl_json("config", "list")["settings"].get("device.allow")


@pytest.mark.long
def test_a_name_is_changed(laptop, hands):
    applet, keyboard = hands(laptop)
    applet.wait_says("Tunnel: Online")
    keyboard.focus()
    keyboard.press("ctrl+comma")
    applet.wait_find("Name in the Network", "text")
    keyboard.focus()
    keyboard.tab_to("Connections")
    keyboard.tab_to_entry()
    keyboard.press("ctrl+a")
    keyboard.type("notebook")
    keyboard.press("Return")
    laptop.bus.wait("the name", lambda: laptop.ctl_json("config", "get", "device.name")["settings"]["device.name"] == "notebook")


def fill_hub(applet, keyboard, url, token, name):
    applet.window_action("setup")
    applet.wait_find("Use One That Runs Elsewhere")
    keyboard.focus()
    keyboard.tab_to("Use One That Runs Elsewhere")
    keyboard.press("space")
    applet.wait_find("Address of the Hub")
    applet.fill("Address of the Hub", url)
    applet.fill("Token", token)
    applet.fill("Name of This Machine", name)
    applet.press("Make")


@pytest.mark.long
def test_a_hub_elsewhere(house, hands):
    machine = empty_machine(house.net.host("garden"))
    applet, keyboard = hands(machine)
    applet.wait_says("Your Own Private Network")
    fill_hub(applet, keyboard, house.hub.url, house.hub.token, "garden")
    machine.wait_state("online")
    applet.wait_says("Tunnel: Online")


def test_another_network_all_the_same(house, hands):
    machine = house.machine("shed")
    applet, keyboard = hands(machine)
    applet.wait_says("Tunnel: Online")
    fill_hub(applet, keyboard, house.hub.url, house.hub.token, "barn")
    applet.wait_find("All the Same")
    assert machine.bus.tunnel()["Name"] == "shed"
    keyboard.focus()
    keyboard.tab_to("All the Same")
    keyboard.press("space")
    machine.bus.wait("it is set up anew", lambda: machine.bus.tunnel()["Name"] == "barn" and machine.state_is("online"))
    applet.wait_silent("Use One That Runs Elsewhere")


@pytest.mark.long
def test_a_file_is_imported(house, hands, tmp_path):
    machine = empty_machine(house.net.host("attic"))
    own, other = Keys(), Keys()
    file = tmp_path / "wg.conf"
    file.write_text(f"[Interface]\nPrivateKey = {own.private}\nAddress = 10.3.0.1/24\n"
                    f"[Peer]\nPublicKey = {other.public}\nAllowedIPs = 10.3.0.2/32\n")
    applet, keyboard = hands(machine)
    applet.wait_says("Your Own Private Network")
    applet.window_action("import")
    applet.wait_find(lambda name: name.startswith(("_Import", "Import")), "push button")  # GTK 4.8 names it with its underscore
    keyboard.focus()
    keyboard.type(str(file))
    keyboard.press("Return")
    machine.bus.wait("its key", lambda: machine.bus.tunnel()["PublicKey"] == own.public)
    applet.wait_says("The file is imported")


def test_a_key_is_forgotten(house, laptop, hands):
    house.machine("cellar")
    laptop.wait_peer("cellar")
    applet, _ = hands(laptop)
    applet.wait_says("cellar, Connected")
    applet.action("show-peer", GLib.Variant("s", "cellar"))
    applet.wait_says("Key First Seen")
    applet.open_menu("Machine Menu")
    applet.press("Forget…", "menu item")
    applet.wait_says("Forget the Key of cellar?")
    applet.press("Forget")
    applet.wait_says("The key is forgotten")
