#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job on one machine: a hub, two machines on segments of their own, a tunnel between them, figures."""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import lab  # noqa: E402
from lab import measure  # noqa: E402

PICTURE = """
                 hub {hub}
                   │
      a {a} ── router ── b {b}
"""
SECONDS = 4


class Demo:
    def __init__(self, arguments):
        self.paths = arguments.paths
        self.out = sys.stderr if arguments.json else sys.stdout
        self.result = {"ok": False}

    def say(self, text):
        print(text, file=self.out, flush=True)

    def step(self, text):
        self.say(f"• {text}")

    def run(self, net):
        from lab.mesh import Mesh, empty_machine  # needs the packages of the lab

        self.step("Three hosts in network namespaces, each on a segment of its own, joined by a router.")
        with Mesh(net) as mesh:
            options = ["--paths", self.paths] if self.paths else []
            a, b = (empty_machine(net.host(name), options) for name in "ab")
            self.say(PICTURE.format(hub=mesh.hub.host.address, a=a.host.address, b=b.host.address))
            self.step("The hub runs on its host, with a certificate that it made itself; bamgated on a and b, each on its bus.")
            self.enter_network(mesh, a, b)
            self.first_ping(a, b)
            self.measure_paths(a, b)
            self.show_status(a, b)
        self.result["ok"] = True

    def enter_network(self, mesh, a, b):
        self.step("On a: bamgatectl setup --server URL --token-file FILE. It makes a key and asks the hub for an address.")
        a.ctl("setup", "--server", mesh.hub.url, "--token-file", mesh.hub.token_file, "--name", "a", seconds=60)
        invite = a.invite()
        self.step(f"On a: bamgatectl invite. Good once, for {invite['expires_in_s'] // 60} minutes.")
        self.step(f"On b: {invite['join_command']}")
        b.join(invite, "--name", "b")
        mesh.learn_addresses(a, b)
        mesh.wait_connected(a, b)

    def first_ping(self, a, b):
        b.ctl("down")
        b.wait_state("off")
        a.bus.wait("a sees b leave", lambda: a.peer("b").get("State") != "connected", 60)
        started = time.monotonic()
        b.ctl("up")
        measure.ping_until_answered(b.host, a.address)
        seconds = round(time.monotonic() - started, 3)
        self.result["seconds_to_first_ping"] = seconds
        self.step(f"b goes down and up again: {seconds} s from bamgatectl up to the first answered ping.")

    def measure_paths(self, a, b):
        best = self.paths.split(";")[0] if self.paths else "direct"
        a.wait_peer("b", state="connected", path=best)
        b.wait_peer("a", state="connected", path=best)
        there, back = measure.ping(a.host, b.address, 10, interval=0.05), measure.ping(b.host, a.address, 10, interval=0.05)
        self.result.update(path=b.peer("a")["Path"], ping_ms=round(there, 3))
        self.step(f"Pings through the tunnel: a to b {there:.2f} ms, b to a {back:.2f} ms.")
        self.result["mbit_s"] = self.throughput(a, b)
        self.result["data_channel_mbit_s"] = None
        if best == "data-channel":
            self.result["data_channel_mbit_s"] = self.result["mbit_s"]
        elif not self.paths or "data-channel" in self.paths:
            self.step("Now b's daemon may use the data channel only (bamgated --paths data-channel).")
            b.stop()
            b.start("--paths", "data-channel")
            b.wait_peer("a", state="connected", path="data-channel")
            a.wait_peer("b", state="connected", path="data-channel")
            measure.ping_until_answered(b.host, a.address)
            self.result["data_channel_mbit_s"] = self.throughput(a, b)

    def throughput(self, a, b):
        mbit = round(measure.tcp_mbit(a.host, b.host, b.address, SECONDS), 1)
        self.step(f"iperf3, one TCP stream for {SECONDS} s over the path “{b.peer('a')['Path']}”: {mbit} Mbit/s.")
        return mbit

    def show_status(self, a, b):
        for machine in (a, b):
            self.step(f"bamgatectl status on {machine.name}:")
            self.say(machine.ctl("status").stdout)
        self.result["peers"] = len(a.ctl_json("status")["peers"])


def main():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, the steps on standard error")
    parser.add_argument("--paths", metavar="LIST", help="ways for packets: ice, data-channel, or both with ';' between")
    parser.add_argument("--keep", action="store_true", help="keep logs and settings, and say where")
    arguments = parser.parse_args()
    demo = Demo(arguments)
    status = 1
    try:
        with lab.Lab(keep=arguments.keep) as net:
            if arguments.keep:
                demo.step(f"Logs and settings stay in {net.dir}")
            try:
                demo.run(net)
            except (lab.LabError, OSError) as error:
                demo.say(net.logs())
                raise lab.LabError(str(error)) from error
        demo.step("Everything is stopped and removed.")
        status = 0
    except lab.NotOnThisMachine as error:
        demo.result["error"] = f"not on this machine: {error}"
    except (lab.LabError, OSError) as error:
        demo.result.update(ok=False, error=str(error))
    except KeyboardInterrupt:
        demo.result.update(ok=False, error="interrupted")
        status = 130
    except SystemExit as request:
        demo.result.update(ok=False, error="terminated")
        status = request.code
    if "error" in demo.result:
        print(f"demo: {demo.result['error']}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(demo.result))
    sys.exit(status)


if __name__ == "__main__":
    main()
