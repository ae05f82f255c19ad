# SPDX-License-Identifier: LGPL-2.1-or-later
"""A helper program on a lab host that a test drives by lines of JSON: events come out, orders go in."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading

from .process import LabError


class JsonProgram:
    """The test's side of a module of this package that runs on `host`."""

    def __init__(self, host, module, *arguments):
        self.module = module
        environment = {"PYTHONPATH": str(host.lab.python_path), "PATH": "/usr/bin:/bin"}
        self.child = subprocess.Popen(host.inside([sys.executable, "-m", module, *arguments]), stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        self.events = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            self.events.put(json.loads(line))

    def wait(self, event, seconds=15, where=lambda _: True):
        """The next event of that name for which `where` is true; others are dropped."""
        while True:
            try:
                found = self.events.get(timeout=seconds)
            except queue.Empty:
                raise LabError(f"{self.module} saw no {event} within {seconds} s") from None
            if found["event"] == event and where(found):
                return found

    def forget(self):
        """What it said until now."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.events.get_nowait()

    def wait_message(self, kind, seconds=15):
        """The next frame of that type, parsed."""
        return self.wait("frame", seconds, lambda found: found["message"].get("type") == kind)["message"]

    def say(self, order):
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()

    def send(self, message):
        self.say({"text": json.dumps(message)})

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()

    def kill(self):
        """And all that it started."""
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait(10)
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# the program's side


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def parsed(text):
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


async def orders():
    """Lines of standard input, until it ends."""
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)
