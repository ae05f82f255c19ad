# SPDX-License-Identifier: LGPL-2.1-or-later
"""The other side of the tray: who shows items, and a hand on an item and its menu."""

import gi

from session_bus import own_connection

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"

WATCHER_XML = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
</interface></node>"""


class Item:
    """A tray item of somebody, as a panel uses it; `signals` are those that came."""

    def __init__(self, connection, owner, path):
        self.connection, self.owner, self.path = connection, owner, path
        self.signals = []
        self.subscription = connection.signal_subscribe(
            owner, ITEM, None, path, None, 0, lambda _c, _s, _p, _i, name, arguments: self.signals.append((name, *arguments.unpack())))

    def call(self, path, interface, method, arguments=None):
        return self.connection.call_sync(self.owner, path, interface, method, arguments, None, 0, 10000, None).unpack()

    @property
    def properties(self):
        return self.call(self.path, "org.freedesktop.DBus.Properties", "GetAll", GLib.Variant("(s)", (ITEM,)))[0]

    @property
    def icon(self):
        return self.properties["IconName"].removeprefix("org.bamgate.Applet-").removesuffix("-symbolic")

    def activate(self):
        self.call(self.path, ITEM, "Activate", GLib.Variant("(ii)", (0, 0)))

    def layout(self):
        """→ [(label, id, properties, [children likewise])], what is to be seen."""
        menu = self.properties["Menu"]
        _revision, root = self.call(menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])))

        def read(node):
            number, properties, children = node
            return (properties.get("label", "---").replace("__", "_"), number, properties, [read(child) for child in children])
        return [entry for entry in read(root)[3] if entry[2].get("visible", True)]

    def labels(self):
        return [label for label, *_ in self.layout()]

    def find(self, *words):
        """The entry under these labels, each the start of one."""
        entries, found = self.layout(), None
        for word in words:
            found = next((entry for entry in entries if entry[0].startswith(word)), None)
            if found is None:
                return None
            entries = found[3]
        return found

    def click(self, *words):
        found = self.find(*words)
        assert found, f"no {words} in {self.layout()}"
        assert found[2].get("enabled", True), f"{words} cannot be clicked"
        self.call(self.properties["Menu"], MENU, "Event", GLib.Variant("(isvu)", (found[1], "clicked", GLib.Variant("i", 0), 0)))


class Watcher:
    """A panel's half: takes items, while it is there."""

    def __init__(self, desktop):
        self.connection = own_connection(desktop, WATCHER)
        self.registered = []
        info = Gio.DBusNodeInfo.new_for_xml(WATCHER_XML).interfaces[0]
        self.connection.register_object(WATCHER_PATH, info, self.on_call, self.on_get, None)

    def on_call(self, _connection, sender, _path, _interface, method, arguments, invocation):
        if method == "RegisterStatusNotifierItem":
            self.registered.append((sender, arguments.unpack()[0]))
        invocation.return_value(None)

    def on_get(self, _connection, _sender, _path, _interface, name):
        return {"RegisteredStatusNotifierItems": GLib.Variant("as", [s + p for s, p in self.registered]),
                "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
                "ProtocolVersion": GLib.Variant("i", 0)}[name]

    def item(self):
        sender, path = self.registered[-1]
        return Item(self.connection, sender, path)

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)
