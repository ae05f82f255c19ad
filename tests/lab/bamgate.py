# SPDX-License-Identifier: LGPL-2.1-or-later
"""bamgated on a lab host, with its own bus, settings and secrets, and bamgatectl there."""

import json
import os
import select
import shlex
import signal
import urllib.parse

from .bus import Bus
from .paths import program
from .process import LabError
from .wait import wait_for
from .wireguard import Keys

ONLINE = ("online",)
UP = ("online", "degraded")


def key_file(sections):
    """Text of a GKeyFile: {section: {key: value}}; lists and booleans as GLib writes them."""
    def value_text(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (list, tuple)):
            return ";".join(map(str, value))
        return str(value)

    return "\n".join(f"[{section}]\n" + "".join(f"{key}={value_text(value)}\n" for key, value in keys.items())
                     for section, keys in sections.items())


class Machine:
    """A host with a bus and, once started, the daemon. `sections` are the settings, `secrets` {name: text}. A second one on
    the same host has a `label`, and files and a bus of its own."""

    def __init__(self, host, sections=None, secrets=None, label="", policies=()):
        self.host, self.name, self.label = host, host.name, label
        self.interface = "bamgate0"
        home = host.dir / label
        home.mkdir(exist_ok=True)
        self.bus = Bus(host, home, is_system=not label, policies=policies)
        self.config = home / "etc" / "bamgate.conf"
        self.secrets = home / "etc" / "secrets"
        self.state = home / "state"
        self.runtime = home / "run"
        self.secrets.mkdir(parents=True, mode=0o700)
        self.state.mkdir(mode=0o700)
        self.runtime.mkdir()
        self.daemon = None
        self.starts = 0
        self.keys = Keys()
        if sections is not None:
            self.write_config(sections)
        for name, text in (secrets or {}).items():
            self.write_secret(name, text)

    def write_config(self, sections):
        self.config.write_text(key_file(sections), encoding="utf-8")

    def write_secret(self, name, text):
        path = self.secrets / urllib.parse.quote(name, safe="")
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="utf-8")

    def command(self, *options):
        return [program("bamgated"), "--config", self.config, "--secrets-dir", self.secrets, "--state-dir", self.state,
                "--runtime-dir", self.runtime, "--bus", self.bus.address, *options]

    def spawn(self, *options, env=None, **kwargs):
        """Starts the daemon without waiting for it."""
        self.starts += 1
        self.daemon = self.host.start(f"bamgated{self.label}-{self.starts}", *self.command(*options),
                                      env={"G_DEBUG": "fatal-criticals", **(env or {})}, **kwargs)
        return self.daemon

    def start(self, *options, env=None):
        """Starts the daemon and waits until it is on the bus."""
        reading, writing = os.pipe()
        self.spawn("--ready-fd", writing, *options, env=env, pass_fds=(writing,))
        os.close(writing)
        with open(reading, encoding="ascii") as pipe:
            said = pipe.readline() if select.select([pipe], [], [], 20)[0] else "nothing"
        if said.strip() != "ready":
            raise LabError(f"bamgated on {self.name} is not ready, but {'silent' if said else 'gone'}\n{self.daemon.output()}")
        return self

    def check_alive(self):
        if not self.daemon.is_running():
            raise LabError(f"bamgated ended with {self.daemon.wait()}\n{self.daemon.output()}")

    def stop(self):
        """SIGTERM; the exit code."""
        return self.daemon.stop()

    def kill(self):
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()

    # bamgatectl

    def ctl(self, *arguments, check=True, seconds=30, **kwargs):
        """Runs bamgatectl; its CompletedProcess."""
        return self.host.run(program("bamgatectl"), *arguments, check=check, seconds=seconds, **kwargs)

    def ctl_json(self, *arguments, **kwargs):
        return json.loads(self.ctl(*arguments, "--json", **kwargs).stdout)

    def invite(self):
        """An invite, as bamgatectl prints it for programs."""
        return self.ctl_json("invite", seconds=60)["invite"]

    def join(self, invite, *options, **kwargs):
        """Runs the line that the invite gives to people."""
        words = shlex.split(invite["join_command"])
        words = words[words.index("join"):]
        return self.ctl(*words, *options, seconds=60, **kwargs)

    # what the bus says

    def state_is(self, *states):
        return self.bus.tunnel().get("State") in states

    def wait_state(self, *states, seconds=20):
        self.bus.wait(f"{self.name} is {' or '.join(states)}", lambda: self.state_is(*states), seconds)
        return self

    def peer(self, name):
        return self.bus.peers().get(name, {})

    def wait_peer(self, name, seconds=20, **wanted):
        """Until the peer has these properties, state=… path=… in lower case; default: connected."""
        wanted = {key.title().replace("_", ""): value for key, value in (wanted or {"state": "connected"}).items()}

        def is_so():
            peer = self.peer(name)
            return peer if peer and all(peer[key] == value for key, value in wanted.items()) else None

        return self.bus.wait(f"{self.name}: peer {name} has {wanted}", is_so, seconds)

    # what the kernel says

    def has_interface(self):
        return self.host.has_link(self.interface)

    def wait_gone(self, seconds=5):
        wait_for(f"{self.interface} on {self.name} is gone", lambda: not self.has_interface(), seconds)

    def routes(self):
        """Destinations routed through our interface, IPv4 and IPv6."""
        rows = self.host.ip_json("-4", "route", "show", "dev", self.interface)
        rows += self.host.ip_json("-6", "route", "show", "dev", self.interface)
        return {row["dst"]: row for row in rows}


def static_machine(host, address, peers, device=None, psk=None, label=""):
    """A machine without a mesh: `peers` is {name: {key: value}} of the settings, `psk` {name: key}."""
    addresses = dict(zip(("address", "address6"), [address] if isinstance(address, str) else address))
    machine = Machine(host, label=label)
    machine.interface = (device or {}).get("interface", machine.interface)
    machine.write_config({
        "device": {"name": host.name, "autostart": True, **addresses, **(device or {})},
        **{f"peer {name}": settings for name, settings in peers.items()},
    })
    machine.write_secret("device-key", machine.keys.private)
    for name, key in (psk or {}).items():
        machine.write_secret(f"peer/{name}/psk", key)
    return machine
