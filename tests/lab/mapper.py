# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's miniupnpd on a laboratory's router: it maps ports to who asks for it by NAT-PMP and PCP, by NAT-PMP alone, or by UPnP."""

import re

from .wait import wait_for

CHAINS = """
table inet mapped {
  chain forward { type filter hook forward priority 0; jump let; }
  chain let { }
  chain prerouting { type nat hook prerouting priority -100; jump ports; }
  chain ports { }
  chain postrouting { type nat hook postrouting priority 100; jump peers; }
  chain peers { }
}
"""

# It answers both on one port; the first byte of what comes is the version of the protocol, 2 of PCP (RFC 6887, 9).
WITHOUT_PCP = """
table inet old {
  chain here { type filter hook input priority -10; udp dport 5351 @th,64,8 2 drop; }
}
"""

SETTINGS = """
ext_ifname=eth0
{listening}
enable_natpmp={pcp}
enable_upnp={upnp}
ipv6_disable=yes
secure_mode=yes
uuid=00000000-0000-4000-8000-000000000000
min_lifetime=120
max_lifetime=86400
notify_interval=900
clean_ruleset_interval=0
upnp_table_name=mapped
upnp_nat_table_name=mapped
upnp_forward_chain=let
upnp_nat_chain=ports
upnp_nat_postrouting_chain=peers
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""

MAPPED = re.compile(r"th dport (\d+) .*dnat ip to ([\d.]+):(\d+)")


class Mapper:
    """For the hosts that are behind the router by now."""

    def __init__(self, router, pcp=True, natpmp=False, upnp=False):
        self.gateway = router.gateway
        if natpmp:
            self.gateway.run("nft", "-f", "-", input=WITHOUT_PCP)
        self.gateway.run("nft", "-f", "-", input=CHAINS)
        links = [name for name in self.gateway.out("ls", "/sys/class/net").split() if name.startswith("to-")]
        config = self.gateway.dir / "miniupnpd.conf"
        config.write_text(SETTINGS.format(listening="\n".join(f"listening_ip={link}" for link in links),
                                          pcp="yes" if pcp else "no", upnp="yes" if upnp else "no"), encoding="ascii")
        self.process = self.gateway.start("miniupnpd", "miniupnpd", "-d", "-f", config, "-P", self.gateway.dir / "miniupnpd.pid")
        wait_for("the router maps ports", lambda: self.gateway.out("ss", "-Hlun", "sport = :5351" if pcp else "sport = :1900"))

    def mapped(self):
        """(port outside, address, port inside) of every UDP port that is mapped."""
        return [(int(outside), address, int(inside)) for outside, address, inside
                in MAPPED.findall(self.gateway.out("nft", "list", "chain", "inet", "mapped", "ports"))]
