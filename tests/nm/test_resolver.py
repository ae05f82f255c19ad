# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names where a real NetworkManager looks after the resolver: told by the daemon of its own interface, and by a connection."""

import pytest

from lab import resolvers
from lab.mesh import Mesh
from lab.resolvers import find, own_etc, read
from lab.wait import wait_for
from network_manager import NetworkManager, nm_machine

WRITES = "[main]\ndns=default\nrc-manager=file\n"

pytestmark = pytest.mark.skipif(not resolvers.is_root(), reason="needs an /etc of its own")


def make(host):
    own_etc(host)
    return nm_machine(host)


def servers(machine):
    return [line.split()[1] for line in read(machine.host, "/etc/resolv.conf").splitlines() if line.startswith("nameserver")]


def addresses(machine):
    return [info["local"] for row in machine.host.ip_json("address", "show", "dev", machine.interface) for info in row["addr_info"]
            if not info["local"].startswith("fe80:")]


def wait_found(machine):
    wait_for("a name is found", lambda: find(machine.host, "a.bamgate.internal") == machine.address)


def wait_gone(machine):
    wait_for("our server is gone", lambda: machine.address not in servers(machine))


@pytest.fixture
def pair(net):
    """A machine that is off, and its NetworkManager, which writes resolv.conf."""
    with Mesh(net) as mesh:
        machine = mesh.machine("a", device={"autostart": False, "address6": "fd12::1/64"}, make=make)
        nm = NetworkManager(machine, WRITES)
        nm.cli("connection", "modify", "base", "ipv4.dns", "192.0.2.53")
        nm.cli("connection", "up", "base")
        wait_for("its own server", lambda: servers(machine) == ["192.0.2.53"])
        yield machine, nm


def test_the_daemons_own_interface(pair):
    machine, nm = pair
    machine.ctl("up")
    machine.bus.wait("NetworkManager is told", lambda: machine.bus.tunnel()["DnsManager"] == "NetworkManager")
    wait_for("our server is first", lambda: servers(machine)[0] == machine.address)
    wait_found(machine)
    # where NetworkManager saw the interface before its second address, it takes that away once, and the daemon puts it back
    wait_for("both addresses", lambda: addresses(machine) == [machine.address, "fd12::1"])
    assert "192.0.2.53" in servers(machine)
    nm.restart()
    machine.bus.wait("it is told again", lambda: machine.bus.tunnel()["DnsManager"] == "NetworkManager")
    wait_for("our server is there again", lambda: machine.address in servers(machine))
    machine.ctl("config", "set", "dns.manage=off")
    wait_gone(machine)
    machine.ctl("config", "set", "dns.manage=auto")
    wait_found(machine)
    machine.kill()
    wait_gone(machine)


def test_a_connection(pair):
    machine, nm = pair
    nm.add()
    nm.cli("connection", "up", "home")
    wait_for("our server is first", lambda: servers(machine)[0] == machine.address)
    wait_found(machine)
    assert machine.bus.tunnel()["DnsManager"] == "" and machine.bus.tunnel()["LinkDns"][0] == machine.address
    nm.cli("connection", "down", "home")
    wait_gone(machine)


def test_a_connection_whose_daemon_was_restarted(pair):
    """It has another interface by then, and NetworkManager forgets the servers of the first one, too."""
    machine, nm = pair
    nm.add()
    nm.cli("connection", "up", "home")
    wait_found(machine)
    machine.kill()
    machine.start()
    machine.bus.wait("it is the connection's again", lambda: machine.bus.tunnel()["LinkManager"])
    wait_found(machine)
    assert servers(machine).count(machine.address) == 1
    nm.cli("connection", "down", "home")
    wait_gone(machine)
