# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real NetworkManager on a lab host, on the bus of the machine there, with our plugin as it was built."""

import pathlib
import shutil

from lab.bamgate import Machine
from lab.paths import build_dir
from lab.wait import wait_for

POLICIES = [pathlib.Path("/usr/share/dbus-1/system.d/org.freedesktop.NetworkManager.conf"),
            pathlib.Path(__file__).resolve().parent.parent.parent / "nm-plugin" / "nm-bamgate-service.conf"]
VPN_DIR = "/usr/lib/NetworkManager/VPN"
NAME = "org.freedesktop.NetworkManager"
SETTINGS = """[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
no-auto-default=*
auth-polkit=root-only
systemd-resolved=false
[keyfile]
path={home}/connections
[logging]
level=INFO
domains=VPN:DEBUG
"""


def missing():
    """Why the suite cannot run, or None."""
    for name in ("NetworkManager", "nmcli"):
        if not shutil.which(name, path="/usr/sbin:/usr/bin"):
            return f"not on this machine: no {name}"
    if not (build_dir() / "nm-plugin" / "nm-bamgate-service").exists():
        return "not on this machine: the plugin was not built (libnm-dev)"
    return None


def nm_machine(host, *arguments, **kwargs):
    """A machine whose bus knows NetworkManager's policy and the plugin's."""
    return Machine(host, *arguments, policies=POLICIES, **kwargs)


class NetworkManager:
    def __init__(self, machine, settings=""):
        self.machine, self.host = machine, machine.host
        self.home = self.host.dir / "nm"
        for name in ("connections", "lib", "vpn", "none"):
            (self.home / name).mkdir(parents=True, mode=0o700)
        (self.home / "nm.conf").write_text(SETTINGS.format(home=self.home) + settings, encoding="utf-8")
        self.write_name_file()
        self.host.run("mount", "-o", "remount,ro", "/sys")  # else links without udev are not managed
        (self.host.dir / "run").mkdir(exist_ok=True)
        self.host.run("mkdir", "-p", "/run/NetworkManager", "/var/lib/NetworkManager", VPN_DIR)
        self.host.run("mount", "--bind", self.home / "lib", "/var/lib/NetworkManager")
        self.host.run("mount", "--bind", self.home / "vpn", VPN_DIR)
        self.start()

    def write_name_file(self):
        built = build_dir() / "nm-plugin"
        text = (built / "nm-bamgate-service.name").read_text(encoding="utf-8")
        lines = []
        for line in text.splitlines():
            key, _, value = line.partition("=")
            if key in ("program", "auth-dialog"):
                line = f"{key}={built / pathlib.Path(value).name}"
            elif key == "plugin":
                line = f"{key}={built / value}"
            lines.append(line)
        path = self.home / "vpn" / "nm-bamgate-service.name"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o644)

    def start(self):
        self.spawn()
        self.base()

    def spawn(self):
        self.process = self.host.start("NetworkManager", "NetworkManager", "--debug", f"--config={self.home}/nm.conf",
                                       f"--config-dir={self.home}/none", f"--intern-config={self.home}/none/intern.conf",
                                       f"--state-file={self.home}/state", f"--pid-file={self.home}/pid")
        self.host.run("nm-online", "-q", "-s", "-t", "20")

    def restart(self):
        self.process.stop()
        self.spawn()

    def base(self):
        """The connection that a VPN stands on: what the lab gave to eth0."""
        gateway = self.host.out("ip", "-4", "route", "show", "default").split()[2]
        gateway6 = self.host.out("ip", "-6", "route", "show", "default").split()[2]
        self.cli("connection", "add", "type", "ethernet", "ifname", "eth0", "con-name", "base", "autoconnect", "no",
                 "ipv4.method", "manual", "ipv4.addresses", f"{self.host.address}/28", "ipv4.gateway", gateway,
                 "ipv6.method", "manual", "ipv6.addresses", f"{self.host.address6}/64", "ipv6.gateway", gateway6)
        self.cli("connection", "up", "base")
        # NetworkManager 1.52 first has a route to the gateway itself, until it has seen that of its network
        wait_for("the base's own routes", lambda: self.is_settled(gateway))

    def is_settled(self, gateway):
        rows = self.host.ip_json("-4", "route", "show", "dev", "eth0")
        return any(row["protocol"] == "kernel" for row in rows) and gateway not in [row["dst"] for row in rows]

    def cli(self, *arguments, check=True, seconds=60):
        return self.host.run("nmcli", *arguments, check=check, seconds=seconds)

    def add(self, name="home", data="", **settings):
        """A connection of type bamgate."""
        words = [word for key, value in settings.items() for word in (key.replace("_", ".", 1).replace("_", "-"), value)]
        self.cli("connection", "add", "type", "vpn", "con-name", name, "vpn-type", "bamgate", "autoconnect", "no",
                 *(["vpn.data", data] if data else []), *words)

    def fields(self, name="home"):
        """{field: [values]} of a connection, the active part too."""
        found = {}
        for line in self.cli("-t", "-e", "no", "-f", "connection,vpn,ipv4,ipv6,GENERAL,IP4,IP6", "connection", "show", name).stdout.splitlines():
            key, _, value = line.partition(":")
            found.setdefault(key.split("[")[0], []).append(value)
        return found

    def is_active(self, name="home"):
        active = self.cli("-t", "-f", "NAME,STATE", "connection", "show", "--active").stdout.splitlines()
        return f"{name}:activated" in active

    def wait_ended(self, name="home", seconds=20):
        wait_for(f"connection {name} has ended", lambda: not self.is_active(name), seconds)

    def wait_said(self, text):
        """By NetworkManager or a plugin, in the log."""
        wait_for(f"“{text}” in the log", lambda: text in self.log())

    def log(self):
        return self.process.text()
