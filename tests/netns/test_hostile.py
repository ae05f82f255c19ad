# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hub, or peers behind an honest one, that lie. The fake hub says the words; `a` must stay whole and useful."""

import json

import pytest

from lab import measure
from lab.bamgate import Machine
from lab.fake_hub import FakeHub
from lab.mesh import Mesh
from lab.stranger import Stranger
from lab.wireguard import Keys

RUBBISH_FRAMES = {
    "no-json": {"text": "hello"},
    "half": {"text": '{"type":"peers","peers":['},
    "array": {"text": "[]"},
    "no-type": {"text": "{}"},
    "type-not-text": {"text": '{"type":7}'},
    "unknown-type": {"text": '{"type":"ping"}'},
    "null-list": {"text": '{"type":"peers","peers":null}'},
    "wrong-types": {"text": '{"type":"peers","peers":[{"peerId":"x","publicKey":1}]}'},
    "list-of-numbers": {"text": '{"type":"peers","peers":[1,2,3]}'},
    "deep": {"text": '{"type":"peers","peers":' + "[" * 5000 + "]" * 5000 + "}"},
    "empty-id": {"text": '{"type":"peers","peers":[{"peerId":"","publicKey":"","address":""}]}'},
    "binary": {"hex": "00ff" * 100},
    "nul": {"text": '{"type":"peer-left","peerId":"b\\u0000c"}'},
    "empty": {"text": ""},
    "self-left": {"text": '{"type":"peer-left","peerId":"a"}'},
    "many-peers": {"text": json.dumps({"type": "peers", "peers": [
        {"peerId": f"p{i}", "publicKey": "x", "address": f"10.0.0.{i}/24"} for i in range(250)]})},
}


def entry(name, key, address="10.0.0.2/24", **more):
    return {"peerId": name, "publicKey": key, "address": address, **more}


@pytest.fixture
def lair(net):
    """A machine `a` at 10.0.0.1/24 and the fake hub that it trusts."""
    host = net.host("a")
    with FakeHub(host) as hub:
        machine = Machine(host, {
            "network": {"server-url": hub.url},
            "device": {"name": "a", "address": "10.0.0.1/24", "accept-routes": True, "autostart": True},
        }, {"token": "let-me-in"})
        machine.write_secret("device-key", machine.keys.private)
        machine.start()
        joined = hub.wait_message("join")
        assert joined["peerId"] == "a" and joined["publicKey"] == machine.keys.public
        hub.send({"type": "peers", "peers": None})
        machine.wait_state("online")
        yield hub, machine


def assert_still_useful(hub, machine):
    """An honest newcomer is offered a connection."""
    hub.send({"type": "peers", "peers": [entry("z-honest", Keys().public, "10.0.0.77/24")]})
    offer = hub.wait("frame", where=lambda found: found["message"].get("type") == "offer"
                     and found["message"].get("to") == "z-honest")["message"]
    assert offer["from"] == "a" and "webrtc-datachannel" in offer["sdp"]
    machine.check_alive()


def refused(machine, name):
    peer = machine.wait_peer(name, state="refused")
    assert peer["StateReason"]
    return peer


@pytest.mark.parametrize("what", RUBBISH_FRAMES)
def test_rubbish_frame(lair, what):
    hub, machine = lair
    hub.say(RUBBISH_FRAMES[what])
    if what == "self-left":
        hub.wait_message("join")  # "our routing entry is gone": it joins again
        hub.send({"type": "peers", "peers": None})
    assert_still_useful(hub, machine)


def test_oversized_frame_ends_the_line_not_the_daemon(lair):
    hub, machine = lair
    hub.say({"text": json.dumps({"type": "peers", "peers": [], "x": "y" * 70000})})
    hub.wait("close")
    hub.wait_message("join")
    hub.send({"type": "peers", "peers": None})
    assert_still_useful(hub, machine)


def test_ourselves_in_the_list(lair):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("a", Keys().public), entry("z", Keys().public)]})
    hub.wait_message("offer")
    assert "a" not in machine.bus.peers()


def test_duplicates_in_the_list(lair):
    hub, machine = lair
    key = Keys().public
    hub.send({"type": "peers", "peers": [entry("z", key), entry("z", Keys().public)]})
    hub.wait_message("offer")
    assert machine.bus.peers()["z"]["PublicKey"] == key


def test_claims_our_key(lair):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("thief", machine.keys.public)]})
    refused(machine, "thief")
    assert_still_useful(hub, machine)


def test_claims_our_address(lair):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("thief", Keys().public, "10.0.0.1/24")]})
    refused(machine, "thief")
    assert_still_useful(hub, machine)


def test_claims_the_address_of_another(lair):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("owner", Keys().public, "10.0.0.9/24")]})
    machine.wait_peer("owner", addresses=["10.0.0.9"])
    hub.send({"type": "peers", "peers": [entry("thief", Keys().public, "10.0.0.9/24")]})
    refused(machine, "thief")
    assert machine.peer("owner")["State"] != "refused"


@pytest.mark.parametrize("address", ("", "192.0.2.7/24", "0.0.0.0/0", "10.0.0.0/24", "10.0.0.255/24", "bogus", "::/0"))
def test_address_that_is_no_peers(lair, address):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("odd", Keys().public, address)]})
    refused(machine, "odd")
    assert_still_useful(hub, machine)


def test_another_key_for_a_known_name(lair):
    hub, machine = lair
    first = Keys().public
    hub.send({"type": "peers", "peers": [entry("z", first)]})
    hub.wait_message("offer")
    hub.send({"type": "peer-left", "peerId": "z"})
    hub.send({"type": "peers", "peers": [entry("z", Keys().public)]})
    refused(machine, "z")
    machine.ctl("status")
    hub.send({"type": "peer-left", "peerId": "z"})
    hub.send({"type": "peers", "peers": [entry("z", first)]})  # the real one is welcome again
    hub.wait_message("offer")


def test_routes_to_everything_are_not_taken(lair):
    hub, machine = lair
    before = machine.host.ip_json("route", "show", "table", "all")
    hub.send({"type": "peers", "peers": [entry("z", Keys().public, routes=["0.0.0.0/0", "1.2.3.4/0", "::/0", "rubbish"])]})
    hub.wait_message("offer")
    assert machine.peer("z")["AcceptedRoutes"] == []
    default = [row for row in machine.host.ip_json("route", "show") if row["dst"] == "default"]
    assert default == [row for row in before if row["dst"] == "default" and row.get("gateway", "").count(".") == 3]
    assert_still_useful(hub, machine)


@pytest.mark.parametrize("sdp", ("", "rubbish", "v=0\r\n", "v=0\r\n" * 3000, "\u0000", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
                                 "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"),
                         ids=("empty", "word", "bare", "long", "nul", "audio"))
def test_rubbish_sdp(lair, sdp):
    hub, machine = lair
    key = Keys().public
    hub.send({"type": "peers", "peers": [entry("A-evil", key, "10.0.0.66/24")]})  # "A" < "a": it offers
    hub.send({"type": "offer", "from": "A-evil", "to": "a", "publicKey": key, "sdp": sdp})
    hub.send({"type": "peers", "peers": [entry("z", Keys().public)]})
    hub.wait_message("offer")
    hub.send({"type": "answer", "from": "z", "to": "a", "publicKey": Keys().public, "sdp": sdp})
    assert_still_useful(hub, machine)


@pytest.mark.parametrize("candidate", (
    "candidate:1 1 udp 2130706431 10.0.0.2 50123 typ host",
    "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host",
    "candidate:1 1 udp 2130706431 255.255.255.255 9 typ host",
    "candidate:1 1 udp 99999999999999999999 198.51.100.1 99999 typ host",
    "candidate:" + "x" * 4000, "", "rubbish", "candidate:1 1 udp 1 some.host.local 1 typ host",
), ids=("tunnel", "loopback", "broadcast", "numbers", "long", "end", "word", "mdns"))
def test_odd_candidate(lair, candidate):
    hub, machine = lair
    hub.send({"type": "peers", "peers": [entry("z", Keys().public)]})
    hub.wait_message("offer")
    for _ in range(50):
        hub.send({"type": "ice-candidate", "from": "z", "to": "a", "candidate": candidate})
    assert_still_useful(hub, machine)


def test_frames_for_others_and_from_strangers(lair):
    hub, machine = lair
    hub.send({"type": "offer", "from": "nobody", "to": "a", "sdp": "v=0\r\n", "publicKey": Keys().public})
    hub.send({"type": "answer", "from": "nobody", "to": "a", "sdp": "v=0\r\n"})
    hub.send({"type": "ice-candidate", "from": "nobody", "to": "a", "candidate": ""})
    hub.send({"type": "offer", "from": "a", "to": "a", "sdp": "v=0\r\n", "publicKey": machine.keys.public})
    hub.send({"type": "offer", "from": "x", "to": "someone-else", "sdp": "v=0\r\n"})
    assert_still_useful(hub, machine)


def steal(thief, name, address):
    thief.send({"type": "join", "peerId": name, "publicKey": Keys().public, "address": f"{address}/24"})


def test_thief_of_a_name_at_an_honest_hub(net):
    """He has the token and says that he is b: the hub refuses him, beside the real one and alone, since b is registered."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        measure.ping_until_answered(a.host, b.address)
        pings = a.host.start("ping", "ping", "-n", "-q", "-i", "0.1", "-c", "20", b.address)
        home = net.host("thief")
        with Stranger(home, mesh.hub) as thief:
            steal(thief, "b", b.address)
            thief.wait("close")
        assert pings.wait(20) == 0 and " 0% packet loss" in pings.text()
        b.ctl("down")
        a.bus.wait("b is away", lambda: a.peer("b").get("State") != "connected", 60)
        with Stranger(home, mesh.hub) as thief:
            steal(thief, "b", b.address)
            thief.wait("close")
        b.ctl("up")
        mesh.wait_connected(a, b)
        measure.ping_until_answered(a.host, b.address)


def test_flood_of_newcomers_is_bounded(lair):
    hub, machine = lair
    for start in range(0, 3000, 100):
        hub.send({"type": "peers", "peers": [entry(f"f{i}", Keys().public, f"10.0.0.{i % 200 + 20}/24")
                                             for i in range(start, start + 100)]})
    hub.send({"type": "peers", "peers": [{"peerId": "last", "publicKey": "x", "address": ""}]})
    machine.bus.wait("the flood is over", lambda: machine.ctl_json("status"), 60)
    machine.check_alive()
    assert len(machine.bus.peers()) <= 2048  # BG_PEER_MAX_UNPROVED
    status = (machine.daemon.pid, open(f"/proc/{machine.daemon.pid}/status", encoding="ascii").read())
    resident = int(next(line for line in status[1].splitlines() if line.startswith("VmRSS")).split()[1])
    assert resident < 600_000
