# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Go program and its hub on lab hosts, where BAMGATE_GO names the program. Its hub stands beside it, or BAMGATE_GO_HUB names one: that
of 1.5.2 passes no addresses on."""

import json
import os
import pathlib
import subprocess

from .hub import Hub
from .json_program import JsonProgram
from .process import LabError
from .wait import wait_for
from .wireguard import Keys
from .workerd import SECRET, WorkerHub

INTERFACE = "bamgate0"


def go_program():
    """The path, or None."""
    name = os.environ.get("BAMGATE_GO")
    return pathlib.Path(name) if name else None


def go_hub_program():
    return pathlib.Path(os.environ.get("BAMGATE_GO_HUB", go_program().with_name("bamgate-hub")))


class GoHub:
    """The Go program's own hub: no token, no names for its networks."""

    def __init__(self, host, port=8080):
        self.host, self.port, self.pin, self.token, self.turn_secret = host, port, None, "none", None
        self.socket_url = f"ws://{host.address}:{port}/connect"
        self.starts = 0
        self.process = None

    def start(self):
        self.starts += 1
        self.process = self.host.start(f"go-hub-{self.starts}", go_hub_program(), "-addr",
                                       f"{self.host.address}:{self.port}")
        wait_for("the Go hub listens", lambda: f":{self.port} " in self.host.out("ss", "-Hltn"))
        return self

    def stop(self):
        return self.process.stop()


def takes_token():
    """Up to 1.7 the program had a token of its own, and made invites with it."""
    return "invite" in subprocess.run([go_program(), "help"], capture_output=True, text=True, timeout=10, check=True).stdout


class Open:
    """For a hub of ours: behind a proxy that knows the token. The Go program has none from 1.8 on, unless a Worker gave it one."""

    proxy = None

    def start(self):
        super().start()
        if not self.proxy:
            self.proxy = JsonProgram(self.host, "lab.token_proxy", "--listen", f"{self.host.address}:8080", "--to",
                                     f"http://{self.host.address}:{self.port}", "--token-file", self.token_file)
            self.proxy.wait("ready")
        self.socket_url = f"ws://{self.host.address}:8080/connect"
        return self


def close_hub(hub):
    """What does not end with the lab: the proxy, and a Worker, which waits for its WebSockets."""
    if getattr(hub, "proxy", None):
        hub.proxy.close()
    hub.stop()


class OpenHub(Open, Hub):
    def __init__(self, host, options=()):
        super().__init__(host, 8090, ["--plain", "--behind-proxy", *options])

    @property
    def url(self):
        return self.socket_url


class OpenWorker(Open, WorkerHub):
    pass


def worker_for_go(host):
    """The Worker, which the program finds as people would have told it, if it has a token."""
    hub = WorkerHub(host) if takes_token() else OpenWorker(host)
    hub.turn_secret = SECRET
    return hub


class GoPeer:
    """`settings` are lines of TOML for the section of the device, `network` for that of the network."""

    def __init__(self, mesh, name, settings="", network="", host=None):
        self.mesh, self.name = mesh, name
        self.host = host or mesh.net.host(name)
        mesh.machines.append(name)
        self.address = f"10.0.0.{len(mesh.machines)}"
        self.keys = Keys()
        self.process, self.starts = None, 0
        self.config = self.host.dir / "config.toml"
        self.config.touch(mode=0o600)
        self.config.write_text(f"""[network]
name = "lab"
server_url = "{mesh.hub.socket_url}"
auth_token = "{mesh.hub.token}"
{network}
[device]
name = "{name}"
private_key = "{self.keys.private}"
address = "{self.address}/24"
{settings}
[stun]
servers = ["stun:127.0.0.1:1"]
""", encoding="utf-8")

    def start(self):
        self.starts += 1
        self.host.run("mkdir", "-p", "/run/bamgate")
        self.process = self.host.start(f"go-{self.starts}", go_program(), "--config", self.config, "--verbose", "up",
                                       env={"HOME": str(self.host.dir)})
        wait_for(f"{INTERFACE} on {self.name}", lambda: self.is_up())
        return self

    def is_up(self):
        if not self.process.is_running():
            raise LabError(f"the Go program ended\n{self.process.output()}")
        return self.host.has_link(INTERFACE)

    def status(self):
        """What its control socket says of the peers: {id: …}."""
        done = self.host.run("curl", "-s", "-m", 5, "--unix-socket", "/run/bamgate/control.sock", "http://bamgate/status", check=False)
        peers = json.loads(done.stdout or "{}").get("peers") or []
        return {peer["id"]: peer for peer in peers}

    def stop(self):
        return self.process.stop()

    def kill(self):
        return self.process.kill()
