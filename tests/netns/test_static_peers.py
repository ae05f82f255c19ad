# SPDX-License-Identifier: LGPL-2.1-or-later
"""Static peers over UDP: from which of our addresses they are answered, where they are believed to be, what ICMP can do.

    a bamgated, 10.70.0.1 ── r ── b wireguard-go, 10.70.0.2
"""

import ipaddress
import json

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.wait import wait_for
from lab.wireguard import WireguardGo, show

OURS, THEIRS = "10.70.0.1", "10.70.0.2"
PORT = 51820


def text(address, port=PORT):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def second_address(host, version):
    """Another one on the same wire."""
    if version == 4:
        address = str(ipaddress.ip_address(host.address) + 1)
        host.run("ip", "address", "add", f"{address}/28", "dev", "eth0")
    else:
        address = str(ipaddress.ip_address(host.address6) + 1)
        host.run("ip", "address", "add", f"{address}/64", "dev", "eth0", "nodad")
    return address


def second_wire(net, host, version):
    """Another interface, on a wire of its own to the router; the default route stays where it is."""
    wire = ipaddress.ip_network("198.19.7.0/28" if version == 4 else "2001:db8:700::/64")
    net.join(host, "eth1", net.router, f"too-{host.name}", wire)
    return str(wire[2])


def connect(net, a, b, ours_at, **settings):
    """Both programs; b alone knows the other's address, `ours_at`."""
    theirs = WireguardGo(b, [f"{THEIRS}/24"], PORT)
    ours = static_machine(a, f"{OURS}/24", {"b": {"public-key": theirs.keys.public, "allowed-ips": [f"{THEIRS}/32"],
                                                  **settings}}, {"listen-port": PORT})
    theirs.add_peer(ours.keys.public, [f"{OURS}/32"], text(ours_at) if ours_at else None)
    ours.start().wait_state("online")
    return ours, theirs


def seen_at(theirs, ours):
    """Where wireguard-go believes us to be: where our last authentic packet came from."""
    return theirs.show("endpoints")[ours.keys.public]


# sticky sources


@pytest.mark.parametrize("version", (4, 6), ids=("ipv4", "ipv6"))
@pytest.mark.parametrize("where", ("address", "interface"))
def test_answers_from_where_it_was_asked(net, where, version):
    a, b = net.host("a"), net.host("b")
    second = second_address(a, version) if where == "address" else second_wire(net, a, version)
    ours, theirs = connect(net, a, b, second)
    measure.ping_until_answered(b, OURS)
    assert seen_at(theirs, ours) == text(second)
    measure.ping(a, THEIRS)
    measure.ping(b, OURS)
    assert seen_at(theirs, ours) == text(second)


@pytest.mark.parametrize("version", (4, 6), ids=("ipv4", "ipv6"))
def test_source_is_taken_away(net, version):
    """What it was asked at is ours no more: it goes on from another, without a new session."""
    a, b = net.host("a"), net.host("b")
    second = second_address(a, version)
    ours, theirs = connect(net, a, b, second)
    measure.ping_until_answered(b, OURS)
    assert seen_at(theirs, ours) == text(second)
    before = ours.peer("b")["LastHandshake"]
    a.run("ip", "address", "delete", f"{second}/{28 if version == 4 else 64}", "dev", "eth0")
    measure.ping(a, THEIRS)
    assert seen_at(theirs, ours) == text(a.address if version == 4 else a.address6)
    assert abs(ours.peer("b")["LastHandshake"] - before) < 1e6


# where a peer may be


def tun_packets(machine):
    return machine.host.ip_json("-s", "link", "show", "dev", machine.interface)[0]["stats64"]["tx"]["packets"]


def rewritten(net):
    """How many packets have had their source rewritten."""
    rules = json.loads(net.router.out("nft", "-j", "list", "table", "inet", "liar"))["nftables"]
    return sum(part["counter"]["packets"] for rule in rules if "rule" in rule
               for part in rule["rule"]["expr"] if "counter" in part)


def test_endpoint_inside_the_tunnel_is_not_learnt(net):
    """A router rewrites the outer source of a few packets to an address inside the tunnel. They are accepted, and nothing is
    sent there: it would go into the tunnel, and again, and again."""
    a, b = net.host("a"), net.host("b")
    ours, theirs = connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)
    a.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0")
    for inside in (THEIRS, "10.70.0.77"):
        net.router.run("nft", "add table inet liar; add chain inet liar pass { type filter hook forward priority 0; }; "
                              f"add rule inet liar pass ip saddr {b.address} udp sport {PORT} counter ip saddr set {inside}")
        measure.ping(b, OURS)
        assert rewritten(net) > 0
        net.router.run("nft", "delete table inet liar")
    before = tun_packets(ours)
    measure.ping(a, THEIRS, count=15)
    print(f"into the TUN by 15 pings: {tun_packets(ours) - before} packets")
    assert tun_packets(ours) - before < 40
    assert show(a, ours.interface, "endpoints")[theirs.keys.public] == text(b.address)
    assert ours.ctl_json("status")["drops"]["endpoint-inside"] > 0
    measure.ping(b, OURS)


def test_own_address_is_not_learnt(net):
    """The same with our own address and port."""
    a, b = net.host("a"), net.host("b")
    ours, theirs = connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)
    a.run("sysctl", "-qw", "net.ipv4.conf.all.accept_local=1", "net.ipv4.conf.eth0.accept_local=1",
          "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0")
    net.router.run("nft", "add table inet liar; add chain inet liar pass { type filter hook forward priority 0; }; "
                          f"add rule inet liar pass ip saddr {b.address} udp sport {PORT} counter ip saddr set {a.address}")
    measure.ping(b, OURS)
    assert rewritten(net) > 0
    net.router.run("nft", "delete table inet liar")
    assert show(a, ours.interface, "endpoints")[theirs.keys.public] == text(b.address)
    assert ours.ctl_json("status")["drops"]["endpoint-inside"] > 0
    measure.ping(a, THEIRS)


def test_roams_where_any_address_can_be_bound(net):
    """ip_nonlocal_bind, as on hosts whose addresses move from one to the other: no address is ours for that alone, also where
    the peer has the same port as we."""
    a, b = net.host("a"), net.host("b")
    ours, theirs = connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)
    a.run("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1")
    second = second_address(b, 4)
    net.router.run("nft", "add table inet liar; add chain inet liar pass { type filter hook forward priority 0; }; "
                          f"add rule inet liar pass ip saddr {b.address} udp sport {PORT} counter ip saddr set {second}")
    measure.ping(b, OURS)
    assert rewritten(net) > 0
    assert show(a, ours.interface, "endpoints")[theirs.keys.public] == text(second)
    assert "endpoint-inside" not in ours.ctl_json("status")["drops"]


# settings


def test_settings_leave_a_peer_where_it_is(net):
    """A peer that roamed, or was sent elsewhere by wg(8), stays there whatever else is set; and in its session."""
    a, b = net.host("a"), net.host("b")
    ours, theirs = connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)

    def endpoint():
        return show(a, ours.interface, "endpoints")[theirs.keys.public]

    def check_changes(port):
        before = ours.peer("b")["LastHandshake"]
        for setting in ("device.accept-routes=yes", "peer.b.keepalive=21", f"peer.b.allowed-ips={THEIRS}/32;10.71.0.0/24",
                        "peer.b.keepalive=0", f"peer.b.allowed-ips={THEIRS}/32", "device.accept-routes=no"):
            ours.ctl("config", "set", setting)
            assert endpoint() == text(b.address, port), setting
        measure.ping(a, THEIRS)
        assert abs(ours.peer("b")["LastHandshake"] - before) < 1e6

    theirs.set("listen-port", "40000")
    measure.ping_until_answered(b, OURS)
    check_changes(40000)
    b.run("nft", "add table inet door; add chain inet door in { type nat hook prerouting priority -100; }; "
                 "add rule inet door in udp dport 40001 redirect to :40000")
    a.run("wg", "set", ours.interface, "peer", theirs.keys.public, "endpoint", text(b.address, 40001))
    before = ours.peer("b")["LastHandshake"]
    for setting in ("peer.b.keepalive=22", f"peer.b.allowed-ips={THEIRS}/32;10.71.0.0/24"):
        ours.ctl("config", "set", setting)
        assert endpoint() == text(b.address, 40001), setting
    measure.ping(a, THEIRS)
    assert abs(ours.peer("b")["LastHandshake"] - before) < 1e6
    assert set(show(a, ours.interface, "allowed-ips")[theirs.keys.public].split()) == {f"{THEIRS}/32", "10.71.0.0/24"}
    assert show(a, ours.interface, "persistent-keepalive")[theirs.keys.public] == "22"

    ours.ctl("config", "set", f"peer.b.endpoint={text(b.address6, 40000)}")
    wait_for("the endpoint of the settings", lambda: endpoint() == text(b.address6, 40000))
    measure.ping_until_answered(a, THEIRS)  # wireguard-go of Debian 13 cuts the first IPv6 addresses that it answers after IPv4


# the outer network's word about sizes


def narrow(net, host, mtu):
    net.router.run("ip", "link", "set", f"to-{host.name}", "mtu", mtu)
    host.run("ip", "link", "set", "eth0", "mtu", mtu)


def test_fragments_outside(net):
    """A link in the middle is narrower: routers cut what we send, as they do with the kernel's."""
    a, b = net.host("a"), net.host("b")
    _, _ = connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)
    net.router.run("nft", "add table inet look; add chain inet look pass { type filter hook forward priority 0; }; "
                          f"add rule inet look pass ip saddr {a.address} udp dport {PORT} ip frag-off & 0x4000 != 0 counter")
    narrow(net, b, 1300)
    measure.ping(a, THEIRS, size=1392, dont_fragment=True)
    assert '"packets": 0' in net.router.out("nft", "-j", "list", "table", "inet", "look")


def bamgates(net, version):
    """Two bamgateds that are each other's static peers."""
    hosts = [net.host("a"), net.host("b")]
    machines = [static_machine(host, f"10.70.0.{i + 1}/24", {}, {"listen-port": PORT}) for i, host in enumerate(hosts)]
    for i, machine in enumerate(machines):
        other = machines[1 - i]
        machine.address = f"10.70.0.{i + 1}"
        machine.write_config({
            "device": {"name": machine.name, "autostart": True, "address": f"{machine.address}/24", "listen-port": PORT},
            f"peer {other.name}": {
                "public-key": other.keys.public, "allowed-ips": [f"10.70.0.{2 - i}/32"],
                "endpoint": text(hosts[1 - i].address if version == 4 else hosts[1 - i].address6)}})
    for machine in machines:
        machine.start().wait_state("online")
    return machines


def route_mtu(here, there):
    return here.routes()[there.address].get("metrics", [{}])[0].get("mtu")


@pytest.mark.parametrize("version", (4, 6), ids=("ipv4", "ipv6"))
def test_bamgates_find_what_passes_whole(net, version):
    """They tell each other what they are, and probe: nothing is cut outside any more, and it follows the link."""
    a, b = bamgates(net, version)
    overhead = 60 if version == 4 else 80
    measure.ping_until_answered(a.host, b.address)
    measure.ping(a.host, b.address)
    for here, there in ((a, b), (b, a)):
        here.bus.wait("the TUN's size", lambda: route_mtu(here, there) in (None, 1420), 10)
        measure.ping(here.host, there.address, size=1392, dont_fragment=True)
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "8", "--bidir")
        narrow(net, b.host, 1400)
        for here, there in ((a, b), (b, a)):
            here.bus.wait(f"{here.name} knows of the narrow link",
                          lambda: abs((route_mtu(here, there) or 1420) - (1400 - overhead)) <= 8, 20)
        net.router.run("nft", "add table inet look; add chain inet look pass { type filter hook prerouting priority -500; }; "
                              f"add rule inet look pass meta l4proto udp udp dport {PORT} ip frag-off & 0x3fff != 0 counter; "
                              "add rule inet look pass exthdr frag exists counter")
        assert load.wait(30) == 0
    assert "sec" in load.text()
    measure.ping(a.host, b.address, size=4000)
    counters = [part["counter"]["packets"] for rule in json.loads(net.router.out("nft", "-j", "list", "table", "inet", "look"))["nftables"]
                if "rule" in rule for part in rule["rule"]["expr"] if "counter" in part]
    assert counters == [0, 0]
    narrow(net, b.host, 1500)
    for here, there in ((a, b), (b, a)):
        here.bus.wait(f"{here.name} knows of the wide link", lambda: route_mtu(here, there) == 1420, 60)


def test_foreign_peers_are_not_probed(net):
    """wireguard-go complains of what is no IP packet; it gets none."""
    ours, theirs = connect(net, net.host("a"), net.host("b"), None, endpoint=text("198.18.0.34"))
    assert theirs.host.address == "198.18.0.34"
    measure.ping_until_answered(ours.host, THEIRS)
    measure.tcp_mbit(ours.host, theirs.host, THEIRS, 2)
    measure.ping(ours.host, THEIRS, count=20, size=1392)
    assert "invalid IP version" not in theirs.process.text()
    assert ours.ctl_json("status")["drops"].get("bad-inner", 0) == 0


FORGED = """
import socket, struct, sys
ours, theirs, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
def total(b):
    s = sum(struct.unpack(f"!{len(b) // 2}H", b))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1480, 7, 0x4000, 64, 17, 0, socket.inet_aton(ours), socket.inet_aton(theirs))
inner += struct.pack("!HHHH", port, port, 1460, 0)
icmp = struct.pack("!BBHHH", 3, 4, 0, 0, 600) + inner
icmp = icmp[:2] + struct.pack("!H", total(icmp)) + icmp[4:]
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
raw.sendto(icmp, (ours, 0))
"""


def test_forged_icmp_changes_nothing(net):
    """"Fragmentation needed, 600" from anybody: the kernel's route takes it, and our packets stay whole."""
    a, b = net.host("a"), net.host("b")
    connect(net, a, b, a.address, endpoint=text(b.address))
    measure.ping_until_answered(b, OURS)
    net.router.run("python3", "-c", FORGED, a.address, b.address, PORT)
    net.router.run("nft", "add table inet look; add chain inet look pass { type filter hook prerouting priority -500; }; "
                          f"add rule inet look pass ip saddr {a.address} ip frag-off & 0x3fff != 0 counter")
    measure.ping(a, THEIRS, size=1392, dont_fragment=True)
    measure.ping(a, THEIRS, size=1392, dont_fragment=True)
    assert '"packets": 0' in net.router.out("nft", "-j", "list", "table", "inet", "look")
