# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same frames, spoilt in many ways, to bamgate-hub and to the Worker: what one takes the other takes, and as the same."""

import asyncio
import json
import random

import pytest
from websockets.exceptions import ConnectionClosed

from hub_process import KEY_A, KEY_B, Client, Hub, join_message, join_two
from worker_process import Worker

GOOD = [
    {"type": "offer", "from": "alpha", "to": "bravo", "sdp": "v=0\r\n", "publicKey": KEY_A,
     "bamgate": {"control": 3, "paths": ["ice"], "time": 1700000000000, "mac": "x", "routes": ["10.0.0.0/8"]}},
    {"type": "answer", "from": "alpha", "to": "bravo", "sdp": ""},
    {"type": "ice-candidate", "from": "alpha", "to": "bravo", "candidate": "candidate:1 1 udp 1 192.0.2.1 5 typ host"},
]
JOIN = join_message("device", KEY_B, address="10.0.0.9/24", routes=["192.168.1.0/24", "fd00::/64"],
                    metadata={"dns": '["10.0.0.53"]', "b": "2", "10": "3"})
VALUES = [None, True, 0, -1, 3, 70000, 2**63 - 1, 1.5, "", "x", "alpha", "bravo", "é", "\u2028", "a\u0000b", "a\nb", "\x7f", "\u0085", "\ud800", "x" * 255,
          "x" * 256, "é" * 128, "😀" * 64, "</script>", [], ["x"], ["x", 1], [None], ["\ud800"], {}, {"x": "y"}, {"x": 1}, {"\ud800": "y"},
          {"x": {"y": []}}, [[[[]]]], {"control": 65536}, {"time": -1}, {"paths": "x"}, {"control": 1.0}]
PIECES = ["{", "}", "[", "]", ",", ":", '"', "\\", "\\u0000", "\\ud83d", "null", "1e5", "//", " ", "\t", "\x0b", "'", "+", "true", "-", "x", "\ufeff"]


def spoil_field(chance, message):
    holder = message
    if isinstance(message.get("bamgate"), dict) and chance.random() < 0.4:
        holder = message["bamgate"]
    key = chance.choice([*holder, "unknown", "metadata", "routes", "publicKey", "__proto__", "constructor"])
    if chance.random() < 0.2:
        holder.pop(key, None)
    else:
        holder[key] = json.loads(json.dumps(chance.choice(VALUES)))


def deep(depth):
    return "[" * depth + "]" * depth


def spoil_text(chance, text):
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at + chance.choice([0, 0, 1, 5]):]


def spoilt(chance, message):
    message = json.loads(json.dumps(message))
    for _ in range(chance.choice([0, 1, 1, 2])):
        spoil_field(chance, message)
    text = json.dumps(message, ensure_ascii=True)
    if chance.random() < 0.15:
        text = text[:-1] + f',"deep":{deep(chance.randrange(13, 19))}' + "}"
    if chance.random() < 0.3:
        text = spoil_text(chance, text)
    return text


@pytest.fixture
def both(hub_program, workerd, tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "worker").mkdir()
    hosts = [Hub(hub_program, tmp_path / "hub" / "state", ("--plain", "--listen", "127.0.0.1:0")), Worker(tmp_path / "worker" / "state", ())]
    for host in hosts:
        host.wait_ready()
    yield hosts
    for host in hosts:
        host.kill()


async def passed_on(host, frames):
    """Those frames of alpha that reach bravo."""
    alpha, bravo = await join_two(host)
    for frame in frames:
        await alpha.send(frame)
    end = '{"type":"ice-candidate","from":"alpha","to":"bravo","candidate":"the end"}'
    await alpha.send(end)
    came = []
    while (frame := await bravo.receive_text()) != end:
        came.append(frame)
    return came


def tell_apart(hub, worker):
    assert sorted(set(hub) - set(worker)) == [] and sorted(set(worker) - set(hub)) == []


@pytest.mark.parametrize("seed", range(3))
def test_frames(both, seed):
    chance = random.Random(seed)
    frames = [spoilt(chance, chance.choice(GOOD)) for _ in range(1200)]

    async def scene():
        hub, worker = await asyncio.gather(*(passed_on(host, frames) for host in both))
        tell_apart(hub, worker)
        assert hub == worker and 100 < len(hub) < 1100

    asyncio.run(asyncio.wait_for(scene(), 60))


async def joined(host, frame):
    """What it is listed as; None: it was not let in."""
    client = Client(await host.connect())
    await client.send(frame)
    await client.send(join_message("after", KEY_A))
    try:
        watcher = Client(await host.connect())
        await client.receive()
        await watcher.send(join_message("watcher", KEY_A))
        entries = (await watcher.receive())["peers"]
    except ConnectionClosed:
        return None
    finally:
        await client.close()
        await watcher.close()
    return entries


def test_joins(both):
    chance = random.Random(7)
    frames = [spoilt(chance, JOIN) for _ in range(250)]

    async def scene():
        for number, frame in enumerate(frames):
            hub, worker = await asyncio.gather(*(joined(host, frame) for host in both))
            assert hub == worker, f"{number}: {frame!r}"

    asyncio.run(asyncio.wait_for(scene(), 80))
