# SPDX-License-Identifier: LGPL-2.1-or-later
"""Routers with network address translation between a lab's hosts and its internet, of the kinds that there are (RFC 4787).

What the kernel does by itself, `masquerade`, keeps the port of a UDP socket whoever it sends to, and lets in what a datagram
went out to: a port-restricted cone. `fully-random` takes another port for every destination: symmetric. The cones that let in
more note in sets which ports went out, and to whom, and pass what comes for them.
"""

import ctypes
import ipaddress
import os
import socket

from .turn import Turn

FULL_CONE = "full-cone"  # whoever sends to the mapped port gets in
ADDRESS_RESTRICTED = "address-restricted"  # who was sent something, from any port of it
PORT_RESTRICTED = "port-restricted"  # who was sent something, from the same port
SYMMETRIC = "symmetric"  # another mapped port for everybody, and only that one gets in
KINDS = (FULL_CONE, ADDRESS_RESTRICTED, PORT_RESTRICTED, SYMMETRIC)

HOME = "192.168.1.0/24"  # the same in every home
OTHER_HOME = "192.168.178.0/24"
CARRIER = "100.64.0.0/24"  # RFC 6598
# Routers that map ports do so only where their own address is none of those that are set aside.
PROVIDER = list(ipaddress.ip_network("11.0.0.0/20").subnets(new_prefix=28))

CLONE_NEWNET = 0x40000000

NO_UDP = "meta l4proto udp drop"
ONLY_HTTPS = "tcp dport != 443 drop; meta l4proto != tcp drop"
NOTHING = "drop"

RULES = """
table ip nat {{
  map ports {{ type inet_service : ipv4_addr; size 4096; flags dynamic,timeout; timeout 60s; }}
  set known {{ type ipv4_addr . inet_service; size 4096; flags dynamic,timeout; timeout 60s; }}
  chain note {{ type filter hook forward priority 0;
    oifname eth0 meta l4proto udp update @ports {{ udp sport : ip saddr }}
    oifname eth0 meta l4proto udp update @known {{ ip daddr . udp sport }}
    {hairpin_note}
  }}
  chain in {{ type nat hook prerouting priority -100;
    {inbound}
    {hairpin_in}
  }}
  chain out {{ type nat hook postrouting priority 100;
    oifname eth0 meta l4proto udp {masquerade}
    oifname eth0 masquerade
    {hairpin_out}
  }}
}}
table inet guard {{
  chain pass {{ type filter hook forward priority 10; policy drop;
    ct state established,related accept
    ct status dnat accept
    iifname != eth0 oifname != eth0 drop
    iifname != eth0 accept
  }}
  chain here {{ type filter hook input priority 0;
    iifname eth0 ct state established,related accept
    iifname eth0 meta l4proto {{ tcp, udp }} drop
  }}
}}
"""

INBOUND = {
    FULL_CONE: "iifname eth0 meta l4proto udp dnat to udp dport map @ports",
    ADDRESS_RESTRICTED: "iifname eth0 ip saddr . udp dport @known dnat to udp dport map @ports",
    PORT_RESTRICTED: "",
    SYMMETRIC: "",
}


class Nat:
    """A router of `kind` on the internet, or behind another (`outer`), whose hosts do not hear each other: they are guests, or
    customers. `hairpin`: they meet by their mapped ports (RFC 4787, 6)."""

    def __init__(self, net, name, kind=PORT_RESTRICTED, outer=None, inside=HOME, hairpin=False, segments=None):
        self.net, self.name = net, name
        self.wires = list(ipaddress.ip_network(inside).subnets(new_prefix=28))
        self.gateway = net.add_host(name)
        if outer:
            outer.plug(self.gateway)
        else:
            net.attach(self.gateway, segments)
        net.forward(self.gateway)
        self.gateway.run("nft", "-f", "-", input=self.rules(kind, hairpin))

    def rules(self, kind, hairpin):
        outside = self.gateway.address
        note, into, out = (
            "iifname != eth0 oifname != eth0 meta l4proto udp update @ports { udp sport : ip saddr }",
            f"iifname != eth0 ip daddr {outside} meta l4proto udp dnat to udp dport map @ports",
            f"iifname != eth0 oifname != eth0 ct status dnat snat to {outside}",
        ) if hairpin else ("", "", "")
        return RULES.format(inbound=INBOUND[kind], masquerade="masquerade" + (" fully-random" if kind == SYMMETRIC else ""),
                            hairpin_note=note, hairpin_in=into, hairpin_out=out)

    def plug(self, host):
        """Puts a host behind the router, on a wire of its own."""
        wire = self.wires.pop(0)
        self.net.join(host, "eth0", self.gateway, f"to-{host.name}", wire)
        host.address = str(wire[2])
        host.run("ip", "route", "add", "default", "via", wire[1])
        return host

    def host(self, name):
        return self.plug(self.net.add_host(name))

    def forbid(self, rules):
        """Drops what the rules say of what the hosts send out, before it is translated."""
        refuse(self.gateway, "refuse", '"to-*"', rules)

    def forget(self):
        """Flushes the mappings, as a router that starts anew does."""
        self.gateway.run("conntrack", "-F", check=False)
        self.gateway.run("nft", "flush map ip nat ports; flush set ip nat known")


class Stun(Turn):
    """Tells who asks what it is on the internet (RFC 8489)."""

    def __init__(self, host):
        super().__init__(host)
        self.url = f"stun:{host.address}:3478"


class BehaviourStun(Turn):
    """The same with a second address of each family, so that it can answer from another one (RFC 5780)."""

    def __init__(self, host):
        more = [str(ipaddress.ip_address(address) + 1) for address in (host.address, host.address6)]
        for address, bits in zip(more, (28, 64)):
            host.run("ip", "address", "add", f"{address}/{bits}", "dev", "eth0", *(["nodad"] if bits == 64 else []))
        super().__init__(host, others=(more[0], host.address6, more[1]))
        self.url = f"stun:{host.address}:3478"
        self.url6 = f"stun:[{host.address6}]:3478"


def datagrams(host, seconds=0.3):
    """A UDP socket of our own on a host's network (setns(2)), that waits so long for what comes."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, there = (os.open(f"/proc/{pid}/ns/net", os.O_RDONLY) for pid in ("self", host.anchor.pid))
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        libc.setns(here, CLONE_NEWNET)
    finally:
        os.close(here)
        os.close(there)
    sock.settimeout(seconds)
    sock.bind(("0.0.0.0", 0))
    return sock


def refuse(host, table, which, rules):
    """Drops what the rules say of what comes through those interfaces."""
    lines = "\n".join(f"iifname {which} {rule}" for rule in rules.split("; "))
    host.run("nft", "-f", "-", input=f"table inet {table} {{\nchain pass {{ type filter hook forward priority -10;\n{lines}\n}}\n}}\n")


def refuse_on_way(net, host, rules):
    """The same of an internet host."""
    refuse(net.router, f"refuse-{host.name}", f"to-{host.name}", rules)


def add_bridges(host, number):
    """Networks of containers as Docker makes them: the same on every machine, with somebody in each."""
    lines = "".join(f"""
        link add br-{i} type bridge
        link set br-{i} up
        link add in-{i} type veth peer name guest-{i}
        link set in-{i} addrgenmode none
        link set guest-{i} addrgenmode none
        link set in-{i} master br-{i} up
        link set guest-{i} up
        address add 172.{17 + i}.0.1/16 dev br-{i}
        address add fd00:d0c:{i:x}::1/64 dev br-{i} nodad
        address add fe80::d0c:{i:x}/64 dev br-{i} nodad
        """ for i in range(number))
    host.run("ip", "-batch", "-", input=lines)
