# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `bamgatectl doctor` says of the network around, behind routers of every kind.

    a ── na ─┐         ┌─ stun (two addresses)
             r (internet)
                       └─ hub
"""

import http.server
import threading

import pytest

from lab import nat
from lab.bamgate import Machine
from lab.mapper import Mapper
from lab.mesh import Mesh
from lab.namespaces import made_on
from lab.turn import Turn

SAME, BY_PORT, SYMMETRIC = "the same port for everybody", "another port for each address and port", "another port for each server"
EVERYBODY, THOSE_ADDRESSES, THOSE_PORTS = "everybody gets in", "addresses that were sent something", "only the address and port"


def doctor(machine):
    """Findings by the name of their check; of several the last."""
    return {finding["check"]: finding for finding in machine.ctl_json("doctor", check=False)["findings"]}


def machine_at(host, *urls, **ice):
    return Machine(host, {"ice": {"stun-servers": list(urls), "port-mapping": False, **ice}}).start()


@pytest.mark.parametrize(("kind", "mapping", "filtering", "verdict"), [
    (nat.FULL_CONE, SAME, EVERYBODY, "ok"),
    (nat.ADDRESS_RESTRICTED, SAME, THOSE_ADDRESSES, "ok"),
    (nat.PORT_RESTRICTED, SAME, THOSE_PORTS, "ok"),
    (nat.SYMMETRIC, BY_PORT, THOSE_PORTS, "note"),
])
def test_translator(net, kind, mapping, filtering, verdict):
    stun = nat.BehaviourStun(net.host("stun"))
    router = nat.Nat(net, "home", kind)
    found = doctor(machine_at(router.host("a"), stun.url))
    assert mapping in found["net.nat4"]["found"] and filtering in found["net.nat4"]["found"]
    assert found["net.nat4"]["verdict"] == verdict
    assert (verdict == "ok") == (not found["net.nat4"]["deed"])
    assert router.gateway.address in found["net.udp4"]["found"]
    assert "no way out over IPv6" in found["net.udp6"]["found"] and found["net.udp6"]["verdict"] == "ok"


@pytest.mark.parametrize("hairpin", [True, False])
def test_hairpin(net, hairpin):
    stun = nat.BehaviourStun(net.host("stun"))
    router = nat.Nat(net, "home", nat.FULL_CONE, hairpin=hairpin)
    found = doctor(machine_at(router.host("a"), stun.url))["net.hairpin4"]["found"]
    assert ("do not meet" in found) == (not hairpin)


def test_no_translator(net):
    """IPv4 and IPv6, with nothing in the way and behind a firewall."""
    stun = nat.BehaviourStun(net.host("stun"))
    machine = machine_at(net.host("a"), stun.url, stun.url6)
    found = doctor(machine)
    for family in "46":
        assert "translated" in found[f"net.nat{family}"]["found"] and EVERYBODY in found[f"net.nat{family}"]["found"]
    assert machine.host.address in found["net.udp4"]["found"] and machine.host.address6 in found["net.udp6"]["found"]
    machine.host.run("nft", "add table inet wall; add chain inet wall in { type filter hook input priority 0; policy drop; }; "
                            "add rule inet wall in ct state established accept; add rule inet wall in iifname lo accept; "
                            "add rule inet wall in icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept")
    found = doctor(machine)
    for family in "46":
        assert THOSE_PORTS in found[f"net.nat{family}"]["found"]


@pytest.mark.parametrize(("kind", "mapping", "verdict"), [(nat.PORT_RESTRICTED, SAME, "ok"), (nat.SYMMETRIC, SYMMETRIC, "note")])
def test_two_plain_servers(net, kind, mapping, verdict):
    stuns = [nat.Stun(net.host(name)) for name in ("stun1", "stun2")]
    found = doctor(machine_at(nat.Nat(net, "home", kind).host("a"), *(stun.url for stun in stuns)))["net.nat4"]
    assert mapping in found["found"] and "who gets in is not known" in found["found"] and found["verdict"] == verdict


def test_one_plain_server(net):
    found = doctor(machine_at(nat.Nat(net, "home").host("a"), nat.Stun(net.host("stun")).url))["net.nat4"]
    assert "how ports are chosen is not known" in found["found"] and "RFC 5780" in found["deed"]


def test_udp_blocked(net):
    """The hub is reached all the same."""
    with Mesh(net) as mesh:
        stun = nat.BehaviourStun(net.host("stun"))
        router = nat.Nat(net, "home")
        router.forbid(nat.NO_UDP)
        machine = mesh.machine("a", host=router.host("a"), ice={"stun-servers": [stun.url]})
        found = doctor(machine)
    assert found["hub.line"]["verdict"] == "ok" and found["net.udp4"]["verdict"] == "problem"
    assert "no STUN server answers by UDP over IPv4" in found["net.udp4"]["found"] and found["net.udp4"]["deed"]
    assert "net.nat4" not in found
    assert found["relay.latency"]["verdict"] == "ok" and found["relay.latency"]["found"].endswith(" ms")


@pytest.mark.parametrize(("languages", "words"), [
    ({}, "PCP, NAT-PMP"), ({"natpmp": True}, "NAT-PMP"), ({"pcp": False, "upnp": True}, "UPnP")])
def test_router_maps(net, languages, words):
    """What it would do is found out without a mapping; the settings do not want any."""
    router = nat.Nat(net, "home", segments=nat.PROVIDER)
    host = router.host("a")
    mapper = Mapper(router, **languages)
    found = doctor(machine_at(host))["net.mapping"]
    assert f"({words})" in found["found"] and "ice.port-mapping=yes" in found["deed"]
    assert mapper.mapped() == []


def test_router_maps_not(net):
    found = doctor(machine_at(nat.Nat(net, "home").host("a")))["net.mapping"]
    assert "maps no ports" in found["found"] and found["verdict"] == "note"


def test_sign_in(net):
    """A network that leads every page to its own until somebody signs in."""
    with Mesh(net) as mesh, Portal(nat.Nat(net, "cafe")) as portal:
        machine = mesh.machine("a", host=portal.router.host("a"), start=False)
        machine.start()
        found = doctor(machine)
    assert found["net.portal"]["verdict"] == "problem" and "http://login.cafe.example" in found["net.portal"]["found"]


def test_hub_down_is_no_portal(net):
    with Mesh(net) as mesh:
        mesh.hub.stop()
        machine = mesh.machine("a", start=False)
        machine.start()
        found = doctor(machine)
    assert found["hub.line"]["verdict"] == "problem" and "net.portal" not in found


def test_relays(net):
    with Mesh(net) as mesh:
        here, gone = Turn(net.host("turn")), f"turn:{net.host('gone').address}:3478"
        tcp = here.urls[0].replace("=udp", "=tcp")
        mesh.hub.turn_secret = here.secret
        machine = mesh.machine("a", ice={"turn-servers": [*here.urls, tcp, gone]})
        findings = machine.ctl_json("doctor", check=False)["findings"]
    said = [(finding["verdict"], finding["found"]) for finding in findings if finding["check"].startswith("relay.")]
    assert [verdict for verdict, _ in said] == ["ok", "ok", "ok", "problem"], said
    assert "the hub's relay answers" in said[0][1] and gone in said[3][1]


class Portal:
    """Until the context is left nothing gets through the router but web pages, and those lead to its own."""

    def __init__(self, router):
        self.router = router
        gateway = router.gateway
        self.server = made_on(gateway, lambda: http.server.ThreadingHTTPServer(("0.0.0.0", 8080), LeadAway))
        gateway.run("nft", "add table ip cafe; add chain ip cafe in { type nat hook prerouting priority -110; }; "
                           "add rule ip cafe in iifname to-* tcp dport 80 redirect to :8080; "
                           "add chain ip cafe pass { type filter hook forward priority -10; }; "
                           "add rule ip cafe pass iifname to-* drop")
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class LeadAway(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://login.cafe.example/?session=1")
        self.end_headers()

    def log_message(self, *_):
        pass
