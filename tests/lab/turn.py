# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's coturn on a lab host, with credentials made of a shared secret."""

import threading

from .process import LabError

SETTINGS = """{listening}
relay-ip={address}
listening-port=3478
use-auth-secret
static-auth-secret={secret}
realm=lab
no-tls
no-dtls
no-cli
{more}
no-software-attribute
simple-log
log-file=stdout
pidfile={dir}/turnserver.pid
userdb={dir}/turndb
"""


class Turn:
    """`urls` is what settings take, `secret` what goes with them."""

    secret = "lab-turn-secret"

    def __init__(self, host, transport="udp", others=()):
        """`others`: more addresses of the host that it answers at; with them it tells how NATs behave (RFC 5780)."""
        self.host = host
        self.urls = [f"turn:{host.address}:3478?transport={transport}"]
        self.config = host.dir / "turnserver.conf"
        self.config.write_text(SETTINGS.format(
            listening="\n".join(f"listening-ip={address}" for address in (host.address, *others)), address=host.address,
            more="" if others else "no-rfc5780", secret=self.secret, dir=host.dir), encoding="utf-8")
        self.process = host.start("turnserver", "turnserver", "-c", self.config)
        self.wait_listening()

    def wait_listening(self, seconds=10):
        never = threading.Event()
        for _ in range(int(seconds / 0.05)):
            if "3478" in self.host.out("ss", "-Hltun", "sport = :3478"):
                return
            never.wait(0.05)
        raise LabError(f"turnserver does not listen\n{self.process.output()}")

    @property
    def pid(self):
        return self.process.pid


def keep_apart(net, one, other):
    """The router passes nothing between the two hosts."""
    table = f"apart-{one}-{other}"
    net.router.run("nft", f"add table inet {table}; add chain inet {table} pass {{ type filter hook forward priority 0; }}; "
                          f"add rule inet {table} pass iifname to-{one} oifname to-{other} drop; "
                          f"add rule inet {table} pass iifname to-{other} oifname to-{one} drop")
