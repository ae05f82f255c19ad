# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks behind peers: what they carry, and how long they are out of reach when their peer is lost; the same of an exit, and whether
a strict one leaks."""

import contextlib
import ipaddress
import statistics
import threading
import time

from lab import measure
from lab.lan import NET, SERVER, Site
from lab.mesh import Mesh
from lab.strict import Strict, events, shut, wait_active
from lab.wireguard import WireguardGo

from .growth import wake_ups

PATIENCE_S = 40
ROUNDS, LONG_ROUNDS = 4, 20
LEAK_ROUNDS, LONG_LEAK_ROUNDS = 10, 100
STREAM_S, LONG_STREAM_S = 1, 3
SEED = 10
QUIET_S = (5, 7, 9, 11)  # without a packet, before the wire is cut
CALM_S, COUNT_S = 5, 10  # until a choice has been followed; in which wake-ups are counted
LANS = ("192.168.81.0/24", "192.168.82.0/24")
PORT = 51820
TEXTS = {
    "lan_mbit_s": "LAN to LAN, TCP through two gateways, Mbit/s",
    "lan_nat_mbit_s": "the same where the far gateway masquerades, Mbit/s",
    "tunnel_mbit_s": "from gateway to gateway, Mbit/s",
    "wireguard_go_lan_mbit_s": "LAN to LAN, wireguard-go on both gateways, Mbit/s",
    "exit_busy_s": "exit lost with traffic through it: noticed, s",
    "exit_idle_s": "exit lost without any: noticed, s",
    "exit_wakeups_per_s": "wake-ups with an idle exit, a second",
    "no_exit_wakeups_per_s": "the same without one",
    "leak_rounds": "faults in turn with a strict exit, rounds",
    "leaked": "packets that left beside it",
}


def route_moves(net, rounds, is_long):
    """Seconds from when the plug of a route's peer is pulled until the first answer through the other one that offers it."""
    mesh = Mesh(net, hub_name="route-hub")
    mesh.__enter__()
    site = Site(net, mesh)
    gateways = {gateway.name: gateway for gateway in (site.gateway("gate1"), site.gateway("gate2"))}
    client = mesh.machine("route-client", device={"accept-routes": True})

    def carrier():
        return next((name for name in gateways if client.peer(name).get("AcceptedRoutes") == [NET]), None)

    for _ in range(rounds):
        for name in gateways:
            client.wait_peer(name, seconds=PATIENCE_S)
        lost = client.bus.wait("the route is taken", carrier, PATIENCE_S)
        measure.ping_until_answered(client.host, SERVER)
        net.cut(gateways[lost].host)
        started = time.monotonic()
        client.bus.wait("the other carries it", lambda: carrier() not in (None, lost), PATIENCE_S)
        measure.ping_until_answered(client.host, SERVER)
        yield time.monotonic() - started
        net.mend(gateways[lost].host)
    for machine in (client, *gateways.values()):
        machine.stop()
    mesh.hub.process.stop()


class Lan:
    """One host on a wire of its own behind a gateway."""

    def __init__(self, net, gateway, number, text):
        network = ipaddress.ip_network(text)
        self.address = str(network[2])
        self.host = net.add_host(f"lan{number}")
        net.join(self.host, "eth0", gateway, f"lan{number}", network)
        self.host.run("ip", "route", "add", "default", "via", str(network[1]))


class WireguardGateways:
    """Two hosts with Debian's wireguard-go, which know each other's network."""

    def __init__(self, net):
        self.hosts = [net.host("wg-east"), net.host("wg-west")]
        self.ends = [WireguardGo(host, [f"10.71.0.{number + 1}/24"], PORT) for number, host in enumerate(self.hosts)]
        for number, (end, other) in enumerate(zip(self.ends, reversed(self.ends))):
            far = self.hosts[1 - number]
            end.add_peer(other.keys.public, [f"10.71.0.{2 - number}/32", LANS[1 - number]], f"{far.address}:{PORT}")
            end.host.run("ip", "route", "add", LANS[1 - number], "dev", end.interface)
            net.forward(end.host)

    def end(self):
        for end in self.ends:
            end.process.stop()


def our_gateways(mesh, nat):
    device = {"accept-routes": True, "routes-nat": nat}
    return [mesh.machine(name, device={**device, "routes": [lan]}) for name, lan in zip(("east", "west"), LANS)]


def through(net, hosts, seconds, label):
    """Mbit/s from the LAN of one to that of the other."""
    one, other = (Lan(net, host, f"{label}{number}", lan) for number, (host, lan) in enumerate(zip(hosts, LANS)))
    measure.ping_until_answered(one.host, other.address, PATIENCE_S)
    return statistics.median(measure.tcp_mbit(one.host, other.host, other.address, seconds) for _ in range(3))


def lans(net, is_long):
    seconds = LONG_STREAM_S if is_long else STREAM_S
    mesh = Mesh(net, hub_name="lan-hub")
    mesh.__enter__()
    gateways = our_gateways(mesh, False)
    mesh.wait_connected(*gateways, path="direct")
    rates = {"lan_mbit_s": through(net, [gateway.host for gateway in gateways], seconds, "n")}
    rates["tunnel_mbit_s"] = statistics.median(
        measure.tcp_mbit(gateways[0].host, gateways[1].host, gateways[1].address, seconds) for _ in range(3))
    for gateway in gateways:
        gateway.ctl("config", "set", "device.routes-nat=yes")
    rates["lan_nat_mbit_s"] = statistics.median(
        measure.tcp_mbit(net.hosts["lann0"], net.hosts["lann1"], str(ipaddress.ip_network(LANS[1])[2]), seconds) for _ in range(3))
    for gateway in gateways:
        gateway.stop()
    mesh.hub.process.stop()
    plain = WireguardGateways(net)
    rates["wireguard_go_lan_mbit_s"] = through(net, plain.hosts, seconds, "w")
    plain.end()
    return {name: round(rate) for name, rate in rates.items()}


def idle_wakeups(machine):
    threading.Event().wait(CALM_S)
    return round(sum(wake_ups(machine.daemon.pid, COUNT_S).values()), 1)


def exit_lost(net, rounds):
    """Seconds from when an exit's plug is pulled until that is said: with pings through it, then without a packet before."""
    mesh = Mesh(net, hub_name="exit-hub")
    mesh.__enter__()
    theirs = mesh.machine("way-out", device={"exit": True})
    ours = mesh.machine("inside")
    mesh.wait_connected(ours, theirs)
    ours.bus.wait("the exit is offered", lambda: ours.peer("way-out").get("ExitOffered"), PATIENCE_S)
    ours.ctl("exit", "set", "way-out")

    def is_in(state):
        return lambda: ours.bus.tunnel()["ExitState"] == state

    found = {"exit_busy_s": [], "exit_idle_s": []}
    for number in range(rounds):
        for name, times in found.items():
            ours.bus.wait("the exit works", is_in("active"), PATIENCE_S)
            measure.ping_until_answered(ours.host, theirs.address, PATIENCE_S)
            pings = ours.host.start(f"pings-{name}-{number}", "ping", "-n", "-i", 0.2, theirs.address) if name == "exit_busy_s" else None
            threading.Event().wait(1 if pings else QUIET_S[number % len(QUIET_S)])
            net.cut(theirs.host)
            started = time.monotonic()
            ours.bus.wait("its loss is said", is_in("lost"), PATIENCE_S)
            times.append(time.monotonic() - started)
            if pings:
                pings.stop()
            net.mend(theirs.host)
    ours.bus.wait("the exit works", is_in("active"), PATIENCE_S)
    idle = {"exit_wakeups_per_s": idle_wakeups(ours)}
    ours.ctl("exit", "set", "none")
    idle["no_exit_wakeups_per_s"] = idle_wakeups(ours)
    for machine in (ours, theirs):
        machine.stop()
    mesh.hub.process.stop()
    return idle | {name: round(statistics.median(times), 2) for name, times in found.items()} \
        | {f"{name[:-2]}_worst_s": round(max(times), 2) for name, times in found.items()}


def leaks(net, rounds):
    """What leaves beside a strict exit, while what can happen to it happens in an order that the seed says."""
    with Strict(net, SEED) as lab:
        lab.see_all()
        shut(lab)
        wait_active(lab)
        happenings = events(lab)
        for _ in range(rounds):
            with contextlib.suppress(AssertionError):  # what left is counted
                happenings[lab.random.choice(sorted(happenings))]()
                lab.look("round")
        wait_active(lab)
        lab.ours.stop()
        return {"leak_rounds": rounds, "leaked": lab.leaked}


def run(net, say, is_long):
    result = {}
    for what, part in (("two LANs, ours then wireguard-go's", lambda: lans(net, is_long)),
                       ("an exit that is lost", lambda: exit_lost(net, LONG_ROUNDS if is_long else ROUNDS)),
                       ("a strict exit", lambda: leaks(net, LONG_LEAK_ROUNDS if is_long else LEAK_ROUNDS))):
        say(f"networks: {what}")
        result |= part()
    return result


def text(result):
    def worst(name):
        found = result.get(f"{name[:-2]}_worst_s")
        return f", worst {found}" if found is not None else ""

    return "\n".join(f"{TEXTS[name]}: {result[name]}{worst(name)}" for name in TEXTS)
