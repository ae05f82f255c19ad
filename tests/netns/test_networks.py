# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tunnel beside this machine's other networks: which addresses it may have, and who gives way."""

import ipaddress

import pytest

from lab.hub import Hub
from lab.mesh import empty_machine


def network_of(machine):
    return ipaddress.ip_interface(machine.wait_state("online").bus.tunnel()["Addresses"][0]).network


def setup_host(machine, *options, **kwargs):
    url = f"https://{machine.host.address}:8443"
    return machine.ctl("setup", "--host", "--public-url", url, "--name", machine.name, *options, seconds=60, **kwargs)


def hub_and_newcomer(net, subnet):
    """A hub with this subnet, a member that invites, and a machine that belongs nowhere."""
    hub = Hub(net.host("hub"), options=("--subnet", subnet)).start()
    member, newcomer = empty_machine(net.host("a")), empty_machine(net.host("b"))
    member.ctl("setup", "--server", hub.url, "--token-file", hub.token_file, "--name", "a", "--force", seconds=60)
    return member, newcomer


# entering a network


def test_setup_host_takes_a_free_subnet(net):
    """A machine that is in 10.0.0.0/9 already, with a route to most of the rest."""
    home = empty_machine(net.host("home"))
    home.host.run("ip", "address", "add", "10.0.0.7/9", "dev", "eth0")
    home.host.run("ip", "route", "add", "10.128.0.0/10", "via", "10.0.0.1")
    setup_host(home)
    chosen = network_of(home)
    assert chosen.subnet_of(ipaddress.ip_network("10.192.0.0/10")) and chosen.prefixlen == 24
    assert home.stop() == 0  # the hub keeps it
    home.start()
    assert network_of(home) == chosen


def test_setup_host_with_a_subnet(net):
    home = empty_machine(net.host("home"))
    home.host.run("ip", "address", "add", "10.77.1.9/24", "dev", "eth0")
    refused = setup_host(home, "--subnet", "10.77.0.0/16", check=False)
    assert refused.returncode != 0 and "10.77.1.0/24" in refused.stderr and "eth0" in refused.stderr
    setup_host(home, "--subnet", "10.78.0.0/16")
    assert network_of(home) == ipaddress.ip_network("10.78.0.0/16")
    assert home.bus.tunnel()["Addresses"] == ["10.78.0.1/16"]


def test_setup_host_anew_keeps_the_subnet(net):
    """A hub that has devices stays where they are."""
    home = empty_machine(net.host("home"))
    setup_host(home)
    chosen = network_of(home)
    home.ctl("down")
    setup_host(home, "--force")
    assert network_of(home) == chosen


@pytest.mark.parametrize("local", ("10.55.0.9/24", "10.55.0.9/16", "10.55.0.130/25"))
def test_join_refuses_a_local_network(net, local):
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    newcomer.host.run("ip", "address", "add", local, "dev", "eth0")
    invite = member.invite()
    for force in ((), ("--force",)):
        refused = newcomer.join(invite, "--name", "b", *force, check=False)
        assert refused.returncode != 0
        assert "10.55.0.0/24" in refused.stderr and "eth0" in refused.stderr, refused.stderr
        assert not newcomer.has_interface() and not newcomer.bus.tunnel()["Name"]
    newcomer.host.run("ip", "address", "delete", local, "dev", "eth0")
    newcomer.join(invite, "--name", "b")  # which is not lost
    newcomer.wait_peer("a")


def test_join_asks_before_it_takes_addresses_of_others(net):
    member, newcomer = hub_and_newcomer(net, "8.8.8.0/24")
    invite = member.invite()
    refused = newcomer.join(invite, "--name", "b", check=False)
    assert refused.returncode != 0 and "8.8.8.0/24" in refused.stderr and "force" in refused.stderr
    newcomer.join(invite, "--name", "b", "--force")
    newcomer.wait_peer("a")


def test_join_by_a_route_asks(net):
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    gateway = newcomer.host.out("ip", "route", "show", "default").split()[2]
    newcomer.host.run("ip", "route", "add", "10.55.0.0/16", "via", gateway)
    invite = member.invite()
    refused = newcomer.join(invite, "--name", "b", check=False)
    assert refused.returncode != 0 and "10.55.0.0/16" in refused.stderr and "eth0" in refused.stderr
    newcomer.join(invite, "--name", "b", "--force")
    newcomer.wait_peer("a")


def test_join_checks_before_it_spends_the_invite(net):
    """What is wrong with this machine is said first, and the invite stays good."""
    member, newcomer = hub_and_newcomer(net, "10.55.0.0/24")
    invite = member.invite()
    drop_in = newcomer.config.with_name("bamgate.conf.d") / "site.conf"
    token = newcomer.secrets / "token"

    def refused(word, *options):
        result = newcomer.join(invite, *options, check=False)
        assert result.returncode != 0 and word in result.stderr, result.stderr

    refused("x]y", "--name", "x]y")
    newcomer.host.run("ip", "link", "add", "bamgate0", "type", "veth", "peer", "name", "other0")
    refused("bamgate0 exists", "--name", "b")
    newcomer.host.run("ip", "link", "delete", "bamgate0")
    drop_in.parent.mkdir()
    drop_in.write_text("[device]\naddress=10.1.0.1/24\n", encoding="utf-8")
    refused("site.conf", "--name", "b")
    drop_in.unlink()
    token.write_text("t\n", encoding="utf-8")
    token.chmod(0o644)
    refused("chmod 0600", "--name", "b")
    token.unlink()
    newcomer.join(invite, "--name", "b")
    newcomer.wait_peer("a")


def test_join_without_tls_asks(net):
    hub = Hub(net.host("hub"), options=("--plain",)).start()
    newcomer = empty_machine(net.host("b"))
    url = f"http://{hub.host.address}:{hub.port}"
    refused = newcomer.ctl("join", "ABCD-EFGH", url, "--name", "b", check=False)
    assert refused.returncode != 0 and "not encrypted" in refused.stderr
    options = ("--server", url, "--token-file", hub.token_file, "--name", "b")
    assert "not encrypted" in newcomer.ctl("setup", *options, check=False).stderr
    newcomer.ctl("setup", *options, "--force", seconds=60)
    newcomer.wait_state("online")
