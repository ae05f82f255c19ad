# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network whose owner signs who is in it, and a hub that would have it otherwise.

    a ── r ── b, c and the test as the hub of all; the owner is nobody's machine
"""

import base64
import hashlib
import queue
import time

import pytest

from lab import measure
from lab.hub import Hub
from lab.lying_hub import LyingHub
from vectors import membership as m

SEED, OTHER, STRANGER = (m.seed_of(name) for name in ("owner", "other owner", "stranger"))
BEGAN = int(time.time()) - 3600
ADDRESSES = {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.3"}


def sign(log, kind, body, seed=SEED):
    """The log with one entry more."""
    previous = hashlib.sha256(log[-1]).digest() if log else bytes(32)
    return [*log, m.entry(kind, body, len(log), BEGAN + len(log), previous, seed)]


class Network(LyingHub):
    """The machines' hub; `log` is the true one."""

    def __init__(self, net):
        super().__init__()
        self.net, self.machines, self.shown, self.fetches = net, {}, {}, queue.Queue()
        record = m.record("owner", ["10.0.0.200/32"])
        self.log = sign([], m.GENESIS, m.public(m.seed_of("recovery")) + b"\0" + record)

    def record(self, name, key=None):
        return m.record(name, [ADDRESSES[name] + "/32"], key=key or base64.b64decode(self.machines[name].keys.public))

    def machine_of(self, name):
        machine = self.machine(self.net.host(name), ADDRESSES[name])
        self.machines[name] = machine
        self.show(self.shown.get(name, self.log), name)
        return machine

    def show(self, log, *names, count=None):
        """What these machines are told that the log is."""
        for name in names or self.machines:
            self.shown[name] = log
            self.doors[name].say({"log": [base64.b64encode(entry).decode() for entry in log], "count": len(log) if count is None else count})
            self.announce(name)

    def announce(self, name):
        self.doors[name].send({"type": "network", "log": len(self.shown[name]), "pending": 0})

    def take(self, name, message):
        super().take(name, message)
        if message["type"] == "join" and name in self.shown:
            self.announce(name)

    def note(self, name, event):
        if event["event"] == "fetch":
            self.fetches.put(name)

    def wait_fetch(self, name):
        while self.fetches.get(timeout=20) != name:
            pass

    def sign(self, kind, body, seed=SEED):
        self.log = sign(self.log, kind, body, seed)
        self.show(self.log)

    def add(self, name):
        self.sign(m.DEVICE, self.record(name))

    def revocation(self, name, log=None, seed=SEED):
        return sign(log or self.log, m.REVOKE, base64.b64decode(self.machines[name].keys.public), seed)


@pytest.fixture
def network(net):
    a_network = Network(net)
    yield a_network
    a_network.close()


@pytest.fixture
def pair(network):
    """a and b, in the log and connected."""
    a, b = network.machine_of("a"), network.machine_of("b")
    network.add("a")
    network.add("b")
    a.wait_peer("b")
    b.wait_peer("a")
    return a, b


def wait_refused(machine, name, word):
    peer = machine.wait_peer(name, state="refused")
    assert word in peer["StateReason"], peer["StateReason"]


def wait_reason(machine, word, state="degraded"):
    machine.wait_state(state)
    machine.bus.wait(f"{machine.name} says {word}", lambda: word in machine.bus.tunnel()["StateReason"])


def entries_of(machine):
    path = machine.state / "network-log"
    return path.read_bytes() if path.exists() else b""


def test_who_is_in_no_entry_is_out(network, pair):
    a, b = pair
    c = network.machine_of("c")
    for machine in pair:
        wait_refused(machine, "c", "bamgatectl devices approve c")
    assert c.peer("a").get("State") != "connected"
    network.add("c")
    for machine in pair:
        machine.wait_peer("c")
    measure.ping(c.host, a.address)


def test_put_out_at_once(network, pair):
    a, b = pair
    ping = b.host.start("pings", "ping", "-n", "-i", "0.05", a.address)
    ping.wait_line("icmp_seq=3 ")
    network.show(network.revocation("b"), "a")
    wait_refused(a, "b", "put it out")
    assert b.keys.public not in a.host.run("cat", a.state / "known-peers").stdout
    assert measure.ping(b.host, a.address, check=False, wait=1) is None
    ping.stop()
    network.show(network.log, "a")  # the hub has forgotten it, the machine has not
    wait_reason(a, "where this machine has")
    wait_refused(a, "b", "put it out")
    a.stop()
    a.start()
    wait_refused(a, "b", "put it out")


# Lies: what the hub hands out in place of the log, and a word of the alarm


def spoilt(entry, at):
    return entry[:at] + bytes([entry[at] ^ 1]) + entry[at + 1:]


def added_by_nobody(network):
    entry = sign(network.log, m.DEVICE, network.record("c"))[-1]
    return [*network.log, entry[:-64] + bytes(64)], "signature"


def added_by_a_stranger(network):
    return sign(network.log, m.DEVICE, network.record("c"), STRANGER), "may not"


def added_by_one_who_was_removed(network):
    log = sign(network.log, m.OWNER, m.public(OTHER) + base64.b64decode(network.machines["b"].keys.public))
    log = sign(log, m.DISOWN, m.public(OTHER))
    return sign(log, m.DEVICE, network.record("c"), OTHER), "may not"


def another_key_in_an_entry(network):
    entry = sign(network.log, m.DEVICE, network.record("c"))[-1]
    return [*network.log, spoilt(entry, 80)], "signature"


def another_key_in_an_old_entry(network):
    """Nobody looks before there is something new."""
    return sign([*network.log[:-1], spoilt(network.log[-1], 80)], m.POLICY, b"\1"), "others than this machine's"


def brought_back(network):
    log = network.revocation("c", sign(network.log, m.DEVICE, network.record("c")))
    return sign(log, m.DEVICE, network.record("c")), "put it out"


def the_same_once_more(network):
    return [*network.log, network.log[-1]], "another place"


def one_left_out(network):
    log = sign(sign(network.log, m.DEVICE, network.record("c")), m.POLICY, b"\1")
    return [*network.log, log[-1]], "another place"


def shorter(network):
    return network.log[:-1], "where this machine has"


def none_at_all(network):
    return [], "where this machine has"


def another_network(network):
    log = sign([], m.GENESIS, m.public(STRANGER) + b"\1" + network.record("a"), STRANGER)
    for name in "b", "c":
        log = sign(log, m.DEVICE, network.record(name), STRANGER)
    return sign(log, m.POLICY, b"\1", STRANGER), "others than this machine's"


LIES = (added_by_nobody, added_by_a_stranger, added_by_one_who_was_removed, another_key_in_an_entry, another_key_in_an_old_entry, brought_back,
        the_same_once_more, one_left_out, shorter, none_at_all, another_network)


def test_lies(network, pair):
    """None of them changes anything, each is an alarm, and that ends when the hub tells the truth again."""
    a, b = pair
    network.machine_of("c")
    wait_refused(a, "c", "approve")
    before = entries_of(a)
    for lie in LIES:
        log, word = lie(network)
        network.show(log, "a")
        wait_reason(a, word)
        assert entries_of(a) == before, lie.__name__
        assert a.peer("b")["State"] == "connected" and a.peer("c")["State"] == "refused", lie.__name__
        network.show(network.log, "a")
        a.wait_state("online")
    measure.ping(a.host, b.address)


def test_split(network, pair):
    """Each is shown another log: both say so, and take nothing more; but what puts the other out is taken."""
    a, b = pair
    c = network.machine_of("c")
    one, other = sign(network.log, m.DEVICE, network.record("c")), sign(network.log, m.POLICY, b"\1")
    network.show(one, "a")
    network.show(other, "b")
    wait_reason(a, "b has another log")
    wait_reason(b, "a has another log")
    held = entries_of(a)
    while not network.fetches.empty():
        network.fetches.get()
    network.show(sign(one, m.POLICY, b"\1"), "a")
    network.wait_fetch("a")
    a.stop()
    a.start()
    wait_reason(a, "b has another log")  # a restart makes it no better
    assert entries_of(a) == held
    network.show(network.revocation("b", sign(one, m.POLICY, b"\1")), "a")
    wait_refused(a, "b", "put it out")
    a.wait_state("online")
    assert len(entries_of(a)) > len(held) and c.peer("a")["State"] != "refused"


def text_of(entry):
    digits = hashlib.sha256(entry).hexdigest()[:32]
    return " ".join(digits[i:i + 4] for i in range(0, 32, 4))


def trust(machine, entry, check=True):
    return machine.ctl("network", "trust", text_of(entry), "--yes", check=check)


def test_the_other_is_right(network, pair):
    """A split of three entries. What nobody hands out changes nothing; then the hub has it, and all of it is taken."""
    a, b = pair
    network.machine_of("c")
    one = sign(sign(sign(network.log, m.DEVICE, network.record("c")), m.POLICY, b"\1"), m.POLICY, b"\0")
    other = sign(sign(sign(network.log, m.POLICY, b"\1"), m.POLICY, b"\0"), m.POLICY, b"\1")
    network.show(one, "a")
    network.show(other, "b")
    wait_reason(a, "b has another log")
    wait_reason(b, "a has another log")
    held = entries_of(a)
    refused = trust(a, other[-1], check=False)
    assert refused.returncode != 0 and "nothing was changed" in refused.stderr
    assert entries_of(a) == held
    network.show(sign(other, m.DEVICE, network.record("c")), "a", "b")
    trust(a, other[-1])
    a.wait_state("online")
    b.wait_state("online")
    assert entries_of(a) == b"".join(network.shown["a"])
    assert (a.state / "network-log-replaced").read_bytes() == held
    a.wait_peer("c")


def test_this_one_is_right(network, pair):
    """Said once it holds over a restart, though the other goes on; and one that goes on can be put out."""
    a, b = pair
    network.machine_of("c")
    one = sign(network.log, m.DEVICE, network.record("c"))
    network.show(one, "a")
    network.show(sign(network.log, m.POLICY, b"\1"), "b")
    wait_reason(a, "b has another log")
    trust(a, one[-1])
    a.wait_state("online")
    a.stop()
    a.start()
    a.wait_peer("b")
    a.wait_state("online")
    wait_reason(b, "a has another log")  # they have spoken
    assert a.bus.tunnel()["State"] == "online"
    network.show(sign(one, m.POLICY, b"\1"), "a")
    a.bus.wait("more is taken", lambda: len(entries_of(a)) > len(b"".join(one)))


@pytest.mark.long
def test_withheld(network, pair):
    a, b = pair
    network.show(sign(network.log, m.POLICY, b"\1"), "b")
    a.bus.wait("b has handed it out", lambda: entries_of(a) == b"".join(network.shown["b"]), 90)
    wait_reason(a, "where this machine has 4")
    network.show(network.shown["b"], "a")
    a.wait_state("online")


def test_key_for_a_name_is_the_logs(network, pair):
    """An owner signs another key for a name: the one of before goes, and the pin with it."""
    a, b = pair
    log = network.revocation("b")
    new = m.device_key("another machine")
    network.show(sign(log, m.DEVICE, network.record("b", new)), "a")
    wait_refused(a, "b", "put it out")
    assert a.bus.tunnel()["State"] == "online"


def test_damaged_log(network, pair):
    """Nobody knows who is in the network then: the tunnel stays down, and says why."""
    a, _ = pair
    path = a.state / "network-log"
    a.stop()
    good = path.read_bytes()
    path.write_bytes(good[:200] + bytes([good[200] ^ 1]) + good[201:])
    a.start()
    a.wait_state("failed")
    assert "is damaged" in a.bus.tunnel()["StateReason"]
    path.write_bytes(good + good[:90])  # what a crash leaves of a write
    a.ctl("up")
    a.wait_peer("b")
    assert path.read_bytes() == good


def test_grant(network, pair):
    """What a device may offer is in its record."""
    a, b = pair
    a.ctl("config", "set", "device.accept-routes=true")
    b.ctl("config", "set", "device.routes=192.168.77.0/24")
    a.bus.wait("a has heard of the route", lambda: "have not signed" in a.peer("b")["StateReason"])
    assert a.peer("b")["AcceptedRoutes"] == []
    record = m.record("b", [ADDRESSES["b"] + "/32"], m.grant(routes=["192.168.0.0/16"]), base64.b64decode(b.keys.public))
    network.sign(m.DEVICE, record)
    a.bus.wait("a takes the route", lambda: a.peer("b")["AcceptedRoutes"] == ["192.168.77.0/24"])


def move_to(url, pin=None):
    return m.text(url) + (base64.b64decode(pin) if pin else bytes(32))


def test_hub_alone_moves_nobody(net, network, pair):
    """A hub that was taken over says that the network is elsewhere: only what an owner signed is followed."""
    a, b = pair
    evil, new = Hub(net.host("evil")).start(), Hub(net.host("hub2")).start()
    before = a.bus.tunnel()["ServerUrl"]
    network.wait_fetch("a")
    network.doors["a"].send({"type": "moved", "url": evil.https, "pin": evil.pin})
    network.wait_fetch("a")  # it asks the log, which says nothing of it
    forged = sign(network.log, m.MOVE, move_to(evil.https, evil.pin), STRANGER)
    network.show(forged, "a")
    wait_reason(a, "not the one")
    network.show(network.log, "a")
    a.wait_state("online")
    assert a.bus.tunnel()["ServerUrl"] == before
    network.sign(m.MOVE, move_to(new.https, new.pin))
    for machine in pair:
        machine.bus.wait("it goes there", lambda machine=machine: new.socket_url in machine.bus.tunnel()["ServerUrl"], 30)
    measure.ping(a.host, b.address)


def test_peers_tell_that_it_has_moved(net, network, pair):
    """One whose hub keeps it behind hears of it through the tunnel; it takes nobody's word but the log's."""
    a, b = pair
    new = Hub(net.host("hub2")).start()
    moved = sign(network.log, m.MOVE, move_to(new.https, new.pin))
    network.show(moved, "b")
    b.bus.wait("it goes there", lambda: new.socket_url in b.bus.tunnel()["ServerUrl"], 30)
    network.shown["a"] = moved
    network.doors["a"].say({"log": [base64.b64encode(entry).decode() for entry in moved], "count": len(moved)})
    a.bus.wait("it goes there too", lambda: new.socket_url in a.bus.tunnel()["ServerUrl"], 30)
