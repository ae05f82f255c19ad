# SPDX-License-Identifier: LGPL-2.1-or-later
"""libbamgate from Python, on the bus of a real daemon with a real tunnel."""

import pytest
from gi.repository import GLib

from lab import library
from lab.bamgate import static_machine

pytestmark = pytest.mark.skipif(not library.is_there(), reason=library.why_not())
Bamgate = library.load()
OURS, THEIRS = "10.70.0.1", "10.70.0.2"
KEY = "aG9tZS1ob21lLWhvbWUtaG9tZS1ob21lLWhvbWUtaG8="


@pytest.fixture
def pair(net):
    """Two daemons that are each other's static peer."""
    a, b = net.host("a"), net.host("b")
    theirs = static_machine(b, f"{THEIRS}/24", {}, {"listen-port": 51820})
    ours = static_machine(a, f"{OURS}/24", {"b": {"public-key": theirs.keys.public, "allowed-ips": [f"{THEIRS}/32"],
                                                  "endpoint": f"{b.address}:51820"}}, {"listen-port": 51820})
    theirs.write_config({"device": {"name": "b", "autostart": True, "address": f"{THEIRS}/24", "listen-port": 51820},
                         "peer a": {"public-key": ours.keys.public, "allowed-ips": [f"{OURS}/32"]}})
    theirs.start().wait_state("online")
    ours.start().wait_state("online")
    return ours, theirs


@pytest.fixture
def client(pair):
    return Bamgate.Client.new_for_connection_sync(pair[0].bus.connection, False, None)


def names(client):
    return [peer.props.id for peer in client.props.peers]


def asked(start, finish):
    """The result of an asynchronous call."""
    got = []
    start(lambda _object, result: got.append(result))
    library.wait("an answer", lambda: got)
    return finish(got[0])


def test_tunnel_and_peer(pair, client):
    pair[0].host.run("ping", "-c", "1", THEIRS)
    assert client.props.running and client.props.state == Bamgate.State.ONLINE
    assert client.props.name == "a" and client.props.addresses == [f"{OURS}/24"] and client.props.interface == "bamgate0"
    assert client.props.signaling_state == Bamgate.SignalingState.OFFLINE
    peer = client.find_peer("b")
    assert peer.props.kind == Bamgate.PeerKind.STATIC and peer.props.client == client
    library.wait("connected", lambda: peer.props.state == Bamgate.PeerState.CONNECTED)
    answered, latency = asked(lambda done: peer.ping(None, done), peer.ping_finish)
    assert answered and 0 < latency < 5_000_000
    assert peer.props.path == Bamgate.Path.UDP and not peer.props.relayed
    details = peer.get_details_sync(None).unpack()
    assert details["static"] is True and details["endpoint"].endswith(":51820")


def test_list_follows_the_settings(pair, client):
    told = []
    client.props.peers.connect("items-changed", lambda _list, *change: told.append(change))
    before = client.find_peer("b")
    added = {"peer.attic.public-key": GLib.Variant("s", KEY), "peer.attic.allowed-ips": GLib.Variant("s", "10.70.0.9/32")}
    assert asked(lambda done: client.configure(GLib.Variant("a{sv}", added), None, done), client.configure_finish)
    library.wait("one more", lambda: names(client) == ["attic", "b"])
    attic = client.find_peer("attic")
    removed = {key: GLib.Variant("a{sv}", {}) for key in added}
    assert client.configure_sync(GLib.Variant("a{sv}", removed), None)
    library.wait("one less", lambda: names(client) == ["b"])
    assert told == [(0, 0, 1), (0, 1, 0)]
    assert client.find_peer("b") == before and attic.props.client is None


def test_down_and_up(pair, client):
    peer = client.find_peer("b")
    states = []
    client.connect("state-changed", lambda _client, old, now, _reason: states.append((old.value_nick, now.value_nick)))
    assert asked(lambda done: client.down(None, done), client.down_finish)
    library.wait("off", lambda: client.props.state == Bamgate.State.OFF and not names(client))
    assert client.props.interface == "" and peer.props.client is None
    assert client.up_sync(None, None)
    library.wait("back", lambda: client.props.state == Bamgate.State.ONLINE and names(client) == ["b"])
    assert states[0][0] == "online" and states[-1][1] == "online" and ("stopping", "off") in states


def test_daemon_that_dies_and_comes_back(pair, client):
    ours = pair[0]
    peer, told = client.find_peer("b"), []
    client.connect("notify::running", lambda client, _: told.append((client.props.running, client.props.state.value_nick)))
    assert client.set_statistics_interval_sync(200, None)
    library.wait("counters", lambda: client.props.statistics_interval == 200)
    ours.kill()
    library.wait("gone", lambda: not client.props.running)
    assert names(client) == [] and peer.props.client is None and client.props.version == ""
    with pytest.raises(GLib.Error):
        peer.ping_sync(None)
    ours.start().wait_state("online")
    library.wait("back", lambda: client.props.state == Bamgate.State.ONLINE and names(client) == ["b"])
    assert [running for running, _ in told] == [False, True] and told[0][1] == "unknown"
    assert client.find_peer("b") != peer
    library.wait("counters again", lambda: client.props.statistics_interval == 200)


def test_counters_are_notified(pair, client):
    told = []
    client.find_peer("b").connect("notify::tx-bytes", lambda peer, _: told.append(peer.props.tx_bytes))
    assert client.set_statistics_interval_sync(100, None)
    pair[0].host.run("ping", "-c", "3", "-i", "0.2", THEIRS)
    library.wait("counted", lambda: told and told[-1] >= 3 * 84)
    assert client.props.tx_bytes >= 3 * 84


@pytest.mark.parametrize("settings, code", [
    ({"endpoint": GLib.Variant("s", "nowhere")}, "INVALID_ARGUMENT"),
    ({"colour": GLib.Variant("s", "red")}, "INVALID_ARGUMENT")])
def test_errors_have_our_domain(client, settings, code):
    with pytest.raises(GLib.Error) as raised:
        client.find_peer("b").configure_sync(GLib.Variant("a{sv}", settings), None)
    assert raised.value.matches(Bamgate.error_quark(), getattr(Bamgate.Error, code))
    assert raised.value.message and "org.bamgate" not in raised.value.message
