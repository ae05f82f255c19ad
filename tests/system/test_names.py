# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names in the machine's own resolver, with the units and rights that are installed: the hosts file by a helper, and
systemd-resolved, which polkit lets the daemon's user tell of them."""

import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from lab.resolvers import unpacked  # noqa: E402

NAME = "home.bamgate.internal"
CHOWN_AND_FOWNER = 1 << 0 | 1 << 3


def manager(machine):
    return machine.out("busctl", "get-property", "org.bamgate.Tunnel1", "/org/bamgate/Tunnel1", "org.bamgate.Tunnel1", "DnsManager").split('"')[1]


def hosts(machine):
    return machine.out("cat", "/etc/hosts")


def is_found(machine):
    return machine.run("getent", "ahosts", NAME, check=False).returncode == 0


def wait_told(machine, whom):
    machine.wait(f"{whom} is told", lambda: manager(machine) == whom and is_found(machine))


def test_hosts_file(machine):
    machine.sh("printf '127.0.0.1 localhost' >/etc/hosts; chmod 640 /etc/hosts")
    machine.ctl("setup", "--host", "--name", "home")
    wait_told(machine, "hosts")
    assert hosts(machine).startswith("127.0.0.1 localhost\n") and machine.out("stat", "-c", "%a %U", "/etc/hosts") == "640 root"
    status = machine.status_of(machine.pid("bamgated-dns"))
    assert {int(status[key], 16) for key in ("CapEff", "CapPrm", "CapBnd")} == {CHOWN_AND_FOWNER} and status["NoNewPrivs"] == "1"
    assert machine.run("sh", "-c", "test -w /run/bamgated-dns/daemon", user="alice", check=False).returncode != 0

    machine.run("systemctl", "kill", "--signal=KILL", "bamgated-dns")
    machine.wait("the next helper wrote them", lambda: manager(machine) == "hosts" and NAME in hosts(machine))
    before = machine.pid("bamgated")
    machine.run("systemctl", "kill", "--signal=KILL", "bamgated")
    machine.wait("they are taken back", lambda: hosts(machine) == "127.0.0.1 localhost")
    machine.wait("the next daemon is there", lambda: machine.pid("bamgated") not in (0, before))
    wait_told(machine, "hosts")
    machine.run("systemctl", "stop", "bamgated")
    machine.wait("all is as before", lambda: hosts(machine) == "127.0.0.1 localhost")


def test_systemd_resolved(host):
    package = unpacked("systemd-resolved")
    if package is None:
        pytest.skip("not on this machine: the package systemd-resolved cannot be downloaded")
    wait_told(host, "hosts")
    top = pathlib.Path(f"/proc/{host.leader}/root")
    for part in ("lib/systemd", "usr/bin", "usr/share/dbus-1", "usr/share/polkit-1", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d"):
        if (package / part).is_dir():
            shutil.copytree(package / part, top / "usr" / part.removeprefix("usr/"), dirs_exist_ok=True)
    host.sh("systemd-sysusers; systemd-tmpfiles --create systemd-resolve.conf || true; systemctl daemon-reload; systemctl reload dbus; "
            "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf; systemctl restart polkit; systemctl start systemd-resolved")
    wait_told(host, "systemd-resolved")
    assert NAME not in hosts(host)
    host.run("systemctl", "stop", "bamgated")
    host.wait("it is taken back", lambda: not is_found(host))
