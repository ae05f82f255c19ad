# SPDX-License-Identifier: LGPL-2.1-or-later
"""TCP transfers that go on all the time, one from each machine to the next: what arrives has to be what was sent."""

import hashlib
import random
import select
import socket
import threading
import time

from lab.namespaces import made_on

PORT = 7007
CHUNK = 16 << 10
TICK_S = 0.05


class Stream:
    """`rate` bytes per second of seeded bytes from `one` to `other`."""

    def __init__(self, one, other, number, rate):
        self.name = f"{one.name} to {other.name}"
        self.random = random.Random(number)
        self.rate = rate
        self.sent, self.received = hashlib.sha256(), hashlib.sha256()
        self.sent_bytes = self.received_bytes = 0
        self.waiting = b""
        self.error = None
        self.is_closing = self.is_done = False
        listener = made_on(other.host, lambda: socket.create_server((other.address, PORT), backlog=1))
        self.source = made_on(one.host, lambda: socket.create_connection((other.address, PORT), timeout=10))
        self.sink, _ = listener.accept()
        listener.close()
        self.source.setblocking(False)
        self.sink.setblocking(False)
        self.start = time.monotonic()

    def send(self):
        try:
            while not self.is_closing and (self.waiting or self.sent_bytes < self.rate * (time.monotonic() - self.start)):
                self.waiting = self.waiting or self.random.randbytes(CHUNK)
                count = self.source.send(self.waiting)
                self.sent.update(self.waiting[:count])
                self.sent_bytes += count
                self.waiting = self.waiting[count:]
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail("sending", error)

    def receive(self):
        try:
            while data := self.sink.recv(CHUNK):
                self.received.update(data)
                self.received_bytes += len(data)
            self.is_done = True
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail("receiving", error)

    def fail(self, what, error):
        self.error = f"{what} after {time.monotonic() - self.start:.1f} s: {error.strerror}"
        self.is_done = True

    def finish(self):
        self.is_closing = True
        if not self.error:
            self.source.shutdown(socket.SHUT_WR)

    def complaint(self):
        if self.error:
            return f"the transfer {self.name} ended: {self.error}"
        if not self.is_done:
            return (f"the transfer {self.name} does not end: {self.received_bytes} of {self.sent_bytes} bytes arrived")
        if self.sent.digest() != self.received.digest():
            return f"the transfer {self.name} arrived changed: {self.received_bytes} of {self.sent_bytes} bytes"
        return None


class Streams:
    """All of them, driven by one thread."""

    def __init__(self, machines, rate):
        self.streams = [Stream(one, other, number, rate)
                        for number, (one, other) in enumerate(zip(machines, machines[1:] + machines[:1]))]
        self.is_stopped = False
        self.thread = threading.Thread(target=self.run, name="streams")
        self.thread.start()

    def run(self):
        while not self.is_stopped:
            sinks = {stream.sink: stream for stream in self.streams if not stream.is_done}
            ready, _, _ = select.select(list(sinks), [], [], TICK_S)
            for sink in ready:
                sinks[sink].receive()
            for stream in self.streams:
                if not stream.is_done:
                    stream.send()

    def finish(self, seconds=90):
        """Ends the transfers and waits for what is on the way; complaints. TCP itself waits long after a long fault."""
        for stream in self.streams:
            stream.finish()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not all(stream.is_done for stream in self.streams):
            threading.Event().wait(TICK_S)
        self.close()
        return [complaint for stream in self.streams if (complaint := stream.complaint())]

    def close(self):
        self.is_stopped = True
        self.thread.join()
        for stream in self.streams:
            stream.source.close()
            stream.sink.close()

    @property
    def mebibytes(self):
        return sum(stream.received_bytes for stream in self.streams) / 2**20
