# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker in workerd, the runtime of Cloudflare as npm has it: installing that, and running it on a lab host."""

import fcntl
import json
import os
import shutil
import subprocess
import time

from .paths import build_dir
from .process import LabError

TOKEN = "bg_" + "0123456789abcdef" * 3
SECRET = "bg_" + "fedcba9876543210" * 3
EVICTION = 11  # seconds without a sound after which the runtime lets an object go


def folder():
    """Where the built Worker is."""
    return build_dir() / "worker" / "cloudflare"


def runtime():
    """The program itself, not the script before it, which hands on neither descriptors nor signals."""
    return next((folder() / "node_modules" / "@cloudflare").glob("workerd-*/bin/workerd"))


def install():
    """Installs the packages of the lock file beside the built Worker, once. Why it cannot be, or None."""
    if not (folder() / "core.wasm").exists():
        return "not on this machine: no clang and wasm-ld, with which the Worker is built"
    if not shutil.which("npm"):
        return "not on this machine: npm"
    done = folder() / "node_modules" / ".package-lock.json"
    with open(folder() / "npm.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.stat().st_mtime >= (folder() / "package-lock.json").stat().st_mtime:
            return None
        npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder(), capture_output=True,
                             text=True, timeout=80, check=False)
        if npm.returncode != 0:
            return f"not on this machine: npm cannot install workerd: {npm.stderr.strip()[-200:]}"
        done.touch()
    return None


def command(address, state, control_fd, config=None):
    """Serves at `address`, keeps its storage in `state`; says on `control_fd` in a line of JSON at which port. `config`: another one
    than that of the build."""
    return [runtime(), "serve", config or folder() / "workerd.capnp", "--experimental", f"--socket-addr=http={address}",
            f"--directory-path=state={state}", f"--control-fd={control_fd}"]


def with_loopback(path):
    """A configuration, below `path`, whose Worker may ask programs of its machine."""
    code = path / "code"
    code.mkdir()
    for file in folder().iterdir():
        (code / file.name).symlink_to(file.resolve())
    text = (folder() / "workerd.capnp").read_text(encoding="utf-8")
    services = '(name = "state", disk = (writable = true)),'
    if services not in text:
        raise LabError("the services of workerd.capnp are others")
    config = code / "loopback.capnp"
    internet = '(name = "internet", network = (allow = ["public", "private"])),'
    config.write_text(text.replace(services, f"{services}\n{internet}"), encoding="utf-8")
    return config


class WorkerHub:
    """Like Hub, without TLS. `variables` are further ones of the Worker's."""

    def __init__(self, host, port=8787, variables=None, config=None):
        self.host, self.port, self.process = host, port, None
        self.variables, self.config = variables or {}, config
        self.url = f"http://{host.address}:{port}"
        self.socket_url, self.pin = f"ws://{host.address}:{port}/connect", None
        self.token, self.turn_secret = TOKEN, None
        self.token_file = host.dir / "token"
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(TOKEN + "\n", encoding="ascii")
        self.bearer = host.dir / "bearer"
        self.bearer.touch(mode=0o600)
        self.starts = 0

    def start(self):
        self.starts += 1
        state = self.host.dir / "worker"
        state.mkdir(exist_ok=True)
        reading, writing = os.pipe()
        self.process = self.host.start(
            f"workerd-{self.starts}", *command(f"{self.host.address}:{self.port}", state, writing, self.config),
            env={"AUTH_TOKEN": self.token, "TURN_SECRET": SECRET, "PUBLIC_URL": self.url, **self.variables}, pass_fds=(writing,))
        os.close(writing)
        with open(reading, encoding="utf-8") as pipe:
            line = pipe.readline()
        if not line or json.loads(line)["port"] != self.port:
            raise LabError(f"workerd ended with {self.process.wait()}\n{self.process.output()}")
        return self

    def kill(self):
        """Asked to stop, it would wait for its WebSockets."""
        self.process.kill()

    stop = kill

    def status(self, which):
        """What the object that is the main room, or the relay, says of itself. Asking wakes it."""
        self.bearer.write_text(f"Authorization: Bearer {self.token}\n", encoding="ascii")
        said = self.host.out("curl", "-s", "-m", 5, "-H", f"@{self.bearer}", f"http://{self.host.address}:{self.port}/status")
        return json.loads(said)[which]

    def awake_since(self, which="room"):
        """When the object was made."""
        return self.status(which)["awake_since"]

    def wait_slept(self, which="room"):
        """Until the object was let go, and made anew for us."""
        before = self.awake_since(which)
        for _ in range(4):
            time.sleep(EVICTION)
            if self.awake_since(which) != before:
                return
        raise LabError(f"the {which} of the Worker never slept")
