# SPDX-License-Identifier: LGPL-2.1-or-later
"""What leaves a host beside its tunnel: somebody on it who tries every way there is, and a look at the wire."""

import contextlib
import dataclasses
import ipaddress
import socket
import struct
import threading

from .echoes import REQUEST, checksum
from .namespaces import made_on

ETH_P_ALL, ETH_P_ARP = 3, 0x0806
PACKET_OUTGOING = 4
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
ECHO6 = 128
NEIGHBOURS = {133, 135, 136, 131, 132, 143}  # of ICMPv6: solicitations, advertisements, groups
SO_MARK = 36
PORT = 7777
INTERVAL_S = 0.01


@dataclasses.dataclass(frozen=True)
class Packet:
    """As it passed the wire."""

    version: int
    protocol: int
    source: str
    to: str
    sport: int
    dport: int  # of ICMP the type


def parse(frame):
    """Of an Ethernet frame; None for what is no IP."""
    kind = struct.unpack("!H", frame[12:14])[0]
    data = frame[14:]
    if kind == 0x0800:
        version, protocol, inner = 4, data[9], data[(data[0] & 15) * 4:]
        source, to = data[12:16], data[16:20]
    elif kind == 0x86DD:
        version, protocol, inner = 6, data[6], data[40:]
        source, to = data[8:24], data[24:40]
        if protocol == 0:  # hop by hop, in front of reports of groups
            protocol, inner = inner[0], inner[(inner[1] + 1) * 8:]
    else:
        return None
    ports = struct.unpack("!HH", inner[:4]) if protocol in (TCP, UDP) else (0, inner[0] if inner else 0)
    return Packet(version, protocol, str(ipaddress.ip_address(source)), str(ipaddress.ip_address(to)), *ports)


class Wire:
    """Follows what comes out of a host, at the other end of its wire, until the context is left."""

    def __init__(self, router, host):
        self.link = f"to-{host.name}"
        self.socket = made_on(router, self.open)
        self.packets, self.lock = [], threading.Lock()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.ends = False

    def open(self):
        capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        capture.bind((self.link, 0))
        capture.settimeout(0.1)
        return capture

    def follow(self):
        while not self.ends:
            with contextlib.suppress(TimeoutError, OSError):
                frame, (_, _, passed, *_) = self.socket.recvfrom(2048)
                packet = parse(frame) if passed != PACKET_OUTGOING else None
                if packet:
                    with self.lock:
                        self.packets.append(packet)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()
        self.socket.close()

    def take(self):
        """All since the last time."""
        with self.lock:
            taken, self.packets = self.packets, []
        return taken


def is_upkeep(packet):
    """Of neighbours, routers and groups."""
    return packet.protocol == ICMP6 and packet.dport in NEIGHBOURS


class Prober:
    """Somebody on `host` who sends TCP, UDP, ICMP and DNS to every one of `targets` ((address, ports), …), plain, with a mark, and
    past the routes by the link; all the time until the context is left."""

    def __init__(self, host, targets, mark=0):
        self.host, self.targets, self.mark = host, targets, mark
        self.ends = threading.Event()
        self.rounds = 0
        self.thread = threading.Thread(target=lambda: made_on(host, self.run), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()

    def run(self):
        while not self.ends.wait(INTERVAL_S):
            link = b"eth0" if self.rounds % 3 == 1 else None
            mark = self.mark if self.rounds % 3 == 2 else 0
            for address, ports in self.targets:
                self.probe(address, ports, link, mark)
            self.rounds += 1
        return self

    def probe(self, address, ports, link, mark):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        echo = struct.pack("!BBHHH", REQUEST if family == socket.AF_INET else ECHO6, 0, 0, 7, self.rounds & 0xFFFF)
        if family == socket.AF_INET:
            echo = echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]
        protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        self.send(family, socket.SOCK_RAW, protocol, link, mark, lambda s: s.sendto(echo, (address, 0)))
        for port in ports:
            payload = b"\0\1\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1" if port == 53 else b"probe"
            self.send(family, socket.SOCK_DGRAM, 0, link, mark, lambda s, p=port, d=payload: s.sendto(d, (address, p)))
            self.send(family, socket.SOCK_STREAM, 0, link, mark, lambda s, p=port: s.connect_ex((address, p)))

    @staticmethod
    def send(family, kind, protocol, link, mark, act):
        with contextlib.suppress(OSError), socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol) as probe:
            if link:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link)
            if mark:
                probe.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
            act(probe)


def asks_for(router, host, address, seconds=0.5):
    """Does the host answer on its wire who asks for `address` by ARP?"""
    def ask():
        own = bytes.fromhex(router.out("cat", f"/sys/class/net/to-{host.name}/address").replace(":", ""))
        body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, own, socket.inet_aton("198.18.0.1"), bytes(6), socket.inet_aton(address))
        asking = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
        asking.bind((f"to-{host.name}", 0))
        asking.settimeout(seconds)
        asking.send(b"\xff" * 6 + own + struct.pack("!H", ETH_P_ARP) + body)
        return asking

    with made_on(router, ask) as asking, contextlib.suppress(TimeoutError):
        while True:
            frame, (_, _, passed, *_) = asking.recvfrom(128)
            if passed != PACKET_OUTGOING and frame[20:22] == b"\0\2" and frame[28:32] == socket.inet_aton(address):
                return True
    return False
