# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which of a machine's addresses its peers are looked for with, where it has many, or some that lead astray."""

import ipaddress

import pytest

from lab import measure, nat
from lab.bamgate import Machine
from lab.hub import Hub
from lab.mesh import Mesh


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.mark.parametrize("number", (7, 70))
@pytest.mark.parametrize("kind,relayed", ((nat.PORT_RESTRICTED, False), (nat.SYMMETRIC, True)))
def test_bridges(net, mesh, number, kind, relayed):
    """Bridges to containers, the same on both; with more than 64 addresses libnice's own ranking would end the program."""
    stun = nat.Stun(net.host("stun"))
    machines = []
    for name in "ab":
        host = nat.Nat(net, f"n{name}", kind).host(name)
        nat.add_bridges(host, number)
        machines.append(mesh.machine(name, host=host, ice={"stun-servers": [stun.url]}))
    mesh.wait_connected(*machines, relayed=relayed)
    measure.ping(machines[0].host, machines[1].address)


def second_uplink(net, host):
    """A wire of its own to the router, with a default route behind the first one. Its address."""
    wire = ipaddress.ip_network("198.19.7.0/28")
    net.join(host, "eth1", net.router, f"too-{host.name}", wire)
    host.run("ip", "route", "add", "default", "via", wire[1], "metric", 500)
    return str(wire[2])


def filter_sources(net, host, second):
    """Each provider takes its own customers' addresses only (RFC 2827), and the first has no way to b."""
    net.router.run("nft", "-f", "-", input=f"""
        table inet providers {{
          chain pass {{ type filter hook forward priority 0;
            iifname to-{host.name} ip saddr != {host.address} drop
            iifname too-{host.name} ip saddr != {second} drop
            iifname to-{host.name} oifname to-b drop
            iifname to-b oifname to-{host.name} drop
          }}
        }}
        """)


def test_direct_path_keeps_to_its_uplink(net, mesh):
    """libnice's packets leave by the link of their address, and so must ours beside them."""
    b = mesh.machine("b")
    host = net.host("a")
    second = second_uplink(net, host)
    filter_sources(net, host, second)
    a = mesh.machine("a", host=host)
    for _ in range(2):
        mesh.wait_connected(a, b, path="direct")
        assert f" {second}:" in a.peer("b")["LocalCandidate"]
        measure.ping(a.host, b.address, count=10, interval=0.02)
        a.ctl("peers", "reconnect", "b")
        a.bus.wait("it begins anew", lambda: a.peer("b")["State"] != "connected")


def test_second_network_is_not_inside_the_first(net, mesh):
    """Two networks on the same machines, and no way between them but the tunnel of the first: the second takes the relay."""
    net.router.run("nft", "-f", "-", input="""
        table inet shut {
          chain pass { type filter hook forward priority 0;
            ct state established accept
          }
        }
        """)  # the kernel knows flows from here on
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b, path="direct")
    measure.ping(a.host, b.address)
    net.router.run("nft", "add rule inet shut pass iifname { to-a, to-b } oifname { to-a, to-b } drop")
    other = Mesh(net, "hub2")
    other.hub = Hub(other.hub.host, options=("--subnet", "10.7.0.0/24"))
    with other:
        machines = []
        for number, host in enumerate((a.host, b.host), 1):
            machine = other.machine(host.name, host=host, make=lambda host: Machine(host, label="two"), start=False,
                                    device={"interface": "bamgate1", "address": f"10.7.0.{number}/24"})
            machine.interface, machine.address = "bamgate1", f"10.7.0.{number}"
            machines.append(machine.start().wait_state("online"))
        other.wait_connected(*machines, relayed=True)
        measure.ping(a.host, machines[1].address)
        measure.ping(a.host, b.address)
