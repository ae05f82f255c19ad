# SPDX-License-Identifier: LGPL-2.1-or-later
"""What processes hold, and what a host's kernel holds: growth, and leftovers."""

import collections
import contextlib
import os
import pathlib
import re
import statistics
import threading
import time

SAMPLES_MIN = 6  # of a process, before anything is said of its growth
# How far the end may lie above the beginning. The first leg of DTLS brings its libraries; of those that come late there are few
# at once (transport/ice-session.c), with what they need of each.
BOUNDS = {"memory_mib": 16, "descriptors": 24, "threads": 4}
OF_LEGS = re.compile(r"^(webrtcbin|rtpsession|queue|dtls|sctp|SCTP|appsrc|gst)")

Sample = collections.namedtuple("Sample", "memory_mib descriptors threads legs")


def threads(pid):
    """How many, but for those of legs; and the names of those."""
    names = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            names.append(task.joinpath("comm").read_text(encoding="ascii", errors="replace"))
    legs = tuple(sorted(name.strip() for name in names if OF_LEGS.match(name)))
    return len(names) - len(legs), legs


def sample(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return Sample(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, len(os.listdir(f"/proc/{pid}/fd")),
                  *threads(pid))


def growth(samples, at_rest=None):
    """{what: (at the beginning, at the end)}: the least of the first third, the nearest to rest; and the median of the last one
    where nothing was seen at rest."""
    third = max(len(samples) // 3, 1)
    end = [at_rest] if at_rest else samples[-third:]
    return {what: (min(getattr(one, what) for one in samples[:third]),
                   statistics.median(getattr(one, what) for one in end)) for what in BOUNDS}


def has_grown(grown, others):
    """What lies further above its beginning than it may; descriptors also above those of `others` at rest, who are younger: its
    beginning may have been a moment at which most of its peers were away."""
    grown = {**grown, "descriptors": (max(grown["descriptors"][0], min(others, default=0)), grown["descriptors"][1])} if grown else {}
    return {what: (before, after) for what, (before, after) in grown.items() if after - before > BOUNDS[what]}


def program_of(name):
    """HOST/PROGRAM-NUMBER → PROGRAM."""
    return name.rpartition("/")[2].rpartition("-")[0]


def samples_of(processes):
    return {(process.name, process.pid): sample(program_pid(process.pid)) for process in processes if process.is_running()}


class Census:
    """Samples of each process, as long as it lives. Between faults it holds more than at rest: a way that ICE is restarted from
    lives on for seconds, with its 40 descriptors. So only of those that are there at the end it is said whether they grew, and
    whether they hold legs that nobody uses.

    `channels`: how many live data channels the process of that name has."""

    def __init__(self, look=samples_of, channels=lambda name: 0):
        self.look, self.channels = look, channels
        self.samples = collections.defaultdict(list)  # (name, pid): …
        self.at_rest = {}  # (name, pid): the last one

    def take(self, processes):
        for key, one in self.look(processes).items():
            self.samples[key].append(one)

    def rest(self, processes, seconds, step_s=1):
        """Looks until nobody has grown, for so many seconds at most. Nothing befalls them in the meantime."""
        end = time.monotonic() + seconds
        while True:
            self.at_rest = self.look(processes)
            if not any(self.complaints()) or time.monotonic() > end:
                return
            threading.Event().wait(step_s)

    def long_lived(self):
        return {key: samples for key, samples in self.samples.items() if len(samples) >= SAMPLES_MIN}.items()

    def rows(self):
        """(name, number of samples, growth) of those who lived long enough."""
        for key, samples in self.long_lived():
            yield key[0], len(samples), growth(samples, self.at_rest.get(key))

    def younger(self, key):
        """Descriptors at rest of the others that run the same program, and were seen less often."""
        return [one.descriptors for other, one in self.at_rest.items()
                if program_of(other[0]) == program_of(key[0]) and len(self.samples[other]) < len(self.samples[key])]

    def complaints(self):
        for key, samples in self.long_lived():
            grown = growth(samples, self.at_rest[key]) if key in self.at_rest else {}
            for what, (before, after) in has_grown(grown, self.younger(key)).items():
                yield f"{key[0]}: {what} from {before:.0f} to {after:.0f} in {len(samples)} samples"
        for (name, _), one in self.at_rest.items():
            if one.legs and not self.channels(name):
                yield f"{name}: threads of legs, and no data channel: {', '.join(one.legs)}"


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
