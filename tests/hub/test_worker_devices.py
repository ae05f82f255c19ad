# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices and the log where they sleep, in rooms of their own objects, and those that come by an account at GitHub."""

import asyncio
import contextlib
import json
import sqlite3

import pytest

from device_client import call, invited, new_key, owner
from hub_process import KEY_A, Client, join_message, run
from lab.fake_github import account, fake_github
from lab.workerd import with_loopback
from log_client import Owner
from turn_client import TurnClient

pytestmark = pytest.mark.host_only("worker", "Durable Objects, accounts at GitHub")

EVICTION = 11  # seconds without a sound after which the runtime lets an object go


async def look(hub, which):
    return (await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token))[1][which]


async def fall_asleep(hub):
    """Until both objects were made anew."""
    before = {which: (await look(hub, which))["awake_since"] for which in ("room", "relay")}
    for _ in range(4):
        await asyncio.sleep(EVICTION)
        now = {which: (await look(hub, which))["awake_since"] for which in before}
        if all(now[which] != before[which] for which in before):
            return
    pytest.fail("they never slept")


@pytest.mark.limit(120)
@pytest.mark.parametrize("is_signed", [False, True], ids=["by-the-hub", "by-the-log"])
def test_revoked_while_it_sleeps(hub, is_signed):
    """Sockets of rooms and of the relay that their objects find when they wake go too, and nobody else's."""
    first = owner(hub)
    second = invited(hub, "second", first)
    signer = Owner(first)
    if is_signed:
        assert signer.begin().add(second).status == 200

    def revoke():
        return signer.revoke(second) if is_signed else first.call("DELETE", f"/auth/devices/{second.id}")

    async def scene():
        watcher, client = await first.joined(), await second.joined()
        assert (await watcher.receive())["peers"][0]["peerId"] == "second"
        relayed = [await TurnClient.open(hub, device.name, token=device.access_token) for device in (first, second)]
        for one in relayed:
            assert await one.allocate() == 0
        await fall_asleep(hub)
        assert revoke().status == 200
        assert await client.closed() == (1008, "this device was revoked")
        await asyncio.wait_for(relayed[1].socket.wait_closed(), 5)
        assert relayed[1].socket.close_code == 1008
        news = [await watcher.receive() for _ in range(2)]
        assert {"type": "peer-left", "peerId": "second"} in news
        numbers = {"log": 3, "pending": 0} if is_signed else {"log": 0, "pending": 0, "revoked": 1}
        assert {**numbers, "type": "network"} in news
        assert (await relayed[0].refresh(900))[1] == 0

    asyncio.run(asyncio.wait_for(scene(), 100))


@pytest.mark.limit(120)
def test_nobody_hears_that_it_woke(hub):
    first = owner(hub)

    async def scene():
        watcher = await first.joined()
        await fall_asleep(hub)
        assert first.refresh().status == 200
        second = await invited(hub, "second", first).joined()
        assert second.network == {"log": 0, "pending": 0, "type": "network"}
        assert (await watcher.receive())["type"] == "peers"

    asyncio.run(asyncio.wait_for(scene(), 100))


# Rooms other than the main one


def test_device_joins_other_rooms_as_itself(hub):
    first = owner(hub)

    async def scene():
        for said in (("other", first.public_key), ("first", KEY_A)):
            client = Client(await hub.connect("?room=lab", token=first.access_token))
            await client.send(join_message(*said))
            code, reason = await client.closed()
            assert code == 1008 and "its own" in reason
        client = Client(await hub.connect("?room=lab", token=first.access_token))
        await client.send(join_message("first", first.public_key))
        assert (await client.receive())["peers"] == []

    run(scene())


def test_revoked_in_other_rooms(hub):
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        client = Client(await hub.connect("?room=lab", token=second.access_token))
        await client.send(join_message("second", second.public_key))
        assert (await client.receive())["peers"] == []
        other = await hub.join("other", KEY_A, "?room=lab")
        await client.receive()
        assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
        assert (await client.closed())[0] == 1008
        assert (await other.receive())["peerId"] == "second"
        assert await hub.refused("?room=lab", token=second.access_token) == 401

    run(scene())


@pytest.mark.parametrize("path", ["/connect", "/connect?room=lab", "/turn", "/auth/devices", "/network/log"])
def test_nobody_says_for_us_who_it_is(hub, path):
    """What the Worker in front writes for the objects behind it, from outside."""
    first = owner(hub)
    identity = {"id": first.id, "name": "first", "key": first.public_key, "address": "10.0.0.1/24"}
    said = {"X-Bamgate-Identity": json.dumps(identity), "X-Bamgate-Device": first.id}
    assert hub.request("GET", path, headers=said)[0] == 401

    async def scene():
        if path.startswith("/connect"):  # a token is the token's
            client = Client(await hub.connect(path.removeprefix("/connect"), headers=said))
            await client.send(join_message("other", KEY_A))
            assert (await client.receive())["peers"] == []

    run(scene())


# GitHub


@pytest.fixture
def github():
    with fake_github() as fake:
        fake.tokens |= {"gho_owner": account(4711, "Owner"), "gho_other": account(4712, "stranger")}
        yield fake


@pytest.fixture
def start_with_github(start_hub, tmp_path, github):
    config = with_loopback(tmp_path)

    def start(*options, login="owner", **more):
        return start_hub(*options, config=config, environment={"GITHUB_OWNER": login, "GITHUB_API": github.url}, **more)

    return start


def come(hub, name="laptop", token="gho_owner"):
    return call(hub, "POST", "/auth/register", {"device_name": name, "github_token": token})


@pytest.mark.parametrize("login", ["owner", "OWNER", "4711"])
def test_owner_registers_by_github(start_with_github, github, login):
    hub = start_with_github(login=login)
    answer = come(hub)
    assert answer.status == 200 and answer["state"] == "active" and answer["address"] == "10.0.0.1/24"
    assert answer["server_url"] == f"http://127.0.0.1:{hub.port}" and answer["turn_secret"] == hub.turn_secret
    path, headers = github.asked[0]
    assert path == "/user" and headers["Authorization"] == "Bearer gho_owner" and headers["User-Agent"]
    assert come(hub, token="gho_other").status == 403
    wrong = come(hub, token="gho_none")
    assert (wrong.status, wrong.error) == (401, "invalid GitHub token")


def test_github_without_an_owner(start_hub):
    answer = come(start_hub())
    assert answer.status == 403 and "GITHUB_OWNER" in answer.error


@pytest.mark.parametrize("body, words", [({"github_token": "x"}, "device_name is required"),
                                         ({"device_name": "a", "github_token": 1}, "github_token is required"),
                                         ({"device_name": "a/b", "github_token": "x"}, "device_name is required")])
def test_what_github_registration_lacks(start_with_github, body, words):
    answer = call(start_with_github(), "POST", "/auth/register", body)
    assert (answer.status, answer.error) == (400, words)


def test_who_takes_the_name_later_is_somebody_else(start_with_github, github):
    hub = start_with_github()
    assert come(hub).status == 200
    github.tokens["gho_owner"] = account(9999, "owner")
    assert come(hub).status == 403
    github.tokens["gho_owner"] = account(4711, "renamed")
    assert come(hub).status == 200


@pytest.mark.parametrize("said, status", [((200, b"no JSON"), 502), ((500, {}), 401), ((302, {"id": 4711, "login": "owner"}), 401),
                                          ((200, {"login": "owner"}), 401), ((200, {"id": "4711", "login": "owner"}), 401),
                                          ((200, [4711]), 401)])
def test_github_that_says_nonsense(start_with_github, github, said, status):
    hub = start_with_github()
    github.tokens["gho_owner"] = said
    assert come(hub).status == status
    assert [path for path, _ in github.asked] == ["/user"]


def test_wrong_github_tokens_have_shares(start_with_github):
    hub = start_with_github()
    assert [come(hub, token="gho_none").status for _ in range(11)] == [401] * 10 + [429]


def test_go_program_comes_back_under_its_name(start_with_github):
    """The same device with the same address, and another key where it has one."""
    hub = start_with_github()
    first = come(hub)

    async def join(answer, key, name="laptop"):
        client = Client(await hub.connect(token=answer["access_token"]))
        await client.send(join_message(name, key, address=answer["address"]))
        return client

    async def scene():
        key, other = new_key(), new_key()
        client = await join(first, key)
        assert (await client.receive())["peers"] == []
        assert (await (await join(first, other)).closed())[0] == 1008
        again = come(hub)
        assert (await client.closed())[0] == 1008
        assert (again["device_id"], again["address"]) == (first["device_id"], first["address"])
        client = await join(again, other)
        assert (await client.receive())["peers"] == []
        listed = call(hub, "GET", "/auth/devices", token=again["access_token"])["devices"]
        assert [(device["public_key"], device["owner"]) for device in listed] == [(other, True)]
        return again

    again = asyncio.run(asyncio.wait_for(scene(), 20))
    refused = call(hub, "POST", "/auth/refresh", {"device_id": again["device_id"], "refresh_token": first["refresh_token"]})
    assert refused.status == 401


def test_go_program_has_the_address_of_before(start_with_github, tmp_path):
    """That of its name, which the Go program's Worker recorded without a key; not one whose key is known."""
    hub = start_with_github()
    assert hub.get_json("GET", "/network-info", hub.token)[0] == 200
    hub.kill()
    folder = tmp_path / "state" / "bamgate-signaling-room"
    database = next(path for path in folder.glob("*.sqlite") if path.name != "metadata.sqlite")
    with contextlib.closing(sqlite3.connect(database)) as stored, stored:
        stored.execute("INSERT INTO lease VALUES (7, 'laptop', '', 1700000000, 0, 0)")
        stored.execute("INSERT INTO lease VALUES (8, 'other', ?, 1700000000, 0, 0)", (KEY_A,))
    hub = start_with_github()
    assert come(hub, "laptop")["address"] == "10.0.0.7/24"
    assert come(hub, "other")["address"] == "10.0.0.2/24"  # the first was asked for


def test_go_programs_refresh(start_with_github):
    """As the Go program refreshes: with a new token each time, of which it keeps the last."""
    hub = start_with_github()
    answer = come(hub)
    token = answer["refresh_token"]
    for _ in range(3):
        refreshed = call(hub, "POST", "/auth/refresh", {"device_id": answer["device_id"], "refresh_token": token})
        assert refreshed.status == 200 and refreshed["expires_in"] == 3600 and refreshed["refresh_token"] != token
        token = refreshed["refresh_token"]


def test_github_device_takes_no_active_name(start_with_github):
    hub = start_with_github()
    first = owner(hub)
    answer = come(hub, "first")
    assert answer.status == 200 and answer["state"] == "pending"
    assert hub.request("GET", "/network-info", answer["access_token"])[0] == 403
    assert first.call("PATCH", f"/auth/devices/{answer['device_id']}", {"device_name": "laptop", "state": "active"}).status == 200
    assert hub.request("GET", "/network-info", answer["access_token"])[0] == 200


def test_revoked_github_device_is_another_one_then(start_with_github):
    hub = start_with_github()
    first, second = come(hub, "one"), come(hub, "two")
    assert call(hub, "DELETE", f"/auth/devices/{second['device_id']}", token=first["access_token"]).status == 200
    again = come(hub, "two")
    assert again["device_id"] != second["device_id"] and again["address"] == "10.0.0.3/24"


@pytest.mark.parametrize("name, value", [("SHARED_TOKEN", "maybe"), ("APPROVE_DEVICES", "1"), ("GITHUB_OWNER", "a b"),
                                         ("GITHUB_API", "http://192.0.2.1"), ("GITHUB_API", "https://example.org"),
                                         ("GITHUB_API", "http://127.0.0.1@example.org")])
def test_settings_of_devices_that_cannot_be(start_hub, name, value):
    status, _, body = start_hub(environment={name: value}).request("GET", "/network-info")
    assert status == 500 and name in body
