# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a door of ours adds to a connection, beside socat and HAProxy (each on one thread) and beside no proxy at all, all in one run on
127.0.0.1: every round measures each of them once."""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import tempfile

from lab.process import LabError
from lab.wait import wait_for

CONNECTIONS, LONG_CONNECTIONS = 1000, 10000
PULL, LONG_PULL = 1 << 30, 16 << 30
IDLE, FEW_IDLE = 10000, 500  # socat has a process for each
ROUNDS = 3
TEXTS = {
    "median_us": "a connection, and a byte there and back, µs",
    "p99_us": "of a hundred the slowest, µs",
    "gbit_s": "one connection, Gbit/s",
    "cpu_s_per_gb": "CPU seconds for a GB, the proxy's own",
    "idle_kib": "memory of an idle connection, KiB",
}
TLS_COUNT = 200
TLS_TEXTS = {
    "plain_us": "a door without TLS",
    "warm_us": "through the ingress, by a connection that waits",
    "resumed_us": "by a new one, with a session of before",
    "cold_us": "by the first of all",
    "handshake_us": "OpenSSL's handshake alone",
}
HAPROXY = """global
  nbthread 1
  maxconn {connections}
  maxpipes 32
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
  {option}
listen door
  bind 127.0.0.1:{port}
  server far 127.0.0.1:{target}
"""
TICKS = os.sysconf("SC_CLK_TCK")


def program(name):
    return str(pathlib.Path(os.environ["BAMGATE_BUILD"]) / "tests" / "bench" / name)


def load(*arguments):
    return [program("forwarding-load"), *(str(argument) for argument in arguments)]


def ask(*arguments):
    return json.loads(subprocess.run(load(*arguments), stdout=subprocess.PIPE, text=True, check=True).stdout)


def idle_connections():
    """As many as a proxy may carry, which has two descriptors for each."""
    return min(IDLE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 600) // 2)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def said_port(process):
    return int(process.stdout.readline().split()[1])


def installed(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not found:
        raise LabError(f"{name} is not installed")
    return found


def socat_command(port, target, options=""):
    return [installed("socat"), "-b65536", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr{options}", f"TCP:127.0.0.1:{target}"]


def socat_cpu_s_per_gb(target, size):
    """Of one that carries a single connection: children of the other are reaped by nobody who could be asked."""
    port = free_port()
    process = subprocess.Popen(socat_command(port, target))
    wait_for("socat at its port", lambda: f"0100007F:{port:04X} 00000000:0000 0A" in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii"), 10)
    ask("pull", port, size)
    used = os.wait4(process.pid, 0)[2]
    process.returncode = 0
    return (used.ru_utime + used.ru_stime) * 1e9 / size


class Proxy:
    """One that listens at `port`; without a command it is the far side itself."""

    def __init__(self, name, port, process=None):
        self.name, self.port, self.process = name, port, process
        if process:
            wait_for(f"{name} at its port", lambda: answers(port), 10)

    def processes(self):
        """It, and what it has begun."""
        found = [self.process.pid]
        for pid in found:
            found += [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
        return found

    def cpu_s(self):
        """With that of children that have ended."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:15]) / TICKS

    def kib(self):
        """What is theirs alone."""
        total = 0
        for pid in self.processes():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
                total += int(line.split()[1]) if line.startswith("Private_") else 0
        return total

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)


def haproxy(name, folder, target, option=""):
    port, config = free_port(), pathlib.Path(folder) / f"{name}.cfg"
    config.write_text(HAPROXY.format(connections=idle_connections() + 50, port=port, target=target, option=option), encoding="ascii")
    return Proxy(name, port, subprocess.Popen([installed("haproxy"), "-db", "-f", str(config)]))


def socat(target):
    port = free_port()
    return Proxy("socat", port, subprocess.Popen(socat_command(port, target, ",fork,backlog=1024")))


def ours(target):
    process = subprocess.Popen([program("forwarding-door"), str(target)], stdout=subprocess.PIPE, text=True)
    return Proxy("bamgate", said_port(process), process)


def idle_kib(proxy):
    count = FEW_IDLE if proxy.name == "socat" else idle_connections()
    before = proxy.kib()
    with subprocess.Popen(load("hold", proxy.port, count), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        if "held" not in holder.stdout.readline():
            raise LabError(f"{proxy.name} did not carry {count} connections")
        per_connection = (proxy.kib() - before) / count
        holder.stdin.close()
    return per_connection


def measured(proxy, target, connections, size):
    figures = ask("latency", proxy.port, connections)
    before = proxy.cpu_s() if proxy.process else 0
    seconds = ask("pull", proxy.port, size)["seconds"]
    figures["gbit_s"] = size * 8 / seconds / 1e9
    if proxy.name == "socat":
        figures["cpu_s_per_gb"] = socat_cpu_s_per_gb(target, size)
    elif proxy.process:
        figures["cpu_s_per_gb"] = (proxy.cpu_s() - before) * 1e9 / size
    return figures


def rounds(proxies, say, is_long):
    values = {proxy.name: {} for proxy in proxies}
    for number in range(ROUNDS):
        for proxy in proxies:
            for name, value in measured(proxy, proxies[0].port, LONG_CONNECTIONS if is_long else CONNECTIONS, LONG_PULL if is_long else PULL).items():
                values[proxy.name].setdefault(name, []).append(value)
            say(f"round {number + 1} of {ROUNDS}, {proxy.name}")
    return {name: {what: round(statistics.median(some), 2) for what, some in row.items()} for name, row in values.items()}


def all_of(target, folder, stack):
    begin = (lambda: ours(target), lambda: haproxy("haproxy", folder, target),
             lambda: haproxy("haproxy, splice", folder, target, "option splice-auto"), lambda: socat(target))
    proxies = [Proxy("none", target)]
    for one in begin:
        proxies.append(one())
        stack.callback(proxies[-1].stop)
    return proxies


def run(say, is_long=False):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(subprocess.Popen(load("serve"), stdout=subprocess.PIPE, text=True))
        stack.callback(server.terminate)
        proxies = all_of(said_port(server), folder, stack)
        result = rounds(proxies, say, is_long)
        for proxy in proxies[1:]:
            result[proxy.name]["idle_kib"] = round(idle_kib(proxy), 2)
    tls = subprocess.run([program("forwarding-tls"), str(TLS_COUNT)], stdout=subprocess.PIPE, text=True, check=True)
    return {"proxies": result, "tls": json.loads(tls.stdout)}


def text(both):
    result, names = both["proxies"], list(both["proxies"])
    lines = [f"{'':52}" + "".join(f"{name:>18}" for name in names)]
    for what, words in TEXTS.items():
        lines.append(f"{words:52}" + "".join(f"{result[name].get(what, ''):>18}" for name in names))
    lines += ["", "until a byte has been there and back, µs:"]
    lines += [f"{words:52}{both['tls'][what]:>18}" for what, words in TLS_TEXTS.items()]
    return "\n".join(lines)
