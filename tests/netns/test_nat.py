# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pairs of machines behind routers of every kind, each with the way that it must end on and the time to get there.

    a ── na ─┐         ┌─ nb ── b        LANs with the same addresses
             r (internet)
       hub (443) ┘ └ stun
"""

import concurrent.futures
import time

import pytest

from lab import measure, nat
from lab.hub import Hub
from lab.liar import Liar
from lab.mapper import Mapper
from lab.mesh import Mesh
from lab.proxy import Proxy
from lab.wait import wait_for

DIRECT, RELAYED = "direct", "relayed"


class World:
    """Places for machines by name; what is behind the same router is behind the same object."""

    def __init__(self, net):
        self.net = net
        self.mesh = Mesh(net)
        self.mesh.hub = Hub(self.mesh.hub.host, port=443, options=("--listen", "*:443"))
        self.mesh.hub.start()
        self.stun = nat.Stun(net.host("stun"))
        self.shared = {}
        self.proxy = None
        self.mappers = {}

    def place(self, name, kind, **ice):
        """A machine there, which is to be started; whoever has no IPv4 knows the hub by its other address."""
        host = PLACES[kind](self, name)
        address = f"[{self.mesh.hub.host.address6}]" if kind.startswith("no-ipv4") else self.mesh.hub.host.address
        self.mesh.hub.socket_url = f"wss://{address}:443/connect"
        return self.machine(name, host, {"proxy": self.proxy.url} if kind == "only-proxy" else {}, **ice)

    def nat(self, name, kind=nat.PORT_RESTRICTED, **options):
        return nat.Nat(self.net, name, kind, **options)

    def common(self, name, **options):
        """The router that everybody of the test is behind."""
        if name not in self.shared:
            self.shared[name] = self.nat(name, **options)
        return self.shared[name]

    def machine(self, name, host, network, **ice):
        return self.mesh.machine(name, host=host, start=False, network=network,
                                 ice={"stun-servers": [self.stun.url], **ice})


def behind(kind, **options):
    return lambda world, name: world.nat(f"n{name}", kind, **options).host(name)


def behind_two(inner, outer):
    def make(world, name):
        carrier = world.nat(f"c{name}", outer, inside=nat.CARRIER)
        return world.nat(f"n{name}", inner, outer=carrier).host(name)
    return make


def at_home(router, **options):
    """Guests of one router, or customers of one carrier."""
    return lambda world, name: world.common(router, **options).host(name)


def refused(rules):
    def make(world, name):
        router = world.nat(f"n{name}")
        router.forbid(rules)
        return router.host(name)
    return make


def with_mapping(kind, inside=nat.HOME, **languages):
    """The router maps ports to who asks for it."""
    def make(world, name):
        router = world.nat(f"n{name}", kind, inside=inside, segments=nat.PROVIDER)
        host = router.host(name)
        world.mappers[name] = Mapper(router, **languages)
        return host
    return make


def with_a_proxy_out(world, name):
    """An office: nothing passes but to its web proxy."""
    if not world.proxy:
        world.proxy = Proxy(world.net.host("proxy"))
    router = world.nat(f"n{name}")
    router.forbid(f"ip daddr != {world.net.hosts['proxy'].address} drop")
    return router.host(name)


def without_ipv4(world, name):
    host = world.net.host(name)
    host.run("ip", "-4", "address", "flush", "dev", "eth0")
    return host


def without_ipv4_way(world, name):
    """IPv4 with all that belongs to it, but the provider's is broken."""
    host = world.net.host(name)
    nat.refuse_on_way(world.net, host, "meta nfproto ipv4 drop")
    return host


PLACES = {
    "open": lambda world, name: world.net.host(name),
    "no-ipv4": without_ipv4,
    "no-ipv4-way": without_ipv4_way,
    **{kind: behind(kind) for kind in nat.KINDS},
    "double": behind_two(nat.PORT_RESTRICTED, nat.PORT_RESTRICTED),
    "double-symmetric": behind_two(nat.PORT_RESTRICTED, nat.SYMMETRIC),
    "mapping": with_mapping(nat.SYMMETRIC),
    "mapping-natpmp": with_mapping(nat.SYMMETRIC, natpmp=True),
    "upnp": with_mapping(nat.SYMMETRIC, pcp=False, upnp=True),
    "mapping-customer": with_mapping(nat.SYMMETRIC, inside=nat.CARRIER),
    "guest": at_home("home"),
    "hairpin-guest": at_home("home", hairpin=True),
    "customer": lambda world, name: world.nat(f"n{name}", outer=world.common("carrier", inside=nat.CARRIER)).host(name),
    "hairpin-customer": lambda world, name: world.nat(
        f"n{name}", outer=world.common("carrier", inside=nat.CARRIER, hairpin=True)).host(name),
    "no-udp": refused(nat.NO_UDP),
    "only-https": refused(nat.ONLY_HTTPS),
    "only-proxy": with_a_proxy_out,
}


def gateway_of(host):
    return host.out("ip", "route", "show", "default").split()[2]


def start_all(*machines):
    with concurrent.futures.ThreadPoolExecutor(len(machines)) as pool:
        list(pool.map(lambda machine: machine.start(), machines))


def wait_way(a, b, way, seconds=2):
    """Until both say that the other is connected by this way, in time from when they were online."""
    for machine in (a, b):
        machine.wait_state("online")
    begin = time.monotonic()
    for one, other in ((a, b), (b, a)):
        one.wait_peer(other.name, seconds=begin + seconds - time.monotonic(), state="connected", relayed=way == RELAYED)
    print(f"{way} {time.monotonic() - begin:.2f} s after both were online")


ASKED_BY_UPNP_S = 4  # its device is looked for, and described; 1.2 s, and all others less than one, at a load of 12

PAIRS = (
    ("open", "open", DIRECT),
    ("open", nat.SYMMETRIC, DIRECT),
    (nat.FULL_CONE, nat.SYMMETRIC, DIRECT),
    (nat.ADDRESS_RESTRICTED, nat.SYMMETRIC, DIRECT),
    (nat.PORT_RESTRICTED, nat.PORT_RESTRICTED, DIRECT),
    (nat.PORT_RESTRICTED, nat.SYMMETRIC, RELAYED),
    (nat.SYMMETRIC, nat.SYMMETRIC, RELAYED),
    ("mapping", nat.PORT_RESTRICTED, DIRECT),
    ("mapping-customer", nat.SYMMETRIC, DIRECT),
    ("mapping-natpmp", nat.SYMMETRIC, DIRECT),
    ("upnp", nat.SYMMETRIC, DIRECT),
    ("double", nat.PORT_RESTRICTED, DIRECT),
    ("guest", "guest", RELAYED),
    ("hairpin-guest", "hairpin-guest", DIRECT),
    ("no-udp", nat.PORT_RESTRICTED, RELAYED),
    ("only-https", "only-https", RELAYED),
    ("only-proxy", "only-https", RELAYED),
    ("no-ipv4-way", "no-ipv4-way", DIRECT),
)

MORE_PAIRS = (
    ("open", nat.FULL_CONE, DIRECT),
    ("open", nat.PORT_RESTRICTED, DIRECT),
    ("open", "double-symmetric", DIRECT),
    ("open", "only-https", RELAYED),
    (nat.FULL_CONE, nat.FULL_CONE, DIRECT),
    (nat.FULL_CONE, nat.PORT_RESTRICTED, DIRECT),
    (nat.ADDRESS_RESTRICTED, nat.PORT_RESTRICTED, DIRECT),
    (nat.FULL_CONE, "double-symmetric", DIRECT),
    (nat.PORT_RESTRICTED, "double-symmetric", RELAYED),
    ("double", "double", DIRECT),
    ("customer", "customer", RELAYED),
    ("hairpin-customer", "hairpin-customer", DIRECT),
    ("customer", nat.PORT_RESTRICTED, DIRECT),
    ("no-udp", "no-udp", RELAYED),
    ("only-proxy", "only-proxy", RELAYED),
    ("only-proxy", nat.PORT_RESTRICTED, RELAYED),
    ("no-ipv4", "open", DIRECT),
    ("no-ipv4", nat.PORT_RESTRICTED, RELAYED),
    ("no-ipv4-way", "open", DIRECT),
    ("no-ipv4-way", nat.PORT_RESTRICTED, RELAYED),
)


@pytest.fixture
def world(net):
    return World(net)


def each(pairs, *marks):
    return [pytest.param(*pair, id="+".join(pair[:2]), marks=marks) for pair in pairs]


@pytest.mark.parametrize("one,other,way", each(PAIRS) + each(MORE_PAIRS, pytest.mark.long))
def test_pair(world, one, other, way):
    a, b = (world.place(name, kind) for name, kind in (("a", one), ("b", other)))
    start_all(a, b)
    wait_way(a, b, way, *[ASKED_BY_UPNP_S] * (one == "upnp"))
    measure.ping(a.host, b.address)


@pytest.mark.parametrize("one,other", (("open", "no-udp"), ("no-udp", "open")))
def test_tcp(world, one, other):
    """No UDP and no relay: once nothing else is left, a connection over TCP, whoever offers."""
    a, b = (world.place(name, kind, relay="off") for name, kind in (("a", one), ("b", other)))
    start_all(a, b)
    for here, there in ((a, b), (b, a)):
        here.wait_peer(there.name, seconds=20, state="connected", relayed=False, path="ice")
    assert " tcp " in a.peer("b")["LocalCandidate"]
    measure.ping(a.host, b.address)


LANGUAGES = {"mapping": "pcp", "mapping-natpmp": "nat-pmp", "upnp": "upnp"}


@pytest.mark.parametrize("kind", LANGUAGES)
def test_mapping_given_back(world, kind):
    """What the router mapped is shown, and mapped no more when the tunnel is down."""
    a, b = (world.place(name, place) for name, place in (("a", kind), ("b", nat.SYMMETRIC)))
    start_all(a, b)
    wait_way(a, b, DIRECT)
    assert [address for _, address, _ in world.mappers["a"].mapped()] == [a.host.address]
    router = world.mappers["a"].gateway
    assert a.ctl_json("status")["port_mapping"] == {"router": gateway_of(a.host), "language": LANGUAGES[kind], "ports": 1,
                                                    "address": router.address}
    assert f"{gateway_of(a.host)} maps 1 port at {router.address}" in a.ctl("status").stdout
    a.stop()
    assert world.mappers["a"].mapped() == []


def test_mapping_of_a_killed_daemon(world):
    """UPnP's program gives back what its daemon cannot."""
    a, b = (world.place(name, place) for name, place in (("a", "upnp"), ("b", nat.SYMMETRIC)))
    start_all(a, b)
    wait_way(a, b, DIRECT)
    assert world.mappers["a"].mapped()
    a.kill()
    wait_for("the mapping is given back", lambda: not world.mappers["a"].mapped())


def test_mapping_moves(world):
    """From one home to another: what the first router mapped is given back there while it is reached, and the second one maps
    anew."""
    a, b = (world.place(name, place) for name, place in (("a", "mapping"), ("b", nat.SYMMETRIC)))
    start_all(a, b)
    wait_way(a, b, DIRECT)
    there = world.nat("nt", nat.SYMMETRIC, inside=nat.OTHER_HOME, segments=nat.PROVIDER)
    first, wire = world.mappers["a"], there.wires[0]
    world.net.join(a.host, "eth1", there.gateway, "to-a", wire)
    second = Mapper(there)
    a.host.run("ip", "route", "replace", "default", "via", str(wire[1]))
    wait_for("it is mapped there", lambda: [address for _, address, _ in second.mapped()] == [str(wire[2])], 20)
    wait_for("and given back here", lambda: not first.mapped())
    wait_for("which is shown", lambda: a.ctl_json("status")["port_mapping"]["router"] == str(wire[1]))
    measure.ping_until_answered(a.host, b.address)
    a.bus.wait("direct again", lambda: a.peer("b")["State"] == "connected" and not a.peer("b")["Relayed"], 20)


def test_mapping_turned_off(world):
    """While the connection goes on, and on again."""
    a, b = (world.place(name, place) for name, place in (("a", "mapping"), ("b", nat.SYMMETRIC)))
    start_all(a, b)
    wait_way(a, b, DIRECT)
    mapped = world.mappers["a"].mapped()
    a.ctl("config", "set", "ice.port-mapping=false")
    wait_for("the mapping is given back", lambda: not world.mappers["a"].mapped())
    measure.ping(a.host, b.address)
    a.ctl("config", "set", "ice.port-mapping=true")
    wait_for("it is mapped again", lambda: world.mappers["a"].mapped() == mapped)


@pytest.mark.parametrize("language,heard", (("pcp", ("pcp",)), ("upnp", ("ssdp", "http"))))
def test_mapping_by_a_liar(world, language, heard):
    """A router that answers everything with noise harms nobody."""
    router = world.nat("na")
    host = router.host("a")
    a, b = world.machine("a", host, {}), world.place("b", nat.PORT_RESTRICTED)
    with Liar(router.gateway, language) as liar:
        start_all(a, b)
        wait_way(a, b, DIRECT)
        for event in heard:
            liar.wait(event)
    a.check_alive()
    assert a.stop() == 0


@pytest.mark.parametrize("kind", nat.KINDS)
def test_router(net, kind):
    """The laboratory itself: each router maps and filters as its kind is said to."""
    inside = nat.Nat(net, "home", kind).host("inside")
    far, other = net.host("far"), net.host("other")
    sock, same, port, address = (nat.datagrams(host) for host in (inside, far, far, other))
    mapped = reach(sock, far, same)
    heard = [hears(sock, sender, mapped) for sender in (same, port, address)]
    assert heard == {nat.FULL_CONE: [True, True, True], nat.ADDRESS_RESTRICTED: [True, True, False],
                     nat.PORT_RESTRICTED: [True, False, False], nat.SYMMETRIC: [True, False, False]}[kind]
    assert (reach(sock, other, address) == mapped) == (kind != nat.SYMMETRIC)


def reach(sock, host, receiver):
    """Sends; the address that it comes from there."""
    sock.sendto(b"out", (host.address, receiver.getsockname()[1]))
    return receiver.recvfrom(16)[1]


def hears(sock, sender, mapped):
    sender.sendto(b"in", mapped)
    try:
        return bool(sock.recv(16))
    except TimeoutError:
        return False
