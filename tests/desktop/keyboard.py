# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person's hands on the keyboard: keys go to the window that an applet opened last, as X sends them."""

import contextlib
import subprocess

from lab.process import LabError


class Keyboard:
    def __init__(self, desktop, applet):
        self.environment, self.applet = desktop.environment, applet

    def run(self, *words):
        return subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=30, capture_output=True,
                              text=True).stdout

    def focus(self):
        """Nobody manages windows here, so nobody else gives them the keys."""
        found = self.applet.wait("a window of X", self.windows)
        self.run("windowfocus", "--sync", found[-1])

    def windows(self):
        done = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.applet.process.pid), "--name", "."],
                              env=self.environment, timeout=30, capture_output=True, text=True, check=False)
        return sorted(map(int, done.stdout.split()))

    def press(self, *keys):
        self.run("key", *keys)

    def type(self, text):
        self.run("type", "--delay", "2", text)

    def focused(self):
        """Names of what has the focus; none in an entry, of which GTK 4.8 tells nobody."""
        return [node.name for window in self.applet.windows for node in window.walk() if node.has_state("focused")]

    def wait_move(self, before):
        """Between two entries nothing is told. A Tab too soon on a busy machine would go past what is looked for."""
        with contextlib.suppress(LabError):
            self.applet.wait("the focus moves", lambda: self.focused() != before, 5 if before else 0.3)

    def is_in_entry(self):
        """GTK 4.8 tells nothing of an entry that has the focus, later versions do."""
        return any(node.role in ("text", "entry") and node.has_state("focused")
                   for window in self.applet.windows for node in window.walk())

    def tab_until(self, what, is_there):
        for _ in range(40):
            before = self.focused()
            if is_there(before):
                return
            self.press("Tab")
            self.wait_move(before)
        raise AssertionError(f"no way to {what} by Tab\n{self.applet.tree()}")

    def choose(self, first, name, key="Return"):
        """One of several that exclude each other, which GTK 4.8 lets nobody press by AT-SPI: down from the first one. In a dialog
        Return says that it may go."""
        self.tab_to(first)
        for _ in range(5):
            before = self.focused()
            if name in before:
                break
            self.press("Down")
            self.wait_move(before)
        assert name in self.focused()
        self.press(key)

    def tab_to(self, name):
        """Tab by Tab, until it has the focus."""
        self.tab_until(f"“{name}”", lambda names: name in names)

    def tab_to_entry(self):
        """The next one on the way."""
        self.press("Tab")
        self.tab_until("an entry", lambda names: not names or self.is_in_entry())
