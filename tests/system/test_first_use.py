# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person's first evening with bamgate, on two machines with a wire between them: packages, setup, invite, join, the window,
NetworkManager's switch, a reboot. Pictures of the window stay in the build folder, in first-use/."""

import contextlib
import json
import pathlib
import shlex
import shutil
import subprocess
import time

import pytest

import debs

pytestmark = [pytest.mark.long, pytest.mark.limit(600)]

HERE = pathlib.Path(__file__).resolve().parent
MOST_S = 120  # of what a person does, from the packages to both machines in the window
SAID = "/tmp/said"
SESSION = ["systemd-run", "--quiet", "--pipe", "--wait", "-p", "PAMName=login", "-p", "User=alice", "-E", "XDG_SEAT=seat0",
           "-E", "XDG_SESSION_TYPE=x11", "-E", "XDG_SESSION_CLASS=user", "/srv/desktop/session.sh", SAID]


class Walk:
    """What the person does, by name, with the seconds that it took."""

    def __init__(self, pictures):
        self.steps, self.pictures = {}, pictures
        shutil.rmtree(pictures, ignore_errors=True)
        pictures.mkdir()

    @contextlib.contextmanager
    def step(self, name):
        begun = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - begun

    def picture(self, machine, name):
        """Of the screen there: its X server is reached by its namespace."""
        into = ["nsenter", "--target", str(machine.leader), "--net", "import", "-display", ":9", "-window", "root"]
        subprocess.run([*into, self.pictures / f"{name}.png"], check=True, timeout=30)

    def report(self):
        for name, seconds in self.steps.items():
            print(f"{seconds:6.1f} s  {name}")
        return sum(self.steps.values())


def status(machine):
    return json.loads(machine.ctl("status", "--json").stdout)


def connected(machine):
    shown = status(machine)
    return shown["state"] == "online" and [peer["state"] for peer in shown["peers"]] == ["connected"]


def wait_connected(*machines):
    for machine in machines:
        machine.wait("the other machine is connected", lambda: connected(machine), 60)


@contextlib.contextmanager
def desktop(machine):
    """Alice sits at the machine, with the applet open; gives what its window says."""
    with machine.started(*SESSION) as session:
        def said():
            assert session.poll() is None, session.communicate()[0]
            return machine.run("cat", SAID, check=False).stdout
        try:
            yield said
        finally:
            machine.sh("loginctl terminate-user alice || true")
            machine.run("rm", "-f", SAID)


def nmcli(machine, *words, **options):
    return machine.out("nmcli", *words, seconds=60, **options)


def active(machine, name):
    return f"{name}:activated" in nmcli(machine, "-t", "-f", "NAME,STATE", "connection", "show", "--active").splitlines()


def answers(machine, other):
    address = status(other)["addresses"][0].split("/")[0]
    return machine.run("ping", "-n", "-c", "1", "-W", "2", address, check=False).returncode == 0


def network_by_hand(machine, address):
    """NetworkManager knows the wire, as it knows a person's Wi-Fi."""
    nmcli(machine, "connection", "add", "type", "ethernet", "ifname", "eth0", "con-name", "wire", "ipv4.method", "manual",
          "ipv4.addresses", f"{address}/24", "ipv4.gateway", "192.0.2.1", "ipv6.method", "disabled")
    nmcli(machine, "connection", "up", "wire")


def test_first_evening(bare_machine, wire, build_dir):
    walk = Walk(build_dir / "first-use")
    home, laptop = (bare_machine("desktop", space, name) for space, name in zip(wire, ("home", "laptop")))
    for machine in (home, laptop):
        machine.sh("useradd --create-home --shell /bin/sh alice")
        for file in (HERE / "desktop").iterdir():
            machine.run("sh", "-ec", f"mkdir -p /srv/desktop; cat >/srv/desktop/{file.name}; chmod 755 /srv/desktop/{file.name}",
                        input=file.read_text(encoding="utf-8"))

    with walk.step("home: install the packages"):
        debs.install(home, "desktop")
    with walk.step("laptop: install the packages"):
        debs.install(laptop, "desktop")
    network_by_hand(laptop, "192.0.2.2")

    with walk.step("home: bamgatectl setup --host"):
        told = home.ctl("setup", "--host", "--public-url", "https://192.0.2.1:8443", "--name", "home").stdout
    line = next(line.strip() for line in told.splitlines() if "bamgatectl join" in line)
    words = shlex.split(line)
    with walk.step("laptop: the line that it said"):
        laptop.run(*words[words.index("bamgatectl"):], "--name", "laptop", seconds=60)
    with walk.step("both are connected"):
        wait_connected(home, laptop)

    with desktop(laptop) as said:
        with walk.step("laptop: the window shows both"):
            laptop.wait("the window shows the other machine", lambda: "home" in said() and "laptop" in said(), 60)
        walk.picture(laptop, "laptop-online")
        took = walk.report()
        assert took < MOST_S

        # the switch of the desktop
        nmcli(laptop, "connection", "add", "type", "vpn", "con-name", "bamgate", "vpn-type", "bamgate", "autoconnect", "no")
        nmcli(laptop, "connection", "up", "bamgate")
        assert active(laptop, "bamgate")
        laptop.wait("home answers", lambda: answers(laptop, home), 30)
        nmcli(laptop, "connection", "down", "bamgate")
        assert not active(laptop, "bamgate")
        laptop.wait("the tunnel is its own again, or off", lambda: status(laptop)["state"] in ("online", "off"))
        laptop.ctl("up")
        wait_connected(home, laptop)
        laptop.wait("home answers", lambda: answers(laptop, home), 30)

    for machine in (laptop, home):
        machine.reboot()
    wait_connected(home, laptop)
    laptop.wait("home answers", lambda: answers(laptop, home), 30)
    with desktop(home) as said:
        home.wait("the window shows the other machine", lambda: "laptop" in said(), 60)
        walk.picture(home, "home-after-reboot")
