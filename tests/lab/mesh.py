# SPDX-License-Identifier: LGPL-2.1-or-later
"""A mesh in the lab: a hub on a host of its own, and machines that know it."""

from .bamgate import Machine
from .hub import Hub


def empty_machine(host, options=()):
    """A machine that belongs to no network yet, its daemon running."""
    machine = Machine(host, {"ice": {"stun-servers": []}})
    return machine.start(*options)


class Mesh:
    """Machines get the addresses 10.0.0.1, .2, … in the order they are asked for."""

    def __init__(self, net, hub_name="hub", hub_options=(), hub=None):
        self.net = net
        self.hub = hub or Hub(net.host(hub_name), options=hub_options)
        self.machines = []

    def __enter__(self):
        self.hub.start()
        return self

    def __exit__(self, *_):
        pass  # the lab stops what runs on its hosts

    def machine(self, name, behind_nat=False, device=None, ice=None, network=None, start=True, make=Machine, host=None):
        """A member of the mesh, as setup or join would leave it; on `host`, or on one of its own."""
        self.machines.append(name)
        machine = make(host or self.net.host(name, behind_nat))
        machine.address = f"10.0.0.{len(self.machines)}"
        machine.write_config({
            "network": {"server-url": self.hub.socket_url, **({"server-pin": self.hub.pin} if self.hub.pin else {}), **(network or {})},
            "device": {"name": name, "address": f"{machine.address}/24", "autostart": True, **(device or {})},
            "ice": {"stun-servers": [], **(ice or {})},
        })
        machine.write_secret("device-key", machine.keys.private)
        machine.write_secret("token", self.hub.token)
        if self.hub.turn_secret:
            machine.write_secret("turn-secret", self.hub.turn_secret)
        if start:
            machine.start()
            if (device or {}).get("autostart", True):
                machine.wait_state("online")
        return machine

    @staticmethod
    def learn_addresses(*machines):
        for machine in machines:
            machine.wait_state("online")
            machine.address = machine.bus.tunnel()["Addresses"][0].split("/")[0]

    @staticmethod
    def wait_connected(one, other, **wanted):
        one.wait_peer(other.name, state="connected", **wanted)
        other.wait_peer(one.name, state="connected", **wanted)
