# SPDX-License-Identifier: LGPL-2.1-or-later
"""Static peers over UDP against Debian's wireguard-go.

    a bamgated, 10.70.0.1 ── r ── b wireguard-go, 10.70.0.2
"""

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.wait import wait_for
from lab.wireguard import WireguardGo, new_psk, show

OURS, THEIRS = ("10.70.0.1", "fd70::1"), ("10.70.0.2", "fd70::2")
PORT = 51820


def outer(host, version):
    return f"{host.address}:{PORT}" if version == 4 else f"[{host.address6}]:{PORT}"


def connect(net, version=4, psk=False, initiator="both", keepalive=None):
    """Our machine and the wireguard-go beside it; `initiator` (ours, theirs, both) says who knows the other's endpoint."""
    a, b = net.host("a"), net.host("b")
    key = new_psk() if psk else None
    theirs = WireguardGo(b, [f"{address}/24" if "." in address else f"{address}/64" for address in THEIRS], PORT)
    settings = {"public-key": theirs.keys.public, "allowed-ips": [f"{THEIRS[0]}/32", f"{THEIRS[1]}/128"]}
    if initiator != "theirs":
        settings["endpoint"] = outer(b, version)
    if keepalive:
        settings["keepalive"] = keepalive
    ours = static_machine(a, (f"{OURS[0]}/24", f"{OURS[1]}/64"), {"b": settings}, {"listen-port": PORT},
                          {"b": key} if psk else None)
    theirs.add_peer(ours.keys.public, [f"{OURS[0]}/32", f"{OURS[1]}/128"],
                    outer(a, version) if initiator != "ours" else None, key)
    ours.start().wait_state("online")
    return ours, theirs


@pytest.mark.sanitized
@pytest.mark.parametrize("psk", (False, True), ids=("no-psk", "psk"))
@pytest.mark.parametrize("initiator", ("ours", "theirs"))
@pytest.mark.parametrize("version", (4, 6), ids=("ipv4", "ipv6"))
def test_handshake(net, version, initiator, psk):
    ours, theirs = connect(net, version, psk, initiator)
    first, second = (ours.host, theirs.host) if initiator == "ours" else (theirs.host, ours.host)
    there, back = (THEIRS, OURS) if initiator == "ours" else (OURS, THEIRS)
    measure.ping_until_answered(first, there[0])
    measure.ping(first, there[1])
    measure.ping(second, back[0])
    measure.ping(second, back[1])


def test_wrong_psk_is_no_tunnel(net):
    ours, theirs = connect(net, psk=True)
    theirs.remove_peer(ours.keys.public)
    theirs.add_peer(ours.keys.public, [f"{OURS[0]}/32"], outer(ours.host, 4), new_psk())
    assert measure.ping(ours.host, THEIRS[0], count=2, wait=1, check=False) is None


def test_source_outside_allowed_ips_is_dropped(net):
    ours, theirs = connect(net)
    measure.ping_until_answered(ours.host, THEIRS[0])
    theirs.host.run("ip", "address", "add", "10.70.0.99/32", "dev", "wg0")
    done = theirs.host.run("ping", "-n", "-c", 2, "-W", 1, "-I", "10.70.0.99", OURS[0], check=False)
    assert ", 0 received" in done.stdout


def test_throughput(net):
    ours, theirs = connect(net)
    assert measure.tcp_mbit(ours.host, theirs.host, THEIRS[0], 2) > 20
    assert measure.tcp_mbit(theirs.host, ours.host, OURS[0], 2) > 20
    arrived, lost = measure.udp_mbit_and_loss(ours.host, theirs.host, THEIRS[0], 2, rate=20)
    assert arrived > 18 and lost < 2


def test_largest_packets(net):
    ours, theirs = connect(net)
    measure.ping_until_answered(ours.host, THEIRS[0])
    measure.ping(ours.host, THEIRS[0], size=1420 - 28, dont_fragment=True)
    measure.ping(theirs.host, OURS[0], size=1420 - 28, dont_fragment=True)
    measure.ping(ours.host, THEIRS[0], size=4000)  # fragments inside the tunnel


def test_new_session_after_the_other_forgot_ours(net):
    ours, theirs = connect(net)
    measure.ping_until_answered(ours.host, THEIRS[0])
    theirs.remove_peer(ours.keys.public)
    theirs.add_peer(ours.keys.public, [f"{OURS[0]}/32"], outer(ours.host, 4))
    measure.ping_until_answered(theirs.host, OURS[0])  # their handshake replaces our session
    measure.ping(ours.host, THEIRS[0])


def test_new_session_after_our_restart(net):
    ours, theirs = connect(net)
    measure.ping_until_answered(theirs.host, OURS[0])
    ours.kill()
    ours.start().wait_state("online")
    measure.ping_until_answered(ours.host, THEIRS[0])
    measure.ping(theirs.host, OURS[0])


def test_endpoint_roams(net):
    ours, theirs = connect(net)
    measure.ping_until_answered(ours.host, THEIRS[0])
    theirs.set("listen-port", "40000")
    measure.ping_until_answered(theirs.host, OURS[0])
    assert show(ours.host, ours.interface, "endpoints")[theirs.keys.public].endswith(":40000")
    measure.ping(ours.host, THEIRS[0])


def test_wg_show_reads_our_interface(net):
    ours, theirs = connect(net, psk=True, keepalive=25)
    measure.ping_until_answered(ours.host, THEIRS[0])
    assert ours.host.out("wg", "show", ours.interface, "public-key") == ours.keys.public
    assert ours.host.out("wg", "show", ours.interface, "listen-port") == str(PORT)
    key = theirs.keys.public
    assert show(ours.host, ours.interface, "endpoints")[key] == outer(theirs.host, 4)
    assert show(ours.host, ours.interface, "persistent-keepalive")[key] == "25"
    assert set(show(ours.host, ours.interface, "allowed-ips")[key].split()) == {f"{THEIRS[0]}/32", f"{THEIRS[1]}/128"}
    assert int(show(ours.host, ours.interface, "latest-handshakes")[key]) > 0
    received, sent = show(ours.host, ours.interface, "transfer")[key].split()
    assert int(received) > 0 and int(sent) > 0


def test_status_of_a_static_peer(net):
    ours, _ = connect(net)
    measure.ping_until_answered(ours.host, THEIRS[0])
    peer = ours.wait_peer("b", state="connected")
    assert peer["Path"] == "udp"
    assert peer["LastHandshake"] > 0


@pytest.mark.long
@pytest.mark.limit(300)
@pytest.mark.parametrize("initiator", ("ours", "theirs"))
def test_across_a_rekey(net, initiator):
    """REKEY_AFTER_TIME is two minutes of real time; no ping is lost over it."""
    ours, theirs = connect(net, initiator=initiator)
    first, address = (ours.host, THEIRS[0]) if initiator == "ours" else (theirs.host, OURS[0])
    measure.ping_until_answered(first, address)
    before = show(ours.host, ours.interface, "latest-handshakes")[theirs.keys.public]
    measure.ping(first, address, count=650, interval=0.2)  # 130 s, every one answered
    after = show(ours.host, ours.interface, "latest-handshakes")[theirs.keys.public]
    assert int(after) >= int(before) + 110
    wait_for("both see the same session", lambda: theirs.show("latest-handshakes")[ours.keys.public] >= after)
