# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hub of setup --host where no systemd starts it: a child of the daemon, with none of its rights."""

import pytest

from lab.mesh import empty_machine
from lab.wait import wait_for


@pytest.fixture
def home(net):
    machine = empty_machine(net.host("home"))
    machine.ctl("setup", "--host", "--public-url", f"https://{machine.host.address}:8443", "--name", "home", seconds=60)
    return machine.wait_state("online")


def hub_status(machine, pid=None):
    """/proc/PID/status of the daemon's child; empty where it is gone."""
    pid = pid or machine.host.out("pgrep", "--exact", "bamgate-hub", "--ns", str(machine.host.anchor.pid), "--nslist", "net")
    lines = machine.host.out("cat", f"/proc/{pid}/status", check=False).splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_the_child_has_no_rights(home):
    status = hub_status(home)
    assert {int(status[key], 16) for key in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {0}
    assert int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


def test_the_child_ends_with_its_daemon(home):
    pid = hub_status(home)["Pid"]
    home.kill()
    wait_for("the hub is gone", lambda: hub_status(home, pid).get("State", "Z")[0] == "Z", 20)
    home.start().wait_state("online")


def test_the_log_says_what_changes(home):
    """Also for whoever sees no topics, as in a journal."""
    lines = home.daemon.output()
    assert "hub: connecting -> online" in lines and "tunnel: off -> starting" in lines


def test_its_last_words_are_the_reason(home):
    home.ctl("config", "set", "network.hub-listen=192.0.2.1:8443")
    home.ctl("down")
    home.ctl("up", check=False)
    home.bus.wait("the reason", lambda: "Cannot assign requested address" in home.bus.tunnel().get("StateReason", ""))
    reason = home.bus.tunnel()["StateReason"]
    assert "bamgate-hub: " in reason and "192.0.2.1" in reason


def test_newcomers_wait_where_the_settings_say_so(net, home):
    """The hub starts anew with them; the machine that was here stays in."""
    home.ctl("config", "set", "network.hub-approve-devices=yes", "network.hub-shared-token=no")
    home.wait_state("online")
    guest = empty_machine(net.host("guest"))
    guest.join(home.ctl_json("invite")["invite"], "--name", "guest")
    waiting = [device for device in home.ctl_json("devices")["devices"] if device["name"] == "guest"]
    assert [device["state"] for device in waiting] == ["pending"]
    home.ctl("devices", "approve", "guest", "--yes")
    guest.ctl("up")
    guest.wait_state("online")
