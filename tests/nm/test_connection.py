# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bamgate network as a VPN connection of a real NetworkManager: up, down, and what happens in between."""

import pytest

from lab import measure
from lab.mesh import Mesh
from lab.wait import wait_for
from network_manager import NetworkManager, nm_machine


def addresses(machine):
    rows = machine.host.ip_json("address", "show", "dev", machine.interface)
    return [f"{info['local']}/{info['prefixlen']}" for row in rows for info in row.get("addr_info", ())
            if not info["local"].startswith("fe80:")]


def routes(machine, family="-4"):
    return machine.host.ip_json(family, "route", "show", "table", "main")


def routes_beside(machine):
    return [row for family in ("-4", "-6") for row in routes(machine, family) if row.get("dev") != machine.interface]


class Pair:
    """A machine with NetworkManager, and another one that offers subnets."""

    def __init__(self, net, **device):
        self.mesh = Mesh(net).__enter__()
        device = {"autostart": False, "accept-routes": True, "address6": "fd12::1/64", **device}
        self.a = self.mesh.machine("a", device=device, make=nm_machine)
        self.b = self.mesh.machine("b", device={"routes": ["10.88.0.0/16"]})
        self.nm = NetworkManager(self.a)
        self.before = routes_beside(self.a)

    def up(self, name="home"):
        self.nm.cli("connection", "up", name)
        self.a.wait_peer("b")
        wait_for("the route is there", lambda: "10.88.0.0/16" in self.a.routes())

    def check_given_back(self):
        """All is off, and nothing else was touched."""
        self.a.wait_state("off")
        self.a.wait_gone()
        assert routes_beside(self.a) == self.before


@pytest.fixture
def pair(net):
    return Pair(net)


def test_up_and_down(pair):
    a, nm = pair.a, pair.nm
    nm.add(ipv4_dns="10.0.0.53", ipv4_dns_search="home.example")
    pair.up()
    assert addresses(a) == ["10.0.0.1/24", "fd12::1/64"]
    assert a.host.ip_json("link", "show", "dev", "bamgate0")[0]["mtu"] == 1420
    ours = [row for row in routes(a) if row["dev"] == "bamgate0"]
    assert sorted(row["dst"] for row in ours) == ["10.0.0.0/24", "10.88.0.0/16"], ours
    assert {row.get("metric") for row in ours} == {50}  # NetworkManager's, and none of ours beside it
    assert [row["dst"] for row in routes(a, "-6") if row["dev"] == "bamgate0"] == ["fd12::/64"]
    assert routes_beside(a) == pair.before
    measure.ping(a.host, pair.b.address)
    shown = nm.fields()
    assert shown["IP4.ADDRESS"] == ["10.0.0.1/24"] and shown["IP4.DNS"] == ["10.0.0.53"]
    assert any("10.88.0.0/16" in text for text in shown["IP4.ROUTE"])
    assert not a.bus.tunnel()["StateReason"]
    nm.cli("connection", "down", "home")
    pair.check_given_back()
    pair.up()  # once more, by the same process
    nm.cli("connection", "down", "home")
    pair.check_given_back()
