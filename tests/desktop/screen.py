# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a screen reader is told of a program: its accessible objects, read whole with one call of AT-SPI's cache, and used one
by one."""

import enum
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
REGISTRY = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
PREFIX = "org.a11y.atspi"
LABELLED_BY = 2  # of AT-SPI's relations
RADIO = ("check box", "radio button")  # what GTK 4.8 calls one of several, and what later versions do
IN_MENUS = ("menu item", "check menu item", "radio menu item")
OLD = 1.0  # seconds: not every change is told


class State(enum.IntEnum):
    """Bits of AT-SPI's states that tests ask for."""
    ACTIVE = 1
    CHECKED = 4
    EXPANDED = 10
    FOCUSED = 12
    SENSITIVE = 24
    VISIBLE = 30


def role_names():
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi
    names = {number: Atspi.role_get_name(Atspi.Role(number)) for number in range(int(Atspi.Role.LAST_DEFINED))}
    return {number: {"button": "push button"}.get(name, name) for number, name in names.items()}  # as it is called since 2.53


class Node:
    """One accessible object as it was when it was read; `text` and what is done with it are of now."""

    roles = {}

    def __init__(self, screen, path, interfaces, name, role, description, states):
        Node.roles = Node.roles or role_names()
        self.screen, self.path, self.interfaces = screen, path, interfaces
        self.name, self.description = name, description
        self.role = Node.roles.get(role, str(role))
        self.states = states[0] | states[1] << 32
        self.children = []

    def has_state(self, nick):
        return bool(self.states >> State[nick.upper()] & 1)

    @property
    def text(self):
        """What an entry holds or a label shows."""
        if f"{PREFIX}.Text" not in self.interfaces:
            return self.name
        count = self.screen.get(self.path, f"{PREFIX}.Text", "CharacterCount")
        return self.screen.call(self.path, f"{PREFIX}.Text", "GetText", "(ii)", 0, count) if count else ""

    def walk(self):
        """Those that are to be seen, depth first."""
        yield self
        for child in self.children:
            if child.has_state("visible"):
                yield from child.walk()

    def find_all(self, name=None, role=None):
        """`role`: one, or several of which it has one."""
        def fits(node):
            return (role is None or node.role in ((role,) if isinstance(role, str) else role)) and \
                (name is None or (name(node.name) if callable(name) else node.name == name))
        return [node for node in self.walk() if fits(node)]

    def find(self, name=None, role=None):
        found = self.find_all(name, role)
        return found[0] if found else None

    def has_focus(self):
        """It, or something in it."""
        return any(node.has_state("focused") for node in self.walk())

    def says(self, text):
        """Whether something below it says the text."""
        return any(text in node.name or text in node.description for node in self.walk())

    def do(self, index=0):
        assert f"{PREFIX}.Action" in self.interfaces, f"{self.role} “{self.name}” cannot be activated"
        assert self.screen.call(self.path, f"{PREFIX}.Action", "DoAction", "(i)", index)

    def type(self, text):
        assert self.screen.call(self.path, f"{PREFIX}.EditableText", "SetTextContents", "(s)", text)

    def tree(self, depth=0):
        """For a failure report; what only lays others out is left out."""
        said = f"{self.role} “{self.name}”" + (f" ({self.description})" if self.description else "")
        is_told = self.role not in ("panel", "filler", "scroll pane", "scroll bar") or bool(self.description)
        own = [f"{'  ' * depth}{said}"] if is_told else []
        return "\n".join(own + [text for child in self.children if child.has_state("visible")
                                if (text := child.tree(depth + is_told))])


class Screen:
    """The program of a process on the bus of AT-SPI; `windows` reads it anew once it has told of a change, or after a while."""

    def __init__(self, pid):
        self.pid, self.owner = pid, None
        self.seen, self.is_changed, self.not_before, self.old_at = [], True, 0.0, 0.0
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0, 20000, None)
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address.unpack()[0], flags, None, None)

    def ask(self, name, path, interface, method, arguments=None):
        values = self.connection.call_sync(name, path, interface, method, arguments, None, 0, 10000, None).unpack()
        return values[0] if values else None

    def call(self, path, interface, method, signature, *values):
        return self.ask(self.owner, path, interface, method, GLib.Variant(signature, values))

    def get(self, path, interface, name):
        return self.ask(self.owner, path, "org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (interface, name)))

    def find_owner(self):
        for name, _path in self.ask(*REGISTRY, f"{PREFIX}.Accessible", "GetChildren"):
            if self.ask(*BUS, "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,))) == self.pid:
                return name
        return None

    def ask_all(self, paths, interface, method, arguments=None):
        """{path: answer} of those that are still there; all asked at once."""
        answers, waiting = {}, set(paths)

        def on_answer(connection, result, path):
            waiting.discard(path)
            try:
                answers[path] = connection.call_finish(result).unpack()[0]
            except GLib.Error:
                pass

        for path in paths:
            self.connection.call(self.owner, path, interface, method, arguments, None, 0, 10000, None, on_answer, path)
        while waiting:
            GLib.MainContext.default().iteration(True)
        return answers

    def children(self):
        """{path: paths of its children}: level by level, since what nobody asked for is in no cache."""
        found, level = {}, [f"/{PREFIX.replace('.', '/')}/accessible/root"]
        while level:
            answers = self.ask_all(level, f"{PREFIX}.Accessible", "GetChildren")
            found |= {path: [child for _, child in pairs] for path, pairs in answers.items()}
            level = [child for path in level for child in found.get(path, []) if child not in found]
        return found

    def labels(self, paths):
        """{path: what the object says that labels it}, for those that have one."""
        relations = self.ask_all(paths, f"{PREFIX}.Accessible", "GetRelationSet")
        label_of = {path: target for path, found in relations.items() for kind, targets in found if kind == LABELLED_BY
                    for _, target in targets}
        texts = self.ask_all(label_of.values(), f"{PREFIX}.Text", "GetText", GLib.Variant("(ii)", (0, -1)))
        return {path: texts.get(label, "") for path, label in label_of.items()}

    def read(self):
        """The windows that the program has now."""
        children = self.children()
        items = self.ask(self.owner, f"/{PREFIX.replace('.', '/')}/cache", f"{PREFIX}.Cache", "GetItems")
        nodes = {item[0][1]: Node(self, item[0][1], *item[5:]) for item in items}
        # GTK 4.18 leaves what is in a menu without a name, and screen readers to look for its label
        for path, label in self.labels([path for path, node in nodes.items() if not node.name and node.role in IN_MENUS]).items():
            nodes[path].name = label
        for path, node in nodes.items():
            node.children = [nodes[child] for child in children.get(path, []) if child in nodes]
        tops = children[f"/{PREFIX.replace('.', '/')}/accessible/root"]
        return [nodes[path] for path in tops if path in nodes and nodes[path].has_state("visible")]

    def listen(self):
        """The program's word that something changed."""
        def on_event(*_):
            self.is_changed = True

        self.connection.signal_subscribe(self.owner, None, None, None, None, Gio.DBusSignalFlags.NONE, on_event)

    def must_read(self):
        now = time.monotonic()
        return not self.seen or now >= self.old_at or (self.is_changed and now >= self.not_before)

    def look(self):
        """Reading takes the program's time as well as ours: it gets as long a pause."""
        self.is_changed = False
        begun = time.monotonic()
        self.seen = self.read()
        now = time.monotonic()
        self.not_before, self.old_at = now + (now - begun), now + OLD + (now - begun)

    @property
    def windows(self):
        """None yet, or none any more: nothing."""
        try:
            if not self.owner:
                self.owner = self.find_owner()
                if not self.owner:
                    return []
                self.listen()
            if self.must_read():
                self.look()
            return self.seen
        except GLib.Error:
            self.seen = []
            return []
