# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program of foreign.py: what a peer that knows nothing of our additions says to the hub, and a UDP bridge to wireguard-go.

An engine makes the WebRTC connections. Orders: {"frame": {…}} to the hub as it is; {"close": NAME} the connection to NAME
without a word; {"leave": true} the hub, {"join": true} again; {"engine": {…}} to the engine. Events: joined, channel-open, channel-closed, frame
(what came from the hub), hub-closed."""

import argparse
import asyncio
import contextlib
import importlib
import time

from .json_program import orders, parsed, tell


class Bridge(asyncio.DatagramProtocol):
    """Datagrams of one remote peer: its channel on one side, wireguard-go on the other."""

    def __init__(self, port, wireguard_port):
        self.port, self.wireguard = port, ("127.0.0.1", wireguard_port)
        self.transport, self.send = None, None

    async def open(self):
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        if self.send:
            self.send(data)

    def deliver(self, data):
        self.transport.sendto(data, self.wireguard)


class Program:
    def __init__(self, options):
        self.options, self.name = options, options.name
        self.bridges = {}
        self.connections = {}
        self.began = {}
        self.socket = None
        self.engine = importlib.import_module(f"lab.engine_{options.engine}").Engine(options)

    def say(self, kind, **fields):
        return asyncio.create_task(self.socket.send_json({"type": kind, **fields}))

    def describe(self, kind, to, sdp):
        return self.say(kind, **{"from": self.name, "to": to, "sdp": sdp, "publicKey": self.options.key})

    # the engine's words

    def on_candidate(self, to, candidate):
        self.say("ice-candidate", **{"from": self.name, "to": to, "candidate": candidate})

    def on_open(self, remote, send):
        tell("channel-open", peer=remote, after_s=time.monotonic() - self.began[remote])
        if remote in self.bridges:
            self.bridges[remote].send = send

    def on_message(self, remote, data):
        if remote in self.bridges:
            self.bridges[remote].deliver(data)

    def on_closed(self, remote, connection):
        if self.connections.get(remote) is connection:
            del self.connections[remote]
        tell("channel-closed", peer=remote)

    # the hub's words

    async def close(self, remote):
        connection = self.connections.pop(remote, None)
        if connection:
            await connection.close()

    async def begin(self, remote):
        await self.close(remote)
        self.began[remote] = time.monotonic()
        self.connections[remote] = await self.engine.connection(self, remote)
        return self.connections[remote]

    async def on_peers(self, message):
        for peer in message.get("peers") or []:
            remote = peer["peerId"]
            if remote != self.name and self.name.encode() < remote.encode():
                connection = await self.begin(remote)
                self.describe("offer", remote, await connection.offer())

    async def on_offer(self, message):
        connection = await self.begin(message["from"])
        sdp = await connection.answer(message["sdp"])
        self.describe("answer", message["from"], sdp)

    async def on_answer(self, message):
        if message["from"] in self.connections:
            await self.connections[message["from"]].accept(message["sdp"])

    async def on_ice_candidate(self, message):
        if message["from"] in self.connections:
            await self.connections[message["from"]].add_candidate(message["candidate"])

    async def on_peer_left(self, message):
        await self.close(message["peerId"])

    async def handle(self, message):
        handler = {"peers": self.on_peers, "offer": self.on_offer, "answer": self.on_answer,
                   "ice-candidate": self.on_ice_candidate, "peer-left": self.on_peer_left}.get(message.get("type"))
        if handler:
            await handler(message)

    async def read_hub(self, socket):
        async for frame in socket:
            message = parsed(frame.data) if isinstance(frame.data, str) else {}
            tell("frame", message={key: value for key, value in message.items() if key != "sdp"})
            try:
                await self.handle(message)
            except Exception as error:  # what the other side says must not end us: the test would not know why
                tell("error", error=repr(error))
        tell("hub-closed", code=socket.close_code)

    async def join(self, session):
        self.socket = await session.ws_connect(self.options.url, ssl=False)
        await self.socket.send_json({"type": "join", "peerId": self.name, "publicKey": self.options.key,
                                     "address": self.options.address})
        tell("joined")
        return asyncio.create_task(self.read_hub(self.socket))

    async def obey(self, order, session):
        if "frame" in order:
            await self.socket.send_json(order["frame"])
        if "close" in order:
            await self.close(order["close"])
        if "leave" in order:
            await self.socket.close()
        if "join" in order:
            await self.join(session)
        if "engine" in order:
            await self.engine.obey(order["engine"])

    async def run(self):
        import aiohttp

        token = self.options.token_file.read().strip()
        for text in self.options.bridge:
            name, port = text.split("=")
            self.bridges[name] = Bridge(int(port), self.options.wireguard_port)
            await self.bridges[name].open()
        await self.engine.start()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            reader = await self.join(session)
            async for order in orders():
                await self.obey(order, session)
            for remote in list(self.connections):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.close(remote), 3)
            await self.socket.close()
            reader.cancel()
        await self.engine.stop()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("aiortc", "browser"), required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--token-file", type=argparse.FileType(), required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--wireguard-port", type=int, required=True)
    parser.add_argument("--bridge", action="append", default=[], metavar="NAME=PORT")
    parser.add_argument("--state-dir", required=True)
    parser.add_argument("--tsn", type=lambda text: int(text, 0), help="first SCTP number (aiortc)")
    parser.add_argument("--hide-addresses", action="store_true", help="host candidates are .local names (browser)")
    parser.add_argument("--legacy", action="store_true", help="offer in the words of before RFC 8841 (aiortc)")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(Program(arguments()).run())
