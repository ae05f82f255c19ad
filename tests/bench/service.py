# SPDX-License-Identifier: LGPL-2.1-or-later
"""What hub and Worker carry: joins, frames, relay and memory as devices grow, and a restart of which all come back at once."""

import json
import os
import pathlib
import resource
import subprocess
import tempfile

from lab import workerd
from lab.paths import build_dir

from .measures import cpu_seconds, memory_mib

SIZES, LONG_SIZES = (10, 100, 1000), (10, 100, 1000, 5000)
ROOM = 1000  # devices in one room, and what is above them in other rooms, as MAX_PEERS wants it
WINDOW = 64  # connections that are made at a time
BACK = 1000  # devices that come back at once
FRAMES, MOST_EACH = 30_000, 2000  # passed on by each host in all; by one device, which may send 4096 at once
RELAY_SECONDS = 3
FILES = 65536
SUBNET = "10.0.0.0/16"
SOCKETS = "12000"
START_S = 10

COLUMNS = (  # key, heading, digits
    ("sockets", "devices", 0), ("joins_per_s", "joins /s", 0), ("all_known_s", "all know all, s", 2), ("frames_each", "frames each", 1),
    ("messages_per_s", "frames /s", 0), ("relay_mbit_s", "relay, Mbit/s", 0), ("kib_each", "KiB each", 1),
    ("cpu_ms_each", "CPU ms a join", 2), ("driver_percent", "driver %", 0))
BACK_COLUMNS = (("sockets", "devices", 0), ("all_known_s", "all back, s", 2), ("refused", "refused at first", 0), ("cpu_s", "CPU s", 2),
                ("frames_each", "frames each", 1),
                ("driver_percent", "driver %", 0))


class Service:
    """A host of the hub on a free port of 127.0.0.1, without TLS."""

    def __init__(self, folder):
        self.folder = folder
        self.process = self.port = None

    def keep(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="ascii")
        return path

    def start(self):
        reading, writing = os.pipe()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(writing), pass_fds=[writing], stdout=log, stderr=log,
                                            env={**os.environ, **self.environment()})
        os.close(writing)
        with open(reading, encoding="utf-8") as pipe:
            line = pipe.readline()
        if not line:
            raise OSError(f"{self.name} did not start: {(self.folder / 'log').read_text(encoding='utf-8')}")
        self.port = json.loads(line)["port"]
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def mib(self):
        return memory_mib([self.process.pid])

    def cpu(self):
        return cpu_seconds([self.process.pid])


class Hub(Service):
    name = "bamgate-hub"

    def command(self, ready_fd):
        return [build_dir() / "worker" / "hub" / "bamgate-hub", "--plain", "--listen", "127.0.0.1:0", "--state-dir", self.folder,
                "--subnet", SUBNET, "--max-sockets", SOCKETS, "--ready-fd", str(ready_fd), "--log-level", "warning",
                "--relay-rate", "0"]

    def environment(self):
        return {}


class Worker(Service):
    name = "Worker"

    def __init__(self, folder):
        super().__init__(folder)
        self.keep("token", workerd.TOKEN)
        self.keep("turn-secret", workerd.SECRET)
        (folder / "state").mkdir()

    def command(self, ready_fd):
        return workerd.command("127.0.0.1:0", self.folder / "state", ready_fd)

    def environment(self):
        return {"AUTH_TOKEN": workerd.TOKEN, "TURN_SECRET": workerd.SECRET, "SUBNET": SUBNET, "MAX_SOCKETS": SOCKETS, "RELAY_RATE": "0"}


class Crowd:
    """The devices: one process, whose own share is in its answers."""

    def __init__(self, service):
        self.service = service
        self.process = subprocess.Popen([build_dir() / "tests" / "bench" / "service-load", service.folder / "token"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise OSError(f"{self.service.name}: the devices ended at “{line}”")
        return json.loads(answer)

    def join(self, n, window, room=ROOM):
        self.process.stdin.write(f"port {self.service.port}\n")
        return self.ask(f"join {n} {(n + room - 1) // room} {window}")

    def end(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


def share(said):
    return round(said["cpu_s"] / said["seconds"] * 100) if said["seconds"] else 0


def relay(service):
    """Beside all that are there: one sends to another as much as it may."""
    done = subprocess.run([build_dir() / "tests" / "bench" / "relay-blast", f"ws://127.0.0.1:{service.port}", service.folder / "token",
                           service.folder / "turn-secret", str(RELAY_SECONDS)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{service.name}: {done.stderr}")
    return json.loads(done.stdout)["mbit_per_s"]


def measure(service, n):
    service.start()
    crowd = Crowd(service)
    try:
        mib, used = service.mib(), service.cpu()
        joined = crowd.join(n, WINDOW)
        row = {"sockets": n, "joins_per_s": round(n / joined["seconds"]), "all_known_s": joined["seconds"],
               "frames_each": joined["frames"] / n, "kib_each": (service.mib() - mib) * 1024 / n,
               "cpu_ms_each": (service.cpu() - used) / n * 1000, "driver_percent": share(joined)}
        said = crowd.ask(f"talk {min(FRAMES // n, MOST_EACH)}")
        row |= {"messages_per_s": round(said["count"] / said["seconds"]), "talk_driver_percent": share(said)}
        row["relay_mbit_s"] = relay(service)
        return row
    finally:
        crowd.end()
        service.kill()


def measure_restart(service, n):
    """All lines end with the service; then everybody comes at the same moment, as nobody does whose clock is his own."""
    service.start()
    crowd = Crowd(service)
    try:
        crowd.join(n, WINDOW)
        service.kill()
        crowd.ask("cut")
        service.start()
        used = service.cpu()
        joined = crowd.join(n, n)
        return {"sockets": n, "all_known_s": joined["seconds"], "cpu_s": service.cpu() - used, "frames_each": joined["frames"] / n,
                "refused": joined["refused"], "driver_percent": share(joined)}
    finally:
        crowd.end()
        service.kill()


def in_folder(kind, work, n):
    with tempfile.TemporaryDirectory(prefix="bamgate-service-") as folder:
        return work(kind(pathlib.Path(folder)), n)


def run(say, is_long):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    reason = workerd.install()
    if reason:
        say(f"the Worker is {reason}")
    result = {"load_before": os.getloadavg()[0], "hosts": {}}
    for kind in (Hub,) if reason else (Hub, Worker):
        rows = []
        for n in LONG_SIZES if is_long else SIZES:
            say(f"{kind.name}: {n} devices")
            rows.append(in_folder(kind, measure, n))
        say(f"{kind.name}: {BACK} come back at once")
        result["hosts"][kind.name] = {"rows": rows, "back": in_folder(kind, measure_restart, BACK)}
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return result


def cells(columns, hosts):
    """Rows of text: the heading, then each row with its host before it."""
    yield ["", *(heading for _, heading, _ in columns)]
    for host, row in hosts:
        yield [host, *(f"{row[key]:,.{digits}f}" for key, _, digits in columns)]


def tables(result):
    """Both tables as rows of cells."""
    hosts = result["hosts"]
    yield list(cells(COLUMNS, [(host, row) for host in hosts for row in hosts[host]["rows"]]))
    yield list(cells(BACK_COLUMNS, [(host, hosts[host]["back"]) for host in hosts]))


def text(result):
    return "\n\n".join("\n".join("".join(f"{cell:>16}" for cell in row) for row in table) for table in tables(result))
