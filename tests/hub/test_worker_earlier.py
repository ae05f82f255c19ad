# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker where another one was: what an earlier version stored and left with its sockets, and what the Go program's Worker did, in
the layouts of its 1.5.2 to 1.7 and of 1.8 and later."""

import asyncio
import contextlib
import json
import pathlib
import sqlite3
import struct
import time

import pytest

from device_client import call
from hub_process import KEY_A, KEY_B, TIMEOUT, Client, ask, key, redeem, run
from lab import workerd as runtime
from lab.workerd import EVICTION
from turn_client import TurnClient, pair
from worker_process import TOKEN, Worker

pytestmark = pytest.mark.host_only("worker", "storage of a Durable Object")

HERE = pathlib.Path(__file__).parent
KEY_C = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SCHEMA_1 = (HERE.parent / "vectors" / "worker-storage-1.sql").read_text(encoding="ascii")
SECRET_OF_GO = "bg_00112233445566778899aabbccddeeff0011223344556677"
RENEWED = 1012

GO_1_5 = f"""
CREATE TABLE invites (code TEXT PRIMARY KEY, auth_token TEXT, server_url TEXT, subnet TEXT, created_at INTEGER, expires_at INTEGER,
  redeemed INTEGER DEFAULT 0);
CREATE TABLE devices (address TEXT PRIMARY KEY, device_name TEXT, public_key TEXT, created_at INTEGER);
CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT);
INSERT INTO network VALUES ('subnet', '10.7.0.0/24');
INSERT INTO invites VALUES ('AB12-CD34', 'old', 'https://hub.example', '10.7.0.0/24', 1700000000, 4102444800, 0);
INSERT INTO devices VALUES ('10.7.0.1/24', 'alpha', '{KEY_A}', 1700000000);
INSERT INTO devices VALUES ('10.7.0.2/24', 'bravo', '{KEY_B}', 1700000001);
INSERT INTO devices VALUES ('10.7.0.3/24', '', '', 1700000002);
INSERT INTO devices VALUES ('192.168.5.2/24', 'elsewhere', '{KEY_C}', 1700000003);
INSERT INTO devices VALUES ('10.7.0.5/24', 'without-a-key', 'none', NULL);
INSERT INTO devices VALUES ('10.7.0.', NULL, NULL, 0);
"""

GO_1_8 = f"""
CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, secret_hex TEXT, created_at INTEGER, revoked_at INTEGER);
CREATE TABLE owners (github_id TEXT PRIMARY KEY, username TEXT, created_at INTEGER);
CREATE TABLE devices (device_id TEXT PRIMARY KEY, device_name TEXT, owner_github_id TEXT, address TEXT, refresh_token_hash TEXT,
  refresh_token_expires_at INTEGER, revoked INTEGER DEFAULT 0, created_at INTEGER, last_seen_at INTEGER);
INSERT INTO network VALUES ('subnet', '10.7.0.0/24');
INSERT INTO network VALUES ('turn_secret', '{SECRET_OF_GO}');
INSERT INTO devices VALUES ('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'alpha', '1234567', '10.7.0.1/24', '00', 1, 0, 1700000000, NULL);
INSERT INTO devices VALUES ('3f2504e0-4f89-41d3-9a0c-0305e82c3302', 'gone', '1234567', '10.7.0.2/24', '00', 1, 1, 1700000001, NULL);
INSERT INTO devices VALUES ('3f2504e0-4f89-41d3-9a0c-0305e82c3303', 'charlie', '1234567', '10.7.0.3/24', '00', 1, 0, 1700000002, NULL);
"""


def database(hub):
    """Of the main room; the runtime names the file after the object."""
    return next(path for path in (hub.state / "bamgate-signaling-room").glob("*.sqlite") if path.name != "metadata.sqlite")


def rewrite(hub, script):
    """As if another Worker had stored that, and nothing else."""
    with contextlib.closing(sqlite3.connect(database(hub))) as stored, stored:
        for (table,) in stored.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").fetchall():
            stored.execute(f"DROP TABLE {table}")
        stored.executescript(script)


@pytest.fixture
def after(start_hub):
    """Starts the Worker over what `script` makes."""
    def start(script, *options, **more):
        hub = start_hub()
        assert ask(hub)
        hub.kill()
        rewrite(hub, script)
        return start_hub(*options, **more)

    return start


def listed(hub):
    status, info = hub.get_json("GET", "/network-info", hub.token, key(KEY_A))
    assert status == 200
    return {device["address"]: (device["device_name"], device["public_key"]) for device in info["devices"]}


def test_storage_of_schema_1(after):
    hub = after(SCHEMA_1)
    assert listed(hub) == {"10.9.0.1/24": ("alpha", KEY_A), "10.9.0.2/24": ("bravo", KEY_B), "10.9.0.3/24": ("", "")}
    assert ask(hub, KEY_B) == "10.9.0.2/24" and ask(hub, KEY_C) == "10.9.0.4/24"
    status, grant = redeem(hub, "lt9x3mbj", KEY_C)
    assert status == 200 and grant["server_url"] == "https://hub.example" and grant["subnet"] == "10.9.0.0/24"
    hub.kill()
    with contextlib.closing(sqlite3.connect(database(hub))) as stored:
        assert stored.execute("SELECT COUNT(*) FROM invite WHERE is_redeemed = 1").fetchone() == (2,)


SECOND = "239d39788d3c7bc474022c2780958f08"
REFRESH_TOKEN = "bgr_35c00050e30098765a368573c7f5f68c1b85134e0588d349ab022f7b21c5318d"


def test_storage_of_schema_2(after):
    """Credentials go on being good, and the log says who is in."""
    hub = after((HERE.parent / "vectors" / "worker-storage-2.sql").read_text(encoding="ascii"))
    refreshed = call(hub, "POST", "/auth/refresh", {"device_id": SECOND, "refresh_token": REFRESH_TOKEN})
    assert refreshed.status == 200 and (refreshed["state"], refreshed["address"]) == ("active", "10.0.0.2/24")
    token = refreshed["access_token"]
    assert call(hub, "GET", "/network/log?from=3", token=token)["count"] == 4
    devices = call(hub, "GET", "/auth/devices", token=token)["devices"]
    assert [(device["device_name"], device["state"], device["owner"]) for device in devices] == [
        ("first", "active", True), ("second", "active", False), ("third", "revoked", False), ("waits", "pending", False)]


SCHEMA_3 = (HERE.parent / "vectors" / "worker-storage-2.sql").read_text(encoding="ascii") + """
ALTER TABLE invite ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE invite ADD COLUMN signing_key TEXT NOT NULL DEFAULT '';
UPDATE setting SET value = '3' WHERE name = 'schema';
"""


def test_storage_of_schema_3(after):
    """Nobody knows who made the codes of then."""
    hub = after(SCHEMA_3)
    assert call(hub, "POST", "/auth/refresh", {"device_id": SECOND, "refresh_token": REFRESH_TOKEN}).status == 200
    hub.kill()
    with contextlib.closing(sqlite3.connect(database(hub))) as stored:
        assert {row[0] for row in stored.execute("SELECT made_by FROM invite")} == {""}
        assert stored.execute("SELECT value FROM setting WHERE name = 'schema'").fetchone() == ("4",)


def test_storage_of_a_later_worker_is_refused_by_name(after):
    hub = after(SCHEMA_1.replace("'schema', '1'", "'schema', '999'"))
    status, _, body = hub.request("GET", "/network-info", hub.token)
    assert status == 500 and "newer Worker" in body

    async def scene():  # nor does anybody come in: it may say who was put out
        assert await hub.refused() == 500

    run(scene())


# The Go program's Worker: its object is of the same class, and so is the storage


def test_go_worker_up_to_1_7(after):
    hub = after(GO_1_5)
    assert listed(hub) == {"10.7.0.1/24": ("alpha", KEY_A), "10.7.0.2/24": ("bravo", KEY_B), "10.7.0.3/24": ("", ""),
                           "10.7.0.5/24": ("without-a-key", "")}
    assert ask(hub, KEY_A) == "10.7.0.1/24"
    assert ask(hub) == "10.7.0.4/24"  # not that of who has an invite, and has not joined yet
    assert redeem(hub, hub.new_invite())[1]["address"] == "10.7.0.6/24"
    assert redeem(hub, "AB12-CD34")[0] == 404  # it could be tried as often as one liked: whoever needs one asks for a new one

    async def scene():
        alpha = await hub.join("alpha", KEY_A, address="10.7.0.1/24")
        late = await hub.join("late", KEY_C, address="10.7.0.3/24")
        assert late.first["peers"][0]["peerId"] == alpha.name

    run(scene())
    assert listed(hub)["10.7.0.3/24"] == ("late", KEY_C)


def test_go_worker_from_1_8(after):
    hub = after(GO_1_8)
    assert listed(hub) == {"10.7.0.1/24": ("alpha", ""), "10.7.0.3/24": ("charlie", "")}
    assert ask(hub, KEY_A) == "10.7.0.2/24"  # of one that was revoked: nobody knows whose key alpha's is

    async def scene():
        await hub.join("alpha", KEY_A, address="10.7.0.1/24")

    run(scene())
    assert listed(hub)["10.7.0.1/24"] == ("alpha", KEY_A)


def test_relay_goes_on_with_the_secret_of_go(after):
    """Machines that were set up then have it, and make their credentials of it."""
    hub = after(GO_1_8, environment={"TURN_SECRET": ""})
    assert hub.get_json("GET", "/network-info", hub.token)[1]["turn_secret"] == SECRET_OF_GO
    assert redeem(hub, hub.new_invite())[1]["turn_secret"] == SECRET_OF_GO

    async def scene():
        device = await TurnClient.open(hub, secret=SECRET_OF_GO)
        assert await device.allocate() == 0

    run(scene())


def test_variable_goes_before_the_secret_of_go(after):
    hub = after(GO_1_8)
    assert hub.get_json("GET", "/network-info", hub.token)[1]["turn_secret"] == hub.turn_secret != SECRET_OF_GO

    async def scene():
        await pair(hub)
        device = await TurnClient.open(hub, secret=SECRET_OF_GO)
        await device.challenge()
        assert await device.allocate() == 401

    run(scene())


def test_go_worker_is_read_once(after, start_hub):
    hub = after(GO_1_5)
    assert len(listed(hub)) == 4
    hub.kill()
    with contextlib.closing(sqlite3.connect(database(hub))) as stored, stored:
        assert stored.execute("SELECT COUNT(*) FROM devices").fetchone() == (6,)  # it may come back
        stored.execute(f"INSERT INTO devices VALUES ('10.7.0.9/24', 'later', '{KEY_C}', 1700000009)")
    assert len(listed(start_hub())) == 4


SENSELESS = {
    "a subnet that is none": GO_1_5.replace("10.7.0.0/24", "nonsense"),
    "a subnet of bytes": GO_1_5.replace("'10.7.0.0/24'", "X'00ff'"),
    "a secret that is none": GO_1_8.replace(SECRET_OF_GO, "short"),
    "nothing yet": "CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT);",
    "other columns": "CREATE TABLE devices (x TEXT); CREATE TABLE network (something TEXT);",
    "no devices": "CREATE TABLE network (key TEXT, value TEXT); INSERT INTO network VALUES ('subnet', '10.7.0.0/24');",
}


@pytest.mark.parametrize("script", SENSELESS.values(), ids=SENSELESS)
def test_what_go_left_makes_no_sense(after, script):
    hub = after(script)
    assert hub.get_json("GET", "/network-info", hub.token)[1]["turn_secret"] == hub.turn_secret
    assert redeem(hub, hub.new_invite())[0] == 200


# Sockets that another one left


@pytest.fixture
def left(workerd, tmp_path):
    """The Worker, to which sockets can be given that it did not accept itself."""
    code = tmp_path / "code"
    code.mkdir()
    for file in [*runtime.folder().iterdir(), HERE / "earlier-worker.js"]:
        (code / file.name).symlink_to(file.resolve())
    config = code / "earlier.capnp"
    ours = '(name = "worker.js", esModule = embed "worker.js"),'
    text = (runtime.folder() / "workerd.capnp").read_text(encoding="utf-8")
    assert ours in text
    config.write_text(text.replace(ours, '(name = "main", esModule = embed "earlier-worker.js"),\n' + ours), encoding="utf-8")
    hub = Worker(tmp_path / "state", (), config=config)
    hub.wait_ready()
    yield hub
    hub.kill()


async def leave(hub, attachment, name=None, path="/connect"):
    return Client(await hub.connect(path=path, headers={"Test-Attachment": json.dumps(attachment)}), name)


async def until_new(hub, which):
    """Until the object was made anew, over the sockets that it finds."""
    async def since():
        return (await asyncio.to_thread(hub.get_json, "GET", "/status", TOKEN))[1][which]["awake_since"]

    before = await since()
    for _ in range(4):
        await asyncio.sleep(EVICTION)
        if await since() != before:
            return
    pytest.fail("the object never slept")


def entry(name, key, **fields):
    return json.dumps({**fields, "peerId": name, "publicKey": key}, separators=(",", ":"))


STRANGE = [
    None, 7, {}, {"wsId": 3, "joined": True, "isTurn": False, "peerId": "charlie", "publicKey": KEY_C, "address": "10.0.0.3/24"},
    {"form": 99, "openedAt": 1, "network": ""}, {"openedAt": 1, "network": "", "entry": "{"},
    {"openedAt": 1, "network": "", "entry": "[]"}, {"openedAt": 1, "network": "", "entry": {"peerId": "charlie"}},
    {"openedAt": 1, "network": "", "entry": '{"peerId":"","publicKey":""}'},
]


@pytest.mark.limit(120)
def test_sockets_of_rooms(left):
    """As the Worker of 2026-12-01 left them: they stay. Those of the Go program's, of a later one, and what is none: to come again."""
    async def scene():
        now = int(time.time() * 1000)
        there = entry("alpha", KEY_A, address="10.0.0.1/24", metadata={"dns": '["10.0.0.53"]'}, routes=["192.168.1.0/24"])
        alpha = await leave(left, {"openedAt": now, "network": "", "entry": there}, "alpha")
        bravo = await leave(left, {"openedAt": now, "network": "123", "entry": entry("bravo", KEY_B)}, "bravo")
        gone = await leave(left, {"openedAt": now, "network": "", "gone": True})
        strange = [await leave(left, attachment) for attachment in STRANGE]
        await until_new(left, "room")
        for client in strange:
            assert await client.closed() == (RENEWED, "this hub was renewed: come again")
        assert await bravo.nothing_came(alpha) and await alpha.nothing_came(bravo)
        charlie = await left.join("charlie", KEY_C)
        assert sorted(charlie.first["peers"], key=lambda peer: peer["peerId"]) == [json.loads(there), json.loads(entry("bravo", KEY_B))]
        await gone.close()
        await bravo.close()
        for client in alpha, charlie:
            while (message := await client.receive())["type"] != "peer-left":
                assert message["peers"][0]["peerId"] == "charlie"
            assert message["peerId"] == "bravo"

    asyncio.run(asyncio.wait_for(scene(), 110))


def saved_1(user, peer, until_ms):
    """What the relay kept of a client on 2026-12-01: an allocation, with permission for and channel 0x4000 to `peer`."""
    head = struct.pack("!BQBQQ", 1, 0, 1, 5, until_ms) + b"\x01"
    allocation = struct.pack("!QI", until_ms, 600) + bytes(12) + bytes(16) + struct.pack("!H", len(user)) + user
    return head + allocation + struct.pack("!BIQ", 1, peer, until_ms) + struct.pack("!BIHQ", 1, peer, 0x4000, until_ms)


@pytest.mark.limit(120)
def test_sockets_of_the_relay(left):
    async def scene():
        now = int(time.time() * 1000)
        users = [b"4102444800:alpha", b"4102444800:bravo"]
        kept = [await leave(left, {"openedAt": now, "network": {"bigint": "0"}, "number": number,
                                   "saved": {"bytes": saved_1(user, 3 - number, now + 300_000).hex()}}, path="/turn")
                for number, user in enumerate(users, 1)]
        good = saved_1(users[0], 1, now + 300_000)
        strange = [await leave(left, attachment, path="/turn") for attachment in [
            None, {"wsId": 1, "joined": False, "isTurn": True}, {"openedAt": now, "number": 5},
            {"openedAt": now, "number": 5, "network": {"bigint": "0"}, "saved": {"bytes": "02" + good.hex()[2:]}},
            {"openedAt": now, "number": 5, "network": {"bigint": "0"}, "saved": {"bytes": "01" * 2000}},
            {"openedAt": now, "number": "5", "network": {"bigint": "0"}, "saved": {"bytes": good.hex()}},
            {"openedAt": now, "number": 0, "network": {"bigint": "0"}, "saved": {"bytes": good.hex()}},
            {"form": 2, "openedAt": now, "number": 5, "network": {"bigint": "0"}, "saved": {"bytes": good.hex()}},
        ]]
        await until_new(left, "relay")
        for client in strange:
            assert (await client.closed())[0] == RENEWED
        for sender, receiver in kept, kept[::-1]:
            await sender.socket.send(b"\x40\x00\x00\x05there\0\0\0")
            assert await asyncio.wait_for(receiver.socket.recv(), TIMEOUT) == b"\x40\x00\x00\x05there\0\0\0"
        again = await pair(left)
        assert {device.address for device in again} == {("10.255.0.3", 50000), ("10.255.0.4", 50000)}

    asyncio.run(asyncio.wait_for(scene(), 110))
