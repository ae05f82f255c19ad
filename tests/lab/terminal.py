# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal with somebody at it: a program on a pty, what stands on the screen (pyte), and keys."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte

CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x1b[A"
PATIENCE = 20  # seconds


class Terminal:
    def __init__(self, argv, environment, columns=100, rows=30, term="xterm-256color"):
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self.stream = pyte.ByteStream(self.screen)
        self.raw, self.status = b"", None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self.set_size(0, columns, rows)
            os.execve(argv[0], [str(a) for a in argv], environment | {"TERM": term})

    @staticmethod
    def set_size(fd, columns, rows):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.set_size(self.fd, columns, rows)

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        """What stands there, and what has left at the top."""
        history = ["".join(line[x].data for x in range(self.screen.columns)).rstrip() for line in self.screen.history.top]
        return "\n".join(history + self.lines()).rstrip()

    def read(self, until):
        """Some more of what the program prints; False at its end."""
        ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
        assert ready, f"no more came, and there stands:\n{self.text()}"
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:  # EIO: the other side is closed
            return False
        self.raw += chunk
        self.stream.feed(chunk)
        return True

    def until(self, wanted):
        """Waits for a text, or for what a function says of the screen's text."""
        holds = wanted if callable(wanted) else lambda text: wanted in text
        end = time.monotonic() + PATIENCE
        while not holds(self.text()):
            assert self.read(end), f"ended before {wanted!r}:\n{self.text()}"

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def answer(self, prompt, keys):
        """Types a line when the cursor stands behind this prompt."""
        self.until(lambda _text: prompt in self.lines()[self.screen.cursor.y])
        self.type(keys + "\n")

    def is_restored(self):
        """As a shell wants it: echo and lines."""
        flags = termios.tcgetattr(self.fd)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def end(self):
        """Until it ends by itself; its exit status, negative for a signal."""
        limit = time.monotonic() + PATIENCE
        while self.read(limit):
            pass
        return self.wait()

    def wait(self):
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        os.close(self.fd)


@contextlib.contextmanager
def terminal(service, program, *words, columns=100, rows=30, term="xterm-256color", **environment):
    made = Terminal([program, *words], service.environment() | environment, columns, rows, term)
    try:
        yield made
    finally:
        made.close()
