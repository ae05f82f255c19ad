#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our paths beside Debian's wireguard-go and the bare wire, in one run: every round measures each of them once."""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import lab  # noqa: E402
from bench import budget, desktop, forwarding, growth, names, networks, plot, report, service, sessions, subjects  # noqa: E402
from bench.measures import Measures  # noqa: E402


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, quick):
        self.quick = quick
        self.rounds = 2 if quick else 3
        self.values = {}
        self.load = os.getloadavg()[0]
        self.start = time.monotonic()

    def clock(self):
        return time.monotonic() - self.start

    def add(self, subject, name, value):
        self.values.setdefault(subject, {}).setdefault(name, []).append(value)

    def median(self, subject, name):
        values = [v for v in self.values.get(subject, {}).get(name, []) if v is not None]
        return statistics.median(values) if values else None

    def medians(self, way):
        found = {name: self.median(way.name, name) for name in self.values.get(way.name, {})}
        return {name: round(value, 3) for name, value in found.items() if value is not None}

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
        result = {"rounds": self.rounds, "load_before": self.load, "medians": {way.name: self.medians(way) for way in ways}}
        if not self.quick:
            result["budget"] = budget.run(next(way for way in ways if way.name == "direct"), net.dir)
            result["growth"] = growth.run(net, say, is_long=True)
            result["sessions"] = sessions.run(net, say, is_long=True)
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


def sections(net, arguments):
    """What was asked for by name, or everything."""
    result = {}
    if arguments.growth:
        result["growth"] = growth.run(net, say, arguments.long)
    if arguments.sessions is not None:
        result["sessions"] = sessions.run(net, say, arguments.long, arguments.sessions)
    if arguments.names:
        result["names"] = names.run(net, say, arguments.long)
    if arguments.networks:
        result["networks"] = networks.run(net, say, arguments.long)
    return result or Bench(arguments.quick).run(net)


def measured(arguments):
    try:
        with lab.Lab() as net:
            try:
                result = sections(net, arguments)
                stop_all(net)
            except (lab.LabError, OSError) as error:
                say(net.logs())
                raise lab.LabError(str(error)) from error
    except (lab.LabError, lab.NotOnThisMachine, OSError) as error:
        sys.exit(f"bench: {error}")
    return result


def run_service(arguments):
    """Without a lab: on 127.0.0.1."""
    result = json.loads(pathlib.Path(arguments.kept).read_text(encoding="utf-8")) if arguments.kept else service.run(say, arguments.long)
    if arguments.write_docs:
        report.write_docs({"service": result})
    print(json.dumps(result) if arguments.json else service.text(result))


def run_forwarding(arguments):
    """Without a lab: on 127.0.0.1."""
    result = forwarding.run(say, arguments.long)
    print(json.dumps(result) if arguments.json else forwarding.text(result))


def run_desktop(arguments):
    result = desktop.measure()
    if arguments.write_docs:
        desktop.write_docs(result, report.markdown_table)
    print(json.dumps(result) if arguments.json else desktop.text(result))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds of what the ratios need, under 50 s")
    parser.add_argument("--growth", action="store_true", help="only what a daemon costs with 0, 1, 10 and 50 peers; --long: and 1,000")
    parser.add_argument("--sessions", nargs="*", metavar="FIGURE", choices=sessions.MEASURES,
                        help=f"only how long connections take to come, and to come back; some of: {', '.join(sessions.MEASURES)}")
    parser.add_argument("--names", action="store_true", help="only how long our resolver takes, beside a plain dnsmasq")
    parser.add_argument("--networks", action="store_true", help="only what goes from LAN to LAN, an exit's loss, and what a strict one leaks")
    parser.add_argument("--desktop", action="store_true", help="only what the applet costs, and what is counted of words and packages")
    parser.add_argument("--forwarding", action="store_true", help="only what a door adds to a connection, beside socat and HAProxy")
    parser.add_argument("--service", action="store_true", help="only what hub and Worker carry, with 10 to 1,000 devices; --long: 5,000")
    parser.add_argument("--long", action="store_true", help="of these: longer, and more often")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, the rest on standard error")
    parser.add_argument("--plot", metavar="FILE", help="an SVG of the medians")
    parser.add_argument("--write-docs", action="store_true", help="puts figures and plot into docs/performance.md and .svg")
    parser.add_argument("--from", dest="kept", metavar="FILE", help="takes the result of an earlier --json run instead of measuring")
    arguments = parser.parse_args()
    if arguments.desktop:
        run_desktop(arguments)
        return
    if arguments.service:
        run_service(arguments)
        return
    if arguments.forwarding:
        run_forwarding(arguments)
        return
    result = json.loads(pathlib.Path(arguments.kept).read_text(encoding="utf-8")) if arguments.kept else measured(arguments)
    if arguments.plot:
        if "medians" not in result:
            parser.error("--plot: of everything")
        pathlib.Path(arguments.plot).write_text(plot.svg(result["medians"]), encoding="utf-8")
    if arguments.write_docs:
        report.write_docs(result)
    print(json.dumps(result) if arguments.json else report.text(result))


if __name__ == "__main__":
    main()
