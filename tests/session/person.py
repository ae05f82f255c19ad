# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person with a session on a lab host: bus, keyring, and programs that run as her."""

import os
import pathlib
import shutil

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from lab.paths import program  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "correct horse"
SECRETS = "org.freedesktop.secrets"


class Person:
    """`uid` 0 is the lab's root. Her keyring is open once, and without it this session has none. `policy` is more of her bus's."""

    def __init__(self, host, name, uid=0, keyring=True, policy=""):
        self.host, self.name, self.uid = host, name, uid
        self.home = host.dir / name
        self.runtime = self.home / "run"
        self.runtime.mkdir(parents=True)
        self.keyring = None
        if uid:
            self.make_user()
        (self.home / "bus.conf").write_text(f"""<busconfig><type>session</type><listen>unix:path={self.runtime}/bus</listen>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>{policy}</policy>
            </busconfig>""", encoding="utf-8")
        for path in (self.home, self.runtime):
            path.chmod(0o700)
            os.chown(path, uid, uid)
        host.dir.chmod(0o711)
        self.bus = self.start("session-bus", "dbus-daemon", f"--config-file={self.home}/bus.conf", "--nofork", "--nopidfile",
                              "--print-address")
        self.bus.wait_line("unix:path=")
        if keyring:
            self.start_keyring()

    def make_user(self):
        """Buses let nobody in whom they do not know."""
        for file, line in (("passwd", f"{self.name}:x:{self.uid}:{self.uid}::{self.home}:/bin/sh"), ("group", f"{self.name}:x:{self.uid}:")):
            copy = self.home / file
            copy.write_text(self.host.out("cat", f"/etc/{file}") + f"\n{line}\n", encoding="utf-8")
            copy.chmod(0o644)
            self.host.run("mount", "--bind", copy, f"/etc/{file}")

    @property
    def environment(self):
        return {"HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime), "XDG_CONFIG_HOME": f"{self.home}/.config",
                "XDG_STATE_HOME": f"{self.home}/.state", "XDG_DATA_HOME": f"{self.home}/.data",
                "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.runtime}/bus", "LC_ALL": "C.UTF-8", "DISPLAY": "",
                "G_DEBUG": "fatal-criticals"}

    def argv(self, *command):
        variables = [f"{key}={value}" for key, value in self.environment.items()]
        who = ["setpriv", "--reuid", self.uid, "--regid", self.uid, "--clear-groups"] if self.uid else []
        return [*who, "env", "-u", "WAYLAND_DISPLAY", *variables, *command]

    def start(self, name, *command, **kwargs):
        return self.host.start(f"{self.name}-{name}", *self.argv(*command), **kwargs)

    def run(self, *command, **kwargs):
        return self.host.run(*self.argv(*command), **kwargs)

    def program(self, name):
        """A copy that she may read."""
        copy = self.host.lab.dir / "bin" / name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            for path in (program(name), program("bamgatectl").parent.parent / "introspection/libbamgate/libbamgate-1.so.0"):
                shutil.copy(path, copy.parent)
        return copy

    def command(self, name, *arguments):
        return ["env", f"LD_LIBRARY_PATH={self.host.lab.dir}/bin", self.program(name), *arguments]

    def ctl(self, *arguments, **kwargs):
        return self.run(*self.command("bamgatectl", *arguments), **kwargs)

    def start_keyring(self):
        script = f"printf %s '{PASSWORD}' | exec gnome-keyring-daemon --unlock --components=secrets --foreground"
        self.keyring = self.start("keyring", "sh", "-c", script)
        self.run("gdbus", "wait", "--session", "--timeout", "10", SECRETS)
        self.wait_open()

    def end_keyring(self):
        """Its own process is a child of the one that was started."""
        said = self.run("gdbus", "call", "--session", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus", "-m",
                        "org.freedesktop.DBus.GetConnectionUnixProcessID", SECRETS).stdout
        self.run("kill", said.split()[1].rstrip(",)"))
        self.keyring.wait()

    def wait_open(self):
        """Its first collection is made after it has its name."""
        self.run("sh", "-c", "printf x | secret-tool store --label=x test x && secret-tool clear test x")

    def secret(self, path, method, arguments):
        return self.run("gdbus", "call", "--session", "-d", SECRETS, "-o", path, "-m", f"org.freedesktop.Secret.{method}",
                        arguments).stdout

    def lock(self):
        self.secret("/org/freedesktop/secrets", "Service.Lock", "['/org/freedesktop/secrets/aliases/default']")

    def kept(self, names=("device-key", "token", "turn-secret", "peer/b/psk")):
        """{name: secret} of bamgate's in her keyring, which is open."""
        kept = {}
        for name in names:
            found = self.run("secret-tool", "lookup", "xdg:schema", "org.bamgate.Secret", "name", name, check=False)
            if found.returncode == 0:
                kept[name] = found.stdout
        return kept

    def start_agent(self, number=1):
        agent = self.start(f"agent-{number}", *self.command("bamgatectl", "agent", "--json"))
        agent.wait_line('"ready"')
        return agent

    def start_fake_agent(self, mode, number=1):
        agent = self.start(f"fake-agent-{number}", "/usr/bin/python3", self.copy("fake_agent.py"), mode)
        agent.wait_line("ready")
        return agent

    def start_prompter(self, mode):
        prompter = self.start(f"prompter-{mode}", "/usr/bin/python3", self.copy("fake_prompter.py"), mode)
        prompter.wait_line("ready")
        return prompter

    def copy(self, name):
        copy = self.host.lab.dir / name
        shutil.copy(HERE / name, copy)
        copy.chmod(0o644)
        return copy


__all__ = ["Gio", "GLib", "Person"]
