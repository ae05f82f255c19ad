# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a machine's bus, what says that it goes to sleep and wakes: the signal of logind, and no more of it."""

from gi.repository import GLib

NAME, PATH, MANAGER = "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
POLICY = f"""<busconfig>
  <policy user="root">
    <allow own="{NAME}"/>
  </policy>
  <policy context="default">
    <allow send_destination="{NAME}"/>
  </policy>
</busconfig>
"""


def policy(directory):
    """A file for Machine(policies=…): the bus lets us be logind."""
    file = directory / "logind.conf"
    file.write_text(POLICY, encoding="utf-8")
    return file


class Logind:
    def __init__(self, machine):
        self.connection = machine.bus.connection
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                  GLib.Variant("(su)", (NAME, 0)), None, 0, -1, None)

    def tell(self, begins):
        """That a sleep begins, or is over."""
        self.connection.emit_signal(None, PATH, MANAGER, "PrepareForSleep", GLib.Variant("(b)", (begins,)))
        self.connection.flush_sync(None)
