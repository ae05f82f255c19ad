# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who looks after a host's resolver: real programs, from packages that are unpacked and not installed (their scripts would take
over the resolver of this machine), on a lab host with an /etc of its own."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from .paths import build_dir

KEPT = pathlib.Path(os.environ.get("BAMGATE_UNPACKED", "/var/tmp/bamgate-unpacked"))
PACKAGES = ("systemd-resolved", "openresolv", "resolvconf")
RESOLVED = "org.freedesktop.resolve1"
USER = "systemd-resolve"
UID = 64999

OWN_ETC = """
mkdir -p /run/etc/upper /run/etc/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
rm -f /etc/resolv.conf
printf 'hosts: files dns\\n' >/etc/nsswitch.conf
printf '127.0.0.1\\tlocalhost\\n' >/etc/hosts
"""
# Packages of Debian 12 have some files in /sbin and /lib, those of 13 in /usr.
BESIDE = """
for part in sbin lib; do
  mkdir -p "$1/$part" "$1/usr/$part"
  mount -t overlay -o "lowerdir=$1/$part:$1/usr/$part:/usr/$part" overlay "/usr/$part"
done
cp -r "$1"/etc/. /etc
"""


def is_root():
    """Not only in a user namespace of ours, where there are no other users."""
    users = int(pathlib.Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2])
    return os.geteuid() == 0 and users > 1


def unpacked(package):
    """The folder with the files of a Debian package, downloaded once; None where it cannot be had."""
    folder = KEPT / package
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        KEPT.mkdir(mode=0o755, exist_ok=True)
        with open(KEPT / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                download(package, folder)
        return folder
    return None


def download(package, folder):
    with tempfile.TemporaryDirectory(dir=KEPT) as work:
        subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=work, check=True, timeout=60,
                       stderr=subprocess.DEVNULL)
        deb = next(pathlib.Path(work).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", deb, f"{work}/x"], check=True)
        shutil.move(f"{work}/x", folder)


def main():
    """Downloads all that suites unpack, where there is a network: they run where there is none."""
    for package in PACKAGES:
        if unpacked(package) is None:
            print(f"the package {package} cannot be downloaded: what needs it is skipped")


def own_etc(host, resolv_conf="nameserver 127.0.0.1\n"):
    """An /etc that ends with the host; before anything starts there."""
    host.run("sh", "-ec", OWN_ETC)
    write(host, "/etc/resolv.conf", resolv_conf)


def write(host, path, text):
    host.run("sh", "-c", 'cat >"$0"', path, input=text)


def read(host, path):
    return host.out("cat", path)


def find(host, name):
    """The IPv4 address that programs there find; "" for none."""
    words = host.run("getent", "ahostsv4", name, check=False).stdout.split()
    return words[0] if words else ""


class Helper:
    """bamgate-system-dns behind a socket, as systemd has it: `path` is for the daemon's option."""

    def __init__(self, host):
        self.host = host
        self.path = host.dir / "dns.socket"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.start()

    def start(self):
        self.process = self.host.start("system-dns", build_dir() / "daemon" / "names" / "bamgate-system-dns",
                                       f"--socket-fd={self.listener.fileno()}", "--record=/run/system-dns",
                                       pass_fds=(self.listener.fileno(),))

    def again(self):
        """As systemd does, once it ended."""
        self.process.wait()
        self.start()


class Resolved:
    """systemd-resolved, whose servers for other names are none. First prepare(), then a bus with `policy`, then this."""

    @staticmethod
    def prepare(host):
        own_etc(host)
        host.run("sh", "-ec", f"echo '{USER}:x:{UID}:{UID}::/:/bin/false' >>/etc/passwd; echo '{USER}:x:{UID}:' >>/etc/group; "
                 f"mkdir -p /run/systemd/resolve /etc/systemd/resolved.conf.d; chown {UID}:{UID} /run/systemd/resolve; "
                 "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf")
        write(host, "/etc/systemd/resolved.conf.d/lab.conf", "[Resolve]\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\n")

    @staticmethod
    def policy():
        return unpacked("systemd-resolved") / "usr/share/dbus-1/system.d/org.freedesktop.resolve1.conf"

    def __init__(self, machine):
        self.machine, self.host = machine, machine.host
        self.start()

    def start(self):
        package = unpacked("systemd-resolved")
        program = next(path for path in (package / "lib/systemd/systemd-resolved", package / "usr/lib/systemd/systemd-resolved") if path.exists())
        self.process = self.host.start("systemd-resolved", program)
        self.machine.bus.wait("systemd-resolved is on the bus", self.is_there)

    def is_there(self):
        names = self.machine.bus.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames",
                                                      None, None, 0, -1, None)
        return RESOLVED in names.unpack()[0]

    def ctl(self, *words):
        return self.host.out(unpacked("systemd-resolved") / "usr/bin/resolvectl", *words)

    def restart(self):
        self.process.stop()
        self.start()


def lay_beside(host, package):
    """The package's programs, as if it had been installed on the host."""
    host.run("sh", "-ec", BESIDE, "sh", unpacked(package))


if __name__ == "__main__":
    main()
