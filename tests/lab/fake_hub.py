# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub that does what a test tells it, also what no hub should do.

As a program it serves, and speaks JSON lines: `{"event": "open" | "frame" | "close" | "fetch" | "post", …}` out; in: `{"text": …}` a text frame,
`{"hex": …}` a binary one, `{"close": CODE}`, `{"log": [BASE64, …], "count": N}` what it hands out as the network's log. FakeHub is the other end of
those lines."""

import argparse
import asyncio
import json
import sys

from .json_program import JsonProgram, orders, parsed, tell

HTML = "<!DOCTYPE html><title>Welcome to our hotel</title><p>Please accept the terms."


class FakeHub(JsonProgram):
    """On a host, at 127.0.0.1: modes `script` (the test drives it), `close` (at once), `silent`, `html`, or an HTTP status."""

    def __init__(self, host, mode="script", port=8099):
        self.url = f"ws://127.0.0.1:{port}/connect"
        super().__init__(host, "lab.fake_hub", "--port", port, "--mode", mode)
        self.wait("ready")


class Server:
    def __init__(self, mode, web):
        self.mode, self.web = mode, web
        self.sockets = set()
        self.log, self.count = None, 0  # no log: it is a hub of before

    async def serve_log(self, request):
        if self.log is None:
            return self.web.Response(status=404, text="Not Found")
        if request.method == "POST":
            tell("post", entries=(await request.json())["entries"])
            return self.web.json_response({"error": "the log has gone on", "count": self.count}, status=409)
        start = int(request.query.get("from", "0"))
        tell("fetch", start=start)
        return self.web.json_response({"entries": self.log[start:], "count": self.count})

    async def serve(self, request):
        if request.path == "/network/log":
            return await self.serve_log(request)
        if self.mode.isdigit():
            tell("request", path=request.path)
            return self.web.Response(status=int(self.mode), text="no")
        if self.mode == "html":
            tell("request", path=request.path)
            return self.web.Response(text=HTML, content_type="text/html")
        socket = self.web.WebSocketResponse()
        await socket.prepare(request)
        tell("open", token=request.headers.get("Authorization", ""))
        if self.mode == "close":
            await socket.close()
            return socket
        self.sockets.add(socket)
        async for frame in socket:
            if isinstance(frame.data, str):
                tell("frame", message=parsed(frame.data))
        self.sockets.discard(socket)
        tell("close")
        return socket

    async def obey(self, order):
        if "log" in order:
            self.log, self.count = order["log"], order["count"]
        for socket in list(self.sockets):
            if "text" in order:
                await socket.send_str(order["text"])
            elif "hex" in order:
                await socket.send_bytes(bytes.fromhex(order["hex"]))
            elif "close" in order:
                await socket.close(code=order["close"])


async def run(port, mode):
    from aiohttp import web

    server = Server(mode, web)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0.1).start()
    tell("ready")
    async for order in orders():
        await server.obey(order)
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", default="script")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.mode))
