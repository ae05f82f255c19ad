# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long names take: our resolver beside a plain dnsmasq, asked in turns by the same program, and what it adds to a server that is
asked through the tunnel."""

import ipaddress
import shutil
import socket
import statistics
import time

import dns.message

from lab.mesh import Mesh
from lab.namespaces import made_on
from lab.process import LabError
from lab.wait import wait_for

QUESTIONS, LONG_QUESTIONS = 2000, 20000
PATIENCE_S = 5
PLAIN, SERVER, NETWORK = "127.0.0.77", "192.168.77.2", "192.168.77.0/24"
OURS, THEIRS = "alpha.bamgate.internal", "www.corp.example"
TEXTS = {
    "dnsmasq_ms": "a record of its own, dnsmasq, ms",
    "own_ms": "the same, our resolver, ms",
    "direct_ms": "a server behind a peer, asked through the tunnel, ms",
    "forwarded_ms": "the same by way of our resolver, ms",
}


def dnsmasq(host, name, address, record, value):
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not program:
        raise LabError("dnsmasq is not installed")
    return host.start(name, program, "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root",
                      "--log-facility=-", "--bind-interfaces", f"--listen-address={address}", f"--host-record={record},{value}")


class Question:
    """One name asked of one server, from one host, by one socket."""

    def __init__(self, host, server, name):
        self.message = dns.message.make_query(name, "A", use_edns=0).to_wire()
        self.socket = made_on(host, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.settimeout(PATIENCE_S)
        made_on(host, lambda: self.socket.connect((server, 53)))
        self.times = []

    def ask(self):
        begin = time.perf_counter()
        self.socket.send(self.message)
        answer = self.socket.recv(4096)
        self.times.append(time.perf_counter() - begin)
        return dns.message.from_wire(answer).answer

    def has_answer(self):
        try:
            return bool(self.ask())
        except OSError:
            return False

    def median_ms(self):
        return round(statistics.median(self.times) * 1000, 3)


def site(net):
    """A machine, and a peer with a network behind it where a server knows a domain."""
    mesh = Mesh(net)
    mesh.__enter__()
    peer = mesh.machine("bravo", device={"routes": [NETWORK], "dns": [SERVER], "dns-search": ["corp.example"]})
    server = net.add_host("server")
    net.join(server, "eth0", peer.host, "lan0", ipaddress.ip_network(NETWORK))
    server.run("ip", "route", "add", "default", "via", "192.168.77.1")
    net.forward(peer.host)
    dnsmasq(server, "dnsmasq", SERVER, THEIRS, "192.168.77.80")
    machine = mesh.machine("alpha", start=False)
    with machine.config.open("a", encoding="ascii") as file:
        file.write("\n[accept bravo]\nroutes=*\ndns=*\ndns-search=*\n")
    machine.start()
    mesh.wait_connected(machine, peer)
    dnsmasq(machine.host, "plain", PLAIN, OURS, machine.address)
    return machine


def run(net, say, is_long):
    say("names: two machines, a server behind one of them, a plain one beside the other")
    machine = site(net)
    asked = {"dnsmasq_ms": (PLAIN, OURS), "own_ms": (machine.address, OURS), "direct_ms": (SERVER, THEIRS), "forwarded_ms": (machine.address, THEIRS)}
    questions = {name: Question(machine.host, *what) for name, what in asked.items()}
    for name, question in questions.items():
        wait_for(f"an answer for {name}", question.has_answer, PATIENCE_S * 4)
        question.times.clear()
    for _ in range(LONG_QUESTIONS if is_long else QUESTIONS):
        for question in questions.values():
            question.ask()
    return {name: question.median_ms() for name, question in questions.items()}


def text(result):
    lines = [f"{TEXTS[name]}: {result[name]}" for name in TEXTS]
    lines.append(f"added: {round(result['own_ms'] - result['dnsmasq_ms'], 3)} ms, {round(result['forwarded_ms'] - result['direct_ms'], 3)} ms")
    return "\n".join(lines)
