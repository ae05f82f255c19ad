# SPDX-License-Identifier: LGPL-2.1-or-later
"""The direct path: over which pairs it comes up, what its links carry, what becomes of traffic when it dies.

    hub ── r ── a 10.0.0.1, b 10.0.0.2
"""

import contextlib
import ipaddress
import re
import time

import pytest

from lab import measure
from lab.mesh import Mesh
from lab.resolvers import own_etc
from lab.turn import Turn

TUN_MTU = 1420
CHANNEL_MTU = 1152
PING_HEADERS = 28
OUTER4 = 60  # what a packet gains on its way over IPv4: 20 IP, 8 UDP, 32 WireGuard
NARROW = 1400
FALL_SECONDS = 3.0  # a dead path is left after 2.5; what takes its place is begun when it is doubted, and there by then
TRANSPORT_DATA = ("nft", "add table inet gap; add chain inet gap pass { type filter hook forward priority 0; }; "
                         "add rule inet gap pass meta l4proto udp @th,64,8 4 counter drop")


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.fixture
def pair(mesh):
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    return a, b


def family_of(peer):
    return 6 if peer["RemoteCandidate"].count(":") > 2 or "[" in peer["RemoteCandidate"] else 4


def route_mtu(here, there):
    return here.routes()[there.address]["metrics"][0]["mtu"]


def wait_mtu(here, there, wanted, seconds=20):
    """Until the route has it; the seconds that it took."""
    begin = time.monotonic()
    here.bus.wait(f"{here.name}: mtu {wanted} to {there.name}", lambda: abs(route_mtu(here, there) - wanted) <= 8, seconds)
    return time.monotonic() - begin


def narrow(net, host, mtu):
    """The router's end of a host's wire alone: to the host there are ICMP errors, from it a black hole."""
    net.router.run("ip", "link", "set", f"to-{host.name}", "mtu", mtu)


@contextlib.contextmanager
def pinging(host, address, interval=0.05):
    """A ping that runs meanwhile; yields its process."""
    ping = host.start(f"pings-{len(host.processes)}", "ping", "-n", "-D", "-i", interval, address)
    ping.wait_line("icmp_seq=3 ")
    yield ping
    ping.stop()


def longest_gap(ping):
    times = [float(found[1]) for found in re.finditer(r"^\[([\d.]+)\].*icmp_seq", ping.text(), re.MULTILINE)]
    return max(late - early for early, late in zip(times, times[1:]))


def transfer(here, there, seconds=2):
    for reverse in (False, True):
        assert measure.tcp_mbit(here.host, there.host, there.address, seconds, reverse=reverse,
                                port=5201 + reverse) > 20


def use_ipv6_only(machine):
    """Leaves the host no IPv4 way to others but the one to the hub."""
    machine.host.run("ip", "route", "replace", "blackhole", "198.18.0.0/15")


# pairs


@pytest.mark.sanitized
def test_over_ipv4(pair):
    a, b = pair
    for here, there in ((a, b), (b, a)):
        peer = here.peer(there.name)
        assert peer["Path"] == "direct" and not peer["Relayed"]
        assert route_mtu(here, there) == TUN_MTU
        measure.ping(here.host, there.address, size=TUN_MTU - PING_HEADERS, dont_fragment=True)
    transfer(a, b)


def test_over_ipv6(net, mesh):
    """The router lets no UDP over IPv4 pass between the two."""
    only_family(net, 6)
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    assert family_of(a.peer("b")) == 6 and family_of(b.peer("a")) == 6
    wait_mtu(a, b, TUN_MTU)
    measure.ping(a.host, b.address, size=TUN_MTU - PING_HEADERS, dont_fragment=True)
    transfer(a, b)


def useless_stun(net, mesh):
    """A STUN server whose name nobody answers for, and one that is silent: the first two of a list."""
    net.router.run("nft", "add table inet mute; add chain inet mute pass { type filter hook forward priority 0; }; "
                          "add rule inet mute pass udp dport { 53, 3479 } drop")
    return ["stun:silent.example:3478", f"stun:{mesh.hub.host.address}:3479"]


def start_with_silent_resolver(machine, mesh):
    own_etc(machine.host, f"nameserver {mesh.hub.host.address}\n")
    machine.start().wait_state("online")


def test_behind_one_nat(net, mesh):
    """There is a way without a STUN server, and none is waited for."""
    a = mesh.machine("a")
    b = mesh.machine("b", behind_nat=True, ice={"stun-servers": useless_stun(net, mesh)}, start=False)
    start_with_silent_resolver(b, mesh)
    begin = time.monotonic()
    mesh.wait_connected(a, b)
    took = time.monotonic() - begin
    print(f"connected {took:.2f} s after it was online")
    assert took < 1
    mesh.wait_connected(a, b, path="direct")
    measure.ping(a.host, b.address)
    transfer(a, b)


def test_behind_two_nats(net, mesh):
    """Reflexive on both sides: coturn tells them their addresses, the last of three servers."""
    stun = {"stun-servers": [*useless_stun(net, mesh), f"stun:{Turn(net.host('stun')).host.address}:3478"]}
    a, b = (mesh.machine(name, behind_nat=True, ice=stun, start=False) for name in "ab")
    for here in (a, b):  # a check that comes too early must not take the port that it is for
        net.hosts[f"{here.name}-nat"].run("nft", "add chain inet guard self { type filter hook input priority 0; }; "
                                                 "add rule inet guard self meta l4proto udp drop")
        start_with_silent_resolver(here, mesh)
    mesh.wait_connected(a, b, path="direct")
    assert "relay" not in a.peer("b")["LocalCandidate"]
    measure.ping(a.host, b.address)
    transfer(a, b)


def test_nat_rebinds(net, mesh):
    """b's NAT forgets it and gives it another port: the first packet from b mends it, and nobody moves or starts anew."""
    a, b = mesh.machine("a"), mesh.machine("b", behind_nat=True)
    mesh.wait_connected(a, b, path="direct")
    measure.ping(b.host, a.address)
    before = [(here.peer(there)["ConnectedSince"], handshake(here, there)) for here, there in ((a, "b"), (b, "a"))]
    with pinging(b.host, a.address) as ping:
        nat = net.hosts["b-nat"]
        nat.run("nft", "flush chain ip nat out; add rule ip nat out oifname eth0 meta l4proto udp masquerade to :61000-62000")
        nat.run("conntrack", "-D", "-p", "udp")
        measure.ping(b.host, a.address, count=5)
        measure.ping(a.host, b.address, count=5)
    transfer(a, b)
    print(f"longest gap {longest_gap(ping):.2f} s")
    assert longest_gap(ping) < 1
    assert [(here.peer(there)["ConnectedSince"], handshake(here, there)) for here, there in ((a, "b"), (b, "a"))] == before
    assert "dport=61" in nat.run("conntrack", "-L", "-p", "udp").stdout


def tun_packets(machine):
    return machine.host.ip_json("-s", "link", "show", "dev", machine.interface)[0]["stats64"]["tx"]["packets"]


def test_does_not_follow_into_the_tunnel(net, mesh):
    """For a moment b's data seems to come from within the route that it advertises: it is taken, and not followed there."""
    a = mesh.machine("a", device={"accept-routes": True})
    b = mesh.machine("b", device={"routes": ["10.99.0.0/24"]})
    mesh.wait_connected(a, b, path="direct")
    a.bus.wait("the route", lambda: "10.99.0.0/24" in a.routes(), 10)
    a.host.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0")
    for inside in ("10.99.0.9", b.address):
        net.router.run("nft", "add table inet liar; add chain inet liar pass { type filter hook forward priority 0; }; "
                              f"add rule inet liar pass ip saddr {b.host.address} meta l4proto udp @th,64,8 4 counter "
                              f"ip saddr set {inside}")
        measure.ping(b.host, a.address)
        net.router.run("nft", "delete table inet liar")
    before = tun_packets(a)
    measure.ping(a.host, b.address, count=15)
    print(f"into the TUN by 15 pings: {tun_packets(a) - before} packets")
    assert tun_packets(a) - before < 100
    assert a.ctl_json("status")["drops"]["endpoint-inside"] > 0
    assert a.peer("b")["Path"] == "direct"


def test_ipv6_inside(mesh):
    a = mesh.machine("a", device={"address6": "fd00:ba::1/64"})
    b = mesh.machine("b", device={"address6": "fd00:ba::2/64"})
    mesh.wait_connected(a, b, path="direct")
    measure.ping_until_answered(a.host, "fd00:ba::2")
    measure.ping(b.host, "fd00:ba::1", size=TUN_MTU - 48, dont_fragment=True)


def test_reconnect_moves_it(pair):
    a, b = pair
    with pinging(b.host, a.address) as ping:
        before = a.peer("b")["ConnectedSince"]
        a.bus.call("org.bamgate.Tunnel1.Peer", "Reconnect", path=a.bus.peer_path("b"))
        a.bus.wait("a new connection", lambda: a.peer("b")["ConnectedSince"] > before, 20)
        a.wait_peer("b", path="direct")
        b.wait_peer("a", path="direct")
        measure.ping(a.host, b.address)
    print(f"longest gap {longest_gap(ping):.2f} s")


# death


def handshake(machine, peer):
    """When the session began, in ms: the daemon reckons it anew from another clock."""
    return round(machine.peer(peer)["LastHandshake"] / 1000)


def test_firewall_kills_direct_and_ice(net, pair):
    """Transport data is dropped, ICE and DTLS pass: a data channel is added and takes over when they are given up."""
    a, b = pair
    measure.ping(a.host, b.address)
    with pinging(a.host, b.address) as ping:
        begin = time.monotonic()
        net.router.run(*TRANSPORT_DATA)
        a.wait_peer("b", path="data-channel")
        took = time.monotonic() - begin
        b.wait_peer("a", path="data-channel")
        measure.ping(a.host, b.address, count=5)
        assert route_mtu(a, b) == CHANNEL_MTU
    print(f"fell in {took:.2f} s, longest gap of the ping {longest_gap(ping):.2f} s")
    assert took <= FALL_SECONDS and longest_gap(ping) <= FALL_SECONDS + 0.3
    with pinging(a.host, b.address) as ping:
        begin = time.monotonic()
        net.router.run("nft", "delete table inet gap")
        a.wait_peer("b", path="direct")
        b.wait_peer("a", path="direct")
        print(f"back in {time.monotonic() - begin:.2f} s")
    assert longest_gap(ping) < 1
    assert route_mtu(a, b) == TUN_MTU


def test_one_direction_dies(net, pair):
    """What b sends is lost, and what it gets arrives: both leave for a way that works in both directions."""
    a, b = pair
    with pinging(a.host, b.address) as ping:
        net.router.run("nft", "add table inet gap; add chain inet gap pass { type filter hook forward priority 0; }; "
                              f"add rule inet gap pass ip saddr {b.host.address} meta l4proto udp @th,64,8 4 counter drop")
        b.wait_peer("a", path="data-channel")
        measure.ping_until_answered(a.host, b.address)
    assert longest_gap(ping) <= FALL_SECONDS + 0.3


def test_tcp_lives_through_a_fall(net, pair):
    a, b = pair
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "12", "-i", "1", "--forceflush")
        measure.wait_interval(load, 2)
        net.router.run(*TRANSPORT_DATA)
        a.wait_peer("b", path="data-channel")
        net.router.run("nft", "delete table inet gap")
        a.wait_peer("b", path="direct")
        assert load.wait(30) == 0
    rows = [float(found[1]) for found in re.finditer(r"sec\s+[\d.]+ \w*Bytes\s+([\d.]+) [KMG]?bits/sec", load.text())]
    assert rows[-3] > 0


def direct_address(machine, peer):
    """Our own address of the pair, and its family."""
    address = machine.peer(peer)["LocalCandidate"].split()[-1].rsplit(":", 1)[0].strip("[]")
    return address, 6 if ":" in address else 4


def only_family(net, version):
    """The router passes no UDP of the other one."""
    family = "ip6" if version == 4 else "ip"
    net.router.run("nft", f"add table {family} one; add chain {family} one pass {{ type filter hook forward priority 0; }}; "
                          f"add rule {family} one pass meta l4proto udp drop")


LOSERS = pytest.mark.parametrize("loser, version", (("a", 4), ("b", 6)), ids=("smaller-ipv4", "larger-ipv6"))


@LOSERS
def test_own_address_goes_away(net, mesh, loser, version):
    """The direct path's address is taken from the machine, which has others: the first packet that finds no way leaves by
    another path at once, and is no loss."""
    if version == 6:
        only_family(net, 6)
    here = mesh.machine(loser, start=False)
    there = mesh.machine("b" if loser == "a" else "a", ice={"tcp": True})
    spare = str(ipaddress.ip_address(here.host.address) + 1)
    here.host.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1")
    here.host.run("ip", "address", "add", f"{spare}/28", "dev", "eth0")
    here.start().wait_state("online")
    mesh.wait_connected(here, there, path="direct")
    address, family = direct_address(here, there.name)
    assert family == version
    measure.ping(here.host, there.address)
    with pinging(here.host, there.address) as ping:
        begin = time.monotonic()
        here.host.run("ip", "address", "delete", f"{address}/{28 if family == 4 else 64}", "dev", "eth0")
        here.bus.wait("another path", lambda: here.peer(there.name).get("Path") != "direct", 10)
        took = time.monotonic() - begin
    print(f"noticed after {took:.2f} s; longest gap of the ping {longest_gap(ping):.2f} s")
    assert took < 1.2


def test_dead_pair_is_left(net, mesh):
    """The way between the two addresses of the path dies, and nothing else: ICE is restarted in the session, on another pair."""
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    with pinging(a.host, b.address) as ping:
        family = family_of(a.peer("b"))
        table = "ip6" if family == 6 else "ip"
        net.router.run("nft", f"add table {table} gap; add chain {table} gap pass {{ type filter hook forward priority 0; }}; "
                              f"add rule {table} gap pass udp dport != 53 drop")
        a.bus.wait("the other family", lambda: family_of(a.peer("b")) != family and a.peer("b")["State"] == "connected", 10)
        ping.wait_line(f"icmp_seq={ping.text().count('icmp_seq') + 200} ")
    print(f"longest gap {longest_gap(ping):.2f} s")
    assert longest_gap(ping) <= FALL_SECONDS + 0.5  # 0.3 as elsewhere, and the way of the restart's offer and answer
    for machine in (a, b):
        assert len(re.findall(r"-> (?:offering|answering) ", machine.daemon.text())) == 1


@LOSERS
def test_deprecated_address_is_left(net, mesh, loser, version):
    """Before it dies, as IPv6's privacy addresses do: ICE is restarted on the address that takes its place, the old path carries
    packets until the new one does, and nobody notices, nor when it is taken away."""
    only_family(net, version)
    machines = {name: mesh.machine(name) for name in "ab"}
    mesh.wait_connected(*machines.values(), path="direct")
    moved = machines.pop(loser)
    other, = machines.values()
    address, family = direct_address(moved, other.name)
    assert family == version
    began = handshake(moved, other.name)
    spare, bits = str(ipaddress.ip_address(address) + 1), 28 if version == 4 else 64
    moved.host.run("sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1")
    with pinging(moved.host, other.address, interval=0.02) as ping:
        moved.host.run("ip", "address", "add", f"{spare}/{bits}", "dev", "eth0", *(["nodad"] if version == 6 else []))
        moved.host.run("ip", "address", "change", f"{address}/{bits}", "dev", "eth0", "valid_lft", 600, "preferred_lft", 0)
        begin = time.monotonic()
        moved.bus.wait("it goes by the other address", lambda: direct_address(moved, other.name)[0] == spare, 10)
        took = time.monotonic() - begin
        moved.bus.wait("the direct path followed", lambda: spare in other.peer(loser)["RemoteCandidate"], 10)
        ping.wait_line(f"icmp_seq={ping.text().count('icmp_seq') + 75} ")  # the direct path comes a second later at most
        moved.host.run("ip", "address", "delete", f"{address}/{bits}", "dev", "eth0")
        ping.wait_line(f"icmp_seq={ping.text().count('icmp_seq') + 125} ")
    answered = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", ping.text())]
    lost = set(range(1, max(answered) + 1)) - set(answered)
    print(f"left after {took:.2f} s; {len(lost)} of {max(answered)} pings lost; longest gap {longest_gap(ping):.2f} s")
    assert moved.peer(other.name)["Path"] == other.peer(loser)["Path"] == "direct"
    assert handshake(moved, other.name) == began
    assert len(lost) <= 2


def plug_in(net, host):
    """A cable beside what the machine has: a wire of its own to the router, and a default route. Its address."""
    wire = ipaddress.ip_network("198.19.7.0/28")
    net.join(host, "eth1", net.router, f"too-{host.name}", wire)
    host.run("ip", "route", "add", "default", "via", wire[1], "metric", 100)
    return str(wire[2])


def test_better_uplink_is_taken(net, mesh):
    """A cable beside the Wi-Fi: seconds later packets go by it, in the same session, and none is lost; and when it is pulled
    they are back at once."""
    only_family(net, 4)
    b, host = mesh.machine("b"), net.host("a")
    host.run("ip", "route", "add", "default", "via", str(ipaddress.ip_address(host.address) - 1), "metric", 600)
    host.run("ip", "route", "delete", "default", "metric", 0)
    a = mesh.machine("a", host=host)
    mesh.wait_connected(a, b, path="direct")
    assert direct_address(a, "b") == (host.address, 4)
    began = handshake(a, "b")
    with pinging(a.host, b.address) as ping:
        begin = time.monotonic()
        cable = plug_in(net, a.host)
        a.bus.wait("it goes by the cable", lambda: direct_address(a, "b")[0] == cable, 15)
        took = time.monotonic() - begin
        a.bus.wait("the direct path followed", lambda: f" {cable}:" in b.peer("a")["RemoteCandidate"])
        ping.wait_line(f"icmp_seq={ping.text().count('icmp_seq') + 40} ")
    answered = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", ping.text())]
    lost = set(range(1, max(answered) + 1)) - set(answered)
    print(f"taken after {took:.2f} s; {len(lost)} of {max(answered)} pings lost; longest gap {longest_gap(ping):.2f} s")
    assert a.peer("b")["Path"] == b.peer("a")["Path"] == "direct"
    assert handshake(a, "b") == began
    assert len(lost) <= 2
    with pinging(a.host, b.address) as ping:
        a.host.run("ip", "link", "delete", "eth1")
        a.bus.wait("by what is left", lambda: direct_address(a, "b")[0] == host.address, 15)
        measure.ping_until_answered(a.host, b.address)
    print(f"pulled: longest gap {longest_gap(ping):.2f} s")


# what the links carry


def test_narrow_link_from_the_start(net, mesh):
    a, b = mesh.machine("a"), mesh.machine("b", start=False)
    narrow(net, b.host, NARROW)
    b.start().wait_state("online")
    mesh.wait_connected(a, b, path="direct")
    for here, there in ((a, b), (b, a)):
        wait_mtu(here, there, NARROW - OUTER4, 5)
        measure.ping(here.host, there.address, size=NARROW - OUTER4 - PING_HEADERS - 8, dont_fragment=True)
        measure.ping(here.host, there.address, size=4000)
    transfer(a, b)


@pytest.mark.long
def test_link_gets_narrow_and_wide_again(net, pair):
    a, b = pair
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "10", "-i", "0.5", "--bidir", "--forceflush")
        measure.wait_interval(load, 2, lines=2)
        narrow(net, b.host, NARROW)
        down = [wait_mtu(a, b, NARROW - OUTER4, 5), wait_mtu(b, a, NARROW - OUTER4, 5)]
        assert load.wait(30) == 0
    print(f"a narrower link was found in {down[0]:.2f} s and {sum(down):.2f} s")
    rates = [float(found[1]) for found in re.finditer(r"\[TX-C\].*?Bytes\s+([\d.]+) [KMG]?bits/sec", load.text())]
    assert rates[-4:] and min(rates[-6:-2]) > 0, load.text()  # it goes on after that
    assert a.peer("b")["Path"] == b.peer("a")["Path"] == "direct"
    transfer(a, b)
    narrow(net, b.host, 1500)
    up = [wait_mtu(a, b, TUN_MTU, 60), wait_mtu(b, a, TUN_MTU, 60)]
    print(f"a wider one after {up[0]:.2f} s and {sum(up):.2f} s")
    measure.ping(a.host, b.address, size=TUN_MTU - PING_HEADERS, dont_fragment=True)


def test_own_device_gets_narrow(pair):
    """The kernel says at once that it cannot send what is too large."""
    a, b = pair
    a.host.run("ip", "link", "set", "eth0", "mtu", NARROW)
    measure.ping_some(a.host, b.address, count=3, interval=0.2)
    a.host.run("ping", "-n", "-q", "-c", 2, "-i", 0.2, "-W", 1, "-s", 1300, b.address, check=False)
    a.host.run("ping", "-n", "-q", "-c", 3, "-i", 0.2, "-W", 1, "-s", TUN_MTU - PING_HEADERS, b.address, check=False)
    wait_mtu(a, b, NARROW - OUTER4, 5)
    transfer(a, b)


@pytest.mark.parametrize("paths", ("direct", "ice"))
def test_narrow_link_in_the_middle(net, mesh, paths):
    """Between two routers, one of which is a NAT. Under ICE's own socket packets are fragmented."""
    a = mesh.machine("a", ice={"paths": [paths, "data-channel"]})
    b = mesh.machine("b", behind_nat=True, start=False)
    narrow(net, net.hosts["b-nat"], NARROW)
    net.hosts["b-nat"].run("ip", "link", "set", "eth0", "mtu", NARROW)
    b.start().wait_state("online")
    mesh.wait_connected(a, b, path=paths)
    for here, there in ((a, b), (b, a)):
        measure.ping_until_answered(here.host, there.address)
    transfer(a, b)


def test_ice_stays_alive_under_full_load(net, pair):
    """A transfer as fast as it goes: STUN and DTLS beside it are neither lost nor starved."""
    a, b = pair
    since = a.peer("b")["ConnectedSince"]
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "8", "-P", "4", "--bidir")
        answers = []
        while load.is_running():
            answers.append(a.ctl_json("ping", "b")["received"])
        assert load.wait(20) == 0
    assert answers and all(answers)
    for here, there in ((a, b), (b, a)):
        peer = here.peer(there.name)
        assert peer["State"] == "connected" and peer["Path"] == "direct"
    assert a.peer("b")["ConnectedSince"] == since
    net.router.run(*TRANSPORT_DATA)
    measure.ping_until_answered(a.host, b.address)  # an idle path is looked at rarely; traffic finds it dead
    a.wait_peer("b", path="data-channel")
