# SPDX-License-Identifier: LGPL-2.1-or-later
"""A system bus for a lab host, and the daemon's objects as seen on it."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from .paths import DATA
from .process import LabError

NAME = "org.bamgate.Tunnel1"
PATH = "/org/bamgate/Tunnel1"
TUNNEL = "org.bamgate.Tunnel1"
PEER = "org.bamgate.Tunnel1.Peer"
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"
WELL_KNOWN = "/run/dbus/system_bus_socket"

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  {listen}
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  {policy}
</busconfig>
"""


def system_bus(sockets, policies):
    """The text of a configuration: a bus that listens there, with these files of policy."""
    return CONFIGURATION.format(listen="\n  ".join(f"<listen>unix:path={path}</listen>" for path in sockets),
                                policy="\n  ".join(f"<include>{path}</include>" for path in policies))


class Bus:
    """dbus-daemon on `host` with our policy of data/, and a connection to it from here. The host's system bus, unless it
    is one more beside it, at `address` alone. `policies` are those of other programs."""

    def __init__(self, host, directory, is_system=True, policies=()):
        configuration = directory / "bus.conf"
        self.address = f"unix:path={directory}/bus"
        configuration.write_text(
            system_bus([*([WELL_KNOWN] if is_system else []), f"{directory}/bus"], [*sorted(DATA.glob("org.bamgate.*.conf")), *policies]),
            encoding="utf-8")
        self.host, self.configuration = host, configuration
        self.start()

    def start(self):
        """The same bus again, at the same address, after kill()."""
        self.process = self.host.start("dbus-daemon", "dbus-daemon", f"--config-file={self.configuration}", "--nofork",
                                       "--nopidfile", "--nosyslog", "--print-address")
        self.process.wait_line("unix:path=")
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.set_exit_on_close(False)

    def call(self, interface, method, arguments=None, path=PATH, seconds=30):
        """Calls the daemon and returns its answer as plain Python; GLib.Error as it comes."""
        reply = self.connection.call_sync(NAME, path, interface, method, arguments, None,
                                          Gio.DBusCallFlags.NO_AUTO_START, int(seconds * 1000), None)
        values = reply.unpack()
        return values[0] if len(values) == 1 else values or None

    def send_up(self):
        """Up, without waiting for the answer."""
        self.connection.call(NAME, PATH, TUNNEL, "Up", GLib.Variant("(a{sv})", ({},)), None, Gio.DBusCallFlags.NO_AUTO_START, -1, None, None)

    def tunnel(self):
        """Properties of the tunnel; empty while no daemon is on the bus."""
        try:
            return self.call(PROPERTIES, "GetAll", GLib.Variant("(s)", (TUNNEL,)))
        except GLib.Error:
            return {}

    def peers(self):
        """{id: properties} of the peers."""
        try:
            objects = self.call(MANAGER, "GetManagedObjects")
        except GLib.Error:
            return {}
        found = [interfaces[PEER] for interfaces in objects.values() if PEER in interfaces]
        return {peer["Id"]: peer for peer in found}

    def peer_path(self, name):
        objects = self.call(MANAGER, "GetManagedObjects")
        return next(path for path, interfaces in objects.items() if interfaces.get(PEER, {}).get("Id") == name)

    def wait(self, what, is_true, seconds=20):
        """Asks `is_true` after every signal on the bus until it gives a true value, which is returned."""
        changed = [True]
        late = []

        def on_signal(*_):
            changed[0] = True

        def on_deadline():
            late.append(True)
            return GLib.SOURCE_REMOVE

        subscription = self.connection.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE, on_signal)
        timer = GLib.timeout_add(int(seconds * 1000), on_deadline)
        try:
            while True:
                if changed[0]:
                    changed[0] = False
                    value = is_true()
                    if value:
                        return value
                if late:
                    raise LabError(f"not within {seconds:g} s: {what}\ntunnel: {self.tunnel()}\npeers: {self.peers()}")
                GLib.MainContext.default().iteration(True)
        finally:
            self.connection.signal_unsubscribe(subscription)
            if not late:
                GLib.source_remove(timer)

    def kill(self):
        self.process.kill()

    def close(self):
        self.connection.close_sync(None)
