# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium tells names in place of its addresses, and our firewall lets nobody begin a conversation: we must.

    hub ── r ── m bamgated, 10.0.0.1 ── wire ── z Chromium, 10.0.0.2
"""

import ipaddress

import pytest

from lab import avahi, measure
from lab.bamgate import Machine

WIRE = ipaddress.ip_network("203.0.113.0/28")
FIREWALL = ("add table inet wall",
            "add chain inet wall in { type filter hook input priority 0; policy accept; }",
            "add rule inet wall in iifname wire udp dport != 5353 ct state new drop")


def behind(net, gateway, name):
    host = net.add_host(name)
    net.join(host, "eth0", gateway, "wire", WIRE)
    host.address = str(WIRE[2])
    host.run("ip", "route", "add", "default", "via", str(WIRE[1]))
    net.forward(gateway)
    net.router.run("ip", "route", "add", str(WIRE), "via", gateway.address)
    return host


@pytest.mark.parametrize("name", ("a", "z"))
def test_names_behind_our_firewall(mesh, net, foreign, name):
    ours = mesh.machine("m", make=lambda host: Machine(host, policies=[avahi.POLICY]), ice={"relay": "off", "tcp": False})
    host = behind(net, ours.host, name)
    for rule in FIREWALL:
        ours.host.run("nft", rule)
    avahi.start(ours.host, "wire")
    theirs = foreign(name, "browser", options=["--hide-addresses"], host=host).know(ours).start()
    ours.wait_peer(name, state="connected")
    measure.ping(ours.host, theirs.address)
