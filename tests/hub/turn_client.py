# SPDX-License-Identifier: LGPL-2.1-or-later
"""TURN over a WebSocket, as a device speaks it: STUN messages by aioice, credentials by hand."""

import asyncio
import base64
import hashlib
import hmac
import struct
import time

from aioice import stun

from hub_process import TIMEOUT

# which aioice needs not, as it has channels
for register, key in (stun.ATTRIBUTES_BY_TYPE, 0x0013), (stun.ATTRIBUTES_BY_NAME, "DATA"):
    register.setdefault(key, (0x0013, "DATA", stun.pack_bytes, stun.unpack_bytes))

RELAY_PORT = 50000
UDP = 17 << 24


def credentials(secret, name, lifetime=3600):
    """Username and password of the device."""
    username = f"{int(time.time()) + lifetime}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


def cut(stream):
    """The messages of a byte stream, and what is no whole one yet."""
    messages = []
    while len(stream) >= 4:
        length = struct.unpack("!H", stream[2:4])[0]
        whole = 4 + (length + 3) // 4 * 4 if stream[0] >> 6 else 20 + length
        if len(stream) < whole:
            break
        messages.append(stream[:whole])
        stream = stream[whole:]
    return messages, stream


def payload_of(message):
    """What a ChannelData or a Data indication carries."""
    if message[0] >> 6:
        return message[4:4 + struct.unpack("!H", message[2:4])[0]]
    return stun.parse_message(message).attributes["DATA"]


class TurnClient:
    """One socket of a device at the relay."""

    def __init__(self, socket, username, password):
        self.socket = socket
        self.username = username
        self.password = password
        self.realm = self.nonce = self.key = self.address = None
        self._stream = b""
        self._messages = []

    @classmethod
    async def open(cls, hub, name="alpha", secret=None, lifetime=3600, **options):
        socket = await hub.turn(**options)
        return cls(socket, *credentials(secret or hub.turn_secret, name, lifetime))

    async def close(self):
        await self.socket.close()

    async def receive(self):
        """The next message, of however many frames."""
        while not self._messages:
            self._stream += await asyncio.wait_for(self.socket.recv(), TIMEOUT)
            self._messages, self._stream = cut(self._stream)
        return self._messages.pop(0)

    async def receive_payload(self):
        return payload_of(await self.receive())

    async def ask(self, request):
        """The answer to a request, as it is."""
        await self.socket.send(bytes(request))
        return stun.parse_message(await self.receive())

    def sign(self, request):
        request.attributes["USERNAME"] = self.username
        request.attributes["REALM"] = self.realm
        request.attributes["NONCE"] = self.nonce
        key = hashlib.md5(f"{self.username}:{self.realm}:{self.password}".encode()).digest()
        request.add_message_integrity(key)
        return request

    def learn(self, answer):
        self.realm = answer.attributes.get("REALM", self.realm)
        self.nonce = answer.attributes.get("NONCE", self.nonce)

    async def signed(self, method, **attributes):
        """The answer to a signed request; 0 or the code of its error."""
        request = stun.Message(method, stun.Class.REQUEST)
        for name, value in attributes.items():
            request.attributes[name.replace("_", "-")] = value
        answer = await self.ask(self.sign(request))
        self.learn(answer)
        return answer, answer.attributes.get("ERROR-CODE", (0,))[0]

    async def challenge(self):
        request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
        request.attributes["REQUESTED-TRANSPORT"] = UDP
        answer = await self.ask(request)
        assert answer.attributes["ERROR-CODE"] == (401, "Unauthorized")
        self.learn(answer)

    async def allocate(self):
        """0, and `address` is ours, or the code."""
        await self.challenge()
        answer, code = await self.signed(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP)
        self.address = answer.attributes.get("XOR-RELAYED-ADDRESS")
        return code

    async def refresh(self, lifetime):
        answer, code = await self.signed(stun.Method.REFRESH, LIFETIME=lifetime)
        return answer.attributes.get("LIFETIME"), code

    async def permit(self, address):
        return (await self.signed(stun.Method.CREATE_PERMISSION, XOR_PEER_ADDRESS=address))[1]

    async def bind(self, channel, address):
        return (await self.signed(stun.Method.CHANNEL_BIND, CHANNEL_NUMBER=channel, XOR_PEER_ADDRESS=address))[1]

    async def send(self, address, data):
        indication = stun.Message(stun.Method.SEND, stun.Class.INDICATION)
        indication.attributes["DATA"] = data
        indication.attributes["XOR-PEER-ADDRESS"] = address
        await self.socket.send(bytes(indication))

    async def send_channel(self, channel, data):
        await self.socket.send(struct.pack("!HH", channel, len(data)) + data + bytes(-len(data) % 4))

    async def nothing_came(self):
        """True if nothing is waiting: what we ask for now is the next that comes."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        await self.socket.send(bytes(request))
        return stun.parse_message(await self.receive()).transaction_id == request.transaction_id


async def pair(hub, **options):
    """Two devices with an allocation each, and channel 0x4000 to each other."""
    alpha = await TurnClient.open(hub, "alpha", **options)
    bravo = await TurnClient.open(hub, "bravo", **options)
    assert await alpha.allocate() == 0 and await bravo.allocate() == 0
    assert await alpha.bind(0x4000, bravo.address) == 0
    assert await bravo.bind(0x4000, alpha.address) == 0
    return alpha, bravo


class Bridge:
    """TURN over TCP at a port of loopback, each connection of which becomes a WebSocket: for clients that know no WebSockets."""

    def __init__(self, hub):
        self.hub = hub
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = self._server.sockets[0].getsockname()
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        socket = await self.hub.turn()
        pump = asyncio.create_task(self._pump_down(socket, writer))
        self._tasks.add(pump)
        stream = b""
        while chunk := await reader.read(65536):
            messages, stream = cut(stream + chunk)
            for message in messages:
                await socket.send(message)
        pump.cancel()
        await socket.close()

    @staticmethod
    async def _pump_down(socket, writer):
        async for frame in socket:
            writer.write(frame)
