# SPDX-License-Identifier: LGPL-2.1-or-later
"""Junk at a daemon's ports while real traffic goes on. All comparisons are within one run.

    b, c peers of a; x an attacker. On the way he can watch (the router), and in b's place he can send from b's own port.
"""

import contextlib
import json
import pathlib

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.paths import build_dir
from lab.wait import wait_for
from lab.wireguard import show

PPS = 50_000
MODEST_PPS = 2_000
PORT = 51820
TCP_SECONDS = 1
COST_SECONDS = 1
FLOOD_SECONDS = 8
ROUNDS = 3
TCP_FLOOR = 0.4  # of the rate without the flood; flooder, iperf and both daemons share the same two cores

# kind, options, the reason that counts it
DIRECT = {
    "unknown-index": ("unknown-index", ("--size", 100), "unknown-index"),
    "unknown-index-large": ("unknown-index", ("--size", 1452), "unknown-index"),
    "bad-tag": ("bad-tag", ("--size", 100), "unauthentic"),
    "bad-tag-large": ("bad-tag", ("--size", 1452), "unauthentic"),
    "replay": ("replay", (), "replay"),
}
UDP = {
    "bad-mac1": ("bad-mac1", (), "unauthentic"),
    "initiation": ("initiation", (), "rate-limited"),
    "initiation-spoofed": ("initiation", ("--spoof",), "rate-limited"),
    "unknown-index": ("unknown-index", ("--size", 100), "unknown-index"),
    "bad-tag": ("bad-tag", ("--size", 100), "unauthentic"),
    "noise": ("noise", ("--size", 1452), "malformed"),
}
LONG = {"unknown-index-large", "bad-tag", "replay"}


def rows(table):
    return [pytest.param(name, marks=pytest.mark.long if name in LONG else ()) for name in table]


def namespace(host):
    return f"/proc/{host.anchor.pid}/ns/net"


def cpu_ns(pid, thread=None):
    """Time on a processor of all threads, or of those with this name."""
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
               if thread in (None, (task / "comm").read_text(encoding="ascii").strip()))


@contextlib.contextmanager
def flood(source, victim, kind, *options, pps=PPS, seconds=FLOOD_SECONDS):
    """Junk from `source` while the body runs. The process tells what it sent."""
    blast = source.start(f"junk-{kind}", build_dir() / "tests" / "lab" / "junk-blast", "--to", victim.host.address,
                         "--kind", kind, "--pps", pps, "--seconds", seconds, *options)
    blast.wait_line("blasting", 15)
    try:
        yield blast
    finally:
        if blast.is_running():
            blast.kill()


def sent(blast):
    """What a flood that ended by itself sent."""
    assert blast.wait(FLOOD_SECONDS + 10) == 0
    return json.loads(blast.text().splitlines()[-1])["sent"]


def drops(machine):
    return machine.ctl_json("status")["drops"]


def assert_counted(machine, before, reason, at_least):
    wait_for(f"{reason} counts at least {at_least}: {drops(machine)}",
             lambda: drops(machine).get(reason, 0) - before.get(reason, 0) >= at_least)


def answers(*hosts, address):
    """Whether not one ping of theirs is lost."""
    running = [host.start("ping", "ping", "-n", "-q", "-i", "0.02", "-c", "50", "-W", "2", address) for host in hosts]
    return all([ping.wait(15) == 0 and " 0% packet loss" in ping.text() for ping in running])


def tcp(client, server):
    return measure.tcp_mbit(client.host, server.host, server.address, TCP_SECONDS)


def assert_traffic_goes_on(record, peer, other, victim, source, kind, options):
    """`peer` sends to `victim` with and without the flood; both peers are answered meanwhile. A machine that is busy with
    other things may spoil a round, a flood that starves spoils them all."""
    clean, ratios, whole = tcp(peer, victim), [], []
    while len(ratios) < ROUNDS and not (ratios and max(ratios) >= TCP_FLOOR and any(whole)):
        with flood(source, victim, kind, *options):
            flooded = tcp(peer, victim)
            whole.append(answers(peer.host, other.host, address=victim.address))
        clean = max(clean, tcp(peer, victim))
        ratios.append(round(flooded / clean, 2))
    record("tcp_clean_mbit_s", round(clean))
    record("tcp_ratios", ratios)
    assert max(ratios) >= TCP_FLOOR
    assert any(whole), "pings got lost in every round"


def record_cost(record, victim, source, kind, options):
    """What a junk packet costs the victim's daemon, which idles otherwise."""
    before = cpu_ns(victim.daemon.pid)
    with flood(source, victim, kind, *options, seconds=COST_SECONDS) as blast:
        n = sent(blast)
    record("cpu_ns_per_packet", round((cpu_ns(victim.daemon.pid) - before) / n))
    return n


@pytest.fixture
def record(request):
    """Figures, shown with -s or -rP."""
    figures = {}
    yield figures.__setitem__
    print(f"\n{request.node.name}: {json.dumps(figures)}")


# the direct path


@pytest.fixture
def star(net):
    """a with the peers b and c on the direct path, and the attacker's host."""
    with Mesh(net) as mesh:
        a, b, c = (mesh.machine(name) for name in "abc")
        for peer in (b, c):
            Mesh.wait_connected(a, peer, path="direct")
            measure.ping_until_answered(peer.host, a.address)
        yield a, b, c, net.host("x")


@contextlib.contextmanager
def chatter(peer, address):
    """Something to learn from for him who watches."""
    ping = peer.host.start("chatter", "ping", "-n", "-q", "-i", "0.2", address)
    try:
        yield
    finally:
        ping.kill()


@pytest.mark.limit(150)
@pytest.mark.parametrize("name", rows(DIRECT))
def test_direct_port(star, record, name):
    a, b, c, x = star
    kind, options, reason = DIRECT[name]
    options += ("--watch-ns", namespace(b.host))
    with chatter(b, a.address):
        assert_traffic_goes_on(record, b, c, a, x, kind, options)
        before = drops(a)
        n = record_cost(record, a, x, kind, options)
    assert_counted(a, before, reason, n * 0.9)
    assert a.peer("b")["Path"] == a.peer("c")["Path"] == "direct"


@pytest.mark.limit(150)
def test_direct_port_from_the_peers_own(star, record):
    """The same flow to the kernel: every junk packet ends a train of real data, so that half as many do the harm."""
    a, b, c, _ = star
    options = ("--watch-ns", namespace(b.host), "--same-port", "--size", 200, "--pps", PPS / 2)
    with chatter(b, a.address):
        assert_traffic_goes_on(record, b, c, a, b.host, "bad-tag", options)
    assert a.peer("b")["Path"] == "direct"


# the plain UDP port


@pytest.fixture
def static_star(net):
    """a with the static peers b and c."""
    hosts = {name: net.host(name) for name in "abcx"}
    machines = {name: static_machine(hosts[name], f"10.70.0.{i}/24", {}, {"listen-port": PORT})
                for i, name in enumerate("abc", 1)}
    a = machines["a"]
    a.address = "10.70.0.1"
    a.write_config({"device": {"name": "a", "autostart": True, "address": "10.70.0.1/24", "listen-port": PORT},
                    **{f"peer {name}": {"public-key": machines[name].keys.public, "allowed-ips": [f"10.70.0.{i}/32"]}
                       for i, name in ((2, "b"), (3, "c"))}})
    a.start().wait_state("online")
    for i, name in ((2, "b"), (3, "c")):
        peer = machines[name]
        peer.write_config({"device": {"name": name, "autostart": True, "address": f"10.70.0.{i}/24", "listen-port": PORT},
                           "peer a": {"public-key": a.keys.public, "allowed-ips": ["10.70.0.1/32"],
                                      "endpoint": f"{a.host.address}:{PORT}"}})
        peer.start().wait_state("online")
        measure.ping_until_answered(peer.host, a.address)
    yield a, machines["b"], machines["c"], hosts["x"]


@pytest.mark.limit(150)
@pytest.mark.parametrize("name", rows(UDP))
def test_udp_port(static_star, record, name):
    a, b, c, x = static_star
    kind, options, reason = UDP[name]
    options += ("--port", PORT)
    if kind == "bad-tag":
        options += ("--watch-ns", namespace(b.host))
    if kind == "initiation":
        options += ("--public-key", a.keys.public)
    with chatter(b, a.address):
        assert_traffic_goes_on(record, b, c, a, x, kind, options)
        before = drops(a)
        n = record_cost(record, a, x, kind, options)
    # Of handshakes most find the queue full: that is counted too, and cheaper still.
    if kind in ("bad-mac1", "initiation"):
        after = drops(a)
        assert after[reason] > before.get(reason, 0)
        n -= after.get("handshake-queue", 0) - before.get("handshake-queue", 0)
    assert_counted(a, before, reason, n * 0.9)


def data_thread_ns_per_packet(victim, source, kind, *options):
    before = cpu_ns(victim.daemon.pid, "bamgate-data")
    with flood(source, victim, kind, "--port", PORT, *options, pps=MODEST_PPS, seconds=COST_SECONDS) as blast:
        n = sent(blast)
    return round((cpu_ns(victim.daemon.pid, "bamgate-data") - before) / n)


@pytest.mark.limit(150)
def test_diffie_hellman_is_not_for_the_data_thread(static_star, record):
    """Initiations with a right mac1 from anywhere, too few to be called a load: what they cost the thread that carries data
    is not much more than that of junk which one hash tells. Pings meanwhile are no slower than that takes."""
    a, b, _, x = static_star
    options = ("--spoof", "--public-key", a.keys.public)
    costs = {"bad-mac1": [], "initiation": []}
    for _ in range(ROUNDS):
        costs["bad-mac1"].append(data_thread_ns_per_packet(a, x, "bad-mac1", "--spoof"))
        costs["initiation"].append(data_thread_ns_per_packet(a, x, "initiation", *options))
    with flood(x, a, "initiation", "--port", PORT, *options, pps=MODEST_PPS):
        record("ping_ms", measure.ping_some(b.host, a.address, count=50, interval=0.02))
        record("tcp_mbit", round(tcp(b, a)))
    record("tcp_mbit_clean", round(tcp(b, a)))
    record("data_thread_ns", costs)
    assert min(costs["initiation"]) < 4 * min(costs["bad-mac1"])


def test_new_session_under_a_flood_of_initiations(static_star):
    """Whoever answers with his cookie is served: a peer that lost its session has a new one soon."""
    a, b, _, x = static_star
    first = show(a.host, a.interface, "latest-handshakes")[b.keys.public]
    b.stop()
    with flood(x, a, "initiation", "--port", PORT, "--public-key", a.keys.public, pps=5000, seconds=40):
        b.start().wait_state("online")
        measure.ping_until_answered(b.host, a.address, 30)
    assert show(a.host, a.interface, "latest-handshakes")[b.keys.public] >= first
