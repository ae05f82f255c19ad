# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections from files: the line of an invite and wg-quick(8), imported and exported by nmcli; what the first connect makes of
them."""

import pytest

from lab import measure
from lab.bamgate import static_machine
from lab.hub import Hub
from lab.mesh import empty_machine
from lab.wireguard import Keys, new_psk
from network_manager import NetworkManager, nm_machine


class Newcomer:
    """A hub, a member who invites, and a machine with NetworkManager that belongs nowhere."""

    def __init__(self, net):
        self.hub = Hub(net.host("hub")).start()
        self.member = empty_machine(net.host("m"))
        self.member.ctl("setup", "--server", self.hub.url, "--token-file", self.hub.token_file, "--name", "m", "--force", seconds=60)
        self.machine = nm_machine(net.host("a"), {"ice": {"stun-servers": []}}).start()
        self.nm = NetworkManager(self.machine)

    def write(self, text, name="home.txt"):
        path = self.machine.host.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def join_line(self, *options):
        return " ".join([self.member.invite()["join_command"], *options]) + "\n"


@pytest.fixture
def newcomer(net):
    return Newcomer(net)


def test_join_line(newcomer):
    nm, machine = newcomer.nm, newcomer.machine
    line = newcomer.join_line("--name", "attic")
    code = line.split()[2]
    nm.cli("connection", "import", "type", "bamgate", "file", newcomer.write(line))
    shown = nm.fields()
    assert code not in str(shown["vpn.data"]) and "device-name = attic" in shown["vpn.data"][0] and shown["vpn.persistent"] == ["yes"]
    nm.cli("connection", "export", "home", newcomer.machine.host.dir / "out.txt")
    exported = (machine.host.dir / "out.txt").read_text(encoding="utf-8")
    assert exported.split()[:2] == ["bamgatectl", "join"] and "--name 'attic'" in exported
    assert (machine.host.dir / "out.txt").stat().st_mode & 0o077 == 0
    nm.cli("connection", "up", "home")
    machine.wait_peer("m")
    assert machine.bus.tunnel()["Name"] == "attic"
    assert "autostart=false" in machine.config.read_text(encoding="utf-8")
    measure.ping_until_answered(machine.host, newcomer.member.bus.tunnel()["Addresses"][0].split("/")[0])
    nm.cli("connection", "down", "home")
    machine.wait_state("off")
    nm.cli("connection", "modify", "home", "vpn.secrets", "")  # spent, and needed no more
    nm.cli("connection", "up", "home")
    machine.wait_state("online")
    assert code not in nm.log() and code not in machine.daemon.text()


def test_the_code_is_asked_for(newcomer):
    """By nmcli through the auth dialog, which has it from a file here."""
    nm, machine = newcomer.nm, newcomer.machine
    code = newcomer.member.invite()["code"]
    nm.add(data=f"hub={newcomer.hub.url},invite-flags=2")
    assert nm.cli("connection", "up", "home", check=False).returncode == 4
    wrong, right = newcomer.write("vpn.secrets.invite:AAAA-BBBB\n", "wrong"), newcomer.write(f"vpn.secrets.invite:{code}\n", "right")
    assert nm.cli("connection", "up", "home", "passwd-file", wrong, check=False).returncode == 4
    nm.wait_said("login-failed")
    assert not machine.bus.tunnel()["ServerUrl"]
    nm.cli("connection", "up", "home", "passwd-file", right)
    machine.wait_peer("m")


def test_a_private_connection_takes_no_machine_anywhere(newcomer):
    nm, machine = newcomer.nm, newcomer.machine
    nm.cli("connection", "import", "type", "bamgate", "file", newcomer.write(newcomer.join_line()))
    nm.cli("connection", "modify", "home", "connection.permissions", "user:root")
    assert nm.cli("connection", "up", "home", check=False).returncode == 4
    nm.wait_said("for one user only")
    assert not machine.bus.tunnel()["ServerUrl"]


def test_wg_quick(net):
    ours, psk = Keys(), new_psk()
    other = static_machine(net.host("b"), "10.9.0.1/24", {
        "a": {"public-key": ours.public, "allowed-ips": "10.9.0.2/32"}}, device={"listen-port": 51820}, psk={"a": psk})
    other.start().wait_state("online")
    machine = nm_machine(net.host("a"), {"ice": {"stun-servers": []}}).start()
    nm = NetworkManager(machine)
    path = machine.host.dir / "office.conf"
    path.write_text(f"[Interface]\nPrivateKey = {ours.private}\nAddress = 10.9.0.2/24\nDNS = 10.9.0.1, office.example\n\n# office\n"
                    f"[Peer]\nPublicKey = {other.keys.public}\nPresharedKey = {psk}\nAllowedIPs = 10.9.0.1/32, 10.80.0.0/16\n"
                    f"Endpoint = {other.host.address}:51820\n", encoding="utf-8")
    nm.cli("connection", "import", "type", "bamgate", "file", path)
    shown = nm.cli("-g", "vpn.data", "connection", "show", "office").stdout
    assert other.keys.public in shown and ours.private not in shown and psk not in shown
    out = machine.host.dir / "out.conf"
    nm.cli("connection", "export", "office", out)
    assert f"PublicKey = {other.keys.public}" in out.read_text(encoding="utf-8")  # nmcli hands no secrets on
    nm.cli("connection", "up", "office")
    measure.ping_until_answered(machine.host, "10.9.0.1")
    shown = nm.fields("office")
    assert shown["IP4.DNS"] == ["10.9.0.1", "10.9.0.2"] and "10.80.0.0/16" in machine.routes()
    assert machine.peer("office")["State"] == "connected"
    nm.cli("connection", "down", "office")
    machine.wait_state("off")
    nm.cli("connection", "delete", "office")
    nm.cli("connection", "import", "type", "bamgate", "file", out)  # what was exported is the same connection
    nm.cli("connection", "up", "out")
    measure.ping_until_answered(machine.host, "10.9.0.1")
    nm.cli("connection", "down", "out")
    assert "autostart=false" in machine.config.read_text(encoding="utf-8")
    machine.ctl("config", "set", "device.autostart=yes")
    path.write_text(f"[Interface]\nPrivateKey = {ours.private}\n[Peer]\nPublicKey = {Keys().public}\nAllowedIPs = 10.9.0.7/32\n",
                    encoding="utf-8")
    nm.cli("connection", "import", "type", "bamgate", "file", path)
    nm.cli("connection", "up", "office")  # one more peer is no reason to change when the tunnel comes up
    settings = machine.config.read_text(encoding="utf-8")
    assert "10.9.0.7/32" in settings and "autostart=false" not in settings
    said = nm.log() + machine.daemon.text()
    assert ours.private not in said and psk not in said


def test_other_files_are_refused(newcomer):
    for text in ("", "hello\n", "[Interface]\nAddress = 10.0.0.1/24\n", "bamgatectl join ABCD-EFGH\n", "\x00\x01"):
        failed = newcomer.nm.cli("connection", "import", "type", "bamgate", "file", newcomer.write(text), check=False)
        assert failed.returncode != 0 and "Error" in failed.stderr, text
    assert newcomer.nm.cli("-g", "NAME", "connection", "show").stdout.count("home") == 0
