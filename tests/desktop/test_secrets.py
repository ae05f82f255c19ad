# SPDX-License-Identifier: LGPL-2.1-or-later
"""A secret that its person types each time is asked for in a dialog of the applet."""

import time

from lab.bamgate import static_machine
from lab.paths import program
from lab.wireguard import Keys


def machine_that_asks(net):
    host = net.host("a")
    machine = static_machine(host, "10.70.0.1/24", {"b": {"public-key": Keys().public, "allowed-ips": ["10.70.0.2/32"]}},
                             {"autostart": False})
    (machine.secrets / "device-key").unlink()
    machine.config.write_text(machine.config.read_text() + "\n[secrets]\ndevice-key=ask:0\n")
    return machine.start()


def begin_up(machine):
    return machine.host.start(f"up-{time.monotonic_ns()}", program("bamgatectl"), "up")


def test_secret_is_typed(net, open_applet):
    machine = machine_that_asks(net)
    applet = open_applet(machine, "--background")
    machine.daemon.wait_line("an agent of user 0")
    up = begin_up(machine)
    applet.wait_says("A Secret Is Needed to Connect")
    applet.wait_says("the device key")
    assert not applet.wait_find("Connect", "push button").has_state("sensitive")
    applet.fill("Secret", machine.keys.private)
    applet.press("Connect")
    machine.wait_state("online")
    assert up.wait() == 0 and machine.bus.tunnel()["PublicKey"] == machine.keys.public


def test_no_is_a_no_and_down_takes_the_question_back(net, open_applet):
    machine = machine_that_asks(net)
    applet = open_applet(machine, "--background")
    machine.daemon.wait_line("an agent of user 0")
    up = begin_up(machine)
    applet.press("Cancel")
    assert up.wait() == 1 and "said no" in up.output()
    applet.wait("the dialog has gone", lambda: not applet.windows)
    begin_up(machine)
    applet.wait_says("A Secret Is Needed to Connect")
    machine.ctl("down")
    applet.wait("the dialog has gone", lambda: not applet.windows)
    machine.wait_state("off")


def test_quits_with_the_question_open(net, open_applet):
    """Half typed: the daemon hears that nobody is there any more."""
    machine = machine_that_asks(net)
    applet = open_applet(machine, "--background")
    machine.daemon.wait_line("an agent of user 0")
    begin_up(machine)
    applet.fill("Secret", "half")
    assert applet.stop() == 0
    machine.wait_state("failed")
