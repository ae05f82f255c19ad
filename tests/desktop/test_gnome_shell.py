# SPDX-License-Identifier: LGPL-2.1-or-later
"""The extension for GNOME's Quick Settings: for both kinds of Shell that it reads, that it knows the daemon; and a real Shell."""

import json
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from lab.paths import build_dir
from lab.wait import wait_for

HERE = pathlib.Path(__file__).parent
VERSIONS = ["43", "45"]
UUID = "bamgate@bamgate.org"


def built(version):
    return build_dir() / "gtk-applet" / "gnome-shell" / version


@pytest.fixture(scope="module")
def gjs():
    found = shutil.which("gjs")
    if not found:
        pytest.skip("not on this machine: gjs is not installed")
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", ["extension.js", "tunnel.js", "toggle.js"])
def test_it_can_be_read(gjs, version, file):
    script = built(version) / file
    if version == "43":
        argv = [gjs, "-c", f"new Function({json.dumps(script.read_text())})"]
    else:
        argv = [gjs, "-m", script]  # stops where it asks for a part of the Shell, having read all of the file
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20)
    assert "SyntaxError" not in done.stderr
    if version == "43" or file == "tunnel.js":
        assert done.returncode == 0, done.stderr
    else:
        assert "resource:///org/gnome/shell" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_what_it_says_of_itself(version):
    said = json.loads((built(version) / "metadata.json").read_text())
    assert said["uuid"] == UUID and version in said["shell-version"]


def preamble(version):
    if version == "43":
        return f"imports.searchPath.unshift({json.dumps(str(built('43')))});\n" \
            "const {Gio, GLib} = imports.gi;\nconst {Tunnel} = imports.tunnel;\n"
    return "import Gio from 'gi://Gio';\nimport GLib from 'gi://GLib';\n" \
        f"import {{Tunnel}} from 'file://{built('45')}/tunnel.js';\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_it_knows_the_daemon_and_turns_it_off(gjs, version, mesh, desktop, tmp_path):
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    script = tmp_path / "model.js"
    script.write_text(preamble(version) + (HERE / "shell" / "model.js").read_text())
    environment = {**desktop.environment, "DBUS_SYSTEM_BUS_ADDRESS": a.bus.address}
    done = subprocess.run([gjs, *(["-m"] if version == "45" else []), script], env=environment, capture_output=True, text=True,
                          timeout=40)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert said[0] == {"icon": "org.bamgate.Applet-online-symbolic", "isOn": True, "words": "Online"}
    assert {"peers": [{"id": "b", "isConnected": True, "words": "connected"}]} in said
    assert said[-1] == {"icon": "org.bamgate.Applet-off-symbolic", "isOn": False, "words": "Off"}
    assert a.state_is("off")
    assert "JS ERROR" not in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("scenario, icon, words", [("exit", "exit", "Exit: home"), ("exit-lost", "blocked", "Exit: home (lost)")])
def test_it_says_how_the_exit_is(gjs, version, services, desktop, tmp_path, scenario, icon, words):
    script = tmp_path / "model.js"
    script.write_text(preamble(version) + (HERE / "shell" / "model.js").read_text())
    environment = {**desktop.environment, "DBUS_SYSTEM_BUS_ADDRESS": services(scenario).address}
    done = subprocess.run([gjs, *(["-m"] if version == "45" else []), script], env=environment, capture_output=True, text=True,
                          timeout=40)
    assert json.loads(done.stdout.splitlines()[0]) == {"icon": f"org.bamgate.Applet-{icon}-symbolic", "isOn": True, "words": words}
    assert "JS ERROR" not in done.stderr


def shell_version():
    """Of the Shell that is installed, the major number; without one the test is skipped."""
    if not shutil.which("gnome-shell"):
        pytest.skip("not on this machine: gnome-shell is not installed")
    said = subprocess.run(["gnome-shell", "--version"], capture_output=True, text=True).stdout
    return int(re.fullmatch(r"GNOME Shell (\d+)\..*\n", said)[1])


def kind_for(version):
    """Which of VERSIONS that Shell reads."""
    return max((kind for kind in VERSIONS if int(kind) <= version), key=int)


def read_bytes(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


class Shell:
    """gnome-shell without a screen, on a session bus and a system bus."""

    def __init__(self, desktop, machine, directory, kind):
        self.desktop, self.directory, self.kind = desktop, directory, kind
        session = directory / "bus"
        self.environment = {**desktop.environment, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={session}",
                            "DBUS_SYSTEM_BUS_ADDRESS": machine.bus.address, "XDG_DATA_HOME": str(directory / "data"),
                            "XDG_CONFIG_HOME": str(directory / "config"), "XDG_RUNTIME_DIR": str(directory / "run"),
                            "XDG_DATA_DIRS": f"{directory / 'share'}:/usr/share", "LIBGL_ALWAYS_SOFTWARE": "1",
                            "GSETTINGS_BACKEND": "keyfile",
                            "PATH": f"{build_dir() / 'gtk-applet'}:{desktop.environment['PATH']}"}
        for name in ("DISPLAY", "GDK_BACKEND", "GSETTINGS_SCHEMA_DIR"):
            self.environment.pop(name, None)
        for name in ("data", "config", "run"):
            (directory / name).mkdir(mode=0o700)
        self.install()
        self.bus = desktop.start("shell-bus", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address",
                      f"--address=unix:path={session}", env=self.environment)
        self.bus.wait_line("unix:path=", 10)
        self.settings("org.gnome.shell", "enabled-extensions", f"['{UUID}', 'test@bamgate.org']")
        self.settings("org.gnome.shell", "welcome-dialog-last-shown-version", "'99'")
        self.process = desktop.start("gnome-shell", "gnome-shell", "--headless", "--virtual-monitor", "1280x720", "--wayland",
                                     "--no-x11", env=self.environment)

    def close(self):
        """It ends badly when it is asked to, in every version so far."""
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)
        self.bus.stop()
        for process in (self.process, self.bus):
            self.desktop.processes.remove(process)
        wait_for("what the session bus started ends", lambda: not self.left(), 10)

    def left(self):
        """Programs that were started with this session's address."""
        mark = f"DBUS_SESSION_BUS_ADDRESS=unix:path={self.directory / 'bus'}".encode()
        return [path for path in pathlib.Path("/proc").glob("[0-9]*/environ") if mark in read_bytes(path)]

    def install(self):
        extensions = self.directory / "share" / "gnome-shell" / "extensions"
        shutil.copytree(built(self.kind), extensions / UUID)
        shutil.copytree(HERE / "shell" / f"unsafe-{self.kind}", extensions / "test@bamgate.org")
        icons = self.directory / "share" / "icons" / "hicolor" / "symbolic" / "apps"
        icons.mkdir(parents=True)
        for icon in (HERE.parents[1] / "gtk-applet" / "icons").glob("*-symbolic.svg"):
            shutil.copy(icon, icons)
        applications = self.directory / "share" / "applications"
        applications.mkdir()
        shutil.copy(build_dir() / "gtk-applet" / "data" / "org.bamgate.Applet.desktop", applications)

    def run(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=30)

    def settings(self, *words):
        self.run("gsettings", "set", *words).check_returncode()

    def call(self, path, method, *arguments):
        done = self.run("gdbus", "call", "--session", "--dest", "org.gnome.Shell", "--object-path", path, "--method", method, *arguments)
        return done.stdout.strip() if done.returncode == 0 else ""

    def eval(self, script):
        """The value of a JavaScript expression in the Shell."""
        said = self.call("/org/gnome/Shell", "org.gnome.Shell.Eval", script)
        if not said.startswith("(true, "):
            return None
        text = said[len("(true, "):-1].strip("'")
        return json.loads(text.replace('\\"', '"')) if text else None

    def wait(self, what, script, seconds=30):
        return wait_for(what, lambda: self.eval(script), seconds, interval=0.2)


TOGGLE = "global.test.Main.panel.statusArea.quickSettings.menu._grid.get_children().find(" \
    "c => c.constructor.name === 'BamgateToggle')"


@pytest.mark.long
@pytest.mark.limit(180)
def test_in_a_real_shell(mesh, desktop, tmp_path, request):
    version = shell_version()
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    shell = Shell(desktop, a, tmp_path, kind_for(version))
    request.addfinalizer(shell.close)
    shell.wait("the Shell answers", "1 + 1 === 2", 60)
    shell.wait("the extension is enabled",
               f"global.test.Main.extensionManager.lookup('{UUID}').state === 1")
    shell.wait("the switch is on", f"{TOGGLE}.checked")
    assert shell.eval(f"{TOGGLE}.icon_name") == "org.bamgate.Applet-online-symbolic"

    shell.eval("global.test.St.Settings.get().inhibit_animations()")
    shell.eval("global.test.Main.overview.hide()")
    shell.eval("global.test.Main.panel.statusArea.quickSettings.menu.open(false)")
    shell.eval(f"{TOGGLE}.menu.open(false)")
    shell.wait("the peer", f"{TOGGLE}._peers._getMenuItems().some(i => i.label?.text === 'b: connected')")
    shell.wait("the menu is drawn", f"{TOGGLE}.menu.box.mapped && {TOGGLE}.menu.box.opacity === 255 && {TOGGLE}.menu.box.height > 50")
    assert shell.eval(f"{TOGGLE}._open.visible")
    picture = pathlib.Path(request.config.getoption("--build-dir")) / f"gnome-shell-{version}.png"
    shell.call("/org/gnome/Shell/Screenshot", "org.gnome.Shell.Screenshot.Screenshot", "false", "false", str(picture))
    assert picture.stat().st_size > 10000

    shell.eval(f"{TOGGLE}.emit('clicked', 0)")
    a.wait_state("off")
    shell.wait("the switch is off", f"!{TOGGLE}.checked")
    shell.eval(f"global.test.Main.extensionManager.disableExtension('{UUID}')")
    shell.wait("the switch is gone", f"{TOGGLE} === undefined")
    assert "bamgate@bamgate.org" not in shell.process.output(), shell.process.output()
