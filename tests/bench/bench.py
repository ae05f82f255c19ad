#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our paths beside Debian's wireguard-go and the bare wire, in one run: every round measures each of them once."""

import argparse
import json
import pathlib
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import lab  # noqa: E402
from bench import growth, plot, subjects  # noqa: E402
from bench.measures import Measures  # noqa: E402

GOALS = {  # ratio: (goal, whether more is better, what it says)
    "tcp_direct_wg_go": (6, True, "TCP, direct path / wireguard-go"),
    "tcp_direct_data_channel": (10, True, "TCP, direct path / own data channel"),
    "tcp_ice_data_channel": (3, True, "TCP, ICE path / own data channel"),
    "tcp_lossy_direct_bare": (0.9, True, "TCP at 20 ms and 0.1 % loss, direct path / bare path"),
    "udp1372_wg_go": (3, True, "UDP 1372 B that arrives whole, direct path / wireguard-go"),
    "pps200_wg_go": (2, True, "packets of 200 B per second, direct path / wireguard-go"),
    "cpu_per_gb_wg_go": (0.4, False, "CPU seconds per GB, direct path / wireguard-go"),
    "ping_added_ms": (0.15, False, "round trip added to the bare path, ms"),
    "ping_loaded_wg_go": (5, False, "round trip under full load, direct path / wireguard-go"),
    "data_channel_loss_percent": (1, False, "loss of the data channel at the rate it sustains, %"),
}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, quick):
        self.quick = quick
        self.rounds = 2 if quick else 5
        self.values = {}
        self.start = time.monotonic()

    def clock(self):
        return time.monotonic() - self.start

    def add(self, subject, name, value):
        self.values.setdefault(subject, {}).setdefault(name, []).append(value)

    def median(self, subject, name):
        values = [v for v in self.values.get(subject, {}).get(name, []) if v is not None]
        return statistics.median(values) if values else None

    def ratio(self, name, one, other):
        above, below = self.median(one, name), self.median(other, name)
        return round(above / below, 3) if above is not None and below else None

    def run(self, net):
        say("setting up: every way between two hosts of its own, one router for all")
        ways = subjects.set_up(net, self.quick)
        say(f"{self.clock():5.1f} s  all of them are up")
        measures = Measures(self.quick)
        for number in range(self.rounds):
            for way in ways:
                for name, value in measures.round(way, number == 0):
                    self.add(way.name, name, value)
                say(f"{self.clock():5.1f} s  round {number + 1} of {self.rounds}, {way.name}")
        result = {"medians": {way.name: {name: round(self.median(way.name, name), 3)
                                         for name in self.values.get(way.name, {})
                                         if self.median(way.name, name) is not None} for way in ways}}
        if not self.quick:
            result["growth"] = growth.run(net)
        result["ratios"] = self.ratios()
        return result

    def ratios(self):
        idle, bare = self.median("direct", "ping_ms"), self.median("bare", "ping_ms")
        return {
            "tcp_direct_wg_go": self.ratio("tcp_mbit_s", "direct", "wireguard-go"),
            "tcp_direct_data_channel": self.ratio("tcp_mbit_s", "direct", "data-channel"),
            "tcp_ice_data_channel": self.ratio("tcp_mbit_s", "ice", "data-channel"),
            "tcp_lossy_direct_bare": self.ratio("tcp_mbit_s", "direct-lossy", "bare-lossy"),
            "udp1372_wg_go": self.ratio("udp1372_mbit_s", "direct", "wireguard-go"),
            "pps200_wg_go": self.ratio("pps200", "direct", "wireguard-go"),
            "cpu_per_gb_wg_go": self.ratio("cpu_s_per_gb", "direct", "wireguard-go"),
            "ping_added_ms": round(idle - bare, 3) if idle is not None and bare is not None else None,
            "ping_loaded_wg_go": self.ratio("ping_loaded_ms", "direct", "wireguard-go"),
            "data_channel_loss_percent": self.median("data-channel", "loss_percent"),
        }


def stop_all(net):
    """Everything at once; the lab then finds it ended."""
    for host in net.hosts.values():
        for process in host.processes:
            if process.is_running():
                process.signal(signal.SIGTERM)


def table(result):
    names = sorted({name for values in result["medians"].values() for name in values})
    lines = [f"{'':24}" + "".join(f"{name:>16}" for name in names)]
    for way, values in result["medians"].items():
        lines.append(f"{way:24}" + "".join(f"{values.get(name, ''):>16}" for name in names))
    lines.append("")
    for name, (goal, more, text) in GOALS.items():
        value = result["ratios"].get(name)
        good = value is not None and (value >= goal if more else value <= goal)
        lines.append(f"{'ok  ' if good else 'MISS'} {text}: {value} (goal: {'at least' if more else 'at most'} {goal})")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds of what the ratios need, under 50 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, the rest on standard error")
    parser.add_argument("--plot", metavar="FILE", help="an SVG of the medians")
    arguments = parser.parse_args()
    bench = Bench(arguments.quick)
    try:
        with lab.Lab() as net:
            try:
                result = bench.run(net)
                stop_all(net)
            except (lab.LabError, OSError) as error:
                say(net.logs())
                raise lab.LabError(str(error)) from error
    except (lab.LabError, lab.NotOnThisMachine, OSError) as error:
        sys.exit(f"bench: {error}")
    if arguments.plot:
        pathlib.Path(arguments.plot).write_text(plot.svg(result["medians"]), encoding="utf-8")
    print(json.dumps(result) if arguments.json else table(result))


if __name__ == "__main__":
    main()
