# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way to the hub dies without a word: nobody tells a socket. How soon it is noticed."""

import ipaddress
import time

from lab import measure
from lab.mesh import Mesh
from lab.wait import wait_for

CUT = """table inet cut {
  chain out {
    type filter hook output priority 0
    oifname "eth0" drop
  }
}"""


def cut(host):
    host.run("nft", "-f", "-", input=CUT)


def line_from(hub, address):
    """Does the hub's machine have an established connection from there?"""
    return f" {address}:" in hub.host.out("ss", "-Htn", "state", "established", f"( sport = :{hub.port} )")


def seconds_until(what, is_true, limit):
    start = time.monotonic()
    wait_for(what, is_true, limit)
    return time.monotonic() - start


def test_address_of_the_line_goes(net):
    """A plain move: the next line is there at once."""
    with Mesh(net) as mesh:
        a = mesh.machine("a")
        net.move(a.host)
        assert seconds_until("a line from the new address", lambda: line_from(mesh.hub, a.host.address), 10) < 3
        a.wait_state("online")


def test_default_route_moves_and_the_old_way_is_dead(net):
    """Both addresses stay; what leaves by the new interface with the old address is dropped there."""
    with Mesh(net) as mesh:
        a = mesh.machine("a")
        net4, net6 = ipaddress.ip_network("198.18.9.0/28"), ipaddress.ip_network("fd00:0:0:99::/64")
        net.join(a.host, "wlan0", net.router, "to-a-wlan", net4, net6)
        net.guard_sources("to-a-wlan", net4, net6)
        for family, subnet in (("-4", net4), ("-6", net6)):
            a.host.run("ip", family, "route", "replace", "default", "via", str(subnet[1]), "dev", "wlan0")
        assert seconds_until("a line by the new interface", lambda: line_from(mesh.hub, str(net4[2])), 15) < 7
        a.wait_state("online")


def test_default_route_of_one_family_goes(net):
    """The addresses stay, and so does the other family: first IPv4's, which a's line goes by, then IPv6's, which b's does."""
    with Mesh(net, hub_options=("--listen", "*:8443")) as mesh:
        a = mesh.machine("a")
        mesh.hub.socket_url = f"wss://[{mesh.hub.host.address6}]:8443/connect"
        b = mesh.machine("b")
        mesh.wait_connected(a, b)
        for machine, family in ((a, "-4"), (b, "-6")):
            gateway = machine.host.out("ip", family, "route", "show", "default").split()[2]
            machine.host.run("ip", family, "route", "delete", "default")
            took = seconds_until("the hub is missed", lambda m=machine: m.state_is("degraded"), 20)
            print(f"{family}: noticed after {took:.2f} s")
            assert took < 7
            machine.host.run("ip", family, "route", "add", "default", "via", gateway)
            machine.wait_state("online")
        measure.ping_until_answered(a.host, b.address)


def test_peers_last_path_dies_and_so_did_the_hub(net):
    """Neither an address nor a route changes: that the peer is gone is the only sign."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        measure.ping_until_answered(a.host, b.address)
        pings = a.host.start("ping", "ping", "-n", "-q", "-i", "0.2", b.address)
        cut(a.host)
        start = time.monotonic()
        a.wait_state("degraded", seconds=20)
        assert time.monotonic() - start < 9  # 3 s for the path, then 3 s for the hub
        a.host.run("nft", "delete", "table", "inet", "cut")
        measure.ping_until_answered(a.host, b.address, seconds=20)
        pings.kill()


def test_nat_begins_anew_while_a_peer_is_away(net):
    """The paths to the others follow, so that only who left tells, by its silence, that the line may be dead."""
    with Mesh(net) as mesh:
        a, b, c = mesh.machine("a", behind_nat=True), mesh.machine("b"), mesh.machine("c")
        for other in (b, c):
            mesh.wait_connected(a, other, path="direct")
        b.kill()
        net.move(net.hosts["a-nat"])
        b.wait_gone()
        b.start().wait_state("online")
        measure.ping_until_answered(b.host, a.address, seconds=12)
        assert a.peer("c")["State"] == "connected"
