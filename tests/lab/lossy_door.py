# SPDX-License-Identifier: LGPL-2.1-or-later
"""A door before a hub through which an answer can get lost: the hub has done what it was asked for, and nobody hears so.

As a program it passes bytes on, and speaks JSON lines: `{"event": "ready" | "lost", …}` out; in: `{"lose": "POST /path"}`, the answer to the next such request.
LossyDoor is the other end of those lines."""

import argparse
import asyncio
import contextlib

from .json_program import JsonProgram, orders, tell

HEAD = 65536


class LossyDoor(JsonProgram):
    """On a host, from 127.0.0.1 to a hub there."""

    def __init__(self, host, hub_port, port=8099):
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(host, "lab.lossy_door", "--port", port, "--hub-port", hub_port)
        self.wait("ready")

    def lose(self, request):
        self.say({"lose": request})


class Door:
    def __init__(self, hub_port):
        self.hub_port = hub_port
        self.losing = None

    def is_to_be_lost(self, head):
        if self.losing is None or not head.startswith(self.losing.encode() + b" "):
            return False
        self.losing = None
        return True

    async def serve(self, reader, writer):
        hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self.hub_port)
        head = await reader.read(HEAD)
        is_lost = self.is_to_be_lost(head)
        hub_writer.write(head)
        upwards = asyncio.create_task(pass_on(reader, hub_writer))
        if is_lost:
            answer = await hub_reader.read()
            tell("lost", answer=answer.decode(errors="replace").split("\r\n")[0])
        else:
            await pass_on(hub_reader, writer)
        upwards.cancel()
        for side in writer, hub_writer:
            side.close()


async def pass_on(reader, writer):
    with contextlib.suppress(ConnectionError):
        while some := await reader.read(HEAD):
            writer.write(some)
            await writer.drain()


async def run(port, hub_port):
    door = Door(hub_port)
    await asyncio.start_server(door.serve, "127.0.0.1", port)
    tell("ready")
    async for order in orders():
        door.losing = order["lose"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--hub-port", type=int, required=True)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.hub_port))
