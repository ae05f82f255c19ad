# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many who come and go at once: what each is told, and in how many frames."""

import asyncio

from hub_process import KEY_A, KEY_B, TIMEOUT, Client, join_message, join_two, run

MANY = 60


async def newcomer(hub, name, **fields):
    client = Client(await hub.connect(), name)
    client.known, client.frames = set(), 0
    await client.send(join_message(name, KEY_A, **fields))
    return client


async def read_until(client, condition):
    """Takes what it is told, in the order in which that has a meaning."""
    while not condition():
        message = await client.receive()
        client.frames += 1
        client.known -= set(message.get("left", ()))
        client.known |= {peer["peerId"] for peer in message.get("peers", ())}
        if message["type"] == "peer-left":
            client.known.discard(message["peerId"])


def names_but(client, names):
    return set(names) - {client.name}


def test_many_who_come_at_once_are_told_together(hub):
    """Far fewer frames than there are pairs of them, and nobody misses anybody."""
    names = [f"peer-{i}" for i in range(MANY)]

    async def scene():
        clients = await asyncio.gather(*(newcomer(hub, name) for name in names))
        for client in clients:
            await asyncio.wait_for(read_until(client, lambda c=client: c.known == names_but(c, names)), TIMEOUT)
        assert sum(client.frames for client in clients) < MANY * MANY / 4

    run(scene())


def test_many_who_leave_at_once_are_one_frame_for_those_who_understand_it(hub):
    names = [f"peer-{i}" for i in range(MANY)]

    async def scene():
        able = await newcomer(hub, "able", bamgate={"presence": 1})
        plain = await newcomer(hub, "plain")
        clients = await asyncio.gather(*(newcomer(hub, name) for name in names))
        everybody = [*names, "able", "plain"]
        for client in (able, plain, *clients):
            await read_until(client, lambda c=client: c.known == names_but(c, everybody))
        able.frames = plain.frames = 0
        for client in clients:
            client.socket.transport.abort()
        await read_until(able, lambda: able.known == {"plain"})
        await read_until(plain, lambda: plain.known == {"able"})
        assert able.frames < MANY / 2
        assert plain.frames >= MANY  # one each, as it has always been

    run(scene())


def test_a_frame_never_comes_before_its_sender_was_told(hub):
    """alpha was told of bravo a moment ago: charlie would have to wait, but speaks at once."""

    async def scene():
        alpha, _ = await join_two(hub)
        charlie = await hub.join("charlie", KEY_A)
        candidate = {"type": "ice-candidate", "from": "charlie", "to": "alpha", "candidate": "c"}
        await charlie.send(candidate)
        assert [peer["peerId"] for peer in (await alpha.receive())["peers"]] == ["charlie"]
        assert await alpha.receive() == candidate

    run(scene())


def test_one_that_comes_back_in_a_hurry_is_not_taken_for_gone(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await hub.join("charlie", KEY_A)
        await bravo.close()
        again = await hub.join("bravo", KEY_B)
        known, left = set(), 0
        while "charlie" not in known or left == 0 or "bravo" not in known:
            message = await alpha.receive()
            if message["type"] == "peer-left":
                known.discard(message["peerId"])
                left += 1
            known |= {peer["peerId"] for peer in message.get("peers", ())}
        assert await alpha.nothing_came(again)
        assert await again.nothing_came(alpha)

    run(scene())
