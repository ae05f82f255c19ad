# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the hub does while it cannot write its database."""

import contextlib
import resource
import socket
import sqlite3
import subprocess
import time

import pytest

from device_client import Device, new_key
from hub_process import KEY_A, KEY_B, TIMEOUT, ask, redeem, run, wait_for

pytestmark = pytest.mark.host_only("hub", "a file that others can lock, on a disk that can be full")

PLAIN = ("--plain", "--listen", "127.0.0.1:0")
AT_ONCE = 1.8  # seconds; it took two and more while SQLite waited for the lock


@contextlib.contextmanager
def locked(hub):
    other = sqlite3.connect(hub.state / "hub.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.close()


def stored(hub):
    with contextlib.closing(sqlite3.connect(hub.state / "hub.sqlite")) as database:
        return database.execute("SELECT address, name FROM leases ORDER BY address").fetchall()


def is_degraded(hub):
    return hub.get_json("GET", "/status")[1]["status"] == "degraded"


# A database that does not let us write


def timed(function, *arguments):
    begin = time.monotonic()
    answer = function(*arguments)
    assert time.monotonic() - begin < AT_ONCE
    return answer


def test_locked_database_keeps_nobody_waiting(start_hub):
    hub = start_hub(*PLAIN)

    async def join(name, public_key, address):
        begin = time.monotonic()
        client = await hub.join(name, public_key, address=address)
        assert time.monotonic() - begin < AT_ONCE
        return client

    async def scene():
        alpha = await join("alpha", KEY_A, "10.0.0.1/24")
        code = timed(hub.new_invite)
        assert timed(redeem, hub, code, KEY_B)[1]["address"] == "10.0.0.2/24"
        assert timed(ask, hub) == "10.0.0.3/24"
        bravo = await join("bravo", KEY_B, "10.0.0.2/24")
        assert timed(hub.get_json, "GET", "/status")[0] == 200
        await alpha.close()
        await bravo.close()

    with locked(hub):
        run(scene())
        wait_for(lambda: is_degraded(hub))
        assert "locked" in hub.get_json("GET", "/status")[1]["reason"]
        assert stored(hub) == []
    wait_for(lambda: not is_degraded(hub))
    assert stored(hub) == [("10.0.0.1/24", "alpha"), ("10.0.0.2/24", "bravo"), ("10.0.0.3/24", "")]
    assert hub.log().count("nothing is written at present") == 1
    assert hub.stop() == 0


def test_client_that_leaves_before_its_answer(hub):
    code = hub.new_invite()
    with locked(hub):
        with socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) as tcp:
            tcp.sendall(f"GET /invite/{code} HTTP/1.1\r\nHost: x\r\nBamgate-Public-Key: {KEY_A}\r\n\r\n".encode())
        wait_for(lambda: "10.0.0.1/24 reserved" in hub.log())
        assert redeem(hub, code, KEY_A)[0] == 200
    assert hub.stop() == 0


def test_stop_while_an_answer_waits(hub):
    code = hub.new_invite()
    with locked(hub), socket.create_connection(("127.0.0.1", hub.port), TIMEOUT) as tcp:
        tcp.sendall(f"GET /invite/{code} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: "10.0.0.1/24 reserved" in hub.log())
        assert hub.stop() == 0
    assert "rows are lost" in hub.log()


def test_full_disk_is_said_once_and_made_good(hub):
    _, hard = resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (4096, hard))
    for i in range(1, 4):
        assert timed(ask, hub) == f"10.0.0.{i}/24"
    wait_for(lambda: is_degraded(hub))
    assert stored(hub) == []
    resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    wait_for(lambda: not is_degraded(hub))
    assert len(stored(hub)) == 3


def test_second_hub_with_the_same_state_is_refused(start_hub, hub_program):
    hub = start_hub(*PLAIN)
    done = subprocess.run([hub_program, *PLAIN, "--state-dir", str(hub.state)], capture_output=True, text=True,
                          timeout=TIMEOUT)
    assert done.returncode == 1 and "another bamgate-hub" in done.stderr


SCHEMA_2 = """
CREATE TABLE network (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE devices (room TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL,
  created_at INTEGER NOT NULL, reserved_until INTEGER NOT NULL DEFAULT 0, is_asked INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room, address)) STRICT;
CREATE TABLE invites (code TEXT PRIMARY KEY, server_url TEXT NOT NULL, created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, redeemed INTEGER NOT NULL, redeemed_by TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO network VALUES ('subnet', '10.7.0.0/24');
PRAGMA user_version = 2;
"""


def test_database_of_before_there_were_devices(start_hub, tmp_path):
    """Who joined with the token keeps name, key and address, and registers with it; an invite that was open is good."""
    (tmp_path / "state").mkdir()
    key = new_key()
    with contextlib.closing(sqlite3.connect(tmp_path / "state" / "hub.sqlite")) as database, database:
        database.executescript(SCHEMA_2)
        rows = [("default", "10.7.0.9/24", "alpha", key, 1700000000, 0, 0),
                ("default", "10.7.0.1/24", "bravo", KEY_B, 1700000001, 0, 0)]
        database.executemany("INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("INSERT INTO invites VALUES ('AAAA-BBBB', 'https://h', 1, 4000000000, 0, '', '')")
    hub = start_hub(*PLAIN)
    assert ask(hub, key) == "10.7.0.9/24"
    alpha = Device(hub, "alpha", public_key=key)
    assert (alpha.state, alpha.answer["address"]) == ("active", "10.7.0.9/24") and alpha.listed()["owner"]
    charlie = Device(hub, "charlie", "AAAA-BBBB")
    assert (charlie.answer["address"], charlie.answer["server_url"]) == ("10.7.0.2/24", "https://h")
    assert len(alpha.call("GET", "/network-info")["devices"]) == 3
