# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is told what: the rows of the table of hub semantics (docs/protocol.md)."""

import json

import pytest

from hub_process import KEY_A, KEY_B, Client, join_message, join_two, run


def offer(sender, to, **fields):
    return {"type": "offer", "from": sender, "to": to, "sdp": "v=0\r\n", "publicKey": KEY_A, **fields}


def test_first_peer_gets_an_empty_list(hub):
    async def scene():
        alpha = await hub.join("alpha")
        assert alpha.first == {"type": "peers", "peers": []}

    run(scene())


def test_newcomer_gets_the_list_and_the_others_get_the_newcomer(hub):
    async def scene():
        bravo = await hub.join("bravo", KEY_B, address="10.0.0.2/24")
        alpha = await hub.join("alpha", KEY_A, address="10.0.0.1/24", routes=["192.168.1.0/24"])
        assert alpha.first == {
            "type": "peers",
            "peers": [{"peerId": "bravo", "publicKey": KEY_B, "address": "10.0.0.2/24"}],
        }
        assert await bravo.receive() == {
            "type": "peers",
            "peers": [
                {"peerId": "alpha", "publicKey": KEY_A, "address": "10.0.0.1/24", "routes": ["192.168.1.0/24"]}
            ],
        }

    run(scene())


def test_metadata_is_listed(hub):
    metadata = {"dns": '["10.96.0.10"]', "routes": '["192.168.1.0/24"]'}

    async def scene():
        await hub.join("alpha", metadata=metadata)
        bravo = await hub.join("bravo", KEY_B)
        assert bravo.first["peers"][0]["metadata"] == metadata

    run(scene())


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"offer","to":"bravo","from":"alpha","sdp":"v=0\\r\\n","unknown":{"a":[1]}}',
        '{ "sdp" : "v=0", "type":"answer", "to":"bravo", "from":"alpha", "bamgate":{"paths":["ice"]} }',
        '{"candidate":"candidate:1 1 udp 1 192.0.2.10 5 typ host \\u003c","from":"alpha","to":"bravo",'
        '"type":"ice-candidate"}',
    ],
    ids=["offer", "answer", "candidate"],
)
def test_frames_are_forwarded_as_they_came(hub, frame):
    async def scene():
        alpha, bravo = await join_two(hub)
        await alpha.send(frame)
        assert await bravo.receive_text() == frame

    run(scene())


def test_unknown_receiver_is_nobodys_business(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await alpha.send(offer("alpha", "nobody"))
        assert await bravo.nothing_came(alpha)
        assert await alpha.nothing_came(bravo)

    run(scene())


def test_nobody_speaks_for_others(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await alpha.send(offer("charlie", "bravo"))
        await alpha.send(offer("bravo", "bravo"))
        assert await bravo.nothing_came(alpha)

    run(scene())
    hub.check_said("speaks as “charlie”")


def test_second_join_on_a_socket_is_ignored(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await alpha.send(join_message("charlie", KEY_A))
        assert await bravo.nothing_came(alpha)

    run(scene())


@pytest.mark.parametrize(
    "frame",
    [
        "rubbish",
        "[]",
        '"join"',
        "{}",
        '{"type":"join"}',
        '{"type":"join","peerId":""}',
        '{"type":"join","peerId":7,"publicKey":"k"}',
        '{"type":"join","peerId":"a\\nb","publicKey":"k"}',
        '{"type":"peers","peers":null}',
        '{"type":"ping"}',
        "[" * 30000,
        b'{"type":"join","peerId":"binary","publicKey":"k"}',
    ],
    ids=lambda frame: repr(frame)[:30],
)
def test_what_is_no_join_leaves_a_socket_unjoined(hub, frame):
    async def scene():
        client = Client(await hub.connect(), "alpha")
        await client.send(frame)
        await client.send(offer("alpha", "alpha"))
        await client.send(join_message("alpha"))
        assert await client.receive() == {"type": "peers", "peers": []}

    run(scene())


@pytest.mark.parametrize(
    "frame",
    ["rubbish", '{"type":"offer","from":"alpha","to":"bravo","sdp":1}', '{"type":"peer-left","peerId":"bravo"}',
     '{"type":"peers","peers":[]}', b"\x00\xff", '{"type":"offer","from":"alpha","to":"bravo","sdp":"\\ud800"}'],
    ids=["rubbish", "number", "peer-left", "peers", "binary", "surrogate"],
)
def test_malformed_later_frames_are_ignored(hub, frame):
    async def scene():
        alpha, bravo = await join_two(hub)
        await alpha.send(frame)
        assert await bravo.nothing_came(alpha)

    run(scene())


def test_leaving_is_told_to_the_others(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await bravo.close()
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    run(scene())


def test_lost_connection_is_told_to_the_others(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        bravo.socket.transport.abort()
        assert await alpha.receive() == {"type": "peer-left", "peerId": "bravo"}

    run(scene())


def test_second_socket_of_a_device_takes_the_place_of_the_first(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        again = await hub.join("bravo", KEY_B, address="10.0.0.9/24")
        assert [peer["peerId"] for peer in again.first["peers"]] == ["alpha"]
        assert (await alpha.receive())["peers"][0]["address"] == "10.0.0.9/24"
        code, reason = await bravo.closed()
        assert code == 1008 and "replaced" in reason

        # Neither alpha nor the living socket hears of a departure, and frames reach it.
        assert await alpha.nothing_came(again)
        assert await again.nothing_came(alpha)

    run(scene())


def test_replaced_socket_that_stays_half_open_is_harmless(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        bravo.socket.transport.pause_reading()
        again = await hub.join("bravo", KEY_B)
        await alpha.receive()
        bravo.socket.transport.abort()
        assert await again.nothing_came(alpha)
        assert await alpha.nothing_came(again)

    run(scene())


def test_name_of_a_live_device_cannot_be_taken_with_another_key(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        thief = Client(await hub.connect())
        await thief.send(join_message("bravo", KEY_A))
        code, reason = await thief.closed()
        assert code == 1008 and "another key" in reason
        assert await alpha.nothing_came(bravo)
        assert await bravo.nothing_came(alpha)

    run(scene())


def test_name_is_free_again_when_its_device_has_left(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        await bravo.close()
        await alpha.receive()
        other = await hub.join("bravo", KEY_A)
        assert other.first["peers"][0]["peerId"] == "alpha"

    run(scene())


def test_rooms_do_not_see_each_other(hub):
    async def scene():
        alpha, bravo = await join_two(hub)
        other = await hub.join("alpha", KEY_B, query="?room=other")
        assert other.first["peers"] == []
        fourth = await hub.join("delta", KEY_A, query="?room=other")
        assert fourth.first["peers"][0]["publicKey"] == KEY_B
        assert await alpha.nothing_came(bravo)

    run(scene())


@pytest.mark.parametrize("query", ["?room=", "?other=1", "?room=default"])
def test_default_room_has_many_names(hub, query):
    async def scene():
        await hub.join("alpha")
        bravo = await hub.join("bravo", KEY_B, query=query)
        assert bravo.first["peers"][0]["peerId"] == "alpha"

    run(scene())


def test_large_list_comes_in_frames_below_the_limit(hub):
    async def scene():
        members = [
            await hub.join(f"peer-{i}", KEY_A, routes=[f"10.{i}.{j}.0/24" for j in range(60)]) for i in range(40)
        ]
        last = Client(await hub.connect(), "last")
        await last.send(join_message("last"))
        names = set()
        while len(names) < len(members):
            text = await last.receive_text()
            assert len(text) <= 32768
            names |= {peer["peerId"] for peer in json.loads(text)["peers"]}
        assert names == {f"peer-{i}" for i in range(40)}

    run(scene())
