# SPDX-License-Identifier: LGPL-2.1-or-later
"""A LAN with a server, behind machines of a mesh that offer it."""

NET, SERVER = "192.168.77.0/24", "192.168.77.10"
MASQUERADE = ("add table ip lab; add chain ip lab out { type nat hook postrouting priority 100; }; "
              "add rule ip lab out oifname lan0 masquerade")


class Site:
    """A LAN with a server. Gateways are routers, whatever their bamgate does about that; with `nat` their packets have their address."""

    def __init__(self, net, mesh):
        self.net, self.mesh = net, mesh
        self.host = net.add_host("lan")
        self.host.run("ip", "link", "add", "br0", "type", "bridge")
        self.host.run("ip", "address", "add", f"{SERVER}/24", "dev", "br0")
        self.host.run("ip", "link", "set", "br0", "up")

    def gateway(self, name, nat=True, **kwargs):
        number = name[-1]
        host = self.net.host(name)
        self.net.join(host, "lan0", self.host, f"port{number}")
        self.host.run("ip", "link", "set", f"port{number}", "master", "br0")
        host.run("ip", "address", "add", f"192.168.77.{number}/24", "dev", "lan0")
        self.net.forward(host)
        if nat:
            host.run("nft", MASQUERADE)
        return self.mesh.machine(name, device={"routes": [NET], "routes-nat": nat}, host=host, **kwargs)

    def return_by(self, name):
        """The server's way to the tunnel is by this gateway, as a router there would have found out."""
        self.host.run("ip", "route", "replace", "10.0.0.0/24", "via", f"192.168.77.{name[-1]}")
