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


def ping_times(host, address, count, interval):
    done = host.run("ping", "-n", "-c", count, "-i", interval, "-W", 1, address, check=False, seconds=60)
    return [float(value) for value in TIMES.findall(done.stdout)]


class Measures:
    """Each yields (name, value). The order within a round is that of the table in docs/performance.md."""

    def __init__(self, quick):
        self.quick = quick
        self.seconds = 1 if quick else 3

    def round(self, way, number):
        yield from self.tcp(way)
        if "ping" in way.wants:
            yield from self.ping(way)
        if "udp" in way.wants:
            yield from self.udp(way)
        if "loss" in way.wants:
            yield from self.loss(way)
        if "loaded" in way.wants:
            yield from self.ping_loaded(way)
        if not self.quick:
            yield from self.more_tcp(way)

    def tcp(self, way):
        seconds = way.seconds or self.seconds
        before = cpu_seconds(way.pids)
        end = measure.iperf(way.a, way.b, way.address, seconds)
        used = cpu_seconds(way.pids) - before
        received = end["sum_received"]["bytes"]
        yield "tcp_mbit_s", end["sum_received"]["bits_per_second"] / 1e6
        if way.pids and received:
            yield "cpu_s_per_gb", used / (received / 1e9)
            yield "memory_mib", memory_mib(way.pids)

    def more_tcp(self, way):
        yield "tcp8_mbit_s", measure.tcp_mbit(way.a, way.b, way.address, self.seconds, streams=8)
        yield "tcp_both_mbit_s", self.both(way)

    def both(self, way):
        end = measure.iperf(way.a, way.b, way.address, self.seconds, bidirectional=True)
        return (end["sum_received"]["bits_per_second"] + end["sum_received_bidir_reverse"]["bits_per_second"]) / 1e6

    def ping(self, way):
        times = ping_times(way.a, way.address, 50 if self.quick else 200, 0.01)
        yield "ping_ms", statistics.median(times) if times else None

    def ping_loaded(self, way):
        with measure.iperf_server(way.b, way.address, port=5202):
            load = way.a.start("load", "iperf3", "--client", way.address, "--port", 5202, "--time", 30)
            try:
                ping_times(way.a, way.address, 5, 0.05)  # the load has its speed
                times = ping_times(way.a, way.address, 20 if self.quick else 60, 0.05)
            finally:
                load.kill()
        yield "ping_loaded_ms", statistics.median(times) if times else None

    def udp(self, way):
        seconds = 0.25 if self.quick else 0.6
        yield "udp1372_mbit_s", blast(way, "--size", 1372, "--seconds", seconds)["mbit_s"]
        yield "pps200", blast(way, "--size", 200, "--seconds", seconds)["pps"]

    def loss(self, way):
        """Of UDP at nine tenths of the rate that it carries whole."""
        size = 1100
        best = blast(way, "--size", size, "--seconds", 0.25, "--loss", 0.01)["pps"]
        result = blast(way, "--size", size, "--seconds", 1, "--pps", max(best * 0.9, 1000))
        yield "loss_percent", result["loss_percent"]
        yield "udp1100_mbit_s", result["mbit_s"]


def blast(way, *options):
    """Runs udp-blast from the one host to the other; what it says."""
    return json.loads(way.net.router.out(
        build_dir() / "tests" / "bench" / "udp-blast", "--from-ns", f"/proc/{way.a.anchor.pid}/ns/net",
        "--to-ns", f"/proc/{way.b.anchor.pid}/ns/net", "--to", way.address, *options, seconds=120))
