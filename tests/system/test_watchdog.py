# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program of ours that does nothing any more is ended and started again by its unit."""

import contextlib
import json
import subprocess
import sys

import pytest

DAEMON, HUB, LONE_HUB = "bamgated", "bamgated-hub", "bamgate-hub"
HASTE = "mkdir -p /etc/systemd/system/{0}.service.d; printf '[Service]\\nWatchdogSec=3\\n' >/etc/systemd/system/{0}.service.d/haste.conf"
# Stops one thread of a process, as no signal does, until it ends.
HOLD = """
import ctypes, os, sys
thread, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
for seize_interrupt in (0x4206, 0x4207):
    if libc.ptrace(seize_interrupt, thread, None, None) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
while True:
    _thread, status = os.waitpid(thread, 0x40000000)  # __WALL
    if not os.WIFSTOPPED(status):
        break
    print("held", flush=True)
"""


def is_online(machine):
    shown = machine.ctl("status", "--json", check=False)
    return shown.returncode == 0 and json.loads(shown.stdout)["state"] == "online"


def thread(machine, pid, name):
    """The id of the first thread of this name."""
    return machine.sh(f"cd /proc/{pid}/task; for t in *; do [ \"$(cat $t/comm)\" != {name} ] || echo $t; done").split()[0]


@contextlib.contextmanager
def held(machine, pid, name):
    enter = ["nsenter", "--target", str(machine.leader), "--pid", "--", sys.executable, "-c", HOLD, thread(machine, pid, name)]
    with subprocess.Popen(enter, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            yield
        finally:
            holder.wait(30)  # its thread has ended


def told(machine, unit):
    """When the watchdog was last told that the unit's program is alive."""
    return int(machine.show(unit, "WatchdogTimestampMonotonic"))


def wait_told(machine, unit):
    before = told(machine, unit)
    machine.wait(f"{unit} says that it is alive", lambda: told(machine, unit) > before)


def restarts(machine, unit=DAEMON):
    return int(machine.show(unit, "NRestarts"))


@pytest.fixture
def hasty(new_machine):
    machine = new_machine()
    for unit in (DAEMON, HUB, LONE_HUB):
        machine.sh(HASTE.format(unit))
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--quiet", "--now", DAEMON)
    machine.ctl("setup", "--host", "--name", "home")
    machine.wait("it is online", lambda: is_online(machine))
    return machine


@pytest.mark.parametrize("name", ["bamgate-data", "bamgated"])
def test_hung_thread_of_the_daemon(hasty, name):
    for _ in range(4):
        wait_told(hasty, DAEMON)
    assert restarts(hasty) == 0
    pid = hasty.pid(DAEMON)
    with held(hasty, pid, name):
        hasty.wait("another daemon", lambda: hasty.pid(DAEMON) not in (0, pid))
    hasty.wait("it is online", lambda: is_online(hasty))
    assert restarts(hasty) == 1
    assert "Watchdog timeout" in hasty.journal("--unit", DAEMON)


@pytest.mark.long
def test_stopped_programs(hasty):
    hasty.sh("echo BAMGATE_HUB_OPTIONS=--port=9443 >/etc/default/bamgate-hub")
    hasty.run("systemctl", "enable", "--quiet", "--now", LONE_HUB)
    for unit in (DAEMON, HUB, LONE_HUB):
        wait_told(hasty, unit)
        pid = hasty.pid(unit)
        hasty.run("kill", "-STOP", str(pid))
        hasty.wait(f"another {unit}", lambda: hasty.pid(unit) not in (0, pid))
        hasty.wait("it is online", lambda: is_online(hasty))
        assert "Watchdog timeout" in hasty.journal("--unit", unit)
    assert restarts(hasty) == 1
