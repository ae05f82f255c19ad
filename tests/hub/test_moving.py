# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network goes from one hub to another (docs/devices.md, Moving): from each host to each host."""

import asyncio
import base64
import functools
import itertools
import json

import pytest

from device_client import Device, call, invited, new_key, owner, register
from hub_process import run
from hub_starter import starter
from log_client import Owner, read
from moving_client import ELSEWHERE, carry, export, move, moved, send
from vectors import membership as m

HERE = ("--plain", "--listen", "127.0.0.1:0")


@pytest.fixture(params=["hub", "worker"])
def start_other(request, tmp_path):
    """Starts another hub, of either host."""
    here = HERE if request.param == "hub" else ()
    others = tmp_path / "others"
    others.mkdir()
    with starter(request, request.param, others) as start:
        yield functools.partial(start, *here)


@pytest.fixture
def hub(start_hub):
    return start_hub(*HERE, "--subnet", "10.7.0.0/24")


@pytest.fixture
def other(start_other):
    return start_other()


def without_sights(rows):
    return [row for row in rows if row["row"] != "seen"]


def test_rows_are_the_same_there(hub, other):
    first = owner(hub)
    invited(hub, "second", first)
    third = invited(hub, "third", first)
    third.call("POST", "/auth/leave")
    hub.new_invite()
    rows, _ = export(first)
    assert {row["row"] for row in rows} >= {"network", "signing-key", "lease", "device", "credential", "invite"}
    assert send(other, rows)["done"]
    again, _ = export(first, other)
    assert without_sights(again) == without_sights(rows)
    first.hub = other
    assert first.refresh().status == 200  # to look whether all of it came keeps nobody out


def test_tokens_codes_and_addresses_go_on_being_good(hub, other):
    first = owner(hub)
    second = invited(hub, "second", first)
    code = call(hub, "POST", "/invite", token=first.access_token)["code"]
    move(first, other)
    for device in (first, second):
        device.hub = other
        assert device.listed()["address"] == device.answer["address"]
        assert device.refresh().status == 200
        assert device.listed()["state"] == "active"
    newcomer = Device(other, "third", code=code)
    assert newcomer.state == "active" and newcomer.answer["address"] not in (first.answer["address"], second.answer["address"])
    assert newcomer.answer["server_url"].split("/")[2] == other.url.split("/")[2]
    assert newcomer.answer["subnet"] == "10.7.0.0/24" and newcomer.answer["subnet6"] == first.answer["subnet6"]
    assert call(other, "DELETE", f"/auth/devices/{second.id}", token=first.access_token).status == 200


def test_who_was_revoked_is_known_at_the_new_hub(hub, other):
    first = owner(hub)
    second = invited(hub, "second", first)
    assert first.call("DELETE", f"/auth/devices/{second.id}").status == 200
    move(first, other)
    first.hub = other
    assert first.call("GET", "/auth/revoked").json == {"revoked": [second.public_key]}

    async def scene():
        assert (await first.joined()).network["revoked"] == 1

    run(scene())


def test_what_came_outlives_a_restart(hub, start_other):
    first, other = owner(hub), start_other()
    code = call(hub, "POST", "/invite", token=first.access_token)["code"]
    move(first, other)
    other.kill()
    first.hub = start_other()
    assert first.refresh().status == 200 and first.listed()["owner"]
    assert Device(first.hub, "second", code=code).state == "active"


def test_devices_meet_at_the_new_hub(hub, other):
    first = owner(hub)
    second = invited(hub, "second", first)
    move(first, other)

    async def check():
        first.hub = second.hub = other
        one = await first.joined()
        two = await second.joined()
        assert two.first["peers"][0]["peerId"] == "first"
        assert (await one.receive())["peers"][0]["peerId"] == "second"

    asyncio.run(check())


def test_everybody_is_told(hub, other):
    first = owner(hub)
    second = invited(hub, "second", first)
    pin = new_key()

    async def check():
        one, two = await first.joined(), await second.joined()
        await one.receive()
        _, digest = export(first)
        assert moved(first, other, digest, pin=pin).status == 200
        for client in (one, two):
            assert await client.receive() == {"type": "moved", "url": other.url, "pin": pin}
        assert await two.nothing_came(one)  # the line stays, and works

    asyncio.run(check())


def check_sent_away(hub, device, url, pin=""):
    """Everything there says where the network is."""
    for method, path, body in (("GET", "/auth/devices", None), ("POST", "/invite", {}), ("GET", "/network-info", None),
                               ("GET", "/network/export", None), ("POST", "/network/log", {"entries": ["AAAA"]})):
        answer = call(hub, method, path, body, device.access_token)
        assert (answer.status, answer["url"], answer["pin"]) == (421, url, pin)
        assert answer.headers["Bamgate-Moved"] == (f"{url}#sha256={pin}" if pin else url)
    assert register(hub, "newcomer", token=hub.token).status == 421
    assert call(hub, "GET", "/invite/ABCD-EFGH").status == 421
    for path in ("/connect", "/turn", "/connect?room=other"):
        assert asyncio.run(hub.refused(path.removeprefix("/connect") if path != "/turn" else "", token=device.access_token,
                                       **({"path": path} if path == "/turn" else {}))) == 421


def test_old_hub_sends_everybody_away_for_good(start_hub):
    hub = start_hub(*HERE)
    first, pin = owner(hub), new_key()
    _, digest = export(first)
    assert moved(first, None, digest, pin=pin).status == 200
    check_sent_away(hub, first, ELSEWHERE, pin)
    assert moved(first, None, digest, pin=pin).status == 200
    other_place = moved(first, None, digest)
    assert (other_place.status, other_place["pin"]) == (421, pin)
    hub.kill()
    first.hub = start_hub(*HERE)
    check_sent_away(first.hub, first, ELSEWHERE, pin)
    before = first.refresh_token
    answer = first.refresh()
    assert answer.status == 200 and answer["refresh_token"] == before
    assert read(first) == ([], 0)


def test_nothing_changes_while_it_is_read(hub):
    first = owner(hub)
    code = call(hub, "POST", "/invite", token=first.access_token)["code"]
    export(first)
    for answer in (first.refresh(), call(hub, "POST", "/invite", token=first.access_token), register(hub, "second", code=code),
                   call(hub, "PATCH", f"/auth/devices/{first.id}", {"device_name": "other"}, first.access_token)):
        assert answer.status == 503 and answer.headers["Retry-After"] == "5"
    assert first.listed()["device_name"] == "first"


def test_what_changed_meanwhile_is_not_lost(hub, other):
    """Somebody joins with the token while it is read, which nothing keeps out: the old hub stays the true one."""
    first = owner(hub)
    digest = carry(first, other)

    async def join():
        client = await hub.join("older", address="10.7.0.9/24")
        await client.close()

    asyncio.run(join())
    answer = moved(first, other, digest)
    assert answer.status == 409 and "has changed" in answer.error
    assert first.listed()["device_name"] == "first"
    move(first, other)


def test_who_may(hub, other):
    first = owner(hub)
    second = invited(hub, "second", first)
    assert second.call("GET", "/network/export").status == 403
    assert call(hub, "GET", "/network/export", token=hub.token).status == 401
    assert moved(second, other, "").status == 403
    assert call(hub, "PUT", "/network/moved", {}, hub.token).status == 401
    rows, _ = export(first)
    assert send(other, rows, token="another-token-of-24-byte").status == 401
    assert send(other, rows, token=first.access_token).status == 401


def test_only_an_empty_hub_takes_a_network(hub, other):
    first, there = owner(hub), owner(other)
    rows, _ = export(first)
    answer = send(other, rows)
    assert answer.status == 409 and "network of its own" in answer.error
    assert there.listed()["owner"]
    assert send(hub, rows).status == 409


def test_what_came_may_come_again_until_somebody_uses_it(hub, other):
    first = owner(hub)
    carry(first, other)
    carry(first, other)
    first.hub = other
    assert first.refresh().status == 200
    rows, _ = export(first)
    assert send(other, rows).status == 409


def test_back_again(hub, other):
    first = owner(hub)
    move(first, other)
    first.hub = other
    assert first.refresh().status == 200
    move(first, hub)
    check_sent_away(other, first, hub.url)
    first.hub = hub
    assert first.refresh().status == 200 and first.listed()["owner"]


@pytest.mark.parametrize("pages", [(0, 2), (1,)])
def test_pages_have_to_follow(hub, other, pages):
    first = owner(hub)
    rows, _ = export(first)
    body = {"version": 1, "count": len(rows)}
    for at, rest in itertools.pairwise((*pages, None)):
        answer = call(other, "PUT", "/network/import", {**body, "from": at, "rows": rows[at:at + 1]}, other.token)
        assert (answer.status == 200) == (rest == 2), answer.text
    if pages == (0, 2):
        answer = call(other, "PUT", "/network/import", {**body, "from": 2, "rows": rows[2:3]}, other.token)
    assert answer.status == 409 and "row 0" in answer.error
    assert send(other, rows, size=1)["done"]


def spoilt(rows):
    """Each row with one member too wrong, missing, or there twice; and more that no hub wrote."""
    for at, row in enumerate(rows):
        for key in row:
            for wrong in (None, [], "\x7f", -1, 1.5, "0" * 300):
                if not (key == "entry" and wrong == "0" * 300):
                    yield [*rows[:at], {**row, key: wrong}, *rows[at + 1:]]
        if row["row"] not in ("log", "seen"):
            yield [*rows, row]
    yield [*rows, {"row": "__proto__"}]
    yield [*rows, "row"]
    yield rows[1:]
    yield [*rows, next(row for row in rows if row["row"] == "credential") | {"device_id": "0" * 32}]


def test_rows_that_no_hub_wrote(hub, other):
    first = owner(hub)
    invited(hub, "second", first)
    hub.new_invite()
    rows, _ = export(first)
    one_of_each = list({row["row"]: row for row in reversed(rows)}.values())[::-1]
    one_of_each.sort(key=lambda row: ["network", "signing-key", "lease", "device", "credential", "invite", "seen"].index(row["row"]))
    device = next(row for row in one_of_each if row["row"] == "device")
    one_of_each = [row | {"device_id": device["device_id"]} if "device_id" in row else row for row in one_of_each]
    for wrong in spoilt(one_of_each):
        answer = send(other, wrong)
        assert answer.status == 400, (answer.text, wrong)
    assert call(other, "GET", "/network-info", token=other.token)["devices"] == []
    assert send(other, one_of_each).status == 200


@pytest.mark.parametrize("body", ["{", '{"version":1}', '{"version":2,"from":0,"count":1,"rows":[{}]}', '{"version":1,"from":0,"count":0,"rows":[{}]}',
                                  '{"version":1,"from":0,"count":99999999,"rows":[{}]}', '{"version":1,"from":-1,"count":1,"rows":[{}]}',
                                  '{"version":1,"from":0,"count":1,"rows":{}}', '{"version":1,"from":0,"count":1,"rows":[]}'])
def test_body_of_an_import(hub, body):
    assert call(hub, "PUT", "/network/import", body, hub.token).status == 400


@pytest.mark.parametrize("change", [{"url": None}, {"url": "elsewhere"}, {"url": "ftp://a.example"}, {"url": "https://a b"},
                                    {"url": "https://me:word@a.example"}, {"url": "https://a.example/" + "a" * 255}, {"pin": None},
                                    {"pin": "AAAA"}, {"digest": None}, {"entries": []}, {"entries": ["AAAA", "AAAA"]}])
def test_body_of_a_departure(hub, change):
    first = owner(hub)
    _, digest = export(first)
    answer = first.call("PUT", "/network/moved", {"url": ELSEWHERE, "pin": "", "digest": digest, **change})
    assert answer.status == 400, answer.text
    assert first.listed()["owner"]


def test_another_subnet_that_was_asked_for(hub, start_other):
    first, other = owner(hub), start_other("--subnet", "10.9.0.0/24")
    answer = send(other, export(first)[0])
    assert answer.status == 409 and "subnet" in answer.error


# A signed network


def entry_of_move(signer, url, pin="", **more):
    return signer.make(m.MOVE, m.text(url) + (base64.b64decode(pin) if pin else bytes(32)), **more)


def test_signed_network_goes_with_its_log(hub, other):
    first = owner(hub)
    signer = Owner(first).begin(policy=1)
    second = invited(hub, "second", first)
    assert signer.add(second).status == 200
    digest = carry(first, other)
    entry = entry_of_move(signer, other.url)
    assert moved(first, other, digest, entry).status == 200
    assert read(first) == ([*signer.entries, entry], 3)  # for whoever was away
    first.hub = second.hub = other
    assert read(second) == (signer.entries, 2)
    assert second.listed()["state"] == "active" and first.listed()["owner"]
    assert signer.post(entry).status == 200


def test_hub_alone_moves_no_signed_network(hub):
    first = owner(hub)
    signer = Owner(first).begin(policy=1)
    _, digest = export(first)
    wrong = (None, entry_of_move(signer, "https://another.example"), entry_of_move(signer, ELSEWHERE, new_key()),
             entry_of_move(signer, ELSEWHERE, seed=bytes(32)), signer.make(m.POLICY, b"\0"), entry_of_move(signer, ELSEWHERE, number=7))
    for entry in wrong:
        answer = moved(first, None, digest, entry)
        assert answer.status == 409, answer.text
    assert first.listed()["owner"] and read(first)[1] == 1
    assert moved(first, None, digest, entry_of_move(signer, ELSEWHERE)).status == 200


def test_network_that_is_not_signed_has_no_entry(hub):
    first = owner(hub)
    signer = Owner(first)
    _, digest = export(first)
    assert moved(first, None, digest, entry_of_move(signer, ELSEWHERE)).status == 409


def test_log_that_nobody_signed_comes_not(hub, other):
    first = owner(hub)
    signer = Owner(first).begin(policy=1)
    rows, _ = export(first)
    forged = signer.make(m.POLICY, b"\0", seed=bytes(32))
    entry = bytearray(signer.make(m.POLICY, b"\0"))
    entry[90] ^= 1
    for one in (forged, bytes(entry), signer.entries[0]):
        answer = send(other, [*rows, {"row": "log", "entry": base64.b64encode(one).decode()}])
        assert answer.status == 409, answer.text
    assert send(other, rows)["done"]


def test_large_network_goes_in_pages(hub, other):
    """Several pages each way, of a log that is longer than one."""
    first = owner(hub)
    signer = Owner(first).begin(policy=1)
    for _ in range(24):
        batch = []
        for _ in range(16):
            batch.append(signer.make(m.POLICY, bytes([len(batch) % 2]), ahead=batch))
        assert signer.post(*batch).status == 200
    rows, _ = export(first)
    assert len(json.dumps(rows)) > 2 * 32 * 1024
    assert send(other, rows)["done"]
    first.hub = other
    assert read(first) == (signer.entries, len(signer.entries))
