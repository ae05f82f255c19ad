# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Worker in workerd, the runtime of Cloudflare as it comes from npm."""

import json
import os
import select
import subprocess

from hub_process import TIMEOUT, Reachable
from lab.workerd import SECRET, TOKEN, command

# What the options of bamgate-hub are called there; None: what needs none.
SETTINGS = {
    "--listen": None, "--subnet": "SUBNET", "--suffix": "SUFFIX", "--public-url": "PUBLIC_URL", "--max-peers": "MAX_PEERS",
    "--max-sockets": "MAX_SOCKETS", "--invite-lifetime": "INVITE_LIFETIME", "--join-timeout": "JOIN_TIMEOUT",
    "--ping-interval": "PING_INTERVAL", "--relay-rate": "RELAY_RATE", "--shared-token": "SHARED_TOKEN",
    "--approve-devices": "APPROVE_DEVICES", "--relay-ceiling": "RELAY_CEILING",
}
SWITCHES = {"--plain": {}, "--no-relay": {"RELAY": "no"}}


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

    def __init__(self, state, options, environment=None, config=None, port=0):
        self.state = state
        state.mkdir(exist_ok=True)
        variables = settings_of(options)
        self.keep("token", TOKEN)
        if "RELAY" not in variables:
            self.keep("turn-secret", SECRET)
        reading, writing = os.pipe()
        self.log_path = state.with_suffix(".log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command(f"127.0.0.1:{port}", state, writing, config), pass_fds=[writing], stdout=log, stderr=log,
                env={**os.environ, "AUTH_TOKEN": TOKEN, "TURN_SECRET": SECRET, **variables, **(environment or {})})
        os.close(writing)
        self._ready = os.fdopen(reading)

    def keep(self, name, text):
        """As bamgate-hub does, for programs that read it there."""
        path = self.state / name
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="ascii")

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
