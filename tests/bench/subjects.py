# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways that are compared, each between two hosts of its own."""

import dataclasses

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.wireguard import WireguardGo

PORT = 51820
ALL = ("ping", "udp", "loaded")


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


def set_up(net, quick):
    ways = [bare(net), wireguard_go(net)]
    ways += mesh(net, quick)
    if not quick:
        ways.append(udp(net))
    ways += lossy(net, quick)
    for way in ways:
        measure.ping_until_answered(way.a, way.address)
    return ways


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


def pair(net, m, name, paths, **kwargs):
    """Two machines of the mesh `m` that take only these paths to each other, the best of them proved."""
    one = m.machine(f"{name[:6]}-a", ice={"paths": paths})
    other = m.machine(f"{name[:6]}-b", ice={"paths": paths})
    return one, other, Way(net, name, one.host, other.host, other.address, pids(one, other), **kwargs)


def mesh(net, quick):
    ways, pairs = [], []
    for name, paths, wants in (("direct", ["direct", "ice", "data-channel"], ALL),
                               ("ice", ["ice", "data-channel"], () if quick else ALL),
                               ("data-channel", ["data-channel"], ("loss",) if quick else ("loss", "ping", "loaded"))):
        m = Mesh(net, hub_name=f"hub-{name[:6]}")
        m.__enter__()
        one, other, way = pair(net, m, name, paths, wants=wants)
        pairs.append((one, other, name))
        ways.append(way)
    for one, other, path in pairs:
        Mesh.wait_connected(one, other, path=path)
    return ways


def lossy(net, quick):
    """20 ms round trip and 0.1 % loss each way: our direct path beside the bare one, on the same two wires."""
    m = Mesh(net, hub_name="hub-lossy")
    m.__enter__()
    one, other = (m.machine(f"lossy-{side}", start=False) for side in "ab")
    net.impair(other.host, delay_ms=10, loss_percent=0.1)
    for machine in (one, other):
        machine.start().wait_state("online")
    Mesh.wait_connected(one, other, path="direct")
    seconds = 4 if quick else 12
    return [Way(net, "direct-lossy", one.host, other.host, other.address, pids(one, other), (), seconds),
            Way(net, "bare-lossy", one.host, other.host, other.host.address, wants=(), seconds=seconds)]
