# SPDX-License-Identifier: LGPL-2.1-or-later
"""A system bus on its usual path with our policy, the real polkitd with our actions, and the daemon, inside namespaces
that the caller has made (unshare -n -m). Serves requests, a JSON object a line, until its input ends.

    polkit_world.py DIRECTORY DAEMON USER [DAEMON-OPTION…]

Users: bg-allowed (a rule says yes), bg-denied (a rule says no), bg-plain (no rule), bg-asked (a rule asks for the user's own
password, which is PASSWORD), bamgate (the daemon's own).
"""
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import termios
import time

from gi.repository import Gio, GLib

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from lab.bus import WELL_KNOWN, system_bus  # noqa: E402

POLKIT_POLICY = "/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf"
USERS = {"bamgate": 60100, "bg-allowed": 60101, "bg-denied": 60102, "bg-plain": 60103, "bg-asked": 60104, "root": 0}
PASSWORD = "open sesame"

RULES = """polkit.addRule(function(action, subject) {
  if (action.id.indexOf("org.bamgate.") != 0) return polkit.Result.NOT_HANDLED;
  if (subject.user == "bg-allowed") return polkit.Result.YES;
  if (subject.user == "bg-denied") return polkit.Result.NO;
  if (subject.user == "bg-asked") return polkit.Result.AUTH_SELF;
  return polkit.Result.NOT_HANDLED;
});
"""

def sh(*argv):
    subprocess.run([str(a) for a in argv], check=True, stdout=sys.stderr)


def as_user(user, *argv):
    uid = str(USERS[user])
    return ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", *map(str, argv)]


def make_users(directory):
    for name, shape in (("passwd", "{n}:x:{i}:{i}::/:/bin/sh"), ("group", "{n}:x:{i}:")):
        lines = [shape.format(n=n, i=i) for n, i in USERS.items() if i]
        known = pathlib.Path("/etc", name).read_text().splitlines()
        kept = [line for line in known if line.split(":")[0] not in USERS or line.startswith("root:")]
        copy = directory / name
        copy.write_text("\n".join(kept + lines) + "\n")
        copy.chmod(0o644)
        sh("mount", "--bind", copy, f"/etc/{name}")


def make_password(directory):
    """PAM asks for it, as root."""
    argv = ["openssl", "passwd", "-6", "-stdin"]
    made = subprocess.run(argv, input=PASSWORD, text=True, capture_output=True, check=True).stdout.strip()
    copy = directory / "shadow"
    copy.touch(mode=0o600)
    copy.write_text(pathlib.Path("/etc/shadow").read_text() + f"bg-asked:{made}:19000:0:99999:7:::\n")
    sh("mount", "--bind", copy, "/etc/shadow")


def make_folders(directory):
    sh("ip", "link", "set", "lo", "up")
    sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    pathlib.Path("/run/dbus").mkdir()
    actions, rules = directory / "actions", directory / "rules"
    rules.mkdir()
    sh("cp", "-r", "/usr/share/polkit-1/actions", actions)
    sh("cp", ROOT / "data" / "org.bamgate.Tunnel1.policy", actions)
    (rules / "10-test.rules").write_text(RULES)
    sh("chmod", "-R", "a+rX", actions, rules)
    sh("mount", "--bind", actions, "/usr/share/polkit-1/actions")
    sh("mount", "--bind", rules, "/etc/polkit-1/rules.d")
    (directory / "our.conf").write_text((ROOT / "data" / "org.bamgate.Tunnel1.conf").read_text())
    (directory / "bus.conf").write_text(system_bus([WELL_KNOWN], [POLKIT_POLICY, directory / "our.conf"]))
    sh("chmod", "a+r", directory / "our.conf", directory / "bus.conf")


def start(*argv, **options):
    return subprocess.Popen([str(a) for a in argv], **options)


def wait_for(name):
    sh("gdbus", "wait", "--system", "--timeout", "20", name)


def wait_for_silence(terminal, deadline):
    """The agent discards what was typed before it turned the echo off, a moment after its prompt."""
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < deadline
        time.sleep(0.01)


class World:
    def __init__(self, directory, daemon, user, options):
        self.directory, self.processes = directory, {}
        make_users(directory)
        make_password(directory)
        make_folders(directory)
        self.start_bus()
        self.start_polkit()
        log = open(directory / "daemon.log", "w")
        self.processes["daemon"] = start(*as_user(user, directory / daemon, *options), stdout=log, stderr=log)
        wait_for("org.bamgate.Tunnel1")

    def start_bus(self):
        bus = start("dbus-daemon", f"--config-file={self.directory}/bus.conf", "--nofork", "--nopidfile",
                    "--print-address=1", stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
        assert bus.stdout.readline().startswith("unix:")
        self.processes["bus"] = bus

    def start_polkit(self):
        log = open(self.directory / "polkit.log", "w")
        self.processes["polkit"] = start("/usr/lib/polkit-1/polkitd", stdout=log, stderr=log)
        wait_for("org.freedesktop.PolicyKit1")

    def stop(self, name):
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(20)

    # --- requests ---

    def command(self, user, argv):
        path = [self.directory / argv[0], *argv[1:]] if (self.directory / argv[0]).exists() else argv
        return as_user(user, *path), os.environ | {"LD_LIBRARY_PATH": str(self.directory), "LC_ALL": "C.UTF-8"}

    def do_run(self, user, argv):
        command, environment = self.command(user, argv)
        result = subprocess.run(command, text=True, capture_output=True, timeout=60, env=environment)
        return {"code": result.returncode, "out": result.stdout, "err": result.stderr}

    def do_run_at_terminal(self, user, argv, answer):
        """Types `answer` at whatever asks for a password, as often as it asks."""
        command, environment = self.command(user, argv)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, environment)
        told, answered, deadline = "", 0, time.monotonic() + 60
        while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                chunk = os.read(terminal, 4096)
            except OSError:  # EIO: the other side is closed
                break
            told += chunk.decode()
            if told.count("Password: ") > answered:
                answered += 1
                wait_for_silence(terminal, deadline)
                os.write(terminal, (answer + "\n").encode())
        echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
        os.close(terminal)
        return {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "out": told, "asked": answered, "echo": echo}

    def do_call(self, user, **call):
        argv = as_user(user, sys.executable, "-c", CALLER, json.dumps(call))
        result = subprocess.run(argv, text=True, capture_output=True, timeout=60)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def do_stop(self, name):
        return self.stop(name)

    def do_restart_bus(self):
        """It is killed, and polkitd with it; both come back, and then the daemon."""
        self.processes.pop("bus").kill()
        self.stop("polkit")
        self.start_bus()
        self.start_polkit()
        wait_for("org.bamgate.Tunnel1")

    def do_restart_bus_under_call(self, user, **call):
        """The same, while a call of `user` waits for a polkitd that does not answer."""
        self.processes["polkit"].send_signal(signal.SIGSTOP)
        argv = as_user(user, sys.executable, "-c", CALLER, json.dumps(call))
        caller = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while len(self.lines_of(self.processes["daemon"].pid)) < 2:  # its own, and libpolkit's
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.processes["polkit"].send_signal(signal.SIGCONT)
        self.processes["polkit"].kill()
        self.do_restart_bus()
        caller.wait(20)

    @staticmethod
    def lines_of(pid):
        """The unique names on the bus of a process."""
        bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)

        def ask(method, argument=None):
            try:
                return bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                     argument, None, 0, -1, None).unpack()[0]
            except GLib.Error:
                return None

        bus.set_exit_on_close(False)
        return [name for name in ask("ListNames") if name.startswith(":")
                and ask("GetConnectionUnixProcessID", GLib.Variant("(s)", (name,))) == pid]

    def do_start_polkit(self):
        return self.start_polkit()

    def do_pause_polkit(self):
        self.processes["polkit"].send_signal(signal.SIGSTOP)

    def do_continue_polkit(self):
        self.processes["polkit"].send_signal(signal.SIGCONT)

    def do_watch(self, user, argv):
        """Starts a program that goes on; → its names on the bus, once it has said something."""
        command, environment = self.command(user, argv)
        watcher = self.processes["watcher"] = start(*command, stdout=subprocess.PIPE, text=True, env=environment)
        assert watcher.stdout.readline()
        return self.lines_of(watcher.pid)

    def do_heard_until(self, text):
        """What it says, up to the line with this text."""
        heard = ""
        while text not in heard:
            line = self.processes["watcher"].stdout.readline()
            assert line, heard
            heard += line
        self.stop("watcher")
        return heard

    def serve(self):
        print("ready", flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            print(json.dumps(getattr(self, "do_" + request.pop("do"))(**request)), flush=True)


# One method call as another user; prints the error's name and words, or two empty texts.
CALLER = """
import json, sys
from gi.repository import Gio, GLib
call = json.loads(sys.argv[1])
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
interface = "org.bamgate.Tunnel1" + (".Peer" if "/peers/" in call["path"] else "")
flags = (Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if call["interactive"] else Gio.DBusCallFlags.NONE)
method = call["method"]
if "." in method:
    interface, method = method.rsplit(".", 1)
try:
    bus.call_sync("org.bamgate.Tunnel1", call["path"], interface, method,
                  GLib.Variant.parse(None, call["arguments"], None, None), None, flags, 20000, None)
    print(json.dumps(["", ""]))
except GLib.Error as error:
    name = Gio.DBusError.get_remote_error(error)
    Gio.DBusError.strip_remote_error(error)
    print(json.dumps([name, error.message]))
"""


def main(directory, daemon, user, *options):
    world = World(pathlib.Path(directory), daemon, user, options)
    try:
        world.serve()
    finally:
        for name in list(world.processes)[::-1]:
            world.stop(name)


if __name__ == "__main__":
    os.umask(0o022)
    main(*sys.argv[1:])
