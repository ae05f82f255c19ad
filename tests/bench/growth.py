# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one daemon costs as its peers grow: memory, threads, wake-ups, time until all are connected."""

import collections
import pathlib
import re
import subprocess
import threading
import time

from lab.bamgate import UP, Machine, key_file
from lab.mesh import Mesh
from lab.paths import build_dir
from lab.wireguard import Keys

from .measures import cpu_seconds, memory_mib

REAL, LIGHT = (0, 1, 10, 50), (1000,)  # peers: daemons, and where the machine holds no more of them, light-peers
SETTLE_SECONDS = 80  # paths proved, caches warm, lines to the hub's relay that nobody needs closed (docs/relay.md)
IDLE_SECONDS, LONG_IDLE_SECONDS = 30, 130  # the longer one long enough for every session to be rekeyed once
WANTED_SECONDS = 32  # by its peers, after it was connected and went (docs/peers.md)
PATIENCE_S = 180
LIGHT_PORT = 8080
ALWAYS = {"connect": "always"}  # what is measured is connections, and not those that rest while nobody uses them


def tasks(pid):
    return list(pathlib.Path(f"/proc/{pid}/task").iterdir())


def sleeps(pid):
    """{thread id: (its name, how often it slept)}: each sleep that ends is a wake-up."""
    found = {}
    for task in tasks(pid):
        try:
            text = (task / "status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        name = text.split("Name:", 1)[1].split("\n", 1)[0].strip()
        found[task.name] = (name, int(text.split("voluntary_ctxt_switches:", 1)[1].split()[0]))
    return found


def kind(name):
    """Threads of one sort: numbers do not tell them apart."""
    return re.sub(r"\d+", "N", name)


def wake_ups(pid, seconds):
    """{sort of thread: wake-ups per second} over that time."""
    before = sleeps(pid)
    threading.Event().wait(seconds)
    rates = collections.Counter()
    for thread, (name, count) in sleeps(pid).items():
        rates[kind(name)] += (count - before.get(thread, (name, 0))[1]) / seconds
    return rates


class Real:
    """A daemon in the middle, and n that know each other's names under wrong keys, so that they keep to the middle. They run,
    and have yet to come up."""

    is_at_rest = False

    def __init__(self, net, n):
        self.n = n
        mesh = Mesh(net, hub_name=f"h{n}")
        mesh.__enter__()
        self.centre = mesh.machine(f"g{n}-0", ice=ALWAYS)
        self.leaves = [mesh.machine(f"g{n}-{i + 1}", start=False, device={"autostart": False}, ice=ALWAYS) for i in range(n)]
        wrong = Keys().public
        pins = {f"peer {leaf.name}": {"public-key": wrong, "first-seen": 1, "confirmed": False} for leaf in self.leaves}
        for leaf in self.leaves:
            others = {name: pin for name, pin in pins.items() if name != f"peer {leaf.name}"}
            pins_file = leaf.state / "known-peers"
            pins_file.touch(mode=0o600)
            pins_file.write_text(key_file(others), encoding="utf-8")
        for leaf in self.leaves:
            leaf.spawn()
        for leaf in self.leaves:
            leaf.wait_state("off")

    def all_up(self):
        """Seconds until all are connected, each told to come up at once."""
        started = time.monotonic()
        for leaf in self.leaves:
            leaf.bus.send_up()
        self.wait_all()
        return time.monotonic() - started

    def wait_all(self):
        def is_so():
            peers = self.centre.bus.peers()
            return all(peers.get(leaf.name, {}).get("State") == "connected" for leaf in self.leaves)

        self.centre.bus.wait(f"all {self.n} peers are connected", is_so, PATIENCE_S)

    def end(self):
        for machine in (self.centre, *self.leaves):
            machine.daemon.signal(15)
        for machine in (self.centre, *self.leaves):
            machine.stop()


class Light:
    """A daemon in the middle, and n peers that are one program, which is the hub too."""

    ice, options, label, state, is_at_rest = ALWAYS, (), "light", "connected", False

    def __init__(self, net, n):
        self.n = n
        host = net.host(f"{self.label}{n}")
        self.peers = host.start("light-peers", build_dir() / "tests" / "bench" / "light-peers", host.address, LIGHT_PORT, n, *self.options,
                                stdin=subprocess.PIPE)
        self.peers.wait_line("ready", PATIENCE_S)
        self.centre = Machine(net.host(f"{self.label}{n}-m"), {
            "network": {"server-url": f"ws://{host.address}:{LIGHT_PORT}/connect"},
            "device": {"name": "m", "address": "10.64.0.1/16", "autostart": True},
            "ice": {"stun-servers": [], **self.ice}}, {"token": "it-does-not-ask-for-one"})
        self.centre.write_secret("device-key", self.centre.keys.private)
        self.centre.start().wait_state("online")

    def all_up(self):
        started = time.monotonic()
        self.peers.write_line("join")
        if self.n > 0:  # it says a number when that changes
            self.peers.wait_line(f"sessions {self.n}", PATIENCE_S)
        self.wait_all()
        return time.monotonic() - started

    def wait_all(self):
        """Asked now and then: a thousand peers and their changes are more than this program can follow."""
        deadline = time.monotonic() + PATIENCE_S
        while sum(peer["State"] == self.state for peer in self.centre.bus.peers().values()) < self.n:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not all {self.n} peers are {self.state}")
            threading.Event().wait(0.25)

    def end(self):
        self.centre.stop()
        self.peers.stop()


class Known(Light):
    """The same peers once they proved their keys: in the network, and at rest, since nobody has anything to say."""

    ice, options, label, is_at_rest = {"connect": "on-demand"}, ("rest",), "known", True

    def all_up(self):
        """Seconds until a daemon that starts anew knows that all are there."""
        super().all_up()
        self.centre.stop()
        threading.Event().wait(WANTED_SECONDS)
        self.state = "idle"
        started = time.monotonic()
        self.centre.start().wait_state(*UP)
        self.wait_all()
        return time.monotonic() - started


def measure(crowd, is_long):
    idle = LONG_IDLE_SECONDS if is_long else IDLE_SECONDS
    seconds = crowd.all_up()
    pid = crowd.centre.daemon.pid
    threading.Event().wait(SETTLE_SECONDS)
    used = cpu_seconds([pid])
    rates = wake_ups(pid, idle)
    row = {"peers": crowd.n, "rest": crowd.is_at_rest, "mib": round(memory_mib([pid]), 1), "threads": len(tasks(pid)),
           "wakeups_per_s": round(sum(rates.values()), 1), "all_up_s": round(seconds, 2),
           "wakeups_by_thread": {name: round(rate, 2) for name, rate in rates.most_common(8) if rate >= 0.05},
           "idle_cpu_percent": round((cpu_seconds([pid]) - used) / idle * 100, 2)}
    # The restarted daemon finds all of them waiting: the time of one that comes back.
    crowd.centre.stop()
    started = time.monotonic()
    crowd.centre.start().wait_state(*UP)
    crowd.wait_all()
    row["restart_s"] = round(time.monotonic() - started, 2)
    crowd.end()
    return row


def run(net, say, is_long):
    rows = []
    for make, n in [*((Real, n) for n in REAL), *((make, n) for make in (Light, Known) for n in LIGHT if is_long)]:
        rows.append(measure(make(net, n), is_long))
        say(f"growth: {rows[-1]}")
    return rows
