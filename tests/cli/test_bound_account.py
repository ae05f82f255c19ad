# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine and an account that are programs of their own: what passes between them, and what is left when one of them goes."""

import json
import os
import pathlib
import queue
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from lab import ingress_frame
from lab.fake_ngrok import fake_ngrok
from lab.fake_operator import MACHINES

POLL_MS = 50


class Machine:
    """bound-account over `directory`."""

    def __init__(self, url, directory, on_said):
        program = pathlib.Path(os.environ["BAMGATE_BUILD"]) / "tests/lab/bound-account"
        self.log = open(directory.parent / "log", "ab")
        self.child = subprocess.Popen([program, url, directory, str(POLL_MS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                      text=True)
        self.events, self.said, self.is_running, self.on_said = queue.Queue(), [], False, on_said
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            found = json.loads(line)
            self.events.put(found)
            self.is_running = found.get("state") == "running"
            self.on_said()

    def say(self, order):
        self.child.stdin.write(order + "\n")
        self.child.stdin.flush()

    def wait(self, seconds=20, **fields):
        """The first thing it says that has these fields; a function stands for what it is true of."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = self.events.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"not within {seconds} s: {fields}, but {self.said[-3:]}") from None
            self.said.append(found)
            if all(value(found.get(name)) if callable(value) else found.get(name) == value for name, value in fields.items()):
                return found

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait(10)

    def close(self):
        if self.child.poll() is None:
            self.child.stdin.close()
            assert self.child.wait(10) == 0
        self.child.stdout.close()
        self.log.close()


class World:
    def __init__(self, parts, directory):
        self.authority, self.operator, self.ingress = parts
        self.directory, self.machines = directory, []

    def start(self, key=True):
        machine = Machine(self.operator.url, self.directory, self.operator.poke)
        self.machines.append(machine)
        if key:
            machine.say(f"key {self.operator.key}")
        return machine

    def read(self, name):
        return (self.directory / name).read_text()

    def dial(self, host, port):
        """As whoever makes connections will: with the pair on the disk, over the ingress."""
        context = ssl.create_default_context(cafile=self.authority.path("intermediate"))
        context.verify_flags |= 0x80000  # a part of a chain is enough
        context.load_cert_chain(self.directory / "tls.crt", self.directory / "tls.key")
        sock = socket.create_connection(("127.0.0.1", self.ingress.port), timeout=5)
        line = context.wrap_socket(sock, server_hostname="127.0.0.1")
        line.sendall(ingress_frame.request(host, port))
        return line

    def is_served(self, host, port):
        with self.dial(host, port) as line:
            return line.recv(2) != b""


@pytest.fixture
def world(tmp_path):
    (tmp_path / "account").mkdir()
    with fake_ngrok(tmp_path / "account") as parts:
        made = World(parts, tmp_path / "state")
        try:
            yield made
        finally:
            for machine in made.machines:
                machine.close()


def test_it_registers_and_comes_in(world):
    world.operator.bind("tcp://db.prod:5432")
    machine = world.start(key=False)
    machine.wait(state="waiting-for-key")
    assert not world.operator.log
    machine.say(f"key {world.operator.key}")
    said = machine.wait(state="running", endpoints=["tcp://db.prod:5432"])
    assert said["id"] == world.read("operator_id") == "k8sop_1" and said["ingress"] == world.ingress.address
    assert stat.S_IMODE((world.directory / "tls.key").stat().st_mode) == 0o600
    assert world.is_served("db.prod", 5432)


def test_its_request_is_what_an_account_takes(world):
    world.start().wait(state="running")
    said = json.loads(next(entry["body"] for entry in world.operator.log if entry["line"].startswith("POST")))
    request = x509.load_pem_x509_csr(said["binding"]["csr"].encode())
    assert isinstance(request.public_key().curve, ec.SECP384R1) and request.signature_hash_algorithm.name == "sha384"
    assert request.subject.rfc4514_string() == "O=bamgate" and not list(request.extensions)
    assert json.loads(said["metadata"]) == {"product": "bamgate", "instance": world.read("instance_id")}


def test_it_comes_back_as_the_same(world):
    world.operator.bind("http://a.example")
    world.start().wait(endpoints=["http://a.example"], state="running")
    world.machines[0].kill()
    again = world.start(key=False)
    again.wait(endpoints=["http://a.example"], state="waiting-for-key")
    again.say(f"key {world.operator.key}")
    world.operator.wait("bound_endpoints", 2)
    assert world.operator.count(f"POST {MACHINES}") == 1 and world.operator.count("PATCH") == 0


def test_nobody_is_left_behind(world):
    """Killed at every point of its first minute, it is in the account once."""
    for step, on in enumerate(("POST", "POST", f"GET {MACHINES}?", "PATCH", "PATCH", "bound_endpoints")):
        world.operator.fail(on, ("lost", "delay")[step % 2], seconds=5)
        since = world.operator.count(on)
        machine = world.start()
        world.operator.wait_until(lambda on=on, since=since, machine=machine: world.operator.count(on) > since or machine.is_running, 20)
        machine.kill()
    world.operator.faults.clear()
    world.start().wait(state="running", id=lambda found: found)
    assert list(world.operator.machines) == ["k8sop_1"]
    assert world.operator.is_live(x509.load_pem_x509_certificate(world.read("tls.crt").encode()).serial_number)


def test_a_new_certificate_serves(world):
    world.operator.bind("tcp://db.prod:5432")
    machine = world.start()
    machine.wait(endpoints=["tcp://db.prod:5432"])
    old = world.read("tls.crt")
    machine.say("renew")
    machine.wait(event="ingress")
    assert world.read("tls.crt") != old and world.is_served("db.prod", 5432)
    assert world.operator.count("POST") == 1


def test_the_account_forgets_it(world):
    world.operator.bind("tcp://db.prod:5432")
    machine = world.start()
    machine.wait(state="running", endpoints=["tcp://db.prod:5432"])
    world.operator.forget()
    assert machine.wait(id="k8sop_2", state="running")["endpoints"] == ["tcp://db.prod:5432"]
    assert world.is_served("db.prod", 5432)


def test_the_account_is_away(world):
    world.operator.bind("http://a.example")
    world.start().wait(state="running", endpoints=["http://a.example"])
    world.machines[0].kill()
    world.operator.bind("http://b.example")
    world.operator.fail("", "drop", times=4)
    machine = world.start()
    assert machine.wait(state="degraded")["endpoints"] == ["http://a.example"]
    machine.wait(state="running", endpoints=["http://a.example", "http://b.example"])


def test_it_leaves(world):
    machine = world.start()
    machine.wait(state="running")
    machine.say("leave")
    machine.wait(event="left")
    assert not world.operator.machines
    assert sorted(path.name for path in world.directory.iterdir()) == ["instance_id"]


def test_no_secret_is_logged(world):
    machine = world.start()
    machine.wait(state="running")
    machine.say("key WRONG-KEY-42")
    machine.wait(state="unauthorized")
    machine.say("leave")
    machine.wait(event="stays")
    log = (world.directory.parent / "log").read_text()
    key = world.read("tls.key").splitlines()[1]
    assert "registering" in log
    assert world.operator.key not in log and "WRONG-KEY-42" not in log and key not in log
