# SPDX-License-Identifier: LGPL-2.1-or-later
"""What asks a person for the password of her keyring, with a person who says: no, nothing (silent), or the password."""

import sys

import gi

gi.require_version("Gcr", "3")
from gi.repository import Gcr, Gio, GLib  # noqa: E402

XML = """<node><interface name="org.gnome.keyring.internal.Prompter">
  <method name="BeginPrompting"><arg type="o" direction="in"/></method>
  <method name="PerformPrompt"><arg type="o" direction="in"/><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/>
    <arg type="s" direction="in"/></method>
  <method name="StopPrompting"><arg type="o" direction="in"/></method>
</interface></node>"""
CALLBACK = "org.gnome.keyring.internal.Prompter.Callback"
exchange = Gcr.SecretExchange.new(None)


def tell(connection, sender, path, method, arguments):
    connection.call(sender, path, CALLBACK, method, arguments, None, Gio.DBusCallFlags.NONE, -1, None, None)


def on_call(connection, sender, path, interface, method, parameters, invocation):
    callback, *rest = parameters.unpack()
    print(method, *rest[:1], flush=True)
    invocation.return_value(None)
    if method == "BeginPrompting":
        tell(connection, sender, callback, "PromptReady", GLib.Variant("(sa{sv}s)", ("", {}, "")))
    elif method == "StopPrompting":
        tell(connection, sender, callback, "PromptDone", None)
    elif sys.argv[1] == "no":
        tell(connection, sender, callback, "PromptReady", GLib.Variant("(sa{sv}s)", ("no", {}, "")))
    elif sys.argv[1] != "silent":
        exchange.receive(rest[2])
        sent = exchange.send(sys.argv[1], -1)
        tell(connection, sender, callback, "PromptReady", GLib.Variant("(sa{sv}s)", ("yes", {}, sent)))


bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
bus.register_object("/org/gnome/keyring/Prompter", Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], on_call, None, None)
Gio.bus_own_name_on_connection(bus, "org.gnome.keyring.SystemPrompter", Gio.BusNameOwnerFlags.NONE,
                               lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
