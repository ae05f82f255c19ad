# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wi-Fi networks around a machine that has no radio: NetworkManager's interface, played by python-dbusmock on its bus."""

import gi

from lab.wait import wait_for

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NM = "org.freedesktop.NetworkManager"
NM_PATH = "/org/freedesktop/NetworkManager"
PSK, OWE, OPEN = 0x100, 0x800, 0
ACTIVATED = 2

POLICY = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy context="default">
    <allow own="org.freedesktop.NetworkManager"/>
    <allow send_destination="org.freedesktop.NetworkManager"/>
  </policy>
</busconfig>
"""


class Networks:
    def __init__(self, machine):
        self.bus = machine.bus
        self.process = machine.host.start("networks", "/usr/bin/python3", "-m", "dbusmock", "--system", "-t", "networkmanager",
                                          env={"DBUS_SYSTEM_BUS_ADDRESS": machine.bus.address})
        wait_for("the networks are there", self.is_there)
        self.device = self.mock("AddWiFiDevice", "(ssu)", "wifi", "wlan0", 30)
        self.count, self.active = 0, None

    def is_there(self):
        return self.bus.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                             GLib.Variant("(s)", (NM,)), None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def mock(self, method, signature, *arguments):
        answer = self.bus.connection.call_sync(NM, NM_PATH, "org.freedesktop.DBus.Mock", method, GLib.Variant(signature, arguments),
                                               None, Gio.DBusCallFlags.NONE, 10000, None).unpack()
        return answer[0] if answer else None

    def leave(self):
        if self.active:
            self.mock("RemoveActiveConnection", "(ss)", self.device, self.active)
        self.active = None

    def enter(self, ssid, security=PSK):
        """Into another network, out of the one before."""
        self.leave()
        self.count += 1
        name = f"n{self.count}"
        point = self.mock("AddAccessPoint", "(ssssuuuyu)", self.device, name, ssid, f"00:11:22:33:44:{self.count:02x}", 2, 2437,
                          54000, 80, security)
        # the access point of that name, and none of the same name before it
        connection = self.mock("AddWiFiConnection", "(ssss)", self.device, name, ssid, "")
        self.active = self.mock("AddActiveConnection", "(assssu)", [self.device], connection, point, name, ACTIVATED)
