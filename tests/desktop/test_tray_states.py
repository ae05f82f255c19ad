# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tray makes of states that a real tunnel is not in on demand: with the daemon of tests/cli, which says what it is told."""

import contextlib

import pytest

from tray import Watcher


@pytest.fixture
def watcher(desktop):
    with contextlib.closing(Watcher(desktop)) as made:
        yield made


@pytest.fixture
def open_for(open_window):
    """An applet over a daemon at that address, without a window."""
    return lambda service: open_window(service, "--background")


def wait_item(applet, watcher):
    applet.wait("a tray item", lambda: watcher.registered)
    return watcher.item()


def test_a_look_for_each_state(services, open_for, watcher):
    service = services("alone")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    for state, reason, icon, status, words in (
            ("starting", "", "connecting", "Active", "Connecting…"),
            ("online", "", "online", "Active", "Online"),
            ("degraded", "the hub is out of reach", "attention", "Active", "Online, with trouble"),
            ("failed", "no TUN", "attention", "NeedsAttention", "Could not connect"),
            ("off", "", "off", "Active", "Off")):
        service.steer("SetState", state, reason)
        applet.wait(f"the words of {state}", lambda: item.properties["ToolTip"][2:] == (words, reason))
        assert (item.icon, item.properties["Status"]) == (icon, status)
    assert ("NewStatus", "NeedsAttention") in item.signals


def test_settings_that_wait_for_a_restart(services, open_for, watcher):
    service = services("pending")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the entry", lambda: item.find("Restart for Changed Settings"))
    item.click("Restart for Changed Settings")
    calls = []
    applet.wait("a restart", lambda: calls.append(service.steer("Calls")) or "Up(" in calls[-1])
    assert "Down(" in "".join(calls)


def test_peers_and_what_is_told_of_them(services, open_for, watcher, notifications):
    applet = open_for(services("online"))
    item = wait_item(applet, watcher)
    applet.wait("the peers", lambda: len(item.labels()) > 8)
    assert item.icon == "attention"  # somebody came with another key
    labels = item.labels()
    assert labels[labels.index("---") + 1:][:4] == ["office: refused", "home: connected", "näs: connected through a relay",
                                                    "attic: connecting…"]
    assert item.find("office", "its key is in use by home")[2]["enabled"] is False
    assert item.find("näs", "Copy 10.0.0.5")
    applet.wait("the notification", lambda: notifications.titles == ["“office” was refused"])
    assert "forget the old" in notifications.body("“office” was refused")


def test_trouble_is_told_and_taken_back(services, open_for, watcher, notifications):
    service = services("alone")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    service.steer("SetState", "failed", "<b>no</b> TUN & co")
    applet.wait("the notification", lambda: notifications.titles == ["bamgate could not connect"])
    assert notifications.body("bamgate could not connect") == r"\x3cb\x3eno\x3c/b\x3e TUN \x26 co"
    notifications.press("bamgate could not connect", "Try Again")
    applet.wait("that it is over", lambda: item.icon == "online")
    assert service.steer("Calls").count("Up(") == 1 and not notifications.shown
    service.steer("SetState", "failed", "no TUN")
    applet.wait("the next one", lambda: notifications.shown)
    service.steer("SetState", "online", "")
    applet.wait("that it is over", lambda: not notifications.shown)
    service.steer("SetState", "failed", "no TUN")
    applet.wait("the next one", lambda: notifications.shown)
    notifications.press("bamgate could not connect")
    applet.wait("a window", lambda: applet.windows)


def test_a_menu_of_many_peers_ends(services, open_for, watcher):
    service = services("alone")
    service.steer("AddPeers", "peer", "60")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the rest", lambda: item.find("48 more…"))
    assert sum(label.startswith("peer-") for label in item.labels()) == 12
    item.click("48 more")
    applet.wait("a window", lambda: applet.windows)


def choices(item):
    """{label: whether it is chosen} below the entry of the exit."""
    return {label: properties.get("toggle-state") == 1 for label, _number, properties, _children in item.find("Exit: ")[3]
            if properties.get("toggle-type") == "radio"}


def is_checked(item, label):
    entry = item.find("Exit: ", label)
    assert entry[2]["toggle-type"] == "checkmark"
    return entry[2]["toggle-state"] == 1


def test_the_exit_is_chosen_in_the_menu(services, open_for, watcher):
    service = services("exits")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the entry", lambda: item.find("Exit: None"))
    assert choices(item) == {"No Exit": True, "home": False, "server: not connected": False} and item.icon == "online"
    item.click("Exit: ", "home")
    applet.wait("the icon", lambda: item.icon == "exit")
    assert choices(item) == {"No Exit": False, "home": True, "server: not connected": False}
    assert item.properties["ToolTip"][3] == "Everything goes through home."
    assert item.properties["IconAccessibleDesc"] == "bamgate is on, with an exit"
    service.steer("RemovePeer", "home")
    applet.wait("one that is gone is still chosen", lambda: choices(item).get("home: not connected"))
    item.click("Exit: ", "No Exit")
    applet.wait("none", lambda: item.find("Exit: None") and item.icon == "online")
    assert 'SetExit("home"' in service.steer("Calls").replace("\\", "").replace("'", '"')


def test_what_goes_with_the_exit(services, open_for, watcher):
    service = services("exit")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the entry", lambda: item.find("Exit: home"))
    assert is_checked(item, "Reach Networks") and not is_checked(item, "Nothing Goes Out")
    item.click("Exit: ", "Reach Networks")
    applet.wait("it is off", lambda: not is_checked(item, "Reach Networks"))
    item.click("Exit: ", "Nothing Goes Out")
    applet.wait("it is on", lambda: is_checked(item, "Nothing Goes Out"))
    assert choices(item)["home"]


def test_a_lost_exit_is_seen(services, open_for, watcher):
    applet = open_for(services("exit-lost"))
    item = wait_item(applet, watcher)
    applet.wait("the icon", lambda: item.icon == "blocked")
    assert item.find("Exit: home (lost)") and choices(item) == {"No Exit": False, "home: not connected": True}
    assert item.properties["ToolTip"][3] == "nothing goes out: the exit home is not connected"
    assert "Nothing goes out" in item.properties["IconAccessibleDesc"]


def test_a_lost_exit_is_told_and_that_it_is_back(services, open_for, watcher, notifications):
    service = services("exit")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the icon", lambda: item.icon == "exit")
    service.steer("SetExitState", "lost", "nothing goes out: the exit home is not connected")
    applet.wait("the notification", lambda: notifications.titles == ["The exit is lost"])
    assert notifications.body("The exit is lost") == "Nothing goes out: the exit home is not connected"
    service.steer("SetExitState", "active", "")
    applet.wait("it is back", lambda: notifications.titles == ["The exit is back"])
    assert notifications.body("The exit is back") == "Everything goes through home."
    service.steer("SetExitState", "lost", "nothing goes out: the exit home is not connected")
    applet.wait("the notification", lambda: notifications.titles == ["The exit is lost"])
    notifications.press("The exit is lost")
    applet.wait("a window", lambda: applet.windows)


def test_an_exit_that_is_refused(services, open_for, watcher, notifications):
    service = services("exits-denied")
    applet = open_for(service)
    item = wait_item(applet, watcher)
    applet.wait("the entry", lambda: item.find("Exit: None"))
    item.click("Exit: ", "home")
    applet.wait("the notification", lambda: notifications.titles == ["The Exit Was Not Changed"])
    assert choices(item)["No Exit"] and item.icon == "online"


def test_without_anybody_who_offers_it(services, open_for, watcher):
    applet = open_for(services("online"))
    item = wait_item(applet, watcher)
    applet.wait("the peers", lambda: len(item.labels()) > 8)
    assert not item.find("Exit: ")


def test_names_that_mean_harm(services, open_for, watcher, notifications):
    applet = open_for(services("hostile"))
    item = wait_item(applet, watcher)
    applet.wait("the peers", lambda: item.find("-$(touch x)'"))
    for label in item.labels():
        assert "\n" not in label and "\x1b" not in label, repr(label)
    applet.wait("the notification", lambda: any("touch" in title for title in notifications.titles))
