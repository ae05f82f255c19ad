# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices with credentials of their own (docs/devices.md, A device)."""

import asyncio
import base64
import contextlib
import hmac
import http.client
import json
import os
import re
import time

import pytest

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from device_client import Answer, Device, ask_to_register, call, invited, new_key, owner, proof, register, registration_body
from hub_process import KEY_A, Client, join_message, redeem, run, trusting_context, wait_for_seconds
from turn_client import TurnClient
from vectors import registration

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


def decode(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


# --- Registering ---


def test_first_device_registers_with_the_token_and_manages(hub):
    device = owner(hub)
    assert device.state == "active" and re.fullmatch("[0-9a-f]{32}", device.id)
    assert re.fullmatch("bgr_[0-9a-f]{64}", device.refresh_token)
    answer = device.answer
    assert answer["address"] == "10.0.0.1/24" and answer["subnet"] == "10.0.0.0/24" and answer["expires_in"] == 3600
    assert re.fullmatch("fd[0-9a-f:]+::/64", answer["subnet6"])
    assert answer["address6"] == answer["subnet6"].replace("::/64", "::1/64")
    assert answer["log"] == 0 and answer["turn_secret"] == hub.turn_secret and answer["server_url"].startswith("http://127")
    assert device.listed()["owner"] is True
    assert device.listed(invited(hub, "second", device))["owner"] is False


def test_access_token_is_a_jwt(hub):
    device = owner(hub)
    header, claims, _ = device.access_token.split(".")
    assert decode(header)["alg"] == "HS256" and re.fullmatch("k_[0-9a-f]{16}", decode(header)["kid"])
    claims = decode(claims)
    assert claims == {"sub": device.id, "owner": True, "net": "default", "iat": claims["iat"], "exp": claims["iat"] + 3600}
    assert abs(claims["iat"] - time.time()) < 60


@pytest.mark.parametrize("change", ["claims", "signature", "none", "kid", "parts", "cut"])
def test_access_token_that_was_changed_opens_nothing(hub, change):
    device = owner(hub)
    header, claims, signature = device.access_token.split(".")
    said = decode(claims)
    forged = {
        "claims": f"{header}.{base64.urlsafe_b64encode(json.dumps({**said, 'owner': True}).encode()).decode().rstrip('=')}."
                  f"{signature}",
        "signature": f"{header}.{claims}.{signature[:-4]}AAAA",
        "none": base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=") + f".{claims}.",
        "kid": base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"k_0000000000000000","typ":"JWT"}').decode().rstrip("=")
               + f".{claims}.{signature}",
        "parts": f"{header}.{claims}", "cut": device.access_token[:-1],
    }[change]
    assert call(hub, "GET", "/auth/devices", token=forged).status == 401
    assert hub.request("GET", "/connect", forged)[0] == 401
    assert device.call("GET", "/auth/devices").status == 200


def test_code_is_good_once_and_again_for_the_same_key(hub):
    first = owner(hub)
    code, key = hub.new_invite(), new_key()
    device = Device(hub, "second", code, key)
    again = Device(hub, "second", code, key)
    assert (again.id, again.answer["address"]) == (device.id, device.answer["address"])
    assert again.refresh_token != device.refresh_token
    assert device.refresh().status == 401 and again.refresh().status == 200
    assert register(hub, "third", code=code).status == 404
    assert len(first.call("GET", "/auth/devices")["devices"]) == 2


def test_token_registers_the_same_device_again(hub):
    first = owner(hub)
    again = Device(hub, "renamed", public_key=first.public_key)
    assert again.id == first.id and again.listed()["device_name"] == "renamed"
    assert first.refresh().status == 401


def test_another_code_is_good_for_who_has_the_key(hub):
    """A machine that lost its credentials, whether it had used them or not, and whatever it is."""
    first = owner(hub)
    assert first.refresh().status == 200
    again = Device(hub, "first", hub.new_invite(), first.public_key)
    assert again.id == first.id and again.listed()["owner"] is True and first.refresh().status == 401


@pytest.mark.parametrize("body, words", [
    ("", "JSON"), ("[]", "JSON"), ('{"a":1} {}', "JSON"), ("{" * 40 + "}" * 40, "JSON"), ('{"device_name":"x"}', "public_key"),
    (json.dumps({"public_key": KEY_A}), "device_name"), (json.dumps({"device_name": "a/b", "public_key": KEY_A}), "device_name"),
    (json.dumps({"device_name": "a", "public_key": KEY_A[:-2] + "p="}), "public_key"),
    (json.dumps({"device_name": "a", "public_key": 7}), "public_key")])
def test_what_is_missing_is_named(hub, body, words):
    answer = call(hub, "POST", "/auth/register", body, hub.token)
    assert answer.status == 400 and words in answer.error
    assert owner(hub).state == "active"


def test_nobody_registers_without_code_or_token(hub):
    assert register(hub, "x").status == 401
    assert register(hub, "x", token="bg_" + "0" * 48).status == 401
    assert register(hub, "x", code="AAAA-AAAA").status == 404
    assert register(hub, "x", code="no code").status == 404


def test_expired_code(start_hub):
    hub = start_hub(*PLAIN, "--invite-lifetime", "1")
    code = hub.new_invite()
    wait_for_seconds(1.1)  # the passing of this second is what is tested
    assert register(hub, "x", code=code).status == 410


@pytest.mark.host_only("hub", "GitHub is the Worker's")
def test_github_is_refused_in_words(hub):
    answer = call(hub, "POST", "/auth/register", {"device_name": "x", "github_token": "gho_x"})
    assert answer.status == 403 and "GitHub" in answer.error


def test_wrong_codes_and_tokens_have_shares(hub):
    code = hub.new_invite()
    statuses = [register(hub, "x", code="AAAA-AAAA").status for _ in range(11)]
    assert statuses == [404] * 10 + [429]
    assert register(hub, "x", code=code).status == 429 and redeem(hub, code)[0] == 429
    device = owner(hub)
    statuses = [device.refresh("bgr_" + "0" * 64).status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    limited = device.refresh()
    assert limited.status == 429 and int(limited.headers["Retry-After"]) >= 1


def test_good_ones_do_not_count(hub):
    device = owner(hub)
    assert [device.refresh(rotate=False).status for _ in range(30)] == [200] * 30


def test_network_full_of_addresses(start_hub):
    hub = start_hub(*PLAIN, "--subnet", "10.9.0.0/30")
    first, second = owner(hub), invited(hub, "second")
    code, key = hub.new_invite(), new_key()
    assert register(hub, "third", key, code).status == 507
    assert second.call("POST", "/auth/leave").status == 200
    assert register(hub, "third", key, code)["address"] == "10.9.0.2/30"
    assert first.answer["address"] == "10.9.0.1/30"


def test_a_device_of_before_keeps_its_address_or_stays_as_it_is(hub):
    owner(hub)
    for address, status in (("10.70.0.1/24", 409), ("10.0.0.1/24", 409), ("10.0.0.9/24", 200)):
        answer = register(hub, "old", token=hub.token, address=address)
        assert answer.status == status, address
    assert answer["address"] == "10.0.0.9/24"


# --- The proof of the key ---


def way_in(hub, by):
    """What opens the registration."""
    return {"code": hub.new_invite()} if by == "code" else {"token": hub.token}


@pytest.mark.parametrize("by", ["code", "token"])
@pytest.mark.parametrize("is_used", [False, True])
def test_nobody_takes_a_device_without_its_private_key(hub, by, is_used):
    """An owner, before its first refresh and after it; keys are no secret, and codes and the token many have."""
    first = owner(hub)
    if is_used:
        assert first.refresh().status == 200
    way, thief = way_in(hub, by), os.urandom(32)
    asked = ask_to_register(hub, "first", first.public_key, **way)
    assert asked.status == 401 and set(asked.json) == {"error", "challenge", "host"}
    said = proof(asked, "first", first.public_key, thief)
    refused = ask_to_register(hub, "first", first.public_key, **way, **said)
    assert refused.status == 401 and refused["challenge"] and "access_token" not in refused.json
    assert first.refresh().status == 200 and first.listed()["owner"] is True
    assert len(first.call("GET", "/auth/devices")["devices"]) == 1


def test_nobody_registers_a_key_that_joined(hub):
    """Of a Go program, under another name: it would wait there as somebody else's machine."""
    first, go_key = owner(hub), new_key()
    run(close_after_join(hub, go_key))
    asked = ask_to_register(hub, "spy", go_key, token=hub.token)
    said = proof(asked, "spy", go_key, os.urandom(32))
    assert ask_to_register(hub, "spy", go_key, token=hub.token, **said).status == 401
    assert len(first.call("GET", "/auth/devices")["devices"]) == 1


async def close_after_join(hub, key):
    await (await hub.join("go", key, address="10.0.0.9/24")).close()


def test_a_code_is_not_used_up_before_the_proof(hub):
    owner(hub)
    code = hub.new_invite()
    assert ask_to_register(hub, "thief", new_key(), code).status == 401
    assert Device(hub, "second", code).state == "active"


def test_strangers_get_no_challenge(hub):
    """They have nothing that a key could be put to the proof for."""
    first = owner(hub)
    for way in ({}, {"token": "bg_" + "0" * 48}, {"code": "AAAA-AAAA"}):
        answer = ask_to_register(hub, "x", first.public_key, **way)
        assert answer.status in (401, 404) and "challenge" not in answer.json


def test_proof_is_good_once(hub):
    key = new_key()
    said = proof(ask_to_register(hub, "a", key, token=hub.token), "a", key)
    first = ask_to_register(hub, "a", key, token=hub.token, **said)
    assert first.status == 200
    again = ask_to_register(hub, "a", key, token=hub.token, **said)
    assert again.status == 401 and again["challenge"] != said["challenge"]
    body = {"device_id": first["device_id"], "refresh_token": first["refresh_token"]}
    assert call(hub, "POST", "/auth/refresh", body).status == 200


def other_byte(text, at):
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return base64.b64encode(raw).decode()


CHANGES = {
    "name": lambda said: {"device_name": "other"},
    "host": lambda said: {"host": "localhost"},
    "pin": lambda said: {"pin": KEY_A},
    "key": lambda said: {"public_key": new_key()},
    "time": lambda said: {"challenge": other_byte(said["challenge"], 7)},
    "much later": lambda said: {"challenge": other_byte(said["challenge"], 3)},
    "point": lambda said: {"challenge": other_byte(said["challenge"], 20)},
    "proof": lambda said: {"proof": KEY_A},
    "no challenge": lambda said: {"challenge": ""},
    "no proof": lambda said: {"proof": None},
    "short": lambda said: {"proof": said["proof"][:-4]},
    "number": lambda said: {"proof": 7},
    "list": lambda said: {"challenge": [said["challenge"]]},
    "blanks": lambda said: {"proof": f" {said['proof']} "},
    "no host": lambda said: {"host": None},
}


@pytest.mark.parametrize("change", CHANGES)
def test_proof_for_something_else(hub, change):
    key = new_key()
    said = proof(ask_to_register(hub, "a", key, token=hub.token), "a", key)
    body = {**registration_body("a", key), **said, **CHANGES[change](said)}
    answer = call(hub, "POST", "/auth/register", body, hub.token)
    assert answer.status == 401 and answer["challenge"] and answer["host"] == "127.0.0.1"
    assert ask_to_register(hub, "a", key, token=hub.token, **said).status == 200


def test_proof_for_another_hub(start_hub):
    """A hub that hands on the challenge of an honest one is named by what it gets."""
    honest = start_hub(*PLAIN, "--public-url", "https://honest.example:8443", state="honest")
    key = new_key()
    challenge = ask_to_register(honest, "a", key, token=honest.token)
    relayed = proof(challenge, "a", key, host="liar.example")
    assert challenge["host"] == "honest.example"
    assert ask_to_register(honest, "a", key, token=honest.token, **relayed).status == 401
    renamed = {**relayed, "host": "honest.example"}
    assert ask_to_register(honest, "a", key, token=honest.token, **renamed).status == 401
    for headers in ({"Host": "liar.example"}, {"Host": "honest.example"}):
        body = {**registration_body("a", key), **relayed}
        assert call(honest, "POST", "/auth/register", body, honest.token, headers).status == 401
    good = proof(challenge, "a", key, host="honest.example")
    assert ask_to_register(honest, "a", key, token=honest.token, **good).status == 200


def test_challenge_of_another_hub(start_hub):
    one, two = start_hub(*PLAIN, state="one"), start_hub(*PLAIN, state="two")
    key = new_key()
    said = proof(ask_to_register(one, "a", key, token=one.token), "a", key)
    assert ask_to_register(two, "a", key, token=two.token, **said).status == 401


@pytest.mark.host_only("hub", "a Worker has no certificate of its own")
def test_pin_names_the_hub_whatever_it_is_called(start_hub):
    hub = start_hub("--listen", "127.0.0.1:0", "--public-url", "https://honest.example")
    key = new_key()

    def ask(**said):
        headers = hub.bearer(hub.token) | {"Content-Type": "application/json"}
        connection = http.client.HTTPSConnection("127.0.0.1", hub.port, timeout=10, context=trusting_context())
        with contextlib.closing(connection):
            connection.request("POST", "/auth/register", json.dumps({**registration_body("a", key), **said}), headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())

    asked = ask()
    assert ask(**proof(asked, "a", key, pin=KEY_A)).status == 401
    assert ask(**proof(asked, "a", key)).status == 401
    assert ask(**proof(asked, "a", key, pin=hub.pin)).status == 200


@pytest.mark.parametrize("point", ["00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f",
                                   "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                   "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"])
def test_key_of_small_order(hub, point):
    """Everybody agrees with it on zeroes, and so could prove it."""
    key = base64.b64encode(bytes.fromhex(point)).decode()
    challenge = ask_to_register(hub, "a", key, token=hub.token)["challenge"]
    raw = base64.b64decode(challenge)
    secret = HKDF(SHA256(), 32, None, registration.LABEL).derive(bytes(32))
    fields = raw, bytes.fromhex(point), b"a", b"127.0.0.1", b""
    covered = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    forged = base64.b64encode(hmac.new(secret, covered, "sha256").digest()).decode()
    said = {"challenge": challenge, "proof": forged, "host": "127.0.0.1"}
    assert ask_to_register(hub, "a", key, token=hub.token, **said).status == 401


@pytest.mark.long
@pytest.mark.limit(200)
def test_proof_that_is_late(hub):
    key = new_key()
    said = proof(ask_to_register(hub, "a", key, token=hub.token), "a", key)
    until = int.from_bytes(base64.b64decode(said["challenge"])[:8], "big")
    assert 60 < until - time.time() <= 121
    time.sleep(until - time.time() + 1)  # the passing of this time is what is tested
    assert ask_to_register(hub, "a", key, token=hub.token, **said).status == 401


# --- Refreshing ---


def test_rotation_costs_nothing_when_an_answer_is_lost(hub):
    device = owner(hub)
    old = device.refresh_token
    lost = device.refresh(old)
    assert lost.status == 200 and lost["refresh_token"] != old and lost["refresh_age"] == 0 and lost["state"] == "active"
    again = device.refresh(old)
    assert again.status == 200 and again["refresh_token"] not in (old, lost["refresh_token"])
    assert device.refresh(lost["refresh_token"]).error == "invalid refresh token"
    device.refresh_token = again["refresh_token"]
    assert device.refresh().status == 200
    reused = device.refresh(old)
    assert (reused.status, reused.error) == (401, "invalid refresh token")
    device.refresh_token = again["refresh_token"]
    assert device.refresh().status == 200


def test_replaced_token_is_said_in_the_log(hub):
    device = owner(hub)
    old = device.refresh_token
    assert device.refresh().status == 200 and device.refresh(rotate=False).status == 200
    assert device.refresh(old).status == 401
    hub.check_said("may have a copy")


def test_refresh_without_rotation_keeps_the_token(hub):
    device = owner(hub)
    token = device.refresh_token
    answer = device.refresh(rotate=False)
    assert answer["refresh_token"] == token and answer["refresh_age"] < 60
    assert device.refresh(rotate=False)["refresh_token"] == token
    assert device.call("GET", "/auth/devices").status == 200


@pytest.mark.parametrize("body", [{}, {"device_id": "x"}, {"device_id": 1, "refresh_token": "x"},
                                  {"device_id": "x", "refresh_token": "y", "rotate": "yes"}])
def test_refresh_that_says_too_little(hub, body):
    assert call(hub, "POST", "/auth/refresh", body).status == 400


def test_refresh_of_nobody(hub):
    answer = call(hub, "POST", "/auth/refresh", {"device_id": "0" * 32, "refresh_token": "bgr_" + "0" * 64})
    assert (answer.status, answer.error) == (401, "device not found or revoked")


@pytest.mark.host_only("hub", "what the Worker stores is not for others to read")
def test_secrets_at_rest(hub):
    device = owner(hub)
    device.refresh()
    hub.stop()
    stored = b"".join(path.read_bytes() for path in hub.state.glob("hub.sqlite*"))
    assert device.id.encode() in stored and device.refresh_token.encode() not in stored
    for secret in device.refresh_token, device.access_token:
        assert secret not in hub.log()


def test_restart_keeps_devices_credentials_and_access_tokens(start_hub):
    hub = start_hub(*PLAIN)
    device = owner(hub)
    hub.stop()
    hub = device.hub = start_hub(*PLAIN)
    assert device.call("GET", "/auth/devices").status == 200
    assert device.refresh().status == 200
    assert invited(hub, "second").answer["subnet6"] == device.answer["subnet6"]


# --- Joining ---


def test_device_joins_under_its_own_name(hub):
    async def scene():
        device = owner(hub)
        client = await device.joined()
        assert client.first["peers"] == [] and client.network == {"log": 0, "pending": 0, "type": "network"}
        assert device.listed()["online"] is True
        other = await hub.join("other", KEY_A)
        assert (await client.receive())["peers"][0]["peerId"] == "other"
        await other.close()
        assert await client.receive() == {"type": "peer-left", "peerId": "other"}

    run(scene())


@pytest.mark.parametrize("said", [{"name": "other"}, {"public_key": KEY_A}, {"address": "10.0.0.77/24"}])
def test_device_joins_under_nothing_else(hub, said):
    async def scene():
        device = owner(hub)
        client = await device.join(**said)
        code, reason = await client.closed()
        assert code == 1008 and "its own" in reason
        assert (await device.joined()).first["peers"] == []

    run(scene())


@pytest.mark.parametrize("address", [None, "10.0.0.1", "10.0.0.1/32"])
def test_address_may_be_said_in_other_words(hub, address):
    async def scene():
        client = await owner(hub).join(address=address)
        assert (await client.receive())["peers"] == []

    run(scene())


def test_token_takes_over_no_registered_device(hub):
    """Its name under another key, and its key under another name."""
    async def scene():
        device = owner(hub)
        for name, key in (("first", KEY_A), ("other", device.public_key)):
            client = Client(await hub.connect())
            await client.send(join_message(name, key))
            assert (await client.closed())[0] == 1008
        client = await hub.join("first", device.public_key, address=device.answer["address"])
        assert client.first["peers"] == []

    run(scene())


def test_hub_says_that_it_registers_devices(hub):
    assert hub.request("GET", "/network-info", hub.token)[1]["Bamgate-Devices"] == "1"
    assert hub.request("GET", "/connect", hub.token)[1]["Bamgate-Devices"] == "1"

    async def scene():
        socket = await hub.connect()
        headers = socket.response.headers if hasattr(socket, "response") else socket.response_headers
        assert headers["Bamgate-Devices"] == "1"

    run(scene())


def test_device_opens_what_the_token_opens(hub):
    device = owner(hub)
    assert device.call("GET", "/network-info").status == 200
    assert device.call("POST", "/invite").status == 200
    assert "relay" in device.call("GET", "/status").json

    async def scene():
        assert await (await TurnClient.open(hub, "first", token=device.access_token)).allocate() == 0

    run(scene())


def test_token_opens_no_device_endpoints(hub):
    owner(hub)
    for method, path in (("GET", "/auth/devices"), ("POST", "/auth/leave"), ("GET", "/network/log"),
                         ("DELETE", "/auth/devices/0"), ("PATCH", "/auth/devices/0")):
        assert call(hub, method, path, {}, hub.token).status == 401
        assert call(hub, method, path, {}).status == 401


# --- Managing ---


def test_device_has_one_share_of_the_relay_under_whatever_names(start_hub):
    hub = start_hub(*PLAIN, "--relay-rate", "1")
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        reader = await TurnClient.open(hub, "reader", token=first.access_token)
        writers = [await TurnClient.open(hub, name, token=second.access_token) for name in ("second", "third", "fourth")]
        assert await reader.allocate() == 0
        for channel, writer in enumerate(writers, 0x4000):
            assert await writer.allocate() == 0
            assert await writer.bind(0x4000, reader.address) == 0 and await reader.bind(channel, writer.address) == 0
        for writer in writers:
            for _ in range(100):
                await writer.send_channel(0x4000, bytes(1200))
        for writer in writers:
            await writer.refresh(600)  # what was sent before has been looked at
        said = (await asyncio.to_thread(hub.get_json, "GET", "/status", hub.token))[1]["relay"]
        assert said["messages"] <= 75 and said["dropped_over_rate"] >= 225

    run(scene())


def test_revocation_cuts_at_once(hub):
    first = owner(hub)
    second, third = invited(hub, "second", first), invited(hub, "third", first)

    async def scene():
        watcher = await first.joined()
        client = await second.joined()
        assert (await watcher.receive())["peers"][0]["peerId"] == "second"
        unjoined = await second.connect()
        relayed = await TurnClient.open(hub, "second", token=second.access_token)
        assert await relayed.allocate() == 0
        assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
        for cut in client, unjoined:
            assert await cut.closed() == (1008, "this device was revoked")
        await relayed.socket.wait_closed()
        news = [await watcher.receive() for _ in range(2)]
        assert {"type": "peer-left", "peerId": "second"} in news
        assert {"log": 0, "pending": 0, "revoked": 1, "type": "network"} in news
        assert await hub.refused(token=second.access_token) == 401
        assert await hub.refused(path="/turn", token=second.access_token) == 401
        back = Client(await hub.connect())
        await back.send(join_message("second", second.public_key))
        assert (await back.closed())[0] == 1008

    run(scene())
    assert second.refresh().error == "device not found or revoked"
    for method, path in (("GET", "/network-info"), ("POST", "/invite"), ("GET", "/auth/devices"), ("GET", "/network/log")):
        assert second.call(method, path).status == 401
    assert register(hub, "second", second.public_key, hub.new_invite()).status == 403
    assert register(hub, "second", second.public_key, token=hub.token).status == 403
    listed = third.listed(second)
    assert (listed["state"], listed["revoked"], listed["online"], listed["address"]) == ("revoked", True, False, "")
    newcomer = invited(hub, "second", first)
    assert newcomer.state == "active" and newcomer.answer["address"] == "10.0.0.4/24"  # others remember whose the second was


def test_revocation_cuts_who_came_by_the_token(hub):
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        client = Client(await hub.connect())
        await client.send(join_message("second", second.public_key))
        assert (await client.receive())["type"] == "peers"
        assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
        assert await client.closed() == (1008, "this device was revoked")

    run(scene())


def test_who_may_manage(hub):
    first = owner(hub)
    second = invited(hub, "second", first)
    for method, body in (("DELETE", None), ("PATCH", {"device_name": "x"})):
        assert second.call(method, f"/auth/devices/{first.id}", body).status == 403
        assert first.call(method, "/auth/devices/" + "0" * 32, body).status == 404
    answer = first.call("DELETE", f"/auth/devices/{first.id}")
    assert (answer.status, answer.error) == (400, "cannot revoke your own device")
    for body in ({}, {"device_name": ""}, {"device_name": "a b"}, {"state": "revoked"}, {"state": 1}):
        assert first.call("PATCH", f"/auth/devices/{second.id}", body).status == 400
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    assert first.call("PATCH", f"/auth/devices/{second.id}", {"state": "active"}).status == 409


def test_renaming(hub):
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        client = await second.joined()
        assert first.call("PATCH", f"/auth/devices/{second.id}", {"device_name": "first"}).status == 409
        assert first.call("PATCH", f"/auth/devices/{second.id}", {"device_name": "other"}).status == 200
        assert (await client.closed())[0] == 1008
        assert second.refresh()["device_name"] == "other"
        assert (await (await second.join()).closed())[0] == 1008
        assert (await (await second.join("other")).receive())["peers"] == []

    run(scene())
    assert invited(hub, "second", first).state == "active"


def test_a_name_that_somebody_waits_for_or_joined_with_is_taken(hub):
    first = owner(hub)
    old, new = invited(hub, "laptop", first), invited(hub, "laptop", first)
    assert first.call("DELETE", f"/auth/devices/{old.id}").status == 200 and first.listed(new)["state"] == "pending"

    async def scene():
        await (await hub.join("by-token", new_key(), address="10.0.0.9/24")).close()

    run(scene())
    second = invited(hub, "second", first)
    for name in ("laptop", "by-token"):
        assert first.call("PATCH", f"/auth/devices/{second.id}", {"device_name": name}).status == 409
        assert invited(hub, name, first).state == "pending"
    assert first.call("PATCH", f"/auth/devices/{new.id}", {"state": "active"}).status == 200
    assert first.listed(new)["device_name"] == "laptop"


def test_who_is_in_keeps_its_name_where_another_has_the_new_one(hub):
    first = owner(hub)
    second = invited(hub, "second", first)
    again = invited(hub, "first", first, public_key=second.public_key)
    assert (again.id, again.state, again.answer["device_name"]) == (second.id, "active", "second")
    again = invited(hub, "third", first, public_key=second.public_key)
    assert (again.id, again.state, again.answer["device_name"]) == (second.id, "active", "third")


def test_leaving_frees_name_and_address(hub):
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        client = await second.joined()
        assert second.call("POST", "/auth/leave").json == {"ok": True}
        assert (await client.closed())[0] == 1008

    run(scene())
    assert second.refresh().status == 401 and second.call("GET", "/network-info").status == 401
    assert first.listed(second)["state"] == "left"
    third = invited(hub, "second", first)
    assert third.state == "active" and third.answer["address"] == "10.0.0.3/24"  # others remember whose the second was
    back = invited(hub, "again", first, public_key=second.public_key)
    assert back.id == second.id and back.state == "active" and back.answer["address"] == second.answer["address"]


def test_somebody_manages_when_the_owner_leaves(hub):
    first = owner(hub)
    second, third = invited(hub, "second", first), invited(hub, "third", first)

    async def scene():
        line = await second.joined()
        assert first.call("POST", "/auth/leave").status == 200
        assert await line.closed() == (1008, "this device was changed: come again")  # its access token says not what it is now

    run(scene())
    assert decode(second.refresh()["access_token"].split(".")[1])["owner"] is True
    assert second.listed()["owner"] and not second.listed(third)["owner"] and not second.listed(first)["owner"]
    assert second.call("DELETE", f"/auth/devices/{third.id}").status == 200


def test_approval(start_hub):
    hub = start_hub(*PLAIN, "--approve-devices", "yes")
    first = owner(hub)

    async def scene():
        watcher = await first.joined()
        second = invited(hub, "second", first)
        assert second.state == "pending" and await watcher.receive() == {"log": 0, "pending": 1, "type": "network"}
        assert await hub.refused(token=second.access_token) == 403
        assert second.refresh()["state"] == "pending"
        for method, path in (("GET", "/network-info"), ("POST", "/invite"), ("GET", "/auth/devices")):
            assert second.call(method, path).status == 403
        assert second.call("GET", "/network/log").json == {"count": 0, "entries": []}
        back = Client(await hub.connect())
        await back.send(join_message("second", second.public_key))
        assert (await back.closed())[0] == 1008
        assert first.listed(second)["state"] == "pending" and first.listed(second)["replaces"] is None
        assert first.call("PATCH", f"/auth/devices/{second.id}", {"state": "active"}).status == 200
        assert await watcher.receive() == {"log": 0, "pending": 0, "type": "network"}
        assert (await second.joined()).first["peers"][0]["peerId"] == "first"

    run(scene())


def test_a_code_gives_no_token_before_an_owners_word(start_hub):
    """It would open rooms. The code stays good for who registers with it."""
    hub = start_hub(*PLAIN, "--approve-devices", "yes")
    first = owner(hub)
    code = hub.new_invite()
    status, answer = redeem(hub, code, new_key())
    assert status == 403 and set(answer) == {"error"} and "owner" in answer["error"]
    second = Device(hub, "second", code)
    assert second.state == "pending" and hub.token not in second.answer.text
    assert first.listed(second)["state"] == "pending"


def test_a_code_gives_the_token_where_nobody_is_asked(hub):
    """Go programs know no other way."""
    owner(hub)
    status, answer = redeem(hub, hub.new_invite(), new_key())
    assert status == 200 and answer["auth_token"] == hub.token


def test_newcomer_that_is_refused(start_hub):
    hub = start_hub(*PLAIN, "--approve-devices", "yes")
    first = owner(hub)
    second = invited(hub, "second", first)
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    assert second.refresh().status == 401
    assert register(hub, "second", second.public_key, hub.new_invite()).status == 403


def test_taken_name_waits_and_replaces(hub):
    first = owner(hub)
    old = invited(hub, "laptop", first)
    new = invited(hub, "laptop", first)
    assert new.state == "pending" and new.answer["address"] != old.answer["address"]
    assert first.listed(new)["replaces"] == old.id and first.listed(old)["replaces"] is None

    async def scene():
        client = await old.joined()
        assert first.call("PATCH", f"/auth/devices/{new.id}", {"state": "active"}).status == 200
        assert await client.closed() == (1008, "this device was revoked")
        assert (await new.joined()).first["peers"] == []

    run(scene())
    assert old.refresh().status == 401 and first.listed(new)["state"] == "active"


def test_taken_name_may_get_another(hub):
    first = owner(hub)
    old = invited(hub, "laptop", first)
    new = invited(hub, "laptop", first)
    body = {"device_name": "laptop-2", "state": "active"}
    assert first.call("PATCH", f"/auth/devices/{new.id}", body).status == 200
    assert old.refresh().status == 200
    assert new.refresh()["device_name"] == "laptop-2" and first.listed(new)["state"] == "active"


# --- Networks with a token ---


def test_devices_of_before_keep_what_they_have(hub):
    """Two joined with the token; one of them registers, and somebody else who wants the name of the other waits."""
    keys = {name: new_key() for name in ("alpha", "bravo")}
    addresses = {"alpha": "10.0.0.9/24", "bravo": "10.0.0.5/24"}

    async def scene():
        for name in keys:
            await (await hub.join(name, keys[name], address=addresses[name])).close()

    run(scene())
    bravo = Device(hub, "bravo", public_key=keys["bravo"])
    assert (bravo.state, bravo.answer["address"]) == ("active", "10.0.0.5/24")
    assert bravo.answer["address6"].endswith("::5/64")
    assert invited(hub, "alpha", bravo).state == "pending"
    alpha = Device(hub, "alpha", public_key=keys["alpha"])
    assert (alpha.state, alpha.answer["address"]) == ("active", "10.0.0.9/24")


def test_token_that_opens_nothing(start_hub):
    hub = start_hub(*PLAIN, "--shared-token", "no")
    assert hub.request("GET", "/network-info", hub.token)[0] == 403
    first = owner(hub)
    assert register(hub, "second", token=hub.token).status == 403
    second = invited(hub, "second", first)
    assert second.call("GET", "/network-info").status == 200
    code = first.call("POST", "/invite")["code"]
    status, answer = redeem(hub, code)
    assert status == 403 and "auth_token" not in answer
    assert Device(hub, "third", code).state == "active"

    async def scene():
        assert await hub.refused() == 403
        assert await hub.refused(path="/turn") == 403
        await second.joined()

    run(scene())


@pytest.mark.host_only("hub", "options are the hub's")
def test_token_ends_with_the_option(start_hub):
    hub = start_hub(*PLAIN)
    first = owner(hub)
    hub.stop()
    hub = first.hub = start_hub(*PLAIN, "--shared-token", "no")
    assert hub.request("GET", "/network-info", hub.token)[0] == 403
    assert first.call("GET", "/network-info").status == 200
