# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways that are compared, each between two hosts of its own."""

import dataclasses
import itertools

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.turn import Turn, keep_apart
from lab.wireguard import WireguardGo

PORT = 51820
ALL = ("ping", "udp", "more")
PATHS = {"direct": ["direct", "ice", "data-channel"], "ice": ["ice", "data-channel"], "data-channel": ["data-channel"]}


@dataclasses.dataclass
class Way:
    net: object
    name: str
    a: object
    b: object
    address: str          # of b, as a reaches it this way
    pids: tuple = ()      # programs that carry it
    wants: tuple = ALL    # measures beside TCP
    seconds: float = 0    # of a TCP run; 0: the default
    serial: object = dataclasses.field(default_factory=lambda: itertools.count().__next__)


class Pair:
    """Two machines in a mesh of their own that take only these paths to each other. Started first, waited for later, so
    that all of them come up at the same time."""

    def __init__(self, net, name, path, turn=None, hub_relays=False, **kwargs):
        self.net, self.name, self.path, self.kwargs = net, name, path, kwargs
        self.relayed = bool(turn or hub_relays)
        mesh = Mesh(net, hub_name=f"h-{name}")
        mesh.__enter__()
        ice = {"paths": PATHS[path], **({"turn-servers": turn.urls, "relay": "off"} if turn else {})}
        self.one, self.other = (mesh.machine(f"{name}-{side}", ice=ice, start=False) for side in "ab")
        if self.relayed:
            keep_apart(net, self.one.name, self.other.name)
        if turn:
            for machine in (self.one, self.other):
                machine.write_secret("turn-secret", turn.secret)

    def start(self):
        self.one.start()
        self.other.start()
        return self

    def way(self):
        wanted = {"relayed": True} if self.relayed else {}
        Mesh.wait_connected(self.one, self.other, path=self.path, **wanted)
        return Way(self.net, self.kwargs.pop("title", self.name), self.one.host, self.other.host, self.other.address,
                   pids(self.one, self.other), **self.kwargs)


def set_up(net, quick):
    pairs = [Pair(net, "direct", "direct").start(),
             Pair(net, "ice", "ice", wants=() if quick else ALL).start(),
             Pair(net, "dc", "data-channel", title="data-channel",
                  wants=("loss",) if quick else ("loss", "ping", "more")).start()]
    if not quick:
        turn = Turn(net.host("turn"))
        pairs += [Pair(net, "iceh", "ice", hub_relays=True, title="ice, hub").start(),
                  Pair(net, "icet", "ice", turn, title="ice, coturn").start(),
                  Pair(net, "dct", "data-channel", turn, title="data-channel, coturn", wants=("loss", "ping")).start()]
    slow = lossy(net, quick)
    ways = [bare(net), wireguard_go(net)] + [pair.way() for pair in pairs]
    if not quick:
        ways.append(udp(net))
    ways += [slow.way(), Way(net, "bare-lossy", slow.one.host, slow.other.host, slow.other.host.address, wants=(),
                             seconds=slow.kwargs["seconds"])]
    for way in ways:
        measure.ping_until_answered(way.a, way.address)
    return ways


def lossy(net, quick):
    """20 ms round trip and 0.1 % loss each way: our direct path beside the bare one, on the same two wires."""
    pair = Pair(net, "lossy", "direct", title="direct-lossy", wants=(), seconds=2.5 if quick else 8)
    net.impair(pair.other.host, delay_ms=10, loss_percent=0.1)
    return pair.start()


def bare(net):
    a, b = net.host("bare-a"), net.host("bare-b")
    return Way(net, "bare", a, b, b.address)


def wireguard_go(net):
    a, b = net.host("go-a"), net.host("go-b")
    one, other = WireguardGo(a, ["10.71.0.1/24"], PORT), WireguardGo(b, ["10.71.0.2/24"], PORT)
    one.add_peer(other.keys.public, ["10.71.0.2/32"], f"{b.address}:{PORT}")
    other.add_peer(one.keys.public, ["10.71.0.1/32"], f"{a.address}:{PORT}")
    return Way(net, "wireguard-go", a, b, "10.71.0.2", (one.process.pid, other.process.pid))


def udp(net):
    a, b = net.host("udp-a"), net.host("udp-b")
    one = static_machine(a, "10.72.0.1/24", {}, {"listen-port": PORT})
    other = static_machine(b, "10.72.0.2/24", {"a": {"public-key": one.keys.public, "allowed-ips": ["10.72.0.1/32"],
                                                     "endpoint": f"{a.address}:{PORT}"}}, {"listen-port": PORT})
    one.write_config(one_peer(a, "10.72.0.1/24", other.keys.public, "10.72.0.2/32", f"{b.address}:{PORT}"))
    for machine in (one, other):
        machine.start().wait_state("online")
    return Way(net, "udp", a, b, "10.72.0.2", pids(one, other))


def one_peer(host, address, key, allowed, endpoint):
    return {"device": {"name": host.name, "autostart": True, "address": address, "listen-port": PORT},
            "peer b": {"public-key": key, "allowed-ips": [allowed], "endpoint": endpoint}}


def pids(*machines):
    return tuple(machine.daemon.pid for machine in machines)
