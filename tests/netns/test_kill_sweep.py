# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon is killed at one step after the other of what it does to its machine: every message to the kernel, every file that it puts in place.
After the next start, and once the person wants no exit and no tunnel, the machine is as it was before.

    a bamgated, a gateway with a strict exit ── r ── b, who never answers
"""

import contextlib
import os
import random
import re
import signal

import pytest

from lab.bamgate import static_machine
from lab.process import LabError
from lab.resolvers import Helper, is_root, own_etc, read
from lab.wait import wait_for
from lab.wireguard import Keys

LAN, NETS = "lan0", ("192.168.50.0/24", "fd50::/64")
STEPS = "sendto,sendmsg,ioctl,rename,renameat,renameat2,unlink,unlinkat"
SWITCHES = "grep -r . /proc/sys/net/ipv4/conf/*/{forwarding,rp_filter,src_valid_mark} /proc/sys/net/ipv6/conf/*/{forwarding,force_forwarding,accept_ra} 2>&-"
SEED = int(os.environ.get("BAMGATE_TEST_SEED", "1"))
SOME = 24


def snapshot(host):
    """Rules, routes, links, addresses, packet filter, switches and names of the machine."""
    text = "\n".join(host.out("sh", "-c", command, check=False) for command in (
        "ip -4 rule; ip -6 rule", "ip -4 route show table all; ip -6 route show table all", "ip -brief link; ip -brief address",
        "nft list ruleset"))
    text += host.out("bash", "-c", SWITCHES, check=False) + read(host, "/etc/hosts") + read(host, "/etc/resolv.conf")
    return sorted(re.sub(r" expires \d+sec", "", line) for line in text.splitlines())


class Sweep:
    """One machine, which is killed again and again."""

    def __init__(self, net):
        self.a, b = net.host("a"), net.host("b")
        own_etc(self.a)
        self.helper = Helper(self.a)
        self.a.run("ip", "link", "add", LAN, "type", "bridge")
        self.a.run("ip", "link", "set", LAN, "up")
        for address in "192.168.50.1/24", "fd50::1/64":
            self.a.run("ip", "address", "add", address, "dev", LAN, *(["nodad"] if ":" in address else []))
        peer = {"public-key": Keys().public, "allowed-ips": ["10.70.0.2/32", "fd70::2/128", "10.80.0.0/16", "0.0.0.0/0", "::/0"],
                "endpoint": f"{b.address}:51820"}
        self.ours = static_machine(self.a, ("10.70.0.1/24", "fd70::1/64"), {"b": peer},
                                   {"autostart": False, "routes": list(NETS)})
        self.settings = self.ours.config.read_text(encoding="utf-8")
        self.before, self.rounds = snapshot(self.a), 0

    def start(self):
        """With a helper that waits for it: the one before went with its daemon, unless that had not come to it."""
        with contextlib.suppress(LabError):
            self.helper.process.wait(0.5 if self.ours.starts else 0)
            self.helper.start()
        self.ours.start(f"--dns-socket={self.helper.path}")

    @contextlib.contextmanager
    def traced(self, *options):
        """The main thread, which does all of it."""
        self.rounds += 1
        log = self.a.dir / f"steps-{self.rounds}"
        tracer = self.a.start(f"strace-{self.rounds}", "strace", "-p", str(self.ours.daemon.pid), "-o", log, "-e", f"trace={STEPS}", *options)
        tracer.wait_line("attached")
        try:
            yield log
        finally:
            if tracer.is_running():
                tracer.signal(signal.SIGTERM)
            tracer.wait()

    def live(self):
        """All that changes the machine, there and back; True where the daemon outlived it."""
        for words in (("up",), ("exit", "set", "b", "--strict=yes"), ("config", "set", "device.routes="), ("exit", "set", "none"), ("down",)):
            if self.ours.ctl(*words, check=False).returncode != 0:
                self.ours.daemon.wait()
                return False
        return True

    def check_nothing_left(self, step):
        self.ours.ctl("exit", "set", "none")
        self.ours.ctl("down", check=False)
        self.ours.bus.wait("it is down", lambda: self.ours.state_is("off"))
        with contextlib.suppress(LabError):
            wait_for("nothing is left", lambda: snapshot(self.a) == self.before, 5)
        now = snapshot(self.a)
        left = [f"- {line}" for line in self.before if line not in now] + [f"+ {line}" for line in now if line not in self.before]
        assert not left, "\n".join([f"killed at step {step}", *left])

    def begin(self):
        self.ours.config.write_text(self.settings, encoding="utf-8")
        self.start()

    def end(self, step):
        self.check_nothing_left(step)
        assert self.ours.stop() == 0

    def count_steps(self):
        self.begin()
        with self.traced() as log:
            assert self.live()
        self.end(0)
        return sum("(" in line for line in log.read_text(encoding="utf-8", errors="replace").splitlines())

    def kill_at(self, step):
        """True where it came to that step."""
        self.begin()
        with self.traced("-e", f"inject={STEPS}:signal=SIGKILL:when={step}"):
            outlived = self.live()
        if not outlived:
            self.start()
        self.end(step)
        return not outlived


@pytest.fixture
def sweep(net):
    if not is_root():
        pytest.skip("not on this machine: other users than root")
    return Sweep(net)


@pytest.mark.limit(180)
def test_some_steps(sweep):
    n = sweep.count_steps()
    steps = sorted(random.Random(SEED).sample(range(1, n), SOME))
    print(f"{n} steps; killed at {steps}")
    assert n > 100
    assert sum(sweep.kill_at(step) for step in steps) > SOME / 2  # how many there are depends on what happens around


@pytest.mark.long
@pytest.mark.limit(3600)
def test_every_step(sweep):
    n = sweep.count_steps()
    killed = [sweep.kill_at(step) for step in range(1, n)]
    print(f"killed at {sum(killed)} of {n} steps")
    assert sum(killed) > n / 2
