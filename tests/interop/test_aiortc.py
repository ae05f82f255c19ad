# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's aiortc, with wireguard-go behind it, as a machine of the mesh.

    hub ── r ── m bamgated, 10.0.0.1, a or z aiortc, 10.0.0.2
"""

import pytest

from lab import measure
from lab.datagrams import stream

CONNECTIONS, STREAM_S = 20, 60

@pytest.fixture
def connect(mesh, foreign):
    """Ours and theirs, connected."""
    def connected(name, **options):
        ours = mesh.machine("m")
        theirs = foreign(name, **options).know(ours).start()
        ours.wait_peer(name, state="connected")
        return ours, theirs

    return connected


def test_legacy_description(connect):
    ours, theirs = connect("a", options=["--legacy"])
    measure.ping_until_answered(ours.host, theirs.address)


@pytest.mark.parametrize("tsn", ("0x00000001", "0x90000000", "0xffffffc0"))
def test_lost_fragments(connect, net, tsn):
    """Full packets are two fragments. What is lost is lost, and the rest arrives, whatever number the peer began with."""
    ours, theirs = connect("a", options=["--tsn", tsn])
    measure.ping_until_answered(theirs.host, ours.address)
    net.impair(theirs.host, delay_ms=15, loss_percent=1)
    measure.ping_until_answered(theirs.host, ours.address)
    lost, silence = stream(theirs.host, ours.host, ours.address, 8)
    # aiortc gives up all that it has sent whenever its timer of a second ends, the more so on a busy machine. A direction that
    # is dead stays silent to the end.
    assert lost < 70 and silence < 5


@pytest.mark.long
@pytest.mark.limit(2 * CONNECTIONS * STREAM_S)
@pytest.mark.parametrize("engine", ("aiortc", "browser"))
def test_no_direction_dies(connect, net, engine):
    """One connection after the other, each with numbers of its own, on a link that loses fragments all the time."""
    ours, theirs = connect("a", engine=engine)
    net.impair(theirs.host, delay_ms=15, loss_percent=1)
    for _ in range(CONNECTIONS):
        theirs.stop()
        theirs.start()
        measure.ping_until_answered(theirs.host, ours.address)
        lost, silence = stream(theirs.host, ours.host, ours.address, STREAM_S)
        assert lost < 40 and silence < 3
        measure.ping_until_answered(ours.host, theirs.address, seconds=3)
