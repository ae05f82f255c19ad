# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures of every page, for people to look at: BUILD/screenshots/*.png, by --long."""

import filecmp
import pathlib
import shutil
import subprocess
import time
import types
import xml.etree.ElementTree as ET

import pytest
from gi.repository import GLib

import pseudo_language
from lab.mesh import Mesh, empty_machine
from lab.paths import build_dir

LOOKS = {
    "light": {},
    "dark": {"ADW_DEBUG_COLOR_SCHEME": "prefer-dark"},
    "contrast": {"ADW_DEBUG_HIGH_CONTRAST": "1"},
    "narrow": {},
    "german": {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    # GTK 4.8 finds fault with the sizes of its own boxes where letters of several scripts meet
    "rtl": {"LC_ALL": "he_IL.UTF-8", "LANGUAGE": "he", "G_DEBUG": ""},
}
NARROW = (360, 640)

pytestmark = [pytest.mark.long, pytest.mark.limit(240)]


@pytest.fixture(scope="module", autouse=True)
def languages(desktop):
    """German, and one that is written from the right: nobody's words, in the locale of those who write so."""
    made = desktop.dir / "locales"
    made.mkdir(exist_ok=True)
    for look, locale in (("german", "de_DE"), ("rtl", "he_IL")):
        subprocess.run(["localedef", "-i", locale, "-f", "UTF-8", str(made / f"{locale}.UTF-8")], check=True)
        LOOKS[look] |= {"LOCPATH": str(made), "BAMGATE_LOCALEDIR": str(made)}
    pseudo_language.make(made)
    for name, catalogue in (("de", build_dir() / "po" / "de" / "LC_MESSAGES"), ("he", made / pseudo_language.LANGUAGE / "LC_MESSAGES")):
        shutil.copytree(catalogue, made / name / "LC_MESSAGES")


@pytest.fixture(scope="module", autouse=True)
def still(desktop):
    """Nothing that moves."""
    settings = desktop.dir / "config" / "gtk-4.0" / "settings.ini"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("[Settings]\ngtk-enable-animations=false\n", encoding="utf-8")
    yield
    settings.unlink()


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
    size = NARROW if request.param == "narrow" else (860, 660)
    keyfile.write_text("[org/bamgate/Applet]\n" f"window-width={size[0]}\nwindow-height={size[1]}\n", encoding="utf-8")
    yield request.param
    keyfile.unlink(missing_ok=True)


def squeeze(desktop, applet):
    """Every window of the applet into a narrow screen."""
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(applet.process.pid), "--name", "."], text=True,
                           env=desktop.environment, timeout=30, capture_output=True, check=False).stdout.split()
    for window in found:
        subprocess.run(["xdotool", "windowsize", "--sync", window, *map(str, NARROW)], env=desktop.environment, timeout=30, check=False)


def shoot(desktop, folder, name, applet):
    """When two pictures of the screen are the same."""
    path, before = folder / f"{name}.png", folder / "before.png"
    if name.endswith("-narrow"):
        squeeze(desktop, applet)
    deadline = time.monotonic() + 5
    desktop.screenshot(path)
    while time.monotonic() < deadline:
        path.rename(before)
        desktop.screenshot(path)
        if filecmp.cmp(before, path, shallow=False):
            break
    before.unlink(missing_ok=True)
    subprocess.run(["mogrify", "-trim", "+repage", str(path)], check=True)


def wait_windows(applet, count):
    applet.wait(f"{count} windows", lambda: len(applet.windows) == count)


def wait_peer(applet, name):
    applet.wait_find(lambda said: said.startswith(f"{name}, "))


def entry(applet):
    """The first that can be written into, of the window that came last."""
    return applet.wait("an entry", lambda: next((node for node in applet.windows[-1].walk() if node.role == "text"), None))


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_first_run(net, desktop, folder, open_applet, look):
    applet = open_applet(empty_machine(net.host("lone")), environment=LOOKS[look])
    wait_windows(applet, 1)
    shoot(desktop, folder, f"first-run-{look}", applet)
    applet.window_action("join")
    entry(applet).type("bamgatectl join ABCD-EFGH 'https://hub.example:8443#sha256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='")
    applet.wait_says("hub.example:8443")
    shoot(desktop, folder, f"join-{look}", applet)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_network(net, desktop, folder, open_applet, look):
    with Mesh(net) as mesh:
        one = mesh.machine("laptop")
        two = mesh.machine("attic", device={"routes": ["192.168.7.0/24"]})
        mesh.machine("office")
        one.wait_peer("attic")
        one.wait_peer("office")
        applet = open_applet(one, environment=LOOKS[look])
        wait_peer(applet, "attic")
        for _ in range(3):
            one.host.run("ping", "-c", "4", "-i", "0.2", "-s", "1200", two.address)
        shoot(desktop, folder, f"network-{look}", applet)
        applet.action("show-peer", GLib.Variant("s", "attic"))
        applet.wait_says("192.168.7.0/24")
        one.host.run("ping", "-c", "4", "-i", "0.5", "-s", "1200", two.address)
        shoot(desktop, folder, f"peer-{look}", applet)
        applet.window_action("invite")
        applet.wait_says("bamgatectl join")
        shoot(desktop, folder, f"invite-{look}", applet)
        applet.stop()
        applet = open_applet(one, environment=LOOKS[look])
        wait_peer(applet, "attic")
        applet.window_action("settings")
        wait_windows(applet, 2)
        shoot(desktop, folder, f"settings-{look}", applet)


# By the daemon that is told what to be: the action that opens the page, its target, and the windows there are then, or what one says.
PAGES = {
    "fresh": (("setup", "setup", None, 2), ("join-refused", "join", None, 2)),
    "online": (("refused", "app:show-peer", "office", "10.0.0.6"), ("connecting", "app:show-peer", "attic", "10.0.0.4"),
               ("routes", "show-settings", "routes", 2)),
    "offers": (("offers", "app:show-peer", "home", "192.168.1.0/24"),),
    "exits": (("exits", None, None, 1),),
    "exit-lost": (("exit-lost", None, None, 1),),
    "alone": (("alone", None, None, 1), ("connections", "show-settings", "connections", 2),
              ("names", "show-settings", "names", 2), ("access", "show-settings", "access", 2)),
    "hub": (("leave", "leave", None, 2),),
    "static": (("static-peer", "add-peer", None, 2),),
    "degraded": (("degraded", None, None, 1), ("shortcuts", "show-help-overlay", None, 2)),
    "pending": (("pending", None, None, 1), ("about", "about", None, 2)),
    "off": (("off", None, None, 1),),
    "endpoints": (("endpoints", "endpoints", None, 2),),
    "services": (("services", "services", None, 2),),
    "services-none": (("services-none", "services", None, 2),),
}


def open_page(applet, action, target):
    values = [GLib.Variant("s", target)] if target else []
    if action and action.startswith("app:"):
        applet.action(action.removeprefix("app:"), *values)
    elif action:
        applet.window_action(action, *values)


@pytest.mark.parametrize("scenario", PAGES)
@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_pages(services, desktop, folder, open_applet, look, scenario):
    machine = types.SimpleNamespace(bus=types.SimpleNamespace(address=services(scenario).address))
    for name, action, target, shown in PAGES[scenario]:
        applet = open_applet(machine, environment=LOOKS[look])
        wait_windows(applet, 1)
        if target and action == "app:show-peer":
            wait_peer(applet, target)
        open_page(applet, action, target)
        if isinstance(shown, str):
            applet.wait_says(shown)
        else:
            wait_windows(applet, shown)
        if name == "join-refused":
            entry(applet).type("SLOW-CODE https://192.0.2.7:8443")
            shoot(desktop, folder, f"join-typed-{look}", applet)
            [node for node in applet.windows[-1].walk() if node.role == "push button"][1].do()  # beside Cancel
            applet.wait_says("The hub does not answer")  # which nobody translates
        shoot(desktop, folder, f"{name}-{look}", applet)
        applet.stop()


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_without_a_daemon(desktop, folder, open_applet, look):
    applet = open_applet(environment=LOOKS[look])
    wait_windows(applet, 1)
    shoot(desktop, folder, f"away-{look}", applet)


def test_those_of_the_metainfo_are_among_them(folder):
    """After the others: what software centres show has the names that are made here."""
    source = pathlib.Path(__file__).resolve().parents[2] / "gtk-applet" / "data" / "org.bamgate.Applet.metainfo.xml.in"
    shown = [pathlib.PurePosixPath(image.text).name for image in ET.parse(source).iter("image")]
    assert len(shown) == 4 and [name for name in shown if not (folder / name).is_file()] == []
