# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tunnel's life on one machine: what fails is tried again, what is taken away comes back, what was said holds."""

import re
import signal

import pytest
from gi.repository import GLib

from lab import measure
from lab.bamgate import UP, static_machine
from lab.bus import NAME
from lab.mesh import Mesh, empty_machine
from lab.paths import program
from lab.wait import wait_for
from lab.wireguard import Keys

STATIC_PEER = {"allowed-ips": ["10.70.0.2/32"]}
NEXT_ATTEMPT = re.compile(r"next attempt at \d\d:\d\d:\d\d")
HOLD_PORT = """
import signal, socket, sys
held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
held.bind(("0.0.0.0", int(sys.argv[1])))
print("held", flush=True)
signal.pause()
"""


def lonely(host, address="10.70.0.1/24", **device):
    """A machine with one static peer that is never there."""
    return static_machine(host, address, {"nobody": {"public-key": Keys().public, **STATIC_PEER}}, device)


def reason(machine):
    return machine.bus.tunnel()["StateReason"]


def wait_reason(machine, *words, seconds=20):
    machine.bus.wait(f"the reason has {words}", lambda: all(word in reason(machine) for word in words), seconds)
    return reason(machine)


# what fails is tried again


def test_interface_name_in_use(net):
    host = net.host("a")
    host.run("ip", "tuntap", "add", "mode", "tun", "name", "bamgate0")
    machine = lonely(host).start()
    assert NEXT_ATTEMPT.search(wait_reason(machine, "bamgate0 exists already"))
    assert machine.state_is("starting")
    refused = machine.ctl("up", check=False)
    assert refused.returncode != 0 and "bamgate0 exists already" in refused.stderr
    assert host.has_link("bamgate0")
    host.run("ip", "link", "delete", "bamgate0")
    machine.wait_state("online")


def test_udp_port_in_use(net):
    host = net.host("a")
    holder = host.start("holder", "python3", "-c", HOLD_PORT, "51820")
    holder.wait_line("held")
    machine = lonely(host, **{"listen-port": 51820}).start()
    assert NEXT_ATTEMPT.search(wait_reason(machine, "51820"))
    holder.kill()
    machine.wait_state("online")


def test_down_ends_the_attempts(net):
    host = net.host("a")
    host.run("ip", "tuntap", "add", "mode", "tun", "name", "bamgate0")
    machine = lonely(host).start()
    wait_reason(machine, "next attempt")
    machine.ctl("down")
    assert machine.state_is("off")
    host.run("ip", "link", "delete", "bamgate0")
    machine.ctl("up")
    machine.wait_state("online")


def test_up_does_not_wait_for_the_next_attempt(net):
    host = net.host("a")
    host.run("ip", "tuntap", "add", "mode", "tun", "name", "bamgate0")
    machine = lonely(host).start()
    wait_reason(machine, "next attempt")
    host.run("ip", "link", "delete", "bamgate0")
    machine.ctl("up")
    assert machine.state_is("online")


def test_up_without_a_network_is_refused(net):
    machine = empty_machine(net.host("a"))
    refused = machine.ctl("up", check=False)
    assert refused.returncode != 0 and "in no network yet" in refused.stderr
    assert machine.state_is("off") and not machine.bus.tunnel()["StateReason"]


def test_no_key_is_final(net):
    machine = lonely(net.host("a"))
    (machine.secrets / "device-key").unlink()
    machine.start().wait_state("failed")
    assert "device-key" in reason(machine) and "next attempt" not in reason(machine)


def test_settings_that_help_are_tried_at_once(net):
    """A port that somebody has: the person chooses another one, and need not say more."""
    host = net.host("a")
    holder = host.start("holder", "python3", "-c", HOLD_PORT, "51820")
    holder.wait_line("held")
    machine = lonely(host, **{"listen-port": 51820}).start()
    wait_reason(machine, "next attempt")
    machine.ctl("config", "set", "device.listen-port=51821")
    machine.wait_state("online")
    holder.kill()


# a hub that fails


def end_pings(pings, lost=0):
    pings.signal(signal.SIGINT)
    pings.wait()
    sent = int(re.search(r"(\d+) packets transmitted", pings.text())[1])
    answered = set(map(int, re.findall(r"icmp_seq=(\d+) ttl=", pings.text())))
    missing = set(range(1, sent)) - answered  # the last one may be under way
    assert len(missing) <= lost, pings.text()


def static_pair(net, device=None):
    """Two machines that know each other as static peers; the first has a hub besides."""
    hosts = [net.host(name) for name in ("a", "b")]
    keys = [Keys(), Keys()]
    machines = []
    for index, host in enumerate(hosts):
        other = 1 - index
        peer = {"public-key": keys[other].public, "endpoint": f"{hosts[other].address}:51820",
                "allowed-ips": [f"10.70.0.{other + 1}/32"]}
        machine = static_machine(host, f"10.70.0.{index + 1}/24", {hosts[other].name: peer},
                                 {"listen-port": 51820, **((device or {}) if index == 0 else {})})
        machine.write_secret("device-key", keys[index].private)
        machine.address = f"10.70.0.{index + 1}"
        machines.append(machine)
    return machines


def host_hub(machine, listen):
    with machine.config.open("a", encoding="utf-8") as file:
        file.write(f"\n[network]\nserver-url=http://{listen}\nhost-hub=true\nhub-listen={listen}\n")


def test_hub_on_an_address_that_comes_later(net):
    a, b = static_pair(net)
    host_hub(a, "192.0.2.1:8443")
    a.start().wait_state("degraded")
    b.start().wait_state("online")
    assert NEXT_ATTEMPT.search(wait_reason(a, "the hub of this machine does not run", "192.0.2.1"))
    measure.ping_until_answered(b.host, a.address)
    pings = b.host.start("ping", "ping", "-n", "-i", "0.05", a.address)
    a.host.run("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    a.wait_state("online", seconds=40)
    end_pings(pings)
    assert a.ctl_json("invite")["invite"]["code"]


def test_hub_port_in_use(net):
    a, _ = static_pair(net)
    holder = a.host.start("holder", "python3", "-c", HOLD_PORT.replace("SOCK_DGRAM", "SOCK_STREAM").replace("print", "held.listen(); print"), "8443")
    holder.wait_line("held")
    host_hub(a, "127.0.0.1:8443")
    a.start().wait_state("degraded")
    wait_reason(a, "the hub of this machine does not run")
    refused = a.ctl("invite", check=False)
    assert refused.returncode != 0 and "hub of this machine" in refused.stderr
    holder.kill()
    a.wait_state("online", seconds=40)


def test_hub_that_is_killed(net):
    a, b = static_pair(net)
    host_hub(a, "127.0.0.1:8443")
    a.start().wait_state("online")
    b.start().wait_state("online")
    a.host.run("sh", "-c", "kill -9 $(ss -Hltnp 'sport = 8443' | sed 's/.*pid=\\([0-9]*\\).*/\\1/')")
    wait_reason(a, "the hub of this machine does not run")
    a.wait_state("online")
    assert reason(a) == ""
    measure.ping(b.host, a.address)


def test_down_while_the_hub_waits(net):
    a, _ = static_pair(net)
    host_hub(a, "192.0.2.1:8443")
    a.start().wait_state("degraded")
    a.ctl("down")
    assert a.state_is("off") and not a.has_interface()
    a.ctl("up")
    a.wait_state(*UP)


# an interface that is taken away


def mended_pair(net, device=None):
    a, b = static_pair(net, device)
    for machine in (a, b):
        machine.start().wait_state("online")
    measure.ping_until_answered(b.host, a.address)
    return a, b


def handshakes(machine):
    return machine.host.out("wg", "show", machine.interface, "latest-handshakes")


def index_of(machine):
    return machine.host.ip_json("link", "show", "dev", machine.interface)[0]["ifindex"]


def has_routes(machine):
    return machine.has_interface() and {"10.70.0.0/24", "10.70.0.2"} <= set(machine.routes())


def wait_mended(machine, seconds=5):
    wait_for("addresses and routes are back", lambda: has_routes(machine), seconds)
    machine.wait_state("online")


@pytest.mark.parametrize("how", ["delete", "namespace", "rename"])
def test_interface_that_goes_away(net, how):
    """Only the TUN is another one: the sessions live on, and hardly a ping is lost."""
    a, b = mended_pair(net)
    before, old = handshakes(a), index_of(a)
    pings = b.host.start("ping", "ping", "-n", "-i", "0.05", a.address)
    pings.wait_line("icmp_seq=5 ")
    if how == "delete":
        a.host.run("ip", "link", "delete", a.interface)
    elif how == "namespace":
        a.host.run("ip", "link", "set", a.interface, "netns", str(b.host.anchor.pid), "name", "stolen")
    else:
        a.host.run("sh", "-c", f"ip link set {a.interface} down; ip link set {a.interface} name stolen")
    wait_for("it is another one", lambda: a.has_interface() and index_of(a) != old, 5)
    wait_mended(a)
    measure.ping(a.host, b.address)
    end_pings(pings, lost=20)
    assert handshakes(a) == before
    assert a.host.out("wg", "show", "interfaces") == a.interface
    assert not a.host.has_link("stolen") and not b.host.has_link("stolen")
    assert "taken away" in a.daemon.text()
    assert a.stop() == 0


def test_interface_that_is_deleted_again_and_again(net):
    a, b = mended_pair(net)
    for _ in range(3):
        old = index_of(a)
        a.host.run("ip", "link", "delete", a.interface)
        wait_for("it is another one", lambda: a.has_interface() and index_of(a) != old, 10)
        wait_mended(a)
    measure.ping_until_answered(b.host, a.address)


def test_interface_whose_name_is_taken_meanwhile(net):
    a, b = mended_pair(net)
    a.daemon.signal(signal.SIGSTOP)  # or it would be faster than we are
    a.host.run("ip", "link", "delete", a.interface)
    a.host.run("ip", "link", "add", a.interface, "type", "veth", "peer", "name", "other0")
    a.daemon.signal(signal.SIGCONT)
    assert NEXT_ATTEMPT.search(wait_reason(a, "bamgate0 was taken away", "exists already"))
    assert a.state_is("degraded")
    a.host.run("ip", "link", "delete", a.interface)
    wait_for("it is back", lambda: has_routes(a), 40)
    a.wait_state("online")
    measure.ping_until_answered(b.host, a.address)


@pytest.mark.parametrize("what", ["down", "address", "flush", "route", "mtu"])
def test_interface_that_is_tampered_with(net, what):
    a, b = mended_pair(net)
    old = index_of(a)
    a.host.run("sh", "-c", {
        "down": "ip link set bamgate0 down",
        "address": "ip address delete 10.70.0.1/24 dev bamgate0",
        "flush": "ip address flush dev bamgate0",
        "route": "ip route delete 10.70.0.2/32 dev bamgate0",
        "mtu": "ip link set bamgate0 mtu 1000",
    }[what])
    wait_for("it is put back", lambda: has_routes(a) and a.host.ip_json("link", "show", "dev", "bamgate0")[0]["mtu"] == 1420, 5)
    measure.ping(b.host, a.address)
    assert index_of(a) == old


# settings of a tunnel that runs


def pending(machine):
    return machine.bus.tunnel()["PendingRestart"]


def mtu_of(machine):
    return machine.host.ip_json("link", "show", "dev", machine.interface)[0]["mtu"]


def test_mtu_is_applied(net):
    a, b = mended_pair(net)
    before, index = handshakes(a), index_of(a)
    a.ctl("config", "set", "device.mtu=1300")
    wait_for("the link has it", lambda: mtu_of(a) == 1300, 5)
    measure.ping(b.host, a.address, size=1200)
    assert pending(a) == [] and handshakes(a) == before and index_of(a) == index
    said = a.ctl("config", "set", "device.mtu=9000").stdout
    assert "device.mtu" in said and pending(a) == ["device.mtu"] and mtu_of(a) == 1300
    assert "device.mtu" in a.ctl("status").stdout and a.ctl_json("config", "list")["pending_restart"] == ["device.mtu"]
    a.ctl("down")
    assert pending(a) == []
    a.ctl("up")
    assert mtu_of(a) == 9000


def test_threads_and_port_are_applied(net):
    a, b = mended_pair(net)
    before = handshakes(a)
    pings = a.host.start("ping", "ping", "-n", "-i", "0.05", b.address)
    pings.wait_line("icmp_seq=5 ")
    for threads in (1, 3, 0):
        a.ctl("config", "set", f"device.threads={threads}")
    a.ctl("config", "set", "device.listen-port=51999")
    measure.ping(a.host, b.address)
    end_pings(pings)
    assert a.host.out("wg", "show", a.interface, "listen-port") == "51999"
    assert b.host.out("wg", "show", b.interface, "endpoints").endswith(":51999")
    assert handshakes(a) == before and pending(a) == []


def test_port_that_cannot_be_had_is_said(net):
    a, b = mended_pair(net)
    holder = a.host.start("holder", "python3", "-c", HOLD_PORT, "51999")
    holder.wait_line("held")
    assert "device.listen-port" in a.ctl("config", "set", "device.listen-port=51999").stdout
    assert pending(a) == ["device.listen-port"] and "UDP port 51999" in reason(a)
    assert a.state_is("online")
    measure.ping(b.host, a.address)
    holder.kill()
    a.ctl("reload")
    assert pending(a) == [] and reason(a) == ""
    assert a.host.out("wg", "show", a.interface, "listen-port") == "51999"


def test_interface_and_address_wait(net):
    a, b = mended_pair(net)
    a.ctl("config", "set", "device.interface=bg9", "device.address=10.70.0.9/24", "device.name=x")
    assert pending(a) == ["device.address", "device.interface", "device.name"]
    tunnel = a.bus.tunnel()
    assert (tunnel["Interface"], tunnel["Addresses"], tunnel["Name"]) == ("bamgate0", ["10.70.0.1/24"], "a")
    measure.ping(b.host, a.address)
    a.ctl("config", "set", "device.interface=bamgate0", "device.address=10.70.0.1/24", "device.name=a")
    assert pending(a) == []
    a.ctl("config", "set", "device.interface=bg9")
    a.ctl("down")
    a.ctl("up")
    assert pending(a) == [] and a.host.has_link("bg9") and not a.has_interface()


def test_static_peer_where_there_was_none(net):
    """The first one opens the UDP port."""
    with Mesh(net) as mesh:
        a = mesh.machine("a")
        assert a.host.out("wg", "show", a.interface, "listen-port") in ("0", "")
        b = static_machine(net.host("b"), "10.0.0.77/24", {"a": {
            "public-key": a.keys.public, "allowed-ips": ["10.0.0.1/32"]}}, {"listen-port": 51820})
        b.start().wait_state("online")
        a.ctl("config", "set", f"peer.b.public-key={b.keys.public}", f"peer.b.endpoint={b.host.address}:51820",
              "peer.b.allowed-ips=10.0.0.77/32")
        assert pending(a) == []
        measure.ping_until_answered(a.host, "10.0.0.77")


@pytest.mark.parametrize("how", ["signal", "command"])
def test_reload(net, how):
    a, b = mended_pair(net)
    a.config.write_text(a.config.read_text(encoding="utf-8") + "\n[device]\nmtu=1333\n", encoding="utf-8")
    if how == "signal":
        a.daemon.signal(signal.SIGHUP)
    else:
        a.ctl("reload")
    wait_for("the link has it", lambda: mtu_of(a) == 1333, 5)
    measure.ping(b.host, a.address)


def test_paths_are_applied(net):
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        a.ctl("config", "set", "ice.paths=data-channel")
        a.wait_peer("b", state="connected", path="data-channel")
        measure.ping_until_answered(a.host, b.address)
        a.ctl("config", "set", "ice.paths=direct,ice,data-channel", "ice.stun-servers=stun:192.0.2.1:3478")
        a.wait_peer("b", state="connected", path="direct")
        assert pending(a) == []
        measure.ping_until_answered(a.host, b.address)


def test_hub_moves_and_ends(net):
    a, b = static_pair(net)
    host_hub(a, "127.0.0.1:8443")
    a.start().wait_state("online")
    b.start().wait_state("online")
    measure.ping_until_answered(b.host, a.address)
    pings = b.host.start("ping", "ping", "-n", "-i", "0.05", a.address)
    pings.wait_line("icmp_seq=5 ")
    a.ctl("config", "set", "network.hub-listen=127.0.0.1:9443", "network.server-url=http://127.0.0.1:9443")
    wait_for("it listens there", lambda: ":9443" in a.host.out("ss", "-Hltn"), 20)
    assert ":8443" not in a.host.out("ss", "-Hltn")
    a.wait_state("online")
    assert pending(a) == []
    a.ctl("config", "set", "network.host-hub=false")
    wait_for("it is gone", lambda: ":9443" not in a.host.out("ss", "-Hltn"), 20)
    a.wait_state("degraded")
    a.ctl("config", "set", "network.host-hub=true")
    a.wait_state("online")
    end_pings(pings)
    assert a.stop() == 0


# down holds


def test_down_is_remembered(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    machine.ctl("down")
    assert "brought up" in reason(machine)
    assert machine.stop() == 0
    machine.start()
    assert machine.state_is("off") and "brought up" in machine.ctl("status").stdout
    machine.kill()
    machine.start()
    assert machine.state_is("off")
    machine.ctl("up")
    machine.wait_state("online")
    assert machine.stop() == 0
    machine.start().wait_state("online")


def test_down_that_cannot_be_remembered_says_so(net):
    machine = lonely(net.host("a")).start().wait_state("online")
    (machine.state / "down").mkdir()
    (machine.state / "down" / "in-the-way").touch()
    try:
        machine.bus.call("org.bamgate.Tunnel1", "Down")
        raise AssertionError("Down did not complain")
    except GLib.Error as error:
        assert "comes up again with the daemon" in error.message
    assert machine.state_is("off") and not machine.has_interface()


def test_up_holds_without_autostart_only_for_now(net):
    machine = lonely(net.host("a"), autostart=False).start()
    assert machine.state_is("off") and reason(machine) == ""
    machine.ctl("up")
    machine.wait_state("online")
    assert machine.stop() == 0
    machine.start()
    assert machine.state_is("off")


# the bus


def test_bus_that_is_restarted(net):
    """The tunnel does not notice; the daemon is back with everything, and monitor says what happened."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), mesh.machine("b")
        mesh.wait_connected(a, b)
        before = a.bus.peers().keys()
        monitor = a.host.start("monitor", program("bamgatectl"), "monitor")
        monitor.wait_line("")
        for _ in range(2):
            a.bus.kill()
            a.bus.start()
            a.bus.wait("the daemon is back", lambda: a.bus.tunnel().get("State") == "online")
            assert a.bus.peers().keys() == before
        assert monitor.wait() != 0 and "the bus has gone" in monitor.text()
        a.check_alive()
        a.ctl("down")
        a.ctl("up")
        a.wait_state("online")
        measure.ping_until_answered(b.host, a.address)
        a.bus.kill()
        measure.ping(b.host, a.address)
        assert a.stop() == 0


def test_no_packet_is_lost_without_a_bus(net):
    a, b = mended_pair(net)
    pings = b.host.start("ping", "ping", "-n", "-i", "0.02", a.address)
    pings.wait_line("icmp_seq=5 ")
    for _ in range(3):
        a.bus.kill()
        a.bus.start()
        a.bus.wait("the daemon is back", lambda: a.bus.tunnel().get("State") == "online")
    end_pings(pings)


def test_daemon_before_the_bus(net):
    a, b = static_pair(net)
    a.bus.kill()
    a.spawn()
    b.start().wait_state("online")
    measure.ping_until_answered(b.host, a.address)
    a.bus.start()
    a.bus.wait("the daemon comes", lambda: a.bus.tunnel().get("State") == "online")
    assert a.ctl_json("status")["state"] == "online"


def test_name_that_somebody_else_has(net):
    """While the bus was away another one was faster: the tunnel goes on, and the name is ours once it is free."""
    a, b = mended_pair(net)
    a.daemon.signal(signal.SIGSTOP)
    a.bus.kill()
    a.bus.start()
    own(a.bus)
    a.daemon.signal(signal.SIGCONT)
    a.daemon.wait_line("the name is taken", seconds=30)
    measure.ping(b.host, a.address)
    a.bus.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReleaseName",
                               GLib.Variant("(s)", (NAME,)), None, 0, -1, None)
    a.bus.wait("it has it", lambda: a.bus.tunnel().get("State") == "online")


def own(bus):
    reply = bus.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                     GLib.Variant("(su)", (NAME, 4)), None, 0, -1, None)
    assert reply.unpack() == (1,)
