# SPDX-License-Identifier: LGPL-2.1-or-later
"""The relay, and those who mean no good: they get nothing, and others do not notice."""

import asyncio
import contextlib
import http.client
import os
import random
import time

import pytest
from aioice import stun
from websockets.exceptions import ConnectionClosed

from hub_process import TIMEOUT, join_two, run, trusting_context, wait_for
from turn_client import UDP, TurnClient, pair

LOOPBACK = ("--listen", "127.0.0.1:0")
PLAIN = ("--plain", *LOOPBACK)


def figures(hub):
    return hub.get_json("GET", "/status", hub.token)[1]["relay"]


async def figures_now(hub):
    return await asyncio.to_thread(figures, hub)


def ask_status(hub):
    """On a connection of its own."""
    connection = http.client.HTTPSConnection("127.0.0.1", hub.port, timeout=TIMEOUT, context=trusting_context())
    with contextlib.closing(connection):
        connection.request("GET", "/status")
        assert connection.getresponse().status == 200


def memory_kib(hub):
    with open(f"/proc/{hub.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def descriptors(hub):
    return len(os.listdir(f"/proc/{hub.process.pid}/fd"))


async def still_talk(alpha, bravo):
    await alpha.send_channel(0x4000, b"still here")
    assert await bravo.receive_payload() == b"still here"


async def send_until_closed(socket, frames):
    """Close code and reason."""
    with pytest.raises(ConnectionClosed):
        for frame in frames:
            await socket.send(frame)
        await asyncio.wait_for(socket.recv(), TIMEOUT)
    return socket.close_code


@pytest.mark.parametrize("seed", range(3))
def test_garbage(hub, seed):
    chance = random.Random(seed)

    async def scene():
        alpha, bravo = await pair(hub)
        stranger = await hub.turn()
        frames = [b"\xff" + chance.randbytes(chance.randrange(200)) for _ in range(1000)]
        assert await send_until_closed(stranger, frames) in (1008, 1006)
        await still_talk(alpha, bravo)

    run(scene())


def test_text_is_ignored(hub):
    async def scene():
        alpha, bravo = await pair(hub)
        for _ in range(200):
            await alpha.socket.send("hello")
        await still_talk(alpha, bravo)

    run(scene())


def test_spoilt_messages(hub):
    """Each byte of good requests changed: nothing but refusals."""
    chance = random.Random(1)

    async def scene():
        alpha, bravo = await pair(hub)
        await asyncio.to_thread(figures, hub)
        for _ in range(200):
            stranger = await TurnClient.open(hub, "stranger")
            await stranger.challenge()
            request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
            request.attributes["REQUESTED-TRANSPORT"] = UDP
            spoilt = bytearray(bytes(stranger.sign(request)))
            spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
            await stranger.socket.send(bytes(spoilt))
            await stranger.socket.close()
        await still_talk(alpha, bravo)

    run(scene())
    assert figures(hub)["allocations"] <= 2


def test_too_large_frame(hub):
    async def scene():
        stranger = await hub.turn()
        code = await send_until_closed(stranger, [bytes(33 * 1024)])
        assert code in (1009, 1006)  # the rest of the frame may turn the goodbye into a reset

    run(scene())


@pytest.mark.host_only("hub", "the platform has a bound of its own, 32 MiB")
def test_message_without_end(hub):
    async def scene():
        alpha, bravo = await pair(hub)

        async def endless():
            while True:
                yield b"x" * 1000

        stranger = await hub.turn()
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(stranger.send(endless()), TIMEOUT)
        await still_talk(alpha, bravo)

    run(scene())


def test_wrong_and_expired_credentials(hub):
    async def scene():
        for options in {"secret": "bg_" + "0" * 48}, {"lifetime": -1}, {"lifetime": -86400}:
            stranger = await TurnClient.open(hub, **options)
            assert await stranger.allocate() == 401
            assert await stranger.permit(("10.255.0.1", 50000)) == 437
            assert await stranger.bind(0x4000, ("10.255.0.1", 50000)) == 437
        assert (await figures_now(hub))["unauthorized"] == 3

    run(scene())


def test_recorded_requests_are_good_for_nobody_else(hub):
    """Somebody has recorded what alpha said, every byte of it."""

    async def scene():
        alpha = await TurnClient.open(hub, "alpha")
        said, send = [], alpha.socket.send

        async def record(frame):
            said.append(frame)
            await send(frame)

        alpha.socket.send = record
        assert await alpha.allocate() == 0
        assert (await alpha.refresh(600))[1] == 0
        assert await alpha.permit(("10.255.0.2", 50000)) == 0
        for order in said, said[1:], said[:1] + said:
            thief = TurnClient(await hub.turn(), "", "")
            for frame in order:
                await thief.socket.send(frame)
                answer = stun.parse_message(await thief.receive())
                assert answer.attributes["ERROR-CODE"][0] in (401, 437, 438)
        assert (await figures_now(hub))["allocations"] == 1

    run(scene())


def test_one_name_has_its_share(start_hub):
    hub = start_hub(*PLAIN)

    async def scene():
        crowd = []
        while True:
            device = await TurnClient.open(hub, "alpha")
            code = await device.allocate()
            crowd.append(device)
            if code:
                break
        assert code == 486 and len(crowd) == 257
        other = await TurnClient.open(hub, "bravo")
        assert await other.allocate() == 0
        await crowd[0].socket.close()
        await asyncio.to_thread(wait_for, lambda: figures(hub)["allocations"] == 256)
        assert await device.allocate() == 0
        for device in crowd:
            device.socket.transport.abort()

    run(scene())


@pytest.mark.host_only("hub", "there the platform says who comes: test_worker.py")
def test_one_network_has_its_share(start_hub):
    """Names are its own to choose, sockets are not."""
    hub = start_hub(*LOOPBACK, "--max-sockets", "200")
    there = {"local_addr": ("127.7.0.1", 0)}

    async def scene():
        crowd = [await TurnClient.open(hub, f"name{number}", **there) for number in range(64)]
        for device in crowd:
            assert await device.allocate() == 0
        assert await hub.refused(path="/turn", **there) == 503
        alpha, bravo = await pair(hub)
        await still_talk(alpha, bravo)
        for device in crowd:
            device.socket.transport.abort()

    run(scene())


def test_a_full_relay_leaves_the_hub_as_it_is(start_hub):
    hub = start_hub(*PLAIN, "--max-sockets", "80")

    async def scene():
        crowd = [await hub.turn() for _ in range(40)]
        assert await hub.refused(path="/turn") == 503
        alpha, bravo = await join_two(hub)
        assert await alpha.nothing_came(bravo)
        for sock in crowd:
            sock.transport.abort()
        await asyncio.to_thread(wait_for, lambda: figures(hub)["sockets"] == 0)
        await pair(hub)

    run(scene())


def test_coming_and_going(hub):
    """Places and allocations come back, thousands of times."""

    async def one(number):
        device = await TurnClient.open(hub, f"name{number % 7}")
        assert await device.allocate() == 0
        device.socket.transport.abort()

    async def scene():
        for number in range(0, 1500, 10):
            await asyncio.gather(*(one(number + i) for i in range(10)))

    before = descriptors(hub)
    asyncio.run(asyncio.wait_for(scene(), 60))
    wait_for(lambda: figures(hub)["sockets"] == 0)
    assert figures(hub)["allocations"] == 0
    assert descriptors(hub) < before + 30


async def repeat(sender, data):
    """Until it is cancelled: what came while too much waited is lost."""
    while True:
        await sender.send_channel(0x4001, data)
        await asyncio.sleep(0.02)


def test_reader_that_does_not_read(start_hub):
    """What waits is bounded, with bamgate-hub the newest of it, and nobody else waits."""
    hub = start_hub(*PLAIN, "--relay-rate", "0")

    async def scene():
        alpha, bravo = await pair(hub)
        deaf = await TurnClient.open(hub, "deaf", max_queue=1, max_size=None)
        await deaf.allocate()
        assert await deaf.bind(0x4000, alpha.address) == 0
        assert await alpha.bind(0x4001, deaf.address) == 0
        deaf.socket.transport.pause_reading()
        before = memory_kib(hub)
        while (await figures_now(hub))["dropped_slow"] < 30000:  # 36 MB
            for number in range(2000):
                await alpha.send_channel(0x4001, b"%08d" % number + bytes(1200))
        if hub.kind == "worker":  # of whose memory most is garbage for a while
            assert (await figures_now(hub))["waiting"] < 300 * 1024
        else:
            assert memory_kib(hub) - before < 16 * 1024
        await still_talk(alpha, bravo)
        await alpha.send_channel(0x4001, b"the last")
        await alpha.nothing_came()  # it has been taken
        deaf.socket.transport.resume_reading()
        again = asyncio.ensure_future(repeat(alpha, b"the last")) if hub.kind == "worker" else None
        while await deaf.receive_payload() != b"the last":
            pass
        if again:
            again.cancel()

    run(scene())


@pytest.mark.host_only("hub", "TLS")
def test_flood_does_not_hold_up_others(start_hub):
    hub = start_hub(*LOOPBACK, "--relay-rate", "0")

    async def flood(alpha, over):
        while not over.is_set():
            await alpha.send_channel(0x4000, bytes(1400))
            await asyncio.sleep(0)

    async def scene():
        alpha, bravo = await pair(hub)
        drain = asyncio.create_task(drain_forever(bravo))
        over = asyncio.Event()
        flooding = asyncio.create_task(flood(alpha, over))
        waits = []
        for _ in range(20):
            start = time.monotonic()
            await asyncio.to_thread(ask_status, hub)
            waits.append(time.monotonic() - start)
        over.set()
        await flooding
        drain.cancel()
        assert sorted(waits)[len(waits) // 2] < 0.5

    async def drain_forever(device):
        async for _ in device.socket:
            pass

    run(scene())


def test_rate(start_hub):
    hub = start_hub(*PLAIN, "--relay-rate", "1")

    async def scene():
        alpha, bravo = await pair(hub)
        for _ in range(200):
            await alpha.send_channel(0x4000, bytes(1200))
        await alpha.nothing_came()
        now = await figures_now(hub)
        assert now["messages"] <= 75 and now["messages"] + now["dropped_over_rate"] == 200
        await bravo.send_channel(0x4000, b"has its own")
        assert await alpha.receive_payload() == b"has its own"

    run(scene())
