# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the window makes of answers that a real daemon does not give on demand: with the daemon of tests/cli."""

import shutil

import pytest
from gi.repository import GLib

from keyboard import Keyboard

needs_keys = pytest.mark.skipif(not shutil.which("xdotool"), reason="not on this machine: xdotool is not installed")


def is_switched_on(applet):
    return applet.wait_find("Tunnel", "check box").has_state("checked")


def test_a_switch_that_is_refused_goes_back(services, open_window):
    service = services("denied")
    applet = open_window(service)
    before = is_switched_on(applet)
    applet.press("Tunnel", "check box")
    applet.wait_find("The Tunnel Was Not Turned Off" if before else "The Tunnel Did Not Come Up")
    applet.press("Close")
    applet.wait("the switch where it was", lambda: is_switched_on(applet) == before)


def test_a_tunnel_that_begins_again_is_not_turned_off(services, open_window):
    service = services("alone")
    applet = open_window(service)
    applet.wait("the switch is on", lambda: is_switched_on(applet))
    service.steer("SetState", "starting", "")
    applet.wait_says("Connecting…")
    assert is_switched_on(applet)
    service.steer("SetState", "online", "")
    applet.wait_says("Tunnel: Online")
    assert is_switched_on(applet) and "Down(" not in service.steer("Calls")


def test_a_refused_setting_says_why(services, open_window):
    applet = open_window(services("denied"))
    applet.wait_says("Tunnel: Online")
    applet.window_action("show-settings", GLib.Variant("s", "general"))
    applet.press("Turn On When the System Starts", "check box")
    applet.wait_says("needs a password")
    applet.wait("the switch where it was",
                lambda: not applet.wait_find("Turn On When the System Starts", "check box").has_state("checked"))


def test_what_is_waited_for_is_said_until_it_is_there(services, open_window):
    service = services("fresh")
    applet = open_window(service)
    applet.wait_says("Your Own Private Network")
    service.steer("Hold")
    applet.window_action("join")
    applet.fill("Invitation", "ABCD-EFGH https://192.0.2.7:8443")
    applet.press("Join")
    applet.wait_says("Joining the network…")
    assert not applet.wait_find("Join").has_state("sensitive")
    service.steer("Release")
    applet.wait_silent("Joining the network…")
    applet.wait_says("Tunnel: Online")


def test_whoever_does_not_wait_is_told_that_it_goes_on(services, open_window):
    service = services("fresh")
    applet = open_window(service)
    applet.wait_says("Your Own Private Network")
    service.steer("Hold")
    applet.window_action("setup")
    applet.press("Make")
    applet.wait_says("Starting the hub, and setting this machine up…")
    applet.press("Cancel")
    applet.wait_says("The daemon goes on with it")
    service.steer("Release")
    applet.wait("the window of the network", lambda: applet.wait_find("Tunnel", "check box"))


def test_what_the_hub_refuses_stays_in_the_dialog(services, open_window):
    service = services("fresh")
    applet = open_window(service)
    applet.wait_says("Your Own Private Network")
    applet.window_action("join")
    applet.fill("Invitation", "bamgatectl join DEAD-CODE https://192.0.2.7:8443")
    applet.press("Join")
    applet.wait_says("The invite code is unknown")
    applet.wait_silent("Joining the network…")
    applet.wait("it may be tried again", lambda: applet.wait_find("Join").has_state("sensitive"))
    assert not any(window.find("All the Same") for window in applet.windows)  # no force makes a hub answer


def test_a_reason_says_what_to_press(services, open_window):
    applet = open_window(services("replaced"))
    applet.wait_find(lambda name: name == "attic, Refused")
    applet.action("show-peer", GLib.Variant("s", "attic"))
    applet.wait_says("press “Forget” on its page")
    assert not any(window.says("bamgatectl") for window in applet.windows)


def find_choice(applet, name):
    """The button of a machine among the exits; a check box for GTK 4.8."""
    return applet.wait(f"the choice “{name}”", lambda: next(
        (node for window in applet.windows for node in window.walk()
         if node.role in ("check box", "radio button") and node.name == name), None))


def is_chosen(applet, name):
    return find_choice(applet, name).has_state("checked")


def choose(applet, desktop, name):
    keyboard = Keyboard(desktop, applet)
    keyboard.focus()
    keyboard.choose("No Exit", name)


@needs_keys
def test_the_exit_is_chosen_on_the_page_of_this_machine(services, open_window, desktop):
    service = services("exits")
    applet = open_window(service)
    applet.wait("none is chosen", lambda: is_chosen(applet, "No Exit"))
    assert not is_chosen(applet, "home")
    applet.wait_says("Connected, IPv4 and IPv6")
    applet.wait_says("Not connected, IPv4 only")  # of the server
    choose(applet, desktop, "home")
    applet.wait_says("Everything goes through home.")
    applet.wait_says("Online · Exit: home")
    assert is_chosen(applet, "home") and not is_chosen(applet, "No Exit")
    applet.press("Nothing Goes Out Without It", "check box")
    applet.wait("it is strict", lambda: applet.wait_find("Nothing Goes Out Without It", "check box").has_state("checked"))
    applet.press("Reach Networks Nearby Too", "check box")
    applet.wait("not nearby", lambda: not applet.wait_find("Reach Networks Nearby Too", "check box").has_state("checked"))
    service.steer("RemovePeer", "home")
    applet.wait_says("Not there")
    assert is_chosen(applet, "home")
    applet.action("set-exit", GLib.Variant("s", ""))
    applet.wait_silent("Everything goes through home.")
    assert not is_chosen(applet, "server")


@needs_keys
def test_an_exit_that_is_refused_goes_back(services, open_window, desktop):
    applet = open_window(services("exits-denied"))
    applet.wait("none is chosen", lambda: is_chosen(applet, "No Exit"))
    choose(applet, desktop, "home")
    applet.wait_find("The Exit Was Not Changed")
    applet.press("Close")
    applet.wait("it is where it was", lambda: is_chosen(applet, "No Exit") and not is_chosen(applet, "home"))
    applet.press("Nothing Goes Out Without It", "check box")
    applet.wait_find("The Exit Was Not Changed")
    applet.press("Close")
    applet.wait("the switch where it was", lambda: not applet.wait_find("Nothing Goes Out Without It", "check box").has_state("checked"))


def test_a_lost_exit_is_said_first_of_all(services, open_window):
    applet = open_window(services("exit-lost"))
    applet.wait_says("Tunnel: Blocked")
    applet.wait_says("Nothing goes out: the exit home is not connected")
    applet.wait_says("Nothing goes out: the exit home is lost.")


def test_nobody_offers_to_be_the_exit(services, open_window):
    applet = open_window(services("online"))
    applet.wait_says("Nobody Offers It")
    assert not any(window.find("Nothing Goes Out Without It") for window in applet.windows)


def test_what_is_offered_and_may_not_be_taken_goes_back(services, open_window):
    applet = open_window(services("offers-denied"))
    applet.wait_find(lambda name: name == "home, Connected")
    applet.action("show-peer", GLib.Variant("s", "home"))
    for name in ("Use All Networks Behind It", "Ask Its Name Servers", "192.168.1.0/24"):
        before = applet.wait_find(name, "check box").has_state("checked")
        applet.press(name, "check box")
        applet.wait_says("needs a password")
        applet.wait("the switch where it was", lambda: applet.wait_find(name, "check box").has_state("checked") == before)  # noqa: B023
    applet.press("Use as Exit", "check box")
    applet.wait_find("The Exit Was Not Changed")
    applet.press("Close")
    applet.wait("it is off", lambda: not applet.wait_find("Use as Exit", "check box").has_state("checked"))


def test_rules_that_are_refused_stay(services, open_window):
    applet = open_window(services("denied"))
    applet.wait_says("Rules: 2 rules; what none of them allows is refused")
    applet.window_action("show-settings", GLib.Variant("s", "access"))
    applet.wait_says("all from attic: Refused; there is no machine of that name")
    applet.wait_says("tcp 22 8000-8100: Allowed, 17 packets so far")
    applet.press("Remove all from attic")
    applet.wait_says("needs a password")
    applet.wait_says("all from attic: Refused")
