# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's avahi-daemon on a lab host, whose bus has POLICY."""

import pathlib

POLICY = next(path for folder in ("/usr/share/dbus-1/system.d", "/etc/dbus-1/system.d")
              if (path := pathlib.Path(folder, "avahi-dbus.conf")).exists())


def start(host, interface):
    configuration = host.dir / "avahi-daemon.conf"
    configuration.write_text(f"[server]\nallow-interfaces={interface}\nuse-ipv6=no\n[rlimits]\n", encoding="ascii")
    process = host.start("avahi-daemon", "avahi-daemon", "--file", configuration, "--no-drop-root", "--no-chroot", "--no-rlimits", "--debug")
    process.wait_line("Server startup complete")
    return process
