# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Go program says and expects, as it says it, where no other test has it: README.md here lists who tests which row."""

import asyncio
import json

import pytest
from aioice import stun

from hub_process import KEY_A, KEY_B, TIMEOUT, Client, join_two, key, run
from turn_client import RELAY_PORT, TurnClient, pair

JOIN_1_5 = f'{{"address":"10.0.0.2/24","peerId":"bravo","publicKey":"{KEY_A}","type":"join"}}'
JOIN_1_9 = ('{"address":"10.0.0.1/24","metadata":{"dns":"[\\"10.96.0.10\\"]","routes":"[\\"192.168.1.0/24\\"]"},"peerId":"alpha",'
            f'"publicKey":"{KEY_B}","routes":["192.168.1.0/24"],"type":"join"}}')


async def join_with(hub, frame, name):
    client = Client(await hub.connect(), name)
    await client.send(frame)
    client.first = await client.receive()
    return client


def test_joins_of_both_generations(hub):
    async def scene():
        bravo = await join_with(hub, JOIN_1_5, "bravo")
        alpha = await join_with(hub, JOIN_1_9, "alpha")
        entries = [{name: value for name, value in json.loads(frame).items() if name != "type"} for frame in (JOIN_1_5, JOIN_1_9)]
        assert bravo.first["peers"] == [] and alpha.first["peers"] == entries[:1]
        assert (await bravo.receive())["peers"] == entries[1:]

    run(scene())


@pytest.mark.parametrize("fields", [{"routes": None}, {"metadata": None}, {"address": None}, {"routes": [], "metadata": {}},
                                    {"unknown": {"a": [1]}, "other": None}])
def test_what_is_nothing_is_left_out(hub, fields):
    async def scene():
        await hub.join("alpha", KEY_A, **fields)
        bravo = await hub.join("bravo", KEY_B)
        assert bravo.first["peers"] == [{"peerId": "alpha", "publicKey": KEY_A}]

    run(scene())


@pytest.mark.parametrize("body", ["", "{}", "rubbish"])
def test_body_of_an_invite_is_ignored(hub, body):
    status, _, text = hub.request("POST", "/invite", hub.token, body=body)
    assert status == 200 and json.loads(text)["expires_in"] == 600


@pytest.mark.parametrize("path", ["/invite/", "/invite/AB_12", "/invite/AB12-CD34/", "/invite/%41B12-CD34", "/invite/AB12.CD34"])
def test_codes_have_their_letters(hub, path):
    assert hub.request("GET", path)[0] == 404


def test_invites_are_of_the_main_room(hub):
    status, _, text = hub.request("POST", "/invite?room=other", hub.token)
    assert status == 200
    assert hub.get_json("GET", f"/invite/{json.loads(text)['code']}?room=third", headers=key(KEY_A))[1]["address"] == "10.0.0.1/24"


def test_full_network_names_no_address(start_hub, hub_kind):
    hub = start_hub(*(("--plain", "--listen", "127.0.0.1:0") if hub_kind == "hub" else ()), "--subnet", "10.0.0.0/30")

    async def scene():
        for number, public_key in (1, KEY_A), (2, KEY_B):
            await hub.join(f"peer{number}", public_key, address=f"10.0.0.{number}/30")

    run(scene())
    status, info = hub.get_json("GET", "/network-info", hub.token)
    assert status == 200 and info["next_address"] is None and len(info["devices"]) == 2


# The relay


def request(method, **attributes):
    message = stun.Message(method, stun.Class.REQUEST)
    message.attributes.update(attributes)
    return message


def test_first_answer_has_realm_and_nonce(hub):
    """The Go program gives up without."""
    async def scene():
        for username in None, "4102444800:alpha":
            device = await TurnClient.open(hub)
            ask = request(stun.Method.ALLOCATE, **{"REQUESTED-TRANSPORT": 17 << 24}, **({"USERNAME": username} if username else {}))
            answer = await device.ask(ask)
            assert answer.attributes["ERROR-CODE"] == (401, "Unauthorized")
            assert answer.attributes["REALM"] == "bamgate" and answer.attributes["NONCE"]
            assert "MESSAGE-INTEGRITY" not in answer.attributes

    run(scene())


def test_allocate_that_is_sent_again(hub):
    """Its answer got lost: it is the same one, not 437."""
    async def scene():
        device = await TurnClient.open(hub)
        await device.challenge()
        ask = device.sign(request(stun.Method.ALLOCATE, **{"REQUESTED-TRANSPORT": 17 << 24}))
        answers = []
        for _ in range(2):
            await device.socket.send(bytes(ask))
            answers.append(await device.receive())
        assert answers[0] == answers[1]
        attributes = stun.parse_message(answers[0]).attributes
        assert attributes["LIFETIME"] == 600 and attributes["XOR-RELAYED-ADDRESS"] == ("10.255.0.1", RELAY_PORT)
        assert attributes["XOR-MAPPED-ADDRESS"] == ("127.0.0.1", 1234)
        assert (await device.signed(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=17 << 24))[1] == 437

    run(scene())


def test_lifetimes_and_the_end(hub):
    async def scene():
        device = await TurnClient.open(hub)
        assert await device.allocate() == 0
        assert await device.refresh(7200) == (3600, 0)
        assert await device.refresh(0) == (0, 0)
        assert (await device.refresh(600))[1] == 437
        assert await device.bind(0x4000, ("10.255.0.2", RELAY_PORT)) == 437

    run(scene())


def test_answers_to_what_is_wrong(hub):
    async def scene():
        device = await TurnClient.open(hub)
        assert await device.allocate() == 0
        for channel in 0x3FFF, 0x8000:
            assert await device.bind(channel, ("10.255.0.2", RELAY_PORT)) == 400
        device.password += "x"
        assert (await device.refresh(600))[1] == 438
        assert device.realm == "bamgate"

    run(scene())


def test_frames_of_the_relay(hub):
    """One message each, padded or not; what follows in a frame is ignored."""
    async def scene():
        alpha, bravo = await pair(hub)
        for frame in b"\x40\0\0\x05hello\0\0\0", b"\x40\0\0\x05hello", b"\x40\0\0\x05hello\0\0\0\x40\0\0\x05again\0\0\0":
            await alpha.socket.send(frame)
            assert await bravo.receive() == b"\x40\0\0\x05hello\0\0\0"
        assert await bravo.nothing_came()

    run(scene())


def test_frames_of_many(hub):
    """Who says that it sends several in a frame: all of them count."""
    async def scene():
        alpha, bravo = await pair(hub, headers={"Bamgate-Relay": "1"})
        await alpha.socket.send(b"\x40\0\0\x05hello\0\0\0" + bytes(request(stun.Method.BINDING)) + b"\x40\0\0\x05again")
        assert [await bravo.receive_payload(), await bravo.receive_payload()] == [b"hello", b"again"]
        assert stun.parse_message(await alpha.receive()).message_method == stun.Method.BINDING
        assert await bravo.nothing_came()

    run(scene())


def test_what_the_hub_takes_is_said(hub):
    async def scene():
        socket = await hub.turn()
        headers = getattr(socket, "response_headers", None) or socket.response.headers
        assert headers["Bamgate-Relay"] == "1"

    run(scene())


def test_binding_says_where_nobody_is(hub):
    async def scene():
        device = await TurnClient.open(hub)
        assert (await device.ask(request(stun.Method.BINDING))).attributes["XOR-MAPPED-ADDRESS"] == ("127.0.0.1", 1234)

    run(scene())


def test_name_with_a_colon(hub):
    """The username is cut at its first colon."""
    async def scene():
        device = await TurnClient.open(hub, name="a:b")
        assert await device.allocate() == 0

    run(scene())


def test_frames_of_a_connection(hub):
    """An offer, an answer and candidates of both sides, as the Go program writes them."""
    async def scene():
        alpha, bravo = await join_two(hub)
        frames = [(alpha, bravo, '{"from":"alpha","publicKey":"%s","sdp":"v=0\\r\\na=x \\u003c\\u0026\\u003e\\r\\n","to":"bravo","type":"offer"}' % KEY_A),
                  (bravo, alpha, '{"from":"bravo","sdp":"v=0\\r\\n","to":"alpha","type":"answer"}'),
                  (alpha, bravo, '{"candidate":"candidate:4 1 udp 16777215 10.255.0.1 50000 typ relay ufrag kQzb","from":"alpha","to":"bravo","type":"ice-candidate"}'),
                  (bravo, alpha, '{"candidate":"","from":"bravo","to":"alpha","type":"ice-candidate"}')]
        for sender, receiver, frame in frames:
            await sender.send(frame)
            assert await asyncio.wait_for(receiver.receive_text(), TIMEOUT) == frame

    run(scene())
