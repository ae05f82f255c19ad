# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the TUN's kernel does not take, and what routers mark.

    hub ── r ── a 10.0.0.1, b 10.0.0.2
"""

import json

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.paths import build_dir

PORT = 51820


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


def retransmits(result):
    return result["sum_sent"]["retransmits"]


@pytest.mark.parametrize("refused", ("short", "all"))
def test_tun_refuses_super_packets(mesh, refused):
    """A kernel that refuses some super-packets, or all: nothing is lost, the log says it, and the others go on."""
    a, b = mesh.machine("a"), mesh.machine("b", start=False)
    shim = build_dir() / "tests" / "lab" / "tun-refuses.so"
    b.start(env={"LD_PRELOAD": str(shim), "BAMGATE_TUN_REFUSES": refused}).wait_state("online")
    mesh.wait_connected(a, b, path="direct")
    result = measure.iperf(a.host, b.host, b.address, 2, size=4000, no_delay=True)  # each write two segments and a shorter one
    drops = b.ctl_json("status")["drops"]
    said = [line for line in b.daemon.text().splitlines() if "refused packets that were joined" in line]
    print(f"{result['sum_received']['bits_per_second'] / 1e6:.0f} Mbit/s, {retransmits(result)} retransmits, {drops}")
    assert drops.get("tun-write", 0) == 0
    assert said and all("TCP over IPv4" in line and " warning " in line for line in said)
    shorter = ["shorter" in line for line in said]
    assert shorter == [True] if refused == "short" else shorter in ([False], [True, False])  # each step once


# ECN

ECT0 = 2


def marking_router(net, *hosts):
    """Marks what passes between the hosts and says that it can be marked, as a router does whose queue grows."""
    net.router.run("nft", "add table inet aqm; add chain inet aqm pass { type filter hook forward priority 0; }")
    for host in hosts:
        net.router.run("nft", f"add rule inet aqm pass ip saddr {host.address} meta l4proto udp ip ecn ect0 counter ip ecn set ce")
        net.router.run("nft", f"add rule inet aqm pass ip6 saddr {host.address6} meta l4proto udp ip6 ecn ect0 counter ip6 ecn set ce")


def marked(net):
    rules = json.loads(net.router.out("nft", "-j", "list", "table", "inet", "aqm"))["nftables"]
    return sum(part["counter"]["packets"] for rule in rules if "rule" in rule
               for part in rule["rule"]["expr"] if "counter" in part)


def seen_inside(machine, ecn, run):
    """Packets with this ECN field that come out of the tunnel while `run` does its work."""
    machine.host.run("nft", "add table ip look; add chain ip look in { type filter hook prerouting priority 0; }; "
                            f"add rule ip look in iifname {machine.interface} ip ecn {ecn} counter")
    run()
    rules = json.loads(machine.host.out("nft", "-j", "list", "table", "ip", "look"))["nftables"]
    machine.host.run("nft", "delete table ip look")
    return [part["counter"]["packets"] for rule in rules if "rule" in rule
            for part in rule["rule"]["expr"] if "counter" in part][0]


def use_ecn(*hosts):
    for host in hosts:
        host.run("sysctl", "-qw", "net.ipv4.tcp_ecn=1")


def check_marks(net, a, b):
    """Inner ECN goes out, marks come in, by packets alone and in trains; TCP hears them instead of losses."""
    tagged = ("ping", "-n", "-q", "-c", 3, "-i", 0.2, "-Q", ECT0, b.address)
    marking_router(net, a.host, b.host)
    assert seen_inside(b, "ce", lambda: measure.ping(a.host, b.address)) == 0  # Not-ECT stays what it is
    assert marked(net) == 0
    assert seen_inside(b, "ce", lambda: a.host.run(*tagged)) == 3
    assert marked(net) >= 3
    use_ecn(a.host, b.host)
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "3", "--forceflush")
        assert seen_inside(b, "ce", lambda: measure.wait_interval(load, 2)) > 10
        sockets = a.host.out("ss", "-tiH", "dst", b.address)
        assert load.wait(20) == 0
    print(f"{marked(net)} packets marked; {[word for word in sockets.split() if 'delivered_ce' in word]}")
    assert "delivered_ce:" in sockets
    assert b.ctl_json("status")["drops"].get("congestion", 0) == 0


def test_ecn_on_the_direct_path(net, mesh):
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    check_marks(net, a, b)


@pytest.mark.parametrize("version", (4, 6), ids=("ipv4", "ipv6"))
def test_ecn_of_static_peers(net, version):
    hosts = [net.host("a"), net.host("b")]
    outer = [host.address if version == 4 else f"[{host.address6}]" for host in hosts]
    machines = [static_machine(host, f"10.70.0.{i + 1}/24", {}, {"listen-port": PORT}) for i, host in enumerate(hosts)]
    for i, machine in enumerate(machines):
        other = machines[1 - i]
        machine.address = f"10.70.0.{i + 1}"
        machine.write_config({
            "device": {"name": machine.name, "autostart": True, "address": f"{machine.address}/24", "listen-port": PORT},
            f"peer {other.name}": {"public-key": other.keys.public, "allowed-ips": [f"10.70.0.{2 - i}/32"],
                                   "endpoint": f"{outer[1 - i]}:{PORT}"}})
    for machine in machines:
        machine.start().wait_state("online")
    a, b = machines
    measure.ping_until_answered(a.host, b.address)
    check_marks(net, a, b)


def test_marks_on_what_cannot_be_marked_are_losses(net, mesh):
    """A router that breaks the rules: the inner ends do not speak ECN, and a loss is all that can tell them."""
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    net.router.run("nft", "add table inet aqm; add chain inet aqm pass { type filter hook forward priority 0; }; "
                          f"add rule inet aqm pass ip saddr {a.host.address} meta l4proto udp @th,64,8 4 counter ip ecn set ce")
    assert measure.ping(a.host, b.address, wait=1, check=False) is None
    assert b.ctl_json("status")["drops"]["congestion"] >= 3
