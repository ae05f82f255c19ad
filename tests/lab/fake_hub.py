# SPDX-License-Identifier: LGPL-2.1-or-later
"""A signalling service that does what a test tells it, also what no service should do.

As a program it serves, and speaks JSON lines: `{"event": "open" | "frame" | "close", …}` out; in: `{"text": …}` a text frame,
`{"hex": …}` a binary one, `{"close": CODE}`. FakeHub is the other end of those lines."""

import argparse
import asyncio
import json
import queue
import subprocess
import sys
import threading

from .process import LabError

HTML = "<!DOCTYPE html><title>Welcome to our hotel</title><p>Please accept the terms."


class FakeHub:
    """On a host, at 127.0.0.1: modes `script` (the test drives it), `close` (at once), `silent`, `html`, or an HTTP status."""

    def __init__(self, host, mode="script", port=8099):
        self.url = f"ws://127.0.0.1:{port}/connect"
        command = host.inside([sys.executable, "-m", "lab.fake_hub", "--port", port, "--mode", mode])
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={"PYTHONPATH": str(host.lab.python_path), "PATH": "/usr/bin:/bin"},
                                      start_new_session=True)
        self.events = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.wait("ready")

    def read(self):
        for line in self.child.stdout:
            self.events.put(json.loads(line))

    def wait(self, event, seconds=15, where=lambda _: True):
        """The next event of that name for which `where` is true; others are dropped."""
        while True:
            try:
                found = self.events.get(timeout=seconds)
            except queue.Empty:
                raise LabError(f"the fake hub saw no {event} within {seconds} s") from None
            if found["event"] == event and where(found):
                return found

    def wait_message(self, kind, seconds=15):
        """The next frame of that type, parsed."""
        return self.wait("frame", seconds, lambda found: found["message"].get("type") == kind)["message"]

    def say(self, order):
        self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()

    def send(self, message):
        self.say({"text": json.dumps(message)})

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def parsed(text):
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


class Server:
    def __init__(self, mode, web):
        self.mode, self.web = mode, web
        self.sockets = set()

    async def serve(self, request):
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
    reader = asyncio.StreamReader(limit=1 << 22)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await server.obey(json.loads(line))
    await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mode", default="script")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.mode))
