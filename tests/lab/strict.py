# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with a strict exit, somebody on it who tries every way past that, and a look at its wire.

    a bamgated, as a user of its own ── r ── b wireguard-go: the exit
                                         └── w, a host of the Internet
"""

import os
import random
import threading

from .bamgate import Machine
from .exits import MARK, OURS4, OURS6, THEIRS4, THEIRS6, masquerade
from .exits import PORT as WG_PORT
from .leaks import ICMP, ICMP6, PORT, TCP, UDP, Prober, Wire, is_upkeep
from .wireguard import WireguardGo

UID = 65534  # nobody, whom the bus knows
OUR_PORT = 40404
LOOK_S = 0.25  # in which the prober tries everything a few times

POLICY = """<busconfig><policy user="nobody"><allow own="org.bamgate.Tunnel1"/><allow send_destination="org.bamgate.Tunnel1"/></policy>
</busconfig>"""


class OwnUser(Machine):
    """The daemon as under its unit: nobody but for CAP_NET_ADMIN."""

    def __init__(self, host):
        policy = host.dir / "nobody.conf"
        policy.write_text(POLICY, encoding="ascii")
        super().__init__(host, policies=[policy])

    def command(self, *options):
        return ["setpriv", "--reuid", UID, "--regid", UID, "--clear-groups", "--inh-caps=-all,+net_admin",
                "--ambient-caps=+net_admin", "--bounding-set=-all,+net_admin", *super().command(*options)]

    def give(self):
        for folder, _, names in os.walk(self.host.dir):
            for name in (".", *names):
                os.chown(os.path.join(folder, name), UID, UID)
        os.chmod(self.host.dir, 0o755)


class Strict:
    def __init__(self, net, seed):
        self.leaked = 0
        self.net, self.random = net, random.Random(seed)
        self.a, self.b, self.w = net.host("a"), net.host("b"), net.host("w")
        self.theirs = WireguardGo(self.b, [f"{THEIRS4}/24", f"{THEIRS6}/64"], WG_PORT)
        self.ours = OwnUser(self.a)
        self.ours.write_config({
            "device": {"name": "a", "address": f"{OURS4}/24", "address6": f"{OURS6}/64", "listen-port": OUR_PORT},
            "peer b": {"public-key": self.theirs.keys.public, "endpoint": f"{self.b.address}:{WG_PORT}", "keepalive": 1,
                       "allowed-ips": [f"{THEIRS4}/32", f"{THEIRS6}/128", "0.0.0.0/0", "::/0"]}})
        self.ours.write_secret("device-key", self.ours.keys.private)
        self.theirs.add_peer(self.ours.keys.public, [f"{OURS4}/32", f"{OURS6}/128"])
        masquerade(self.b, "wg0")
        self.ours.give()
        gateway = self.a.out("ip", "route", "show", "default").split()[2]
        self.targets = [(self.w.address, (PORT, 53)), (self.w.address6, (PORT, 53)), (gateway, (53,)),
                        (self.b.address, (WG_PORT, PORT))]
        self.start()

    # what happens to it

    def start(self):
        self.ours.give()
        self.ours.start().wait_state("online", "degraded")

    def lose(self):
        self.b.run("ip", "link", "set", "wg0", "down")

    def find(self):
        self.b.run("ip", "link", "set", "wg0", "up")
        self.b.run("ip", "address", "replace", f"{THEIRS6}/64", "dev", "wg0", "nodad")

    def kill_and_start(self):
        self.ours.kill()
        self.look("killed")
        self.start()

    def stop_and_start(self):
        assert self.ours.stop() == 0
        self.look("stopped")
        self.start()

    def down_and_up(self):
        self.ours.ctl("down")
        assert self.ours.bus.tunnel()["ExitState"] == "lost"
        self.look("down")
        self.ours.ctl("up")

    def move(self):
        self.net.move(self.a)

    def unplug(self):
        self.a.run("ip", "link", "set", "eth0", "down")
        self.a.run("ip", "link", "set", "eth0", "up")
        self.a.run("ip", "address", "replace", f"{self.a.address6}/64", "dev", "eth0", "nodad")
        if not self.a.out("ip", "route", "show", "default"):
            self.a.run("ip", "route", "add", "default", "via", self.gateway4, "dev", "eth0")
        if not self.a.out("ip", "-6", "route", "show", "default"):
            self.a.run("ip", "-6", "route", "add", "default", "via", self.gateway6, "dev", "eth0")

    # what is seen of it

    def is_ours(self, packet):
        """Of the tunnel, by the socket that it has."""
        return packet.protocol == UDP and packet.to == self.b.address and (packet.sport, packet.dport) == (OUR_PORT, WG_PORT)

    def look(self, what):
        """Nothing else was on the wire since the last time, nor is now."""
        before = self.prober.rounds
        self.pause.wait(LOOK_S)
        assert self.prober.rounds > before
        leaked = [packet for packet in self.wire.take() if not self.is_ours(packet) and not is_upkeep(packet)]
        self.leaked += len(leaked)
        assert leaked == [], f"{what}: {leaked[:5]}"

    def see_all(self):
        """The detector sees what there is: every protocol, both families, to everybody."""
        self.wire.take()
        self.pause.wait(4 * LOOK_S)
        seen = self.wire.take()
        kinds = {(packet.version, packet.protocol) for packet in seen}
        assert kinds >= {(4, ICMP), (4, TCP), (4, UDP), (6, ICMP6), (6, TCP), (6, UDP)}, kinds
        assert {port for packet in seen if packet.protocol == UDP for port in [packet.dport]} >= {53, PORT, WG_PORT}

    def __enter__(self):
        self.pause = threading.Event()
        self.gateway4 = self.a.out("ip", "-4", "route", "show", "default").split()[2]
        self.gateway6 = self.a.out("ip", "-6", "route", "show", "default").split()[2]
        self.wire = Wire(self.net.router, self.a).__enter__()
        self.prober = Prober(self.a, self.targets, MARK).__enter__()
        return self

    def __exit__(self, *_):
        self.prober.__exit__()
        self.wire.__exit__()


def events(lab):
    """What can happen, each with the word for a failure; it ends as it began."""
    def lost():
        lab.lose()
        lab.look("lost")
        lab.find()

    return {"lost": lost, "killed": lab.kill_and_start, "stopped": lab.stop_and_start, "down": lab.down_and_up, "moved": lab.move,
            "unplugged": lab.unplug}


def wait_active(lab):
    lab.ours.bus.wait("exit is active", lambda: lab.ours.bus.tunnel()["ExitState"] == "active", 20)


def shut(lab, *options):
    lab.ours.ctl("exit", "set", "b", "--strict=yes", *options)
    lab.wire.take()
