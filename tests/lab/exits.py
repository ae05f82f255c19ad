# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine whose exit is a static peer: the addresses of both, and what an exit sets in the kernel."""

import re

from .wait import wait_for

PORT = 51820
OURS4, OURS6, THEIRS4, THEIRS6 = "10.70.0.1", "fd70::1", "10.70.0.2", "fd70::2"
MARK = 0x62670000
TAG = "proto 182"


def masquerade(host, link):
    """As a router does: b carries the packets of others."""
    host.lab.forward(host)
    host.run("nft", "add table inet nat; add chain inet nat out { type nat hook postrouting priority 100; }; "
                    f"add rule inet nat out iifname {link} oifname eth0 masquerade")


def rules(host):
    """Of ours, both families."""
    rows = host.out("ip", "-4", "-d", "rule").splitlines() + host.out("ip", "-6", "-d", "rule").splitlines()
    return [row for row in rows if TAG in row]


def tables(host):
    """Routes of ours in tables of ours."""
    rows = host.out("ip", "-d", "-4", "route", "show", "table", "all").splitlines()
    rows += host.out("ip", "-d", "-6", "route", "show", "table", "all").splitlines()
    return [row for row in rows if TAG in row and re.search(r"table 16\d{8}", row)]


def wait_nothing_left(host):
    wait_for("no rule and no table of an exit", lambda: not rules(host) and not tables(host))
