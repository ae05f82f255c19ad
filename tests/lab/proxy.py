# SPDX-License-Identifier: LGPL-2.1-or-later
"""A web proxy on a lab host that knows CONNECT (RFC 9110, 9.3.6), with or without a password. As a program: PORT [USER:PASSWORD]."""

import asyncio
import base64
import sys

from .process import LabError


class Proxy:
    """`url` is what https_proxy takes."""

    def __init__(self, host, login=None, port=3128):
        words = [login] if login else []
        self.process = host.start("proxy", sys.executable, "-m", "lab.proxy", port, *words,
                                  env={"PYTHONPATH": str(host.lab.python_path)})
        self.process.wait_line("ready")
        self.url = f"http://{login + '@' if login else ''}{host.address}:{port}"

    def connections(self):
        """Where it was asked to go, in order."""
        return [line.split()[1] for line in self.process.output().splitlines() if line.startswith("connect ")]

    def refusals(self):
        return self.process.output().count("refused")

    def stop(self):
        if self.process.stop() is None:
            raise LabError("the proxy does not end")


async def pass_on(reader, writer):
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def refuse(writer, status, *headers):
    print("refused", status, flush=True)
    lines = [f"HTTP/1.1 {status}", "Content-Length: 0", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode())
    await writer.drain()
    writer.close()


async def serve(reader, writer, wanted):
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target = head[0].split()[:2]
    if wanted and f"Proxy-Authorization: Basic {wanted}" not in head:
        await refuse(writer, "407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="lab"')
        return
    if method != "CONNECT":
        await refuse(writer, "405 Method Not Allowed")
        return
    host, _, port = target.rpartition(":")
    print("connect", target, flush=True)
    try:
        their_reader, their_writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except OSError:
        await refuse(writer, "502 Bad Gateway")
        return
    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
    await asyncio.gather(pass_on(reader, their_writer), pass_on(their_reader, writer))


async def main(port, login=None):
    wanted = base64.b64encode(login.encode()).decode() if login else None

    async def on_client(reader, writer):
        try:
            await serve(reader, writer, wanted)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            writer.close()

    server = await asyncio.start_server(on_client, "0.0.0.0", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
