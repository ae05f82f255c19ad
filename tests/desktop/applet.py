# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgate-applet on a desktop of the tests, seen and used through AT-SPI as a screen reader would."""

import gi

from lab.paths import build_dir
from lab.process import LabError
from lab.wait import wait_for
from screen import Screen

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

PROGRAM = "bamgate-applet"
NAME = "org.bamgate.Applet"
PATH = "/org/bamgate/Applet"
FREE_DESKTOP = "org.freedesktop.Application"


def iterate():
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


class Applet:
    """The program, and its windows once it has some."""

    def __init__(self, desktop, machine=None, environment=None):
        self.desktop, self.machine = desktop, machine
        address = machine.bus.address if machine else f"unix:path={desktop.dir}/no-bus"
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": address, "G_DEBUG": "fatal-criticals", **(environment or {})}
        self.process = self.screen = None
        self.starts = 0

    def command(self, *options):
        return [build_dir() / "gtk-applet" / PROGRAM, *options]

    def start(self, *options):
        self.starts += 1
        self.process = self.desktop.start(f"applet-{id(self):x}-{self.starts}", *self.command(*options), env=self.environment)
        self.screen = Screen(self.process.pid)
        self.wait("its name on the bus", lambda: self.is_on_bus())
        return self

    def bus(self):
        return Gio.bus_get_sync(Gio.BusType.SESSION)

    def is_on_bus(self):
        answer = self.bus().call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                      GLib.Variant("(s)", (NAME,)), None, 0, -1, None)
        return answer.unpack()[0]

    def call(self, method, arguments):
        return self.bus().call_sync(NAME, PATH, FREE_DESKTOP, method, arguments, None, 0, 10000, None)

    def activate(self):
        self.call("Activate", GLib.Variant("(a{sv})", ({},)))

    def action(self, name, *values):
        """One of the application's, as a desktop file or a notification calls it."""
        self.call("ActivateAction", GLib.Variant("(sava{sv})", (name, values, {})))

    def window_action(self, name, *values):
        """One of the window's, as its menus and keys call it."""
        paths = self.bus().call_sync(NAME, f"{PATH}/window", "org.freedesktop.DBus.Introspectable", "Introspect", None, None, 0,
                                     10000, None).unpack()[0]
        number = paths.split('<node name="')[1].split('"')[0]
        self.bus().call_sync(NAME, f"{PATH}/window/{number}", "org.gtk.Actions", "Activate",
                             GLib.Variant("(sava{sv})", (name, values, {})), None, 0, 10000, None)

    @property
    def windows(self):
        return self.screen.windows if self.screen else []

    def wait(self, what, is_true, seconds=15):
        def ask():
            iterate()
            if self.process and not self.process.is_running():
                raise LabError(f"the applet ended\n{self.process.output()}")
            return is_true()
        try:
            return wait_for(what, ask, seconds, interval=0.05)
        except LabError as error:
            raise LabError(f"{error}\n{self.tree()}\n{self.process.output()}") from None

    def tree(self):
        return "\n".join(window.tree() for window in self.windows)

    def wait_find(self, name=None, role=None, seconds=15):
        def find():
            for window in reversed(self.windows):
                found = window.find(name, role)
                if found:
                    return found
            return None
        return self.wait(f"{role or 'something'} “{name}”", find, seconds)

    def wait_says(self, text, seconds=15):
        return self.wait(f"it says “{text}”", lambda: any(window.says(text) for window in self.windows), seconds)

    def wait_silent(self, text, seconds=15):
        return self.wait(f"it no longer says “{text}”", lambda: not any(window.says(text) for window in self.windows), seconds)

    def press(self, name, role="push button", seconds=15):
        self.wait_find(name, role, seconds).do()

    def open_menu(self, name):
        """By the button in a menu's button, which GTK 4.8 tells no name of but as its description; later ones call what holds it,
        and the closed menu itself, by that name too."""
        def find():
            return [node for window in self.windows for node in window.walk()
                    if node.role in ("push button", "toggle button") and name in (node.name, node.description)]
        self.wait(f"the button of “{name}”", find)[-1].do()

    def fill(self, name, text, role="text", seconds=15):
        """Writes into an entry."""
        self.wait_find(name, role, seconds).type(text)

    def stop(self):
        if self.process and self.process.is_running():
            self.action("quit")
            return self.process.wait(10)
        return None
