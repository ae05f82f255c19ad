# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines of the network in a window: who waits, who is put out, who signs. Over the pretended daemon of tests/cli."""
import base64

import pytest
from gi.repository import GLib

CODE = "ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD"
PHONE, ATTIC = "%032x" % 5, "%032x" % 4
PHONE_KEY = base64.b64encode(bytes([5]) * 32).decode()


def calls(service):
    return [call for call in service.calls() if not call.startswith(("Get", "List", "Register", "Set"))]


@pytest.fixture
def open_devices(open_page):
    """→ the daemon, and an applet that shows the machines of its network."""
    return lambda scenario: open_page(scenario, "devices", "Who Says So")


def find_approve(applet, name):
    """The button is called as the others; what it is about is its description."""
    return next((node for window in applet.windows for node in window.walk()
                 if node.role == "push button" and node.description == f"Approve {name}"), None)


def press_approve(applet, name):
    applet.wait(f"Approve {name}", lambda: find_approve(applet, name)).do()


def wait_call(applet, service, wanted):
    applet.wait(wanted, lambda: wanted in calls(service))


def test_who_is_in_and_who_waits(open_devices):
    _service, applet = open_devices("signed")
    applet.wait_find(lambda name: name.startswith("laptop: This machine · Owner"))
    applet.wait_find(lambda name: name.startswith("attic: Last seen: "))
    applet.wait_find(f"phone: Key: {PHONE_KEY}")
    applet.wait_find("old: Put out")
    applet.wait_find("gone: Left by itself; put it out, or its name stays taken")
    applet.wait_says("Its owners, this machine among them")
    applet.wait_says(" ".join(["3a3a"] * 8))


def test_whoever_is_let_in_is_looked_at(open_devices):
    service, applet = open_devices("signed")
    press_approve(applet, "phone")
    applet.wait_says("Let “phone” In?")
    applet.wait_says(PHONE_KEY)
    applet.press("Let In")
    wait_call(applet, service, f"ApproveDevice('{PHONE}', {{'key': <'{PHONE_KEY}'>, 'name': <'phone'>, 'replace': <false>}})")
    applet.wait_says("The machine is in the network")


def test_a_name_that_is_taken_is_told(open_devices):
    service, applet = open_devices("signed")
    press_approve(applet, "home")
    applet.wait_says("is put out of the network for good")
    applet.press("Cancel")
    applet.wait_silent("Let “home” In?")
    assert calls(service) == []


@pytest.mark.parametrize("answer, does", [("Put Out", True), ("Cancel", False)])
def test_putting_out_asks(open_devices, answer, does):
    service, applet = open_devices("signed")
    applet.open_menu("Change attic")
    applet.press("Put Out…", "menu item")
    applet.wait_says("That is for good")
    applet.press(answer)
    applet.wait_silent("That is for good")
    if does:
        wait_call(applet, service, f"RevokeDevice('{ATTIC}',)")
    else:
        assert calls(service) == []


def test_renaming(open_devices):
    service, applet = open_devices("signed")
    applet.open_menu("Change attic")
    applet.press("Rename…", "menu item")
    applet.fill("New Name", "loft")
    applet.press("Rename")
    wait_call(applet, service, f"RenameDevice('{ATTIC}', 'loft')")


def test_another_owner(open_devices):
    service, applet = open_devices("signed")
    applet.open_menu("Change attic")
    applet.press("Make It an Owner…", "menu item")
    assert not applet.wait_find("Make It an Owner").has_state("sensitive")
    applet.fill("Signing Key", "somekey")
    applet.press("Make It an Owner")
    wait_call(applet, service, f"AddOwner('{ATTIC}', 'somekey')")


def test_what_is_refused_is_said(open_devices):
    _service, applet = open_devices("signed-denied")
    press_approve(applet, "phone")
    applet.press("Let In")
    applet.wait_says("needs a password")


def test_who_does_not_sign_is_offered_nothing(open_devices):
    _service, applet = open_devices("member")
    applet.wait_find(f"phone: Key: {PHONE_KEY}")
    assert not find_approve(applet, "phone") and not any(window.find("Sign the Network…") for window in applet.windows)
    applet.press("Become an Owner…")
    applet.wait_says(base64.b64encode(b"k" * 32).decode())


def test_the_recovery_code_is_shown_once(open_devices):
    service, applet = open_devices("owner")
    applet.press("Sign the Network…")
    applet.wait_says("A network that is signed stays so")
    applet.press("Sign")
    applet.wait_says(CODE)
    wait_call(applet, service, "Protect({},)")
    applet.press("I Wrote It Down")
    applet.wait_silent(CODE)
    applet.wait_says("Its owners, this machine among them")


def test_recovering(open_devices):
    service, applet = open_devices("member")
    applet.press("Recover the Network…")
    assert not applet.wait_find("Recover").has_state("sensitive")
    applet.fill("Recovery Code", CODE)
    applet.press("Recover")
    wait_call(applet, service, f"Recover('{CODE}', {{}})")
    applet.wait_says(CODE[::-1])


def test_an_alarm_is_ended_by_a_person(open_devices):
    service, applet = open_devices("forked")
    applet.wait_says("“home” has other signatures")
    applet.press("What Is There Is True…")
    applet.wait_says(" ".join(["7777"] * 8))
    applet.press("It Is True")
    wait_call(applet, service, "TrustNetwork({'head': <'" + " ".join(["7777"] * 8) + "'>},)")


def test_unsigned_machines(open_devices):
    service, applet = open_devices("signed")
    applet.press("Machines That Nobody Signed For May Be in It", "check box")
    wait_call(applet, service, "AllowUnsigned(true,)")


def test_whoever_waits_is_told(services, open_window, notifications):
    service = services("signed")
    applet = open_window(service, "--background")
    title = "2 machines want to join the network"
    applet.wait("a notification", lambda: title in notifications.titles)
    notifications.press(title)
    applet.wait("who waits", lambda: find_approve(applet, "phone"))
    service.steer("SetPending", "0")
    applet.wait("nothing to be told", lambda: not notifications.shown)


def test_a_notification_asks_about_one(open_devices):
    service, applet = open_devices("signed")
    applet.action("show-devices", GLib.Variant("s", "phone"))
    applet.wait_says("Let “phone” In?")
    assert calls(service) == []


# --- Invitations ---

def test_open_invitations_are_shown_and_cancelled(open_devices):
    service, applet = open_devices("signed")
    applet.wait_says("Open Invitations")
    applet.wait_says("the machine may have to wait for an owner")  # the second, which nobody signed
    applet.press("Cancel the Invitation of phone")
    wait_call(applet, service, "CancelInvite('0123456789abcdef',)")
    applet.wait_says("Nobody comes in with it any more")
    applet.wait_silent("Cancel the Invitation of phone")


def test_what_an_invitation_says(open_devices):
    service, applet = open_devices("signed")
    applet.window_action("invite")
    applet.fill("Name of the Other Machine (Empty: Any)", "attic")
    applet.fill("Networks Behind It, as 192.168.1.0/24", "192.168.1.0/24, 10.9.0.0/16")
    applet.press("A Way to the Internet", "check box")
    applet.press("Make the Invitation")
    wait_call(applet, service, "Invite({'exit': <['4', '6']>, 'name': <'attic'>, 'routes': <['192.168.1.0/24', '10.9.0.0/16']>},)")
    applet.wait_says("bamgatectl join ABCD-EFGH")
