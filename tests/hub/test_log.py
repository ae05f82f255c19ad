# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log that says who is in a signed network, at the hub (docs/devices.md, The log)."""

import base64
import os
import time

import pytest

from device_client import Device, call, invited, new_key, owner, register
from hub_process import KEY_A, run, wait_for
from log_client import Owner, post, read, record_of
from turn_client import TurnClient
from vectors import membership as m

PLAIN = ("--plain", "--listen", "127.0.0.1:0")


@pytest.fixture
def signed(hub):
    """The owner of a signed network."""
    return Owner(owner(hub)).begin()


def test_network_becomes_signed(hub):
    device = owner(hub)
    assert read(device) == ([], 0)
    signer = Owner(device).begin()
    assert read(device) == (signer.entries, 1)
    assert device.listed()["state"] == "active" and device.listed()["owner"]
    assert device.refresh()["state"] == "active"


def test_only_who_manages_begins_the_log(hub):
    first = owner(hub)
    second = invited(hub, "second", first)
    body = m.public(os.urandom(32)) + b"\0"
    mine = Owner(second)
    assert mine.put(m.GENESIS, body + record_of(second)).status == 403
    assert Owner(first).put(m.GENESIS, body + record_of(second)).status == 403
    assert read(first) == ([], 0)


def test_all_or_none(signed):
    first = signed.make(m.POLICY, b"\1")
    wrong = signed.make(m.POLICY, b"\0", ahead=[first], seed=os.urandom(32))
    answer = signed.post(first, wrong)
    assert answer.status == 403 and answer["count"] == 1
    assert read(signed.device)[1] == 1
    right = signed.make(m.POLICY, b"\0", ahead=[first])
    assert signed.post(first, right)["count"] == 3
    assert read(signed.device, 1) == (signed.entries[1:], 3)


@pytest.mark.parametrize("what", ["garbage", "empty", "cut", "longer", "signature", "future"])
def test_what_is_no_entry(signed, what):
    good = signed.make(m.POLICY, b"\1")
    bad = {"garbage": os.urandom(200), "empty": b"\0", "cut": good[:-1], "longer": good + b"\0",
           "signature": good[:-1] + bytes([good[-1] ^ 1]), "future": signed.make(m.POLICY, b"\1", at=3600)}[what]
    answer = signed.post(bad)
    assert answer.status == 400 and answer.error and answer["count"] == 1
    assert signed.post(good).status == 200


@pytest.mark.parametrize("body", ["", "[]", '{"entries":"AA=="}', '{"entries":[]}', '{"entries":[1]}', '{"entries":["A"]}',
                                  '{"entries":["AA==\\n"]}', '{"entries":[' + ",".join(['"AA=="'] * 17) + "]}"])
def test_body_that_is_no_list_of_entries(signed, body):
    assert call(signed.device.hub, "POST", "/network/log", body, signed.device.access_token).status == 400


def test_log_that_has_gone_on(signed):
    late = signed.make(m.POLICY, b"\1")
    assert signed.put(m.POLICY, b"\0").status == 200
    answer = signed.post(late)
    assert answer.status == 409 and answer["count"] == 2


def test_body_beyond_the_bound_is_cut(signed):
    hub = signed.device.hub
    try:
        status = call(hub, "POST", "/network/log", '{"entries":["' + "A" * 200000 + '"]}', signed.device.access_token).status
    except OSError:
        status = 0
    assert status in (0, 400, 413)
    assert read(signed.device)[1] == 1


@pytest.mark.parametrize("start, status", [("0", 200), ("7", 200), ("", 400), ("-1", 400), ("x", 400), ("99999999999", 400)])
def test_reading_from_somewhere(signed, start, status):
    answer = signed.device.call("GET", f"/network/log?from={start}")
    assert answer.status == status
    if status == 200:
        assert answer["count"] == 1 and len(answer["entries"]) == (start == "0")


def test_long_log_comes_in_pieces(signed):
    """256 KiB at once."""
    granted = m.grant(0, [f"10.{n}.0.0/16" for n in range(100, 116)])
    batch = []
    while sum(map(len, signed.entries)) < 300 * 1024:
        batch = []
        for _ in range(16):
            record = m.record(signed.device.name, [f"fd00::{n:x}/128" for n in range(1, 5)], granted,
                              base64.b64decode(signed.device.public_key))
            batch.append(signed.make(m.DEVICE, record, ahead=batch))
        assert signed.post(*batch).status == 200
    first, count = read(signed.device)
    assert count == signed.count and 200 * 1024 < sum(map(len, first)) <= 256 * 1024
    rest, _ = read(signed.device, len(first))
    assert first + rest == signed.entries


def test_newcomer_waits_and_signs_itself_in(signed):
    hub = signed.device.hub
    newcomer = invited(hub, "second", signed.device)
    assert newcomer.state == "pending" and newcomer.answer["log"] == 1
    assert newcomer.call("GET", "/network-info").status == 403
    assert hub.request("GET", "/connect", newcomer.access_token)[0] == 403
    assert read(newcomer) == (signed.entries, 1)
    seed = signed.invite(name="second")
    assert signed.post(signed.make(m.DEVICE, record_of(newcomer, "other"), seed=seed), by=newcomer).status == 403
    answer = signed.post(signed.make(m.DEVICE, record_of(newcomer), seed=seed), by=newcomer)
    assert answer.status == 200 and answer["count"] == 3
    assert newcomer.refresh()["state"] == "active"

    async def scene():
        assert (await newcomer.joined()).network == {"log": 3, "pending": 0, "type": "network"}

    run(scene())


def test_invite_that_is_over(signed):
    """Whatever time the entry says."""
    newcomer = invited(signed.device.hub, "second", signed.device)
    seed, until = signed.invite(lifetime=0), int(time.time())
    wait_for(lambda: time.time() > until + 2)
    late = signed.make(m.DEVICE, record_of(newcomer), seed=seed)
    before = signed.make(m.DEVICE, record_of(newcomer), seed=seed, at=until - int(time.time()))
    for entry in late, before:
        answer = post(newcomer, entry)
        assert answer.status == 403 and "over" in answer.error


def test_revoke_entry_cuts_at_once(signed):
    hub = signed.device.hub
    second = invited(hub, "second", signed.device)
    assert signed.add(second).status == 200

    async def scene():
        first = await signed.device.joined()
        client = await second.joined()
        assert (await first.receive())["peers"][0]["peerId"] == "second"
        relayed = await TurnClient.open(hub, "second", token=second.access_token)
        assert await relayed.allocate() == 0
        assert signed.revoke(second).status == 200
        code, reason = await client.closed()
        assert code == 1008 and "revoked" in reason
        await relayed.socket.wait_closed()
        news = [await first.receive() for _ in range(2)]
        assert {"type": "peer-left", "peerId": "second"} in news
        assert {"log": 3, "pending": 0, "type": "network"} in news

    run(scene())
    assert second.refresh().error == "device not found or revoked"
    assert second.call("GET", "/network-info").status == 401
    assert register(hub, "second", second.public_key, hub_invite(signed.device)).status == 403
    assert signed.device.listed(second)["state"] == "revoked" and signed.device.listed(second)["revoked"]


def hub_invite(device):
    return device.call("POST", "/invite")["code"]


def test_record_gives_name_and_addresses(signed):
    hub = signed.device.hub
    second = invited(hub, "second", signed.device)
    assert signed.add(second, name="renamed", addresses=["10.0.0.40/32", "fd12:3456:789a::40/128"]).status == 200
    listed = signed.device.listed(second)
    assert (listed["device_name"], listed["address"], listed["address6"]) == ("renamed", "10.0.0.40/24", "fd12:3456:789a::40/64")
    refreshed = second.refresh()
    assert (refreshed["device_name"], refreshed["address"]) == ("renamed", "10.0.0.40/24")

    async def scene():
        assert (await (await second.join()).closed())[0] == 1008
        client = await second.join("renamed", address="10.0.0.40/24")
        assert (await client.receive())["peers"] == []

    run(scene())
    again = Device(hub, "second", hub_invite(signed.device), new_key())
    assert again.answer["address"] != "10.0.0.40/24"


def test_member_that_never_registered_is_listed(signed):
    public = new_key()
    assert signed.put(m.DEVICE, m.record("later", ["10.0.0.9/32"], key=base64.b64decode(public))).status == 200
    listed = [device for device in signed.device.call("GET", "/auth/devices")["devices"] if device["public_key"] == public]
    assert listed[0]["device_name"] == "later" and listed[0]["state"] == "active"
    device = invited(signed.device.hub, "whatever", signed.device, public_key=public)
    assert device.state == "active" and device.answer["device_name"] == "later" and device.answer["address"] == "10.0.0.9/24"


def test_log_closes_the_token(hub):
    """Without the policy the token opens nothing, and whoever came with it goes."""
    device = owner(hub)

    async def scene():
        client = await hub.join("old", KEY_A)
        signer = Owner(device).begin(policy=1)
        assert (await hub.join("older", new_key())).first["peers"]
        await client.receive()
        assert signer.put(m.POLICY, b"\0").status == 200
        assert (await client.closed())[0] == 1008
        assert await hub.refused() == 403
        assert hub.request("GET", "/network-info", hub.token)[0] == 403
        assert register(hub, "x", token=hub.token).status == 403
        assert hub.request("GET", "/invite/" + hub_invite(device))[0] == 403
        assert signer.put(m.POLICY, b"\1").status == 200
        await (await hub.connect()).close()

    run(scene())


def test_the_log_alone_says_who_was_revoked(hub):
    """What the hub said before the network was signed, and what it does to strangers after, is nobody's concern then."""
    first = owner(hub)
    early, member = invited(hub, "early", first), invited(hub, "member", first)
    assert first.call("DELETE", f"/auth/devices/{early.id}").status == 200
    assert first.call("GET", "/auth/revoked").json == {"revoked": [early.public_key]}
    signer = Owner(first).begin()
    assert signer.add(member).status == 200 and signer.revoke(member).status == 200
    assert first.call("GET", "/auth/revoked").json == {"revoked": []}

    async def scene():
        assert (await first.joined()).network == {"log": 3, "pending": 0, "type": "network"}

    run(scene())


def test_hub_manages_nobody_in_a_signed_network(signed):
    hub = signed.device.hub
    member, stranger = invited(hub, "member", signed.device), invited(hub, "stranger", signed.device)
    assert signed.add(member).status == 200
    for answer in (signed.device.call("PATCH", f"/auth/devices/{member.id}", {"device_name": "x"}),
                   signed.device.call("PATCH", f"/auth/devices/{stranger.id}", {"state": "active"}),
                   signed.device.call("DELETE", f"/auth/devices/{member.id}")):
        assert answer.status == 409 and "log" in answer.error
    assert member.call("DELETE", f"/auth/devices/{stranger.id}").status == 403
    assert signed.device.call("DELETE", f"/auth/devices/{stranger.id}").status == 200
    assert stranger.refresh().status == 401


def test_another_owner_manages_too(signed):
    second = invited(signed.device.hub, "second", signed.device)
    other = Owner(second)
    other.entries = signed.entries
    assert signed.add(second).status == 200
    assert not signed.device.listed(second)["owner"]
    assert signed.put(m.OWNER, m.public(other.seed) + base64.b64decode(second.public_key)).status == 200
    assert signed.device.listed(second)["owner"]
    assert other.revoke(signed.device).status == 200
    assert signed.device.refresh().status == 401 and second.refresh().status == 200


def test_recovery_makes_another_owner(signed):
    second = invited(signed.device.hub, "second", signed.device)
    seed = os.urandom(32)
    body = m.public(os.urandom(32)) + m.public(seed) + record_of(second)
    assert signed.put(m.RECOVERY, body, seed=seed, by=second).status == 403
    assert signed.put(m.RECOVERY, body, seed=signed.recovery, by=second).status == 200
    assert second.listed()["owner"] and not second.listed(signed.device)["owner"]


def test_devices_that_the_log_lacks_wait(hub):
    first = owner(hub)
    second = invited(hub, "second", first)

    async def scene():
        client = await second.joined()
        signer = Owner(first).begin()
        assert (await client.closed())[0] == 1008
        assert second.refresh()["state"] == "pending"
        assert signer.add(second).status == 200
        assert second.refresh()["state"] == "active"

    run(scene())


def test_log_outlives_a_restart(start_hub):
    hub = start_hub(*PLAIN)
    signed = Owner(owner(hub)).begin()
    second = invited(hub, "second", signed.device)
    assert signed.add(second).status == 200 and signed.revoke(second).status == 200
    hub.stop()
    signed.device.hub = second.hub = start_hub(*PLAIN)
    assert read(signed.device) == (signed.entries, 3)
    assert second.refresh().status == 401
    assert signed.put(m.POLICY, b"\1").status == 200


def test_everybody_hears_of_the_log_and_of_who_waits(signed):
    async def scene():
        client = await signed.device.joined()
        newcomer = invited(signed.device.hub, "second", signed.device)
        assert await client.receive() == {"log": 1, "pending": 1, "type": "network"}
        assert signed.add(newcomer).status == 200
        assert await client.receive() == {"log": 2, "pending": 0, "type": "network"}

    run(scene())


def test_wrong_entries_have_shares(signed):
    bad = os.urandom(200)
    statuses = {signed.post(bad).status for _ in range(15)}
    assert statuses == {400, 429}
