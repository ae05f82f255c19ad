# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pings and throughput between lab hosts, as numbers."""

import contextlib
import json
import math
import re
import signal
import time

from .process import LabError
from .wait import wait_for

PING_TIMES = re.compile(r"rtt min/avg/max/mdev = ([\d.]+)/([\d.]+)/([\d.]+)/")
PING_COUNTS = re.compile(r"(\d+) packets transmitted, (\d+) received")


def ping(host, address, count=3, size=None, interval=0.2, dont_fragment=False, wait=2, check=True):
    """Average round trip in ms; None when check is False and an answer is missing."""
    command = ["ping", "-n", "-q", "-c", count, "-i", interval, "-W", wait, address]
    if size is not None:
        command[1:1] = ["-s", size]
    if dont_fragment:
        command[1:1] = ["-M", "do"]
    done = host.run(*command, check=False, seconds=count * (interval + wait) + 10)
    counts = PING_COUNTS.search(done.stdout)
    if done.returncode == 0 and counts and counts[1] == counts[2]:
        return float(PING_TIMES.search(done.stdout)[2])
    if check:
        raise LabError(f"{host.name}: ping {address}: answers are missing\n{done.stdout}{done.stderr}")
    return None


def ping_some(host, address, count=20, interval=0.1, wait=3):
    """(answers, average round trip in ms) where some may get lost."""
    done = host.run("ping", "-n", "-q", "-c", count, "-i", interval, "-W", wait, address, check=False,
                    seconds=count * interval + wait + 10)
    times, counts = PING_TIMES.search(done.stdout), PING_COUNTS.search(done.stdout)
    return (int(counts[2]), float(times[2])) if times else (0, float("inf"))


def ping_until_answered(host, address, seconds=20):
    """Waits for the first answer; its round trip in ms."""
    deadline = time.monotonic() + seconds

    def first_answer():
        # It ends also when a router says that there is no way, which there may be soon.
        left = max(deadline - time.monotonic(), 0.1)
        done = host.run("ping", "-n", "-c", 1, "-i", 0.1, "-w", math.ceil(left), address, check=False, seconds=left + 10)
        return PING_TIMES.search(done.stdout)

    return float(wait_for(f"{address} answers {host.name}", first_answer, seconds, 0.05)[2])


@contextlib.contextmanager
def iperf_server(host, address, port=5201):
    server = host.start(f"iperf3-{port}", "iperf3", "--server", "--bind", address, "--port", port, "--forceflush")
    server.wait_line("Server listening")
    try:
        yield server
    finally:
        server.signal(signal.SIGINT)
        server.wait()


def wait_interval(load, number, lines=1):
    """Until the iperf3 that runs as `load` has told of so many intervals, of `lines` each: their times are not exact."""
    for _ in range((number - 1) * lines + 1):
        load.wait_line("bits/sec")


def iperf(client, server, address, seconds=3, udp_mbit=None, reverse=False, bidirectional=False, streams=1, size=None,
          no_delay=False, port=5201):
    """Runs iperf3 from `client` to `address` on `server`; the end summary (iperf3's JSON)."""
    command = ["iperf3", "--json", "--client", address, "--port", port, "--time", seconds, "--connect-timeout", 5000]
    command += ["--reverse"] if reverse else []
    command += ["--bidir"] if bidirectional else []
    command += ["--parallel", streams] if streams > 1 else []
    command += ["--udp", "--bitrate", f"{udp_mbit}M"] if udp_mbit else []
    command += ["--length", size] if size else []
    command += ["--no-delay"] if no_delay else []
    with iperf_server(server, address, port):
        done = client.run(*command, check=False, seconds=seconds + 30)
    result = json.loads(done.stdout or "{}")
    if done.returncode != 0 or "error" in result:
        raise LabError(f"iperf3 from {client.name} to {address}: {result.get('error', done.stderr)}")
    return result["end"]


def tcp_mbit(client, server, address, seconds=3, **options):
    """Mbit/s that arrived."""
    return iperf(client, server, address, seconds, **options)["sum_received"]["bits_per_second"] / 1e6


def udp_mbit_and_loss(client, server, address, seconds=3, rate=100, **options):
    """Mbit/s that arrived, and the lost part in percent."""
    total = iperf(client, server, address, seconds, udp_mbit=rate, **options)["sum"]
    lost = total["lost_percent"]
    return total["bits_per_second"] / 1e6 * (100 - lost) / 100, lost
