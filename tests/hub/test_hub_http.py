# SPDX-License-Identifier: LGPL-2.1-or-later
"""Endpoints, tokens, invites and addresses."""

import concurrent.futures
import json
import re

import pytest

from hub_process import KEY_A, KEY_B, Client, join_message, run, wait_for_seconds

INTERNAL = {"X-Bamgate-Action": "network-info", "X-Bamgate-Turn": "1", "X-Bamgate-Jwt": "x"}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_status_needs_nothing(hub, method):
    assert hub.get_json(method, "/status") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "method, path", [("GET", "/"), ("GET", "/invite"), ("POST", "/invite/ABCD-EFGH"), ("GET", "/invite/"),
                     ("GET", "/invite/a.b"), ("GET", "/invite/a/b"), ("POST", "/network-info"), ("GET", "/connect/x"),
                     ("GET", "/statusx"), ("GET", "/turn/x"), ("GET", "/connected")]
)
def test_everything_else_is_not_found(hub, method, path):
    status, _, body = hub.request(method, path, hub.token)
    assert (status, body) == (404, "Not Found")


@pytest.mark.parametrize("method, path", [("GET", "/connect"), ("GET", "/turn"), ("POST", "/invite"), ("GET", "/network-info")])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", "Bearer ", "Basic YTpi", "TOKEN", "bearer TOKEN",
                                    "Bearer TOKENx", "Bearer  TOKEN"])
def test_wrong_tokens_are_refused(hub, method, path, header):
    headers = dict(INTERNAL)
    if header:
        headers["Authorization"] = header.replace("TOKEN", hub.token)
    status, _, body = hub.request(method, path, headers=headers)
    assert (status, body) == (401, "Unauthorized")


def test_websocket_with_a_wrong_token_is_refused(hub):
    async def scene():
        for path in "/connect", "/turn":
            assert await hub.refused(token="wrong-token-wrong-token", path=path) == 401

    run(scene())


@pytest.mark.parametrize("path", ["/connect", "/turn"])
def test_sockets_want_an_upgrade(hub, path):
    status, headers, _ = hub.request("GET", path, hub.token)
    assert status == 426
    assert hub.kind == "worker" or headers["Upgrade"] == "websocket"  # a header that the platform keeps to itself


def test_bad_room_names_are_refused(hub):
    async def scene():
        for name in ["a/b", "a%20b", "x" * 64, "-a", "a."]:
            assert await hub.refused(f"?room={name}") == 400

    run(scene())


def test_no_compression_is_agreed(hub):
    async def scene():
        client = Client(await hub.connect(compression="deflate"))
        assert client.extensions == []

    run(scene())


def test_internal_headers_mean_nothing(hub):
    assert hub.get_json("GET", "/status", headers=INTERNAL) == (200, {"status": "ok"})
    assert hub.request("GET", "/network-info", headers=INTERNAL)[0] == 401


@pytest.mark.host_only("hub", "the platform takes the body, and nobody reads it")
def test_large_request_body_is_cut_off(hub):
    with pytest.raises(OSError):
        for _ in range(3):  # it may all fit into the kernel's buffers once
            hub.request("POST", "/invite", hub.token, body=b"x" * 20_000_000)
    assert hub.get_json("GET", "/status")[0] == 200


# Invites


def test_invite_looks_as_specified(hub):
    status, answer = hub.get_json("POST", "/invite", hub.token)
    assert status == 200 and answer["expires_in"] == 600
    assert re.fullmatch("[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", answer["code"])


def test_invite_is_redeemed_once(hub):
    code = hub.new_invite()
    status, grant = hub.get_json("GET", f"/invite/{code}")
    assert status == 200
    assert grant == {
        "address": "10.0.0.1/24",
        "auth_token": hub.token,
        "server_url": f"http://127.0.0.1:{hub.port}",
        "subnet": "10.0.0.0/24",
        "turn_secret": hub.turn_secret,
    }
    assert hub.get_json("GET", f"/invite/{code}") == (404, {"error": "invalid or expired invite code"})


@pytest.mark.parametrize("spoil", [str.lower, lambda code: code.replace("-", ""), lambda code: "-".join(code)])
def test_codes_are_read_leniently(hub, spoil):
    assert hub.get_json("GET", "/invite/" + spoil(hub.new_invite()))[0] == 200


def test_unknown_codes_are_refused(hub):
    for code in ["AAAA-AAAA", "AAAA", "A" * 40, "------"]:
        assert hub.get_json("GET", f"/invite/{code}") == (404, {"error": "invalid or expired invite code"})


def test_invite_expires(start_hub):
    hub = start_hub("--plain", "--listen", "127.0.0.1:0", "--invite-lifetime", "1")
    code = hub.new_invite()
    wait_for_seconds(1.1)  # the passing of this second is what is tested
    assert hub.get_json("GET", f"/invite/{code}") == (410, {"error": "invite code has expired"})


def test_parallel_redeeming_never_shares_an_address(hub):
    codes = [hub.new_invite() for _ in range(30)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda code: hub.get_json("GET", f"/invite/{code}"), codes))
    assert {status for status, _ in answers} == {200}
    assert {grant["address"] for _, grant in answers} == {f"10.0.0.{i}/24" for i in range(1, 31)}


def test_one_code_redeemed_in_parallel_is_good_for_one(hub):
    code = hub.new_invite()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: hub.get_json("GET", f"/invite/{code}")[0], range(8)))
    assert statuses == [200] + [404] * 7


def test_guessing_is_slowed_down(hub):
    for _ in range(10):
        assert hub.get_json("GET", "/invite/AAAA-AAAA")[0] == 404
    good = hub.new_invite()
    for code in ["AAAA-AAAA", good]:
        status, headers, _ = hub.request("GET", f"/invite/{code}")
        assert status == 429 and 1 <= int(headers["Retry-After"]) <= 6


@pytest.mark.host_only("hub", "there the platform says it: test_worker.py")
def test_a_proxy_says_who_guesses(start_hub):
    hub = start_hub("--plain", "--behind-proxy", "--listen", "127.0.0.1:0")

    def redeem(code, forwarded):
        return hub.request("GET", f"/invite/{code}", headers={"X-Forwarded-For": forwarded})[0]

    good = hub.new_invite()
    assert [redeem("AAAA-AAAA", "198.51.100.9, 192.0.2.1") for _ in range(11)] == [404] * 10 + [429]
    assert redeem(good, "198.51.100.10, 192.0.2.1") == 429  # what the client itself says does not count
    assert redeem(good, "192.0.2.1, 192.0.2.2") == 200


def test_without_a_proxy_nobody_speaks_for_others(hub):
    statuses = [hub.request("GET", "/invite/AAAA-AAAA", headers={"X-Forwarded-For": f"192.0.2.{i}"})[0]
                for i in range(11)]
    assert statuses == [404] * 10 + [429]


def test_full_subnet_keeps_the_invite(start_hub):
    hub = start_hub("--plain", "--listen", "127.0.0.1:0", "--subnet", "10.9.0.0/30")
    codes = [hub.new_invite() for _ in range(3)]
    assert [hub.get_json("GET", f"/invite/{code}")[1]["address"] for code in codes[:2]] == [
        "10.9.0.1/30", "10.9.0.2/30"]
    for _ in range(2):
        assert hub.get_json("GET", f"/invite/{codes[2]}") == (507, {"error": "no addresses available in subnet"})
    assert hub.get_json("GET", "/network-info", hub.token)[1]["next_address"] is None


def test_public_url_is_what_invites_name(start_hub):
    hub = start_hub("--plain", "--listen", "127.0.0.1:0", "--public-url", "wss://hub.example/connect")
    grant = hub.get_json("GET", f"/invite/{hub.new_invite()}")[1]
    assert grant["server_url"] == "https://hub.example"


@pytest.mark.parametrize("host, named", [("hub.lan:99", "http://hub.lan:99"), ("a@b", None), ("a/b", None)])
def test_inviter_names_the_hub_by_its_host_header(hub, host, named):
    status, _, body = hub.request("POST", "/invite", hub.token, {"Host": host})
    if status in (400, 404) and named is None:
        return
    grant = hub.get_json("GET", f"/invite/{json.loads(body)['code']}")[1]
    assert grant["server_url"] == (named or f"http://127.0.0.1:{hub.port}")


# Addresses and devices


def network_info(hub):
    status, info = hub.get_json("GET", "/network-info", hub.token)
    assert status == 200
    return info


def test_network_info_of_a_new_network(hub):
    assert network_info(hub) == {"devices": [], "next_address": "10.0.0.1/24", "subnet": "10.0.0.0/24",
                                 "turn_secret": hub.turn_secret}


def test_joining_records_the_device(hub):
    async def scene():
        await hub.join("alpha", KEY_A, address="10.0.0.1/24")
        await hub.join("charlie", KEY_B, address="10.0.0.3/24")

    run(scene())
    info = network_info(hub)
    assert info["devices"] == [
        {"address": "10.0.0.1/24", "device_name": "alpha", "public_key": KEY_A},
        {"address": "10.0.0.3/24", "device_name": "charlie", "public_key": KEY_B},
    ]
    assert info["next_address"] == "10.0.0.2/24"


def test_redeemed_address_waits_for_its_device(hub):
    address = hub.get_json("GET", f"/invite/{hub.new_invite()}")[1]["address"]
    assert network_info(hub)["devices"] == [{"address": address, "device_name": "", "public_key": ""}]

    async def scene():
        await hub.join("alpha", KEY_A, address=address)

    run(scene())
    assert network_info(hub)["devices"] == [{"address": address, "device_name": "alpha", "public_key": KEY_A}]


def test_address_of_another_key_is_not_taken_over(hub):
    async def scene():
        first = await hub.join("alpha", KEY_A, address="10.0.0.1/24")
        await first.close()
        thief = await hub.join("alpha", KEY_B, address="10.0.0.1/24")
        other = await hub.join("mallory", KEY_B, address="10.0.0.1/32")
        assert other.first["peers"][0]["peerId"] == "alpha"
        await thief.close()

    run(scene())
    assert network_info(hub)["devices"] == [{"address": "10.0.0.1/24", "device_name": "alpha", "public_key": KEY_A}]
    hub.check_said("belongs to a device with another key")


@pytest.mark.parametrize("fields", [{}, {"address": "192.168.5.2/24"}, {"address": "10.0.0.0/24"},
                                    {"address": "10.0.0.255/24"}, {"address": "rubbish"}, {"address": "fd00::1/64"}])
def test_addresses_outside_of_the_subnet_are_listed_but_not_recorded(hub, fields):
    async def scene():
        await hub.join("alpha", KEY_A, **fields)
        bravo = await hub.join("bravo", KEY_B)
        assert bravo.first["peers"][0].get("address") == fields.get("address")

    run(scene())
    assert network_info(hub)["devices"] == []


def test_devices_of_other_rooms_are_their_own(hub):
    async def scene():
        await hub.join("alpha", KEY_A, query="?room=other", address="10.0.0.1/24")

    run(scene())
    assert network_info(hub)["devices"] == []


def test_log_has_no_secrets(hub):
    code = hub.new_invite()
    hub.get_json("GET", f"/invite/{code}")

    async def scene():
        alpha = await hub.join("alpha", KEY_A)
        await alpha.send(join_message("x", KEY_B))

    run(scene())
    for secret in [hub.token, code, code.replace("-", ""), KEY_A, KEY_B]:
        assert secret not in hub.log()
