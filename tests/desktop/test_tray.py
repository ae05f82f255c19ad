# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tray item and its menu, as a panel sees and uses them, over the real daemon."""

import contextlib

import pytest

from tray import Watcher


@pytest.fixture
def watchers(desktop):
    """Makes somebody who shows tray items."""
    with contextlib.ExitStack() as stack:
        def make():
            made = Watcher(desktop)
            stack.callback(made.close)
            return made
        yield make


@pytest.fixture
def watcher(watchers):
    return watchers()


def wait_item(applet, watcher):
    applet.wait("a tray item", lambda: watcher.registered)
    return watcher.item()


def wait_icon(applet, item, icon, seconds=15):
    applet.wait(f"the icon “{icon}”", lambda: item.icon == icon, seconds)


def test_all_that_panels_ask_for(lone, open_applet, watcher):
    applet = open_applet(lone, "--background")
    item = wait_item(applet, watcher)
    assert watcher.registered[0][1] == "/StatusNotifierItem"  # by path, which all panels keep
    said = item.properties
    assert said["Id"] == "bamgate" and said["Category"] == "Communications" and said["Status"] == "Active"
    assert said["IconName"] == "org.bamgate.Applet-off-symbolic"
    assert said["AttentionIconName"] == "org.bamgate.Applet-attention-symbolic"
    assert said["IconPixmap"] == [] and said["ItemIsMenu"] is False
    applet.wait("the words", lambda: item.properties["ToolTip"][2] == "Not in a network yet")
    assert applet.windows == []


def test_a_machine_without_a_network_is_set_up_in_the_window(lone, open_applet, watcher):
    applet = open_applet(lone, "--background")
    item = wait_item(applet, watcher)
    applet.wait("the menu", lambda: item.find("Set Up"))
    assert item.labels() == ["Not in a network yet", "Set Up…", "---", "Open bamgate", "---", "Quit"]
    item.click("Set Up")
    applet.wait("a window", lambda: applet.windows)


def test_turning_it_off_and_on(mesh, open_applet, watcher):
    a, b = mesh.machine("a"), mesh.machine("b_c")
    mesh.wait_connected(a, b)
    applet = open_applet(a, "--background")
    item = wait_item(applet, watcher)
    wait_icon(applet, item, "online")
    applet.wait("the peer", lambda: item.find("b_c: connected"))
    assert item.find("b_c", f"Copy {b.address}") and item.find("b_c", "Details")
    assert item.properties["ToolTip"][2] == "Online, 1 of 1 machine connected"
    assert item.find("Invite")

    item.signals.clear()
    item.click("Turn Off")
    a.wait_state("off")
    wait_icon(applet, item, "off")
    applet.wait("the menu", lambda: item.find("Turn On") and not item.find("b_c"))
    assert ("NewIcon",) in item.signals and ("NewToolTip",) in item.signals
    item.click("Turn On")
    a.wait_state("online")
    wait_icon(applet, item, "online")


def test_a_click_opens_the_window(lone, open_applet, watcher):
    applet = open_applet(lone, "--background")
    item = wait_item(applet, watcher)
    item.activate()
    applet.wait("a window", lambda: applet.windows)


def test_quit_in_the_menu(lone, open_applet, watcher):
    applet = open_applet(lone, "--background")
    wait_item(applet, watcher).click("Quit")
    assert applet.process.wait(10) == 0


def test_the_daemon_dies_and_comes_back(mesh, open_applet, watcher):
    a = mesh.machine("a")
    applet = open_applet(a, "--background")
    item = wait_item(applet, watcher)
    wait_icon(applet, item, "online")
    a.kill()
    wait_icon(applet, item, "off")
    assert item.find("The daemon is not running")
    a.start()
    wait_icon(applet, item, "online", seconds=30)
    item.click("Turn Off")
    a.wait_state("off")


def test_panels_come_and_go(lone, open_applet, watchers):
    applet = open_applet(lone, "--background")
    applet.wait("it is there without a panel", lambda: applet.is_on_bus())
    first = watchers()
    item = wait_item(applet, first)
    first.close()
    second = watchers()
    again = wait_item(applet, second)
    assert again.owner == item.owner and len(second.registered) == 1
    applet.wait("the menu", lambda: again.find("Set Up"))


def test_one_item_for_two_starts(lone, open_applet, watcher, desktop):
    applet = open_applet(lone, "--background")
    wait_item(applet, watcher)
    second = desktop.start("second-applet", *applet.command("--background"), env=applet.environment)
    assert second.wait(15) == 0
    assert len(watcher.registered) == 1 and applet.windows == []


def test_the_system_bus_restarts(mesh, open_applet, watcher):
    a = mesh.machine("a")
    applet = open_applet(a)
    item = wait_item(applet, watcher)
    wait_icon(applet, item, "online")
    a.bus.kill()
    wait_icon(applet, item, "off")
    applet.wait_says("The Daemon Is Not Running")
    a.bus.start()
    wait_icon(applet, item, "online", seconds=40)
    applet.wait_silent("The Daemon Is Not Running")
    assert len(applet.windows) == 1
    item.click("Turn Off")
    a.wait_state("off")


def test_an_exit_that_is_chosen_and_lost(mesh, open_applet, watcher):
    a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
    mesh.wait_connected(a, b)
    a.wait_peer("b", exit_offered=["4"])
    applet = open_applet(a, "--background")
    item = wait_item(applet, watcher)
    applet.wait("the exit", lambda: item.find("Exit: None", "b"))
    item.click("Exit: None", "b")
    wait_icon(applet, item, "exit")
    assert a.bus.tunnel()["ExitNode"] == "b" and item.find("Exit: b")
    b.kill()
    wait_icon(applet, item, "blocked", seconds=60)
    item.click("Exit: b", "No Exit")
    wait_icon(applet, item, "online")
