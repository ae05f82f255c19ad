# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an owner lets the relay cost: what is counted, what happens at the end of it, and what is remembered."""

import asyncio
import subprocess
import time

import pytest

from hub_process import run, wait_for
from turn_client import TurnClient, pair

PLAIN = ("--plain", "--listen", "127.0.0.1:0")
EVICTION = 11
FULL = 508


def relay_of(hub):
    return hub.get_json("GET", "/status", hub.token)[1]["relay"]


async def use_up(alpha, bravo):
    """One sends and the other takes until the relay lets it go; code and reason."""
    ended = asyncio.ensure_future(alpha.socket.wait_closed())
    while not ended.done():
        await alpha.send_channel(0x4000, b"x" * 1000)
        came = asyncio.ensure_future(bravo.receive_payload())
        await asyncio.wait({ended, came}, return_when=asyncio.FIRST_COMPLETED)
        came.cancel()
    return alpha.socket.close_code, alpha.socket.close_reason


async def spend_a_bit(hub, packets):
    alpha, bravo = await pair(hub)
    for _ in range(packets):
        await alpha.send_channel(0x4000, b"x" * 1000)
        await bravo.receive_payload()
    return alpha, bravo


async def code_of_newcomer(hub):
    return await (await TurnClient.open(hub, "charlie")).allocate()


@pytest.mark.parametrize("ceiling", ["20kB/day", "30 messages/day", "20kB/month,1TB/day"])
def test_end_of_it(start_hub, ceiling):
    """Who is there has to go, who comes is refused, and the owner sees why."""
    hub = start_hub(*PLAIN, "--relay-ceiling", ceiling)

    async def scene():
        before = await asyncio.to_thread(relay_of, hub)
        assert before["reached"] == "no" and before["until"] == 0
        alpha, bravo = await pair(hub)
        code, reason = await use_up(alpha, bravo)
        assert code == 1008 and "as much as its owner allows" in reason
        assert await code_of_newcomer(hub) == FULL
        said = await asyncio.to_thread(relay_of, hub)
        assert said["reached"] == ("month" if "month" in ceiling else "day")
        assert said["until"] > time.time() and said["over_ceiling"] >= 2
        assert said["spent"]["day"]["bytes"] <= 30000 and said["spent"]["day"]["messages"] >= 10
        assert said["spent"]["month"] == said["spent"]["day"]

    run(scene())


def test_without_one_it_is_counted_only(hub):
    run(spend_a_bit(hub, 3))
    said = relay_of(hub)
    assert said["ceiling"] == {period: {"bytes": 0, "messages": 0} for period in ("day", "month")}
    assert said["spent"]["day"]["bytes"] == 3000 and said["reached"] == "no"
    assert said["spent"]["day"]["messages"] == 3 + 3 * 2  # challenge, allocation and channel of each


def test_a_restart_begins_nothing_anew(start_hub):
    hub = start_hub(*PLAIN, "--relay-ceiling", "20kB/day")

    async def scene():
        await use_up(*await pair(hub))

    run(scene())
    wait_for(lambda: relay_of(hub)["reached"] == "day")
    before = relay_of(hub)["spent"]
    hub.stop()
    hub = start_hub(*PLAIN, "--relay-ceiling", "20kB/day")
    assert run(code_of_newcomer(hub)) == FULL
    assert relay_of(hub)["spent"]["day"]["bytes"] == before["day"]["bytes"]


@pytest.mark.host_only("hub", "the Worker's stands in the attachment of a socket, which goes with the process")
def test_what_was_spent_is_written_when_it_stops(start_hub):
    hub = start_hub(*PLAIN, "--relay-ceiling", "1GB/day")
    run(spend_a_bit(hub, 5))
    hub.stop()
    hub = start_hub(*PLAIN, "--relay-ceiling", "1GB/day")
    assert relay_of(hub)["spent"]["day"]["bytes"] == 5000


@pytest.mark.host_only("hub", "workerd ends by itself only")
def test_a_step_outlives_a_kill(start_hub):
    """A step of 64 KiB was written at once; what came behind it is lost."""
    hub = start_hub(*PLAIN, "--relay-ceiling", "1MB/day")
    run(spend_a_bit(hub, 70))
    hub.get_json("GET", f"/invite/{hub.new_invite()}")  # on the disk, and with it what waited before
    hub.kill()
    hub = start_hub(*PLAIN, "--relay-ceiling", "1MB/day")
    assert 64000 <= relay_of(hub)["spent"]["day"]["bytes"] <= 70000


@pytest.mark.host_only("worker", "the hub does not sleep")
def test_sleep_begins_nothing_anew(start_hub):
    hub = start_hub("--relay-ceiling", "1GB/day")

    async def scene():
        alpha, bravo = await spend_a_bit(hub, 5)
        before = await asyncio.to_thread(relay_of, hub)
        assert before["spent"]["day"]["bytes"] == 5000
        for _ in range(4):
            await asyncio.sleep(EVICTION)
            after = await asyncio.to_thread(relay_of, hub)
            if after["awake_since"] != before["awake_since"]:
                break
        assert after["awake_since"] != before["awake_since"] and after["spent"] == before["spent"]
        # the socket that kept it goes, the other one stays; then that too
        for device in (alpha, bravo):
            await device.close()
        before = after
        for _ in range(4):
            await asyncio.sleep(EVICTION)
            after = await asyncio.to_thread(relay_of, hub)
            if after["awake_since"] != before["awake_since"]:
                break
        assert after["awake_since"] != before["awake_since"] and after["spent"] == before["spent"]

    asyncio.run(asyncio.wait_for(scene(), 110))


@pytest.mark.parametrize("ceiling", ["50", "50GB", "0B/day", "50GB/year", "-1B/day", "50GB/day,"])
def test_what_is_no_ceiling(request, hub_kind, start_hub, tmp_path, ceiling):
    if hub_kind == "worker":
        hub = start_hub("--relay-ceiling", ceiling)
        status, _, text = hub.request("GET", "/status")
        assert status == 500 and "RELAY_CEILING" in text
        return
    program = request.getfixturevalue("hub_program")
    done = subprocess.run([program, "--state-dir", tmp_path / "x", f"--relay-ceiling={ceiling}"], capture_output=True, text=True,
                          timeout=10, check=False)
    assert done.returncode == 2 and "--relay-ceiling" in done.stderr
