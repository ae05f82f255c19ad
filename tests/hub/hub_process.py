# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bamgate-hub process, its HTTP side, and clients of its WebSockets."""

import asyncio
import contextlib
import fcntl
import functools
import http.client
import json
import os
import ssl
import subprocess
import sys
import time

import pytest

try:
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus

    def connect_to(url, headers, **options):
        return connect(url, additional_headers=headers, proxy=None, **options)

except ImportError:  # before websockets 13: Debian 12
    from websockets import ConnectionClosed
    from websockets import InvalidStatusCode as InvalidStatus
    from websockets import connect

    def connect_to(url, headers, **options):
        return connect(url, extra_headers=headers, **options)


TIMEOUT = 10
KEY_A = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
KEY_B = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

HAND_OVER = """
import fcntl, os, sys
numbers = [int(n) for n in sys.argv[1].split(",")]
for target, number in enumerate([fcntl.fcntl(n, fcntl.F_DUPFD, 50) for n in numbers], 3):
    os.dup2(number, target)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(numbers)))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Reachable:
    """What speaks HTTP and WebSocket at `url` and `port`, and lets in who knows `token`."""

    def request(self, method, path, token=None, headers=None, body=None):
        """One request on its own connection: status, headers, body as text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=self.bearer(token) | (headers or {}))
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()

    def get_json(self, method, path, token=None, headers=None):
        status, _, body = self.request(method, path, token, headers)
        return status, json.loads(body)

    def new_invite(self):
        status, answer = self.get_json("POST", "/invite", self.token)
        assert status == 200
        return answer["code"]

    @staticmethod
    def bearer(token):
        return {"Authorization": f"Bearer {token}"} if token else {}

    def turn(self, **options):
        """A WebSocket to the relay."""
        return self.connect(path="/turn", **options)

    def connect(self, query="", token=None, headers=None, path="/connect", **options):
        """An unjoined WebSocket."""
        url = self.url.removesuffix("/connect") + path + query
        headers = self.bearer(token or self.token) | (headers or {})
        if url.startswith("wss"):
            options.setdefault("ssl", trusting_context())
        return connect_to(
            url,
            headers,
            compression=options.pop("compression", None),
            ping_interval=None,
            open_timeout=TIMEOUT,
            close_timeout=0.1,
            **options,
        )

    async def refused(self, query="", **options):
        """The status with which a WebSocket is refused."""
        with pytest.raises(InvalidStatus) as refusal:
            await self.connect(query, **options)
        return getattr(refusal.value, "response", refusal.value).status_code

    async def join(self, name, key=KEY_A, query="", **fields):
        client = Client(await self.connect(query), name)
        await client.send(join_message(name, key, **fields))
        client.first = await client.receive()
        return client


class Hub(Reachable):
    kind = "hub"

    def __init__(self, program, state, options, sockets=(), environment=None):
        """`sockets` are handed over as systemd does."""
        self.state = state
        read_end, low = os.pipe()
        write_end = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 100)  # clear of where handed-over sockets go
        os.close(low)
        command = [program, "--state-dir", str(state), "--ready-fd", str(write_end), "--log-level", "debug", *options]
        numbers = [s.fileno() for s in sockets]
        if numbers:
            command = [sys.executable, "-c", HAND_OVER, ",".join(map(str, numbers)), *command]
        self.log_path = state.with_suffix(".log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, pass_fds=[write_end, *numbers], stderr=log,
                                            env={**os.environ, "G_DEBUG": "fatal-criticals", **(environment or {})},
                                            restore_signals=False)  # SIGXFSZ stays ignored: a file that may not grow
        os.close(write_end)
        self._ready = os.fdopen(read_end)

    def wait_ready(self):
        with self._ready:
            line = self._ready.readline()
        assert line, f"the hub did not start: {self.log()}"
        ready = json.loads(line)
        self.url, self.pin, self.port = ready["url"], ready["pin"], ready["port"]
        with open(ready["token_file"]) as file:
            self.token = file.read().strip()

    @property
    def turn_secret(self):
        return (self.state / "turn-secret").read_text().strip()

    def log(self):
        return self.log_path.read_text()

    def check_said(self, words):
        assert words in self.log()

    def stop(self):
        self.process.terminate()
        return self.process.wait(TIMEOUT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(TIMEOUT)


@functools.cache
def trusting_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def join_message(name, key=KEY_A, **fields):
    return {"type": "join", "peerId": name, "publicKey": key, **fields}


class Client:
    """A socket that speaks JSON; `first` is the answer to the join."""

    def __init__(self, socket, name=None):
        self.socket = socket
        self.name = name

    @property
    def extensions(self):
        return getattr(self.socket, "protocol", self.socket).extensions

    async def send(self, message):
        await self.socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    async def receive_text(self):
        return await asyncio.wait_for(self.socket.recv(), TIMEOUT)

    async def receive(self):
        return json.loads(await self.receive_text())

    async def close(self):
        await self.socket.close()

    async def closed(self):
        """Waits for the other side to close; its code and reason."""
        await asyncio.wait_for(self.socket.wait_closed(), TIMEOUT)
        return self.socket.close_code, self.socket.close_reason

    async def rest(self):
        """All that comes until the other side closes."""
        frames = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frames.append(await self.receive())
        return frames

    async def nothing_came(self, other):
        """True if nothing is waiting, proved by a round trip: `other` sends us a frame, and that is the next one."""
        probe = {"type": "ice-candidate", "from": other.name, "to": self.name, "candidate": "probe"}
        await other.send(probe)
        return await self.receive() == probe


async def join_two(hub, query=""):
    """alpha, then bravo; alpha has read of bravo's coming."""
    alpha = await hub.join("alpha", KEY_A, query)
    bravo = await hub.join("bravo", KEY_B, query)
    assert (await alpha.receive())["peers"][0]["peerId"] == "bravo"
    return alpha, bravo


def key(text):
    return {"Bamgate-Public-Key": text}


def ask(hub, public_key=None):
    status, info = hub.get_json("GET", "/network-info", hub.token, key(public_key) if public_key else None)
    assert status == 200
    return info["next_address"]


def redeem(hub, code, public_key=None):
    return hub.get_json("GET", f"/invite/{code}", headers=key(public_key) if public_key else None)


def run(coroutine):
    """Runs one test's coroutine to its end."""
    return asyncio.run(asyncio.wait_for(coroutine, 30))


def wait_for(condition):
    """For what the hub says to nobody."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_seconds(seconds):
    """Until they have passed on the clock that the hub reads, too."""
    until = time.time() + seconds
    wait_for(lambda: time.time() >= until)
