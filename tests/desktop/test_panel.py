# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tray item in a real panel, Xfce's: BUILD/screenshots/tray-*.png, by --long."""

import contextlib
import pathlib
import shutil
import subprocess

import gi
import pytest

from lab.process import LabError
from lab.wait import wait_for
from session_bus import own_connection
from tray import Item, WATCHER, WATCHER_PATH

gi.require_version("Gio", "2.0")
from gi.repository import GLib  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.limit(180)]
ICONS = pathlib.Path(__file__).resolve().parents[2] / "gtk-applet" / "icons"
PANEL_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
"""


@pytest.fixture
def panel(desktop):
    for program in ("xfce4-panel", "openbox", "xdotool"):
        if not shutil.which(program):
            pytest.skip(f"not on this machine: {program} is not installed")
    settings = desktop.dir / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "xfce4-panel.xml").write_text(PANEL_SETTINGS)
    icons = desktop.dir / "data" / "icons" / "hicolor" / "symbolic" / "apps"
    icons.mkdir(parents=True, exist_ok=True)
    for icon in ICONS.glob("*-symbolic.svg"):
        shutil.copy(icon, icons)
    programs = [desktop.start(name, name, *options) for name, options in (("openbox", []), ("xfce4-panel", ["--disable-wm-check"]))]
    connection = own_connection(desktop, "org.bamgate.Test")
    wait_for("a panel that shows items", lambda: owner(connection, WATCHER), 30)
    yield connection
    connection.close_sync(None)
    for program in reversed(programs):
        program.stop()
        desktop.processes.remove(program)


def owner(connection, name):
    answer = connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                  GLib.Variant("(s)", (name,)), None, 0, 5000, None)
    return answer.unpack()[0]


def items(connection):
    answer = connection.call_sync(WATCHER, WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get",
                                  GLib.Variant("(ss)", (WATCHER, "RegisteredStatusNotifierItems")), None, 0, 5000, None)
    return answer.unpack()[0]


def test_in_xfces_panel(panel, mesh, desktop, open_applet, build_dir):
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    applet = open_applet(a, "--background")
    name = applet.wait("the item", lambda: items(panel))[0]
    item = Item(panel, name.split("/")[0], "/StatusNotifierItem")
    folder = pathlib.Path(build_dir) / "screenshots"
    folder.mkdir(exist_ok=True)
    applet.wait("the icon", lambda: item.icon == "online")

    def click(button):
        subprocess.run(["xdotool", "mousemove", "10", "16", "click", str(button)], env=desktop.environment, check=True, timeout=20)

    def menus():
        """Of the item: it is a window of the process that holds the tray, and the panel's own menu is one of the panel."""
        return subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "Wrapper-2.0"], env=desktop.environment,
                              capture_output=True, text=True, timeout=20).stdout.split()

    def escape():
        subprocess.run(["xdotool", "key", "Escape"], env=desktop.environment, check=True, timeout=20)

    before = menus()

    def open_menu():
        """Until the panel has read the item's menu it shows its own."""
        click(3)
        with contextlib.suppress(LabError):
            return wait_for("a menu", lambda: menus() != before, 1)
        escape()
        return False
    applet.wait("its menu", open_menu, 30)
    desktop.screenshot(folder / "tray-xfce.png")
    escape()
    applet.wait("no menu", lambda: menus() == before)
    click(1)
    applet.wait("the window", lambda: applet.windows)
