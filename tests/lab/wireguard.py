# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's wireguard-go as the other side, and WireGuard keys."""

import base64
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from .process import LabError
from .wait import wait_for


class Keys:
    """A key pair in WireGuard's text form."""

    def __init__(self):
        key = X25519PrivateKey.generate()
        private = key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw,
                                    serialization.NoEncryption())
        public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.private = base64.b64encode(private).decode()
        self.public = base64.b64encode(public).decode()


def new_psk():
    return base64.b64encode(os.urandom(32)).decode()


class WireguardGo:
    """A wireguard-go interface on `host`."""

    def __init__(self, host, addresses, port, interface="wg0"):
        self.host, self.interface, self.port = host, interface, port
        self.keys = Keys()
        self.process = host.start("wireguard-go", "wireguard-go", "--foreground", interface,
                                  env={"LOG_LEVEL": "verbose", "WG_PROCESS_FOREGROUND": "1"})
        wait_for(f"{interface} on {host.name}", lambda: self.answers())
        self.set("listen-port", str(port), "private-key", self.file("private", self.keys.private))
        for address in addresses:
            host.run("ip", "address", "add", address, "dev", interface)
        host.run("ip", "link", "set", interface, "mtu", "1420", "up")

    def answers(self):
        if not self.process.is_running():
            raise LabError(f"wireguard-go ended\n{self.process.output()}")
        return self.host.run("wg", "show", self.interface, check=False).returncode == 0

    def file(self, name, text):
        """Secrets go through files that only root reads."""
        path = self.host.dir / f"{self.interface}-{name}"
        path.touch(mode=0o600)
        path.write_text(text + "\n", encoding="ascii")
        return str(path)

    def set(self, *arguments):
        self.host.run("wg", "set", self.interface, *arguments)

    def add_peer(self, public, allowed_ips, endpoint=None, psk=None, keepalive=None):
        arguments = ["peer", public, "allowed-ips", ",".join(allowed_ips)]
        arguments += ["endpoint", endpoint] if endpoint else []
        arguments += ["preshared-key", self.file("psk", psk)] if psk else []
        arguments += ["persistent-keepalive", str(keepalive)] if keepalive else []
        self.set(*arguments)

    def remove_peer(self, public):
        self.set("peer", public, "remove")

    def show(self, what):
        """`wg show INTERFACE what` as {key: text}."""
        return show(self.host, self.interface, what)


def show(host, interface, what):
    lines = host.out("wg", "show", interface, what).splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line)
