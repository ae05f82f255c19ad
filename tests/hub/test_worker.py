# SPDX-License-Identifier: LGPL-2.1-or-later
"""What only the Worker does: it sleeps, and wakes as if it had not."""

import asyncio
import json
import time

import pytest
from aioice import stun

from hub_process import KEY_A, KEY_B, Client, join_message, join_two, redeem, run
from lab.workerd import EVICTION
from turn_client import RELAY_PORT, UDP, TurnClient, pair
from worker_process import TOKEN

pytestmark = pytest.mark.host_only("worker", "hibernation")

HEARTBEAT = '{"type":"heartbeat"}'
LONG = 1900  # letters of two bytes, of the 4096 that a join may have


def described(kind, sender, to):
    return {"type": kind, "from": sender, "to": to, "sdp": "v=0\r\n"}


async def look_at_room(hub):
    return (await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token))[1]["room"]


async def flood(client, to):
    """Until the other one is out."""
    frame = json.dumps({"type": "offer", "from": client.name, "to": to, "sdp": "x" * 30000})
    left = asyncio.ensure_future(client.receive())
    while not left.done():
        await client.send(frame)
    assert await left == {"type": "peer-left", "peerId": to}


async def fall_asleep(hub):
    """Until the object that has the main room was made anew."""
    before = (await look_at_room(hub))["awake_since"]
    for _ in range(4):
        await asyncio.sleep(EVICTION)
        if (await look_at_room(hub))["awake_since"] != before:
            return
    pytest.fail("the object never slept")


async def join_at_length(hub, name):
    """With a join of nearly the longest kind."""
    client = Client(await hub.connect(), name)
    message = {"type": "join", "peerId": name, "publicKey": KEY_A, "metadata": {"x": "ä" * LONG}}
    await client.send(json.dumps(message, ensure_ascii=False))
    client.first = await client.receive()
    return client


@pytest.mark.limit(180)
def test_nobody_notices_that_it_slept(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await fall_asleep(hub)
        assert (await look_at_room(hub))["members"] == 2
        assert await alpha.nothing_came(bravo)  # also: frames go on at once
        assert await bravo.nothing_came(alpha)

        charlie = await join_at_length(hub, "charlie")
        assert sorted(peer["peerId"] for peer in charlie.first["peers"]) == ["alpha", "bravo"]
        for client in alpha, bravo:
            assert (await client.receive())["peers"][0]["peerId"] == "charlie"
        await fall_asleep(hub)
        delta = await hub.join("delta", KEY_A)
        assert {len(peer.get("metadata", {}).get("x", "")) for peer in delta.first["peers"]} == {0, LONG}
        for client in alpha, bravo, charlie:
            assert (await client.receive())["peers"][0]["peerId"] == "delta"

        thief = Client(await hub.connect())
        await thief.send({"type": "join", "peerId": "bravo", "publicKey": KEY_A})
        assert (await thief.closed())[0] == 1008
        again = await hub.join("bravo", KEY_B)
        assert (await bravo.closed())[0] == 1008
        await alpha.receive()
        await charlie.receive()
        await delta.receive()
        await fall_asleep(hub)

        assert (await look_at_room(hub))["members"] == 4  # and not the one that was replaced
        assert await again.nothing_came(alpha)
        await again.close()
        for client in alpha, charlie, delta:
            assert await client.receive() == {"type": "peer-left", "peerId": "bravo"}

    asyncio.run(asyncio.wait_for(scene(), 170))


def test_heartbeats_wake_nobody(hub):
    async def scene():
        alpha = await hub.join("alpha")
        since = (await look_at_room(hub))["awake_since"]
        for _ in range(EVICTION + 2):
            await alpha.send(HEARTBEAT)
            assert await alpha.receive_text() == HEARTBEAT
            await asyncio.wait_for(await alpha.socket.ping(), 5)  # nor do the pings of WebSockets
            await asyncio.sleep(1)
        assert (await look_at_room(hub))["awake_since"] != since

    run(scene())


def test_dead_sockets_are_found(start_hub):
    hub = start_hub("--ping-interval", "1")

    async def scene():
        alpha, bravo = await join_two(hub)
        await bravo.send(HEARTBEAT)
        assert await bravo.receive_text() == HEARTBEAT
        deadline = time.monotonic() + 10
        while (await look_at_room(hub))["members"] == 2:  # alpha never sent a heartbeat: it may be of a kind that does not
            assert time.monotonic() < deadline
            await alpha.send({"type": "ice-candidate", "from": "alpha", "to": "nobody", "candidate": ""})
            await asyncio.sleep(0.1)
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}
        assert (await bravo.closed())[0] == 1008

    run(scene())


def test_socket_that_does_not_join_is_closed_after_a_sleep(start_hub):
    hub = start_hub("--join-timeout", "13")

    async def scene():
        begin = time.monotonic()
        assert (await asyncio.wait_for(Client(await hub.connect()).socket.wait_closed(), 25)) is None
        assert time.monotonic() - begin > 12

    run(scene())


def from_there(address):
    return {"CF-Connecting-IP": address}


def guess(hub, address, code="AAAA-AAAA"):
    return hub.request("GET", f"/invite/{code}", headers=from_there(address))[0]


def test_the_platform_says_who_guesses(hub):
    good = hub.new_invite()
    assert [guess(hub, "192.0.2.1") for _ in range(11)] == [404] * 10 + [429]
    assert [guess(hub, "2001:db8::1") for _ in range(10)] == [404] * 10
    for other in "2001:0DB8::ffff", "2001:db8:0:0:7::192.0.2.9", "::ffff:192.0.2.1":
        assert guess(hub, other, good) == 429
    for other in "2001:db8:0:1::1", "192.0.2.2":
        assert guess(hub, other) == 404
    assert guess(hub, "192.0.2.2", good) == 200


def test_guesses_are_remembered_over_a_restart(start_hub):
    hub = start_hub()
    assert [guess(hub, "192.0.2.1") for _ in range(11)] == [404] * 10 + [429]
    hub.kill()
    again = start_hub()
    assert guess(again, "192.0.2.1") == 429 and guess(again, "192.0.2.2") == 404


def test_one_source_has_its_share_of_sockets(start_hub):
    hub = start_hub("--max-sockets", "100", "--join-timeout", "60")
    there = from_there("192.0.2.1")

    async def scene():
        crowd = [await hub.connect(headers=there) for _ in range(64)]
        assert await hub.refused(headers=there) == 503
        alpha, bravo = await join_two(hub)
        assert await alpha.nothing_came(bravo)
        for sock in crowd:
            sock.transport.abort()

    run(scene())


def written(hub):
    """What of the storage changes when a row is written."""
    files = sorted(path for path in hub.state.rglob("*.sqlite*") if not path.name.endswith("-shm"))
    return [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def test_what_is_passed_on_writes_no_row(start_hub):
    hub = start_hub("--join-timeout", "3600")  # the alarm for it is a row

    async def scene():
        alpha, bravo = await join_two(hub)
        one, other = await pair(hub)
        before = written(hub)
        assert before
        for _ in range(200):
            assert await alpha.nothing_came(bravo)
            await one.send_channel(0x4000, b"there")
            assert await other.receive_payload() == b"there"
        assert (await one.refresh(900))[1] == 0
        assert written(hub) == before
        code = await asyncio.to_thread(hub.new_invite)
        assert written(hub) != before and code

    run(scene())


async def relay_falls_asleep(hub):
    before = await look_at_relay(hub)
    for _ in range(4):
        await asyncio.sleep(EVICTION)
        if (await look_at_relay(hub))["awake_since"] != before["awake_since"]:
            return
    pytest.fail("the relay never slept")


async def look_at_relay(hub):
    return (await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token))[1]["relay"]


def test_relay_goes_on_after_a_sleep(hub):
    async def scene():
        alpha, bravo = await pair(hub, headers={"Bamgate-Relay": "1"})
        await relay_falls_asleep(hub)
        assert (await look_at_relay(hub))["allocations"] == 2
        await alpha.socket.send(2 * b"\x40\0\0\x05there\0\0\0")
        assert [await bravo.receive_payload(), await bravo.receive_payload()] == [b"there", b"there"]
        assert await bravo.refresh(900) == (900, 0)
        charlie = await TurnClient.open(hub, "charlie")
        assert await charlie.allocate() == 0
        assert charlie.address not in (alpha.address, bravo.address)

    asyncio.run(asyncio.wait_for(scene(), 70))


async def all_asleep(hub):
    """Room and relay at once."""
    async def since():
        said = (await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token))[1]
        return said["room"]["awake_since"], said["relay"]["awake_since"]

    before = await since()
    for _ in range(4):
        await asyncio.sleep(EVICTION)
        if all(now != then for now, then in zip(await since(), before)):
            return
    pytest.fail("the objects never slept")


@pytest.mark.limit(240)
def test_sleep_in_the_middle_of_everything(start_hub):
    """Between the two halves of each exchange."""
    hub = start_hub("--join-timeout", "60")

    async def scene():
        alpha = await hub.join("alpha", KEY_A, address="10.0.0.1/24")
        bravo = Client(await hub.connect(), "bravo")
        device, other = await TurnClient.open(hub, "alpha"), await TurnClient.open(hub, "bravo")
        await device.challenge()
        code = await asyncio.to_thread(hub.new_invite)
        await all_asleep(hub)  # upgraded, and not joined; challenged, and not allocated; invited, and not redeemed

        await bravo.send(join_message("bravo", KEY_B, address="10.0.0.2/24"))
        assert [peer["peerId"] for peer in (await bravo.receive())["peers"]] == ["alpha"]
        assert (await alpha.receive())["peers"][0]["peerId"] == "bravo"
        assert (await device.signed(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP))[1] == 0
        assert await other.allocate() == 0
        assert (await asyncio.to_thread(redeem, hub, code))[1]["address"] == "10.0.0.3/24"
        await alpha.send(described("offer", "alpha", "bravo"))
        assert (await bravo.receive())["type"] == "offer"
        await all_asleep(hub)  # offered, and not answered; allocated, and not bound

        await bravo.send(described("answer", "bravo", "alpha"))
        assert (await alpha.receive())["type"] == "answer"
        peers = [("10.255.0.1", RELAY_PORT), ("10.255.0.2", RELAY_PORT)]
        assert await device.bind(0x4000, peers[1]) == 0 and await other.permit(peers[0]) == 0
        assert (await asyncio.to_thread(redeem, hub, code))[0] == 404
        await all_asleep(hub)  # answered, and no candidates yet; bound, and nothing sent; one of them only permitted

        await alpha.send({"type": "ice-candidate", "from": "alpha", "to": "bravo", "candidate": "late"})
        assert (await bravo.receive())["candidate"] == "late"
        await device.send_channel(0x4000, b"there")
        assert await other.receive_payload() == b"there"
        again = await hub.join("bravo", KEY_B, address="10.0.0.2/24")
        assert (await bravo.closed())[0] == 1008
        assert (await alpha.receive())["peers"][0]["peerId"] == "bravo"
        assert await other.refresh(0) == (0, 0)
        await all_asleep(hub)  # replaced; given back

        assert await alpha.nothing_came(again) and await again.nothing_came(alpha)
        await device.send_channel(0x4000, b"nobody there")
        assert await other.nothing_came()
        await again.close()
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    asyncio.run(asyncio.wait_for(scene(), 230))


def test_one_network_has_its_share_of_the_relay(start_hub):
    hub = start_hub("--max-sockets", "200")
    there = from_there("192.0.2.1")

    async def scene():
        crowd = [await TurnClient.open(hub, f"name{number}", headers=there) for number in range(64)]
        for device in crowd:
            assert await device.allocate() == 0
        assert await hub.refused(path="/turn", headers=there) == 503
        await pair(hub)
        for device in crowd:
            device.socket.transport.abort()

    run(scene())


def test_subnet_cannot_move_under_devices(start_hub):
    hub = start_hub("--subnet", "10.7.0.0/24")
    hub.stop()
    hub = start_hub("--subnet", "10.8.0.0/24")
    assert hub.get_json("GET", "/network-info", hub.token)[1]["next_address"] == "10.8.0.1/24"
    hub.stop()
    status, _, body = start_hub("--subnet", "10.9.0.0/24").request("GET", "/network-info", hub.token)
    assert status == 500 and "10.8.0.0/24" in body


def test_settings_that_cannot_be_are_named(start_hub):
    for options, name in [(("--max-peers", "0"), "MAX_PEERS"), (("--suffix", "a b"), "SUFFIX"),
                          (("--public-url", "x"), "PUBLIC_URL"), (("--subnet", "10.0.0.0/31"), "SUBNET")]:
        status, _, body = start_hub(*options).request("GET", "/network-info", TOKEN)
        assert status == 500 and name in body


def test_without_a_token_nobody_comes_in(start_hub):
    hub = start_hub(environment={"AUTH_TOKEN": ""})
    status, _, body = hub.request("GET", "/connect", headers={"Authorization": "Bearer "})
    assert status == 500 and "AUTH_TOKEN" in body


def test_who_reads_nothing_keeps_its_place(start_hub):
    """What waits for it waits until its line is gone: it cannot come again and again, and leave as much each time."""
    hub = start_hub("--max-sockets", "3")

    async def scene():
        alpha, bravo = await join_two(hub)
        bravo.socket.transport.pause_reading()
        await flood(alpha, "bravo")
        assert await hub.connect()  # the third
        assert await hub.refused() == 503
        bravo.socket.transport.abort()
        while (await look_at_room(hub))["leaving"] > 0:
            await asyncio.sleep(0.02)
        assert (await hub.join("charlie")).first["peers"][0]["peerId"] == "alpha"

    run(scene())
