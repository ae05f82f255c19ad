# SPDX-License-Identifier: LGPL-2.1-or-later
"""WebRTC connections by Debian's Chromium: a page of ours in it (page.html), a WebSocket to the page."""

import asyncio
import itertools
import json
import os
import pathlib

PORT = 50080
PAGE = pathlib.Path(__file__).with_name("page.html")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
         "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--password-store=basic", "--mute-audio")


class Connection:
    def __init__(self, engine, program, remote, number):
        self.engine, self.program, self.remote, self.number = engine, program, remote, number

    def ask(self, do, **fields):
        return self.engine.ask(do, id=self.number, **fields)

    def send(self, data):
        self.engine.send(self.number, data)

    async def offer(self):
        return await self.ask("offer")

    async def answer(self, sdp):
        return await self.ask("answer", sdp=sdp)

    async def accept(self, sdp):
        await self.ask("accept", sdp=sdp)

    async def add_candidate(self, line):
        if line:
            await self.ask("candidate", candidate=line)

    async def close(self):
        await self.ask("close")

    def hear(self, event):
        if event["event"] == "candidate":
            self.program.on_candidate(self.remote, event["candidate"])
        elif event["event"] == "open":
            self.program.on_open(self.remote, self.send)
        elif event["event"] == "closed":
            self.program.on_closed(self.remote, self)


class Engine:
    def __init__(self, options):
        self.options = options
        self.numbers, self.orders = itertools.count(1), itertools.count(1)
        self.connections, self.answers = {}, {}
        self.page = self.browser = self.runner = None
        self.ready = self.outbox = None

    async def serve_page(self, _):
        from aiohttp import web

        return web.Response(text=PAGE.read_text(encoding="utf-8"), content_type="text/html")

    async def serve_bridge(self, request):
        from aiohttp import web

        self.page = web.WebSocketResponse()
        await self.page.prepare(request)
        self.ready.set()
        sender = asyncio.create_task(self.empty_outbox())
        async for frame in self.page:
            self.hear(frame.data)
        sender.cancel()
        return self.page

    async def empty_outbox(self):
        while True:
            item = await self.outbox.get()
            await (self.page.send_bytes(item) if isinstance(item, bytes) else self.page.send_str(item))

    def hear(self, data):
        if isinstance(data, bytes):
            if data[0] in self.connections:
                connection = self.connections[data[0]]
                connection.program.on_message(connection.remote, data[1:])
            return
        event = json.loads(data)
        if event["event"] != "done":
            self.connections[event["id"]].hear(event)
        elif "error" in event:
            self.answers.pop(event["order"]).set_exception(RuntimeError(event["error"]))
        else:
            self.answers.pop(event["order"]).set_result(event.get("value"))

    def send(self, number, data):
        self.outbox.put_nowait(bytes([number]) + data)

    async def ask(self, do, **fields):
        order = next(self.orders)
        self.answers[order] = asyncio.get_running_loop().create_future()
        self.outbox.put_nowait(json.dumps({"do": do, "number": order, **fields}))
        return await asyncio.wait_for(self.answers[order], 15)

    async def start(self):
        from aiohttp import web

        self.ready, self.outbox = asyncio.Event(), asyncio.Queue()
        application = web.Application()
        application.router.add_get("/", self.serve_page)
        application.router.add_get("/bridge", self.serve_bridge)
        self.runner = web.AppRunner(application)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", PORT, shutdown_timeout=0.1).start()
        home = os.path.join(self.options.state_dir, "chromium")
        hide = () if self.options.hide_addresses else ("--disable-features=WebRtcHideLocalIpsWithMdns",)
        log = open(os.path.join(self.options.state_dir, "chromium.log"), "wb")
        self.browser = await asyncio.create_subprocess_exec(
            "chromium", *FLAGS, *hide, f"--user-data-dir={home}", f"http://127.0.0.1:{PORT}/", stdin=asyncio.subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home})
        log.close()
        await asyncio.wait_for(self.ready.wait(), 30)

    async def stop(self):
        self.browser.terminate()
        await self.browser.wait()
        await self.runner.cleanup()

    async def obey(self, order):
        """{"closeChannel": NAME}"""
        for connection in list(self.connections.values()):
            if connection.remote == order["closeChannel"]:
                await connection.ask("closeChannel")

    async def connection(self, program, remote):
        connection = Connection(self, program, remote, next(self.numbers))
        self.connections[connection.number] = connection
        await connection.ask("connect")
        return connection
