# SPDX-License-Identifier: LGPL-2.1-or-later
"""No way leads round the table of rights: every method and property of the XML, and of what the daemon really exports, and
messages that no client of ours would send. The real polkitd; the caller is somebody whom no rule knows."""

import json
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest
from test_rights import CHALLENGE, DENIED, FREE

XML = pathlib.Path(__file__).resolve().parents[2] / "introspection"
TUNNEL, PEER, ROOT, HOME = "org.bamgate.Tunnel1", "org.bamgate.Tunnel1.Peer", "/org/bamgate/Tunnel1", "/org/bamgate/Tunnel1/peers/home"
FILES, ENDPOINT, ACCOUNT = (f"org.bamgate.Tunnel1.{name}" for name in ("Files", "Endpoint", "Account"))
PATHS = {TUNNEL: ROOT, FILES: ROOT, PEER: HOME, ENDPOINT: f"{ROOT}/endpoints/web_2eprod_3a80", ACCOUNT: f"{ROOT}/accounts/ngrok"}
VALUES = {"s": "'nobody'", "u": "uint32 0", "t": "uint64 0", "b": "false", "o": "objectpath '/'", "a{sv}": "@a{sv} {}", "as": "@as []",
          "h": "handle 0"}
VALUES_SET = {"s": "'evil'", "as": "['evil']", "b": "true", "u": "uint32 7", "t": "uint64 7", "x": "int64 7", "ao": "@ao []",
              "a{st}": "@a{st} {}", "a(sav)": "@a(sav) []", "a(sqs)": "@a(sqs) []", "a{sv}": "@a{sv} {}"}
FREE_NAMES = {method for method, _arguments, _path in FREE} | {"ExplainError", "RegisterSecretAgent", "UnregisterSecretAgent", "Cancel", "List"}
STANDARD = "org.freedesktop.DBus."
# Messages as somebody sends them who wants no answer, or leaves out what he may.
SENDER = """
import json, sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
for call in json.loads(sys.argv[1]):
    message = Gio.DBusMessage.new_method_call("org.bamgate.Tunnel1", call["path"], call["interface"], call["method"])
    if call["arguments"]:
        message.set_body(GLib.Variant.parse(None, call["arguments"], None, None))
    if call["silent"]:
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        bus.send_message(message, Gio.DBusSendMessageFlags.NONE)
        bus.flush_sync(None)
    else:
        answer = bus.send_message_with_reply_sync(message, Gio.DBusSendMessageFlags.NONE, 20000, None)[0]
        print(answer.get_error_name() or "")
"""
FORGER = """
import sys
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
for to in (None, *sys.argv[1:]):
    bus.emit_signal(to, "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "StateChanged",
                    GLib.Variant("(sss)", ("online", "failed", "forged")))
    bus.emit_signal(to, "/org/bamgate/Tunnel1", "org.freedesktop.DBus.Properties", "PropertiesChanged", GLib.Variant("(sa{sv}as)",
                    ("org.bamgate.Tunnel1", {"State": GLib.Variant("s", "failed"), "StateReason": GLib.Variant("s", "forged")}, [])))
bus.flush_sync(None)
"""


def described():
    for file in sorted(XML.glob("org.bamgate.Tunnel1*.xml")):
        yield from ElementTree.parse(file).getroot().iter("interface")


def arguments_of(method):
    values = [VALUES[arg.get("type")] for arg in method.iter("arg") if arg.get("direction") != "out"]
    return f"({', '.join(values)}{',' if len(values) == 1 else ''})"


METHODS = [(interface.get("name"), method.get("name"), arguments_of(method)) for interface in described() for method in interface.iter("method")]
PROPERTIES = [(interface.get("name"), one.get("name"), one.get("type"), one.get("access")) for interface in described()
              for one in interface.iter("property")]


def message(method, path=ROOT, interface=TUNNEL, arguments="", silent=False):
    return {"method": method, "path": path, "interface": interface, "arguments": arguments, "silent": silent}


def send(world, user, *messages):
    """→ the name of each answer's error, or the empty text."""
    done = world.run(user, "/usr/bin/python3", "-c", SENDER, json.dumps(messages))
    assert done["code"] == 0, done["err"]
    return done["out"].splitlines()


def is_online(world):
    """The answer comes after all that was sent before was seen to."""
    return "online" in world.run("bg-plain", "bamgatectl", "status")["out"]


@pytest.fixture
def online(world):
    assert world.call("root", "Up", arguments="(@a{sv} {},)") == ["", ""]
    yield world
    assert is_online(world)


def test_each_method_has_its_row(online):
    calls = [message(method, PATHS[interface], interface, arguments) for interface, method, arguments in METHODS]
    plain, denied = (send(online, user, *calls) for user in ("bg-plain", "bg-denied"))
    assert len(plain) == len(denied) == len(METHODS) > 15
    for (interface, method, _), *answers in zip(METHODS, plain, denied):
        if method in FREE_NAMES:
            assert not {CHALLENGE, DENIED} & set(answers), (interface, method)
        else:
            assert answers == [CHALLENGE, DENIED], (interface, method)


def test_no_property_is_written(online):
    assert len(PROPERTIES) > 30 and all(access == "read" for *_, access in PROPERTIES)
    calls = [message("Set", PATHS[interface], f"{STANDARD}Properties", f"('{interface}', '{name}', <{VALUES_SET[kind]}>)")
             for interface, name, kind, _ in PROPERTIES]
    for user in ("bg-plain", "root"):
        answers = send(online, user, *calls)
        assert len(answers) == len(calls)
        assert all(answer.startswith(f"{STANDARD}Error.") for answer in answers), answers


def exported(world, path):
    """(path, interface, kind, name) of all that is there and below."""
    text = world.run("bg-plain", "gdbus", "introspect", "--system", "--dest", TUNNEL, "--object-path", path, "--xml")["out"]
    node = ElementTree.fromstring(text[text.index("<node"):])
    for interface in node.findall("interface"):
        for member in interface:
            yield path, interface.get("name"), member.tag, member.get("name")
    for child in node.findall("node"):
        if child.get("name"):
            yield from exported(world, f"{path.rstrip('/')}/{child.get('name')}")


def test_nothing_else_is_exported(world):
    known = {(interface, "method", name) for interface, name, _ in METHODS} | {(i, "property", name) for i, name, *_ in PROPERTIES}
    found = [row for row in exported(world, "/") if not row[1].startswith(STANDARD)]
    assert {row[1] for row in found} == set(PATHS)
    assert {row[1:] for row in found if row[2] in ("method", "property")} == known
    standard = {row[1] for row in exported(world, "/") if row[1].startswith(STANDARD)}
    assert standard <= {STANDARD + name for name in ("Introspectable", "ObjectManager", "Peer", "Properties")}


def test_methods_at_other_objects(online):
    calls = [message("Down", HOME), message("Forget", ROOT, PEER), message("Down", "/"), message("Forget", f"{ROOT}/peers", PEER),
             message("Forget", f"{ROOT}/peers/nobody", PEER)]
    for user in ("bg-plain", "root"):
        answers = send(online, user, *calls)
        assert len(answers) == len(calls) and all(answer.startswith(f"{STANDARD}Error.") for answer in answers), answers


def test_a_call_that_names_no_interface(online):
    assert send(online, "bg-plain", message("Down", interface=None)) == [DENIED]


def test_a_call_that_wants_no_answer(online):
    send(online, "bg-plain", message("Down", silent=True), message("Configure", arguments="(@a{sv} {},)", silent=True),
         message("Leave", arguments="(@a{sv} {},)", silent=True))


def test_who_leaves_while_polkit_thinks(own_world):
    """Nobody is there any more whom it could be allowed."""
    assert own_world.call("root", "Up", arguments="(@a{sv} {},)") == ["", ""]
    for user in ("bg-plain", "bg-allowed"):
        own_world.ask(do="pause_polkit")
        send(own_world, user, message("Down", silent=True))
        own_world.ask(do="continue_polkit")
        assert own_world.call("bg-plain", "Down")[0] == CHALLENGE  # asked after it, answered after it
        assert is_online(own_world)


def test_forged_signals_reach_nobody(online):
    names = online.ask(do="watch", user="bg-plain", argv=["bamgatectl", "monitor", "--json"])
    forged = online.run("bg-denied", "/usr/bin/python3", "-c", FORGER, *names)
    assert forged["code"] == 0, forged["err"]
    assert online.call("root", "Down") == ["", ""]
    heard = online.ask(do="heard_until", text='"off"')
    assert '"off"' in heard and "forged" not in heard
    assert online.call("root", "Up", arguments="(@a{sv} {},)") == ["", ""]
