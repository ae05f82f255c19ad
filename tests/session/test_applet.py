# SPDX-License-Identifier: LGPL-2.1-or-later
"""The applet is the agent of its session: secrets come from a real keyring, without bamgatectl."""

import shutil

import pytest

from lab.lab import other_processes
from lab.paths import build_dir
from lab.wait import wait_for
from person import Person
from test_agent import files, make, up_error

APPLET = build_dir() / "gtk-applet" / "bamgate-applet"


def start_applet(person):
    environment = {"GSETTINGS_BACKEND": "memory", "GSETTINGS_SCHEMA_DIR": APPLET.parent, "GTK_A11Y": "none", "GDK_BACKEND": "x11",
                   "GSK_RENDERER": "cairo"}
    words = [f"{key}={value}" for key, value in environment.items()]
    return person.start("applet", "env", "-u", "DISPLAY", "xvfb-run", "-a", "env", *words, APPLET, "--background")


@pytest.mark.skipif(not APPLET.exists() or not shutil.which("xvfb-run"),
                    reason="not on this machine: no bamgate-applet, or no xvfb-run")
def test_tunnel_comes_up_with_the_applet(net):
    """It takes what files held into the keyring, and gives it back at each up; when it has quit nobody does."""
    machine = make(net, "user:0").start()
    person = Person(machine.host, "alice")
    start_applet(person)
    wait_for("no file holds it", lambda: "device-key" not in files(machine))
    assert person.kept() == {"device-key": machine.keys.private}
    for _ in range(2):
        machine.ctl("up")
        assert machine.bus.tunnel()["PublicKey"] == machine.keys.public
        machine.ctl("down")
    person.run("gapplication", "action", "org.bamgate.Applet", "quit")
    wait_for("it has quit", lambda: "org.bamgate.Applet" not in names(person))
    assert "has no agent here" in up_error(machine)
    # xvfb-run ends its server, and does not wait for that.
    wait_for("its screen is gone", lambda: "Xvfb" not in {name for _, name in other_processes()})


def names(person):
    return person.run("busctl", "--user", "list", "--no-pager", "--acquired").stdout
