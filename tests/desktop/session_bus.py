# SPDX-License-Identifier: LGPL-2.1-or-later
"""Others on the session bus that the applet talks to: who shows notifications. Who shows tray items is in tray.py."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NOTIFICATIONS = "org.freedesktop.Notifications"
NOTIFICATIONS_PATH = "/org/freedesktop/Notifications"
NOTIFICATIONS_XML = """<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
</interface></node>"""


def own_connection(desktop, name):
    """A connection to the session bus of its own, that owns `name`."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    connection = Gio.DBusConnection.new_for_address_sync(desktop.environment["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)
    connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                         GLib.Variant("(su)", (name, 0)), None, 0, 10000, None)
    return connection


class Notifications:
    """What is on the screen: {number: (title, body, [action, label, …])}; `count` of all that were shown."""

    def __init__(self, desktop):
        self.shown, self.count = {}, 0
        self.connection = own_connection(desktop, NOTIFICATIONS)
        info = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS_XML).interfaces[0]
        self.connection.register_object(NOTIFICATIONS_PATH, info, self.on_call, None, None)

    def on_call(self, _connection, _sender, _path, _interface, method, arguments, invocation):
        invocation.return_value(getattr(self, f"do_{method}")(*arguments.unpack()))

    def do_Notify(self, _app, replaced, _icon, title, body, actions, _hints, _timeout):
        self.count += 1
        number = replaced or self.count
        self.shown[number] = (title, body, actions)
        return GLib.Variant("(u)", (number,))

    def do_CloseNotification(self, number):
        self.shown.pop(number, None)

    def do_GetCapabilities(self):
        return GLib.Variant("(as)", (["actions", "body"],))

    def do_GetServerInformation(self):
        return GLib.Variant("(ssss)", ("test", "test", "1", "1.2"))

    @property
    def titles(self):
        return [title for title, *_ in self.shown.values()]

    def body(self, title):
        return next(body for shown, body, _ in self.shown.values() if shown == title)

    def press(self, title, label=None):
        """A button, or without a label the notification itself; it leaves the screen then."""
        number, actions = next((n, actions) for n, (shown, _, actions) in self.shown.items() if shown == title)
        del self.shown[number]
        names = dict(zip(actions[1::2], actions[::2]))
        self.connection.emit_signal(None, NOTIFICATIONS_PATH, NOTIFICATIONS, "ActionInvoked",
                                    GLib.Variant("(us)", (number, names[label] if label else "default")))

    def close(self):
        self.connection.close_sync(None)


PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
PORTAL_XML = """<node><interface name="org.freedesktop.portal.Background">
  <method name="RequestBackground">
    <arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/>
  </method>
</interface></node>"""


class BackgroundPortal:
    """What sandboxed programs ask to be started with the session; `asked` are the options of each time."""

    def __init__(self, desktop):
        self.asked = []
        self.connection = own_connection(desktop, PORTAL)
        info = Gio.DBusNodeInfo.new_for_xml(PORTAL_XML).interfaces[0]
        self.connection.register_object(PORTAL_PATH, info, self.on_call, None, None)

    def on_call(self, _connection, _sender, _path, _interface, _method, arguments, invocation):
        self.asked.append(arguments.unpack()[1])
        invocation.return_value(GLib.Variant("(o)", (PORTAL_PATH + "/request/test/1",)))

    def close(self):
        self.connection.close_sync(None)
