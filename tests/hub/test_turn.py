# SPDX-License-Identifier: LGPL-2.1-or-later
"""The relay, as devices use it."""

import asyncio
import json
import subprocess

import pytest
from aioice import stun

from hub_process import run, wait_for
from turn_client import RELAY_PORT, TurnClient, pair

LOOPBACK = ("--listen", "127.0.0.1:0")
PLAIN = ("--plain", *LOOPBACK)


@pytest.mark.parametrize("options", [PLAIN, LOOPBACK], ids=["plain", "tls"])
def test_two_devices_talk(start_hub, options):
    hub = start_hub(*options)

    async def scene():
        alpha, bravo = await pair(hub)
        assert alpha.address == ("10.255.0.1", RELAY_PORT) and bravo.address == ("10.255.0.2", RELAY_PORT)
        for length in 0, 1, 4, 1279, 1500, 30000:
            await alpha.send_channel(0x4000, b"a" * length)
            assert await bravo.receive_payload() == b"a" * length
            await bravo.send_channel(0x4000, b"b" * length)
            assert await alpha.receive_payload() == b"b" * length
        assert await alpha.nothing_came() and await bravo.nothing_came()

    run(scene())


def test_indications_without_channels(hub):
    async def scene():
        alpha = await TurnClient.open(hub, "alpha")
        bravo = await TurnClient.open(hub, "bravo")
        await alpha.allocate()
        await bravo.allocate()
        assert await alpha.permit(bravo.address) == 0
        await alpha.send(bravo.address, b"to whom has not permitted us")
        assert await alpha.nothing_came()  # it has been taken
        assert await bravo.permit(alpha.address) == 0
        assert await bravo.nothing_came()
        await alpha.send(bravo.address, b"hello")
        message = stun.parse_message(await bravo.receive())
        assert message.attributes["DATA"] == b"hello" and message.attributes["XOR-PEER-ADDRESS"] == alpha.address

    run(scene())


def test_secret_is_given_with_the_invite_and_later(hub):
    assert hub.turn_secret.startswith("bg_") and len(hub.turn_secret) == 51
    assert (hub.state / "turn-secret").stat().st_mode & 0o777 == 0o600
    assert hub.get_json("GET", f"/invite/{hub.new_invite()}")[1]["turn_secret"] == hub.turn_secret
    assert hub.get_json("GET", "/network-info", hub.token)[1]["turn_secret"] == hub.turn_secret


def test_hub_without_relay(start_hub):
    hub = start_hub(*PLAIN, "--no-relay")
    assert run(hub.refused("", path="/turn")) == 404
    assert hub.get_json("GET", f"/invite/{hub.new_invite()}")[1]["turn_secret"] == ""
    assert "relay" not in hub.get_json("GET", "/status", hub.token)[1]
    assert not (hub.state / "turn-secret").exists()


@pytest.mark.host_only("hub", "there it is a variable")
def test_secret_of_a_file(start_hub, tmp_path):
    (tmp_path / "secret").write_text("a-secret-from-elsewhere\n")
    hub = start_hub(*PLAIN, "--turn-secret-file", str(tmp_path / "secret"))

    async def scene():
        alpha = await TurnClient.open(hub, secret="a-secret-from-elsewhere")
        assert await alpha.allocate() == 0

    run(scene())


def test_counters_for_those_who_are_in(hub):
    async def scene():
        alpha, bravo = await pair(hub)
        await alpha.send_channel(0x4000, b"x" * 100)
        await bravo.receive()
        status, answer = await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token)
        figures = answer["relay"]
        assert (figures["sockets"], figures["allocations"], figures["messages"], figures["bytes"]) == (2, 2, 1, 100)
        assert "relay" not in (await asyncio.to_thread(hub.get_json, "GET", "/status"))[1]

    run(scene())


@pytest.mark.host_only("hub", "a deploy cuts, and says nothing")
def test_hub_goes_down(hub):
    async def scene():
        alpha, _ = await pair(hub)
        hub.process.terminate()
        await asyncio.wait_for(alpha.socket.wait_closed(), 10)
        assert alpha.socket.close_code == 1001

    run(scene())
    assert hub.process.wait(10) == 0


@pytest.mark.parametrize("options", [PLAIN, LOOPBACK], ids=["plain", "tls"])
def test_a_full_line_never_stands_still(start_hub, build, options):
    """Thousands of packets, of which none may be lost, or the sender would wait for ever."""
    hub = start_hub(*options, "--relay-rate", "0")
    blast = build / "tests" / "bench" / "relay-blast"
    done = subprocess.run([blast, hub.url, hub.state / "token", hub.state / "turn-secret", "1"], capture_output=True,
                          text=True, timeout=30, check=True)
    measured = json.loads(done.stdout)
    assert measured["packets"] > 100
