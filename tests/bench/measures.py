# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is measured on one way between two hosts."""

import json
import os
import re
import statistics

from lab import measure
from lab.paths import build_dir

TICKS = os.sysconf("SC_CLK_TCK")
TIMES = re.compile(r"time=([\d.]+) ms")
# Idle twice: while the processors are kept awake, and when a virtual machine's have fallen asleep in between.
IDLE_INTERVAL, ASLEEP_INTERVAL, LOADED_INTERVAL = 0.002, 0.02, 0.03


def cpu_seconds(pids):
    """User and system time of the programs so far, all their threads."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mib(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
    return total / 1024


class Pings:
    """Runs beside something else, then gives the median round trip in ms."""

    def __init__(self, way, seconds, interval, skip=0):
        self.process = way.a.start(f"ping-{way.serial()}", "ping", "-n", "-c", int(seconds / interval), "-i", interval,
                                   "-W", 1, way.address)
        self.skip = skip

    def median(self):
        self.process.wait(30)
        times = [float(value) for value in TIMES.findall(self.process.text())][self.skip:]
        return statistics.median(times) if times else None


class Measures:
    """Each yields (name, value), in the order of a round."""

    def __init__(self, quick):
        self.quick = quick
        self.seconds = 1 if quick else 2
        self.rates = {}  # (way, size): what it sustained last, where the next search begins

    def round(self, way, is_first):
        if "ping" in way.wants:
            yield "ping_ms", Pings(way, 0.4 if self.quick else 1.6, IDLE_INTERVAL).median()
            if not self.quick:
                yield "ping_asleep_ms", Pings(way, 1.6, ASLEEP_INTERVAL).median()
        yield from self.tcp(way)
        if "udp" in way.wants and (is_first or not self.quick or way.pids):
            yield from self.udp(way)
        if "loss" in way.wants:
            yield from self.loss(way)
        if not self.quick and "more" in way.wants:
            yield from self.more_tcp(way)

    def tcp(self, way):
        """One stream, and what a ping takes meanwhile."""
        seconds = way.seconds or self.seconds
        pings = Pings(way, seconds * 0.8, LOADED_INTERVAL, skip=6) if "ping" in way.wants else None
        before = cpu_seconds(way.pids)
        end = measure.iperf(way.a, way.b, way.address, seconds)
        used = cpu_seconds(way.pids) - before
        received = end["sum_received"]["bytes"]
        yield "tcp_mbit_s", end["sum_received"]["bits_per_second"] / 1e6
        if pings:
            yield "ping_loaded_ms", pings.median()
        if way.pids and received:
            yield "cpu_s_per_gb", used / (received / 1e9)
            yield "memory_mib", memory_mib(way.pids) / len(way.pids)

    def more_tcp(self, way):
        yield "tcp8_mbit_s", measure.tcp_mbit(way.a, way.b, way.address, self.seconds, streams=8)
        end = measure.iperf(way.a, way.b, way.address, self.seconds, bidirectional=True)
        yield "tcp_both_mbit_s", (end["sum_received"]["bits_per_second"]
                                  + end["sum_received_bidir_reverse"]["bits_per_second"]) / 1e6

    def udp(self, way):
        seconds = 0.12 if self.quick else 0.2
        yield "udp1372_mbit_s", self.highest(way, 1372, seconds)["mbit_s"]
        yield "pps200", self.highest(way, 200, seconds)["pps"]

    def highest(self, way, size, seconds, *options, start=45000):
        """The highest rate that arrives whole; a later round begins near it, with smaller steps."""
        known = self.rates.get((way.name, size))
        result = blast(way, "--size", size, "--seconds", seconds, "--start", known * 0.95 if known else start,
                       "--step", 1.15 if known else 1.5, "--tolerance", 0.1 if self.quick else 0.05, *options)
        self.rates[way.name, size] = max(result["pps"], 1000)
        return result

    def loss(self, way):
        """Of UDP at eight tenths of the rate that it carries with hardly any; the better of two tries, as in the search."""
        size = 1100  # one message, one chunk
        best = self.quick and self.rates.get((way.name, size))
        best = best or self.highest(way, size, 0.3 if self.quick else 0.6, "--loss", 0.01, start=8000)["pps"]
        tries = (blast(way, "--size", size, "--seconds", 0.5 if self.quick else 2, "--pps", max(best * 0.8, 500))
                 for _ in range(2))
        result = min(tries, key=lambda done: done["loss_percent"])
        yield "loss_percent", result["loss_percent"]
        yield "udp1100_mbit_s", result["mbit_s"]


def blast(way, *options):
    """Runs udp-blast from the one host to the other; what it says."""
    return json.loads(way.net.router.out(
        build_dir() / "tests" / "bench" / "udp-blast", "--from-ns", f"/proc/{way.a.anchor.pid}/ns/net",
        "--to-ns", f"/proc/{way.b.anchor.pid}/ns/net", "--to", way.address, *options, seconds=120))
