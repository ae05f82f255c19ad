# SPDX-License-Identifier: LGPL-2.1-or-later
"""A static peer whose endpoint is a name, and the name's address changes while traffic goes on.

    a, endpoint=home.test:51820 ── r ── b
"""

import time

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.wait import wait_for
from lab.wireguard import show

NAME, PORT = "home.test", 51820


class Hosts:
    """The hosts file of one host."""

    def __init__(self, host):
        self.file = host.dir / "hosts"
        self.file.touch()
        host.run("mount", "--bind", self.file, "/etc/hosts")

    def say(self, address):
        self.file.write_text(f"127.0.0.1 localhost\n{address} {NAME}\n", encoding="ascii")


@pytest.mark.limit(150)
def test_name_moves_under_traffic(net):
    """What a, which goes on pinging, does about it: ask again, say that it is connecting, shake hands with the new address."""
    a, b = net.host("a"), net.host("b")
    hosts = Hosts(a)
    hosts.say(b.address)
    home = static_machine(b, "10.70.0.2/24", {}, {"listen-port": PORT})
    ours = static_machine(a, "10.70.0.1/24", {"home": {"public-key": home.keys.public, "allowed-ips": ["10.70.0.2/32"],
                                                       "endpoint": f"{NAME}:{PORT}"}})
    home.write_config({"device": {"name": "b", "autostart": True, "address": "10.70.0.2/24", "listen-port": PORT},
                       "peer a": {"public-key": ours.keys.public, "allowed-ips": ["10.70.0.1/32"]}})
    home.start().wait_state("online")
    ours.start().wait_state("online")
    measure.ping_until_answered(a, "10.70.0.2")
    before = int(show(a, ours.interface, "latest-handshakes")[home.keys.public])

    home.stop()
    net.move(b)
    home.start().wait_state("online")
    hosts.say(b.address)
    moved = time.monotonic()
    a.start("ping", "ping", "-n", "-q", "-i", "5", "10.70.0.2")
    ours.wait_peer("home", seconds=60, state="connecting")
    wait_for("another session", lambda: int(show(a, ours.interface, "latest-handshakes")[home.keys.public]) > before, 60)
    print(f"\nfound after {time.monotonic() - moved:.1f} s")
    assert show(a, ours.interface, "endpoints")[home.keys.public] == f"{b.address}:{PORT}"
    ours.wait_peer("home", state="connected")
    measure.ping_until_answered(a, "10.70.0.2")
