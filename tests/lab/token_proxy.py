# SPDX-License-Identifier: LGPL-2.1-or-later
"""A proxy before a hub that knows its token, for clients that have none. Says "ready" as a line of JSON; ends with its input."""

import argparse
import asyncio

from .json_program import orders, tell


class Proxy:
    def __init__(self, session, to, token):
        self.session, self.to, self.token = session, to, token

    async def serve(self, request):
        from aiohttp import web

        inside = web.WebSocketResponse()
        await inside.prepare(request)
        async with self.session.ws_connect(self.to + request.path_qs, headers={"Authorization": f"Bearer {self.token()}"}) as outside:
            done = await asyncio.wait([asyncio.create_task(self.pass_on(inside, outside)),
                                       asyncio.create_task(self.pass_on(outside, inside))], return_when=asyncio.FIRST_COMPLETED)
            for task in done[1]:
                task.cancel()
            await inside.close(code=outside.close_code or 1000)
        return inside

    @staticmethod
    async def pass_on(source, sink):
        async for frame in source:
            await (sink.send_str(frame.data) if isinstance(frame.data, str) else sink.send_bytes(frame.data))


async def run(options):
    import aiohttp
    from aiohttp import web

    host, port = options.listen.split(":")
    async with aiohttp.ClientSession() as session:
        application = web.Application()
        proxy = Proxy(session, options.to, lambda: open(options.token_file, encoding="ascii").read().strip())
        application.router.add_route("*", "/{path:.*}", proxy.serve)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, host, int(port), shutdown_timeout=0.1).start()
        tell("ready")
        async for _ in orders():
            pass
        await runner.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--token-file", required=True)
    asyncio.run(run(parser.parse_args()))
