# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgated --user: an ordinary user's own daemon in a user namespace of hers, with her secrets in her keyring."""

import pytest

from lab.bamgate import key_file
from lab.wait import wait_for
from lab.wireguard import Keys, new_psk
from person import Person

ALICE, BOB = 60201, 60202
IN_NAMESPACE = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]
PSK = "peer/other/psk"

pytestmark = pytest.mark.users


class Own:
    """Her daemon, in a network of her own unless `namespace` says otherwise, and what she says to it."""

    def __init__(self, person, namespace=tuple(IN_NAMESPACE)):
        self.person, self.namespace = person, namespace
        self.config = person.home / ".config" / "bamgate" / "bamgate.conf"
        self.state = person.home / ".state" / "bamgate"
        self.secrets = self.state / "secrets"
        self.keys = Keys()
        self.starts = 0
        self.daemon = None

    def spawn(self, *options):
        self.starts += 1
        return self.person.start(f"own-{self.starts}", *self.namespace, *self.person.command("bamgated", "--user", *options))

    def start(self, *options):
        self.daemon = self.spawn(*options)
        self.daemon.wait_line("on the bus")
        return self

    def ctl(self, *arguments, **kwargs):
        return self.person.ctl("--user", *arguments, **kwargs)

    def inside(self, *command):
        """Root, in the network of her daemon."""
        return self.person.host.out("nsenter", "-n", "-t", self.daemon.pid, *command)

    def write(self, path, text):
        self.person.run("sh", "-c", 'umask 077; mkdir -p "$(dirname "$0")"; printf "%s\\n" "$1" > "$0"', path, text)

    def configure(self, address, other=None, endpoint=None, psk=None):
        peer = {"public-key": (other.keys if other else Keys()).public, "allowed-ips": ["10.70.0.0/24"]}
        if endpoint:
            peer["endpoint"] = f"{endpoint}:51820"
        self.write(self.config, key_file({
            "device": {"name": self.person.name, "address": f"{address}/24", "autostart": False, "listen-port": 51820},
            "peer other": peer}))
        self.write(self.secrets / "device-key", self.keys.private)
        if psk:
            self.write(self.secrets / "peer%2Fother%2Fpsk", psk)
        return self

    def files(self):
        return sorted(path.name for path in self.secrets.iterdir()) if self.secrets.exists() else []

    def everything(self):
        """What all of her files say."""
        paths = [path for root in (self.config.parent, self.state) for path in root.rglob("*") if path.is_file()]
        return "".join(path.read_text(errors="replace") for path in paths)


def link(alice, bob):
    """A cable between the two networks."""
    host = alice.person.host
    host.run("ip", "link", "add", "cable", "netns", alice.daemon.pid, "type", "veth", "peer", "name", "cable", "netns", bob.daemon.pid)
    for own, address in ((alice, "192.0.2.1/24"), (bob, "192.0.2.2/24")):
        own.inside("ip", "address", "add", address, "dev", "cable")
        own.inside("ip", "link", "set", "cable", "up")


def test_two_users_with_a_tunnel(net):
    """Nobody has a right that a user has not; secrets go from the files into the keyrings, and come from there."""
    host, psk = net.host("a"), new_psk()
    alice, bob = (Own(Person(host, name, uid)) for name, uid in (("alice", ALICE), ("bob", BOB)))
    alice.configure("10.70.0.1", bob, "192.0.2.2", psk).start()
    bob.configure("10.70.0.2", alice, "192.0.2.1", psk).start()
    link(alice, bob)
    for _ in range(2):
        for own in (alice, bob):
            own.ctl("up")
            wait_for("no file holds it", lambda own=own: own.files() == [])
            assert own.person.kept(("device-key", PSK)) == {"device-key": own.keys.private, PSK: psk}
        alice.inside("ping", "-c", "1", "-W", "10", "10.70.0.2")
        for own in (alice, bob):
            own.ctl("down")
    for own in (alice, bob):
        assert own.keys.private not in own.everything() and psk not in own.everything()
        assert "keyring" in own.ctl("secrets").stdout
        assert own.keys.private not in own.daemon.output()
        assert own.daemon.stop() == 0


def test_one_for_one_user(net):
    """On the same bus, and on another one too; another user's is another."""
    host = net.host("a")
    alice = Own(Person(host, "alice", ALICE, keyring=False)).configure("10.70.0.1").start()
    second = alice.spawn()
    assert second.wait() == 69 and "another bamgated, process" in second.output()
    third = alice.spawn("--bus", f"unix:path={host.dir}/no-bus")
    assert third.wait() == 69
    Own(Person(host, "bob", BOB, keyring=False)).configure("10.70.0.2").start()
    assert alice.daemon.stop() == 0
    alice.start()


def test_nobody_else_may(net):
    """On a bus that lets everybody in; not even for what all may ask elsewhere, and root neither."""
    host = net.host("a")
    alice = Own(Person(host, "alice", ALICE, keyring=False, policy='<allow user="*"/>')).configure("10.70.0.1").start()
    bob, root = Person(host, "bob", BOB, keyring=False), Person(host, "root", keyring=False)
    bus = f"unix:path={alice.person.runtime}/bus"
    alice.person.home.chmod(0o755)
    alice.person.runtime.chmod(0o755)
    for other in (bob, root):
        for words in (("up",), ("config",), ("secrets",)):
            done = other.ctl("--bus", bus, *words, check=False)
            assert done.returncode == 4 and "another user's own" in done.stderr, (words, done.stdout, done.stderr)
    assert "another user's own" in alice.daemon.output()
    alice.ctl("config")


def test_without_a_keyring(net):
    """Secrets are files of hers that nobody else reads, and the list says so; they move when there is a keyring."""
    person = Person(net.host("a"), "alice", ALICE, keyring=False)
    alice = Own(person).configure("10.70.0.1").start()
    alice.ctl("up")
    assert alice.files() == ["device-key"] and alice.keys.private not in alice.daemon.output()
    assert (alice.secrets / "device-key").stat().st_mode & 0o777 == 0o600
    assert alice.secrets.stat().st_mode & 0o777 == 0o700
    assert "a file that only the daemon reads" in alice.ctl("secrets").stdout
    alice.ctl("down")
    person.start_keyring()
    alice.ctl("up")
    wait_for("no file holds it", lambda: alice.files() == [])
    # a keyring that has gone is no reason to think that there is no key
    alice.ctl("down")
    person.end_keyring()
    assert "has no keyring" in alice.ctl("up", check=False).stderr


def test_a_stranger_in_the_settings(net):
    """A secret that is another user's is asked of nobody."""
    alice = Own(Person(net.host("a"), "alice", ALICE, keyring=False)).configure("10.70.0.1")
    alice.write(alice.config, alice.config.read_text() + f"\n[secrets]\ndevice-key=user:{BOB}\n")
    (alice.secrets / "device-key").unlink()
    alice.start()
    done = alice.ctl("up", check=False)
    assert done.returncode == 1 and "asks only that person" in done.stderr


def test_as_root_of_a_namespace(net):
    """There she is somebody else to her bus, which lets nobody in under a wrong number; the daemon says so and waits."""
    alice = Own(Person(net.host("a"), "alice", ALICE, keyring=False), ("unshare", "-Urn")).configure("10.70.0.1")
    alice.spawn().wait_line("not on the bus")
