# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine of its own: systemd booted from the root folder by systemd-nspawn, with our build installed in it."""

import contextlib
import os
import pathlib
import signal
import socket
import stat
import subprocess
import tempfile
import time

# All mounts are in a namespace of nspawn's own and go with it.
BOOT = """
mount -t overlay -o "lowerdir=$1/installed:$2,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
shift 2
exec systemd-nspawn "$@"
"""
TUN = os.makedev(10, 200)
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"  # nspawn's own filter does not know them


def members(group):
    """Ids of the processes in a process group."""
    return set(map(int, subprocess.run(["pgrep", "--pgroup", str(group)], text=True, capture_output=True, check=False).stdout.split()))


class MachineError(Exception):
    """Something about a machine did not go as asked."""


def install(build, folder):
    subprocess.run(["/usr/bin/meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder],
                   check=True, stdout=subprocess.DEVNULL)


class Machine:
    """Kept in `directory`, so that what is written survives a boot(); `network` is the path of its network namespace."""

    def __init__(self, root, installed, network=None, name="machine"):
        self.root, self.network, self.name = root, network, name
        self.folder = tempfile.TemporaryDirectory(prefix="bamgate-system-", dir="/var/tmp")
        self.dir = pathlib.Path(self.folder.name)
        for part in ("upper", "work", "root"):
            (self.dir / part).mkdir()
        (self.dir / "installed").symlink_to(installed)
        os.mknod(self.dir / "tun", stat.S_IFCHR | 0o666, TUN)
        (self.dir / "tun").chmod(0o666)
        self.process = self.leader = None

    # --- life ---

    def boot(self):
        notify = self.dir / "notify"
        notify.unlink(missing_ok=True)
        network = [f"--network-namespace-path={self.network}", "--capability=CAP_NET_ADMIN"] if self.network else ["--private-network"]
        options = ["--quiet", f"--directory={self.dir}/root", f"--machine={self.name}", "--boot", "--notify-ready=yes", "--register=no",
                   "--keep-unit", "--console=pipe", f"--bind={self.dir}/tun:/dev/net/tun", f"--system-call-filter={LANDLOCK}", *network]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(notify))
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-ec", BOOT, "sh", self.dir, self.root, *options,
                 "systemd.show_status=0"],
                env={**os.environ, "NOTIFY_SOCKET": str(notify)}, stdin=subprocess.DEVNULL,
                stdout=open(self.dir / "console", "a", encoding="utf-8"), stderr=subprocess.STDOUT)
            self.wait_booted(told)
        return self

    def wait_booted(self, told, seconds=60):
        deadline = time.monotonic() + seconds
        words = ""
        while "READY=1" not in words:
            told.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                words += told.recv(4096).decode() + "\n"
            except TimeoutError as error:
                self.off()
                raise MachineError(f"{self.name} did not boot within {seconds} s\n{self.console()}") from error
        self.leader = int(words.split("X_NSPAWN_LEADER_PID=")[1].split()[0])

    def off(self):
        """Shuts down, as with the power button; ends the machine's process 1 where that does not help."""
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            if self.leader:
                os.kill(self.leader, signal.SIGKILL)  # never nspawn itself: its machine would live on
            self.process.wait(30)
            raise MachineError(f"{self.name} does not shut down\n{self.console()}") from None
        finally:
            self.process = None

    def reboot(self):
        self.off()
        return self.boot()

    def close(self):
        try:
            self.off()
        finally:
            self.folder.cleanup()

    def console(self):
        return (self.dir / "console").read_text(encoding="utf-8", errors="replace")

    # --- what runs in it ---

    def inside(self, argv, user=None):
        enter = ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wdns=/", "--",
                 "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        who = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"] if user else []
        return [*enter, *who, *map(str, argv)]

    def run(self, *argv, user=None, check=True, seconds=30, **options):
        done = subprocess.run(self.inside(argv, user), text=True, capture_output=True, timeout=seconds, check=False, **options)
        if check and done.returncode != 0:
            raise MachineError(f"{self.name}: {' '.join(map(str, argv))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def out(self, *argv, **options):
        return self.run(*argv, **options).stdout.strip()

    def sh(self, text, **options):
        return self.out("sh", "-ec", text, **options)

    def ctl(self, *words, **options):
        return self.run("bamgatectl", *words, **options)

    @contextlib.contextmanager
    def started(self, *argv, **options):
        """A program that runs while the block does, and is ended by the id of its own group. Not nsenter, which is between us and
        it: orphans of ours are not for the machine's process 1 to reap, whose shutdown then looks for them again after 10 s."""
        process = subprocess.Popen(self.inside(argv), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, **options)
        try:
            yield process
        finally:
            for pid in members(process.pid) - {process.pid}:
                with contextlib.suppress(ProcessLookupError):  # one may end with another
                    os.kill(pid, signal.SIGTERM)
            process.communicate(timeout=10)

    def wait(self, what, is_true, seconds=20):
        """Asks until it is so; for what no event tells of."""
        deadline = time.monotonic() + seconds
        while True:
            value = is_true()
            if value:
                return value
            if time.monotonic() > deadline:
                raise MachineError(f"{self.name}: not within {seconds} s: {what}\n{self.journal()}")
            time.sleep(0.05)

    # --- what systemd says ---

    def show(self, unit, key):
        return self.out("systemctl", "show", "--value", f"--property={key}", unit)

    def is_active(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def pid(self, unit):
        return int(self.show(unit, "MainPID"))

    def journal(self, *words):
        return self.out("journalctl", "--no-pager", "--quiet", "--lines=120", *words)

    def status_of(self, pid):
        """/proc/PID/status as a dictionary."""
        lines = self.out("cat", f"/proc/{pid}/status").splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
