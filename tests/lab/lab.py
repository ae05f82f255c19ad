# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts in namespaces and the wires between them."""

import contextlib
import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

from .enter import enter, is_inside
from .paths import build_dir
from .process import LabError, Process

SEGMENTS4 = list(ipaddress.ip_network("198.18.0.0/20").subnets(new_prefix=28))  # RFC 2544: for labs
INSIDE4 = list(ipaddress.ip_network("203.0.113.0/24").subnets(new_prefix=28))  # behind a NAT
SEGMENTS6 = "2001:db8:{:x}::/64"
MOVES_END = 15  # of the addresses of a segment: the last one is its broadcast
END_S = 3  # for processes that were told to end

SOURCE_GUARD = """table inet guard {{
  chain pass {{
    type filter hook prerouting priority 0
    iifname "{link}" ip saddr != {net4} drop
    iifname "{link}" ip6 saddr != {net6} ip6 saddr != fe80::/10 drop
  }}
}}"""

ANCHOR = """
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/dbus /run/lock /run/netns
mount -t sysfs sysfs /sys 2>/dev/null || true
hostname "$1" 2>/dev/null || true
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0
ip link set lo up
certificates=/etc/ssl/certs/ca-certificates.crt
[ ! -e $certificates ] || { sed '/^-----END/q' $certificates >/run/one.crt; mount --bind /run/one.crt $certificates; }
echo ready
exec cat
"""


class Host:
    """One machine. Lives as long as its anchor process, which only holds the namespaces open."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.dir = lab.dir / name
        self.dir.mkdir()
        self.processes = []
        self.address = self.address6 = None
        self.anchor = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--propagation", "private", "sh", "-ec", ANCHOR, "sh", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self.anchor.stdout.readline().strip() != "ready":
            raise LabError(f"host {name}: no namespaces")

    def inside(self, command):
        return ["nsenter", "--target", str(self.anchor.pid), "--net", "--mount", "--uts", "--wd=/",
                "--", *map(str, command)]

    def run(self, *command, check=True, seconds=30, **kwargs):
        """Runs a command to its end; CompletedProcess with text output. A failure is an error unless check=False."""
        done = subprocess.run(self.inside(command), capture_output=True, text=True, timeout=seconds,
                              errors="replace", check=False, **kwargs)
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {' '.join(map(str, command))}: exit code {done.returncode}\n"
                           f"{done.stdout}{done.stderr}")
        return done

    def out(self, *command, **kwargs):
        return self.run(*command, **kwargs).stdout.strip()

    def ip_json(self, *arguments):
        return json.loads(self.out("ip", "-j", *arguments) or "[]")

    def start(self, name, *command, env=None, pass_fds=(), stdin=subprocess.DEVNULL):
        """Starts a program; its output goes to NAME.log in the directory of this host."""
        environment = {**os.environ, **env} if env else None
        process = Process(f"{self.name}/{name}", self.inside(command), self.dir / f"{name}.log", environment, pass_fds, stdin)
        self.processes.append(process)
        return process

    def has_link(self, name):
        return self.run("ip", "link", "show", "dev", name, check=False).returncode == 0

    def close(self):
        """Stops what still runs, newest first, then lets the namespaces go. Returns complaints."""
        complaints = []
        for process in reversed(self.processes):
            try:
                process.stop()
            except LabError as error:
                complaints.append(str(error))
            complaints += filter(None, [process.crash()])
        self.anchor.stdin.close()
        self.anchor.wait()
        self.anchor.stdout.close()
        return complaints


class Wire:
    """impair.c on a host between two others; its properties are named there."""

    def __init__(self, box, seed, properties):
        self.box = box
        self.process = box.start("impair", build_dir() / "tests" / "lab" / "impair", "in", "out", seed, *self.words(properties),
                                 stdin=subprocess.PIPE)
        self.process.wait_line("ready")

    @staticmethod
    def words(properties):
        return [word for name, value in properties.items() for word in (name, value)]

    def set(self, **properties):
        """These in place of all that it had."""
        self.process.write_line(" ".join(map(str, self.words(properties))))
        self.process.wait_line("set")


class Lab:
    """A router and the hosts around it. Use as a context: leaving it stops everything and checks that nothing is left."""

    def __init__(self, keep=False):
        if not is_inside():
            enter()
        self.keep = keep
        self.python_path = pathlib.Path(__file__).resolve().parent.parent
        self.hosts = {}
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="bamgate-lab-"))
        self.dir.chmod(0o711)  # a hub that is a child may be another user
        self.segments = 0
        self.before = other_processes()
        self.router = self.add_host("r")
        self.forward(self.router)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        complaints = self.close()
        if error is None and complaints:
            raise LabError("; ".join(complaints))

    def add_host(self, name):
        host = Host(self, name)
        self.hosts[name] = host
        return host

    def host(self, name, behind_nat=False):
        """A host on a segment of its own, reachable through the router, or behind a masquerading router of its own."""
        if not behind_nat:
            return self.attach(self.add_host(name))
        gateway = self.attach(self.add_host(f"{name}-nat"))
        self.forward(gateway)
        gateway.run("nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; "
                           "add rule ip nat out oifname eth0 masquerade")
        gateway.run("nft", "add table inet guard; add chain inet guard pass { type filter hook forward priority 0; "
                           "policy drop; }; add rule inet guard pass ct state established,related accept; "
                           "add rule inet guard pass iifname != eth0 accept")
        host = self.add_host(name)
        net = INSIDE4[self.segments]
        self.join(host, "eth0", gateway, f"to-{name}", net)
        host.address = str(net[2])
        host.run("ip", "route", "add", "default", "via", str(net[1]))
        return host

    def impair(self, host, seed=1, **properties):
        """Puts a Wire with these properties, each way, between a host and its router. Frames pass one by one: offloads go off."""
        box = self.add_host(f"{host.name}-wire")
        self.router.run("ip", "link", "delete", f"to-{host.name}")
        net4, net6 = ipaddress.ip_interface(f"{host.address}/28").network, ipaddress.ip_interface(f"{host.address6}/64").network
        self.join(host, "eth0", box, "in")
        self.join(box, "out", self.router, f"to-{host.name}")
        for end, link, index in ((host, "eth0", 2), (self.router, f"to-{host.name}", 1)):
            for net in (net4, net6):
                end.run("ip", "address", "add", f"{net[index]}/{net.prefixlen}", "dev", link)
            end.run("ethtool", "-K", link, "tso", "off", "gso", "off", "gro", "off", "tx", "off")
        host.run("ip", "route", "replace", "default", "via", str(net4[1]))
        host.run("ip", "-6", "route", "replace", "default", "via", str(net6[1]))
        return Wire(box, seed, properties)

    def attach(self, host, segments=None):
        self.segments += 1
        net4, net6 = (segments or SEGMENTS4)[self.segments], ipaddress.ip_network(SEGMENTS6.format(self.segments))
        self.join(host, "eth0", self.router, f"to-{host.name}", net4, net6)
        host.address, host.address6 = str(net4[2]), str(net6[2])
        host.run("ip", "route", "add", "default", "via", str(net4[1]))
        host.run("ip", "-6", "route", "add", "default", "via", str(net6[1]))
        return host

    def join(self, host, name, other, other_name, *nets):
        """A wire; `other` gets the first address of each net and `host` the second."""
        subprocess.run(["ip", "link", "add", "name", name, "netns", str(host.anchor.pid), "type", "veth",
                        "peer", "name", other_name, "netns", str(other.anchor.pid)], check=True)
        for end, link, index in ((other, other_name, 1), (host, name, 2)):
            for net in nets:
                flags = ["nodad"] if net.version == 6 else []
                end.run("ip", "address", "add", f"{net[index]}/{net.prefixlen}", "dev", link, *flags)
            end.run("ip", "link", "set", link, "up")

    @staticmethod
    def forward(host):
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def guard_sources(self, link, net4, net6):
        """The router drops what comes by one of its links from addresses of other nets, as providers do (BCP 38)."""
        self.router.run("nft", "-f", "-", input=SOURCE_GUARD.format(link=link, net4=net4, net6=net6))

    def cut(self, host):
        """Pulls the plug of a host; join again with mend()."""
        self.router.run("ip", "link", "set", f"to-{host.name}", "down")

    def mend(self, host):
        """A link that went down lost its IPv6 address on both ends: put it back."""
        self.router.run("ip", "link", "set", f"to-{host.name}", "up")

    def move(self, host):
        """Gives a host, in the same segment, other addresses in place of those that it has: the next ones, round and round."""
        for family, name in (("-4", "address"), ("-6", "address6")):
            address = getattr(host, name)
            if not address:
                continue
            length = host.out("ip", family, "-o", "address", "show", "dev", "eth0", "to", address).split("/")[1].split()[0]
            net = ipaddress.ip_interface(f"{address}/{length}").network
            index = int(ipaddress.ip_address(address)) - int(net[0]) + 1
            new = net[index if index < MOVES_END else 2]
            gateway = host.out("ip", family, "route", "show", "default").split()[2]
            host.run("ip", family, "address", "delete", f"{address}/{length}", "dev", "eth0")
            host.run("ip", family, "address", "add", f"{new}/{length}", "dev", "eth0", *(["nodad"] if family == "-6" else []))
            host.run("ip", family, "route", "replace", "default", "via", gateway)
            setattr(host, name, str(new))

    def left_after(self, seconds):
        """What runs still; what was killed with its parent takes a moment to end."""
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while True:
            reap()
            left = other_processes() - self.before
            if not left or time.monotonic() > deadline:
                return left
            pause.wait(0.02)

    def close(self):
        complaints = []
        for host in reversed(list(self.hosts.values())):
            complaints += host.close()
        left = self.left_after(END_S)
        complaints += [f"still running: {name} ({pid})" for pid, name in sorted(left)]
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
        return complaints

    def logs(self):
        """The end of every log, for a failure report."""
        parts = []
        for host in self.hosts.values():
            for process in host.processes:
                parts.append(f"--- {process.name}\n{process.output()}")
        return "\n".join(parts)


def other_processes():
    """Processes of the lab's process namespace beside us, those that ended but were not waited for excepted."""
    found = set()
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            name, state = (entry / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)
            if state.split()[0] not in "ZX":
                found.add((int(entry.name), name.split("(", 1)[1]))
    return found


def reap():
    """We are process 1 here: orphans become ours."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
