# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long connections take to come, and to come back."""

import collections
import re
import signal
import statistics
import threading
import time

from lab import logind, measure
from lab.bamgate import Machine
from lab.bus import TUNNEL
from lab.echoes import Echoes
from lab.foreign import ForeignPeer
from lab.mesh import Mesh
from lab.process import LabError

from .networks import route_moves

INTERVAL_S = 0.01
PATIENCE_S = 40
ROUNDS, LONG_ROUNDS = 4, 12
CHANNELS, LONG_CHANNELS = 20, 100
SLEEP_S, LONG_SLEEP_S = 6, 25
SOON_MS = 500
OFFER_EVERY_S = 2  # more often a peer takes none (docs/peers.md)
SETTLED_S = 1
SPARE_LEG_S = 32  # after a fall, until the channel is taken down (docs/peers.md)

Goal = collections.namedtuple("Goal", "goal more text")
GOALS = {
    "up_to_ping_s": Goal(0.15, False, "up to first ping, two machines, s"),
    "dead_path_s": Goal(3, False, "dead path left, s"),
    "fall_s": Goal(3, False, "nothing passes but DTLS: on a data channel, s"),
    "move_s": Goal(1, False, "address changed, s"),
    "wake_s": Goal(2, False, "awake after a sleep, s"),
    "route_s": Goal(3, False, "peer of a route lost: through another one, s"),
    "hub_away_s": Goal(5, False, "way to the hub died silently: noticed, s"),
    "relay_mbit_s": Goal(150, True, "TCP over the hub's relay, Mbit/s"),
    "relay_added_ms": Goal(1, False, "round trip that the hub's relay adds, ms"),
    "channels_soon_percent": Goal(99, True, f"data channels open within {SOON_MS} ms, %; worst in ms"),
    "aiortc_soon_percent": Goal(99, True, f"those to aiortc open within {SOON_MS} ms, %; worst in ms"),
    "chromium_soon_percent": Goal(99, True, f"those to Chromium open within {SOON_MS} ms, %; worst in ms"),
}
SHARES = ("channels_soon_percent", "aiortc_soon_percent", "chromium_soon_percent")  # their values are milliseconds
LONG_ONLY = ("chromium_soon_percent",)


class Two:
    """Machines a and b of a mesh, connected on the direct path."""

    def __init__(self, net, label, make=Machine, ice=None, hub_options=()):
        self.net = net
        self.mesh = Mesh(net, hub_name=f"{label}-hub")
        self.mesh.hub.options = hub_options
        self.mesh.__enter__()
        self.a, self.b = (self.mesh.machine(f"{label}-{name}", make=make, ice=ice) for name in "ab")
        self.echoes = Echoes((self.a, self.b))
        self.wait()

    def wait(self):
        self.mesh.wait_connected(self.a, self.b)
        self.until_ping("the start")

    def until_ping(self, what):
        """Seconds from now on until each has an answer of the other."""
        answers = self.echoes.first_answers(PATIENCE_S, INTERVAL_S).values()
        if None in answers:
            raise LabError(f"no ping within {PATIENCE_S} s after {what}")
        return max(answers)

    def end(self):
        self.echoes.close()
        for process in (self.a.daemon, self.b.daemon, self.mesh.hub.process):
            process.stop()


def up_to_ping(net, rounds, is_long):
    two = Two(net, "up")
    for number in range(rounds):
        machine, other = (two.a, two.b) if number % 2 else (two.b, two.a)
        machine.bus.call(TUNNEL, "Down")
        machine.wait_state("off")
        other.bus.wait("the other left", lambda: other.peer(machine.name).get("State") != "connected")
        started = time.monotonic()
        machine.bus.send_up()
        two.until_ping("up")
        yield time.monotonic() - started
        machine.wait_state("online")
        two.wait()
    two.end()


HOLE = """table inet hole {{
  chain pass {{
    type filter hook forward priority 0
    {family} saddr {one} {family} daddr {other} drop
    {family} saddr {other} {family} daddr {one} drop
  }}
}}"""


def settled_pair(two):
    """What a has to say of its way to b once that has not changed for a second: ICE goes on to better pairs."""
    pair, since = None, time.monotonic()
    while time.monotonic() - since < SETTLED_S:
        peer = two.a.wait_peer(two.b.name, path="direct")
        ends = peer["LocalCandidate"], peer["RemoteCandidate"]
        if ends != pair:
            pair, since = ends, time.monotonic()
        threading.Event().wait(0.1)
    return pair


def hole(two):
    """The router swallows what goes between the addresses of the path in use; a function that mends it."""
    local, _ = settled_pair(two)
    family, ends = ("ip6", (two.a.host.address6, two.b.host.address6)) if two.a.host.address6 in local \
        else ("ip", (two.a.host.address, two.b.host.address))
    one, other = ends
    two.net.router.run("nft", "-f", "-", input=HOLE.format(family=family, one=one, other=other))
    return lambda: two.net.router.run("nft", "delete", "table", "inet", "hole")


def dead_path(net, rounds, is_long):
    two = Two(net, "dead")
    for _ in range(rounds):
        mend = hole(two)
        yield two.until_ping("a dead path")
        mend()
        two.wait()
    two.end()


DTLS_ALONE = """table inet strict {
  chain pass {
    type filter hook forward priority 0
    meta l4proto udp @th,64,8 4 drop
  }
}"""


def fall(net, rounds, is_long):
    """The router swallows WireGuard's data wherever it goes, and lets ICE and DTLS pass."""
    two = Two(net, "fall")
    for _ in range(rounds):
        two.a.wait_peer(two.b.name, path="direct")
        net.router.run("nft", "-f", "-", input=DTLS_ALONE)
        yield two.until_ping("a fall")
        net.router.run("nft", "delete", "table", "inet", "strict")
        two.a.wait_peer(two.b.name, path="direct")
        two.wait()
        threading.Event().wait(SPARE_LEG_S)
    two.end()


def move(net, rounds, is_long):
    two = Two(net, "move")
    for number in range(rounds):
        net.move((two.a if number % 2 else two.b).host)
        yield two.until_ping("a move")
        two.wait()
        threading.Event().wait(2 * OFFER_EVERY_S)  # each move takes two: the line to the hub is another, too
    two.end()


def wake(net, rounds, is_long):
    def make(host):
        return Machine(host, policies=[logind.policy(host.dir)])

    two = Two(net, "wake", make=make)
    watches = {machine: logind.Logind(machine) for machine in (two.a, two.b)}
    for number in range(min(rounds, 4)):
        machine = two.a if number % 2 else two.b
        watches[machine].tell(True)
        threading.Event().wait(0.3)  # its keys are wiped
        machine.daemon.signal(signal.SIGSTOP)
        threading.Event().wait(LONG_SLEEP_S if is_long else SLEEP_S)
        machine.daemon.signal(signal.SIGCONT)
        watches[machine].tell(False)
        yield two.until_ping("a sleep")
        two.wait()
    two.end()


def hub_away(net, rounds, is_long):
    two = Two(net, "away")
    for number in range(min(rounds, 4)):
        machine = two.a if number % 2 else two.b
        gateway = machine.host.out("ip", "-4", "route", "show", "default").split()[2]
        machine.host.run("ip", "-4", "route", "delete", "default")
        started = time.monotonic()
        machine.bus.wait("the hub is lost", lambda m=machine: m.bus.tunnel()["SignalingState"] != "online", 90)
        yield time.monotonic() - started
        machine.host.run("ip", "-4", "route", "add", "default", "via", gateway)
        machine.wait_state("online")
        two.wait()
    two.end()


STEP = re.compile(r"(\d\d):(\d\d):(\d\d\.\d{3}) .* peer: peer \S+: \w+ -> (\w+) ")


def openings(text):
    """Milliseconds from the first step of each connection to its open channel, as the log tells."""
    began = None
    for line in text.splitlines():
        found = STEP.match(line)
        if not found:
            continue
        clock = int(found[1]) * 3600000 + int(found[2]) * 60000 + round(float(found[3]) * 1000)
        if found[4] in ("offering", "answering"):
            began = clock
        elif found[4] == "open" and began is not None:
            yield clock - began
            began = None


def channels(net, rounds, is_long):
    """Between two that take nothing but the data channel: made as with any peer of WebRTC."""
    two = Two(net, "channel", ice={"paths": ["data-channel"]})
    first = len(two.a.daemon.text())  # made while both programs start
    for _ in range(LONG_CHANNELS if is_long else CHANNELS):
        threading.Event().wait(OFFER_EVERY_S)
        path = two.a.bus.peer_path(two.b.name)
        before = two.a.peer(two.b.name)["ConnectedSince"]
        two.a.bus.call("org.bamgate.Tunnel1.Peer", "Reconnect", path=path)
        two.a.bus.wait("connected anew", lambda b=before: two.a.peer(two.b.name)["ConnectedSince"] not in (0, b))
    times = list(openings(two.a.daemon.text()[first:]))
    two.end()
    yield from times


class Strangers:
    """A machine of ours, m, and two foreign peers: a offers, z is offered to."""

    def __init__(self, net, engine):
        self.mesh = Mesh(net, hub_name=f"{engine}-hub")
        self.mesh.__enter__()
        self.ours = self.mesh.machine(f"{engine}-m")
        self.peers = [ForeignPeer(self.mesh, f"{engine}-{name}", engine).know(self.ours) for name in "az"]
        for peer in self.peers:
            peer.start().wait_open(PATIENCE_S)
            self.ours.wait_peer(peer.name, state="connected")

    def opening_ms(self, peer):
        """Of another channel: whoever offers joins again, whoever is offered to closes what there is."""
        peer.program.forget()
        if peer is self.peers[0]:
            peer.order(leave=True)
            peer.program.wait("hub-closed")
            peer.order(join=True)
        else:
            peer.order(close=self.ours.name)
        return peer.wait_open(PATIENCE_S)["after_s"] * 1000

    def end(self):
        for peer in self.peers:
            peer.stop()
        for process in (self.ours.daemon, self.mesh.hub.process, *(peer.wireguard.process for peer in self.peers)):
            process.stop()


def foreign(engine):
    def measure_it(net, rounds, is_long):
        strangers = Strangers(net, engine)
        for number in range(LONG_CHANNELS if is_long else CHANNELS):
            threading.Event().wait(OFFER_EVERY_S / 2)
            yield strangers.opening_ms(strangers.peers[number % 2])
        strangers.end()

    return measure_it


class Relayed:
    """Both may use nothing but the hub's relay, which has no bounds but this machine's."""

    def __init__(self, net, label):
        self.two = Two(net, label, ice={"force-relay": True}, hub_options=("--relay-rate", "10000"))

    def __enter__(self):
        self.two.a.wait_peer(self.two.b.name, relayed=True)
        return self.two

    def __exit__(self, *_):
        self.two.end()


def relay_mbit(net, rounds, is_long):
    with Relayed(net, "full") as two:
        for _ in range(min(rounds, 4)):
            yield measure.tcp_mbit(two.a.host, two.b.host, two.b.address, 3)


def relay_added(net, rounds, is_long):
    with Relayed(net, "relay") as two:
        for _ in range(min(rounds, 4)):
            yield measure.ping(two.a.host, two.b.address, 50, interval=0.01) - measure.ping(
                two.a.host, two.b.host.address, 50, interval=0.01)


MEASURES = {"up_to_ping_s": up_to_ping, "dead_path_s": dead_path, "fall_s": fall, "move_s": move, "wake_s": wake, "route_s": route_moves,
            "hub_away_s": hub_away, "relay_mbit_s": relay_mbit, "relay_added_ms": relay_added, "channels_soon_percent": channels,
            "aiortc_soon_percent": foreign("aiortc"), "chromium_soon_percent": foreign("browser")}


def share(times):
    return sum(time_ms <= SOON_MS for time_ms in times) / len(times) * 100


def row(name, values):
    goal = GOALS[name]
    measured = share(values) if name in SHARES else statistics.median(values)
    worst = max if name in SHARES or not goal.more else min
    return {"name": name, "text": goal.text, "goal": goal.goal, "measured": round(measured, 3),
            "worst": round(worst(values), 3), "rounds": len(values),
            "met": measured >= goal.goal if goal.more else measured <= goal.goal}


def run(net, say, is_long, only=()):
    rows = []
    for name, values in MEASURES.items():
        if name not in only if only else name in LONG_ONLY and not is_long:
            continue
        rows.append(row(name, list(values(net, LONG_ROUNDS if is_long else ROUNDS, is_long))))
        say(f"sessions: {rows[-1]}")
    return rows
