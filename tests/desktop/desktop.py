# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person's desktop without a person: an X server, a session bus and AT-SPI, private to this run of the tests."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from lab.paths import build_dir
from lab.process import Process


NEEDED = ("Xvfb", "dbus-daemon")


def missing():
    """Why there can be no desktop here, or None."""
    if not (build_dir() / "gtk-applet" / "bamgate-applet").exists():
        return "not on this machine: bamgate-applet is not built (GTK 4, libadwaita, libqrencode)"
    for program in NEEDED:
        if not shutil.which(program):
            return f"not on this machine: {program} is not installed"
    if not pathlib.Path("/usr/share/dbus-1/services/org.a11y.Bus.service").exists():
        return "not on this machine: at-spi2-core is not installed"
    return None


class Desktop:
    """Programs that are started with `environment` show their windows here."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="bamgate-desktop-"))
        self.processes = []
        for name in ("run", "config", "cache", "data"):
            (self.dir / name).mkdir(mode=0o700)
        self.environment = {
            "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(self.dir),
            "XDG_RUNTIME_DIR": str(self.dir / "run"), "XDG_CONFIG_HOME": str(self.dir / "config"),
            "XDG_CACHE_HOME": str(self.dir / "cache"), "XDG_DATA_HOME": str(self.dir / "data"),
            "GSETTINGS_BACKEND": "keyfile", "GSETTINGS_SCHEMA_DIR": str(build_dir() / "gtk-applet"),
            "GSK_RENDERER": "cairo", "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "0",
        }
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def start(self, name, *command, env=None):
        words = [str(word) for word in command]
        process = Process(name, words, self.dir / f"{name}.log", {**self.environment, **(env or {})})
        self.processes.append(process)
        return process

    def begin(self, screen="1280x800x24"):
        # other displays of this machine have their sockets elsewhere, and the abstract ones are of our network namespace
        subprocess.run(["mkdir", "-p", "-m", "1777", "/tmp/.X11-unix"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp/.X11-unix"], check=True)
        xvfb = self.start("Xvfb", "Xvfb", ":9", "-screen", "0", screen, "-nolisten", "tcp", "-noreset", "-nolock", "-displayfd", "1")
        xvfb.wait_line("9", 20)
        self.environment["DISPLAY"] = ":9"
        bus = self.start("session-bus", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address",
                         f"--address=unix:path={self.dir}/run/bus")
        bus.wait_line("unix:path=", 10)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.dir}/run/bus"
        return self

    def share(self):
        """This process talks to the same session; before AT-SPI is loaded."""
        for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME"):
            os.environ[name] = self.environment[name]
        self.start_registry()

    @staticmethod
    def start_registry():
        """AT-SPI's, which stays: else it would come, and go, in the middle of a test."""
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        address = bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0, 20000, None)
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        accessibility = Gio.DBusConnection.new_for_address_sync(address.unpack()[0], flags, None, None)
        accessibility.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "StartServiceByName",
                                GLib.Variant("(su)", ("org.a11y.atspi.Registry", 0)), None, 0, 20000, None)
        accessibility.call_sync("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", "org.freedesktop.DBus.Properties",
                                "Get", GLib.Variant("(ss)", ("org.a11y.atspi.Accessible", "ChildCount")), None, 0, 20000, None)
        accessibility.close_sync(None)

    def close(self):
        complaints = []
        for process in reversed(self.processes):
            process.stop()
            complaints += filter(None, [process.crash()])
        shutil.rmtree(self.dir, ignore_errors=True)
        assert not complaints, "\n".join(complaints)

    def screenshot(self, path):
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True)
