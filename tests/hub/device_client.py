# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device that registers at a hub, with WireGuard's and Ed25519 keys of its own."""

import base64
import json
import os

from hub_process import Client, join_message
from vectors import registration

PRIVATE = {}  # of every public key that was made here, in base64


def new_key():
    """A WireGuard key: its public half, whose private one register() knows."""
    private = os.urandom(32)
    public = base64.b64encode(registration.public(private)).decode()
    PRIVATE[public] = private
    return public


class Answer:
    """Status, headers and JSON of one answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers = status, headers
        self.json = json.loads(body) if headers.get("Content-Type") == "application/json" else None
        self.text = body

    def __getitem__(self, key):
        return self.json[key]

    @property
    def error(self):
        return self.json["error"]


def call(hub, method, path, body=None, token=None, headers=None):
    text = json.dumps(body) if isinstance(body, dict) else body
    return Answer(*hub.request(method, path, token, {"Content-Type": "application/json", **(headers or {})}, text))


def registration_body(name, public_key, code=None, **more):
    """What is sent first, or alone."""
    return {"device_name": name, "public_key": public_key, **more, **({"invite": code} if code else {})}


def ask_to_register(hub, name, public_key, code=None, token=None, **more):
    """Asks with nothing but what is given."""
    return call(hub, "POST", "/auth/register", registration_body(name, public_key, code, **more), token)


def proof(answer, name, public_key, private=None, host="127.0.0.1", pin=None):
    """What answers the challenge in `answer`, as members of the next body."""
    challenge = answer["challenge"]
    said = registration.answer(private or PRIVATE[public_key], challenge, name, host, pin or "")
    return {"challenge": challenge, "proof": said, "host": host, **({"pin": pin} if pin else {})}


def register(hub, name, public_key=None, code=None, token=None, **more):
    """With a code, or with the token; answers the challenge."""
    key = public_key or new_key()
    answer = ask_to_register(hub, name, key, code, token, **more)
    if answer.status != 401 or "challenge" not in (answer.json or {}):
        return answer
    return ask_to_register(hub, name, key, code, token, **proof(answer, name, key), **more)


class Device:
    """One that has registered; `answer` is what it was told."""

    def __init__(self, hub, name, code=None, public_key=None):
        self.hub, self.name = hub, name
        self.public_key = public_key or new_key()
        self.answer = register(hub, name, self.public_key, code, None if code else hub.token)
        assert self.answer.status == 200, self.answer.text
        self.id, self.state = self.answer["device_id"], self.answer["state"]
        self.access_token, self.refresh_token = self.answer["access_token"], self.answer["refresh_token"]

    def call(self, method, path, body=None):
        return call(self.hub, method, path, body, self.access_token)

    def refresh(self, token=None, **more):
        """Shows a refresh token, its own one unless another is given; goes on with what it gets."""
        body = {"device_id": self.id, "refresh_token": token or self.refresh_token, **more}
        answer = call(self.hub, "POST", "/auth/refresh", body)
        if answer.status == 200 and token is None:
            self.access_token, self.refresh_token = answer["access_token"], answer["refresh_token"]
        return answer

    def listed(self, of=None):
        """How it, or another one, stands in the list."""
        devices = self.call("GET", "/auth/devices")["devices"]
        return next(device for device in devices if device["device_id"] == (of or self).id)

    async def connect(self, **options):
        return Client(await self.hub.connect(token=self.access_token, **options), self.name)

    async def join(self, name=None, public_key=None, **fields):
        """Joins as itself, unless it says something else; `first` is the list, `network` what follows."""
        client = await self.connect()
        fields.setdefault("address", self.answer["address"])
        await client.send(join_message(name or self.name, public_key or self.public_key, **fields))
        return client

    async def joined(self):
        client = await self.join()
        client.first = await client.receive()
        client.network = await client.receive()
        return client


def owner(hub):
    """The first device of a network."""
    return Device(hub, "first")


def invited(hub, name, by=None, **more):
    """One that registers with a code."""
    answer = call(hub, "POST", "/invite", token=by.access_token if by else hub.token)
    assert answer.status == 200, answer.text
    return Device(hub, name, code=answer["code"], **more)
