# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine of a mesh that is no bamgate: WebRTC by somebody else, Debian's wireguard-go behind it."""

from .json_program import JsonProgram
from .wireguard import WireguardGo

PORT = 51000  # of the bridge between WebRTC and wireguard-go; one for each remote peer from here on


class ForeignPeer:
    """`engine` is aiortc or browser. `options` are the program's (foreign_program.py)."""

    def __init__(self, mesh, name, engine="aiortc", options=(), host=None):
        self.mesh, self.name, self.engine, self.options = mesh, name, engine, list(options)
        self.host = host or mesh.net.host(name)
        mesh.machines.append(name)
        self.address = f"10.0.0.{len(mesh.machines)}"
        self.wireguard = WireguardGo(self.host, [f"{self.address}/24"], PORT - 1)
        self.program = None
        self.known = {}

    def know(self, machine):
        """What a bamgate would take from the list of peers: key, address, and where the bridge is for it."""
        self.known[machine.name] = PORT + len(self.known)
        self.wireguard.add_peer(machine.keys.public, [f"{machine.address}/32"], f"127.0.0.1:{self.known[machine.name]}",
                                keepalive=25)
        return self

    def start(self):
        hub = self.mesh.hub
        ports = [word for name, port in self.known.items() for word in ("--bridge", f"{name}={port}")]
        self.program = JsonProgram(self.host, "lab.foreign_program", "--engine", self.engine, "--name", self.name,
                                   "--url", hub.socket_url, "--token-file", hub.token_file, "--address", f"{self.address}/24",
                                   "--key", self.wireguard.keys.public, "--wireguard-port", PORT - 1,
                                   "--state-dir", self.host.dir, *ports, *self.options)
        self.program.wait("joined", 30)
        return self

    def wait_open(self, seconds=15):
        """The channel's opening, with `after_s` since the first description of that connection."""
        return self.program.wait("channel-open", seconds)

    def order(self, **order):
        self.program.say(order)

    def stop(self):
        """Goes as a program that ends: its connections are closed, it leaves the hub."""
        if self.program:
            self.program.close()

    def kill(self):
        """Goes without a word."""
        self.program.kill()
