# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent that behaves badly: garbage, huge, never, dies, spy, wrong, ask TEXT. Says what it is asked, a line each."""

import os
import sys

from gi.repository import Gio, GLib

XML = """<node><interface name="org.bamgate.SecretAgent1">
  <method name="GetSecrets"><arg type="u" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
    <arg type="@ANSWER@" direction="out"/></method>
  <method name="CancelGetSecrets"><arg type="u" direction="in"/></method>
  <method name="SaveSecrets"><arg type="a{ss}" direction="in"/><arg type="a{sv}" direction="in"/></method>
  <method name="DeleteSecrets"><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/></method>
</interface></node>"""


def answer(mode, names):
    if mode == "garbage":
        return GLib.Variant("(as)", (["\x01", "rubbish"],))
    if mode == "huge":
        return GLib.Variant("(a{ss})", ({name: "x" * 10_000_000 for name in names},))
    if mode == "wrong":
        return GLib.Variant("(a{ss})", ({name: "not the one" for name in names},))
    if mode == "spy":
        return GLib.Variant("(a{ss})", ({},))
    return GLib.Variant("(a{ss})", ({name: mode.removeprefix("ask ") for name in names},))


def on_call(connection, sender, path, interface, method, parameters, invocation):
    print(method, *[repr(value) for value in parameters.unpack() if not isinstance(value, dict)], flush=True)
    mode = sys.argv[1]
    if method != "GetSecrets":
        invocation.return_value(None)
    elif mode == "dies":
        os._exit(0)
    elif mode == "canceled":
        invocation.return_dbus_error("org.bamgate.SecretAgent1.Error.Canceled", "no")
    elif mode != "never":
        invocation.return_value(answer(mode, parameters.unpack()[1]))


bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
node = Gio.DBusNodeInfo.new_for_xml(XML.replace("@ANSWER@", "as" if sys.argv[1] == "garbage" else "a{ss}"))
bus.register_object("/agent", node.interfaces[0], on_call, None, None)
bus.call_sync("org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "RegisterSecretAgent",
              GLib.Variant("(o)", ("/agent",)), None, Gio.DBusCallFlags.NO_AUTO_START, 10000, None)
print("ready", flush=True)
GLib.MainLoop().run()
