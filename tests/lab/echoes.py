# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pings between all pairs at once: how long after now each of them is answered for the first time."""

import contextlib
import os
import select
import socket
import struct
import time

from .namespaces import made_on

REQUEST, REPLY = 8, 0
INTERVAL_S = 0.1


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def request(identity, sequence):
    head = struct.pack("!BBHHH", REQUEST, 0, 0, identity, sequence)
    return struct.pack("!BBHHH", REQUEST, 0, checksum(head), identity, sequence)


def open_socket():
    echo = socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, socket.IPPROTO_ICMP)
    echo.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    return echo


class Echoes:
    """Between `machines`, by their addresses in the tunnel. A round has an identity of its own, so that a late answer to an
    earlier round counts for nothing."""

    def __init__(self, machines):
        self.machines = machines
        self.names = {machine.address: machine.name for machine in machines}
        self.sockets = {machine.name: made_on(machine.host, open_socket) for machine in machines}
        self.round = os.getpid() & 0xFF

    def close(self):
        for echo in self.sockets.values():
            echo.close()

    def first_answers(self, seconds, interval=INTERVAL_S):
        """{(from, to): seconds until answered, or None}: from now on, at most so long, with a request in every interval."""
        self.round = self.round % 0xFFFF + 1
        start = time.monotonic()
        answers = {(one.name, other.name): None for one in self.machines for other in self.machines if one is not other}
        sequence = 0
        while time.monotonic() - start < seconds and None in answers.values():
            self.ask(answers, sequence)
            sequence = (sequence + 1) & 0xFFFF
            self.listen(answers, start, start + sequence * interval)
        return answers

    def ask(self, answers, sequence):
        for (name, other), answered in answers.items():
            if answered is None:
                address = next(machine.address for machine in self.machines if machine.name == other)
                with contextlib.suppress(OSError):  # no route, no buffer: it was lost, as in the network
                    self.sockets[name].sendto(request(self.round, sequence), (address, 0))

    def listen(self, answers, start, until):
        while (left := until - time.monotonic()) > 0 and None in answers.values():
            ready, _, _ = select.select(self.sockets.values(), [], [], left)
            for name, echo in self.sockets.items():
                if echo in ready:
                    for sender in self.replies(echo):
                        if answers.get((name, sender), 0) is None:
                            answers[name, sender] = time.monotonic() - start

    def replies(self, echo):
        """Names of those who answered this round."""
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, (address, _) = echo.recvfrom(2048)
                head = packet[(packet[0] & 15) * 4:][:8]
                if len(head) == 8 and head[0] == REPLY and struct.unpack("!H", head[4:6])[0] == self.round:
                    yield self.names.get(address)
