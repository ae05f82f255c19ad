# SPDX-License-Identifier: LGPL-2.1-or-later
"""What processes hold, and what a host's kernel holds: growth, and leftovers."""

import collections
import os
import pathlib
import re
import statistics

SAMPLES_MIN = 6  # of a process, before anything is said of its growth
# How far the end may lie above the beginning. The first leg of DTLS brings its libraries; of those that come late there are few
# at once (transport/ice-session.c), with what they need of each.
BOUNDS = {"memory_mib": 16, "descriptors": 24, "threads": 4}
OF_LEGS = re.compile(r"^(webrtcbin|rtpsession|queue|dtls|sctp|SCTP|appsrc|gst)")

Sample = collections.namedtuple("Sample", "memory_mib descriptors threads")


def threads(pid):
    """How many beside those of legs."""
    names = [task.joinpath("comm").read_text(encoding="ascii", errors="replace") for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]
    return sum(not OF_LEGS.match(name) for name in names)


def sample(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return Sample(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, len(os.listdir(f"/proc/{pid}/fd")),
                  threads(pid))


def growth(samples):
    """{what: (at the beginning, at the end)}: medians of the first and the last third."""
    third = max(len(samples) // 3, 1)
    return {what: (statistics.median(getattr(one, what) for one in samples[:third]),
                   statistics.median(getattr(one, what) for one in samples[-third:])) for what in Sample._fields}


class Census:
    """Samples of each process, as long as it lives."""

    def __init__(self):
        self.samples = collections.defaultdict(list)  # (name, pid): …

    def take(self, processes):
        for process in processes:
            if process.is_running():
                self.samples[process.name, process.pid].append(sample(program_pid(process.pid)))

    def rows(self):
        """(name, number of samples, growth) of those who lived long enough."""
        for (name, _), samples in self.samples.items():
            if len(samples) >= SAMPLES_MIN:
                yield name, len(samples), growth(samples)

    def complaints(self):
        for name, count, grown in self.rows():
            for what, (before, after) in grown.items():
                if after - before > BOUNDS[what]:
                    yield f"{name}: {what} from {before:.0f} to {after:.0f} in {count} samples"


def program_pid(pid):
    """nsenter becomes the program that it runs; one that forks instead has it as its child."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    name = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    return int(children[0]) if name == "nsenter" and children else pid


def kernel_state(host):
    """What a program may have put into a host's kernel; what the kernel makes itself of the addresses is left out."""
    routes = host.ip_json("-4", "route", "show", "table", "all") + host.ip_json("-6", "route", "show", "table", "all")
    return {
        "links": sorted(link["ifname"] for link in host.ip_json("link", "show")),
        "routes": sorted(f"{route['dst']} dev {route.get('dev')} table {route.get('table', 'main')}"
                         for route in routes if route.get("protocol") != "kernel"),
        "rules": host.out("ip", "rule", "show").splitlines() + host.out("ip", "-6", "rule", "show").splitlines(),
        "nftables": host.out("nft", "list", "ruleset").splitlines(),
    }


def leftovers(name, before, after):
    for what, now in after.items():
        if more := [one for one in now if one not in before[what]]:
            yield f"left behind on {name}, {what}: {more}"
