# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an account binds to this machine, in a window. Over the pretended daemon of tests/cli."""

import shutil

import pytest

from keyboard import Keyboard
from screen import RADIO

needs_keys = pytest.mark.skipif(not shutil.which("xdotool"), reason="not on this machine: xdotool is not installed")


@pytest.fixture
def open_endpoints(open_page):
    """→ the daemon, and an applet that shows its endpoints."""
    return lambda scenario: open_page(scenario, "endpoints", "API Key")


def test_where_they_are_and_the_account(open_endpoints):
    service, applet = open_endpoints("endpoints")
    applet.wait_find(lambda name: name.startswith("db.prod:5432: 10.107.0.2:5432"))
    applet.wait_find(lambda name: name.startswith("web.prod:443: another program has port 443"))
    applet.wait_find(lambda name: name.startswith("tcp://\\x1b[31mevil: "))
    applet.wait_find("How It Is: It knows this machine")
    applet.wait_find("Open in the Browser")
    applet.wait_find("Ask Now", "push button").do()
    applet.wait("the account is asked", lambda: "Refresh()" in service.calls())


def test_nothing_is_bound_yet(open_endpoints):
    _service, applet = open_endpoints("endpoints-keyless")
    applet.wait_says("Nothing Yet")
    assert not any(window.find(name, "push button") for window in applet.windows for name in ("Forget…", "Take Out…"))


@pytest.mark.parametrize("button, question, answer, call, done", [
    ("Take Out…", "Take This Machine Out of the Account?", "Take It Out", "Unregister()", "This machine is out of the account"),
    ("Forget…", "Forget the API Key?", "Forget", "ClearKey()", "The API key is forgotten")], ids=["account", "key"])
def test_what_is_lost_is_asked_about(open_endpoints, button, question, answer, call, done):
    service, applet = open_endpoints("endpoints")
    applet.press(button)
    applet.wait_says(question)
    applet.press("Cancel")
    applet.wait_silent(question)
    assert call not in service.calls()
    applet.press(button)
    applet.press(answer)
    applet.wait_says(done)
    assert call in service.calls()
    applet.wait_silent(button)


def test_what_is_refused_is_said(open_endpoints):
    _service, applet = open_endpoints("endpoints-denied")
    applet.press("Take Out…")
    applet.press("Take It Out")
    applet.wait_says("needs a password")


def choose(desktop, applet, name):
    keyboard = Keyboard(desktop, applet)
    applet.wait_find("This Machine Alone", RADIO)
    keyboard.focus()
    keyboard.choose("This Machine Alone", name, "space")


@needs_keys
@pytest.mark.parametrize("choice, place, mode", [
    ("Whoever Reaches This Machine", None, "all"), ("At One Address or Interface", "192.168.1.7", "192.168.1.7"), ("As for All Endpoints", None, "")],
    ids=["all", "address", "default"])
def test_where_one_is_to_be_had(open_endpoints, desktop, choice, place, mode):
    service, applet = open_endpoints("endpoints")
    applet.press("Choose Where It Is to Be Had")  # of the first
    applet.wait("as it is", lambda: applet.wait_find("This Machine Alone", RADIO).has_state("checked"))
    choose(desktop, applet, choice)
    if place:
        applet.wait("not yet", lambda: not applet.wait_find("Save").has_state("sensitive"))
        applet.fill("Address or Interface of This Machine", place)
    applet.press("Save")
    applet.wait_silent("Who Reaches It")
    assert f"Configure({{'mode': <'{mode}'>}},)" in service.calls()
    (applet.wait_says if mode else applet.wait_silent)("10.107.0.2:5432 · Other machines reach it too")


@needs_keys
def test_a_place_that_is_none_stays_to_be_mended(open_endpoints, desktop):
    _service, applet = open_endpoints("endpoints")
    applet.press("Choose Where It Is to Be Had")
    choose(desktop, applet, "At One Address or Interface")
    applet.fill("Address or Interface of This Machine", "nowhere")
    applet.press("Save")
    applet.wait_says("“nowhere” is neither")
    applet.fill("Address or Interface of This Machine", "lo")
    applet.press("Save")
    applet.wait_silent("Who Reaches It")
