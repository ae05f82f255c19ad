# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in a machine's session: writes what the windows there say to a file, as a screen reader would find it, whenever one of them
tells of a change.

    eye.py FILE
"""

import os
import sys

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402


def words(node):
    """What the object says and what is below it, of those that are visible."""
    try:
        node.clear_cache()
        yield node.get_name() or ""
        yield node.get_description() or ""
        if "Text" in node.get_interfaces():
            yield Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node)) or ""
        for index in range(node.get_child_count()):
            child = node.get_child_at_index(index)
            if child and (child.get_role() == Atspi.Role.APPLICATION or child.get_state_set().contains(Atspi.StateType.VISIBLE)):
                yield from words(child)
    except GLib.Error:
        yield ""  # it went while it was looked at


def look(file):
    said = [text for text in words(Atspi.get_desktop(0)) if text]
    with open(f"{file}.new", "w", encoding="utf-8") as out:
        out.write("\n".join(said))
    os.rename(f"{file}.new", file)


class Eye:
    """Looks soon after something changed; and once in a while all the same, since GTK tells nobody of a label's new text."""

    SOON_MS, ANYWAY_S = 50, 2

    def __init__(self, file):
        self.file, self.soon = file, 0
        self.listener = Atspi.EventListener.new(self.on_event)
        for kind in ("object", "window"):
            self.listener.register(kind)
        GLib.timeout_add_seconds(self.ANYWAY_S, self.look)
        self.look()

    def on_event(self, _event):
        self.soon = self.soon or GLib.timeout_add(self.SOON_MS, self.look_soon)

    def look_soon(self):
        self.soon = 0
        self.look()
        return GLib.SOURCE_REMOVE

    def look(self):
        look(self.file)
        return GLib.SOURCE_CONTINUE


eye = Eye(*sys.argv[1:])
GLib.MainLoop().run()
