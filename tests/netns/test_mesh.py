# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job: machines of a mesh over a hub, on segments of their own.

    hub ── r ── a 10.0.0.1, b 10.0.0.2, c …
"""

import concurrent.futures

import pytest

from lab import measure
from lab.mesh import Mesh, empty_machine

CHANNEL = {"paths": "data-channel"}
ICE = {"paths": ["ice", "data-channel"]}
CHANNEL_MTU = 1152
TUN_MTU = 1420
PING_HEADERS = 28
ETHERNET = 14
CHANNEL_DATAGRAM = 1277  # 1184 of SCTP payload, SCTP, DTLS, UDP, IPv4


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.fixture
def pair(mesh):
    a, b = mesh.machine("a", ice=ICE), mesh.machine("b")
    mesh.wait_connected(a, b, path="ice")
    return a, b


@pytest.fixture
def channel_pair(mesh):
    a, b = mesh.machine("a", ice=CHANNEL), mesh.machine("b")
    mesh.wait_connected(a, b, path="data-channel")
    return a, b


@pytest.mark.sanitized
def test_setup_invite_join(mesh):
    """With bamgatectl alone, as a person would."""
    a, b = empty_machine(mesh.net.host("a")), empty_machine(mesh.net.host("b"))
    a.ctl("setup", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file, "--name", "a", seconds=60)
    invite = a.invite()
    b.join(invite, "--name", "b")
    mesh.learn_addresses(a, b)
    mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    measure.ping(b.host, a.address)
    status = a.ctl_json("status")
    assert [peer["id"] for peer in status["peers"]] == ["b"]
    c = empty_machine(mesh.net.host("c"))
    assert c.join(invite, "--name", "c", check=False).returncode != 0  # it was for one machine


def test_setup_host(net):
    """The first machine hosts the hub itself; it comes back with the daemon, and with it the network."""
    home, b = empty_machine(net.host("home")), empty_machine(net.host("b"))
    url = f"https://{home.host.address}:8443"
    setup = home.ctl_json("setup", "--host", "--public-url", url, "--name", "home", seconds=60)
    b.join(setup["invite"], "--name", "b")
    Mesh.learn_addresses(home, b)
    Mesh.wait_connected(home, b)
    measure.ping_until_answered(b.host, home.address)
    assert home.stop() == 0
    home.start().wait_state("online")
    measure.ping_until_answered(b.host, home.address, seconds=40)
    b.wait_state("online", seconds=40)


@pytest.mark.sanitized
def test_two_setups_at_once(mesh):
    """Two machines with the token, at one time: each gets an address of its own, and keeps it when it is set up anew."""
    machines = [empty_machine(mesh.net.host(name)) for name in ("a", "b")]

    def set_up(machine, *options):
        machine.ctl("setup", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file, "--name", machine.name, *options,
                    seconds=60)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(set_up, machines))
    mesh.learn_addresses(*machines)
    a, b = machines
    assert a.address != b.address
    mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    before = b.address
    set_up(b, "--force")
    mesh.learn_addresses(b)
    assert b.address == before


def test_setup_host_on_ipv6_alone(net):
    """What the invite names is where the hub listens."""
    home, b = empty_machine(net.host("home")), empty_machine(net.host("b"))
    home.host.run("ip", "-4", "address", "flush", "dev", "eth0")
    setup = home.ctl_json("setup", "--host", "--name", "home", seconds=60)
    b.join(setup["invite"], "--name", "b")
    Mesh.learn_addresses(home, b)
    Mesh.wait_connected(home, b)
    measure.ping_until_answered(b.host, home.address)


def test_ping_and_tcp_over_ice(pair):
    a, b = pair
    measure.ping(a.host, b.address)
    measure.ping(b.host, a.address)
    assert measure.tcp_mbit(a.host, b.host, b.address, 2) > 20
    assert measure.tcp_mbit(b.host, a.host, a.address, 2) > 20
    for here, there in ((a, b), (b, a)):
        peer = here.peer(there.name)
        assert peer["LocalCandidate"] and peer["RemoteCandidate"] and not peer["Relayed"]
        assert peer["Implementation"].startswith("bamgated")


@pytest.mark.sanitized
def test_ping_and_tcp_over_the_data_channel(channel_pair):
    a, b = channel_pair
    measure.ping(a.host, b.address)
    measure.ping(b.host, a.address)
    assert measure.tcp_mbit(a.host, b.host, b.address, 2) > 3
    assert measure.tcp_mbit(b.host, a.host, a.address, 2) > 3


def test_three_at_once(mesh):
    machines = [mesh.machine(name) for name in "abc"]
    for here in machines:
        for there in machines:
            if here is not there:
                here.wait_peer(there.name, state="connected", path="direct")
                measure.ping_until_answered(here.host, there.address)


def test_behind_nat(mesh):
    a, b = mesh.machine("a"), mesh.machine("b", behind_nat=True)
    mesh.wait_connected(a, b)
    measure.ping_until_answered(a.host, b.address)
    measure.ping(b.host, a.address)


def test_largest_packets_over_ice(pair):
    a, b = pair
    measure.ping(a.host, b.address, size=TUN_MTU - PING_HEADERS, dont_fragment=True)
    measure.ping(b.host, a.address, size=TUN_MTU - PING_HEADERS, dont_fragment=True)
    measure.ping(a.host, b.address, size=4000)


def test_largest_packets_over_the_data_channel(channel_pair):
    a, b = channel_pair
    for here, there in ((a, b), (b, a)):
        measure.ping(here.host, there.address, size=CHANNEL_MTU - PING_HEADERS, dont_fragment=True)
        assert here.routes()[there.address]["metrics"][0]["mtu"] == CHANNEL_MTU
        done = here.host.run("ping", "-n", "-M", "do", "-c", 1, "-W", 1, "-s", CHANNEL_MTU - PING_HEADERS + 1, there.address,
                             check=False)
        assert done.returncode != 0 and "message too long" in (done.stdout + done.stderr).lower()
        measure.ping(here.host, there.address, size=4000)


def test_no_message_above_what_sctp_carries_whole(net, channel_pair):
    """TCP in both directions, seen on the wire: a message of 1184 bytes is a datagram of 1277, and none is larger."""
    a, b = channel_pair
    watch = net.router.start("tcpdump", "tcpdump", "-n", "-l", "-i", "to-b", f"udp and greater {ETHERNET + CHANNEL_DATAGRAM + 1}")
    watch.wait_line("listening on")
    assert measure.tcp_mbit(a.host, b.host, b.address, 2) > 10
    assert measure.tcp_mbit(a.host, b.host, b.address, 2, reverse=True, port=5202) > 10
    watch.stop()
    assert "UDP" not in watch.text()


def test_syn_through_a_router_is_clamped(channel_pair):
    """A sender behind the tunnel whose route says 1500 still gets the channel's MSS."""
    a, b = channel_pair
    watch = b.host.start("tcpdump", "tcpdump", "-n", "-l", "-v", "-i", b.interface, "tcp[tcpflags] & tcp-syn != 0")
    watch.wait_line("listening on")
    a.host.run("ip", "route", "change", f"{b.address}/32", "dev", a.interface, "mtu", "1420", check=False)
    a.host.run("ip", "route", "replace", f"{b.address}/32", "dev", a.interface, "advmss", "1380", "mtu", "1420")
    assert measure.tcp_mbit(a.host, b.host, b.address, 1) > 5
    watch.stop()
    sizes = {int(word.split()[1].rstrip(",]")) for word in watch.text().split("[") for word in word.split(",") if word.startswith("mss ")}
    assert sizes and max(sizes) <= CHANNEL_MTU - 40


def test_ipv6_inside(mesh):
    a = mesh.machine("a", device={"address6": "fd00:ba::1/64"})
    b = mesh.machine("b", device={"address6": "fd00:ba::2/64"})
    mesh.wait_connected(a, b, path="direct")
    measure.ping_until_answered(a.host, "fd00:ba::2")
    measure.ping(b.host, "fd00:ba::1", size=1000)


def test_ipv6_is_refused_on_a_bare_data_channel(mesh):
    a = mesh.machine("a", device={"address6": "fd00:ba::1/64"}, ice=CHANNEL)
    b = mesh.machine("b", device={"address6": "fd00:ba::2/64"})
    mesh.wait_connected(a, b, path="data-channel")
    done = a.host.run("ping", "-n", "-c", 1, "-W", 2, "fd00:ba::2", check=False)
    assert done.returncode != 0 and "nreachable" in done.stdout + done.stderr


def test_loaded_data_channel_still_pings(channel_pair):
    a, b = channel_pair
    with measure.iperf_server(b.host, b.address):
        load = a.host.start("load", "iperf3", "-c", b.address, "-t", "4", "-P", "4", "--forceflush", "-i", "1")
        load.wait_line("[SUM]")
        answers, average = measure.ping_some(a.host, b.address, count=20)
        assert load.wait(15) == 0
    assert answers >= 16 and average < 250


def test_dead_ice_path_falls_back_to_the_data_channel(net, pair):
    """The router drops WireGuard's transport data, ICE and DTLS pass: the tunnel goes on, and comes back."""
    a, b = pair
    net.router.run("nft", "add table inet gap; add chain inet gap pass { type filter hook forward priority 0; }; "
                          "add rule inet gap pass meta l4proto udp @th,64,8 4 counter drop")
    measure.ping_until_answered(a.host, b.address)
    a.wait_peer("b", path="data-channel")
    net.router.run("nft", "delete table inet gap")
    a.wait_peer("b", path="ice", seconds=40)
    measure.ping(a.host, b.address)


def test_counters_and_latency(pair):
    a, b = pair
    measure.ping(a.host, b.address, count=5)
    answer = a.ctl_json("ping", "b")
    assert answer["received"] > 0 and 0 < answer["mean_us"] < 1_000_000
    status = a.ctl_json("status")
    assert status["state"] == "online"


def test_reconnect_and_forget(pair):
    a, b = pair
    before = a.peer("b")["ConnectedSince"]
    a.bus.call("org.bamgate.Tunnel1.Peer", "Reconnect", path=a.bus.peer_path("b"))
    a.bus.wait("a new connection", lambda: a.peer("b")["ConnectedSince"] > before, 20)
    measure.ping_until_answered(a.host, b.address)


def test_peer_leaves(pair):
    a, b = pair
    b.ctl("down")
    a.bus.wait("b is away", lambda: a.peer("b").get("State") != "connected", 40)
    b.ctl("up")
    a.wait_peer("b", state="connected")
    measure.ping_until_answered(a.host, b.address)


@pytest.mark.long
@pytest.mark.limit(400)
@pytest.mark.parametrize("paths", ("direct", "ice", "data-channel"))
def test_across_a_rekey(mesh, paths):
    a, b = mesh.machine("a", ice={"paths": [paths]}), mesh.machine("b")
    mesh.wait_connected(a, b, path=paths)
    measure.ping(a.host, b.address, count=700, interval=0.2)
