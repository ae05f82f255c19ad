# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody who has the token and speaks to the hub as he likes, with the same JSON lines as fake_hub.py."""

import argparse
import asyncio

from .json_program import JsonProgram, orders, parsed, tell


class Stranger(JsonProgram):
    def __init__(self, host, hub):
        super().__init__(host, "lab.stranger", "--url", hub.socket_url, "--token-file", hub.token_file)
        self.wait("open")


async def tell_frames(socket):
    async for frame in socket:
        if isinstance(frame.data, str):
            tell("frame", message=parsed(frame.data))
    tell("close")


async def run(url, token):
    import aiohttp

    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        async with session.ws_connect(url, ssl=False) as socket:
            tell("open")
            frames = asyncio.create_task(tell_frames(socket))
            async for order in orders():
                await socket.send_str(order["text"])
            frames.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--token-file", type=argparse.FileType(), required=True)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.url, arguments.token_file.read().strip()))
