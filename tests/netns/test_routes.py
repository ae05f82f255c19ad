# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks behind peers: which of them are taken, and through whom.

    client, hub ── r ── g1, g2 ══ lan, which has a server
"""
import time

from lab import measure
from lab.mesh import Mesh
from lab.lan import NET, SERVER, Site
from lab.transfer import Transfer
from lab.wait import wait_for

def wait_taken(machine, seconds=10, **routes):
    """Until it takes these routes of peers, g1=[…]; the others' none."""
    def is_so():
        return all(machine.peer(name).get("AcceptedRoutes") == wanted for name, wanted in routes.items())

    machine.bus.wait(f"{machine.name} takes {routes}", is_so, seconds)
    wanted = {route for taken in routes.values() for route in taken}
    wait_for("the routes", lambda: {route for route in machine.routes() if route.startswith("192.168.")} == wanted, seconds)


def refused(machine, name):
    return {entry["route"]: entry["why"] for entry in machine.ctl_json("peers", "show", name)["peer"]["refused_routes"]}


def test_a_route_moves_to_another_peer(net):
    """The plug of its gateway is pulled in the middle of a transfer, which goes on through the other."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        g1, g2 = site.gateway("g1"), site.gateway("g2")
        client = mesh.machine("client", device={"accept-routes": True})
        wait_taken(client, g1=[NET], g2=[])
        assert refused(client, "g2") == {NET: "it goes through g1"}
        assert client.peer("g2")["StateReason"] == ""
        transfer = Transfer(client.host, site.host, SERVER, seconds=8)
        wait_for("the transfer", lambda: transfer.progress() > 0, 5)
        net.cut(g1.host)
        start = time.monotonic()
        client.bus.wait("g2 carries it", lambda: client.peer("g2")["AcceptedRoutes"] == [NET], 15)
        print(f"moved in {time.monotonic() - start:.2f} s")
        connections = transfer.finish()
        assert connections >= 2 and transfer.progress() == transfer.size
        wait_taken(client, g1=[], g2=[NET])
        net.mend(g1.host)
        client.wait_peer("g1")
        wait_taken(client, g1=[], g2=[NET])  # not before it has been there for a while
        assert g2.daemon.is_running()


def test_connections_outlive_a_move_without_nat(net):
    """Both ends keep their addresses, so the same connection goes on through the other gateway."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        g1 = site.gateway("g1", nat=False)
        site.gateway("g2", nat=False)
        client = mesh.machine("client", device={"accept-routes": True})
        wait_taken(client, g1=[NET], g2=[])
        site.return_by("g1")
        transfer = Transfer(client.host, site.host, SERVER, seconds=6, patience=30)
        wait_for("the transfer", lambda: transfer.progress() > 0, 5)
        net.cut(g1.host)
        client.bus.wait("g2 carries it", lambda: client.peer("g2")["AcceptedRoutes"] == [NET], 15)
        assert 0 < transfer.progress() < transfer.size
        site.return_by("g2")
        assert transfer.finish() == 1


def test_what_is_preferred_or_asked_leaves_the_networks(net):
    """A section of the settings decides alone: what makes one keeps what was taken without it, and what was said before."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        client = mesh.machine("client", device={"accept-routes": True})
        site.gateway("g1"), site.gateway("g2")
        wait_taken(client, g1=[NET], g2=[])
        client.ctl("peers", "set", "g2", f"--prefer={NET}")
        wait_taken(client, g1=[], g2=[NET])
        client.ctl("peers", "set", "g2", "--accept-none")
        wait_taken(client, g1=[NET], g2=[])
        client.ctl("peers", "set", "g2", "--accept-dns=all")
        assert client.ctl_json("config", "get", "accept.g2.routes")["settings"] == {"accept.g2.routes": []}


def test_what_is_taken_of_whom(net):
    """Said before anybody was seen; changed while all run, here and there."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        client = mesh.machine("client")
        client.ctl("peers", "set", "g2", "--accept-all")
        g2 = site.gateway("g2")
        wait_taken(client, g2=[NET])
        measure.ping_until_answered(client.host, SERVER)
        site.gateway("g1")
        client.wait_peer("g1")
        assert refused(client, "g1") == {NET: "device.accept-routes is off"}

        client.ctl("peers", "set", "g1", "--accept-all", f"--prefer={NET}")
        wait_taken(client, g1=[NET], g2=[])
        assert refused(client, "g2") == {NET: "it goes through g1"}
        measure.ping_until_answered(client.host, SERVER)
        client.ctl("peers", "set", "g1", "--accept-route=192.168.77.0/28", "--accept-route=10.9.0.0/16")
        wait_taken(client, g1=["192.168.77.0/28"], g2=[NET])
        assert refused(client, "g1") == {"10.9.0.0/16": "the peer does not offer it"}
        measure.ping_until_answered(client.host, SERVER)
        client.ctl("peers", "set", "g1", "--accept-none")
        wait_taken(client, g1=[], g2=[NET])
        assert refused(client, "g1") == {NET: "[accept g1] does not name it"}

        g2.ctl("config", "set", f"device.routes={NET}@192.168.78.0/24")
        client.bus.wait("the new offer", lambda: client.peer("g2")["Routes"] == ["192.168.78.0/24"], 10)
        wait_taken(client, g1=[], g2=["192.168.78.0/24"])
        client.stop()
        client.start()
        wait_taken(client, g1=[], g2=["192.168.78.0/24"])
        client.ctl("peers", "set", "g2", "--accept-default")
        wait_taken(client, g1=[], g2=[])


def test_an_offer_is_remembered(net):
    """Name servers, domains and an exit are known of a peer that is away, too."""
    with Mesh(net) as mesh:
        a = mesh.machine("a", device={"dns": ["10.0.0.1"], "dns-search": ["corp.example.org"], "exit": True})
        b = mesh.machine("b")
        b.ctl("peers", "set", "a", "--accept-dns=all", "--accept-search=corp.example.org")
        mesh.wait_connected(a, b)
        known = {"Dns": ["10.0.0.1"], "DnsSearch": ["corp.example.org"], "AcceptedDns": ["10.0.0.1"],
                 "AcceptedDnsSearch": ["corp.example.org"], "ExitOffered": ["4"]}
        b.wait_peer("a", dns=known["Dns"])
        assert {key: b.peer("a")[key] for key in known} == known
        b.stop()
        assert a.stop() == 0
        b.start()
        b.bus.wait("a is remembered", lambda: b.peer("a"))
        assert {key: b.peer("a")[key] for key in known} == known
