# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one socket, and all together, may not exceed."""

import asyncio
import json
import resource

import pytest
from websockets.exceptions import ConnectionClosed

from hub_process import KEY_A, KEY_B, Client, join_message, join_two, run

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


def test_too_large_a_frame_ends_the_socket(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await bravo.send("x" * 33000)
        assert (await bravo.closed())[0] in (1009, 1006)  # the rest of the frame may turn the goodbye into a reset
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    run(scene())


def test_frame_of_the_largest_size_passes(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        frame = json.dumps({"type": "offer", "from": "alpha", "to": "bravo", "sdp": ""})
        frame = frame.replace('"sdp": "', '"sdp": "' + "x" * (32768 - len(frame)))
        assert len(frame) == 32768
        await alpha.send(frame)
        assert await bravo.receive_text() == frame

    run(scene())


@pytest.mark.host_only("hub", "the platform has a bound of its own, 32 MiB")
def test_endless_fragments_end_the_socket(hub):
    async def fragments():
        while True:
            yield "x" * 16000

    async def scene():
        client = Client(await hub.connect())
        with pytest.raises(ConnectionClosed):
            await client.socket.send(fragments())
        assert (await hub.join("alpha")).first["peers"] == []

    run(scene())


def test_too_large_a_join_is_refused(hub):
    async def scene():
        client = Client(await hub.connect())
        await client.send(join_message("alpha", metadata={"x": "y" * 5000}))
        assert (await client.closed())[0] == 1009

    run(scene())


def test_room_has_a_limit(start_hub):
    hub = start_hub(*PLAIN, "--max-peers", "2")

    async def scene():
        alpha, bravo = await join_two(hub)
        third = Client(await hub.connect())
        await third.send(join_message("charlie"))
        code, reason = await third.closed()
        assert code == 1008 and "full" in reason
        again = await hub.join("bravo", KEY_B)  # replaces itself
        assert again.first["peers"][0]["peerId"] == "alpha"

    run(scene())


def test_sockets_have_a_limit(start_hub):
    hub = start_hub(*PLAIN, "--max-sockets", "2")

    async def scene():
        alpha, bravo = await join_two(hub)
        assert await hub.refused() == 503
        await bravo.close()
        await alpha.receive()
        await hub.join("charlie")

    run(scene())


def test_flood_of_messages_ends_the_socket(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        with pytest.raises(ConnectionClosed):
            for _ in range(20000):
                await bravo.send('{"type":"ping"}')
                await asyncio.sleep(0)  # lets the goodbye in
        code, reason = await bravo.closed()
        assert code == 1008 and "many" in reason
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    run(scene())


def test_slow_reader_is_cut_off(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        bravo.socket.transport.pause_reading()
        frame = json.dumps({"type": "offer", "from": "alpha", "to": "bravo", "sdp": "x" * 30000})
        left = asyncio.ensure_future(alpha.receive())
        for _ in range(2000):
            await alpha.send(frame)
            if left.done():
                break
        assert await left == {"type": "peer-left", "peerId": "bravo"}

    run(scene())
    hub.check_said("does not read")


def test_socket_that_does_not_join_is_closed(start_hub):
    hub = start_hub(*PLAIN, "--join-timeout", "1")

    async def scene():
        assert (await Client(await hub.connect()).closed())[0] == 1008

    run(scene())


@pytest.mark.host_only("hub", "there heartbeats tell: test_worker.py")
def test_silent_socket_is_cut_off(start_hub):
    hub = start_hub(*PLAIN, "--ping-interval", "1")

    async def scene():
        alpha, bravo = await join_two(hub)
        bravo.socket.transport.pause_reading()  # no pong any more
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    run(scene())


async def count_news(client, counts):
    """Of whom it hears that they came, and that they left."""
    async for text in client.socket:
        message = json.loads(text)
        counts["left" if message["type"] == "peer-left" else "came"] += len(message.get("peers", [1]))


@pytest.mark.long
@pytest.mark.limit(300)
def test_thousand_sockets(hub):
    """The first hears of all others, the last gets them all in its list, and when half of them go at once, the rest hear of it."""
    members, gone = 1000, 500
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    counts = {"came": 0, "left": 0}

    async def scene():
        first = await hub.join("first", KEY_A)
        listening = asyncio.ensure_future(count_news(first, counts))
        crowd, drains = [], []
        for number in range(members - 1):
            client = Client(await hub.connect())
            await client.send(join_message(f"device-{number}", KEY_B))
            drains.append(asyncio.ensure_future(count_news(client, {"came": 0, "left": 0})))
            crowd.append(client)
        while counts["came"] < members - 1:
            await asyncio.sleep(0.05)
        listed = 0
        last = Client(await hub.connect())
        await last.send(join_message("last"))
        while listed < members:
            listed += len((await last.receive())["peers"])
        assert listed == members
        for client in crowd[:gone]:
            client.socket.transport.abort()
        while counts["left"] < gone:
            await asyncio.sleep(0.05)
        for task in [listening, *drains]:
            task.cancel()
        await asyncio.gather(*drains, return_exceptions=True)
        for client in crowd[gone:]:
            client.socket.transport.abort()

    asyncio.run(asyncio.wait_for(scene(), 280))
