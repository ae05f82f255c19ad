# SPDX-License-Identifier: LGPL-2.1-or-later
"""An applet that nobody looks at costs next to nothing: wake-ups and memory with ten peers, the window closed."""

import contextlib
import json
import pathlib
import time

import pytest

from tray import Watcher

SECONDS = 20
PEERS = 10


def sleeps(pid):
    """{thread: how often it went to sleep so far}."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            lines = (task / "status").read_text().splitlines()
            found[task.name] = sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return found


def wake_ups(before, after):
    return sum(count - before.get(thread, 0) for thread, count in after.items())


def memory(pid):
    """{field: KiB}: what it alone has (private), and what is in memory of it (rss)."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    sizes = {name: int(text.split()[0]) for name, text in fields.items()}
    return {"rss_kib": sizes["Rss"], "private_kib": sizes["Private_Clean"] + sizes["Private_Dirty"], "pss_kib": sizes["Pss"]}


@pytest.mark.long
@pytest.mark.limit(180)
def test_nobody_looks(mesh, open_applet, desktop, build_dir):
    a = mesh.machine("a")
    others = [mesh.machine(f"p{number}") for number in range(PEERS)]
    for other in others:
        mesh.wait_connected(a, other)
    with contextlib.closing(Watcher(desktop)) as watcher:
        begun = time.monotonic()
        applet = open_applet(a, "--background")
        applet.wait("a tray item", lambda: watcher.registered)
        start = time.monotonic() - begun
        applet.wait("the peers", lambda: watcher.item().properties["ToolTip"][2] == f"Online, {PEERS} of {PEERS} machines connected")
        pids = {"applet": applet.process.pid, "daemon": a.daemon.pid}
        time.sleep(5)  # what a start leaves to do
        before = {name: sleeps(pid) for name, pid in pids.items()}
        time.sleep(SECONDS)  # the thing that is measured
        rates = {name: wake_ups(before[name], sleeps(pid)) / SECONDS for name, pid in pids.items()}
        figures = {"applet_wake_ups_per_s": rates["applet"], "daemon_wake_ups_per_s": rates["daemon"],
                   "start_to_tray_s": round(start, 2), **memory(applet.process.pid)}
    (pathlib.Path(build_dir) / "applet-figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    assert rates["applet"] < 1, figures
    assert figures["private_kib"] < 60 * 1024, figures
