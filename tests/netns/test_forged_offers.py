# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub that speaks in the name of a peer: what it forges, or says once more, ends no tunnel that works.

    a ── r ── b, and the test as the hub of both
"""

import re
import time

import pytest

from lab import measure
from lab.lying_hub import LyingHub


MARKER = "a=x-bamgate:1\r\n"


class Meddler(LyingHub):
    """Between a and b it takes the line out of answers that says that DTLS may be done without; between a and c it takes it out of
    offers, and adds it to answers: the two understand a description differently. Proofs it takes out, as if both were older than
    they are; a description that is not what its proof says would be dropped."""

    def say(self, message):
        if "sdp" in message:
            message = {**message, "bamgate": {key: value for key, value in message["bamgate"].items() if key != "mac"}}
            with_c, is_offer = "c" in (message["from"], message["to"]), message["type"] == "offer"
            if is_offer == with_c:
                message = {**message, "sdp": message["sdp"].replace(MARKER, "")}
            if with_c and not is_offer:
                message = {**message, "sdp": message["sdp"].rstrip("\r\n") + "\r\n" + MARKER}
        super().say(message)


def opened(a_hub):
    yield a_hub
    a_hub.close()


@pytest.fixture
def hub():
    yield from opened(LyingHub())


@pytest.fixture
def meddler():
    yield from opened(Meddler())


def test_marker_that_the_hub_changes(net, meddler):
    a, b, c = (meddler.machine(net.host(name), f"10.0.0.{number}") for number, name in enumerate("abc", 1))
    begin = time.monotonic()
    for other in (b, c):
        measure.ping_until_answered(a.host, other.address, seconds=15)
        print(f"{other.name}: {time.monotonic() - begin:.1f} s")
    assert any(MARKER in message["sdp"] for message in meddler.heard if message["type"] == "offer")


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
