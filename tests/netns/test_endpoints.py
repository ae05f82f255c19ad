# SPDX-License-Identifier: LGPL-2.1-or-later
"""Endpoints of an account on a machine: by their names and addresses, for programs of this machine alone, as long as the account and the daemon want it."""

import contextlib
import ipaddress
import json
import socket

import pytest

from lab import resolvers
from lab.bamgate import Machine
from lab.json_program import JsonProgram
from lab.namespaces import made_on
from lab.resolvers import Helper, find, own_etc, read, write
from lab.wait import wait_for

HOSTS = "127.0.0.1\tlocalhost\r\n10.9.9.9\tmine.example # the person's"  # as somebody's editor left it
WEB, DB = "web.staging", "db.staging"

pytestmark = pytest.mark.skipif(not resolvers.is_root(), reason="needs another /etc")


class World:
    """A machine whose account is on its own loopback."""

    def __init__(self, net, is_mounted=False, has_key=True):
        self.host = net.host("a")
        own_etc(self.host)
        write(self.host, "/etc/hosts", HOSTS)
        self.host.run("ip", "address", "add", "10.107.255.1/24", "dev", "lo")  # a network that the default one meets
        if is_mounted:  # as in a container, where nothing can take the file's place
            self.host.run("sh", "-ec", "cp /etc/hosts /run/hosts; mount --bind /run/hosts /etc/hosts")
        directory = self.host.dir / "account"
        directory.mkdir()
        self.account = JsonProgram(self.host, "lab.fake_ngrok", directory)
        ready = self.account.wait("ready")
        self.key, self.url = ready["key"], ready["url"]
        self.helper = Helper(self.host)
        self.machine = Machine(self.host, {
            "ngrok": {"api-url": ready["url"], "ingress-ca": ready["trust"], "poll-interval": 1},
            "publish": {"drain": 2}}, {"api-key": ready["key"]} if has_key else {})

    def start(self):
        self.machine.start(f"--dns-socket={self.helper.path}")

    def bind(self, url, origin=None):
        scheme, _, place = url.partition("://")
        name, _, port = place.partition(":")
        self.account.say({"bind": [url], "origin": [name, int(port or 80), *(origin or [])]} if origin else {"bind": [url]})

    def wait_name(self, name):
        wait_for(f"{name} has an address", lambda: find(self.host, name))
        return find(self.host, name)

    def wait_nameless(self, name):
        wait_for(f"{name} has none", lambda: find(self.host, name) == "")

    def own_addresses(self):
        return [row["local"] for link in self.host.ip_json("address", "show", "dev", "lo") for row in link["addr_info"]
                if row.get("label") == "lo:bamgate" or row["local"].startswith("fd")]

    def connect(self, address, port=5432):
        def make():
            sock = socket.create_connection((address, port), timeout=10)
            sock.settimeout(10)
            return sock
        return made_on(self.host, make)

    def serials(self):
        self.account.say({"serials": True})
        return self.account.wait("serials")["serials"]

    def close(self):
        self.account.close()


@pytest.fixture
def world(net):
    with contextlib.closing(World(net)) as made:
        yield made


@pytest.fixture
def container(net):
    with contextlib.closing(World(net, is_mounted=True)) as made:
        yield made


@pytest.fixture
def keyless(net):
    with contextlib.closing(World(net, has_key=False)) as made:
        yield made


def says(sock, text):
    """It is echoed."""
    sock.sendall(text)
    got = b""
    while len(got) < len(text):
        part = sock.recv(len(text) - len(got))
        assert part, f"cut off behind {got!r}"
        got += part
    assert got == text


def refuses(host, address, port):
    """A connection from `host` comes to nothing."""
    def make():
        with socket.socket() as sock:
            sock.settimeout(2)
            return sock.connect_ex((address, port))
    return made_on(host, make) != 0


def test_an_endpoint_comes_and_goes(net, world):
    for url in (f"http://{WEB}", f"tcp://{DB}:5432", "http://mine.example", "http://github.com", "http://x.bamgate.internal"):
        world.bind(url, ["http"] if url.endswith(WEB) else None)
    world.start()
    web, db = world.wait_name(WEB), world.wait_name(DB)
    assert web != db and all(address.startswith("10.108.") for address in (web, db))  # the default's network is another's here
    said = json.loads(world.host.out("curl", "-sS", "--max-time", "20", f"http://{WEB}/path"))
    assert f"Host: {WEB}\r\n" in said["head"]
    with world.connect(db) as sock:
        says(sock, b"hello")

    # What is the person's, a name of the Internet's or of the network's stays as it was.
    assert find(world.host, "mine.example") == "10.9.9.9"
    assert find(world.host, "github.com") == "" and find(world.host, "x.bamgate.internal") == ""
    assert read(world.host, "/etc/hosts").startswith(HOSTS.replace("\r\n", "\n"))

    # A machine beside it that sends packets for the address there gets nowhere, unlike to what another program has there.
    beside, wire = net.host("b"), ipaddress.ip_network("192.168.77.0/24")
    net.join(beside, "wire0", world.host, "wire0", wire)
    beside.run("ip", "route", "add", f"{web}/32", "via", str(wire[1]))
    beside.run("ip", "route", "add", f"{db}/32", "via", str(wire[1]))
    with made_on(world.host, lambda: socket.create_server((web, 8081))):
        assert not refuses(beside, web, 8081)
    assert refuses(beside, web, 80) and refuses(beside, db, 5432)

    # Gone for new ones at once, and whoever is inside has some time.
    with world.connect(db) as sock:
        says(sock, b"before")
        world.account.say({"unbind": [f"tcp://{DB}:5432"]})
        world.wait_nameless(DB)
        says(sock, b"after")
        assert refuses(world.host, db, 5432)
    wait_for("its address is gone", lambda: db not in world.own_addresses())
    assert web in world.own_addresses()

    assert world.machine.stop() == 0
    world.helper.process.wait()
    assert world.own_addresses() == []
    assert read(world.host, "/etc/hosts") == HOSTS.replace("\r\n", "\n")
    assert world.host.out("od", "-c", "/etc/hosts").count("\\r") == HOSTS.count("\r")


def test_settings_while_it_runs(net, world):
    world.bind(f"tcp://{DB}:5432")
    world.start()
    db = world.wait_name(DB)
    with world.connect(db) as lasting:
        says(lasting, b"before")
        world.machine.ctl("config", "set", "publish.drain=0", f"publish.listen-each={DB}:5432 all")
        world.wait_nameless(DB)
        world.helper.again()
        beside = net.host("b")
        assert not refuses(beside, world.host.address, 9080)  # open to others, at a port of the pool's
        world.machine.ctl("config", "set", "publish.allow-from=192.168.99.0/24", "publish.listen-each=")
        assert world.wait_name(DB) == db
        says(lasting, b"through all of it")
    world.machine.ctl("config", "set", "publish.subnet=10.200.0.0/20")
    wait_for("it has another address", lambda: find(world.host, DB).startswith("10.200."))
    world.machine.ctl("config", "set", "ngrok.enabled=false")
    world.wait_nameless(DB)
    world.helper.again()
    assert world.own_addresses() == []
    world.machine.ctl("config", "set", "ngrok.enabled=true")
    world.wait_name(DB)


def test_what_is_the_persons_comes_first(net, world):
    """A network that the machine comes into has its addresses, and a program its port."""
    world.bind(f"tcp://{DB}:5432")
    world.start()
    before = world.wait_name(DB)
    with world.connect(before) as sock:
        says(sock, b"hello")
    net.join(net.host("b"), "cafe0", world.host, "cafe0", ipaddress.ip_network("10.108.0.128/25"))
    wait_for("others are its addresses", lambda: find(world.host, DB).startswith("10.109."))
    now = find(world.host, DB)
    assert before not in world.own_addresses() and now in world.own_addresses()
    with world.connect(now) as sock:
        says(sock, b"hello")

    with made_on(world.host, lambda: socket.create_server(("", 5433))):
        world.bind(f"tcp://{DB}:5433")
        wait_for("it is said", lambda: "5433" in rows(world).get(f"{DB}:5433", {}).get("state_reason", ""))
        world.machine.ctl("config", "set", "publish.on-conflict=port")
        wait_for("it is elsewhere", lambda: rows(world)[f"{DB}:5433"]["listen_port"] == 9080)
        assert rows(world)[f"{DB}:5433"]["local_only"] and "9080" in rows(world)[f"{DB}:5433"]["state_reason"]
        with world.connect(now, 9080) as sock:
            says(sock, b"hello")
    wait_for("it is back", lambda: rows(world)[f"{DB}:5433"]["listen_port"] == 5433)
    assert find(world.host, DB) == now


def test_a_killed_daemon_and_one_without_the_account(container):
    world = container
    world.bind(f"tcp://{DB}:5432")
    world.start()
    db = world.wait_name(DB)
    with world.connect(db) as sock:
        says(sock, b"x")
    world.machine.kill()
    world.helper.again()
    assert read(world.host, "/etc/hosts") == HOSTS.replace("\r\n", "\n")
    assert find(world.host, DB) == "" and db in world.own_addresses()
    world.account.say({"fail": {"on": "GET", "kind": "status", "status": 503, "times": 1000}})
    world.start()
    assert world.wait_name(DB) == db
    with world.connect(db) as sock:
        says(sock, b"as before")

    world.machine.kill()
    world.machine.write_config({"ngrok": {"enabled": False}})
    world.helper.again()
    world.start()
    assert world.own_addresses() == []


def test_a_certificate_is_renewed_under_load(world):
    world.account.say({"lifetime": 6, "keeps-old": True})
    world.bind(f"tcp://{DB}:5432")
    world.start()
    db = world.wait_name(DB)
    with world.connect(db) as lasting:
        says(lasting, b"the first")
        before = world.serials()

        def another():
            with world.connect(db) as sock:
                says(sock, b"one more")
            return len(world.serials()) > len(before) + 1

        wait_for("the ingress is shown new certificates", another, 30)
        says(lasting, b"still the first")


def rows(world):
    return {row["key"]: row for row in world.machine.ctl_json("endpoints")["endpoints"]}


def wait_well(world, *keys):
    """All are ready, and a script hears so."""
    wait_for(f"{keys} are ready", lambda: set(keys) <= {key for key, row in rows(world).items() if row["state"] == "ready"})
    wait_for("all is well", lambda: world.machine.ctl("endpoints", "health", check=False).returncode == 0)


def test_a_person_at_a_terminal(keyless):
    """From the API key to the end of it, and again with what ngrokd left."""
    world, ctl, file = keyless, keyless.machine.ctl, keyless.host.dir / "given"
    world.bind(f"http://{WEB}", ["http"])
    world.bind(f"tcp://{DB}:5432")
    world.start()
    assert "set-api-key" in ctl("endpoints").stdout and ctl("endpoints", "health", check=False).returncode == 1
    file.write_text("a-key-of-nobody's\n", encoding="utf-8")
    assert ctl("endpoints", "set-api-key", str(file), check=False).returncode == 4
    file.write_text(world.key + "\n", encoding="utf-8")
    assert "k8sop_" in ctl("endpoints", "set-api-key", str(file)).stdout
    wait_well(world, f"{WEB}:80", f"{DB}:5432")
    assert world.wait_name(WEB) in rows(world)[f"{WEB}:80"]["addresses"]
    with world.connect(world.wait_name(DB)) as sock:
        says(sock, b"hello")
        shown = world.machine.ctl_json("endpoints", "show", DB)
        assert (shown["connections"], shown["tx_bytes"], shown["rx_bytes"]) == (1, 5, 5)

    ctl("endpoints", "set", DB, "all")
    wait_for("it is to be had for others", lambda: rows(world)[f"{DB}:5432"]["listen_port"] >= 9080)
    with world.connect(world.host.address, rows(world)[f"{DB}:5432"]["listen_port"]) as sock:
        says(sock, b"hello")

    ctl("endpoints", "unregister", "--yes")
    assert rows(world) == {} and world.machine.ctl_json("endpoints", "status")["has_key"] is False
    file.write_text(f"api:\n  url: {world.url}\n  key: {world.key}\nnet:\n  overrides:\n    {DB}: virtual\n    {WEB}: 0.0.0.0\n", encoding="utf-8")
    ctl("import", str(file))
    wait_well(world, f"{WEB}:80", f"{DB}:5432")
    assert rows(world)[f"{WEB}:80"]["mode"] == "0.0.0.0"
    assert world.key not in world.machine.daemon.output()
