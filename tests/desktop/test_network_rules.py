# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rules for networks turn the real tunnel on and off, or ask, as Wi-Fi networks come and go."""

import subprocess

import pytest

from lab.bamgate import Machine
from networks import OPEN, OWE, POLICY, PSK, Networks


class World:
    """A machine with a static tunnel, networks around it, and an applet in the background."""

    def __init__(self, desktop, net, open_applet, directory):
        policy = directory / "nm.conf"
        policy.write_text(POLICY)
        self.desktop, self.open_applet = desktop, open_applet
        self.config = directory / "config"
        self.config.mkdir()
        self.machine = Machine(net.host("a"), policies=[policy])
        self.machine.write_config({"device": {"name": "a", "address": "10.0.0.1/24"}, "ice": {"stun-servers": []},
                                   "peer other": {"public-key": Machine(net.host("b")).keys.public, "allowed-ips": ["10.0.0.2/32"]}})
        self.machine.write_secret("device-key", self.machine.keys.private)
        self.machine.start()
        self.networks = Networks(self.machine)
        self.applet = None

    def set(self, key, value):
        environment = {**self.desktop.environment, "XDG_CONFIG_HOME": str(self.config)}
        subprocess.run(["gsettings", "set", "org.bamgate.Applet", key, value], env=environment, check=True, timeout=20)

    def meet(self, ssid, security=PSK):
        """Into that network, until the applet has seen it."""
        self.networks.enter(ssid, security)
        mark = f"{'secured' if security == PSK else 'open'}:{ssid}"
        saved = self.config / "glib-2.0" / "settings" / "keyfile"
        self.applet.wait(f"it met {ssid}", lambda: saved.exists() and f"'{mark}'" in saved.read_text(encoding="utf-8"))

    def start(self):
        self.applet = self.open_applet(self.machine, "--background", environment={"XDG_CONFIG_HOME": str(self.config)})

    def wait(self, state):
        self.applet.wait(f"the tunnel is {state}", lambda: self.machine.state_is(state))


@pytest.fixture
def world(desktop, net, open_applet, tmp_path):
    return World(desktop, net, open_applet, tmp_path)


def test_on_here_and_off_there(world):
    world.set("network-rules", "[('Home', false, 'off'), ('Office', false, 'on')]")
    world.machine.ctl("up")
    world.start()
    world.networks.enter("Home")
    world.wait("off")
    world.networks.enter("Elsewhere")  # no rule: as it was
    world.wait("online")
    world.machine.ctl("down")
    world.networks.enter("Office")
    world.wait("online")
    world.machine.ctl("down")  # the person's word holds here
    world.networks.leave()
    world.meet("Office")
    world.meet("Home")
    assert world.machine.state_is("off")
    world.meet("Office")
    world.wait("online")


def test_an_open_network_that_calls_itself_home(world):
    world.set("network-rules", "[('Home', false, 'off')]")
    world.set("open-networks", "on")
    world.machine.ctl("up")
    world.start()
    world.networks.enter("Home", PSK)
    world.wait("off")
    world.networks.enter("Home", OWE)  # encrypted, and anybody can be it
    world.wait("online")


def test_it_asks(world, notifications):
    world.set("open-networks", "'ask'")
    world.machine.ctl("down")
    world.start()
    world.networks.enter("Café", OPEN)
    title = "Turn on bamgate in “Café”?"
    world.applet.wait("the question", lambda: title in notifications.titles)
    notifications.press(title, "Turn On")
    world.wait("online")
    world.applet.wait("no question", lambda: not notifications.shown)
    world.networks.enter("Elsewhere")
    world.wait("off")
    world.networks.enter("Café", OPEN)
    world.applet.wait("the question", lambda: title in notifications.titles)
    notifications.press(title, "Always Here")
    world.wait("online")
    world.networks.enter("Elsewhere")
    world.wait("off")
    world.networks.enter("Café", OPEN)
    world.wait("online")
    assert not notifications.shown


def test_rules_that_come_later_and_a_restart(world):
    world.machine.ctl("up")
    world.networks.enter("Home")
    world.start()
    world.set("network-rules", "[('Home', false, 'off')]")
    world.wait("off")
    world.machine.ctl("up")  # the person's word, which holds when the applet starts anew
    world.wait("online")
    assert world.applet.stop() == 0
    world.start()
    world.set("network-rules", "[('Home', false, 'off'), ('Office', false, 'off')]")
    world.networks.enter("Office")
    world.wait("off")
