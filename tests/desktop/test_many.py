# SPDX-License-Identifier: LGPL-2.1-or-later
"""A window with a thousand machines: what starting, searching and their counters cost it."""

import json
import os
import pathlib
import sys
import types

import pytest

from test_quiet import memory

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from bus_fixtures import fake_service  # noqa: E402

PEERS = 1000


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.long
@pytest.mark.limit(180)
def test_a_thousand_machines(open_applet, tmp_path, build_dir):
    with fake_service(tmp_path, "alone") as service:
        service.steer("AddPeers", "peer", str(PEERS))
        machine = types.SimpleNamespace(bus=types.SimpleNamespace(address=service.address))
        applet = open_applet(machine)
        applet.wait_says("peer-", seconds=60)
        figures = {"start_cpu_s": cpu_seconds(applet.process.pid), **memory(applet.process.pid)}
        before = cpu_seconds(applet.process.pid)
        applet.press("Search Machines", role=None)  # a toggle button for later versions of GTK
        applet.fill("Search machines by name or address", "peer-777", role="entry")
        applet.wait_silent("peer-00", seconds=60)
        applet.wait_says("peer-777")
        figures["search_cpu_s"] = cpu_seconds(applet.process.pid) - before
        before = cpu_seconds(applet.process.pid)
        for _ in range(50):
            service.steer("Traffic", "peer-777", "1000")
        figures["fifty_counters_cpu_s"] = cpu_seconds(applet.process.pid) - before
        (pathlib.Path(build_dir) / "applet-many.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    assert figures["private_kib"] < 150 * 1024 and figures["start_cpu_s"] < 10 and figures["search_cpu_s"] < 5, figures
