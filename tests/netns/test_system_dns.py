# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the resolver of a machine is told of our names, by real ones: systemd-resolved, openresolv, Debian's resolvconf, the hosts
file. Names are found by the C library as every program finds them, and all is as before when the daemon ends, however it does."""

import pytest

from lab import resolvers
from lab.bamgate import Machine
from lab.resolvers import Helper, Resolved, find, lay_beside, own_etc, read, unpacked, write
from lab.wait import wait_for
from lab.wireguard import Keys

OFFICE, OTHER = "office.bamgate.internal", "nobody.bamgate.internal"
HOSTS = "127.0.0.1\tlocalhost"

pytestmark = pytest.mark.skipif(not resolvers.is_root(), reason="needs other users than root")


def needs(package):
    if unpacked(package) is None:
        pytest.skip(f"not on this machine: the package {package} cannot be downloaded")


def make(net, prepare, policies=(), **dns):
    """A machine with one peer, office, that never answers."""
    host = net.host("a")
    prepare(host)
    machine = Machine(host, policies=policies)
    machine.write_config({
        "device": {"name": "a", "address": "10.0.0.1/24", "autostart": True},
        "dns": dns,
        "ice": {"stun-servers": []},
        "peer office": {"public-key": Keys().public, "allowed-ips": ["10.0.0.9/32"]},
    })
    machine.write_secret("device-key", machine.keys.private)
    return machine


def manager(machine):
    return machine.bus.tunnel().get("DnsManager")


def start(machine, wanted, *options):
    machine.start(*options)
    machine.bus.wait(f"{wanted} is told", lambda: manager(machine) == wanted)


def wait_found(host, address="10.0.0.9", name=OFFICE):
    wait_for(f"{name} is {address}", lambda: find(host, name) == address)


def test_systemd_resolved(net):
    needs("systemd-resolved")
    machine = make(net, Resolved.prepare, [Resolved.policy()], search=True)
    resolved = Resolved(machine)
    start(machine, "systemd-resolved")
    wait_found(machine.host)
    wait_found(machine.host, name="office")
    assert find(machine.host, OTHER) == "" and find(machine.host, "www.example.org") == ""
    said = resolved.ctl("domain", "bamgate0")
    assert "bamgate.internal" in said and "~0.0.10.in-addr.arpa" in said
    assert machine.host.out("getent", "hosts", "10.0.0.9").split()[1] == OFFICE
    assert "no" in resolved.ctl("default-route", "bamgate0")

    resolved.restart()
    wait_found(machine.host)
    resolved.ctl("revert", "bamgate0")
    machine.bus.wait("it is said", lambda: "another program changed what systemd-resolved knows" in machine.bus.tunnel()["StateReason"])
    machine.ctl("reload")
    wait_found(machine.host)

    machine.kill()
    wait_for("nothing is left", lambda: find(machine.host, OFFICE) == "")
    start(machine, "systemd-resolved")
    wait_found(machine.host)
    assert machine.ctl("config", "set", "dns.manage=off").returncode == 0
    wait_for("it is taken back", lambda: find(machine.host, OFFICE) == "")
    assert manager(machine) == ""


def check_helped(machine, helper, kind, path, before):
    """What a helper wrote is taken back: when the daemon is killed, when the helper is, when the daemon ends."""
    start(machine, kind, f"--dns-socket={helper.path}")
    wait_found(machine.host)
    assert read(machine.host, path) != before
    machine.kill()
    helper.again()
    assert read(machine.host, path) == before
    start(machine, kind, f"--dns-socket={helper.path}")
    helper.process.kill()
    assert read(machine.host, path) != before
    machine.kill()
    helper.start()
    wait_for("what was left is gone", lambda: read(machine.host, path) == before)
    start(machine, kind, f"--dns-socket={helper.path}")
    wait_found(machine.host)
    assert machine.stop() == 0
    helper.process.wait()
    assert read(machine.host, path) == before


def test_hosts_file(net):
    machine = make(net, own_etc, search=True)
    write(machine.host, "/etc/hosts.real", HOSTS)
    machine.host.run("sh", "-ec", "chmod 640 /etc/hosts.real; chown 0:42 /etc/hosts.real; ln -sf hosts.real /etc/hosts")
    helper = Helper(machine.host)
    check_helped(machine, helper, "hosts", "/etc/hosts", HOSTS)
    assert machine.host.out("stat", "-c", "%a %g %N", "/etc/hosts.real", "/etc/hosts").split("\n")[0].startswith("640 42")
    assert machine.host.run("test", "-L", "/etc/hosts").returncode == 0


def test_openresolv(net):
    needs("openresolv")

    def prepare(host):
        own_etc(host)
        lay_beside(host, "openresolv")
        host.run("sh", "-ec", "echo 'nameserver 192.0.2.53' | resolvconf -a eth0")

    machine = make(net, prepare, search=True)
    before = read(machine.host, "/etc/resolv.conf")
    check_helped(machine, Helper(machine.host), "resolvconf", "/etc/resolv.conf", before)


def test_debian_resolvconf(net):
    needs("resolvconf")

    def prepare(host):
        own_etc(host)
        lay_beside(host, "resolvconf")
        host.run("sh", "-ec", "mkdir -p /run/resolvconf/interface; ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf; "
                 "resolvconf --enable-updates; echo 'nameserver 192.0.2.53' | resolvconf -a eth0.dhclient")

    machine = make(net, prepare)
    before = read(machine.host, "/etc/resolv.conf")
    check_helped(machine, Helper(machine.host), "resolvconf", "/etc/resolv.conf", before)
