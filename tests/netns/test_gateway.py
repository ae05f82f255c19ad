# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks behind machines: hosts without bamgate behind both ends reach each other, whatever the gateways' own firewalls say."""

import contextlib
import pathlib
import shutil

import pytest

from lab.bamgate import Machine, key_file, static_machine
from lab.checked_tcp import gets_through, transfer
from lab.mesh import Mesh
from lab.sites import LAN, Site
from lab.wait import wait_for

HERE = pathlib.Path(__file__).parent
A_NETS, B_NETS = ("192.168.10.0/24", "fd10::/64"), ("192.168.20.0/24", "fd20::/64")
TABLE = "bamgate_bamgate0"
VERSIONS = (4, 6)


def member(mesh, name, number, make=Machine, start=True, **device):
    return mesh.machine(name, make=make, start=start, device={"address6": f"fd00:ba::{number}/64", "accept-routes": True, **device})


def has_table(machine):
    return TABLE in machine.host.out("nft", "list", "tables")


def has_routes(machine, *nets):
    return set(nets) <= set(machine.routes())


def wait_routes(machine, *nets):
    wait_for(f"{machine.name} has routes to {nets}", lambda: has_routes(machine, *nets), 20)


def two_sites(net, mesh, nat=True, b_knows=True, make=Machine):
    """Gateways a and b, each with a network behind it."""
    a = member(mesh, "a", 1, make, routes=A_NETS, **{"routes-nat": nat})
    b = member(mesh, "b", 2, routes=B_NETS, **{"routes-nat": nat})
    sites = Site(net, a, A_NETS), Site(net, b, B_NETS, b_knows)
    mesh.wait_connected(a, b)
    wait_routes(a, *B_NETS)
    wait_routes(b, *A_NETS)
    return sites


def reaches(one, other, version):
    """What address the other end saw."""
    return transfer(one.host, other.host, other.addresses[version])


def meet(one, other):
    for version in VERSIONS:
        reaches(one, other, version)
        reaches(other, one, version)


def is_shut(one, other, version):
    return not gets_through(one.host, other.host, other.addresses[version])


def wait_reason(machine, text):
    machine.bus.wait(f"{machine.name} says {text}", lambda: text in machine.bus.tunnel()["StateReason"])


def switches(host, *names):
    """What of the kernel's forwarding is on."""
    return {f"{version}/{name}/{key}" for version, keys in (("ipv4", ("forwarding",)), ("ipv6", ("forwarding", "force_forwarding")))
            for name in names for key in keys
            if host.run("cat", f"/proc/sys/net/{version}/conf/{name}/{key}", check=False).stdout.strip() == "1"}


def traces(machine):
    """What a gateway leaves in the kernel, and should not."""
    return switches(machine.host, "all", "default", "eth0", LAN), machine.host.out("nft", "list", "ruleset")


# --- Two networks, both ways ---


def test_lans_meet(net):
    """With the gateway's address, so that nobody in the network has to know a way back."""
    with Mesh(net) as mesh:
        a, b = two_sites(net, mesh, b_knows=False)
        for version in VERSIONS:
            assert reaches(a, b, version) == b.inner[version]
        b.know_gateway()
        meet(a, b)
        # a gateway is a router for what it offers, and for nothing else
        net.router.run("ip", "route", "add", A_NETS[0], "via", a.gateway.address)
        assert not gets_through(a.host, mesh.hub.host, mesh.hub.host.address) and not gets_through(net.router, a.host, a.addresses[4])
        a.machine.ctl("config", "set", "device.routes=")
        wait_for("a serves nothing", lambda: not has_table(a.machine))
        assert not switches(a.gateway, "all", "default", "eth0", LAN)
        assert is_shut(b, a, 4)


def test_lans_meet_by_route(net):
    """Without NAT each end sees the other's own address, and no connection is followed."""
    with Mesh(net) as mesh:
        a, b = two_sites(net, mesh, nat=False)
        for version in VERSIONS:
            assert reaches(a, b, version) == a.addresses[version]
        meet(a, b)
        assert "nat" not in a.gateway.out("nft", "list", "table", "inet", TABLE)
        a.machine.ctl("config", "set", "device.routes-nat=yes")  # under way
        wait_for("addresses are changed", lambda: reaches(b, a, 4) == a.inner[4])


def test_equal_lans(net):
    """Two sites with the same network, each known to the other by another one."""
    same, as_a, as_b = "192.168.1.0/24", "10.77.1.0/24", "10.77.2.0/24"
    with Mesh(net) as mesh:
        a = member(mesh, "a", 1, routes=f"{same}@{as_a}", **{"routes-nat": False})
        b = member(mesh, "b", 2, routes=f"{same}@{as_b}", **{"routes-nat": False})
        one, other = Site(net, a, (same,)), Site(net, b, (same,))
        mesh.wait_connected(a, b)
        wait_routes(a, as_b)
        wait_routes(b, as_a)
        assert same not in a.routes() and same not in b.routes()
        assert transfer(one.host, other.host, "10.77.2.2") == "10.77.1.2"
        assert transfer(other.host, one.host, "10.77.1.2") == "10.77.2.2"
        b.ctl("config", "set", "device.routes-nat=yes")
        wait_for("b's own address is seen", lambda: transfer(one.host, other.host, "10.77.2.2") == "192.168.1.1")


# --- Beside other firewalls ---


@contextlib.contextmanager
def iptables_policy(host):
    """A person's two commands."""
    host.run("iptables", "-P", "FORWARD", "DROP")
    host.run("ip6tables", "-P", "FORWARD", "DROP")
    yield
    host.run("nft", "flush ruleset")


@contextlib.contextmanager
def iptables_reject(host):
    """What wants to be seen is refused at the end."""
    for program in ("iptables", "ip6tables"):
        host.run(program, "-A", "FORWARD", "-i", "docker0", "-j", "ACCEPT")
        host.run(program, "-A", "FORWARD", "-j", "REJECT")
    yield
    host.run("nft", "flush ruleset")


@contextlib.contextmanager
def docker(host):
    """The rules that Docker makes, with a container and its published port."""
    for program in ("iptables", "ip6tables"):
        host.run(f"{program}-restore", input=(HERE / f"docker-{program}.rules").read_text(encoding="utf-8"))
    yield
    host.run("nft", "flush ruleset")


@contextlib.contextmanager
def ufw(host):
    host.run("sh", "-ec", "mkdir -p /run/lock /run/ufw; cp -a /etc/ufw/. /run/ufw; mount --bind /run/ufw /etc/ufw; ufw --force enable")
    yield
    host.run("sh", "-ec", "ufw disable; umount /etc/ufw; nft flush ruleset")


def rules_of_ours(machine):
    return [line for line in machine.host.out("nft", "list", "ruleset").splitlines() if "bamgate:bamgate0:" in line]


def test_beside_iptables(net):
    """Each is set up under a gateway that runs, as when a person starts it, and taken away again, with all that was in the kernel."""
    with Mesh(net) as mesh:
        one, other = two_sites(net, mesh)
        a = one.machine
        for firewall in (iptables_policy, iptables_reject, docker, ufw):
            with firewall(a.host):
                wait_for("a knows", lambda: len(rules_of_ours(a)) == 4 and has_table(a))
                meet(one, other)
                for program in ("iptables", "ip6tables"):
                    assert "bamgate:bamgate0:" in a.host.out(program, "-S", "FORWARD")  # its owner can read them
            wait_for("the table is back, and nothing else", lambda: has_table(a) and not rules_of_ours(a))
        with docker(a.host):
            wait_for("a knows", lambda: rules_of_ours(a))
            a.ctl("down")
            assert "bamgate" not in a.host.out("nft", "list", "ruleset") and "DOCKER-USER" in a.host.out("iptables", "-S")


def test_chain_of_a_person(net):
    """What cannot be overruled is said, with its name; and not any more when the person has let the tunnel through."""
    with Mesh(net) as mesh:
        one, other = two_sites(net, mesh)
        a = one.machine
        a.host.run("nft", "-f", "-", input="table inet filter { chain forward { type filter hook forward priority filter; policy drop; }; }\n")
        wait_reason(a, "chain forward of table inet filter")
        assert a.state_is("online") and is_shut(other, one, 4)
        a.host.run("nft", "-f", "-", input="add rule inet filter forward iifname bamgate0 accept\n"
                                           "add rule inet filter forward oifname bamgate0 accept\n")
        a.bus.wait("nothing is in the way", lambda: not a.bus.tunnel()["StateReason"])
        meet(one, other)
        assert not rules_of_ours(a)


def let_pass(host, other, one):
    """What is said lets peers come in; what the hosts behind begin themselves needs a policy (docs/gateway.md)."""
    host.run("firewall-cmd", "--permanent", "--zone=trusted", "--add-interface=bamgate0")
    host.run("firewall-cmd", "--reload", seconds=60)
    for version in VERSIONS:
        reaches(other, one, version)
    sources = [f"--add-rich-rule=rule family=ipv{version} source address={net} accept" for version, net in zip(VERSIONS, A_NETS)]
    host.run("firewall-cmd", "--permanent", "--new-policy=to-bamgate")
    for option in ("--add-ingress-zone=public", "--add-egress-zone=trusted", *sources):
        host.run("firewall-cmd", "--permanent", "--policy=to-bamgate", option)
    host.run("firewall-cmd", "--reload", seconds=60)


@pytest.mark.long
def test_beside_firewalld(net):
    """The program itself, on a bus of the lab. From 2.1 on it may own its table: then it is an obstacle, and said."""
    if not shutil.which("firewalld"):
        pytest.skip("not on this machine: firewalld is not installed")

    def make(host):
        return Machine(host, policies=["/usr/share/dbus-1/system.d/FirewallD.conf"])

    with Mesh(net) as mesh:
        one, other = two_sites(net, mesh, make=make)
        a = one.machine
        a.host.run("sh", "-ec", "cp -a /etc/firewalld /run/firewalld; mount --bind /run/firewalld /etc/firewalld")
        firewalld = a.host.start("firewalld", "firewalld", "--nofork", "--nopid")
        wait_for("its rules are there", lambda: "chain filter_FORWARD " in a.host.out("nft", "list", "ruleset"), 30)
        wait_for("a knows", lambda: rules_of_ours(a) or a.bus.tunnel()["StateReason"])
        if "firewall-cmd" in a.bus.tunnel()["StateReason"]:
            let_pass(a.host, other, one)
        meet(one, other)
        a.host.run("firewall-cmd", "--reload", seconds=60)
        wait_for("a knows", lambda: rules_of_ours(a) or a.bus.tunnel()["StateReason"])
        firewalld.stop(30)


# --- What is left, and what comes back ---


def test_killed_gateway_leaves_nothing(net):
    """The next daemon takes it all away, with settings that want none of it."""
    with Mesh(net) as mesh:
        a = member(mesh, "a", 1, start=False)
        site = Site(net, a, A_NETS)
        before = traces(a)
        a.start().wait_state("online")
        with docker(a.host):
            clean = traces(a)
            a.ctl("config", "set", f"device.routes={';'.join(A_NETS)}", "device.exit=yes")
            wait_for("it is a gateway", lambda: has_table(a) and rules_of_ours(a))
            assert switches(site.gateway, LAN) and (a.state / "forwarding").exists()
            a.kill()
            assert traces(a) != clean and has_table(a)
            settings = a.config.read_text(encoding="utf-8").splitlines()
            a.config.write_text("\n".join(line for line in settings if not line.startswith(("routes=", "exit="))), encoding="utf-8")
            a.start().wait_state("online")
            assert traces(a) == clean and not (a.state / "forwarding").exists()
        assert traces(a) == before


def test_flushed_rules_come_back(net):
    with Mesh(net) as mesh:
        one, other = two_sites(net, mesh)
        a = one.machine
        a.host.run("nft", "flush", "ruleset")
        wait_for("the table is back", lambda: has_table(a), 5)
        meet(one, other)
        a.host.run("sysctl", "-qw", f"net.ipv4.conf.{LAN}.forwarding=0")
        wait_for("forwarding is back", lambda: f"ipv4/{LAN}/forwarding" in switches(a.host, LAN), 5)


# --- The rest of the world ---


def test_exit(net):
    """A peer that sends everything through a machine is seen there with that machine's address, and opens no way back."""
    hosts = net.host("a"), net.host("b")
    a, b = (static_machine(host, (f"10.71.0.{i + 1}/24", f"fd71::{i + 1}/64"), {}, {"listen-port": 51820}) for i, host in enumerate(hosts))
    world = net.host("world")
    for machine, other, allowed in ((a, b, "10.71.0.2/32;fd71::2/128"), (b, a, "0.0.0.0/0;::/0")):
        peer = {"public-key": other.keys.public, "allowed-ips": allowed, "endpoint": f"{other.host.address}:51820"}
        machine.config.write_text(f"{machine.config.read_text(encoding='utf-8')}\n{key_file({f'peer {other.name}': peer})}", encoding="utf-8")
    a.start().wait_state("online")
    b.start().wait_state("online")
    for version, address in ((4, f"{world.address}/32"), (6, f"{world.address6}/128")):
        b.host.run("ip", f"-{version}", "route", "add", address, "dev", "bamgate0")
    assert not gets_through(b.host, world, world.address)
    with iptables_policy(a.host):
        a.ctl("config", "set", "device.exit=yes")
        wait_for("a is an exit", lambda: rules_of_ours(a))
        assert transfer(b.host, world, world.address) == a.host.address
        assert transfer(b.host, world, world.address6) == a.host.address6
        net.router.run("ip", "route", "add", "10.71.0.0/24", "via", a.host.address)
        assert not gets_through(world, b.host, "10.71.0.2")
        a.ctl("config", "set", "device.exit=no")
        assert not rules_of_ours(a) and not has_table(a)
        assert not gets_through(b.host, world, world.address)
