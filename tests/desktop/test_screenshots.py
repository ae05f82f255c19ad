# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures of the main pages, for people to look at: BUILD/screenshots/*.png, by --long."""

import pathlib
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from gi.repository import GLib

from lab.mesh import Mesh, empty_machine

LOOKS = {
    "light": {},
    "dark": {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"},
    "contrast": {"ADW_DEBUG_HIGH_CONTRAST": "1"},
    "narrow": {},
    "rtl": {"LC_ALL": "he_IL.UTF-8", "LANGUAGE": "he"},
}

pytestmark = [pytest.mark.long, pytest.mark.limit(240)]


@pytest.fixture(scope="module", autouse=True)
def hebrew(desktop):
    """A locale of a language that is written from the right, for this desktop alone."""
    made = desktop.dir / "locales"
    made.mkdir(exist_ok=True)
    subprocess.run(["localedef", "-i", "he_IL", "-f", "UTF-8", str(made / "he_IL.UTF-8")], check=True)
    LOOKS["rtl"]["LOCPATH"] = str(made)
    # GTK speaks it only to a program that does: an empty catalogue of ours beside GTK's, in our mount namespace alone
    messages, own = pathlib.Path("/usr/share/locale/he/LC_MESSAGES"), desktop.dir / "he"
    shutil.copytree(messages, own)
    (own / "bamgate.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n', encoding="utf-8")
    subprocess.run(["msgfmt", "-o", str(own / "bamgate.mo"), str(own / "bamgate.po")], check=True)
    subprocess.run(["mount", "--bind", str(own), str(messages)], check=True)


@pytest.fixture
def folder(build_dir):
    made = pathlib.Path(build_dir) / "screenshots"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture
def look(request, desktop):
    """What the environment says of one look; narrow is a size in the settings."""
    keyfile = desktop.dir / "config" / "glib-2.0" / "settings" / "keyfile"
    keyfile.parent.mkdir(parents=True, exist_ok=True)
    keyfile.unlink(missing_ok=True)
    size = (360, 640) if request.param == "narrow" else (860, 660)
    keyfile.write_text("[org/bamgate/Applet]\n" f"window-width={size[0]}\nwindow-height={size[1]}\n", encoding="utf-8")
    yield request.param
    keyfile.unlink(missing_ok=True)


def shoot(desktop, folder, name):
    path = folder / f"{name}.png"
    desktop.screenshot(path)
    subprocess.run(["mogrify", "-trim", "+repage", str(path)], check=True)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_first_run(net, desktop, folder, open_applet, look):
    applet = open_applet(empty_machine(net.host("lone")), environment=LOOKS[look])
    applet.wait_says("Your Own Private Network")
    shoot(desktop, folder, f"first-run-{look}")
    applet.window_action("join")
    applet.fill("Invitation", "bamgatectl join ABCD-EFGH 'https://hub.example:8443#sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='")
    applet.wait_says("hub.example:8443")
    shoot(desktop, folder, f"join-{look}")


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_network(net, desktop, folder, open_applet, look):
    with Mesh(net) as mesh:
        one = mesh.machine("laptop")
        two = mesh.machine("attic", device={"routes": ["192.168.7.0/24"]})
        mesh.machine("office")
        one.wait_peer("attic")
        one.wait_peer("office")
        applet = open_applet(one, environment=LOOKS[look])
        applet.wait_find(lambda name: name == "attic, Connected")
        for _ in range(3):
            one.host.run("ping", "-c", "4", "-i", "0.2", "-s", "1200", two.address)
        shoot(desktop, folder, f"network-{look}")
        applet.action("show-peer", GLib.Variant("s", "attic"))
        applet.wait_says("Networks Behind It")
        one.host.run("ping", "-c", "4", "-i", "0.5", "-s", "1200", two.address)
        shoot(desktop, folder, f"peer-{look}")
        applet.window_action("invite")
        applet.wait_says("Good for one machine")
        shoot(desktop, folder, f"invite-{look}")
        applet.stop()
        applet = open_applet(one, environment=LOOKS[look])
        applet.wait_find(lambda name: name == "attic, Connected")
        applet.window_action("settings")
        applet.wait_says("Turn On When the System Starts")
        shoot(desktop, folder, f"settings-{look}")


def test_those_of_the_metainfo_are_among_them(folder):
    """After the others: what software centres show has the names that are made here."""
    source = pathlib.Path(__file__).resolve().parents[2] / "gtk-applet" / "data" / "org.bamgate.Applet.metainfo.xml.in"
    shown = [pathlib.PurePosixPath(image.text).name for image in ET.parse(source).iter("image")]
    assert len(shown) == 4 and [name for name in shown if not (folder / name).is_file()] == []
