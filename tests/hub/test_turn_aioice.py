# SPDX-License-Identifier: LGPL-2.1-or-later
"""The relay, as clients use it that nobody here wrote: the TURN and ICE of aioice, over a bridge."""

import asyncio

import aioice
from aioice.turn import create_turn_endpoint

from hub_process import TIMEOUT, run
from turn_client import RELAY_PORT, Bridge, credentials


class Sink(asyncio.DatagramProtocol):
    def __init__(self):
        self.came = asyncio.Queue()

    def datagram_received(self, data, address):
        self.came.put_nowait((data, address))


async def endpoint(hub, bridge, name):
    username, password = credentials(hub.turn_secret, name)
    return await create_turn_endpoint(Sink, bridge.address, username, password, transport="tcp")


def test_turn_client(hub):
    async def scene():
        async with Bridge(hub) as bridge:
            alpha, _ = await endpoint(hub, bridge, "alpha")
            bravo, heard = await endpoint(hub, bridge, "bravo")
            there = bravo.get_extra_info("sockname")
            assert there == ("10.255.0.2", RELAY_PORT)
            bravo.sendto(b"permits", alpha.get_extra_info("sockname"))
            while heard.came.empty():  # as UDP does, it loses what comes before the other has permitted it
                alpha.sendto(b"hello", there)
                await asyncio.sleep(0.02)
            assert (await heard.came.get())[0] == b"hello"
            alpha.close()
            bravo.close()

    run(scene())


async def agent(hub, bridge, name, controlling):
    username, password = credentials(hub.turn_secret, name)
    connection = aioice.Connection(ice_controlling=controlling, use_ipv4=False, use_ipv6=False,
                                   turn_server=bridge.address, turn_username=username, turn_password=password,
                                   turn_transport="tcp")
    await connection.gather_candidates()
    assert [candidate.type for candidate in connection.local_candidates] == ["relay"]
    return connection


async def tell(one, other):
    other.remote_username, other.remote_password = one.local_username, one.local_password
    for candidate in one.local_candidates:
        await other.add_remote_candidate(candidate)
    await other.add_remote_candidate(None)


def test_ice_over_nothing_but_the_relay(hub):
    async def scene():
        async with Bridge(hub) as bridge:
            alpha, bravo = await agent(hub, bridge, "alpha", True), await agent(hub, bridge, "bravo", False)
            await tell(alpha, bravo)
            await tell(bravo, alpha)
            await asyncio.wait_for(asyncio.gather(alpha.connect(), bravo.connect()), TIMEOUT)
            for number in range(100):
                await alpha.send(b"%d" % number)
                assert await asyncio.wait_for(bravo.recv(), TIMEOUT) == b"%d" % number
                await bravo.send(b"and back")
                assert await asyncio.wait_for(alpha.recv(), TIMEOUT) == b"and back"
            await alpha.close()
            await bravo.close()

    run(scene())
