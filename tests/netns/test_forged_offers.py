# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub that speaks in the name of a peer: what it forges, or says once more, ends no tunnel that works.

    a ── r ── b, and the test as the hub of both
"""

import re

import pytest

from lab import measure
from lab.lying_hub import LyingHub


@pytest.fixture
def hub():
    a_hub = LyingHub()
    yield a_hub
    a_hub.close()


def changed(sdp, **attributes):
    """The description with other values of these attributes."""
    for name, value in attributes.items():
        sdp = re.sub(rf"(?m)^a={name.replace('_', '-')}:.*?(\r?)$", rf"a={name.replace('_', '-')}:{value}\1", sdp)
    return sdp


STOLEN = {"ice_ufrag": "stolen12", "ice_pwd": "0123456789abcdef0123456789abcdef"}
FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)


def new_session(offer):
    return {**offer, "sdp": changed(offer["sdp"], fingerprint=FINGERPRINT, **STOLEN)}


def of_another_make(offer):
    return {key: value for key, value in new_session(offer).items() if key != "bamgate"}


def restart(offer):
    return {**offer, "sdp": changed(offer["sdp"], **STOLEN)}


def with_another_key(offer):
    return {**new_session(offer), "publicKey": "A" * 43 + "="}


def said_again(offer):
    return offer


LIES = (new_session, of_another_make, restart, with_another_key, said_again)


def test_lies(net, hub):
    """Each is dropped at the door, or the peer is asked first, which answers."""
    a, b = hub.machine(net.host("a"), "10.0.0.1"), hub.machine(net.host("b"), "10.0.0.2")
    a.wait_peer("b", path="direct")
    b.wait_peer("a", path="direct")
    began = b.peer("a")["ConnectedSince"], b.peer("a")["RemoteCandidate"]
    ping = b.host.start("pings", "ping", "-n", "-i", "0.05", a.address)
    ping.wait_line("icmp_seq=3 ")
    for lie in LIES:
        hub.say(lie(hub.offer_of("a")))
    ping.wait_line("icmp_seq=100 ", 20)  # a check of the peer has three tries of a second
    assert ping.text().count(" ttl=") >= 98, ping.text()
    assert b.peer("a")["State"] == "connected"
    assert (b.peer("a")["ConnectedSince"], b.peer("a")["RemoteCandidate"]) == began
    measure.ping(a.host, b.address)
    ping.stop()
