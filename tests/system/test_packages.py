# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our Debian packages on machines that have what they depend on and no more: installed, upgraded, removed, purged."""

import json
import re
import shlex
import time

import pytest

import root
from conftest import HOST_HUB
from debs import NEW, OLD, SETS, answers, install, longest_silence, take_away

pytestmark = pytest.mark.long

DAEMON, HUB, LONE_HUB = "bamgated", "bamgated-hub", "bamgate-hub"
BACK_WITHIN_S = 3
LEFT = "find / -xdev -name '*bamgate*' -not -path '/srv/*' -not -path '/proc/*' -not -path '/sys/*'"
PROGRAM = r"""
#include <bamgate.h>
int main (void) { return bamgate_client_get_type () == G_TYPE_INVALID; }
"""
DAEMON_PACKAGES = ("bamgate", "bamgate-hub", "bamgate-common", "libbamgate-1-0")
NOT_THERE = "was not installed"
# As a desktop does, though without one: the window is there when the name is, and it ends when it is told to.
IN_SESSION = """
export HOME=/home/alice DISPLAY=:9 GSK_RENDERER=cairo; cd
Xvfb :9 -screen 0 800x600x24 -nolisten tcp >/dev/null 2>&1 & X=$!
trap 'kill $X; wait $X; rm -f /tmp/.X11-unix/X9 /tmp/.X9-lock' EXIT
until [ -S /tmp/.X11-unix/X9 ]; do sleep 0.05; done
timeout 40 dbus-run-session -- sh -ec '
bamgate-applet &
bus="busctl --address=$DBUS_SESSION_BUS_ADDRESS"
until $bus status org.bamgate.Applet >/dev/null 2>&1; do sleep 0.05; done
$bus call org.bamgate.Applet /org/bamgate/Applet org.freedesktop.Application ActivateAction "sava{sv}" quit 0 0
wait $!'
"""
IN_PYTHON = "import gi; gi.require_version('Bamgate', '1'); from gi.repository import Bamgate; print(Bamgate.Client.__name__)"


def status(machine):
    return json.loads(machine.ctl("status", "--json").stdout)


def online(machine):
    machine.wait("the tunnel is online", lambda: status(machine)["state"] == "online")


def enabled(machine, unit):
    return machine.run("systemctl", "is-enabled", unit, check=False).stdout.strip()


def version(machine, package):
    return machine.out("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package)


def test_readme_names_what_belongs_together():
    """In its two lines; the second is for a desktop."""
    lines = re.findall(r"^sudo apt install (.*)$", (root.TOP / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = [re.findall(r"\./([a-z0-9.-]+)_\*\.deb", line) for line in lines]
    assert [sorted(names) for names in named] == [sorted(SETS["bamgate"][0]), sorted(set(SETS["desktop"][0]) - set(SETS["bamgate"][0]))]


def test_an_installed_daemon_waits(bare_machine):
    """It runs and is enabled, and does nothing that anybody could notice until it is set up."""
    machine = bare_machine("bamgate")
    install(machine, "bamgate")
    assert machine.is_active(DAEMON) and enabled(machine, DAEMON) == "enabled"
    assert machine.show(DAEMON, "NRestarts") == "0"
    assert status(machine)["state"] == "off"
    assert not machine.is_active(HUB) and not machine.is_active(LONE_HUB) and enabled(machine, LONE_HUB) == "disabled"
    assert "bamgate" not in machine.out("ss", "-Hlntup") and "bamgate" not in machine.out("ip", "link")
    assert machine.journal("--unit", DAEMON, "--priority", "warning") == ""
    machine.reboot()
    machine.wait("it starts at boot", lambda: machine.is_active(DAEMON))


def joined(home, laptop):
    for machine in (home, laptop):
        install(machine, "bamgate")
    setup = json.loads(home.ctl("setup", "--host", "--public-url", "https://192.0.2.1:8443", "--name", "home", "--json").stdout)
    words = shlex.split(setup["invite"]["join_command"])
    laptop.ctl(*words[words.index("join"):], "--name", "laptop", seconds=60)
    for machine in (home, laptop):
        machine.wait("they are connected", lambda: [peer["state"] for peer in status(machine)["peers"]] == ["connected"], 40)


@pytest.mark.limit(240)
def test_upgrade_under_a_tunnel(bare_machine, wire):
    home, laptop = bare_machine("bamgate", wire[0], "home"), bare_machine("bamgate", wire[1], "laptop")
    joined(home, laptop)
    for machine, other in ((laptop, home), (home, laptop)):
        pid, hub = machine.pid(DAEMON), machine.pid(HUB)
        address = status(machine)["addresses"][0].split("/")[0]
        with other.started("ping", "-D", "-n", "-i", "0.1", address) as ping:
            times = answers(ping, 0)
            install(machine, "bamgate", NEW)
            machine.wait("another daemon", lambda: machine.pid(DAEMON) not in (0, pid))
            machine.wait("they are connected", lambda: [peer["state"] for peer in status(machine)["peers"]] == ["connected"], 40)
            times += answers(ping, time.time())
        silence = longest_silence(times)
        print(f"{machine.name}: silent for {silence:.2f} s")
        assert silence < BACK_WITHIN_S
        assert version(machine, "bamgate") == f"installed {NEW}"
        assert not hub or machine.pid(HUB) not in (0, hub)


def test_stopped_and_disabled_stays_so(bare_machine):
    machine = bare_machine("bamgate")
    install(machine, "bamgate")
    machine.run("systemctl", "disable", "--quiet", "--now", DAEMON)
    install(machine, "bamgate", NEW)
    assert not machine.is_active(DAEMON) and enabled(machine, DAEMON) == "disabled"


def test_removed_and_purged(bare_machine):
    machine = bare_machine("bamgate")
    before = machine.sh(LEFT)
    install(machine, "bamgate")
    machine.ctl(*HOST_HUB)
    online(machine)
    key = status(machine)["public_key"]
    take_away(machine, "remove", *DAEMON_PACKAGES)
    assert machine.run("pgrep", "bamgate", check=False).stdout == "" and "bamgate" not in machine.out("ip", "link")
    assert machine.sh("ls -A /etc/bamgate /var/lib/bamgated-hub; ls -d /run/*bamgate* /run/wireguard 2>/dev/null || true").split() == [
        "/etc/bamgate:", "bamgate.conf", "secrets", "/var/lib/bamgated-hub:",
        *machine.sh("ls -A /var/lib/bamgated-hub").split()]
    install(machine, "bamgate")
    online(machine)
    assert status(machine)["public_key"] == key
    take_away(machine, "purge", *DAEMON_PACKAGES)
    assert machine.sh(LEFT) == before
    assert machine.run("test", "-e", "/run/wireguard", check=False).returncode != 0


def test_hub_by_itself(bare_machine):
    machine = bare_machine("bamgate-hub")
    before = machine.sh(LEFT)
    install(machine, "bamgate-hub")
    assert not machine.is_active(LONE_HUB) and enabled(machine, LONE_HUB) == "disabled"
    machine.run("systemctl", "enable", "--quiet", "--now", LONE_HUB)
    machine.wait("it listens", lambda: "bamgate-hub" in machine.out("ss", "-Hltnp"))
    pid = machine.pid(LONE_HUB)
    install(machine, "bamgate-hub", NEW)
    assert machine.is_active(LONE_HUB) and machine.pid(LONE_HUB) != pid
    machine.wait("it listens", lambda: "bamgate-hub" in machine.out("ss", "-Hltnp"))
    take_away(machine, "remove", "bamgate-hub")
    assert not machine.is_active(LONE_HUB)
    take_away(machine, "purge", "bamgate-hub")
    assert machine.sh(LEFT) == before


@pytest.mark.limit(240)
def test_applet(bare_machine):
    """It starts on a bare display and session bus, and leaves nothing."""
    machine = bare_machine("bamgate-applet")
    machine.sh("useradd --create-home alice")
    before = machine.sh(LEFT)
    install(machine, "bamgate-applet")
    assert machine.out("bamgate-applet", "--version").split()[0] == "bamgate-applet"
    machine.run("sh", "-ec", IN_SESSION, user="alice", seconds=60)
    install(machine, "bamgate-applet", NEW)
    machine.run("sh", "-ec", IN_SESSION, user="alice", seconds=60)
    take_away(machine, "purge", "bamgate-applet", *DAEMON_PACKAGES)
    assert machine.sh(LEFT + " -not -path '/home/*'") == before


@pytest.mark.limit(240)
def test_plugin(bare_machine):
    """A NetworkManager that runs learns of it, with the dialogs and without them, and forgets it."""
    machine = bare_machine("network-manager-bamgate-gnome")
    machine.run("systemctl", "is-active", "NetworkManager")
    before = machine.sh(LEFT)

    def complaint():
        return machine.run("nmcli", "connection", "up", "home", check=False).stderr

    for package in ("network-manager-bamgate", "network-manager-bamgate-gnome"):
        install(machine, package)
        machine.run("nmcli", "connection", "add", "type", "vpn", "con-name", "home", "vpn-type", "bamgate")
        machine.wait("NetworkManager knows it", lambda: NOT_THERE not in complaint())
        machine.run("nmcli", "connection", "delete", "home")
    install(machine, "network-manager-bamgate-gnome", NEW)
    take_away(machine, "purge", "network-manager-bamgate-gnome", "network-manager-bamgate", *DAEMON_PACKAGES)
    assert machine.sh(LEFT) == before
    machine.run("systemctl", "is-active", "NetworkManager")


def test_library(bare_machine):
    """A program compiled with it, and Python."""
    machine = bare_machine("libbamgate-1-dev")
    install(machine, "libbamgate-1-dev", OLD)
    machine.run("sh", "-ec", "cat >/tmp/a.c; gcc -Wall -Werror -o /tmp/a /tmp/a.c $(pkg-config --cflags --libs libbamgate-1); /tmp/a", input=PROGRAM)
    assert machine.out("python3", "-c", IN_PYTHON) == "Client"
