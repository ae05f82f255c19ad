# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program on a lab host: started, its output kept in a file and readable line by line, stopped by its own id."""

import collections
import pathlib
import queue
import signal
import subprocess
import threading
import time


CRASHES = {-signum for signum in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGTRAP, signal.SIGILL, signal.SIGFPE)}
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error: ", "WARNING: ThreadSanitizer")


class LabError(Exception):
    """Something in the lab did not go as asked."""


class Process:
    """`command` runs until it ends or stop(). Standard output and error go to `log` together."""

    def __init__(self, name, command, log, env=None, pass_fds=(), stdin=subprocess.DEVNULL):
        self.name = name
        self.log = pathlib.Path(log)
        self.lines = queue.Queue()
        self.tail = collections.deque(maxlen=40)
        self.child = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=env, pass_fds=pass_fds, text=True, errors="replace",
                                      start_new_session=True)
        self.reader = threading.Thread(target=self.read, name=f"log of {name}", daemon=True)
        self.reader.start()

    def read(self):
        with self.log.open("a", encoding="utf-8") as file, self.child.stdout as lines:
            for line in lines:
                file.write(line)
                file.flush()
                self.tail.append(line)
                self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    @property
    def pid(self):
        return self.child.pid

    def is_running(self):
        return self.child.poll() is None

    def write_line(self, text):
        """To a program whose `stdin` is a pipe."""
        self.child.stdin.write(text + "\n")
        self.child.stdin.flush()

    def wait_line(self, text, seconds=10.0):
        """The next line that contains `text`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise LabError(f"{self.name} did not say '{text}' within {seconds:g} s\n{self.output()}") from None
            if line is None:
                raise LabError(f"{self.name} ended before it said '{text}'\n{self.output()}")
            if text in line:
                return line

    def wait(self, seconds=10.0):
        """Waits for its end and returns the exit code (negative: a signal)."""
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise LabError(f"{self.name} still runs after {seconds:g} s\n{self.output()}") from None
        self.reader.join(2)
        return code

    def signal(self, signum):
        self.child.send_signal(signum)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def stop(self, seconds=10.0):
        """SIGTERM, then SIGKILL for one that does not listen, which is an error."""
        if not self.is_running():
            return self.wait()
        self.signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except LabError:
            self.kill()
            raise

    def crash(self):
        """Says how it ended, where that was by a crash or with a sanitizer's complaint; else empty."""
        if self.child.poll() in CRASHES:
            return f"{self.name} crashed: {signal.Signals(-self.child.returncode).name}\n{self.output()}"
        text = self.text()
        found = [text.find(mark) for mark in SANITIZER_MARKS if mark in text]
        return f"{self.name}: {text[min(found):][:6000]}" if found else ""

    def output(self):
        return "".join(self.tail)

    def text(self):
        """Everything it said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")
