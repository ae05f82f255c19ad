# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the window makes of answers that a real daemon does not give on demand: with the daemon of tests/cli."""

from gi.repository import GLib


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
