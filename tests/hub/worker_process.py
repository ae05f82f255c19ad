# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker in workerd, the runtime of Cloudflare as it comes from npm."""

import fcntl
import os
import json
import select
import shutil
import subprocess

import pytest

from hub_process import TIMEOUT, Reachable

TOKEN = "bg_" + "0123456789abcdef" * 3
SECRET = "bg_" + "fedcba9876543210" * 3

# What the options of bamgate-hub are called there; None: what needs none.
SETTINGS = {
    "--listen": None, "--subnet": "SUBNET", "--suffix": "SUFFIX", "--public-url": "PUBLIC_URL", "--max-peers": "MAX_PEERS",
    "--max-sockets": "MAX_SOCKETS", "--invite-lifetime": "INVITE_LIFETIME", "--join-timeout": "JOIN_TIMEOUT",
    "--ping-interval": "PING_INTERVAL", "--relay-rate": "RELAY_RATE",
}
SWITCHES = {"--plain": {}, "--no-relay": {"RELAY": "no"}}


def install_workerd(folder):
    """Installs the packages of the lock file into `folder`, where the built Worker is; its runtime."""
    if not (folder / "core.wasm").exists():
        pytest.skip("not on this machine: no clang and wasm-ld, with which the Worker is built")
    if not shutil.which("npm"):
        pytest.skip("not on this machine: npm")
    done = folder / "node_modules" / ".package-lock.json"
    with open(folder / "npm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
            npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True,
                                 text=True, timeout=80)
            if npm.returncode != 0:
                pytest.skip(f"not on this machine: npm cannot install workerd: {npm.stderr.strip().splitlines()[-1:]}")
            done.touch()
    return folder


def runtime_in(folder):
    """The program itself, not the script before it, which hands on neither descriptors nor signals."""
    return next((folder / "node_modules" / "@cloudflare").glob("workerd-*/bin/workerd"))


def settings_of(options):
    """The variables that say what these options of bamgate-hub do."""
    said, rest = {}, list(options)
    while rest:
        option = rest.pop(0)
        if option in SWITCHES:
            said |= SWITCHES[option]
            continue
        value = rest.pop(0)
        if SETTINGS[option]:
            said[SETTINGS[option]] = value
    return said


class Worker(Reachable):
    kind = "worker"
    token = TOKEN
    turn_secret = SECRET

    def __init__(self, folder, state, options, environment=None):
        self.state, self.folder = state, folder
        state.mkdir(exist_ok=True)
        reading, writing = os.pipe()
        command = [runtime_in(folder), "serve", folder / "workerd.capnp", "--experimental",
                   "--socket-addr=http=127.0.0.1:0", f"--directory-path=state={state}", f"--control-fd={writing}"]
        self.log_path = state.with_suffix(".log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, pass_fds=[writing], stdout=log, stderr=log,
                env={**os.environ, "AUTH_TOKEN": TOKEN, "TURN_SECRET": SECRET, **settings_of(options), **(environment or {})})
        os.close(writing)
        self._ready = os.fdopen(reading)

    def wait_ready(self):
        with self._ready:
            line = self._ready.readline() if select.select([self._ready], [], [], TIMEOUT)[0] else ""
        assert line, f"workerd did not start: {self.log()}"
        self.port = json.loads(line)["port"]
        self.url, self.pin = f"ws://127.0.0.1:{self.port}/connect", None

    def log(self):
        return self.log_path.read_text()

    def check_said(self, words):
        """It keeps no log that a test could read."""

    def stop(self):
        self.process.terminate()
        return self.process.wait(TIMEOUT)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(TIMEOUT)
