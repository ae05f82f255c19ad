# SPDX-License-Identifier: LGPL-2.1-or-later
"""From nothing to a network, in the window: two machines, the applet on one after the other."""

import shlex

import pytest

from lab.mesh import empty_machine


@pytest.fixture
def home(net):
    return empty_machine(net.host("home"))


@pytest.fixture
def attic(net):
    return empty_machine(net.host("attic"))


def set_up_in_window(applet, name):
    applet.wait_says("Your Own Private Network")
    applet.window_action("setup")
    applet.fill("Name of This Machine", name)
    applet.press("Make")


def test_from_nothing_to_two_machines(home, attic, open_applet):
    applet = open_applet(home)
    set_up_in_window(applet, "home")
    home.wait_state("online", seconds=30)
    applet.wait_says("No Other Machine Yet")

    applet.press("Invite a Machine")
    line = applet.wait_find(lambda name: name.startswith("bamgatectl join "), "label").name
    applet.wait_says("Good for one machine, for another 9:")
    assert shlex.split(line)[:2] == ["bamgatectl", "join"] and "#sha256=" in line
    applet.stop()

    other = open_applet(attic)
    other.wait_says("Your Own Private Network")
    other.window_action("join")
    other.fill("Invitation", f"  # {line}\n")
    pin = shlex.split(line)[3].split("#sha256=")[1]
    other.wait_says(pin)
    other.fill("Name of This Machine", "attic")
    other.press("Join")
    attic.wait_peer("home", seconds=40)
    other.wait_find(lambda name: name == "home, Connected")
    home.wait_peer("attic")


def test_a_join_that_fails_says_why_and_can_be_tried_again(attic, open_applet):
    applet = open_applet(attic)
    applet.wait_says("Your Own Private Network")
    applet.window_action("join")
    applet.fill("Invitation", f"bamgatectl join ABCD-EFGH https://{attic.host.address}:9")
    applet.press("Join")
    applet.wait_says("connection refused")
    assert attic.state_is("off")
    assert applet.wait_find("Join").has_state("sensitive")
    applet.press("Cancel")
    attic.bus.wait("the key of the attempt is there", lambda: attic.bus.tunnel()["PublicKey"])
    assert any(window.says("Your Own Private Network") for window in applet.windows)  # not one that could be turned on
    assert "belongs to no network yet" in attic.ctl("status").stdout


def test_a_line_without_a_code_is_explained(attic, open_applet):
    applet = open_applet(attic)
    applet.wait_says("Your Own Private Network")
    applet.window_action("join")
    applet.fill("Invitation", "https://hub.example:8443#sha256=abc")
    applet.wait_says("There is no invitation code in this")
    assert not applet.wait_find("Join").has_state("sensitive")


def test_a_code_alone_asks_for_the_hub(attic, open_applet):
    applet = open_applet(attic)
    applet.wait_says("Your Own Private Network")
    applet.window_action("join")
    applet.fill("Invitation", "abcd-efgh")
    applet.fill("Address of the Hub", "https://hub.example:8443#sha256=c2VjcmV0")
    applet.wait_says("c2VjcmV0")
    applet.wait("it may join", lambda: applet.wait_find("Join").has_state("sensitive"))
