# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgatectl hub move cloudflare: a Worker is deployed, and the network moves to it (docs/devices.md, Moving)."""

import contextlib
import json
import os
import signal
import subprocess

import pytest

import lab.workerd
from lab import measure
from lab.bamgate import Machine
from lab.cloudflare import Cloudflare, Fault
from lab.hub import Hub
from lab.mesh import Mesh, empty_machine
from lab.namespaces import made_on
from lab.paths import program
from lab.transfer import Transfer

NAME = "bamgate.example.workers.dev"
SCRIPT = r"/accounts/\w+/workers/scripts/bamgate"


def certificate(folder):
    pem = folder / "edge.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", pem, "-out", pem], capture_output=True, check=True)
    return pem


class Owner:
    """A machine whose person has an account at Cloudflare, and a hub at home."""

    def __init__(self, net):
        self.net, self.host, self.edge = net, net.host("a"), net.host("edge")
        self.pem = certificate(self.host.dir)
        self.cloudflare = made_on(self.host, lambda: Cloudflare(self.host.dir / "cloudflare"))
        made_on(self.edge, lambda: self.cloudflare.listen(self.edge.address, 443, self.pem))
        self.account = self.cloudflare.add_account("Personal")
        self.api_token_file = self.host.dir / "api-token"
        self.api_token_file.write_text(self.cloudflare.add_token([self.account]), encoding="ascii")
        self.hub = Hub(net.host("hub")).start()
        self.a, self.b = self.machine("a", self.host), self.machine("b")
        self.a.ctl("setup", "--server", self.hub.url, "--token-file", self.hub.token_file, "--name", "a", seconds=60)
        self.b.join(self.a.invite(), "--name", "b")
        Mesh.learn_addresses(self.a, self.b)
        Mesh.wait_connected(self.a, self.b)
        measure.ping_until_answered(self.host, self.b.address)

    def machine(self, name, host=None) -> Machine:
        """It finds the edge by its name, and trusts it as the Internet's."""
        host = host or self.net.host(name)
        hosts = host.dir / "hosts"
        hosts.write_text(f"127.0.0.1 localhost\n{self.edge.address} {NAME}\n", encoding="ascii")
        host.run("mount", "--bind", hosts, "/etc/hosts")
        host.run("mount", "--bind", self.pem, "/etc/ssl/certs/ca-certificates.crt")
        return empty_machine(host)

    def words(self, verb, *words):
        return "hub", verb, *words, "--worker", lab.workerd.folder(), "--api-token-file", self.api_token_file

    def environment(self):
        return {"HOME": str(self.host.dir), "BAMGATE_CLOUDFLARE_API": self.cloudflare.url}

    def run(self, verb, *words, check=True):
        return self.a.ctl(*self.words(verb, *words), env=os.environ | self.environment(), seconds=90, check=check)

    def move(self, *words, **more):
        return self.run("move", "cloudflare", *words, **more)

    def start_move(self):
        return self.host.start("move", program("bamgatectl"), *self.words("move", "cloudflare"), env=self.environment())

    def wait_there(self, *machines):
        for machine in machines:
            machine.bus.wait("it is at the Worker", lambda machine=machine: is_there(machine), 40)

    def is_home(self):
        return all(not is_there(machine) for machine in (self.a, self.b))


def is_there(machine):
    tunnel = machine.bus.tunnel()
    return tunnel["ServerUrl"] == f"wss://{NAME}/connect" and tunnel["SignalingState"] == "online"


@pytest.fixture
def owner(net):
    reason = lab.workerd.install()
    if reason:
        pytest.skip(reason)
    with contextlib.ExitStack() as stack:
        made = Owner(net)
        stack.enter_context(made.cloudflare)
        yield made


def test_deploys_and_moves(owner):
    """In one; what goes through the tunnel goes on, and a line from before leads there."""
    line = owner.a.invite()
    file = Transfer(owner.host, owner.b.host, owner.b.address, seconds=12, patience=30)
    said = json.loads(owner.move("--json").stdout)
    assert said["server_url"] == f"wss://{NAME}/connect" and owner.hub.https.split("//")[1] in said["from"]
    owner.wait_there(owner.a, owner.b)
    assert file.finish() == 1
    newcomer = owner.machine("c")
    newcomer.join(line, "--name", "c")
    owner.wait_there(newcomer)
    owner.hub.stop()
    later = owner.machine("d")
    later.join(owner.a.invite(), "--name", "d")
    owner.wait_there(later)


def test_to_a_worker_that_is_there(owner):
    owner.run("deploy")
    assert "moved" in owner.move().stdout
    owner.wait_there(owner.a, owner.b)
    assert owner.cloudflare.accounts[owner.account].scripts["bamgate"].versions == 1


def test_cloudflare_fails_in_the_middle(owner):
    """Nothing has moved; said again it goes on where it was."""
    owner.cloudflare.faults = [Fault("POST", SCRIPT + "/subdomain", "before", 500, times=100)]
    refused = owner.move(check=False)
    assert refused.returncode != 0 and owner.is_home()
    owner.cloudflare.faults = []
    owner.move()
    owner.wait_there(owner.a, owner.b)
    assert owner.cloudflare.accounts[owner.account].scripts["bamgate"].versions == 1


def test_killed_before_the_network_has_left(owner):
    owner.cloudflare.faults = [Fault("POST", SCRIPT + "/subdomain", "after", lambda: begun.signal(signal.SIGKILL))]
    begun = owner.start_move()
    begun.wait(60)
    assert owner.is_home()
    owner.move()
    owner.wait_there(owner.a, owner.b)


def test_the_hub_at_home_is_away(owner):
    """The Worker is there, and the network where it was, until its hub can say what it is."""
    owner.hub.stop()
    refused = owner.move(check=False)
    assert refused.returncode != 0 and owner.is_home()
    owner.hub.start()
    owner.a.bus.wait("it is at its hub again", lambda: owner.a.bus.tunnel()["SignalingState"] == "online", 40)
    owner.move()
    owner.wait_there(owner.a, owner.b)


def test_the_workers_token_is_on_another_machine(owner):
    owner.run("deploy")
    (owner.host.dir / ".local/share/bamgate" / f"{NAME}.token").unlink()
    refused = owner.move(check=False)
    assert refused.returncode != 0 and "token of the Worker is not on this machine" in refused.stderr and owner.is_home()
