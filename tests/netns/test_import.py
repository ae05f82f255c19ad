# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of other programs become tunnels with one command.

    hub ── r ── a bamgated, b wireguard-go or another bamgated
"""
from lab import measure
from lab.bamgate import static_machine
from lab.mesh import Mesh, empty_machine
from lab.wireguard import Keys, WireguardGo, new_psk

OURS, THEIRS = ("10.70.0.1", "fd70::1"), ("10.70.0.2", "fd70::2")
PORT = 51820


def write(machine, name, text):
    path = machine.host.dir / name
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def secrets_of(machine):
    return sorted(file.name for file in machine.secrets.iterdir())


def wg_quick_file(keys, theirs, psk, endpoint):
    return f"""# the tunnel to the office
[Interface]
PrivateKey = {keys.private}
Address = {OURS[0]}/24, {OURS[1]}/64
ListenPort = {PORT}
DNS = 10.70.0.53
PostUp = touch {endpoint}.was-run

# office
[Peer]
PublicKey = {theirs.keys.public}
PresharedKey = {psk}
AllowedIPs = {THEIRS[0]}/32, {THEIRS[1]}/128
Endpoint = {endpoint}
PersistentKeepalive = 25
"""


def test_one_command_from_a_wg_quick_file_to_a_tunnel(net):
    a, b = empty_machine(net.host("a")), net.host("b")
    keys, psk = Keys(), new_psk()
    theirs = WireguardGo(b, [f"{THEIRS[0]}/24", f"{THEIRS[1]}/64"], PORT)
    theirs.add_peer(keys.public, [f"{OURS[0]}/32", f"{OURS[1]}/128"], None, psk)
    path = write(a, "office.conf", wg_quick_file(keys, theirs, psk, f"{b.address}:{PORT}"))

    told = a.ctl_json("import", path)
    assert told["format"] == "wg-quick" and told["peers"] == ["office"] and told["state"] == "online"
    assert [(entry["line"], entry["what"]) for entry in told["skipped"]] == [(6, "DNS"), (7, "PostUp")]
    assert told["public_key"] == keys.public and told["device_key"] == "imported"
    measure.ping_until_answered(a.host, THEIRS[0])
    measure.ping(b, OURS[0])
    measure.ping(a.host, THEIRS[1])
    assert a.wait_peer("office", state="connected")["Path"] == "udp"

    settings = a.config.read_text()
    assert keys.private not in settings and psk not in settings
    assert secrets_of(a) == ["device-key", "peer%2Foffice%2Fpsk"]
    again = a.ctl("import", path, check=False)
    assert again.returncode == 1 and "--force" not in again.stdout and "already" in again.stderr
    assert keys.private not in a.daemon.output() and psk not in a.daemon.output()


def test_import_into_a_tunnel_that_runs(net):
    """A peer more; the ones that are there keep their sessions."""
    a, b = net.host("a"), net.host("b")
    theirs = WireguardGo(b, [f"{THEIRS[0]}/24"], PORT)
    ours = static_machine(a, f"{OURS[0]}/24", {"b": {"public-key": theirs.keys.public, "endpoint": f"{b.address}:{PORT}",
                                                     "allowed-ips": f"{THEIRS[0]}/32"}}, {"listen-port": PORT})
    theirs.add_peer(ours.keys.public, [f"{OURS[0]}/32"])
    ours.start().wait_state("online")
    measure.ping_until_answered(a, THEIRS[0])
    since = ours.bus.tunnel()["UpSince"]
    ours.ctl("import", write(ours, "more.conf", f"# attic\n[Peer]\nPublicKey = {Keys().public}\nAllowedIPs = 10.9.0.0/24\n"))
    assert set(ours.bus.peers()) == {"b", "attic"} and "10.9.0.0/24" in ours.routes()
    assert ours.bus.tunnel()["UpSince"] == since
    measure.ping(a, THEIRS[0])


def test_a_network_of_this_machine_is_not_taken(net):
    """The address is held against the machine's other networks, as that of an invite is."""
    a = empty_machine(net.host("a"))
    path = write(a, "lan.conf", f"[Interface]\nPrivateKey = {Keys().private}\nAddress = {a.host.address}/24\n")
    refused = a.ctl("import", path, check=False)
    assert refused.returncode != 0 and "overlap" in refused.stderr
    a.host.run("ip", "address", "add", "2001:db8:5::9/64", "dev", "eth0", "nodad")
    path = write(a, "lan6.conf", f"[Interface]\nPrivateKey = {Keys().private}\nAddress = 2001:db8:5::1/64\n")
    refused = a.ctl("import", path, check=False)
    assert refused.returncode != 0 and "2001:db8:5::/64" in refused.stderr and "eth0" in refused.stderr
    assert secrets_of(a) == []


def test_a_go_member_moves_over(net):
    """config.toml and the secrets.toml beside it: the machine stays the member that it was."""
    with Mesh(net) as mesh:
        a, b = mesh.machine("a"), empty_machine(net.host("b"))
        keys = Keys()
        write(b, "secrets.toml", f'[network]\nauth_token = "{mesh.hub.token}"\n[device]\nprivate_key = "{keys.private}"\n')
        path = write(b, "config.toml", f"""[network]
name = "home"
server_url = "{mesh.hub.socket_url}"

[device]
name = "b"
address = "10.0.0.9/24"
accept_routes = true
""")
        b.ctl("import", path, "--no-up")
        b.ctl("config", "set", f"network.server-pin={mesh.hub.pin}")  # the Go program trusts names only
        b.ctl("up")
        b.address = "10.0.0.9"
        b.wait_state("online")
        assert b.bus.tunnel()["PublicKey"] == keys.public and secrets_of(b) == ["device-credential", "device-key", "token"]
        mesh.wait_connected(a, b)
        measure.ping_until_answered(a.host, b.address)
