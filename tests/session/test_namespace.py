# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgated --user without any right: the interface is in a namespace of its own; a machine with a TUN is at the other end."""

import hashlib
import re
import socket
import threading

import pytest

from lab import checked_tcp
from lab.bamgate import key_file, static_machine
from lab.namespaces import made_on
from lab.paths import program
from lab.wait import wait_for
from lab.wireguard import Keys
from person import Person

ALICE = 60201
HERS, HERS6, ITS, ITS6 = "10.70.0.1", "fd70::1", "10.70.0.2", "fd70::2"
NOTHING = ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]

# A user namespace in which nobody makes another one.
WITHOUT_NAMESPACES = ["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-ec", 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"',
                      "sh", "setpriv", "--inh-caps=-all", "--ambient-caps=-all"]

pytestmark = pytest.mark.users


def has_ended(pid):
    """Who has it for a child may not have asked yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Anchor:
    def __init__(self, pid):
        self.pid = pid


class Inside:
    """Where her interface is, for root who looks in: as a host of the lab."""

    def __init__(self, alice):
        self.name, self.anchor = "inside", Anchor(alice.helper())


class Alice(Person):
    """Her daemon, with no capability and no way to one, and the machine that it talks to."""

    def __init__(self, net, **device):
        super().__init__(net.host("a"), "alice", ALICE, keyring=False)
        self.keys, self.daemon, self.starts = Keys(), None, 0
        other = net.host("b")
        self.other = static_machine(other, (f"{ITS}/24", f"{ITS6}/64"), {"alice": {
            "public-key": self.keys.public, "allowed-ips": [f"{HERS}/32", f"{HERS6}/128"]}}, device={"listen-port": 51820})
        self.other.start()
        self.other.wait_state("online")
        self.configure({"name": "alice", "address": f"{HERS}/24", "address6": f"{HERS6}/64", "autostart": False, **device})

    def configure(self, device, **more):
        self.write(self.home / ".config/bamgate/bamgate.conf", key_file({
            "device": device, **more,
            "peer b": {"public-key": self.other.keys.public, "allowed-ips": [f"{ITS}/32", f"{ITS6}/128"],
                       "endpoint": f"{self.other.host.address}:51820"}}))
        self.write(self.home / ".state/bamgate/secrets/device-key", self.keys.private)

    def write(self, path, text):
        self.run("sh", "-c", 'umask 077; mkdir -p "$(dirname "$0")"; printf "%s\\n" "$1" > "$0"', path, text)

    def start_daemon(self, *within):
        self.starts += 1
        self.program("bamgate-namespace")
        self.daemon = self.start(f"own-{self.starts}", *NOTHING, *within, *self.command("bamgated", "--user"))
        self.daemon.wait_line("on the bus")

    def up(self):
        self.start_daemon()
        self.ctl("--user", "up")
        return self

    def helper(self):
        """The process that keeps the namespace."""
        return int(re.findall(r"/proc/(\d+)/ns/net", self.daemon.output())[-1])

    def inside(self, *command, **kwargs):
        """Root, where her interface is."""
        return self.host.run("nsenter", "-n", "-t", self.helper(), *command, **kwargs)


class Member(Alice):
    """The same in a mesh."""

    def __init__(self, mesh, **device):
        Person.__init__(self, mesh.net.host("a"), "alice", ALICE)
        self.keys, self.daemon, self.starts = Keys(), None, 0
        self.write(self.home / ".config/bamgate/bamgate.conf", key_file({
            "network": {"server-url": mesh.hub.socket_url, **({"server-pin": mesh.hub.pin} if mesh.hub.pin else {})},
            "device": {"name": "alice", "address": "10.0.0.9/24", "autostart": False, **device}, "ice": {"stun-servers": []}}))
        for name, text in (("device-key", self.keys.private), ("token", mesh.hub.token)):
            self.write(self.home / ".state/bamgate/secrets" / name, text)


@pytest.fixture(name="alice")
def alice_fixture(net):
    return Alice(net).up()


def test_no_right_at_all(alice):
    """Neither the daemon nor anything of it has one in this machine's network, and the interface is not there."""
    status = alice.host.out("cat", f"/proc/{alice.daemon.pid}/status")
    for line in (r"CapInh:\t0+", r"CapPrm:\t0+", r"CapEff:\t0+", r"NoNewPrivs:\t1"):
        assert re.search(f"^{line}$", status, re.M), line
    assert not alice.host.has_link("bamgate0")
    assert "bamgate0" in alice.inside("ip", "link", "show", "bamgate0").stdout


@pytest.mark.parametrize("address", (ITS, ITS6))
def test_ping_out(alice, address):
    alice.inside("ping", "-c", "2", "-W", "10", address)


@pytest.mark.parametrize("address", (HERS, HERS6))
def test_ping_in(alice, address):
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    alice.other.host.run("ping", "-c", "2", "-W", "10", address)


@pytest.mark.parametrize("hers, its", ((HERS, ITS), (HERS6, ITS6)))
def test_tcp_both_ways(alice, hers, its):
    inside = Inside(alice)
    assert checked_tcp.transfer(inside, alice.other.host, its) == hers
    assert checked_tcp.transfer(alice.other.host, inside, hers) == its


def test_udp(alice):
    """Each way, with an answer."""
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    inside = Inside(alice)
    for asks, answers, address in ((inside, alice.other.host, ITS), (alice.other.host, inside, HERS)):
        there = made_on(answers, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        here = made_on(asks, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with here, there:
            there.bind(("", 0))
            there.settimeout(10)
            here.settimeout(10)
            here.sendto(b"x" * 1300, (address, there.getsockname()[1]))
            data, sender = there.recvfrom(2000)
            there.sendto(data[::-1] + b"!", sender)
            assert here.recv(2000) == b"x" * 1300 + b"!"


# --- bamgatectl run and nc ---

def test_run(alice):
    """As herself and without a right, where the tunnel is and nothing else."""
    said = alice.ctl("--user", "run", "--", "sh", "-c", f"id -u; grep CapEff /proc/self/status; ping -c 1 -W 10 {ITS}; ls /sys/class/net").stdout
    assert said.startswith(f"{ALICE}\nCapEff:\t0000000000000000\n") and " 0% packet loss" in said
    done = alice.ctl("--user", "run", "--", "ping", "-c", "1", "-W", "1", alice.other.host.address, check=False)
    assert done.returncode != 0
    assert alice.ctl("--user", "run", "--", "sh", "-c", "exit 23", check=False).returncode == 23
    assert alice.ctl("--user", "run", "--", "/no/such/program", check=False).returncode == 127


def test_run_knows_names(alice):
    said = alice.ctl("--user", "run", "--", "getent", "ahostsv4", "b.bamgate.internal").stdout
    assert said.split()[0] == ITS


class Echo:
    """At the other machine: takes everything, until its end, and only then answers with the digest of it."""

    def __init__(self, alice):
        self.listener = made_on(alice.other.host, lambda: socket.create_server(("", 0)))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        self.listener.settimeout(20)
        line, _ = self.listener.accept()
        digest = hashlib.sha256()
        with line, self.listener:
            line.settimeout(20)
            while data := line.recv(65536):
                digest.update(data)
            line.sendall(digest.hexdigest().encode())


def test_nc(alice):
    """As ssh uses it; what ends there ends it, and what comes back after that is not lost."""
    echo, sent = Echo(alice), "all kinds of text\n" * 40000
    said = alice.ctl("--user", "nc", "b", echo.port, input=sent).stdout
    echo.thread.join()
    assert said == hashlib.sha256(sent.encode()).hexdigest()


def test_nc_refused(alice):
    done = alice.ctl("--user", "nc", "b", "1", check=False)
    assert done.returncode == 1 and "port 1 of 10.70.0.2" in done.stderr


def test_status_says_so(alice):
    assert "bamgate0 (user namespace)" in alice.ctl("--user", "status").stdout


# --- What is published comes in ---

def ask(alice, listener):
    """The question ends before it is answered."""
    with made_on(alice.other.host, lambda: socket.create_connection((HERS, 8080), timeout=20)) as there:
        here, _ = listener.accept()
        there.sendall(b"question")
        there.shutdown(socket.SHUT_WR)
        assert here.recv(64, socket.MSG_WAITALL) == b"question"
        here.sendall(b"answer")
        here.close()
        assert there.recv(64, socket.MSG_WAITALL) == b"answer"


def test_published(alice):
    """From this machine's own loopback to the machines of the tunnel, and to nobody else; in the next namespace, too."""
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    listener = made_on(alice.host, lambda: socket.create_server(("127.0.0.1", 8080)))
    listener.settimeout(20)
    alice.ctl("--user", "publish", "add", "web", "--tcp", "127.0.0.1:8080")
    wait_for("it is open", lambda: ":8080" in alice.inside("ss", "-Hltn").stdout)
    ask(alice, listener)
    first = alice.helper()
    alice.host.run("kill", "-9", first)
    wait_for("another one is there", lambda: alice.helper() != first)
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    wait_for("it is open there", lambda: ":8080" in alice.inside("ss", "-Hltn").stdout)
    ask(alice, listener)
    listener.close()


# --- In a mesh ---

def test_mesh(mesh):
    """Outside it is a machine as every other: hub, ICE, names, and files both ways."""
    b, alice = mesh.machine("b"), Member(mesh).up()
    b.wait_peer("alice")
    said = alice.ctl("--user", "run", "--", "ping", "-c", "1", "-W", "10", "b.bamgate.internal").stdout
    assert f"({b.address})" in said

    alice.write(alice.home / "letter", "from alice")
    sending = alice.start("send", *alice.command("bamgatectl", "--user", "send", alice.home / "letter", "b:"))
    wait_for("it is offered", lambda: b.ctl_json("receive")["files"])
    b.ctl("receive", "--all", "--directory", b.host.dir)
    assert sending.wait() == 0 and (b.host.dir / "letter").read_text().strip() == "from alice"

    (b.host.dir / "answer").write_text("from b")
    sending = b.host.start("send", program("bamgatectl"), "send", b.host.dir / "answer", "alice:")
    wait_for("it is offered", lambda: "answer" in alice.ctl("--user", "receive").stdout)
    alice.ctl("--user", "receive", "--all", "--directory", alice.home)
    assert sending.wait() == 0 and (alice.home / "answer").read_text() == "from b"


def test_not_there(mesh):
    """What only root may do is not offered, and the status says so."""
    b, alice = mesh.machine("b"), Member(mesh, routes=["192.168.9.0/24"], exit=True).up()
    b.wait_peer("alice")
    assert b.peer("alice")["Routes"] == b.peer("alice")["ExitOffered"] == []
    assert "a right of root's" in alice.ctl("--user", "status").stdout


# --- How it ends ---

def test_helper_is_killed(alice):
    """Another namespace takes the place of the first, and the tunnel goes on."""
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    first = alice.helper()
    alice.host.run("kill", "-9", first)
    wait_for("another one is there", lambda: alice.helper() != first)
    wait_for("it has its address", lambda: HERS in alice.inside("ip", "address", "show", "bamgate0", check=False).stdout)
    alice.inside("ping", "-c", "1", "-W", "10", ITS)
    alice.other.host.run("ping", "-c", "1", "-W", "10", HERS)


def test_daemon_is_killed(alice):
    """Nothing of it is left, and the next one begins anew."""
    helper = alice.helper()
    alice.host.run("kill", "-9", alice.daemon.pid)
    alice.daemon.wait()
    wait_for("the helper has ended", lambda: has_ended(helper))
    alice.up()
    alice.inside("ping", "-c", "1", "-W", "10", ITS)


def test_down(alice):
    helper = alice.helper()
    alice.ctl("--user", "down")
    wait_for("the helper has ended", lambda: has_ended(helper))
    alice.ctl("--user", "up")
    alice.inside("ping", "-c", "1", "-W", "10", ITS)


def test_not_allowed(net):
    """What the system does not let her have is named, with its switch."""
    alice = Alice(net)
    alice.start_daemon(*WITHOUT_NAMESPACES)
    done = alice.ctl("--user", "up", check=False)
    assert done.returncode == 4 and "user.max_user_namespaces" in done.stderr
