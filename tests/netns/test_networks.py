# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tunnel beside this machine's other networks: which addresses it may have, and who gives way."""

import ipaddress

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.hub import Hub
from lab.mesh import Mesh, empty_machine
from lab.wait import wait_for


def network_of(machine):
    return ipaddress.ip_interface(machine.wait_state("online").bus.tunnel()["Addresses"][0]).network


def setup_host(machine, *options, **kwargs):
    url = f"https://{machine.host.address}:8443"
    return machine.ctl("setup", "--host", "--public-url", url, "--name", machine.name, *options, seconds=60, **kwargs)


def hub_and_newcomer(net, subnet):
    """A hub with this subnet, a member that invites, and a machine that belongs nowhere."""
    hub = Hub(net.host("hub"), options=("--subnet", subnet)).start()
    member, newcomer = empty_machine(net.host("a")), empty_machine(net.host("b"))
    member.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    return member, newcomer


# entering a network


def test_setup_host_takes_a_free_subnet(net):
    """A machine that is in 10.0.0.0/9 already, with a route to most of the rest."""
    home = empty_machine(net.host("home"))
    home.host.run("ip", "address", "add", "10.0.0.7/9", "dev", "eth0")
    home.host.run("ip", "route", "add", "10.128.0.0/10", "via", "10.0.0.1")
    setup_host(home)
    chosen = network_of(home)
    assert chosen.subnet_of(ipaddress.ip_network("10.192.0.0/10")) and chosen.prefixlen == 24
    assert home.stop() == 0  # the hub keeps it
    home.start()
    assert network_of(home) == chosen


def test_setup_host_with_a_subnet(net):
    home = empty_machine(net.host("home"))
    home.host.run("ip", "address", "add", "10.77.1.9/24", "dev", "eth0")
    refused = setup_host(home, "--subnet", "10.77.0.0/16", check=False)
    assert refused.returncode != 0 and "10.77.1.0/24" in refused.stderr and "eth0" in refused.stderr
    setup_host(home, "--subnet", "10.78.0.0/16")
    assert network_of(home) == ipaddress.ip_network("10.78.0.0/16")
    assert home.bus.tunnel()["Addresses"][0] == "10.78.0.1/16"


def test_setup_host_anew_keeps_the_subnet(net):
    """A hub that has devices stays where they are."""
    home = empty_machine(net.host("home"))
    setup_host(home)
    chosen = network_of(home)
    home.ctl("down")
    setup_host(home, "--force")
    assert network_of(home) == chosen


@pytest.mark.parametrize("local", ("10.55.0.9/24", "10.55.0.9/16", "10.55.0.130/25"))
def test_join_refuses_a_local_network(net, local):
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    newcomer.host.run("ip", "address", "add", local, "dev", "eth0")
    invite = member.invite()
    for force in ((), ("--force",)):
        refused = newcomer.join(invite, "--name", "b", *force, check=False)
        assert refused.returncode != 0
        assert "10.55.0.0/24" in refused.stderr and "eth0" in refused.stderr, refused.stderr
        assert not newcomer.has_interface() and not newcomer.bus.tunnel()["Name"]
    newcomer.host.run("ip", "address", "delete", local, "dev", "eth0")
    newcomer.join(invite, "--name", "b")  # which is not lost
    newcomer.wait_peer("a")


def test_join_asks_before_it_takes_addresses_of_others(net):
    member, newcomer = hub_and_newcomer(net, "8.8.8.0/24")
    invite = member.invite()
    refused = newcomer.join(invite, "--name", "b", check=False)
    assert refused.returncode != 0 and "8.8.8.0/24" in refused.stderr and "force" in refused.stderr
    newcomer.join(invite, "--name", "b", "--force")
    newcomer.wait_peer("a")


def test_join_by_a_route_asks(net):
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    gateway = newcomer.host.out("ip", "route", "show", "default").split()[2]
    newcomer.host.run("ip", "route", "add", "10.55.0.0/16", "via", gateway)
    invite = member.invite()
    refused = newcomer.join(invite, "--name", "b", check=False)
    assert refused.returncode != 0 and "10.55.0.0/16" in refused.stderr and "eth0" in refused.stderr
    newcomer.join(invite, "--name", "b", "--force")
    newcomer.wait_peer("a")


def test_join_checks_before_it_spends_the_invite(net):
    """What is wrong with this machine is said first, and the invite stays good."""
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    invite = member.invite()
    drop_in = newcomer.config.with_name("bamgate.conf.d") / "site.conf"
    token = newcomer.secrets / "token"

    def refused(word, *options):
        result = newcomer.join(invite, *options, check=False)
        assert result.returncode != 0 and word in result.stderr, result.stderr

    refused("x]y", "--name", "x]y")
    newcomer.host.run("ip", "link", "add", "bamgate0", "type", "veth", "peer", "name", "other0")
    refused("bamgate0 exists", "--name", "b")
    newcomer.host.run("ip", "link", "delete", "bamgate0")
    drop_in.parent.mkdir()
    drop_in.write_text("[device]\naddress=10.1.0.1/24\n", encoding="utf-8")
    refused("site.conf", "--name", "b")
    drop_in.unlink()
    token.write_text("t\n", encoding="utf-8")
    token.chmod(0o644)
    refused("chmod 0600", "--name", "b")
    token.unlink()
    newcomer.join(invite, "--name", "b")
    newcomer.wait_peer("a")


def test_join_without_tls_asks(net):
    hub = Hub(net.host("hub"), options=("--plain",)).start()
    newcomer = empty_machine(net.host("b"))
    url = f"http://{hub.host.address}:{hub.port}"
    refused = newcomer.ctl("join", "ABCD-EFGH", url, "--name", "b", check=False)
    assert refused.returncode != 0 and "not encrypted" in refused.stderr
    options = ("--server", url, "--token-file", hub.token_file, "--name", "b")
    assert "not encrypted" in newcomer.ctl("setup", *options, check=False).stderr
    newcomer.ctl("setup", *options, "--force", seconds=60)
    newcomer.wait_state("online")
    assert newcomer.bus.tunnel()["StateReason"] == f"{url} is not encrypted: the token travels readable"


def test_names_that_are_one_in_dns(net):
    """Refused, and the invite is good for another name; what others bring in is said."""
    hub = Hub(net.host("hub")).start()
    a, b = empty_machine(net.host("a")), empty_machine(net.host("b"))
    options = ("--server", hub.url, "--token-file", hub.token_file)
    a.ctl("setup", *options, "--name", "my-laptop", seconds=60)
    a.wait_state("online")
    invite = a.invite()
    for refused in (b.join(invite, "--name", "My.Laptop", check=False), b.ctl("setup", *options, "--name", "My.Laptop", check=False)):
        assert refused.returncode != 0 and "“my-laptop”" in refused.stderr
    b.join(invite, "--name", "b")
    b.wait_peer("my-laptop")
    refused = b.ctl("config", "set", "device.name=My.Laptop", check=False)
    assert refused.returncode != 0 and "devices rename" in refused.stderr
    a.ctl("devices", "rename", "b", "My.Laptop")
    for machine in (a, b):
        wait_for("both names in the status", lambda m=machine: "“my-laptop”" in m.bus.tunnel()["StateReason"])
        assert machine.bus.tunnel()["State"] == "online"


def test_settings_without_tls(net):
    """A call does not bring one in; one that was forced, or is in the file, is said."""
    hub = Hub(net.host("hub"), options=("--plain",)).start()
    member = empty_machine(net.host("b"))
    url = f"http://{hub.host.address}:{hub.port}"

    def refuses():
        for text in (url, f"{url.replace('http', 'ws')}/connect"):
            refused = member.ctl("config", "set", f"network.server-url={text}", check=False)
            assert refused.returncode != 0 and "not encrypted" in refused.stderr

    refuses()
    assert "server-url" not in member.config.read_text()
    member.ctl("setup", "--server", url, "--token-file", hub.token_file, "--name", "b", "--force", seconds=60)
    member.wait_state("online")
    member.ctl("config", "set", f"network.server-url={member.bus.tunnel()['ServerUrl']}")  # as it is
    assert member.bus.tunnel()["StateReason"] == f"{url} is not encrypted: the token travels readable"
    assert f"warning signaling: {url} is not encrypted" in member.daemon.text()
    member.ctl("config", "set", f"network.server-url=http://127.0.0.1:{hub.port}")
    assert "not encrypted" not in member.bus.tunnel()["StateReason"]
    refuses()


# a network that comes later


class Cafe:
    """A router at 10.0.0.1 and a network of its own behind `wlan0` of a host, as Wi-Fi would bring it: with the metric of
    NetworkManager, and the better way to everywhere."""

    def __init__(self, net, machine, own, network="10.0.0.0/24", router="10.0.0.1", metric=600):
        self.host, self.router_address = machine.host, router
        self.router = net.add_host("cafe")
        net.join(self.host, "wlan0", self.router, "lan0")
        length = network.split("/")[1]
        self.router.run("ip", "address", "add", f"{router}/{length}", "dev", "lan0")
        self.host.run("ip", "address", "add", f"{own}/{length}", "dev", "wlan0", "noprefixroute")
        self.host.run("ip", "route", "add", network, "dev", "wlan0", "src", own, "metric", metric)
        self.host.run("ip", "route", "add", "198.51.100.0/24", "via", router, "dev", "wlan0", "metric", metric)

    def check_router(self):
        """It answers, and not this machine in its place."""
        wait_for("the way to the router", lambda: self.leads_to(self.router_address), 5)
        measure.ping(self.host, self.router_address)

    def leads_to(self, address):
        way, = self.host.ip_json("route", "get", address)
        return way.get("dev") == "wlan0"

    def leave(self):
        self.host.run("ip", "link", "delete", "wlan0")


def wait_reason(machine, *words, seconds=5):
    machine.bus.wait(f"{machine.name} says {words}", lambda: all(word in machine.bus.tunnel()["StateReason"] for word in words),
                     seconds)


def wait_peer_reason(machine, peer, *words, seconds=5):
    machine.bus.wait(f"{machine.name} says {words} of {peer}",
                     lambda: all(word in machine.peer(peer).get("StateReason", "") for word in words), seconds)


def wait_overlap(machine, *words):
    machine.wait_state("degraded", seconds=5)
    wait_reason(machine, "10.0.0.0/24", "wlan0", *words)
    machine.bus.wait("its line to the hub stands", lambda: machine.bus.tunnel()["SignalingState"] == "online", 5)


def addresses_of(machine):
    return [entry["local"] + "/" + str(entry["prefixlen"]) for link in machine.host.ip_json("address", "show", "dev", "bamgate0")
            for entry in link["addr_info"]]


@pytest.fixture
def trio(net):
    with Mesh(net) as mesh:
        a, b, c = mesh.machine("a"), mesh.machine("b"), mesh.machine("c")
        mesh.wait_connected(a, b)
        mesh.wait_connected(b, c)
        mesh.wait_connected(a, c)
        yield a, b, c


@pytest.mark.parametrize("network", ("10.0.0.0/24", "10.0.0.0/16", "10.0.0.0/25"))
def test_overlap_that_leaves_room(net, trio, network):
    """The router has nobody's address that we want: it is reached, and so are the peers."""
    _, b, c = trio
    cafe = Cafe(net, c, "10.0.0.77", network, "10.0.0.100")
    c.wait_state("degraded", seconds=5)
    wait_reason(c, network, "wlan0")
    cafe.check_router()
    measure.ping(c.host, b.address)
    measure.ping(b.host, c.address)
    cafe.leave()
    c.wait_state("online", seconds=5)
    assert addresses_of(c) == [f"{c.address}/24"]
    measure.ping(c.host, b.address)


def test_overlap_with_a_router_that_has_our_address(net, trio):
    a, b, _ = trio
    cafe = Cafe(net, a, "10.0.0.77")
    wait_overlap(a, "10.0.0.1 is a router on wlan0")
    cafe.check_router()
    assert not addresses_of(a)
    cafe.leave()
    a.wait_state("online", seconds=5)
    assert addresses_of(a) == ["10.0.0.1/24"]
    measure.ping_until_answered(a.host, b.address)


def test_overlap_with_a_router_that_has_a_peers_address(net, trio):
    a, b, c = trio
    cafe = Cafe(net, b, "10.0.0.77")
    wait_overlap(b)
    cafe.check_router()
    b.wait_peer("a", state_reason="10.0.0.1 is a router on wlan0")
    measure.ping(b.host, c.address)
    cafe.leave()
    b.wait_state("online", seconds=5)
    b.wait_peer("a", state_reason="")
    measure.ping_until_answered(b.host, a.address)


def test_overlap_before_the_tunnel(net, trio):
    """The tunnel comes up in a network that has its addresses."""
    _, b, c = trio
    c.ctl("down")
    cafe = Cafe(net, c, "10.0.0.77")
    c.ctl("up")
    wait_overlap(c)
    cafe.check_router()
    c.wait_peer("b")
    measure.ping_until_answered(c.host, b.address)


def test_hub_among_our_addresses(net):
    """Behind a router, in a network with our addresses, is the hub."""
    with Mesh(net) as mesh:
        place = mesh.hub.host
        net.router.run("ip", "route", "add", "10.0.0.200/32", "via", place.address)
        place.run("ip", "address", "add", "10.0.0.200/32", "dev", "lo")
        mesh.hub.socket_url = f"wss://10.0.0.200:{mesh.hub.port}/connect"
        mesh.hub.stop()
        mesh.hub.host.address, real = "10.0.0.200", mesh.hub.host.address
        mesh.hub.start()
        mesh.hub.host.address = real
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        measure.ping(a.host, b.address)
        assert a.ctl("down").returncode == 0
        assert not a.host.out("ip", "route", "show", "proto", "182")


# routes of others

OFFERED = "192.168.77.0/24"


def offering_pair(net, *routes):
    """`b` takes what `a` offers."""
    mesh = Mesh(net)
    mesh.hub.start()
    a, b = mesh.machine("a", device={"routes": routes}), mesh.machine("b", device={"accept-routes": True})
    mesh.wait_connected(a, b)
    return mesh, a, b


def wait_accepted(machine, *routes, seconds=5):
    machine.bus.wait(f"{machine.name} accepts {routes}", lambda: machine.peer("a").get("AcceptedRoutes") == list(routes), seconds)
    wait_for("the routes", lambda: {route for route in (OFFERED, *routes) if route in machine.routes()} == set(routes), seconds)


@pytest.mark.parametrize("local", ("192.168.77.0/24", "192.168.77.64/26", "192.168.0.0/16"))
def test_accepted_route_gives_way_to_a_connected_network(net, local):
    """Equal, inside, covering; as NetworkManager sets it, which has the worse metric. It is back when the Wi-Fi is left."""
    _, _, b = offering_pair(net, OFFERED)
    wait_accepted(b, OFFERED)
    cafe = Cafe(net, b, "192.168.77.77", local, "192.168.77.65", 100)
    wait_accepted(b)
    wait_peer_reason(b, "a", OFFERED, local, "wlan0")
    cafe.check_router()
    b.wait_peer("a")
    cafe.leave()
    wait_accepted(b, OFFERED)
    b.wait_peer("a", state_reason="")


def test_accepted_route_stays_off_hub_and_peers(net):
    """The networks of the hub and of another peer, and a server of the settings."""
    hub_network, peer_network = "198.18.0.16/28", "198.18.0.64/28"
    mesh, a, b = offering_pair(net, OFFERED, hub_network, peer_network, "203.0.113.0/24")
    assert mesh.hub.host.address == "198.18.0.18"
    wait_peer_reason(b, "a", hub_network, "the hub is at 198.18.0.18")
    wait_accepted(b, OFFERED, peer_network, "203.0.113.0/24")
    c = mesh.machine("c")
    assert c.host.address == "198.18.0.66"
    mesh.wait_connected(b, c)
    wait_accepted(b, OFFERED, "203.0.113.0/24")
    wait_peer_reason(b, "a", peer_network, "peer c is reached at 198.18.0.66")
    b.ctl("config", "set", "ice.stun-servers=stun:203.0.113.9:3478")
    b.ctl("down")
    b.ctl("up")
    b.wait_peer("a")
    wait_accepted(b, OFFERED)
    wait_peer_reason(b, "a", "203.0.113.0/24", "a STUN server is at 203.0.113.9")
    measure.ping_until_answered(b.host, a.address)


def test_accepted_route_stays_off_its_own_peer(net):
    """A network that holds the address at which the peer that offers it is reached."""
    _, a, b = offering_pair(net, "198.18.0.32/28")
    assert a.host.address == "198.18.0.34"
    wait_peer_reason(b, "a", "198.18.0.32/28", "peer a is reached at 198.18.0.34")
    assert "198.18.0.32/28" not in b.routes()
    measure.ping(b.host, a.address)


# static peers that catch their own endpoints


def caught_pair(net, *allowed):
    """`a` sends to `b` what is in `allowed`, the endpoint of `b` among it."""
    a, b = net.host("a"), net.host("b")
    one = static_machine(a, "10.70.0.1/32", {})
    other = static_machine(b, "10.70.0.2/32", {"a": {"public-key": one.keys.public, "allowed-ips": ["10.70.0.1/32"]}},
                           {"listen-port": 51820})
    one.write_config({
        "device": {"name": "a", "address": "10.70.0.1/32", "autostart": True},
        "peer b": {"public-key": other.keys.public, "endpoint": f"{b.address}:51820", "allowed-ips": allowed},
    })
    other.start().wait_state("online")
    one.start()
    wait_inside(one)
    return one, other


def wait_inside(machine):
    """Until packets for the peer go into the tunnel: before that they meet a router that knows nothing of them."""
    wait_for("the way to the peer", lambda: machine.host.ip_json("route", "get", "10.70.0.2")[0].get("dev") == "bamgate0", 10)


def our_routes(host):
    return [row["dst"] for row in host.ip_json("route", "show", "proto", "182")]


HALVES = ("0.0.0.0/1", "128.0.0.0/1")


@pytest.mark.parametrize("allowed", [HALVES, ("10.70.0.2/32", "198.18.0.0/16"), ("10.70.0.2/32", "{endpoint}/32")])
def test_endpoint_among_allowed_ips(net, allowed):
    allowed = [word.format(endpoint="198.18.0.34") for word in allowed]
    a, b = caught_pair(net, *allowed)
    assert b.host.address == "198.18.0.34"
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=10)
    a.wait_peer("b", state="connected", state_reason="")
    way, = a.host.ip_json("route", "get", b.host.address)
    assert way["dev"] == "eth0"
    assert a.stop() == 0
    assert not our_routes(a.host)


def test_endpoint_outside_follows_the_default_route(net):
    a, b = caught_pair(net, *HALVES)
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=10)
    gateway = a.host.out("ip", "route", "show", "default").split()[2]
    a.host.run("ip", "route", "delete", "default")
    wait_peer_reason(a, "b", b.host.address, "no other way")
    assert a.host.run("ping", "-c", "1", "-W", "1", b.host.address, check=False).returncode != 0
    sent = int(a.host.out("cat", "/sys/class/net/bamgate0/statistics/tx_packets"))
    assert a.host.run("ping", "-n", "-c", "5", "-i", "0.2", "-W", "1", "10.70.0.2", check=False).returncode != 0
    assert int(a.host.out("cat", "/sys/class/net/bamgate0/statistics/tx_packets")) - sent < 50  # and not around and around
    second = net.add_host("second")  # another uplink takes its place
    net.join(a.host, "eth1", second, "to-a", ipaddress.ip_network("203.0.113.0/28"))
    net.join(second, "eth0", net.router, "to-second", ipaddress.ip_network("203.0.113.16/28"))
    net.forward(second)
    second.run("ip", "route", "add", "default", "via", "203.0.113.17")
    net.router.run("ip", "route", "add", "203.0.113.0/28", "via", "203.0.113.18")
    a.host.run("ip", "route", "add", "default", "via", "203.0.113.1")
    a.wait_peer("b", state_reason="")
    way, = a.host.ip_json("route", "get", b.host.address)
    assert way["gateway"] == "203.0.113.1"
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=20)
    a.host.run("ip", "route", "replace", "default", "via", gateway, "dev", "eth0")
    wait_for("the old way", lambda: a.host.ip_json("route", "get", b.host.address)[0]["gateway"] == gateway, 5)
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=20)


def test_endpoint_outside_after_a_crash(net):
    a, b = caught_pair(net, *HALVES)
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=10)
    a.kill()
    a.wait_gone()
    assert b.host.address in our_routes(a.host)
    a.start()
    wait_inside(a)
    measure.ping_until_answered(a.host, "10.70.0.2", seconds=20)
    assert our_routes(a.host).count(b.host.address) == 2  # the way and what stands behind it
    assert a.stop() == 0
    assert not our_routes(a.host)
