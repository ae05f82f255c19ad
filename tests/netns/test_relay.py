# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that get out by 443/TCP alone, or by a web proxy alone, and the relay of their hub."""

import pytest

from lab import measure
from lab.bamgate import UP
from lab.hub import Hub
from lab.mesh import Mesh
from lab.proxy import Proxy
from lab.turn import keep_apart


@pytest.fixture
def mesh(net):
    with Mesh(net) as a_mesh:
        yield a_mesh


@pytest.fixture
def web_mesh(net):
    """Its hub is where everybody gets out to."""
    a_mesh = Mesh(net)
    a_mesh.hub = Hub(a_mesh.hub.host, port=443)
    with a_mesh:
        yield a_mesh


def pass_only(net, match, *names):
    """The router passes what matches, what answers it, and nothing else of these hosts."""
    rules = "".join(f"add rule inet only pass iifname to-{name} {match} accept; "
                    f"add rule inet only pass oifname to-{name} ct state established accept; "
                    f"add rule inet only pass iifname to-{name} drop; "
                    f"add rule inet only pass oifname to-{name} drop; " for name in names)
    net.router.run("nft", f"add table inet only; add chain inet only pass {{ type filter hook forward priority 0; }}; {rules}")


def only_https(net, *names):
    pass_only(net, "tcp dport 443", *names)


def only_proxy(net, host, *names):
    pass_only(net, f"ip daddr {host.address} tcp dport 3128", *names)


def test_only_443_out(net, web_mesh):
    a, b = (web_mesh.machine(name, start=False) for name in "ab")
    only_https(net, "a", "b")
    for machine in (a, b):
        machine.start().wait_state("online")
    web_mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address, count=20, interval=0.02)
    assert measure.tcp_mbit(a.host, b.host, b.address, seconds=1) > 5


@pytest.mark.parametrize("force", (False, True))
def test_first_start(net, web_mesh, force):
    """The relay's secret is not known yet, and the first connection goes over the relay all the same."""
    web_mesh.hub.turn_secret = None  # which machines would have stored
    a, b = (web_mesh.machine(name, ice={"force-relay": force}, start=False) for name in "ab")
    only_https(net, "a", "b")
    for machine in (a, b):
        machine.start().wait_state("online")
    web_mesh.wait_connected(a, b, seconds=5, path="ice", relayed=True)


def test_one_of_them_is_free(net, web_mesh):
    a, b = (web_mesh.machine(name, start=False) for name in "ab")
    only_https(net, "a")
    for machine in (a, b):
        machine.start().wait_state("online")
    web_mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address, count=20, interval=0.02)


def test_force_relay(mesh):
    """Nothing stands between them, but they show no address of theirs."""
    a, b = (mesh.machine(name, ice={"force-relay": True}) for name in "ab")
    mesh.wait_connected(a, b, path="ice", relayed=True)
    assert a.peer("b")["LocalCandidate"].startswith("relay") and a.peer("b")["RemoteCandidate"].startswith("relay")
    measure.ping(a.host, b.address)


def test_not_wanted(net, mesh):
    keep_apart(net, "a", "b")
    a, b = (mesh.machine(name, ice={"relay": "off"}) for name in "ab")
    assert measure.ping(a.host, b.address, count=2, wait=1, check=False) is None
    assert a.peer("b")["State"] != "connected"


def test_hub_restarts(net, mesh):
    """The relay is gone with it, and they come back by themselves."""
    keep_apart(net, "a", "b")
    a, b = (mesh.machine(name) for name in "ab")
    mesh.wait_connected(a, b, relayed=True)
    mesh.hub.stop()
    assert measure.ping(a.host, b.address, count=2, wait=1, check=False) is None
    mesh.hub.start()
    measure.ping_until_answered(a.host, b.address, seconds=40)


def test_another_secret(net, mesh):
    """What the hub told once it takes no more: that is said, and it is asked anew."""
    keep_apart(net, "a", "b")
    a, b = (mesh.machine(name) for name in "ab")
    mesh.wait_connected(a, b, relayed=True)
    mesh.hub.stop()
    (mesh.hub.host.dir / "hub" / "turn-secret").unlink()
    mesh.hub.start()
    measure.ping_until_answered(a.host, b.address, seconds=60)
    assert "refuses the secret" in a.daemon.text() + b.daemon.text()


def test_a_hub_without(mesh):
    mesh.hub.stop()
    (mesh.hub.host.dir / "hub" / "turn-secret").unlink()
    mesh.hub.options = ("--no-relay",)
    mesh.hub.start()
    a = mesh.machine("a", ice={"force-relay": True}, start=False)
    a.start().wait_state(*UP)
    a.bus.wait("the reason is said", lambda: "force-relay" in a.bus.tunnel()["StateReason"])



def test_only_a_proxy_out(net, web_mesh):
    """One learns of it from its settings, the other from its environment."""
    host = net.host("proxy")
    proxy = Proxy(host)
    only_proxy(net, host, "a", "b")
    a = web_mesh.machine("a", network={"proxy": proxy.url}, start=False)
    b = web_mesh.machine("b", start=False)
    a.start().wait_state("online")
    b.start(env={"https_proxy": proxy.url}).wait_state("online")
    web_mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address)


def test_a_proxy_with_a_password(net, web_mesh):
    host = net.host("proxy")
    proxy = Proxy(host, login="lab:sesame")
    only_proxy(net, host, "a", "b", "c")
    a, b, c = (web_mesh.machine(name, start=False) for name in "abc")
    for machine in (a, b):
        machine.start(env={"https_proxy": proxy.url}).wait_state("online")
    web_mesh.wait_connected(a, b, path="ice", relayed=True)
    measure.ping(a.host, b.address)
    c.start(env={"https_proxy": proxy.url.replace("sesame", "wrong")}).wait_state("degraded")
    c.bus.wait("the reason is said", lambda: "proxy" in c.bus.tunnel()["StateReason"])
    assert proxy.refusals() < 30
    assert "sesame" not in a.daemon.text() + c.daemon.text() and "wrong" not in c.daemon.text()
