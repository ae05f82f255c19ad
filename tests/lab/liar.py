# SPDX-License-Identifier: LGPL-2.1-or-later
"""A router that says it maps ports, and answers every question with noise: on the port of PCP and NAT-PMP, as a UPnP device, and in
what that says of itself. Tells "pcp", "ssdp" and "http" when it did. Ends with its input."""

import asyncio
import random
import socket
import sys

from .json_program import JsonProgram, orders, tell

PCP, SSDP, HTTP = 5351, 1900, 5000
SSDP_GROUP = "239.255.255.250"
JUNK = 2_000_000

FOUND = """HTTP/1.1 200 OK\r
ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r
USN: uuid:0::urn:schemas-upnp-org:device:InternetGatewayDevice:1\r
LOCATION: http://{}:{}/root.xml\r
\r
"""

DEVICE = """<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><serviceList><service>
<serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType><controlURL>/control</controlURL>
<SCPDURL>/scpd</SCPDURL><eventSubURL>/event</eventSubURL></service></serviceList></device></root>"""


class Liar(JsonProgram):
    """On a router of the laboratory, in one language: "pcp" or "upnp"."""

    def __init__(self, gateway, language):
        super().__init__(gateway, "lab.liar", language)
        self.wait("ready")


class Noise(asyncio.DatagramProtocol):
    def __init__(self, name, answer):
        self.name, self.answer = name, answer

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        tell(self.name)
        for answer in self.answer(data, address):
            self.transport.sendto(answer, address)


def garble_pcp(data, _):
    """What was asked, made an answer and spoilt, and what nobody asked for."""
    for length in (0, 1, 3, 8, 12, 16, 24, 60, 64, 1100, 1400):
        noise = bytearray(data.ljust(length, b"\xff")[:length])
        if length > 1:
            noise[1] |= 0x80
            noise[random.randrange(length)] ^= 1 + random.randrange(255)
        yield bytes(noise)
        yield random.randbytes(length)


def answer_search(_, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(address)
        yield FOUND.format(way.getsockname()[0], HTTP).encode()
    yield random.randbytes(1400)


async def serve_junk(reader, writer):
    request = await reader.readline()
    tell("http")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    writer.write(DEVICE.encode() if b"root.xml" in request else b"<a>" * 1000 + random.randbytes(JUNK))
    try:
        await writer.drain()
        writer.close()
    except ConnectionError:
        pass


def ssdp_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", SSDP))
    for index, name in socket.if_nameindex():
        if name.startswith("to-"):
            member = socket.inet_aton(SSDP_GROUP) + socket.inet_aton("0.0.0.0") + index.to_bytes(4, "little")
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    return sock


async def run(language):
    random.seed(1)
    loop = asyncio.get_running_loop()
    if language == "pcp":
        await loop.create_datagram_endpoint(lambda: Noise("pcp", garble_pcp), local_addr=("0.0.0.0", PCP))
    else:
        await loop.create_datagram_endpoint(lambda: Noise("ssdp", answer_search), sock=ssdp_socket())
        await asyncio.start_server(serve_junk, "0.0.0.0", HTTP)
    tell("ready")
    async for _ in orders():
        pass


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
