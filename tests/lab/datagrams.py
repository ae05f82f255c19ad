# SPDX-License-Identifier: LGPL-2.1-or-later
"""A steady stream of datagrams from one host to another, with nothing that answers: how many arrive, and the longest silence."""

import argparse
import asyncio
import json
import socket
import sys
import time

from .json_program import JsonProgram, orders, tell

PORT = 4000


def stream(sender, receiver, address, seconds, mbit=2, size=1380, port=PORT):
    """(part lost in percent, longest silence in seconds)."""
    with JsonProgram(receiver, "lab.datagrams", "--bind", address, "--port", port) as counter:
        counter.wait("ready")
        done = sender.run(sys.executable, "-m", "lab.datagrams", "--to", address, "--port", port, "--seconds", seconds, "--rate",
                          mbit * 1e6 / 8 / size, "--size", size, seconds=seconds + 20,
                          env={"PYTHONPATH": str(sender.lab.python_path), "PATH": "/usr/bin:/bin"})
        counter.say({})
        counted = counter.wait("counted")
    sent = json.loads(done.stdout)["sent"]
    return 100 * (1 - counted["arrived"] / sent), counted["silence_s"]


def send(options):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((options.to, options.port))
    begin, sent = time.monotonic(), 0
    while (now := time.monotonic() - begin) < options.seconds:
        while sent < now * options.rate:
            sock.send(sent.to_bytes(4, "big") + bytes(options.size - 4))
            sent += 1
        time.sleep(1 / options.rate)  # the rate is the clock's, not that of our naps
    tell("sent", sent=sent)


class Counter(asyncio.DatagramProtocol):
    def __init__(self):
        self.seen, self.silence, self.last = set(), 0.0, None

    def datagram_received(self, data, addr):
        now = time.monotonic()
        self.silence = max(self.silence, now - (self.last or now))
        self.last = now
        self.seen.add(data[:4])


async def count(options):
    _, counter = await asyncio.get_running_loop().create_datagram_endpoint(Counter, local_addr=(options.bind, options.port))
    tell("ready")
    async for _ in orders():
        await asyncio.sleep(1)  # what is under way
        end = time.monotonic() - 1
        tell("counted", arrived=len(counter.seen), silence_s=max(counter.silence, end - (counter.last or end - 3600)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--to")
    parser.add_argument("--bind")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--size", type=int)
    arguments = parser.parse_args()
    if arguments.to:
        send(arguments)
    else:
        asyncio.run(count(arguments))
