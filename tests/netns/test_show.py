# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `peers show` tells of a peer.

    hub ── r ── a, b; or a ── r ── b wireguard-go
"""
import itertools
import time

from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.wireguard import WireguardGo

PORT = 51820


def test_a_mesh_peer(net):
    with Mesh(net) as mesh:
        a = mesh.machine("a", device={"accept-routes": True})
        lan = f"{a.host.address.rsplit('.', 1)[0]}.0/24"
        b = mesh.machine("b", device={"routes": ["192.168.77.0/24", lan, "10.0.0.0/16"]}, ice={"paths": "data-channel"})
        mesh.wait_connected(a, b, path="data-channel")
        a.bus.wait("the route is taken", lambda: a.peer("b")["AcceptedRoutes"] == ["192.168.77.0/24"])
        measure.ping_until_answered(a.host, b.address)
        shown = a.ctl_json("peers", "show", "b")["peer"]
        assert (shown["id"], shown["state"], shown["path"], shown["static"]) == ("b", "connected", "data-channel", False)
        assert shown["public_key"] == b.keys.public and shown["key_confirmed"] and shown["implementation"].startswith("bamgated")
        assert 0 < shown["first_seen_us"] <= time.time() * 1e6 and shown["mtu"] == 1152
        assert shown["rx_bytes"] > 0 and shown["last_handshake_us"] > 0
        refused = {entry["route"]: entry["why"] for entry in shown["refused_routes"]}
        assert set(refused) == {lan, "10.0.0.0/16"}
        assert "this machine is in" in refused[lan] and "overlaps this network" in refused["10.0.0.0/16"]
        (stay,) = [stay for stay in shown["path_history"] if stay["path"]]
        assert stay["path"] == "data-channel" and stay["remote"] == shown["remote_candidate"]

        a.ctl("config", "set", "device.accept-routes=no")
        refused = a.ctl_json("peers", "show", b.address)["peer"]["refused_routes"]
        assert {"route": "192.168.77.0/24", "why": "device.accept-routes is off"} in refused
        b.ctl("down")
        a.wait_peer("b", state="disconnected")
        history = a.ctl_json("peers", "show", "b")["peer"]["path_history"]
        paths = [stay["path"] for stay in history]
        assert paths[-1] == "" and set(paths[:-1]) == {"data-channel"}  # one for each pair of addresses that it had
        assert all(one["since_us"] < next_one["since_us"] for one, next_one in itertools.pairwise(history)) and history[-1]["since_us"] <= time.time() * 1e6
        assert "data-channel" in a.ctl("peers", "show", "b").stdout


def test_a_static_peer(net):
    a, b = net.host("a"), net.host("b")
    theirs = WireguardGo(b, ["10.70.0.2/24"], PORT)
    ours = static_machine(a, "10.70.0.1/24", {"b": {"public-key": theirs.keys.public, "endpoint": f"{b.address}:{PORT}",
                                                    "allowed-ips": "10.70.0.2/32"}})
    theirs.add_peer(ours.keys.public, ["10.70.0.1/32"])
    ours.start().wait_state("online")
    measure.ping_until_answered(a, "10.70.0.2")
    shown = ours.ctl_json("peers", "show", "b")["peer"]
    assert shown["static"] and shown["path"] == "udp" and shown["endpoint"] == f"{b.address}:{PORT}"
    assert shown["first_seen_us"] is None and shown["refused_routes"] == []
    assert shown["path_history"][-1]["path"] == "udp"
    assert ours.ctl("peers", "show", "c", check=False).returncode == 6
