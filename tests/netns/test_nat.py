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
from lab.mesh import Mesh

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

    def place(self, name, kind):
        return PLACES[kind](self, name)

    def nat(self, name, kind=nat.PORT_RESTRICTED, **options):
        return nat.Nat(self.net, name, kind, **options)

    def common(self, name, **options):
        """The router that everybody of the test is behind."""
        if name not in self.shared:
            self.shared[name] = self.nat(name, **options)
        return self.shared[name]

    def machine(self, name, host, **ice):
        return self.mesh.machine(name, host=host, start=False,
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


PLACES = {
    "open": lambda world, name: world.net.host(name),
    **{kind: behind(kind) for kind in nat.KINDS},
    "double": behind_two(nat.PORT_RESTRICTED, nat.PORT_RESTRICTED),
    "double-symmetric": behind_two(nat.PORT_RESTRICTED, nat.SYMMETRIC),
    "guest": at_home("home"),
    "hairpin-guest": at_home("home", hairpin=True),
    "customer": lambda world, name: world.nat(f"n{name}", outer=world.common("carrier", inside=nat.CARRIER)).host(name),
    "hairpin-customer": lambda world, name: world.nat(
        f"n{name}", outer=world.common("carrier", inside=nat.CARRIER, hairpin=True)).host(name),
    "no-udp": refused(nat.NO_UDP),
    "only-https": refused(nat.ONLY_HTTPS),
}


def start_all(*machines):
    with concurrent.futures.ThreadPoolExecutor(len(machines)) as pool:
        list(pool.map(lambda machine: machine.start(), machines))


def wait_way(a, b, way):
    """Until both say that the other is connected by this way, in time from when they were online."""
    for machine in (a, b):
        machine.wait_state("online")
    end = time.monotonic() + SECONDS[way]
    for one, other in ((a, b), (b, a)):
        one.wait_peer(other.name, seconds=end - time.monotonic(), state="connected", relayed=way == RELAYED)


SECONDS = {DIRECT: 10, RELAYED: 20}

PAIRS = (
    ("open", "open", DIRECT),
    ("open", nat.SYMMETRIC, DIRECT),
    (nat.FULL_CONE, nat.SYMMETRIC, DIRECT),
    (nat.ADDRESS_RESTRICTED, nat.SYMMETRIC, DIRECT),
    (nat.PORT_RESTRICTED, nat.PORT_RESTRICTED, DIRECT),
    (nat.PORT_RESTRICTED, nat.SYMMETRIC, RELAYED),
    (nat.SYMMETRIC, nat.SYMMETRIC, RELAYED),
    ("double", nat.PORT_RESTRICTED, DIRECT),
    ("guest", "guest", RELAYED),
    ("hairpin-guest", "hairpin-guest", DIRECT),
    ("no-udp", nat.PORT_RESTRICTED, RELAYED),
    ("only-https", "only-https", RELAYED),
)


@pytest.fixture
def world(net):
    return World(net)


@pytest.mark.parametrize("one,other,way", PAIRS, ids=["+".join(pair[:2]) for pair in PAIRS])
def test_pair(world, one, other, way):
    a, b = (world.machine(name, world.place(name, kind)) for name, kind in (("a", one), ("b", other)))
    start_all(a, b)
    wait_way(a, b, way)
    measure.ping(a.host, b.address)


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
