# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody with an account at Cloudflare (lab/cloudflare.py) and bamgatectl hub; and the hub that comes of it."""

import json
import os
import re
import shutil
import subprocess

from hub_process import Reachable, connect_to
from lab.paths import build_dir
from lab.workerd import folder

PATIENCE = 60


def worker_of(directory, version):
    """A copy of the built Worker that says another version."""
    copy = directory / f"worker-{version}"
    copy.mkdir()
    for path in folder().iterdir():
        if path.suffix in (".js", ".wasm", ".json"):
            shutil.copy(path, copy)
    manifest = json.loads((copy / "wrangler.json").read_text())
    manifest["vars"]["VERSION"] = version
    (copy / "wrangler.json").write_text(json.dumps(manifest))
    return copy


def worker_before(directory):
    """One that knows no schema of rooms but those before ours."""
    copy = worker_of(directory, "0.0.9")
    store = (copy / "store.js").read_text()
    ours = int(re.search(r"^const SCHEMA = (\d+);$", store, re.MULTILINE).group(1))
    (copy / "store.js").write_text(store.replace(f"const SCHEMA = {ours};", f"const SCHEMA = {ours - 1};"))
    return copy


def version_here():
    return json.loads((folder() / "wrangler.json").read_text())["vars"]["VERSION"]


class DeployedHub(Reachable):
    """By its name, at the edge that is on loopback."""

    def __init__(self, cloudflare, host, token):
        self.port, self.host, self.token = cloudflare.port, host, token
        self.url = f"ws://{host}/connect"

    def request(self, method, path, token=None, headers=None, body=None):
        return super().request(method, path, token, {"Host": self.host} | (headers or {}), body)

    def connect(self, query="", token=None, headers=None, path="/connect", **options):
        return connect_to(f"ws://{self.host}{path}{query}", self.bearer(token or self.token) | (headers or {}), compression=None,
                          host="127.0.0.1", port=self.port, ping_interval=None, close_timeout=0.1, **options)


class Person:
    """Her directory, an account, and an API token in a file."""

    def __init__(self, directory, cloudflare, **rights):
        self.directory, self.cloudflare = directory, cloudflare
        self.account = cloudflare.add_account("Personal")
        self.api_token = cloudflare.add_token([self.account], **rights)
        self.api_token_file = directory / "api-token"
        self.api_token_file.write_text(self.api_token + "\n")
        self.home = directory / "home"
        self.home.mkdir()

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
        return kept | {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "G_DEBUG": "fatal-criticals",
                       "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "BAMGATE_CLOUDFLARE_API": self.cloudflare.url}

    def argv(self, verb, *words, worker=None, api_token_file=None):
        return [build_dir() / "bamgatectl" / "bamgatectl", "hub", verb, "--worker", worker or folder(),
                "--api-token-file", api_token_file or self.api_token_file, *words]

    def start(self, verb, *words, **options):
        return subprocess.Popen(self.argv(verb, *words, **options), env=self.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def hub(self, verb, *words, input=None, environment=None, **options):
        return subprocess.run(self.argv(verb, *words, **options), env=self.environment() | (environment or {}), input=input or "",
                              capture_output=True, text=True, timeout=PATIENCE, check=False)

    def done(self, verb, *words, **options):
        """What it says to programs, where it worked."""
        result = self.hub(verb, *words, "--json", **options)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout)

    def failed(self, verb, *words, **options):
        """Its exit code, and the error."""
        result = self.hub(verb, *words, "--json", **options)
        assert result.returncode != 0, result.stdout
        return result.returncode, json.loads(result.stdout)["error"]

    def script(self, name="bamgate"):
        return self.cloudflare.accounts[self.account].scripts.get(name)

    def secret(self, name="AUTH_TOKEN"):
        binding = self.script().upload.bindings[name]
        assert binding["type"] == "secret_text"
        return binding["text"]

    def token_file(self):
        return self.home / ".local/share/bamgate/bamgate.example.workers.dev.token"

    def deployed(self):
        return DeployedHub(self.cloudflare, "bamgate.example.workers.dev", self.token_file().read_text().strip())
