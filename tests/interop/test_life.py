# SPDX-License-Identifier: LGPL-2.1-or-later
"""What connections to foreign peers go through: restarts, kills, closed channels, cut links, garbage.

    hub ── r ── m bamgated, 10.0.0.1, a or z aiortc or Chromium with wireguard-go behind it, 10.0.0.2
"""

import pytest

from lab import measure
from lab.process import LabError

ENGINES = ("aiortc", "browser")
ROLES = ("a", "z")  # the smaller name offers

every_peer = pytest.mark.parametrize("engine, name", [(engine, name) for engine in ENGINES for name in ROLES])
browser = pytest.mark.parametrize("name", ROLES)


@pytest.fixture
def connect(mesh, foreign):
    """Ours and theirs, connected."""
    def connected(engine, name, **options):
        ours = mesh.machine("m")
        theirs = foreign(name, engine, **options).know(ours).start()
        ours.wait_peer(name, state="connected")
        measure.ping_until_answered(ours.host, theirs.address)
        return ours, theirs

    return connected


@every_peer
def test_connects(connect, engine, name):
    ours, theirs = connect(engine, name)
    measure.ping(theirs.host, ours.address)
    assert ours.peer(name)["Path"] == "data-channel"


@every_peer
def test_they_restart(connect, engine, name):
    """As asked, with a goodbye."""
    ours, theirs = connect(engine, name)
    theirs.stop()
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)


@every_peer
def test_they_are_killed(connect, engine, name):
    ours, theirs = connect(engine, name)
    theirs.kill()
    theirs.start()
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)


@every_peer
def test_we_are_killed(connect, engine, name):
    ours, theirs = connect(engine, name)
    ours.kill()
    ours.start().wait_state("online")
    measure.ping_until_answered(ours.host, theirs.address, seconds=15)


@every_peer
def test_they_leave_the_hub(connect, engine, name):
    """For a while: the tunnel lives on without it."""
    ours, theirs = connect(engine, name)
    theirs.order(leave=True)
    theirs.program.wait("hub-closed")
    measure.ping(ours.host, theirs.address)
    theirs.order(join=True)
    theirs.program.wait("joined")
    measure.ping_until_answered(ours.host, theirs.address, seconds=10)


@every_peer
def test_connection_closed(connect, engine, name):
    ours, theirs = connect(engine, name)
    theirs.order(close="m")
    theirs.program.wait("channel-open", 5)
    measure.ping_until_answered(ours.host, theirs.address, seconds=3)


@browser
def test_channel_closed(connect, name):
    ours, theirs = connect("browser", name)
    theirs.order(engine={"closeChannel": "m"})
    theirs.program.wait("channel-open", 5)
    measure.ping_until_answered(ours.host, theirs.address, seconds=3)


@pytest.mark.long
@every_peer
def test_link_cut(connect, net, engine, name):
    """For ten seconds, which no peer takes for an end, and which SCTP alone would notice only some seconds later."""
    ours, theirs = connect(engine, name)
    net.cut(theirs.host)
    with pytest.raises(LabError):
        measure.ping_until_answered(ours.host, theirs.address, seconds=10)
    net.mend(theirs.host)
    measure.ping_until_answered(ours.host, theirs.address, seconds=3)


@every_peer
def test_garbage(connect, engine, name):
    """In the channel, and from the hub: none of it ends a tunnel."""
    ours, theirs = connect(engine, name)
    noise = "import os, socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    noise += f"for size in (0, 1, 31, 32, 148, 1184, 1185, 9000): s.sendto(os.urandom(size), ('127.0.0.1', {theirs.known['m']}))"
    theirs.host.run("python3", "-c", noise)
    for message in ({"type": "offer", "sdp": "v=0"}, {"type": "answer", "sdp": ""}, {"type": "offer", "sdp": "v=0\r\n" * 3000},
                    {"type": "ice-candidate", "candidate": "candidate:1 1 udp 1 10.0.0.1 1 typ host"},
                    {"type": "ice-candidate", "candidate": "x" * 20000}, {"type": "ice-candidate", "candidate": "\0"}):
        theirs.order(frame={**message, "from": name, "to": "m", "publicKey": theirs.wireguard.keys.public})
    measure.ping(ours.host, theirs.address)
    measure.ping(theirs.host, ours.address)


@pytest.mark.long
@pytest.mark.limit(240)
@every_peer
def test_across_a_rekey(connect, engine, name):
    """REKEY_AFTER_TIME is two minutes of real time; no ping is lost over it."""
    ours, theirs = connect(engine, name)
    measure.ping(ours.host, theirs.address, count=650, interval=0.2)
