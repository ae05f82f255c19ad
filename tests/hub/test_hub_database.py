# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is promised to one device is not promised to another, whatever the database does meanwhile."""

import concurrent.futures
import contextlib
import resource
import socket
import sqlite3
import subprocess
import time

import pytest

from hub_process import KEY_A, KEY_B, TIMEOUT, run, wait_for

pytestmark = pytest.mark.host_only("hub", "for now")

PLAIN = ("--plain", "--listen", "127.0.0.1:0")
AT_ONCE = 1.8  # seconds; it took two and more while SQLite waited for the lock


def key(text):
    return {"Bamgate-Public-Key": text}


def ask(hub, public_key=None):
    status, info = hub.get_json("GET", "/network-info", hub.token, key(public_key) if public_key else None)
    assert status == 200
    return info["next_address"]


def redeem(hub, code, public_key=None):
    return hub.get_json("GET", f"/invite/{code}", headers=key(public_key) if public_key else None)


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
        return database.execute("SELECT address, name FROM devices ORDER BY address").fetchall()


def is_degraded(hub):
    return hub.get_json("GET", "/status")[1]["status"] == "degraded"


# Reservations


def test_two_that_ask_at_once_get_two_addresses(hub):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        addresses = list(pool.map(lambda _: ask(hub), range(8)))
    assert sorted(addresses) == [f"10.0.0.{i}/24" for i in range(1, 9)]


def test_who_asks_again_gets_its_own(hub):
    assert [ask(hub, KEY_A), ask(hub, KEY_B), ask(hub, KEY_A)] == ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.1/24"]

    async def scene():
        await hub.join("alpha", KEY_A, address="10.0.0.1/24")

    run(scene())
    assert ask(hub, KEY_A) == "10.0.0.1/24"


def test_code_is_redeemed_again_by_the_same_key(hub):
    code = hub.new_invite()
    first = redeem(hub, code, KEY_A)
    assert first[0] == 200 and first[1]["address"] == "10.0.0.1/24"
    assert redeem(hub, code, KEY_A) == first
    for other in [KEY_B, None]:
        assert redeem(hub, code, other) == (404, {"error": "invalid or expired invite code"})
    assert ask(hub, KEY_A) == "10.0.0.1/24"


@pytest.mark.parametrize("path", ["/network-info", "/invite/AAAA-AAAA"])
@pytest.mark.parametrize("text", ["", "rubbish", KEY_A[:-1], KEY_A + "A"])
def test_what_is_no_key_is_refused(hub, path, text):
    assert hub.get_json("GET", path, hub.token, key(text))[0] == 400


def test_grant_survives_a_kill(start_hub):
    hub = start_hub(*PLAIN)
    code = hub.new_invite()
    grant = redeem(hub, code, KEY_A)
    hub.kill()
    again = start_hub(*PLAIN)
    assert ask(again, KEY_B) == "10.0.0.2/24"
    assert redeem(again, code, KEY_A)[1]["address"] == grant[1]["address"]


def test_address_in_use_is_never_given_away(hub):
    async def scene():
        alpha = await hub.join("alpha", "a key that nobody can record", address="10.0.0.1/24")
        assert ask(hub) == "10.0.0.2/24"
        await alpha.close()

    run(scene())


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
