# SPDX-License-Identifier: LGPL-2.1-or-later
"""An applet that nobody looks at costs next to nothing: wake-ups and memory with ten peers, the window closed and then open."""

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


def measure(pids, prefix):
    """Figures by name: what they do while nothing happens."""
    time.sleep(5)  # what a start leaves to do
    before = {name: sleeps(pid) for name, pid in pids.items()}
    time.sleep(SECONDS)  # the thing that is measured
    rates = {f"{prefix}{name}_wake_ups_per_s": round(wake_ups(before[name], sleeps(pid)) / SECONDS, 2) for name, pid in pids.items()}
    return {**rates, **{f"{prefix}{name}": size for name, size in memory(pids["applet"]).items()}}


@pytest.mark.long
@pytest.mark.limit(240)
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
        figures = {"start_to_tray_s": round(start, 2), **measure(pids, "")}
        applet.stop()
    begun = time.monotonic()
    applet = open_applet(a)
    applet.wait_find(lambda name: name.startswith(f"p{PEERS - 1}, "))
    figures["start_to_window_s"] = round(time.monotonic() - begun, 2)
    applet.screen = None  # a screen reader that asks is work, too
    figures |= measure({"applet": applet.process.pid, "daemon": a.daemon.pid}, "open_")
    (pathlib.Path(build_dir) / "applet-figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    assert figures["applet_wake_ups_per_s"] < 1, figures
    assert figures["private_kib"] < 60 * 1024, figures
