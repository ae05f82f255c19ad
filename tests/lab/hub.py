# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgate-hub on a lab host."""

import json
import os
import pathlib

from .paths import program
from .process import LabError


class Hub:
    """Knows, once started, `url` (with the pin, as people hand it on), `socket_url`, `pin`, `token`, `token_file`, `turn_secret`."""

    def __init__(self, host, port=8443, options=()):
        self.host, self.port, self.options = host, port, options
        self.process = self.pin = self.token = self.token_file = self.turn_secret = None
        self.starts = 0
        authority = f"{host.address}:{port}"
        self.https, self.socket_url = f"https://{authority}", f"wss://{authority}/connect"

    @property
    def url(self):
        return f"{self.https}#sha256={self.pin}"

    def start(self, env=None):
        self.starts += 1
        reading, writing = os.pipe()
        self.process = self.host.start(
            f"bamgate-hub-{self.starts}", program("bamgate-hub"), "--listen", f"{self.host.address}:{self.port}",
            "--state-dir", self.host.dir / "hub", "--public-url", self.https, "--ready-fd", writing, *self.options,
            env=env, pass_fds=(writing,))
        os.close(writing)
        with open(reading, encoding="utf-8") as pipe:
            line = pipe.readline()
        if not line:
            raise LabError(f"bamgate-hub ended with {self.process.wait()}\n{self.process.output()}")
        said = json.loads(line)
        self.pin, self.token_file = said["pin"], said["token_file"]
        self.token = pathlib.Path(self.token_file).read_text(encoding="ascii").strip()
        secret = self.host.dir / "hub" / "turn-secret"
        self.turn_secret = secret.read_text(encoding="ascii").strip() if secret.exists() else None
        return self

    def stop(self):
        return self.process.stop()
