# SPDX-License-Identifier: LGPL-2.1-or-later
"""What peers may reach: device.allow and device.deny, for new conversations and for those under way.

    hub ── r ── a 10.0.0.1, b 10.0.0.2
"""

import subprocess
import sys

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.lan import NET, SERVER, Site
from lab.mesh import Mesh
from lab.wireguard import WireguardGo

ECHO = """
import socket, sys, threading
def tcp(connection):
    while data := connection.recv(100):
        connection.sendall(data)
def serve(server):
    while True:
        threading.Thread(target=tcp, args=(server.accept()[0],), daemon=True).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind((sys.argv[1], 7))
for port in 7, 22:
    threading.Thread(target=serve, args=(socket.create_server((sys.argv[1], port)),), daemon=True).start()
print("ready", flush=True)
while True:
    udp.sendto(*udp.recvfrom(100))
"""

# A conversation: each line on standard input is sent, and whether it came back is printed.
TALK = """
import socket, sys
kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[sys.argv[1]]
talk = socket.socket(socket.AF_INET, kind)
talk.settimeout(3)
talk.connect((sys.argv[2], int(sys.argv[3])))
talk.settimeout(0.7)
print("connected", flush=True)
for line in sys.stdin:
    try:
        talk.sendall(line.encode())
        while line not in talk.recv(1000).decode():
            pass
        print("heard", flush=True)
    except OSError:
        print("heard nothing", flush=True)
"""


class Talk:
    """One connection, or one pair of UDP ports, over which words go and come back."""

    def __init__(self, host, kind, address, port=7):
        self.process = host.start(f"talk-{kind}-{port}-{len(host.processes)}", sys.executable, "-c", TALK, kind, address, port,
                                  stdin=subprocess.PIPE)
        self.process.wait_line("connected")
        self.said = 0

    def answers(self):
        self.said += 1
        self.process.write_line(f"word {self.said}.")
        return self.process.wait_line("heard").strip() == "heard"


@pytest.fixture
def pair(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        for machine in a, b:
            machine.host.start("echo", sys.executable, "-c", ECHO, machine.address).wait_line("ready")
        yield a, b


def rules(machine):
    return {rule["rule"]: rule for rule in machine.ctl_json("access")["rules"]}


def connects(machine, address, port):
    script = f"import socket; socket.create_connection(({address!r}, {port}), 3)"
    return machine.host.run(sys.executable, "-c", script, check=False).returncode == 0


def test_rules_hold_at_once_and_for_what_is_under_way(pair):
    a, b = pair
    theirs_tcp, theirs_udp = Talk(b.host, "tcp", a.address), Talk(b.host, "udp", a.address)
    ours_tcp, ours_udp = Talk(a.host, "tcp", b.address), Talk(a.host, "udp", b.address)
    assert all(talk.answers() for talk in (theirs_tcp, theirs_udp, ours_tcp, ours_udp))
    a.ctl("config", "set", "device.allow=tcp 22 from b")
    assert not theirs_tcp.answers() and not theirs_udp.answers()
    assert ours_tcp.answers() and ours_udp.answers()
    assert connects(b, a.address, 22) and not connects(b, a.address, 7)
    assert measure.ping(b.host, a.address, count=1, check=False) is None
    assert measure.ping(a.host, b.address, count=1)
    assert rules(a)["tcp 22 from b"] == {"action": "allow", "rule": "tcp 22 from b", "packets": rules(a)["tcp 22 from b"]["packets"],
                                         "known": True}
    assert rules(a)["tcp 22 from b"]["packets"] >= 3
    assert a.ctl_json("status")["drops"]["refused"] >= 4
    a.ctl("config", "unset", "device.allow")
    assert theirs_udp.answers() and connects(b, a.address, 7)


def test_deny_goes_before_allow_and_is_said(pair):
    a, b = pair
    a.ctl("config", "set", "device.allow=all", "device.deny=tcp 22;all from nobody-of-this-name")
    assert measure.ping(b.host, a.address, count=1)
    assert connects(b, a.address, 7)
    refused = b.host.run(sys.executable, "-c", f"import socket; socket.create_connection(({a.address!r}, 22), 3)", check=False)
    assert "No route to host" in refused.stderr  # told by ICMP, not left to wait
    assert rules(a)["tcp 22"]["packets"] >= 1
    assert not rules(a)["all from nobody-of-this-name"]["known"]
    wrong = a.ctl("config", "set", "device.deny=tcp 22 to b", check=False)
    assert wrong.returncode != 0 and "tcp 22 to b" in wrong.stderr
    assert not connects(b, a.address, 22)


def test_rules_hold_from_the_first_packet(pair):
    """Also after a restart, for the connections that this machine has."""
    a, b = pair
    a.ctl("config", "set", "device.deny=all from b")
    ours = Talk(a.host, "tcp", b.address)
    assert ours.answers()
    a.stop()
    a.start().wait_state("online")
    a.wait_peer("b", state="connected")
    assert ours.answers() or ours.answers()
    assert not connects(b, a.address, 22)


def ping_says(host, address):
    return host.run("ping", "-n", "-c", "1", "-W", "2", address, check=False).stdout


def is_refused(host, address):
    return "Packet filtered" in ping_says(host, address)


def drops(machine, name):
    return machine.ctl_json("peers", "show", name)["peer"]["drops"].get("not-offered", 0)


def test_nothing_is_reached_that_is_not_offered(net):
    """The gateway forwarded before bamgate came, and goes on to do so; a peer that believes in an offer of before gets nowhere by that."""
    with Mesh(net) as mesh:
        site = Site(net, mesh)
        gateway = site.gateway("g1")
        client = mesh.machine("client", device={"accept-routes": True})
        client.bus.wait("the route", lambda: client.peer("g1").get("AcceptedRoutes") == [NET], 10)
        for address in SERVER, "192.168.77.1":
            measure.ping_until_answered(client.host, address)
        mesh.hub.stop()  # which would tell the client
        gateway.ctl("config", "set", "device.routes=")
        for address in SERVER, "192.168.77.1":
            assert is_refused(client.host, address)
        measure.ping_until_answered(client.host, gateway.address)
        assert drops(gateway, "client") >= 2
        gateway.ctl("config", "set", "device.routes=192.168.77.0/28")  # the server, not the whole
        for address in SERVER, "192.168.77.1":
            measure.ping_until_answered(client.host, address)
        gateway.ctl("config", "set", "device.routes=", "device.dns=192.168.77.1")
        measure.ping_until_answered(client.host, "192.168.77.1")
        assert is_refused(client.host, SERVER)
        gateway.ctl("config", "set", "device.forward=all")
        measure.ping_until_answered(client.host, SERVER)
        assert gateway.ctl("config", "set", "device.forward=some", check=False).returncode != 0


def test_static_peers_reach_what_is_forwarded(net):
    """As with any WireGuard, whose settings say nothing of offers; unless ours say that they shall not."""
    a, b, w = net.host("a"), net.host("b"), net.host("w")
    theirs = WireguardGo(b, ["10.70.0.2/24"], 51820)
    peer = {"public-key": theirs.keys.public, "allowed-ips": ["10.70.0.2/32"], "endpoint": f"{b.address}:51820", "keepalive": 1}
    ours = static_machine(a, ("10.70.0.1/24",), {"b": peer})
    theirs.add_peer(ours.keys.public, ["10.70.0.1/32", f"{w.address}/32"])
    net.forward(a)
    a.run("nft", "add table ip lab; add chain ip lab out { type nat hook postrouting priority 100; }; "
                 "add rule ip lab out iifname bamgate0 masquerade")
    ours.start().wait_state("online", "degraded")
    ours.wait_peer("b", state="connected")
    b.run("ip", "route", "add", f"{w.address}/32", "dev", "wg0")
    measure.ping_until_answered(b, w.address)
    ours.ctl("config", "set", "device.forward=offered")
    assert is_refused(b, w.address)
    measure.ping_until_answered(b, "10.70.0.1")
