# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything goes through one peer that a person chose.

    a bamgated ── r ── b wireguard-go, or bamgated: the exit
                  └── w, a host of the Internet
"""

import pytest

from lab.bamgate import static_machine
from lab.exits import MARK, OURS4, OURS6, PORT, THEIRS4, THEIRS6, masquerade, rules, tables, wait_nothing_left
from lab.mesh import Mesh
from lab.name_server import NameServer
from lab.wait import wait_for
from lab.whoami import WhoAmI
from lab.wireguard import WireguardGo


class Exit:
    """a, whose static peer b carries what `carries` says."""

    def __init__(self, net, carries=("0.0.0.0/0", "::/0"), device=None):
        self.a, self.b, self.w = net.host("a"), net.host("b"), net.host("w")
        self.theirs = WireguardGo(self.b, [f"{THEIRS4}/24", f"{THEIRS6}/64"], PORT)
        peer = {"public-key": self.theirs.keys.public, "allowed-ips": [f"{THEIRS4}/32", f"{THEIRS6}/128", *carries],
                "endpoint": f"{self.b.address}:{PORT}", "keepalive": 1}
        self.ours = static_machine(self.a, (f"{OURS4}/24", f"{OURS6}/64"), {"b": peer}, device)
        self.theirs.add_peer(self.ours.keys.public, [f"{OURS4}/32", f"{OURS6}/128"])
        masquerade(self.b, "wg0")
        self.ours.start().wait_state("online", "degraded")

    def set(self, name, *options):
        self.ours.ctl("exit", "set", name, *options)

    def wait_state(self, state, seconds=15):
        self.ours.bus.wait(f"exit is {state}", lambda: self.ours.bus.tunnel()["ExitState"] == state, seconds)


def test_everything_goes_through_the_exit(net):
    """IPv4 and IPv6; then not any more, and nothing stays."""
    lab = Exit(net)
    lab.ours.wait_peer("b")
    with WhoAmI(lab.w) as who:
        def sees(*addresses):
            return [who.ask(lab.a, address) for address in (lab.w.address, lab.w.address6)] == list(addresses)

        assert sees(lab.a.address, lab.a.address6) and not rules(lab.a)
        lab.set("b")
        lab.wait_state("active")
        assert sees(lab.b.address, lab.b.address6)
        assert lab.ours.ctl("status").stdout.splitlines()[0].split() == ["Exit", "b", "(active)"]
        assert who.ask(lab.a, mark=MARK) == who.ask(lab.a, link="eth0") == lab.a.address  # our own; who is bound to a link
        lab.set("none")
        assert lab.ours.bus.tunnel()["ExitState"] == ""
        assert sees(lab.a.address, lab.a.address6)
    assert not rules(lab.a) and not tables(lab.a)
    assert lab.ours.stop() == 0


@pytest.mark.parametrize("carried", (4, 6))
def test_what_the_exit_lacks_is_blocked(net, carried):
    lab = Exit(net, carries=["0.0.0.0/0" if carried == 4 else "::/0"], device={"exit-node": "b"})
    lab.wait_state("active")
    with WhoAmI(lab.w) as who:
        answers = [who.ask(lab.a, address) for address in (lab.w.address, lab.w.address6)]
    assert answers == ([lab.b.address, None] if carried == 4 else [None, lab.b.address6])
    tunnel = lab.ours.bus.tunnel()
    assert tunnel["State"] == "online" and f"IPv{10 - carried} is blocked" in tunnel["StateReason"]


def test_the_networks_around_by_choice(net):
    """A neighbour on the wire: reached beside the tunnel, or not at all."""
    lab = Exit(net, device={"exit-node": "b"})
    lab.wait_state("active")
    neighbour = lab.a.out("ip", "route", "show", "default").split()[2]
    with WhoAmI(net.router) as who:
        assert who.ask(lab.a, neighbour) == lab.a.address
        assert lab.ours.bus.tunnel()["ExitLan"] is True
        lab.set("b", "--lan=no")
        assert lab.ours.bus.tunnel()["ExitLan"] is False
        assert who.ask(lab.a, neighbour, seconds=1) != lab.a.address
        lab.set("b", "--lan=yes")
        assert who.ask(lab.a, neighbour) == lab.a.address


def test_nothing_goes_out_while_the_exit_is_lost(net):
    lab = Exit(net, device={"exit-node": "b"})
    lab.wait_state("active")
    with WhoAmI(lab.w) as who:
        lab.theirs.host.run("ip", "link", "set", "wg0", "down")
        assert who.ask(lab.a, seconds=1) is None
        lab.theirs.host.run("ip", "link", "set", "wg0", "up")
        wait_for("the way out is back", lambda: who.ask(lab.a, seconds=1) == lab.b.address)


def test_it_is_back_after_a_restart(net):
    """A daemon that is killed leaves a fence, and the next one takes its place; what others take away comes back."""
    lab = Exit(net, device={"exit-node": "b"})
    lab.wait_state("active")
    with WhoAmI(lab.w) as who:
        lab.ours.kill()
        lab.ours.wait_gone()
        assert who.ask(lab.a, seconds=0.5) is None
        lab.ours.start()
        lab.wait_state("active")
        assert who.ask(lab.a) == lab.b.address
        before = rules(lab.a)
        assert len({row.split(":")[0] for row in before}) == 4, before  # of one tunnel
        lab.a.run("ip", "rule", "delete", "priority", before[-1].split(":")[0])
        wait_for("the rule is back", lambda: sorted(rules(lab.a)) == sorted(before))
        assert who.ask(lab.a) == lab.b.address
        assert lab.ours.stop() == 0
        wait_nothing_left(lab.a)
        assert who.ask(lab.a) == lab.a.address


def test_leftovers_go_where_no_exit_is_chosen_any_more(net):
    lab = Exit(net, device={"exit-node": "b"})
    lab.wait_state("active")
    lab.ours.kill()
    lab.ours.wait_gone()
    assert rules(lab.a) and tables(lab.a)
    lab.ours.config.write_text(lab.ours.config.read_text().replace("exit-node=b", "exit-node="))
    lab.ours.start().wait_state("online", "degraded")
    wait_nothing_left(lab.a)


def test_an_exit_that_is_none_is_refused(net):
    lab = Exit(net, carries=())
    for name, why in (("b", "does not offer"), ("nobody", "no peer “nobody”")):
        refused = lab.ours.ctl("exit", "set", name, check=False)
        assert refused.returncode != 0 and why in refused.stderr
    assert not rules(lab.a) and lab.ours.bus.tunnel()["ExitNode"] == ""


def test_every_socket_of_ours_is_marked(mesh):
    """Of a member of a network that is connected: signalling, ICE by UDP and TCP, the direct path. What is bound to the tunnel leaves by it alone."""
    a, b = mesh.machine("a"), mesh.machine("b")
    mesh.wait_connected(a, b)
    rows = a.host.out("ss", "-Htuanpe").splitlines()
    own = [row for row in rows if f"pid={a.daemon.pid}," in row]
    assert len(own) > 3
    assert [row for row in own if f"fwmark:{MARK:#x}" not in row and "%bamgate0:" not in row] == []


def test_the_hub_is_found_without_the_exit(net):
    """By name, asked of the uplink's name server: while the exit is away, and by a daemon that has just begun."""
    with Mesh(net) as mesh:
        w, a = net.host("w"), net.host("a")
        (a.dir / "resolv.conf").write_text(f"nameserver {w.address}\n", encoding="ascii")
        a.run("mount", "--bind", a.dir / "resolv.conf", "/etc/resolv.conf")
        with NameServer(w, "hub.example.net", mesh.hub.host.address) as names:
            url = mesh.hub.socket_url.replace(mesh.hub.host.address, "hub.example.net")
            ours = mesh.machine("a", host=a, network={"server-url": url}, device={"exit-node": "b"}, start=False)
            ours.start()
            ours.bus.wait("the hub is found", lambda: ours.bus.tunnel()["SignalingState"] == "online", 20)
            assert names.asked and ours.bus.tunnel()["ExitState"] == "connecting"
            assert a.run("ping", "-c", "1", "-W", "1", w.address, check=False).returncode != 0


def test_a_member_of_the_network_as_exit(mesh):
    """It has to offer it, and says so; chosen once, it is the way out again after a restart."""
    a, b = mesh.machine("a"), mesh.machine("b")
    w = mesh.net.host("w")
    mesh.wait_connected(a, b)
    assert "does not offer" in a.ctl("exit", "set", "b", check=False).stderr
    b.ctl("config", "set", "device.exit=true")
    a.wait_peer("b", exit_offered=["4"])
    masquerade(b.host, "bamgate0")
    assert [row["id"] for row in a.ctl_json("exit", "list")["exits"]] == ["b"]
    with WhoAmI(w) as who:
        a.ctl("exit", "set", "b")
        a.bus.wait("exit is active", lambda: a.bus.tunnel()["ExitState"] == "active", 15)
        assert who.ask(a.host) == b.host.address and who.ask(a.host, w.address6) is None
        assert "IPv6 is blocked" in a.bus.tunnel()["ExitReason"]
        a.kill()
        a.start()
        a.bus.wait("exit is active", lambda: a.bus.tunnel()["ExitState"] == "active", 30)
        wait_for("the way out is back", lambda: who.ask(a.host, seconds=1) == b.host.address)


def test_beside_a_strict_reverse_path_filter(net):
    """Answers to our own packets come in, and who came to this machine from outside gets an answer there."""
    lab = Exit(net)
    lab.a.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1", "net.ipv4.conf.eth0.rp_filter=1")
    lab.ours.wait_peer("b")
    with WhoAmI(lab.w) as who, WhoAmI(lab.a) as here:
        lab.set("b")
        lab.wait_state("active")
        assert who.ask(lab.a) == lab.b.address
        assert here.ask(lab.w) == lab.w.address


def test_who_leaves_the_network_leaves_its_exit(mesh):
    """A strict choice of a machine that is no peer any more would shut this one in."""
    a, b = mesh.machine("a"), mesh.machine("b", device={"exit": True})
    mesh.wait_connected(a, b)
    a.wait_peer("b", exit_offered=["4"])
    a.ctl("exit", "set", "b", "--strict=yes")
    assert a.bus.tunnel()["ExitStrict"] is True
    wait_for("nothing else goes out", lambda: "bamgate_strict" in a.host.out("nft", "list", "tables"))
    a.ctl("leave", "--yes")
    assert a.bus.tunnel()["ExitNode"] == ""
    assert "bamgate_strict" not in a.host.out("nft", "list", "tables") and not rules(a.host)
