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
