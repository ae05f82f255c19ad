# SPDX-License-Identifier: LGPL-2.1-or-later
"""Published services: peers reach them by name, those that may, and nobody else does.

    hub ── r ── home 10.0.0.1, laptop 10.0.0.2, phone 10.0.0.3        neighbour ── home, in a LAN of their own
"""

import ipaddress
import sys

import pytest

from lab import measure
from lab.mesh import Mesh
from lab.wait import wait_for

LAN = ipaddress.ip_network("192.168.50.0/24")

# What is published: HTTP that says the head it heard, TCP that says its first bytes in hex and then echoes, a Unix socket, and UDP.
ORIGIN = """
import os, socket, sys, threading
def http(connection):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % len(head) + head)
    connection.close()
def echo(connection):
    connection.sendall(connection.recv(1000).hex().encode() + b"\\n")
    connection.close()
def serve(server, handle):
    while True:
        threading.Thread(target=handle, args=(server.accept()[0],), daemon=True).start()
local = socket.socket(socket.AF_UNIX)
local.bind(sys.argv[1])
local.listen()
for server, handle in ((socket.create_server(("127.0.0.1", 8000)), http), (socket.create_server(("127.0.0.1", 8001)), echo), (local, http)):
    threading.Thread(target=serve, args=(server, handle), daemon=True).start()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 8000))
print("ready", flush=True)
while True:
    said, who = udp.recvfrom(1000)
    udp.sendto(said.upper(), who)
"""

ASK_UDP = """
import socket, sys
ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ask.settimeout(3)
ask.connect((sys.argv[1], int(sys.argv[2])))
ask.send(b"hello")
print(ask.recv(100).decode())
"""

ASK_TCP = """
import socket, sys
ask = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
print(ask.getsockname()[1])
ask.sendall(b"hello")
print(ask.makefile().readline().strip())
"""


@pytest.fixture
def trio(net):
    with Mesh(net) as mesh:
        home, laptop, phone = (mesh.machine(name, device={"address6": f"fd00::{n}/64"}) for n, name in enumerate(("home", "laptop", "phone"), 1))
        for peer in laptop, phone:
            mesh.wait_connected(home, peer)
        home.host.start("origin", sys.executable, "-c", ORIGIN, home.host.dir / "socket").wait_line("ready")
        yield home, laptop, phone


def name_of(service):
    return f"{service}.home.bamgate.internal"


def look_up(machine, service, kind="A"):
    return machine.host.out("dig", f"@{machine.address}", "+short", "+tries=1", "+time=5", name_of(service), kind, check=False)


def wait_name(machine, service, address):
    wait_for(f"{service} at {machine.name}", lambda: look_up(machine, service) == address)


def curl(machine, service, port, *words, address=None):
    where = address or look_up(machine, service)
    shown = f"[{where}]" if ":" in where else where
    return machine.host.run("curl", "-sS", "-i", "-m", "8", "--noproxy", "*", "--resolve", f"{name_of(service)}:{port}:{shown}", *words,
                            f"http://{name_of(service)}:{port}/", check=False)


def ask(host, script, address, port):
    return host.run(sys.executable, "-c", script, address, port, check=False)


def services(machine):
    return {service["name"]: service for service in machine.ctl_json("publish", "list")["services"]}


def test_peers_reach_what_is_published(trio):
    """By name, over both families; it is told who comes, whatever the peer says; UDP and a Unix socket as well; and what is down is said."""
    home, laptop, phone = trio
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--udp", "127.0.0.1:8000", "--port", "80", "--http-headers")
    home.ctl("publish", "add", "unix", "--unix", home.host.dir / "socket", "--port", "81", "--http-headers")
    home.ctl("publish", "add", "raw", "--tcp", "localhost:8001", "--proxy-protocol")
    laptop.bus.wait("it is told", lambda: laptop.peer("home")["Services"] == [
        ("web", 80, "http"), ("web", 80, "udp"), ("unix", 81, "http"), ("raw", 8001, "tcp")], 10)
    wait_name(laptop, "web", home.address)
    assert look_up(laptop, "web", "AAAA") == "fd00::1"
    listed = laptop.ctl_json("services")["services"]
    assert {(row["host"], row["port"], row["protocol"]) for row in listed} >= {(name_of("web"), 80, "http"), (name_of("raw"), 8001, "tcp")}
    for address, own in ((None, laptop.address), ("fd00::1", "fd00::2")):
        said = curl(laptop, "web", 80, "-H", "Bamgate-Peer: phone", "-H", "X-Forwarded-For: 1.2.3.4", address=address).stdout
        assert "Bamgate-Peer: laptop" in said and f"X-Forwarded-For: {own}" in said, said
        assert "phone" not in said and "1.2.3.4" not in said
    assert "Bamgate-Peer: phone" in curl(phone, "unix", 81, address=home.address).stdout
    assert ask(laptop.host, ASK_UDP, home.address, 80).stdout == "HELLO\n"
    port, first = ask(laptop.host, ASK_TCP, home.address, 8001).stdout.split()
    preface = f"0d0a0d0a000d0a515549540a211100150a0000020a000001{int(port):04x}1f41e00006{b'laptop'.hex()}"
    assert first.startswith(preface), first
    assert services(home)["web"]["state"] == "open" and services(home)["web"]["connections_total"] >= 3

    # replaced by what does not run, and beside it one whose port is not free
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:9", "--port", "80", "--http-headers")
    home.ctl("publish", "add", "raw", "--tcp", "127.0.0.1:9")
    assert "502 Bad Gateway" in curl(laptop, "web", 80, address=home.address).stdout
    assert ask(laptop.host, ASK_TCP, home.address, 9).returncode != 0
    assert "refused" in services(home)["web"]["last_error"]
    home.host.start("taker", sys.executable, "-c", "import socket; s = socket.create_server(('', 8080)); print('ready', flush=True); s.accept()"
                    ).wait_line("ready")
    home.ctl("publish", "add", "late", "--tcp", "127.0.0.1:8080")
    home.bus.wait("it is said", lambda: "late" in home.bus.tunnel()["StateReason"] and "8080" in home.bus.tunnel()["StateReason"], 10)
    assert services(home)["late"]["state"] == "failed"


def test_nobody_else_does(trio, net):
    """Not a peer that it is not for, with or without rules; not the LAN, not at another address; and nobody once it is removed."""
    home, laptop, phone = trio
    neighbour = net.add_host("neighbour")
    net.join(neighbour, "lan0", home.host, "lan0", LAN)
    neighbour.run("ip", "route", "add", "10.0.0.0/24", "via", str(LAN[1]))
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--udp", "127.0.0.1:8000", "--port", "8080", "--peers", "laptop")
    wait_name(laptop, "web", home.address)
    for rules in "", "all", "icmp":  # everything is refused that the last does not name
        home.ctl("config", "set", f"device.allow={rules}")
        assert "200 OK" in curl(laptop, "web", 8080).stdout
        assert ask(laptop.host, ASK_UDP, home.address, 8080).stdout == "HELLO\n"
        assert curl(phone, "web", 8080, address=home.address).returncode == 7  # refused, not left to wait
        assert ask(phone.host, ASK_UDP, home.address, 8080).returncode != 0
    assert curl(laptop, "web", 8081, address=home.address).returncode == 7
    home.ctl("config", "set", "device.deny=tcp 8080")
    assert curl(laptop, "web", 8080).returncode == 7
    home.ctl("config", "unset", "device.deny", "device.allow")
    for address in home.address, str(LAN[1]):
        refused = ask(neighbour, ASK_TCP, address, 8080)
        assert "Connection refused" in refused.stderr, refused.stderr
    conflict = home.ctl("publish", "add", "other", "--tcp", "127.0.0.1:8080", check=False)
    assert conflict.returncode != 0 and "web" in conflict.stderr and "8080" in conflict.stderr
    home.stop()
    home.start().wait_state("online")
    home.wait_peer("laptop", state="connected")
    wait_for("it is there again", lambda: "200 OK" in curl(laptop, "web", 8080, address=home.address).stdout)
    assert curl(phone, "web", 8080, address=home.address).returncode == 7
    for _ in range(2):
        home.ctl("publish", "remove", "web")
    assert curl(laptop, "web", 8080, address=home.address).returncode == 7
    laptop.bus.wait("it is told", lambda: laptop.peer("home")["Services"] == [], 10)
    wait_name(laptop, "web", "")
    measure.ping_until_answered(laptop.host, home.address)


def test_who_it_is_not_for_does_not_hear_of_it(trio):
    """Neither by the list nor by name, until it is for it as well; a machine that was away hears the same."""
    home, laptop, phone = trio
    web, dns = ("web", 8080, "tcp"), ("dns", 53, "udp")
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--port", "8080", "--peers", "laptop")
    home.ctl("publish", "add", "dns", "--udp", "127.0.0.1:8000", "--port", "53")
    laptop.bus.wait("it is told", lambda: laptop.peer("home")["Services"] == [web, dns], 10)
    phone.bus.wait("it is told", lambda: phone.peer("home")["Services"] == [dns], 10)
    wait_name(phone, "dns", home.address)
    assert look_up(phone, "web") == ""
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8000", "--port", "8080", "--peers", "phone")
    phone.bus.wait("it is told", lambda: phone.peer("home")["Services"] == [web, dns], 10)
    laptop.bus.wait("it is told", lambda: laptop.peer("home")["Services"] == [dns], 10)
    phone.stop()
    phone.start().wait_state("online")
    phone.wait_peer("home", state="connected")
    phone.bus.wait("it is told", lambda: phone.peer("home")["Services"] == [web, dns], 10)


def test_one_peer_takes_no_more_than_its_share(trio):
    home, laptop, phone = trio
    home.ctl("publish", "add", "web", "--tcp", "127.0.0.1:8001", "--port", "8080")
    home.ctl("config", "set", "service.web.peer-connections=2")
    hold = "import signal, socket, sys; a = [socket.create_connection((sys.argv[1], 8080), 5) for _ in range(2)]; print('ready', flush=True); signal.pause()"
    wait_for("it is open", lambda: ask(phone.host, ASK_TCP, home.address, 8080).returncode == 0)
    holder = laptop.host.start("holder", sys.executable, "-c", hold, home.address)
    holder.wait_line("ready")
    wait_for("both are inside", lambda: services(home)["web"]["connections"] == 2)
    assert ask(laptop.host, ASK_TCP, home.address, 8080).stdout.split()[1:] == []  # closed without a word
    assert ask(phone.host, ASK_TCP, home.address, 8080).stdout.split()[1:] == [b"hello".hex()]
    assert services(home)["web"]["refused_connections"] == 1
    holder.stop()
    wait_for("there is room", lambda: ask(laptop.host, ASK_TCP, home.address, 8080).stdout.split()[1:] == [b"hello".hex()])
