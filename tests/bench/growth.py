# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one daemon costs as its peers grow: memory, threads, wake-ups, time until all are connected."""

import pathlib
import threading
import time

from lab.mesh import Mesh

from .measures import memory_mib

IDLE_SECONDS = 20


def wake_ups(pid):
    """Voluntary context switches of all threads: each is a sleep that ended."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            text = (task / "status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        total += int(text.split("voluntary_ctxt_switches:", 1)[1].split()[0])
    return total


def threads(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def measure(net, n):
    mesh = Mesh(net, hub_name=f"hub-{n}")
    mesh.__enter__()
    centre = mesh.machine(f"g{n}-0")
    others = [mesh.machine(f"g{n}-{i + 1}", start=False) for i in range(n)]
    started = time.monotonic()
    for other in others:
        other.start()
    for other in others:
        centre.wait_peer(other.name, state="connected", seconds=120)
    seconds = time.monotonic() - started
    pid = centre.daemon.pid
    threading.Event().wait(5)  # paths proved, caches warm
    before = wake_ups(pid)
    threading.Event().wait(IDLE_SECONDS)
    row = {"peers": n, "memory_mib": round(memory_mib([pid]), 1), "threads": threads(pid),
           "wake_ups_per_s": round((wake_ups(pid) - before) / IDLE_SECONDS, 1), "all_connected_s": round(seconds, 2)}
    for machine in (centre, *others):
        machine.stop()
    return row


def run(net, counts=(1, 10, 50)):
    return [measure(net, n) for n in counts]
