# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one daemon costs as its peers grow: memory, threads, wake-ups, time until all are connected."""

import collections
import pathlib
import re
import threading
import time

from lab.bamgate import UP, key_file
from lab.mesh import Mesh
from lab.wireguard import Keys

from .measures import cpu_seconds, memory_mib

COUNTS = (0, 1, 10, 50)
SETTLE_SECONDS, IDLE_SECONDS = 8, 130  # long enough for every session to be rekeyed once


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


def star(net, n):
    """A daemon in the middle, and n that know each other's names under wrong keys, so that they keep to the middle."""
    mesh = Mesh(net, hub_name=f"h{n}")
    mesh.__enter__()
    centre = mesh.machine(f"g{n}-0")
    leaves = [mesh.machine(f"g{n}-{i + 1}", start=False) for i in range(n)]
    wrong = Keys().public
    pins = {f"peer {leaf.name}": {"public-key": wrong, "first-seen": 1, "confirmed": False} for leaf in leaves}
    for leaf in leaves:
        others = {name: pin for name, pin in pins.items() if name != f"peer {leaf.name}"}
        pins_file = leaf.state / "known-peers"
        pins_file.touch(mode=0o600)
        pins_file.write_text(key_file(others), encoding="utf-8")
    return centre, leaves


def wait_all(centre, leaves, seconds=180):
    def is_so():
        peers = centre.bus.peers()
        return all(peers.get(leaf.name, {}).get("State") == "connected" for leaf in leaves)

    centre.bus.wait(f"all {len(leaves)} peers are connected", is_so, seconds)


def measure(net, n):
    centre, leaves = star(net, n)
    started = time.monotonic()
    for leaf in leaves:
        leaf.spawn()
    wait_all(centre, leaves)
    seconds = time.monotonic() - started
    pid = centre.daemon.pid
    threading.Event().wait(SETTLE_SECONDS)  # paths proved, caches warm
    used = cpu_seconds([pid])
    rates = wake_ups(pid, IDLE_SECONDS)
    row = {"peers": n, "memory_mib": round(memory_mib([pid]), 1), "threads": len(tasks(pid)),
           "wake_ups_per_s": round(sum(rates.values()), 1),
           "wake_ups_by_thread": {name: round(rate, 2) for name, rate in rates.most_common(8) if rate >= 0.05},
           "idle_cpu_percent": round((cpu_seconds([pid]) - used) / IDLE_SECONDS * 100, 2),
           "all_connected_s": round(seconds, 2)}
    # The restarted daemon finds all of them waiting: the time of one that comes back.
    centre.stop()
    started = time.monotonic()
    centre.start().wait_state(*UP)
    wait_all(centre, leaves)
    row["restart_s"] = round(time.monotonic() - started, 2)
    for machine in (centre, *leaves):
        machine.daemon.signal(15)
    for machine in (centre, *leaves):
        machine.stop()
    return row


def run(net, say, counts=COUNTS):
    rows = []
    for n in counts:
        rows.append(measure(net, n))
        say(f"growth: {rows[-1]}")
    return rows
