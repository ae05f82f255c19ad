# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sites: a machine with a network behind it, in which a host knows nothing of bamgate."""

import ipaddress

LAN = "lan0"


class Site:
    """`machine` is the gateway and has the first address of each net, `host` the second. The host has no way to anywhere but through
    the gateway, and not even that where `knows_gateway` is false: it answers what comes from its own network."""

    def __init__(self, net, machine, nets, knows_gateway=True):
        self.machine, self.gateway = machine, machine.host
        self.nets = [ipaddress.ip_network(text) for text in nets]
        self.host = net.add_host(f"{machine.name}-lan")
        net.join(self.host, "eth0", self.gateway, LAN, *self.nets)
        self.addresses = {each.version: str(each[2]) for each in self.nets}
        self.inner = {each.version: str(each[1]) for each in self.nets}
        if knows_gateway:
            self.know_gateway()

    def know_gateway(self):
        for version, address in self.inner.items():
            self.host.run("ip", f"-{version}", "route", "add", "default", "via", address)
